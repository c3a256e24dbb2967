//! The client machine: keeps a link alive, what was said in order, and what was heard without a gap.

use super::asked::Asked;
use super::backoff::Backoff;
use super::credential::{Arriving, Credential};
use super::door::{Event, Input, Output, User};
use super::follow::Follow;
use super::model::{Link, Model, News};
use super::outbox::Ticket;
use super::people::OwnLog;
use crate::entry::Seq;
use crate::name::{Name, RoomName};
use crate::protocol::{Door, Envelope, Request, Secret, Update};
use crate::time::{Now, Tick};
use std::collections::{BTreeMap, VecDeque};

/// Who the client is, and how much it holds.
#[derive(Clone, Debug)]
pub struct Config {
    /// The nickname to enter with.
    pub name: Name,
    /// The secret by which this device comes back.
    pub token: Secret,
    /// By what it comes in the first time.
    pub credential: Credential,
    /// Which of our devices this is.
    pub device: String,
    /// Whether to load recent history and members of each room, and whom we know, by itself, as a view wants it.
    pub prefetch: bool,
}

/// A room that the user wants to be in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    pub(super) how: Wanted,
    /// It was asked for on this connection.
    pub(super) asked: bool,
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
    pub(super) config: Config,
    pub(super) arriving: Arriving,
    /// The device whose token the next one is, if not the configured one.
    pub(super) next_device: Option<String>,
    pub(super) model: Model,
    /// By what the server's logs are known of which we hold something.
    pub(super) history: Option<String>,
    /// The rooms to be a member of after every reconnect, and how each is to be asked for.
    pub(super) wanted: BTreeMap<RoomName, Want>,
    pub(super) follows: BTreeMap<RoomName, Follow>,
    /// The requests that have an answer coming.
    pub(super) asked: BTreeMap<u64, Asked>,
    pub(super) next_id: u64,
    /// There may be something to ask that nobody has asked for.
    pub(super) chores_due: bool,
    pub(super) own: OwnLog,
    /// When the server was last told that the user types, and under which id.
    pub(super) typed: Option<(Tick, u64)>,
    pub(super) backoff: Backoff,
    /// The least pause that the server asked for.
    pub(super) pause_at_least: u64,
    /// Why it wants us to come back later, in its own words.
    pub(super) put_off: Option<String>,
    /// No post is sent before this time.
    pub(super) hold_until: Option<Tick>,
    /// When to ask again for what was refused for now.
    pub(super) again_at: Option<Tick>,
    /// How many rooms the server has still to tell after its welcome.
    pub(super) rooms_to_come: usize,
    pub(super) heard: Tick,
    pub(super) pinged: bool,
    pub(super) connected: bool,
    pub(super) wake_at: Option<Tick>,
    pub(super) out: VecDeque<Output>,
}

