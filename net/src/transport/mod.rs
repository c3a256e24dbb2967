//! How bytes get from one machine to another: what a listener and a connector must do.

use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncWrite};

pub mod tcp;
pub mod tls;
pub mod policy;
mod hall;
pub mod proxy;
pub mod websocket;
pub mod any;

/// A stream of bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + 'static> Stream for T {}

/// Takes connections in.
pub trait Listener: 'static {
    /// What a connection is.
    type Stream: Stream;

    /// The next connection, and where it comes from, if that is an address.
    ///
    /// # Errors
    /// When one could not be taken in; the listener may be asked again.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Stream, Option<SocketAddr>)>>;
}

/// Makes connections.
pub trait Connector: 'static {
    /// What a connection is.
    type Stream: Stream;

    /// A connection to the server that this connector is for.
    ///
    /// # Errors
    /// When it could not be made; the connector may be asked again.
    fn connect(&mut self) -> impl Future<Output = io::Result<Self::Stream>>;
}
