//! What a server tells: one JSON object a line.

use super::PROTOCOL;
use crate::entry::{DeviceId, PersonId, PostNumber, RoomEntry, Seq};
use crate::limits::{
    HEARTBEAT_MS, NAME_CHARS_MAX, PAGE_ENTRIES_MAX, POST_BYTES_MAX, POSTS_IN_FLIGHT_MAX, REQUEST_BYTES_MAX,
    TOPIC_BYTES_MAX, UPDATE_BYTES_MAX,
};
use crate::name::{Name, RoomName};
use crate::protocol::request::Refused;
use crate::refusal::{Code, Fate};
use serde::{Deserialize, Serialize};

/// What a server tells one session, or through a room's log all of its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Update {
    /// The first line of every connection.
    Hello(Hello),
    /// The session has entered. As many `room` updates follow as there are rooms.
    Welcome {
        /// Of the `enter` request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// The name as it is shown.
        name: Name,
        /// Who.
        person: PersonId,
        /// Which of his devices; posts of this device carry it in the log.
        device: DeviceId,
        /// The highest number of a post of this device in any log; 0 if there is none.
        n: u64,
        /// How many rooms follow.
        rooms: usize,
    },
    /// The session's person is a member of this room, and its entries are sent.
    Room {
        /// Of the `create` or `join` request, if this session sent it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Which room.
        room: RoomName,
        /// Its topic.
        topic: String,
        /// How many members it has.
        members: usize,
        /// The last seq of its log.
        head: Seq,
        /// The seq of the next entry that will be sent. If it is not the one after the one held, and no `skipped`
        /// follows, the device holds what this server never had, and must forget it. Absent if the room's entries are
        /// being sent already: they go on where they stand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Seq>,
    },
    /// A stretch that will not be sent by itself; `page` brings it.
    Skipped {
        /// Of which room.
        room: RoomName,
        /// The first seq left out.
        from: Seq,
        /// The last seq left out.
        to: Seq,
    },
    /// A stretch that is damaged on the server's disk, in place of its entries.
    Damaged {
        /// Of which room.
        room: RoomName,
        /// The first seq.
        from: Seq,
        /// The last seq.
        to: Seq,
    },
    /// One entry, in order and without a gap.
    Entry {
        /// Of which room.
        room: RoomName,
        /// With its place.
        #[serde(flatten)]
        entry: NumberedEntry,
    },
    /// The answer to a post that was stored before.
    Stored {
        /// In which room.
        room: RoomName,
        /// The post's number.
        n: PostNumber,
        /// Where it is.
        seq: Seq,
    },
    /// The answer to `rooms`.
    Rooms {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// In the order of their names.
        rooms: Vec<RoomInfo>,
        /// There are further ones.
        more: bool,
    },
    /// The answer to `who`.
    Who {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Which room.
        room: RoomName,
        /// In the order of their names.
        members: Vec<Member>,
        /// There are further ones.
        more: bool,
    },
    /// Members came or went; without a seq, and may be lost.
    Presence {
        /// Which room.
        room: RoomName,
        /// Who is here now.
        here: Vec<Name>,
        /// Who is not any more.
        away: Vec<Name>,
    },
    /// The answer to `page`.
    Page {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Of which room.
        room: RoomName,
        /// In rising order.
        entries: Vec<NumberedEntry>,
        /// There are further ones in the direction that was asked for.
        more: bool,
        /// Seqs within the page that are damaged on the server's disk.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        damaged: Vec<Seq>,
    },
    /// A question for a sign of life: answered by a `pong` request.
    Ping,
    /// The answer to a `ping` request.
    Pong,
    /// A request was refused.
    Refused {
        /// Of the request, if it had one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Of the post, if it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        n: Option<PostNumber>,
        /// Why.
        code: Code,
        /// What became of it.
        fate: Fate,
        /// When trying again can help, if it can.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_ms: Option<u64>,
        /// Words for a person.
        text: String,
    },
    /// The last line before the server closes the connection.
    Goodbye {
        /// `bye` (asked for), `replaced` (the device entered elsewhere), `silent`, `too_slow_to_enter`, `stopping`,
        /// `storage_failed`, `storage_full`, `haste`, `full`; further ones may come.
        why: String,
        /// When to come back; absent if coming back by itself would be wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_ms: Option<u64>,
        /// Words for a person.
        text: String,
    },
    /// An update of a newer server: to be passed over.
    #[serde(other)]
    Other,
}

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Program and version.
    pub server: String,
    /// The lowest and the highest version of the protocol that it speaks.
    pub protocol: [u32; 2],
    /// Silence after which a sign of life is asked for, in milliseconds; after two the link is dead.
    pub heartbeat_ms: u64,
    /// `synced`: an entry is on disk, flushed, before anyone sees it.
    pub durability: String,
    /// What this server can beyond the base; none yet.
    pub capabilities: Vec<String>,
    /// The bounds that a client must keep.
    pub limits: LimitsInfo,
}

