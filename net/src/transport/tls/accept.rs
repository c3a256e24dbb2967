//! The server's side: connections that are taken in at once, and shake hands when they are first used.

use super::identity::Identity;
use super::provider;
use crate::attention::at_the_door;
use crate::log::SECURITY;
use crate::transport::{Listener, Stream};
use rustls::ServerConfig;
use sala_core::limits::TLS_BUFFER_BYTES_MAX;
use std::future::Future as _;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::{Accept, TlsAcceptor};

/// Takes connections in that speak TLS.
pub struct TlsListener<L> {
    listener: L,
    acceptor: TlsAcceptor,
}

impl<L: Listener> TlsListener<L> {
    /// Speaks TLS as `identity` on what `listener` takes in.
    ///
    /// # Panics
    /// Never: the one implementation of ciphers has all that the versions need.
    #[must_use]
    pub fn new(listener: L, identity: Arc<Identity>) -> Self {
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the ciphers of ring cover TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_cert_resolver(identity);
        TlsListener { listener, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }
}

impl<L: Listener> Listener for TlsListener<L> {
    type Stream = TlsStream<L::Stream>;

    async fn accept(&mut self) -> io::Result<(Self::Stream, Option<SocketAddr>)> {
        let (stream, peer) = self.listener.accept().await?;
        // Whoever is slow at it must not keep others waiting, so this only begins.
        let accept = self.acceptor.accept_with(stream, |connection| {
            connection.set_buffer_limit(Some(TLS_BUFFER_BYTES_MAX));
        });
        Ok((TlsStream { state: State::Shaking(Box::new(accept)), peer }, peer))
    }
}

/// A connection that speaks TLS. The handshake is made by the first reads and writes, and ends with their time.
pub struct TlsStream<S> {
    state: State<S>,
    /// Where it comes from.
    peer: Option<SocketAddr>,
}

enum State<S> {
    Shaking(Box<Accept<S>>),
    Open(Box<tokio_rustls::server::TlsStream<S>>),
    Failed,
}

impl<S: Stream> TlsStream<S> {
    fn poll_open(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Pin<&mut tokio_rustls::server::TlsStream<S>>>> {
        if let State::Shaking(accept) = &mut self.state {
            let result = ready!(Pin::new(accept.as_mut()).poll(context));
            self.state = State::Failed;
            let stream = result.inspect_err(|error| {
                let Some(unlogged) = at_the_door() else { return };
                let peer = self.peer.map(tracing::field::display);
                tracing::info!(target: SECURITY, peer, %error, unlogged, "no hands were shaken");
            })?;
            self.state = State::Open(Box::new(stream));
        }
        Poll::Ready(match &mut self.state {
            State::Open(stream) => Ok(Pin::new(stream.as_mut())),
            State::Shaking(_) | State::Failed => Err(io::ErrorKind::NotConnected.into()),
        })
    }
}

impl<S: Stream> AsyncRead for TlsStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_open(context))?.poll_read(context, buffer)
    }
}

impl<S: Stream> AsyncWrite for TlsStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_open(context))?.poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_open(context))?.poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_open(context))?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.state {
            State::Open(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
            // Whoever has not shaken hands is owed no goodbye.
            State::Shaking(_) | State::Failed => Poll::Ready(Ok(())),
        }
    }
}
