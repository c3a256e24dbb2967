//! What is shown in the place of the timeline for a while: the help, the list of rooms, the members.

use super::command::{About, LOCAL};
use super::keys::KEYS;
use super::news::{asks, invites};
use super::rows::{BOLD, DIM, GREEN, PLAIN, RED, YELLOW, name_style};
use super::wrap::{columns, fit, harmless, wrap};
use crate::answer;
use crate::grammar::{Act, Topic, acts, acts_of};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use sala_core::client::{Link, Model, RoomView, Stands};
use sala_core::entry::Mode;

/// Columns of the left of two columns, and the least width of a window that has room for two.
const LEFT: usize = 20;
const BOTH: usize = 50;

/// Keys and commands, or what can be done about something.
pub(super) fn help(about: Option<About>, model: &Model, width: usize) -> Vec<Line<'static>> {
    match about {
        None => overview(model.account, width),
        Some(About::Topic(topic)) => {
            let mut lines = vec![Line::styled(topic.about(), BOLD)];
            acts_of(topic).for_each(|act| explain(act, width, &mut lines));
            if matches!(topic, Topic::Message) {
                lines.push(Line::default());
                let text = "MESSAGE is a number (/numbers shows them), -1 for your last message, NAME for the last \
                            one of somebody, ^ for the last of all";
                lines.extend(wrap(text, width, width).into_iter().map(|line| Line::styled(line, DIM)));
            }
            if matches!(topic, Topic::Room) {
                lines.push(Line::default());
                let text = "TIME is 30m, 2h or 7d; without one it holds until it is lifted";
                lines.extend(wrap(text, width, width).into_iter().map(|line| Line::styled(line, DIM)));
            }
            lines
        }
        Some(About::Act(act)) => {
            let mut lines = Vec::new();
            explain(act, width, &mut lines);
            if act.example(true) != act.slash {
                pair("  such as", &act.example(true), width, &mut lines);
            }
            for choice in act.options {
                pair(&format!("  {} {}", choice.flag, choice.name), choice.about, width, &mut lines);
            }
            lines
        }
    }
}

fn overview(account: bool, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if !account {
        // What a guest can lose comes before anything else that he can do.
        lines.push(Line::styled(fit("You are a guest: your name lives on this computer alone", width), BOLD));
        pair("/register", "make it an account, and keep your rooms", width, &mut lines);
        pair("/sign-in [NAME]", "come back into one, here or on another computer", width, &mut lines);
        lines.push(Line::default());
    }
    lines.push(Line::styled("Commands", BOLD));
    let first = |act: &&Act| matches!(act.slash, "/join" | "/create" | "/leave" | "/direct" | "/members");
    acts().filter(first).for_each(|act| explain(act, width, &mut lines));
    for (name, rest, what) in LOCAL {
        pair(&format!("{name}{rest}"), what, width, &mut lines);
    }
    pair("//TEXT", "post a text that begins with /", width, &mut lines);
    lines.push(Line::default());
    lines.push(Line::styled("More", BOLD));
    for topic in Topic::ALL {
        pair(&format!("/help {}", topic.word()), topic.about(), width, &mut lines);
    }
    lines.push(Line::default());
    lines.push(Line::styled("Keys", BOLD));
    for (key, what) in KEYS {
        pair(key, what, width, &mut lines);
    }
    lines
}

fn explain(act: &Act, width: usize, lines: &mut Vec<Line<'static>>) {
    let usage = format!("{} {}", act.slash, act.usage(true));
    pair(usage.trim_end(), act.about, width, lines);
}

/// An answer of the server.
pub(super) fn answer(title: &str, rows: &[String], width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled(fit(&harmless(title), width), BOLD)];
    for row in rows {
        let indent = width.min(4);
        let wrapped = wrap(&harmless(row), width, width.saturating_sub(indent)).into_iter().enumerate();
        lines.extend(wrapped.map(|(number, line)| {
            Line::raw(if number == 0 { line } else { format!("{:indent$}{line}", "") })
        }));
    }
    lines
}

