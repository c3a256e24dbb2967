//! What room one is in, and what can be done with it as a whole.

use super::View;
use super::members::may_invite;
use super::order::new_link;
use super::person::item;
use super::sidebar::at_right;
use super::widgets::{quiet, weak};
use crate::command::{Command, Purpose};
use crate::dialog::{Dialog, Query};
use crate::state::Panel;
use crate::theme::{SMALL, TITLE, bold, medium, palette};
use egui::{Frame, Label, Margin, Popup, RichText, ScrollArea, Ui};
use sala_core::client::RoomView;
use sala_core::entry::{Role, RoomKind};
use sala_core::name::RoomName;
use sala_core::protocol::Request;

/// Height of the list of pinned messages, at most.
const PINS: f32 = 360.0;
/// Below this width what can be done stands in the menu alone, and leaves the room's name in sight.
const WIDE: f32 = 480.0;

/// Draws the line above a conversation.
pub(crate) fn head(ui: &mut Ui, view: &mut View<'_>, room: &RoomName) {
    let Some(held) = view.model.rooms.get(room) else { return };
    let palette = palette(ui);
    Frame::new().inner_margin(Margin { left: 20, right: 12, top: 8, bottom: 8 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_min_height(40.0);
            ui.with_layout(at_right(), |ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                let wide = ui.available_width() > WIDE;
                buttons(ui, view, room, held, wide);
                ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                    ui.spacing_mut().item_spacing.y = 1.0;
                    ui.add_space(if held.topic.is_empty() { 9.0 } else { 0.0 });
                    ui.add(Label::new(bold(held.shown(room)).size(TITLE).color(palette.text)).truncate());
                    if !held.topic.is_empty() {
                        let topic = super::timeline::one_lined(&held.topic);
                        let topic = RichText::new(topic).size(SMALL).color(palette.weak);
                        ui.add(Label::new(topic).truncate());
                    }
                });
            });
        });
    });
    let line = ui.min_rect();
    ui.painter().hline(line.x_range(), line.bottom(), egui::Stroke::new(1.0, palette.line));
}

fn buttons(ui: &mut Ui, view: &mut View<'_>, room: &RoomName, held: &RoomView, wide: bool) {
    let palette = palette(ui);
    // What calls for the moderators is seen in a narrow window, too.
    let waiting = if held.role >= Role::Moderator { held.waiting } else { 0 };
    let calls = !wide && held.reports + waiting > 0;
    let color = if calls { palette.danger } else { palette.weak };
    let more = quiet(ui, bold("···").size(18.0).color(color));
    let more = more.accessible_name(view.get("room-more"));
    Popup::menu(&more).show(|ui| menu(ui, view, room, held, wide));
    if !wide {
        return;
    }
    if held.role >= Role::Moderator {
        let text = match (held.reports, waiting) {
            (0, 0) => view.get("room-order"),
            (reports, 0) => view.words.put("room-order-reports", [("count", reports.into())]),
            (reports, waiting) => view.words.put("room-order-calls", [("count", (reports + waiting).into())]),
        };
        let color = if held.reports + waiting > 0 { palette.danger } else { palette.weak };
        if quiet(ui, medium(text).color(color)).clicked() {
            side(view, Panel::Order);
        }
    }
    let text = view.words.put("room-members", [("count", held.members.len().into())]);
    if quiet(ui, medium(text).color(palette.weak)).clicked() {
        side(view, Panel::Members);
    }
    if !held.pins.is_empty() {
        let text = view.words.put("room-pins", [("count", held.pins.len().into())]);
        let pins = quiet(ui, medium(text).color(palette.weak));
        Popup::menu(&pins).show(|ui| pinned(ui, view, room, held));
    }
}

/// The messages that are kept in sight: a click goes there.
fn pinned(ui: &mut Ui, view: &mut View<'_>, room: &RoomName, held: &RoomView) {
    ui.set_min_width(280.0);
    ui.set_max_width(360.0);
    ScrollArea::vertical().max_height(PINS).show(ui, |ui| {
        for seq in &held.pins {
            let post = held.timeline.entry(*seq).zip(held.timeline.post(*seq));
            let text = post.map_or_else(
                || view.get("row-answers-unknown"),
                |(entry, post)| format!("{}: {}", entry.author, super::timeline::one_lined(&post.text)),
            );
            let button = egui::Button::new(text).truncate().min_size(egui::vec2(ui.available_width(), 0.0));
            if ui.add(button).clicked() {
                view.push(Command::Jump(room.clone(), *seq));
                ui.close();
            }
        }
    });
}

/// Shows a panel, or closes it if it is the one that is shown.
fn side(view: &mut View<'_>, panel: Panel) {
    let shown = view.panel == Some(panel);
    view.push(Command::Side(if shown { None } else { Some(panel) }));
}

fn menu(ui: &mut Ui, view: &mut View<'_>, room: &RoomName, held: &RoomView, wide: bool) {
    ui.set_min_width(200.0);
    let direct = held.kind == RoomKind::Direct;
    if let Some(days) = held.keep_days {
        weak(ui, &view.words.put("room-kept", [("days", days.into())]));
        ui.separator();
    }
    if !wide {
        if item(ui, view, "members-title") {
            side(view, Panel::Members);
        }
        if held.role >= Role::Moderator && item(ui, view, "room-order") {
            side(view, Panel::Order);
        }
        if !held.pins.is_empty() {
            let text = view.words.put("room-pins", [("count", held.pins.len().into())]);
            ui.menu_button(text, |ui| pinned(ui, view, room, held));
        }
        ui.separator();
    }
    if item(ui, view, "room-search") {
        view.push(Command::Show(Some(Dialog::Search(Query { here: true, ..Query::default() }))));
    }
    if item(ui, view, "room-day") {
        let month = view.when.day(view.now.wall).month();
        view.push(Command::Show(Some(Dialog::Day { room: room.clone(), month })));
    }
    if !direct && item(ui, view, "room-topic") {
        view.push(Command::Show(Some(Dialog::Topic { room: room.clone(), text: held.topic.clone() })));
    }
    if may_invite(held) && item(ui, view, "room-invite") {
        view.push(Command::Show(Some(Dialog::Invite { room: room.clone(), name: String::new() })));
    }
    if !direct && held.role >= Role::Moderator && item(ui, view, "room-link") {
        view.push(Command::Show(Some(new_link(room))));
    }
    if held.role == Role::Owner && !direct {
        if item(ui, view, "room-rename") {
            let to = held.shown(room);
            view.push(Command::Show(Some(Dialog::Rename { room: room.clone(), to })));
        }
        let key = if held.archived { "room-unarchive" } else { "room-archive" };
        if item(ui, view, key) {
            let request = Request::Archive { room: room.clone(), on: !held.archived };
            view.push(Command::Ask(Purpose::Plain, request));
        }
        if item(ui, view, "room-close") {
            let dialog = Dialog::Close { room: room.clone(), reason: String::new() };
            view.push(Command::Show(Some(dialog)));
        }
    }
    if !direct && item(ui, view, "room-leave") {
        view.push(Command::Show(Some(Dialog::LeaveRoom { room: room.clone() })));
    }
}
