//! Gathers who came and who went, so that a storm of reconnects is told as what it comes to.

use crate::entry::{LogId, PersonId};
use crate::limits::PRESENCE_MS;
use crate::time::Tick;
use std::collections::BTreeMap;

/// What has changed in each room since it was last told: who was here then.
#[derive(Debug, Default)]
pub(super) struct PresenceChanges {
    was_here: BTreeMap<LogId, BTreeMap<PersonId, bool>>,
    due: Option<Tick>,
}

impl PresenceChanges {
    /// Notes that `person` changed in `log`, where he `was_here` or not before.
    pub(super) fn note(&mut self, log: LogId, person: PersonId, was_here: bool, now: Tick) {
        self.was_here.entry(log).or_default().entry(person).or_insert(was_here);
        self.due.get_or_insert(now.after(PRESENCE_MS));
    }

    /// When the changes are to be told.
    pub(super) fn due(&self) -> Option<Tick> {
        self.due
    }

    /// The changes to tell, if their time has come: for each room the people, and whether each was here before.
    pub(super) fn take(&mut self, now: Tick) -> BTreeMap<LogId, BTreeMap<PersonId, bool>> {
        if self.due.is_none_or(|due| now < due) {
            return BTreeMap::new();
        }
        self.due = None;
        std::mem::take(&mut self.was_here)
    }
}
