//! How a database is opened so that what is committed survives a power cut.

use super::schema::{CHECKPOINT, INDEXES, TABLES, VERSION, is_as_made};
use super::upgrade::{UpgradeError, reindex, upgrade};
use crate::thread::ThreadError;
use rusqlite::{Connection, OpenFlags};
use sala_core::mutant::planted;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The first SQLite whose WAL is not reset wrongly when a checkpoint races with a write.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// How long a connection waits for another one to let go of a lock.
pub(super) const BUSY: Duration = Duration::from_secs(5);

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
    #[error("{path} was written by a newer version of Sala (format {found}, this program knows {VERSION}), or is damaged; use that version, or restore a backup", path = path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
    /// An older program wrote it, and it is only to be read.
    #[error("{path} is of an older format ({found}, this program knows {VERSION}); put it into a data folder and start a server there, which brings it up to date", path = path.display())]
    Older {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
    /// It could not be brought to the format of this program, and is as it was.
    #[error("{path} is of an older format, and cannot be brought to format {VERSION}: {why}; it is unchanged: restore a backup, or use the version that wrote it", path = path.display())]
    NotUpgraded {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody could write to it.
    #[error(transparent)]
    Thread(#[from] ThreadError),
}

/// Opens the database for writing, and makes it if there is none.
pub(super) fn open_writer(path: &Path, vfs: Option<&str>) -> Result<Connection, OpenError> {
    assert!(
        rusqlite::version_number() >= SQLITE_VERSION_MIN,
        "the bundled SQLite is too old to be trusted with a WAL"
    );
    let mut connection = open(path, vfs, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    prepare(&connection).map_err(|cause| refusal(path, cause))?;
    let found: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|cause| refusal(path, cause))?;
    match found {
        0 => create(&connection, path)?,
        1 | 2 => {
            let upgraded = if found == 1 { upgrade(&mut connection) } else { reindex(&mut connection) };
            upgraded.map_err(|error| match error {
                UpgradeError::Sqlite(cause) => refusal(path, cause),
                error => OpenError::NotUpgraded { path: path.to_owned(), why: error.to_string() },
            })?;
            // It has grown to more than the database, and would keep its size.
            move_wal(&connection).map_err(|cause| refusal(path, cause))?;
        }
        VERSION => check_tables(&connection, path)?,
        found => return Err(OpenError::Newer { path: path.to_owned(), found }),
    }
    Ok(connection)
}

/// Refuses a database whose tables are not as they were made.
fn check_tables(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    if is_as_made(connection).map_err(|cause| refusal(path, cause))? {
        return Ok(());
    }
    Err(OpenError::NotOurs { path: path.to_owned(), why: "its tables are not as they were made".to_owned() })
}

/// Opens the database for reading only.
pub(super) fn open_reader(path: &Path, vfs: Option<&str>) -> Result<Connection, OpenError> {
    // Read-write all the same: the last reader of a WAL may have to recover it. Nothing is ever written here.
    let connection = open(path, vfs, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let set = connection.execute_batch("PRAGMA query_only=ON").and_then(|()| connection.busy_timeout(BUSY));
    set.map_err(|cause| refusal(path, cause))?;
    let found: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|cause| refusal(path, cause))?;
    if found == VERSION {
        check_tables(&connection, path)?;
    }
    Ok(connection)
}

/// Opens the database to be copied: by a statement that `query_only` would not let write the copy.
pub(super) fn open_for_copy(path: &Path) -> Result<Connection, OpenError> {
    let connection = open(path, None, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(BUSY).map_err(|cause| refusal(path, cause))?;
    let found: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|cause| refusal(path, cause))?;
    match found {
        VERSION => Ok(connection),
        0 => {
            let why = "it has no format number".to_owned();
            Err(OpenError::NotOurs { path: path.to_owned(), why })
        }
        found if found > VERSION => Err(OpenError::Newer { path: path.to_owned(), found }),
        found => Err(OpenError::Older { path: path.to_owned(), found }),
    }
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
///
/// The WAL is moved into the database by whoever writes, once that keeps nobody waiting: SQLite itself would do it before
/// it says that a commit is flushed.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    if !planted("wal_without_extra") {
        connection.execute_batch("PRAGMA synchronous=EXTRA")?;
    }
    // Before the first page is written, or not at all: it lets room be given back while the file is in use.
    if connection.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))? == 0 {
        connection.execute_batch("PRAGMA auto_vacuum=INCREMENTAL")?;
    }
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
         PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF;",
    )?;
    if planted("normal_sync") {
        connection.execute_batch("PRAGMA synchronous=NORMAL")?;
    }
    // What a WAL holds after a failed flush may look written and not be; moving it into the database writes it anew.
    move_wal(connection)
}

/// Moves the WAL into the database, where nobody else has it open.
fn move_wal(connection: &Connection) -> rusqlite::Result<()> {
    match empty_wal(connection) {
        Ok(true) => Ok(()),
        Ok(false) => Err(rusqlite::Error::SqliteFailure(
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

/// Moves what nobody reads of the WAL into the database, and says whether that was all. The rest stays for the next time.
pub(super) fn move_some_of_wal(connection: &Connection) -> rusqlite::Result<bool> {
    let mut moved = connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?;
    moved.query_row([], |row| Ok(row.get::<_, i64>("log")? == row.get::<_, i64>("checkpointed")?))
}

/// Moves the WAL into the database, and leaves an empty file. False if somebody reads what it would have to change.
pub(super) fn empty_wal(connection: &Connection) -> rusqlite::Result<bool> {
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))?;
    Ok(busy == 0)
}

fn create(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|cause| refusal(path, cause))?;
    if tables != 0 {
        let why = "it has tables, but no format number".to_owned();
        return Err(OpenError::NotOurs { path: path.to_owned(), why });
    }
    let sql = format!("BEGIN; {TABLES} {CHECKPOINT} {INDEXES} PRAGMA user_version={VERSION}; COMMIT;");
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
