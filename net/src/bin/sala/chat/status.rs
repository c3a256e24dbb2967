//! The line that says how things stand with the server.

use super::rows::{DIM, GREEN, RED, YELLOW};
use super::wrap::{columns, fit, harmless, wrap};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use sala_core::client::{Link, Model};
use sala_core::time::Tick;

/// Seconds until the next attempt to connect, if one is being waited for: a part of a second counts as one.
fn countdown(link: &Link, now: Tick) -> Option<u64> {
    match link {
        Link::Waiting { until, .. } => Some(until.since(now).div_ceil(1000)),
        Link::Dialling | Link::Entering | Link::Online | Link::Closed { .. } => None,
    }
}

/// The state of the link in at most so many rows and no fewer than `rows_min`, and beside it as much as fits of who is
/// where.
pub(super) fn status(
    model: &Model,
    server: &str,
    elsewhere: usize,
    now: Tick,
    width: usize,
    rows_min: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let (style, words) = link_words(model, now, width, rows);
    let mut left = wrap(&words, width, width);
    left.resize(left.len().clamp(rows_min.min(rows), rows), String::new());
    let unread = if elsewhere > 0 { format!("{elsewhere} unread elsewhere · ") } else { String::new() };
    let name = &model.name;
    let beside = [
        format!("{unread}{name} at {server} · /help"),
        format!("{unread}{name} at {server}"),
        format!("{unread}{name}"),
        unread.trim_end_matches(" · ").to_owned(),
    ];
    let used = left.last().map_or(0, |line| columns(line));
    let beside = beside.into_iter().find(|text| used + 2 + columns(text) <= width).unwrap_or_default();
    let last = left.len().saturating_sub(1);
    let line = |(number, line): (usize, String)| {
        let mut spans = vec![Span::styled(line, style)];
        if number == last {
            let gap = width.saturating_sub(used + columns(&beside));
            spans.push(Span::styled(format!("{:gap$}{beside}", ""), DIM));
        }
        Line::from(spans)
    };
    left.into_iter().enumerate().map(line).collect()
}

fn link_words(model: &Model, now: Tick, width: usize, rows: usize) -> (Style, String) {
    // What can be done comes last and must not be cut, so the reason is.
    let with = |head: &str, why: &str| {
        let tail = if width >= 60 { "Enter on an empty line dials now" } else { "Enter dials now" };
        let why = fit(&harmless(why).replace('\n', " "), width * rows);
        let words = |room| format!("{head}{} — {tail}", fit(&why, room));
        let fits = |words: &String| wrap(words, width, width).len() <= rows;
        (0..=columns(&why)).rev().map(words).find(fits).unwrap_or_else(|| words(0))
    };
    match &model.link {
        Link::Online => (GREEN, "● online".to_owned()),
        Link::Dialling => (YELLOW, "○ connecting".to_owned()),
        Link::Entering => (YELLOW, "○ entering".to_owned()),
        Link::Waiting { why, .. } => {
            let seconds = countdown(&model.link, now).unwrap_or(0);
            (YELLOW, with(&format!("○ reconnecting in {seconds} s: "), why))
        }
        Link::Closed { why, .. } => (RED, with("✗ closed: ", why)),
    }
}