impl Client {
    /// A client that dials when it is started.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        let credential = std::mem::replace(&mut config.credential, Credential::Token);
        Client {
            model: Model::new(config.name.clone()),
            arriving: Arriving::by(credential),
            next_device: None,
            history: None,
            config,
            wanted: BTreeMap::new(),
            follows: BTreeMap::new(),
            asked: BTreeMap::new(),
            next_id: 1,
            chores_due: false,
            own: OwnLog::default(),
            typed: None,
            backoff: Backoff::default(),
            pause_at_least: 0,
            put_off: None,
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

    /// This token of this device may be good instead of the configured one: it was asked for, and the program ended
    /// before the answer. Both are tried, as after an upgrade whose answer was lost. To be said before the first input.
    pub fn may_come_in_by(&mut self, next: Secret, device: String) {
        self.arriving.upgrade(next);
        self.next_device = Some(device);
    }

    /// What there is to show.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Takes in one input. Outputs come from [`Client::poll`].
    pub fn handle(&mut self, input: Input, now: Now) {
        // Signs of life are nothing to look at: a view that is idle stays so.
        let mut shows =
            !matches!(input, Input::Told(Ok(Update::Ping | Update::Pong)) | Input::User(User::Look(..)));
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
                self.model.notice(None, News::Broken, error.to_string());
                self.hang_up();
            }
            Input::Lost { random, why } => self.lost(random, why, now),
            Input::User(user) => self.user(user, now),
            Input::Tick => {
                // A driver may come early; it is told the time again.
                self.wake_at = None;
                shows = self.tick(now);
            }
        }
        self.go_on(now);
        if shows {
            self.changed();
        }
    }

    /// Says something, as `User::Say` does, and gives the ticket under which the post is known until it is stored.
    /// `None` if too much is waiting already.
    pub fn say(&mut self, room: RoomName, text: String, now: Now) -> Option<Ticket> {
        let ticket = self.push(room, text, None);
        self.finish(now);
        ticket
    }

    /// Says something in answer to a post, as `User::Reply` does.
    pub fn reply(&mut self, room: RoomName, text: String, to: Seq, now: Now) -> Option<Ticket> {
        let ticket = self.push(room, text, Some(to));
        self.finish(now);
        ticket
    }

    /// The next thing to do, until there is none.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// What follows from anything that a program does.
    pub(super) fn finish(&mut self, now: Now) {
        self.go_on(now);
        self.changed();
    }

    /// What is waiting is sent, and the machine says when it wants to be woken.
    fn go_on(&mut self, now: Now) {
        self.send_posts(now);
        self.chores(now);
        self.wake(now);
    }

    fn changed(&mut self) {
        if self.out.back() != Some(&Output::Changed) {
            self.out.push_back(Output::Changed);
        }
    }

    fn push(&mut self, room: RoomName, text: String, reply: Option<Seq>) -> Option<Ticket> {
        let ticket = self.model.outbox.push(room, text, reply)?;
        if let Some(refusal) = self.model.outbox.failure(ticket).cloned() {
            self.happened(Event::Failed(ticket, refusal));
        }
        Some(ticket)
    }

    fn push_or_notice(&mut self, room: RoomName, text: String, reply: Option<Seq>) {
        if self.push(room.clone(), text, reply).is_none() {
            self.model.notice(
                Some(room),
                News::Full,
                "too much is waiting to be sent; nothing more is taken",
            );
        }
    }

    fn user(&mut self, user: User, now: Now) {
        match user {
            User::Say { room, text } => self.push_or_notice(room, text, None),
            User::Reply { room, text, to } => self.push_or_notice(room, text, Some(to)),
            User::Retry(ticket) => self.model.outbox.retry(ticket),
            User::Discard(ticket) => self.model.outbox.discard(ticket),
            User::Edit { room, seq, text } => drop(self.ask_for(Request::Edit { room, seq, text })),
            User::Delete(room, seq) => drop(self.ask_for(Request::Delete { room, seq })),
            User::React { room, seq, emoji, on } => {
                self.ask_for(Request::React { room, seq, emoji, on });
            }
            User::Pin(room, seq, on) => drop(self.ask_for(Request::Pin { room, seq, on })),
            User::Ask(request) => drop(self.ask_for(request)),
            User::Upgrade { token, password, invitation } => {
                self.ask_to_upgrade(token, password, invitation);
            }
            User::Typing(room) => self.type_in(room, now),
            User::Join(room) => self.want(&room, Wanted::Join),
            User::Create(room) => self.want(&room, Wanted::Create),
            User::Leave(ref room) => {
                self.wanted.remove(room);
                let request = Request::Leave { room: room.clone() };
                self.ask_or_notice(user, request);
            }
            User::Topic(ref room, ref text) => {
                let request = Request::Topic { room: room.clone(), text: text.clone() };
                self.ask_or_notice(user, request);
            }
            User::Rooms => self.ask_or_notice(user, Request::Rooms { after: None, all: false }),
            User::Who(ref room) => {
                let request = Request::Who { room: room.clone(), after: None };
                if let Some(view) = self.model.rooms.get_mut(room).filter(|view| view.live) {
                    view.touched.get_or_insert_default();
                }
                if self.model.link == Link::Online {
                    self.ask_under_id(Asked::User(user), request);
                }
            }
            User::Page(room, page, limit) => self.page(&room, page, limit),
            User::Follow(room, from) => {
                self.follows.insert(room.clone(), Follow::from(from));
                self.want(&room, Wanted::Join);
            }
            User::Read(room) => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    view.read_to_end();
                    self.chores_due = true;
                }
            }
            User::ComeIn { credential, token } => {
                if self.model.link != Link::Online {
                    self.arriving.change(credential, token);
                    self.dial_if_idle(now);
                }
            }
            User::DialNow => self.dial_if_idle(now),
            User::Look(room, at) => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    view.timeline.look(at);
                }
            }
            User::Quit => {
                if self.connected {
                    self.send(None, Request::Bye);
                }
                self.close("quit", "you left");
                self.hang_up();
            }
        }
    }

    fn dial_if_idle(&mut self, now: Now) {
        if matches!(self.model.link, Link::Waiting { .. } | Link::Closed { .. }) {
            self.dial(now);
        }
    }

    /// Asks to be a member of a room, now and after every reconnect.
    pub(super) fn want(&mut self, room: &RoomName, how: Wanted) {
        let want = self.wanted.entry(room.clone()).or_insert(Want { how, asked: false });
        // A room that is to be made stays so until the server has answered: it may not have heard of it.
        *want = Want { how: how.max(want.how), asked: false };
        if self.model.link == Link::Online {
            self.ask_to_be_in(room);
        }
    }

    pub(super) fn ask_to_be_in(&mut self, room: &RoomName) {
        let Some(want) = self.wanted.get_mut(room) else { return };
        let room = room.clone();
        let (user, request) = match want.how {
            Wanted::Join => (User::Join(room.clone()), Request::Join { door: Door::Room(room.clone()) }),
            Wanted::Create => {
                let request = Request::Create { room: room.clone(), topic: String::new(), private: false };
                (User::Create(room.clone()), request)
            }
        };
        if self.ask_under_id(Asked::User(user), request).is_some()
            && let Some(want) = self.wanted.get_mut(&room)
        {
            want.asked = true;
        }
    }

    /// Writes a room's name as the server does, who keeps the capitals that its maker gave it.
    pub(super) fn adopt_name(&mut self, room: &RoomName) {
        let names = self.wanted.keys().chain(self.follows.keys());
        let others: Vec<RoomName> = names.filter(|name| *name != room && name.same(room)).cloned().collect();
        others.iter().for_each(|name| self.adopt_key(name, room));
    }

    /// A room that was asked for by this name has that key: another room had the name before, and with it the key.
    pub(super) fn adopt_key(&mut self, name: &RoomName, room: &RoomName) {
        if let Some(want) = self.wanted.remove(name) {
            self.wanted.insert(room.clone(), want);
        }
        if let Some(mut follow) = self.follows.remove(name) {
            if !name.same(room) {
                // The place was one in the other room's log.
                follow = Follow::from(follow.next.map(|_| Seq(1)));
            }
            self.follows.insert(room.clone(), follow);
        }
        self.model.outbox.rename(name, room);
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

    /// The server broke the protocol: what follows on this connection cannot be trusted.
    pub(super) fn broken(&mut self, room: Option<&RoomName>, what: &str) {
        self.model.notice(room.cloned(), News::Broken, format!("the server sent {what}; connecting again"));
        self.hang_up();
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
        while let Some((room, n, text, reply)) = outbox.next(ready) {
            let request = Request::Post { room, n, text, reply };
            self.out.push_back(Output::Ask(Envelope { id: None, request }));
        }
    }
}
