//! What is said on the socket: one JSON object a line, an order one way and its answer the other.

use sala_core::address::AddressRange;
use sala_core::refusal::Fate;
use serde::{Deserialize, Serialize};

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Admin {
    /// Who is here.
    Who {},
    /// Which connections there are.
    Sessions {},
    /// Which rooms there are, but for those of two.
    Rooms {},
    /// What the server is about as a whole.
    Stats {},
    /// Close a connection.
    Close {
        /// Its number.
        session: u64,
    },
    /// Let somebody, or whoever comes from some addresses, in no more.
    Ban {
        /// Whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// From where, if no name is given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<AddressRange>,
        /// For how long; absent means until it is lifted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minutes: Option<u64>,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Lift such a ban.
    Unban {
        /// Whose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Or from where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<AddressRange>,
    },
    /// Say something to everybody: in the lobby, and to those who are here and not in there.
    Broadcast {
        /// What.
        text: String,
    },
    /// Take nobody in any more, and stop once all have gone or the time is over.
    Drain {
        /// How long those who are here may stay, in milliseconds.
        grace_ms: u64,
    },
    /// Log by other levels.
    Log {
        /// A level, or directives.
        level: String,
    },
    /// Read the file of settings and the certificate again.
    Reload {},
    /// Give back the room on disk that erased posts have left. Ends when its connection is closed.
    Vacuum {},
}

/// The answer to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Answer {
    /// It is done; what changes the state is on disk.
    Done {
        /// What was done, in words for a person.
        text: String,
    },
    /// It is not done, or it is not known whether it is.
    Refused {
        /// One of the protocol's codes.
        code: String,
        /// Which of the two.
        fate: Fate,
        /// Why, in words for a person.
        text: String,
    },
    /// Who is here.
    Who {
        /// In the order of their names.
        people: Vec<PersonRow>,
    },
    /// Which connections there are.
    Sessions {
        /// In the order in which they were made.
        sessions: Vec<SessionRow>,
    },
    /// Which rooms there are.
    Rooms {
        /// In the order in which they were made.
        rooms: Vec<RoomRow>,
    },
    /// What the server is about.
    Stats(StatsRow),
    /// Room on disk was given back.
    GivenBack {
        /// How much, in bytes.
        bytes: u64,
        /// What the entries take now, in bytes.
        left_bytes: u64,
    },
}

/// Somebody who is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// His number, under which logs speak of him.
    pub person: u64,
    /// His name.
    pub name: String,
    /// The numbers of his connections.
    pub sessions: Vec<u64>,
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Its number, under which logs speak of it.
    pub session: u64,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who has come in on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// His number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<u64>,
    /// On which of his devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<u64>,
    /// For how long it has been there, in milliseconds.
    pub open_ms: u64,
    /// For how long nothing was heard on it, in milliseconds.
    pub silent_ms: u64,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRow {
    /// Its number, under which logs speak of it.
    pub log: u64,
    /// What it is called on the wire.
    pub room: String,
    /// What a public room is shown under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `public`, `private` or `group`.
    pub kind: String,
    /// How many members it has.
    pub members: usize,
    /// How many entries.
    pub entries: u64,
    /// Nothing more may be said in it.
    pub archived: bool,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatsRow {
    /// Its version.
    pub version: String,
    /// For how long it has served, in milliseconds.
    pub up_ms: u64,
    /// It takes nobody in any more.
    pub draining: bool,
    /// How many connections it holds.
    pub connections: usize,
    /// On how many of them somebody has come in.
    pub entered: usize,
    /// How many people it knows.
    pub people: usize,
    /// How many rooms it has.
    pub rooms: usize,
    /// How many entries.
    pub entries: u64,
    /// What of the newest entries is in memory, in bytes.
    pub tail_bytes: usize,
}
