//! A connection that meets a broken assertion of ours ends the server: half of what was to be done is not gone on from.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::Folder;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_net::clock::SystemClock;
use sala_net::order::LocalOrderer;
use sala_net::password::PlainHasher;
use sala_net::search::Search;
use sala_net::serve::{Parts, Settings, Sources, World, doors, serve, threads};
use sala_net::store::{Reader, ThreadedStore};
use sala_net::transport::Listener;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
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

/// Serves these on so many threads, and gives what the server broke with.
#[track_caller]
fn breaks(connections: Vec<Strange>, threads: usize) -> &'static str {
    let folder = Folder::new();
    let path = folder.path().join("sala.db");
    let store = ThreadedStore::open(&path, StdRng::seed_from_u64(1)).unwrap();
    let reader = Reader::open(&path, None).unwrap();
    let finder = Search::start(&folder.path().join("search.db"), reader).unwrap();
    let hasher = PlainHasher::new(StdRng::seed_from_u64(2), 0);
    let (orderer, clock) = (LocalOrderer::default(), SystemClock::new());
    let (doors, kept) = doors(threads - 1);
    let sources = || Sources::<Real> { store: store.clone(), finder: finder.clone(), clock };
    threads::keep(kept, sources, Ok).unwrap();
    let parts = Parts::<Real> { store: store.clone(), orderer, clock, hasher, finder: finder.clone() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended = LocalSet::new().block_on(&runtime, async {
        let (listener, settings) = (These(connections), Settings::default());
        let served = serve(listener, doors.evenly(), parts, settings, std::future::pending());
        tokio::task::spawn_local(served).await
    });
    ended.unwrap_err().into_panic().downcast_ref::<&str>().copied().unwrap()
}

#[test]
fn a_connection_that_breaks_ends_the_server() {
    assert_eq!(breaks(vec![Strange::Breaking], 1), "an assertion does not hold");
}

#[test]
fn it_does_so_from_another_thread() {
    // The first has its place where the server decides.
    let connections = vec![Strange::Breaking, Strange::Silent];
    assert_eq!(breaks(connections, 2), "an assertion does not hold");
}
