//! One connection of a run: bare lines, with none of what a client does for people.

use sala_core::limits::UPDATE_BYTES_MAX;
use sala_net::transport::Stream;
use serde::Deserialize;
use std::borrow::Cow;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

/// Bytes that are taken in at once.
const READ_BYTES: usize = 64 * 1024;

/// What a run looks at of a line of the server.
#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    /// What it is.
    pub(super) t: &'a str,
    /// An entry's place in its room.
    #[serde(default)]
    pub(super) seq: u64,
    /// The number of a post.
    #[serde(default)]
    pub(super) n: u64,
    /// What an entry is about.
    #[serde(default)]
    pub(super) kind: Option<&'a str>,
    /// What was said, or why something was refused.
    #[serde(default, borrow)]
    pub(super) text: Option<Cow<'a, str>>,
    /// The code of a refusal.
    #[serde(default)]
    pub(super) code: Option<&'a str>,
    /// The entry of a room that comes first.
    #[serde(default)]
    pub(super) from: u64,
    /// The last entry of a room.
    #[serde(default)]
    pub(super) head: u64,
    /// The last of a stretch that does not come.
    #[serde(default)]
    pub(super) to: u64,
}

/// A connection.
pub(super) struct Peer {
    stream: Box<dyn Stream>,
    /// What is to be sent.
    outgoing: Vec<u8>,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    buffer: Box<[u8]>,
}

impl Peer {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        let buffer = vec![0; READ_BYTES].into_boxed_slice();
        Peer { stream, outgoing: Vec::new(), begun: Vec::new(), buffer }
    }

    /// A line that goes out while the server is listened to.
    pub(super) fn say(&mut self, line: &str) {
        self.outgoing.extend_from_slice(line.as_bytes());
        self.outgoing.push(b'\n');
    }

    /// Sends what is to be sent, and waits until the server says something, which is handed on line by line. May be given up
    /// at any time, and called again.
    ///
    /// # Errors
    /// When the connection is over, or the server speaks nonsense.
    pub(super) async fn hear(&mut self, mut each: impl FnMut(&Line<'_>)) -> io::Result<()> {
        let count = poll_fn(|context| self.poll_turn(context)).await?;
        let mut rest = &self.buffer[..count];
        let mut pings = 0_usize;
        let mut heard = |line: &[u8]| {
            let line: Line<'_> = serde_json::from_slice(line)?;
            pings += usize::from(line.t == "ping");
            each(&line);
            io::Result::Ok(())
        };
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, further) = rest.split_at(end + 1);
            rest = further;
            if self.begun.is_empty() {
                heard(line)?;
            } else {
                self.begun.extend_from_slice(line);
                heard(&self.begun)?;
                self.begun.clear();
            }
        }
        self.begun.extend_from_slice(rest);
        if self.begun.len() > UPDATE_BYTES_MAX {
            return Err(io::Error::other("the server sent a line that is too long"));
        }
        for _ in 0..pings {
            self.say(r#"{"do":"pong"}"#);
        }
        Ok(())
    }

    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        while !self.outgoing.is_empty() {
            let Poll::Ready(written) = Pin::new(&mut self.stream).poll_write(context, &self.outgoing)? else {
                break;
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.drain(..written);
        }
        // What is left of it is sent when the socket takes more, of which the system tells us as well.
        let _ = Pin::new(&mut self.stream).poll_flush(context)?;
        let mut buffer = ReadBuf::new(&mut self.buffer);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
        match buffer.filled().len() {
            0 => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            count => Poll::Ready(Ok(count)),
        }
    }
}
