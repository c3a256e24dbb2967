//! One batch after the other: decided, written, flushed, and only then let out.

use super::delay::is_worth_a_wait;
use super::hub::{Hub, ServeError};
use super::shard::Word;
use super::{World, witness};
use crate::order::Orderer as _;
use crate::search::{Change, Changes, Finder as _};
use crate::store::{CommitError, LogStore as _, Row};
use sala_core::entry::{Entry, LogId, Position, Seq};
use sala_core::limits::{
    BATCH_COMMANDS_MAX, BATCH_PARTS_MAX, COMMIT_DELAY_MS, GATHER_TURNS_MAX, HAND_OUT_TURNS_MAX,
};
use sala_core::mutant::planted;
use sala_core::name::RoomName;
use sala_core::server::{Erase, Input, SessionId};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Entries of a batch that is written in several parts. Fewer are written and flushed in one go, which is sooner.
const GATHER_ENTRIES_MIN: usize = 4;
/// Entries of a later part of a batch, to which another may be added.
const GATHER_MORE_ENTRIES_MIN: usize = 2;

/// What is to be let out once it is on disk.
#[derive(Default)]
struct Decided {
    /// How many commands were taken out of the order.
    commands: usize,
    entries: usize,
    position: Position,
    /// Who asked for it.
    authors: Vec<SessionId>,
    watched: Vec<(LogId, Seq, Entry)>,
    erase: Vec<Erase>,
    changes: Vec<Change>,
}

impl<W: World> Hub<W> {
    /// Takes an entry into the next batch.
    pub(super) fn append(&self, log: LogId, room: Option<&RoomName>, seq: Seq, entry: Entry) {
        self.meter.decided(log);
        let body = entry.encode();
        if let Some(room) = room {
            self.growth.borrow_mut().append(log, room, seq, &body);
        }
        let mut batch = self.batch.borrow_mut();
        batch.position = batch.position.next();
        let position = batch.position;
        if witness::may_matter(&entry) {
            batch.watched.push((log, seq, entry.clone()));
        }
        batch.changes.extend(Change::of(position, log, &entry));
        batch.rows.push(Row { position, log, seq, entry, body });
    }

    /// Lets the connections take what was released, and hears who answers it at once. So the next batch holds the answers of
    /// all, and what a batch costs each member, one write, is shared by as many entries as can be. Nobody waits while nothing
    /// was released; after a room of thousands, others do for `HAND_OUT_TURNS_MAX`.
    pub(super) async fn handed_out(&self) {
        if self.shards.home.awake() > 0 {
            self.shards.home.all_looked(HAND_OUT_TURNS_MAX).await;
            tokio::task::yield_now().await;
        }
    }

    /// Waits a moment until so many commands are there to be decided.
    pub(super) async fn delayed(&self, enough: usize) {
        if !is_worth_a_wait(self.parts.orderer.waiting(), enough) {
            return;
        }
        tokio::select! { biased;
            () = self.parts.orderer.ready(enough) => {}
            () = tokio::time::sleep(Duration::from_millis(COMMIT_DELAY_MS)) => {}
        }
        // Those who have come in this very moment are heard, too.
        tokio::task::yield_now().await;
        // On other threads, some may not have been answered yet.
        if !self.shards.are_looking() {
            self.delay.has_ended(self.parts.orderer.waiting() >= enough);
        }
    }

    /// One batch: everything that has been ordered by now, and, if that is much, what is ordered while it is being written and
    /// not flushed yet, part by part until little comes. While it is flushed, the next one gathers.
    pub(super) async fn round(self: &Rc<Self>) -> Result<(), ServeError> {
        self.have_room().await;
        let mut decided = Decided::default();
        let mut rows = self.decide(&mut decided);
        let start = Instant::now();
        let mut entries_min = GATHER_ENTRIES_MIN;
        for _ in 0..BATCH_PARTS_MAX {
            if rows.len() < entries_min {
                if !self.shards.are_looking() {
                    break;
                }
                // What is answered from other threads goes with it, too.
                self.shards.have_looked().await;
                rows.extend(self.decide(&mut decided));
                continue;
            }
            if let Err(error) = self.parts.store.append(rows).await {
                self.failed(error).await?;
                return self.keep_checkpoint().await;
            }
            // Whoever has said something meanwhile is heard before it is looked.
            self.shards.home.all_looked(GATHER_TURNS_MAX).await;
            rows = self.decide(&mut decided);
            entries_min = GATHER_MORE_ENTRIES_MIN;
        }
        if decided.entries > 0 {
            if planted("fan_out_before_commit") {
                self.grow();
                self.shards.say_to_all(Word::Release);
            }
            match self.parts.store.commit(rows, decided.erase.clone()).await {
                Ok(()) => {
                    self.meter.committed(decided.entries, start.elapsed());
                    // A shard is one batch behind at most.
                    self.shards.have_looked().await;
                    self.release(decided);
                }
                Err(error) => self.failed(error).await?,
            }
        }
        self.keep_checkpoint().await
    }

