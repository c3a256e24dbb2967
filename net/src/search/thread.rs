//! The index on a thread of its own: it follows the store, and finds posts in between.

use super::{Finder, Hit, Index, Unwritten};
use crate::store::{ReadError, Reader};
use sala_core::entry::Position;
use sala_core::limits::PAGE_ENTRIES_MAX;
use sala_core::server::Query;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Searches that wait for the thread. Each takes up to some tenths of a second.
const SEARCHES_WAITING_MAX: usize = 64;
/// Bytes of entries that are read, and then taken in at once, while searches wait: some thousands of short posts.
const SEARCH_BATCH_BYTES_MAX: usize = 512 * 1024;
/// How long entries are gathered before they are taken in, in milliseconds, so that a busy server does not flush two files
/// for each of its commits.
const SEARCH_GATHER_MS: u64 = 250;
/// How long the thread leaves an index alone that cannot be written, or a store that cannot be read, in milliseconds.
const SEARCH_RETRY_MS: u64 = 5_000;
/// How long what is deleted may lie about in the file of the index, in milliseconds.
const SEARCH_SCRUB_MS: u64 = 60_000;
/// How many times as long as a scrub takes the next one is waited for, so that a large index is not always scrubbed.
const SEARCH_SCRUB_SHARE: u32 = 100;

/// An index that follows a store by itself. Its thread ends, after what it is about, when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Search {
    asks: SyncSender<Ask>,
    /// Something was committed that the thread has not looked at.
    committed: Arc<AtomicBool>,
}

/// Too many searches wait already, or the thread is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many searches wait; try again in a moment")]
pub struct Busy;

#[derive(Debug)]
enum Ask {
    /// Something was committed.
    Look,
    Find(Query, oneshot::Sender<Vec<Hit>>),
}

impl Search {
    /// Starts to index what `store` reads into the file at `path`. Nothing waits for it: what is not indexed yet is not
    /// found yet.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one thread that searches; the simulator uses the index itself"
    )]
    pub fn start(path: &Path, store: Reader) -> Self {
        let (asks, inbox) = mpsc::sync_channel(SEARCHES_WAITING_MAX);
        let committed = Arc::new(AtomicBool::new(false));
        let (path, noticed) = (path.to_owned(), Arc::clone(&committed));
        std::thread::spawn(move || {
            let follower = Follower {
                index: Index::open(&path, None),
                store,
                committed: noticed,
                checked: false,
                reached: Position(0),
                failed: false,
                look_at: Some(now()),
                scrub_at: None,
                scrub_after: Duration::from_millis(SEARCH_SCRUB_MS),
            };
            follower.run(&inbox);
        });
        Search { asks, committed }
    }
}

impl Finder for Search {
    /// Says that something was committed: within a second it is found, if the thread is not busy with much else.
    fn committed(&self) {
        if !self.committed.swap(true, Ordering::AcqRel) {
            // A full queue keeps the thread awake, so that it sees the mark without being told.
            self.asks.try_send(Ask::Look).ok();
        }
    }

    /// Finds posts, the newest first, as [`Index::search`] does.
    ///
    /// # Errors
    /// When too many searches wait already.
    async fn find(&self, query: Query) -> Result<Vec<Hit>, Busy> {
        let (answer, answered) = oneshot::channel();
        self.asks.try_send(Ask::Find(query, answer)).map_err(|_| Busy)?;
        answered.await.map_err(|_| Busy)
    }
}

/// Why the index is behind the store.
#[derive(Debug, thiserror::Error)]
enum Behind {
    #[error(transparent)]
    Unread(#[from] ReadError),
    #[error(transparent)]
    Unwritten(#[from] Unwritten),
}

/// What the thread has.
struct Follower {
    index: Index,
    store: Reader,
    committed: Arc<AtomicBool>,
    /// The index is of this store.
    checked: bool,
    /// How much was indexed a moment ago.
    reached: Position,
    /// The last try to take something in failed.
    failed: bool,
    /// When the store is looked at next; none if that is for a commit to say.
    look_at: Option<Instant>,
    /// When the file is scrubbed next, if it has to be.
    scrub_at: Option<Instant>,
    /// At least how long after it has to be.
    scrub_after: Duration,
}

#[expect(clippy::disallowed_methods, reason = "a thread of the real world; the simulator has none")]
fn now() -> Instant {
    Instant::now()
}

impl Follower {
    fn run(mut self, inbox: &Receiver<Ask>) {
        loop {
            if self.look_at.is_none() && self.committed.load(Ordering::Acquire) {
                self.look_at = Some(now() + Duration::from_millis(SEARCH_GATHER_MS));
            }
            if self.index.is_stale() {
                self.scrub_at.get_or_insert_with(|| now() + self.scrub_after);
            }
            let ask = match self.look_at.into_iter().chain(self.scrub_at).min() {
                Some(at) => inbox.recv_timeout(at.saturating_duration_since(now())),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            // Whoever searches has seen what was committed before, so that is taken in first.
            let searched = matches!(&ask, Ok(Ask::Find(..))) && !self.failed;
            if self.look_at.is_some_and(|at| searched || at <= now()) {
                self.follow();
            }
            match ask {
                // Whoever asked may be gone by now.
                Ok(Ask::Find(_, answer)) if answer.is_closed() => {}
                Ok(Ask::Find(query, answer)) => drop(answer.send(self.index.search(&query))),
                Ok(Ask::Look) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.scrub_at.is_some_and(|at| at <= now()) {
                self.scrub();
            }
            // It was damaged, and is made anew: not at once, since that may happen again.
            if self.index.indexed() < self.reached {
                self.retry();
            }
            self.reached = self.index.indexed();
        }
    }

    /// Takes in one batch.
    fn follow(&mut self) {
        // Before the store is read, so that what is committed meanwhile leaves its mark.
        self.committed.swap(false, Ordering::AcqRel);
        match self.take() {
            Ok(more) => (self.failed, self.look_at) = (false, more.then(now)),
            Err(error) => {
                tracing::warn!(%error, "the search is behind");
                self.retry();
            }
        }
    }

    fn retry(&mut self) {
        self.failed = true;
        self.look_at = Some(now() + Duration::from_millis(SEARCH_RETRY_MS));
    }

    /// Says whether there is more to take in.
    fn take(&mut self) -> Result<bool, Behind> {
        if !self.checked {
            let before = Position(self.index.indexed().0.saturating_sub(1));
            let found = self.store.after(before, 1)?;
            self.index.check(found.rows.first())?;
            self.checked = true;
        }
        let (mut rows, mut bytes, mut more) = (Vec::new(), 0, true);
        let mut last = self.index.indexed();
        while more && bytes < SEARCH_BATCH_BYTES_MAX {
            let mut page = self.store.after(last, PAGE_ENTRIES_MAX)?;
            more = page.more;
            bytes += page.rows.iter().map(|(.., body)| body.len()).sum::<usize>();
            last = page.rows.last().map_or(last, |row| row.0);
            rows.append(&mut page.rows);
        }
        self.index.take(&rows)?;
        Ok(more || self.index.indexed() < last)
    }

    fn scrub(&mut self) {
        let start = now();
        if let Err(error) = self.index.scrub() {
            tracing::warn!(%error, "what was deleted may still lie about in the index for searching");
        }
        self.scrub_at = None;
        let share = now().saturating_duration_since(start) * SEARCH_SCRUB_SHARE;
        self.scrub_after = share.max(Duration::from_millis(SEARCH_SCRUB_MS));
    }
}
