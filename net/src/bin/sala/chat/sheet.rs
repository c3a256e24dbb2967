//! What is shown in the place of the timeline for a while: the help, the list of rooms, the members.

use super::command::COMMANDS;
use super::keys::KEYS;
use super::rows::{BOLD, DIM, GREEN, PLAIN, name_style};
use super::wrap::{columns, fit, harmless, wrap};
use ratatui::text::{Line, Span};
use sala_core::client::{Link, Model, RoomView};

/// Columns of the left of two columns, and the least width of a window that has room for two.
const LEFT: usize = 20;
const BOTH: usize = 50;

/// Keys and commands.
pub(super) fn help(width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled("Commands", BOLD)];
    for (name, rest, what) in COMMANDS {
        pair(&format!("{name}{rest}"), what, width, &mut lines);
    }
    pair("//TEXT", "post a text that begins with /", width, &mut lines);
    lines.push(Line::default());
    lines.push(Line::styled("Keys", BOLD));
    for (key, what) in KEYS {
        pair(key, what, width, &mut lines);
    }
    lines
}

/// The rooms that there are, as far as the server has listed them.
pub(super) fn rooms(model: &Model, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled("Rooms of the server (* you are a member)", BOLD)];
    for row in &model.directory {
        let mark = if model.rooms.contains_key(&row.room) { '*' } else { ' ' };
        let members =
            if row.members == 1 { "1 member".to_owned() } else { format!("{} members", row.members) };
        let topic = harmless(&row.topic).replace('\n', " ");
        let dot = if topic.is_empty() { "" } else { " · " };
        pair(&format!("{mark} {}", row.room), &format!("{members}{dot}{topic}"), width, &mut lines);
    }
    if model.directory.is_empty() {
        let text = if model.link == Link::Online {
            "asking the server"
        } else {
            "the list needs the server, which is away"
        };
        lines.push(Line::styled(text, DIM));
    }
    lines
}

/// The members of a room: first those who are here.
pub(super) fn members(view: &RoomView, width: usize) -> Vec<Line<'static>> {
    let count = |here: bool| view.members.values().filter(|held| held.here == here).count();
    let mut lines = Vec::new();
    for (here, title, mark) in [(true, "here", "● "), (false, "away", "○ ")] {
        let count = count(here);
        if count == 0 {
            continue;
        }
        lines.push(Line::styled(format!("{title} ({count})"), DIM));
        for name in view.members.iter().filter(|(_, held)| held.here == here).map(|(name, _)| name.as_str()) {
            let shown = fit(name, width.saturating_sub(2));
            let (mark_style, style) = if here { (GREEN, name_style(name)) } else { (DIM, DIM) };
            lines.push(Line::from(vec![Span::styled(mark, mark_style), Span::styled(shown, style)]));
        }
    }
    lines
}

/// Two columns, or in a narrow window one below the other.
fn pair(left: &str, right: &str, width: usize, lines: &mut Vec<Line<'static>>) {
    let beside = width >= BOTH && columns(left) < LEFT;
    let indent = if width >= BOTH { LEFT } else { 4 };
    if !beside {
        lines.extend(wrap(left, width, width).into_iter().map(Line::raw));
    }
    for (number, text) in
        wrap(right, width.saturating_sub(indent), width.saturating_sub(indent)).into_iter().enumerate()
    {
        let head = if beside && number == 0 { left } else { "" };
        let gap = indent.saturating_sub(columns(head));
        lines.push(Line::from(vec![
            Span::styled(format!("{head}{:gap$}", ""), PLAIN),
            Span::styled(text, DIM),
        ]));
    }
}
