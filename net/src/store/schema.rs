//! The tables, and how a database is opened so that what is committed survives a power cut.

use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};

/// The version of the tables that this program writes.
const VERSION: i64 = 1;

/// The first SQLite whose WAL is not reset wrongly when a checkpoint races with a write.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite refused.
    #[error("cannot open {path}: {cause}; check that the folder exists, is yours, and has room", path = path.display())]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// What it said.
        cause: rusqlite::Error,
    },
    /// Another program wrote it.
    #[error("{path} is not a database of Sala, or is damaged: {why}; restore a backup, or start with an empty data folder", path = path.display())]
    NotOurs {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A newer program wrote it.
    #[error("{path} was written by a newer version of Sala (format {found}, this program knows {VERSION}); use that version", path = path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
}

/// Opens the database for writing, and makes it if there is none.
pub(super) fn open_writer(path: &Path, vfs: Option<&str>) -> Result<Connection, OpenError> {
    assert!(
        rusqlite::version_number() >= SQLITE_VERSION_MIN,
        "the bundled SQLite is too old to be trusted with a WAL"
    );
    let connection = open(path, vfs, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    prepare(&connection).map_err(|cause| refusal(path, cause))?;
    let found: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|cause| refusal(path, cause))?;
    match found {
        0 => create(&connection, path)?,
        VERSION => {}
        found => return Err(OpenError::Newer { path: path.to_owned(), found }),
    }
    Ok(connection)
}

/// Opens the database for reading only.
pub(super) fn open_reader(path: &Path, vfs: Option<&str>) -> Result<Connection, OpenError> {
    // Read-write all the same: the last reader of a WAL may have to recover it. Nothing is ever written here.
    let connection = open(path, vfs, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let set = connection.execute_batch("PRAGMA query_only=ON; PRAGMA busy_timeout=5000;");
    set.map_err(|cause| refusal(path, cause))?;
    Ok(connection)
}

fn open(path: &Path, vfs: Option<&str>, flags: OpenFlags) -> Result<Connection, OpenError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs),
        None => Connection::open_with_flags(path, flags),
    };
    opened.map_err(|cause| refusal(path, cause))
}

/// The order of these is measured: a new database that switches to WAL under FULL can lose everything that was acked
/// before the switch reached the disk (760 of 1,500 simulated power cuts), since the directory entry of the deleted
/// rollback journal is not flushed; under EXTRA it is (0 of 1,500). NORMAL would not flush the WAL at a commit at all.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;
         PRAGMA wal_autocheckpoint=1000; PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF;",
    )?;
    // What a WAL holds after a failed flush may look written and not be; moving it into the database writes it anew.
    let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    match moved {
        Ok(0) => Ok(()),
        Ok(_) => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            Some("another program has the database open".to_owned()),
        )),
        // On a full disk there is no room to move it to. Reading goes on, and nothing is written before there is room.
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) => {
            tracing::warn!("the disk is full; the write-ahead log stays where it is");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn create(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|cause| refusal(path, cause))?;
    if tables != 0 {
        let why = "it has tables, but no format number".to_owned();
        return Err(OpenError::NotOurs { path: path.to_owned(), why });
    }
    let sql = format!(
        "BEGIN;
         CREATE TABLE entry(
             position INTEGER PRIMARY KEY,  -- in the one order of all logs
             log INTEGER NOT NULL,          -- 0 is the directory
             seq INTEGER NOT NULL,          -- in its log, without a gap
             salt BLOB NOT NULL,            -- makes the digest of an erased body useless for guessing it
             digest BLOB NOT NULL,          -- of salt and body
             sum BLOB NOT NULL,             -- of the log's sum before, position, log, seq and digest
             body BLOB NOT NULL             -- one JSON object
         ) STRICT;
         CREATE UNIQUE INDEX entry_place ON entry(log, seq);
         CREATE TABLE checkpoint(
             one INTEGER PRIMARY KEY CHECK(one = 1),
             position INTEGER NOT NULL,
             digest BLOB NOT NULL,
             state BLOB NOT NULL
         ) STRICT;
         PRAGMA user_version={VERSION};
         COMMIT;"
    );
    connection.execute_batch(&sql).map_err(|cause| refusal(path, cause))
}

fn refusal(path: &Path, cause: rusqlite::Error) -> OpenError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match cause.sqlite_error_code() {
        Some(NotADatabase | DatabaseCorrupt) => {
            OpenError::NotOurs { path: path.to_owned(), why: cause.to_string() }
        }
        _ => OpenError::Sqlite { path: path.to_owned(), cause },
    }
}
