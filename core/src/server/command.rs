//! A request on its way through the order: everything that deciding it may depend on, beside the state.

use crate::entry::{DeviceId, PersonId, PostNumber, Seq, TokenHash};
use crate::name::{Name, RoomName};
use crate::time::Wall;
use std::collections::BTreeMap;

/// A connection, numbered by the driver; a number is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// Where a command came from, for the answer to find its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The connection; `None` for what the server asks of itself.
    pub session: Option<SessionId>,
    /// The request's own id.
    pub id: Option<u64>,
}

/// A request with all that is needed to decide it: who asks, what, and when, stamped where it was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Who is answered.
    pub origin: Origin,
    /// When it was asked.
    pub at: Wall,
    /// What is asked.
    pub ask: Ask,
}

/// What is asked, by persons and devices instead of connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// To make what every server has from its first start: the lobby.
    Found,
    /// To come in under a name.
    Enter {
        /// The nickname.
        name: Name,
        /// The hash of the token that was shown.
        token: TokenHash,
        /// The label of the device.
        device: String,
        /// What the device holds of each room.
        have: BTreeMap<RoomName, Seq>,
    },
    /// To make a public room.
    Create {
        /// Who asks.
        by: PersonId,
        /// Its name.
        room: RoomName,
        /// Its topic.
        topic: String,
    },
    /// To become a member.
    Join {
        /// Who asks.
        by: PersonId,
        /// Of which room.
        room: RoomName,
    },
    /// To be a member no longer.
    Leave {
        /// Who asks.
        by: PersonId,
        /// Of which room.
        room: RoomName,
    },
    /// To change the topic.
    Topic {
        /// Who asks.
        by: PersonId,
        /// Of which room.
        room: RoomName,
        /// To what.
        text: String,
    },
    /// To say something.
    Post {
        /// Which device asks.
        device: DeviceId,
        /// Where.
        room: RoomName,
        /// The device's number for it.
        n: PostNumber,
        /// What.
        text: String,
    },
}

impl Command {
    /// The number of the post, if it is one.
    #[must_use]
    pub fn post_number(&self) -> Option<PostNumber> {
        match self.ask {
            Ask::Post { n, .. } => Some(n),
            _ => None,
        }
    }
}
