//! `sala post`: says lines, and ends when every one of them is known to be in the log, or to wait for a moderator.

use crate::print;
use crate::talk::{self, Talk};
use crate::titles::named;
use sala_core::client::{Event, User};
use sala_core::name::RoomName;
use sala_net::dial::{Word, dial};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::ops::ControlFlow;
use std::process::ExitCode;
use tokio::sync::{Notify, mpsc};

/// Lines that are read ahead of what the server has stored.
const AHEAD_MAX: usize = 1_000;

pub(crate) async fn run(
    talk: Talk,
    room: RoomName,
    create: bool,
    text: Vec<String>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let Talk { conversation, connector, random, profile, .. } = talk;
    let mut lines = if text.is_empty() { standard_input() } else { only(text.join(" ")) };
    conversation.user(if create { User::Create(room.clone()) } else { User::Join(room.clone()) });
    let (all_read, refused, moved) = (Cell::new(false), Cell::new(false), Notify::new());
    let numbers = RefCell::new(BTreeMap::new());
    let feed = async {
        let mut number = 0_u64;
        while let Some(line) = lines.recv().await {
            number += 1;
            if line.trim().is_empty() {
                continue;
            }
            while conversation.look(|model| model.outbox.open_count()) >= AHEAD_MAX {
                moved.notified().await;
            }
            match conversation.say(room.clone(), line) {
                Some(ticket) => drop(numbers.borrow_mut().insert(ticket, number)),
                None => refused.set(true),
            }
        }
        all_read.set(true);
        // Wakes the listener, which may have seen the last line stored before it knew that it was the last.
        conversation.user(User::Read(room.clone()));
        std::future::pending::<()>().await;
    };
    let outage = print::Outage::default();
    let listen = |word: Word| {
        if let Word::Happened(event) = &word {
            talk::keep(&profile, &conversation, event);
        }
        match word {
            Word::Changed => outage.look(&conversation),
            Word::Happened(Event::Stored(ticket, room, seq)) => {
                numbers.borrow_mut().remove(&ticket);
                moved.notify_one();
                // A reader that went away does not keep the lines from being said; what cannot be written is no success.
                let row = serde_json::json!({ "room": room, "seq": seq });
                let line = if json { row.to_string() } else { seq.0.to_string() };
                if print::line(&line).is_err_and(|code| code != ExitCode::SUCCESS) {
                    refused.set(true);
                }
            }
            Word::Happened(Event::Waits(ticket, room, held)) => {
                let number = numbers.borrow_mut().remove(&ticket).unwrap_or(0);
                moved.notify_one();
                print::complain(&format!("line {number} waits for a moderator of {room}"));
                let row = serde_json::json!({ "room": room, "held": held });
                if json && print::line(&row.to_string()).is_err_and(|code| code != ExitCode::SUCCESS) {
                    refused.set(true);
                }
            }
            Word::Happened(Event::Delayed(refusal)) => print::complain(&format!("waiting: {}", refusal.text)),
            Word::Happened(Event::Failed(ticket, refusal)) => {
                let number = numbers.borrow_mut().remove(&ticket).unwrap_or(0);
                let text = conversation.look(|model| named(model, &refusal.text));
                let code = refusal.code.as_str();
                print::complain(&format!("line {number} was refused: {text} ({code})"));
                conversation.user(User::Discard(ticket));
                moved.notify_one();
                refused.set(true);
            }
            Word::Happened(Event::PutBack) => print::complain(
                "the server was put back to an earlier copy of itself: the last lines that are told above may be gone; look, and say them again if they are",
            ),
            Word::Happened(Event::Refused(User::Join(_) | User::Create(_), refusal))
                if refusal.retry_ms.is_none() =>
            {
                print::refused(&refusal);
                return ControlFlow::Break(ExitCode::from(1));
            }
            Word::Happened(Event::Closed) => {
                return ControlFlow::Break(talk::closed(&conversation, &profile));
            }
            Word::Happened(_) => {}
        }
        // By what was heard of each line, not by the model, which may be ahead of what was heard.
        if all_read.get() && numbers.borrow().is_empty() {
            return ControlFlow::Break(ExitCode::from(u8::from(refused.get())));
        }
        ControlFlow::Continue(())
    };
    tokio::select! { biased;
        code = dial(connector, conversation.clone(), random, listen) => Ok(code),
        () = feed => unreachable!("feeding never ends"),
    }
}

fn only(line: String) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel(1);
    send.try_send(line).expect("the channel is new and has room for one");
    receive
}

/// Reads standard input on a thread of its own, since it cannot be awaited.
#[expect(clippy::disallowed_methods, reason = "standard input blocks; this is the program's edge")]
fn standard_input() -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel(64);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut line = Vec::new();
        while input.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line);
            if send.blocking_send(text.trim_end_matches(['\n', '\r']).to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    receive
}
