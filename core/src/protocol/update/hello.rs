//! What a server says first of all: what it is, and what it lets one do.

use crate::limits::{
    HEARTBEAT_MS, NAME_CHARS_MAX, PAGE_ENTRIES_MAX, POST_BYTES_MAX, POSTS_IN_FLIGHT_MAX, REQUEST_BYTES_MAX,
    TOPIC_BYTES_MAX, UPDATE_BYTES_MAX,
};
use crate::protocol::PROTOCOL;
use serde::{Deserialize, Serialize};

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
    /// What this server can beyond the base.
    pub capabilities: Vec<String>,
    /// The bounds that a client must keep.
    pub limits: LimitsInfo,
    /// By what its logs are known; another one once they were put back to an earlier copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<String>,
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

/// What a server of this version can beyond entering, rooms that everybody finds, posts and history.
const CAPABILITIES: [&str; 5] = ["accounts", "private_rooms", "moderation", "friends", "search"];

impl Hello {
    /// What a server with these limits says.
    #[must_use]
    pub fn ours() -> Self {
        Hello {
            server: concat!("sala ", env!("CARGO_PKG_VERSION")).to_owned(),
            protocol: [PROTOCOL, PROTOCOL],
            heartbeat_ms: HEARTBEAT_MS,
            durability: "synced".to_owned(),
            capabilities: CAPABILITIES.iter().map(|&name| name.to_owned()).collect(),
            limits: LimitsInfo {
                request_bytes: REQUEST_BYTES_MAX,
                update_bytes: UPDATE_BYTES_MAX,
                post_bytes: POST_BYTES_MAX,
                topic_bytes: TOPIC_BYTES_MAX,
                name_chars: NAME_CHARS_MAX,
                page_entries: PAGE_ENTRIES_MAX,
                posts_in_flight: POSTS_IN_FLIGHT_MAX,
            },
            history: None,
        }
    }
}
