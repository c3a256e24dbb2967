//! What a client holds of a long room stays with what its user reads.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

use sala_core::client::{Client, Config, Credential, Input, Output, Row, User};
use sala_core::entry::Seq;
use sala_core::limits::TIMELINE_ENTRIES_MAX;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Hello, Secret, Update};
use sala_core::time::{Now, Tick, Wall};

const NOW: Now = Now { tick: Tick(1_000_000), wall: Wall(0) };

fn lobby() -> RoomName {
    RoomName::parse("lobby").unwrap()
}

/// Ana's client, in the lobby, whose entries follow from 1 on; how often what it shows has changed.
struct Ana(Client, usize);

impl Ana {
    fn in_lobby() -> Self {
        let (name, token) = (Name::parse("ana").unwrap(), Secret::new("a".repeat(40)).unwrap());
        let credential = Credential::Token;
        let config = Config { name, token, credential, device: "d".to_owned(), prefetch: false };
        let mut ana = Ana(Client::new(config), 0);
        ana.does(Input::Started);
        ana.does(Input::Opened);
        ana.does(Input::Told(Ok(Update::Hello(Hello::ours()))));
        ana.told(r#"{"t":"welcome","name":"ana","person":1,"device":1,"n":0,"rooms":1}"#);
        ana.told(r#"{"t":"room","room":"lobby","topic":"","members":1,"head":0,"from":1}"#);
        ana
    }

    fn does(&mut self, input: Input) {
        self.0.handle(input, NOW);
        while let Some(output) = self.0.poll() {
            self.1 += usize::from(output == Output::Changed);
        }
    }

    fn told(&mut self, line: &str) {
        self.does(Input::Told(Update::decode(line.as_bytes())));
    }

    fn hears(&mut self, seqs: std::ops::RangeInclusive<u64>) {
        for seq in seqs {
            let post =
                format!(r#""kind":"post","person":2,"author":"bo","device":9,"n":{seq},"text":"{seq}""#);
            self.told(&format!(r#"{{"t":"entry","room":"lobby","seq":{seq},"at":0,{post}}}"#));
        }
    }

    fn looks(&mut self, at: Option<u64>) {
        self.does(Input::User(User::Look(lobby(), at.map(Seq))));
    }

    /// The first and the last place that is held, and how many are.
    fn held(&self) -> (u64, u64, usize) {
        let timeline = &self.0.model().rooms[&lobby()].timeline;
        let seqs: Vec<u64> = timeline.entries().map(|(seq, _)| seq.0).collect();
        (seqs[0], seqs[seqs.len() - 1], seqs.len())
    }
}

#[test]
fn what_comes_meanwhile_drives_out_nothing_that_is_read() {
    let full = TIMELINE_ENTRIES_MAX as u64;
    let mut ana = Ana::in_lobby();
    ana.hears(1..=full);
    assert_eq!(ana.held(), (1, full, TIMELINE_ENTRIES_MAX));
    ana.looks(Some(10));
    ana.hears(full + 1..=full + 300);
    assert_eq!(ana.held(), (1, full, TIMELINE_ENTRIES_MAX), "what came last is a gap");
    let rows = ana.0.model().rooms[&lobby()].timeline.rows();
    assert_eq!(rows.last(), Some(&Row::Skipped { from: Seq(full + 1), to: Seq(full + 300) }));
    ana.looks(None);
    ana.hears(full + 301..=full + 400);
    assert_eq!(ana.held().1, full + 400, "whoever is back at the end sees it");
}

#[test]
fn to_look_changes_nothing_that_is_shown() {
    let mut ana = Ana::in_lobby();
    ana.hears(1..=3);
    let before = ana.1;
    ana.looks(Some(2));
    assert_eq!(ana.1, before);
}
