//! The index on a thread of its own: it follows the store, and finds posts in between.

use super::{Changes, FindError, Finder, Follower, Fresh, Hit, Index};
use crate::clock::{Clock as _, SystemClock};
use crate::store::Reader;
use crate::thread::{self, ThreadError};
use sala_core::limits::SEARCHES_WAITING_MAX;
use sala_core::server::Query;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;
use tokio::sync::oneshot;

/// An index that follows a store by itself. Its thread ends, after what it is about, when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Search {
    asks: SyncSender<Ask>,
    /// Something was committed that the thread has not looked at.
    committed: Arc<AtomicBool>,
    /// What that was.
    fresh: Fresh,
}

#[derive(Debug)]
enum Ask {
    /// Something was committed.
    Look,
    Find(Query, oneshot::Sender<Vec<Hit>>),
    /// The server ends.
    End(oneshot::Sender<()>),
}

impl Search {
    /// Starts to index what `store` reads into the file at `path`. Nothing waits for it: what is not indexed yet is not
    /// found yet.
    ///
    /// # Errors
    /// See [`ThreadError`].
    pub fn start(path: &Path, store: Reader) -> Result<Self, ThreadError> {
        let (asks, inbox) = mpsc::sync_channel(SEARCHES_WAITING_MAX);
        let committed = Arc::new(AtomicBool::new(false));
        let fresh = Fresh::default();
        let (path, noticed, kept) = (path.to_owned(), Arc::clone(&committed), fresh.clone());
        thread::start("sala-search", move || {
            let clock = SystemClock::new();
            let follower = Follower::new(Index::open(&path, None), store, kept, clock.now().tick);
            run(follower, clock, &noticed, &inbox);
        })?;
        Ok(Search { asks, committed, fresh })
    }

    /// Ends the thread, so that the next start can go on where it was. If the process ends without it, the last hundred
    /// thousands of posts are taken in again.
    pub async fn end(&self) {
        let (answer, answered) = oneshot::channel();
        if self.asks.try_send(Ask::End(answer)).is_ok() {
            answered.await.ok();
        }
    }
}

impl Finder for Search {
    /// Says that something was committed: within a second it is found, if the thread is not busy with much else.
    fn committed(&self, changes: Changes, erases: bool) {
        let much = self.fresh.push(changes, erases);
        if !self.committed.swap(true, Ordering::AcqRel) || much {
            // A full queue keeps the thread awake, so that it sees the mark without being told.
            self.asks.try_send(Ask::Look).ok();
        }
    }

    /// Finds posts, the newest first, as [`Index::search`] does.
    ///
    /// # Errors
    /// See [`FindError`]; busy when `SEARCHES_WAITING_MAX` wait already.
    async fn find(&self, query: Query) -> Result<Vec<Hit>, FindError> {
        let (answer, answered) = oneshot::channel();
        self.asks.try_send(Ask::Find(query, answer)).map_err(|error| match error {
            TrySendError::Full(_) => FindError::Busy,
            TrySendError::Disconnected(_) => FindError::Gone,
        })?;
        answered.await.map_err(|_| FindError::Gone)
    }
}

fn run(mut follower: Follower, clock: SystemClock, committed: &AtomicBool, inbox: &Receiver<Ask>) {
    let now = || clock.now().tick;
    loop {
        // A commit came between that look and the one before it: nobody will say so again.
        if follower.due().is_none() && committed.swap(false, Ordering::AcqRel) {
            follower.committed(now());
        }
        let ask = match follower.due() {
            Some(at) => inbox.recv_timeout(Duration::from_millis(at.since(now()))),
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        // The mark stays until the store is about to be read, so that commits before that wake nobody; it is taken away before
        // it is read, so that what is committed meanwhile leaves its mark.
        if committed.load(Ordering::Acquire) {
            follower.committed(now());
            if matches!(ask, Ok(Ask::Find(..))) || follower.due().is_some_and(|at| at <= now()) {
                committed.swap(false, Ordering::AcqRel);
            }
        }
        match ask {
            // Whoever asked may be gone by now.
            Ok(Ask::Find(_, answer)) if answer.is_closed() => {}
            Ok(Ask::Find(query, answer)) => drop(answer.send(follower.find(&query, now()))),
            Ok(Ask::Look) | Err(RecvTimeoutError::Timeout) => {}
            Ok(Ask::End(answer)) => {
                drop(follower);
                answer.send(()).ok();
                return;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
        follower.go_on(now);
    }
}
