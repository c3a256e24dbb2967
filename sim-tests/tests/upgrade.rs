//! The upgrade of a database, cut off at each step of its way.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rusqlite::Connection;
use sala_core::server::State;
use sala_net::store::{OpenError, Reader, Writer};
use sala_sim::disk::{SharedDisk, Tear};
use sala_sim::vfs::{NAME, Registration};
use std::collections::BTreeSet;
use std::path::Path;

const DATABASE: &str = "/sala.db";
/// What the program of format 1 leaves when it is stopped, and when it is killed: the file, and its write-ahead log.
const STOPPED: [&[u8]; 2] = [include_bytes!("../../net/tests/data/format-1/stopped/sala.db"), b""];
const KILLED: [&[u8]; 2] = [
    include_bytes!("../../net/tests/data/format-1/killed/sala.db"),
    include_bytes!("../../net/tests/data/format-1/killed/sala.db-wal"),
];

fn disk(seed: u64, [file, log]: [&[u8]; 2]) -> SharedDisk {
    let disk = SharedDisk::new(seed);
    disk.put_file(DATABASE, file);
    if !log.is_empty() {
        disk.put_file(&format!("{DATABASE}-wal"), log);
    }
    disk
}

fn open() -> Result<Writer, OpenError> {
    Writer::open(Path::new(DATABASE), Some(NAME), StdRng::seed_from_u64(1))
}

fn format() -> i64 {
    let connection = Connection::open(DATABASE).unwrap();
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

/// What a sound database adds up to.
fn state() -> State {
    let reader = Reader::open(Path::new(DATABASE), Some(NAME)).unwrap();
    assert_eq!(reader.verify().unwrap().faults, [""; 0]);
    reader.load().unwrap().state
}

#[test]
fn an_upgrade_that_loses_its_power_anywhere_is_done_or_not_and_loses_nothing() {
    for (left, entries) in [(STOPPED, 43), (KILLED, 44)] {
        let (undisturbed, operations) = {
            let disk = disk(0, left);
            let _registration = Registration::register(disk.clone());
            drop(open().unwrap());
            let operations = disk.counts().operations;
            (state(), operations)
        };
        assert_eq!(undisturbed.position().0, entries);
        for tear in [Tear::DropUnsynced, Tear::Sectors] {
            let mut formats = BTreeSet::new();
            for nth in 1..=operations {
                let disk = disk(nth, left);
                let _registration = Registration::register(disk.clone());
                disk.cut_power_at(nth, tear);
                drop(open());
                assert!(disk.take_cut(), "the power was to go at operation {nth} of {operations}");
                disk.heal();
                // A look recovers what a start would have recovered, so it comes before every other start alone.
                if nth % 2 == 0 {
                    formats.insert(format());
                }
                drop(open().unwrap());
                assert_eq!(format(), 3);
                assert_eq!(state(), undisturbed, "{tear:?} at operation {nth}");
            }
            assert_eq!(formats, BTreeSet::from([1, 3]), "some upgrades were done, and some were not");
        }
    }
}
