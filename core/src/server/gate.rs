//! Keeps later posts of a session from overtaking those that were refused for now.

use crate::entry::PostNumber;
use crate::limits::POSTS_REFUSED_MAX;
use crate::rare::Rare;
use std::collections::BTreeSet;

/// The posts of a session that were refused for now and have not come again. Until the lowest of them has, later ones
/// are refused as well. It is not enough to remember the lowest: it may turn out to be stored, by an earlier connection
/// of the device whose commands were still on their way, and then never comes again.
#[derive(Debug, Default)]
pub(super) struct Gate(Rare<BTreeSet<PostNumber>>);

impl Gate {
    /// Whether an earlier post than this one is still to come. Nothing up to the device's `highest` stored number is:
    /// it is stored, or passed over for good.
    pub(super) fn holds(&mut self, n: PostNumber, highest: u64) -> bool {
        let holds = self.0.if_any(|refused| {
            while refused.first().is_some_and(|first| first.value() <= highest) {
                refused.pop_first();
            }
            refused.first().is_some_and(|first| *first < n)
        });
        holds.unwrap_or(false)
    }

    /// The post was refused for now.
    pub(super) fn refused(&mut self, n: PostNumber) {
        self.0.change(|refused| {
            if (refused.len() as u64) < POSTS_REFUSED_MAX || refused.first().is_some_and(|first| n < *first) {
                refused.insert(n);
            }
        });
    }

    /// The post has come again, and is on its way.
    pub(super) fn admitted(&mut self, n: PostNumber) {
        self.0.if_any(|refused| refused.remove(&n));
    }
}
