//! The index for searching: what it finds.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;
mod spoken;

use sala_core::entry::{Act, DeviceId, Entry, LogId, PersonId, Position, Post, PostNumber, RoomEntry, Seq};
use sala_core::name::Name;
use sala_core::server::Query;
use sala_core::time::Wall;
use spoken::{ANNA, BEN, HOUR_MS, KITCHEN, Log, PART, query, spoken, spoken_from};

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
        log.add(KITCHEN, Entry::Room(entry));
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
fn a_word_is_found_by_its_beginning_however_many_begin_so() {
    let mut log = Log::new();
    for n in 0..100 {
        log.post(KITCHEN, ANNA, &format!("sugar-beet{n:02} Beet{n:02}"));
    }
    for (words, found) in
        [("beet", 100), ("sugar-beet", 100), ("sugar-beet4", 10), ("beet4", 10), ("beet42", 1)]
    {
        assert_eq!(log.find(&Query { limit: 999, ..query(words) }).len(), found, "{words}");
    }
    assert_eq!(log.words("beet77 beet7"), [78]);
    assert_eq!(log.words("beet77 beet8"), [0; 0]);
    assert_eq!(log.words("beet42-sugar"), [0; 0]);
}

#[test]
fn all_parts_are_searched_from_the_newest_back() {
    let first = PART - 2;
    let mut log = spoken_from(first);
    assert_eq!(log.words("bread"), [first + 2, first]);
    assert_eq!(log.words("brulee"), [first + 1]);
    assert_eq!(log.words(""), [first + 4, first + 2, first + 1, first]);
    assert_eq!(log.find(&Query { limit: 3, ..query("") }), [first + 4, first + 2, first + 1]);
    assert_eq!(log.find(&Query { before: Some(Position(first + 2)), ..query("") }), [first + 1, first]);
    assert_eq!(
        log.find(&Query { since: Some(Wall(HOUR_MS)), ..query("") }),
        [first + 4, first + 2, first + 1]
    );
    assert_eq!(log.find(&Query { until: Some(Wall(HOUR_MS)), ..query("") }), [first]);
    log.edit(Seq(1), "The cake is in the oven.");
    assert_eq!(log.words("bread"), [first + 2]);
    assert_eq!(log.words("cake"), [first]);
    log.erase(BEN);
    assert_eq!(log.words(""), [first + 4, first]);
}
