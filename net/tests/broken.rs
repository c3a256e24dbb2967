//! A connection that meets a broken assertion of ours ends the server: half of what was to be done is not gone on from.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::Folder;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_net::clock::SystemClock;
use sala_net::meter::Meter;
use sala_net::order::LocalOrderer;
use sala_net::password::PlainHasher;
use sala_net::search::Search;
use sala_net::serve::{Parts, Settings, Slack, Sources, World, serve, threads, workers};
use sala_net::store::{Reader, ThreadedStore};
use sala_net::transport::Listener;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::LocalSet;

struct Real;

impl World for Real {
    type Store = ThreadedStore;
    type Orderer = LocalOrderer;
    type Clock = SystemClock;
    type Hasher = PlainHasher;
    type Finder = Search;
}

/// A connection on which nothing comes, or in whose midst the server breaks.
enum Strange {
    Silent,
    Breaking,
}

impl AsyncRead for Strange {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match *self {
            Strange::Silent => Poll::Pending,
            Strange::Breaking => panic!("an assertion does not hold"),
        }
    }
}

impl AsyncWrite for Strange {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

/// Takes these in, one after the other.
struct These(Vec<Strange>);

impl Listener for These {
    type Stream = Strange;

    async fn accept(&mut self) -> io::Result<(Strange, Option<SocketAddr>)> {
        match self.0.pop() {
            Some(stream) => Ok((stream, None)),
            None => std::future::pending().await,
        }
    }
}

/// Serves these on so many threads until it breaks. What comes to another thread than the first is settled there as it says.
async fn served(
    folder: &Folder,
    connections: Vec<Strange>,
    threads: usize,
    settle: fn(Strange) -> io::Result<Strange>,
    meter: Rc<Meter>,
) {
    let path = folder.path().join("sala.db");
    let store = ThreadedStore::open(&path, StdRng::seed_from_u64(1)).unwrap();
    let reader = Reader::open(&path, None).unwrap();
    let finder = Search::start(&folder.path().join("search.db"), reader).unwrap();
    let hasher = PlainHasher::new(StdRng::seed_from_u64(2), 0);
    let (orderer, clock) = (LocalOrderer::default(), SystemClock::new());
    let (ours, theirs) = workers(threads - 1, Slack { home_min: 0, ..Slack::default() });
    let sources = || Sources::<Real> { store: store.clone(), finder: finder.clone(), clock };
    threads::start(theirs, sources, settle).unwrap();
    let parts = Parts::<Real> { store: store.clone(), orderer, clock, hasher, finder: finder.clone() };
    let settings = Settings { meter, ..Settings::default() };
    serve(These(connections), ours, parts, settings, std::future::pending()).await.unwrap();
}

fn on_one_thread<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, work)
}

/// Serves these, and gives what the server broke with.
#[track_caller]
fn breaks(
    connections: Vec<Strange>,
    threads: usize,
    settle: fn(Strange) -> io::Result<Strange>,
) -> &'static str {
    let ended = on_one_thread(async move {
        tokio::task::spawn_local(async move {
            served(&Folder::new(), connections, threads, settle, Rc::default()).await;
        })
        .await
    });
    ended.unwrap_err().into_panic().downcast_ref::<&str>().copied().unwrap()
}

#[test]
fn a_connection_that_breaks_ends_the_server() {
    assert_eq!(breaks(vec![Strange::Breaking], 1, Ok), "an assertion does not hold");
}

#[test]
fn it_does_so_from_another_thread() {
    // The first has its place where the server decides.
    let connections = vec![Strange::Breaking, Strange::Silent];
    assert_eq!(breaks(connections, 2, Ok), "an assertion does not hold");
}

#[test]
fn a_thread_that_breaks_ends_the_server() {
    let connections = vec![Strange::Silent, Strange::Silent];
    assert_eq!(breaks(connections, 2, |_| panic!("there is no place")), "the thread of a worker broke");
}

#[test]
fn a_connection_that_cannot_be_had_on_another_thread_is_gone() {
    let (folder, meter) = (Folder::new(), Rc::new(Meter::default()));
    let refuses = |_| Err(io::ErrorKind::NotConnected.into());
    let counts = |counted: &[&str]| {
        let text = meter.text();
        counted.iter().all(|counted| text.lines().any(|line| line == *counted))
    };
    on_one_thread(async {
        let connections = vec![Strange::Silent, Strange::Silent];
        let is_gone = async {
            while !counts(&["sala_connections_opened_total 2", "sala_connections 1"]) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! { biased;
            () = served(&folder, connections, 2, refuses, Rc::clone(&meter)) => panic!("it serves on"),
            () = is_gone => {}
        }
    });
}
