//! Reads of the database, each entry checked against its sums.

use super::chain::{self, START, Sum};
use super::schema::{self, OpenError};
use super::writer::integer;
use super::{LoadError, Loaded, Range, ReadError, Stretch};
use rusqlite::{Connection, OptionalExtension as _, params};
use sala_core::entry::{Entry, LogId, Position, Seq};
use sala_core::limits::{PAGE_BYTES_MAX, PAGE_ENTRIES_MAX};
use sala_core::server::State;
use std::collections::BTreeMap;
use std::path::Path;

/// A connection that only reads.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
}

/// What a whole check of the database found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many entries there are in all logs.
    pub entries: u64,
    /// What is wrong, in words; empty if nothing is.
    pub faults: Vec<String>,
}

/// A row as it lies on disk.
struct Kept {
    position: Position,
    log: LogId,
    seq: Seq,
    salt: Vec<u8>,
    digest: Vec<u8>,
    sum: Vec<u8>,
    body: Vec<u8>,
}

impl Kept {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
        Ok(Kept {
            position: Position(number(0)?),
            log: LogId(number(1)?),
            seq: Seq(number(2)?),
            salt: row.get(3)?,
            digest: row.get(4)?,
            sum: row.get(5)?,
            body: row.get(6)?,
        })
    }

    /// Whether the content and the header are as they were written, after the log's sum before it.
    fn is_whole(&self, before: &Sum) -> bool {
        let digest = chain::digest(&self.salt, &self.body);
        digest[..] == self.digest[..]
            && chain::link(before, self.position, self.log, self.seq, &digest)[..] == self.sum[..]
    }

    /// The sum as the entry after this one has it before it; one that is not of the right size matches nothing.
    fn sum(&self) -> Sum {
        self.sum[..].try_into().unwrap_or([0xFF; chain::SUM_BYTES])
    }
}

/// Missing rows that are named one by one; more than a page has entries is more than anybody asked for.
const MISSING_MAX: usize = PAGE_ENTRIES_MAX;

const COLUMNS: &str = "position, log, seq, salt, digest, sum, body";