/// The bounds that a client must keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsInfo {
    /// Longest request line, in bytes.
    pub request_bytes: usize,
    /// Longest update line, in bytes.
    pub update_bytes: usize,
    /// Longest post, in bytes.
    pub post_bytes: usize,
    /// Longest topic, in bytes.
    pub topic_bytes: usize,
    /// Longest name, in characters.
    pub name_chars: usize,
    /// Most entries in a page.
    pub page_entries: usize,
    /// Most posts of a device on their way at once.
    pub posts_in_flight: u64,
}

impl Hello {
    /// What a server with these limits says.
    #[must_use]
    pub fn ours() -> Self {
        Hello {
            server: concat!("sala ", env!("CARGO_PKG_VERSION")).to_owned(),
            protocol: [PROTOCOL, PROTOCOL],
            heartbeat_ms: HEARTBEAT_MS,
            durability: "synced".to_owned(),
            capabilities: Vec::new(),
            limits: LimitsInfo {
                request_bytes: REQUEST_BYTES_MAX,
                update_bytes: UPDATE_BYTES_MAX,
                post_bytes: POST_BYTES_MAX,
                topic_bytes: TOPIC_BYTES_MAX,
                name_chars: NAME_CHARS_MAX,
                page_entries: PAGE_ENTRIES_MAX,
                posts_in_flight: POSTS_IN_FLIGHT_MAX,
            },
        }
    }
}

/// A room's entry with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedEntry {
    /// Its place in the room's log.
    pub seq: Seq,
    /// What happened.
    #[serde(flatten)]
    pub entry: RoomEntry,
}

/// A room as it stands in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomInfo {
    /// Its name.
    pub room: RoomName,
    /// Its topic.
    pub topic: String,
    /// How many members it has.
    pub members: usize,
    /// Whether the asking person is one of them.
    pub joined: bool,
}

/// A member of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// His name.
    pub name: Name,
    /// Whether one of his devices is connected.
    pub here: bool,
}

/// A line that is no update.
#[derive(Debug, thiserror::Error)]
#[error("the server sent what is no update: {0}")]
pub struct UnreadableUpdate(#[from] serde_json::Error);

impl Update {
    /// The update as one line with its newline.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut line =
            serde_json::to_vec(self).expect("an update has only string keys, so it is always JSON");
        line.push(b'\n');
        line
    }

    /// Reads one line, with or without its newline. An unknown `t` is [`Update::Other`]; unknown fields are passed over.
    ///
    /// # Errors
    /// When the line is no JSON object with a `t`, or a field of a known update is missing or wrong.
    pub fn decode(line: &[u8]) -> Result<Self, UnreadableUpdate> {
        Ok(serde_json::from_slice(line)?)
    }
}

impl From<Refused> for Update {
    fn from(refused: Refused) -> Self {
        let Refused { id, n, refusal } = refused;
        Update::Refused {
            id,
            n,
            code: refusal.code,
            fate: refusal.fate,
            retry_ms: refusal.retry_ms,
            text: refusal.text,
        }
    }
}

/// Appends an `entry` update to `line` from the bytes that lie on disk, which are encoded once for disk and wire.
pub fn entry_line(line: &mut Vec<u8>, room: &RoomName, seq: Seq, body: &[u8]) {
    line.extend_from_slice(b"{\"t\":\"entry\",\"room\":");
    push_json(line, room.as_str());
    line.extend_from_slice(b",\"seq\":");
    push_number(line, seq.0);
    push_fields(line, body);
    line.push(b'\n');
}

/// Appends one element of a page to `entries` from the bytes that lie on disk.
pub fn page_entry(entries: &mut Vec<u8>, seq: Seq, body: &[u8]) {
    if !entries.is_empty() {
        entries.push(b',');
    }
    entries.extend_from_slice(b"{\"seq\":");
    push_number(entries, seq.0);
    push_fields(entries, body);
}

/// The `page` update whose elements were written by [`page_entry`], as one line with its newline.
#[must_use]
pub fn page_line(id: Option<u64>, room: &RoomName, entries: &[u8], more: bool, damaged: &[Seq]) -> Vec<u8> {
    let empty = Update::Page { id, room: room.clone(), entries: Vec::new(), more, damaged: damaged.to_vec() };
    let mut line = empty.encode();
    const MARK: &[u8] = b"\"entries\":[";
    let at = line.windows(MARK.len()).position(|bytes| bytes == MARK).expect("a page always has its entries");
    let after = line.split_off(at + MARK.len());
    line.extend_from_slice(entries);
    line.extend_from_slice(&after);
    line
}

/// Continues an open object with the fields of `body`, which is a JSON object without a newline.
fn push_fields(line: &mut Vec<u8>, body: &[u8]) {
    debug_assert_eq!(body.first(), Some(&b'{'), "an entry is a JSON object");
    line.push(b',');
    line.extend_from_slice(&body[1..]);
}

fn push_json(line: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(line, text).expect("writing a string to memory cannot fail");
}

fn push_number(line: &mut Vec<u8>, number: u64) {
    use std::io::Write as _;
    write!(line, "{number}").expect("writing a number to memory cannot fail");
}
