//! The newest entries of each log, encoded once and shared by everybody who reads it.

use bytes::Bytes;
use sala_core::entry::{LogId, LogKind, Seq};
use sala_core::limits::{TAIL_BYTES_MAX, TAIL_CHUNKS_MAX, TAIL_CHUNKS_PER_LOG};
use sala_core::mutant::planted;
use sala_core::name::RoomName;
use sala_core::packed::PackedMap;
use sala_core::server::{Erase, Hearers, SessionId};
use std::collections::VecDeque;
use std::rc::Rc;

use super::growth::{Grown, Lines};
use super::mailbox::{Cursor, Mailbox};

/// Lines of one log, as they go over the wire.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The lines.
    pub(super) bytes: Bytes,
    /// The seq of the first entry; for an announcement, that of the entry that will come next.
    pub(super) from: Seq,
    /// Where each entry starts; empty for an announcement, and where entries were that were forgotten.
    starts: Box<[usize]>,
    /// Who is told it, if it is an announcement.
    hearers: Hearers,
}

impl Chunk {
    /// The seq after the chunk's last entry.
    pub(super) fn end(&self) -> Seq {
        Seq(self.from.0 + self.starts.len() as u64)
    }

    /// Whether it is announced, and has no place in the log.
    pub(super) fn is_announced(&self) -> bool {
        self.starts.is_empty() && !self.bytes.is_empty()
    }

    /// Whether its entries were dropped from memory, while others around it were not.
    fn is_forgotten(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether this session is told it.
    pub(super) fn is_for(&self, session: SessionId) -> bool {
        self.hearers.include(session)
    }

    /// Where the entry with this seq starts, and where the chunk ends if there is none.
    pub(super) fn offset(&self, seq: Seq) -> usize {
        let index = usize::try_from(seq.0.saturating_sub(self.from.0)).unwrap_or(usize::MAX);
        self.starts.get(index).copied().unwrap_or(self.bytes.len())
    }
}

/// Where a seq is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In this chunk, counted from the log's first one ever.
    Chunk(u64),
    /// No longer in memory.
    Disk,
}

/// Who reads a log, in the order of their sessions' numbers. Whoever comes last has the highest, and most logs have one
/// reader or none, for whom the node of a tree would be ten times too large.
#[derive(Default)]
struct Readers(Vec<(SessionId, Rc<Mailbox>)>);

impl Readers {
    fn insert(&mut self, session: SessionId, reader: Rc<Mailbox>) {
        match self.place(session) {
            Ok(index) => self.0[index].1 = reader,
            Err(index) => {
                // A vector that grows by itself begins with four.
                if self.0.is_empty() {
                    self.0.reserve_exact(1);
                }
                self.0.insert(index, (session, reader));
            }
        }
    }

    fn remove(&mut self, session: SessionId) {
        if let Ok(index) = self.place(session) {
            self.0.remove(index);
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn all(&self) -> impl Iterator<Item = &Rc<Mailbox>> {
        self.0.iter().map(|(_, reader)| reader)
    }

    fn place(&self, session: SessionId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&session, |(session, _)| *session)
    }
}

/// The tail of one log, and who reads it.
pub(super) struct LogTail {
    room: RoomName,
    /// The last seq that anybody may see.
    pub(super) head: Seq,
    /// How many chunks were dropped before the first one here.
    first: u64,
    chunks: VecDeque<Chunk>,
    readers: Readers,
}

impl LogTail {
    /// What the log's room is called on the wire.
    pub(super) fn room(&self) -> &RoomName {
        &self.room
    }

    /// The chunk with this number, if it is still here.
    pub(super) fn chunk(&self, number: u64) -> Option<&Chunk> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.chunks.get(index)
    }

    /// The number that the next chunk will have.
    pub(super) fn next_chunk(&self) -> u64 {
        self.first + self.chunks.len() as u64
    }

    /// Where the entry with this seq is, or will be, or what is announced right before it in the chunk `since` or later.
    pub(super) fn locate(&self, seq: Seq, since: u64) -> Place {
        let before = |chunk: &Chunk| chunk.end() < seq || (chunk.end() == seq && !chunk.is_announced());
        let mut after = self.chunks.partition_point(before);
        let told = |chunk: &Chunk, index: usize| chunk.is_announced() && self.first + (index as u64) < since;
        while self.chunks.get(after).is_some_and(|chunk| told(chunk, after)) {
            after += 1;
        }
        match self.chunks.get(after) {
            Some(chunk) if chunk.from <= seq && !chunk.is_forgotten() => {
                Place::Chunk(self.first + after as u64)
            }
            None if seq > self.head => Place::Chunk(self.next_chunk()),
            _ => Place::Disk,
        }
    }

