//! What time it is: the one place where the world's clocks are read.

use sala_core::time::{Now, Tick, Wall};

/// A source of time.
pub trait Clock: Clone + 'static {
    /// The time on both clocks.
    fn now(&self) -> Now;
}

/// The computer's clocks.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: tokio::time::Instant,
    /// What the wall showed then, if it goes with the ticks and is not looked at again.
    wall: Option<Wall>,
}

impl SystemClock {
    /// A clock whose ticks count from now.
    #[must_use]
    pub fn new() -> Self {
        SystemClock { start: tokio::time::Instant::now(), wall: None }
    }

    /// A clock whose wall shows this time now, and goes with its ticks: where tokio's time stands still, so does it.
    #[must_use]
    pub fn beginning_at(wall: Wall) -> Self {
        SystemClock { wall: Some(wall), ..SystemClock::new() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
    fn now(&self) -> Now {
        let tick = Tick(millis(self.start.elapsed()));
        if let Some(wall) = self.wall {
            return Now { tick, wall: wall.after(tick.0) };
        }
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Now { tick, wall: Wall(millis(wall)) }
    }
}

/// A duration in whole milliseconds; one of 500 million years or more is cut.
#[must_use]
pub fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
