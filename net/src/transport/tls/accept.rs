//! The server's side: connections that are taken in at once, and shake hands when they are first used.

use super::challenge::PROTOCOL;
use super::identity::Identity;
use super::provider;
use crate::attention::at_the_door;
use crate::log::SECURITY;
use crate::transport::{Listener, Stream};
use rustls::ServerConfig;
use rustls::server::{Acceptor, ClientHello, ResolvesServerCert};
use sala_core::limits::TLS_BUFFER_BYTES_MAX;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::{Accept, LazyConfigAcceptor, TlsAcceptor};

/// Takes connections in that speak TLS.
pub struct TlsListener<L> {
    listener: L,
    config: Arc<ServerConfig>,
    /// For an authority that wants to see that the server has its names, where there is one.
    proof: Option<Arc<ServerConfig>>,
}

impl<L: Listener> TlsListener<L> {
    /// Speaks TLS as `identity` on what `listener` takes in, within a `LocalSet`.
    #[must_use]
    pub fn new(listener: L, identity: Arc<Identity>) -> Self {
        let proof = identity.challenges().map(|challenges| {
            let mut proof = config(Arc::clone(challenges) as Arc<dyn ResolvesServerCert>);
            proof.alpn_protocols = vec![PROTOCOL.to_vec()];
            Arc::new(proof)
        });
        TlsListener { listener, config: Arc::new(config(identity)), proof }
    }
}

fn config(certificates: Arc<dyn ResolvesServerCert>) -> ServerConfig {
    ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the ciphers of ring cover TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_cert_resolver(certificates)
}

impl<L: Listener> Listener for TlsListener<L> {
    type Stream = TlsStream<L::Stream>;

    async fn accept(&mut self) -> io::Result<(Self::Stream, Option<SocketAddr>)> {
        let (stream, peer) = self.listener.accept().await?;
        // Whoever is slow at it must not keep others waiting, so this only begins.
        let config = Arc::clone(&self.config);
        let state = match &self.proof {
            None => State::Shaking(Box::new(TlsAcceptor::from(config).accept_with(stream, bound))),
            Some(proof) => {
                let hello = Box::new(LazyConfigAcceptor::new(Acceptor::default(), stream));
                State::Greeting { hello, config, proof: Arc::clone(proof) }
            }
        };
        Ok((TlsStream { state, peer }, peer))
    }
}

fn bound(connection: &mut rustls::ServerConnection) {
    connection.set_buffer_limit(Some(TLS_BUFFER_BYTES_MAX));
}

/// Whether somebody speaks as authorities do, and nothing else.
fn is_authority(hello: &ClientHello<'_>) -> bool {
    hello.alpn().is_some_and(|mut protocols| {
        protocols.next().is_some_and(|first| first == PROTOCOL) && protocols.next().is_none()
    })
}

/// A connection that speaks TLS. The handshake is made by the first reads and writes, and ends with their time.
pub struct TlsStream<S> {
    state: State<S>,
    /// Where it comes from.
    peer: Option<SocketAddr>,
}

enum State<S> {
    /// It depends on the first words how hands are shaken.
    Greeting {
        hello: Box<LazyConfigAcceptor<S>>,
        config: Arc<ServerConfig>,
        proof: Arc<ServerConfig>,
    },
    /// An authority sees that the server has a name.
    Proving(Box<Accept<S>>),
    Shaking(Box<Accept<S>>),
    Open(Box<tokio_rustls::server::TlsStream<S>>),
    Failed,
}

impl<S: Stream> TlsStream<S> {
    fn poll_open(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Pin<&mut tokio_rustls::server::TlsStream<S>>>> {
        if let State::Greeting { hello, .. } = &mut self.state {
            let result = ready!(Pin::new(hello.as_mut()).poll(context));
            let State::Greeting { config, proof, .. } = std::mem::replace(&mut self.state, State::Failed)
            else {
                unreachable!("it was being greeted a moment ago")
            };
            let start = result.inspect_err(|error| self.fails(error))?;
            self.state = match is_authority(&start.client_hello()) {
                true => State::Proving(Box::new(start.into_stream_with(proof, bound))),
                false => State::Shaking(Box::new(start.into_stream_with(config, bound))),
            };
        }
        if let State::Shaking(accept) | State::Proving(accept) = &mut self.state {
            let result = ready!(Pin::new(accept.as_mut()).poll(context));
            let is_proof = matches!(self.state, State::Proving(_));
            self.state = State::Failed;
            let stream = result.inspect_err(|error| self.fails(error))?;
            // The authority has seen what it wanted to; nobody is let in by that.
            if !is_proof {
                self.state = State::Open(Box::new(stream));
            }
        }
        Poll::Ready(match &mut self.state {
            State::Open(stream) => Ok(Pin::new(stream.as_mut())),
            _ => Err(io::ErrorKind::NotConnected.into()),
        })
    }

    fn fails(&self, error: &io::Error) {
        let Some(unlogged) = at_the_door() else { return };
        let peer = self.peer.map(tracing::field::display);
        tracing::info!(target: SECURITY, peer, %error, unlogged, "no hands were shaken");
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
            _ => Poll::Ready(Ok(())),
        }
    }
}
