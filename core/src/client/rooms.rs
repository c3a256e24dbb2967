//! What the server tells of the rooms that we are in: where they stand, their entries, and that they are gone.

use super::asked::Asked;
use super::bounds::ROOMS_HELD_MAX;
use super::door::{Event, PutOut, User};
use super::follow::Follow;
use super::machine::{Client, Wanted};
use super::model::{Link, News};
use super::reading::Told;
use super::room::{End, RoomView};
use crate::entry::{Act, PersonId, PostNumber, Role, RoomKind, Sanction, Seq};
use crate::limits::{PAGE_ENTRIES_MAX, PINS_MAX};
use crate::name::{Name, RoomName};
use crate::protocol::{NumberedEntry, Page, Request};
use crate::refusal::{Code, Refusal};
use std::sync::Arc;

/// A room as the server tells it.
pub(super) struct RoomTold {
    pub(super) topic: String,
    pub(super) title: Option<RoomName>,
    pub(super) kind: RoomKind,
    pub(super) with: Option<Name>,
    pub(super) role: Role,
    pub(super) muted: Option<Sanction>,
    pub(super) archived: bool,
    pub(super) slow_ms: u64,
    pub(super) keep_days: Option<u64>,
    pub(super) faded: Seq,
    pub(super) pins: Vec<Seq>,
    pub(super) reports: usize,
    pub(super) waiting: usize,
    pub(super) numbers: Told,
    /// The next entry that will be sent, unless they are being sent already.
    pub(super) from: Option<Seq>,
}

impl RoomView {
    fn tell(&mut self, told: &mut RoomTold, me: Option<PersonId>, my_name: &Name) {
        (self.me, self.my_name) = (me, Some(my_name.clone()));
        self.set_topic(std::mem::take(&mut told.topic));
        (self.title, self.with) = (told.title.take(), told.with.take());
        (self.kind, self.role) = (told.kind, told.role);
        self.muted = told.muted.take();
        (self.archived, self.slow_ms, self.reports) = (told.archived, told.slow_ms, told.reports);
        self.keep_days = told.keep_days;
        // Some of it may have gone by an entry that we were never sent.
        self.timeline.fade(told.faded);
        self.pins = told.pins.iter().copied().take(PINS_MAX).collect();
        self.told = told.numbers.head;
    }
}

impl Client {
    /// The server has told all the rooms that we were in when it let us in, and the own log up to that time: it says
    /// from which of the others we were put out.
    pub(super) fn settled(&mut self) {
        self.chores_due = true;
        if self.model.link == Link::Online && self.rooms_to_come == 0 && self.own.is_caught_up() {
            // What was not told has been left from another device.
            let wanted = &self.wanted;
            self.model.rooms.retain(|room, view| view.live || wanted.contains_key(room));
            self.tell_all_rejected();
        }
    }

    /// We are a member of a room. Its entries follow from `from` on, or go on where they stand.
    pub(super) fn room(&mut self, room: &RoomName, mut told: RoomTold) {
        self.adopt_name(room);
        self.model.invitations.remove(room);
        self.own.touch_room(room);
        let (head, me) = (told.numbers.head, self.model.person);
        let Some(from) = told.from else {
            let Some(view) = self.model.rooms.get_mut(room).filter(|view| view.live) else {
                return self.broken(Some(room), "a room that goes on before it was announced");
            };
            // An answer that what came since has overtaken says nothing new of the room, but for what no entry says.
            view.keep_days = told.keep_days;
            if head.next() >= view.expected {
                view.tell(&mut told, me, &self.model.name);
                view.told_waiting(told.waiting, self.config.prefetch);
            }
            view.count_again(told.numbers);
            self.chores_due = true;
            let next = view.expected;
            return self.follow_on(room, next);
        };
        let (prefetch, followed) = (self.prefetches(), self.follows.contains_key(room));
        let held = self.model.rooms.get(room);
        let known = held.is_some_and(|view| view.expected > Seq(0));
        if held.is_none() && self.model.rooms.len() >= ROOMS_HELD_MAX {
            return self.broken(Some(room), "more rooms than one person can be in");
        }
        let view = self.model.rooms.entry(room.clone()).or_insert_with(RoomView::new);
        view.doubted = Arc::clone(&self.own.doubted);
        if prefetch {
            // They are asked for anew: who left in a stretch that is skipped would stay for ever.
            view.members.clear();
        }
        let rewound = head < view.timeline.head().max(view.expected.before());
        // We left and came back by another device, and what lies between is skipped: the answer to what we had sent may
        // be in there. Sent again, it is answered for itself.
        let missed = view.live && from != view.expected;
        if known && from > view.expected {
            view.timeline.forget_posts();
        }
        view.tell(&mut told, me, &self.model.name);
        view.told_waiting(told.waiting, prefetch);
        view.live = true;
        view.expected = from;
        view.timeline.set_head(head.max(from.before()));
        view.count_from(told.numbers);
        if prefetch && !followed {
            view.ask_members = true;
            view.ask_page = (!known && from > Seq(1)).then_some(from);
        }
        self.chores_due = true;
        if rewound {
            let text = "the server has lost entries that it had: what it no longer has is gone here, too";
            self.model.notice(Some(room.clone()), News::Lost, text);
        }
        if missed {
            self.model.outbox.send_again(room);
        }
        if followed {
            self.follow_on(room, from);
        }
        if let Some(want) = self.wanted.get_mut(room) {
            want.how = Wanted::Join;
        }
        self.happened(Event::Joined(room.clone()));
    }

