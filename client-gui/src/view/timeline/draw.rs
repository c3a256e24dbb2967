//! Draws one row of a timeline, and hears what is done to it.

use super::items::{Item, Key, What};
use super::row::{CHIP_HEIGHT, Chip, DAY_HEIGHT, GUTTER, LINE_HEIGHT, RIGHT, Row};
use crate::command::Command;
use crate::dialog::Dialog;
use crate::markup::{self, Marked};
use crate::state::Writing;
use crate::theme::{CORNER, GRID, SMALL, bold_format, format, medium, palette};
use crate::view::View;
use crate::view::person::{item as menu_item, person_menu};
use crate::view::widgets::avatar;
use egui::text_selection::LabelSelectionState;
use egui::{
    Align2, Button, CursorIcon, Galley, Id, OpenUrl, Popup, Pos2, Rect, Response, Role, Sense, Stroke,
    StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use sala_core::client::{Ticket, User};
use sala_core::entry::{Act, Post, Role as Rank, RoomEntry, Seq};
use sala_core::limits::TIMELINE_ENTRIES_MAX;
use sala_core::name::RoomName;
use sala_core::protocol::Page;
use std::sync::Arc;

/// After how many places the names come again by which egui knows rows.
///
/// It keeps where each thing stood that could take the focus, and in builds for tests how each name was made as well, for
/// ever: that alone was 100 MB after 40,000 rows. No two rows of what is held without a gap share a name.
const NAMES: u64 = 8_192;
const _: () = assert!(NAMES > TIMELINE_ENTRIES_MAX as u64);

/// What egui knows the row by that shows this place.
fn known_by(seq: Seq) -> u64 {
    seq.0 % NAMES
}

/// Where a row stands.
#[derive(Clone, Copy)]
struct Spot {
    /// All of it.
    rect: Rect,
    /// What is below the lines that separate it from what was before.
    content: Rect,
    /// How much it stands out, from 0 to 1.
    flash: f32,
}

/// Draws a row where it stands. `flash` is how much it stands out, from 0 to 1.
pub(crate) fn row(
    ui: &mut Ui,
    view: &mut View<'_>,
    room: &RoomName,
    item: &Item,
    row: &Row,
    rect: Rect,
    flash: f32,
) {
    let palette = palette(ui);
    if let Some(day) = item.day {
        let text = view.words.day(day, view.when.day(view.now.wall));
        let at = Rect::from_min_size(rect.min, vec2(rect.width(), DAY_HEIGHT));
        // A day leads to all others.
        let response = rule(ui, at, &text, (palette.weak, palette.line), Sense::click());
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            let dialog = Dialog::Day { room: room.clone(), month: day.month() };
            view.push(Command::Show(Some(dialog)));
        }
    }
    if item.line {
        let at = Rect::from_min_size(
            pos2(rect.left(), rect.top() + row.top.line),
            vec2(rect.width(), LINE_HEIGHT),
        );
        let colors = (palette.accent, palette.accent);
        rule(ui, at, &view.get("timeline-unread"), colors, Sense::hover());
    }
    let content = Rect::from_min_max(pos2(rect.left(), rect.top() + row.top.content), rect.max);
    match (item.what, item.key) {
        (What::Post, Key::Log { seq, .. }) => {
            let entry = view.model.rooms.get(room).and_then(|view| view.timeline.entry(seq));
            if let Some(entry) = entry
                && let Act::Post(post) = &entry.act
            {
                let spot = Spot { rect, content, flash };
                said(ui, view, room, (seq, entry, post), row, spot);
            }
        }
        (What::Held, Key::Held(held)) => {
            unsaid(ui, row, rect, ui.scope_id().with(("held", held.0)));
        }
        (What::Pending, Key::Pending(ticket)) => pending(ui, view, row, rect, ticket),
        (What::Skipped { from, to }, _) => skipped(ui, view, room, row, rect, (from, to)),
        _ => {
            let at = rect.min + vec2(GUTTER, row.top.body);
            text(
                ui,
                ui.scope_id().with(("aside", item.key.seq().map(known_by))),
                at,
                &row.body,
                row.body.text(),
            );
        }
    }
}

