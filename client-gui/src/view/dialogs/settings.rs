//! What can be set: how the window looks, in which language, and when it calls.

use super::{answer, line, title};
use crate::command::Command;
use crate::dialog::Dialog;
use crate::settings::{Language, Theme};
use crate::theme::GRID;
use crate::view::View;
use crate::view::widgets::{How, at_end, check, choice, primary, section, weak};
use egui::Ui;

/// Sizes that are offered, 1 being as designed.
const SCALES: [f32; 5] = [0.8, 1.0, 1.2, 1.5, 1.8];

pub(super) fn settings(ui: &mut Ui, view: &mut View<'_>) {
    title(ui, &view.get("settings-title"));
    let mut new = view.state.settings.clone();
    section(ui, &view.get("settings-theme"));
    let themes = [
        (Theme::System, view.get("theme-system")),
        (Theme::Light, view.get("theme-light")),
        (Theme::Dark, view.get("theme-dark")),
    ];
    if let Some(theme) = choice(ui, &themes, new.theme) {
        new.theme = theme;
    }
    section(ui, &view.get("settings-language"));
    let languages = [
        (None, view.get("language-system")),
        // Each language is called as those who speak it call it.
        (Some(Language::English), "English".to_owned()),
        (Some(Language::Portuguese), "Português".to_owned()),
    ];
    if let Some(language) = choice(ui, &languages, new.language) {
        new.language = language;
    }
    section(ui, &view.get("settings-text"));
    // A slider would move under the hand that draws it.
    let scales = SCALES.map(|scale| (scale, format!("{:.0} %", scale * 100.0)));
    if let Some(scale) = choice(ui, &scales, new.text_scale) {
        new.text_scale = scale;
    }
    check(ui, &mut new.notify, &view.get("settings-notify"));
    if new != view.state.settings {
        view.push(Command::Set(new));
    }
    section(ui, &view.get("settings-own"));
    if ui.button(view.get("export-open")).clicked() {
        let path = view.words.put("export-file", [("name", view.model.name.as_str().into())]);
        view.push(Command::Show(Some(Dialog::Export { path })));
    }
    ui.add_space(2.0 * GRID);
    at_end(ui, |ui| {
        if primary(ui, &view.get("close")).clicked() {
            view.push(Command::Show(None));
        }
    });
}

/// Writes into a file all that one has written.
pub(super) fn export(ui: &mut Ui, view: &mut View<'_>, path: &mut String) {
    title(ui, &view.get("export-title"));
    weak(ui, &view.get("export-hint"));
    line(ui, &view.get("field-file"), path, None, How::Line, true);
    if answer(ui, view, &view.get("export-do"), !path.trim().is_empty(), false) {
        view.push(Command::Export(path.trim().to_owned()));
    }
}
