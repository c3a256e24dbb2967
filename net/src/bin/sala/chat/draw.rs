//! The picture: where each part of the window stands, and what is in it.

use super::flow::{Anchor, part};
use super::input::Input;
use super::rows::{BOLD, DIM, GREEN, PLAIN, YELLOW, items, rule};
use super::screen::{Screen, Sheet};
use super::secret;
use super::sheet;
use super::status::status;
use super::wrap::{columns, fit, harmless, wrap};
use crate::answer;
use crate::shape::{date_time, duration};
use crate::titles::shown;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Padding};
use sala_core::client::{Link, Model, RoomView};
use sala_core::entry::RoomKind;
use sala_core::name::{Name, RoomName};
use sala_core::time::{Tick, Wall};

/// Columns of the lists at the sides, their borders included, and the least width of a window that has them.
const ROOMS_COLUMNS: u16 = 22;
const ROOMS_FROM: u16 = 70;
const MEMBERS_COLUMNS: u16 = 20;
const MEMBERS_FROM: u16 = 100;
/// Rows of what is being written that are in sight.
const INPUT_ROWS_MAX: usize = 8;
const PROMPT: &str = "> ";

impl Screen {
    /// Draws everything.
    pub(super) fn draw(&mut self, model: &Model, now: Tick, frame: &mut Frame) {
        self.follow(model);
        let area = frame.area();
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        if area.is_empty() {
            return;
        }
        let elsewhere = if area.width < ROOMS_FROM { self.unread_elsewhere(model) } else { 0 };
        // While the link comes and goes, what stands above its state does not jump with each attempt.
        let rows_min = if model.link == Link::Online { 1 } else { self.status_rows };
        let rows_max = if height >= 8 { 2 } else { 1 };
        let status = status(model, &self.server, elsewhere, now, width, rows_min, rows_max);
        self.status_rows = status.len();
        let input_rows_max = INPUT_ROWS_MAX.min((height / 3).max(1));
        let input_width = width.saturating_sub(PROMPT.len());
        let input_rows = match &self.prompt {
            Some(prompt) => wrap_anywhere(&prompt.shown(), input_width).len(),
            None => self.input.shown(input_width).rows.len(),
        };
        let input_rows = input_rows.min(input_rows_max);
        let notices = self.notice_lines(width, height / 4);
        let (header_rows, rule_rows) = (usize::from(height >= 6), usize::from(height >= 5));
        let length = |rows: usize| Constraint::Length(u16::try_from(rows).unwrap_or(u16::MAX));
        let [header, middle, rule_area, notices_area, input_area, status_area] = Layout::vertical([
            length(header_rows),
            Constraint::Fill(1),
            length(rule_rows),
            length(notices.len()),
            length(input_rows),
            length(status.len()),
        ])
        .areas(area);
        // What is to be copied or photographed gets the whole width.
        let wide = matches!(self.sheet, Some(Sheet::Link { .. } | Sheet::Enrolment { .. }));
        let side = |columns, from| Constraint::Length(if area.width >= from && !wide { columns } else { 0 });
        let [rooms, mut timeline, members] = Layout::horizontal([
            side(ROOMS_COLUMNS, ROOMS_FROM),
            Constraint::Fill(1),
            side(MEMBERS_COLUMNS, MEMBERS_FROM),
        ])
        .areas(middle);

        // Text does not touch a border.
        timeline.x += u16::from(!rooms.is_empty());
        timeline.width -= u16::from(!rooms.is_empty()) + u16::from(!members.is_empty());

        // As high as the timeline is when nothing but a line of input stands below it. A timeline that is scrolled is
        // laid out to this height and covered from below, so that a notice or a lost link does not move what is read.
        let full = height.saturating_sub(header_rows + rule_rows + 2);
        let below = self.main(model, full, timeline, frame);
        self.rooms(model, rooms, frame);
        self.members(model, members, frame);
        self.header(model, header, frame);
        put(frame, rule_area, vec![Line::styled(rule_or_line(&below, width), DIM)]);
        put(frame, notices_area, notices);
        self.write_line(input_area, input_width, frame);
        put(frame, status_area, status);
    }

