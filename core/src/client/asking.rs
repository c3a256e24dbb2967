//! Asking: for users and programs, and what the machine asks by itself.

use super::asked::{Asked, Chore, room_of};
use super::bounds::CHORES_AT_ONCE_MAX;
use super::door::{AskId, Event, User};
use super::machine::Client;
use super::model::{Link, News};
use super::people::{FriendsAsked, MeAsked};
use super::room::Recount;
use crate::entry::Seq;
use crate::limits::{PREFETCH_ENTRIES, REQUESTS_ASKED_MAX, TYPING_MS};
use crate::name::{Name, RoomName};
use crate::protocol::{Door, Page, Request, Secret};
use crate::refusal::Refusal;
use crate::secret::{OnceCode, Password};
use crate::time::Now;
use std::collections::BTreeSet;

impl Client {
    /// Asks the server for anything that has no wish of its own: its answer comes as `Event::Answered` under the id that
    /// is given, or as `Event::AskRefused`. A request that joins or makes a room is answered by the `room`. Lists that
    /// have `more` are asked on by whoever wants them. Nothing of it is tried again by itself.
    ///
    /// `None`, and a notice, if the server is away, if too much waits for an answer, or if it is a request by which one
    /// comes in, posts, or shows a sign of life.
    pub fn ask(&mut self, request: Request, now: Now) -> Option<AskId> {
        let id = self.ask_for(request);
        self.finish(now);
        id
    }

    /// Asks for an account, as a guest. `token` is to be drawn at random and kept beside the old one before this is
    /// called: from some moment before the answer on, which is `Event::TokenChanged` and `Event::Answered`, it alone
    /// lets this device in. If the answer is lost, both are tried, and the event comes after the next welcome. If an
    /// earlier upgrade's answer was lost, its token is asked for again in place of this one.
    pub fn upgrade(
        &mut self,
        token: Secret,
        password: Password,
        invitation: Option<OnceCode>,
        now: Now,
    ) -> Option<AskId> {
        let id = self.ask_to_upgrade(token, password, invitation);
        self.finish(now);
        id
    }

    pub(super) fn ask_to_upgrade(
        &mut self,
        token: Secret,
        password: Password,
        invitation: Option<OnceCode>,
    ) -> Option<AskId> {
        if !self.may_ask() {
            return None;
        }
        let token = self.arriving.upgrade(token);
        self.next_device = None;
        self.ask_under_id(Asked::Upgrade, Request::Upgrade { token, password, invitation })
    }

    pub(super) fn ask_for(&mut self, request: Request) -> Option<AskId> {
        match request {
            Request::Upgrade { token, password, invitation } => {
                return self.ask_to_upgrade(token, password, invitation);
            }
            Request::Enter(_)
            | Request::SignIn { .. }
            | Request::Register { .. }
            | Request::Recover { .. }
            | Request::Post { .. }
            | Request::Typing { .. }
            | Request::Ping
            | Request::Pong
            | Request::Bye => {
                self.model.notice(
                    None,
                    News::Misasked,
                    "this cannot be asked for by itself; the program is at fault",
                );
                return None;
            }
            _ => {}
        }
        if !self.may_ask() {
            return None;
        }
        if let Request::Leave { room } = &request {
            self.wanted.remove(room);
        }
        let room = room_of(&request).cloned();
        self.ask_under_id(Asked::Program(room), request)
    }

    pub(super) fn ask_or_notice(&mut self, user: User, request: Request) {
        if self.may_ask() {
            self.ask_under_id(Asked::User(user), request);
        }
    }

    fn may_ask(&mut self) -> bool {
        if self.model.link != Link::Online {
            self.model.notice(
                None,
                News::Away,
                "this needs the server, which is away; try again when it is back",
            );
            return false;
        }
        if self.asked.len() >= REQUESTS_ASKED_MAX {
            self.model.notice(
                None,
                News::Unanswered,
                "the server has not answered what was asked before; try again later",
            );
            return false;
        }
        true
    }

    /// Sends a request under an id, to know what its answer or refusal speaks of. None if too much waits for an answer.
    pub(super) fn ask_under_id(&mut self, asked: Asked, request: Request) -> Option<AskId> {
        if self.asked.len() >= REQUESTS_ASKED_MAX {
            self.chores_due = true;
            return None;
        }
        let id = self.new_id();
        self.asked.insert(id, asked);
        self.send(Some(id), request);
        Some(AskId(id))
    }

    pub(super) fn new_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Whose the request is whose answer this is.
    pub(super) fn take_asked(&mut self, id: Option<u64>) -> Option<Asked> {
        let asked = self.asked.remove(&id?);
        self.chores_due |= asked.is_some();
        asked
    }

    /// Loads a part of a room's history, one part at a time.
    pub(super) fn page(&mut self, room: &RoomName, page: Page, limit: usize) {
        if self.model.link != Link::Online {
            return;
        }
        if self.model.rooms.get(room).is_some_and(|view| view.loading) {
            return;
        }
        let request = Request::Page { room: room.clone(), page, limit };
        if self.ask_under_id(Asked::User(User::Page(room.clone(), page, limit)), request).is_some()
            && let Some(view) = self.model.rooms.get_mut(room)
        {
            view.loading = true;
            // What has come by itself is on disk, so the page knows of it.
            view.page_upto = view.expected.before();
        }
    }

