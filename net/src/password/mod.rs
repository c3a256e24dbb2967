//! Comparing and hashing of passwords, which takes too long to be done where everything else is.

mod argon;
mod pool;
mod plain;

pub use plain::PlainHasher;
pub use pool::HashPool;

use sala_core::secret::Password;

/// Passwords to be compared, hashed, or both.
///
/// Nobody who does not know a name learns from the time of the answer whether there is such an account: a wrong password
/// and an unknown name cost the same. The chosen password is hashed only if the claimed one is right, so that an answer
/// is quicker if it is wrong; this says no more than the answer itself.
pub struct Work {
    /// What somebody says is his password, and its hash as a PHC string: `None` if there is no such account.
    pub claimed: Option<(Password, Option<String>)>,
    /// What is to be his password.
    pub chosen: Option<Password>,
}

/// What became of passwords.
pub struct Done {
    /// The claimed password is his, or none was claimed.
    pub right: bool,
    /// The chosen password's hash, if one was chosen and the claimed one is right.
    pub hash: Option<String>,
}

/// Too many passwords wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords wait to be compared; try again in a moment")]
pub struct Busy;

/// Compares and hashes passwords, at a cost that makes guessing them from their hashes slow.
pub trait Hasher: Clone + 'static {
    /// Does this work. If the future is dropped, work that has not begun is left undone.
    ///
    /// # Errors
    /// At once, when `PASSWORDS_WAITING_MAX` wait already.
    fn work(&self, work: Work) -> impl Future<Output = Result<Done, Busy>>;
}
