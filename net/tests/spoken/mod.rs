//! A log in which people say things, and an index of it.

#![allow(dead_code, reason = "each test file uses the words that it needs")]

use crate::common::Folder;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::entry::{
    Act, DIRECTORY, DeviceId, DirectoryEntry, Entry, LogId, PersonId, Position, Post, PostNumber, RoomEntry,
    Seq,
};
use sala_core::name::Name;
use sala_core::server::Query;
use sala_core::time::Wall;
use sala_net::search::{Changes, Hit, Index};
use sala_net::store::{Reader, Row, Writer};
use std::path::PathBuf;

pub(crate) const ANNA: PersonId = PersonId(1);
pub(crate) const BEN: PersonId = PersonId(2);
pub(crate) const KITCHEN: LogId = LogId(1);
pub(crate) const CELLAR: LogId = LogId(2);
pub(crate) const HOUR_MS: u64 = 3_600_000;
/// The positions of a part of the index.
pub(crate) const PART: u64 = 1 << 18;

/// A log and an index of it, which is taken in with each search.
pub(crate) struct Log {
    pub(crate) folder: Folder,
    pub(crate) index: Index,
    pub(crate) rows: Vec<Row>,
    pub(crate) writer: Writer,
    pub(crate) reader: Reader,
    /// The position of the first row.
    first: u64,
    written: usize,
}

impl Log {
    pub(crate) fn new() -> Self {
        Log::from(1)
    }

    /// One whose first entry has this position.
    pub(crate) fn from(first: u64) -> Self {
        let folder = Folder::new();
        let (writer, reader) = opened(&folder.path().join("sala.db"));
        let index = Index::open(&folder.path().join("search.db"), None);
        Log { folder, index, rows: Vec::new(), writer, reader, first, written: 0 }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("search.db")
    }

    /// The position of the newest row.
    pub(crate) fn last(&self) -> u64 {
        self.first + self.rows.len() as u64 - 1
    }

    /// Adds an entry.
    pub(crate) fn add(&mut self, log: LogId, entry: Entry) -> Seq {
        let seq = Seq(1 + self.rows.iter().filter(|row| row.log == log).count() as u64);
        let position = Position(self.last() + 1);
        self.rows.push(Row { position, log, seq, body: entry.encode(), entry });
        seq
    }

    /// Adds an entry, an hour after the one before it.
    pub(crate) fn act(&mut self, log: LogId, person: PersonId, act: Act) -> Seq {
        let at = Wall(self.rows.len() as u64 * HOUR_MS);
        self.add(log, Entry::Room(RoomEntry { at, person, author: Name::of_erased(person.0), act }))
    }

    pub(crate) fn post(&mut self, log: LogId, person: PersonId, text: &str) -> Seq {
        let n = PostNumber::new(1 + self.rows.len() as u64).unwrap();
        self.act(log, person, Act::Post(Post::plain(DeviceId(1), n, text)))
    }

    pub(crate) fn edit(&mut self, target: Seq, text: &str) {
        self.act(KITCHEN, ANNA, Act::Edited { target, text: text.to_owned() });
    }

    pub(crate) fn delete(&mut self, target: Seq) {
        self.act(KITCHEN, ANNA, Act::Deleted { target, of: ANNA });
    }

    pub(crate) fn close(&mut self, log: LogId) {
        let closed = DirectoryEntry::RoomClosed { at: Wall(1), by: ANNA, log };
        self.add(DIRECTORY, Entry::Directory(closed));
    }

    pub(crate) fn erase(&mut self, person: PersonId) {
        let keys = [String::new(), String::new()];
        let erased = DirectoryEntry::Erased { at: Wall(1), person, keys, free_at: Wall(2) };
        self.add(DIRECTORY, Entry::Directory(erased));
    }

    /// Writes what is not on disk yet. What the log says of what was erased stays there, so that it is for the index to
    /// forget it.
    pub(crate) fn write(&mut self) {
        self.writer.commit(&self.rows[self.written..], &[]).unwrap();
        self.written = self.rows.len();
    }

    /// Another log takes the place of this one.
    pub(crate) fn is_restored_with(&mut self, rows: Vec<Row>) {
        let path = self.folder.path().join(format!("restored-{}.db", rows.len()));
        (self.writer, self.reader) = opened(&path);
        (self.rows, self.written) = (rows, 0);
        self.write();
    }

    /// What comes after what is indexed.
    pub(crate) fn rest(&mut self) -> Changes {
        self.write();
        let indexed = self.index.ready(&self.reader).unwrap();
        Changes::read(&self.reader, indexed, usize::MAX).unwrap().0
    }

    pub(crate) fn take(&mut self) {
        loop {
            let rest = self.rest();
            if rest.upto == rest.after {
                break;
            }
            self.index.take(&rest, &self.reader).unwrap();
        }
    }

    pub(crate) fn search(&mut self, words: &str) -> Vec<Hit> {
        self.index.search(&query(words), &self.reader)
    }

    /// The positions of what is found.
    pub(crate) fn find(&mut self, query: &Query) -> Vec<u64> {
        self.take();
        let hits = self.index.search(query, &self.reader);
        for hit in &hits {
            let row = &self.rows[usize::try_from(hit.position.0 - self.first).unwrap()];
            assert_eq!((hit.log, hit.seq), (row.log, row.seq));
        }
        hits.iter().map(|hit| hit.position.0).collect()
    }

    pub(crate) fn words(&mut self, words: &str) -> Vec<u64> {
        self.find(&query(words))
    }

    /// Closes the index, changes its file, and opens it again.
    pub(crate) fn reopen(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        let elsewhere = Folder::new();
        self.index = Index::open(&elsewhere.path().join("search.db"), None);
        let mut bytes = std::fs::read(self.path()).unwrap();
        change(&mut bytes);
        std::fs::write(self.path(), bytes).unwrap();
        self.index = Index::open(&self.path(), None);
    }

    /// Opens the index as it is, as if its process had been killed.
    pub(crate) fn kill(&mut self) {
        let bytes = std::fs::read(self.path()).unwrap();
        self.reopen(|closed| *closed = bytes);
    }

    /// Whether these bytes are in the file of the index.
    pub(crate) fn holds(&self, needle: &[u8]) -> bool {
        let bytes = std::fs::read(self.path()).unwrap();
        bytes.windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle))
    }
}

fn opened(path: &std::path::Path) -> (Writer, Reader) {
    let writer = Writer::open(path, None, StdRng::seed_from_u64(1)).unwrap();
    (writer, Reader::open(path, None).unwrap())
}

/// These words in both rooms.
pub(crate) fn query(words: &str) -> Query {
    Query {
        words: words.to_owned(),
        logs: vec![KITCHEN, CELLAR],
        author: None,
        since: None,
        until: None,
        before: None,
        limit: 50,
    }
}

/// What is said in most of the tests.
pub(crate) fn spoken() -> Log {
    spoken_from(1)
}

/// The same from this position on.
pub(crate) fn spoken_from(first: u64) -> Log {
    let mut log = Log::from(first);
    log.post(KITCHEN, ANNA, "The bread is in the oven.");
    log.post(KITCHEN, BEN, "Crème brûlée, übermorgen?");
    log.post(CELLAR, BEN, "Bread and wine; don't wait.");
    log.act(KITCHEN, ANNA, Act::Topic("bread of the day".to_owned()));
    log.post(CELLAR, ANNA, "Wine-tasting at 18:30 👍");
    log
}