    /// The user types: the server tells the others, and is told no more often than it tells them.
    pub(super) fn type_in(&mut self, room: RoomName, now: Now) {
        let told_lately = self.typed.is_some_and(|(at, _)| now.tick.since(at) < TYPING_MS);
        let speaks = self.model.rooms.get(&room).is_some_and(|view| view.live && !view.archived);
        if self.model.link != Link::Online || told_lately || !speaks {
            return;
        }
        // Nothing answers it but a refusal, of which nobody needs to hear; so it is not among those that wait.
        let id = self.new_id();
        self.typed = Some((now.tick, id));
        self.send(Some(id), Request::Typing { room });
    }

    /// Asks what there is to ask by itself, a little at a time.
    pub(super) fn chores(&mut self, now: Now) {
        let waits = self.again_at.is_some_and(|at| now.tick < at);
        if self.model.link != Link::Online || !self.chores_due || waits {
            return;
        }
        // Each answer calls for the next.
        self.chores_due = false;
        while self.asked.len() < CHORES_AT_ONCE_MAX {
            let Some(chore) = self.next_chore(now) else { return };
            self.perform(chore, now);
        }
    }

    fn next_chore(&self, now: Now) -> Option<Chore> {
        // Rooms that we were in and that are not told have been left, or we were put out: the own log says which.
        let own = self.own.is_caught_up();
        let missing = |room: &RoomName| match self.model.rooms.get(room) {
            Some(view) => !view.live && (own || view.expected == Seq(0)),
            None => true,
        };
        if self.rooms_to_come == 0
            && let Some((room, _)) = self.wanted.iter().find(|(room, want)| !want.asked && missing(room))
        {
            return Some(Chore::BeIn(room.clone()));
        }
        for (room, view) in self.model.rooms.iter().filter(|(_, view)| view.live) {
            if let Some(seq) = view.to_read.filter(|_| view.read_due().is_some_and(|due| due <= now.tick)) {
                return Some(Chore::Read(room.clone(), seq));
            }
            // Who follows a room entry by entry does not look at what is unread.
            let told = view.to_read.is_none() && view.reading.is_none();
            let counts = view.recount == Recount::Wanted && !self.follows.contains_key(room);
            if told && (counts || view.ask_keeping) {
                return Some(Chore::Count(room.clone()));
            }
            if view.ask_members {
                return Some(Chore::Members(room.clone()));
            }
            if view.ask_held {
                return Some(Chore::Held(room.clone()));
            }
            if let Some(before) = view.ask_page.filter(|_| !view.loading) {
                return Some(Chore::Page(room.clone(), before));
            }
        }
        if self.own.ask_me && self.own.me.is_none() {
            return Some(Chore::Me);
        }
        (self.own.ask_friends && self.own.friends.is_none()).then_some(Chore::Friends)
    }

    fn perform(&mut self, chore: Chore, now: Now) {
        match chore {
            Chore::BeIn(room) => self.ask_to_be_in(&room),
            Chore::Read(room, seq) => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    (view.to_read, view.reading, view.read_at) = (None, Some(seq), Some(now.tick));
                }
                self.ask_under_id(Asked::Read(room.clone(), seq), Request::Read { room, seq });
            }
            Chore::Count(room) => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    (view.recount, view.ask_keeping) = (Recount::Asked, false);
                }
                let request = Request::Join { door: Door::Room(room.clone()) };
                self.ask_under_id(Asked::Count(room), request);
            }
            Chore::Members(room) => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    (view.ask_members, view.touched) = (false, Some(BTreeSet::new()));
                    view.asked_at = view.told;
                }
                self.ask_for_members(room, None);
            }
            Chore::Held(room) => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    view.ask_held = false;
                }
                self.ask_held(room, None);
            }
            Chore::Page(room, before) => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    view.ask_page = None;
                }
                self.page(&room, Page::Before(Some(before)), PREFETCH_ENTRIES);
            }
            Chore::Friends => {
                self.own.ask_friends = false;
                self.own.friends = Some(FriendsAsked::default());
                self.ask_under_id(Asked::Friends, Request::Friends { after: None });
            }
            Chore::Me => {
                self.own.ask_me = false;
                self.own.me = Some(MeAsked::default());
                self.ask_under_id(Asked::Me, Request::Me);
            }
        }
    }

    pub(super) fn ask_for_members(&mut self, room: RoomName, after: Option<Name>) {
        let request = Request::Who { room: room.clone(), after: after.clone() };
        self.ask_under_id(Asked::Members(room, after), request);
    }

    /// What a program has asked was refused.
    pub(super) fn ask_refused(&mut self, id: u64, room: Option<RoomName>, refusal: Refusal) {
        self.model.refusal_notice(room, &refusal);
        self.happened(Event::AskRefused(AskId(id), refusal));
    }
}
