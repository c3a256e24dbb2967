//! Follows a store with an index: says when it wants to be called, and needs neither a thread nor a clock for it.

use super::change::Changes;
use super::{Behind, Fresh, Hit, Index};
use crate::store::Reader;
use sala_core::entry::Position;
use sala_core::server::Query;
use sala_core::time::Tick;

/// Bytes of changes that are taken in at once, while searches wait: some thousands of short posts, which take some hundredths
/// of a second. Of less, each would cost more.
const SEARCH_BATCH_BYTES_MAX: usize = 1024 * 1024;
/// How long entries are gathered before they are taken in, in milliseconds, so that a busy server does not flush two files
/// for each of its commits. Whoever searches does not wait for it.
const SEARCH_GATHER_MS: u64 = 1_000;
/// How long an index is left alone that cannot be written, or a store that cannot be read, in milliseconds.
const SEARCH_RETRY_MS: u64 = 5_000;
/// How long what is deleted may lie about in the file of the index, in milliseconds.
pub const SEARCH_SCRUB_MS: u64 = 60_000;
/// How many times as long as a scrub takes the next one is waited for, so that a large index is not always scrubbed.
const SEARCH_SCRUB_SHARE: u64 = 100;

/// An index, the store that it follows, and what is to be done next. Whoever drives it calls [`go_on`](Follower::go_on)
/// whenever it is [`due`](Follower::due).
pub struct Follower {
    index: Index,
    store: Reader,
    /// What was committed a moment ago.
    fresh: Fresh,
    /// How much was indexed a moment ago.
    reached: Position,
    /// The last try to take something in failed.
    failed: bool,
    /// When the store is looked at next; none if that is for a commit to say.
    look_at: Option<Tick>,
    /// When the next part is scrubbed, if one has to be.
    scrub_at: Option<Tick>,
    /// At least how long after it has to be.
    scrub_after_ms: u64,
    /// How long the parts took that were scrubbed by now, if more have to be.
    scrubbed_ms: u64,
}

impl Follower {
    /// An index that is to follow this store from now on, of which `fresh` keeps what was committed last.
    #[must_use]
    pub fn new(index: Index, store: Reader, fresh: Fresh, now: Tick) -> Self {
        Follower {
            index,
            store,
            fresh,
            reached: Position(0),
            failed: false,
            look_at: Some(now),
            scrub_at: None,
            scrub_after_ms: SEARCH_SCRUB_MS,
            scrubbed_ms: 0,
        }
    }

    /// When there is something to do; none before the next commit.
    #[must_use]
    pub fn due(&self) -> Option<Tick> {
        self.look_at.into_iter().chain(self.scrub_at).min()
    }

    /// Something was committed. Whoever says so may forget it: it is not overlooked.
    pub fn committed(&mut self, now: Tick) {
        let look_at = self.look_at.get_or_insert(now.after(SEARCH_GATHER_MS));
        if !self.failed && self.fresh.is_ample() {
            *look_at = now.min(*look_at);
        }
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
        let found = self.index.search(query, &self.store);
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
        let indexed = self.index.ready(&self.store)?;
        let (changes, more) = match self.fresh.take(indexed, SEARCH_BATCH_BYTES_MAX) {
            Some(kept) => kept,
            None => Changes::read(&self.store, indexed, SEARCH_BATCH_BYTES_MAX)?,
        };
        if changes.upto > indexed {
            self.index.take(&changes, &self.store)?;
        }
        Ok(more || self.index.indexed() < changes.upto)
    }

    /// Scrubs one part; the next one, if one has to be, follows after those who search in between.
    fn scrub(&mut self, clock: impl Fn() -> Tick) {
        let start = clock();
        let scrubbed = self.index.scrub();
        let end = clock();
        self.scrubbed_ms += end.since(start);
        self.scrub_at = None;
        match scrubbed {
            Ok(()) if self.index.is_stale() => self.scrub_at = Some(end),
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(%error, "what was deleted may still lie about in the index for searching");
            }
        }
        if self.scrub_at.is_none() {
            self.scrub_after_ms = (self.scrubbed_ms * SEARCH_SCRUB_SHARE).max(SEARCH_SCRUB_MS);
            self.scrubbed_ms = 0;
        }
    }
}
