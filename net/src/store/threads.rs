//! The store on threads of its own: one that writes, and a few that read.

use super::{
    CommitError, LoadError, Loaded, LogStore, OpenError, Range, ReadError, Reader, Row, Stretch, VacuumError,
    Vacuumed, Writer,
};
use crate::thread;
use rand::rngs::StdRng;
use sala_core::entry::{LogId, PersonId, Position, Seq};
use sala_core::limits::DISK_READERS_MAX;
use sala_core::server::{self, Erase};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// Work for the writing thread. One of them at most is under way: the caller awaits each.
enum Work {
    Append(Vec<Row>, oneshot::Sender<Result<(), CommitError>>),
    Commit(Vec<Row>, Vec<Erase>, oneshot::Sender<Result<(), CommitError>>),
    Checkpoint(Position, Vec<u8>, oneshot::Sender<Result<(), CommitError>>),
    Vacuum(Position, oneshot::Sender<Result<Vacuumed, VacuumError>>),
}

/// How often the write-ahead log is tried to be emptied while others read.
const SCRUB_RETRY: Duration = Duration::from_millis(200);

/// A SQLite database whose reads and writes never block the caller's thread. The writing thread ends, and closes the
/// database, when the last clone is dropped.
///
/// What a commit erased is gone from the files a moment after it is answered: the time of two flushes. While others read
/// without a pause, it is tried again with each later write, and every `SCRUB_RETRY`; no read takes longer than one page
/// does, so this, too, is a matter of parts of a second. On a full disk it waits for room. If the process ends before, the
/// next one does it before anything else. The last checkpoint, which holds names and hashes, goes when the next one comes.
#[derive(Clone, Debug)]
pub struct ThreadedStore {
    work: mpsc::SyncSender<Work>,
    readers: Arc<Readers>,
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Reader>>,
    places: Arc<Semaphore>,
}

impl ThreadedStore {
    /// Opens the database at `path`, and makes it if there is none. `random` gives the salts.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, random: StdRng) -> Result<Self, OpenError> {
        let writer = Writer::open(path, None, random)?;
        let (work, inbox) = mpsc::sync_channel(4);
        thread::start("sala-disk", move || write(writer, &inbox))?;
        // All at once, while there are file descriptors: later, connections may have taken them.
        let idle = (0..DISK_READERS_MAX).map(|_| Reader::open(path, None)).collect::<Result<Vec<_>, _>>()?;
        let places = Arc::new(Semaphore::new(DISK_READERS_MAX));
        let readers = Readers { path: path.to_owned(), idle: Mutex::new(idle), places };
        Ok(ThreadedStore { work, readers: Arc::new(readers) })
    }

    async fn write<T, E: From<CommitError>>(
        &self,
        work: impl FnOnce(oneshot::Sender<Result<T, E>>) -> Work,
    ) -> Result<T, E> {
        let (answer, answered) = oneshot::channel();
        let gone = || CommitError::Failed("the writing thread is gone".to_owned());
        self.work.try_send(work(answer)).map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone().into()))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "reads on the real disk; the simulator has a store of its own"
    )]
    async fn reading<T, E>(&self, work: impl FnOnce(&Reader) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<ReadError> + Send + 'static,
    {
        let places = Arc::clone(&self.readers.places);
        let place = places.acquire_owned().await.expect("the semaphore is never closed");
        let readers = Arc::clone(&self.readers);
        let read = tokio::task::spawn_blocking(move || {
            // Kept by the work, not by whoever waits for it and may not look for a while.
            let _place = place;
            let idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let reader = match idle {
                Some(reader) => reader,
                None => Reader::open(&readers.path, None).map_err(|error| ReadError(error.to_string()))?,
            };
            let result = work(&reader);
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            result
        });
        read.await.unwrap_or_else(|_| Err(ReadError("the reading thread is gone".to_owned()).into()))
    }
}

/// Works off what comes in until nobody is left who could ask for more.
fn write(mut writer: Writer, inbox: &mpsc::Receiver<Work>) {
    loop {
        let work = if writer.scrub_due() {
            match inbox.recv_timeout(SCRUB_RETRY) {
                Ok(work) => Some(work),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        } else {
            let Ok(work) = inbox.recv() else { return };
            Some(work)
        };
        // Whoever asked may be gone by now; the write stands all the same.
        match work {
            Some(Work::Append(rows, answer)) => drop(answer.send(writer.append(&rows))),
            Some(Work::Commit(rows, erasures, answer)) => drop(answer.send(writer.commit(&rows, &erasures))),
            Some(Work::Checkpoint(position, state, answer)) => {
                drop(answer.send(writer.checkpoint(position, state)));
            }
            Some(Work::Vacuum(after, answer)) => {
                let vacuumed = writer.vacuum(after);
                // Whoever is told that it is done looks how large the file is.
                writer.scrub();
                drop(answer.send(vacuumed));
            }
            None => {}
        }
        writer.tend();
    }
}

impl LogStore for ThreadedStore {
    async fn append(&self, rows: Vec<Row>) -> Result<(), CommitError> {
        self.write(|answer| Work::Append(rows, answer)).await
    }

    async fn commit(&self, rows: Vec<Row>, erasures: Vec<Erase>) -> Result<(), CommitError> {
        self.write(|answer| Work::Commit(rows, erasures, answer)).await
    }

    async fn checkpoint(&self, position: Position, state: Vec<u8>) -> Result<(), CommitError> {
        self.write(|answer| Work::Checkpoint(position, state, answer)).await
    }

    async fn vacuum(&self, after: Position) -> Result<Vacuumed, VacuumError> {
        self.write(|answer| Work::Vacuum(after, answer)).await
    }

    async fn read(&self, log: LogId, range: Range, limit: usize) -> Result<Stretch, ReadError> {
        self.reading(move |reader| reader.read(log, range, limit)).await
    }

    async fn page(&self, log: LogId, range: Range, limit: usize) -> Result<Stretch, ReadError> {
        self.reading(move |reader| reader.page(log, range, limit)).await
    }

    async fn audit(&self, log: LogId, before: Seq, limit: usize) -> Result<Stretch, ReadError> {
        self.reading(move |reader| reader.audit(log, before, limit)).await
    }

    async fn versions(&self, log: LogId, target: Seq, after: Option<Seq>) -> Result<Stretch, ReadError> {
        self.reading(move |reader| reader.versions(log, target, after)).await
    }

    async fn author(&self, log: LogId, seq: Seq) -> Result<Option<PersonId>, ReadError> {
        self.reading(move |reader| reader.author(log, seq)).await
    }

    async fn written_by(
        &self,
        person: PersonId,
        after: Position,
        limit: usize,
    ) -> Result<server::Stretch, ReadError> {
        self.reading(move |reader| reader.written_by(person, after, limit)).await
    }

    async fn load(&self) -> Result<Loaded, LoadError> {
        self.reading(Reader::load).await
    }
}
