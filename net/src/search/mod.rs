//! Search in what was said: an index beside the store, which can be deleted at any time, since it is made again from the log.

mod words;
mod file;
mod index;
mod follower;
mod thread;

pub use follower::{Follower, SEARCH_SCRUB_MS};
pub use index::{Index, Unwritten};
pub use thread::{Busy, Search};

use sala_core::entry::{LogId, Position, Seq};
use sala_core::server::Query;

/// Where an entry stands, and what it says, as the store reads it.
pub type Row = (Position, LogId, Seq, Vec<u8>);

/// Finds posts in a store that it follows.
pub trait Finder: Clone + 'static {
    /// Says that something was committed: it is to be found soon.
    fn committed(&self);

    /// Finds posts, the newest first.
    ///
    /// # Errors
    /// When too many searches wait already.
    fn find(&self, query: Query) -> impl Future<Output = Result<Vec<Hit>, Busy>>;
}

/// A post that was found. What it says stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its place in the order of all entries.
    pub position: Position,
    /// Its room.
    pub log: LogId,
    /// Its place there.
    pub seq: Seq,
}