    pub(super) fn entry(&mut self, room: &RoomName, entry: NumberedEntry) {
        let Some(view) = self.model.rooms.get_mut(room).filter(|view| view.live) else {
            return self.broken(Some(room), "an entry of a room that was not announced");
        };
        // The server asserts that the next entry is the last one plus one before it sends it; so do we.
        if entry.seq != view.expected {
            let (expected, found) = (view.expected.0, entry.seq.0);
            return self.broken(Some(room), &format!("entry {found} where {expected} was expected"));
        }
        view.expected = entry.seq.next();
        let end = view.evolve(entry.seq, &entry.entry);
        view.title = view.title.take().filter(|title| title != room);
        view.count(entry.seq, &entry.entry);
        self.chores_due |= view.has_chores();
        if let Act::Post(post) = &entry.entry.act
            && Some(post.device) == self.model.device
        {
            match self.model.outbox.number_is_anothers(post.n, &post.text) {
                Some(ticket) => {
                    let text =
                        "this number is another post's: this device's profile is used elsewhere as well";
                    let refusal = Refusal::no(Code::NumberReused, text);
                    self.model.outbox.refused(post.n, refusal.clone());
                    self.happened(Event::Failed(ticket, refusal));
                }
                None => self.stored(room.clone(), post.n, entry.seq),
            }
        }
        if let Some(follow) = self.follows.get_mut(room) {
            let event = follow.take(room, &entry);
            self.out_event(event);
            self.follow_page(room);
        } else if let Some(view) = self.model.rooms.get_mut(room) {
            view.timeline.hear(entry);
        }
        match end {
            None => {}
            Some(End::Left) => self.left(room),
            Some(End::PutOut(why)) => self.put_out(room, why),
        }
    }

    /// We are a member no longer, by our own wish.
    pub(super) fn left(&mut self, room: &RoomName) {
        self.model.rooms.remove(room);
        self.wanted.remove(room);
        self.happened(Event::Left(room.clone()));
    }

    /// We are a member no longer, and it was not our wish: we do not come back by ourselves.
    pub(super) fn put_out(&mut self, room: &RoomName, why: PutOut) {
        let view = self.model.rooms.remove(room);
        self.wanted.remove(room);
        let shown = view.map_or_else(|| room.to_string(), |view| view.shown(room));
        self.model.notice(None, News::Event, why.words(&shown));
        let refusal = why.refusal(&shown);
        for ticket in self.model.outbox.give_up(room, &refusal) {
            self.happened(Event::Failed(ticket, refusal.clone()));
        }
        self.happened(Event::PutOut(room.clone(), why));
    }

    /// A room is out of sight from now on.
    pub(super) fn gone(&mut self, room: &RoomName) {
        if self.model.rooms.contains_key(room) {
            self.left(room);
        }
    }

    pub(super) fn damaged(&mut self, room: &RoomName, from: Seq, to: Seq) {
        let Some(view) = self.model.rooms.get_mut(room).filter(|view| view.live) else {
            return self.broken(Some(room), "a damaged stretch of a room that was not announced");
        };
        if from != view.expected || to < from {
            return self.broken(Some(room), "a damaged stretch out of order");
        }
        view.expected = to.next();
        view.cannot_count(to);
        self.chores_due = true;
        for seq in (from.0..=to.0).take(PAGE_ENTRIES_MAX) {
            view.timeline.mark_damaged(Seq(seq));
        }
        self.seen_head(room, to);
        let event = self.follows.get_mut(room).and_then(|follow| follow.missing(room, from, to));
        self.out_event(event);
    }

    /// The server has a log at least as long as this.
    pub(super) fn seen_head(&mut self, room: &RoomName, head: Seq) {
        if let Some(view) = self.model.rooms.get_mut(room)
            && view.timeline.head() < head
        {
            view.timeline.set_head(head);
        }
    }

    pub(super) fn paged(
        &mut self,
        room: &RoomName,
        entries: Vec<NumberedEntry>,
        more: bool,
        damaged: &[Seq],
    ) {
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
            let upto = view.page_upto;
            entries.iter().cloned().for_each(|entry| view.timeline.load(entry, upto));
            for seq in damaged {
                self.happened(Event::Missing(room.clone(), *seq, *seq));
            }
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
        let Some(after) = self.follows.get(room).and_then(Follow::wants) else { return };
        if self.model.link != Link::Online {
            return;
        }
        let (page, limit) = (Page::After(after), PAGE_ENTRIES_MAX);
        let user = User::Page(room.clone(), page, limit);
        let request = Request::Page { room: room.clone(), page, limit };
        let asked = self.ask_under_id(Asked::User(user), request).is_some();
        if let Some(follow) = self.follows.get_mut(room) {
            follow.loading = asked;
        }
    }

    fn out_event(&mut self, event: Option<Event>) {
        if let Some(event) = event {
            self.happened(event);
        }
    }

    pub(super) fn stored(&mut self, room: RoomName, n: PostNumber, seq: Seq) {
        if let Some(pending) = self.model.outbox.stored(n) {
            self.happened(Event::Stored(pending.ticket, room, seq));
        }
    }
}
