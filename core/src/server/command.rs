//! A request on its way through the order: everything that deciding it may depend on, beside the state.

use crate::entry::{DeviceId, LogId, PersonId, PostNumber, Registration, Seq, TokenHash};
use crate::limits::SANCTION_MINUTES_MAX;
use crate::name::{Name, RoomName};
use crate::packed::Sought;
use crate::protocol::{Arrival, Banned, Request, checked_reason, checked_said};
use crate::refusal::{Code, Refusal};
use crate::time::Wall;
use core::net::IpAddr;
use std::collections::BTreeMap;

/// A connection, numbered by the driver; a number is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

impl Sought for SessionId {
    fn steps_from(&self, first: &Self) -> usize {
        self.0.steps_from(&first.0)
    }
}

/// Where a command came from, for the answer to find its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The connection; `None` for what the server asks of itself.
    pub session: Option<SessionId>,
    /// The request's own id; without a connection, the number of an operation.
    pub id: Option<u64>,
    /// The address that the connection came from, if it has one.
    pub address: Option<IpAddr>,
}

impl Origin {
    /// What the server asks of itself.
    pub const SERVER: Origin = Origin { session: None, id: None, address: None };
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

/// A device that comes in, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The hash of the token by which it comes back.
    pub token: TokenHash,
    /// What its owner calls it.
    pub device: String,
    /// What it holds of each log.
    pub have: BTreeMap<RoomName, Seq>,
}

impl From<Arrival> for Arrived {
    fn from(Arrival { token, device, have }: Arrival) -> Self {
        Arrived { token: token.hash(), device, have }
    }
}

/// A password that was compared, and found right: with the one that the directory's entry `password` had set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Whose.
    pub person: PersonId,
    /// Which one of his.
    pub password: Seq,
}

/// What whoever runs the server has it do. He is nobody on it: it is ordered, decided and written as what people ask is, in the
/// server's own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Somebody, or whoever comes from some addresses, may not come in for a while.
    Ban {
        /// Whom.
        whom: Banned,
        /// For how long; `None` means until it is lifted.
        minutes: Option<u64>,
        /// Why, in words for a person; may be empty.
        reason: String,
    },
    /// A ban of the server is lifted.
    Unban(Banned),
    /// The server says something in the lobby, and tells it those who are here and not in there.
    Say(String),
    /// What is said in any room goes when it is so many days old; 0 means never.
    Keep(u64),
    /// What strangers may do; what is absent stays as it is.
    Settings {
        /// Who may make accounts.
        registration: Option<Registration>,
        /// New guests may come in.
        guests: Option<bool>,
    },
}

impl Operation {
    /// The same, if it keeps the bounds that hold for people.
    ///
    /// # Errors
    /// The refusal that people would be told.
    pub fn checked(self) -> Result<Self, Refusal> {
        Ok(match self {
            Operation::Ban { minutes: Some(minutes), .. }
                if !(1..=SANCTION_MINUTES_MAX).contains(&minutes) =>
            {
                let text =
                    format!("a ban goes on for 1 to {SANCTION_MINUTES_MAX} minutes, or until it is lifted");
                return Err(Refusal::no(Code::BadRequest, text));
            }
            Operation::Ban { whom, minutes, reason } => {
                Operation::Ban { whom, minutes, reason: checked_reason(reason)? }
            }
            Operation::Say(text) => Operation::Say(checked_said(text)?),
            other => other,
        })
    }
}

