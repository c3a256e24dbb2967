//! The server on its simulated host: the real `serve`, the real SQLite, a simulated disk and network.

use crate::chronicle::Chronicle;
use crate::clock::SimClock;
use crate::network::{Cuts, SimListener};
use crate::search_host::InlineFinder;
use crate::slip;
use crate::vfs;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sala_core::entry::{Entry, LogId, PersonId, Position, Seq};
use sala_core::secret::OnceCode;
use sala_core::server::{self, Command, Erase, Quota, State};
use sala_net::order::{LocalOrderer, Orderer};
use sala_net::password::PlainHasher;
use sala_net::search::Index;
use sala_net::serve::{Claim, Parts, Settings, Slack, Sources, Worker, Workers, World, serve, workers};
use sala_net::store::{
    CommitError, LoadError, Loaded, LogStore, Range, ReadError, Reader, Row, Stretch, VacuumError, Vacuumed,
    Writer,
};
use sala_net::transport::Stream;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;

/// Longest time that a password takes to be compared, in simulated milliseconds.
const HASH_MS_MAX: u64 = 60;

/// The code by which somebody may make himself an administrator of every simulated server.
///
/// # Panics
/// Never: it is of the form of a code.
#[must_use]
pub fn claim_code() -> OnceCode {
    OnceCode::new("the-claim-code-of-every-world").expect("a proper code")
}

/// Where the index of what was said lies on the simulated disk.
pub const SEARCH: &str = "/search.db";

/// Where the database lies on the simulated disk.
pub const DATABASE: &str = "/sala.db";

/// How often what could not be scrubbed is tried again.
const SCRUB_RETRY: Duration = Duration::from_secs(1);

/// Threads that connections live on, beside the one on which the server decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threads {
    /// How many.
    pub count: usize,
    /// How long each may take before it does what it is told, in milliseconds.
    pub pause_ms: u64,
    /// Connections that live where the server decides before others have any.
    pub home_min: usize,
    /// Little may wait between them, so that each waits for the other.
    pub is_narrow: bool,
}

/// What the world and the server's host share.
pub struct ServerControl {
    /// The world's clock.
    pub clock: SimClock,
    /// Notes what gets to disk.
    pub chronicle: Chronicle,
    /// What a session may ask.
    pub quota: Quota,
    /// Where streams are cut.
    pub cuts: Cuts,
    /// Longest time that a write takes before it is on disk, and again before its caller knows, in milliseconds.
    pub write_ms_max: u64,
    /// When the write-ahead log is moved into the database, and when it was.
    pub wal: Wal,
    /// Threads that connections live on, if not only the one on which the server decides.
    pub threads: Option<Threads>,
    /// How much longer each takes for now, in milliseconds.
    pub slow_disk_ms: Cell<u64>,
    /// How long the server is busy with something else before it looks at what it was asked, in milliseconds.
    pub slow_fold_ms: Cell<u64>,
    /// Every commit, for those who look at the run later.
    pub commits: RefCell<Vec<Commit>>,
    /// Draws the salts, and how long the disk takes.
    pub random: RefCell<StdRng>,
    /// The server is to stop, as after SIGTERM; a new start has heard of no such thing.
    pub stop_asked: Cell<bool>,
    /// Tells it to look.
    pub stop: Notify,
    /// The server has ended: by itself with why, or as asked.
    pub ended: RefCell<Option<Result<(), String>>>,
    /// How often it was started.
    pub starts: Cell<u64>,
}

/// Moves of the write-ahead log into the database.
#[derive(Debug, Default)]
pub struct Wal {
    /// With so many pages it is moved, if not the usual.
    pages_max: Option<u64>,
    /// How often it was.
    pub moves: Cell<u64>,
    /// The last write that was answered ended with one.
    moved_last: Cell<bool>,
    /// How often the server ended before it wrote anything after one.
    pub moved_at_end: Cell<u64>,
}

impl Wal {
    /// A log that is moved with so many pages, if not as usual.
    #[must_use]
    pub fn new(pages_max: Option<u64>) -> Self {
        Wal { pages_max, ..Wal::default() }
    }

    fn writer(&self, writer: Writer) -> Writer {
        if self.moved_last.take() {
            self.moved_at_end.update(|ends| ends + 1);
        }
        match self.pages_max {
            Some(most) => writer.with_wal_pages(most),
            None => writer,
        }
    }

    fn tended(&self, written: bool, moved: bool) {
        self.moves.update(|moves| moves + u64::from(moved));
        // One that failed may have begun the log anew, but nothing in it counts.
        if written {
            self.moved_last.set(moved);
        }
    }
}

