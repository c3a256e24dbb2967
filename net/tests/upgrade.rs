//! Databases of older formats: each that ever was is read for ever.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;
mod book;

use book::{Book, open};
use common::Folder;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rusqlite::Connection;
use sala_core::entry::{Act, LogId, PersonId, Position, RoomKind, Seq};
use sala_core::server::{Erase, State};
use sala_net::store::{Range, Reader, Writer};
use std::path::{Path, PathBuf};

/// How a server of format 1 ended, and how many entries it left: the last one of the killed server is in the
/// write-ahead log.
const ENDS: [(&str, u64); 2] = [("stopped", 43), ("killed", 44)];

/// A copy of what the program of format 1 left behind.
fn left_behind(folder: &Folder, end: &str) -> PathBuf {
    copied(folder, &format!("format-1/{end}"))
}

fn copied(folder: &Folder, what: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(what);
    for file in std::fs::read_dir(data).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    folder.path().join("sala.db")
}

fn names(state: &State) -> (Vec<String>, Vec<String>) {
    let people = state.directory().people().map(|(_, person)| person.name.to_string());
    let rooms = state.rooms().map(|(_, room)| room.key.to_string());
    (people.collect(), rooms.collect())
}

fn texts(reader: &Reader, log: u64) -> Vec<String> {
    let entries = reader.verify().unwrap().logs[&LogId(log)].entries;
    let stretch = reader.page(LogId(log), Range::Before(Seq(entries + 1)), 100).unwrap();
    assert_eq!(stretch.damaged, []);
    let text = |body: Vec<u8>| serde_json::from_slice::<serde_json::Value>(&body).unwrap()["text"].clone();
    let texts = stretch.entries.into_iter().map(|(_, body)| text(body));
    texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

#[test]
fn format_1_is_brought_to_the_present_one_with_all_that_is_in_it() {
    for (end, entries) in ENDS {
        let folder = Folder::new();
        let path = left_behind(&folder, end);
        drop(open(&path));
        let reader = Reader::open(&path, None).unwrap();
        let report = reader.verify().unwrap();
        assert_eq!((report.entries, report.faults), (entries, Vec::new()), "{end}");
        let loaded = reader.load().unwrap();
        assert_eq!(loaded.checkpointed, Position(0), "the old checkpoint is another program's");
        assert_eq!(loaded.state.position(), Position(entries));
        let (people, rooms) = names(&loaded.state);
        assert_eq!(people, ["ana", "bo", "Zé", "cy", "dora"]);
        assert_eq!(rooms, ["lobby", "garden", "attic", "kitchen"]);
        assert_eq!(texts(&reader, 2), ["first in the garden", "second in the garden", "bo was here"]);
        assert_eq!(texts(&reader, 3), ["cy alone, “quoted” \\ and 🎈"]);
        assert_eq!(texts(&reader, 4), ["what we cook", "soup", "bread", "what we bake"]);
        let last = if end == "killed" { "written after the last checkpoint" } else { "from my phone" };
        assert_eq!(texts(&reader, 1).last().unwrap(), last);
        assert_eq!(reader.author(LogId(2), Seq(5)).unwrap(), Some(PersonId(2)));
        let written = reader.written_by(PersonId(4), Position(0), 100).unwrap().rows;
        assert_eq!(written.iter().map(|row| row.0.0).collect::<Vec<_>>(), [26, 27, 29, 30]);
        let audited = reader.audit(LogId(4), Seq(100), 100).unwrap().entries;
        assert_eq!(audited.iter().map(|row| row.0.0).collect::<Vec<_>>(), [2, 5], "topics");
    }
}

#[test]
fn format_2_finds_what_each_has_written_as_before() {
    let folder = Folder::new();
    let path = copied(&folder, "format-2/stopped");
    drop(open(&path));
    let reader = Reader::open(&path, None).unwrap();
    let report = reader.verify().unwrap();
    assert_eq!((report.entries, report.faults), (45, Vec::new()));
    let loaded = reader.load().unwrap();
    assert_eq!(loaded.checkpointed, Position(0), "the old checkpoint lacks what this program keeps");
    let written = reader.written_by(PersonId(4), Position(0), 100).unwrap().rows;
    assert_eq!(written.iter().map(|row| row.0.0).collect::<Vec<_>>(), [26, 27, 29, 30]);
    let version = Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0));
    assert_eq!(version, Ok(3_i64));
}

