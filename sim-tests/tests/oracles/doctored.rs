//! A log, and what a client said and heard meanwhile, into which tests put what should never be there.

use sala_core::entry::{Entry, LogId, Position, Seq};
use sala_core::protocol::{Hello, Update};
use sala_sim::chronicle::Chronicle;
use sala_sim::client_host::{Person, usual_token};
use sala_sim::clock::SimClock;
use sala_sim::oracles::{Kept, OnDisk, Verdict, judged};
use sala_sim::wire::Tap;
use std::collections::BTreeMap;

/// The logs of Ana and Bob, who have accounts.
pub(crate) const ANAS: u64 = (1 << 48) + 1;
/// The lobby, Ana's garden with Bob and Carla in it, and Ana's vault with nobody else.
pub(crate) const LOBBY: u64 = 1;
pub(crate) const GARDEN: u64 = 2;
pub(crate) const VAULT: u64 = 3;

/// A log, and what Bob's client said and heard meanwhile.
pub(crate) struct Doctored {
    pub(crate) on_disk: OnDisk,
    pub(crate) heads: BTreeMap<u64, u64>,
    pub(crate) chronicle: Chronicle,
    pub(crate) bob: Person,
}

impl Doctored {
    pub(crate) fn new() -> Self {
        let (chronicle, clock) = (Chronicle::default(), SimClock::default());
        let bob = Person::new("bob", "desk", "host", None, &clock, &chronicle);
        let mut doctored = Doctored { on_disk: OnDisk::default(), heads: BTreeMap::new(), chronicle, bob };
        doctored.is(0, r#"{"kind":"room","at":0,"log":1,"name":"lobby"}"#);
        doctored.is(LOBBY, r#"{"kind":"created","at":0,"person":0,"author":"sala"}"#);
        for (person, name) in [(1, "ana"), (2, "bob"), (3, "carla")] {
            let hash = usual_token(name).hash().to_string();
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
    pub(crate) fn is(&mut self, log: u64, json: &str) {
        let seq = self.heads.entry(log).or_default();
        *seq += 1;
        let (log, seq) = (LogId(log), Seq(*seq));
        let entry = Entry::decode(log, seq, json.as_bytes()).unwrap();
        let position = Position(self.on_disk.entries.len() as u64 + 1);
        self.on_disk.take(Kept { position, log, seq, entry }).unwrap();
        self.chronicle.stored(position);
    }

    /// Somebody did something in a room, a second later.
    pub(crate) fn does(&mut self, log: u64, person: u64, act: &str) {
        let name = ["sala", "ana", "bob", "carla"][usize::try_from(person).unwrap()];
        self.is(log, &format!(r#"{{"at":1000,"person":{person},"author":"{name}",{act}}}"#));
    }

    /// Bob is let in by this token, and reads the garden, whose head is this.
    pub(crate) fn bob_is_in(&mut self) -> Tap {
        let mut tap = self.bob_is_in_nothing();
        let head = self.heads[&GARDEN];
        let from = head + 1;
        let room = format!(r#""room":"garden","topic":"","members":3,"head":{head},"from":{from}"#);
        told(&mut tap, &format!(r#"{{"t":"room",{room}}}"#));
        tap
    }

    /// Bob has a connection, and is greeted.
    pub(crate) fn bob_comes(&self) -> Tap {
        let mut tap = self.bob.wire.open();
        tap.told(&Update::Hello(Hello::ours()).encode());
        tap
    }

    /// Bob is let in by this token, and reads no room yet.
    pub(crate) fn bob_is_in_nothing(&mut self) -> Tap {
        let mut tap = self.bob_comes();
        let token = usual_token("bob");
        let enter = format!(r#"{{"do":"enter","name":"bob","device":"desk","token":"{}"}}"#, token.reveal());
        asked(&mut tap, &enter);
        told(
            &mut tap,
            r#"{"t":"welcome","name":"bob","person":2,"device":2,"n":0,"rooms":1,"account":true}"#,
        );
        tap
    }

    pub(crate) fn verdict(&self) -> Verdict {
        judged(&[&self.bob], &self.chronicle, &self.on_disk).map(drop)
    }

    #[track_caller]
    pub(crate) fn displeases(&self, oracle: &str) {
        let verdict = self.verdict();
        assert_eq!(
            verdict.as_ref().map_err(|complaint| complaint.oracle).unwrap_err(),
            oracle,
            "{verdict:?}"
        );
    }
}

pub(crate) fn asked(tap: &mut Tap, line: &str) {
    tap.asked(format!("{line}\n").as_bytes());
}

pub(crate) fn told(tap: &mut Tap, line: &str) {
    tap.told(format!("{line}\n").as_bytes());
}

pub(crate) fn post(person: u64, n: u64, text: &str) -> String {
    format!(r#""kind":"post","device":{person},"n":{n},"text":"{text}""#)
}

pub(crate) const MUTE_BOB: &str = r#""kind":"muted","whom":2,"name":"bob","until":61000,"reason":"""#;
pub(crate) const BAN_BOB: &str = r#""kind":"banned","whom":2,"name":"bob","reason":"""#;

/// Adds what should never be in a log, or on a wire.
pub(crate) type Tampering = fn(&mut Doctored);

/// Each of these displeases the oracle beside it.
#[track_caller]
pub(crate) fn each_displeases(cases: &[(&str, Tampering)]) {
    for (oracle, tamper) in cases {
        let mut log = Doctored::new();
        log.verdict().unwrap();
        tamper(&mut log);
        log.displeases(oracle);
    }
}
