//! `sala history` and `sala rooms`: ask once, print, end.

use crate::{Talk, print};
use sala_core::client::{Event, Link, User};
use sala_core::entry::Seq;
use sala_core::limits::PAGE_ENTRIES_MAX;
use sala_core::name::RoomName;
use sala_core::protocol::Page;
use sala_net::clock::SystemClock;
use sala_net::dial::{Conversation, Word, dial};
use std::ops::ControlFlow;
use std::process::ExitCode;

/// The page that the options mean.
pub(crate) fn page(before: Option<u64>, after: Option<u64>) -> Page {
    match after {
        Some(after) => Page::After(Seq(after)),
        None => Page::Before(before.map(Seq)),
    }
}

/// Says why the link is closed, and gives the exit code for it.
pub(crate) fn closed(conversation: &Conversation<SystemClock>) -> ExitCode {
    let why = conversation.look(|model| match &model.link {
        Link::Closed { why, .. } => why.clone(),
        _ => "the link is closed".to_owned(),
    });
    print::complain(&why);
    ExitCode::from(3)
}

pub(crate) async fn history(
    talk: Talk,
    room: RoomName,
    create: bool,
    page: Page,
    limit: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let Talk { conversation, connector, random, _profile } = talk;
    conversation.user(if create { User::Create(room.clone()) } else { User::Join(room.clone()) });
    let limit = limit.clamp(1, PAGE_ENTRIES_MAX);
    let outage = print::Outage::default();
    let listen = |word: Word| {
        let Word::Happened(event) = word else {
            outage.look(&conversation);
            return ControlFlow::Continue(());
        };
        match event {
            Event::Joined(joined) if joined.same(&room) => conversation.user(User::Page(joined, page, limit)),
            Event::Missing(room, from, to) => print::complain(&print::missing(&room, from, to)),
            Event::Paged(paged, entries, more) if paged.same(&room) => {
                for entry in &entries {
                    let line = if json { print::json(&room, entry) } else { print::human(entry) };
                    if let Err(code) = print::line(&line) {
                        return ControlFlow::Break(code);
                    }
                }
                if more && let (Some(first), Some(last)) = (entries.first(), entries.last()) {
                    print::complain(&match page {
                        Page::Before(_) => format!("there is more: --before {}", first.seq.0),
                        Page::After(_) => format!("there is more: --after {}", last.seq.0),
                    });
                }
                return ControlFlow::Break(ExitCode::SUCCESS);
            }
            Event::Refused(_, refusal) if refusal.retry_ms.is_none() => {
                print::complain(&refusal.text);
                return ControlFlow::Break(ExitCode::from(1));
            }
            Event::Closed => return ControlFlow::Break(closed(&conversation)),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    Ok(dial(connector, conversation.clone(), random, listen).await)
}

pub(crate) async fn rooms(talk: Talk, json: bool) -> anyhow::Result<ExitCode> {
    let Talk { conversation, connector, random, _profile } = talk;
    let outage = print::Outage::default();
    let listen = |word: Word| {
        let Word::Happened(event) = word else {
            outage.look(&conversation);
            return ControlFlow::Continue(());
        };
        match event {
            Event::Online => conversation.user(User::Rooms),
            Event::Listed(rooms, more) => {
                for room in rooms {
                    let line = if json {
                        serde_json::to_string(&room)
                            .expect("a room's row has only string keys, so it is always JSON")
                    } else {
                        let mark = if room.joined { '*' } else { ' ' };
                        let topic = print::harmless(&room.topic);
                        format!(
                            "{mark} {:<32} {:>5} {}  {topic}",
                            room.room.as_str(),
                            room.members,
                            if room.members == 1 { "member" } else { "members" }
                        )
                        .trim_end()
                        .to_owned()
                    };
                    if let Err(code) = print::line(&line) {
                        return ControlFlow::Break(code);
                    }
                }
                if !more {
                    return ControlFlow::Break(ExitCode::SUCCESS);
                }
            }
            Event::Refused(_, refusal) if refusal.retry_ms.is_none() => {
                print::complain(&refusal.text);
                return ControlFlow::Break(ExitCode::from(1));
            }
            Event::Closed => return ControlFlow::Break(closed(&conversation)),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    Ok(dial(connector, conversation.clone(), random, listen).await)
}