    /// The timeline, or what is shown in its place; gives the words for the line below it.
    fn main(&mut self, model: &Model, full: usize, area: Rect, frame: &mut Frame) -> String {
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        let view = self.room.as_ref().and_then(|room| model.rooms.get(room));
        self.height = height;
        self.loadable = None;
        if let Some(sheet) = &self.sheet {
            let lines = match (sheet, view) {
                (Sheet::Help(about), _) => sheet::help(*about, model, width),
                (Sheet::Link { link, entrance, hint }, _) => {
                    secret::link(link, entrance, hint.as_deref(), width)
                }
                (Sheet::Enrolment { uri, secret, recovery }, _) => {
                    secret::enrolment(uri, secret, recovery, width, height)
                }
                (Sheet::Rooms, _) => sheet::rooms(model, width),
                (Sheet::Friends, _) => sheet::friends(model, width),
                (Sheet::Requests, _) => sheet::requests(model, width),
                (Sheet::Answer(title, rows), _) => sheet::answer(title, rows, width),
                (Sheet::Who, Some(view)) => sheet::members(view, width),
                (Sheet::Pins, Some(view)) => sheet::pins(view, width),
                (Sheet::Who | Sheet::Pins, None) => Vec::new(),
            };
            self.sheet_top = self.sheet_top.min(lines.len().saturating_sub(height));
            let rest = lines.len() - self.sheet_top > height;
            put(frame, area, lines.into_iter().skip(self.sheet_top).collect());
            return if rest { "PageDown: more · Esc: close" } else { "Esc: close" }.to_owned();
        }
        let items =
            self.room.as_ref().map_or_else(Vec::new, |room| items(model, room, self.read, self.numbers));
        if items.is_empty() {
            let lines = wrap(&self.nothing(model), width, width);
            put(frame, area, lines.into_iter().map(|line| Line::styled(line, DIM)).collect());
            return String::new();
        }
        let up = std::mem::take(&mut self.scroll);
        let scrolled = self.anchor != Anchor::Live || up > 0;
        let mut part = part(&items, self.anchor, up, width, if scrolled { full } else { height });
        self.anchor = part.anchor;
        self.loadable = part.loadable;
        if self.anchor == Anchor::Live {
            // What came down to the end is no longer covered.
            part.lines.drain(..part.lines.len().saturating_sub(height));
        }
        let free = area.height.saturating_sub(u16::try_from(part.lines.len()).unwrap_or(u16::MAX));
        put(frame, Rect { y: area.y + free, height: area.height - free, ..area }, part.lines);
        match (self.anchor, view.map_or(0, |view| view.unread)) {
            (Anchor::Live, _) => view.map_or_else(String::new, typing),
            (Anchor::At { .. }, 0) => "more below · End: newest".to_owned(),
            (Anchor::At { .. }, new) => format!("{new} new below · End: newest"),
        }
    }

    /// What is said where a timeline would be if there were one.
    fn nothing(&self, model: &Model) -> String {
        match &self.room {
            _ if model.link != Link::Online && model.rooms.is_empty() => {
                "nothing to show until the server is there".to_owned()
            }
            Some(room) if self.opening.as_ref() == Some(room) => format!("joining {room}"),
            Some(room) if !model.rooms.contains_key(room) => {
                format!(
                    "you are no member of {room}\n/join {room} makes you one\n/create {room} makes the room\n/rooms lists the rooms"
                )
            }
            Some(_) => "nothing was said here yet".to_owned(),
            None => "you are in no room\n/rooms lists the rooms\n/join ROOM makes you a member".to_owned(),
        }
    }

