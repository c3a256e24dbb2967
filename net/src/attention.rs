//! How much is logged of what strangers do, who decide how often they do it.

use sala_core::limits::{STRANGERS_LOGGED_BURST, STRANGERS_LOGGED_PER_SECOND, STRANGERS_UNLOGGED_TOLD_MS};
use std::cell::RefCell;
use tokio::time::Instant;

thread_local! {
    static DOOR: RefCell<Option<(Instant, Attention)>> = const { RefCell::new(None) };
}

/// Whether a line may be logged now of somebody who is no session yet, and how many were not that nobody was told of.
pub fn at_the_door() -> Option<u64> {
    DOOR.with_borrow_mut(|door| {
        let (start, attention) = door.get_or_insert_with(|| (Instant::now(), Attention::new()));
        attention.line(u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX))
    })
}

/// Lines that may be logged; what goes beyond is counted, and told now and then with a line.
#[derive(Debug)]
pub struct Attention {
    /// In thousandths of a line.
    left: u64,
    filled_ms: u64,
    unlogged: u64,
    /// When it was told last how many were not logged.
    told_ms: Option<u64>,
}

impl Attention {
    /// As much as may be at once.
    #[must_use]
    pub const fn new() -> Self {
        Attention { left: STRANGERS_LOGGED_BURST * 1_000, filled_ms: 0, unlogged: 0, told_ms: None }
    }

    /// Whether a line may be logged now, and how many were not, if that is to be told with it.
    pub fn line(&mut self, now_ms: u64) -> Option<u64> {
        let gained = now_ms.saturating_sub(self.filled_ms).saturating_mul(STRANGERS_LOGGED_PER_SECOND);
        self.left = self.left.saturating_add(gained).min(STRANGERS_LOGGED_BURST * 1_000);
        self.filled_ms = self.filled_ms.max(now_ms);
        match self.left.checked_sub(1_000) {
            Some(left) => {
                self.left = left;
                let told = self.told_ms.is_some_and(|told| now_ms < told + STRANGERS_UNLOGGED_TOLD_MS);
                if told || self.unlogged == 0 {
                    return Some(0);
                }
                self.told_ms = Some(now_ms);
                Some(std::mem::take(&mut self.unlogged))
            }
            None => {
                self.unlogged += 1;
                None
            }
        }
    }
}

impl Default for Attention {
    fn default() -> Self {
        Attention::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Attention;
    use sala_core::limits::{
        STRANGERS_LOGGED_BURST, STRANGERS_LOGGED_PER_SECOND, STRANGERS_UNLOGGED_TOLD_MS,
    };

    #[test]
    fn whoever_does_much_is_logged_a_little_and_counted() {
        let mut attention = Attention::new();
        let logged = (0..5_000).filter(|_| attention.line(0).is_some()).count() as u64;
        assert_eq!(logged, STRANGERS_LOGGED_BURST);
        assert_eq!(attention.line(1_000), Some(5_000 - STRANGERS_LOGGED_BURST));
        let second = (0..5_000).filter(|_| attention.line(1_000).is_some()).count() as u64;
        assert_eq!(second + 1, STRANGERS_LOGGED_PER_SECOND);
        // A clock that goes back gives nothing.
        assert_eq!(attention.line(500), None);
        // It is told how many, but not with each line.
        assert_eq!(attention.line(1_000 + STRANGERS_UNLOGGED_TOLD_MS - 1), Some(0));
        let unlogged = 5_000 - second + 1;
        assert_eq!(attention.line(1_000 + STRANGERS_UNLOGGED_TOLD_MS), Some(unlogged));
    }
}
