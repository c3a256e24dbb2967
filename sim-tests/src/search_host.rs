//! The index for searching without a thread of its own: it follows the store in tasks of the simulated server.

use sala_core::limits::PAGE_ENTRIES_MAX;
use sala_core::server::Query;
use sala_net::search::{Busy, Finder, Hit, Index, Unwritten};
use sala_net::store::{ReadError, Reader};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

/// How long commits are gathered before the index takes them in.
const GATHER: Duration = Duration::from_millis(250);
/// Pause after the index could not be written.
const RETRY: Duration = Duration::from_secs(5);
/// How long words that are gone may lie about in the file. The real thread takes its time; a run has less of it.
pub const SCRUB_MS: u64 = 20_000;

/// The index and the store that it follows.
#[derive(Clone)]
pub struct InlineFinder(Rc<Follower>);

struct Follower {
    index: RefCell<Index>,
    store: Reader,
    committed: Notify,
    /// The index is of this store.
    checked: Cell<bool>,
    /// The last try to take something in failed.
    failed: Cell<bool>,
}

/// Why the index is behind the store; it is as well to try again whatever it was.
struct Behind;

impl From<ReadError> for Behind {
    fn from(_: ReadError) -> Self {
        Behind
    }
}

impl From<Unwritten> for Behind {
    fn from(_: Unwritten) -> Self {
        Behind
    }
}

impl InlineFinder {
    /// An index that is to follow this store.
    #[must_use]
    pub fn new(index: Index, store: Reader) -> Self {
        let committed = Notify::new();
        // What was committed before the start.
        committed.notify_one();
        let (checked, failed) = (Cell::new(false), Cell::new(false));
        InlineFinder(Rc::new(Follower { index: RefCell::new(index), store, committed, checked, failed }))
    }

    /// Takes in what is committed, and sweeps out what is gone, for ever.
    pub async fn follow(self) {
        let Follower { index, committed, .. } = &*self.0;
        let sweep = async {
            loop {
                tokio::time::sleep(Duration::from_millis(SCRUB_MS / 2)).await;
                // What could not be swept out is tried again the next time.
                index.borrow_mut().scrub().ok();
            }
        };
        let take = async {
            loop {
                committed.notified().await;
                tokio::time::sleep(GATHER).await;
                if self.0.take().is_err() {
                    self.0.failed.set(true);
                    tokio::time::sleep(RETRY).await;
                    committed.notify_one();
                }
            }
        };
        tokio::select! { biased;
            () = take => {}
            () = sweep => {}
        }
    }
}

impl Follower {
    fn take(&self) -> Result<(), Behind> {
        let mut index = self.index.borrow_mut();
        if !self.checked.get() {
            let before = sala_core::entry::Position(index.indexed().0.saturating_sub(1));
            index.check(self.store.after(before, 1)?.rows.first())?;
            self.checked.set(true);
        }
        loop {
            let read = self.store.after(index.indexed(), PAGE_ENTRIES_MAX)?;
            let last = read.rows.last().map(|row| row.0);
            index.take(&read.rows)?;
            if !read.more && last.is_none_or(|last| index.indexed() >= last) {
                self.failed.set(false);
                return Ok(());
            }
        }
    }
}

impl Finder for InlineFinder {
    fn committed(&self) {
        self.0.committed.notify_one();
    }

    async fn find(&self, query: Query) -> Result<Vec<Hit>, Busy> {
        // Whoever searches has seen what was committed before, so that is taken in first.
        if !self.0.failed.get() && self.0.take().is_err() {
            self.0.failed.set(true);
            self.0.committed.notify_one();
        }
        Ok(self.0.index.borrow_mut().search(&query))
    }
}
