//! Reads what was said as its author meant it to look: a small, safe part of Markdown, and links; never HTML.
//!
//! Nothing is taken away that was not meant as a mark: a text whose marks do not pair is shown as it was written.

use crate::visible::{hides, visible};
use sala_core::limits::POST_BYTES_MAX;
use std::ops::Range;

/// How a stretch of text is meant to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// `**heavy**`
    pub(crate) bold: bool,
    /// `*slanted*` or `_slanted_`
    pub(crate) italic: bool,
    /// `~~no more~~`
    pub(crate) struck: bool,
    /// `` `as it is` ``, or a block between lines of three backticks.
    pub(crate) code: bool,
    /// A line that begins with `>`.
    pub(crate) quoted: bool,
}

/// A stretch of one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// What is to be read, a part of [`Marked::text`].
    pub(crate) range: Range<usize>,
    /// How it looks.
    pub(crate) look: Look,
    /// It is a link to itself, or names somebody.
    pub(crate) what: What,
}

/// What a stretch is beside text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// No more than text.
    Text,
    /// An address of the web.
    Link,
    /// `@` and a name.
    Mention,
}

/// A text without its marks, and how its stretches look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marked {
    /// What is to be read.
    pub(crate) text: String,
    /// Its stretches, in order and without gaps.
    pub(crate) spans: Vec<Span>,
}

/// The marks that stand on both sides of what they are about, longer ones first.
const MARKS: [&str; 4] = ["**", "~~", "*", "_"];
/// Marks within marks within marks; what goes deeper is shown as it was written.
const DEPTH_MAX: usize = 4;

/// Bytes of a text that are shown: no server that keeps to its word sends as many.
const SHOWN_BYTES_MAX: usize = 4 * POST_BYTES_MAX;

/// Reads a text, in time that grows with its length alone.
#[must_use]
pub(crate) fn read(text: &str) -> Marked {
    let whole = text.len() <= SHOWN_BYTES_MAX;
    let mut marked = read_lines(&text[..text.floor_char_boundary(SHOWN_BYTES_MAX)]);
    if !whole {
        marked.push("…", Look::default());
    }
    marked
}

fn read_lines(text: &str) -> Marked {
    let mut marked = Marked::default();
    let mut lines = text.split('\n').peekable();
    let (mut first, mut may_end) = (true, true);
    while let Some(line) = lines.next() {
        if !std::mem::take(&mut first) {
            marked.push("\n", Look::default());
        }
        if may_end && line.trim_start().starts_with("```") {
            let rest: Vec<&str> = lines.clone().collect();
            if let Some(end) = rest.iter().position(|line| line.trim() == "```") {
                marked.push(&rest[..end].join("\n"), Look { code: true, ..Look::default() });
                lines.nth(end);
                continue;
            }
            // Nor does any block that begins further on.
            may_end = false;
        }
        match line.strip_prefix('>').filter(|rest| rest.starts_with([' ', '>']) || rest.is_empty()) {
            Some(rest) => {
                inline(rest.trim_start(), Look { quoted: true, ..Look::default() }, 0, &mut marked);
            }
            None => inline(line, Look::default(), 0, &mut marked),
        }
    }
    marked
}

impl Marked {
    fn push(&mut self, text: &str, look: Look) {
        self.push_as(text, look, What::Text);
    }

    fn push_as(&mut self, text: &str, look: Look, what: What) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(&visible(text));
        match self.spans.last_mut().filter(|last| (last.look, last.what) == (look, what)) {
            Some(last) if what == What::Text => last.range.end = self.text.len(),
            _ => self.spans.push(Span { range: start..self.text.len(), look, what }),
        }
    }
}

/// Reads what stands within one line.
fn inline(line: &str, look: Look, depth: usize, marked: &mut Marked) {
    let (mut at, mut plain) = (0, 0);
    // Marks that nothing closes from here on: they are not looked for again.
    let mut open = [false; MARKS.len()];
    while at < line.len() {
        let (before, rest) = line.split_at(at);
        let step = special(before, rest, look, depth, &mut open);
        let Some((length, piece)) = step else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        marked.push(&line[plain..at], look);
        match piece {
            Piece::Marked(inner, look) => inline(inner, look, depth + 1, marked),
            Piece::Code(inner) => marked.push(inner, Look { code: true, ..look }),
            Piece::Special(what) => marked.push_as(&rest[..length], look, what),
        }
        at += length;
        plain = at;
    }
    marked.push(&line[plain..], look);
}

enum Piece<'a> {
    Marked(&'a str, Look),
    Code(&'a str),
    Special(What),
}

/// What begins here, and how long it is with its marks.
fn special<'a>(
    before: &str,
    rest: &'a str,
    look: Look,
    depth: usize,
    open: &mut [bool; MARKS.len()],
) -> Option<(usize, Piece<'a>)> {
    let apart = before.chars().next_back().is_none_or(|last| !last.is_alphanumeric());
    if let Some(inner) = rest.strip_prefix('`') {
        let end = inner.find('`').filter(|end| *end > 0)?;
        return Some((end + 2, Piece::Code(&inner[..end])));
    }
    if apart && let Some(length) = link(rest) {
        return Some((length, Piece::Special(What::Link)));
    }
    if apart && let Some(length) = mention(rest) {
        return Some((length, Piece::Special(What::Mention)));
    }
    if depth >= DEPTH_MAX {
        return None;
    }
    for (mark, open) in MARKS.into_iter().zip(open) {
        let Some(inner) = rest.strip_prefix(mark) else { continue };
        // `snake_case_names` and `2*3*4` are no marks.
        if !apart || *open || inner.starts_with([' ', '*', '_', '~']) {
            return None;
        }
        let closes = |end: &usize| {
            let (inside, after) = (&inner[..*end], &inner[end + mark.len()..]);
            !inside.is_empty()
                && !inside.ends_with([' ', '*'])
                && !after.starts_with(|next: char| next.is_alphanumeric() || next == '*')
        };
        let end = inner.match_indices(mark).map(|(end, _)| end).find(closes);
        *open = end.is_none();
        let end = end?;
        let look = match mark {
            "**" => Look { bold: true, ..look },
            "~~" => Look { struck: true, ..look },
            _ => Look { italic: true, ..look },
        };
        return Some((end + 2 * mark.len(), Piece::Marked(&inner[..end], look)));
    }
    None
}