    /// Has the machine decide what has been ordered by now, as far as the batch has room for it. Gives the rows that are to be
    /// written.
    fn decide(self: &Rc<Self>, decided: &mut Decided) -> Vec<Row> {
        for command in self.parts.orderer.take(BATCH_COMMANDS_MAX - decided.commands) {
            decided.commands += 1;
            decided.authors.extend(command.origin.session);
            self.take_in(Input::Ordered(command));
            self.announce();
        }
        self.let_out();
        let mut batch = self.batch.borrow_mut();
        decided.entries += batch.rows.len();
        decided.watched.append(&mut batch.watched);
        decided.erase.append(&mut batch.erase);
        decided.changes.append(&mut batch.changes);
        decided.position = batch.position;
        std::mem::take(&mut batch.rows)
    }

    /// Lets out what is on disk now.
    fn release(self: &Rc<Self>, decided: Decided) {
        let Decided { commands: _, entries, position, authors, watched, erase, changes } = decided;
        tracing::debug!(entries, position = position.0, "committed");
        watched.iter().for_each(|(log, seq, entry)| witness::stored(*log, *seq, entry));
        // Who may no longer read is known before anything more can be read.
        let after = Position(position.0 - entries as u64);
        self.parts.finder.committed(Changes { after, upto: position, list: changes }, !erase.is_empty());
        self.grow();
        self.take_in(Input::Stored(position));
        self.delay.expect(self.parts.orderer.waiting() + authors.len(), Instant::now());
        // Whoever said something is the first to hear that it is stored, and what he answers comes while the others are told.
        self.shards.say_to_all(Word::Wake(authors));
        self.shards.say_to_all(Word::Release);
        erase.into_iter().for_each(|erase| self.shards.say_to_all(Word::Erase(erase)));
        self.shards.look();
        // Who is here is said after the entry by which he came.
        self.let_out();
    }

    /// Has what logs grew by ready to be read.
    fn grow(&self) {
        let grown = self.growth.borrow_mut().take();
        self.shards.say_to_all(Word::Grow(grown));
    }

    /// Writes the checkpoint that the machine wants kept, if there is one.
    pub(super) async fn keep_checkpoint(self: &Rc<Self>) -> Result<(), ServeError> {
        let wanted = self.batch.borrow_mut().checkpoint.take();
        let Some((position, state)) = wanted else { return Ok(()) };
        let bytes = state.len();
        match self.parts.store.checkpoint(position, state).await {
            Ok(()) => tracing::info!(position = position.0, bytes, "checkpoint kept"),
            // Nothing is lost: a later one will do, and until then a start reads more entries.
            Err(CommitError::Full(error)) => {
                tracing::warn!(error, "no room to keep a checkpoint");
                self.input(Input::CheckpointNotKept);
            }
            Err(error @ CommitError::Failed(_)) => return self.failed(error).await,
        }
        Ok(())
    }

    pub(super) async fn failed(self: &Rc<Self>, error: CommitError) -> Result<(), ServeError> {
        tracing::error!(%error, "a commit failed");
        self.growth.borrow_mut().take();
        if let CommitError::Failed(error) = error {
            self.input(Input::StorageFailed);
            return Err(ServeError::Storage(error));
        }
        self.meter.storage_full();
        self.input(Input::StorageFull);
        // What was ordered behind the lost batch must not overtake what is sent again.
        for command in self.parts.orderer.take(usize::MAX) {
            self.input(Input::Ordered(command));
        }
        let loaded = self.parts.store.load().await.inspect_err(|_| self.input(Input::StorageFailed))?;
        self.batch.borrow_mut().position = loaded.state.position();
        self.input(Input::Reloaded(Box::new(loaded.state)));
        Ok(())
    }
}
