//! Writes entries into updates from the bytes that lie on disk, which are encoded once for disk and wire.

use super::{Reaction, Update};
use crate::entry::{LogId, LogKind, Seq};
use crate::name::RoomName;

/// Appends the update that tells an entry: `own` of a person's own log, `entry` of a room's, which is called `room`.
pub fn entry_line(line: &mut Vec<u8>, log: LogId, room: &RoomName, seq: Seq, body: &[u8]) {
    if matches!(log.kind(), LogKind::Personal(_)) {
        line.extend_from_slice(b"{\"t\":\"own\",\"seq\":");
    } else {
        line.extend_from_slice(b"{\"t\":\"entry\",\"room\":");
        push_json(line, room.as_str());
        line.extend_from_slice(b",\"seq\":");
    }
    push_number(line, seq.0);
    push_fields(line, body);
    line.push(b'\n');
}

/// Appends one element of a page to `entries` from the bytes that lie on disk.
pub fn page_entry(entries: &mut Vec<u8>, seq: Seq, body: &[u8]) {
    if !entries.is_empty() {
        entries.push(b',');
    }
    entries.extend_from_slice(b"{\"seq\":");
    push_number(entries, seq.0);
    push_fields(entries, body);
}

/// What became of a post, put behind its entry: the newest of its edits, and the signs that were put to it.
pub fn annotate(body: &mut Vec<u8>, edited: Option<Seq>, reactions: &[Reaction]) {
    let end = body.pop();
    debug_assert_eq!(end, Some(b'}'), "an entry is a JSON object");
    if let Some(edited) = edited {
        body.extend_from_slice(b",\"edited\":");
        push_number(body, edited.0);
    }
    if !reactions.is_empty() {
        body.extend_from_slice(b",\"reactions\":");
        serde_json::to_writer(&mut *body, reactions).expect("writing to memory cannot fail");
    }
    body.push(b'}');
}

/// The `page` update whose elements were written by [`page_entry`], as one line with its newline.
#[must_use]
pub fn page_line(
    id: Option<u64>,
    log: LogId,
    room: &RoomName,
    entries: &[u8],
    more: bool,
    damaged: &[Seq],
) -> Vec<u8> {
    let damaged = damaged.to_vec();
    let empty = match log.kind() {
        LogKind::Personal(_) => Update::OwnPage { id, entries: Vec::new(), more, damaged },
        _ => Update::Page { id, room: room.clone(), entries: Vec::new(), more, damaged },
    };
    let mut line = empty.encode();
    const MARK: &[u8] = b"\"entries\":[";
    let at = line.windows(MARK.len()).position(|bytes| bytes == MARK).expect("a page always has its entries");
    let after = line.split_off(at + MARK.len());
    line.extend_from_slice(entries);
    line.extend_from_slice(&after);
    line
}

/// Continues an open object with the fields of `body`, which is a JSON object without a newline.
fn push_fields(line: &mut Vec<u8>, body: &[u8]) {
    debug_assert_eq!(body.first(), Some(&b'{'), "an entry is a JSON object");
    line.push(b',');
    line.extend_from_slice(&body[1..]);
}

fn push_json(line: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(line, text).expect("writing a string to memory cannot fail");
}

fn push_number(line: &mut Vec<u8>, number: u64) {
    use std::io::Write as _;
    write!(line, "{number}").expect("writing a number to memory cannot fail");
}
