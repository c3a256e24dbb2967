//! What rooms are called on the screen.

use sala_core::client::Model;
use sala_core::entry::RoomKind;
use sala_core::name::RoomName;

/// What a room is shown under: its title, or of a conversation of two `@` and the other.
pub(super) fn shown(model: &Model, room: &RoomName) -> String {
    let Some(view) = model.rooms.get(room) else { return room.to_string() };
    let shown = view.shown(room);
    if view.kind == RoomKind::Direct && view.with.is_some() { format!("@{shown}") } else { shown }
}
