//! What a connection writes next of what its cursors stand at in memory.

use super::mailbox::Cursor;
use super::tail::{Place, Tails};
use bytes::Bytes;
use sala_core::entry::Seq;
use sala_core::mutant::planted;
use sala_core::server::SessionId;

/// A chunk, or what of it a cursor may still read, and where the cursor stands after it.
#[derive(Debug)]
pub(super) struct Step {
    /// Which cursor.
    pub(super) index: usize,
    /// The seq that it reads next, after this.
    pub(super) next: Seq,
    /// The chunk that it stands at, after this.
    pub(super) chunk: u64,
    /// What is written.
    pub(super) bytes: Bytes,
}

/// Adds the chunks that a cursor stands at to a write, as many as are in memory and until there are `steps_max`.
pub(super) fn gather(
    session: SessionId,
    index: usize,
    cursor: &mut Cursor,
    tails: &Tails,
    steps_max: usize,
    steps: &mut Vec<Step>,
) {
    let Some(tail) = tails.log(cursor.log) else { return };
    let located =
        cursor.chunk().filter(|number| *number == tail.next_chunk() || tail.chunk(*number).is_some());
    let mut number = match located {
        Some(number) => number,
        None => match tail.locate(cursor.next, cursor.since) {
            Place::Chunk(number) => number,
            Place::Disk => return,
        },
    };
    cursor.stand_at(number);
    let (mut next, first) = (cursor.next, steps.len());
    while let Some(chunk) = tail.chunk(number)
        && steps.len() < steps_max
    {
        if cursor.until().is_some_and(|until| next > until) {
            return;
        }
        if chunk.from > next {
            // Entries in between are no longer in memory; only an announcement can stand in their place.
            cursor.stand_nowhere();
            return;
        }
        let start = chunk.offset(next);
        let end = cursor.until().map_or(chunk.bytes.len(), |until| chunk.offset(until.next()));
        let start = if chunk.is_announced() { 0 } else { start };
        let too_early = chunk.is_announced() && number < cursor.since && !planted("announced_to_newcomers");
        if start < end && chunk.is_for(session) && !too_early {
            next = next.max(cursor.until().map_or(chunk.end(), |until| chunk.end().min(until.next())));
            number += 1;
            steps.push(Step { index, next, chunk: number, bytes: chunk.bytes.slice(start..end) });
        } else {
            number += 1;
            // Passed over, unless something before it is still to be written and may not be.
            if chunk.is_announced() && steps.len() == first {
                cursor.since = cursor.since.max(number);
            }
        }
    }
}
