//! Brings a database of an older format to the present one.

use super::kept::{Kept, Sums, integer};
use super::schema::{INDEXES, INDEXES_BEFORE, INSERT, SPARE, TABLES, VERSION, is_as_made};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use sala_core::entry::{Entry, LogId, PersonId, Position, Seq, UnreadableEntry};

/// Why a database stays as it is.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpgradeError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// Whose it is cannot be known, so it could not be erased along with what is his.
    #[error("entry {seq} of log {log} is damaged", seq = .1.0, log = .0.0)]
    Damaged(LogId, Seq),
    #[error(transparent)]
    Unreadable(#[from] UnreadableEntry),
    #[error("its tables are not as they were made")]
    Tables,
}

/// What an upgrade has written so far.
#[derive(Default)]
struct Written {
    last: Position,
    of_people: u64,
    audited: u64,
}

/// Rows that are moved at once.
const ROWS_AT_ONCE: i64 = 100;

/// Makes the indexes of a database of format 2 anew, all of them, in one transaction.
pub(super) fn reindex(connection: &mut Connection) -> Result<(), UpgradeError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tracing::info!(
        "bringing the database from format 2 to format {VERSION}, which takes a while if it is large"
    );
    for index in INDEXES_BEFORE {
        transaction.execute_batch(&format!("DROP INDEX IF EXISTS {index}"))?;
    }
    transaction.execute_batch(INDEXES)?;
    // Its state lacks what this program keeps beside: it is added up again.
    transaction.execute_batch("DELETE FROM checkpoint")?;
    if !is_as_made(&transaction)? {
        return Err(UpgradeError::Tables);
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

/// Writes the entries of a database of format 1 anew, in one transaction: whatever happens on the way, the database is of the one format or of
/// the other.
///
/// They move to a new table. Columns could be added to the old one, but each row would grow when they are filled, which
/// leaves copies behind (see [`SPARE`]). What has moved is deleted at once, so that its pages are used again and
/// the file hardly grows; the write-ahead log takes about twice the size of the file until the end.
pub(super) fn upgrade(connection: &mut Connection) -> Result<(), UpgradeError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tracing::info!(
        "bringing the database from format 1 to format {VERSION}, which takes a while if it is large"
    );
    transaction.execute_batch("DROP INDEX entry_place; ALTER TABLE entry RENAME TO old;")?;
    transaction.execute_batch(TABLES)?;
    let mut written = Written::default();
    let mut sums = Sums::default();
    while move_rows(&transaction, &mut sums, &mut written)? {}
    // The checkpoint is of another program's state, which this one could not read.
    transaction.execute_batch("DROP TABLE old; DELETE FROM checkpoint;")?;
    transaction.execute_batch(INDEXES)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    let Written { last, of_people, audited } = written;
    tracing::info!(entries = last.0, of_people, audited, "the database is of format {VERSION} now");
    Ok(())
}

/// Moves the next rows. False if there is none left.
fn move_rows(
    transaction: &Transaction<'_>,
    sums: &mut Sums,
    written: &mut Written,
) -> Result<bool, UpgradeError> {
    let sql =
        "SELECT position, log, seq, salt, digest, sum, body, NULL, x'' FROM old ORDER BY position LIMIT ?1";
    let mut select = transaction.prepare(sql)?;
    let rows = select.query_map([ROWS_AT_ONCE], Kept::read)?.collect::<Result<Vec<_>, _>>()?;
    let mut insert = transaction.prepare(INSERT)?;
    for row in &rows {
        if !sums.check(transaction, row)? || row.position != written.last.next() {
            return Err(UpgradeError::Damaged(row.log, row.seq));
        }
        let entry = Entry::decode(row.log, row.seq, &row.body)?;
        let (person, audit) = (entry.person(), entry.is_audited());
        let [position, log, seq, person_number] =
            [row.position.0, row.log.0, row.seq.0, person.0].map(integer);
        insert.execute(params![
            position,
            log,
            seq,
            row.salt,
            row.digest,
            row.sum,
            person_number,
            audit,
            SPARE,
            row.body
        ])?;
        written.last = row.position;
        written.of_people += u64::from(person != PersonId(0));
        written.audited += u64::from(audit);
    }
    transaction.execute("DELETE FROM old WHERE position <= ?1", [integer(written.last.0)])?;
    Ok(!rows.is_empty())
}
