//! What a run looks at of what a server says.

use serde::Deserialize;
use std::borrow::Cow;

/// What a run looks at of a line of the server.
#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    /// What it is.
    pub(super) t: &'a str,
    /// An entry's place in its room.
    #[serde(default)]
    pub(super) seq: u64,
    /// The number of a post.
    #[serde(default)]
    pub(super) n: u64,
    /// What an entry is about.
    #[serde(default)]
    pub(super) kind: Option<&'a str>,
    /// What was said, or why something was refused.
    #[serde(default, borrow)]
    pub(super) text: Option<Cow<'a, str>>,
    /// The code of a refusal.
    #[serde(default)]
    pub(super) code: Option<&'a str>,
    /// The entry of a room that comes first.
    #[serde(default)]
    pub(super) from: u64,
    /// The last entry of a room.
    #[serde(default)]
    pub(super) head: u64,
    /// The last of a stretch that does not come.
    #[serde(default)]
    pub(super) to: u64,
}
