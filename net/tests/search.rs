//! The index for searching on a real disk: what it finds, what it forgets, and how it comes back from damage.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::Folder;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use sala_core::entry::{
    Act, DIRECTORY, DeviceId, DirectoryEntry, Entry, LogId, PersonId, Position, Post, PostNumber, RoomEntry,
    Seq,
};
use sala_core::name::Name;
use sala_core::server::Query;
use sala_core::time::Wall;
use sala_net::search::{Busy, Finder as _, Index, Row, Search};
use sala_net::store::{Reader, Writer};
use std::path::PathBuf;
use std::task::{Context, Poll, Waker};

const ANNA: PersonId = PersonId(1);
const BEN: PersonId = PersonId(2);
const KITCHEN: LogId = LogId(1);
const CELLAR: LogId = LogId(2);
const HOUR_MS: u64 = 3_600_000;

/// A log and an index of it, which is taken in with each search.
struct Log {
    folder: Folder,
    index: Index,
    rows: Vec<Row>,
}

impl Log {
    fn new() -> Self {
        let folder = Folder::new();
        let index = Index::open(&folder.path().join("search.db"), None);
        Log { folder, index, rows: Vec::new() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("search.db")
    }

    /// Adds an entry, an hour after the one before it.
    fn add(&mut self, log: LogId, entry: &Entry) -> Seq {
        let seq = Seq(1 + self.rows.iter().filter(|row| row.1 == log).count() as u64);
        self.rows.push((Position(1 + self.rows.len() as u64), log, seq, entry.encode()));
        seq
    }

    fn act(&mut self, log: LogId, person: PersonId, act: Act) -> Seq {
        let at = Wall(self.rows.len() as u64 * HOUR_MS);
        self.add(log, &Entry::Room(RoomEntry { at, person, author: Name::of_erased(person.0), act }))
    }

    fn post(&mut self, log: LogId, person: PersonId, text: &str) -> Seq {
        let n = PostNumber::new(1 + self.rows.len() as u64).unwrap();
        self.act(log, person, Act::Post(Post::plain(DeviceId(1), n, text)))
    }

    fn edit(&mut self, target: Seq, text: &str) {
        self.act(KITCHEN, ANNA, Act::Edited { target, text: text.to_owned() });
    }

    fn delete(&mut self, target: Seq) {
        self.act(KITCHEN, ANNA, Act::Deleted { target, of: ANNA });
    }

    fn take(&mut self) {
        while let Some(rest) = self.rows.get(usize::try_from(self.index.indexed().0).unwrap()..)
            && !rest.is_empty()
        {
            self.index.take(rest).unwrap();
        }
    }

    /// The positions of what is found.
    fn find(&mut self, query: &Query) -> Vec<u64> {
        self.take();
        let hits = self.index.search(query);
        for hit in &hits {
            let row = &self.rows[usize::try_from(hit.position.0).unwrap() - 1];
            assert_eq!((hit.log, hit.seq), (row.1, row.2));
        }
        hits.iter().map(|hit| hit.position.0).collect()
    }

    fn words(&mut self, words: &str) -> Vec<u64> {
        self.find(&query(words))
    }

    /// Closes the index, changes its file, and opens it again.
    fn reopen(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        let elsewhere = Folder::new();
        self.index = Index::open(&elsewhere.path().join("search.db"), None);
        let mut bytes = std::fs::read(self.path()).unwrap();
        change(&mut bytes);
        std::fs::write(self.path(), bytes).unwrap();
        self.index = Index::open(&self.path(), None);
    }

    /// Whether these bytes are in any file of the folder.
    fn holds(&self, needle: &[u8]) -> bool {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let mut files = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        files.any(|bytes| bytes.windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle)))
    }
}

