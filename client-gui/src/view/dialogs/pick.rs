//! Dialogues in which one of many is chosen by a part of its name.

use super::{entered, title};
use crate::command::{Command, Purpose};
use crate::emoji;
use crate::theme::{BODY, GRID, format, medium, palette};
use crate::view::View;
use crate::view::sidebar::in_order;
use crate::view::widgets::{lesser, line, list_row, nothing, plain};
use egui::{Button, Key, Modifiers, ScrollArea, TextEdit, Ui, pos2, vec2};
use sala_core::client::User;
use sala_core::entry::Seq;
use sala_core::name::RoomName;
use sala_core::protocol::{Door, Request};

const FOUND_MAX: usize = 8;
const SIGNS_MAX: usize = 48;
const ROW: f32 = 38.0;
/// Height of a list, at most.
const LIST: f32 = 360.0;

/// A field to search by, which has the keyboard from the start.
fn search(ui: &mut Ui, name: &str, query: &mut String) {
    let edit = TextEdit::singleline(query).hint_text(name.to_owned()).desired_width(f32::INFINITY);
    let response = ui.add(edit.margin(egui::Margin::symmetric(10, 8))).accessible_name(name);
    if ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
}

/// Goes to a room by a part of its name.
pub(super) fn switcher(ui: &mut Ui, view: &mut View<'_>, query: &mut String, at: &mut usize) {
    title(ui, &view.get("switcher-title"));
    let before = query.clone();
    let (up, down, enter) = ui.input_mut(|input| {
        (
            input.consume_key(Modifiers::NONE, Key::ArrowUp),
            input.consume_key(Modifiers::NONE, Key::ArrowDown),
            input.key_pressed(Key::Enter),
        )
    });
    search(ui, &view.get("switcher-field"), query);
    let part = query.trim().trim_start_matches(['#', '@']).to_lowercase();
    let model = view.model;
    let shown = |room: &RoomName| model.rooms.get(room).map(|held| held.shown(room)).unwrap_or_default();
    let mut found: Vec<(&RoomName, String)> = in_order(model)
        .into_iter()
        .map(|room| (room, shown(room)))
        .filter(|(_, shown)| shown.to_lowercase().contains(&part))
        .collect();
    // Where something is new, and what begins with what was typed, comes first.
    let new = |room: &RoomName| model.rooms.get(room).is_some_and(|held| held.unread > 0);
    found.sort_by_key(|(room, shown)| (!shown.to_lowercase().starts_with(&part), !new(room)));
    found.truncate(FOUND_MAX);
    if found.is_empty() {
        nothing(ui, &view.get("switcher-none"));
        return;
    }
    let last = found.len() - 1;
    *at = if *query != before { 0 } else { (*at).min(last) };
    *at = (*at + usize::from(down) + if up { last } else { 0 }) % (last + 1);
    ui.spacing_mut().item_spacing.y = 2.0;
    for (index, (room, shown)) in found.iter().enumerate() {
        let row = list_row(ui, ROW, index == *at, shown, |ui, rect, palette| {
            line(ui, rect.left_center() + vec2(12.0, 0.0), rect.width() - 24.0, shown, plain(palette));
        });
        if row.clicked() || (enter && index == *at) {
            view.push(Command::Open((*room).clone()));
            view.push(Command::Show(None));
        }
    }
}

/// Lists the public rooms.
pub(super) fn browse(ui: &mut Ui, view: &mut View<'_>, query: &mut String) {
    title(ui, &view.get("browse-title"));
    search(ui, &view.get("browse-field"), query);
    let part = query.to_lowercase();
    let model = view.model;
    let found: Vec<_> = model
        .directory
        .iter()
        .filter(|row| {
            row.room.as_str().to_lowercase().contains(&part) || row.topic.to_lowercase().contains(&part)
        })
        .collect();
    if found.is_empty() {
        nothing(ui, &view.get("browse-none"));
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    let area = ScrollArea::vertical().max_height(LIST).min_scrolled_height(LIST).auto_shrink([false, true]);
    area.show_rows(ui, 46.0, found.len(), |ui, range| {
        for row in &found[range] {
            let shown = row.title.as_ref().unwrap_or(&row.room).to_string();
            let members = view.words.put("browse-members", [("count", row.members.into())]);
            let below = if row.topic.is_empty() { members } else { format!("{members} · {}", row.topic) };
            let joined = view.get("browse-joined");
            let response = list_row(ui, 46.0, row.joined, &shown, |ui, rect, palette| {
                let left = rect.left() + 12.0;
                let width = rect.width() - if row.joined { 120.0 } else { 24.0 };
                line(ui, pos2(left, rect.center().y - 9.0), width, &shown, format(BODY, palette.text));
                line(ui, pos2(left, rect.center().y + 10.0), width, &below, lesser(palette));
                if row.joined {
                    line(ui, pos2(rect.right() - 90.0, rect.center().y), 80.0, &joined, lesser(palette));
                }
            });
            if response.clicked() {
                if row.joined {
                    view.push(Command::Open(row.room.clone()));
                    view.push(Command::Show(None));
                } else {
                    let request = Request::Join { door: Door::Room(row.room.clone()) };
                    view.push(Command::Ask(Purpose::Room, request));
                }
            }
        }
    });
    if let Some(refused) = &view.state.refused {
        ui.label(egui::RichText::new(refused).color(palette(ui).danger));
    }
    ui.add_space(GRID);
    if ui.button(view.get("sidebar-new-room")).clicked() {
        let dialog =
            crate::dialog::Dialog::NewRoom { name: query.clone(), topic: String::new(), private: false };
        view.push(Command::Show(Some(dialog)));
    }
}

/// Puts a sign to a message.
pub(super) fn react(ui: &mut Ui, view: &mut View<'_>, room: &RoomName, seq: Seq, query: &mut String) {
    title(ui, &view.get("react-title"));
    search(ui, &view.get("react-field"), query);
    let enter = entered(ui);
    let part = query.trim().trim_matches(':');
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
        for (index, (name, sign)) in emoji::find(part).take(SIGNS_MAX).enumerate() {
            let text = medium(sign).size(19.0);
            let button = Button::new(text).frame_when_inactive(false).min_size(vec2(38.0, 38.0));
            let response = ui.add(button).accessible_name(name).on_hover_text(format!(":{name}:"));
            if response.clicked() || (enter && index == 0 && !part.is_empty()) {
                let emoji = sign.to_owned();
                view.push(Command::User(User::React { room: room.clone(), seq, emoji, on: true }));
                view.push(Command::Show(None));
            }
        }
    });
}
