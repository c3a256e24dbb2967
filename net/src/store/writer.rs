//! The only writer of the database.

use super::chain::{self, START, SUM_BYTES, Sum};
use super::erase::erase;
use super::kept::integer;
use super::open::{self, OpenError};
use super::schema::{INSERT, SPARE};
use super::vacuum::{self, VacuumError, Vacuumed};
use super::{CommitError, Row};
use rand::Rng as _;
use rand::rngs::StdRng;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};
use sala_core::entry::{Act, Entry, LogId, Position, RoomEntry};
use sala_core::mutant::planted;
use sala_core::server::Erase;
use std::collections::BTreeMap;
use std::ffi::c_int;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A checkpoint's length is a multiple of a sixteenth to an eighth of it, a power of two, so that it can grow a little and keep
/// its length,
const CHECKPOINT_GRAINS: usize = 16;
/// and of no fewer bytes than these: a page.
const CHECKPOINT_GRAIN_BYTES_MIN: usize = 4_096;

/// Writes batches of entries, one transaction each.
#[derive(Debug)]
pub struct Writer {
    connection: Connection,
    random: StdRng,
    /// The sum of each log's last entry, as far as they were needed.
    sums: BTreeMap<LogId, Sum>,
    /// A commit failed in a way that leaves the disk in doubt: nothing more is written.
    failed: bool,
    /// The write-ahead log may hold what was erased.
    scrub_due: bool,
    /// Pages in the write-ahead log after the last commit; none once all are moved.
    wal_pages: Arc<AtomicU64>,
    /// With so many it is moved.
    wal_pages_max: u64,
}

/// Prepared statements that are kept: all that commits need, so that none is parsed twice.
const STATEMENTS_KEPT: usize = 32;
/// Pages that the write-ahead log may have before they are moved into the database: 4 MiB, as many as SQLite lets come together.
const WAL_PAGES_MAX: u64 = 1_000;
/// How long a scrub waits for readers, in milliseconds: commits wait as long.
const SCRUB_BUSY_MS: u64 = 10;

impl Writer {
    /// Opens the database at `path`, through the named VFS if one is given, and makes it if there is none. `random`
    /// gives the salts. One of an older format is brought to the present one.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, vfs: Option<&str>, random: StdRng) -> Result<Self, OpenError> {
        let mut connection = open::open_writer(path, vfs)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        let wal_pages = Arc::<AtomicU64>::default();
        let counted = Arc::clone(&wal_pages);
        let count = move |_: &mut Wal, pages: c_int| {
            counted.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        connection
            .wal_hook(Some(count))
            .map_err(|cause| OpenError::Sqlite { path: path.to_owned(), cause })?;
        // What a process before this one erased is still there if the disk had no room to empty the log just now.
        let (sums, failed, scrub_due, wal_pages_max) = (BTreeMap::new(), false, true, WAL_PAGES_MAX);
        Ok(Writer { connection, random, sums, failed, scrub_due, wal_pages, wal_pages_max })
    }

    /// The same, which moves the write-ahead log into the database once it has so many pages, instead of `WAL_PAGES_MAX`: what
    /// is written in a day of the simulator would be too little.
    #[must_use]
    pub fn with_wal_pages(mut self, most: u64) -> Self {
        self.wal_pages_max = most;
        self
    }

    /// Begins a batch: its transaction is open until [`commit`](Writer::commit).
    ///
    /// # Errors
    /// As for `commit`; the batch is given up.
    pub fn append(&mut self, rows: &[Row]) -> Result<(), CommitError> {
        self.guarded(|writer| writer.in_transaction(|writer| writer.fill(rows, &[])))
    }

