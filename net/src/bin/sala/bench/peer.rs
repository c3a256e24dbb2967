//! One connection of a run: bare lines, with none of what a client does for people.

use super::known::Known;
use super::line::Line;
use sala_core::limits::UPDATE_BYTES_MAX;
use sala_net::transport::Stream;
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

/// Bytes that are taken in at once.
const READ_BYTES: usize = 64 * 1024;

/// A connection.
pub(super) struct Peer {
    stream: Box<dyn Stream>,
    /// What is to be sent.
    outgoing: Vec<u8>,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    buffer: Box<[u8]>,
    /// The seq of the entry that comes next, once one came.
    next: u64,
}

impl Peer {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        let buffer = vec![0; READ_BYTES].into_boxed_slice();
        Peer { stream, outgoing: Vec::new(), begun: Vec::new(), buffer, next: 0 }
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
    pub(super) async fn hear(&mut self, each: impl FnMut(&Line<'_>)) -> io::Result<()> {
        self.hear_of(&RefCell::default(), each).await
    }

    /// The same, of a room of which this is known.
    ///
    /// # Errors
    /// As for `hear`.
    pub(super) async fn hear_of(
        &mut self,
        known: &RefCell<Known>,
        mut each: impl FnMut(&Line<'_>),
    ) -> io::Result<()> {
        let count = poll_fn(|context| self.poll_turn(context)).await?;
        let mut known = known.borrow_mut();
        let mut rest = &self.buffer[..count];
        let (mut pings, mut next) = (0_usize, self.next);
        loop {
            if self.begun.is_empty()
                && let Some((line, length)) = known.line(next, rest)
            {
                each(&line);
                (rest, next) = (&rest[length..], next + 1);
                continue;
            }
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { break };
            let (bytes, further) = rest.split_at(end + 1);
            rest = further;
            self.begun.extend_from_slice(bytes);
            let line: Line<'_> = serde_json::from_slice(&self.begun)?;
            pings += usize::from(line.t == "ping");
            if line.t == "entry" {
                next = line.seq + 1;
                known.learn(&line, &self.begun);
            }
            each(&line);
            self.begun.clear();
        }
        self.next = next;
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
