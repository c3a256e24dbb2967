//! What a client should never have said, been told, or show.

use crate::doctored::{Doctored, GARDEN, asked, post, told};
use sala_core::client::Ticket;
use sala_core::entry::Seq;
use sala_core::name::RoomName;
use sala_core::protocol::NumberedEntry;
use sala_core::refusal::{Code, Refusal};
use sala_sim::disk::SharedDisk;
use sala_sim::mark::mark;
use sala_sim::oracles::{out_of_the_checkpoint, out_of_the_files};

#[test]
fn each_oracle_of_histories_finds_what_it_is_there_for() {
    let said = |log: &Doctored| {
        let (key, room) = ((0, Ticket(1)), RoomName::parse("garden").unwrap());
        log.bob.history.borrow_mut().said.insert(key, (room.clone(), "one".to_owned()));
        (key, room)
    };
    let log = Doctored::new();
    let (key, room) = said(&log);
    log.bob.history.borrow_mut().stored.insert(key, (room, Seq(4)));
    log.displeases("acked is kept");

    let mut log = Doctored::new();
    let (key, _) = said(&log);
    log.does(GARDEN, 2, &post(2, 1, "one"));
    log.bob.history.borrow_mut().refused.insert(key, Refusal::no(Code::Muted, ""));
    log.displeases("refused is not kept");
}

#[test]
fn a_word_that_was_refused_is_found_in_a_file() {
    let (log, disk) = (Doctored::new(), SharedDisk::new(1));
    let mut tap = log.bob.wire.open();
    asked(&mut tap, &format!(r#"{{"do":"post","room":"garden","n":1,"text":"{}"}}"#, mark(1, 1)));
    disk.put_file("/sala.db", b"nothing is here");
    let verdict = || out_of_the_files([&log.bob].into_iter(), &log.on_disk, &disk);
    verdict().unwrap();
    disk.put_file("/search.db", format!("... {} ...", &mark(1, 1)[3..]).as_bytes());
    assert_eq!(verdict().unwrap_err().oracle, "deleted words are in no file");
}

#[test]
fn a_checkpoint_from_before_an_erasure_is_found() {
    let mut log = Doctored::new();
    log.on_disk.checkpoint = log.on_disk.entries.last().unwrap().position;
    out_of_the_checkpoint(&log.on_disk).unwrap();
    log.is(0, r#"{"kind":"erased","at":0,"person":2,"keys":["a","b"],"free_at":0}"#);
    assert_eq!(out_of_the_checkpoint(&log.on_disk).unwrap_err().oracle, "the checkpoint forgets, too");
    log.on_disk.checkpoint = log.on_disk.entries.last().unwrap().position;
    out_of_the_checkpoint(&log.on_disk).unwrap();
}

#[test]
fn what_was_said_and_is_lost_from_sight_is_found() {
    let room = RoomName::parse("garden").unwrap();
    let said = |log: &Doctored, ticket, text: &str| {
        log.bob.history.borrow_mut().said.insert((0, Ticket(ticket)), (room.clone(), text.to_owned()));
    };
    let stored = |log: &Doctored, ticket, seq| {
        log.bob.history.borrow_mut().stored.insert((0, Ticket(ticket)), (room.clone(), Seq(seq)));
    };
    let log = Doctored::new();
    said(&log, 1, "one");
    log.displeases("nothing is forgotten");

    let mut log = Doctored::new();
    log.does(GARDEN, 2, &post(2, 1, "two"));
    log.does(GARDEN, 2, &post(2, 2, "one"));
    [(1, "one", 5), (2, "two", 4)].iter().for_each(|(ticket, text, seq)| {
        said(&log, *ticket, text);
        stored(&log, *ticket, *seq);
    });
    log.displeases("said in order");

    // Words that are gone, though nobody took them away.
    let mut log = Doctored::new();
    log.does(GARDEN, 2, &post(2, 1, ""));
    said(&log, 1, "one");
    stored(&log, 1, 4);
    log.displeases("acked is kept");
}

#[test]
fn what_a_follower_heard_that_is_not_the_log_is_found() {
    let heard = |log: &Doctored, seq: u64| {
        let entry = log.on_disk.room(&RoomName::parse("garden").unwrap()).unwrap()[&Seq(seq)].clone();
        NumberedEntry::new(Seq(seq), entry)
    };
    let room = RoomName::parse("garden").unwrap();
    let log = Doctored::new();
    let entries = vec![heard(&log, 1), heard(&log, 2)];
    log.bob.history.borrow_mut().heard.insert(room.clone(), entries);
    log.verdict().unwrap();
    let entries = vec![heard(&log, 1), heard(&log, 3)];
    log.bob.history.borrow_mut().heard.insert(room.clone(), entries);
    log.displeases("heard is kept");
    let mut other = heard(&log, 2);
    other.entry.author = "carla".parse().unwrap();
    log.bob.history.borrow_mut().heard.insert(room, vec![heard(&log, 1), other]);
    log.displeases("heard is kept");
}

#[test]
fn lines_that_say_nothing_are_found() {
    let log = Doctored::new();
    let mut tap = log.bob.wire.open();
    told(&mut tap, "what?");
    log.displeases("lines are readable");
}
