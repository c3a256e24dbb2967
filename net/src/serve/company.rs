//! Whether a batch is worth a moment's wait.
//!
//! Those who wait for an answer before they say more come back together, but not at once; whoever comes first would have a batch to
//! himself, and after that the others one to themselves, for as long as they go on. What is let out costs each member one write,
//! however much it is. PostgreSQL has `commit_delay` and `commit_siblings` for the same reason; here both follow what was seen.

use sala_core::limits::COMPANY_SEEN_MS;
use std::cell::Cell;
use std::time::Duration;
use tokio::time::Instant;

/// So many are worth a wait. Where less is said, nobody waits.
const MANY_MIN: usize = 16;
/// How many batches begin at once after one waited in vain.
const PAUSE: u32 = 4;

/// How many may be in the next batch.
#[derive(Debug, Default)]
pub(super) struct Company {
    expected: Cell<Option<(usize, Instant)>>,
    /// How many batches more begin at once.
    pause: Cell<u32>,
}

impl Company {
    /// A batch is let out now, and so many have just been answered or wait already.
    pub(super) fn expect(&self, count: usize, now: Instant) {
        self.expected.set((count >= MANY_MIN).then_some((count, now)));
    }

    /// How many are to be there before the next batch begins, if it is to wait. To be asked once for each.
    pub(super) fn wanted(&self, now: Instant) -> Option<usize> {
        let (expected, at) = self.expected.take()?;
        // Whoever has not come until then did not say something because he was answered.
        if now.duration_since(at) > Duration::from_millis(COMPANY_SEEN_MS) {
            return None;
        }
        let Some(pause) = self.pause.get().checked_sub(1) else {
            // The last few come while the first part is written, and go with it.
            return Some(expected - expected / 32);
        };
        self.pause.set(pause);
        None
    }

    /// So many were there in time, or were not: who says something now and then does not answer.
    pub(super) fn has_come(&self, came: bool) {
        if !came {
            self.pause.set(PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Company, MANY_MIN, PAUSE};
    use sala_core::limits::COMPANY_SEEN_MS;
    use std::time::Duration;
    use tokio::time::Instant;

    #[test]
    fn few_wait_for_nobody_and_who_waited_in_vain_does_not_wait_soon_again() {
        let (company, now) = (Company::default(), Instant::now());
        let wanted = |expected| {
            company.expect(expected, now);
            company.wanted(now)
        };
        assert_eq!(wanted(MANY_MIN - 1), None);
        assert_eq!(wanted(64), Some(62));
        assert_eq!(company.wanted(now), None, "nothing was let out since");
        company.has_come(true);
        assert_eq!(wanted(64), Some(62));
        company.has_come(false);
        (0..PAUSE).for_each(|_| assert_eq!(wanted(64), None));
        assert_eq!(wanted(64), Some(62));
    }

    #[test]
    fn nobody_waits_for_those_who_were_answered_long_ago() {
        let (company, now) = (Company::default(), Instant::now());
        company.expect(64, now);
        assert_eq!(company.wanted(now + Duration::from_millis(COMPANY_SEEN_MS + 1)), None);
    }
}
