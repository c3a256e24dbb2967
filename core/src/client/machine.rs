//! The client machine: keeps a link alive, what was said in order, and what was heard without a gap.

use super::backoff::Backoff;
use super::door::{Event, Input, Output, User};
use super::follow::Follow;
use super::model::{Link, Model};
use super::outbox::Ticket;
use crate::entry::Seq;
use crate::limits::{DIAL_TIMEOUT_MS, HEARTBEAT_MS, REQUESTS_ASKED_MAX, ROOMS_JOINED_MAX};
use crate::name::{Name, RoomName};
use crate::protocol::{Enter, Envelope, Page, Request, Secret};
use crate::time::{Now, Tick};
use std::collections::{BTreeMap, VecDeque};

/// Who the client is, and how much it holds.
#[derive(Clone, Debug)]
pub struct Config {
    /// The nickname to enter with.
    pub name: Name,
    /// The secret that makes it ours.
    pub token: Secret,
    /// Which of our devices this is.
    pub device: String,
    /// Whether to load recent history and members of each room by itself, as a view wants it.
    pub prefetch: bool,
}

/// How a room that the user wants to be in is to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wanted {
    /// It exists.
    Join,
    /// It is made if there is none.
    Create,
}

/// The client machine.
#[derive(Debug)]
pub struct Client {
    config: Config,
    pub(super) model: Model,
    /// The rooms to be a member of after every reconnect, and how each is to be asked for.
    pub(super) wanted: BTreeMap<RoomName, Wanted>,
    pub(super) follows: BTreeMap<RoomName, Follow>,
    pub(super) asked: BTreeMap<u64, User>,
    next_id: u64,
    backoff: Backoff,
    /// The least pause that the server asked for.
    pub(super) pause_at_least: u64,
    /// No post is sent before this time.
    pub(super) hold_until: Option<Tick>,
    /// When to ask again for the rooms and pages that were refused for now.
    again_at: Option<Tick>,
    /// How many rooms the server has still to tell after its welcome.
    pub(super) rooms_to_come: usize,
    heard: Tick,
    pinged: bool,
    connected: bool,
    wake_at: Option<Tick>,
    out: VecDeque<Output>,
}

