//! Erasing on a disk that fails: what was erased is nowhere once a server runs again.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::entry::{
    Act, DIRECTORY, DeviceId, DirectoryEntry, Entry, LogId, PersonId, Position, Post, PostNumber, RoomEntry,
    RoomKind, Seq, TokenHash,
};
use sala_core::name::{Name, RoomName};
use sala_core::server::Erase;
use sala_core::time::Wall;
use sala_net::store::{CommitError, Reader, Row, Writer};
use sala_sim::disk::{Failing, Operation, SharedDisk, Tear};
use sala_sim::vfs::{NAME, Registration};
use std::collections::BTreeSet;
use std::path::Path;

const DATABASE: &str = "/sala.db";
/// What must be nowhere once it is erased.
const MARK: &str = "xyzzy";
const ROOM: LogId = LogId(1);
const ANA: PersonId = PersonId(1);

/// Ana says something in a room of hers, as the second entry there.
fn rows() -> Vec<Row> {
    let (at, log, name) = (Wall(1), ROOM, Name::parse("ana").unwrap());
    let guest = DirectoryEntry::Guest { at, person: ANA, name: name.clone(), token: TokenHash::default() };
    let named = Some(RoomName::parse("garden").unwrap());
    let room = DirectoryEntry::Room { at, log, name: named, room: RoomKind::Public, pair: None };
    let act = |act| Entry::Room(RoomEntry { at, person: ANA, author: name.clone(), act });
    let post = Post::plain(DeviceId(1), PostNumber::new(1).unwrap(), MARK);
    let entries = [
        (DIRECTORY, 1, Entry::Directory(guest)),
        (DIRECTORY, 2, Entry::Directory(room)),
        (ROOM, 1, act(Act::Created)),
        (ROOM, 2, act(Act::Post(post))),
    ];
    let row = |(position, (log, seq, entry)): (u64, (LogId, u64, Entry))| Row {
        position: Position(position),
        log,
        seq: Seq(seq),
        body: entry.encode(),
        entry,
    };
    (1..).zip(entries).map(row).collect()
}

fn open() -> Writer {
    Writer::open(Path::new(DATABASE), Some(NAME), StdRng::seed_from_u64(1)).unwrap()
}

/// A writer on a new disk on which the post is written, and the log is empty.
fn written() -> Writer {
    let mut writer = open();
    writer.commit(&rows(), &[]).unwrap();
    writer.scrub();
    writer
}

fn erase(writer: &mut Writer) -> Result<(), CommitError> {
    let erased = writer.commit(&[], &[Erase::Post(ROOM, Seq(2))]);
    writer.scrub();
    erased
}

fn holds_mark(disk: &SharedDisk) -> bool {
    let files = disk.names().into_iter().filter_map(|name| disk.read_file(&name));
    files.into_iter().any(|content| content.windows(MARK.len()).any(|part| part == MARK.as_bytes()))
}

fn demand_sound() {
    let reader = Reader::open(Path::new(DATABASE), Some(NAME)).unwrap();
    assert_eq!(reader.verify().unwrap().faults, [""; 0]);
    assert_eq!(reader.load().unwrap().state.position(), Position(4));
}

#[test]
fn what_was_erased_when_the_power_went_is_nowhere_after_the_next_start() {
    let operations = {
        let disk = SharedDisk::new(0);
        let _registration = Registration::register(disk.clone());
        let mut writer = written();
        assert!(holds_mark(&disk));
        let before = disk.counts().operations;
        erase(&mut writer).unwrap();
        assert!(!writer.scrub_due() && !holds_mark(&disk));
        disk.counts().operations - before
    };
    for tear in [Tear::DropUnsynced, Tear::Sectors] {
        let mut fates = BTreeSet::new();
        for (nth, seed) in (1..=operations).flat_map(|nth| (0..8).map(move |seed| (nth, seed))) {
            let disk = SharedDisk::new(seed);
            let _registration = Registration::register(disk.clone());
            let mut writer = written();
            disk.cut_power_at(nth, tear);
            let acked = erase(&mut writer).is_ok();
            assert!(disk.take_cut(), "the power was to go at operation {nth} of {operations}");
            drop(writer);
            disk.heal();
            let _next = open();
            let erased = !holds_mark(&disk);
            assert!(erased || !acked, "{tear:?} at operation {nth}");
            demand_sound();
            fates.insert((acked, erased));
        }
        let fates: Vec<_> = fates.into_iter().collect();
        assert_eq!(fates, [(false, false), (false, true), (true, true)], "each comes about");
    }
}

#[test]
fn a_scrub_that_fails_is_a_commit_that_fails() {
    let disk = SharedDisk::new(1);
    let _registration = Registration::register(disk.clone());
    let mut writer = written();
    writer.commit(&[], &[Erase::Post(ROOM, Seq(2))]).unwrap();
    disk.fail(Operation::Sync, Failing::Nth(1));
    writer.scrub();
    assert!(!writer.scrub_due(), "nothing is written to this disk again");
    assert!(matches!(writer.commit(&[], &[]), Err(CommitError::Failed(_))));
    assert!(holds_mark(&disk));
    disk.process_killed();
    drop(writer);
    let _next = open();
    assert!(!holds_mark(&disk));
    demand_sound();
}
