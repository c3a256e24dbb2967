//! The simulated world's clocks.

use sala_core::time::{Now, Tick, Wall};
use sala_net::clock::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// The wall clock when a simulation starts: 2026-01-01T00:00Z.
const START_MS: u64 = 1_767_225_600_000;

/// A clock that the world moves. Its wall clock may be put wrong; its ticks never are.
#[derive(Clone, Debug, Default)]
pub struct SimClock {
    elapsed_ms: Arc<AtomicU64>,
    skew_ms: Arc<AtomicI64>,
}

impl SimClock {
    /// Moves the clock to this many milliseconds after the start.
    pub fn set(&self, elapsed_ms: u64) {
        self.elapsed_ms.store(elapsed_ms, Ordering::Relaxed);
    }

    /// Puts the wall clock wrong by this many milliseconds.
    pub fn skew(&self, skew_ms: i64) {
        self.skew_ms.store(skew_ms, Ordering::Relaxed);
    }

    /// How long the simulation has gone on, in milliseconds.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        self.elapsed_ms.load(Ordering::Relaxed)
    }

    /// By how much the wall clock is wrong, in milliseconds.
    #[must_use]
    pub fn skewed_ms(&self) -> i64 {
        self.skew_ms.load(Ordering::Relaxed)
    }

    /// The wall clock, in milliseconds since 1970.
    #[must_use]
    pub fn wall_ms(&self) -> u64 {
        let elapsed = START_MS + self.elapsed_ms.load(Ordering::Relaxed);
        elapsed.saturating_add_signed(self.skew_ms.load(Ordering::Relaxed))
    }
}

impl Clock for SimClock {
    fn now(&self) -> Now {
        Now { tick: Tick(self.elapsed_ms.load(Ordering::Relaxed)), wall: Wall(self.wall_ms()) }
    }
}
