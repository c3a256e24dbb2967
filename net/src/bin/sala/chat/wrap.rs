//! Cuts text to the columns of a terminal, once it can do the terminal no harm.

use crate::print;
use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation as _;

/// What a tab is shown as: a conversation has no tab stops.
const TAB: &str = "    ";

/// The text without what could drive the terminal, and without tabs.
pub(super) fn harmless(text: &str) -> String {
    let line = |line: &str| print::harmless(line).replace('\t', TAB);
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// The columns that a text without control characters takes.
pub(super) fn columns(text: &str) -> usize {
    // The same measure as the one by which the cells are drawn, so that nothing is cut or overlaps.
    text.graphemes(true).map(|grapheme| usize::from(grapheme.cell_width())).sum()
}

/// Breaks lines between words where it can: `first` columns for the first line, `rest` for each further one.
pub(super) fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut width = 0;
        // Where the last word begins, in bytes and in columns.
        let mut word = None;
        for grapheme in paragraph.graphemes(true) {
            let limit = if lines.is_empty() { first } else { rest };
            let blank = grapheme == " ";
            let more = columns(grapheme);
            if width + more > limit && !line.is_empty() {
                if blank {
                    // The break takes the place of the blank.
                    lines.push(std::mem::take(&mut line));
                    (width, word) = (0, None);
                    continue;
                }
                let (begins, before) = word.take().unwrap_or((line.len(), width));
                let tail = line.split_off(begins);
                lines.push(std::mem::replace(&mut line, tail).trim_end().to_owned());
                width -= before;
            }
            line.push_str(grapheme);
            width += more;
            if blank {
                word = Some((line.len(), width));
            }
        }
        lines.push(line);
    }
    lines
}

/// The text in so many columns; if it is longer, an ellipsis ends it.
pub(super) fn fit(text: &str, limit: usize) -> String {
    if columns(text) <= limit {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut width = 0;
    for grapheme in text.graphemes(true) {
        width += columns(grapheme);
        if width + 1 > limit {
            break;
        }
        cut.push_str(grapheme);
    }
    if limit > 0 {
        cut.push('…');
    }
    cut
}
