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
use sala_net::serve::{Parts, Settings, World, serve};
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

/// A connection in whose midst the server breaks.
struct Breaking;

impl AsyncRead for Breaking {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        panic!("an assertion does not hold")
    }
}

impl AsyncWrite for Breaking {
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

/// Takes one such connection in.
struct Once(Option<Breaking>);

impl Listener for Once {
    type Stream = Breaking;

    async fn accept(&mut self) -> io::Result<(Breaking, Option<SocketAddr>)> {
        match self.0.take() {
            Some(stream) => Ok((stream, None)),
            None => std::future::pending().await,
        }
    }
}

#[test]
fn a_connection_that_breaks_ends_the_server() {
    let folder = Folder::new();
    let path = folder.path().join("sala.db");
    let store = ThreadedStore::open(&path, StdRng::seed_from_u64(1)).unwrap();
    let reader = Reader::open(&path, None).unwrap();
    let finder = Search::start(&folder.path().join("search.db"), reader).unwrap();
    let hasher = PlainHasher::new(StdRng::seed_from_u64(2), 0);
    let orderer = LocalOrderer::default();
    let parts = Parts::<Real> { store, orderer, clock: SystemClock::new(), hasher, finder };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended = LocalSet::new().block_on(&runtime, async {
        let served = serve(Once(Some(Breaking)), parts, Settings::default(), std::future::pending());
        tokio::task::spawn_local(served).await
    });
    let panic = ended.unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref(), Some(&"an assertion does not hold"));
}