#[test]
fn a_second_start_changes_nothing_more() {
    let folder = Folder::new();
    let path = left_behind(&folder, "killed");
    drop(open(&path));
    let once = std::fs::read(&path).unwrap();
    drop(open(&path));
    assert!(std::fs::read(&path).unwrap() == once);
}

#[test]
fn after_an_upgrade_what_is_erased_is_nowhere() {
    let folder = Folder::new();
    let path = left_behind(&folder, "killed");
    let mut writer = open(&path);
    writer.commit(&[], &[Erase::Post(LogId(2), Seq(2)), Erase::Person(PersonId(5))]).unwrap();
    writer.scrub();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        for gone in ["first in the garden", "dora", "soup", "0ed4d840baca63a6"] {
            assert!(!content.windows(gone.len()).any(|part| part == gone.as_bytes()), "{gone}");
        }
    }
    let reader = Reader::open(&path, None).unwrap();
    assert_eq!(reader.verify().unwrap().faults, [""; 0]);
    assert_eq!(reader.load().unwrap().state.position(), Position(44));
}

/// Turns a closed database into one of format 1.
fn downgrade(path: &Path) {
    let sql = "
        ALTER TABLE entry RENAME TO newer;
        CREATE TABLE entry(position INTEGER PRIMARY KEY, log INTEGER NOT NULL, seq INTEGER NOT NULL,
            salt BLOB NOT NULL, digest BLOB NOT NULL, sum BLOB NOT NULL, body BLOB NOT NULL) STRICT;
        INSERT INTO entry SELECT position, log, seq, salt, digest, sum, body FROM newer;
        DROP TABLE newer; DROP TABLE edit; DROP TABLE sign;
        CREATE UNIQUE INDEX entry_place ON entry(log, seq);
        PRAGMA user_version=1;";
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

fn long_book() -> Book {
    let mut book = Book::default();
    let ana = book.person(1, "ana");
    let garden = book.room(1, "garden", RoomKind::Public, ana);
    let attic = book.room(2, "attic", RoomKind::Public, ana);
    for n in 0..1_200_u64 {
        book.post(if n % 3 == 0 { attic } else { garden }, ana, &"x".repeat(usize::try_from(n).unwrap()));
    }
    book.act(garden, ana, Act::Topic("flowers".to_owned()));
    book
}

#[test]
fn a_long_log_is_upgraded_whole_and_hardly_grows() {
    let folder = Folder::new();
    let path = folder.path().join("sala.db");
    let mut book = long_book();
    open(&path).commit(&book.next(), &[]).unwrap();
    downgrade(&path);
    Connection::open(&path).unwrap().execute_batch("VACUUM").unwrap();
    let before = std::fs::metadata(&path).unwrap().len();
    drop(open(&path));
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(after < before + before / 4, "{before} bytes became {after}");
    let reader = Reader::open(&path, None).unwrap();
    assert_eq!(reader.verify().unwrap().faults, [""; 0]);
    assert_eq!(reader.load().unwrap().state, book.state());
}

#[test]
fn a_damaged_database_is_left_as_it_is() {
    let folder = Folder::new();
    let path = left_behind(&folder, "stopped");
    let mut bytes = std::fs::read(&path).unwrap();
    let soup = bytes.windows(4).position(|part| part == b"soup").unwrap();
    bytes[soup] = b'S';
    std::fs::write(&path, bytes).unwrap();
    let error = Writer::open(&path, None, StdRng::seed_from_u64(1)).unwrap_err().to_string();
    assert!(error.contains("entry 3 of log 4 is damaged; it is unchanged: restore a backup"), "{error}");
    let connection = Connection::open(&path).unwrap();
    let found = connection.query_row("SELECT count(*), max(position) FROM entry", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    });
    assert_eq!(found.unwrap(), (43, 43));
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(version, 1);
}
