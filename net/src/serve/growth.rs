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
    /// The seq of the first entry.
    from: Seq,
    /// One line behind the other,
    bytes: Vec<u8>,
    /// and where each starts.
    starts: Vec<usize>,
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
    /// Takes in an entry that is about to be written, the next one of its log.
    pub(super) fn append(&mut self, log: LogId, room: &RoomName, seq: Seq, body: &[u8]) {
        let growing = self.0.entry(log).or_insert_with(|| Growing {
            room: room.clone(),
            from: seq,
            bytes: Vec::new(),
            starts: Vec::new(),
        });
        assert_eq!(seq.0, growing.from.0 + growing.starts.len() as u64, "a log grows without a gap");
        growing.starts.push(growing.bytes.len());
        entry_line(&mut growing.bytes, log, &growing.room, seq, body);
    }

    /// Takes out all that was taken in.
    pub(super) fn take(&mut self) -> Vec<Grown> {
        let grown = std::mem::take(&mut self.0).into_iter();
        grown.map(|(log, growing)| Grown { log, lines: growing.in_pieces(), room: growing.room }).collect()
    }
}

impl Growing {
    /// The lines, as many in one piece as may stand in one.
    fn in_pieces(&self) -> Vec<Lines> {
        let (mut pieces, mut first) = (Vec::new(), 0);
        while let Some(begin) = self.starts.get(first).copied() {
            let ends = self.starts[first + 1..].iter().copied().chain([self.bytes.len()]);
            let count = ends.take_while(|end| end - begin <= CHUNK_BYTES_MAX).count().max(1);
            let end = self.starts.get(first + count).copied().unwrap_or(self.bytes.len());
            let starts = self.starts[first..first + count].iter().map(|start| start - begin);
            pieces.push(Lines {
                from: Seq(self.from.0 + first as u64),
                // Exactly as long as they are, since it stays for a while.
                bytes: Bytes::copy_from_slice(&self.bytes[begin..end]),
                starts: starts.collect(),
            });
            first += count;
        }
        pieces
    }
}
