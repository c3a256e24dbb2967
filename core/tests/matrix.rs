//! Holds every request to PROTOCOL.md's tables of who may do what: each in every role and state, before, at and after.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "the tables need few of the world's words")]
mod common;

use common::{MORNING, World, claim_code, token};
use sala_core::protocol::Update;
use sala_core::server::SessionId;
use sala_core::time::Wall;
use std::collections::{BTreeMap, BTreeSet};

const DOCUMENT: &str = include_str!("../PROTOCOL.md");
/// How long the muted are muted and the banned are banned, in minutes.
const MINUTES: u64 = 10;
/// When they are no longer.
const END: Wall = Wall(MORNING.0 + MINUTES * 60_000);

/// The tables, each under its heading with the room that its requests are about.
const TABLES: [(&str, &str); 3] = [
    ("### In a public room, and anywhere", "garden"),
    ("### In a private room", "~3"),
    ("### In a conversation of two", "~4"),
];

/// A table: the states that are its columns, and for each request its example and what becomes of it in each state.
struct Table {
    states: Vec<&'static str>,
    rows: Vec<(&'static str, Vec<&'static str>)>,
}

fn table(heading: &str) -> Table {
    let (_, text) = DOCUMENT.split_once(heading).unwrap_or_else(|| panic!("the document lost {heading}"));
    let text = text.split("\n#").next().unwrap();
    let cells = |row: &'static str| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    let mut rows = text.lines().filter(|line| line.starts_with('|'));
    let states = cells(rows.next().expect("a table has a header"))[1..].to_vec();
    let rows = rows.skip(1).map(|row| {
        let cells = cells(row);
        (cells[0].trim_matches('`'), cells[1..].iter().map(|cell| cell.trim_matches('`')).collect())
    });
    Table { states, rows: rows.collect() }
}

/// A server on which everything has happened that makes people what they are.
struct Stage {
    world: World,
    sessions: BTreeMap<&'static str, SessionId>,
    /// Where each has said something, by name and room.
    said: BTreeMap<(&'static str, &'static str), u64>,
}

/// Who stands for each state, by name.
const CAST: [(&str, &str); 11] = [
    ("guest", "gil"),
    ("member", "mia"),
    ("muted", "moe"),
    ("banned", "ben"),
    ("once banned", "ben"),
    ("moderator", "max"),
    ("owner", "olga"),
    ("admin", "ada"),
    ("blocker", "bea"),
    ("blocked", "bob"),
    ("target", "tom"),
];

