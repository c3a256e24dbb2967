//! The index for searching on a real disk: what it forgets, and how it comes back from damage.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;
mod spoken;

use common::Folder;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use sala_core::entry::{Act, Position, Seq};
use sala_core::server::Query;
use sala_core::time::Wall;
use sala_net::search::Index;
use spoken::{ANNA, BEN, CELLAR, KITCHEN, Log, PART, query, spoken, spoken_from};

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
    log.erase(BEN);
    assert_eq!(log.words(""), [5]);
    log.post(KITCHEN, ANNA, "");
    log.post(KITCHEN, ANNA, "The last word.");
    log.close(CELLAR);
    assert_eq!(log.words(""), [11]);
    log.post(CELLAR, BEN, "What is too old.");
    let upto = log.post(CELLAR, ANNA, "This, too.");
    log.post(CELLAR, ANNA, "This is not.");
    log.act(CELLAR, ANNA, Act::Faded { upto });
    assert_eq!(log.words(""), [15, 11]);
}

#[test]
fn much_is_taken_out_in_steps_and_then_the_rest_is_taken_in() {
    let mut log = Log::new();
    for n in 0..5_000 {
        log.post(if n % 5 == 0 { CELLAR } else { KITCHEN }, ANNA, &format!("number {n}"));
    }
    for n in 5_000..6_000 {
        log.post(KITCHEN, BEN, &format!("number {n}"));
    }
    log.take();
    log.close(KITCHEN);
    log.post(CELLAR, ANNA, "after all");
    let rest = log.rest();
    log.index.take(&rest, &log.reader).unwrap();
    assert_eq!(log.index.indexed(), Position(6_000), "there is more to take out");
    assert_eq!(log.words("after"), [6_002]);
    assert_eq!(log.words("number 777"), [0; 0]);
    assert_eq!(log.words("number 775"), [776]);
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
    assert!(log.holds(b"xylophon") && log.holds(b"quetzalcoatl"));
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
    assert_eq!(log.words("plain").len(), 50);
    assert!(!log.holds(b"quetzal"), "a deleted word is still there");
    assert!(!log.holds(b"xylophon"), "the beginning of deleted words is still there");
}

#[test]
fn it_goes_on_where_it_ended() {
    let mut log = spoken();
    log.take();
    log.reopen(|_| {});
    assert_eq!(log.index.ready(&log.reader).unwrap(), Position(5));
    assert_eq!(log.words("bread"), [3, 1]);
}

#[test]
fn after_its_process_was_killed_the_newest_part_is_made_anew() {
    let mut log = spoken_from(PART - 2);
    log.take();
    log.kill();
    assert_eq!(log.index.ready(&log.reader).unwrap(), Position(PART - 1));
    assert_eq!(log.search("bread").len(), 1, "of the other part, nothing is lost");
    assert_eq!(log.words("bread"), [PART, PART - 2]);
    // What it had been told to forget in the other part stays forgotten.
    log.edit(Seq(1), "The cake is in the oven.");
    log.delete(Seq(2));
    log.take();
    log.kill();
    assert_eq!(log.index.ready(&log.reader).unwrap(), Position(PART - 1));
    assert_eq!(log.words("bread"), [PART]);
    assert_eq!(log.words(""), [PART + 2, PART, PART - 2]);
}

#[test]
fn the_index_of_another_log_is_made_anew() {
    let mut log = spoken();
    log.take();
    let mut rows = log.rows.clone();
    rows.pop();
    log.is_restored_with(rows.clone());
    log.reopen(|_| {});
    assert_eq!(log.index.ready(&log.reader).unwrap(), Position(0));
    assert_eq!(log.words("wine"), [3]);
    log.post(CELLAR, ANNA, "Another past.");
    log.take();
    rows.push(spoken().rows.remove(4));
    log.is_restored_with(rows);
    log.reopen(|_| {});
    assert_eq!(log.words("past"), [0; 0]);
    assert_eq!(log.words("tasting"), [5]);
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
    foreign.execute_batch("DROP TABLE part; CREATE TABLE another(x); PRAGMA user_version=0").unwrap();
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
    foreign.execute_batch("DROP TABLE part").unwrap();
    assert_eq!(log.search("bread"), []);
    log.post(KITCHEN, ANNA, "more bread");
    let rest = log.rest();
    assert!(log.index.take(&rest, &log.reader).is_err());
    assert_eq!(log.index.indexed(), Position(0));
    assert_eq!(log.words("bread"), [2_006, 3, 1]);
    std::fs::write(log.path(), vec![7; 8_192]).unwrap();
    assert_eq!(log.search("bread"), []);
    assert_eq!(log.words("bread"), [2_006, 3, 1]);
}

#[test]
fn where_no_file_can_be_made_nothing_is_found() {
    let folder = Folder::new();
    let mut index = Index::open(&folder.path().join("nowhere").join("search.db"), None);
    let mut log = spoken();
    log.take();
    assert_eq!(index.search(&query(""), &log.reader), []);
    assert!(index.ready(&log.reader).is_err());
    std::fs::create_dir(folder.path().join("nowhere")).unwrap();
    log.index = index;
    log.take();
    assert_eq!(log.search("bread").len(), 2);
}
