//! Where entries are kept: what a store must do, and SQLite doing it.

mod chain;
mod kept;
mod schema;
mod upgrade;
mod open;
mod erase;
mod leaf;
mod vacuum;
mod writer;
mod reader;
mod page;
mod load;
mod verify;
mod copy;
mod threads;

pub use copy::{CopyError, copy, vacuum};
pub use open::OpenError;
pub use reader::Reader;
pub use threads::ThreadedStore;
pub use vacuum::{VacuumError, Vacuumed};
pub use verify::{Checked, VerifyReport};
pub use writer::Writer;

use sala_core::entry::{Entry, LogId, PersonId, Position, Seq};
use sala_core::server::{self, Erase, State, StateError};

/// An entry to be written.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place among all entries.
    pub position: Position,
    /// Its log.
    pub log: LogId,
    /// Its place there.
    pub seq: Seq,
    /// What it says.
    pub entry: Entry,
    /// The same, encoded: one JSON object without a newline.
    pub body: Vec<u8>,
}

/// Which entries of a log to read. They come in rising order either way; the last ones that are asked for must have been
/// written, or else they are damage, as any are that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Those after the first seq, up to and with the second.
    After(Seq, Seq),
    /// The last ones before this seq.
    Before(Seq),
}

/// Entries that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// The entries that are whole, in rising order.
    pub entries: Vec<(Seq, Vec<u8>)>,
    /// Places whose entries are damaged.
    pub damaged: Vec<Seq>,
    /// There are further ones in the direction that was read.
    pub more: bool,
}

/// Why a batch was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The disk is full. Nothing of the batch is on disk, and reading goes on.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The disk failed. What of the batch is on disk is not known, and nothing more may be written by this process.
    #[error("the disk failed: {0}")]
    Failed(String),
}

/// Why a log could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store cannot be read: {0}")]
pub struct ReadError(pub String);

/// What the store holds, added up.
#[derive(Debug)]
pub struct Loaded {
    /// The state.
    pub state: State,
    /// Where the last checkpoint stands.
    pub checkpointed: Position,
}

/// Why the state could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry is damaged, so what comes after it cannot be trusted.
    #[error("entry {seq} of log {log} is damaged; restore a backup of the data folder", seq = seq.0, log = log.0)]
    Damaged {
        /// Of which log.
        log: LogId,
        /// Its place.
        seq: Seq,
    },
    /// The last entries are missing: the checkpoint knows of more.
    #[error("the log is damaged: its entries end at position {last}, and there were {once} once; restore a backup of the data folder", last = last.0, once = once.0)]
    Shortened {
        /// Where they end.
        last: Position,
        /// Where they ended when the checkpoint was written.
        once: Position,
    },
    /// An entry cannot be understood.
    #[error(transparent)]
    Unreadable(#[from] sala_core::entry::UnreadableEntry),
    /// The entries do not add up.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Keeps entries.
pub trait LogStore: Clone + 'static {
    /// Begins a batch, which [`commit`](LogStore::commit) completes: nobody reads of these, nor are they flushed, before that.
    ///
    /// # Errors
    /// As for `commit`; the batch is given up.
    fn append(&self, rows: Vec<Row>) -> impl Future<Output = Result<(), CommitError>>;

    /// Writes a batch whole and flushed, with what was begun of it, or not at all; then, as part of the same, erases. Soon
    /// after, what was erased is gone from the files: see the store for how soon.
    ///
    /// # Errors
    /// See [`CommitError`]: full means not written, failed means not known.
    fn commit(&self, rows: Vec<Row>, erasures: Vec<Erase>) -> impl Future<Output = Result<(), CommitError>>;

    /// Keeps a state, so that the next start need not add it up again. Losing it is harmless. The one before is erased.
    ///
    /// # Errors
    /// As for `commit`.
    fn checkpoint(&self, position: Position, state: Vec<u8>)
    -> impl Future<Output = Result<(), CommitError>>;

    /// See [`Writer::vacuum`]; not between [`append`](LogStore::append) and [`commit`](LogStore::commit). Once it is done, the
    /// files are smaller soon.
    ///
    /// # Errors
    /// See [`VacuumError`].
    fn vacuum(&self, after: Position) -> impl Future<Output = Result<Vacuumed, VacuumError>>;

    /// See [`Reader::read`].
    ///
    /// # Errors
    /// When the file cannot be read at all; single damaged entries are reported in the stretch.
    fn read(
        &self,
        log: LogId,
        range: Range,
        limit: usize,
    ) -> impl Future<Output = Result<Stretch, ReadError>>;

    /// See [`Reader::page`].
    ///
    /// # Errors
    /// As for `read`.
    fn page(
        &self,
        log: LogId,
        range: Range,
        limit: usize,
    ) -> impl Future<Output = Result<Stretch, ReadError>>;

    /// See [`Reader::audit`].
    ///
    /// # Errors
    /// As for `read`.
    fn audit(
        &self,
        log: LogId,
        before: Seq,
        limit: usize,
    ) -> impl Future<Output = Result<Stretch, ReadError>>;

    /// See [`Reader::versions`].
    ///
    /// # Errors
    /// As for `read`.
    fn versions(
        &self,
        log: LogId,
        target: Seq,
        after: Option<Seq>,
    ) -> impl Future<Output = Result<Stretch, ReadError>>;

    /// See [`Reader::author`].
    ///
    /// # Errors
    /// When the file cannot be read.
    fn author(&self, log: LogId, seq: Seq) -> impl Future<Output = Result<Option<PersonId>, ReadError>>;

    /// See [`Reader::written_by`].
    ///
    /// # Errors
    /// When the file cannot be read.
    fn written_by(
        &self,
        person: PersonId,
        after: Position,
        limit: usize,
    ) -> impl Future<Output = Result<server::Stretch, ReadError>>;

    /// Adds up the checkpoint and the entries since.
    ///
    /// # Errors
    /// When they cannot be read or do not add up.
    fn load(&self) -> impl Future<Output = Result<Loaded, LoadError>>;
}