impl Stage {
    /// Everything has happened but, if `before`, that anybody was muted or banned.
    fn new(before: bool) -> Self {
        let mut stage = Stage { world: World::new(), sessions: BTreeMap::new(), said: BTreeMap::new() };
        for (state, name) in CAST.into_iter().filter(|(state, _)| *state != "once banned") {
            let session = stage.world.connects();
            let do_what = if state == "guest" { "enter" } else { "register" };
            let password = if state == "guest" { "" } else { r#""password":"correct horse","# };
            let line = format!(
                r#"{{"do":"{do_what}","name":"{name}",{password}"token":"{}","device":"d"}}"#,
                token(name)
            );
            stage.world.says(session, &line);
            stage.sessions.insert(name, session);
        }
        stage.says("ada", &format!(r#"{{"do":"claim","code":"{}"}}"#, claim_code().reveal()));
        stage.says("olga", r#"{"do":"create","room":"garden"}"#);
        stage.says("olga", r#"{"do":"create","room":"vault","private":true}"#);
        stage.says("olga", &format!(r#"{{"do":"link","room":"~3","token":"{}"}}"#, token("vault")));
        for name in ["mia", "moe", "ben", "max", "bea", "bob", "tom"] {
            stage.says(name, r#"{"do":"join","room":"garden"}"#);
            stage.says("olga", &format!(r#"{{"do":"invite","room":"~3","name":"{name}"}}"#));
            stage.says(name, r#"{"do":"join","room":"~3"}"#);
        }
        stage.says("mia", r#"{"do":"direct","name":"tom"}"#);
        stage.says("bea", r#"{"do":"direct","name":"tom"}"#);
        stage.says("bob", r#"{"do":"direct","name":"tom"}"#);
        for (n, name) in (1..).zip(["olga", "mia", "moe", "ben", "max", "bea", "bob", "tom"]) {
            for (room, n) in [("garden", 10 * n), ("~3", 10 * n + 1)] {
                stage.says(name, &format!(r#"{{"do":"post","room":"{room}","n":{n},"text":"by {name}"}}"#));
                let (log, _) = stage.world.server.state().room_named(&room.parse().unwrap()).unwrap();
                stage.said.insert((name, room), stage.world.server.state().room(log).unwrap().head.0);
            }
        }
        for (name, room) in [("mia", "~4"), ("bea", "~5"), ("bob", "~6")] {
            for who in [name, "tom"] {
                stage.says(
                    who,
                    &format!(r#"{{"do":"post","room":"{room}","n":900{},"text":"hi"}}"#, &room[1..]),
                );
                let (log, _) = stage.world.server.state().room_named(&room.parse().unwrap()).unwrap();
                stage.said.insert((who, room), stage.world.server.state().room(log).unwrap().head.0);
            }
        }
        for room in ["garden", "~3"] {
            stage
                .says("olga", &format!(r#"{{"do":"role","room":"{room}","name":"max","role":"moderator"}}"#));
            stage.says(
                "olga",
                &format!(r#"{{"do":"report","room":"{room}","seq":{}}}"#, stage.said[&("mia", room)]),
            );
        }
        for (room, n) in [("garden", 9_101), ("~3", 9_102)] {
            stage.says("olga", &format!(r#"{{"do":"hold","room":"{room}","words":["waits"]}}"#));
            stage.says("tom", &format!(r#"{{"do":"post","room":"{room}","n":{n},"text":"this waits"}}"#));
        }
        stage.says("bea", r#"{"do":"block","name":"tom"}"#);
        stage.says("tom", r#"{"do":"block","name":"bob"}"#);
        if !before {
            for (room, what, name) in [
                ("garden", "mute", "moe"),
                ("~3", "mute", "moe"),
                ("garden", "ban", "ben"),
                ("~3", "ban", "ben"),
            ] {
                let line =
                    format!(r#"{{"do":"{what}","room":"{room}","name":"{name}","minutes":{MINUTES}}}"#);
                stage.says("olga", &line);
            }
        }
        let sessions: Vec<SessionId> = stage.sessions.values().copied().collect();
        for session in sessions {
            let heard = stage.world.lines(session);
            let refused = heard.iter().find(|line| line.contains(r#""t":"refused""#));
            assert_eq!(refused, None, "the stage is set without a refusal");
        }
        stage
    }

    fn says(&mut self, name: &'static str, line: &str) {
        self.world.says(self.sessions[name], line);
    }

    /// What becomes of a request of whoever is in this state: `✓`, or the code of its refusal.
    fn outcome(&mut self, state: &str, example: &str, room: &'static str) -> String {
        let name = CAST.iter().find(|(held, _)| *held == state).map(|(_, name)| *name);
        // The conversations that some have with Tom.
        let room = match (room, state) {
            ("~4", "blocker") => "~5",
            ("~4", "blocked") => "~6",
            _ => room,
        };
        let mine = name.and_then(|name| self.said.get(&(name, room)));
        let toms = self.said[&("tom", room)];
        let line = example
            .replace("ROOM", room)
            .replace("OWN", &mine.unwrap_or(&toms).to_string())
            .replace("TOMS", &toms.to_string())
            .replace("HELD", "1")
            .replace("REPORT", if room == "garden" { "1" } else { "2" });
        let session = match name {
            Some(name) => self.sessions[name],
            None => self.world.connects(),
        };
        self.world.lines(session);
        let before = self.world.server.state().position();
        self.world.says(session, &line.replacen('{', r#"{"id":77,"#, 1));
        let heard = self.world.lines(session);
        let refused = heard.iter().find_map(|line| match Update::decode(line.as_bytes()).unwrap() {
            Update::Refused { code, .. } => Some(serde_json::to_value(code).unwrap()),
            _ => None,
        });
        match refused {
            Some(code) => {
                assert_eq!(self.world.server.state().position(), before, "{line}: refused, and yet written");
                code.as_str().unwrap().to_owned()
            }
            None => "✓".to_owned(),
        }
    }
}

/// Demands of each request in each state what the table says; shows the whole table as it should be, if it is not so.
fn demand(heading: &str, room: &'static str) {
    let table = table(heading);
    let mut wrong = Vec::new();
    let mut shown = String::new();
    for (example, cells) in &table.rows {
        shown += &format!("| `{example}` |");
        for (index, state) in table.states.iter().enumerate() {
            let mut stage = Stage::new(false);
            if *state == "once banned" {
                stage.world.now.wall = END;
            }
            let outcome = stage.outcome(state, example, room);
            shown += &format!(" {outcome} |");
            if cells.get(index) != Some(&outcome.as_str()) {
                wrong.push(format!("{state}: {example} → {outcome}, not {:?}", cells.get(index)));
            }
        }
        shown += "\n";
    }
    assert!(wrong.is_empty(), "{}\n\n{}", wrong.join("\n"), shown);
}

#[test]
fn in_a_public_room_everybody_may_what_the_table_says() {
    demand(TABLES[0].0, TABLES[0].1);
}

#[test]
fn in_a_private_room_everybody_may_what_the_table_says() {
    demand(TABLES[1].0, TABLES[1].1);
}

#[test]
fn in_a_conversation_of_two_each_may_what_the_table_says() {
    demand(TABLES[2].0, TABLES[2].1);
}

/// Before it, whoever will be muted or banned is a member like any other; and again from the moment at which it ends,
/// save that whoever was banned must come back.
#[test]
fn a_mute_and_a_ban_hold_from_their_entry_to_their_end_and_not_a_millisecond_longer() {
    for (heading, room) in &TABLES[..2] {
        let table = table(heading);
        let column = |state: &str| table.states.iter().position(|held| *held == state).unwrap();
        for (example, cells) in &table.rows {
            for state in ["muted", "banned"] {
                let before = Stage::new(true).outcome(state, example, room);
                assert_eq!(before, cells[column("member")], "before: {state}: {example}");
                let mut stage = Stage::new(false);
                stage.world.now.wall = Wall(END.0 - 1);
                let last = stage.outcome(state, example, room);
                assert_eq!(last, cells[column(state)], "in the last millisecond: {state}: {example}");
                let mut stage = Stage::new(false);
                stage.world.now.wall = END;
                let after = stage.outcome(state, example, room);
                // Who was banned is outside, and is treated like any member of the server who never was inside.
                let like = if state == "muted" { "member" } else { "once banned" };
                assert_eq!(after, cells[column(like)], "at the end: {state}: {example}");
            }
        }
    }
}

#[test]
fn the_tables_have_every_request() {
    let all: BTreeSet<&str> = TABLES
        .iter()
        .flat_map(|(heading, _)| table(heading).rows)
        .map(|(example, _)| example.split('"').nth(3).expect("an example says what is to be done"))
        .collect();
    let source = include_str!("../src/protocol/request/parse.rs");
    let words = source.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"));
    let known: BTreeSet<&str> = words.map(|(word, _)| word).collect();
    assert!(known.len() > 60, "the requests are found in the source");
    assert_eq!(all, known);
}

/// Whoever is blocked is treated in every way as if he were not.
#[test]
fn a_blocked_person_is_refused_nothing_that_others_are_not() {
    for (heading, _) in TABLES {
        let Table { states, rows } = table(heading);
        let column = |state: &str| states.iter().position(|held| *held == state).unwrap();
        for (example, cells) in rows {
            assert_eq!(cells[column("blocked")], cells[column("member")], "{heading}: {example}");
        }
    }
}
