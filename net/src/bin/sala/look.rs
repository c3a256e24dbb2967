//! `sala history`: asks once, prints, ends.

use crate::print;
use crate::talk::{self, Talk};
use sala_core::client::{Event, User};
use sala_core::entry::Seq;
use sala_core::limits::PAGE_ENTRIES_MAX;
use sala_core::name::RoomName;
use sala_core::protocol::Page;
use sala_net::dial::{Word, dial};
use std::ops::ControlFlow;
use std::process::ExitCode;

/// The page that the options mean.
pub(crate) fn page(before: Option<u64>, after: Option<u64>) -> Page {
    match after {
        Some(after) => Page::After(Seq(after)),
        None => Page::Before(before.map(Seq)),
    }
}

pub(crate) async fn history(
    talk: Talk,
    room: RoomName,
    create: bool,
    page: Page,
    limit: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let Talk { conversation, connector, random, profile, .. } = talk;
    conversation.user(if create { User::Create(room.clone()) } else { User::Join(room.clone()) });
    let limit = limit.clamp(1, PAGE_ENTRIES_MAX);
    let outage = print::Outage::default();
    let listen = |word: Word| {
        let Word::Happened(event) = word else {
            outage.look(&conversation);
            return ControlFlow::Continue(());
        };
        talk::keep(&profile, &conversation, &event);
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
                print::refused(&refusal);
                return ControlFlow::Break(ExitCode::from(1));
            }
            Event::Closed => return ControlFlow::Break(talk::closed(&conversation, &profile)),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    Ok(dial(connector, conversation.clone(), random, listen).await)
}
