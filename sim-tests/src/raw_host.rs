//! A bare connection for saying what no proper client says.

use crate::network::{PORT, SERVER};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;

/// A connection whose bytes a scenario writes itself.
#[derive(Clone, Debug, Default)]
pub struct Raw(Rc<RawState>);

#[derive(Debug, Default)]
struct RawState {
    outgoing: RefCell<VecDeque<Vec<u8>>>,
    written: Notify,
    heard: RefCell<Vec<u8>>,
    closed: RefCell<bool>,
    deaf: Cell<bool>,
    listens: Notify,
}

impl Raw {
    /// Sends these bytes.
    pub fn send(&self, bytes: &[u8]) {
        self.0.outgoing.borrow_mut().push_back(bytes.to_vec());
        self.0.written.notify_one();
    }

    /// Stops reading, or reads on.
    pub fn deaf(&self, deaf: bool) {
        self.0.deaf.set(deaf);
        self.0.listens.notify_one();
    }

    /// The lines that came in so far, without the hello.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.0.heard.borrow()).into_owned();
        text.lines().filter(|line| !line.contains("\"t\":\"hello\"")).map(str::to_owned).collect()
    }

    /// Whether the server has closed it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        *self.0.closed.borrow()
    }

    /// Connects, writes what is to be sent, and keeps what comes.
    pub async fn run(self) {
        if let Ok(stream) = turmoil::net::TcpStream::connect((SERVER, PORT)).await {
            let (from, to) = tokio::io::split(stream);
            // Both at once: one that waits for the other would be as deaf as it is mute.
            tokio::select! { biased;
                () = self.read(from) => {}
                () = self.write(to) => {}
            }
        }
        *self.0.closed.borrow_mut() = true;
    }

    async fn read(&self, mut from: impl AsyncRead + Unpin) {
        let mut buffer = vec![0; 4096];
        loop {
            while self.0.deaf.get() {
                self.0.listens.notified().await;
            }
            match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => self.0.heard.borrow_mut().extend_from_slice(&buffer[..count]),
            }
        }
    }

    async fn write(&self, mut to: impl AsyncWrite + Unpin) {
        loop {
            let next = self.0.outgoing.borrow_mut().pop_front();
            match next {
                Some(bytes) => {
                    if to.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                None => self.0.written.notified().await,
            }
        }
    }
}
