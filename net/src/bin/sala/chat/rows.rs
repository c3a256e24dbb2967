//! What a room's timeline looks like: its rows and what waits to be sent, as styled lines.

use super::wrap::{columns, fit, harmless, wrap};
use crate::print;
use crate::shape::{clock_time, date};
use crate::titles::named;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use sala_core::client::{Link, Marks, Model, Pending, PendingState, RoomView, Row, Ticket};
use sala_core::entry::{Act, HeldId, Post, RoomEntry, Seq};
use sala_core::limits::TIMELINE_ENTRIES_MAX;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::HeldInfo;

/// Colours that names are told apart by: those that are read on light and on dark. Red is for what failed.
const NAME_COLORS: [Color; 7] = [
    Color::Cyan,
    Color::Green,
    Color::Magenta,
    Color::Yellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
];
/// Names that are shown of those who put a sign to a post.
const SIGN_NAMES_MAX: usize = 3;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

pub(super) const PLAIN: Style = Style::new();
pub(super) const DIM: Style = PLAIN.add_modifier(Modifier::DIM);
pub(super) const BOLD: Style = PLAIN.add_modifier(Modifier::BOLD);
pub(super) const RED: Style = PLAIN.fg(Color::Red);
pub(super) const GREEN: Style = PLAIN.fg(Color::Green);
pub(super) const YELLOW: Style = PLAIN.fg(Color::Yellow);

/// What an item is known by, whatever comes or goes around it. A stretch is known by its last place: once it is loaded,
/// the entry that was nearest to what was read stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the log.
    Entry(Seq),
    /// Behind the log.
    Pending(Ticket),
    /// Nowhere yet: it waits for the moderators.
    Held(HeldId),
}

/// One thing of a timeline, of one or several lines.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) place: Place,
    what: What<'a>,
    /// The day that begins with it.
    day: Option<u64>,
    /// What is not read yet begins with it.
    new: bool,
}

#[derive(Debug)]
enum What<'a> {
    Entry(&'a RoomEntry),
    /// A post, with what became of it.
    Post(Said<'a>),
    Skipped {
        from: Seq,
        to: Seq,
        state: SkippedState,
    },
    Damaged {
        from: Seq,
        to: Seq,
    },
    /// What we said that waits for the moderators, and what it answers.
    Held(&'a HeldInfo, Answers<'a>),
    /// What waits, by whom, what it answers, and why it failed if it did.
    Pending(&'a Pending, &'a Name, Answers<'a>, Option<String>),
}

/// The place of what a post answers, and who said what there, if that is held.
type Answers<'a> = Option<(Seq, Option<(&'a Name, &'a str)>)>;

/// A post as it stands now.
#[derive(Debug)]
struct Said<'a> {
    seq: Seq,
    entry: &'a RoomEntry,
    post: &'a Post,
    marks: Option<&'a Marks>,
    answers: Answers<'a>,
    /// It names the one who looks.
    names_me: bool,
    pinned: bool,
    /// Its number is to be seen.
    numbered: bool,
}

/// What becomes of a stretch that is not held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SkippedState {
    Idle,
    Loading,
    Offline,
    /// As much is held as may be: what is loaded in front of it would be dropped at once.
    Full,
}

/// All that a room shows, in order. `read` is where the reading stopped.
pub(super) fn items<'a>(
    model: &'a Model,
    room: &RoomName,
    read: Option<Seq>,
    numbered: bool,
) -> Vec<Item<'a>> {
    let mut items: Vec<Item> = Vec::new();
    if let Some(view) = model.rooms.get(room) {
        let mut last_day = None;
        for row in view.timeline.rows() {
            let (place, what) = match row {
                // What is as old as it is kept is gone without a word; the room's line says for how long that is.
                Row::Entry(_, RoomEntry { act: Act::Faded { .. }, .. }) => continue,
                Row::Entry(seq, RoomEntry { act: Act::Post(_), .. }) if seq <= view.timeline.faded() => {
                    continue;
                }
                // They are seen at the post that they are about.
                Row::Entry(
                    _,
                    RoomEntry { act: Act::Edited { .. } | Act::Deleted { .. } | Act::Reacted { .. }, .. },
                ) => continue,
                Row::Entry(seq, entry) => match &entry.act {
                    Act::Post(post) => (seq, What::Post(said_in(model, view, seq, entry, post, numbered))),
                    _ => (seq, What::Entry(entry)),
                },
                Row::Skipped { from, to } => {
                    (to, What::Skipped { from, to, state: skipped_state(model, view, from) })
                }
                Row::Damaged(seq) => match items.last_mut() {
                    Some(Item { place, what: What::Damaged { to, .. }, .. }) => {
                        (*place, *to) = (Place::Entry(seq), seq);
                        continue;
                    }
                    _ => (seq, What::Damaged { from: seq, to: seq }),
                },
            };
            let day = match &what {
                What::Entry(entry) | What::Post(Said { entry, .. }) => Some(entry.at.0 / DAY_MS),
                _ => None,
            };
            let begins = day.filter(|_| day != last_day);
            last_day = day.or(last_day);
            items.push(Item { place: Place::Entry(place), what, day: begins, new: false });
        }
        let unread =
            |item: &&mut Item| read.is_some_and(|read| matches!(item.place, Place::Entry(seq) if seq > read));
        if let Some(first) = items.iter_mut().find(unread) {
            first.new = true;
        }
    }
    let held =
        model.rooms.get(room).into_iter().flat_map(|view| view.held.iter().map(move |row| (view, row)));
    items.extend(held.filter(|(_, row)| row.by == model.name).map(|(view, row)| {
        let what = What::Held(row, answered(Some(view), row.reply));
        Item { place: Place::Held(row.held), what, day: None, new: false }
    }));
    let pending = model.outbox.posts().filter(|post| post.room == *room);
    items.extend(pending.map(|post| {
        let why = match &post.state {
            PendingState::Failed(refusal) => Some(named(model, &refusal.text)),
            PendingState::Waiting | PendingState::Sent => None,
        };
        let answers = answered(model.rooms.get(room), post.reply);
        let what = What::Pending(post, &model.name, answers, why);
        Item { place: Place::Pending(post.ticket), what, day: None, new: false }
    }));
    items
}

