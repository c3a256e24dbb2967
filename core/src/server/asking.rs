//! Requests that wait for a password to be compared or hashed.

use super::command::{Arrived, Verified};
use super::session::Entered;
use crate::entry::{Position, TokenHash};
use crate::name::Name;

/// What is asked once the password is known to be right, and its author's name for counting wrong ones.
#[derive(Debug)]
pub(super) struct Then {
    pub(super) name: Option<Name>,
    pub(super) ask: Option<Asking>,
    pub(super) looked_up: LookedUp,
}

/// On which state it was looked up whose password it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct LookedUp {
    /// All that it held is on disk when everything up to here is: none if all of it was.
    pub(super) ahead: Option<Position>,
    /// How often what was decided had been lost by then.
    pub(super) losses: u64,
}

/// A request that waits for a password.
#[derive(Debug)]
pub(super) enum Asking {
    SignIn(Verified, Option<String>, Arrived),
    Register(Name, Arrived, Option<TokenHash>),
    Recover(Name, TokenHash, Arrived),
    Upgrade(Entered, TokenHash, Option<TokenHash>),
    Password(Verified, Entered),
    Totp(Verified, String, String, Vec<TokenHash>),
    TotpOff(Verified),
    DeleteAccount(Verified),
}
