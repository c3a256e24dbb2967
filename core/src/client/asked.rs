//! Requests that have an answer coming, and whose they are.

use super::door::User;
use crate::entry::{HeldId, Seq};
use crate::name::{Name, RoomName};
use crate::protocol::Request;

/// Whose a request is that has an answer coming.
#[derive(Debug)]
pub(super) enum Asked {
    /// The user's, who is told if it is refused.
    User(User),
    /// A program's, which is told what the answer is. The room that it is about, if it is about one.
    Program(Option<RoomName>),
    /// A program's: an account for a guest.
    Upgrade,
    /// The list of rooms, after this one.
    Rooms(RoomName),
    /// A list of members, after this one.
    Members(RoomName, Option<Name>),
    /// What waits for a room's moderators, after this one.
    Held(RoomName, Option<HeldId>),
    /// How much of a room is unread.
    Count(RoomName),
    /// That a room was read up to there.
    Read(RoomName, Seq),
    /// Whom we know.
    Friends,
    /// What else is our own.
    Me,
}

/// What the machine asks by itself.
pub(super) enum Chore {
    BeIn(RoomName),
    Read(RoomName, Seq),
    Count(RoomName),
    Members(RoomName),
    Held(RoomName),
    Page(RoomName, Seq),
    Friends,
    Me,
}

/// The room that a request is about.
pub(super) fn room_of(request: &Request) -> Option<&RoomName> {
    match request {
        Request::Leave { room }
        | Request::Invite { room, .. }
        | Request::Uninvite { room, .. }
        | Request::Decline { room }
        | Request::Link { room, .. }
        | Request::Unlink { room, .. }
        | Request::Links { room }
        | Request::Topic { room, .. }
        | Request::Rename { room, .. }
        | Request::Archive { room, .. }
        | Request::Close { room, .. }
        | Request::Kick { room, .. }
        | Request::Ban { room, .. }
        | Request::Unban { room, .. }
        | Request::Mute { room, .. }
        | Request::Unmute { room, .. }
        | Request::Sanctions { room, .. }
        | Request::Slow { room, .. }
        | Request::Role { room, .. }
        | Request::Owner { room, .. }
        | Request::Audit { room, .. }
        | Request::Report { room, .. }
        | Request::Reports { room, .. }
        | Request::Resolve { room, .. }
        | Request::Hold { room, .. }
        | Request::Held { room, .. }
        | Request::Let { room, .. }
        | Request::Reject { room, .. }
        | Request::Edit { room, .. }
        | Request::Delete { room, .. }
        | Request::React { room, .. }
        | Request::Pin { room, .. }
        | Request::Read { room, .. }
        | Request::Versions { room, .. }
        | Request::Who { room, .. }
        | Request::Page { room, .. } => Some(room),
        _ => None,
    }
}
