//! Token buckets: how much a session may ask in a burst and for long.

use crate::limits::{POSTS_BURST, POSTS_PER_SECOND, REQUESTS_BURST, REQUESTS_PER_SECOND};
use crate::time::Tick;

/// How much a session may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Posts in a burst.
    pub posts_burst: u32,
    /// Posts a second for long; at least 1.
    pub posts_per_second: u32,
    /// Other requests in a burst.
    pub requests_burst: u32,
    /// Other requests a second for long; at least 1.
    pub requests_per_second: u32,
}

impl Default for Quota {
    fn default() -> Self {
        Quota {
            posts_burst: POSTS_BURST,
            posts_per_second: POSTS_PER_SECOND,
            requests_burst: REQUESTS_BURST,
            requests_per_second: REQUESTS_PER_SECOND,
        }
    }
}

/// A bucket of `burst` tokens that fills at `per_second`. It counts in thousandths of a token, so no time is lost to
/// rounding, and needs no timer: it fills when it is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    milli_tokens: u64,
    burst: u32,
    per_second: u32,
    filled: Tick,
}

impl Bucket {
    pub(super) fn full(burst: u32, per_second: u32, now: Tick) -> Self {
        let (burst, per_second) = (burst.max(1), per_second.max(1));
        Bucket { milli_tokens: u64::from(burst) * 1_000, burst, per_second, filled: now }
    }

    /// Takes one token, or says in how many milliseconds there will be one.
    pub(super) fn take(&mut self, now: Tick) -> Result<(), u64> {
        let gained = now.since(self.filled).saturating_mul(u64::from(self.per_second));
        self.milli_tokens = self.milli_tokens.saturating_add(gained).min(u64::from(self.burst) * 1_000);
        self.filled = self.filled.max(now);
        if self.milli_tokens >= 1_000 {
            self.milli_tokens -= 1_000;
            return Ok(());
        }
        // One token is not worth a round trip: the wait is for a tenth of a second's worth, or a whole burst if less.
        let batch = u64::from((self.per_second / 10).clamp(1, self.burst)) * 1_000;
        Err((batch - self.milli_tokens).div_ceil(u64::from(self.per_second)))
    }
}
