//! The network of a world: streams in memory, which there are as long as the server is up.

use sala_net::transport::{Connector, Listener};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::io::{DuplexStream, duplex};
use tokio::sync::Notify;

/// Bytes that are on their way in a stream.
const PIPE_BYTES: usize = 1024 * 1024;

/// The network: whom one can reach, and the streams that wait to be taken in.
#[derive(Clone, Default)]
pub(super) struct Net(pub(super) Rc<Wires>);

#[derive(Default)]
pub(super) struct Wires {
    pub(super) up: RefCell<bool>,
    pub(super) waiting: RefCell<VecDeque<DuplexStream>>,
    knock: Notify,
}

impl Connector for Net {
    type Stream = DuplexStream;

    async fn connect(&mut self) -> io::Result<DuplexStream> {
        if !*self.0.up.borrow() {
            return Err(io::Error::new(io::ErrorKind::ConnectionRefused, "nobody listens"));
        }
        let (here, there) = duplex(PIPE_BYTES);
        self.0.waiting.borrow_mut().push_back(there);
        self.0.knock.notify_one();
        Ok(here)
    }
}

impl Listener for Net {
    type Stream = DuplexStream;

    async fn accept(&mut self) -> io::Result<(DuplexStream, Option<SocketAddr>)> {
        loop {
            if let Some(stream) = self.0.waiting.borrow_mut().pop_front() {
                return Ok((stream, None));
            }
            self.0.knock.notified().await;
        }
    }
}
