//! How long to wait before dialling again.

use crate::limits::{BACKOFF_MS_MAX, BACKOFF_MS_MIN};

/// Doubles the pause with each failure and spreads it at random, so that the clients of a server that was away do not
/// all come back in the same instant ("equal jitter", Brooker 2015).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause in milliseconds after one more failure: at random from half to all of what is due, never below
    /// `at_least`, which the server may have asked for.
    pub(super) fn pause(&mut self, random: u64, at_least: u64) -> u64 {
        let due = BACKOFF_MS_MIN.saturating_mul(1 << self.failures.min(16)).min(BACKOFF_MS_MAX);
        self.failures = self.failures.saturating_add(1);
        at_least.saturating_add(due / 2 + random % (due / 2 + 1))
    }

    /// The link works again.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}
