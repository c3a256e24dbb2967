//! What rooms are called where a person reads it.

use sala_core::client::Model;
use sala_core::entry::RoomKind;
use sala_core::name::RoomName;

/// What a room is shown under: its title, of a conversation of two `@` and the other, and of a group without a title
/// those who are in it.
pub(crate) fn shown(model: &Model, room: &RoomName) -> String {
    let Some(view) = model.rooms.get(room) else { return room.to_string() };
    let shown = view.shown(room);
    match view.kind {
        RoomKind::Direct if view.with.is_some() => format!("@{shown}"),
        RoomKind::Direct => "(erased)".to_owned(),
        RoomKind::Group if shown == room.as_str() => "(nobody else)".to_owned(),
        _ => shown,
    }
}

/// The word by which a room is meant on a line: what it is shown under may be several names, or another room's.
pub(crate) fn typed(model: &Model, room: &RoomName) -> String {
    let view = model.rooms.get(room);
    let titled = view.and_then(|view| view.title.as_ref()).filter(|title| !title.as_str().contains(' '));
    let with = view.filter(|view| view.kind == RoomKind::Direct).and_then(|view| view.with.as_ref());
    match (titled, with) {
        (Some(title), _) => title.to_string(),
        (None, Some(other)) => format!("@{other}"),
        (None, None) => room.to_string(),
    }
}

/// Words of the server with what a room is called in the place of its key, wherever that is known.
pub(crate) fn named(model: &Model, text: &str) -> String {
    let mut said = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('~') {
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let (before, behind) = rest.split_at(at);
        let (key, after) = behind.split_at(1 + digits);
        let name = RoomName::parse(key).ok().and_then(|room| name(model, &room));
        said.push_str(before);
        said.push_str(name.as_deref().unwrap_or(key));
        rest = after;
    }
    said.push_str(rest);
    said
}

fn name(model: &Model, room: &RoomName) -> Option<String> {
    if model.rooms.contains_key(room) {
        return Some(shown(model, room));
    }
    let invited = model.invitations.get(room).and_then(|row| row.title.as_ref());
    let listed = || model.directory.iter().find(|row| row.room == *room).and_then(|row| row.title.as_ref());
    invited.or_else(listed).map(ToString::to_string)
}
