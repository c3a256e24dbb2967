//! The index: takes entries in, and finds posts.

use super::change::Changes;
use super::part::{Part, integer};
use super::seek::seek;
use super::taking::{Newest, take};
use super::tokenizer::Tokenizer;
use super::{Fault, Hit, Taken, file};
use crate::store::{ReadError, Reader};
use rusqlite::{Connection, ErrorCode, params};
use sala_core::entry::Position;
use sala_core::server::Query;
use std::path::{Path, PathBuf};

/// Where each word was said.
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    vfs: Option<String>,
    /// None while the file cannot be opened or made; then nothing is found.
    file: Option<File>,
    taken: Taken,
    is_stale: bool,
}

#[derive(Debug)]
struct File {
    connection: Connection,
    tokenizer: Tokenizer,
    /// It is of the log that it is used with.
    checked: bool,
}

/// Why entries were not taken in. Nothing is lost: those after [`Index::indexed`] can be taken in later.
#[derive(Debug, thiserror::Error)]
pub enum Behind {
    /// The log cannot be read.
    #[error(transparent)]
    Unread(#[from] ReadError),
    /// The file cannot be written, or was damaged.
    #[error("the index for searching cannot be written: {0}; new posts are not found until it can")]
    Unwritten(String),
}

impl Index {
    /// Opens the index at `path`, through the named VFS if one is given. If there is none, or it is damaged or of another
    /// format, it is made anew. If it cannot be made, nothing is found until it can.
    #[must_use]
    pub fn open(path: &Path, vfs: Option<&str>) -> Self {
        let mut index = Index {
            path: path.to_owned(),
            vfs: vfs.map(str::to_owned),
            file: None,
            taken: Taken::default(),
            is_stale: false,
        };
        if let Err(error) = index.connect() {
            tracing::warn!(%error, "the index for searching cannot be opened");
        }
        index
    }

    /// The last entry that was taken in, and all before it. It goes back when something has to be made anew.
    #[must_use]
    pub fn indexed(&self) -> Position {
        self.taken.position
    }

    /// Makes the index anew if it is of another log: after a backup was restored, the log may say something else. Gives
    /// what is indexed then.
    ///
    /// # Errors
    /// When the log cannot be read, or the index cannot be made anew.
    pub fn ready(&mut self, store: &Reader) -> Result<Position, Behind> {
        let ready = self.connect().map_err(Fault::from).and_then(|()| self.check(store));
        ready.map_err(|fault| self.mended(fault))?;
        Ok(self.taken.position)
    }

    /// Takes in what comes right after what is indexed.
    ///
    /// Not all of it may be taken in, or nothing, when much is to be taken out: then the rest is to be given again.
    ///
    /// # Errors
    /// When the log cannot be read or the file cannot be written, and when it was damaged and is made anew.
    pub fn take(&mut self, changes: &Changes, store: &Reader) -> Result<(), Behind> {
        let Changes { after, upto, list } = changes;
        assert_eq!(*after, self.ready(store)?, "nothing is left out or taken in twice");
        let file = self.file.as_mut().expect("a file that is ready is open");
        match take(&mut file.connection, store, list, *upto) {
            Ok((taken, touched)) => {
                self.taken = taken;
                self.is_stale |= touched;
                Ok(())
            }
            Err(fault) => Err(self.mended(fault)),
        }
    }

    /// Whether words of posts that are gone may lie about in the file.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Writes one of the parts anew in which words of posts that are gone may lie about. It takes some tenths of a second,
    /// so it is not done for each of them.
    ///
    /// # Errors
    /// As for `take`.
    pub fn scrub(&mut self) -> Result<(), Behind> {
        let scrubbed = self.connect().and_then(|()| {
            let Some(File { connection, .. }) = &self.file else { return Ok(false) };
            let sql = "SELECT number FROM part WHERE stale <> 0 ORDER BY number DESC";
            let stale = connection
                .prepare_cached(sql)?
                .query_map([], |row| row.get(0).map(Part))?
                .collect::<Result<Vec<_>, _>>()?;
            if let Some(part) = stale.first() {
                part.scrub(connection)?;
            }
            Ok(stale.len() > 1)
        });
        self.is_stale = scrubbed.map_err(|error| self.mended(error.into()))?;
        Ok(())
    }

