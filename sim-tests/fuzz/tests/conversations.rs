//! Whole conversations with the server machine, of lines that are right, almost right, and wrong, while its disk does as it
//! likes.

#[expect(dead_code, reason = "the world has words for more than this")]
#[path = "../../../core/tests/common/mod.rs"]
mod common;

use common::folk::adds_up;
use common::{Disk, World, claim_code, token};
use sala_core::server::SessionId;
use sala_fuzz::{Choices, requests, spoilt};

const NAMES: [&str; 4] = ["ana", "bo", "cy", "sala"];
/// Connections at once.
const SESSIONS_MAX: usize = 6;
const STEPS_MAX: usize = 120;

/// A request as a client would send it, about rooms, people and posts that are probably there.
fn likely(choices: &mut Choices<'_>) -> String {
    let room = choices.one(&["lobby", "garden", "~2", "~3", "~281474976710657"]);
    let (whom, seq, n) = (choices.one(&NAMES), choices.below(12), choices.below(9));
    match choices.below(16) {
        0..4 => {
            format!(r#"{{"do":"post","room":"{room}","n":{n},"text":"say {n} to @{whom}","reply":null}}"#)
        }
        4 => format!(r#"{{"do":"create","id":1,"room":"{room}"}}"#),
        5 => format!(r#"{{"do":"join","id":2,"room":"{room}"}}"#),
        6 => format!(r#"{{"do":"leave","id":3,"room":"{room}"}}"#),
        7 => format!(r#"{{"do":"edit","id":4,"room":"{room}","seq":{seq},"text":"better"}}"#),
        8 => format!(r#"{{"do":"delete","id":5,"room":"{room}","seq":{seq}}}"#),
        9 => format!(r#"{{"do":"react","id":6,"room":"{room}","seq":{seq},"emoji":"👍"}}"#),
        10 => format!(r#"{{"do":"ban","id":7,"room":"{room}","name":"{whom}"}}"#),
        11 => format!(r#"{{"do":"page","id":8,"room":"{room}"}}"#),
        12 => format!(r#"{{"do":"befriend","id":9,"name":"{whom}"}}"#),
        13 => format!(r#"{{"do":"block","id":10,"name":"{whom}"}}"#),
        14 => format!(r#"{{"do":"direct","id":11,"name":"{whom}"}}"#),
        _ => format!(r#"{{"do":"claim","id":12,"code":"{}"}}"#, claim_code().reveal()),
    }
}

#[test]
fn no_conversation_breaks_the_server_and_its_log_adds_up_to_its_state() {
    let requests = requests();
    bolero::check!().with_max_len(4_096).for_each(|bytes: &[u8]| {
        let mut choices = Choices::new(bytes);
        let mut world = World::new();
        let mut sessions: Vec<SessionId> = Vec::new();
        for _ in 0..STEPS_MAX {
            if choices.is_over() {
                break;
            }
            let session = (!sessions.is_empty()).then(|| sessions[choices.below(sessions.len())]);
            match (choices.below(20), session) {
                (0, _) | (_, None) => {
                    if sessions.len() == SESSIONS_MAX {
                        continue;
                    }
                    let name = choices.one(&NAMES);
                    let session = world.connects();
                    let (how, token) = (choices.one(&["enter", "register", "sign_in"]), token(name));
                    let enter = format!(
                        r#"{{"do":"{how}","name":"{name}","password":"correct horse","token":"{token}","device":"d","have":{{"lobby":0}}}}"#
                    );
                    world.says(session, &enter);
                    world.says(session, r#"{"do":"join","room":"lobby"}"#);
                    sessions.push(session);
                }
                (1, Some(session)) => {
                    world.loses(session);
                    sessions.retain(|other| *other != session);
                }
                (2, _) => world.passes(choices.one(&[1, 250, 10_000, 30_000, 60_000, 3_600_000])),
                (3, _) => {
                    let disk = [Disk::Works, Disk::Stalls, Disk::Busy, Disk::Full, Disk::FullOnce];
                    world.disk_is(choices.one(&disk));
                }
                (4, _) if choices.byte() < 40 => {
                    world.restarts();
                    sessions.clear();
                }
                (5, _) => {
                    let back = i64::from(choices.byte()) - 128;
                    world.now.wall.0 = world.now.wall.0.saturating_add_signed(back * 3_600_000);
                }
                (6..10, Some(session)) => {
                    let line = spoilt(choices.one(&requests), &mut choices);
                    says(&mut world, session, &line);
                }
                (10, Some(session)) => {
                    let likely = likely(&mut choices);
                    let line = spoilt(&likely, &mut choices);
                    says(&mut world, session, &line);
                }
                (_, Some(session)) => {
                    let line = likely(&mut choices);
                    world.says(session, &line);
                }
            }
            sessions.retain(|session| !world.is_hung_up(*session));
        }
        world.disk_is(Disk::Works);
        world.passes(60_000);
        adds_up(&world);
        // And what the next start reads is the same.
        world.restarts();
        adds_up(&world);
    });
}

/// The world's lines are texts; what is none is told apart before anybody reads it.
fn says(world: &mut World, session: SessionId, line: &[u8]) {
    if let Ok(line) = str::from_utf8(line) {
        world.says(session, line);
    }
}
