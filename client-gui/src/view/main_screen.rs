//! The screen on which one talks: rooms at the left, the conversation, and who is there at the right.

use super::View;
use super::composer::composer;
use super::dialogs::dialogs;
use super::friends::friends;
use super::head::head;
use super::members::{members, panel_head};
use super::order::order;
use super::sidebar::sidebar;
use super::status::status;
use super::timeline::{Sight, timeline};
use super::toasts::toasts;
use crate::command::Command;
use crate::dialog::{Dialog, Query};
use crate::state::Panel as Side;
use crate::theme::{TITLE, bold, palette};
use egui::{CentralPanel, Frame, Key, Margin, Modifiers, Panel, RichText, Ui};
use sala_core::name::RoomName;

/// Below this width the panel at the right makes way.
const WIDE: f32 = 760.0;

/// Draws the whole window of somebody who is in.
pub(crate) fn main_screen(ui: &mut Ui, view: &mut View<'_>, sight: &mut Sight) {
    keys(ui, view);
    let palette = palette(ui);
    status(ui, view);
    let side = Frame::new().fill(palette.side).inner_margin(Margin { left: 8, right: 8, top: 8, bottom: 8 });
    let room = view.state.room.clone().filter(|room| view.model.rooms.contains_key(room));
    let wide = ui.available_width() > WIDE;
    let has_room = room.is_some();
    let fits = |panel: &Side| (has_room || *panel == Side::Friends) && (wide || view.state.panel_asked);
    view.panel = view.state.panel.filter(fits);
    // Where there is no room for both, what was asked for takes the place of the rooms.
    if wide || view.panel.is_none() {
        Panel::left("sidebar")
            .frame(side)
            .default_size(248.0)
            .size_range(180.0..=380.0)
            .show_separator_line(false)
            .show(ui, |ui| sidebar(ui, view));
    }
    if let Some(panel) = view.panel {
        Panel::right("side")
            .frame(side)
            .default_size(232.0)
            .size_range(180.0..=420.0)
            .show_separator_line(false)
            .show(ui, |ui| right(ui, view, panel, room.as_ref()));
    }
    CentralPanel::default().frame(Frame::new().fill(palette.ground)).show(ui, |ui| match room {
        Some(room) => conversation(ui, view, sight, &room),
        None => empty(ui, view),
    });
    dialogs(ui, view);
    toasts(ui, view);
}

fn right(ui: &mut Ui, view: &mut View<'_>, panel: Side, room: Option<&RoomName>) {
    let title = match panel {
        Side::Members => "members-title",
        Side::Friends => "friends-title",
        Side::Order => "order-title",
    };
    panel_head(ui, view, &view.get(title));
    match (panel, room) {
        (Side::Friends, _) => friends(ui, view),
        (Side::Members, Some(room)) => members(ui, view, room),
        (Side::Order, Some(room)) => order(ui, view, room),
        (Side::Members | Side::Order, None) => {}
    }
}

fn conversation(ui: &mut Ui, view: &mut View<'_>, sight: &mut Sight, room: &RoomName) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let frame = Frame::new();
    Panel::top("head").frame(frame).show_separator_line(false).show(ui, |ui| head(ui, view, room));
    Panel::bottom("composer")
        .frame(frame)
        .show_separator_line(false)
        .resizable(false)
        .show(ui, |ui| composer(ui, view, sight, room));
    CentralPanel::default().frame(frame).show(ui, |ui| timeline(ui, view, sight, room));
}

/// Nothing is open.
fn empty(ui: &mut Ui, view: &mut View<'_>) {
    let palette = palette(ui);
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.35);
        ui.label(bold(view.get("empty-title")).size(TITLE).color(palette.text));
        ui.label(RichText::new(view.get("empty-hint")).color(palette.weak));
        ui.add_space(12.0);
        if super::widgets::primary(ui, &view.get("sidebar-browse")).clicked() {
            view.push(Command::User(sala_core::client::User::Rooms));
            view.push(Command::Show(Some(Dialog::Browse { query: String::new() })));
        }
    });
}

/// Keys that mean the same wherever the keyboard is.
fn keys(ui: &Ui, view: &mut View<'_>) {
    let (find, search, next, back) = ui.input_mut(|input| {
        (
            input.consume_key(Modifiers::COMMAND, Key::K),
            input.consume_key(Modifiers::COMMAND, Key::F),
            input.consume_key(Modifiers::ALT, Key::ArrowDown),
            input.consume_key(Modifiers::ALT, Key::ArrowUp),
        )
    });
    if find {
        view.push(Command::Show(Some(Dialog::Switcher { query: String::new(), at: 0 })));
    }
    if search {
        let query = Query { here: view.state.room.is_some(), ..Query::default() };
        view.push(Command::Show(Some(Dialog::Search(query))));
    }
    if !(next || back) {
        return;
    }
    let rooms: Vec<&RoomName> = super::sidebar::in_order(view.model);
    let Some(last) = rooms.len().checked_sub(1) else { return };
    let at = view.state.room.as_ref().and_then(|room| rooms.iter().position(|held| *held == room));
    let to = match at {
        None => 0,
        Some(at) if next => (at + 1) % rooms.len(),
        Some(at) => at.checked_sub(1).unwrap_or(last),
    };
    view.push(Command::Open(rooms[to].clone()));
}
