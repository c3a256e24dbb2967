//! What a log holds: entries, and the ids that they speak of.

mod token;
mod room;
mod strangers;
mod directory;
mod personal;

pub use directory::{DirectoryEntry, RoomKind};
pub use personal::{Audience, Mode, Note, PersonalEntry};
pub use room::{Act, Post, Role, RoomEntry, Sanction, Whom};
pub use strangers::{Inviters, Registration};
pub use token::TokenHash;

use crate::limits::POST_NUMBER_MAX;
use crate::name::Name;
use crate::packed::Sought;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl Sought for $name {
            fn steps_from(&self, first: &Self) -> usize {
                self.0.steps_from(&first.0)
            }
        }
    };
}

id!(
    /// A log: 0 is the directory, below `PERSONAL_LOGS` a room's, from there on a person's own.
    LogId
);
id!(
    /// A person, counted up by the directory; 0 is the server itself.
    PersonId
);
id!(
    /// A device of a person, counted up by the directory over all people.
    DeviceId
);
id!(
    /// A link into a room, counted up by the directory over all rooms.
    LinkId
);
id!(
    /// An invitation to the server, counted up by the directory.
    InvitationId
);
id!(
    /// A report of a post, counted up by the directory over all rooms.
    ReportId
);
id!(
    /// A post that waits for the moderators of its room, counted up by the room.
    HeldId
);
id!(
    /// A place in one log: 1, 2, 3 … without a gap.
    Seq
);
id!(
    /// A place in the one order of all logs together: 1, 2, 3 … without a gap.
    Position
);

/// The log of people, devices and rooms.
pub const DIRECTORY: LogId = LogId(0);
/// The first log that is a person's own. There are never so many rooms; and every JSON parser keeps it exact.
const PERSONAL_LOGS: u64 = 1 << 48;

/// What a log is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// The directory.
    Directory,
    /// A room.
    Room,
    /// This person.
    Personal(PersonId),
}

impl LogId {
    /// A person's own log.
    #[must_use]
    pub fn personal(person: PersonId) -> Self {
        LogId(PERSONAL_LOGS + person.0)
    }

    /// What it is of.
    #[must_use]
    pub fn kind(self) -> LogKind {
        match self.0 {
            0 => LogKind::Directory,
            PERSONAL_LOGS.. => LogKind::Personal(PersonId(self.0 - PERSONAL_LOGS)),
            _ => LogKind::Room,
        }
    }
}

impl Seq {
    /// The next place. No log is as long as numbers go, but a peer may say that its is.
    #[must_use]
    pub fn next(self) -> Self {
        Seq(self.0.saturating_add(1))
    }

    /// The place before; of the first one 0, where nothing is.
    #[must_use]
    pub fn before(self) -> Self {
        Seq(self.0.saturating_sub(1))
    }
}

impl Position {
    /// The next place.
    #[must_use]
    pub fn next(self) -> Self {
        Position(self.0 + 1)
    }
}

/// The number that a device gives to a post, counted up from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostNumber(u64);

impl PostNumber {
    /// `n` as a number, if it is one that every JSON parser keeps exact.
    #[must_use]
    pub fn new(n: u64) -> Option<Self> {
        (1..=POST_NUMBER_MAX).contains(&n).then_some(PostNumber(n))
    }

    /// The bare number.
    #[must_use]
    pub fn value(self) -> u64 {
        self.0
    }
}

/// An entry of any kind of log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Of the directory.
    Directory(DirectoryEntry),
    /// Of a room.
    Room(RoomEntry),
    /// Of a person's own log.
    Personal(PersonalEntry),
}

/// How much of an entry is to be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// What was said in it.
    Message,
    /// Its author's words and name.
    Person,
    /// All words in it: its room is gone.
    Room,
}

/// A stored entry that this program cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} of log {log} cannot be read: {why}", seq = seq.0, log = log.0)]
pub struct UnreadableEntry {
    log: LogId,
    seq: Seq,
    why: String,
}

impl Entry {
    /// The entry as it lies on disk: one JSON object without a newline.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Entry::Directory(entry) => serde_json::to_vec(entry),
            Entry::Room(entry) => serde_json::to_vec(entry),
            Entry::Personal(entry) => serde_json::to_vec(entry),
        }
        .expect("an entry has only string keys and finite numbers, so it is always JSON")
    }

    /// Reads what `encode` wrote for this log, in this or any older version. Unknown fields are passed over.
    ///
    /// # Errors
    /// When the bytes are no entry of that log.
    pub fn decode(log: LogId, seq: Seq, body: &[u8]) -> Result<Self, UnreadableEntry> {
        let entry = match log.kind() {
            LogKind::Directory => serde_json::from_slice(body).map(Entry::Directory),
            LogKind::Room => serde_json::from_slice(body).map(Entry::Room),
            LogKind::Personal(_) => serde_json::from_slice(body).map(Entry::Personal),
        };
        entry.map_err(|error| UnreadableEntry { log, seq, why: error.to_string() })
    }

    /// Whose content it holds: what is erased along with this person. 0 if nobody's.
    #[must_use]
    pub fn person(&self) -> PersonId {
        match self {
            Entry::Directory(entry) => entry.person(),
            Entry::Room(entry) => entry.person,
            Entry::Personal(entry) => entry.by,
        }
    }

    /// Whether it belongs in a room's account of who did what to whom.
    #[must_use]
    pub fn is_audited(&self) -> bool {
        matches!(self, Entry::Room(entry) if entry.act.is_audited(entry.person))
    }

    /// The entry without what is to be gone. What it did to the state stays: added up again, a log with erased entries
    /// comes to the same state as before, once whatever erased them is added up as well.
    #[must_use]
    pub fn erased(mut self, erasure: Erasure) -> Self {
        match &mut self {
            Entry::Directory(entry) => entry.erase(),
            // That a room is closed is the last that is heard of it.
            Entry::Room(RoomEntry { act: Act::Closed(_), .. }) if erasure == Erasure::Room => {}
            Entry::Room(entry) => {
                entry.act.erase(erasure);
                if erasure != Erasure::Message && entry.person != PersonId(0) {
                    entry.author = Name::of_erased(entry.person.0);
                }
            }
            // That an invitation is over must stay so, whoever said it, and says nothing else.
            Entry::Personal(PersonalEntry { note: Note::Uninvited { .. }, .. }) => {}
            Entry::Personal(entry) => entry.note = Note::Erased,
        }
        self
    }
}
