//! What a client knows, ready to be drawn.

use super::outbox::Outbox;
use super::people::{Contact, OwnPresence, Stands};
use super::room::RoomView;
use crate::entry::{DeviceId, PersonId, Post, RoomEntry};
use crate::limits::NOTICES_MAX;
use crate::name::{Name, RoomName};
use crate::protocol::{Invitation, RoomInfo};
use crate::refusal::Refusal;
use crate::time::Tick;
use std::collections::{BTreeMap, VecDeque};

/// All that a view may show.
#[derive(Clone, Debug)]
pub struct Model {
    /// How things stand with the server.
    pub link: Link,
    /// The name as the server shows it; before the first welcome, as it was asked for.
    pub name: Name,
    /// The person's number, once the server has said it.
    pub person: Option<PersonId>,
    /// The device's number, once the server has said it.
    pub device: Option<DeviceId>,
    /// We have an account, and are no guest.
    pub account: bool,
    /// We administer the server.
    pub admin: bool,
    /// The rooms that this person is a member of.
    pub rooms: BTreeMap<RoomName, RoomView>,
    /// The server's list of rooms as far as it was asked for.
    pub directory: Vec<RoomInfo>,
    /// Whom we know; with `prefetch` alone.
    pub contacts: BTreeMap<Name, Contact>,
    /// The rooms that we may join; with `prefetch` alone.
    pub invitations: BTreeMap<RoomName, Invitation>,
    /// How we want to be seen; with `prefetch` alone.
    pub presence: OwnPresence,
    /// The server has told how we want to be seen.
    pub presence_known: bool,
    /// What is not known to be in a log yet.
    pub outbox: Outbox,
    /// What went wrong or is worth knowing, oldest first.
    pub notices: VecDeque<Notice>,
}

/// How things stand with the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A connection is being made.
    Dialling,
    /// The connection is there; the server has not let us in yet.
    Entering,
    /// All is well.
    Online,
    /// The link is gone; the next attempt is at this time.
    Waiting {
        /// When.
        until: Tick,
        /// Why the link is gone.
        why: String,
    },
    /// The server does not want us back, or the user left. Nothing is tried until the user says so.
    Closed {
        /// The reason's code if the server gave one: of a refusal or of a goodbye.
        code: String,
        /// Words for a person.
        why: String,
    },
}

impl Link {
    /// By which code the link is closed, and why in words; `None` if it is not.
    #[must_use]
    pub fn closed(&self) -> Option<(&str, &str)> {
        match self {
            Link::Closed { code, why } => Some((code, why)),
            Link::Dialling | Link::Entering | Link::Online | Link::Waiting { .. } => None,
        }
    }
}

/// Something that the user should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Counted up from 1, so that a view knows which ones it has shown already.
    pub number: u64,
    /// Which room it concerns, if one.
    pub room: Option<RoomName>,
    /// What it is about, for a view that says it in words of its own.
    pub news: News,
    /// Words for a person.
    pub text: String,
}

/// What a notice is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// An event tells the same: something that was asked for was refused, or we were put out of a room.
    Event,
    /// The server refuses what we cannot tell any request of ours by.
    Refused(Refusal),
    /// This needs the server, which is away.
    Away,
    /// The server has not answered what was asked before.
    Unanswered,
    /// Too much is waiting to be sent.
    Full,
    /// The server has lost entries that it had.
    Lost,
    /// The server broke the protocol; the connection is made anew.
    Broken,
    /// Whoever runs the server says this to everybody.
    Operator(String),
    /// The moderators of the room did not let through what we said, in these words if they are known, and why.
    Rejected {
        /// The words.
        said: Option<String>,
        /// Why; may be empty.
        reason: String,
    },
    /// A program asked for what cannot be asked for by itself.
    Misasked,
}

impl Model {
    pub(super) fn new(name: Name) -> Self {
        Model {
            link: Link::Dialling,
            name,
            person: None,
            device: None,
            account: false,
            admin: false,
            rooms: BTreeMap::new(),
            directory: Vec::new(),
            contacts: BTreeMap::new(),
            invitations: BTreeMap::new(),
            presence: OwnPresence::default(),
            presence_known: false,
            outbox: Outbox::default(),
            notices: VecDeque::new(),
        }
    }

    /// Whether a post of this entry calls us: it names all, or it names us and its author is nobody whom we have blocked.
    #[must_use]
    pub fn is_called_by(&self, entry: &RoomEntry, post: &Post) -> bool {
        let named = self.person.is_some_and(|me| post.mentions.contains(&me));
        let blocked =
            || self.contacts.get(&entry.author).is_some_and(|contact| contact.stands == Stands::Blocked);
        Some(entry.person) != self.person && (post.all || named && !blocked())
    }

    pub(super) fn notice(&mut self, room: Option<RoomName>, news: News, text: impl Into<String>) {
        let number = self.notices.back().map_or(1, |last| last.number + 1);
        while self.notices.len() >= NOTICES_MAX {
            self.notices.pop_front();
        }
        self.notices.push_back(Notice { number, room, news, text: text.into() });
    }

    /// A refusal that an event tells as well.
    pub(super) fn refusal_notice(&mut self, room: Option<RoomName>, refusal: &Refusal) {
        self.notice(room, News::Event, refusal.text.clone());
    }
}
