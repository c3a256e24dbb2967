//! The server on its simulated host: the real `serve`, the real SQLite, a simulated disk and network.

use crate::clock::SimClock;
use crate::network::{Cuts, SimListener};
use crate::vfs;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sala_core::entry::{LogId, Position};
use sala_core::server::Quota;
use sala_net::order::LocalOrderer;
use sala_net::serve::serve;
use sala_net::store::{
    CommitError, LoadError, Loaded, LogStore, Range, ReadError, Reader, Row, Stretch, Writer,
};
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

/// Where the database lies on the simulated disk.
pub const DATABASE: &str = "/sala.db";

/// What the world and the server's host share.
pub struct ServerControl {
    /// The world's clock.
    pub clock: SimClock,
    /// What a session may ask.
    pub quota: Quota,
    /// Where streams are cut.
    pub cuts: Cuts,
    /// Longest time that a write takes before it is on disk, and again before its caller knows, in milliseconds.
    pub write_ms_max: u64,
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
    let writer = Writer::open(path, Some(vfs::NAME), salts)?;
    let reader = Reader::open(path, Some(vfs::NAME))?;
    let store = InlineStore { files: Rc::new((RefCell::new(writer), reader)), control: Rc::clone(control) };
    let listener = SimListener::bind(control.cuts.clone()).await?;
    let stop = async {
        while !control.stop_asked.get() {
            control.stop.notified().await;
        }
    };
    let clock = control.clock.clone();
    serve(listener, store, LocalOrderer::default(), clock, control.quota, stop).await?;
    Ok(())
}

/// The store without threads: the same reads and writes, on the simulated disk, taking simulated time.
#[derive(Clone)]
struct InlineStore {
    files: Rc<(RefCell<Writer>, Reader)>,
    control: Rc<ServerControl>,
}

impl InlineStore {
    async fn take_time(&self) {
        let most = self.control.write_ms_max;
        if most > 0 {
            let pause = self.control.random.borrow_mut().random_range(0..=most);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }
}

impl LogStore for InlineStore {
    async fn commit(&self, rows: Vec<Row>) -> Result<(), CommitError> {
        self.take_time().await;
        let result = self.files.0.borrow_mut().commit(&rows);
        self.take_time().await;
        result
    }

    async fn checkpoint(&self, position: Position, state: Vec<u8>) -> Result<(), CommitError> {
        self.take_time().await;
        self.files.0.borrow_mut().checkpoint(position, &state)
    }

    async fn read(&self, log: LogId, range: Range, limit: usize) -> Result<Stretch, ReadError> {
        self.take_time().await;
        self.files.1.read(log, range, limit)
    }

    async fn load(&self) -> Result<Loaded, LoadError> {
        self.take_time().await;
        self.files.1.load()
    }
}