    fn header(&self, model: &Model, area: Rect, frame: &mut Frame) {
        let Some(room) = &self.room else { return };
        let width = usize::from(area.width);
        let view = model.rooms.get(room);
        let members = view.map_or(0, |view| view.members.len());
        let here = view.map_or(0, |view| view.members.values().filter(|held| held.here).count());
        let count = if members == 0 || model.link != Link::Online {
            String::new()
        } else {
            format!("  {here} of {members} here")
        };
        let name = fit(&shown(model, room), width);
        let topic = view.map_or(String::new(), |view| standing(view, self.wall));
        let left = width.saturating_sub(columns(&name));
        let count = if columns(&count) <= left { count } else { String::new() };
        let topic = fit(&topic, left - columns(&count));
        let gap = left - columns(&count) - columns(&topic);
        let spans =
            [Span::styled(name, BOLD), Span::raw(topic), Span::styled(format!("{:gap$}{count}", ""), DIM)];
        put(frame, area, vec![Line::from_iter(spans)]);
    }

    fn rooms(&self, model: &Model, area: Rect, frame: &mut Frame) {
        let block = Block::new().borders(Borders::RIGHT).border_style(DIM);
        let inner = block.inner(area);
        let width = usize::from(inner.width);
        let line = |(number, (room, view)): (usize, (&RoomName, &RoomView))| {
            let current = Some(room) == self.room.as_ref();
            let mentions = if view.mentions > 0 { format!(" @{}", view.mentions) } else { String::new() };
            let unread = if view.unread > 0 { format!("{mentions} {}", view.unread) } else { mentions };
            let number = if number < 9 { (number + 1).to_string() } else { " ".to_owned() };
            let mark = if current { "▸" } else { " " };
            let head = format!("{mark}{number} ");
            let name = fit(&shown(model, room), width.saturating_sub(columns(&head) + columns(&unread)));
            let gap = width.saturating_sub(columns(&head) + columns(&name) + columns(&unread));
            let style = if current || view.unread > 0 { BOLD } else { PLAIN };
            Line::from(vec![
                Span::styled(head, DIM),
                Span::styled(format!("{name}{:gap$}", ""), style),
                Span::styled(unread, BOLD.patch(YELLOW)),
            ])
        };
        let lines: Vec<Line> = model.rooms.iter().enumerate().map(line).collect();
        let current = model.rooms.keys().position(|room| Some(room) == self.room.as_ref()).unwrap_or(0);
        // The room that is shown stays in sight.
        let top = (current + 1).saturating_sub(usize::from(inner.height));
        frame.render_widget(block, area);
        put(frame, inner, lines.into_iter().skip(top).collect());
    }

    fn members(&self, model: &Model, area: Rect, frame: &mut Frame) {
        let block = Block::new().borders(Borders::LEFT).border_style(DIM).padding(Padding::left(1));
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let Some(view) = self.room.as_ref().and_then(|room| model.rooms.get(room)) else { return };
        let mut lines = sheet::members(view, usize::from(inner.width));
        let room = usize::from(inner.height);
        if lines.len() > room && room > 0 {
            let more = lines.len() - room + 1;
            lines.truncate(room - 1);
            lines.push(Line::styled(fit(&format!("{more} more: /members"), usize::from(inner.width)), DIM));
        }
        put(frame, inner, lines);
    }

    fn write_line(&self, area: Rect, width: usize, frame: &mut Frame) {
        if area.is_empty() {
            return;
        }
        if let Some(prompt) = &self.prompt {
            let rows = wrap_anywhere(&prompt.shown(), width);
            let top = rows.len().saturating_sub(usize::from(area.height));
            let last = rows.last().map_or(0, |row| columns(row));
            let line = |(number, row): (usize, String)| {
                Line::from(vec![Span::styled(if number == 0 { "? " } else { "  " }, YELLOW), Span::raw(row)])
            };
            put(frame, area, rows.into_iter().enumerate().map(line).skip(top).collect());
            let column = (PROMPT.len() + last).min(usize::from(area.width) - 1);
            if let Ok(x) = u16::try_from(column) {
                frame.set_cursor_position(Position { x: area.x + x, y: area.y + area.height - 1 });
            }
            return;
        }
        let shown = self.input.shown(width);
        let top = (shown.row + 1).saturating_sub(usize::from(area.height));
        let line = |(number, row): (usize, String)| {
            Line::from(vec![Span::styled(if number == 0 { PROMPT } else { "  " }, DIM), Span::raw(row)])
        };
        put(frame, area, shown.rows.into_iter().enumerate().map(line).skip(top).collect());
        let (row, column) = (shown.row - top, PROMPT.len() + shown.column);
        let right = usize::from(area.width) - 1;
        if let (Ok(x), Ok(y)) = (u16::try_from(column.min(right)), u16::try_from(row)) {
            frame.set_cursor_position(Position { x: area.x + x, y: area.y + y });
        }
    }