/// What is asked, by persons and devices instead of connections, and without any secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// To make what every server has from its first start: the lobby, and a way to become its administrator.
    Start {
        /// The hash of the code that is offered to whoever runs the server.
        claim: Option<TokenHash>,
    },
    /// What whoever runs the server wants.
    Operate(Operation),
    /// That what was said in a room on this day goes.
    Fade {
        /// In which room.
        log: LogId,
        /// On which day since 1970.
        day: u64,
    },
    /// To come in under a name.
    Enter(Name, Arrived),
    /// To come in by a password.
    SignIn {
        /// The password was compared and found right.
        verified: Verified,
        /// A one-time code, or a recovery code.
        code: Option<String>,
        /// The device.
        arrived: Arrived,
    },
    /// To take a free name for an account, and come in.
    Register {
        /// The name.
        name: Name,
        /// The hash of the password.
        hash: String,
        /// The hash of the code of an invitation.
        invitation: Option<TokenHash>,
        /// The device.
        arrived: Arrived,
    },
    /// To make an account of a guest.
    Upgrade {
        /// Who asks.
        by: PersonId,
        /// The device that asks, which stays; the others sign in anew.
        device: DeviceId,
        /// The hash of the device's own token from now on.
        token: TokenHash,
        /// The hash of the password.
        hash: String,
        /// The hash of the code of an invitation.
        invitation: Option<TokenHash>,
    },
    /// To have a new password by an administrator's code, and come in.
    Recover {
        /// The name.
        name: Name,
        /// The hash of the code.
        code: TokenHash,
        /// The hash of the new password.
        hash: String,
        /// The device.
        arrived: Arrived,
    },
    /// To change a password.
    Password {
        /// Who asks; the old one was compared.
        verified: Verified,
        /// The device that asks, which stays.
        device: DeviceId,
        /// The hash of the new password.
        hash: String,
    },
    /// To be asked for one-time codes.
    Totp {
        /// Who asks.
        verified: Verified,
        /// The shared secret, in base32.
        secret: String,
        /// A code of it.
        code: String,
        /// The hashes of codes for whoever loses the secret.
        recovery: Vec<TokenHash>,
    },
    /// To be asked for none any more.
    TotpOff {
        /// Who asks.
        verified: Verified,
    },
    /// To be erased.
    DeleteAccount {
        /// Who asks.
        by: PersonId,
        /// The password, if he has one.
        verified: Option<Verified>,
    },
    /// To become an administrator.
    Claim {
        /// Who asks.
        by: PersonId,
        /// The hash of the code.
        code: TokenHash,
    },
    /// To let somebody set a new password.
    Reset {
        /// Who asks.
        by: PersonId,
        /// For whom.
        name: Name,
        /// The hash of the code.
        code: TokenHash,
    },
    /// To invite somebody to the server.
    ServerInvite {
        /// Who asks.
        by: PersonId,
        /// The hash of the code.
        code: TokenHash,
        /// For how long it is good.
        hours: u64,
    },
    /// To make a link.
    Link {
        /// Who asks.
        by: PersonId,
        /// Into which room.
        room: RoomName,
        /// The hash of what its bearer must know.
        token: TokenHash,
        /// For how long it is good.
        hours: Option<u64>,
        /// How many people it lets in.
        uses: Option<u32>,
    },
    /// To become a member by a link.
    JoinByLink {
        /// Who asks.
        by: PersonId,
        /// The hash of what its bearer knows.
        token: TokenHash,
    },
    /// Anything else: a request that holds no secret.
    Do {
        /// Who asks.
        by: PersonId,
        /// On which device.
        device: DeviceId,
        /// What.
        request: Request,
        /// Who had said what is to be edited or deleted, if that is to be known. What stands in a log never changes, so it
        /// could be looked up before the command was ordered.
        author: Option<PersonId>,
    },
}

impl Command {
    /// The number of the post, if it is one.
    #[must_use]
    pub fn post_number(&self) -> Option<PostNumber> {
        match &self.ask {
            Ask::Do { request, .. } => request.post_number(),
            _ => None,
        }
    }

    /// The number under which whoever runs the server is told what became of it, if he wants it.
    #[must_use]
    pub fn operated(&self) -> Option<u64> {
        self.origin.id.filter(|_| self.origin.session.is_none())
    }

    /// The device that comes in by it, if one does.
    #[must_use]
    pub fn arrived(&self) -> Option<&Arrived> {
        match &self.ask {
            Ask::Enter(_, arrived)
            | Ask::SignIn { arrived, .. }
            | Ask::Register { arrived, .. }
            | Ask::Recover { arrived, .. } => Some(arrived),
            _ => None,
        }
    }
}
