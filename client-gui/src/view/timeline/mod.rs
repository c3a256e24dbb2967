//! The conversation of a room: a list in which what is read never moves, whatever comes above or below it.

mod items;
mod heights;
mod flow;
mod row;
mod draw;

use super::View;
use crate::command::Command;
use crate::theme::{GRID, palette};
use egui::{
    Align2, Button, Key as Keyboard, Pos2, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
pub(crate) use row::{one_line, one_lined};

use flow::{Anchor, Flow};
use items::{Item, Key, What, items};
use row::{Row, guess, lay_out};
use sala_core::client::{Link, User};
use sala_core::entry::Seq;
use sala_core::limits::PAGE_ENTRIES_MAX;
use sala_core::name::RoomName;
use sala_core::protocol::Page;
use std::collections::BTreeMap;

/// Rows above those in sight among which a stretch that is not held is loaded already.
const AHEAD_ROWS: usize = 8;
/// Entries before and after a place that is gone to.
const AROUND: u64 = 30;
/// Time for which a place that was gone to stands out, in seconds.
const FLASH_SECONDS: f64 = 1.6;
const BAR_WIDTH: f32 = 10.0;
const BAR_LENGTH_MIN: f32 = 32.0;

/// What was seen of each room, and where: what egui would keep in its memory, if it knew of such lists.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    rooms: BTreeMap<RoomName, Seen>,
}

/// What was seen of one room.
#[derive(Debug, Default)]
struct Seen {
    flow: Flow,
    items: Vec<Item>,
    /// Of what the items were made; as long as that is the same, so are they.
    made_of: Option<(u64, Option<Seq>)>,
    /// The beginning of what is new has been gone to, or there is none.
    arrived: bool,
    /// Where the upper edge was last: what is read stays where it is when a banner comes above it.
    upper: Option<f32>,
    /// A place that stands out, and since when.
    flash: Option<(Seq, f64)>,
    /// What the client was told is read; none is the end.
    told: Option<Seq>,
}

impl Sight {
    /// Forgets rooms that are no more.
    pub(crate) fn keep(&mut self, mut is_there: impl FnMut(&RoomName) -> bool) {
        self.rooms.retain(|room, _| is_there(room));
    }

    /// The room is opened again: what is new is to be found anew.
    pub(crate) fn open(&mut self, room: &RoomName) {
        if let Some(seen) = self.rooms.get_mut(room) {
            seen.arrived = false;
        }
    }

    /// Goes to the newest.
    pub(crate) fn go_to_end(&mut self, room: &RoomName) {
        if let Some(seen) = self.rooms.get_mut(room) {
            seen.arrived = true;
            seen.flow.hold(Anchor::Live);
        }
    }

    /// Where the rows in sight stand, by their places in the log: for whoever wants to see that none has moved.
    pub(crate) fn tops(&self, room: &RoomName) -> Vec<(Seq, f32)> {
        let Some(seen) = self.rooms.get(room) else { return Vec::new() };
        let rows =
            seen.flow.placed().iter().filter_map(|row| Some((seen.items.get(row.index)?.key, row.top)));
        rows.filter(|(key, _)| !key.is_soft()).filter_map(|(key, top)| Some((key.seq()?, top))).collect()
    }
}

/// Draws a room's conversation in all the space there is.
pub(crate) fn timeline(ui: &mut Ui, view: &mut View<'_>, sight: &mut Sight, room: &RoomName) {
    let (rect, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let seen = sight.rooms.entry(room.clone()).or_default();
    seen.remake(view, room, rect.width());
    if let Some(upper) = seen.upper.replace(rect.top()) {
        seen.flow.shift(upper - rect.top());
    }
    seen.go(view, room, rect.height(), ui.input(|input| input.time));
    let down = moved(ui, seen, rect);
    if down != 0.0 {
        seen.arrived = true;
    }
    let mut rows: BTreeMap<usize, Row> = BTreeMap::new();
    let Seen { flow, items, .. } = seen;
    let can_load = view.model.link == Link::Online;
    flow.place(rect.height(), down, can_load, |index| {
        rows.entry(index).or_insert_with(|| lay_out(ui, view, room, &items[index], rect.width())).height
    });
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("timeline", room.as_str())));
    inner.set_clip_rect(rect.intersect(ui.clip_rect()));
    let now = ui.input(|input| input.time);
    let flashed = seen.flash.filter(|(_, since)| now - since < FLASH_SECONDS);
    seen.flash = flashed;
    for placed in seen.flow.placed() {
        let (Some(row), Some(item)) = (rows.get(&placed.index), seen.items.get(placed.index)) else {
            continue;
        };
        let at = Rect::from_min_size(
            pos2(rect.left(), rect.top() + placed.top),
            vec2(rect.width(), placed.height),
        );
        let flash = flashed.filter(|(seq, _)| item.key == Key::entry(*seq));
        let strength = flash.map_or(0.0, |(_, since)| 1.0 - (now - since) / FLASH_SECONDS);
        #[expect(clippy::cast_possible_truncation, reason = "from none to one")]
        draw::row(&mut inner, view, room, item, row, at, strength as f32);
    }
    if flashed.is_some() {
        ui.ctx().request_repaint();
    }
    bar(ui, view, seen, rect);
    to_newest(ui, view, seen, room, rect);
    load(view, seen, room, &rows);
    tell_what_is_read(view, seen, room);
    let unread = view.model.rooms.get(room).is_some_and(|room| room.unread > 0 || room.mentions > 0);
    if seen.flow.is_live() && seen.arrived && view.focused && unread {
        view.push(Command::User(User::Read(room.clone())));
    }
}

