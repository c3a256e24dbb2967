//! The PROXY protocol, version 2: a proxy that hands connections on says first where each comes from.
//!
//! See <https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>, section 2.2.

use super::Listener;
use super::hall::{Arrived, Hall};
use super::policy::Policy;
use crate::attention::at_the_door;
use crate::log::SECURITY;
use sala_core::limits::PROXY_HEADER_BYTES_MAX;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What no other protocol begins with.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The signature, the command, the family, and how much follows.
const FIXED_BYTES: usize = 16;

/// Takes connections in of which those that come from a trusted proxy begin with a header. Nobody else is believed one: to
/// the server it is no request.
pub struct ProxyListener<L: Listener> {
    listener: L,
    policy: Rc<Policy>,
    hall: Hall<L::Stream>,
}

impl<L: Listener> ProxyListener<L> {
    /// Takes in what comes to `listener`.
    #[must_use]
    pub fn new(listener: L, policy: Rc<Policy>) -> Self {
        ProxyListener { listener, policy, hall: Hall::new() }
    }
}

impl<L: Listener> Listener for ProxyListener<L> {
    type Stream = L::Stream;

    async fn accept(&mut self) -> io::Result<Arrived<L::Stream>> {
        loop {
            let (stream, peer) = tokio::select! { biased;
                arrived = self.hall.next() => return Ok(arrived),
                accepted = self.listener.accept() => accepted?,
            };
            match peer {
                Some(proxy) if self.policy.trusts(proxy.ip()) => self.hall.admit(announced(stream, proxy)),
                _ => return Ok((stream, peer)),
            }
        }
    }
}

/// A connection once its proxy has said where it comes from.
async fn announced<S: AsyncRead + Unpin>(mut stream: S, proxy: SocketAddr) -> io::Result<Arrived<S>> {
    match header(&mut stream).await {
        // What the proxy says of itself, for instance to see whether we are alive.
        Ok(None) => Ok((stream, Some(proxy))),
        Ok(Some(from)) => Ok((stream, Some(from))),
        Err(error) => {
            if let Some(unlogged) = at_the_door() {
                let words = "a proxy did not say where a connection comes from";
                tracing::info!(target: SECURITY, %proxy, %error, unlogged, "{words}");
            }
            Err(error)
        }
    }
}

async fn header<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Option<SocketAddr>> {
    let mut fixed = [0; FIXED_BYTES];
    // Byte by byte it would be refused sooner; but what does not begin as a header does not, whatever follows.
    stream.read_exact(&mut fixed[..SIGNATURE.len()]).await?;
    if fixed[..SIGNATURE.len()] != SIGNATURE {
        return Err(wrong("this is no header of the PROXY protocol, version 2"));
    }
    stream.read_exact(&mut fixed[SIGNATURE.len()..]).await?;
    let [.., command, family, high, low] = fixed;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > PROXY_HEADER_BYTES_MAX - FIXED_BYTES {
        return Err(wrong("the header is too long"));
    }
    // What follows the addresses says more of the proxy's client than we ask.
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match (command, family) {
        (0x20, _) => Ok(None),
        (0x21, 0x11) => {
            let [a, b, c, d, _, _, _, _, high, low, ..] = rest[..] else { return Err(short()) };
            Ok(Some((Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([high, low])).into()))
        }
        (0x21, 0x21) => {
            let (Some(from), Some(port)) = (rest.first_chunk::<16>(), rest.get(32..34)) else {
                return Err(short());
            };
            Ok(Some((Ipv6Addr::from(*from), u16::from_be_bytes([port[0], port[1]])).into()))
        }
        // Neither has it come by TCP, nor from an address that is one of ours.
        (0x21, _) => Ok(None),
        _ => Err(wrong("the header is of another version, or has an unknown command")),
    }
}

fn short() -> io::Error {
    wrong("the header is shorter than its addresses")
}

fn wrong(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}
