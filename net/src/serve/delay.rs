//! Whether a batch waits a moment for more commands.
//!
//! People who talk in answer to each other come back together, but not at once: whoever is first would have a batch to himself, and
//! after that the others one to themselves, for as long as they go on. PostgreSQL waits so (`commit_delay`, if `commit_siblings`
//! are busy) to share a flush; here what is shared is the write to each member, and how many are waited for follows the batch before.

use sala_core::limits::{
    BATCH_COMMANDS_MAX, COMMIT_DELAY_COMMANDS_MIN, COMMIT_DELAY_SEEN_MS, COMMIT_DELAY_SKIPS_MAX,
    COMMIT_DELAY_SKIPS_MIN,
};
use std::cell::Cell;
use std::time::Duration;
use tokio::time::Instant;

/// How many commands the next batch is waited for.
#[derive(Debug, Default)]
pub(super) struct CommitDelay {
    /// How many may come, and since when.
    expected: Cell<Option<(usize, Instant)>>,
    /// How many more batches that would wait begin at once.
    skips_left: Cell<u32>,
    /// How many did, after the last wait in vain.
    skips: Cell<u32>,
}

impl CommitDelay {
    /// A batch is let out now, and so many commands have just been answered or wait already.
    pub(super) fn expect(&self, commands: usize, now: Instant) {
        let commands = commands.min(BATCH_COMMANDS_MAX);
        self.expected.set((commands >= COMMIT_DELAY_COMMANDS_MIN).then_some((commands, now)));
    }

    /// Something waits to be decided. Takes with how many commands a batch is to begin, if it is to wait for them.
    pub(super) fn take_enough(&self, now: Instant) -> Option<usize> {
        let (expected, since) = self.expected.take()?;
        // Whoever says something later does not say it because he was answered.
        if now.duration_since(since) > Duration::from_millis(COMMIT_DELAY_SEEN_MS) {
            return None;
        }
        match self.skips_left.get() {
            // The last few come while the first part is written, and go with it.
            0 => Some(expected - expected.div_ceil(32)),
            left => {
                self.skips_left.set(left - 1);
                None
            }
        }
    }

    /// A wait ended, with enough or in vain.
    pub(super) fn has_ended(&self, is_enough: bool) {
        let skips = match self.skips.get() {
            _ if is_enough => 0,
            skips => (2 * skips).clamp(COMMIT_DELAY_SKIPS_MIN, COMMIT_DELAY_SKIPS_MAX),
        };
        self.skips.set(skips);
        self.skips_left.set(skips);
    }
}

/// Whether so many commands are to wait until there are enough. Most do not wait for the last few: those may be of people who speak by
/// themselves, and do not come because the others have been answered.
pub(super) fn is_worth_a_wait(waiting: usize, enough: usize) -> bool {
    waiting + waiting / 2 < enough
}

#[cfg(test)]
mod tests {
    use super::{CommitDelay, is_worth_a_wait};
    use sala_core::limits::{
        BATCH_COMMANDS_MAX, COMMIT_DELAY_COMMANDS_MIN, COMMIT_DELAY_SEEN_MS, COMMIT_DELAY_SKIPS_MAX,
        COMMIT_DELAY_SKIPS_MIN,
    };
    use std::time::Duration;
    use tokio::time::Instant;

    /// What is enough after so many were answered just now.
    fn enough(delay: &CommitDelay, commands: usize) -> Option<usize> {
        let now = Instant::now();
        delay.expect(commands, now);
        delay.take_enough(now)
    }

    #[test]
    fn nearly_all_of_many_are_waited_for_and_nobody_of_few() {
        let delay = CommitDelay::default();
        assert_eq!(enough(&delay, COMMIT_DELAY_COMMANDS_MIN - 1), None);
        assert_eq!(enough(&delay, 20), Some(19));
        assert_eq!(enough(&delay, 64), Some(62));
        assert_eq!(delay.take_enough(Instant::now()), None, "nothing was let out since");
        assert!(enough(&delay, 2 * BATCH_COMMANDS_MAX).unwrap() <= BATCH_COMMANDS_MAX);
    }

    #[test]
    fn twenty_do_not_wait_for_two_who_speak_by_themselves() {
        assert!(!is_worth_a_wait(20, 21) && !is_worth_a_wait(62, 62));
        assert!(is_worth_a_wait(3, 62) && is_worth_a_wait(32, 62));
    }

    #[test]
    fn nobody_waits_for_those_who_were_answered_long_ago() {
        let (delay, now) = (CommitDelay::default(), Instant::now());
        delay.expect(64, now);
        assert_eq!(delay.take_enough(now + Duration::from_millis(COMMIT_DELAY_SEEN_MS + 1)), None);
    }

    /// How many batches begin at once now, before one waits.
    fn skips(delay: &CommitDelay) -> u32 {
        (0..).find(|_| enough(delay, 64).is_some()).unwrap()
    }

    #[test]
    fn a_wait_in_vain_is_followed_by_some_batches_without_and_each_more_by_twice_as_many() {
        let delay = CommitDelay::default();
        delay.has_ended(false);
        assert_eq!(skips(&delay), COMMIT_DELAY_SKIPS_MIN);
        delay.has_ended(false);
        assert_eq!(skips(&delay), 2 * COMMIT_DELAY_SKIPS_MIN);
        (0..32).for_each(|_| delay.has_ended(false));
        assert_eq!(skips(&delay), COMMIT_DELAY_SKIPS_MAX);
        delay.has_ended(true);
        assert_eq!(skips(&delay), 0);
        delay.has_ended(false);
        assert_eq!(skips(&delay), COMMIT_DELAY_SKIPS_MIN);
    }
}
