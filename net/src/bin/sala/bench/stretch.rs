//! The parts of a run that are measured.

use super::process::Usage;
use super::report::{Report, approximate};
use super::tally::Delays;
use std::time::Duration;

/// A part of a run that is measured, and what was found of it.
///
/// How much is delivered is what was heard in that time. How soon is told by the posts that were due in it, whenever they are
/// heard: what a server that stalls owes at the end counts in full.
#[derive(Debug)]
pub(super) struct Stretch {
    /// What is so in this part alone, as the end of its figures' names.
    meanwhile: &'static str,
    /// From when on, in microseconds from the start of the run,
    from_us: u64,
    /// and up to when, once it is over.
    upto_us: Option<u64>,
    delays: Delays,
    heard: Heard,
}

/// What was heard in a stretch, and what that cost.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) time: Duration,
    pub(super) deliveries: u64,
    pub(super) posts: u64,
    /// What the server's process had used before and after, if we know which it is.
    pub(super) usage: Option<(Usage, Usage)>,
}

impl Stretch {
    /// One that begins now.
    pub(super) fn begin(meanwhile: &'static str, now_us: u64) -> Self {
        let (delays, heard) = (Delays::default(), Heard::default());
        Stretch { meanwhile, from_us: now_us, upto_us: None, delays, heard }
    }

    /// It is over, but for what is still to be heard of what was due in it.
    pub(super) fn end(&mut self, now_us: u64, heard: Heard) {
        self.upto_us = Some(now_us);
        self.heard = heard;
    }

    /// Takes in how long after it was due something was heard. Tells whether it was due in this stretch.
    pub(super) fn add(&mut self, due_us: u64, now_us: u64) -> bool {
        let is_ours = due_us >= self.from_us && self.upto_us.is_none_or(|upto| due_us < upto);
        if is_ours {
            self.delays.add(now_us.saturating_sub(due_us));
        }
        is_ours
    }

    pub(super) fn report(&self, report: &mut Report) {
        let Stretch { delays, heard: Heard { time, deliveries, posts, usage }, .. } = self;
        let of_each_second = |count: u64| approximate(count) / time.as_secs_f64();
        report.meanwhile(self.meanwhile);
        report.figure("deliveries", of_each_second(*deliveries), "/s");
        report.figure("posts", of_each_second(*posts), "/s");
        report.delays("delay", delays);
        report.usage(*usage, *time, *deliveries);
        report.meanwhile("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_counts_where_it_was_due_whenever_it_is_heard() {
        let mut stretch = Stretch::begin("", 1_000);
        assert!(!stretch.add(999, 1_500), "it was due before");
        assert!(stretch.add(1_000, 1_500));
        stretch.end(2_000, Heard::default());
        assert!(!stretch.add(2_000, 2_100), "it is due after");
        assert!(stretch.add(1_999, 5_001_999));
        assert!((5_000.0..5_010.0).contains(&stretch.delays.max_ms()), "{stretch:?}");
    }
}