    /// Writes a batch whole and flushed, with what was begun of it, and erases in the same transaction what is to be erased
    /// once it is written.
    ///
    /// What was erased is gone from the files after the next [`tend`](Writer::tend).
    ///
    /// # Errors
    /// [`CommitError::Full`]: nothing of it is on disk. [`CommitError::Failed`]: what of it is on disk is not known,
    /// and this writer refuses everything from then on.
    pub fn commit(&mut self, rows: &[Row], erasures: &[Erase]) -> Result<(), CommitError> {
        self.guarded(|writer| {
            writer.in_transaction(|writer| {
                writer.fill(rows, erasures)?;
                writer.connection.prepare_cached("COMMIT")?.execute([]).map(drop)
            })
        })?;
        self.scrub_due |= !erasures.is_empty();
        Ok(())
    }

    /// Keeps a state in place of the one before, which is erased: the names and hashes in it may be of people who are
    /// gone since. `state` is JSON, as of [`State::encode`](sala_core::server::State::encode): spaces are put behind it.
    ///
    /// # Errors
    /// As for `commit`.
    ///
    /// # Panics
    /// In the midst of a batch.
    pub fn checkpoint(&mut self, position: Position, state: Vec<u8>) -> Result<(), CommitError> {
        assert!(self.connection.is_autocommit(), "a batch is written before a checkpoint");
        self.guarded(|writer| keep_checkpoint(&writer.connection, position, state))?;
        self.scrub_due = true;
        Ok(())
    }

    /// Does what can wait until a write is answered: a [`scrub`](Writer::scrub) if one is due, and moves the write-ahead log
    /// into the database if it has become long; says whether it did, and no reader held any of it back. To be called after each
    /// write.
    ///
    /// If the disk fails, this writer refuses everything from then on, as after a commit: after a flush that failed,
    /// pages may look moved and not be.
    pub fn tend(&mut self) -> bool {
        self.scrub();
        let is_long = self.wal_pages.load(Ordering::Relaxed) >= self.wal_pages_max;
        if self.scrub_due || self.failed || !is_long || !self.connection.is_autocommit() {
            return false;
        }
        let moved = self.guarded(|writer| open::move_some_of_wal(&writer.connection));
        match &moved {
            Ok(true) => self.wal_pages.store(0, Ordering::Relaxed),
            Ok(false) => {}
            Err(CommitError::Full(error)) => tracing::debug!(error, "no room to move the write-ahead log to"),
            Err(CommitError::Failed(error)) => tracing::error!(error, "moving the write-ahead log failed"),
        }
        moved.unwrap_or(false)
    }

    /// Whether a [`scrub`](Writer::scrub) has something to do, and may do it: not in the midst of a batch.
    #[must_use]
    pub fn scrub_due(&self) -> bool {
        self.scrub_due && !self.failed && self.connection.is_autocommit()
    }

    /// Empties the write-ahead log if something was erased: until then, the file that holds the entries is as it was
    /// before, or the log says what stood there.
    ///
    /// While somebody reads, or the disk is full, it stays due, and is to be called again. It waits no longer than
    /// `SCRUB_BUSY_MS`. If the disk fails, this writer refuses everything from then on, as after a commit; the next
    /// start empties the log before it does anything else.
    pub fn scrub(&mut self) {
        if !self.scrub_due() || planted("never_scrubbed") {
            return;
        }
        let emptied = self.guarded(|writer| {
            writer.connection.busy_timeout(Duration::from_millis(SCRUB_BUSY_MS))?;
            let emptied = open::empty_wal(&writer.connection);
            writer.connection.busy_timeout(open::BUSY)?;
            emptied
        });
        match emptied {
            Ok(emptied) => self.scrub_due = !emptied,
            Err(CommitError::Full(error)) => tracing::debug!(error, "no room to empty the write-ahead log"),
            Err(CommitError::Failed(error)) => tracing::error!(error, "emptying the write-ahead log failed"),
        }
    }

