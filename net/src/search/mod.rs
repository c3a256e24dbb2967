//! Search in what was said: an index beside the store, which can be deleted at any time, since it is made again from the log.

mod change;
mod fresh;
mod words;
mod part;
mod tokenizer;
mod file;
mod taking;
mod seek;
mod index;
mod follower;
mod thread;

pub use change::{Change, Changes};
pub use follower::{Follower, SEARCH_SCRUB_MS};
pub use fresh::Fresh;
pub use index::{Behind, Index};
pub use thread::Search;

use crate::store::ReadError;
use sala_core::entry::{LogId, Position, Seq};
use sala_core::server::Query;

/// Finds posts in a store that it follows.
pub trait Finder: Clone + 'static {
    /// Says that something was committed: it is to be found soon. If something was erased with it, nothing that came
    /// before is held in memory from now on.
    fn committed(&self, changes: Changes, erases: bool);

    /// Finds posts, the newest first.
    ///
    /// # Errors
    /// See [`FindError`].
    fn find(&self, query: Query) -> impl Future<Output = Result<Vec<Hit>, FindError>>;
}

/// Why nothing was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// Too many searches wait already.
    #[error("too many searches wait; try again in a moment")]
    Busy,
    /// Nobody looks any more: the server ends, or what looks has broken down.
    #[error("the search has ended; it is back when the server is started anew")]
    Gone,
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

/// The last entry that was taken in; position 0 before the first one.
#[derive(Clone, Debug, Default)]
struct Taken {
    position: Position,
    /// The log's sum there; empty if that cannot be read.
    sum: Vec<u8>,
}

/// What failed.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Index(#[from] rusqlite::Error),
    #[error(transparent)]
    Store(#[from] ReadError),
}
