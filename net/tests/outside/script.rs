//! A scripted conversation: what somebody asks of a server, step by step, and what he may rely on afterwards.

use crate::wire::Wire;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What the posts of the script say, in their order.
pub(crate) const LINES: [&str; 6] = ["one", "two", "three", "four", "five", "six"];
/// Which of them is edited, and what it says then.
const EDITED: (usize, &str) = (1, "two and a half");
/// Which of them is deleted.
const DELETED: usize = 2;

const TOKEN: &str = "a-token-that-nobody-guesses-in-a-test";

/// How far the script came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// The seq of each post that is known to be stored.
    pub(crate) stored: [Option<u64>; LINES.len()],
    /// Posts that were refused, or of which nothing was heard, are to be said again; these were begun.
    pub(crate) begun: usize,
    edited: bool,
    deleted: bool,
    /// Whether all of it was done.
    pub(crate) whole: bool,
}

impl Heard {
    /// Plays the script on from where it was broken off, until it is done or the connection ends. What was acknowledged
    /// before must be as it was.
    pub(crate) fn goes_on(&mut self, address: SocketAddr) {
        self.whole = self.plays(address).is_some();
    }

    fn plays(&mut self, address: SocketAddr) -> Option<()> {
        let mut wire = enter(address)?;
        for (index, text) in LINES.into_iter().enumerate() {
            let n = index + 1;
            if self.stored[index].is_some() {
                continue;
            }
            self.begun = self.begun.max(n);
            wire.asks(&json!({"do": "post", "room": "lobby", "n": n, "text": text}));
            let answer = wire.hears(|update| update["t"] != "presence" && update["n"] == n)?;
            self.stored[index] = Some(done(answer)?["seq"].as_u64().unwrap());
        }
        let seq = self.stored[EDITED.0];
        let edit = json!({"do": "edit", "id": 11, "room": "lobby", "seq": seq, "text": EDITED.1});
        self.edited |= done(wire.answered(&edit)?).is_some();
        let sign = json!({"do": "react", "id": 12, "room": "lobby", "seq": seq, "emoji": "🍅", "on": true});
        done(wire.answered(&sign)?)?;
        let delete = json!({"do": "delete", "id": 13, "room": "lobby", "seq": self.stored[DELETED]});
        self.deleted |= done(wire.answered(&delete)?).is_some();
        self.deleted.then_some(())
    }

    /// Demands of a server that is well that all that was acknowledged is there, once, and nothing else.
    pub(crate) fn is_kept(&self, address: SocketAddr) {
        let mut wire = enter(address).unwrap();
        let page = wire.answered(&json!({"do": "page", "id": 21, "room": "lobby", "limit": 200})).unwrap();
        let entries = page["entries"].as_array().unwrap();
        for (seq, entry) in (1..).zip(entries) {
            assert_eq!(entry["seq"], seq, "a seq is missing: {page}");
        }
        for (index, text) in LINES.into_iter().enumerate() {
            let n = index + 1;
            let found: Vec<&Value> =
                entries.iter().filter(|entry| entry["author"] == "ana" && entry["n"] == n).collect();
            assert!(found.len() <= 1, "{text} is there twice: {page}");
            assert!(found.is_empty() || n <= self.begun, "{text} was never said: {page}");
            let Some(seq) = self.stored[index] else { continue };
            let entry = found.first().unwrap_or_else(|| panic!("{text} is missing: {page}"));
            assert_eq!(entry["seq"], seq, "{text} is elsewhere: {page}");
            let may_say = match index {
                DELETED if self.deleted => vec![""],
                // Whether it was done before the connection ended is not known.
                DELETED => vec!["", text],
                index if index == EDITED.0 && self.edited => vec![EDITED.1],
                index if index == EDITED.0 => vec![text, EDITED.1],
                _ => vec![text],
            };
            assert!(may_say.iter().any(|may| entry["text"] == *may), "it says something else: {page}");
        }
    }
}

/// The answer to what is done: now, or before the connection ended, since what is gone cannot be deleted again. A disk
/// that fails does not know whether it was, and says so.
fn done(answer: Value) -> Option<Value> {
    if answer["t"] == "refused" && answer["code"] != "no_such_post" {
        assert_eq!(
            (&answer["code"], &answer["fate"]),
            (&json!("storage_failed"), &json!("unknown")),
            "{answer}"
        );
        return None;
    }
    Some(answer)
}

fn enter(address: SocketAddr) -> Option<Wire> {
    let mut wire = Wire::connects(address)?;
    done(
        wire.answered(&json!({"do": "enter", "id": 1, "name": "ana", "token": TOKEN, "have": {"lobby": 0}}))?,
    )?;
    done(wire.answered(&json!({"do": "join", "id": 2, "room": "lobby"}))?)?;
    Some(wire)
}