/// The length of the address that stands here, without what only ends the sentence that it stands in.
fn link(rest: &str) -> Option<usize> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| rest.starts_with(scheme))?;
    // What is opened is what is read: no sign that hides is in it.
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`') || hides(c);
    let end = rest.find(ends).unwrap_or(rest.len());
    let mut address = &rest[..end];
    let opened = address.matches('(').count();
    let mut closed = address.matches(')').count();
    loop {
        let shorter = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~']);
        let shorter = match shorter.strip_suffix(')') {
            Some(inner) if closed > opened => {
                closed -= 1;
                inner
            }
            _ => shorter,
        };
        if shorter == address {
            break;
        }
        address = shorter;
    }
    (address.len() > scheme.len()).then_some(address.len())
}

/// The length of the `@name` that stands here.
fn mention(rest: &str) -> Option<usize> {
    let name = rest.strip_prefix('@')?;
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = name.find(|c: char| !in_name(c)).unwrap_or(name.len());
    let name = name[..end].trim_end_matches(['-', '_', '.']);
    (!name.is_empty()).then_some(name.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let marked = read(text);
        let letters = |look: Look| {
            [(look.bold, 'b'), (look.italic, 'i'), (look.struck, 's'), (look.code, 'c'), (look.quoted, 'q')]
                .iter()
                .filter(|(on, _)| *on)
                .map(|(_, letter)| *letter)
                .collect::<String>()
        };
        let span = |span: &Span| {
            let text = &marked.text[span.range.clone()];
            let kind = match span.what {
                What::Text => letters(span.look),
                What::Link => "link".to_owned(),
                What::Mention => "name".to_owned(),
            };
            if kind.is_empty() { text.to_owned() } else { format!("<{kind} {text}>") }
        };
        marked.spans.iter().map(span).collect()
    }

    #[test]
    fn marks_become_looks_and_nothing_else_is_taken_away() {
        for (written, seen) in [
            ("plain", "plain"),
            ("**a** and *b* and _c_ and ~~d~~", "<b a> and <i b> and <i c> and <s d>"),
            ("**a *b* c**", "<b a ><bi b><b  c>"),
            ("`**a**` b", "<c **a**> b"),
            ("snake_case_name and 2*3*4 and a * b * c", "snake_case_name and 2*3*4 and a * b * c"),
            ("**never closed", "**never closed"),
            ("** a ** b", "** a ** b"),
            ("<b>no</b> &amp;", "<b>no</b> &amp;"),
            ("> said\nyes", "<q said>\nyes"),
            (">:( no", ">:( no"),
            ("```rust\nlet *a* = 1;\n```\nb", "<c let *a* = 1;>\nb"),
            ("```\nopen", "```\nopen"),
            (
                "see https://a.org/b_(c)?d=e_f. Or (http://x.y)!",
                "see <link https://a.org/b_(c)?d=e_f>. Or (<link http://x.y>)!",
            ),
            ("javascript:alert(1) file:///etc", "javascript:alert(1) file:///etc"),
            ("https://a.org/\u{202e}gpj.exe", "<link https://a.org/>‹U+202E›gpj.exe"),
            ("https:// a@b.c @bo, @ana.", "https:// a@b.c <name @bo>, <name @ana>."),
            ("*", "*"),
            ("", ""),
        ] {
            assert_eq!(shown(written), seen, "{written}");
        }
    }

    /// What is written to keep a reader busy takes him no longer than anything else does: minutes, if each mark looked for
    /// its other end as far as that may be.
    #[test]
    fn a_text_without_an_end_is_cut_and_one_of_marks_alone_is_read_at_once() {
        for part in ["wide", "\n", "**a**", " *a", " **a _b ~~c", "```a\n", "https://a)", "(", "`", "@a*"] {
            let marked = read(&part.repeat(500_000));
            assert!(marked.text.len() <= SHOWN_BYTES_MAX + "…".len() && marked.text.ends_with('…'), "{part}");
            let closed = read(&format!("https://a.org/{}", ")".repeat(16_000)));
            assert_eq!(closed.spans[0].range, 0..14);
        }
    }

    #[test]
    fn spans_cover_the_text_in_order() {
        for text in ["**a**`b`*c*", "\n\n> a\n", "@a@b https://a https://b", "é**ü**ñ `ç`", "****", "``````"]
        {
            let marked = read(text);
            let mut next = 0;
            for span in &marked.spans {
                assert_eq!(span.range.start, next, "{text}");
                next = span.range.end;
            }
            assert_eq!(next, marked.text.len(), "{text}");
        }
    }
}
