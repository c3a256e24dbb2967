//! Gives room on disk back while a server writes on: a few rows at a time are put closer together, and the pages that this
//! leaves empty are taken off the end of the file.

use super::CommitError;
use super::kept::integer;
use super::leaf::{damaged, leaves};
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, params_from_iter};
use sala_core::entry::Position;

/// Rows that one step puts closer together. Each step is a transaction for which commits wait.
const ROWS_AT_ONCE: i64 = 256;
/// Pages that one step takes off the end of the file.
const PAGES_AT_ONCE: i64 = 64;
/// Rows around those that are moved whose pages may be touched as well. SQLite evens a page out with two on either side, and
/// goes on until it is a third full, which is less than a hundred of the smallest rows.
const BORDER_ROWS: i64 = 256;
/// Rows are moved where less than this share of their pages is in use, in hundredths; above it there is hardly a page to gain.
const USED_MAX_PERCENT: usize = 80;

/// What one step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vacuumed {
    /// Up to where the rows lie close together; the next step goes on from there.
    pub upto: Position,
    /// How large the database was before, in bytes.
    pub before_bytes: u64,
    /// How large it is now.
    pub after_bytes: u64,
    /// There is nothing more to be given back.
    pub is_done: bool,
}

/// Why no room is given back. All rows are as they were.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VacuumError {
    /// It was made by a program that did not prepare for it.
    #[error(
        "this database was made without what it takes to become smaller while it is in use; stop the server and run `sala-server vacuum` once"
    )]
    Unprepared,
    /// This program was built without the flag that lets it read SQLite's pages.
    #[error(
        "this program was built without what it takes to make a database smaller while it is in use; stop the server and run `sala-server vacuum`"
    )]
    Unable,
    /// It is damaged.
    #[error(
        "the database is damaged, so nothing in it is moved ({0}); `sala-server verify` says what is damaged"
    )]
    Damaged(String),
    /// Somebody else has it done.
    #[error("room is being given back already; wait until that is done")]
    UnderWay,
    /// The disk does not take it.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Whether an error says that the file is not as it should be: then the transaction was undone, and the disk works.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use ErrorCode::{ConstraintViolation, DatabaseCorrupt, NotADatabase};
    // What is no error of SQLite's own is a value that could not be read as what it should be, or that is not there.
    let code = error.sqlite_error_code();
    code.is_none_or(|code| matches!(code, ConstraintViolation | DatabaseCorrupt | NotADatabase))
}

/// Whether the file can become smaller while it is in use.
pub(super) fn is_prepared(connection: &Connection) -> rusqlite::Result<bool> {
    // 2 is INCREMENTAL.
    Ok(number(connection, "auto_vacuum")? == 2)
}

/// Whether this program can make it smaller.
pub(super) fn is_able(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT sqlite_compileoption_used('ENABLE_DBPAGE_VTAB')";
    connection.query_row(sql, [], |row| row.get(0))
}

/// One step, within the transaction that is under way.
pub(super) fn step(connection: &Connection, after: Position) -> rusqlite::Result<Vacuumed> {
    let page_bytes = number(connection, "page_size")?;
    let size = || Ok::<_, rusqlite::Error>((number(connection, "page_count")? * page_bytes).unsigned_abs());
    let before_bytes = size()?;
    let (upto, more) = close_up(connection, after)?;
    // One row of it is one page.
    let mut shorten = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES_AT_ONCE})"))?;
    let mut shortened = shorten.query([])?;
    while shortened.next()?.is_some() {}
    drop(shortened);
    let is_done = !more && number(connection, "freelist_count")? == 0;
    Ok(Vacuumed { upto, before_bytes, after_bytes: size()?, is_done })
}

/// Puts the next rows closer together, if there is room between them. Gives the last of them, and whether there may be more that
/// were not written just now: those lie close together, and whoever waited for the last one of them would wait for ever.
///
/// They are taken out and put back as they were. Where SQLite moves rows it leaves copies behind, in spite of `secure_delete`,
/// so all pages that may hold some are wiped in the same transaction. Whatever lies in those is read again before the commit:
/// of what would be lost, nothing is.
fn close_up(connection: &Connection, after: Position) -> rusqlite::Result<(Position, bool)> {
    let rows = rows(connection, integer(after.0) + 1, i64::MAX, ROWS_AT_ONCE)?;
    let (Some([Value::Integer(first), ..]), Some([Value::Integer(last), ..])) =
        (rows.first().map(Vec::as_slice), rows.last().map(Vec::as_slice))
    else {
        return Ok((after, false));
    };
    let (first, last) = (*first, *last);
    let (size, unused) = leaves(connection, "entry", first, last)?
        .iter()
        .fold((0, 0), |(size, unused), leaf| (size + leaf.size(), unused + leaf.unused()));
    if (size - unused) * 100 < size * USED_MAX_PERCENT {
        let before = pages_in_use(connection)?;
        let around = |connection| self::rows(connection, first - BORDER_ROWS, last + BORDER_ROWS, i64::MAX);
        let as_they_were = around(connection)?;
        let sql = "DELETE FROM entry WHERE position BETWEEN ?1 AND ?2";
        if connection.prepare_cached(sql)?.execute([first, last])? != rows.len() {
            return Err(damaged("rows are found in one way that are not in another"));
        }
        let columns = vec!["?"; rows[0].len()].join(", ");
        let mut insert = connection.prepare_cached(&format!("INSERT INTO entry VALUES({columns})"))?;
        for row in &rows {
            insert.execute(params_from_iter(row))?;
        }
        drop(insert);
        if pages_in_use(connection)? < before {
            for leaf in leaves(connection, "entry", first - BORDER_ROWS, last + BORDER_ROWS)? {
                leaf.wipe(connection)?;
            }
            if around(connection)? != as_they_were {
                return Err(damaged("rows that were moved are not what they were"));
            }
        } else {
            // SQLite has spread them over as many pages, or more. Nothing was done in this transaction before.
            connection.execute_batch("ROLLBACK; BEGIN")?;
        }
    }
    let more = rows.len() as u64 == ROWS_AT_ONCE.unsigned_abs();
    Ok((Position(last.unsigned_abs()), more))
}

/// The rows of these positions, so many at most, with all that they consist of.
fn rows(connection: &Connection, first: i64, last: i64, limit: i64) -> rusqlite::Result<Vec<Vec<Value>>> {
    let sql = "SELECT * FROM entry WHERE position BETWEEN ?1 AND ?2 ORDER BY position LIMIT ?3";
    let mut select = connection.prepare_cached(sql)?;
    let columns = select.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    select.query_map([first, last, limit], row)?.collect()
}

fn pages_in_use(connection: &Connection) -> rusqlite::Result<i64> {
    Ok(number(connection, "page_count")? - number(connection, "freelist_count")?)
}

fn number(connection: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, pragma, |row| row.get(0))
}
