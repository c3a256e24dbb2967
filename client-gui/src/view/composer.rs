//! Where one writes: several lines, with names and signs completed, and one's last message within reach.

use super::View;
use super::timeline::{Sight, one_line};
use super::widgets::primary;
use crate::command::Command;
use crate::emoji;
use crate::markup;
use crate::state::{Desk, Writing};
use crate::theme::{BODY, BODY_LINE, CORNER, GRID, SMALL, format, medium, palette};
use egui::text::{CCursor, CCursorRange, CharIndex};
use egui::text_edit::TextEditState;
use egui::{
    Align, Button, Frame, Id, Key, KeyboardShortcut, Layout, Margin, Modifiers, RichText, Stroke, TextEdit,
    Ui,
};
use sala_core::client::{RoomView, User};
use sala_core::entry::{Act, Seq};
use sala_core::limits::{OUTBOX_POSTS_MAX, POST_BYTES_MAX};
use sala_core::name::RoomName;

/// Bytes before the longest message from which on the length is shown.
const NEAR_BYTES: usize = 400;
const ROWS_MAX: f32 = 8.0;
const OFFERED_MAX: usize = 6;
/// Names that are shown as typing.
const TYPERS_SHOWN: usize = 3;

/// The id of the field of a room, for whoever puts the keyboard there.
pub(crate) fn field_id(room: &RoomName) -> Id {
    Id::unique(("composer", room.as_str()))
}

/// Draws the field of a room, or why nothing can be said there.
pub(crate) fn composer(ui: &mut Ui, view: &mut View<'_>, sight: &mut Sight, room: &RoomName) {
    let Some(held) = view.model.rooms.get(room) else { return };
    let palette = palette(ui);
    Frame::new().inner_margin(Margin { left: 20, right: 20, top: 2, bottom: 14 }).show(ui, |ui| {
        typing(ui, view, held);
        chosen(ui, view, held, room);
        if let Some(why) = silence(view, held) {
            let frame =
                Frame::new().fill(palette.side).corner_radius(CORNER).inner_margin(Margin::symmetric(14, 12));
            frame.show(ui, |ui| {
                ui.take_available_width();
                ui.label(RichText::new(why).color(palette.weak));
            });
            return;
        }
        let desk = view.state.desk(room);
        about(ui, view, held, room, &desk);
        write(ui, view, sight, held, room, &desk);
    });
}

/// Why nothing can be said in a room, if so.
fn silence(view: &View<'_>, held: &RoomView) -> Option<String> {
    if held.archived {
        return Some(view.get("composer-archived"));
    }
    if view.model.outbox.posts().count() >= OUTBOX_POSTS_MAX {
        return Some(view.get("composer-full"));
    }
    let muted = held.muted.as_ref().filter(|sanction| sanction.holds(view.now.wall))?;
    Some(view.sanction(view.get("composer-muted"), muted))
}

/// Who else is writing.
fn typing(ui: &mut Ui, view: &View<'_>, held: &RoomView) {
    let typing = || held.typing.iter().filter(|(_, until)| **until > view.now.tick);
    let count = typing().count();
    let names: Vec<&str> = typing().take(TYPERS_SHOWN).map(|(name, _)| name.as_str()).collect();
    let text = match count {
        0 => String::new(),
        1..=TYPERS_SHOWN => {
            let values = [("names", names.join(", ").into()), ("count", count.into())];
            view.words.put("composer-typing", values)
        }
        _ => view.get("composer-typing-many"),
    };
    ui.label(RichText::new(text).size(SMALL).color(palette(ui).weak));
}

/// How many messages are chosen, and what can be done with them.
fn chosen(ui: &mut Ui, view: &mut View<'_>, held: &RoomView, room: &RoomName) {
    let Some(desk) = view.state.rooms.get(room).filter(|desk| !desk.chosen.is_empty()) else { return };
    let palette = palette(ui);
    let frame = Frame::new().fill(palette.tint).corner_radius(CORNER).inner_margin(Margin::symmetric(12, 6));
    frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            let text = view.words.put("chosen-count", [("count", desk.chosen.len().into())]);
            ui.label(medium(text).size(SMALL).color(palette.accent));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().interact_size.y = 22.0;
                if ui.button(RichText::new(view.get("cancel")).size(SMALL)).clicked() {
                    view.push(Command::ChooseNone(room.clone()));
                }
                if ui.button(RichText::new(view.get("chosen-copy")).size(SMALL)).clicked() {
                    let said = |seq: &Seq| {
                        let (entry, post) = (held.timeline.entry(*seq)?, held.timeline.post(*seq)?);
                        let moment = view.words.moment(entry.at, view.now.wall, view.when);
                        Some(format!("{}, {moment}: {}", entry.author, post.text))
                    };
                    let lines: Vec<String> = desk.chosen.iter().filter_map(said).collect();
                    view.push(Command::Copy(lines.join("\n")));
                    view.push(Command::ChooseNone(room.clone()));
                }
            });
        });
    });
    ui.add_space(GRID);
}

