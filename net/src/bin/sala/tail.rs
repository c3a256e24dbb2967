//! `sala tail`: prints a room's entries, each once and in order, across any number of reconnects.

use crate::print;
use crate::talk::{self, Talk};
use sala_core::client::{Event, User};
use sala_core::entry::Seq;
use sala_core::name::RoomName;
use sala_net::dial::{Word, dial};
use std::ops::ControlFlow;
use std::process::ExitCode;

/// What is to be printed.
pub(crate) struct Tail {
    pub(crate) room: RoomName,
    pub(crate) create: bool,
    pub(crate) from: Option<Seq>,
    pub(crate) count: Option<u64>,
    pub(crate) json: bool,
}

pub(crate) async fn run(talk: Talk, tail: Tail) -> anyhow::Result<ExitCode> {
    let Talk { conversation, connector, random, profile, .. } = talk;
    let Tail { room, create, from, count, json } = tail;
    if count == Some(0) {
        return Ok(ExitCode::SUCCESS);
    }
    if create {
        conversation.user(User::Create(room.clone()));
    }
    conversation.user(User::Follow(room.clone(), from.map(|from| from.max(Seq(1)))));
    let outage = print::Outage::default();
    let mut printed = 0;
    let listen = |word: Word| {
        let Word::Happened(event) = word else {
            outage.look(&conversation);
            return ControlFlow::Continue(());
        };
        talk::keep(&profile, &conversation, &event);
        match event {
            Event::Heard(room, entry) => {
                let line = if json { print::json(&room, &entry) } else { print::human(&entry) };
                printed += 1;
                if let Err(code) = print::line(&line) {
                    return ControlFlow::Break(code);
                }
                if count == Some(printed) {
                    return ControlFlow::Break(ExitCode::SUCCESS);
                }
            }
            Event::Missing(room, from, to) => print::complain(&print::missing(&room, from, to)),
            Event::PutBack => print::complain(
                "the server was put back to an earlier copy of itself: the last entries above may be gone, and others may stand in their places; `--from` reads them anew",
            ),
            Event::Refused(User::Join(_) | User::Create(_), refusal) if refusal.retry_ms.is_none() => {
                print::refused(&refusal);
                return ControlFlow::Break(ExitCode::from(1));
            }
            Event::Left(left) if left.same(&room) => {
                print::complain(&format!("you left {}; there is nothing more to read", left.as_str()));
                return ControlFlow::Break(ExitCode::from(1));
            }
            Event::Closed => return ControlFlow::Break(talk::closed(&conversation, &profile)),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    Ok(dial(connector, conversation.clone(), random, listen).await)
}
