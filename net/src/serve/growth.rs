//! What logs grow by while a batch is written: encoded once, and let out when it is on disk.

use bytes::Bytes;
use sala_core::entry::{LogId, Seq};
use sala_core::limits::CHUNK_BYTES_MAX;
use sala_core::name::RoomName;
use sala_core::protocol::entry_line;
use std::collections::BTreeMap;

/// Entries that are not on disk yet, as lines.
#[derive(Default)]
pub(super) struct Growth(BTreeMap<LogId, Growing>);

/// What one log grows by.
struct Growing {
    room: RoomName,
    lines: Vec<(Seq, Vec<u8>)>,
}

/// What one log grew by.
#[derive(Clone, Debug)]
pub(super) struct Grown {
    pub(super) log: LogId,
    /// What its room is called on the wire.
    pub(super) room: RoomName,
    /// Without a gap, in their order.
    pub(super) lines: Vec<Lines>,
}

/// Lines of one log that follow on each other, as they go over the wire: at most `CHUNK_BYTES_MAX`, or one line.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    /// The seq of the first entry.
    pub(super) from: Seq,
    pub(super) bytes: Bytes,
    /// Where each entry starts.
    pub(super) starts: Box<[usize]>,
}

impl Grown {
    /// The same with bytes of its own.
    pub(super) fn copied(&self) -> Self {
        let own = |lines: &Lines| Lines {
            from: lines.from,
            bytes: Bytes::copy_from_slice(&lines.bytes),
            starts: lines.starts.clone(),
        };
        Grown { log: self.log, room: self.room.clone(), lines: self.lines.iter().map(own).collect() }
    }
}

impl Growth {
    /// Takes in an entry that is about to be written.
    pub(super) fn append(&mut self, log: LogId, room: &RoomName, seq: Seq, body: &[u8]) {
        let growing = self.0.entry(log).or_insert_with(|| Growing { room: room.clone(), lines: Vec::new() });
        let mut line = Vec::with_capacity(body.len() + 64);
        entry_line(&mut line, log, &growing.room, seq, body);
        growing.lines.push((seq, line));
    }

    /// Takes out all that was taken in.
    pub(super) fn take(&mut self) -> Vec<Grown> {
        let grown = std::mem::take(&mut self.0).into_iter();
        grown.map(|(log, Growing { room, lines })| Grown { log, room, lines: joined(&lines) }).collect()
    }
}

/// Puts lines together, as many as may stand in one piece.
fn joined(mut lines: &[(Seq, Vec<u8>)]) -> Vec<Lines> {
    let mut pieces = Vec::new();
    while let [(from, _), ..] = lines {
        let mut length = 0;
        let fits = |(_, line): &&(Seq, Vec<u8>)| {
            length += line.len();
            length <= CHUNK_BYTES_MAX
        };
        let count = lines.iter().take_while(fits).count().max(1);
        let (of_piece, rest) = lines.split_at(count);
        lines = rest;
        // Exactly as long as they are, since it stays for a while.
        let mut bytes = Vec::with_capacity(of_piece.iter().map(|(_, line)| line.len()).sum());
        let mut starts = Vec::with_capacity(count);
        for (_, line) in of_piece {
            starts.push(bytes.len());
            bytes.extend_from_slice(line);
        }
        pieces.push(Lines { from: *from, bytes: bytes.into(), starts: starts.into() });
    }
    pieces
}
