//! Cuts a stream of bytes into lines of bounded length.

/// One line of the stream, without its newline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line within the bound.
    Whole(&'a [u8]),
    /// A line beyond the bound. It is reported once, when the bound is passed, and the rest of it is dropped.
    TooLong,
}

/// Holds what came of a line that is not complete yet: at most `max` bytes, and no memory between lines.
#[derive(Debug)]
pub struct LineBuffer {
    held: Vec<u8>,
    max: usize,
    dropping: bool,
}

impl LineBuffer {
    /// A buffer for lines of at most `max` bytes, newline included.
    #[must_use]
    pub fn new(max: usize) -> Self {
        LineBuffer { held: Vec::new(), max, dropping: false }
    }

    /// Takes the next bytes of the stream, however they were cut, and calls `each` for every line that they complete.
    /// A carriage return before the newline belongs to the newline; empty lines are passed over.
    pub fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(Line<'_>)) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            bytes = rest;
            if self.dropping {
                self.dropping = false;
            } else if self.held.len() + line.len() >= self.max {
                self.held = Vec::new();
                each(Line::TooLong);
            } else if self.held.is_empty() {
                report(line, &mut each);
            } else {
                self.held.extend_from_slice(line);
                report(&std::mem::take(&mut self.held), &mut each);
            }
        }
        if self.dropping {
            return;
        }
        if self.held.len() + bytes.len() >= self.max {
            self.held = Vec::new();
            self.dropping = true;
            each(Line::TooLong);
        } else {
            self.held.extend_from_slice(bytes);
        }
    }
}

fn report(line: &[u8], each: &mut impl FnMut(Line<'_>)) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if !line.is_empty() {
        each(Line::Whole(line));
    }
}