/// While no server runs: the next one finds the state that all entries but the last of them add up to, so many, as an older
/// program would have kept it; or one that only another program can read. False if the disk does not allow it now.
#[must_use]
pub fn keep_another_checkpoint(lacks: Option<u64>) -> bool {
    let path = Path::new(DATABASE);
    let keep = || -> Option<()> {
        let mut writer = Writer::open(path, Some(vfs::NAME), StdRng::seed_from_u64(0)).ok()?;
        let head = Reader::open(path, Some(vfs::NAME)).ok()?.load().ok()?.state.position();
        let Some(lacks) = lacks else { return writer.checkpoint(head, b"of another program".to_vec()).ok() };
        let last = Position(head.0.saturating_sub(lacks));
        let (reader, mut state) = (Reader::open(path, Some(vfs::NAME)).ok()?, State::new());
        while state.position() < last {
            for (position, log, seq, body) in reader.after(state.position(), 1_000).ok()?.rows {
                if position <= last {
                    state.replay(log, seq, &Entry::decode(log, seq, &body).ok()?).ok()?;
                }
            }
        }
        writer.checkpoint(last, state.encode()).ok()
    };
    keep().is_some()
}

/// A batch that got to disk.
#[derive(Clone, Copy, Debug)]
pub struct Commit {
    /// When it was begun, in milliseconds from the start.
    pub begun_ms: u64,
    /// When it was on disk.
    pub stored_ms: u64,
    /// Its last entry.
    pub last: Position,
    /// In how many parts it was written: what was ordered while one was being written is in the next.
    pub parts: usize,
}

/// Runs the server once, as its process would, and then does nothing for ever.
pub async fn run(control: Rc<ServerControl>) {
    control.starts.set(control.starts.get() + 1);
    let result = run_once(&control).await.map_err(|error| format!("{error:#}"));
    tracing::info!(?result, "server ended");
    *control.ended.borrow_mut() = Some(result);
    std::future::pending::<()>().await;
}

async fn run_once(control: &Rc<ServerControl>) -> anyhow::Result<()> {
    let path = Path::new(DATABASE);
    let salts = StdRng::seed_from_u64(control.random.borrow_mut().random());
    let writer = control.wal.writer(Writer::open(path, Some(vfs::NAME), salts)?);
    let reader = Reader::open(path, Some(vfs::NAME))?;
    let files = Rc::new((RefCell::new(writer), reader));
    let store = InlineStore { begun: Rc::default(), files, control: Rc::clone(control) };
    let scrubbing = store.clone().scrub_now_and_then();
    let listener = SimListener::bind(control.cuts.clone()).await?;
    let stop = async {
        while !control.stop_asked.get() {
            control.stop.notified().await;
        }
    };
    let clock = control.clock.clone();
    let hasher = PlainHasher::new(StdRng::seed_from_u64(control.random.borrow_mut().random()), HASH_MS_MAX);
    let (offered, _) = oneshot::channel();
    let settings = Settings {
        quota: control.quota,
        claim: Some(Claim { hash: claim_code().hash(), offered }),
        ..Settings::default()
    };
    let index = Index::open(Path::new(SEARCH), Some(vfs::NAME));
    let follower = Reader::open(path, Some(vfs::NAME))?;
    let finder = InlineFinder::new(index, follower, clock.clone());
    let following = finder.clone().follow();
    let orderer = SlowOrderer { queue: LocalOrderer::default(), control: Rc::clone(control) };
    let (mut ours, mut threads) = (Workers::none(), JoinSet::new());
    if let Some(Threads { count, pause_ms, home_min, is_narrow }) = control.threads {
        let wide = Slack { home_min, ..Slack::default() };
        let slack = if is_narrow { Slack { words: 2, said: 1, ..wide } } else { wide };
        let (workers, theirs) = workers(count, slack);
        ours = workers;
        for worker in theirs {
            let sources = Sources { store: store.clone(), finder: finder.clone(), clock: clock.clone() };
            threads.spawn_local(thread(worker, sources, control.random.borrow_mut().fork(), pause_ms));
        }
    }
    let parts = Parts::<Simulated> { store, orderer, clock, hasher, finder };
    tokio::select! { biased;
        served = serve(listener, ours, parts, settings, stop) => Ok(served?),
        () = following => unreachable!("following never ends"),
        () = scrubbing => unreachable!("scrubbing never ends"),
    }
}

