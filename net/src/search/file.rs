//! The file of the index, which is made anew whenever it cannot be trusted.

use super::part::Part;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;

/// The format of the tables that this program writes. A file of any other, older or newer, is made anew.
const FORMAT: i32 = 2;

/// Marks the file as one of Sala: "Sala" in ASCII.
const APPLICATION: i32 = 0x5361_6C61;

/// Statements that are kept ready: each part has a few of its own.
const STATEMENTS_MAX: usize = 512;

/// Opens the file, and makes it if there is none or if it cannot be trusted.
pub(super) fn open(path: &Path, vfs: Option<&str>) -> rusqlite::Result<Connection> {
    match open_whole(path, vfs) {
        Ok(Some(connection)) => Ok(connection),
        Ok(None) => make(path, vfs),
        Err(error) if is_passing(&error) => Err(error),
        Err(error) => {
            tracing::warn!(%error, "the index for searching cannot be read, and is made anew");
            make(path, vfs)
        }
    }
}

/// Whether the file is not to blame for an error, so that making it anew would mend nothing.
pub(super) fn is_passing(error: &rusqlite::Error) -> bool {
    use ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OutOfMemory, PermissionDenied, ReadOnly,
    };
    matches!(
        error.sqlite_error_code(),
        Some(
            CannotOpen | DatabaseBusy | DatabaseLocked | DiskFull | OutOfMemory | PermissionDenied | ReadOnly
        )
    )
}

/// The file if it is whole; `None` if it is new, damaged, or of another format.
fn open_whole(path: &Path, vfs: Option<&str>) -> rusqlite::Result<Option<Connection>> {
    let connection = connect(path, vfs, false)?;
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    if number("user_version")? != FORMAT || number("application_id")? != APPLICATION {
        return Ok(None);
    }
    // This follows all that leads to a word, and takes about a second for a million short posts.
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        tracing::warn!(found, "the index for searching is damaged, and is made anew");
        return Ok(None);
    }
    // FTS5 has no sums, so a letter of a word that has changed by itself is seen by those of the parts alone.
    let mut select = connection.prepare("SELECT number, sum FROM part WHERE sum <> x''")?;
    let parts = select.query_map([], |row| Ok((Part(row.get(0)?), row.get(1)?)))?;
    for (part, sum) in parts.collect::<Result<Vec<(_, Vec<u8>)>, _>>()? {
        if !part.is_whole(&connection, &sum)? {
            tracing::warn!(
                part = part.0,
                "a part of the index for searching is damaged, and all is made anew"
            );
            return Ok(None);
        }
    }
    drop(select);
    Ok(Some(connection))
}

/// Makes the file anew, whatever it holds.
pub(super) fn make(path: &Path, vfs: Option<&str>) -> rusqlite::Result<Connection> {
    let connection = connect(path, vfs, true)?;
    connection.execute_batch("VACUUM")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, false)?;
    let sql = format!(
        "BEGIN;
         CREATE TABLE part(                 -- each has its words in tables of its own
             number INTEGER PRIMARY KEY,
             before BLOB NOT NULL,          -- the log's sum at the last position before it
             sum BLOB NOT NULL,             -- of all that it holds; empty while much is added to it
             stale INTEGER NOT NULL         -- 1 if what was taken out may lie about in the file
         ) STRICT;
         CREATE TABLE hour(                 -- where its posts lie; clocks jump, so that hours may overlap
             hour INTEGER PRIMARY KEY,      -- since 1970
             first INTEGER NOT NULL,        -- position
             last INTEGER NOT NULL          -- position
         ) STRICT;
         CREATE TABLE taken(                -- the last entry that was taken in
             one INTEGER PRIMARY KEY CHECK(one = 1),
             position INTEGER NOT NULL,
             sum BLOB NOT NULL              -- of the log there: says whether it is the one that it was taken from
         ) STRICT;
         INSERT INTO taken(one, position, sum) VALUES(1, 0, x'');
         PRAGMA application_id={APPLICATION};
         PRAGMA user_version={FORMAT};
         COMMIT;"
    );
    connection.execute_batch(&sql)?;
    Ok(connection)
}

/// Opens the file, to empty it if `reset`, so that what is taken out leaves as little as can be.
///
/// The rollback journal holds pages as they were before, so each commit truncates it: a WAL would keep them for long, and
/// PERSIST for ever. What is freed within the database is overwritten. Nothing spills into temporary files.
///
/// NORMAL flushes the database before the journal is truncated. So a power cut undoes the last transaction or leaves it
/// whole; with OFF, it could keep the new position and the old text.
fn connect(path: &Path, vfs: Option<&str>, reset: bool) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs),
        None => Connection::open_with_flags(path, flags),
    }?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // To delete a file there is no way that all VFSs share. This one makes SQLite take any file for an empty one, however
    // damaged it is, and comes before anything is read.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, reset)?;
    connection.execute_batch(
        "PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384; PRAGMA synchronous=NORMAL;
         PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF; PRAGMA journal_mode=TRUNCATE;",
    )?;
    Ok(connection)
}