fn said(
    ui: &mut Ui,
    view: &mut View<'_>,
    room: &RoomName,
    (seq, entry, post): (Seq, &RoomEntry, &Post),
    row: &Row,
    Spot { rect, content, flash }: Spot,
) {
    let palette = palette(ui);
    let id = ui.scope_id().with(("row", known_by(seq)));
    let response = ui.interact(content, id, Sense::click());
    response.widget_info(|| {
        let values = [("author", entry.author.as_str().into()), ("time", view.when.time(entry.at).into())];
        WidgetInfo::labeled(Role::ListItem, true, view.words.put("row-name", values))
    });
    let names_us = view.model.is_called_by(entry, post);
    let menu_id = id.with("menu");
    let menu_open = Popup::is_id_open(ui.ctx(), menu_id);
    let over = (response.container_contains_pointer() && !ui.ctx().any_popup_open()) || menu_open;
    if names_us {
        ui.painter().rect_filled(content, 0.0, palette.warn_tint);
        let edge = Rect::from_min_size(content.min, vec2(3.0, content.height()));
        ui.painter().rect_filled(edge, 0.0, palette.warn);
    } else if over || response.has_focus() {
        ui.painter().rect_filled(content, 0.0, palette.hover.gamma_multiply(0.6));
    }
    let chosen = view.state.rooms.get(room).is_some_and(|desk| desk.chosen.contains(&seq));
    if chosen {
        ui.painter().rect_filled(content, 0.0, palette.tint);
    }
    // With the control key a click chooses.
    if ui.input(|input| input.modifiers.command) && response.container_clicked() {
        view.push(Command::Choose(room.clone(), seq));
    }
    if flash > 0.0 {
        ui.painter().rect_filled(content, 0.0, palette.tint.gamma_multiply(flash));
    }
    if response.has_focus() {
        ui.painter().rect_stroke(content, 4.0, Stroke::new(2.0, palette.accent), StrokeKind::Inside);
    }
    head(ui, view, room, row, rect, id);
    if row.head.is_none() && over {
        let time = view.when.time(entry.at);
        let at = pos2(rect.left() + GUTTER - 2.0 * GRID, rect.top() + row.top.body + 10.5);
        ui.painter().text(
            at,
            Align2::RIGHT_CENTER,
            time,
            egui::FontId::proportional(SMALL - 1.0),
            palette.weak,
        );
    }
    answered(ui, view, room, row, rect, id);
    let at = rect.min + vec2(GUTTER, row.top.body);
    text(ui, id.with("text"), at, &row.body, &row.marked.text);
    links(ui, &row.marked, &row.body, at, id);
    chips(ui, view, room, seq, row, rect);
    if post.text.is_empty() {
        return;
    }
    if over || response.has_focus() {
        tools(ui, view, room, (seq, entry, post), content, menu_id);
    }
    let opened = response.container_secondary_clicked() && ui.rect_contains_pointer(content);
    Popup::menu(&response)
        .id(menu_id.with("context"))
        .open_memory(opened.then_some(egui::SetOpenCommand::Bool(true)))
        .at_pointer_fixed()
        .show(|ui| message_menu(ui, view, room, (seq, entry, post)));
}

/// Who spoke, with his picture and the time; his name opens the menu on him.
fn head(ui: &mut Ui, view: &mut View<'_>, room: &RoomName, row: &Row, rect: Rect, id: egui::Id) {
    let Some((name, author, time)) = &row.head else { return };
    let palette = palette(ui);
    let top = rect.top() + row.top.head;
    avatar(ui, pos2(rect.left() + GUTTER - 28.0, top + 18.0), 34.0, name.as_str());
    let at = pos2(rect.left() + GUTTER, top);
    let response = ui.interact(Rect::from_min_size(at, author.size()), id.with("author"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name.as_str()));
    let color = palette.name(name.as_str());
    ui.painter().galley(at, Arc::clone(author), color);
    if response.hovered() || response.has_focus() {
        let y = at.y + author.size().y - 1.0;
        ui.painter().hline(at.x..=at.x + author.size().x, y, Stroke::new(1.0, color));
    }
    Popup::menu(&response).show(|ui| person_menu(ui, view, Some(room), name));
    let time_at = pos2(at.x + author.size().x + 2.0 * GRID, at.y + 2.0);
    ui.painter().galley(time_at, Arc::clone(time), palette.weak);
}

