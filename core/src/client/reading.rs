//! What is unread: counted as the server counts it, so that all devices of a person come to the same numbers.
//!
//! The server tells the numbers with each `room` update, as of the log's end at that time; from there on entries move
//! them: a post by somebody else adds one, one of our own means that all before it is read, unless a moderator let it through, and a deletion of an unread
//! post takes one away. Where what is held is not enough to know, the server is asked again.

use super::bounds::READ_MS;
use super::machine::Client;
use super::room::{Recount, RoomView};
use crate::entry::{Act, Post, RoomEntry, Seq};
use crate::mutant::planted;
use crate::name::{Name, RoomName};
use crate::time::Tick;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the server says of how much is unread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) read: Seq,
    pub(super) unread: u64,
    pub(super) mentions: u64,
    /// The last seq that is in these numbers.
    pub(super) head: Seq,
}

impl RoomView {
    /// The server begins to send the room, and says how much of it is unread.
    pub(super) fn count_from(&mut self, told: Told) {
        // What the user read while the link was broken, the server is still to be told.
        let unsaid = self.to_read.max(self.reading.take()).map(|seq| seq.min(told.head));
        self.to_read = unsaid.filter(|seq| *seq > told.read);
        self.recount = Recount::No;
        self.counted = told.head;
        (self.unread, self.mentions) = (told.unread, told.mentions);
        match self.to_read {
            Some(seq) if seq >= told.head => (self.read, self.unread, self.mentions) = (seq, 0, 0),
            Some(_) => self.read = told.read,
            // What was read to its end while nothing was unread in it was not worth telling.
            None => self.read = told.read.max(self.read.min(told.head)),
        }
    }

    /// The server says again how much is unread, of a room that it is sending.
    pub(super) fn count_again(&mut self, told: Told) {
        let too_early = std::mem::replace(&mut self.recount, Recount::No) == Recount::AskedTooEarly;
        if told.read < self.read && (self.to_read.is_some() || self.reading.is_some()) {
            // It has not heard yet what the user has read, and is asked again when it has.
            self.recount = Recount::Wanted;
            return;
        }
        let since = self.timeline.all_of(told.head.next(), self.expected.before().max(told.head));
        let since = since.map(|entries| entries.into_iter().map(|(seq, entry)| (seq, entry.clone())));
        let Some(since) = since.filter(|_| !too_early).map(Iterator::collect::<Vec<_>>) else {
            self.recount = Recount::Wanted;
            return;
        };
        self.read = told.read.max(self.read);
        (self.unread, self.mentions, self.counted) = (told.unread, told.mentions, told.head);
        for (seq, entry) in since {
            self.count(seq, &entry);
        }
    }