fn answered(view: Option<&RoomView>, reply: Option<Seq>) -> Answers<'_> {
    let to = reply?;
    let said = view.and_then(|view| {
        let entry = view.timeline.entry(to)?;
        Some((&entry.author, view.timeline.post(to)?.text.as_str()))
    });
    Some((to, said))
}

fn said_in<'a>(
    model: &'a Model,
    view: &'a RoomView,
    seq: Seq,
    entry: &'a RoomEntry,
    post: &'a Post,
    numbered: bool,
) -> Said<'a> {
    let names_me = model.is_called_by(entry, post);
    Said {
        seq,
        entry,
        post,
        marks: view.timeline.marks(seq),
        answers: answered(Some(view), post.reply),
        names_me,
        pinned: view.pins.contains(&seq),
        numbered,
    }
}

fn skipped_state(model: &Model, view: &RoomView, from: Seq) -> SkippedState {
    if model.link != Link::Online {
        SkippedState::Offline
    } else if view.timeline.len() >= TIMELINE_ENTRIES_MAX
        && view.timeline.first().is_some_and(|first| from < first)
    {
        SkippedState::Full
    } else if view.loading {
        SkippedState::Loading
    } else {
        SkippedState::Idle
    }
}

impl Item<'_> {
    /// The stretch, if it is one that can be loaded now.
    pub(super) fn loadable(&self) -> Option<(Seq, Seq)> {
        match self.what {
            What::Skipped { from, to, state: SkippedState::Idle } => Some((from, to)),
            _ => None,
        }
    }

    /// The item in so many columns.
    pub(super) fn lines(&self, width: usize) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        if let Some(day) = self.day {
            lines.push(Line::styled(rule(&format!("{} UTC", date(day)), width), DIM));
        }
        if self.new {
            lines.push(Line::styled(rule("new", width), YELLOW));
        }
        match &self.what {
            What::Entry(entry) => entry_lines(entry, width, &mut lines),
            What::Post(said) => said.lines(width, &mut lines),
            &What::Skipped { from, to, state } => {
                let stretch = stretch(from, to);
                let text = match state {
                    SkippedState::Idle => format!("skipped {stretch}: scroll here to load"),
                    SkippedState::Loading => format!("skipped {stretch}: loading"),
                    SkippedState::Offline => format!("skipped {stretch}: the server has them, and is away"),
                    SkippedState::Full => {
                        format!(
                            "skipped {stretch}: no more fits here; see sala history --before {}",
                            to.0 + 1
                        )
                    }
                };
                plain_lines(&format!("┄ {text} ┄"), DIM, width, &mut lines);
            }
            &What::Damaged { from, to } => {
                let text = format!("✗ {} cannot be read: damaged on the server's disk", stretch(from, to));
                plain_lines(&text, RED, width, &mut lines);
            }
            What::Held(row, answers) => {
                if let Some((to, answered)) = *answers {
                    lines.push(Line::styled(fit(&answered_words(to, answered), width), DIM));
                }
                let text = format!("{} … waits for a moderator", harmless(&row.text));
                said("  …", row.by.as_str(), &text, [DIM; 3], width, &mut lines);
            }
            What::Pending(post, name, answers, why) => {
                pending_lines(post, name.as_str(), *answers, why.as_deref(), width, &mut lines);
            }
        }
        lines
    }
}

/// The colour of a name: the same in every room, every time.
pub(super) fn name_style(name: &str) -> Style {
    // FNV-1a (Fowler, Noll, Vo): the standard library's hashes may change from one release to the next.
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    BOLD.fg(NAME_COLORS[hash as usize % NAME_COLORS.len()])
}

