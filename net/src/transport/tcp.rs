//! Plain TCP.

use super::{Connector, Listener};
use sala_core::limits::ACCEPT_BACKLOG_MAX;
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};

/// Listens on one address.
#[derive(Debug)]
pub struct TcpAcceptor(TcpListener);

impl TcpAcceptor {
    /// Listens on `address`. Port 0 takes any free one.
    ///
    /// # Errors
    /// When the address is in use or not ours.
    #[expect(clippy::disallowed_methods, reason = "this is the transport that everything else is handed")]
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A restarted server must not wait for the old one's closed connections to be forgotten.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(TcpAcceptor(socket.listen(ACCEPT_BACKLOG_MAX)?))
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Listener for TcpAcceptor {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, Option<SocketAddr>)> {
        let (stream, peer) = self.0.accept().await?;
        stream.set_nodelay(true)?;
        Ok((stream, Some(peer)))
    }
}

/// Connects to one server, whose name is looked up each time.
#[derive(Clone, Debug)]
pub struct TcpConnector(pub String);

impl Connector for TcpConnector {
    type Stream = TcpStream;

    #[expect(clippy::disallowed_methods, reason = "this is the transport that everything else is handed")]
    async fn connect(&mut self) -> io::Result<TcpStream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, format!("{} has no address", self.0));
        for address in lookup_host(&self.0).await? {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
