//! Copies a database, also one that a server writes to.

use super::open::{self, OpenError};
use super::reader::Reader;
use super::vacuum::is_prepared;
use super::verify::VerifyReport;
use super::writer::keep_checkpoint;
use super::{LoadError, ReadError};
use rusqlite::Connection;
use sala_core::entry::Position;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The one that is copied, or the copy, cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite could not read the one, or write the other.
    #[error("cannot copy {from} to {to}: {cause}", from = from.display(), to = to.display())]
    Copy {
        /// What was copied.
        from: PathBuf,
        /// Where to.
        to: PathBuf,
        /// What it said.
        cause: rusqlite::Error,
    },
    /// The copy could not be flushed to disk, or put in its place.
    #[error("cannot write {path}: {cause}", path = path.display())]
    Write {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The copy cannot be read.
    #[error("the copy cannot be read: {0}")]
    Read(#[from] ReadError),
    /// The copy is damaged, as what it is of is: what the server could read of that is all there is.
    #[error("the copy is damaged, as its original is: {}", .0.first().map_or("", String::as_str))]
    Damaged(Vec<String>),
    /// No server could start on the copy.
    #[error("no server could start on the copy: {0}")]
    Load(#[from] LoadError),
}

/// Copies the database at `from`, as it is at one moment, to `to`, where no file may be; and checks the copy whole, every
/// entry and what all of them add up to, before it has its name. What was erased is not in it. Single entries that are
/// damaged make it fail, unless `damaged`.
///
/// While it copies, the write-ahead log of a server that writes on grows, and keeps what is erased meanwhile.
///
/// # Errors
/// [`CopyError`]; then there is no file at `to`, or one of which it is not sure that it outlasts a power cut.
pub fn copy(from: &Path, to: &Path, damaged: bool) -> Result<VerifyReport, CopyError> {
    let mut draft = to.as_os_str().to_owned();
    draft.push(".part");
    let draft = PathBuf::from(draft);
    let copied = checked_copy(from, &draft, damaged).and_then(|report| {
        name(&draft, to).map_err(|cause| CopyError::Write { path: to.to_owned(), cause })?;
        Ok(report)
    });
    // What is left of it is of no use: the copy has its name, or is none.
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut path = draft.clone().into_os_string();
        path.push(end);
        std::fs::remove_file(path).ok();
    }
    let report = copied?;
    flush(folder_of(to))?;
    Ok(report)
}

/// Writes the database at `path` anew, without the room that what was erased leaves in it: copied to `draft`, checked whole,
/// and put in its place. Until then the disk must hold both. Nobody else may have it open.
///
/// # Errors
/// [`CopyError`]; then it is as it was, or, if the folder could not be flushed, one of the two after a power cut.
pub fn vacuum(path: &Path, draft: &Path) -> Result<VerifyReport, CopyError> {
    let unwritten = |cause| CopyError::Write { path: path.to_owned(), cause };
    let report = copy(path, draft, false)?;
    // Whoever has it done may be root, and the server is not.
    let owner = std::fs::metadata(path).map_err(unwritten)?;
    chown(draft, Some(owner.uid()), Some(owner.gid())).map_err(unwritten)?;
    // What is in the write-ahead log of the old one would be taken for the new one's. So that log is moved into it and ends, which
    // SQLite refuses while anybody else has it open.
    let ended = open::open_for_copy(path)?
        .pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0))
        .map_err(|cause| unwritten(io::Error::other(cause)))?;
    if ended != "delete" {
        return Err(unwritten(io::Error::other("its write-ahead log cannot be emptied")));
    }
    std::fs::rename(draft, path).map_err(unwritten)?;
    flush(folder_of(path))?;
    Ok(report)
}

fn checked_copy(from: &Path, draft: &Path, damaged: bool) -> Result<VerifyReport, CopyError> {
    let original = open::open_for_copy(from)?;
    let unwritable = |cause| CopyError::Write { path: draft.to_owned(), cause };
    let uncopied = |cause| CopyError::Copy { from: from.to_owned(), to: draft.to_owned(), cause };
    // One of an earlier attempt that was killed.
    std::fs::remove_file(draft).ok();
    // Made here, since SQLite would let everybody read it; it takes an empty file for one that is not there.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft).map_err(unwritable)?;
    let name = draft.to_str().ok_or_else(|| io::Error::other("the path is not UTF-8")).map_err(unwritable)?;
    // A copy can become smaller while it is in use, whatever its original can. Said to one that can, this would write to it.
    let prepared = is_prepared(&original).map_err(uncopied)?;
    if !prepared {
        original.execute_batch("PRAGMA auto_vacuum=INCREMENTAL").map_err(uncopied)?;
    }
    // SQLite copies within one transaction that reads; the copy has no free pages, and so nothing of what stood there.
    original.execute("VACUUM INTO ?1", [name]).map_err(uncopied)?;
    let state = Reader::open(draft, None)?.load()?.state;
    // The last checkpoint may be older than an erasure, and hold names and hashes of who is gone.
    replace_checkpoint(draft, state.position(), state.encode()).map_err(uncopied)?;
    flush(draft)?;
    let report = Reader::open(draft, None)?.verify()?;
    if report.faults.is_empty() || damaged { Ok(report) } else { Err(CopyError::Damaged(report.faults)) }
}

fn replace_checkpoint(draft: &Path, position: Position, state: Vec<u8>) -> rusqlite::Result<()> {
    let connection = Connection::open(draft)?;
    // Nobody needs a draft that was not finished; and what is replaced is overwritten.
    connection.execute_batch("PRAGMA journal_mode=MEMORY; PRAGMA secure_delete=ON;")?;
    keep_checkpoint(&connection, position, state)
}

/// Gives a file its name, where none may be.
fn name(draft: &Path, to: &Path) -> io::Result<()> {
    // Linked, not renamed: a file that has come to be there meanwhile is not to be replaced.
    match std::fs::hard_link(draft, to) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !to.try_exists()? => {
            // Not every disk has links, above all not those on which copies are carried away.
            std::fs::rename(draft, to)
        }
        linked => linked,
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn flush(path: &Path) -> Result<(), CopyError> {
    let flushed = File::open(path).and_then(|file| file.sync_all());
    flushed.map_err(|cause| CopyError::Write { path: path.to_owned(), cause })
}