/// These words in both rooms.
fn query(words: &str) -> Query {
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

fn spoken() -> Log {
    let mut log = Log::new();
    log.post(KITCHEN, ANNA, "The bread is in the oven.");
    log.post(KITCHEN, BEN, "Crème brûlée, übermorgen?");
    log.post(CELLAR, BEN, "Bread and wine; don't wait.");
    log.act(KITCHEN, ANNA, Act::Topic("bread of the day".to_owned()));
    log.post(CELLAR, ANNA, "Wine-tasting at 18:30 👍");
    log
}

#[test]
fn posts_are_found_by_all_of_their_words_in_any_spelling() {
    let mut log = spoken();
    for (words, found) in [
        ("bread", vec![3, 1]),
        ("BREAD oven", vec![1]),
        ("oven bread", vec![1]),
        ("bread brulee", vec![]),
        ("creme brulee", vec![2]),
        ("Crème  BRÛLÉE\t", vec![2]),
        ("ubermorgen", vec![2]),
        ("bre", vec![3, 1]),
        ("wine br", vec![3]),
        ("bre oven", vec![]),
        ("don't", vec![3]),
        ("wine-tasting", vec![5]),
        ("tasting-wine", vec![]),
        ("18:30", vec![5]),
        ("👍 wine 👍", vec![5, 3]),
        ("", vec![5, 3, 2, 1]),
        (" \t\n", vec![5, 3, 2, 1]),
    ] {
        assert_eq!(log.words(words), found, "{words:?}");
    }
}

#[test]
fn posts_are_found_by_room_author_time_and_place() {
    let mut log = spoken();
    let hour = |hour| Some(Wall(hour * HOUR_MS));
    let kitchen = Query { logs: vec![KITCHEN], ..query("") };
    assert_eq!(log.find(&kitchen), [2, 1]);
    assert_eq!(log.find(&Query { author: Some(BEN), ..kitchen.clone() }), [2]);
    assert_eq!(log.find(&Query { author: Some(PersonId(9)), ..kitchen.clone() }), [0; 0]);
    assert_eq!(log.find(&Query { author: Some(BEN), ..query("bread") }), [3]);
    assert_eq!(log.find(&Query { since: hour(2), ..query("") }), [5, 3]);
    assert_eq!(log.find(&Query { until: hour(2), ..query("") }), [2, 1]);
    assert_eq!(log.find(&Query { since: hour(1), until: hour(3), ..query("bread") }), [3]);
    assert_eq!(log.find(&Query { since: hour(99), ..query("") }), [0; 0]);
    assert_eq!(log.find(&Query { until: Some(Wall(u64::MAX)), ..query("wine") }), [5, 3]);
    assert_eq!(log.find(&Query { before: Some(Position(3)), ..query("") }), [2, 1]);
    assert_eq!(log.find(&Query { before: Some(Position(0)), ..query("") }), [0; 0]);
    assert_eq!(log.find(&Query { before: Some(Position(u64::MAX)), limit: 2, ..query("") }), [5, 3]);
    assert_eq!(log.find(&Query { limit: 0, ..query("") }), [0; 0]);
}

#[test]
fn a_time_is_found_though_the_clock_went_back() {
    let mut log = Log::new();
    for at in [900, 10, 901, 11] {
        let post = Act::Post(Post::plain(DeviceId(1), PostNumber::new(1).unwrap(), "tick"));
        let entry = RoomEntry { at: Wall(at * HOUR_MS), person: ANNA, author: Name::of_erased(1), act: post };
        log.add(KITCHEN, &Entry::Room(entry));
        log.take();
    }
    let query = |since, until| Query {
        since: Some(Wall(since * HOUR_MS)),
        until: Some(Wall(until * HOUR_MS)),
        ..query("tick")
    };
    assert_eq!(log.find(&query(0, 100)), [4, 2]);
    assert_eq!(log.find(&query(900, 901)), [1]);
    assert_eq!(log.find(&query(100, 900)), [0; 0]);
}

#[test]
fn nothing_is_found_in_rooms_that_are_not_given() {
    let mut log = spoken();
    for words in ["bread", "", "1", "\") OR log : (\"2", "log:2", "{log}:2", "2 OR bread"] {
        assert!(!log.find(&Query { logs: vec![KITCHEN], ..query(words) }).contains(&3), "{words}");
        assert_eq!(log.find(&Query { logs: Vec::new(), ..query(words) }), [0; 0], "{words}");
    }
    assert_eq!(log.words("2"), [0; 0], "the number of a room is no word of its posts");
    let many = (1..=400).map(LogId).collect();
    assert_eq!(log.find(&Query { logs: many, ..query("bread") }), [3, 1]);
}

#[test]
fn a_search_is_no_language() {
    let mut log = spoken();
    log.post(KITCHEN, ANNA, "NEAR a* OR \"b\" ^c");
    for (words, found) in [
        ("near", vec![6]),
        ("NEAR(bread oven)", vec![]),
        ("bread OR wine", vec![]),
        ("bread AND oven", vec![]),
        ("bread NOT oven", vec![]),
        ("a OR b", vec![6]),
        ("^bread", vec![3, 1]),
        ("text:bread", vec![]),
        ("\"bread", vec![3, 1]),
        ("bread\" \"", vec![3, 1]),
        ("br*d", vec![]),
        ("(bread", vec![3, 1]),
        ("-bread", vec![3, 1]),
        ("bread\0oven", vec![1]),
        ("\0", vec![6, 5, 3, 2, 1]),
    ] {
        assert_eq!(log.words(words), found, "{words:?}");
    }
    for nothing in ["\"", "*", "\"\"\"", "^", "👍", "( ) + -", "{", "'", ";--", "\u{301}", "\u{10ffff}"] {
        assert_eq!(log.words(nothing), [0; 0], "{nothing:?}");
    }
    for long in ["a".repeat(10_000), "bread ".repeat(1_700), "\"* ".repeat(3_400), "é\" ".repeat(2_500)] {
        let found = log.words(&long);
        assert_eq!(found, if long.starts_with("bread") { vec![3, 1] } else { vec![] });
    }
}

#[test]
fn an_edit_is_found_by_its_new_words_only() {
    let mut log = spoken();
    log.take();
    log.edit(Seq(1), "The cake is in the oven.");
    log.edit(Seq(99), "Of nothing.");
    assert_eq!(log.words("bread"), [3]);
    assert_eq!(log.words("cake"), [1]);
    log.edit(Seq(1), "Gone.");
    assert_eq!(log.words("cake"), [0; 0]);
    assert_eq!(log.find(&Query { author: Some(ANNA), until: Some(Wall(1)), ..query("gone") }), [1]);
    // Its words were erased before they came here, as its deletion further on will say.
    log.edit(Seq(1), "");
    assert_eq!(log.words("gone"), [0; 0]);
}

#[test]
fn what_is_deleted_or_erased_is_not_found() {
    let mut log = spoken();
    log.delete(Seq(1));
    assert_eq!(log.words("bread"), [3]);
    log.delete(Seq(1));
    log.delete(Seq(99));
    let keys = [String::new(), String::new()];
    let erased = DirectoryEntry::Erased { at: Wall(1), person: BEN, keys, free_at: Wall(2) };
    log.add(DIRECTORY, &Entry::Directory(erased));
    assert_eq!(log.words(""), [5]);
    log.post(KITCHEN, ANNA, "");
    log.post(KITCHEN, ANNA, "The last word.");
    let closed = DirectoryEntry::RoomClosed { at: Wall(1), by: ANNA, log: CELLAR };
    log.add(DIRECTORY, &Entry::Directory(closed));
    assert_eq!(log.words(""), [11]);
}

#[test]
fn much_is_taken_out_in_steps_and_then_the_rest_is_taken_in() {
    let mut log = Log::new();
    for n in 0..1_000 {
        log.post(KITCHEN, ANNA, &format!("number {n}"));
        log.post(CELLAR, BEN, &format!("number {n}"));
    }
    log.take();
    let closed = DirectoryEntry::RoomClosed { at: Wall(1), by: ANNA, log: KITCHEN };
    log.add(DIRECTORY, &Entry::Directory(closed));
    log.post(CELLAR, ANNA, "after all");
    log.index.take(&log.rows[2_000..]).unwrap();
    assert_eq!(log.index.indexed(), Position(2_000), "there is more to take out");
    assert_eq!(log.words("after"), [2_002]);
    assert_eq!(log.words("number 777"), [1_556]);
    assert_eq!(log.find(&Query { limit: 9_999, ..query("") }).len(), 1_001);
}

#[test]
fn a_deleted_text_leaves_no_word_in_any_file() {
    let mut log = Log::new();
    let mut random = StdRng::seed_from_u64(3);
    let secret = |n: u64| format!("xylophon{n:04}");
    let mut secrets = Vec::new();
    for n in 0..3_000 {
        let filler: String = (0..8).map(|_| format!("word{} ", random.random_range(0..3_000))).collect();
        if n % 3 == 0 {
            secrets.push(log.post(KITCHEN, ANNA, &format!("{filler} {} Quetzalcoatl", secret(n))));
        } else {
            log.post(KITCHEN, BEN, &filler);
        }
        if n % 100 == 0 {
            log.take();
        }
    }
    log.take();
    assert!(log.holds(b"xylophon0009") && log.holds(b"quetzalcoatl"));
    for (n, target) in secrets.into_iter().enumerate() {
        match n % 2 {
            0 => log.delete(target),
            _ => log.edit(target, "plain"),
        }
    }
    log.take();
    assert_eq!(log.words("xylophon"), [0; 0]);
    assert!(log.index.is_stale());
    log.index.scrub().unwrap();
    assert!(!log.index.is_stale());
    assert!(!log.holds(b"quetzal"), "a deleted word is still there");
    assert!(!log.holds(b"xylophon"), "the beginning of deleted words is still there");
}

#[test]
fn it_goes_on_where_it_ended() {
    let mut log = spoken();
    log.take();
    log.reopen(|_| {});
    assert_eq!(log.index.indexed(), Position(5));
    log.index.check(log.rows.last()).unwrap();
    assert_eq!(log.index.indexed(), Position(5));
    assert_eq!(log.words("bread"), [3, 1]);
}

#[test]
fn the_index_of_another_log_is_made_anew() {
    let mut log = spoken();
    log.take();
    log.rows.pop();
    log.index.check(None).unwrap();
    assert_eq!(log.index.indexed(), Position(0));
    assert_eq!(log.words("wine"), [3]);
    log.post(CELLAR, ANNA, "Another past.");
    log.take();
    let row = (Position(5), CELLAR, Seq(2), b"{}".to_vec());
    log.index.check(Some(&row)).unwrap();
    assert_eq!(log.words("past"), [5]);
}

#[test]
fn a_file_that_cannot_be_trusted_is_made_anew() {
    let mut log = spoken();
    for n in 0..200 {
        log.post(KITCHEN, ANNA, &format!("filler {n}"));
    }
    log.take();
    let mut random = StdRng::seed_from_u64(4);
    let length = std::fs::metadata(log.path()).unwrap().len();
    let places = |_: u64| random.random_range(0..usize::try_from(length).unwrap());
    let places: Vec<usize> = (0..40).map(places).collect();
    for place in places {
        log.reopen(|bytes| {
            let place = place % bytes.len();
            bytes[place] ^= 1 << (place % 8);
        });
        assert_eq!(log.words("bread"), [3, 1], "flipped at {place}");
        if place % 3 == 0 {
            log.reopen(|bytes| bytes.truncate(place % bytes.len()));
            assert_eq!(log.words("bread"), [3, 1], "truncated to {place}");
        }
    }
    for length in [1, 100, 4_096, 50_000] {
        log.reopen(|bytes| {
            bytes.resize(length, 0);
            StdRng::seed_from_u64(5).fill_bytes(bytes);
        });
        assert_eq!(log.words("bread"), [3, 1], "{length} random bytes");
    }
    log.reopen(|bytes| bytes[60..64].copy_from_slice(&9_u32.to_be_bytes()));
    assert_eq!(log.index.indexed(), Position(0), "it is of a newer format");
    assert_eq!(log.words("bread"), [3, 1]);
    let foreign = rusqlite::Connection::open(log.path()).unwrap();
    foreign.execute_batch("DROP TABLE post; CREATE TABLE another(x); PRAGMA user_version=0").unwrap();
    drop(foreign);
    log.reopen(|_| {});
    assert_eq!(log.words("bread"), [3, 1]);
}

#[test]
fn damage_under_its_hands_is_no_error_that_stops_a_search() {
    let mut log = spoken();
    for n in 0..2_000 {
        log.post(KITCHEN, ANNA, &format!("filler {n}"));
    }
    log.take();
    let foreign = rusqlite::Connection::open(log.path()).unwrap();
    foreign.execute_batch("DROP TABLE post").unwrap();
    assert_eq!(log.index.search(&query("bread")), []);
    log.post(KITCHEN, ANNA, "more bread");
    assert!(log.index.take(&log.rows[2_005..]).is_err());
    assert_eq!(log.index.indexed(), Position(0));
    assert_eq!(log.words("bread"), [2_006, 3, 1]);
    std::fs::write(log.path(), vec![7; 8_192]).unwrap();
    assert_eq!(log.index.search(&query("bread")), []);
    assert_eq!(log.words("bread"), [2_006, 3, 1]);
}

#[test]
fn where_no_file_can_be_made_nothing_is_found() {
    let folder = Folder::new();
    let mut index = Index::open(&folder.path().join("nowhere").join("search.db"), None);
    assert_eq!(index.search(&query("")), []);
    let mut log = spoken();
    log.take();
    assert!(index.take(&log.rows).is_err());
    std::fs::create_dir(folder.path().join("nowhere")).unwrap();
    index.take(&log.rows).unwrap();
    assert_eq!(index.search(&query("bread")).len(), 2);
}

/// A store and a search that follows it.
struct Store {
    log: Log,
    writer: Writer,
}

impl Store {
    fn new() -> Self {
        let log = spoken();
        let writer =
            Writer::open(&log.folder.path().join("sala.db"), None, StdRng::seed_from_u64(1)).unwrap();
        let mut store = Store { log, writer };
        store.commit(0);
        store
    }

    fn commit(&mut self, from: usize) {
        let rows = self.log.rows[from..].iter().map(|(position, log, seq, body)| sala_net::store::Row {
            position: *position,
            log: *log,
            seq: *seq,
            entry: Entry::decode(*log, *seq, body).unwrap(),
            body: body.clone(),
        });
        self.writer.commit(&rows.collect::<Vec<_>>(), &[]).unwrap();
    }

    fn search(&self) -> Search {
        Search::start(&self.log.path(), Reader::open(&self.log.folder.path().join("sala.db"), None).unwrap())
    }
}

async fn found(search: &Search, words: &str) -> Vec<u64> {
    search.find(query(words)).await.unwrap().iter().map(|hit| hit.position.0).collect()
}

#[tokio::test]
async fn what_is_committed_is_found_and_found_again_after_a_start() {
    let mut store = Store::new();
    let search = store.search();
    assert_eq!(found(&search, "bread").await, [3, 1]);
    for position in 6..20 {
        store.log.post(KITCHEN, ANNA, "more bread");
        store.commit(position - 1);
        search.committed();
        assert_eq!(found(&search, "more").await.first(), Some(&(position as u64)));
    }
    drop(search);
    let search = store.search();
    assert_eq!(found(&search, "more").await.len(), 14);
}

#[tokio::test]
async fn nobody_waits_behind_too_many_searches() {
    let store = Store::new();
    let search = store.search();
    let mut asked: Vec<_> = (0..5_000).map(|_| Box::pin(search.find(query("bread")))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let polled = asked.iter_mut().map(|find| find.as_mut().poll(&mut context));
    assert!(polled.filter(|answer| *answer == Poll::Ready(Err(Busy))).count() > 0);
    drop(asked);
    search.committed();
    // Those who have gone are passed over in no time, but in some.
    let hits = loop {
        match search.find(query("bread")).await {
            Ok(hits) => break hits,
            Err(Busy) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(hits.len(), 2);
}
