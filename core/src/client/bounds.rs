//! What a server can make a client hold at most, beyond the limits that it shares with the server.

use crate::limits::{CONTACTS_MAX, DIRECTS_MAX, ROOMS_JOINED_MAX, TYPING_MS};

/// Rooms that a client reads: as many as one person can be in.
pub(super) const ROOMS_HELD_MAX: usize = ROOMS_JOINED_MAX + DIRECTS_MAX;
/// Bytes of the entries of one room that a client keeps in memory: more than `TIMELINE_ENTRIES_MAX` of the longest posts.
pub(super) const TIMELINE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// People who are remembered by name for the signs of all posts of one room; the others are counted.
pub(super) const REACTORS_HELD_MAX: usize = 20_000;
/// People of whom it is remembered that they were blocked.
pub(super) const DOUBTED_MAX: usize = 2 * CONTACTS_MAX;
/// People who are shown as typing in one room.
pub(super) const TYPERS_MAX: usize = 20;
/// Time for which somebody is shown as typing after the last word of it, in milliseconds.
pub(super) const TYPING_SHOWN_MS: u64 = 2 * TYPING_MS + 1_000;
/// How exactly the end of that time is kept, in milliseconds: whoever stops at about the same time costs one wake-up.
pub(super) const TYPING_SWEEP_MS: u64 = 1_000;
/// Requests on their way beyond which the client asks nothing more by itself: coming back to hundreds of rooms must
/// not use up the quota that the user needs.
pub(super) const CHORES_AT_ONCE_MAX: usize = 16;
/// How often the server is told that one room was read, in milliseconds: each time is an entry on its disk.
pub(super) const READ_MS: u64 = 1_000;
/// Members after whom a group without a title is called.
pub(super) const SHOWN_MEMBERS: usize = 3;