/// Whom we know: friends, those who ask or are asked, and those who are blocked.
pub(super) fn friends(model: &Model, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (stands, title) in [
        (Stands::Friend, "Friends"),
        (Stands::AskedBy, "They ask you: /accept NAME or /friends decline NAME"),
        (Stands::Asked, "You asked them"),
        (Stands::Blocked, "Blocked: /unblock NAME"),
    ] {
        let mut those = model.contacts.iter().filter(|(_, contact)| contact.stands == stands).peekable();
        if those.peek().is_some() {
            lines.push(Line::styled(fit(title, width), BOLD));
        }
        for (name, contact) in those {
            let (mark, style) = presence_mark(contact.here, contact.mode);
            let mark = if stands == Stands::Friend { mark } else { "  " };
            let more = if contact.note.is_empty() { &contact.status } else { &contact.note };
            lines.push(person(mark, style, name.as_str(), more, width));
        }
    }
    if lines.is_empty() {
        lines.push(Line::styled(fit("nobody yet: /friends add NAME asks somebody", width), DIM));
    }
    lines
}

/// What waits for an answer of ours.
pub(super) fn requests(model: &Model, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let requests = model.contacts.iter().filter(|(_, contact)| contact.stands == Stands::AskedBy);
    let requests = requests.map(|(name, contact)| asks(name, &contact.note));
    for text in requests.chain(model.invitations.iter().map(|(room, row)| invites(room, row))) {
        lines.extend(wrap(&harmless(&text), width, width).into_iter().map(Line::raw));
    }
    if lines.is_empty() {
        lines.push(Line::styled("nobody asks anything of you", DIM));
    }
    lines
}

/// What is pinned in a room.
pub(super) fn pins(view: &RoomView, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled(fit("Pinned messages", width), BOLD)];
    for seq in &view.pins {
        let post = view.timeline.entry(*seq).zip(view.timeline.post(*seq));
        let text = match post {
            Some((entry, post)) if post.text.is_empty() => format!("{}  {}: (deleted)", seq.0, entry.author),
            Some((entry, post)) => format!("{}  {}: {}", seq.0, entry.author, harmless(&post.text)),
            None => format!("{}  (scroll up to load it)", seq.0),
        };
        lines.extend(wrap(&text, width, width.saturating_sub(4)).into_iter().map(Line::raw));
    }
    if view.pins.is_empty() {
        lines.push(Line::styled(fit("none: /pin MESSAGE keeps one in sight", width), DIM));
    }
    lines
}

/// The mark of somebody: whether he is here, and in which state.
fn presence_mark(here: bool, mode: Mode) -> (&'static str, Style) {
    match (here, mode) {
        (false, _) => ("○ ", DIM),
        (true, Mode::Away) => ("◐ ", YELLOW),
        (true, Mode::Busy) => ("⊖ ", RED),
        (true, Mode::Online | Mode::Invisible) => ("● ", GREEN),
    }
}

fn person(mark: &'static str, style: Style, name: &str, more: &str, width: usize) -> Line<'static> {
    let name = fit(name, width.saturating_sub(2));
    let room = width.saturating_sub(2 + columns(&name));
    let more =
        if more.is_empty() { String::new() } else { format!("  {}", harmless(more).replace('\n', " ")) };
    let more = if room > 3 { fit(&more, room) } else { String::new() };
    let name_style = if style == DIM { DIM } else { name_style(&name) };
    Line::from(vec![Span::styled(mark, style), Span::styled(name, name_style), Span::styled(more, DIM)])
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
        let nameless = if row.title.is_none() && row.room.is_given() { " (no name)" } else { "" };
        let shown = answer::title(&row.room, row.title.as_ref());
        pair(&format!("{mark} {shown}{nameless}"), &format!("{members}{dot}{topic}"), width, &mut lines);
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

/// The members of a room: first those who are here, and of them those who keep order.
pub(super) fn members(view: &RoomView, width: usize) -> Vec<Line<'static>> {
    let count = |here: bool| view.members.values().filter(|held| held.here == here).count();
    let mut lines = Vec::new();
    for (here, title) in [(true, "here"), (false, "away")] {
        let count = count(here);
        if count == 0 {
            continue;
        }
        lines.push(Line::styled(format!("{title} ({count})"), DIM));
        let mut those: Vec<_> = view.members.iter().filter(|(_, held)| held.here == here).collect();
        those.sort_by_key(|(name, held)| (std::cmp::Reverse(held.role), *name));
        for (name, held) in those {
            let (mark, style) = presence_mark(held.here, held.mode);
            let role = answer::role(held.role);
            let more = match (role, held.status.as_str()) {
                (role, "") => role.to_owned(),
                ("", status) => status.to_owned(),
                (role, status) => format!("{role} · {status}"),
            };
            lines.push(person(mark, style, name.as_str(), &more, width));
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
