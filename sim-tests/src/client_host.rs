//! Clients on their simulated hosts: the real `dial`, and a record of all that each was told.

use crate::chronicle::Chronicle;
use crate::clock::SimClock;
use crate::network::{Cuts, Freeze, SimConnector};
use crate::wire::Wire;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::client::{Client, Config, Credential, Event, Link, Ticket, User};
use sala_core::entry::Seq;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{NumberedEntry, Request, Secret};
use sala_core::refusal::Refusal;
use sala_net::dial::{Conversation, Word, dial};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::rc::Rc;
use tokio::sync::Notify;

/// What one client said, and what it was told of it.
#[derive(Debug, Default)]
pub struct History {
    /// What it was asked to say, by ticket; a ticket of an earlier life has its life before it.
    pub said: BTreeMap<(u64, Ticket), (RoomName, String)>,
    /// What it was told is stored, and where.
    pub stored: BTreeMap<(u64, Ticket), (RoomName, Seq)>,
    /// What it was told is refused for good.
    pub refused: BTreeMap<(u64, Ticket), Refusal>,
    /// What waits, or waited, for the moderators of a room.
    pub waits: BTreeSet<(u64, Ticket)>,
    /// What it heard of the rooms that it follows.
    pub heard: BTreeMap<RoomName, Vec<NumberedEntry>>,
    /// How often it came online.
    pub welcomes: u64,
    /// Everything that happened, in words, for the transcript of the run.
    pub events: Vec<String>,
}

/// Somebody at one of his devices, with a client on a simulated host.
#[derive(Clone)]
pub struct Person {
    /// The name, which is also the host's unless several share one.
    pub name: Name,
    /// Which of his devices.
    pub device: String,
    /// The host.
    pub host: String,
    /// The client.
    pub conversation: Rc<RefCell<Conversation<SimClock>>>,
    /// What it said and heard.
    pub history: Rc<RefCell<History>>,
    /// What went over its wire.
    pub wire: Wire,
    /// Stops its reading.
    pub freeze: Freeze,
    life: Rc<Cell<u64>>,
    keys: Rc<RefCell<Keys>>,
    program: Rc<Program>,
    follows: Option<RoomName>,
    clock: SimClock,
}

/// By what a device comes in.
struct Keys {
    token: Secret,
    credential: Credential,
}

/// Whether the client's program runs on its host.
#[derive(Default)]
struct Program {
    waits: Cell<bool>,
    again: Notify,
}

/// The token that a name has on all of its devices in every simulation, unless it is given another.
#[must_use]
pub fn usual_token(name: &str) -> Secret {
    token(&format!("token-of-{name}"))
}

/// A token of this text, filled up.
///
/// # Panics
/// If the text has more than letters, digits, `-` and `_`, or is too long.
#[must_use]
pub fn token(text: &str) -> Secret {
    Secret::new(format!("{text}-{}", "x".repeat(40))).expect("scenarios use proper tokens")
}

impl Person {
    /// Somebody who enters under `name` as `device` with the token that the name has in every simulation; who shows
    /// rooms, or follows one.
    #[must_use]
    pub fn new(
        name: &str,
        device: &str,
        host: &str,
        follows: Option<RoomName>,
        clock: &SimClock,
        chronicle: &Chronicle,
    ) -> Self {
        let keys = Keys { token: usual_token(name), credential: Credential::Token };
        let name = Name::parse(name).expect("scenarios use proper names");
        let client = Client::new(config(&name, device, follows.is_some(), &keys));
        Person {
            name,
            device: device.to_owned(),
            host: host.to_owned(),
            conversation: Rc::new(RefCell::new(Conversation::new(client, clock.clone()))),
            history: Rc::default(),
            wire: Wire::new(chronicle, clock),
            freeze: Freeze::default(),
            life: Rc::default(),
            keys: Rc::new(RefCell::new(keys)),
            program: Rc::default(),
            follows,
            clock: clock.clone(),
        }
    }

    /// The same with another token.
    #[must_use]
    pub fn with_token(self, text: &str) -> Self {
        self.keys.borrow_mut().token = token(text);
        self.reborn();
        self
    }

    /// The same, coming in the first time by something else than a token.
    #[must_use]
    pub fn with_credential(self, credential: Credential) -> Self {
        self.keys.borrow_mut().credential = credential;
        self.reborn();
        self
    }

    /// The same, whose program does not run before it is started.
    #[must_use]
    pub fn to_be_started(self) -> Self {
        self.program.waits.set(true);
        self
    }

    /// Begins a new life: the program starts again, and has forgotten what it had not sent.
    pub fn reborn(&self) {
        self.life.set(self.life.get() + 1);
        let client =
            Client::new(config(&self.name, &self.device, self.follows.is_some(), &self.keys.borrow()));
        *self.conversation.borrow_mut() = Conversation::new(client, self.clock.clone());
    }

    /// Starts the program, anew if it runs: it comes in by this token and credential.
    pub fn start(&self, token: Secret, credential: Credential) {
        *self.keys.borrow_mut() = Keys { token, credential };
        self.program.waits.set(false);
        self.reborn();
        self.program.again.notify_one();
    }

    /// Starts the program anew: it has forgotten what it had not sent, and comes in as before.
    pub fn restart(&self) {
        self.reborn();
        self.program.again.notify_one();
    }

    /// What lets this device in by now.
    #[must_use]
    pub fn token(&self) -> Secret {
        self.keys.borrow().token.clone()
    }

    /// Whether its program runs, or would if its host did.
    #[must_use]
    pub fn is_started(&self) -> bool {
        !self.program.waits.get()
    }

