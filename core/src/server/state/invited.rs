//! Who may make an account where those alone may who are invited.

use crate::entry::{PersonId, TokenHash};
use crate::time::Wall;
use serde::{Deserialize, Serialize};

/// An invitation to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerInvitation {
    /// Who made it.
    pub by: PersonId,
    /// The hash of what its bearer must know.
    pub code: TokenHash,
    /// Until when it is good.
    pub until: Wall,
    /// Somebody has made an account by it.
    pub used: bool,
}

impl ServerInvitation {
    /// Whether it lets somebody in, if its maker may invite.
    #[must_use]
    pub fn stands(&self, at: Wall) -> bool {
        !self.used && at < self.until
    }
}