/// What would be a thread of the server: a task that takes its time.
async fn thread<T: Stream>(
    worker: Worker<T>,
    sources: Sources<Simulated>,
    random: StdRng,
    pause_ms_max: u64,
) {
    let random = RefCell::new(random);
    let pause = async || {
        let pause = random.borrow_mut().random_range(0..=pause_ms_max);
        if pause > 0 {
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    };
    worker.run(sources, Ok, pause).await;
}

/// A simulated server's parts.
struct Simulated;

impl World for Simulated {
    type Store = InlineStore;
    type Orderer = SlowOrderer;
    type Clock = SimClock;
    type Hasher = PlainHasher;
    type Finder = InlineFinder;
}

/// The order of a server that may be slow to look at it.
#[derive(Clone)]
struct SlowOrderer {
    queue: LocalOrderer,
    control: Rc<ServerControl>,
}

impl Orderer for SlowOrderer {
    fn submit(&self, command: Command) {
        self.queue.submit(command);
    }

    async fn ready(&self, count: usize) {
        self.queue.ready(count).await;
        let busy_ms = self.control.slow_fold_ms.get();
        // Whoever waits for more than one has been kept waiting for the first already.
        if busy_ms > 0 && count == 1 {
            tokio::time::sleep(Duration::from_millis(busy_ms)).await;
        }
    }

    fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    fn take(&self, most: usize) -> Vec<Command> {
        slip::ordered(self.queue.take(most))
    }
}

/// The store without threads: the same reads and writes, on the simulated disk, taking simulated time. What was erased
/// goes with the commit, or with the next call that finds nobody reading.
#[derive(Clone)]
struct InlineStore {
    /// The last entry of the batch that was begun, and how many parts it has by now.
    begun: Rc<Cell<Option<(Position, usize)>>>,
    files: Rc<(RefCell<Writer>, Reader)>,
    control: Rc<ServerControl>,
}

impl InlineStore {
    async fn take_time(&self) {
        let most = self.control.write_ms_max + self.control.slow_disk_ms.get();
        if most > 0 {
            let pause = self.control.random.borrow_mut().random_range(0..=most);
            tokio::time::sleep(Duration::from_millis(slip::paused(pause, most))).await;
        }
    }

    /// What could not be scrubbed when it was erased is scrubbed when it can be.
    async fn scrub_now_and_then(self) {
        loop {
            tokio::time::sleep(SCRUB_RETRY).await;
            self.files.0.borrow_mut().scrub();
        }
    }

    async fn reading(&self) -> &Reader {
        self.take_time().await;
        self.files.0.borrow_mut().scrub();
        &self.files.1
    }
}

impl LogStore for InlineStore {
    async fn append(&self, rows: Vec<Row>) -> Result<(), CommitError> {
        self.take_time().await;
        let result = self.files.0.borrow_mut().append(&rows);
        let parts = self.begun.get().map_or(0, |(_, parts)| parts);
        self.begun.set(rows.last().map(|row| (row.position, parts + 1)).filter(|_| result.is_ok()));
        result
    }

    async fn commit(&self, rows: Vec<Row>, erasures: Vec<Erase>) -> Result<(), CommitError> {
        let begun_ms = self.control.clock.elapsed_ms();
        self.take_time().await;
        let (begun, parts) = self.begun.take().unzip();
        let last = rows.last().map(|row| row.position).or(begun);
        let parts = parts.unwrap_or(0) + usize::from(!rows.is_empty());
        let result = {
            let mut writer = self.files.0.borrow_mut();
            let result = writer.commit(&rows, &erasures);
            self.control.wal.tended(result.is_ok(), writer.tend());
            result
        };
        if let (Ok(()), Some(last)) = (&result, last) {
            self.control.chronicle.stored(last);
            let stored_ms = self.control.clock.elapsed_ms();
            self.control.commits.borrow_mut().push(Commit { begun_ms, stored_ms, last, parts });
        }
        self.take_time().await;
        result
    }

    async fn checkpoint(&self, position: Position, state: Vec<u8>) -> Result<(), CommitError> {
        self.take_time().await;
        let mut writer = self.files.0.borrow_mut();
        let result = writer.checkpoint(position, state);
        self.control.wal.tended(result.is_ok(), writer.tend());
        result
    }

    async fn vacuum(&self, after: Position) -> Result<Vacuumed, VacuumError> {
        self.take_time().await;
        let mut writer = self.files.0.borrow_mut();
        let result = writer.vacuum(after);
        self.control.wal.tended(result.is_ok(), writer.tend());
        result
    }

    async fn read(&self, log: LogId, range: Range, limit: usize) -> Result<Stretch, ReadError> {
        self.reading().await.read(log, range, limit)
    }

    async fn page(&self, log: LogId, range: Range, limit: usize) -> Result<Stretch, ReadError> {
        self.reading().await.page(log, range, limit)
    }

    async fn audit(&self, log: LogId, before: Seq, limit: usize) -> Result<Stretch, ReadError> {
        self.reading().await.audit(log, before, limit)
    }

    async fn versions(&self, log: LogId, target: Seq, after: Option<Seq>) -> Result<Stretch, ReadError> {
        self.reading().await.versions(log, target, after)
    }

    async fn author(&self, log: LogId, seq: Seq) -> Result<Option<PersonId>, ReadError> {
        self.reading().await.author(log, seq)
    }

    async fn written_by(
        &self,
        person: PersonId,
        after: Position,
        limit: usize,
    ) -> Result<server::Stretch, ReadError> {
        self.reading().await.written_by(person, after, limit)
    }

    async fn load(&self) -> Result<Loaded, LoadError> {
        let loaded = self.reading().await.load()?;
        self.control.chronicle.stored(loaded.state.position());
        Ok(loaded)
    }
}