    /// Up to where the log can be read without passing over what is announced in the chunk `since` or later.
    pub(super) fn announced_after(&self, seq: Seq, since: u64) -> Seq {
        let skipped = usize::try_from(since.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let mut announced = self.chunks.iter().skip(skipped).filter(|chunk| chunk.is_announced());
        announced.find(|chunk| chunk.from > seq).map_or(self.head, |chunk| chunk.from.before())
    }
}

/// The tails of all logs, bounded together.
#[derive(Default)]
pub(super) struct Tails {
    logs: PackedMap<LogId, LogTail>,
    /// The log of each chunk, oldest first: the order in which chunks are dropped when there are too many bytes.
    ages: VecDeque<LogId>,
    bytes: usize,
    bytes_max: usize,
    /// What logs grew by, which nobody reads yet.
    grown: Vec<Grown>,
}

impl Tails {
    /// Those of one of so many shards.
    pub(super) fn of(shards: usize) -> Self {
        Tails { bytes_max: TAIL_BYTES_MAX / shards, ..Tails::default() }
    }

    /// Forgets all of them. Nobody reads any.
    pub(super) fn forget_all(&mut self) {
        assert!(self.logs.values().all(|tail| tail.readers.is_empty()), "who reads a tail keeps it");
        *self = Tails { bytes_max: self.bytes_max, ..Tails::default() };
    }

    /// Begins a log's tail behind this seq, if there is none yet: whoever reads on from here finds in memory what comes.
    pub(super) fn open(&mut self, log: LogId, room: &RoomName, head: Seq) {
        if !self.logs.contains_key(&log) {
            let (chunks, readers) = (VecDeque::new(), Readers::default());
            self.logs.insert(log, LogTail { room: room.clone(), head, first: 0, chunks, readers });
        }
    }

    pub(super) fn log(&self, log: LogId) -> Option<&LogTail> {
        self.logs.get(&log)
    }

    /// Bytes of all lines.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a cursor stands at what is on disk alone by now.
    pub(super) fn is_left_by(&self, cursor: &Cursor) -> bool {
        self.logs.get(&cursor.log).is_some_and(|tail| {
            cursor.next <= tail.head && tail.locate(cursor.next, cursor.since) == Place::Disk
        })
    }

    /// Lets a session read a log, which is opened if nobody has read it since its last entry. Gives the number of the
    /// next chunk.
    pub(super) fn subscribe(
        &mut self,
        log: LogId,
        room: &RoomName,
        head: Seq,
        session: SessionId,
        reader: Rc<Mailbox>,
    ) -> u64 {
        self.open(log, room, head);
        let Some(tail) = self.logs.get_mut(&log) else { return 0 };
        tail.readers.insert(session, reader);
        tail.next_chunk()
    }

    pub(super) fn unsubscribe(&mut self, log: LogId, session: SessionId) {
        if let Some(tail) = self.logs.get_mut(&log) {
            tail.readers.remove(session);
            // Everybody has a log of his own; those that nobody reads cost nothing.
            if tail.readers.is_empty() && is_personal(log) {
                self.close(log);
            }
        }
    }

    /// A log's tail is forgotten; whoever still reads it reads from disk.
    fn close(&mut self, log: LogId) {
        if let Some(tail) = self.logs.remove(&log) {
            self.bytes -= tail.chunks.iter().map(|chunk| chunk.bytes.len()).sum::<usize>();
        }
    }

    /// What was erased on disk is gone from memory as well: whoever has not read it yet reads from disk what is left.
    pub(super) fn erase(&mut self, erase: Erase) {
        match erase {
            Erase::Post(log, _) | Erase::Posts { log, .. } | Erase::Room(log) => self.forget(log),
            Erase::Person(_) => {
                let logs: Vec<LogId> = self.logs.keys().copied().collect();
                for log in logs {
                    self.forget(log);
                    self.forget_announced(log);
                }
            }
            Erase::Secret(..) => {}
        }
    }

