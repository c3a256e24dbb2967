//! A server's folder as years of use leave it: many accounts, many rooms, and what was said in them.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::entry::{
    Act, DIRECTORY, DeviceId, DirectoryEntry, Entry, LogId, Note, PersonId, PersonalEntry, Position, Post,
    PostNumber, RoomEntry, RoomKind,
};
use sala_core::name::{Name, RoomName};
use sala_core::secret::{Secret, hash_text};
use sala_core::server::State;
use sala_core::time::Wall;
use sala_net::store::{Row, Writer};
use std::path::Path;

/// How many there are of each.
#[derive(Clone, Copy)]
pub(crate) struct Crowd {
    /// Accounts, each with one device.
    pub(crate) accounts: u64,
    /// Public rooms.
    pub(crate) rooms: u64,
    /// Rooms that each account is in.
    pub(crate) joined: u64,
    /// Posts, each by a member of its room.
    pub(crate) posts: u64,
    /// Entries that are written after the last checkpoint.
    pub(crate) unkept: u64,
}

/// Writes a database at `path`; gives the state that its entries came to.
pub(crate) fn write(path: &Path, crowd: Crowd) -> State {
    let mut desk = Desk {
        writer: Writer::open(path, None, StdRng::seed_from_u64(1)).unwrap(),
        state: State::new(),
        rows: Vec::new(),
    };
    let at = Wall(1_767_225_600_000);
    for number in 1..=crowd.rooms {
        let (log, name) = (LogId(number), Some(room_name(number)));
        let entry = DirectoryEntry::Room { at, log, name, room: RoomKind::Public, pair: None };
        desk.add(DIRECTORY, Entry::Directory(entry));
        desk.act(log, PersonId(0), Act::Created);
    }
    for number in 1..=crowd.accounts {
        let (person, device) = (PersonId(number), DeviceId(number));
        let hash = format!("$argon2id$v=19$m=19456,t=2,p=1${}${}", "A".repeat(22), &hash_text("x")[..43]);
        let token = Some(Secret::new(format!("token-{number:-<32}")).unwrap().hash());
        for entry in [
            DirectoryEntry::Account { at, person, name: name(person) },
            DirectoryEntry::Password { at, person, hash },
            DirectoryEntry::Device { at, device, person, label: "laptop".to_owned(), token, heir_of: None },
        ] {
            desk.add(DIRECTORY, Entry::Directory(entry));
        }
        for step in 0..crowd.joined {
            desk.act(LogId((number + step * 7) % crowd.rooms + 1), person, Act::Joined);
        }
        if number > 1 {
            let (whom, name) = (PersonId(number - 1), name(PersonId(number - 1)));
            let note = Note::Friend { whom, name };
            desk.add(LogId::personal(person), Entry::Personal(PersonalEntry { at, by: person, note }));
        }
    }
    let before = desk.state.position().0;
    let kept = (before + crowd.posts).saturating_sub(crowd.unkept);
    for number in 0..crowd.posts {
        let person = PersonId(number % crowd.accounts + 1);
        let step = number / crowd.accounts % crowd.joined;
        let log = LogId((person.0 + step * 7) % crowd.rooms + 1);
        let n = PostNumber::new(number / crowd.accounts + 1).unwrap();
        let text =
            format!("post {number}: the tomatoes are green, and somebody should water them before noon");
        desk.act(log, person, Act::Post(Post::plain(DeviceId(person.0), n, text)));
        if desk.state.position().0 == kept {
            desk.flush();
            desk.writer.checkpoint(Position(kept), desk.state.encode()).unwrap();
        }
    }
    desk.flush();
    desk.state
}

/// The name of somebody.
pub(crate) fn name(person: PersonId) -> Name {
    if person.0 == 0 { "sala" } else { return format!("person-{}", person.0).parse().unwrap() }
        .parse()
        .unwrap()
}

fn room_name(number: u64) -> RoomName {
    if number == 1 { "lobby".to_owned() } else { format!("room-{number}") }.parse().unwrap()
}

struct Desk {
    writer: Writer,
    state: State,
    rows: Vec<Row>,
}

impl Desk {
    fn act(&mut self, log: LogId, person: PersonId, act: Act) {
        let entry = RoomEntry { at: Wall(1_767_225_600_000), person, author: name(person), act };
        self.add(log, Entry::Room(entry));
    }

    fn add(&mut self, log: LogId, entry: Entry) {
        let seq = self.state.next_seq(log);
        self.state.replay(log, seq, &entry).unwrap();
        let (position, body) = (self.state.position(), entry.encode());
        self.rows.push(Row { position, log, seq, entry, body });
        if self.rows.len() == 10_000 {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.writer.commit(&std::mem::take(&mut self.rows), &[]).unwrap();
        self.writer.tend();
    }
}