    /// How often the program was started anew.
    #[must_use]
    pub fn life(&self) -> u64 {
        self.life.get()
    }

    /// Name, device and host, by which no other is called.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.host, self.name.as_str(), self.device)
    }

    /// Says something.
    ///
    /// # Panics
    /// If the outbox is full, which no scenario fills.
    pub fn say(&self, room: &RoomName, text: &str) {
        let ticket = self.conversation.borrow().say(room.clone(), text.to_owned());
        let ticket = ticket.expect("no scenario fills an outbox");
        self.history.borrow_mut().said.insert((self.life.get(), ticket), (room.clone(), text.to_owned()));
    }

    /// Says something in answer to a post.
    pub fn reply(&self, room: &RoomName, text: &str, to: Seq) {
        self.user(User::Reply { room: room.clone(), text: text.to_owned(), to });
        let last = self.conversation.borrow().look(|model| model.outbox.posts().last().cloned());
        if let Some(last) = last.filter(|last| last.text == text) {
            self.history.borrow_mut().said.insert((self.life.get(), last.ticket), (last.room, last.text));
        }
    }

    /// What the user wants.
    pub fn user(&self, user: User) {
        self.conversation.borrow().user(user);
    }

    /// Asks the server for something.
    pub fn ask(&self, request: Request) {
        self.user(User::Ask(request));
    }

    /// Whether this client reads this room entry by entry, instead of showing it.
    #[must_use]
    pub fn follows(&self, room: &RoomName) -> bool {
        self.follows.as_ref() == Some(room)
    }

    /// Whether this client shows what it holds, instead of following a room.
    #[must_use]
    pub fn shows(&self) -> bool {
        self.follows.is_none()
    }

    /// The clock of the world that he lives in.
    #[must_use]
    pub fn clock(&self) -> &SimClock {
        &self.clock
    }

    /// Posts that are neither stored nor refused.
    #[must_use]
    pub fn open_posts(&self) -> usize {
        self.conversation.borrow().look(|model| model.outbox.open_count())
    }

    /// Whether the server has let this client in.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.conversation.borrow().look(|model| model.link == Link::Online)
    }

    /// Why the client does not come back by itself, if it does not.
    #[must_use]
    pub fn closed(&self) -> Option<String> {
        self.conversation.borrow().look(|model| match &model.link {
            Link::Closed { code, .. } => Some(code.clone()),
            _ => None,
        })
    }

    /// The client's program, to be run on its host.
    pub async fn run(self, seed: u64, cuts: Cuts) {
        // What was asked before this host came up is done by its coming up.
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(self.life.get()));
        loop {
            while self.program.waits.get() {
                self.program.again.notified().await;
            }
            let life = self.life.get();
            tokio::select! { biased;
                () = self.again(life) => {}
                () = self.live(life, StdRng::from_rng(&mut random), cuts.clone()) => {}
            }
        }
    }

    /// Waits until the program is started anew.
    async fn again(&self, life: u64) {
        while self.life.get() == life {
            self.program.again.notified().await;
        }
    }

    async fn live(&self, life: u64, random: StdRng, cuts: Cuts) {
        let conversation = self.conversation.borrow().clone();
        match &self.follows {
            // A program that starts again reads on where it had read to, as one that keeps its place would.
            Some(room) => {
                // What it was led to from there, when another room had the name, it begins anew.
                self.history.borrow_mut().heard.retain(|heard, _| heard == room);
                let heard =
                    self.history.borrow().heard.get(room).and_then(|heard| heard.last().map(|last| last.seq));
                conversation.user(User::Follow(room.clone(), Some(heard.map_or(Seq(1), Seq::next))));
            }
            None => conversation.user(User::Join(lobby())),
        }
        let connector = SimConnector { cuts, freeze: self.freeze.clone(), wire: self.wire.clone() };
        let listen = |word: Word| {
            if let Word::Happened(event) = word {
                self.happened(life, event);
            }
            ControlFlow::<()>::Continue(())
        };
        dial(connector, conversation.clone(), random, listen).await;
    }

    fn happened(&self, life: u64, event: Event) {
        let mut history = self.history.borrow_mut();
        tracing::debug!(name = self.name.as_str(), device = self.device, ?event, "happened");
        history.events.push(format!("{} {} {:?}", self.name.as_str(), self.device, event));
        match event {
            Event::Online => {
                history.welcomes += 1;
                self.keys.borrow_mut().credential = Credential::Token;
            }
            // Kept, as a program does that wants to come back.
            Event::TokenChanged(token) => self.keys.borrow_mut().token = token,
            Event::Stored(ticket, room, seq) => {
                let before = history.stored.insert((life, ticket), (room, seq));
                assert!(before.is_none(), "a post is reported as stored once");
            }
            Event::Waits(ticket, ..) => drop(history.waits.insert((life, ticket))),
            Event::Failed(ticket, refusal) => drop(history.refused.insert((life, ticket), refusal)),
            Event::Heard(room, entry) => history.heard.entry(room).or_default().push(entry),
            _ => {}
        }
    }
}

fn config(name: &Name, device: &str, follows: bool, keys: &Keys) -> Config {
    Config {
        name: name.clone(),
        token: keys.token.clone(),
        device: device.to_owned(),
        prefetch: !follows,
        credential: keys.credential.clone(),
    }
}

/// The room that everybody is in.
///
/// # Panics
/// Never: its name is proper.
#[must_use]
pub fn lobby() -> RoomName {
    RoomName::parse("lobby").expect("the lobby's name is proper")
}
