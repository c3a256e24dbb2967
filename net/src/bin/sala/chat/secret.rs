//! What is shown once and to be taken elsewhere: a link into a room, and what an authenticator needs.

use super::rows::{BOLD, DIM, PLAIN};
use super::wrap::{columns, fit, wrap};
use crate::qr;
use ratatui::style::{Color, Style};
use ratatui::text::Line;

/// Whatever the terminal's colours are, a camera sees dark on light.
const DARK_ON_LIGHT: Style = PLAIN.fg(Color::Black).bg(Color::White);

/// A link into the room that is shown.
pub(super) fn link(link: &str, entrance: &str, hint: Option<&str>, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled(fit("A link into this room, which is not shown again", width), BOLD)];
    lines.push(Line::default());
    copied(entrance, width, &mut lines);
    lines.push(Line::default());
    words("is what one types in a terminal to come in by it. In Sala already, it is", width, &mut lines);
    lines.push(Line::default());
    copied(&format!("/join {link}"), width, &mut lines);
    if let Some(hint) = hint {
        lines.push(Line::default());
        words(hint, width, &mut lines);
    }
    lines
}

/// What an authenticator needs. The picture comes first, and only where it has room: a part of it is good for nothing.
pub(super) fn enrolment(
    uri: &str,
    secret: &str,
    recovery: &[String],
    width: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let fits = |rows: &Vec<String>| rows.len() <= height && rows.iter().all(|row| columns(row) <= width);
    let mut lines = Vec::new();
    let picture = [qr::QUIET, qr::QUIET_MIN].into_iter().filter_map(|quiet| qr::rows(uri, quiet)).find(fits);
    let asks = match picture {
        Some(rows) => {
            lines.extend(rows.into_iter().map(|row| Line::styled(row, DARK_ON_LIGHT)));
            "Show this to your authenticator, or type its secret there:"
        }
        None => "Type this secret into your authenticator (a larger window shows a picture for its camera):",
    };
    words(asks, width, &mut lines);
    lines.extend(wrap(secret, width, width).into_iter().map(|line| Line::styled(line, BOLD)));
    lines.push(Line::default());
    words("Keep these recovery codes, each is good once, without it:", width, &mut lines);
    let beside = (width / (recovery.first().map_or(0, |code| columns(code)) + 3)).max(1);
    lines.extend(recovery.chunks(beside).map(|codes| Line::raw(codes.join("   "))));
    lines
}

/// What is to be copied: broken nowhere but at the edge, and without a blank that is not in it.
fn copied(text: &str, width: usize, lines: &mut Vec<Line<'static>>) {
    let mut rest = text;
    while !rest.is_empty() {
        let cut = rest.char_indices().nth(width.max(1)).map_or(rest.len(), |(at, _)| at);
        let (line, after) = rest.split_at(cut);
        lines.push(Line::styled(line.to_owned(), BOLD));
        rest = after;
    }
}

fn words(text: &str, width: usize, lines: &mut Vec<Line<'static>>) {
    lines.extend(wrap(text, width, width).into_iter().map(|line| Line::styled(line, DIM)));
}
