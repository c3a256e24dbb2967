//! The real server on the real SQLite, without threads: what it does is done when it is asked.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::entry::{LogId, PersonId, Position, Seq};
use sala_core::secret::OnceCode;
use sala_core::server::{self, Erase, Query};
use sala_net::clock::SystemClock;
use sala_net::order::LocalOrderer;
use sala_net::password::PlainHasher;
use sala_net::search::{Changes, FindError, Finder, Hit, Index};
use sala_net::serve::{Claim, Parts, Settings, Workers, World, serve};
use sala_net::store::{
    CommitError, LoadError, Loaded, LogStore, Range, ReadError, Reader, Row, Stretch, VacuumError, Vacuumed,
    Writer,
};
use sala_net::transport::Listener;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use tokio::sync::oneshot;

/// The code by which somebody becomes the server's administrator.
pub(crate) const CLAIM: &str = "k2vd8zq4rt6hnb3w";

/// Serves a folder until the task is dropped, as if the process were killed.
pub(crate) async fn run<L: Listener>(listener: L, folder: &Path, clock: SystemClock) {
    let path = folder.join("sala.db");
    let writer = Writer::open(&path, None, StdRng::seed_from_u64(1)).unwrap();
    let reader = Reader::open(&path, None).unwrap();
    let store = Inline(Rc::new((RefCell::new(writer), reader)));
    let hasher = PlainHasher::new(StdRng::seed_from_u64(2), 0);
    let index = Index::open(&folder.join("search.db"), None);
    let finder = InlineFinder(Rc::new((RefCell::new(index), Reader::open(&path, None).unwrap())));
    let parts = Parts::<Plain> { store, orderer: LocalOrderer::default(), clock, hasher, finder };
    let claim = Claim { hash: OnceCode::new(CLAIM).unwrap().hash(), offered: oneshot::channel().0 };
    let settings = Settings { claim: Some(claim), ..Settings::default() };
    serve(listener, Workers::none(), parts, settings, std::future::pending()).await.unwrap();
}

struct Plain;

impl World for Plain {
    type Store = Inline;
    type Orderer = LocalOrderer;
    type Clock = SystemClock;
    type Hasher = PlainHasher;
    type Finder = InlineFinder;
}

/// The index without a thread: it catches up when it is asked.
#[derive(Clone)]
struct InlineFinder(Rc<(RefCell<Index>, Reader)>);

impl Finder for InlineFinder {
    fn committed(&self, _: Changes, _: bool) {}

    async fn find(&self, query: Query) -> Result<Vec<Hit>, FindError> {
        let (index, store) = &*self.0;
        let mut index = index.borrow_mut();
        loop {
            let indexed = index.ready(store).map_err(|_| FindError::Gone)?;
            let (changes, more) = Changes::read(store, indexed, 1 << 20).map_err(|_| FindError::Gone)?;
            index.take(&changes, store).map_err(|_| FindError::Gone)?;
            if !more {
                return Ok(index.search(&query, store));
            }
        }
    }
}

#[derive(Clone)]
struct Inline(Rc<(RefCell<Writer>, Reader)>);

impl Inline {
    fn reader(&self) -> &Reader {
        &self.0.1
    }
}

impl LogStore for Inline {
    async fn append(&self, rows: Vec<Row>) -> Result<(), CommitError> {
        self.0.0.borrow_mut().append(&rows)
    }

    async fn commit(&self, rows: Vec<Row>, erasures: Vec<Erase>) -> Result<(), CommitError> {
        self.0.0.borrow_mut().commit(&rows, &erasures)
    }

    async fn checkpoint(&self, position: Position, state: Vec<u8>) -> Result<(), CommitError> {
        self.0.0.borrow_mut().checkpoint(position, state)
    }

    async fn vacuum(&self, after: Position) -> Result<Vacuumed, VacuumError> {
        self.0.0.borrow_mut().vacuum(after)
    }

    async fn read(&self, log: LogId, range: Range, limit: usize) -> Result<Stretch, ReadError> {
        self.reader().read(log, range, limit)
    }

    async fn page(&self, log: LogId, range: Range, limit: usize) -> Result<Stretch, ReadError> {
        self.reader().page(log, range, limit)
    }

    async fn audit(&self, log: LogId, before: Seq, limit: usize) -> Result<Stretch, ReadError> {
        self.reader().audit(log, before, limit)
    }

    async fn versions(&self, log: LogId, target: Seq, after: Option<Seq>) -> Result<Stretch, ReadError> {
        self.reader().versions(log, target, after)
    }

    async fn author(&self, log: LogId, seq: Seq) -> Result<Option<PersonId>, ReadError> {
        self.reader().author(log, seq)
    }

    async fn written_by(
        &self,
        person: PersonId,
        after: Position,
        limit: usize,
    ) -> Result<server::Stretch, ReadError> {
        self.reader().written_by(person, after, limit)
    }

    async fn load(&self) -> Result<Loaded, LoadError> {
        self.reader().load()
    }
}
