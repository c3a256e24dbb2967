//! A bare connection for saying what no proper client says.

use crate::network::{PORT, SERVER};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
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
}

impl Raw {
    /// Sends these bytes.
    pub fn send(&self, bytes: &[u8]) {
        self.0.outgoing.borrow_mut().push_back(bytes.to_vec());
        self.0.written.notify_one();
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
        let Ok(mut stream) = turmoil::net::TcpStream::connect((SERVER, PORT)).await else {
            *self.0.closed.borrow_mut() = true;
            return;
        };
        let mut buffer = vec![0; 4096];
        loop {
            let next = self.0.outgoing.borrow_mut().pop_front();
            if let Some(bytes) = next {
                if stream.write_all(&bytes).await.is_err() {
                    break;
                }
                continue;
            }
            tokio::select! { biased;
                read = stream.read(&mut buffer) => match read {
                    Ok(0) | Err(_) => break,
                    Ok(count) => self.0.heard.borrow_mut().extend_from_slice(&buffer[..count]),
                },
                () = self.0.written.notified() => {}
            }
        }
        *self.0.closed.borrow_mut() = true;
    }
}