/// What a post answers: a click goes there.
fn answered(ui: &mut Ui, view: &mut View<'_>, room: &RoomName, row: &Row, rect: Rect, id: egui::Id) {
    let Some((to, galley)) = &row.reply else { return };
    let palette = palette(ui);
    let at = pos2(rect.left() + GUTTER, rect.top() + row.top.reply);
    let hook = Rect::from_min_size(at + vec2(0.0, 2.0), vec2(2.5, galley.size().y));
    ui.painter().rect_filled(hook, 1.0, palette.line);
    let at = at + vec2(10.0, 2.0);
    let response = ui.interact(Rect::from_min_size(at, galley.size()), id.with("answered"), Sense::click());
    let name = view.words.put("row-answers", [("text", galley.text().to_owned().into())]);
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &name));
    ui.painter().galley(at, Arc::clone(galley), palette.weak);
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
        view.push(Command::Jump(room.clone(), *to));
    }
}

/// Text that can be selected and copied.
fn text(ui: &Ui, id: egui::Id, at: Pos2, galley: &Arc<Galley>, words: &str) -> Response {
    let rect = Rect::from_min_size(at, galley.size());
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    let color = palette(ui).text;
    LabelSelectionState::label_text_selection(ui, &response, at, Arc::clone(galley), color, Stroke::NONE);
    response.on_hover_cursor(CursorIcon::Text)
}

/// Makes the addresses in a text open.
fn links(ui: &Ui, marked: &Marked, galley: &Galley, at: Pos2, id: egui::Id) {
    let palette = palette(ui);
    for span in marked.spans.iter().filter(|span| span.what == markup::What::Link) {
        let address = &marked.text[span.range.clone()];
        let start = marked.text[..span.range.start].chars().count();
        let end = start + address.chars().count();
        for (number, rect) in rects(galley, start, end).into_iter().enumerate() {
            let id = id.with(("link", span.range.start, number));
            let response = ui.interact(rect.translate(at.to_vec2()), id, Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Role::Link, true, address));
            // What is known by its colour alone is not known to everybody.
            let seen_well = response.hovered() || response.has_focus();
            let color = palette.accent.gamma_multiply(if seen_well { 1.0 } else { 0.45 });
            let (rect, y) = (response.rect, response.rect.bottom() - 2.0);
            ui.painter().hline(rect.x_range(), y, Stroke::new(1.0, color));
            if response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(address).clicked() {
                ui.ctx().open_url(OpenUrl::new_tab(address));
            }
        }
    }
}

/// Where the characters from `start` to `end` stand, a rectangle for each line.
fn rects(galley: &Galley, start: usize, end: usize) -> Vec<Rect> {
    let (mut rects, mut first) = (Vec::new(), 0);
    for placed in &galley.rows {
        let count = usize::from(placed.row.char_count_excluding_newline());
        let (from, to) = (start.max(first), end.min(first + count));
        if from < to {
            let x = |at: usize| placed.pos.x + placed.row.x_offset((at - first).into());
            rects.push(Rect::from_min_max(
                pos2(x(from), placed.pos.y),
                pos2(x(to), placed.pos.y + placed.row.size.y),
            ));
        }
        first += count + usize::from(placed.ends_with_newline);
    }
    rects
}

/// The signs at a post: a click puts one's own there, or takes it away.
fn chips(ui: &mut Ui, view: &mut View<'_>, room: &RoomName, seq: Seq, row: &Row, rect: Rect) {
    let palette = palette(ui);
    let mut left = rect.left() + GUTTER;
    for Chip { emoji, galley, own, names } in &row.chips {
        let size = vec2(galley.size().x + 16.0, CHIP_HEIGHT);
        let at = Rect::from_min_size(pos2(left, rect.top() + row.top.chips), size);
        if at.right() > rect.right() - RIGHT {
            break;
        }
        let response = ui.interact(at, ui.scope_id().with(("chip", known_by(seq), emoji)), Sense::click());
        let values = [("sign", emoji.as_str().into()), ("names", names.as_str().into())];
        let name = view.words.put("row-sign", values);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, *own, &name));
        let (fill, line) = if *own { (palette.tint, palette.accent) } else { (palette.hover, palette.line) };
        let line = if response.hovered() || response.has_focus() { palette.weak } else { line };
        ui.painter().rect(at, 13.0, fill, Stroke::new(1.0, line), StrokeKind::Inside);
        ui.painter().galley(at.center() - galley.size() / 2.0, Arc::clone(galley), palette.text);
        if response.on_hover_text(names).clicked() {
            let (emoji, on) = (emoji.clone(), !own);
            view.push(Command::User(User::React { room: room.clone(), seq, emoji, on }));
        }
        left = at.right() + GRID;
    }
}