    /// Gives back some of the room that erasures left among the rows after this one: a small step, to be called again with
    /// what it came to until it is done. Not in the midst of a batch. The file becomes smaller when the write-ahead log is
    /// moved into it, at the latest with the scrub that follows the last step.
    ///
    /// # Errors
    /// [`VacuumError`]: then nothing was changed, unless the commit failed in a way that leaves the disk in doubt.
    ///
    /// # Panics
    /// In the midst of a batch.
    pub fn vacuum(&mut self, after: Position) -> Result<Vacuumed, VacuumError> {
        assert!(self.connection.is_autocommit(), "a batch is written before room is given back");
        if !self.guarded(|writer| vacuum::is_prepared(&writer.connection))? {
            return Err(VacuumError::Unprepared);
        }
        if !self.guarded(|writer| vacuum::is_able(&writer.connection))? {
            return Err(VacuumError::Unable);
        }
        let stepped = self.guarded(|writer| {
            let mut vacuumed = None;
            let stepped = writer.in_transaction(|writer| {
                vacuumed = Some(vacuum::step(&writer.connection, after)?);
                writer.connection.prepare_cached("COMMIT")?.execute([]).map(drop)
            });
            match stepped {
                Ok(()) => Ok(Ok(vacuumed)),
                Err(error) if vacuum::is_damage(&error) => Ok(Err(error.to_string())),
                Err(error) => Err(error),
            }
        })?;
        let vacuumed = stepped.map_err(VacuumError::Damaged)?.expect("a step that is committed was made");
        self.scrub_due |= vacuumed.is_done;
        Ok(vacuumed)
    }

    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> rusqlite::Result<T>) -> Result<T, CommitError> {
        if self.failed {
            return Err(CommitError::Failed("an earlier write failed".to_owned()));
        }
        work(self).map_err(|error| {
            // The sums ran ahead of what is on disk.
            self.sums.clear();
            // A write that finds no room is undone before its commit record is whole, so it surely did not happen. Any
            // other failure, above all of a flush, may have left the record on disk.
            if error.sqlite_error_code() == Some(ErrorCode::DiskFull) || planted("failed_as_not_stored") {
                CommitError::Full(error.to_string())
            } else {
                self.failed = true;
                CommitError::Failed(error.to_string())
            }
        })
    }

    /// Works in the transaction that is open, or in a new one, which is undone if that fails. Its statements are kept
    /// prepared, which a transaction of rusqlite's own would parse each time.
    fn in_transaction(
        &mut self,
        work: impl FnOnce(&mut Self) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        if self.connection.is_autocommit() {
            self.connection.prepare_cached("BEGIN")?.execute([])?;
        }
        let worked = work(self);
        if worked.is_err() && !self.connection.is_autocommit() {
            // What cannot be undone must not be committed with the next batch.
            self.failed |= self.connection.execute_batch("ROLLBACK").is_err();
        }
        worked
    }

    fn fill(&mut self, rows: &[Row], erasures: &[Erase]) -> rusqlite::Result<()> {
        let Writer { connection, random, sums, .. } = self;
        let mut insert = connection.prepare_cached(INSERT)?;
        for row in rows {
            let before = match sums.get(&row.log) {
                Some(sum) => *sum,
                None => last_sum(connection, row.log)?,
            };
            let mut salt = [0; SUM_BYTES];
            random.fill_bytes(&mut salt);
            let digest = chain::digest(&salt, &row.body);
            let sum = chain::link(&before, row.position, row.log, row.seq, &digest);
            let numbers = [row.position.0, row.log.0, row.seq.0, row.entry.person().0];
            let [position, log, seq, person] = numbers.map(integer);
            let audit = row.entry.is_audited();
            insert.execute(params![position, log, seq, salt, digest, sum, person, audit, SPARE, row.body])?;
            sums.insert(row.log, sum);
            derive(connection, row)?;
        }
        for erasure in erasures {
            erase(connection, *erasure)?;
        }
        Ok(())
    }
}

