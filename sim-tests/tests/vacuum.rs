//! Giving room back on a disk that fails: whatever ends it, all rows are there.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "../../net/tests/book/mod.rs"]
mod book;

use book::Book;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::entry::{LogId, Position, RoomKind, Seq};
use sala_core::server::Erase;
use sala_net::store::{CommitError, Reader, VacuumError, Writer};
use sala_sim::disk::{Failing, Operation, SharedDisk, Tear};
use sala_sim::vfs::{NAME, Registration};
use std::path::Path;

const DATABASE: &str = "/sala.db";
const ROOM: LogId = LogId(1);
/// Places at which the power is cut, of all operations on the disk.
const CUTS: u64 = 40;

/// What is read of each row: its place, and what it says.
type Rows = Vec<(Position, LogId, Seq, Vec<u8>)>;

fn open() -> Writer {
    Writer::open(Path::new(DATABASE), Some(NAME), StdRng::seed_from_u64(1)).unwrap()
}

/// Posts on a new disk, most of which were erased.
fn written() -> Writer {
    let (mut writer, mut book) = (open(), Book::default());
    let ana = book.person(1, "ana");
    book.room(ROOM.0, "garden", RoomKind::Public, ana);
    let text = "words ".repeat(200);
    let posts: Vec<Seq> = (0..300).map(|number| book.post(ROOM, ana, &format!("{number} {text}"))).collect();
    writer.commit(&book.next(), &[]).unwrap();
    let gone = posts.iter().filter(|post| post.0 % 10 > 0);
    writer.commit(&[], &gone.map(|post| Erase::Post(ROOM, *post)).collect::<Vec<_>>()).unwrap();
    writer.scrub();
    writer
}

/// Everything is sound; what there is.
fn sound_rows() -> Rows {
    let reader = Reader::open(Path::new(DATABASE), Some(NAME)).unwrap();
    assert_eq!(reader.verify().unwrap().faults, [""; 0]);
    let mut rows = Rows::new();
    loop {
        let read = reader.after(rows.last().map_or(Position(0), |row| row.0), 1_000).unwrap();
        rows.extend(read.rows);
        if !read.more {
            return rows;
        }
    }
}

fn vacuum(writer: &mut Writer) -> Result<(), VacuumError> {
    let mut after = Position(0);
    loop {
        let step = writer.vacuum(after)?;
        writer.scrub();
        if step.is_done {
            return Ok(());
        }
        after = step.upto;
    }
}

fn size(disk: &SharedDisk) -> usize {
    disk.read_file(DATABASE).unwrap().len()
}

#[test]
fn power_that_goes_while_room_is_given_back_costs_no_row() {
    let (operations, rows, small) = {
        let disk = SharedDisk::new(0);
        let _registration = Registration::register(disk.clone());
        let mut writer = written();
        let (rows, large, before) = (sound_rows(), size(&disk), disk.counts().operations);
        vacuum(&mut writer).unwrap();
        assert_eq!(sound_rows(), rows);
        assert!(size(&disk) * 2 < large);
        (disk.counts().operations - before, rows, size(&disk))
    };
    for tear in [Tear::DropUnsynced, Tear::Sectors] {
        for (nth, seed) in (1..=operations).step_by(usize::try_from(operations / CUTS + 1).unwrap()).zip(0..)
        {
            let disk = SharedDisk::new(seed);
            let _registration = Registration::register(disk.clone());
            let mut writer = written();
            disk.cut_power_at(nth, tear);
            let ended = vacuum(&mut writer);
            assert!(disk.take_cut(), "the power was to go at operation {nth} of {operations}: {ended:?}");
            drop(writer);
            disk.heal();
            let mut writer = open();
            assert_eq!(sound_rows(), rows, "{tear:?} at operation {nth}");
            vacuum(&mut writer).unwrap();
            assert_eq!(sound_rows(), rows, "{tear:?} at operation {nth}");
            assert!(size(&disk) <= small + small / 10, "{tear:?} at operation {nth}");
        }
    }
}

#[test]
fn a_full_disk_ends_it_and_nothing_else() {
    let disk = SharedDisk::new(1);
    let _registration = Registration::register(disk.clone());
    let mut writer = written();
    let rows = sound_rows();
    disk.set_capacity(Some(disk.used() + 4_096));
    assert!(matches!(vacuum(&mut writer), Err(VacuumError::Commit(CommitError::Full(_)))));
    assert_eq!(sound_rows(), rows);
    disk.set_capacity(None);
    vacuum(&mut writer).unwrap();
    assert_eq!(sound_rows(), rows);
}

#[test]
fn a_flush_that_fails_is_a_commit_that_fails() {
    let disk = SharedDisk::new(2);
    let _registration = Registration::register(disk.clone());
    let mut writer = written();
    let rows = sound_rows();
    disk.fail(Operation::Sync, Failing::Nth(1));
    assert!(matches!(vacuum(&mut writer), Err(VacuumError::Commit(CommitError::Failed(_)))));
    assert!(matches!(writer.commit(&[], &[]), Err(CommitError::Failed(_))));
    drop(writer);
    let mut writer = open();
    assert_eq!(sound_rows(), rows);
    vacuum(&mut writer).unwrap();
    assert_eq!(sound_rows(), rows);
}
