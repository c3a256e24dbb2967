//! Somebody at the end of a real socket, who speaks the protocol line by line.

#![allow(dead_code, reason = "each test file uses the words that it needs")]

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection to a server that may die at any time.
pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    /// Connects; none if nobody listens.
    pub(crate) fn connects(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        // Only so that a server that says nothing fails its test, instead of keeping it for ever.
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.set_nodelay(true).unwrap();
        Some(Wire(BufReader::new(stream)))
    }

    /// Asks for something. Whether it arrives is for the answer to say.
    pub(crate) fn asks(&mut self, request: &Value) {
        // A server that is gone is found out by whoever waits for its answer.
        drop(writeln!(self.0.get_mut(), "{request}"));
    }

    /// Sends these bytes, all of which the system must take.
    pub(crate) fn sends(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    /// The next update like this, with those before it passed over; none if the connection ends first.
    pub(crate) fn hears(&mut self, mut like: impl FnMut(&Value) -> bool) -> Option<Value> {
        loop {
            let mut line = String::new();
            match self.0.read_line(&mut line) {
                Ok(_) if line.ends_with('\n') => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("the server says nothing")
                }
                _ => return None,
            }
            let update: Value = serde_json::from_str(&line).expect("each line is JSON");
            if like(&update) {
                return Some(update);
            }
        }
    }

    /// Asks, and waits for the answer by its id.
    pub(crate) fn answered(&mut self, request: &Value) -> Option<Value> {
        self.asks(request);
        let id = request["id"].clone();
        self.hears(|update| update["id"] == id)
    }
}
