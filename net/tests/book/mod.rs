//! Entries as a server would write them, in their places.

#![allow(dead_code, reason = "each test file uses the words that it needs")]

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::entry::{
    Act, DIRECTORY, DeviceId, DirectoryEntry, Entry, LogId, PersonId, Position, Post, PostNumber, RoomEntry,
    RoomKind, Seq, TokenHash,
};
use sala_core::name::{Name, RoomName};
use sala_core::server::State;
use sala_core::time::Wall;
use sala_net::store::{Row, Writer};
use std::collections::BTreeMap;
use std::path::Path;

/// When everything happens.
pub(crate) const AT: Wall = Wall(1_795_420_750_621);

/// All that was written, in one order.
#[derive(Default)]
pub(crate) struct Book {
    heads: BTreeMap<LogId, Seq>,
    names: BTreeMap<PersonId, Name>,
    numbers: BTreeMap<PersonId, u64>,
    /// Every row that was ever added.
    pub(crate) rows: Vec<Row>,
    taken: usize,
}

impl Book {
    /// Appends an entry to a log.
    pub(crate) fn add(&mut self, log: LogId, entry: Entry) -> Seq {
        let head = self.heads.entry(log).or_default();
        *head = head.next();
        let position = Position(self.rows.len() as u64 + 1);
        self.rows.push(Row { position, log, seq: *head, body: entry.encode(), entry });
        *head
    }

    /// Appends an entry to the directory.
    pub(crate) fn note(&mut self, entry: DirectoryEntry) -> Seq {
        self.add(DIRECTORY, Entry::Directory(entry))
    }

    /// A new guest with one device, both of this number.
    pub(crate) fn person(&mut self, number: u64, name: &str) -> PersonId {
        let (at, person, device) = (AT, PersonId(number), DeviceId(number));
        let name = Name::parse(name).unwrap();
        let mut token = [1; 32];
        token[..8].copy_from_slice(&number.to_le_bytes());
        let token = TokenHash::new(token);
        self.names.insert(person, name.clone());
        self.note(DirectoryEntry::Guest { at, person, name, token });
        self.note(DirectoryEntry::Device {
            at,
            device,
            person,
            label: "desk".to_owned(),
            token: None,
            heir_of: None,
        });
        person
    }

    /// A new room that this person makes.
    pub(crate) fn room(&mut self, number: u64, name: &str, room: RoomKind, by: PersonId) -> LogId {
        let (log, name) = (LogId(number), Some(RoomName::parse(name).unwrap()));
        self.note(DirectoryEntry::Room { at: AT, log, name, room, pair: None });
        self.act(log, by, Act::Created);
        log
    }

    /// Something happens in a room.
    pub(crate) fn act(&mut self, log: LogId, person: PersonId, act: Act) -> Seq {
        let author = self.names[&person].clone();
        self.add(log, Entry::Room(RoomEntry { at: AT, person, author, act }))
    }

    /// Somebody says something.
    pub(crate) fn post(&mut self, log: LogId, person: PersonId, text: &str) -> Seq {
        let n = self.numbers.entry(person).or_default();
        *n += 1;
        let n = PostNumber::new(*n).unwrap();
        self.act(log, person, Act::Post(Post::plain(DeviceId(person.0), n, text)))
    }

    /// Somebody gives his post new words.
    pub(crate) fn edit(&mut self, log: LogId, person: PersonId, target: Seq, text: &str) -> Seq {
        self.act(log, person, Act::Edited { target, text: text.to_owned() })
    }

    /// Somebody puts a sign to a post, or takes it away.
    pub(crate) fn react(&mut self, log: LogId, person: PersonId, target: Seq, emoji: &str, on: bool) -> Seq {
        self.act(log, person, Act::Reacted { target, emoji: emoji.to_owned(), on })
    }

    /// The rows that were added since this was asked last.
    pub(crate) fn next(&mut self) -> Vec<Row> {
        let next = self.rows[self.taken..].to_vec();
        self.taken = self.rows.len();
        next
    }

    /// What all of it adds up to.
    pub(crate) fn state(&self) -> State {
        let mut state = State::new();
        for row in &self.rows {
            state.replay(row.log, row.seq, &row.entry).unwrap();
        }
        state
    }
}

/// Opens a database, or makes it.
pub(crate) fn open(path: &Path) -> Writer {
    Writer::open(path, None, StdRng::seed_from_u64(1)).unwrap()
}