impl Client {
    /// A client that dials when it is started.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Client {
            model: Model::new(config.name.clone()),
            config,
            wanted: BTreeMap::new(),
            follows: BTreeMap::new(),
            asked: BTreeMap::new(),
            next_id: 1,
            backoff: Backoff::default(),
            pause_at_least: 0,
            hold_until: None,
            again_at: None,
            rooms_to_come: 0,
            heard: Tick(0),
            pinged: false,
            connected: false,
            wake_at: None,
            out: VecDeque::new(),
        }
    }

    /// What there is to show.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Takes in one input. Outputs come from [`Client::poll`].
    pub fn handle(&mut self, input: Input, now: Now) {
        match input {
            Input::Started => self.dial(now),
            Input::Opened => {
                self.connected = true;
                self.heard = now.tick;
            }
            Input::Told(Ok(update)) => {
                self.heard = now.tick;
                self.pinged = false;
                self.told(update, now);
            }
            Input::Told(Err(error)) => {
                self.model.notice(None, error.to_string());
                self.out.push_back(Output::HangUp);
            }
            Input::Lost { random, why } => self.lost(random, why, now),
            Input::User(user) => self.user(user, now),
            Input::Tick => {
                // A driver may come early; it is told the time again.
                self.wake_at = None;
                self.tick(now);
            }
        }
        self.send_posts(now);
        self.wake();
        self.changed();
    }

    /// Says something, as `User::Say` does, and gives the ticket under which the post is known until it is stored.
    /// `None` if too much is waiting already.
    pub fn say(&mut self, room: RoomName, text: String, now: Now) -> Option<Ticket> {
        let ticket = self.push(room, text);
        self.send_posts(now);
        self.wake();
        self.changed();
        ticket
    }

    /// The next thing to do, until there is none.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn push(&mut self, room: RoomName, text: String) -> Option<Ticket> {
        let ticket = self.model.outbox.push(room, text)?;
        if let Some(refusal) = self.model.outbox.failure(ticket).cloned() {
            self.happened(Event::Failed(ticket, refusal));
        }
        Some(ticket)
    }

    fn user(&mut self, user: User, now: Now) {
        match user {
            User::Say { room, text } => {
                if self.push(room.clone(), text).is_none() {
                    self.model.notice(Some(room), "too much is waiting to be sent; nothing more is taken");
                }
            }
            User::Retry(ticket) => self.model.outbox.retry(ticket),
            User::Discard(ticket) => self.model.outbox.discard(ticket),
            User::Join(ref room) => {
                self.want(room.clone(), Wanted::Join);
            }
            User::Create(ref room) => {
                self.want(room.clone(), Wanted::Create);
            }
            User::Leave(ref room) => {
                self.wanted.remove(room);
                let request = Request::Leave { room: room.clone() };
                self.ask_or_notice(user, request);
            }
            User::Topic(ref room, ref text) => {
                let request = Request::Topic { room: room.clone(), text: text.clone() };
                self.ask_or_notice(user, request);
            }
            User::Rooms => self.ask_or_notice(user, Request::Rooms { after: None }),
            User::Who(ref room) => {
                let request = Request::Who { room: room.clone(), after: None };
                self.ask_if_online(user, request);
            }
            User::Page(room, page, limit) => self.page(&room, page, limit),
            User::Follow(room, from) => {
                self.follows.insert(room.clone(), Follow::from(from));
                self.want(room, Wanted::Join);
            }
            User::Read(room) => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    view.read = view.timeline.head();
                    view.unread = 0;
                }
            }
            User::DialNow => {
                if matches!(self.model.link, Link::Waiting { .. } | Link::Closed { .. }) {
                    self.dial(now);
                }
            }
            User::Quit => {
                if self.connected {
                    self.send(None, Request::Bye);
                }
                self.close("quit", "you left");
                self.out.push_back(Output::HangUp);
            }
        }
    }

    /// Asks to be a member of a room, now and after every reconnect.
    pub(super) fn want(&mut self, room: RoomName, how: Wanted) {
        // A room that is to be made stays so until the server has answered: it may not have heard of it.
        let how = *self.wanted.entry(room.clone()).and_modify(|held| *held = how.max(*held)).or_insert(how);
        let (user, request) = match how {
            Wanted::Join => (User::Join(room.clone()), Request::Join { room }),
            Wanted::Create => (User::Create(room.clone()), Request::Create { room, topic: String::new() }),
        };
        self.ask_if_online(user, request);
    }

    /// Asks for the rooms that are wanted and not read yet.
    pub(super) fn want_missing(&mut self) {
        for (room, how) in self.wanted.clone() {
            if !self.model.rooms.get(&room).is_some_and(|view| view.live) {
                self.want(room, how);
            }
        }
    }

    /// Writes a room's name as the server does, who keeps the capitals that its maker gave it.
    pub(super) fn adopt_name(&mut self, room: &RoomName) {
        let names = self.wanted.keys().chain(self.follows.keys());
        let others: Vec<RoomName> = names.filter(|name| *name != room && name.same(room)).cloned().collect();
        for name in others {
            if let Some(how) = self.wanted.remove(&name) {
                self.wanted.insert(room.clone(), how);
            }
            if let Some(follow) = self.follows.remove(&name) {
                self.follows.insert(room.clone(), follow);
            }
            self.model.outbox.rename(&name, room);
        }
    }

    /// Remembers to ask again for what was refused for now.
    pub(super) fn try_again_at(&mut self, at: Tick) {
        self.again_at = Some(self.again_at.map_or(at, |before| before.max(at)));
    }

    /// Loads a part of a room's history, one part at a time.
    pub(super) fn page(&mut self, room: &RoomName, page: Page, limit: usize) {
        if self.model.link != Link::Online {
            return;
        }
        if let Some(view) = self.model.rooms.get_mut(room) {
            if view.loading {
                return;
            }
            view.loading = true;
        }
        let request = Request::Page { room: room.clone(), page, limit };
        self.ask(User::Page(room.clone(), page, limit), request);
    }

    pub(super) fn ask_if_online(&mut self, user: User, request: Request) {
        if self.model.link == Link::Online {
            self.ask(user, request);
        }
    }

    fn ask_or_notice(&mut self, user: User, request: Request) {
        if self.model.link == Link::Online {
            self.ask(user, request);
        } else {
            self.model.notice(None, "this needs the server, which is away; try again when it is back");
        }
    }

    /// Sends a request under an id, to know what its answer or refusal speaks of.
    pub(super) fn ask(&mut self, user: User, request: Request) {
        let id = self.next_id;
        self.next_id += 1;
        // Not every request is answered under its id: the log answers those that add to it. Old ones are forgotten.
        while self.asked.len() >= REQUESTS_ASKED_MAX {
            self.asked.pop_first();
        }
        self.asked.insert(id, user);
        self.send(Some(id), request);
    }

    pub(super) fn send(&mut self, id: Option<u64>, request: Request) {
        self.out.push_back(Output::Ask(Envelope { id, request }));
    }

    pub(super) fn happened(&mut self, event: Event) {
        self.out.push_back(Output::Happened(event));
    }

    pub(super) fn hang_up(&mut self) {
        self.out.push_back(Output::HangUp);
    }

    fn dial(&mut self, now: Now) {
        self.model.link = Link::Dialling;
        self.connected = false;
        self.heard = now.tick;
        self.pinged = false;
        self.out.push_back(Output::Dial);
    }

    /// The server has greeted us: says who we are and what we hold.
    pub(super) fn enter(&mut self) {
        self.model.link = Link::Entering;
        let held = |(room, view): (&RoomName, &super::model::RoomView)| {
            (view.expected > Seq(0)).then(|| (room.clone(), view.expected.before()))
        };
        let mut have: BTreeMap<_, _> = self.model.rooms.iter().filter_map(held).collect();
        for (room, follow) in &self.follows {
            if let Some(next) = follow.next {
                have.insert(room.clone(), next.before());
            }
        }
        let have = have.into_iter().take(ROOMS_JOINED_MAX).collect();
        let Config { name, token, device, .. } = self.config.clone();
        self.send(None, Request::Enter(Enter { name, token, device, have }));
    }

    pub(super) fn prefetches(&self) -> bool {
        self.config.prefetch
    }

    /// The server has let us in.
    pub(super) fn online(&mut self, highest_number: u64) {
        self.model.link = Link::Online;
        self.backoff.reset();
        self.pause_at_least = 0;
        self.hold_until = None;
        self.model.outbox.reconnected(highest_number);
        self.happened(Event::Online);
    }

    /// Nothing more is tried until the user says so.
    pub(super) fn close(&mut self, code: &str, why: &str) {
        if !matches!(self.model.link, Link::Closed { .. }) {
            self.model.link = Link::Closed { code: code.to_owned(), why: why.to_owned() };
            self.happened(Event::Closed);
        }
    }

    fn lost(&mut self, random: u64, why: String, now: Now) {
        self.connected = false;
        self.asked.clear();
        self.again_at = None;
        self.rooms_to_come = 0;
        for view in self.model.rooms.values_mut() {
            view.live = false;
            view.loading = false;
            for here in view.members.values_mut() {
                *here = false;
            }
        }
        for follow in self.follows.values_mut() {
            follow.loading = false;
        }
        if !matches!(self.model.link, Link::Closed { .. }) {
            let pause = self.backoff.pause(random, self.pause_at_least);
            self.pause_at_least = 0;
            self.model.link = Link::Waiting { until: now.tick.after(pause), why };
        }
    }

    fn tick(&mut self, now: Now) {
        match self.model.link {
            Link::Waiting { until, .. } if until <= now.tick => self.dial(now),
            Link::Dialling | Link::Entering if now.tick.since(self.heard) >= DIAL_TIMEOUT_MS => {
                self.hang_up();
            }
            Link::Online if now.tick.since(self.heard) >= 2 * HEARTBEAT_MS => self.hang_up(),
            Link::Online if now.tick.since(self.heard) >= HEARTBEAT_MS && !self.pinged => {
                self.pinged = true;
                self.send(None, Request::Ping);
            }
            _ => {}
        }
        if self.hold_until.is_some_and(|until| until <= now.tick) {
            self.hold_until = None;
        }
        if self.again_at.is_some_and(|at| at <= now.tick) {
            self.again_at = None;
            self.want_missing();
            for room in self.follows.keys().cloned().collect::<Vec<_>>() {
                self.follow_page(&room);
            }
        }
    }

    /// Sends what is waiting, in order, as far as the window and the rooms allow.
    fn send_posts(&mut self, now: Now) {
        if self.model.link != Link::Online || self.hold_until.is_some_and(|until| now.tick < until) {
            return;
        }
        let Model { outbox, rooms, .. } = &mut self.model;
        let wanted = &self.wanted;
        // A room that is being joined is waited for; any other is left to the server to refuse.
        let ready =
            |room: &RoomName| rooms.get(room).is_some_and(|view| view.live) || !wanted.contains_key(room);
        while let Some((room, n, text)) = outbox.next(ready) {
            self.out.push_back(Output::Ask(Envelope { id: None, request: Request::Post { room, n, text } }));
        }
    }

    /// Asks to be woken at the next time at which something is due.
    fn wake(&mut self) {
        let link = match &self.model.link {
            Link::Waiting { until, .. } => Some(*until),
            Link::Dialling | Link::Entering => Some(self.heard.after(DIAL_TIMEOUT_MS)),
            Link::Online if self.pinged => Some(self.heard.after(2 * HEARTBEAT_MS)),
            Link::Online => Some(self.heard.after(HEARTBEAT_MS)),
            Link::Closed { .. } => None,
        };
        let next = [link, self.hold_until, self.again_at].into_iter().flatten().min();
        if let Some(next) = next
            && self.wake_at != Some(next)
        {
            self.wake_at = Some(next);
            self.out.push_back(Output::WakeAt(next));
        }
    }

    fn changed(&mut self) {
        if self.out.back() != Some(&Output::Changed) {
            self.out.push_back(Output::Changed);
        }
    }
}
