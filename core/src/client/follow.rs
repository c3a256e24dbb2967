//! Rooms that are read entry by entry, each once and in order, whatever the link does.

use super::door::Event;
use crate::entry::Seq;
use crate::name::RoomName;
use crate::protocol::NumberedEntry;

/// How far a followed room was read.
#[derive(Clone, Debug)]
pub(super) struct Follow {
    /// The place that comes next; `None` until the first word of the room.
    pub(super) next: Option<Seq>,
    /// The last place that the room is known to have.
    pub(super) head: Seq,
    /// A page is on its way.
    pub(super) loading: bool,
}

impl Follow {
    /// Follows from this place on, or from the first word of the room.
    pub(super) fn from(next: Option<Seq>) -> Self {
        Follow { next: next.map(|next| next.max(Seq(1))), head: Seq(0), loading: false }
    }

    /// The server sends the room from this place on by itself. To stand further on than that is to have read what the
    /// server has lost since; what stands there now is to be read.
    pub(super) fn resume(&mut self, from: Seq) {
        self.next = Some(self.next.unwrap_or(from).min(from));
        self.head = from.before();
    }

    /// Takes in an entry from the live stream or a page; an event if it is the one that comes next. One that lies
    /// further on is dropped: the page that closes the gap brings it again.
    pub(super) fn take(&mut self, room: &RoomName, entry: &NumberedEntry) -> Option<Event> {
        self.head = self.head.max(entry.seq);
        if self.next != Some(entry.seq) {
            return None;
        }
        self.next = Some(entry.seq.next());
        Some(Event::Heard(room.clone(), entry.clone()))
    }

    /// Passes over entries that the server cannot read.
    pub(super) fn missing(&mut self, room: &RoomName, from: Seq, to: Seq) -> Option<Event> {
        self.head = self.head.max(to);
        let next = self.next?;
        if !(from..=to).contains(&next) {
            return None;
        }
        self.next = Some(to.next());
        Some(Event::Missing(room.clone(), next, to))
    }

    /// The place after which a page is needed, if one is.
    pub(super) fn wants(&self) -> Option<Seq> {
        let next = self.next?;
        (!self.loading && next <= self.head).then(|| next.before())
    }
}
