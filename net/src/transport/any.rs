//! Plain or encrypted as it was chosen, behind one kind of stream.

use super::tcp::{TcpAcceptor, TcpConnector};
use super::tls::{Fingerprint, Identity, TlsConnector, TlsListener, Trust};
use super::{Connector, Listener, Stream};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Takes connections in by TCP, encrypted if there is somebody to be.
pub enum AnyListener {
    /// As plain text.
    Plain(TcpAcceptor),
    /// By TLS.
    Tls(TlsListener<TcpAcceptor>),
}

impl AnyListener {
    /// Takes in what comes to `acceptor`, as `identity` if there is one.
    #[must_use]
    pub fn new(acceptor: TcpAcceptor, identity: Option<Arc<Identity>>) -> Self {
        match identity {
            Some(identity) => AnyListener::Tls(TlsListener::new(acceptor, identity)),
            None => AnyListener::Plain(acceptor),
        }
    }
}

impl Listener for AnyListener {
    type Stream = Box<dyn Stream>;

    async fn accept(&mut self) -> io::Result<(Box<dyn Stream>, Option<SocketAddr>)> {
        Ok(match self {
            AnyListener::Plain(listener) => {
                let (stream, peer) = listener.accept().await?;
                (Box::new(stream), peer)
            }
            AnyListener::Tls(listener) => {
                let (stream, peer) = listener.accept().await?;
                (Box::new(stream), peer)
            }
        })
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