    /// Drops what is in memory of a log's entries. What is announced is nowhere else, and stays for who has not read it.
    fn forget(&mut self, log: LogId) {
        let Some(tail) = self.logs.get_mut(&log) else { return };
        for chunk in tail.chunks.iter_mut().filter(|chunk| !chunk.is_announced()) {
            self.bytes -= chunk.bytes.len();
            let (bytes, starts, hearers) = (Bytes::new(), Box::default(), Hearers::Only(Vec::new()));
            *chunk = Chunk { bytes, from: chunk.from, starts, hearers };
        }
    }

    /// Drops what was announced in a log and all of its readers have passed: it says how people were called and wanted to be
    /// seen, which is nobody's to keep once one of them is erased.
    fn forget_announced(&mut self, log: LogId) {
        let Some(tail) = self.logs.get_mut(&log) else { return };
        let passed = |reader: &Rc<Mailbox>| {
            let cursors = reader.cursors.borrow();
            let cursor = cursors.iter().find(|cursor| cursor.log == log)?;
            Some(cursor.chunk().unwrap_or(0).max(cursor.since))
        };
        let passed = tail.readers.all().filter_map(passed).min().unwrap_or(u64::MAX);
        let first = tail.first;
        for (_, chunk) in (first..).zip(&mut tail.chunks).filter(|(number, _)| *number < passed) {
            self.bytes -= chunk.bytes.len();
            chunk.bytes = Bytes::new();
            chunk.hearers = Hearers::Only(Vec::new());
        }
    }

    /// What logs grew by is on disk, and will be released: whoever begins to read a log before that begins behind it.
    pub(super) fn grow(&mut self, grown: Vec<Grown>) {
        for Grown { log, room, lines } in &grown {
            if let Some(Lines { from, .. }) = lines.first() {
                self.open(*log, room, from.before());
            }
        }
        self.grown.extend(grown);
    }

    /// Lets everybody read what logs grew by, and wakes each reader of a log once.
    pub(super) fn release(&mut self) {
        for Grown { log, lines, .. } in std::mem::take(&mut self.grown) {
            let Some(tail) = self.logs.get_mut(&log) else { continue };
            if tail.readers.is_empty() && is_personal(log) {
                // Whoever reads it later begins on disk.
                self.close(log);
                continue;
            }
            for Lines { from, bytes, starts } in lines {
                assert_eq!(from, tail.head.next(), "a log is released without a gap");
                tail.head = Seq(from.0 + starts.len() as u64 - 1);
                self.bytes += bytes.len();
                self.ages.push_back(log);
                tail.chunks.push_back(Chunk { bytes, from, starts, hearers: Hearers::AllBut(Vec::new()) });
            }
            if !planted("lost_wake_up") {
                tail.readers.all().for_each(|reader| reader.wake());
            }
        }
        self.trim();
    }

    /// Tells these of whoever reads this log now.
    pub(super) fn announce(&mut self, log: LogId, line: Bytes, hearers: Hearers) {
        let Some(tail) = self.logs.get_mut(&log).filter(|tail| !tail.readers.is_empty()) else { return };
        self.bytes += line.len();
        self.ages.push_back(log);
        let (from, starts) = (tail.head.next(), Box::default());
        tail.chunks.push_back(Chunk { bytes: line, from, starts, hearers });
        tail.readers.all().for_each(|reader| reader.wake());
        self.trim();
    }

    /// Drops the oldest chunks of all logs while there are too many bytes or chunks.
    fn trim(&mut self) {
        let chunks_max = TAIL_CHUNKS_MAX.max(self.logs.len() * TAIL_CHUNKS_PER_LOG);
        while self.bytes > self.bytes_max || self.ages.len() > chunks_max {
            let Some(log) = self.ages.pop_front() else { return };
            // A log that was forgotten or closed meanwhile has fewer chunks than ages: it loses newer ones the earlier.
            let Some(tail) = self.logs.get_mut(&log) else { continue };
            if let Some(chunk) = tail.chunks.pop_front() {
                self.bytes -= chunk.bytes.len();
                tail.first += 1;
            }
        }
    }
}

fn is_personal(log: LogId) -> bool {
    matches!(log.kind(), LogKind::Personal(_))
}
