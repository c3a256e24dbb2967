//! The two times that a driver hands to a machine with every input.

use serde::{Deserialize, Serialize};

/// How long a day is.
pub(crate) const DAY_MS: u64 = 24 * 3_600_000;

/// A moment as people write it: milliseconds since 1970-01-01T00:00Z. It may jump, so no machine waits by it:
/// it is shown, and bounds what is said to hold until a day and an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wall(pub u64);

impl Wall {
    /// The moment `ms` milliseconds after this one.
    #[must_use]
    pub fn after(self, ms: u64) -> Self {
        Wall(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; none if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Wall) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A moment of a clock that never goes back: milliseconds since some start. All waiting is counted in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick(pub u64);

impl Tick {
    /// The moment `ms` milliseconds after this one.
    #[must_use]
    pub fn after(self, ms: u64) -> Self {
        Tick(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; none if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Tick) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// What time it is, on both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For waiting.
    pub tick: Tick,
    /// For showing.
    pub wall: Wall,
}
