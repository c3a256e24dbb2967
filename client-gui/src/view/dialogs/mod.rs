//! What lies above all else until it is answered or closed.

mod pick;
mod search;
mod day;
mod versions;
mod account;
mod server;
mod ask;
mod link;
mod settings;

use super::View;
use super::widgets::{How, at_end, dangerous, field, primary};
use crate::command::Command;
use crate::dialog::Dialog;
use crate::theme::{GRID, TITLE, bold, palette};
use egui::text_edit::TextEditState;
use egui::{Id, Key, Modal, RichText, ScrollArea, Ui};

const WIDTH: f32 = 420.0;

/// Draws the dialogue that is open.
pub(crate) fn dialogs(ui: &Ui, view: &mut View<'_>) {
    let Some(dialog) = view.state.dialog.clone() else { return };
    let mut new = dialog.clone();
    let frame = egui::Frame::window(ui.style()).inner_margin(egui::Margin::same(20));
    let modal = Modal::new(Id::unique(("dialog", std::mem::discriminant(&dialog)))).frame(frame).show(
        ui.ctx(),
        |ui| {
            ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 60.0));
            // What is higher than the window is scrolled.
            let height = ui.ctx().content_rect().height() - 60.0;
            let area =
                ScrollArea::vertical().id_salt("dialog").max_height(height).min_scrolled_height(height);
            area.show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0 * GRID;
                draw(ui, view, &mut new);
            });
        },
    );
    if new != dialog {
        // What is to be done with it comes after what it is to hold.
        view.commands.insert(0, Command::Show(Some(new)));
    }
    if modal.should_close() {
        view.push(Command::Show(None));
    }
}

fn draw(ui: &mut Ui, view: &mut View<'_>, dialog: &mut Dialog) {
    match dialog {
        Dialog::Switcher { query, at } => pick::switcher(ui, view, query, at),
        Dialog::Browse { query } => pick::browse(ui, view, query),
        Dialog::React { room, seq, query } => pick::react(ui, view, room, *seq, query),
        Dialog::Search(query) => search::search(ui, view, query),
        Dialog::Day { room, month } => day::day(ui, view, room, month),
        Dialog::Versions { room, seq } => versions::versions(ui, view, room, *seq),
        Dialog::Me => account::me(ui, view),
        Dialog::Password { old, new } => account::password(ui, view, old, new),
        Dialog::Codes { password, code, enrolment } => {
            account::codes(ui, view, password, code, enrolment);
        }
        Dialog::CodesOff { password } => account::codes_off(ui, view, password),
        Dialog::SignIn { password, code } => account::sign_in_again(ui, view, password, code),
        Dialog::Erase { password, name } => account::erase(ui, view, password, name),
        Dialog::Server(filled) => server::server(ui, view, filled),
        Dialog::JoinByLink { link } => link::join(ui, view, link),
        Dialog::LinkAway { link, here } => link::away(ui, view, link, here),
        Dialog::Link { room, hours, uses } => link::make(ui, view, room, hours, uses),
        Dialog::LinkMade { link } => link::made(ui, view, link),
        Dialog::Settings => settings::settings(ui, view),
        Dialog::Export { path } => settings::export(ui, view, path),
        other => ask::ask(ui, view, other),
    }
}

/// The words above everything in a dialogue.
fn title(ui: &mut Ui, text: &str) {
    let palette = palette(ui);
    ui.label(bold(text).size(TITLE).color(palette.text));
}

/// A line to write into; the first of a dialogue has the keyboard from the start.
fn line(ui: &mut Ui, name: &str, held: &mut String, wrong: Option<&str>, how: How, first: bool) {
    let (response, text) = field(ui, name, held, wrong, how);
    if let Some(text) = text {
        *held = text;
    }
    if first && ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
    ui.add_space(GRID);
}

/// Whether what is written is confirmed by the key. With a button or a box in focus the key means that, and no more.
fn entered(ui: &Ui) -> bool {
    let pressed = ui.input(|input| input.key_pressed(Key::Enter) && !input.modifiers.shift);
    let focused = ui.memory(egui::Memory::focused);
    pressed && focused.is_none_or(|id| TextEditState::load(ui.ctx(), id).is_some())
}

/// The buttons below everything in a dialogue, and what is wrong with what stands in it. Whether the answer was given.
fn answer(ui: &mut Ui, view: &mut View<'_>, text: &str, ready: bool, danger: bool) -> bool {
    let palette = palette(ui);
    if let Some(refused) = &view.state.refused {
        ui.label(RichText::new(refused).color(palette.danger));
    }
    ui.add_space(GRID);
    let mut given = ready && !view.state.waiting && entered(ui);
    at_end(ui, |ui| {
        let ready = ready && !view.state.waiting;
        let button = |ui: &mut Ui| if danger { dangerous(ui, text) } else { primary(ui, text) };
        given |= ui.add_enabled_ui(ready, button).inner.clicked();
        if ui.button(view.get("cancel")).clicked() {
            view.push(Command::Show(None));
        }
    });
    given
}
