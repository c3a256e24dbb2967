//! Follows a store with an index: says when it wants to be called, and needs neither a thread nor a clock for it.

use super::{Hit, Index, Unwritten};
use crate::store::{ReadError, Reader};
use sala_core::entry::Position;
use sala_core::limits::PAGE_ENTRIES_MAX;
use sala_core::server::Query;
use sala_core::time::Tick;

/// Bytes of entries that are read, and then taken in at once, while searches wait: some thousands of short posts.
const SEARCH_BATCH_BYTES_MAX: usize = 512 * 1024;
/// How long entries are gathered before they are taken in, in milliseconds, so that a busy server does not flush two files
/// for each of its commits. Whoever searches does not wait for it.
const SEARCH_GATHER_MS: u64 = 1_000;
/// How long an index is left alone that cannot be written, or a store that cannot be read, in milliseconds.
const SEARCH_RETRY_MS: u64 = 5_000;
/// How long what is deleted may lie about in the file of the index, in milliseconds.
pub const SEARCH_SCRUB_MS: u64 = 60_000;
/// How many times as long as a scrub takes the next one is waited for, so that a large index is not always scrubbed.
const SEARCH_SCRUB_SHARE: u64 = 100;

/// Why the index is behind the store.
#[derive(Debug, thiserror::Error)]
enum Behind {
    #[error(transparent)]
    Unread(#[from] ReadError),
    #[error(transparent)]
    Unwritten(#[from] Unwritten),
}

/// An index, the store that it follows, and what is to be done next. Whoever drives it calls [`go_on`](Follower::go_on)
/// whenever it is [`due`](Follower::due).
pub struct Follower {
    index: Index,
    store: Reader,
    /// The index is of this store.
    checked: bool,
    /// How much was indexed a moment ago.
    reached: Position,
    /// The last try to take something in failed.
    failed: bool,
    /// When the store is looked at next; none if that is for a commit to say.
    look_at: Option<Tick>,
    /// When the file is scrubbed next, if it has to be.
    scrub_at: Option<Tick>,
    /// At least how long after it has to be.
    scrub_after_ms: u64,
}

impl Follower {
    /// An index that is to follow this store from now on.
    #[must_use]
    pub fn new(index: Index, store: Reader, now: Tick) -> Self {
        Follower {
            index,
            store,
            checked: false,
            reached: Position(0),
            failed: false,
            look_at: Some(now),
            scrub_at: None,
            scrub_after_ms: SEARCH_SCRUB_MS,
        }
    }

    /// When there is something to do; none before the next commit.
    #[must_use]
    pub fn due(&self) -> Option<Tick> {
        self.look_at.into_iter().chain(self.scrub_at).min()
    }

    /// Something was committed. Whoever says so may forget it: it is not overlooked.
    pub fn committed(&mut self, now: Tick) {
        self.look_at.get_or_insert(now.after(SEARCH_GATHER_MS));
    }

    /// Does what is due, a part of it if it is much. `clock` says how long a scrub has taken.
    pub fn go_on(&mut self, clock: impl Fn() -> Tick) {
        let now = clock();
        if self.look_at.is_some_and(|at| at <= now) {
            self.follow(now);
        }
        if self.scrub_at.is_some_and(|at| at <= now) {
            self.scrub(clock);
        }
        self.settle(now);
    }

    /// Finds posts, the newest first, as [`Index::search`] does. Whoever searches has seen what was committed before, so
    /// that is taken in first.
    pub fn find(&mut self, query: &Query, now: Tick) -> Vec<Hit> {
        if self.look_at.is_some() && !self.failed {
            self.follow(now);
        }
        let found = self.index.search(query);
        self.settle(now);
        found
    }

    fn settle(&mut self, now: Tick) {
        // It was damaged, and is made anew: not at once, since that may happen again.
        if self.index.indexed() < self.reached {
            self.retry(now);
        }
        self.reached = self.index.indexed();
        if self.index.is_stale() {
            self.scrub_at.get_or_insert(now.after(self.scrub_after_ms));
        }
    }

    /// Takes in one batch.
    fn follow(&mut self, now: Tick) {
        match self.take() {
            Ok(more) => (self.failed, self.look_at) = (false, more.then_some(now)),
            Err(error) => {
                tracing::warn!(%error, "the search is behind");
                self.retry(now);
            }
        }
    }

    fn retry(&mut self, now: Tick) {
        self.failed = true;
        self.look_at = Some(now.after(SEARCH_RETRY_MS));
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

    fn scrub(&mut self, clock: impl Fn() -> Tick) {
        let start = clock();
        if let Err(error) = self.index.scrub() {
            tracing::warn!(%error, "what was deleted may still lie about in the index for searching");
        }
        self.scrub_at = None;
        self.scrub_after_ms = (clock().since(start) * SEARCH_SCRUB_SHARE).max(SEARCH_SCRUB_MS);
    }
}