impl Seen {
    fn remake(&mut self, view: &View<'_>, room: &RoomName, width: f32) {
        let line = view.state.rooms.get(room).and_then(|desk| desk.line);
        let made_of = Some((view.changes, line));
        let new_items = self.made_of != made_of;
        if new_items {
            self.items = items(view.model, room, line, view.when);
            self.made_of = made_of;
        }
        if new_items || (self.flow.width() - width).abs() > 0.5 {
            self.flow.take(&self.items, width, |item| guess(item, width));
        }
    }

    /// Goes where the room is to be opened, or where one wants to be.
    fn go(&mut self, view: &mut View<'_>, room: &RoomName, height: f32, now: f64) {
        let desk = view.state.rooms.get(room);
        let (line, jump) = desk.map_or((None, None), |desk| (desk.line, desk.jump));
        if let Some(seq) = jump {
            let index = self.items.partition_point(|item| item.key < Key::entry(seq));
            match self.items.get(index).or(self.items.last()) {
                Some(Item { what: What::Skipped { from, .. }, .. }) if seq >= *from => {
                    load_page(view, room, Page::Before(Some(Seq(seq.0 + AROUND))), AROUND * 2);
                }
                Some(item) => {
                    self.flow.hold(Anchor::At { key: item.key, top: height / 3.0 });
                    (self.arrived, self.flash) = (true, Some((seq, now)));
                    view.push(Command::Jumped(room.clone()));
                }
                None => {}
            }
        } else if !self.arrived {
            let Some(line) = line else {
                self.arrived = true;
                return;
            };
            match self.items.iter().position(|item| item.line) {
                // What is new may begin in a stretch before the first of it that is held.
                Some(index) if index > 0 && self.begins_before(index, line) => {
                    load_page(view, room, Page::After(line), PAGE_ENTRIES_MAX as u64);
                }
                Some(index) => {
                    let key = self.items[index].key;
                    self.flow.hold(Anchor::At { key, top: (height / 4.0).min(160.0) });
                    self.arrived = true;
                }
                None if self.begins_before(self.items.len(), line) => {
                    load_page(view, room, Page::After(line), PAGE_ENTRIES_MAX as u64);
                }
                // Nothing of what is new is left to be shown.
                None => self.arrived = !self.items.is_empty(),
            }
        }
    }

    /// Whether entries after `line` are not held before the item at `index`.
    fn begins_before(&self, index: usize, line: Seq) -> bool {
        let before = self.items[..index].iter().rev();
        let mut gaps = before.filter_map(|item| match item.what {
            What::Skipped { to, .. } => Some(to),
            _ => None,
        });
        gaps.next().is_some_and(|to| to > line)
    }
}

/// How far what is in sight is moved down, by wheel and keys.
fn moved(ui: &Ui, seen: &mut Seen, rect: Rect) -> f32 {
    let page = (rect.height() - 3.0 * GRID * 4.0).max(GRID);
    let free = !ui.ctx().any_popup_open() && ui.is_enabled();
    let wheel = if free && ui.rect_contains_pointer(rect) {
        ui.input(|input| input.smooth_scroll_delta().y)
    } else {
        0.0
    };
    if !free {
        return wheel;
    }
    ui.input(|input| {
        let (up, down) = (input.key_pressed(Keyboard::PageUp), input.key_pressed(Keyboard::PageDown));
        if input.modifiers.command && input.key_pressed(Keyboard::End) {
            seen.flow.hold(Anchor::Live);
        }
        let by_key = f32::from(i8::from(up) - i8::from(down)) * page;
        wheel + by_key
    })
}

