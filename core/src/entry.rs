//! What a log holds: entries, and the ids that they speak of.

use crate::limits::POST_NUMBER_MAX;
use crate::name::{Name, RoomName};
use crate::time::Wall;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);
    };
}

id!(
    /// A log: 0 is the directory, any other a room's.
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
    /// A place in one log: 1, 2, 3 … without a gap.
    Seq
);
id!(
    /// A place in the one order of all logs together: 1, 2, 3 … without a gap.
    Position
);

/// The log of people, devices and rooms.
pub const DIRECTORY: LogId = LogId(0);

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

/// The SHA-256 of a token, in lowercase hexadecimal: the only form in which a token is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenHash(pub String);

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

/// An entry of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DirectoryEntry {
    /// Somebody took a free name.
    Guest {
        /// When.
        at: Wall,
        /// The new person.
        person: PersonId,
        /// The name as it is shown.
        name: Name,
        /// What the person must know to come back.
        token: TokenHash,
    },
    /// A person's device was seen for the first time.
    Device {
        /// When.
        at: Wall,
        /// The new device.
        device: DeviceId,
        /// Whose it is.
        person: PersonId,
        /// What its owner calls it; unique among his devices.
        label: String,
    },
    /// A room was made; its own log starts with `Created`.
    Room {
        /// When.
        at: Wall,
        /// The new room's log.
        log: LogId,
        /// The name as it is shown.
        name: RoomName,
    },
}

/// An entry of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawRoomEntry", into = "RawRoomEntry")]
pub struct RoomEntry {
    /// When it was asked for, by the clock of the server that took it.
    pub at: Wall,
    /// Who did it.
    pub person: PersonId,
    /// His name at that time.
    pub author: Name,
    /// What was done.
    pub act: Act,
}

/// What can be done in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The room was made, and its author is its first member (the server itself is no member of the lobby).
    Created,
    /// The author became a member.
    Joined,
    /// The author is no member any more.
    Left,
    /// The topic is now this.
    Topic(String),
    /// The author said this.
    Post(Post),
    /// An act of a newer program: its kind. A client shows nothing; a server refuses to start on it.
    Other(String),
}

/// A post's content and the id that its device gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The device that sent it.
    pub device: DeviceId,
    /// The device's number for it.
    pub n: PostNumber,
    /// What was said, at most `POST_BYTES_MAX` bytes.
    pub text: String,
}

impl Act {
    /// The `kind` that stands on the wire and on disk.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Act::Created => "created",
            Act::Joined => "joined",
            Act::Left => "left",
            Act::Topic(_) => "topic",
            Act::Post(_) => "post",
            Act::Other(kind) => kind,
        }
    }

    /// The words in it, if it holds any.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Act::Topic(text) => Some(text),
            Act::Post(post) => Some(&post.text),
            Act::Created | Act::Joined | Act::Left | Act::Other(_) => None,
        }
    }
}

/// An entry of either kind of log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Of the directory.
    Directory(DirectoryEntry),
    /// Of a room.
    Room(RoomEntry),
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
        }
        .expect("an entry has only string keys and finite numbers, so it is always JSON")
    }

    /// Reads what `encode` wrote for this log, in this or any older version. Unknown fields are passed over.
    ///
    /// # Errors
    /// When the bytes are no entry of that log.
    pub fn decode(log: LogId, seq: Seq, body: &[u8]) -> Result<Self, UnreadableEntry> {
        let entry = if log == DIRECTORY {
            serde_json::from_slice(body).map(Entry::Directory)
        } else {
            serde_json::from_slice(body).map(Entry::Room)
        };
        entry.map_err(|error| UnreadableEntry { log, seq, why: error.to_string() })
    }
}

/// A room's entry as it is written: flat, so that reading it needs no intermediate tree.
#[derive(Serialize, Deserialize)]
struct RawRoomEntry {
    at: Wall,
    kind: String,
    person: PersonId,
    author: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<DeviceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<PostNumber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl From<RoomEntry> for RawRoomEntry {
    fn from(entry: RoomEntry) -> Self {
        let kind = entry.act.kind().to_owned();
        let (device, n, text) = match entry.act {
            Act::Post(post) => (Some(post.device), Some(post.n), Some(post.text)),
            Act::Topic(text) => (None, None, Some(text)),
            Act::Created | Act::Joined | Act::Left | Act::Other(_) => (None, None, None),
        };
        RawRoomEntry { at: entry.at, kind, person: entry.person, author: entry.author, device, n, text }
    }
}

impl TryFrom<RawRoomEntry> for RoomEntry {
    type Error = String;

    fn try_from(raw: RawRoomEntry) -> Result<Self, String> {
        let act = match raw.kind.as_str() {
            "created" => Act::Created,
            "joined" => Act::Joined,
            "left" => Act::Left,
            "topic" => Act::Topic(raw.text.ok_or("a topic has no `text`")?),
            "post" => Act::Post(Post {
                device: raw.device.ok_or("a post has no `device`")?,
                n: raw.n.ok_or("a post has no `n`")?,
                text: raw.text.ok_or("a post has no `text`")?,
            }),
            _ => Act::Other(raw.kind),
        };
        Ok(RoomEntry { at: raw.at, person: raw.person, author: raw.author, act })
    }
}