impl Said<'_> {
    fn lines(&self, width: usize, lines: &mut Vec<Line<'static>>) {
        if let Some((to, answered)) = self.answers {
            lines.push(Line::styled(fit(&answered_words(to, answered), width), DIM));
        }
        let time = clock_time(self.entry.at.0);
        let time = time.trim_end_matches('Z');
        let mark = match (self.names_me, self.pinned) {
            (true, _) => '»',
            (false, true) => '⚑',
            (false, false) => ' ',
        };
        let time =
            if self.numbered { format!("{time}{mark}{} ", self.seq.0) } else { format!("{time}{mark}") };
        let author = self.entry.author.as_str();
        let deleted = self.marks.is_some_and(Marks::is_deleted);
        let edited = self.marks.is_some_and(|marks| marks.edited().is_some());
        let text = match (deleted, edited) {
            (true, _) => "(deleted)".to_owned(),
            (false, true) => format!("{} (edited)", harmless(&self.post.text)),
            (false, false) => harmless(&self.post.text),
        };
        let style = if deleted { DIM } else { PLAIN };
        let styles =
            if self.names_me { [YELLOW, name_style(author), BOLD] } else { [DIM, name_style(author), style] };
        said(&time, author, &text, styles, width, lines);
        let signs = self.marks.into_iter().flat_map(Marks::signs).map(|sign| {
            let names: Vec<&str> = sign.names.iter().take(SIGN_NAMES_MAX).map(|name| name.as_str()).collect();
            let more = if sign.count > names.len() as u64 { ", …" } else { "" };
            format!("{} {} ({}{more})", harmless(sign.emoji), sign.count, names.join(", "))
        });
        let signs: Vec<String> = signs.collect();
        if !signs.is_empty() {
            let indent = indent(width);
            let signs = fit(&signs.join("  "), width.saturating_sub(indent));
            lines.push(Line::styled(format!("{:indent$}{signs}", ""), DIM));
        }
    }
}

/// The line above a post that answers another.
fn answered_words(to: Seq, answered: Option<(&Name, &str)>) -> String {
    match answered {
        Some((author, "")) => format!("      ┌ {author}: (deleted)"),
        Some((author, text)) => format!("      ┌ {author}: {}", harmless(text).replace('\n', " ")),
        None => format!("      ┌ message {}", to.0),
    }
}

fn entry_lines(entry: &RoomEntry, width: usize, lines: &mut Vec<Line<'static>>) {
    let time = clock_time(entry.at.0);
    let time = time.trim_end_matches('Z');
    let what = print::acted(entry.author.as_str(), &entry.act);
    plain_lines(&format!("{time} · {what}"), DIM, width, lines);
}

fn pending_lines(
    post: &Pending,
    name: &str,
    answers: Answers<'_>,
    why: Option<&str>,
    width: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let text = harmless(&post.text);
    if let Some((to, answered)) = answers {
        lines.push(Line::styled(fit(&answered_words(to, answered), width), DIM));
    }
    match &post.state {
        PendingState::Waiting => said("  …", name, &format!("{text} … waiting"), [DIM; 3], width, lines),
        PendingState::Sent => said("  …", name, &format!("{text} … sending"), [DIM; 3], width, lines),
        PendingState::Failed(_) => {
            said("  ✗", name, &text, [RED; 3], width, lines);
            let why = format!("      not sent: {} (/retry or /discard)", harmless(why.unwrap_or_default()));
            plain_lines(&why, RED, width, lines);
        }
    }
}

/// Lines that somebody said: a time, a name, and the text, each in its style.
fn said(
    time: &str,
    author: &str,
    text: &str,
    styles: [Style; 3],
    width: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let indent = indent(width);
    let time = format!("{time:<6}");
    let author = fit(author, width.saturating_sub(columns(&time) + 2));
    let used = columns(&time) + columns(&author) + 2;
    let rest = width.saturating_sub(indent);
    let mut head = vec![Span::styled(time, styles[0]), Span::styled(format!("{author}: "), styles[1])];
    // A long name in a narrow window leaves no room beside it.
    let beside = width.saturating_sub(used);
    let mut wrapped = wrap(text, if beside >= rest / 3 { beside } else { rest }, rest).into_iter();
    if beside >= rest / 3 {
        head.extend(wrapped.next().map(|first| Span::styled(first, styles[2])));
    }
    lines.push(Line::from(head));
    lines.extend(wrapped.map(|line| Line::styled(format!("{:indent$}{line}", ""), styles[2])));
}

fn plain_lines(text: &str, style: Style, width: usize, lines: &mut Vec<Line<'static>>) {
    let indent = indent(width);
    for (number, line) in wrap(text, width, width.saturating_sub(indent)).into_iter().enumerate() {
        let line = if number == 0 { line } else { format!("{:indent$}{line}", "") };
        lines.push(Line::styled(line, style));
    }
}

/// Columns under the time that further lines leave free.
fn indent(width: usize) -> usize {
    if width >= 30 { 6 } else { 2 }
}

fn stretch(from: Seq, to: Seq) -> String {
    if from == to { format!("entry {}", from.0) } else { format!("entries {}–{}", from.0, to.0) }
}

/// A line across the window with words in its middle.
pub(super) fn rule(words: &str, width: usize) -> String {
    let words = fit(&format!(" {words} "), width);
    let left = width.saturating_sub(columns(&words)) / 2;
    let right = width.saturating_sub(columns(&words) + left);
    format!("{}{words}{}", "─".repeat(left), "─".repeat(right))
}