/// The bar at the right: where one is in the whole.
fn bar(ui: &Ui, view: &View<'_>, seen: &mut Seen, rect: Rect) {
    let palette = palette(ui);
    let (above, inside) = seen.flow.part(rect.height());
    if inside >= 1.0 {
        return;
    }
    let track = Rect::from_min_max(pos2(rect.right() - BAR_WIDTH, rect.top()), rect.max).shrink(2.0);
    let length = (track.height() * inside).max(BAR_LENGTH_MIN).min(track.height());
    let free = track.height() - length;
    let top = if seen.flow.is_live() { free } else { free * (above / (1.0 - inside)).min(1.0) };
    let response = ui.interact(track, ui.scope_id().with("bar"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, view.get("timeline-bar")));
    if let Some(Pos2 { y, .. }) =
        response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked())
    {
        let part = ((y - track.top() - length / 2.0) / free.max(1.0)).clamp(0.0, 1.0);
        if part >= 1.0 {
            seen.flow.hold(Anchor::Live);
        } else {
            seen.flow.go_to_part(part * (1.0 - inside));
        }
        seen.arrived = true;
        ui.ctx().request_repaint();
    }
    let thumb = Rect::from_min_size(pos2(track.left(), track.top() + top), vec2(track.width(), length));
    let seen_well = response.hovered() || response.dragged();
    let color = if seen_well { palette.weak } else { palette.line };
    ui.painter().rect_filled(thumb, 3.0, color);
}

/// The way back to the newest, and how much has come meanwhile.
fn to_newest(ui: &mut Ui, view: &mut View<'_>, seen: &mut Seen, room: &RoomName, rect: Rect) {
    if seen.flow.is_live() || seen.items.is_empty() {
        return;
    }
    let palette = palette(ui);
    let unread = view.model.rooms.get(room).map_or(0, |room| room.unread);
    let text = if unread == 0 {
        view.get("timeline-newest")
    } else {
        view.words.put("timeline-new", [("count", unread.into())])
    };
    let text = crate::theme::medium(text).color(palette.accent);
    let button =
        Button::new(text).fill(palette.raised).stroke(Stroke::new(1.0, palette.line)).corner_radius(16);
    let size = vec2(220.0, 32.0);
    let center = pos2(rect.center().x, rect.bottom() - 7.0 * GRID);
    let response = ui.place(Align2::CENTER_CENTER.anchor_size(center, size), button);
    if response.clicked() {
        seen.flow.hold(Anchor::Live);
        ui.ctx().request_repaint();
    }
}

/// Loads a stretch that is in sight or about to be.
fn load(view: &mut View<'_>, seen: &Seen, room: &RoomName, rows: &BTreeMap<usize, Row>) {
    let placed = seen.flow.placed();
    let (Some(first), Some(last)) = (placed.first(), placed.last()) else { return };
    let held = match seen.flow.anchor() {
        Anchor::Live => seen.items.len(),
        Anchor::At { key, .. } => seen.items.partition_point(|item| item.key < key),
    };
    let ahead = first.index.saturating_sub(AHEAD_ROWS);
    let near = (last.index + AHEAD_ROWS).min(seen.items.len() - 1);
    // The nearest to what is read comes first.
    let mut indices: Vec<usize> = (ahead..=near).collect();
    indices.sort_by_key(|index| index.abs_diff(held.min(last.index)));
    for index in indices {
        let What::Skipped { from, to } = seen.items[index].what else { continue };
        if rows.get(&index).is_some_and(|row| !row.loadable) {
            continue;
        }
        let page = if index < held { Page::Before(Some(to.next())) } else { Page::After(from.before()) };
        return load_page(view, room, page, PAGE_ENTRIES_MAX as u64);
    }
}

/// Tells the client what is read, where that is far enough from what it was told to matter: it lets go what is farthest.
fn tell_what_is_read(view: &mut View<'_>, seen: &mut Seen, room: &RoomName) {
    let at = match seen.flow.anchor() {
        Anchor::Live => None,
        Anchor::At { key, .. } => key.seq(),
    };
    let moved = match (seen.told, at) {
        (Some(told), Some(at)) => told.0.abs_diff(at.0) > PAGE_ENTRIES_MAX as u64,
        (told, at) => told != at,
    };
    if moved {
        seen.told = at;
        view.push(Command::User(User::Look(room.clone(), at)));
    }
}

fn load_page(view: &mut View<'_>, room: &RoomName, page: Page, entries: u64) {
    let idle = view.model.rooms.get(room).is_some_and(|room| !room.loading);
    if idle && view.model.link == Link::Online {
        let limit = usize::try_from(entries).unwrap_or(PAGE_ENTRIES_MAX).min(PAGE_ENTRIES_MAX);
        view.push(Command::User(User::Page(room.clone(), page, limit)));
    }
}
