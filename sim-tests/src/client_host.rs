//! Clients on their simulated hosts: the real `dial`, and a record of all that each was told.

use crate::clock::SimClock;
use crate::network::{Cuts, Freeze, SimConnector};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::client::{Client, Config, Credential, Event, Link, Ticket, User};
use sala_core::entry::Seq;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{NumberedEntry, Secret};
use sala_core::refusal::Refusal;
use sala_net::dial::{Conversation, Word, dial};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;

/// What one client said, and what it was told of it.
#[derive(Debug, Default)]
pub struct History {
    /// What it was asked to say, by ticket; a ticket of an earlier life has its life before it.
    pub said: BTreeMap<(u64, Ticket), (RoomName, String)>,
    /// What it was told is stored, and where.
    pub stored: BTreeMap<(u64, Ticket), (RoomName, Seq)>,
    /// What it was told is refused for good.
    pub refused: BTreeMap<(u64, Ticket), Refusal>,
    /// What it heard of the rooms that it follows.
    pub heard: BTreeMap<RoomName, Vec<NumberedEntry>>,
    /// How often it came online.
    pub welcomes: u64,
    /// Everything that happened, in words, for the transcript of the run.
    pub events: Vec<String>,
}

/// Somebody with a client on a simulated host.
#[derive(Clone)]
pub struct Person {
    /// The name, which is also the host's unless several share one.
    pub name: Name,
    /// The host.
    pub host: String,
    /// The client.
    pub conversation: Rc<RefCell<Conversation<SimClock>>>,
    /// What it said and heard.
    pub history: Rc<RefCell<History>>,
    /// Stops its reading.
    pub freeze: Freeze,
    life: Rc<RefCell<u64>>,
    config: Config,
    follows: Option<RoomName>,
    clock: SimClock,
}

impl Person {
    /// Somebody who enters under `name` as `device` with the token that the name has in every simulation; who shows
    /// rooms, or follows one.
    #[must_use]
    pub fn new(name: &str, device: &str, host: &str, follows: Option<RoomName>, clock: &SimClock) -> Self {
        let parsed = Name::parse(name).expect("scenarios use proper names");
        let token = Secret::new(format!("token-of-{name}-{}", "x".repeat(40))).expect("a proper token");
        let config = Config {
            name: parsed.clone(),
            token,
            device: device.to_owned(),
            prefetch: follows.is_none(),
            credential: Credential::Token,
        };
        let conversation = Conversation::new(Client::new(config.clone()), clock.clone());
        Person {
            name: parsed,
            host: host.to_owned(),
            conversation: Rc::new(RefCell::new(conversation)),
            history: Rc::default(),
            freeze: Freeze::default(),
            life: Rc::default(),
            config,
            follows,
            clock: clock.clone(),
        }
    }

    /// The same person with another token: somebody else, who wants the same name.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.config.token = Secret::new(format!("{token}-{}", "x".repeat(40))).expect("a proper token");
        let conversation = Conversation::new(Client::new(self.config.clone()), self.clock.clone());
        *self.conversation.borrow_mut() = conversation;
        self
    }

    /// Begins a new life: the program starts again, and has forgotten what it had not sent.
    pub fn reborn(&self) {
        *self.life.borrow_mut() += 1;
        *self.conversation.borrow_mut() =
            Conversation::new(Client::new(self.config.clone()), self.clock.clone());
    }

    /// Says something.
    pub fn say(&self, room: &RoomName, text: &str) {
        let ticket = self.conversation.borrow().say(room.clone(), text.to_owned());
        let ticket = ticket.expect("no scenario fills an outbox");
        self.history.borrow_mut().said.insert((*self.life.borrow(), ticket), (room.clone(), text.to_owned()));
    }

    /// What the user wants.
    pub fn user(&self, user: User) {
        self.conversation.borrow().user(user);
    }

    /// Whether this client reads this room entry by entry, instead of showing it.
    #[must_use]
    pub fn follows(&self, room: &RoomName) -> bool {
        self.follows.as_ref() == Some(room)
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

    /// The client's program, to be run on its host.
    pub async fn run(self, seed: u64, cuts: Cuts) {
        let life = *self.life.borrow();
        let conversation = self.conversation.borrow().clone();
        match &self.follows {
            // A program that starts again reads on where it had read to, as one that keeps its place would.
            Some(room) => {
                let heard =
                    self.history.borrow().heard.get(room).and_then(|heard| heard.last().map(|last| last.seq));
                conversation.user(User::Follow(room.clone(), Some(heard.map_or(Seq(1), Seq::next))));
            }
            None => conversation.user(User::Join(lobby())),
        }
        let random = StdRng::seed_from_u64(seed.wrapping_add(life));
        let connector = SimConnector { cuts, freeze: self.freeze.clone() };
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
        tracing::debug!(name = self.name.as_str(), ?event, "happened");
        history.events.push(format!("{} {:?}", self.name.as_str(), event));
        match event {
            Event::Online => history.welcomes += 1,
            Event::Stored(ticket, room, seq) => {
                let before = history.stored.insert((life, ticket), (room, seq));
                assert!(before.is_none(), "a post is reported as stored once");
            }
            Event::Failed(ticket, refusal) => drop(history.refused.insert((life, ticket), refusal)),
            Event::Heard(room, entry) => history.heard.entry(room).or_default().push(entry),
            _ => {}
        }
    }
}

/// The room that everybody is in.
#[must_use]
pub fn lobby() -> RoomName {
    RoomName::parse("lobby").expect("the lobby's name is proper")
}
