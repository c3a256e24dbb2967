//! How a world is made.

use crate::server_host::Threads;
use sala_core::server::Quota;

/// How a world is made.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Draws all chance of the run.
    pub seed: u64,
    /// How finely time is cut, in milliseconds.
    pub tick_ms: u64,
    /// Shortest and longest time that a message takes, in milliseconds.
    pub latency_ms: (u64, u64),
    /// Whether streams are cut at odd places.
    pub cuts: bool,
    /// Longest time that the disk takes for a write, twice, in milliseconds.
    pub write_ms_max: u64,
    /// Pages with which the write-ahead log is moved into the database, if not the usual.
    pub wal_pages: Option<u64>,
    /// Threads that connections live on, if not only the one on which the server decides.
    pub threads: Option<Threads>,
    /// What a session may ask.
    pub quota: Quota,
    /// Writes that a stream takes before its reader reads, and connections that wait to be taken in.
    pub capacity: usize,
}

impl Setup {
    /// The usual world: a quick network, a quick disk, streams cut at odd places; on odd seeds, connections on another thread.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Setup {
            seed,
            tick_ms: 1,
            latency_ms: (1, 5),
            cuts: true,
            write_ms_max: 2,
            wal_pages: None,
            threads: (seed % 2 == 1).then_some(Threads {
                count: 1,
                pause_ms: 3,
                home_min: 0,
                is_narrow: false,
            }),
            quota: Quota {
                posts_burst: 100_000,
                posts_per_second: 100_000,
                // All guests of a story are at one address.
                names_per_address_burst: 1_000,
                sign_ins_per_address_burst: 1_000,
                ..Quota::default()
            },
            capacity: 4_096,
        }
    }
}
