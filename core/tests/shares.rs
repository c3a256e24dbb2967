//! What one connection, one person and one address may ask: each is run into, and waited out.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::{World, token};
use sala_core::protocol::Update;
use sala_core::refusal::Code;
use sala_core::server::{Quota, SessionId};
use std::net::IpAddr;

/// What a limit is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Connection,
    Person,
    Address,
}
use Of::{Address, Connection, Person};

/// What is asked, whose limit is run into, after how many times; and how long one more takes then, at most.
const TABLE: [(&str, Of, u32, u64); 16] = [
    ("post", Connection, 10, 1_000),
    ("post", Person, 20, 1_000),
    ("post", Address, 80, 1_000),
    ("request", Connection, 10, 1_000),
    ("join", Person, 4, 2_000),
    ("join", Address, 16, 2_000),
    ("search", Person, 4, 1_000),
    ("search", Address, 16, 1_000),
    ("create", Person, 4, 30_000),
    ("create", Address, 16, 30_000),
    ("befriend", Person, 4, 30_000),
    ("befriend", Address, 16, 30_000),
    ("server_invite", Person, 4, 30_000),
    ("enter", Address, 6, 10_000),
    ("register", Address, 6, 10_000),
    ("sign_in", Address, 6, 1_000),
];

/// Small ones, so that each is met alone; those of a connection are met where nothing else is asked.
fn quota(of: Of) -> Quota {
    let wide = if of == Connection { 10 } else { 10_000 };
    Quota {
        posts_burst: 10,
        posts_per_second: 1,
        requests_burst: wide,
        requests_per_second: wide,
        sessions: 1_000,
        sessions_per_address: 1_000,
        names_per_address_burst: if of == Address { 6 } else { 1_000 },
        ventures_burst: 4,
        joins_burst: 4,
        searches_burst: 4,
        sign_ins_per_address_burst: 6,
    }
}

/// Somebody who asks, and what he asks next.
struct Asker {
    world: World,
    what: &'static str,
    number: u64,
}

impl Asker {
    /// Asks once more, and says in how many milliseconds that can help if it was refused for haste.
    fn asks(&mut self, session: SessionId, who: u64) -> Option<u64> {
        self.number += 1;
        let (n, what) = (self.number, self.what);
        self.world.lines(session);
        if what == "join" {
            self.world.says(session, r#"{"do":"leave","id":1,"room":"lobby"}"#);
        }
        let line = match what {
            "post" => format!(r#"{{"do":"post","room":"lobby","n":{n},"text":"hello"}}"#),
            "request" => r#"{"do":"me","id":2}"#.to_owned(),
            "join" => r#"{"do":"join","id":2,"room":"lobby"}"#.to_owned(),
            "search" => r#"{"do":"search","id":2,"words":"hello"}"#.to_owned(),
            "create" => format!(r#"{{"do":"create","id":2,"room":"room{n}"}}"#),
            "befriend" => r#"{"do":"befriend","id":2,"name":"person0"}"#.to_owned(),
            "server_invite" => format!(r#"{{"do":"server_invite","id":2,"code":"a-code-of-number-{n:04}"}}"#),
            "enter" => format!(r#"{{"do":"enter","id":2,"name":"new{n}","token":"{}"}}"#, token("new")),
            "register" => format!(
                r#"{{"do":"register","id":2,"name":"new{n}","password":"correct horse","token":"{}"}}"#,
                token("new")
            ),
            _ => format!(
                r#"{{"do":"sign_in","id":2,"name":"person{who}","password":"correct horse","token":"{}"}}"#,
                token("new")
            ),
        };
        self.world.says(session, &line);
        let heard = self.world.lines(session);
        heard.iter().find_map(|line| match Update::decode(line.as_bytes()).unwrap() {
            Update::Refused { code: Code::SlowDown, retry_ms, .. } => Some(retry_ms.unwrap()),
            _ => None,
        })
    }

    /// A connection of this person. What strangers ask is asked on a new one each time.
    fn comes(&mut self, who: u64, device: &str) -> SessionId {
        let session = self.world.connects();
        if ["enter", "register", "sign_in"].contains(&self.what) {
            return session;
        }
        let token = token(&format!("person{who}"));
        let line = format!(r#"{{"do":"enter","name":"person{who}","token":"{token}","device":"{device}"}}"#);
        self.world.says(session, &line);
        self.world.says(session, r#"{"do":"join","room":"lobby"}"#);
        session
    }
}

/// How often it could be asked before it was refused, and how long one had to wait then; and that this was enough.
fn asked(what: &'static str, of: Of) -> (u32, u64) {
    let mut asker = Asker { world: World::with_quota(quota(of)), what, number: 0 };
    if what == "sign_in" {
        let token = token("person1");
        let session = asker.world.connects();
        let line = format!(
            r#"{{"do":"register","name":"person1","password":"correct horse","token":"{token}","device":"d"}}"#
        );
        asker.world.says(session, &line);
    }
    // Those who come first do it from elsewhere, so that nothing but the question counts there.
    let here = Some(IpAddr::from([192, 0, 2, 1]));
    let mut all: Vec<(SessionId, u64)> = Vec::new();
    let strangers = ["enter", "register", "sign_in"].contains(&what);
    let (people, devices) = match of {
        Connection => (1, 1),
        Person => (1, 3),
        Address => (9, 2),
    };
    asker.world.address = (of != Person).then_some(here).flatten();
    let names_are_free = !strangers && of == Address;
    for who in 1..=people {
        for device in 0..devices {
            if strangers {
                break;
            }
            if names_are_free {
                // A name from here would be a new one from here.
                asker.world.address = Some(IpAddr::from([198, 51, 100, u8::try_from(who).unwrap()]));
                let first = asker.comes(who, &format!("d{device}"));
                asker.world.loses(first);
                asker.world.address = here;
            }
            let session = asker.comes(who, &format!("d{device}"));
            all.push((session, who));
        }
    }
    // What they needed to come is there again.
    asker.world.passes(5_000);
    for count in 0..1_000 {
        let (session, who) = if strangers { (asker.comes(1, ""), 1) } else { all[count % all.len()] };
        if let Some(retry_ms) = asker.asks(session, who) {
            asker.world.passes(retry_ms);
            // Whoever waited for long was silent for too long.
            let session = if strangers || retry_ms > 5_000 { asker.comes(who, "d0") } else { session };
            // A post that was refused is sent again under its number.
            asker.number -= 1;
            assert_eq!(asker.asks(session, who), None, "{what} of {of:?}: {retry_ms} ms were enough");
            return (u32::try_from(count).unwrap(), retry_ms);
        }
    }
    panic!("{what} of {of:?} has no end")
}

#[test]
fn each_connection_person_and_address_has_its_share_and_is_told_when_there_is_more() {
    for (what, of, most, wait_ms) in TABLE {
        let (count, retry_ms) = asked(what, of);
        assert_eq!(count, most, "{what} of {of:?}");
        assert!(retry_ms > 0 && retry_ms <= wait_ms, "{what} of {of:?}: {retry_ms} ms");
    }
}
