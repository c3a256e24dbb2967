//! WebSocket (RFC 6455): the same objects as on a plain stream, one a text frame, for programs that live in a browser.

mod stream;
mod greeting;

pub use stream::WebSocket;

use super::Listener;
use super::hall::{Arrived, Hall};
use super::policy::Policy;
use greeting::greeted;
use std::io;
use std::rc::Rc;

/// Takes connections in that begin by HTTP, and go on as a WebSocket.
pub struct WebSocketListener<L: Listener> {
    listener: L,
    policy: Rc<Policy>,
    hall: Hall<WebSocket<L::Stream>>,
}

impl<L: Listener<Stream: Send>> WebSocketListener<L> {
    /// Takes in what comes to `listener`.
    #[must_use]
    pub fn new(listener: L, policy: Rc<Policy>) -> Self {
        WebSocketListener { listener, policy, hall: Hall::new() }
    }
}

impl<L: Listener<Stream: Send>> Listener for WebSocketListener<L> {
    type Stream = WebSocket<L::Stream>;

    async fn accept(&mut self) -> io::Result<Arrived<Self::Stream>> {
        loop {
            tokio::select! { biased;
                arrived = self.hall.next() => return Ok(arrived),
                accepted = self.listener.accept() => {
                    let (stream, peer) = accepted?;
                    self.hall.admit(greeted(stream, peer, Rc::clone(&self.policy)));
                }
            }
        }
    }
}