    fn notice_lines(&self, width: usize, rows: usize) -> Vec<Line<'static>> {
        let mut lines: Vec<(Style, String)> = Vec::new();
        for notice in &self.notices {
            let good = notice.starts_with('✓');
            let (style, head) = if good { (GREEN, "") } else { (YELLOW, "! ") };
            let wrapped = wrap(&format!("{head}{}", harmless(notice)), width, width.saturating_sub(2));
            let indented = wrapped.into_iter().enumerate();
            lines.extend(
                indented.map(|(number, line)| (style, if number == 0 { line } else { format!("  {line}") })),
            );
        }
        // The newest are the last.
        lines.drain(..lines.len().saturating_sub(rows));
        lines.into_iter().map(|(style, line)| Line::styled(line, style)).collect()
    }

    fn unread_elsewhere(&self, model: &Model) -> usize {
        model
            .rooms
            .iter()
            .filter(|(room, _)| Some(*room) != self.room.as_ref())
            .map(|(_, view)| usize::try_from(view.unread).unwrap_or(usize::MAX))
            // The server's numbers, which may be any.
            .fold(0, usize::saturating_add)
    }
}

/// How a room stands, behind its name: what is not as usual, and what it is about.
fn standing(view: &RoomView, now: Wall) -> String {
    let mut words = Vec::new();
    if !matches!(view.kind, RoomKind::Public | RoomKind::Direct) {
        words.push(answer::kind(view.kind).to_owned());
    }
    if view.archived {
        words.push("archived".to_owned());
    }
    if view.slow_ms > 0 {
        words.push(format!("slow {}", duration(view.slow_ms)));
    }
    match view.keep_days {
        None => {}
        Some(1) => words.push("kept for a day".to_owned()),
        Some(days) => words.push(format!("kept for {days} days")),
    }
    if let Some(muted) = view.muted.as_ref().filter(|muted| muted.holds(now)) {
        let until = muted.until.map_or(String::new(), |until| format!(" until {}", date_time(until.0)));
        words.push(format!("you are muted{until}"));
    }
    if view.reports > 0 {
        words.push(format!("{} reported: /reports", view.reports));
    }
    if view.waiting > 0 {
        words.push(format!("{} waiting: /held", view.waiting));
    }
    if !view.pins.is_empty() {
        words.push(format!("⚑ {}", view.pins.len()));
    }
    let standing = if words.is_empty() { String::new() } else { format!("  [{}]", words.join(" · ")) };
    let topic = harmless(&view.topic).replace('\n', " ");
    if topic.is_empty() { standing } else { format!("{standing}  {topic}") }
}

/// Who is typing.
fn typing(view: &RoomView) -> String {
    let names: Vec<&str> = view.typing.keys().map(Name::as_str).collect();
    match names[..] {
        [] => String::new(),
        [one] => format!("{one} is typing"),
        [one, two] => format!("{one} and {two} are typing"),
        _ => "several are typing".to_owned(),
    }
}

/// Rows of a question, which may be broken anywhere.
fn wrap_anywhere(text: &str, width: usize) -> Vec<String> {
    let mut input = Input::default();
    input.insert(&harmless(text));
    input.shown(width).rows
}

fn rule_or_line(words: &str, width: usize) -> String {
    if words.is_empty() { "─".repeat(width) } else { rule(words, width) }
}

/// Draws as many of the lines as there is room for, from the top.
fn put(frame: &mut Frame, area: Rect, lines: Vec<Line>) {
    for (row, line) in area.rows().zip(lines) {
        frame.render_widget(line, row);
    }
}
