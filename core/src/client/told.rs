//! What each update means to the client.

use super::door::{Event, User};
use super::machine::{Client, Wanted};
use super::model::{Link, RoomView};
use crate::entry::{Act, PersonId, PostNumber, Seq};
use crate::limits::{PAGE_ENTRIES_MAX, PREFETCH_ENTRIES, RETRY_MS_MAX};
use crate::name::RoomName;
use crate::protocol::{NumberedEntry, PROTOCOL, Page, Request, Update};
use crate::refusal::{Code, Refusal};
use crate::time::Now;

impl Client {
    pub(super) fn told(&mut self, update: Update, now: Now) {
        match update {
            Update::Hello(hello) => {
                let [low, high] = hello.protocol;
                if (low..=high).contains(&PROTOCOL) {
                    self.enter();
                } else {
                    self.close(
                        "protocol",
                        "the server speaks another version of the protocol; update this program",
                    );
                    self.hang_up();
                }
            }
            Update::Welcome { name, device, n, rooms, .. } => {
                self.model.name = name;
                self.model.device = Some(device);
                self.online(n);
                self.rooms_to_come = rooms;
                if rooms == 0 {
                    self.settled();
                }
            }
            Update::Room { id, room, topic, head, from, .. } => {
                id.map(|id| self.asked.remove(&id));
                self.room(&room, topic, head, from);
                if self.rooms_to_come > 0 {
                    self.rooms_to_come -= 1;
                    if self.rooms_to_come == 0 {
                        self.settled();
                    }
                }
            }
            Update::Skipped { room, to, .. } => self.seen_head(&room, to),
            Update::Damaged { room, from, to } => self.damaged(&room, from, to),
            Update::Entry { room, entry } => self.entry(&room, entry),
            Update::Stored { room, n, seq } => self.stored(room, n, seq),
            Update::Rooms { id, rooms, more } => {
                id.map(|id| self.asked.remove(&id));
                if more && let Some(last) = rooms.last() {
                    let after = Some(last.room.clone());
                    self.ask(User::Rooms, Request::Rooms { after });
                }
                let first =
                    self.model.directory.last().zip(rooms.first()).is_none_or(|(a, b)| a.room >= b.room);
                if first {
                    self.model.directory.clear();
                }
                self.model.directory.extend(rooms.iter().cloned());
                self.happened(Event::Listed(rooms, more));
            }
            Update::Who { id, room, members, more } => {
                id.map(|id| self.asked.remove(&id));
                if more && let Some(last) = members.last() {
                    let request = Request::Who { room: room.clone(), after: Some(last.name.clone()) };
                    self.ask(User::Who(room.clone()), request);
                }
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    view.members.extend(members.into_iter().map(|member| (member.name, member.here)));
                }
            }
            Update::Presence { room, here, away } => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    view.members.extend(here.into_iter().map(|name| (name, true)));
                    view.members.extend(away.into_iter().map(|name| (name, false)));
                }
            }
            Update::Page { id, room, entries, more, damaged } => {
                self.paged(id, &room, entries, more, &damaged);
            }
            Update::Ping => self.send(None, Request::Pong),
            Update::Refused { id, n, code, fate, retry_ms, text } => {
                self.refused(id, n, Refusal { code, fate, retry_ms, text }, now);
            }
            Update::Goodbye { why, retry_ms, text } => {
                match retry_ms {
                    Some(pause) => self.pause_at_least = pause.min(RETRY_MS_MAX),
                    None => self.close(&why, &text),
                }
                self.hang_up();
            }
            Update::Pong | Update::Other => {}
        }
    }

    /// The server has told all the rooms that we were in when it let us in.
    fn settled(&mut self) {
        // What was not told has been left from another device.
        let wanted = &self.wanted;
        self.model.rooms.retain(|room, view| view.live || wanted.contains_key(room));
        self.want_missing();
    }

    /// We are a member of a room. Its entries follow from `from` on, or go on where they stand.
    fn room(&mut self, room: &RoomName, topic: String, head: Seq, from: Option<Seq>) {
        self.adopt_name(room);
        let Some(from) = from else {
            let Some(view) = self.model.rooms.get_mut(room).filter(|view| view.live) else {
                return self.broken(room, "a room that goes on before it was announced");
            };
            view.topic = topic;
            let next = view.expected;
            return self.follow_on(room, next);
        };
        let prefetch = self.prefetches();
        let known = self.model.rooms.contains_key(room);
        let view = self
            .model
            .rooms
            .entry(room.clone())
            .or_insert_with(|| RoomView { read: head, ..RoomView::default() });
        if prefetch {
            // They are asked for anew: who left in a stretch that is skipped would stay for ever.
            view.members.clear();
        }
        let rewound = head < view.timeline.head().max(view.expected.before());
        // We left and came back by another device, and what lies between is skipped: the answer to what we had sent may
        // be in there. Sent again, it is answered for itself.
        let missed = view.live && from != view.expected;
        view.topic = topic;
        view.live = true;
        view.expected = from;
        view.timeline.set_head(head.max(from.before()));
        view.read = view.read.min(head);
        if rewound {
            let text = "the server has lost entries that it had: what it no longer has is gone here, too";
            self.model.notice(Some(room.clone()), text);
        }
        if missed {
            self.model.outbox.send_again(room);
        }
        if self.follows.contains_key(room) {
            self.follow_on(room, from);
        } else if prefetch {
            self.ask(User::Who(room.clone()), Request::Who { room: room.clone(), after: None });
            if !known && from > Seq(1) {
                self.page(room, Page::Before(Some(from)), PREFETCH_ENTRIES);
            }
        }
        if let Some(how) = self.wanted.get_mut(room) {
            *how = Wanted::Join;
        }
        self.happened(Event::Joined(room.clone()));
    }

    fn entry(&mut self, room: &RoomName, entry: NumberedEntry) {
        let Some(view) = self.model.rooms.get_mut(room).filter(|view| view.live) else {
            return self.broken(room, "an entry of a room that was not announced");
        };
        // The server asserts that the next entry is the last one plus one before it sends it; so do we.
        if entry.seq != view.expected {
            let (expected, found) = (view.expected.0, entry.seq.0);
            return self.broken(room, &format!("entry {found} where {expected} was expected"));
        }
        view.expected = entry.seq.next();
        let author = &entry.entry.author;
        let ours = *author == self.model.name;
        let mut left = false;
        match &entry.entry.act {
            // The server itself made the lobby, and is no member of it.
            Act::Created if entry.entry.person == PersonId(0) => {}
            Act::Created | Act::Joined => {
                // Whether he is here is told apart; whoever joins just now is.
                view.members.insert(author.clone(), true);
            }
            Act::Left => {
                view.members.remove(author);
                left = ours;
            }
            Act::Topic(text) => view.topic.clone_from(text),
            Act::Post(_) if !ours => view.unread += 1,
            Act::Post(_) | Act::Other(_) => {}
        }
        if let Act::Post(post) = &entry.entry.act
            && Some(post.device) == self.model.device
        {
            self.stored(room.clone(), post.n, entry.seq);
        }
        if let Some(follow) = self.follows.get_mut(room) {
            let event = follow.take(room, &entry);
            self.out_event(event);
            self.follow_page(room);
        } else if let Some(view) = self.model.rooms.get_mut(room) {
            view.timeline.insert(entry);
        }
        if left {
            self.model.rooms.remove(room);
            self.wanted.remove(room);
            self.happened(Event::Left(room.clone()));
        }
    }

    fn damaged(&mut self, room: &RoomName, from: Seq, to: Seq) {
        let Some(view) = self.model.rooms.get_mut(room).filter(|view| view.live) else {
            return self.broken(room, "a damaged stretch of a room that was not announced");
        };
        if from != view.expected || to < from {
            return self.broken(room, "a damaged stretch out of order");
        }
        view.expected = to.next();
        for seq in (from.0..=to.0).take(PAGE_ENTRIES_MAX) {
            view.timeline.mark_damaged(Seq(seq));
        }
        self.seen_head(room, to);
        let event = self.follows.get_mut(room).and_then(|follow| follow.missing(room, from, to));
        self.out_event(event);
    }

    /// The server has a log at least as long as this.
    fn seen_head(&mut self, room: &RoomName, head: Seq) {
        if let Some(view) = self.model.rooms.get_mut(room)
            && view.timeline.head() < head
        {
            view.timeline.set_head(head);
        }
    }

    fn paged(
        &mut self,
        id: Option<u64>,
        room: &RoomName,
        entries: Vec<NumberedEntry>,
        more: bool,
        damaged: &[Seq],
    ) {
        id.map(|id| self.asked.remove(&id));
        if let Some(view) = self.model.rooms.get_mut(room) {
            view.loading = false;
        }
        if let Some(follow) = self.follows.get_mut(room) {
            follow.loading = false;
            let before = follow.next;
            let mut events = Vec::new();
            let mut damaged = damaged.iter().copied().peekable();
            for entry in &entries {
                while let Some(seq) = damaged.next_if(|seq| *seq < entry.seq) {
                    events.extend(follow.missing(room, seq, seq));
                }
                events.extend(follow.take(room, entry));
            }
            events.extend(damaged.filter_map(|seq| follow.missing(room, seq, seq)));
            let moved = follow.next != before;
            for event in events {
                self.happened(event);
            }
            // A page that brings nothing new is not asked for again until there is news: it would bring nothing again.
            if moved {
                self.follow_page(room);
            }
        } else if let Some(view) = self.model.rooms.get_mut(room) {
            damaged.iter().for_each(|seq| view.timeline.mark_damaged(*seq));
            for seq in damaged {
                self.happened(Event::Missing(room.clone(), *seq, *seq));
            }
            let Some(view) = self.model.rooms.get_mut(room) else { return };
            entries.iter().cloned().for_each(|entry| view.timeline.insert(entry));
        }
        self.happened(Event::Paged(room.clone(), entries, more));
    }

    /// The server sends a room from this place on by itself: pages in what a follower of it lacks before that.
    fn follow_on(&mut self, room: &RoomName, from: Seq) {
        if let Some(follow) = self.follows.get_mut(room) {
            follow.resume(from);
            self.follow_page(room);
        }
    }

    /// Asks for the page that a followed room needs next, if it needs one.
    pub(super) fn follow_page(&mut self, room: &RoomName) {
        let Some(after) = self.follows.get(room).and_then(super::follow::Follow::wants) else { return };
        if let Some(follow) = self.follows.get_mut(room) {
            follow.loading = true;
        }
        let (page, limit) = (Page::After(after), PAGE_ENTRIES_MAX);
        self.ask(User::Page(room.clone(), page, limit), Request::Page { room: room.clone(), page, limit });
    }

    fn out_event(&mut self, event: Option<Event>) {
        if let Some(event) = event {
            self.happened(event);
        }
    }

    fn stored(&mut self, room: RoomName, n: PostNumber, seq: Seq) {
        if let Some(pending) = self.model.outbox.stored(n) {
            self.happened(Event::Stored(pending.ticket, room, seq));
        }
    }

    fn refused(&mut self, id: Option<u64>, n: Option<PostNumber>, refusal: Refusal, now: Now) {
        if let Some(n) = n {
            if let Some(retry_ms) = refusal.retry_ms {
                let until = now.tick.after(retry_ms.min(RETRY_MS_MAX));
                // Haste mends itself; anything else a person should know, once for all that it holds up.
                if refusal.code != Code::SlowDown && !self.model.outbox.is_halted() {
                    self.model.refusal_notice(None, &refusal);
                    self.happened(Event::Delayed(refusal.clone()));
                }
                self.hold_until = Some(self.hold_until.map_or(until, |hold| hold.max(until)));
            }
            if let Some(ticket) = self.model.outbox.refused(n, refusal.clone()) {
                self.happened(Event::Failed(ticket, refusal));
            }
            return;
        }
        if self.model.link == Link::Entering {
            // The first request of a connection is the only one without an id that is refused here.
            match refusal.retry_ms {
                Some(pause) => self.pause_at_least = pause.min(RETRY_MS_MAX),
                None => self.close(code_name(&refusal).as_str(), &refusal.text),
            }
            return self.hang_up();
        }
        let Some(user) = id.and_then(|id| self.asked.remove(&id)) else {
            return self.model.refusal_notice(None, &refusal);
        };
        if let Some(retry_ms) = refusal.retry_ms {
            self.try_again_at(now.tick.after(retry_ms));
        }
        let room = match &user {
            User::Page(room, ..) => {
                if let Some(view) = self.model.rooms.get_mut(room) {
                    view.loading = false;
                }
                if let Some(follow) = self.follows.get_mut(room) {
                    follow.loading = false;
                }
                Some(room.clone())
            }
            // Somebody else made it, or we did before the link was lost.
            User::Create(room) if refusal.code == Code::RoomTaken => {
                self.wanted.insert(room.clone(), Wanted::Join);
                return self.want(room.clone(), Wanted::Join);
            }
            User::Join(room) | User::Create(room) => {
                if refusal.retry_ms.is_none() {
                    self.wanted.remove(room);
                }
                None
            }
            User::Leave(room) | User::Topic(room, _) | User::Who(room) => Some(room.clone()),
            _ => None,
        };
        self.model.refusal_notice(room, &refusal);
        self.happened(Event::Refused(user, refusal));
    }

    /// The server broke the protocol: what follows on this connection cannot be trusted.
    fn broken(&mut self, room: &RoomName, what: &str) {
        self.model.notice(Some(room.clone()), format!("the server sent {what}; connecting again"));
        self.hang_up();
    }
}

/// The refusal's code as it stands on the wire.
fn code_name(refusal: &Refusal) -> String {
    let json = serde_json::to_value(refusal.code).unwrap_or_default();
    json.as_str().unwrap_or("refused").to_owned()
}
