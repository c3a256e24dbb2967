//! What waits for one connection alone: lines to be written, requests that are to be read from disk, a socket that is full.

use bytes::{Buf as _, Bytes};
use sala_core::refusal::Code;
use sala_core::server::Read;
use sala_core::time::Tick;
use std::collections::VecDeque;

/// What a session asked to be read from disk, and under which id.
#[derive(Clone, Debug)]
pub(super) struct ReadRequest {
    pub(super) id: Option<u64>,
    pub(super) read: Read,
}

/// What waits for one connection. While nothing does it is no more than a pointer: ten thousand may be idle.
#[derive(Debug, Default)]
pub(super) struct Own(Option<Box<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    /// Lines for this connection alone, and what is left of a chunk that its socket took in part.
    lines: VecDeque<Bytes>,
    bytes: usize,
    reads: VecDeque<ReadRequest>,
    /// What it was refused for and is not logged again, a bit for each code.
    noted: u64,
    /// Since when the socket has taken nothing although there was something.
    blocked_since: Option<Tick>,
}

impl Own {
    pub(super) fn line_count(&self) -> usize {
        self.0.as_ref().map_or(0, |waiting| waiting.lines.len())
    }

    /// Bytes of all lines.
    pub(super) fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |waiting| waiting.bytes)
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &Bytes> {
        self.0.iter().flat_map(|waiting| &waiting.lines)
    }

    pub(super) fn push(&mut self, line: Bytes) {
        let waiting = self.0.get_or_insert_default();
        waiting.bytes += line.len();
        waiting.lines.push_back(line);
    }

    /// Puts what is left of a chunk before all else.
    pub(super) fn push_rest(&mut self, rest: Bytes) {
        let waiting = self.0.get_or_insert_default();
        waiting.bytes += rest.len();
        waiting.lines.push_front(rest);
    }

    /// So many bytes were written, of these first lines before anything else. Gives how many were of what follows on them.
    pub(super) fn written(&mut self, lines: usize, bytes: usize) -> usize {
        let Some(waiting) = &mut self.0 else { return bytes };
        let mut left = bytes;
        for _ in 0..lines {
            let Some(line) = waiting.lines.front_mut() else { break };
            let taken = left.min(line.len());
            left -= taken;
            waiting.bytes -= taken;
            line.advance(taken);
            if line.is_empty() {
                waiting.lines.pop_front();
            }
        }
        left
    }

    pub(super) fn read_count(&self) -> usize {
        self.0.as_ref().map_or(0, |waiting| waiting.reads.len())
    }

    pub(super) fn push_read(&mut self, read: ReadRequest) {
        self.0.get_or_insert_default().reads.push_back(read);
    }

    pub(super) fn pop_read(&mut self) -> Option<ReadRequest> {
        self.0.as_mut()?.reads.pop_front()
    }

    /// Notes that it was refused for this. Says whether that is new.
    pub(super) fn note(&mut self, code: Code) -> bool {
        const { assert!((Code::Other as u32) < u64::BITS, "the last code has a bit") };
        let (bit, noted) = (1 << code as u32, &mut self.0.get_or_insert_default().noted);
        let is_new = *noted & bit == 0;
        *noted |= bit;
        is_new
    }

    /// Since when the socket has taken nothing although there was something, or somebody is to go.
    pub(super) fn blocked_since(&self) -> Option<Tick> {
        self.0.as_ref()?.blocked_since
    }

    /// The socket takes nothing, or somebody is to go, since now.
    pub(super) fn set_blocked(&mut self, now: Tick) {
        self.0.get_or_insert_default().blocked_since = Some(now);
    }

    /// The socket takes something.
    pub(super) fn set_unblocked(&mut self) {
        if let Some(waiting) = &mut self.0 {
            waiting.blocked_since = None;
        }
    }

    /// Keeps no room for what is gone.
    pub(super) fn tidy(&mut self) {
        let is_over = |waiting: &mut Box<Waiting>| {
            let Waiting { lines, reads, noted, blocked_since, .. } = waiting.as_ref();
            lines.is_empty() && reads.is_empty() && *noted == 0 && blocked_since.is_none()
        };
        if self.0.take_if(is_over).is_none()
            && let Some(waiting) = &mut self.0
        {
            waiting.lines.shrink_to_fit();
            waiting.reads.shrink_to_fit();
        }
    }
}
