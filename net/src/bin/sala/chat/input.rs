//! The line that is being written: its text, the place of the cursor, and the keys that edit it.

use super::wrap::columns;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use sala_core::limits::POST_BYTES_MAX;
use unicode_segmentation::UnicodeSegmentation as _;

/// What is being written. It holds no control characters but newline and tab, since no post may.
#[derive(Clone, Debug, Default)]
pub(super) struct Input {
    text: String,
    /// In bytes, between two graphemes.
    cursor: usize,
}

/// An input as it is shown: its rows, and where among them the cursor stands.
pub(super) struct Shown {
    pub(super) rows: Vec<String>,
    pub(super) row: usize,
    pub(super) column: usize,
}

impl Input {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text up to the cursor.
    pub(super) fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    pub(super) fn clear(&mut self) {
        *self = Input::default();
    }

    /// Writes at the cursor; false if not all of it fits into a post.
    pub(super) fn insert(&mut self, text: &str) -> bool {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.replace(|letter: char| letter.is_control() && letter != '\n' && letter != '\t', "");
        // A post that begins with a slash is typed with two, and the second one is not sent.
        let room = (POST_BYTES_MAX + 1).saturating_sub(self.text.len());
        let fits = text.floor_char_boundary(room);
        self.text.insert_str(self.cursor, &text[..fits]);
        self.cursor += fits;
        fits == text.len()
    }

    /// Puts `text` in the place of what stands from `from` to the cursor.
    pub(super) fn replace(&mut self, from: usize, text: &str) {
        self.text.replace_range(from..self.cursor, "");
        self.cursor = from;
        self.insert(text);
    }

    /// Takes in a key if it edits or moves, and says whether what it writes fits into a post; `None` if it means nothing
    /// here.
    pub(super) fn key(&mut self, key: KeyEvent) -> Option<bool> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('a') if control => self.cursor = self.line_start(),
            KeyCode::Char('e') if control => self.cursor = self.line_end(),
            KeyCode::Char('b') if control => self.cursor = self.left(),
            KeyCode::Char('f') if control => self.cursor = self.right(),
            KeyCode::Char('u') if control => self.erase(self.line_start(), self.cursor),
            KeyCode::Char('k') if control => self.erase(self.cursor, self.line_end()),
            KeyCode::Char('w') if control => self.erase(self.word_left(), self.cursor),
            KeyCode::Char('d') if control => self.erase(self.cursor, self.right()),
            KeyCode::Char('h') if control => self.erase(self.left(), self.cursor),
            KeyCode::Char('b') if alt => self.cursor = self.word_left(),
            KeyCode::Char('f') if alt => self.cursor = self.word_right(),
            KeyCode::Char(letter) if !control && !alt => {
                return Some(self.insert(letter.encode_utf8(&mut [0; 4])));
            }
            KeyCode::Backspace if alt || control => self.erase(self.word_left(), self.cursor),
            KeyCode::Backspace => self.erase(self.left(), self.cursor),
            KeyCode::Delete => self.erase(self.cursor, self.right()),
            KeyCode::Left if alt || control => self.cursor = self.word_left(),
            KeyCode::Right if alt || control => self.cursor = self.word_right(),
            KeyCode::Left => self.cursor = self.left(),
            KeyCode::Right => self.cursor = self.right(),
            KeyCode::Home => self.cursor = self.line_start(),
            KeyCode::End if self.cursor < self.line_end() => self.cursor = self.line_end(),
            KeyCode::Up => self.up(),
            KeyCode::Down => self.down(),
            _ => return None,
        }
        Some(true)
    }

    /// The rows of so many columns. Rows break anywhere, so that the text before the cursor alone says where it stands.
    pub(super) fn shown(&self, width: usize) -> Shown {
        let mut shown = Shown { rows: vec![String::new()], row: 0, column: 0 };
        let mut used = 0;
        let mut at = 0;
        for grapheme in self.text.graphemes(true) {
            let newline = grapheme == "\n";
            let look = if grapheme == "\t" { "    " } else { grapheme };
            let more = if newline { 0 } else { columns(look) };
            if used + more > width {
                shown.rows.push(String::new());
                used = 0;
            }
            if at == self.cursor {
                (shown.row, shown.column) = (shown.rows.len() - 1, used);
            }
            if newline {
                shown.rows.push(String::new());
                used = 0;
            } else if let Some(row) = shown.rows.last_mut() {
                row.push_str(look);
                used += more;
            }
            at += grapheme.len();
        }
        if self.cursor == at {
            if used >= width {
                shown.rows.push(String::new());
                used = 0;
            }
            (shown.row, shown.column) = (shown.rows.len() - 1, used);
        }
        shown
    }

    fn erase(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn left(&self) -> usize {
        self.cursor - self.before().graphemes(true).next_back().map_or(0, str::len)
    }

    fn right(&self) -> usize {
        self.cursor + self.text[self.cursor..].graphemes(true).next().map_or(0, str::len)
    }

    fn word_left(&self) -> usize {
        let words = self.before().trim_end();
        words
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + words[at..].chars().next().map_or(0, char::len_utf8))
    }

    fn word_right(&self) -> usize {
        let rest = &self.text[self.cursor..];
        let blank = rest.len() - rest.trim_start().len();
        rest[blank..].find(char::is_whitespace).map_or(self.text.len(), |at| self.cursor + blank + at)
    }

    fn line_start(&self) -> usize {
        self.before().rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    /// To the line above, if there is one.
    fn up(&mut self) {
        let start = self.line_start();
        if start == 0 {
            return;
        }
        let column = self.text[start..self.cursor].graphemes(true).count();
        let above = self.text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        self.cursor = self.place(above, start - 1, column);
    }

    /// To the line below, if there is one.
    fn down(&mut self) {
        let end = self.line_end();
        if end == self.text.len() {
            return;
        }
        let column = self.text[self.line_start()..self.cursor].graphemes(true).count();
        let below_end = self.text[end + 1..].find('\n').map_or(self.text.len(), |at| end + 1 + at);
        self.cursor = self.place(end + 1, below_end, column);
    }

    fn place(&self, from: usize, to: usize, column: usize) -> usize {
        from + self.text[from..to].graphemes(true).take(column).map(str::len).sum::<usize>()
    }
}
