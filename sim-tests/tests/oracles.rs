//! Judges the judges: each oracle is given a log or a wire on which what it is there for has happened, and complains.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use sala_core::client::Ticket;
use sala_core::entry::{Entry, LogId, Position, Seq};
use sala_core::name::RoomName;
use sala_core::refusal::{Code, Refusal};
use sala_sim::chronicle::Chronicle;
use sala_sim::client_host::{Person, usual_token};
use sala_sim::clock::SimClock;
use sala_sim::disk::SharedDisk;
use sala_sim::mark::mark;
use sala_sim::oracles::{Kept, OnDisk, Verdict, judged, out_of_the_files};
use std::collections::BTreeMap;

/// The logs of Ana and Bob, who have accounts.
const ANAS: u64 = (1 << 48) + 1;
/// The lobby, Ana's garden with Bob and Carla in it, and Ana's vault with nobody else.
const LOBBY: u64 = 1;
const GARDEN: u64 = 2;
const VAULT: u64 = 3;

/// A log, and what Bob's client said and heard meanwhile.
struct Doctored {
    on_disk: OnDisk,
    heads: BTreeMap<u64, u64>,
    chronicle: Chronicle,
    bob: Person,
}

impl Doctored {
    fn new() -> Self {
        let (chronicle, clock) = (Chronicle::default(), SimClock::default());
        let bob = Person::new("bob", "desk", "host", None, &clock, &chronicle);
        let mut doctored = Doctored { on_disk: OnDisk::default(), heads: BTreeMap::new(), chronicle, bob };
        doctored.is(0, r#"{"kind":"room","at":0,"log":1,"name":"lobby"}"#);
        doctored.is(LOBBY, r#"{"kind":"created","at":0,"person":0,"author":"sala"}"#);
        for (person, name) in [(1, "ana"), (2, "bob"), (3, "carla")] {
            let hash = usual_token(name).hash().0;
            doctored.is(0, &format!(r#"{{"kind":"account","at":0,"person":{person},"name":"{name}"}}"#));
            doctored.is(0, &format!(r#"{{"kind":"password","at":0,"person":{person},"hash":"h"}}"#));
            let device = format!(r#""device":{person},"person":{person},"label":"desk","token":"{hash}""#);
            doctored.is(0, &format!(r#"{{"kind":"device","at":0,{device}}}"#));
            doctored.does(LOBBY, person, r#""kind":"joined""#);
        }
        doctored.is(0, r#"{"kind":"room","at":0,"log":2,"name":"garden"}"#);
        doctored.does(GARDEN, 1, r#""kind":"created""#);
        doctored.does(GARDEN, 2, r#""kind":"joined""#);
        doctored.does(GARDEN, 3, r#""kind":"joined""#);
        doctored.is(0, r#"{"kind":"room","at":0,"log":3,"name":"vault","room":"private"}"#);
        doctored.does(VAULT, 1, r#""kind":"created""#);
        doctored
    }

    /// An entry is on disk.
    fn is(&mut self, log: u64, json: &str) {
        let seq = self.heads.entry(log).or_default();
        *seq += 1;
        let (log, seq) = (LogId(log), Seq(*seq));
        let entry = Entry::decode(log, seq, json.as_bytes()).unwrap();
        let position = Position(self.on_disk.entries.len() as u64 + 1);
        self.on_disk.take(Kept { position, log, seq, entry }).unwrap();
        self.chronicle.stored(position);
    }

    /// Somebody did something in a room, a second later.
    fn does(&mut self, log: u64, person: u64, act: &str) {
        let name = ["sala", "ana", "bob", "carla"][usize::try_from(person).unwrap()];
        self.is(log, &format!(r#"{{"at":1000,"person":{person},"author":"{name}",{act}}}"#));
    }

    /// Bob is let in by this token, and reads the garden, whose head is this.
    fn bob_is_in(&mut self) -> sala_sim::wire::Tap {
        let mut tap = self.bob.wire.open();
        let token = usual_token("bob");
        let enter = format!(r#"{{"do":"enter","name":"bob","device":"desk","token":"{}"}}"#, token.reveal());
        asked(&mut tap, &enter);
        told(
            &mut tap,
            r#"{"t":"welcome","name":"bob","person":2,"device":2,"n":0,"rooms":1,"account":true}"#,
        );
        let head = self.heads[&GARDEN];
        let from = head + 1;
        let room = format!(r#""room":"garden","topic":"","members":3,"head":{head},"from":{from}"#);
        told(&mut tap, &format!(r#"{{"t":"room",{room}}}"#));
        tap
    }

    fn verdict(&self) -> Verdict {
        judged(&[&self.bob], &self.chronicle, &self.on_disk).map(drop)
    }

    #[track_caller]
    fn displeases(&self, oracle: &str) {
        let verdict = self.verdict();
        assert_eq!(
            verdict.as_ref().map_err(|complaint| complaint.oracle).unwrap_err(),
            oracle,
            "{verdict:?}"
        );
    }
}

fn asked(tap: &mut sala_sim::wire::Tap, line: &str) {
    tap.asked(format!("{line}\n").as_bytes());
}

fn told(tap: &mut sala_sim::wire::Tap, line: &str) {
    tap.told(format!("{line}\n").as_bytes());
}

fn post(person: u64, n: u64, text: &str) -> String {
    format!(r#""kind":"post","device":{person},"n":{n},"text":"{text}""#)
}

const MUTE_BOB: &str = r#""kind":"muted","whom":2,"name":"bob","until":61000,"reason":"""#;
const BAN_BOB: &str = r#""kind":"banned","whom":2,"name":"bob","reason":"""#;

#[test]
fn what_may_be_is_not_complained_of() {
    let mut log = Doctored::new();
    log.does(GARDEN, 2, &post(2, 1, "one"));
    log.does(GARDEN, 1, MUTE_BOB);
    let late = r#"{"at":61000,"person":2,"author":"bob","kind":"post","device":2,"n":2,"text":"two"}"#;
    log.is(GARDEN, late);
    let mut tap = log.bob_is_in();
    log.does(GARDEN, 1, BAN_BOB);
    told(
        &mut tap,
        r#"{"t":"entry","room":"garden","seq":7,"at":1000,"person":1,"author":"ana","kind":"banned","whom":2,"name":"bob","reason":""}"#,
    );
    log.verdict().unwrap();
}

/// Adds what should never be in a log.
type Tampering = fn(&mut Doctored);

#[test]
fn each_oracle_of_the_log_finds_what_it_is_there_for() {
    let cases: [(&str, Tampering); 19] = [
        ("nothing by a muted one", |log| {
            log.does(GARDEN, 1, MUTE_BOB);
            log.does(GARDEN, 2, &post(2, 1, "but"));
        }),
        ("nothing by a banned one", |log| {
            log.does(GARDEN, 1, BAN_BOB);
            log.does(GARDEN, 2, r#""kind":"joined""#);
        }),
        ("roles", |log| {
            log.does(GARDEN, 1, BAN_BOB);
            log.does(GARDEN, 2, &post(2, 1, "but"));
        }),
        ("roles", |log| log.does(GARDEN, 2, r#""kind":"kicked","whom":3,"name":"carla","reason":"""#)),
        ("roles", |log| {
            log.does(GARDEN, 1, r#""kind":"role","whom":2,"name":"bob","role":"moderator""#);
            log.does(GARDEN, 2, r#""kind":"kicked","whom":1,"name":"ana","reason":"""#);
        }),
        ("roles", |log| {
            log.does(GARDEN, 3, &post(3, 1, "one"));
            log.does(GARDEN, 2, r#""kind":"edited","target":4,"text":"two""#);
        }),
        ("roles", |log| log.does(VAULT, 2, r#""kind":"joined""#)),
        ("roles", |log| {
            log.does(GARDEN, 1, r#""kind":"archived","on":true"#);
            log.does(GARDEN, 2, &post(2, 1, "but"));
        }),
        ("roles", |log| log.is(0, r#"{"kind":"server_ban","at":0,"by":2,"whom":3,"reason":""}"#)),
        ("roles", |log| {
            log.does(GARDEN, 1, r#""kind":"slow","slow_ms":3000"#);
            log.does(GARDEN, 2, &post(2, 1, "one"));
            log.does(GARDEN, 2, &post(2, 2, "two"));
        }),
        ("the owner is never lost", |log| {
            log.does(GARDEN, 1, r#""kind":"left""#);
            log.does(GARDEN, 2, &post(2, 1, "whose is it?"));
        }),
        ("the owner is never lost", |log| {
            log.does(GARDEN, 1, r#""kind":"left""#);
            log.does(GARDEN, 0, r#""kind":"owner","whom":3,"name":"carla""#);
        }),
        ("nothing past a block", |log| {
            log.is(ANAS, r#"{"at":0,"by":1,"kind":"blocked","whom":2,"name":"bob"}"#);
            log.is(ANAS, r#"{"at":0,"by":2,"kind":"asked_by","whom":2,"name":"bob","note":""}"#);
        }),
        ("no revoked device", |log| {
            log.is(0, r#"{"kind":"revoked","at":0,"by":2,"device":2}"#);
            log.does(GARDEN, 2, &post(2, 1, "still here"));
        }),
        ("once", |log| {
            log.does(GARDEN, 2, &post(2, 1, "one"));
            log.does(GARDEN, 2, &post(2, 1, "one"));
        }),
        ("in order", |log| {
            log.does(GARDEN, 2, &post(2, 2, "two"));
            log.does(GARDEN, 2, &post(2, 1, "one"));
        }),
        ("deleted words are out of the log", |log| {
            log.does(GARDEN, 2, &post(2, 1, "one"));
            log.does(GARDEN, 2, r#""kind":"deleted","target":4,"of":2"#);
        }),
        ("deleted words are out of the log", |log| {
            log.does(GARDEN, 3, &post(3, 1, "one"));
            log.does(GARDEN, 3, r#""kind":"left""#);
            log.does(LOBBY, 3, r#""kind":"left""#);
            log.is(0, r#"{"kind":"erased","at":0,"person":3,"keys":["a","b"],"free_at":0}"#);
        }),
        ("stored stays stored", |log| log.chronicle.stored(Position(1))),
    ];
    for (oracle, tamper) in cases {
        let mut log = Doctored::new();
        log.verdict().unwrap();
        tamper(&mut log);
        log.displeases(oracle);
    }
}

#[test]
fn each_oracle_of_the_wire_finds_what_it_is_there_for() {
    let strangers = "nothing to whoever may not hear it";
    let cases: [(&str, Tampering); 21] = [
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            log.does(GARDEN, 1, BAN_BOB);
            log.does(GARDEN, 1, &post(1, 1, "at last"));
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":4,"at":1000,"person":1,"author":"ana","kind":"banned","whom":2,"name":"bob","reason":""}"#,
            );
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":5,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":1,"text":"at last"}"#,
            );
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            log.does(GARDEN, 1, BAN_BOB);
            asked(&mut tap, r#"{"do":"page","id":1,"room":"garden"}"#);
            told(&mut tap, r#"{"t":"page","id":1,"room":"garden","entries":[],"more":false}"#);
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            log.does(GARDEN, 1, BAN_BOB);
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":4,"at":1000,"person":1,"author":"ana","kind":"banned","whom":2,"name":"bob","reason":""}"#,
            );
            told(&mut tap, r#"{"t":"typing","room":"garden","name":"ana"}"#);
        }),
        (strangers, |log| {
            log.does(VAULT, 1, &post(1, 1, "secret"));
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"search","id":1,"words":"secret"}"#);
            told(
                &mut tap,
                r#"{"t":"found","id":1,"posts":[{"room":"~3","seq":2,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":1,"text":"secret"}]}"#,
            );
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"audit","id":1,"room":"garden"}"#);
            told(&mut tap, r#"{"t":"page","id":1,"room":"garden","entries":[],"more":false}"#);
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"who","id":1,"room":"~3"}"#);
            told(&mut tap, r#"{"t":"who","id":1,"room":"~3","members":[],"more":false}"#);
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"rooms","id":1}"#);
            told(
                &mut tap,
                r#"{"t":"rooms","id":1,"rooms":[{"room":"~3","kind":"private","topic":"","members":1,"joined":false}],"more":false}"#,
            );
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"export","id":1}"#);
            told(
                &mut tap,
                r#"{"t":"exported","id":1,"entries":[{"room":"garden","seq":1,"entry":{"person":1}}],"after":0,"more":false}"#,
            );
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            told(&mut tap, r#"{"t":"room","room":"~3","topic":"","members":1,"head":1,"from":2}"#);
        }),
        ("told without a gap", |log| {
            let mut tap = log.bob_is_in();
            log.does(GARDEN, 1, &post(1, 1, "one"));
            log.does(GARDEN, 1, &post(1, 2, "two"));
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":5,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":2,"text":"two"}"#,
            );
        }),
        ("told is kept", |log| {
            let mut tap = log.bob_is_in();
            log.does(GARDEN, 1, &post(1, 1, "one"));
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":4,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":1,"text":"two"}"#,
            );
        }),
        ("deleted words are not told", |log| {
            log.does(GARDEN, 1, &post(1, 1, ""));
            log.does(GARDEN, 1, r#""kind":"deleted","target":4,"of":1"#);
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"page","id":1,"room":"garden"}"#);
            told(
                &mut tap,
                r#"{"t":"page","id":1,"room":"garden","entries":[{"seq":4,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":1,"text":"what?"}],"more":false}"#,
            );
        }),
        ("no revoked device", |log| {
            let mut tap = log.bob_is_in();
            log.is(0, r#"{"kind":"revoked","at":0,"by":2,"device":2}"#);
            log.does(GARDEN, 1, &post(1, 1, "one"));
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":4,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":1,"text":"one"}"#,
            );
        }),
        ("revoked tokens never come in", |log| {
            log.is(0, r#"{"kind":"revoked","at":0,"by":2,"device":2}"#);
            log.bob_is_in();
        }),
        ("revoked tokens never come in", |log| {
            log.is(0, r#"{"kind":"token","at":0,"person":2,"device":2,"token":"another"}"#);
            log.bob_is_in();
        }),
        ("good tokens come in", |log| {
            let mut tap = log.bob.wire.open();
            let token = usual_token("bob");
            asked(
                &mut tap,
                &format!(r#"{{"do":"enter","name":"bob","device":"desk","token":"{}"}}"#, token.reveal()),
            );
            told(&mut tap, r#"{"t":"refused","code":"name_taken","fate":"not_stored","text":""}"#);
        }),
        ("a block hides", |log| {
            log.is(ANAS, r#"{"at":0,"by":1,"kind":"blocked","whom":2,"name":"bob"}"#);
            let mut tap = log.bob_is_in();
            told(&mut tap, r#"{"t":"presence","room":"garden","here":["ana"],"away":[]}"#);
        }),
        ("a resend has one answer", |log| {
            log.does(GARDEN, 2, &post(2, 1, "one"));
            let mut tap = log.bob_is_in();
            told(&mut tap, r#"{"t":"stored","room":"garden","n":1,"seq":5}"#);
        }),
        ("done is kept", |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"ban","id":1,"room":"garden","name":"carla"}"#);
            told(&mut tap, r#"{"t":"done","id":1}"#);
        }),
        ("refused is not kept", |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, &format!(r#"{{"do":"topic","id":1,"room":"garden","text":"{}"}}"#, mark(1, 1)));
            log.does(GARDEN, 2, &format!(r#""kind":"topic","text":"{}""#, mark(1, 1)));
            told(&mut tap, r#"{"t":"refused","id":1,"code":"slow_down","fate":"not_stored","text":""}"#);
        }),
        ("refused for a reason", |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"post","room":"garden","n":1,"text":"one"}"#);
            told(&mut tap, r#"{"t":"refused","n":1,"code":"muted","fate":"not_stored","text":""}"#);
        }),
    ];
    for (oracle, tamper) in cases {
        let mut log = Doctored::new();
        tamper(&mut log);
        log.displeases(oracle);
    }
}

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
