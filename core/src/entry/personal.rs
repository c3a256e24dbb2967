//! What happens to one person alone: what all of his devices must agree on, and nobody else may see.

use super::{DeviceId, HeldId, LogId, PersonId, PostNumber, Seq};
use crate::name::{Name, RoomName};
use crate::time::Wall;
use serde::{Deserialize, Serialize};

/// An entry of a person's own log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalEntry {
    /// When.
    pub at: Wall,
    /// Who did it: the person himself, or somebody else to him.
    pub by: PersonId,
    /// What.
    #[serde(flatten)]
    pub note: Note,
}

/// What a person's own log tells him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// He has read a room up to here.
    Read {
        /// The room's log.
        log: LogId,
        /// The room's key.
        room: RoomName,
        /// The last place that he has read. It is not called `seq`: that is the note's own, beside which it stands.
        upto: Seq,
    },
    /// He asked somebody to be his friend.
    Asked {
        /// Whom.
        whom: PersonId,
        /// By which name.
        name: Name,
        /// In which words; may be empty.
        note: String,
    },
    /// Somebody asked him to be his friend.
    AskedBy {
        /// Who.
        whom: PersonId,
        /// By which name.
        name: Name,
        /// In which words; may be empty.
        note: String,
    },
    /// The two are friends.
    Friend {
        /// With whom.
        whom: PersonId,
        /// By which name.
        name: Name,
    },
    /// The two are no friends, and neither asks the other: declined, withdrawn or ended.
    Unfriended {
        /// With whom.
        whom: PersonId,
        /// By which name.
        name: Name,
    },
    /// He does not want to see or be seen by somebody.
    Blocked {
        /// Whom.
        whom: PersonId,
        /// By which name.
        name: Name,
    },
    /// The block is lifted.
    Unblocked {
        /// Of whom.
        whom: PersonId,
        /// By which name.
        name: Name,
    },
    /// He may join a room.
    Invited {
        /// The room's log.
        log: LogId,
        /// The room's key.
        room: RoomName,
        /// The name that it is shown under, if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<RoomName>,
        /// Who invited him.
        name: Name,
    },
    /// The invitation is used, declined, or taken back.
    Uninvited {
        /// The room's log.
        log: LogId,
        /// The room's key.
        room: RoomName,
    },
    /// He was put out of a room, perhaps while he was away.
    PutOut {
        /// The room's log.
        log: LogId,
        /// The room's key.
        room: RoomName,
        /// He may not come back until then; `None` with `banned` means until the ban is lifted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Wall>,
        /// He may not come back for now.
        banned: bool,
        /// Why.
        reason: String,
    },
    /// A post of his that waited for the moderators of a room is refused by them, or has waited for as long as it is kept.
    Rejected {
        /// The room's log.
        log: LogId,
        /// The room's key.
        room: RoomName,
        /// Which of those that waited there.
        held: HeldId,
        /// The device that sent it.
        device: DeviceId,
        /// The device's number for it.
        n: PostNumber,
        /// Why; may be empty.
        reason: String,
    },
    /// How he wants to be seen.
    Presence {
        /// In which state.
        mode: Mode,
        /// In which words; may be empty.
        status: String,
        /// By whom.
        audience: Audience,
    },
    /// What stood here was erased.
    Erased,
    /// A note of a newer program.
    #[serde(other)]
    Other,
}

/// The state in which somebody wants to be seen while he is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Here.
    #[default]
    Online,
    /// Connected, but not at it.
    Away,
    /// Here, and not to be disturbed.
    Busy,
    /// Not to be seen at all.
    Invisible,
}

impl Mode {
    /// Whether it says no more than that he is here.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Mode::Online
    }
}

/// Who may see whether somebody is here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// His friends, and the members of the rooms that he is in.
    #[default]
    Rooms,
    /// His friends alone.
    Friends,
}
