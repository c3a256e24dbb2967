//! The file of the index, which is made anew whenever it cannot be trusted.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;

/// The format of the tables that this program writes. A file of any other, older or newer, is made anew.
const FORMAT: i32 = 1;

/// Marks the file as one of Sala: "Sala" in ASCII.
const APPLICATION: i32 = 0x5361_6C61;

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
    // FTS5 finds the words of a text by the text when it is deleted, so a text that has changed by itself would leave
    // words behind. This compares all texts with all words, and takes about 2.5 s for a million short posts.
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        tracing::warn!(found, "the index for searching is damaged, and is made anew");
        return Ok(None);
    }
    Ok(Some(connection))
}

/// Makes the file anew, whatever it holds.
pub(super) fn make(path: &Path, vfs: Option<&str>) -> rusqlite::Result<Connection> {
    let connection = connect(path, vfs, true)?;
    connection.execute_batch("VACUUM")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, false)?;
    let sql = format!(
        "BEGIN;
         CREATE TABLE post(
             position INTEGER PRIMARY KEY,  -- in the one order of all logs
             log INTEGER NOT NULL,
             seq INTEGER NOT NULL,
             at INTEGER NOT NULL            -- in milliseconds since 1970
         ) STRICT;
         CREATE UNIQUE INDEX post_place ON post(log, seq);
         CREATE TABLE day(                  -- where the posts of a day lie; clocks jump, so that days may overlap
             day INTEGER PRIMARY KEY,       -- since 1970
             first INTEGER NOT NULL,        -- position
             last INTEGER NOT NULL          -- position
         ) STRICT;
         CREATE TABLE taken(                -- the last entry that was taken in
             one INTEGER PRIMARY KEY CHECK(one = 1),
             position INTEGER NOT NULL,
             digest BLOB NOT NULL,          -- says whether a log is the one that it was taken from
             stale INTEGER NOT NULL         -- 1 if what was taken out may lie about in the file
         ) STRICT;
         CREATE VIRTUAL TABLE words USING fts5(  -- rowid is position
             text, log, person, columnsize=0, tokenize='unicode61 remove_diacritics 2'
         );
         INSERT INTO words(words, rank) VALUES('secure-delete', 1);
         INSERT INTO taken(one, position, digest, stale) VALUES(1, 0, x'', 0);
         PRAGMA application_id={APPLICATION};
         PRAGMA user_version={FORMAT};
         COMMIT;"
    );
    connection.execute_batch(&sql)?;
    Ok(connection)
}

/// Writes the whole file anew, so that nothing is in it but what it holds.
///
/// `secure_delete` overwrites what is taken out, but not the copies that SQLite leaves in the gap of a page when it moves
/// content from one page to the next: VACUUM does. FTS5's `secure-delete` takes out words, but not the beginnings of words
/// by which it tells apart the pages of its index, and which may be whole ones: a merge of all of the index does.
pub(super) fn scrub(connection: &Connection) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    // An index that is merged already would be left as it is. Nothing is at 0, so nobody finds this.
    transaction.execute_batch(
        "REPLACE INTO words(rowid, log) VALUES(0, 0); INSERT INTO words(words) VALUES('optimize');",
    )?;
    transaction.commit()?;
    // In memory the copy would take as much as the file does; and it holds nothing that is to be gone.
    let vacuumed = connection.execute_batch("PRAGMA temp_store=FILE; VACUUM; UPDATE taken SET stale = 0;");
    connection.execute_batch("PRAGMA temp_store=MEMORY")?;
    vacuumed
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
    // To delete a file there is no way that all VFSs share. This one makes SQLite take any file for an empty one, however
    // damaged it is, and comes before anything is read.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, reset)?;
    connection.execute_batch(
        "PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384; PRAGMA synchronous=NORMAL;
         PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF; PRAGMA journal_mode=TRUNCATE;",
    )?;
    Ok(connection)
}
