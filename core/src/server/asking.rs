//! Requests that wait for a password to be compared or hashed.

use super::command::{Arrived, Verified};
use super::session::Entered;
use crate::entry::TokenHash;
use crate::name::Name;

/// What is asked once the password is known to be right, and its author's name for counting wrong ones.
#[derive(Debug)]
pub(super) struct Then {
    pub(super) name: Option<Name>,
    pub(super) ask: Option<Asking>,
}

/// A request that waits for a password.
#[derive(Debug)]
pub(super) enum Asking {
    SignIn(Verified, Option<String>, Arrived),
    Register(Name, Arrived),
    Recover(Name, TokenHash, Arrived),
    Upgrade(Entered, TokenHash),
    Password(Verified, Entered),
    Totp(Verified, String, String, Vec<TokenHash>),
    TotpOff(Verified),
    DeleteAccount(Verified),
}