/// What is being answered or edited, and how to let it be.
fn about(ui: &mut Ui, view: &mut View<'_>, held: &RoomView, room: &RoomName, desk: &Desk) {
    let (seq, key) = match desk.writing {
        Writing::New => return,
        Writing::Reply(seq) => (seq, "composer-reply"),
        Writing::Edit(seq) => (seq, "composer-edit"),
    };
    let palette = palette(ui);
    let author = held.timeline.entry(seq).map_or("", |entry| entry.author.as_str());
    let text = held.timeline.post(seq).map(|post| markup::read(&post.text).text).unwrap_or_default();
    let frame = Frame::new().fill(palette.tint).corner_radius(CORNER).inner_margin(Margin::symmetric(12, 6));
    frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            let head = view.words.put(key, [("author", author.to_owned().into())]);
            ui.label(medium(head).size(SMALL).color(palette.accent));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().interact_size.y = 22.0;
                if ui.button(RichText::new(view.get("cancel")).size(SMALL)).clicked() {
                    view.push(Command::Write(room.clone(), Writing::New));
                }
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let text = RichText::new(text).size(SMALL).color(palette.weak);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(egui::Label::new(text).truncate());
                });
            });
        });
    });
    ui.add_space(GRID);
}

fn write(ui: &mut Ui, view: &mut View<'_>, sight: &mut Sight, held: &RoomView, room: &RoomName, desk: &Desk) {
    let palette = palette(ui);
    let id = field_id(room);
    let has_focus = ui.memory(|memory| memory.has_focus(id));
    let offers = if has_focus { offers(ui, held, id, &desk.draft) } else { None };
    let mut text = desk.draft.clone();
    let taken = offers.as_ref().and_then(|offers| offer_menu(ui, view, offers, id));
    if let (Some(offers), Some(taken)) = (&offers, taken) {
        offers.take(ui, id, &mut text, taken);
    }
    let keys = if has_focus && taken.is_none() { keys(ui, desk) } else { Keys::default() };
    let stroke = Stroke::new(1.0, if has_focus { palette.accent } else { palette.edge });
    let frame = Frame::new().fill(palette.raised).stroke(stroke).corner_radius(CORNER + 2);
    let response = frame.inner_margin(Margin { left: 12, right: 6, top: 6, bottom: 6 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            let button = 74.0;
            let width = ui.available_width() - button - GRID;
            let area = egui::ScrollArea::vertical().max_height(ROWS_MAX * BODY_LINE);
            let area = area.min_scrolled_height(BODY_LINE + 2.0 * GRID);
            let response = area.show(ui, |ui| {
                let shown = held.shown(room);
                let name = view.words.put("composer-field", [("room", shown.into())]);
                // A field of one row shows one row of its name.
                let hint = one_line(ui, &name, format(BODY, palette.weak), width);
                let edit = TextEdit::multiline(&mut text)
                    .id(id)
                    .frame(Frame::new().inner_margin(Margin::symmetric(0, 5)))
                    .desired_rows(1)
                    .desired_width(width)
                    .hint_text(egui::WidgetText::from(hint))
                    .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter));
                ui.add(edit).accessible_name(name)
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let can = !text.trim().is_empty() && text.len() <= POST_BYTES_MAX;
                if ui.add_enabled_ui(can, |ui| primary(ui, &view.get("composer-send"))).inner.clicked() {
                    say(view, sight, room);
                }
            });
            response.inner
        })
        .inner
    });
    if text != desk.draft {
        view.push(Command::Draft(room.clone(), text.clone()));
        if desk.writing == Writing::New && !text.trim().is_empty() {
            view.push(Command::User(User::Typing(room.clone())));
        }
    }
    if keys.send && !text.trim().is_empty() && text.len() <= POST_BYTES_MAX {
        say(view, sight, room);
    }
    if keys.cancel && desk.writing != Writing::New {
        view.push(Command::Write(room.clone(), Writing::New));
    }
    if keys.edit_last
        && let Some(seq) = last_own(view, held)
    {
        view.push(Command::Write(room.clone(), Writing::Edit(seq)));
    }
    length(ui, view, &text);
    // Whoever types means this field, unless the keyboard is somewhere else.
    let free = ui.memory(|memory| memory.focused().is_none());
    if free && view.state.dialog.is_none() && !ui.ctx().any_popup_open() {
        response.inner.request_focus();
    }
}

fn say(view: &mut View<'_>, sight: &mut Sight, room: &RoomName) {
    view.push(Command::Say(room.clone()));
    if view.state.rooms.get(room).is_none_or(|desk| !matches!(desk.writing, Writing::Edit(_))) {
        sight.go_to_end(room);
    }
}

/// How long the text is, where that is worth knowing.
fn length(ui: &mut Ui, view: &View<'_>, text: &str) {
    if text.len() + NEAR_BYTES < POST_BYTES_MAX {
        return;
    }
    let palette = palette(ui);
    let (key, count, color) = match POST_BYTES_MAX.checked_sub(text.len()) {
        Some(left) => ("composer-left", left, palette.weak),
        None => ("composer-over", text.len() - POST_BYTES_MAX, palette.danger),
    };
    let text = view.words.put(key, [("count", count.into())]);
    ui.label(RichText::new(text).size(SMALL).color(color));
}