/// Keeps what follows from an entry for other entries of its room.
fn derive(connection: &Connection, row: &Row) -> rusqlite::Result<()> {
    let Entry::Room(RoomEntry { person, act, .. }) = &row.entry else { return Ok(()) };
    let (log, seq) = (integer(row.log.0), integer(row.seq.0));
    match act {
        Act::Edited { target, .. } => {
            let sql = "INSERT INTO edit(log, target, seq) VALUES(?1, ?2, ?3)";
            connection.prepare_cached(sql)?.execute([log, integer(target.0), seq])?;
        }
        Act::Reacted { target, emoji, on: true } => {
            // Whoever puts it there again has put it there already.
            let sql =
                "INSERT OR IGNORE INTO sign(log, target, emoji, person, seq) VALUES(?1, ?2, ?3, ?4, ?5)";
            let sign = params![log, integer(target.0), emoji, integer(person.0), seq];
            connection.prepare_cached(sql)?.execute(sign)?;
        }
        Act::Reacted { target, emoji, on: false } => {
            let sql = "DELETE FROM sign WHERE log = ?1 AND target = ?2 AND emoji = ?3 AND person = ?4";
            let sign = params![log, integer(target.0), emoji, integer(person.0)];
            connection.prepare_cached(sql)?.execute(sign)?;
        }
        _ => {}
    }
    Ok(())
}

/// Writes a checkpoint in place of the one before.
///
/// It has spaces behind it, which JSON allows, so that most are as long as the one before: then SQLite writes it where that one
/// lies. Of one that has another length it overwrites all pages with zeros, and writes them once more.
pub(super) fn keep_checkpoint(
    connection: &Connection,
    position: Position,
    mut state: Vec<u8>,
) -> rusqlite::Result<()> {
    // Damage may have given it another number, by which nobody finds it; it may hold names of who is erased.
    connection.execute("DELETE FROM checkpoint WHERE one <> 1", [])?;
    let sql = "SELECT coalesce(length(state), 0) FROM checkpoint WHERE one = 1";
    let held = connection.query_row(sql, [], |row| row.get::<_, i64>(0)).optional()?;
    let length = padded(state.len(), held.and_then(|held| usize::try_from(held).ok()));
    state.reserve_exact(length - state.len());
    state.resize(length, b' ');
    let digest = chain::digest(&position.0.to_le_bytes(), &state);
    let mut write = connection.prepare(match held {
        Some(_) => "UPDATE checkpoint SET position = ?1, digest = ?2, state = ?3 WHERE one = 1",
        None => "INSERT INTO checkpoint(one, position, digest, state) VALUES(1, ?1, ?2, ?3)",
    })?;
    write.raw_bind_parameter(1, integer(position.0))?;
    write.raw_bind_parameter(2, digest)?;
    write.raw_bind_parameter(3, &state)?;
    // SQLite has copied it, and will copy it once more into the row: so two of them are in memory at a time, not three.
    drop(state);
    let written = write.raw_execute()?;
    assert_eq!(written, 1, "there is one checkpoint");
    Ok(())
}

/// How long a checkpoint of so many bytes becomes: as long as the one that is `held`, if it fits and is not much shorter.
fn padded(bytes: usize, held: Option<usize>) -> usize {
    let grain = (bytes / CHECKPOINT_GRAINS).next_power_of_two().max(CHECKPOINT_GRAIN_BYTES_MIN);
    let fits = |held: &usize| (bytes..=bytes + 2 * grain).contains(held);
    held.filter(fits).unwrap_or_else(|| bytes.next_multiple_of(grain))
}

fn last_sum(connection: &Connection, log: LogId) -> rusqlite::Result<Sum> {
    let sql = "SELECT sum FROM entry WHERE log = ?1 ORDER BY seq DESC LIMIT 1";
    let mut select = connection.prepare_cached(sql)?;
    Ok(select.query_row([integer(log.0)], |row| row.get(0)).optional()?.unwrap_or(START))
}
