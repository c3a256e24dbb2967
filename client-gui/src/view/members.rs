//! Who is in a room: by what they may do there, those who are here before those who are away.

use super::View;
use super::person::person_menu;
use super::sidebar::mode_color;
use super::widgets::{avatar, dot, lesser, line, list_row, section};
use crate::command::Command;
use crate::dialog::Dialog;
use crate::theme::{BODY, GRID, format, medium, palette};
use egui::{Popup, ScrollArea, Ui, pos2, vec2};
use sala_core::client::{MemberView, RoomView};
use sala_core::entry::{Role, RoomKind};
use sala_core::name::{Name, RoomName};

const ROW: f32 = 38.0;

/// Draws the members of a room.
pub(crate) fn members(ui: &mut Ui, view: &mut View<'_>, room: &RoomName) {
    let Some(held) = view.model.rooms.get(room) else { return };
    let groups = [
        (Role::Owner, "members-owner"),
        (Role::Moderator, "members-moderators"),
        (Role::Member, "members-members"),
    ];
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (role, key) in groups {
        let mut people: Vec<(&Name, &MemberView)> =
            held.members.iter().filter(|(_, member)| member.role == role).collect();
        people.sort_by_key(|(_, member)| !member.here);
        if !people.is_empty() {
            rows.push(Row::Head(key, people.len()));
            rows.extend(people.into_iter().map(|(name, member)| Row::Person(name, member)));
        }
    }
    if may_invite(held) && ui.button(medium(view.get("room-invite"))).clicked() {
        view.push(Command::Show(Some(Dialog::Invite { room: room.clone(), name: String::new() })));
    }
    // Rooms have thousands of members: only those in sight are drawn.
    let area = ScrollArea::vertical().id_salt(("members", room.as_str())).auto_shrink(false);
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, ROW, rows.len(), |ui, range| {
        for row in &rows[range] {
            match row {
                Row::Head(key, count) => {
                    ui.allocate_ui(vec2(ui.available_width(), ROW), |ui| {
                        ui.set_min_height(ROW);
                        ui.add_space(2.0 * GRID);
                        section(ui, &view.words.put(key, [("count", (*count).into())]));
                    });
                }
                Row::Person(name, member) => person(ui, view, room, held, name, member),
            }
        }
    });
}

/// Whether we may let somebody into a room.
pub(crate) fn may_invite(room: &RoomView) -> bool {
    match room.kind {
        RoomKind::Direct => false,
        RoomKind::Private => room.role >= Role::Moderator,
        RoomKind::Public | RoomKind::Group => true,
    }
}

enum Row<'a> {
    Head(&'static str, usize),
    Person(&'a Name, &'a MemberView),
}

fn person(
    ui: &mut Ui,
    view: &mut View<'_>,
    room: &RoomName,
    held: &RoomView,
    name: &Name,
    member: &MemberView,
) {
    let typing = held.typing.contains_key(name);
    let state = match (member.here, typing) {
        (_, true) => view.get("members-typing"),
        (true, _) if !member.status.is_empty() => member.status.clone(),
        (true, _) if member.mode.is_plain() => String::new(),
        (true, _) => view.get(super::sidebar::mode_key(member.mode)),
        (false, _) => String::new(),
    };
    let key = if member.here { "members-here" } else { "members-away" };
    let label = view.words.put(key, [("name", name.as_str().into())]);
    let response = list_row(ui, ROW, false, &label, |ui, rect, palette| {
        let center = pos2(rect.left() + 22.0, rect.center().y);
        avatar(ui, center, 26.0, name.as_str());
        if member.here {
            dot(ui, center + vec2(9.0, 9.0), mode_color(ui, member.mode), palette.side);
        }
        let color = if member.here { palette.text } else { palette.weak };
        let left = rect.left() + 44.0;
        let width = rect.right() - left - 8.0;
        let up = if state.is_empty() { 0.0 } else { 8.0 };
        line(ui, pos2(left, rect.center().y - up), width, name.as_str(), format(BODY, color));
        if !state.is_empty() {
            line(ui, pos2(left, rect.center().y + 9.0), width, &state, lesser(palette));
        }
    });
    Popup::menu(&response).show(|ui| person_menu(ui, view, Some(room), name));
}

/// The head of a panel at the right, with the way to close it.
pub(crate) fn panel_head(ui: &mut Ui, view: &mut View<'_>, title: &str) {
    let palette = palette(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(36.0);
        ui.add_space(4.0);
        ui.label(crate::theme::bold(title).size(crate::theme::BODY + 1.0).color(palette.text));
        ui.with_layout(super::sidebar::at_right(), |ui| {
            let close = super::widgets::quiet(ui, egui::RichText::new("×").size(18.0));
            if close.accessible_name(view.get("close-panel")).clicked() {
                view.push(Command::Side(None));
            }
        });
    });
}
