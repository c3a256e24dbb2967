//! The simulated network: turmoil's TCP behind the doors of `sala-net`, and streams that cut what they carry.

use crate::wire::{Tap, Wire};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sala_net::transport::{Connector, Listener};
use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use turmoil::net::{TcpListener, TcpStream};

/// The port of every simulated server.
pub const PORT: u16 = 7252;
/// The host of the server.
pub const SERVER: &str = "server";

/// Bytes that go through one read at most.
const READ_BYTES_MAX: usize = 16 * 1024;

/// Pieces of a few bytes in which one side of a stream reads and writes before it does so in larger ones.
const CRUMBS_MAX: u32 = 1_000;

/// Stops a stream from reading, as a program does that hangs while its system stays up.
#[derive(Clone, Debug, Default)]
pub struct Freeze(Rc<FreezeState>);

#[derive(Debug, Default)]
struct FreezeState {
    frozen: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Freeze {
    /// Stops the reading, or lets it go on.
    pub fn set(&self, frozen: bool) {
        self.0.frozen.set(frozen);
        if let Some(waker) = self.0.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

/// A stream whose reads and writes are cut at places drawn from a seed, when `cuts` is given.
#[derive(Debug)]
pub struct CutStream {
    stream: TcpStream,
    cuts: Option<(StdRng, Pieces)>,
    freeze: Freeze,
    /// On a client's side: what listens in.
    tap: Option<Tap>,
}

impl CutStream {
    /// At most how much of `bytes` bytes goes through at once. Small pieces are as likely as whole ones.
    fn cut(&mut self, bytes: usize) -> usize {
        let Some((random, pieces)) = self.cuts.as_mut().filter(|_| bytes > 1) else { return bytes };
        match pieces {
            Pieces::Crumbs { left: 0 } => {
                *pieces = Pieces::Odd;
                bytes
            }
            Pieces::Crumbs { left } => {
                *left -= 1;
                random.random_range(1..=bytes.min(3))
            }
            Pieces::Odd if random.random_bool(0.3) => random.random_range(1..=bytes.min(200)),
            Pieces::Odd | Pieces::Merged => bytes,
        }
    }

    fn merges(&self) -> bool {
        matches!(self.cuts, Some((_, Pieces::Merged)))
    }
}

/// In which pieces a stream carries what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pieces {
    /// Now and then a piece of any size.
    Odd,
    /// One to three bytes at a time, so that every place of a line is once the end of a read; after so many, odd ones. What
    /// is under way on a link costs the square of its pieces.
    Crumbs {
        /// How many are left.
        left: u32,
    },
    /// All that is there at once, however it was sent.
    Merged,
}

impl AsyncRead for CutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.freeze.0.frozen.get() {
            *self.freeze.0.waker.borrow_mut() = Some(context.waker().clone());
            return Poll::Pending;
        }
        let most = self.cut(buffer.remaining());
        let mut bytes = vec![0; most.min(READ_BYTES_MAX)];
        let mut part = ReadBuf::new(&mut bytes);
        let result = Pin::new(&mut self.stream).poll_read(context, &mut part);
        // What was sent in several pieces is read in one, as far as it is there.
        while self.merges() && result_is_whole(&result) && part.remaining() > 0 {
            let before = part.filled().len();
            let more = Pin::new(&mut self.stream).poll_read(context, &mut part);
            if !result_is_whole(&more) || part.filled().len() == before {
                break;
            }
        }
        buffer.put_slice(part.filled());
        if let Some(tap) = &mut self.tap {
            tap.told(part.filled());
        }
        result
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let most = self.cut(bytes.len());
        let result = Pin::new(&mut self.stream).poll_write(context, &bytes[..most]);
        if let (Some(tap), Poll::Ready(Ok(written))) = (&mut self.tap, &result) {
            tap.asked(&bytes[..*written]);
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

fn result_is_whole(result: &Poll<io::Result<()>>) -> bool {
    matches!(result, Poll::Ready(Ok(())))
}

/// Draws the seeds of streams, one after the other.
#[derive(Clone, Debug)]
pub struct Cuts(Option<Rc<RefCell<StdRng>>>);

impl Cuts {
    /// Cuts drawn from `seed`, or none.
    #[must_use]
    pub fn new(seed: Option<u64>) -> Self {
        Cuts(seed.map(|seed| Rc::new(RefCell::new(StdRng::seed_from_u64(seed)))))
    }

    fn next(&self) -> Option<(StdRng, Pieces)> {
        let mut random = StdRng::seed_from_u64(self.0.as_ref()?.borrow_mut().random());
        let crumbs = Pieces::Crumbs { left: CRUMBS_MAX };
        let pieces = [Pieces::Odd, Pieces::Odd, crumbs, Pieces::Merged][random.random_range(0..4)];
        Some((random, pieces))
    }
}

/// Takes connections in on a simulated host.
pub struct SimListener {
    listener: TcpListener,
    cuts: Cuts,
}

impl SimListener {
    /// Listens on the simulated host that this is called on.
    ///
    /// # Errors
    /// When the host listens already.
    pub async fn bind(cuts: Cuts) -> io::Result<Self> {
        Ok(SimListener { listener: TcpListener::bind(("0.0.0.0", PORT)).await?, cuts })
    }
}

impl Listener for SimListener {
    type Stream = CutStream;

    async fn accept(&mut self) -> io::Result<(CutStream, Option<SocketAddr>)> {
        let (stream, peer) = self.listener.accept().await?;
        let (cuts, freeze) = (self.cuts.next(), Freeze::default());
        Ok((CutStream { stream, cuts, freeze, tap: None }, Some(peer)))
    }
}

/// Connects to the simulated server.
pub struct SimConnector {
    /// Where the streams are cut.
    pub cuts: Cuts,
    /// Stops the reading of every stream that it makes.
    pub freeze: Freeze,
    /// Keeps what goes over every stream that it makes.
    pub wire: Wire,
}

impl Connector for SimConnector {
    type Stream = CutStream;

    async fn connect(&mut self) -> io::Result<CutStream> {
        let stream = TcpStream::connect((SERVER, PORT)).await?;
        let (cuts, freeze, tap) = (self.cuts.next(), self.freeze.clone(), Some(self.wire.open()));
        Ok(CutStream { stream, cuts, freeze, tap })
    }
}
