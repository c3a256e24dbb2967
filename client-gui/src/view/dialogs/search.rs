//! Finds what was said, by words, by whom and when, and goes there.

use super::{entered, line, title};
use crate::command::{Command, Purpose};
use crate::dialog::Query;
use crate::markup;
use crate::theme::{BODY, GRID, format, palette};
use crate::view::View;
use crate::view::timeline::one_lined;
use crate::view::widgets::{How, check, lesser, line as text_line, list_row, nothing, primary};
use crate::when::Day;
use egui::{RichText, ScrollArea, Ui, pos2};
use sala_core::limits::FOUND_MAX;
use sala_core::name::Name;
use sala_core::protocol::{Found, Request, Search};

/// Height of the list of what was found, at most.
const LIST: f32 = 260.0;

pub(super) fn search(ui: &mut Ui, view: &mut View<'_>, query: &mut Query) {
    title(ui, &view.get("search-title"));
    line(ui, &view.get("search-words"), &mut query.words, None, How::Line, true);
    let author = Name::parse(query.author.trim().trim_start_matches('@'));
    let author_bad = (!query.author.trim().is_empty() && author.is_err()).then(|| view.get("name-bad"));
    line(ui, &view.get("search-author"), &mut query.author, author_bad.as_deref(), How::Line, false);
    let [since, until] = [&query.since, &query.until].map(|text| Day::read(text));
    let [since_bad, until_bad] = [(&query.since, since), (&query.until, until)]
        .map(|(text, day)| (!text.trim().is_empty() && day.is_none()).then(|| view.get("search-day-bad")));
    ui.columns(2, |columns| {
        line(
            &mut columns[0],
            &view.get("search-since"),
            &mut query.since,
            since_bad.as_deref(),
            How::Line,
            false,
        );
        line(
            &mut columns[1],
            &view.get("search-until"),
            &mut query.until,
            until_bad.as_deref(),
            How::Line,
            false,
        );
    });
    check(ui, &mut query.here, &view.get("search-here"));
    let room = view.state.room.clone().filter(|_| query.here);
    let (since, until) =
        (since.and_then(|day| view.when.start_of(day)), until.and_then(|day| view.when.end_of(day)));
    let search = Search {
        words: query.words.trim().to_owned(),
        room,
        author: author.ok(),
        since,
        until,
        before: None,
        limit: FOUND_MAX,
    };
    // A server is asked for something: words, a person, or at least a room and a day.
    let narrow = search.room.is_some() && (since.is_some() || until.is_some());
    let something = !search.words.is_empty() || search.author.is_some() || narrow;
    let ready = something && author_bad.is_none() && since_bad.is_none() && until_bad.is_none();
    let enter = entered(ui);
    let clicked = ui.add_enabled_ui(ready, |ui| primary(ui, &view.get("search-find"))).inner.clicked();
    if ready && (clicked || enter) {
        view.push(Command::Search(search));
    }
    if let Some(refused) = &view.state.refused {
        ui.label(RichText::new(refused).color(palette(ui).danger));
    }
    found(ui, view);
}

/// What was found, and the way to more of it.
fn found(ui: &mut Ui, view: &mut View<'_>) {
    let Some(found) = &view.state.lists.found else { return };
    if found.is_empty() {
        nothing(ui, &view.get("search-none"));
    }
    let (found, on) = (found.clone(), view.state.lists.found_on.clone());
    let area = ScrollArea::vertical().max_height(LIST).min_scrolled_height(LIST);
    area.auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for found in &found {
            row(ui, view, found);
        }
        if let Some(search) = on.filter(|search| search.before.is_some())
            && ui.button(view.get("more")).clicked()
        {
            view.push(Command::Ask(Purpose::More, Request::Search(search)));
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
    let response = list_row(ui, 46.0, false, &format!("{above}: {text}"), |ui, rect, palette| {
        let (left, width) = (rect.left() + 12.0, rect.width() - 24.0);
        text_line(ui, pos2(left, rect.center().y - 10.0), width, &above, lesser(palette));
        text_line(ui, pos2(left, rect.center().y + 9.0), width, &text, format(BODY, palette.text));
    });
    if response.clicked() {
        view.push(Command::Show(None));
        view.push(Command::Jump(found.room.clone(), found.entry.seq));
    }
}