    /// Counts an entry, once.
    pub(super) fn count(&mut self, seq: Seq, entry: &RoomEntry) {
        if seq <= self.counted {
            return;
        }
        self.counted = seq;
        match &entry.act {
            // Whoever speaks has read what stands before.
            // What a moderator let through was said before.
            Act::Post(post) if Some(entry.person) == self.me && post.let_by.is_none() => {
                self.all_read_up_to(seq);
            }
            Act::Post(post) if seq > self.read => {
                self.unread += 1 + u64::from(planted("unread_twice"));
                match self.calls(entry, post) {
                    Some(calls) => self.mentions += u64::from(calls),
                    None => self.want_count(),
                }
            }
            Act::Faded { upto } if *upto > self.read => self.want_count(),
            Act::Deleted { target, .. } if *target > self.read => {
                self.unread = self.unread.saturating_sub(1);
                let post = self.timeline.entry(*target).zip(self.timeline.post(*target));
                match post.map(|(entry, post)| self.calls(entry, post)) {
                    Some(Some(true)) => self.mentions = self.mentions.saturating_sub(1),
                    None | Some(None) if self.mentions > 0 => self.want_count(),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// The entries up to here cannot be counted: they are damaged.
    pub(super) fn cannot_count(&mut self, to: Seq) {
        if to > self.counted {
            self.counted = to;
            self.want_count();
        }
    }

    /// All up to here has been read, on this device or another.
    pub(super) fn read_up_to(&mut self, seq: Seq) {
        if seq <= self.read {
            return;
        }
        if self.recount == Recount::Asked {
            self.recount = Recount::AskedTooEarly;
        }
        if seq >= self.counted || self.unread == 0 {
            return self.all_read_up_to(seq);
        }
        self.read = seq;
        self.to_read = self.to_read.filter(|to_read| *to_read > seq);
        match self.counted_in_timeline(seq) {
            Some(numbers) => (self.unread, self.mentions) = numbers,
            None => {
                self.unread = self.unread.min(self.counted.0 - seq.0);
                self.mentions = self.mentions.min(self.unread);
                self.want_count();
            }
        }
    }

    fn all_read_up_to(&mut self, seq: Seq) {
        self.read = self.read.max(seq);
        (self.unread, self.mentions) = (0, 0);
        self.to_read = self.to_read.filter(|to_read| *to_read > seq);
    }

    /// What stands unread after this place, if everything is held from there on.
    fn counted_in_timeline(&self, read: Seq) -> Option<(u64, u64)> {
        let (mut unread, mut mentions) = (0, 0);
        for (seq, entry) in self.timeline.all_of(read.next(), self.counted)? {
            let Act::Post(post) = &entry.act else { continue };
            match self.timeline.marks(seq).and_then(|marks| marks.deleted) {
                // Without words, and nothing says why: a post of somebody who is erased counts, a deleted one does not.
                Some(Seq(0)) => return None,
                Some(_) => {}
                None => {
                    unread += 1;
                    mentions += u64::from(self.calls(entry, post)?);
                }
            }
        }
        Some((unread, mentions))
    }

    /// Whether a post counts as one that names us. It does not if its author was blocked by us when it was stored, which
    /// only the server knows exactly: `None` if that is in question.
    fn calls(&self, entry: &RoomEntry, post: &Post) -> Option<bool> {
        if post.all || !self.me.is_some_and(|me| post.mentions.contains(&me)) {
            return Some(post.all);
        }
        let unsure = self.doubted.contains(&entry.author) || entry.author == Name::of_erased(entry.person.0);
        (!unsure).then_some(true)
    }

    /// Of some authors it is in question from now on whether they call us.
    pub(super) fn doubt(&mut self, doubted: Arc<BTreeSet<Name>>) {
        self.doubted = doubted;
        if self.mentions > 0 {
            self.want_count();
        }
    }

    pub(super) fn want_count(&mut self) {
        self.recount = match self.recount {
            Recount::No | Recount::Wanted => Recount::Wanted,
            Recount::Asked | Recount::AskedTooEarly => Recount::AskedTooEarly,
        };
    }

    /// The server did not say how much is unread.
    pub(super) fn count_is_refused(&mut self, again: bool) {
        self.recount = if again { Recount::Wanted } else { Recount::No };
    }

    /// Whether there is something to ask of it.
    pub(super) fn has_chores(&self) -> bool {
        self.recount == Recount::Wanted
            || self.ask_keeping
            || self.to_read.is_some()
            || self.ask_members
            || self.ask_held
            || self.ask_page.is_some()
    }

    /// The user has read the room to its end. The server is told if there was something to read.
    pub(super) fn read_to_end(&mut self) {
        let end = self.timeline.head().max(self.expected.before());
        if self.unread > 0 || self.mentions > 0 || self.recount != Recount::No {
            self.to_read = self.to_read.max(Some(end));
        }
        self.read = self.read.max(end);
        (self.unread, self.mentions) = (0, 0);
        self.counted = self.counted.max(end);
    }

    /// When the server is to be told what was read, if it is: one telling at a time, and not too often.
    pub(super) fn read_due(&self) -> Option<Tick> {
        let waits = self.to_read.is_some() && self.reading.is_none();
        waits.then(|| self.read_at.map_or(Tick(0), |at| at.after(READ_MS)))
    }
}

impl Client {
    /// The server knows that a room was read up to here.
    pub(super) fn read_is_told(&mut self, room: &RoomName, seq: Seq) {
        if let Some(view) = self.model.rooms.get_mut(room) {
            view.reading = None;
            view.read_up_to(seq);
        }
    }

    /// The server did not take it.
    pub(super) fn read_is_refused(&mut self, room: &RoomName, seq: Seq, again: bool) {
        let Some(view) = self.model.rooms.get_mut(room) else { return };
        view.reading = None;
        if again {
            view.to_read = view.to_read.max(Some(seq));
        } else {
            view.want_count();
        }
    }
}