/// What one most likely does to a message, at its upper right.
fn tools(
    ui: &mut Ui,
    view: &mut View<'_>,
    room: &RoomName,
    message: (Seq, &RoomEntry, &Post),
    content: Rect,
    menu_id: egui::Id,
) {
    let palette = palette(ui);
    let seq = message.0;
    let size = vec2(230.0, 28.0);
    let top = (content.top() - 10.0).max(ui.clip_rect().top() + 2.0);
    let at = Rect::from_min_size(pos2(content.right() - RIGHT - size.x, top), size);
    let builder = UiBuilder::new().max_rect(at).id_salt(("tools", known_by(seq)));
    let mut tools = ui.new_child(builder.layout(egui::Layout::right_to_left(egui::Align::Center)));
    let frame = egui::Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(CORNER)
        .inner_margin(egui::Margin::same(1));
    frame.show(&mut tools, |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.spacing_mut().interact_size.y = 24.0;
        ui.spacing_mut().button_padding = vec2(8.0, 2.0);
        let tool = |ui: &mut Ui, text: String| {
            let text = medium(text).size(SMALL).color(palette.text);
            ui.add(Button::new(text).frame_when_inactive(false).stroke(Stroke::NONE))
        };
        let more = tool(ui, view.get("message-more"));
        Popup::menu(&more).id(menu_id).show(|ui| message_menu(ui, view, room, message));
        if tool(ui, view.get("message-reply")).clicked() {
            view.push(Command::Write(room.clone(), Writing::Reply(seq)));
        }
        if tool(ui, view.get("message-react")).clicked() {
            view.push(Command::Show(Some(Dialog::React { room: room.clone(), seq, query: String::new() })));
        }
    });
}

/// All that can be done to a message.
fn message_menu(
    ui: &mut Ui,
    view: &mut View<'_>,
    room: &RoomName,
    (seq, entry, post): (Seq, &RoomEntry, &Post),
) {
    ui.set_min_width(180.0);
    let Some(held) = view.model.rooms.get(room) else { return };
    let own = Some(entry.person) == view.model.person;
    let keeps_order = held.role >= Rank::Moderator;
    let pinned = held.pins.contains(&seq);
    if menu_item(ui, view, "message-reply") {
        view.push(Command::Write(room.clone(), Writing::Reply(seq)));
    }
    if menu_item(ui, view, "message-react") {
        view.push(Command::Show(Some(Dialog::React { room: room.clone(), seq, query: String::new() })));
    }
    if menu_item(ui, view, "message-copy") {
        view.push(Command::Copy(post.text.clone()));
    }
    if menu_item(ui, view, "message-copy-whole") {
        let moment = view.words.moment(entry.at, view.now.wall, view.when);
        view.push(Command::Copy(format!("{}, {moment}: {}", entry.author, post.text)));
    }
    if menu_item(ui, view, "message-choose") {
        view.push(Command::Choose(room.clone(), seq));
    }
    if own && menu_item(ui, view, "message-edit") {
        view.push(Command::Write(room.clone(), Writing::Edit(seq)));
    }
    if keeps_order || held.kind == sala_core::entry::RoomKind::Direct {
        let key = if pinned { "message-unpin" } else { "message-pin" };
        if menu_item(ui, view, key) {
            view.push(Command::User(User::Pin(room.clone(), seq, !pinned)));
        }
    }
    let edited = held.timeline.marks(seq).is_some_and(|marks| marks.edited().is_some());
    if keeps_order && edited && menu_item(ui, view, "message-versions") {
        view.push(Command::Show(Some(Dialog::Versions { room: room.clone(), seq })));
    }
    if (own || keeps_order) && menu_item(ui, view, "message-delete") {
        view.push(Command::Show(Some(Dialog::Delete { room: room.clone(), seq })));
    }
    if !own && menu_item(ui, view, "message-report") {
        let dialog = Dialog::Report { room: room.clone(), seq, reason: String::new() };
        view.push(Command::Show(Some(dialog)));
    }
}

