//! Finds what was said, by words or by day, and goes there.

use super::title;
use crate::command::{Command, Purpose};
use crate::markup;
use crate::theme::{BODY, GRID, format, palette};
use crate::view::View;
use crate::view::timeline::one_lined;
use crate::view::widgets::{How, field, lesser, line, list_row, nothing, primary};
use egui::{Key, RichText, ScrollArea, Ui, pos2};
use sala_core::limits::FOUND_MAX;
use sala_core::protocol::{Found, Request, Search};

/// Height of the list of what was found, at most.
const LIST: f32 = 300.0;

pub(super) fn search(
    ui: &mut Ui,
    view: &mut View<'_>,
    words: &mut String,
    day: &mut String,
    here: &mut bool,
) {
    title(ui, &view.get("search-title"));
    let (response, text) = field(ui, &view.get("search-words"), words, None, How::Line);
    if ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
    *words = text.unwrap_or_else(|| std::mem::take(words));
    let until = view.when.end_of(day);
    let wrong = (!day.trim().is_empty() && until.is_none()).then(|| view.get("search-day-bad"));
    let (_, text) = field(ui, &view.get("search-day"), day, wrong.as_deref(), How::Line);
    *day = text.unwrap_or_else(|| std::mem::take(day));
    ui.checkbox(here, view.get("search-here"));
    let room = view.state.room.clone().filter(|_| *here);
    // A server is asked for something: words, or at least a room and a day.
    let ready = wrong.is_none() && (!words.trim().is_empty() || (until.is_some() && room.is_some()));
    let enter = ui.input(|input| input.key_pressed(Key::Enter));
    let clicked = ui.add_enabled_ui(ready, |ui| primary(ui, &view.get("search-find"))).inner.clicked();
    if ready && (clicked || enter) {
        let search =
            Search { words: words.trim().to_owned(), room, until, limit: FOUND_MAX, ..Search::default() };
        view.push(Command::Ask(Purpose::List, Request::Search(search)));
    }
    if let Some(refused) = &view.state.refused {
        ui.label(RichText::new(refused).color(palette(ui).danger));
    }
    let Some(found) = &view.state.lists.found else { return };
    if found.is_empty() {
        nothing(ui, &view.get("search-none"));
    }
    let found = found.clone();
    let area = ScrollArea::vertical().max_height(LIST).min_scrolled_height(LIST);
    area.auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for found in &found {
            row(ui, view, found);
        }
    });
    ui.add_space(GRID);
}

fn row(ui: &mut Ui, view: &mut View<'_>, found: &Found) {
    let entry = &found.entry.entry;
    let text = one_lined(&markup::read(entry.act.text().unwrap_or_default()).text);
    let shown = view.model.rooms.get(&found.room).map(|held| held.shown(&found.room)).unwrap_or_default();
    let moment = view.words.moment(entry.at, view.now.wall, view.when);
    let above = format!("{} · {shown} · {moment}", entry.author);
    let response = list_row(ui, 46.0, false, &text, |ui, rect, palette| {
        let (left, width) = (rect.left() + 12.0, rect.width() - 24.0);
        line(ui, pos2(left, rect.center().y - 10.0), width, &above, lesser(palette));
        line(ui, pos2(left, rect.center().y + 9.0), width, &text, format(BODY, palette.text));
    });
    if response.clicked() {
        view.push(Command::Show(None));
        view.push(Command::Jump(found.room.clone(), found.entry.seq));
    }
}
