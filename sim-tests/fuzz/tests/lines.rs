//! NDJSON framing: however a stream is cut, its lines are the same, and no more of it is held than may be.

use sala_core::protocol::{Line, LineBuffer};
use sala_fuzz::Choices;

/// The bound of a line here, in bytes.
const MAX: usize = 24;

fn owned(line: Line<'_>) -> Option<Vec<u8>> {
    match line {
        Line::Whole(line) => Some(line.to_vec()),
        Line::TooLong => None,
    }
}

/// The lines of a whole stream, by the plainest reading of PROTOCOL.md; one that is too long is none.
fn plainly(stream: &[u8]) -> Vec<Option<Vec<u8>>> {
    let mut lines = Vec::new();
    let mut pieces = stream.split(|byte| *byte == b'\n').peekable();
    while let Some(piece) = pieces.next() {
        let is_open = pieces.peek().is_none();
        if piece.len() >= MAX {
            lines.push(None);
        } else if !is_open {
            let line = piece.strip_suffix(b"\r").unwrap_or(piece);
            if !line.is_empty() {
                lines.push(Some(line.to_vec()));
            }
        }
    }
    lines
}

#[test]
fn a_stream_has_the_same_lines_however_it_is_cut() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let mut choices = Choices::new(bytes);
        let (mut buffer, mut stream, mut lines) = (LineBuffer::new(MAX), Vec::new(), Vec::new());
        while !choices.is_over() {
            // Few letters, so that lines end.
            let piece: Vec<u8> =
                choices.raw().iter().map(|byte| b"\n\r\0ab{}\""[usize::from(byte % 8)]).collect();
            buffer.feed(&piece, |line| lines.push(owned(line)));
            stream.extend(piece);
        }
        assert_eq!(lines, plainly(&stream), "{stream:?}");
    });
}
