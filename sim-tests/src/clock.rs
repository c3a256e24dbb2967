//! The simulated world's clocks.

use sala_core::time::{Now, Tick, Wall};
use sala_net::clock::Clock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The wall clock when a simulation starts: 2026-01-01T00:00Z.
const START_MS: u64 = 1_767_225_600_000;

/// A clock that the world moves. Its wall clock may be put wrong; its ticks never are.
#[derive(Clone, Debug, Default)]
pub struct SimClock {
    elapsed_ms: Arc<AtomicU64>,
    skew_ms: Arc<AtomicI64>,
    /// When it was put wrong, and by how much it is wrong from then on.
    jumps: Arc<Mutex<Vec<(u64, i64)>>>,
}

impl SimClock {
    /// Moves the clock to this many milliseconds after the start.
    pub fn set(&self, elapsed_ms: u64) {
        self.elapsed_ms.store(elapsed_ms, Ordering::Relaxed);
    }

    /// Puts the wall clock wrong by this many milliseconds.
    pub fn skew(&self, skew_ms: i64) {
        self.skew_ms.store(skew_ms, Ordering::Relaxed);
        self.jumps.lock().unwrap_or_else(PoisonError::into_inner).push((self.elapsed_ms(), skew_ms));
    }

    /// The earliest and the latest time that the wall clock has shown between two moments of the simulation, which are
    /// given in milliseconds since its start.
    #[must_use]
    pub fn walls(&self, from_ms: u64, to_ms: u64) -> (Wall, Wall) {
        let jumps = self.jumps.lock().unwrap_or_else(PoisonError::into_inner);
        let first = jumps.partition_point(|(at_ms, _)| *at_ms <= from_ms);
        let before = first.checked_sub(1).map_or(0, |index| jumps[index].1);
        let later = jumps[first..].iter().take_while(|(at_ms, _)| *at_ms <= to_ms).copied();
        let pieces: Vec<(u64, i64)> = std::iter::once((from_ms, before)).chain(later).collect();
        let ends = pieces[1..].iter().map(|(at_ms, _)| *at_ms).chain([to_ms]);
        let wall = |at_ms: u64, skew_ms| START_MS.saturating_add(at_ms).saturating_add_signed(skew_ms);
        let earliest = pieces.iter().map(|(at_ms, skew_ms)| wall(*at_ms, *skew_ms)).min();
        let latest = pieces.iter().zip(ends).map(|((_, skew_ms), end_ms)| wall(end_ms, *skew_ms)).max();
        (Wall(earliest.unwrap_or_default()), Wall(latest.unwrap_or_default()))
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
