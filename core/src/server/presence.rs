//! Gathers who came, went, or changed how he is seen, so that a storm of reconnects is told as what it comes to.

use crate::entry::{LogId, Mode, PersonId};
use crate::limits::PRESENCE_MS;
use crate::time::Tick;
use std::collections::{BTreeMap, BTreeSet};

/// How somebody is seen: not at all, or here in a state and in words.
pub(super) type Seen = Option<(Mode, String)>;

/// How somebody was seen when it was last told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Not everybody was told the same: he has just become a member, or somebody has looked since he changed.
    Untold,
    /// So.
    Told(Seen),
}

/// What has changed since it was last told.
#[derive(Debug, Default)]
pub(super) struct PresenceChanges {
    rooms: BTreeMap<LogId, BTreeMap<PersonId, Before>>,
    friends: BTreeMap<PersonId, Before>,
    parted: Parted,
    due: Option<Tick>,
}

/// Of whom it is to be told to whom that he is away, since a block is between the two.
pub(super) type Parted = BTreeSet<(PersonId, PersonId)>;

/// Changes whose time has come.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// In each room.
    pub(super) rooms: BTreeMap<LogId, BTreeMap<PersonId, Before>>,
    /// For everybody's friends.
    pub(super) friends: BTreeMap<PersonId, Before>,
    /// For these alone; they are among the others as well, with how they were seen before.
    pub(super) parted: Parted,
}

impl PresenceChanges {
    /// Notes that `person` changes in `log`, where he was seen so before.
    pub(super) fn note(&mut self, log: LogId, person: PersonId, before: Before, now: Tick) {
        let held = self.rooms.entry(log).or_default().entry(person).or_insert_with(|| before.clone());
        if before == Before::Untold {
            *held = before;
        }
        self.due.get_or_insert(now.after(PRESENCE_MS));
    }

    /// Notes that `person` changes for his friends, who saw him so before.
    pub(super) fn note_friends(&mut self, person: PersonId, before: Seen, now: Tick) {
        self.friends.entry(person).or_insert(Before::Told(before));
        self.due.get_or_insert(now.after(PRESENCE_MS));
    }

    /// `gone` is away for `to` from now on. It is told along with the rest: who is blocked must see, in its time and place,
    /// what he would see of somebody who leaves.
    pub(super) fn part(&mut self, to: PersonId, gone: PersonId) {
        self.parted.insert((to, gone));
    }

    /// The two see each other again.
    pub(super) fn join(&mut self, one: PersonId, other: PersonId) {
        self.parted.retain(|pair| *pair != (one, other) && *pair != (other, one));
    }

    /// Somebody looks who is in a room: of those who change there, he sees what they are at this moment.
    pub(super) fn seen_in(&mut self, log: LogId) {
        if let Some(changes) = self.rooms.get_mut(&log) {
            changes.values_mut().for_each(|before| *before = Before::Untold);
        }
    }

    /// Somebody looks which of his friends are here.
    pub(super) fn friends_seen(&mut self) {
        self.friends.values_mut().for_each(|before| *before = Before::Untold);
    }

    /// When the changes are to be told.
    pub(super) fn due(&self) -> Option<Tick> {
        self.due
    }

    /// The changes to tell, if their time has come.
    pub(super) fn take(&mut self, now: Tick) -> Due {
        if self.due.is_none_or(|due| now < due) {
            return Due::default();
        }
        self.due = None;
        Due {
            rooms: std::mem::take(&mut self.rooms),
            friends: std::mem::take(&mut self.friends),
            parted: std::mem::take(&mut self.parted),
        }
    }
}