/// What was pressed that means more than a letter.
#[derive(Default)]
struct Keys {
    send: bool,
    cancel: bool,
    edit_last: bool,
}

fn keys(ui: &Ui, desk: &Desk) -> Keys {
    ui.input_mut(|input| Keys {
        // `consume_key` alone takes Shift and Enter for Enter.
        send: !input.modifiers.shift && input.consume_key(Modifiers::NONE, Key::Enter),
        cancel: input.key_pressed(Key::Escape),
        edit_last: desk.draft.is_empty()
            && desk.writing == Writing::New
            && input.consume_key(Modifiers::NONE, Key::ArrowUp),
    })
}

/// One's last message that stands.
fn last_own(view: &View<'_>, held: &RoomView) -> Option<Seq> {
    held.timeline.entries().rev().find_map(|(seq, entry)| {
        let Act::Post(post) = &entry.act else { return None };
        (Some(entry.person) == view.model.person && !post.text.is_empty()).then_some(seq)
    })
}

/// What could stand in the place of the word that is being written.
struct Offers {
    /// Each as it would be written, and what is shown beside it.
    found: Vec<(String, String)>,
    /// The word, in characters.
    word: std::ops::Range<usize>,
}

fn offers(ui: &Ui, held: &RoomView, id: Id, text: &str) -> Option<Offers> {
    let end = TextEditState::load(ui.ctx(), id)?.cursor.char_range()?.single()?.index.0;
    let before: String = text.chars().take(end).collect();
    let start = before
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
    let word = &before[start..];
    let found: Vec<(String, String)> = if let Some(part) = word.strip_prefix('@') {
        let part = part.to_lowercase();
        let names = held.members.keys().filter(|name| name.as_str().to_lowercase().starts_with(&part));
        names.take(OFFERED_MAX).map(|name| (format!("@{name}"), String::new())).collect()
    } else if let Some(part) = word.strip_prefix(':').filter(|part| part.len() > 1) {
        emoji::find(part)
            .take(OFFERED_MAX)
            .map(|(name, sign)| (sign.to_owned(), format!(":{name}:")))
            .collect()
    } else {
        Vec::new()
    };
    // What is written out already needs no offer.
    let whole = matches!(found.as_slice(), [(offer, _)] if offer.to_lowercase() == word.to_lowercase());
    let start = before[..start].chars().count();
    (!found.is_empty() && !whole).then_some(Offers { found, word: start..end })
}

impl Offers {
    /// Writes one in the place of the word.
    fn take(&self, ui: &Ui, id: Id, text: &mut String, taken: usize) {
        let offer = format!("{} ", self.found[taken].0);
        let chars: Vec<char> = text.chars().collect();
        let (before, after) = (&chars[..self.word.start], &chars[self.word.end.min(chars.len())..]);
        *text = before.iter().copied().chain(offer.chars()).chain(after.iter().copied()).collect();
        if let Some(mut state) = TextEditState::load(ui.ctx(), id) {
            let at = CCursor::new(CharIndex(self.word.start + offer.chars().count()));
            state.cursor.set_char_range(Some(CCursorRange::one(at)));
            state.store(ui.ctx(), id);
        }
    }
}

/// The offers above the field; which one was taken, by key or click.
fn offer_menu(ui: &mut Ui, view: &View<'_>, offers: &Offers, id: Id) -> Option<usize> {
    let palette = palette(ui);
    let chosen_id = id.with("offer");
    let last = offers.found.len() - 1;
    let chosen = ui.data(|data| data.get_temp::<usize>(chosen_id)).unwrap_or(0).min(last);
    let (up, down, taken) = ui.input_mut(|input| {
        let none = Modifiers::NONE;
        (
            input.consume_key(none, Key::ArrowUp),
            input.consume_key(none, Key::ArrowDown),
            input.consume_key(none, Key::Tab) || input.consume_key(none, Key::Enter),
        )
    });
    let moved = chosen + usize::from(down) + if up { last } else { 0 };
    let chosen = moved % (last + 1);
    let mut taken = taken.then_some(chosen);
    let frame =
        Frame::new().fill(palette.raised).stroke(Stroke::new(1.0, palette.line)).corner_radius(CORNER);
    frame.inner_margin(Margin::same(4)).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.label(RichText::new(view.get("composer-offers")).size(SMALL).color(palette.weak));
        for (index, (offer, beside)) in offers.found.iter().enumerate() {
            let button = Button::selectable(index == chosen, offer.as_str()).right_text(beside.as_str());
            if ui.add(button.min_size(egui::vec2(220.0, 0.0))).clicked() {
                taken = Some(index);
            }
        }
    });
    ui.add_space(GRID);
    ui.data_mut(|data| data.insert_temp(chosen_id, if taken.is_some() { 0 } else { chosen }));
    taken
}