impl Reader {
    /// Opens the database at `path`, through the named VFS if one is given. It must exist.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, vfs: Option<&str>) -> Result<Self, OpenError> {
        Ok(Reader { connection: schema::open_reader(path, vfs)? })
    }

    /// Reads a part of a log: at most `limit` entries, and no more once `PAGE_BYTES_MAX` bytes are read.
    ///
    /// # Errors
    /// When the file cannot be read; damaged entries are reported in the stretch.
    pub fn read(&self, log: LogId, range: Range, limit: usize) -> Result<Stretch, ReadError> {
        self.read_rows(log, range, limit).map_err(|error| ReadError(error.to_string()))
    }

    fn read_rows(&self, log: LogId, range: Range, limit: usize) -> rusqlite::Result<Stretch> {
        let (order, low, high) = match range {
            Range::After(after, upto) => ("ASC", after.next(), upto),
            Range::Before(before) => ("DESC", Seq(1), Seq(before.0.saturating_sub(1))),
        };
        let mut stretch = Stretch::default();
        let mut kept: Vec<Kept> = Vec::new();
        let sql = format!(
            "SELECT {COLUMNS} FROM entry WHERE log = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq {order}"
        );
        let mut select = self.connection.prepare_cached(&sql)?;
        let mut rows = select.query(params![integer(log.0), integer(low.0), integer(high.0)])?;
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let row = Kept::read(row)?;
            if kept.len() == limit || (bytes > 0 && bytes + row.body.len() > PAGE_BYTES_MAX) {
                stretch.more = true;
                break;
            }
            bytes += row.body.len();
            kept.push(row);
        }
        drop(rows);
        if order == "DESC" {
            kept.reverse();
        }
        let Some(first) = kept.first() else { return Ok(stretch) };
        let mut before = self.sum_before(log, first.seq)?;
        // A row that is not there at all is damage as well, from the first one on that was asked for.
        let mut next = if matches!(range, Range::After(..)) { low } else { first.seq };
        for row in kept {
            // A broken index may give a row twice.
            if row.seq < next {
                continue;
            }
            let missing = (next.0..row.seq.0).take(MISSING_MAX);
            stretch.damaged.extend(missing.map(Seq));
            let whole = row.is_whole(&before);
            before = row.sum();
            next = row.seq.next();
            if whole {
                stretch.entries.push((row.seq, row.body));
            } else {
                stretch.damaged.push(row.seq);
            }
        }
        Ok(stretch)
    }

    fn sum_before(&self, log: LogId, seq: Seq) -> rusqlite::Result<Sum> {
        if seq.0 <= 1 {
            return Ok(START);
        }
        let mut select =
            self.connection.prepare_cached("SELECT sum FROM entry WHERE log = ?1 AND seq = ?2")?;
        let found =
            select.query_row(params![integer(log.0), integer(seq.0 - 1)], |row| row.get::<_, Vec<u8>>(0));
        Ok(found.optional()?.and_then(|sum| sum[..].try_into().ok()).unwrap_or([0xFF; chain::SUM_BYTES]))
    }

    /// Adds up the last checkpoint that is whole, and the entries since.
    ///
    /// # Errors
    /// When an entry since the checkpoint is damaged or cannot be understood.
    pub fn load(&self) -> Result<Loaded, LoadError> {
        let kept = self.last_checkpoint()?.and_then(|(position, state)| match State::decode(&state) {
            Ok(state) => Some((position, state)),
            Err(error) => {
                tracing::warn!(%error, "the checkpoint is of another program; reading every entry instead");
                None
            }
        });
        let (checkpointed, mut state) = kept.unwrap_or((Position(0), State::new()));
        let failed = |error: rusqlite::Error| ReadError(error.to_string());
        let sql = format!("SELECT {COLUMNS} FROM entry WHERE position > ?1 ORDER BY position");
        let mut select = self.connection.prepare(&sql).map_err(failed)?;
        let mut rows = select.query([integer(checkpointed.0)]).map_err(failed)?;
        let mut sums: BTreeMap<LogId, Sum> = BTreeMap::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let row = Kept::read(row).map_err(failed)?;
            let before = match sums.get(&row.log) {
                Some(sum) => *sum,
                None => self.sum_before(row.log, row.seq).map_err(failed)?,
            };
            if !row.is_whole(&before) || row.position != state.position().next() {
                return Err(LoadError::Damaged { log: row.log, seq: row.seq });
            }
            sums.insert(row.log, row.sum());
            let entry = Entry::decode(row.log, row.seq, &row.body)?;
            state.replay(row.log, row.seq, &entry)?;
        }
        Ok(Loaded { state, checkpointed })
    }

    /// A checkpoint that is damaged or ahead of the entries is none: the entries alone say everything.
    fn last_checkpoint(&self) -> Result<Option<(Position, Vec<u8>)>, ReadError> {
        let sql = "SELECT position, digest, state FROM checkpoint WHERE one = 1
                   AND position <= (SELECT coalesce(max(position), 0) FROM entry)";
        let read =
            |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?));
        let found = self
            .connection
            .query_row(sql, [], read)
            .optional()
            .map_err(|error| ReadError(error.to_string()))?;
        Ok(found.and_then(|(position, digest, state): (i64, Vec<u8>, Vec<u8>)| {
            let position = Position(position.unsigned_abs());
            let whole = chain::digest(&position.0.to_le_bytes(), &state)[..] == digest[..];
            if !whole {
                tracing::error!(
                    position = position.0,
                    "the checkpoint is damaged; reading every entry instead"
                );
            }
            whole.then_some((position, state))
        }))
    }

    /// Checks the whole database: SQLite's own structures, every entry's sums, and that no log has a gap.
    ///
    /// # Errors
    /// When the file cannot be read at all.
    pub fn verify(&self) -> Result<VerifyReport, ReadError> {
        self.verify_rows().map_err(|error| ReadError(error.to_string()))
    }

    fn verify_rows(&self) -> rusqlite::Result<VerifyReport> {
        let mut report = VerifyReport::default();
        let integrity: String = self.connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if integrity != "ok" {
            report.faults.push(format!("SQLite finds: {integrity}"));
        }
        let mut logs: BTreeMap<LogId, (Seq, Sum)> = BTreeMap::new();
        let sql = format!("SELECT {COLUMNS} FROM entry ORDER BY position");
        let mut select = self.connection.prepare(&sql)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let row = Kept::read(row)?;
            let (next, before) = logs.get(&row.log).copied().unwrap_or((Seq(1), START));
            report.entries += 1;
            if row.position != Position(report.entries) {
                report
                    .faults
                    .push(format!("position {} stands where {} should", row.position.0, report.entries));
            }
            if row.seq != next {
                report
                    .faults
                    .push(format!("log {} has entry {} where {} should be", row.log.0, row.seq.0, next.0));
            }
            if !row.is_whole(&before) {
                report.faults.push(format!("entry {} of log {} is damaged", row.seq.0, row.log.0));
            }
            logs.insert(row.log, (row.seq.next(), row.sum()));
        }
        Ok(report)
    }
}
