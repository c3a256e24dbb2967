//! Keeps later posts of a session from overtaking those that were refused for now.

use crate::entry::PostNumber;
use crate::limits::POSTS_REFUSED_MAX;
use std::collections::BTreeSet;

/// The posts of a session that were refused for now and have not come again. Until the lowest of them has, later ones
/// are refused as well. It is not enough to remember the lowest: it may turn out to be stored, by an earlier connection
/// of the device whose commands were still on their way, and then never comes again.
#[derive(Debug, Default)]
pub(super) struct Gate(BTreeSet<PostNumber>);

impl Gate {
    /// Whether an earlier post than this one is still to come. Nothing up to the device's `highest` stored number is:
    /// it is stored, or passed over for good.
    pub(super) fn holds(&mut self, n: PostNumber, highest: u64) -> bool {
        while self.0.first().is_some_and(|first| first.value() <= highest) {
            self.0.pop_first();
        }
        self.0.first().is_some_and(|first| *first < n)
    }

    /// The post was refused for now.
    pub(super) fn refused(&mut self, n: PostNumber) {
        if (self.0.len() as u64) < POSTS_REFUSED_MAX || self.0.first().is_some_and(|first| n < *first) {
            self.0.insert(n);
        }
    }

    /// The post has come again, and is on its way.
    pub(super) fn admitted(&mut self, n: PostNumber) {
        self.0.remove(&n);
    }
}
