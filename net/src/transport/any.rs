//! Plain or encrypted as it was chosen, behind one kind of stream.

use super::policy::Policy;
use super::proxy::ProxyListener;
use super::tcp::{TcpAcceptor, TcpConnector};
use super::tls::{Fingerprint, Identity, TlsConnector, TlsListener, Trust};
use super::websocket::WebSocketListener;
use super::{Connector, Listener, Stream};
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Takes connections in: lines by TCP, and WebSockets where they are wanted.
pub struct AnyListener {
    lines: Box<dyn AnyDoor>,
    websockets: Option<Box<dyn AnyDoor>>,
    /// Whose turn it is, so that neither is kept from taking in by a flood that comes to the other.
    lines_first: bool,
}

/// A connection that was taken in. A plain one has no box: there may be ten thousand of them.
pub enum AnyStream {
    /// By TCP, as plain text.
    Plain(TcpStream),
    /// Of another kind.
    Other(Box<dyn Stream + Send>),
}

/// A listener whose kind of stream does not matter.
trait AnyDoor {
    fn accepted(&mut self) -> Pin<Box<dyn Future<Output = io::Result<Accepted>> + '_>>;
}

type Accepted = (AnyStream, Option<SocketAddr>);

impl AnyDoor for TcpAcceptor {
    fn accepted(&mut self) -> Pin<Box<dyn Future<Output = io::Result<Accepted>> + '_>> {
        Box::pin(async {
            let (stream, peer) = self.accept().await?;
            Ok((AnyStream::Plain(stream), peer))
        })
    }
}

/// Any other listener.
struct Other<L>(L);

impl<L: Listener<Stream: Send>> AnyDoor for Other<L> {
    fn accepted(&mut self) -> Pin<Box<dyn Future<Output = io::Result<Accepted>> + '_>> {
        Box::pin(async {
            let (stream, peer) = self.0.accept().await?;
            Ok((AnyStream::Other(Box::new(stream)), peer))
        })
    }
}

impl AnyListener {
    /// Takes in what comes to `acceptor`, encrypted as `identity` if there is one. If `announced`, connections from trusted
    /// proxies begin with where they come from.
    #[must_use]
    pub fn new(
        acceptor: TcpAcceptor,
        identity: Option<Arc<Identity>>,
        announced: Option<Rc<Policy>>,
    ) -> Self {
        let lines: Box<dyn AnyDoor> = match (announced, identity) {
            (None, None) => Box::new(acceptor),
            (None, Some(identity)) => Box::new(Other(TlsListener::new(acceptor, identity))),
            (Some(policy), None) => Box::new(Other(ProxyListener::new(acceptor, policy))),
            (Some(policy), Some(identity)) => {
                Box::new(Other(TlsListener::new(ProxyListener::new(acceptor, policy), identity)))
            }
        };
        AnyListener { lines, websockets: None, lines_first: true }
    }

    /// Takes in the WebSockets, too, that come to this other `acceptor`, encrypted as `identity` if there is one.
    #[must_use]
    pub fn and_websockets(
        self,
        acceptor: TcpAcceptor,
        identity: Option<Arc<Identity>>,
        policy: Rc<Policy>,
    ) -> Self {
        let websockets: Box<dyn AnyDoor> = match identity {
            None => Box::new(Other(WebSocketListener::new(acceptor, policy))),
            Some(identity) => {
                Box::new(Other(WebSocketListener::new(TlsListener::new(acceptor, identity), policy)))
            }
        };
        AnyListener { websockets: Some(websockets), ..self }
    }
}

impl Listener for AnyListener {
    type Stream = AnyStream;

    async fn accept(&mut self) -> io::Result<Accepted> {
        let Some(websockets) = &mut self.websockets else { return self.lines.accepted().await };
        self.lines_first = !self.lines_first;
        let (first, second) = match self.lines_first {
            true => (&mut self.lines, websockets),
            false => (websockets, &mut self.lines),
        };
        tokio::select! { biased;
            accepted = first.accepted() => accepted,
            accepted = second.accepted() => accepted,
        }
    }
}

impl AnyStream {
    /// The same, woken on this thread. Of another kind than plain ones it is woken where it was taken in, and looked at here.
    ///
    /// # Errors
    /// When the system does not watch it any more.
    pub fn settle(self) -> io::Result<Self> {
        match self {
            AnyStream::Plain(stream) => Ok(AnyStream::Plain(TcpStream::from_std(stream.into_std()?)?)),
            other => Ok(other),
        }
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut dyn Stream> {
        match self.get_mut() {
            AnyStream::Plain(stream) => Pin::new(stream),
            AnyStream::Other(stream) => Pin::new(stream.as_mut()),
        }
    }
}

impl AsyncRead for AnyStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream().poll_read(context, buffer)
    }
}

impl AsyncWrite for AnyStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            AnyStream::Plain(stream) => stream.is_write_vectored(),
            AnyStream::Other(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }
}

/// Makes connections by TCP, encrypted unless it was chosen otherwise.
pub enum AnyConnector {
    /// As plain text.
    Plain(TcpConnector),
    /// By TLS.
    Tls(TlsConnector<TcpConnector>),
}

/// Whether a client encrypts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// On the way to any computer but this one.
    #[default]
    Away,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl AnyConnector {
    /// Dials `address`, a host and a port. See [`TlsConnector::new`] for `greet`.
    ///
    /// # Errors
    /// When the address holds no name that a certificate could be for.
    pub fn new(
        address: &str,
        encryption: Encryption,
        trust: Trust,
        greet: impl FnMut(&Fingerprint) + 'static,
    ) -> io::Result<Self> {
        let connector = TcpConnector(address.to_owned());
        let plain = match encryption {
            Encryption::Away => is_this_computer(address),
            Encryption::Always => false,
            Encryption::Never => true,
        };
        Ok(match plain {
            true => AnyConnector::Plain(connector),
            false => AnyConnector::Tls(TlsConnector::new(connector, address, trust, greet)?),
        })
    }
}

impl Connector for AnyConnector {
    type Stream = Box<dyn Stream>;

    async fn connect(&mut self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            AnyConnector::Plain(connector) => Box::new(connector.connect().await?),
            AnyConnector::Tls(connector) => Box::new(connector.connect().await?),
        })
    }
}

/// Whether an address is surely this computer's own. A name that merely leads here may lead elsewhere tomorrow.
fn is_this_computer(address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