/// A message on its way, and what can be done when it was refused.
/// What one has said and nobody else has read.
fn unsaid(ui: &Ui, row: &Row, rect: Rect, id: Id) {
    let palette = palette(ui);
    if let Some((name, author, _)) = &row.head {
        let top = rect.top() + row.top.head;
        avatar(ui, pos2(rect.left() + GUTTER - 28.0, top + 18.0), 34.0, name.as_str());
        let color = palette.name(name.as_str());
        ui.painter().galley(pos2(rect.left() + GUTTER, top), Arc::clone(author), color);
    }
    if let Some((_, galley)) = &row.reply {
        let at = pos2(rect.left() + GUTTER + 10.0, rect.top() + row.top.reply + 2.0);
        ui.painter().galley(at, Arc::clone(galley), palette.weak);
    }
    text(ui, id, rect.min + vec2(GUTTER, row.top.body), &row.body, &row.marked.text);
    if let Some(note) = &row.note {
        text(ui, id.with("note"), rect.min + vec2(GUTTER, row.top.note), note, note.text());
    }
}

fn pending(ui: &mut Ui, view: &mut View<'_>, row: &Row, rect: Rect, ticket: Ticket) {
    unsaid(ui, row, rect, ui.scope_id().with(("pending", ticket.0)));
    if row.failed {
        let at = Rect::from_min_size(rect.min + vec2(GUTTER, row.top.buttons), vec2(400.0, 30.0));
        let builder = UiBuilder::new().max_rect(at).id_salt(("failed", ticket.0));
        let mut buttons = ui.new_child(builder.layout(egui::Layout::left_to_right(egui::Align::Center)));
        buttons.spacing_mut().interact_size.y = 26.0;
        if buttons.button(medium(view.get("row-retry")).size(SMALL)).clicked() {
            view.push(Command::User(User::Retry(ticket)));
        }
        if buttons.button(medium(view.get("row-discard")).size(SMALL)).clicked() {
            view.push(Command::User(User::Discard(ticket)));
        }
    }
}

/// A stretch that is not held: a click loads it.
fn skipped(ui: &Ui, view: &mut View<'_>, room: &RoomName, row: &Row, rect: Rect, (from, to): (Seq, Seq)) {
    let palette = palette(ui);
    let center = rect.center().x;
    let at = pos2(center - row.body.size().x / 2.0, rect.top() + row.top.body);
    let pill = Rect::from_min_size(at, row.body.size()).expand2(vec2(14.0, 6.0));
    let sense = if row.loadable { Sense::click() } else { Sense::hover() };
    let response = ui.interact(pill, ui.scope_id().with(("skipped", known_by(to))), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, row.loadable, row.body.text()));
    let line = if response.hovered() { palette.weak } else { palette.line };
    ui.painter().rect(pill, 15.0, palette.side, Stroke::new(1.0, line), StrokeKind::Inside);
    ui.painter().galley(at, Arc::clone(&row.body), palette.weak);
    if response.clicked() {
        let page = if from == Seq(1) { Page::Before(Some(to.next())) } else { Page::After(from.before()) };
        let limit = sala_core::limits::PAGE_ENTRIES_MAX;
        view.push(Command::User(User::Page(room.clone(), page, limit)));
    }
}

/// A line across with words in its middle.
fn rule(
    ui: &Ui,
    rect: Rect,
    text: &str,
    (color, line): (egui::Color32, egui::Color32),
    sense: Sense,
) -> Response {
    let galley = {
        let look = if color == palette(ui).accent { bold_format(SMALL, color) } else { format(SMALL, color) };
        super::row::one_line(ui, text, look, rect.width() - 2.0 * GUTTER)
    };
    let center = rect.center();
    let half = galley.size().x / 2.0 + 3.0 * GRID;
    let stroke = Stroke::new(1.0, line);
    ui.painter().hline(rect.left() + RIGHT..=center.x - half, center.y, stroke);
    ui.painter().hline(center.x + half..=rect.right() - RIGHT, center.y, stroke);
    let at = center - galley.size() / 2.0;
    let id = ui.scope_id().with(("rule", text));
    let response = ui.interact(Rect::from_min_size(at, galley.size()), id, sense);
    let role = if sense.senses_click() { Role::Button } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, text));
    ui.painter().galley(at, galley, color);
    response
}
