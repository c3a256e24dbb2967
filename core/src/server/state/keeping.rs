//! How long what is said is kept, and on which day it was said.

use crate::entry::Seq;
use crate::limits::KEEP_BEGINS_MS;
use crate::time::{DAY_MS, Wall};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rule of a room or of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeping {
    /// What is said goes when it is so many days old; 0 means never.
    pub days: u64,
    /// When somebody said so.
    pub since: Wall,
}

impl Keeping {
    /// After how many days what is said goes, if it does at this time.
    #[must_use]
    pub fn holds(self, at: Wall) -> Option<u64> {
        (self.days > 0 && at >= self.since.after(KEEP_BEGINS_MS)).then_some(self.days)
    }
}

/// The shorter of two rules, whether they hold yet or not; none if what is said is kept for ever.
#[must_use]
pub(in crate::server) fn shorter(one: Keeping, other: Keeping) -> Option<u64> {
    [one.days, other.days].into_iter().filter(|days| *days > 0).min()
}

/// Of each day, counted since 1970, the first place of a room's log. A day begins later than the ones before it: what is
/// written while a clock is behind is of the day that it was before, and is kept for longer rather than shorter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ages(BTreeMap<u64, Seq>);

impl Ages {
    pub(super) fn note(&mut self, at: Wall, seq: Seq) {
        let day = at.0 / DAY_MS;
        if self.0.last_key_value().is_none_or(|(last, _)| day > *last) {
            self.0.insert(day, seq);
        }
    }

    /// What stands up to here is gone. Of a day that is not gone whole it is known still which one it was.
    pub(super) fn forget(&mut self, upto: Seq) {
        let begun = self.0.iter().rfind(|(_, first)| **first <= upto).map(|(day, _)| *day);
        self.0.retain(|_, first| *first > upto);
        let next = self.0.values().next();
        if let Some(day) = begun.filter(|_| next.is_none_or(|next| *next > upto.next())) {
            self.0.insert(day, upto.next());
        }
    }

    /// The day on which the entry at a place was written at the latest, and the last place of that day in a log that ends
    /// with `head`.
    #[must_use]
    pub fn day_of(&self, seq: Seq, head: Seq) -> Option<(u64, Seq)> {
        let ends = self.0.values().skip(1).map(|first| first.before()).chain([head]);
        self.0.keys().copied().zip(ends).find(|(_, last)| *last >= seq)
    }
}

/// Whether what was written on a day is more than so many days old at this time, the last of it included.
#[must_use]
pub(super) fn is_over(day: u64, days: u64, at: Wall) -> bool {
    day.saturating_add(days).saturating_add(1).saturating_mul(DAY_MS) <= at.0
}
