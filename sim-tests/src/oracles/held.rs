//! What waits for the moderators of a room is told to them and to whoever said it, and to nobody else before it is let through.

use super::complaint::{Verdict, demand};
use super::links::{Judge, Told};
use super::model::Model;
use super::on_disk::OnDisk;
use crate::client_host::Person;
use crate::mark::marks;
use crate::wire::Word;
use sala_core::entry::{DeviceId, HeldId, LogId, PersonId, Position, Role};
use sala_core::protocol::{HeldInfo, Request, Update};
use std::collections::{BTreeMap, BTreeSet};

/// The oracle that complains here.
const UNSEEN: &str = "what waits is told to nobody else";

/// Listens for what waited, which is known by the marks in it.
pub(super) struct Held {
    hidden: BTreeMap<String, Hidden>,
}

/// A post that waited.
struct Hidden {
    log: LogId,
    by: PersonId,
    /// By which entry everybody reads it, if any does.
    shown: Option<Position>,
}

impl Held {
    /// Learns what waited from the wires of those who said it: what waits no longer is erased on disk.
    pub(super) fn of(people: &[&Person], on_disk: &OnDisk, model: &Model) -> Self {
        let mut said: BTreeMap<(LogId, DeviceId, u64), BTreeSet<String>> = BTreeMap::new();
        for person in people {
            let mut entered: BTreeMap<u64, DeviceId> = BTreeMap::new();
            for spoken in person.wire.spoken().iter() {
                match &spoken.word {
                    Word::Told(update) => {
                        if let Update::Welcome { device, .. } = &**update {
                            entered.insert(spoken.connection, *device);
                        }
                    }
                    Word::Asked(envelope) => {
                        if let Request::Post { room, n, text, .. } = &envelope.request
                            && let (Some(device), Some(log)) =
                                (entered.get(&spoken.connection), on_disk.log(room))
                        {
                            let key = (log, model.numbers_of(*device), n.value());
                            said.entry(key).or_default().extend(marks(text).map(str::to_owned));
                        }
                    }
                    _ => {}
                }
            }
        }
        let mut hidden = BTreeMap::new();
        for ((log, _), waits) in &model.waits {
            let words = said.get(&(*log, model.numbers_of(waits.device), waits.n));
            // Of several that were sent under one number it is not known which it is, and the others may stand somewhere.
            let words = words.filter(|words| words.len() == 1).into_iter().flatten();
            let shown = waits.seq.and(waits.over);
            hidden.extend(words.map(|mark| (mark.clone(), Hidden { log: *log, by: waits.by, shown })));
        }
        Held { hidden }
    }
}

impl Judge for Held {
    fn told(&mut self, told: &Told<'_>) -> Verdict {
        if let Update::Held { room, rule, posts, .. } = told.update
            && let Some(log) = told.on_disk.log(room)
        {
            demand(UNSEEN, rule.is_none() || may_see(told, log, None), || told.words())?;
            return posts.iter().try_for_each(|row| waited(told, log, row));
        }
        let worded = matches!(
            told.update,
            Update::Entry { .. }
                | Update::Page { .. }
                | Update::Found { .. }
                | Update::Exported { .. }
                | Update::Own(_)
                | Update::OwnPage { .. }
        );
        if self.hidden.is_empty() || !worded {
            return Ok(());
        }
        let line = String::from_utf8(told.update.encode()).unwrap_or_default();
        for hidden in marks(&line).filter_map(|mark| self.hidden.get(mark)) {
            let shown = hidden.shown.is_some_and(|shown| shown <= told.to);
            demand(UNSEEN, shown || may_see(told, hidden.log, Some(hidden.by)), || told.words())?;
        }
        Ok(())
    }
}

/// A row of what waits: it waited at some moment at which the list may have been made, and whoever is told it may see it.
fn waited(told: &Told<'_>, log: LogId, row: &HeldInfo) -> Verdict {
    let waits = told.model.waits.get(&(log, row.held));
    let there = waits.filter(|waits| {
        (waits.device, waits.n) == (row.device, row.n.value())
            && waits.since <= told.to
            && waits.over.is_none_or(|over| over > told.from)
    });
    let may = there.is_some_and(|waits| may_see(told, log, Some(waits.by)));
    let held: HeldId = row.held;
    demand(UNSEEN, may, || format!("{held:?} is {waits:?}: {}", told.words()))
}

/// Whether he said it himself, or may have kept order there when he was told.
fn may_see(told: &Told<'_>, log: LogId, by: Option<PersonId>) -> bool {
    told.entered.is_some_and(|entered| {
        by == Some(entered.person)
            || told.model.could(log, entered.person, Role::Moderator, told.from, told.to)
    })
}
