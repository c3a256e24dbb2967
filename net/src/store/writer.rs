//! The only writer of the database.

use super::chain::{self, START, SUM_BYTES, Sum};
use super::schema::{self, OpenError};
use super::{CommitError, Row};
use rand::Rng as _;
use rand::rngs::StdRng;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};
use sala_core::entry::{LogId, Position};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes batches of entries, one transaction each.
#[derive(Debug)]
pub struct Writer {
    connection: Connection,
    random: StdRng,
    /// The sum of each log's last entry, as far as they were needed.
    sums: BTreeMap<LogId, Sum>,
    /// A commit failed in a way that leaves the disk in doubt: nothing more is written.
    failed: bool,
}

impl Writer {
    /// Opens the database at `path`, through the named VFS if one is given, and makes it if there is none. `random`
    /// gives the salts.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, vfs: Option<&str>, random: StdRng) -> Result<Self, OpenError> {
        let connection = schema::open_writer(path, vfs)?;
        connection.set_prepared_statement_cache_capacity(16);
        Ok(Writer { connection, random, sums: BTreeMap::new(), failed: false })
    }

    /// Writes a batch whole and flushed.
    ///
    /// # Errors
    /// [`CommitError::Full`]: nothing of it is on disk. [`CommitError::Failed`]: what of it is on disk is not known,
    /// and this writer refuses everything from then on.
    pub fn commit(&mut self, rows: &[Row]) -> Result<(), CommitError> {
        self.guarded(|writer| writer.insert(rows))
    }

    /// Keeps a state in place of the one before.
    ///
    /// # Errors
    /// As for `commit`.
    pub fn checkpoint(&mut self, position: Position, state: &[u8]) -> Result<(), CommitError> {
        self.guarded(|writer| {
            let digest = chain::digest(&position.0.to_le_bytes(), state);
            let sql = "INSERT OR REPLACE INTO checkpoint(one, position, digest, state) VALUES(1, ?1, ?2, ?3)";
            writer.connection.execute(sql, params![integer(position.0), digest, state])?;
            Ok(())
        })
    }

    fn guarded(&mut self, work: impl FnOnce(&mut Self) -> rusqlite::Result<()>) -> Result<(), CommitError> {
        if self.failed {
            return Err(CommitError::Failed("an earlier write failed".to_owned()));
        }
        work(self).map_err(|error| {
            // The sums ran ahead of what is on disk.
            self.sums.clear();
            // A write that finds no room is undone before its commit record is whole, so it surely did not happen. Any
            // other failure, above all of a flush, may have left the record on disk.
            if error.sqlite_error_code() == Some(ErrorCode::DiskFull) {
                CommitError::Full(error.to_string())
            } else {
                self.failed = true;
                CommitError::Failed(error.to_string())
            }
        })
    }

    fn insert(&mut self, rows: &[Row]) -> rusqlite::Result<()> {
        let Writer { connection, random, sums, .. } = self;
        let transaction = connection.transaction()?;
        {
            let sql = "INSERT INTO entry(position, log, seq, salt, digest, sum, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let mut insert = transaction.prepare_cached(sql)?;
            for row in rows {
                let before = match sums.get(&row.log) {
                    Some(sum) => *sum,
                    None => last_sum(&transaction, row.log)?,
                };
                let mut salt = [0; SUM_BYTES];
                random.fill_bytes(&mut salt);
                let digest = chain::digest(&salt, &row.body);
                let sum = chain::link(&before, row.position, row.log, row.seq, &digest);
                let (position, log, seq) = (integer(row.position.0), integer(row.log.0), integer(row.seq.0));
                insert.execute(params![position, log, seq, salt, digest, sum, row.body])?;
                sums.insert(row.log, sum);
            }
        }
        transaction.commit()
    }
}

fn last_sum(connection: &Connection, log: LogId) -> rusqlite::Result<Sum> {
    let sql = "SELECT sum FROM entry WHERE log = ?1 ORDER BY seq DESC LIMIT 1";
    let mut select = connection.prepare_cached(sql)?;
    Ok(select.query_row([integer(log.0)], |row| row.get(0)).optional()?.unwrap_or(START))
}

/// SQLite's integers have a sign; no count here comes near the end of them.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).expect("no log has 2^63 entries")
}
