//! The store on a real disk: what is damaged is found and never served, and the rest stays readable.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::Folder;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::entry::{LogId, Position, Seq};
use sala_core::limits::PAGE_BYTES_MAX;
use sala_net::store::{LoadError, Range, Reader, Row, Writer};
use std::path::PathBuf;

const LOG: LogId = LogId(7);

/// A closed database with `count` entries of `bytes` bytes each in one log.
fn database(folder: &Folder, count: u64, bytes: usize) -> PathBuf {
    let path = folder.path().join("sala.db");
    let mut writer = Writer::open(&path, None, StdRng::seed_from_u64(1)).unwrap();
    let row = |number| {
        let body =
            format!("{{\"entry\":\"number {number}\",\"filler\":\"{}\"}}", "x".repeat(bytes)).into_bytes();
        Row { position: Position(number), log: LOG, seq: Seq(number), body }
    };
    writer.commit(&(1..=count).map(row).collect::<Vec<_>>()).unwrap();
    path
}

/// Changes the first place where the file says `from`.
fn damage(path: &PathBuf, from: &[u8], to: &[u8]) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(from.len()).position(|part| part == from).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_changed_letter_is_found_and_the_entries_around_it_stay_readable() {
    let folder = Folder::new();
    let path = database(&folder, 9, 10);
    damage(&path, b"number 5", b"number 6");
    let reader = Reader::open(&path, None).unwrap();
    let stretch = reader.read(LOG, Range::After(Seq(0), Seq(9)), 100).unwrap();
    assert_eq!(stretch.damaged, [Seq(5)]);
    assert_eq!(stretch.entries.iter().map(|(seq, _)| seq.0).collect::<Vec<_>>(), [1, 2, 3, 4, 6, 7, 8, 9]);
    assert_eq!(reader.verify().unwrap().faults, ["entry 5 of log 7 is damaged"]);
    assert!(matches!(
        reader.load(),
        Err(LoadError::Damaged { log: LOG, seq: Seq(5) } | LoadError::Unreadable(_))
    ));
}

#[test]
fn an_entry_that_was_taken_out_is_missed() {
    let folder = Folder::new();
    let path = database(&folder, 5, 10);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("DELETE FROM entry WHERE seq = 3", []).unwrap();
    drop(connection);
    let reader = Reader::open(&path, None).unwrap();
    let stretch = reader.read(LOG, Range::After(Seq(0), Seq(5)), 100).unwrap();
    assert!(stretch.damaged.contains(&Seq(3)), "{:?}", stretch.damaged);
    assert!(!reader.verify().unwrap().faults.is_empty());
}

#[test]
fn a_page_is_bounded_by_entries_and_bytes_and_says_whether_there_is_more() {
    let folder = Folder::new();
    let path = database(&folder, 100, 1_000);
    let reader = Reader::open(&path, None).unwrap();
    let seqs = |range, limit| {
        let stretch = reader.read(LOG, range, limit).unwrap();
        let seqs: Vec<u64> = stretch.entries.iter().map(|(seq, _)| seq.0).collect();
        (seqs, stretch.more)
    };
    assert_eq!(seqs(Range::After(Seq(10), Seq(100)), 3), (vec![11, 12, 13], true));
    assert_eq!(seqs(Range::After(Seq(98), Seq(100)), 3), (vec![99, 100], false));
    assert_eq!(seqs(Range::After(Seq(10), Seq(12)), 3), (vec![11, 12], false));
    assert_eq!(seqs(Range::Before(Seq(4)), 2), (vec![2, 3], true));
    assert_eq!(seqs(Range::Before(Seq(4)), 3), (vec![1, 2, 3], false));
    let (all, more) = seqs(Range::After(Seq(0), Seq(100)), 100);
    assert!(
        more && all.len() * 1_000 <= PAGE_BYTES_MAX && (all.len() + 2) * 1_000 > PAGE_BYTES_MAX,
        "{}",
        all.len()
    );
}

#[test]
fn a_damaged_checkpoint_is_passed_over() {
    let folder = Folder::new();
    let path = folder.path().join("sala.db");
    let mut writer = Writer::open(&path, None, StdRng::seed_from_u64(1)).unwrap();
    writer.checkpoint(Position(0), b"{\"no\":\"state\"}").unwrap();
    drop(writer);
    damage(&path, b"\"no\":", b"\"on\":");
    let loaded = Reader::open(&path, None).unwrap().load().unwrap();
    assert_eq!(loaded.checkpointed, Position(0));
}

#[test]
fn a_database_of_a_newer_program_or_of_another_one_is_not_touched() {
    let folder = Folder::new();
    let path = database(&folder, 1, 10);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA user_version=99").unwrap();
    drop(connection);
    let error = Writer::open(&path, None, StdRng::seed_from_u64(1)).unwrap_err();
    assert!(error.to_string().contains("newer version of Sala"), "{error}");
    let other = folder.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE cats(name)").unwrap();
    let error = Writer::open(&other, None, StdRng::seed_from_u64(1)).unwrap_err();
    assert!(error.to_string().contains("not a database of Sala"), "{error}");
}
