//! A WebSocket as a stream of lines: each text message that comes is one, and each that is written goes as one.

use crate::transport::Stream;
use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::{Sink as _, Stream as _};
use sala_core::limits::{
    UPDATE_BYTES_MAX, WEBSOCKET_CONTROLS_PER_TURN_MAX, WEBSOCKET_MESSAGE_BYTES_MAX, WEBSOCKET_READ_BYTES_MAX,
    WEBSOCKET_WRITE_BYTES_MAX,
};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

/// A connection by WebSocket. What holds of lines on a plain stream holds of its messages, so a session need not know.
pub struct WebSocket<S> {
    frames: WebSocketStream<S>,
    /// What of the last message has not been read, with a newline at its end.
    heard: Bytes,
    /// The beginning of a line whose rest has not been written yet; at most `UPDATE_BYTES_MAX`.
    line: Vec<u8>,
    ended: bool,
}

impl<S: Stream> WebSocket<S> {
    /// Goes on after the greeting. `read` is what came with it.
    pub(super) async fn new(stream: S, read: Vec<u8>) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(WEBSOCKET_READ_BYTES_MAX)
            .write_buffer_size(WEBSOCKET_WRITE_BYTES_MAX)
            .max_write_buffer_size(WEBSOCKET_WRITE_BYTES_MAX + 2 * UPDATE_BYTES_MAX)
            .max_message_size(Some(WEBSOCKET_MESSAGE_BYTES_MAX))
            .max_frame_size(Some(WEBSOCKET_MESSAGE_BYTES_MAX));
        let frames = WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config)).await;
        WebSocket { frames, heard: Bytes::new(), line: Vec::new(), ended: false }
    }

    /// Reads messages until there is one of words, or the end.
    fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        for _ in 0..WEBSOCKET_CONTROLS_PER_TURN_MAX {
            match ready!(Pin::new(&mut self.frames).poll_next(context)) {
                Some(Ok(Message::Text(text))) => {
                    self.heard = line(&text);
                    return Poll::Ready(Ok(()));
                }
                Some(Ok(Message::Binary(_))) => {
                    return Poll::Ready(Err(self.farewell(context, CloseCode::Unsupported, "send text")));
                }
                // A ping is answered by whoever reads on, as is a close.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_))) => {}
                None => {
                    self.ended = true;
                    return Poll::Ready(Ok(()));
                }
                Some(Err(Error::Capacity(_))) => {
                    return Poll::Ready(Err(self.farewell(context, CloseCode::Size, "too long")));
                }
                Some(Err(error)) => return Poll::Ready(Err(failure(error))),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Says why the connection ends, if its socket takes it at once.
    fn farewell(&mut self, context: &mut Context<'_>, code: CloseCode, why: &'static str) -> io::Error {
        let frame = CloseFrame { code, reason: Utf8Bytes::from_static(why) };
        let said = Pin::new(&mut self.frames).start_send(Message::Close(Some(frame)));
        if said.is_ok() {
            drop(Pin::new(&mut self.frames).poll_flush(context));
        }
        io::Error::new(io::ErrorKind::InvalidData, why)
    }
}

/// A message as a line. JSON has newlines between its words alone, where a space is as good.
fn line(text: &str) -> Bytes {
    let mut line = BytesMut::with_capacity(text.len() + 1);
    line.extend(text.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
    line.extend_from_slice(b"\n");
    line.freeze()
}

fn failure(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        error => io::Error::new(io::ErrorKind::InvalidData, error),
    }
}

impl<S: Stream> AsyncRead for WebSocket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.heard.is_empty() && !self.ended {
            ready!(self.poll_message(context))?;
        }
        let count = self.heard.len().min(buffer.remaining());
        buffer.put_slice(&self.heard[..count]);
        self.heard.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: Stream> AsyncWrite for WebSocket<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut taken = 0;
        for piece in pieces {
            for part in piece.split_inclusive(|byte| *byte == b'\n') {
                let Some(end) = part.strip_suffix(b"\n") else {
                    self.line.extend_from_slice(part);
                    taken += part.len();
                    continue;
                };
                // While the socket takes nothing, no line is taken either.
                match Pin::new(&mut self.frames).poll_ready(context) {
                    Poll::Ready(result) => result.map_err(failure)?,
                    Poll::Pending if taken == 0 => return Poll::Pending,
                    Poll::Pending => return Poll::Ready(Ok(taken)),
                }
                self.line.extend_from_slice(end);
                let text = String::from_utf8(std::mem::take(&mut self.line));
                let text = text.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
                Pin::new(&mut self.frames).start_send(Message::text(text)).map_err(failure)?;
                taken += part.len();
            }
        }
        Poll::Ready(Ok(taken))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.frames).poll_flush(context).map_err(failure)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let frame = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::default() };
        // The peer may have said so first.
        if Pin::new(&mut self.frames).start_send(Message::Close(Some(frame))).is_ok() {
            ready!(Pin::new(&mut self.frames).poll_flush(context)).map_err(failure)?;
        }
        Pin::new(self.frames.get_mut()).poll_shutdown(context)
    }
}