    /// Finds posts, the newest first. It never finds a post in any room that is not given.
    pub fn search(&mut self, query: &Query, store: &Reader) -> Vec<Hit> {
        use ErrorCode::{DatabaseCorrupt, NotADatabase, SystemIoFailure};
        let found = self.connect().map_err(Fault::from).and_then(|()| match &self.file {
            Some(File { connection, tokenizer, .. }) => seek(connection, tokenizer, store, query),
            None => Ok(Vec::new()),
        });
        found.unwrap_or_else(|fault| {
            tracing::warn!(%fault, "a search failed");
            // Only these, so that nobody finds words that cost a whole index.
            if let Fault::Index(error) = fault
                && let Some(DatabaseCorrupt | NotADatabase | SystemIoFailure) = error.sqlite_error_code()
                && let Err(error) = self.make()
            {
                tracing::warn!(%error, "the index for searching cannot be made anew");
            }
            Vec::new()
        })
    }

    /// Opens the file unless it is open.
    fn connect(&mut self) -> rusqlite::Result<()> {
        if self.file.is_none() {
            let connection = file::open(&self.path, self.vfs.as_deref())?;
            let read = |row: &rusqlite::Row<'_>| {
                let position = Position(row.get::<_, i64>(0)?.unsigned_abs());
                Ok((Taken { position, sum: row.get(1)? }, row.get(2)?))
            };
            let sql = "SELECT position, sum, EXISTS(SELECT 1 FROM part WHERE stale <> 0) FROM taken";
            (self.taken, self.is_stale) = connection.query_row(sql, [], read)?;
            self.file = Some(File { connection, tokenizer: Tokenizer::new()?, checked: false });
        }
        Ok(())
    }

    fn check(&mut self, store: &Reader) -> Result<(), Fault> {
        let Some(file) = self.file.as_mut().filter(|file| !file.checked) else { return Ok(()) };
        let Taken { position, sum } = &self.taken;
        if *position > Position(0) {
            let found = store.sum(*position)?;
            if found.as_ref() != Some(sum) {
                if found.is_none() {
                    // A log ahead in which a byte has turned over ends there, as if it had been torn by a power cut: nothing
                    // in it says that there was more.
                    tracing::error!(
                        position = position.0,
                        "the log ends before an entry that it had: a backup was restored, or the disk has lost what it had flushed"
                    );
                }
                tracing::warn!("the index for searching is of another log, and is made anew");
                return Ok(self.make()?);
            }
            if let Some(taken) = go_back(&mut file.connection)? {
                self.taken = taken;
            }
        }
        file.checked = true;
        Ok(())
    }

    /// Makes the index anew if it is to blame.
    fn mended(&mut self, fault: Fault) -> Behind {
        let error = match fault {
            Fault::Store(error) => return Behind::Unread(error),
            Fault::Index(error) => error,
        };
        if !file::is_passing(&error) {
            tracing::warn!(%error, "the index for searching is damaged, and is made anew");
            if let Err(error) = self.make() {
                return Behind::Unwritten(error.to_string());
            }
        }
        Behind::Unwritten(error.to_string())
    }

    fn make(&mut self) -> rusqlite::Result<()> {
        self.file = None;
        (self.taken, self.is_stale) = (Taken::default(), false);
        let connection = file::make(&self.path, self.vfs.as_deref())?;
        self.file = Some(File { connection, tokenizer: Tokenizer::new()?, checked: true });
        Ok(())
    }
}

impl Drop for Index {
    /// Sums the newest part, so that it need not be made anew at the next start.
    fn drop(&mut self) {
        // What was not checked is nobody's to vouch for.
        let Some(File { connection, checked: true, .. }) = &self.file else { return };
        let sealed = Newest::of(connection).and_then(|newest| match newest.open() {
            Some(part) => part.seal(connection),
            None => Ok(()),
        });
        if let Err(error) = sealed {
            tracing::debug!(%error, "the newest part of the index for searching will be made anew");
        }
    }
}

/// Drops the newest part if it has no sum, since the process was ended while posts were added to it: nothing would say
/// whether it is what was written. Some hundred thousand posts are soon taken in again.
fn go_back(connection: &mut Connection) -> rusqlite::Result<Option<Taken>> {
    let transaction = connection.transaction()?;
    let Some(part) = Newest::of(&transaction)?.open() else { return Ok(None) };
    let sql = "DELETE FROM part WHERE number = ?1 RETURNING before";
    let sum: Vec<u8> = transaction.query_row(sql, [part.0], |row| row.get(0))?;
    part.drop(&transaction)?;
    let position = part.before();
    transaction.execute("UPDATE taken SET position = ?1, sum = ?2", params![integer(position.0), sum])?;
    transaction.commit()?;
    Ok(Some(Taken { position, sum }))
}
