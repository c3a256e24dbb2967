//! Faults of single operations on a simulated disk.

use rand::RngExt;
use rand::rngs::StdRng;

/// The operations that can be told to fail with an input/output error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Reading from a file.
    Read,
    /// Writing to a file, cutting it to a length, or deleting its name.
    Write,
    /// Making the content of a file durable.
    Sync,
}

/// When operations of one kind fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// None of them.
    Never,
    /// Each of them with a chance of one in this many; 0 is the same as never.
    OneIn(u32),
    /// The n-th from now, counted from 1, and no other.
    Nth(u64),
}

/// A rule for failing, with what it has seen since it was set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    failing: Failing,
    seen: u64,
}

impl Fault {
    pub(super) fn new(failing: Failing) -> Fault {
        Fault { failing, seen: 0 }
    }

    /// Counts one more operation; true if it has to fail.
    pub(super) fn strikes(&mut self, random: &mut StdRng) -> bool {
        self.seen += 1;
        match self.failing {
            Failing::Never | Failing::OneIn(0) => false,
            Failing::OneIn(many) => random.random_ratio(1, many),
            Failing::Nth(nth) => self.seen == nth,
        }
    }
}
