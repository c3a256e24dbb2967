//! What lies above all else until it is answered or closed.

mod pick;
mod search;
mod ask;
mod settings;

use super::View;
use super::widgets::{dangerous, primary};
use crate::command::Command;
use crate::state::Dialog;
use crate::theme::{GRID, TITLE, bold, palette};
use egui::{Id, Key, Modal, RichText, Ui};

const WIDTH: f32 = 420.0;

/// Draws the dialogue that is open.
pub(crate) fn dialogs(ui: &Ui, view: &mut View<'_>) {
    let Some(dialog) = view.state.dialog.clone() else { return };
    let mut new = dialog.clone();
    let frame = egui::Frame::window(ui.style()).inner_margin(egui::Margin::same(20));
    let modal = Modal::new(Id::unique("dialog")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 60.0));
        ui.spacing_mut().item_spacing.y = 2.0 * GRID;
        match &mut new {
            Dialog::Switcher { query, at } => pick::switcher(ui, view, query, at),
            Dialog::Browse { query } => pick::browse(ui, view, query),
            Dialog::React { room, seq, query } => pick::react(ui, view, room, *seq, query),
            Dialog::Search { words, day, here } => search::search(ui, view, words, day, here),
            Dialog::Settings => settings::settings(ui, view),
            other => ask::ask(ui, view, other),
        }
    });
    if new != dialog {
        // What is to be done with it comes after what it is to hold.
        view.commands.insert(0, Command::Show(Some(new)));
    }
    if modal.should_close() {
        view.push(Command::Show(None));
    }
}

/// The words above everything in a dialogue.
fn title(ui: &mut Ui, text: &str) {
    let palette = palette(ui);
    ui.label(bold(text).size(TITLE).color(palette.text));
}

/// The buttons below everything in a dialogue, and what is wrong with what stands in it. Whether the answer was given.
fn answer(ui: &mut Ui, view: &mut View<'_>, text: &str, ready: bool, danger: bool) -> bool {
    let palette = palette(ui);
    if let Some(refused) = &view.state.refused {
        ui.label(RichText::new(refused).color(palette.danger));
    }
    ui.add_space(GRID);
    let mut given = ready
        && !view.state.waiting
        && ui.input(|input| input.key_pressed(Key::Enter) && !input.modifiers.shift);
    ui.with_layout(super::sidebar::at_right(), |ui| {
        let ready = ready && !view.state.waiting;
        let button = |ui: &mut Ui| if danger { dangerous(ui, text) } else { primary(ui, text) };
        given |= ui.add_enabled_ui(ready, button).inner.clicked();
        if ui.button(view.get("cancel")).clicked() {
            view.push(Command::Show(None));
        }
    });
    given
}
