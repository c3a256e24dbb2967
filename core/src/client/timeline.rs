//! What a client holds of one room's log, and where it has gaps.

use crate::entry::{RoomEntry, Seq};
use crate::limits::TIMELINE_ENTRIES_MAX;
use crate::protocol::NumberedEntry;
use std::collections::{BTreeMap, BTreeSet};

/// Entries by their places. Gaps are not kept: they are where the places do not follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    entries: BTreeMap<Seq, RoomEntry>,
    damaged: BTreeSet<Seq>,
    head: Seq,
}

/// A line of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// Entries that are not held; they can be loaded.
    Skipped {
        /// The first place.
        from: Seq,
        /// The last place.
        to: Seq,
    },
    /// An entry that is damaged on the server's disk.
    Damaged(Seq),
    /// An entry.
    Entry(Seq, &'a RoomEntry),
}

impl Timeline {
    /// The last place that the room is known to have.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.head
    }

    /// The first place that is held.
    #[must_use]
    pub fn first(&self) -> Option<Seq> {
        self.entries.first_key_value().map(|(seq, _)| *seq)
    }

    /// How many entries are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry at a place.
    #[must_use]
    pub fn entry(&self, seq: Seq) -> Option<&RoomEntry> {
        self.entries.get(&seq)
    }

    /// The entries that are held, in order.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (Seq, &RoomEntry)> {
        self.entries.iter().map(|(seq, entry)| (*seq, entry))
    }

    /// What is to be shown from the first entry held to the head, gaps included. What lies before the first entry is a
    /// gap like any other.
    #[must_use]
    pub fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = Vec::with_capacity(self.entries.len() + 2);
        let mut next = Seq(1);
        for (seq, entry) in self.entries() {
            self.gap(next, seq, &mut rows);
            rows.push(Row::Entry(seq, entry));
            next = seq.next();
        }
        self.gap(next, self.head.next(), &mut rows);
        rows
    }

    /// Rows for what is missing from `from` up to, and without, `end`.
    fn gap<'a>(&self, from: Seq, end: Seq, rows: &mut Vec<Row<'a>>) {
        let mut next = from;
        for seq in self.damaged.range(from.min(end)..end) {
            if next < *seq {
                rows.push(Row::Skipped { from: next, to: Seq(seq.0 - 1) });
            }
            rows.push(Row::Damaged(*seq));
            next = seq.next();
        }
        if next < end {
            rows.push(Row::Skipped { from: next, to: Seq(end.0 - 1) });
        }
    }

    pub(super) fn insert(&mut self, NumberedEntry { seq, entry }: NumberedEntry) {
        self.head = self.head.max(seq);
        self.damaged.remove(&seq);
        self.entries.insert(seq, entry);
        if self.entries.len() > TIMELINE_ENTRIES_MAX {
            // The end that is farther from what came is dropped: whoever reads far back keeps what he loads, and what
            // is dropped at the other end is a gap that can be loaded again.
            let (first, last) =
                (self.first().unwrap_or(seq), self.entries.last_key_value().map_or(seq, |(last, _)| *last));
            if seq.0 - first.0 >= last.0 - seq.0 {
                self.entries.pop_first()
            } else {
                self.entries.pop_last()
            };
        }
    }

    pub(super) fn mark_damaged(&mut self, seq: Seq) {
        if self.damaged.len() < TIMELINE_ENTRIES_MAX && !self.entries.contains_key(&seq) {
            self.damaged.insert(seq);
        }
    }

    /// The server says that the log ends here.
    pub(super) fn set_head(&mut self, head: Seq) {
        self.head = head;
        self.entries.split_off(&head.next());
    }
}
