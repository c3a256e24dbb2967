//! Whom to call back to the window, and for what.

use super::App;
use egui::{Context, UserAttentionType, ViewportCommand};
use sala_core::client::{Model, RoomView};
use sala_core::entry::{Act, Mode, RoomKind};
use sala_core::name::RoomName;
use std::collections::BTreeMap;

/// Letters of a message that are shown outside the window.
const CALL_CHARS_MAX: usize = 200;

/// Something that is announced outside the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who, and where.
    pub title: String,
    /// What was said.
    pub text: String,
}

/// What was new in each room when it was looked at last.
#[derive(Debug, Default)]
pub(super) struct Counted {
    changes: u64,
    rooms: BTreeMap<RoomName, Room>,
    /// What calls for us in all rooms together.
    calling: u64,
}

/// What was new in one room, and what it was called: when it is gone, nothing else says so any more.
#[derive(Debug)]
struct Room {
    unread: u64,
    mentions: u64,
    shown: String,
}

impl Counted {
    /// What a room is called, or was.
    pub(super) fn shown(&self, room: &RoomName) -> String {
        self.rooms.get(room).map_or_else(|| room.to_string(), |held| held.shown.clone())
    }
}

impl App {
    /// Announces what has come since this was asked last and is meant for us, unless we see it or want no calls.
    pub(super) fn call(&mut self, ctx: &Context, focused: bool) {
        let Some(talk) = &mut self.talk else { return };
        let changes = talk.link.changes();
        if !self.state.inside || talk.counted.changes == changes {
            return;
        }
        talk.counted.changes = changes;
        let (before, seen) = (std::mem::take(&mut talk.counted), self.state.room.clone());
        let (counted, new) = talk.link.conversation.look(|model| {
            let new: Vec<Call> = model
                .rooms
                .iter()
                .filter(|(room, _)| !(focused && seen.as_ref() == Some(*room)))
                .filter(|(room, held)| is_news(held, before.rooms.get(*room)))
                .filter_map(|(room, held)| call_of(model, room, held, &self.words))
                .collect();
            let quiet = model.presence.mode == Mode::Busy || !self.state.settings.notify;
            (count(model, changes), if quiet { Vec::new() } else { new })
        });
        if counted.calling != before.calling {
            let name = self.words.get("app-name");
            let title = if counted.calling > 0 { format!("({}) {name}", counted.calling) } else { name };
            ctx.send_viewport_cmd(ViewportCommand::Title(title));
        }
        talk.counted = counted;
        if !new.is_empty() && !focused {
            ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(UserAttentionType::Informational));
        }
        for call in new {
            (self.parts.call)(&call);
        }
    }
}

fn count(model: &Model, changes: u64) -> Counted {
    let of_room = |(key, held): (&RoomName, &RoomView)| {
        let room = Room { unread: held.unread, mentions: held.mentions, shown: held.shown(key) };
        (key.clone(), room)
    };
    let rooms = model.rooms.iter().map(of_room).collect();
    let calling = model.rooms.values().map(|held| if is_direct(held) { held.unread } else { held.mentions });
    Counted { changes, rooms, calling: calling.sum() }
}

/// Whether more calls for us in a room than before. A room that was never looked at has nothing new.
fn is_news(held: &RoomView, before: Option<&Room>) -> bool {
    before.is_some_and(|before| {
        held.mentions > before.mentions || (is_direct(held) && held.unread > before.unread)
    })
}

fn is_direct(held: &RoomView) -> bool {
    held.kind == RoomKind::Direct
}

fn call_of(model: &Model, room: &RoomName, held: &RoomView, words: &crate::words::Words) -> Option<Call> {
    let (author, text) = held.timeline.entries().rev().find_map(|(_, entry)| match &entry.act {
        Act::Post(post) if Some(entry.person) != model.person => Some((&entry.author, &post.text)),
        _ => None,
    })?;
    let title = if is_direct(held) {
        author.to_string()
    } else {
        let values = [("author", author.as_str().into()), ("room", held.shown(room).into())];
        words.put("notify-from", values)
    };
    let text = crate::markup::read(text).text;
    Some(Call { title, text: text.chars().take(CALL_CHARS_MAX).collect() })
}
