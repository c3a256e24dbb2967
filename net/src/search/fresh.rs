//! What was committed a moment ago, in memory, so that the index need not read it back from disk.

use super::change::{Change, Changes};
use sala_core::entry::Position;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that wait in memory to be taken in: some ten thousands of short posts. What is more is left to be read from disk.
const SEARCH_FRESH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes after which they are taken in without waiting for more.
const SEARCH_AMPLE_BYTES: usize = 1024 * 1024;

/// Changes that are on disk and were not taken in yet, or the last part of them. All clones share them.
#[derive(Clone, Debug, Default)]
pub struct Fresh(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// What came up to here is not kept.
    after: Position,
    upto: Position,
    list: VecDeque<Change>,
    bytes: usize,
}

impl Fresh {
    /// Keeps what was committed, unless it erases something: what is erased must be nowhere in memory, so nothing is kept of
    /// it, nor of what came before. Says whether much has come together by that.
    pub fn push(&self, changes: Changes, erases: bool) -> bool {
        let mut kept = self.lock();
        let before = kept.bytes;
        let bytes: usize = changes.list.iter().map(Change::bytes).sum();
        if erases || before + bytes > SEARCH_FRESH_BYTES_MAX {
            *kept = Kept { after: changes.upto, upto: changes.upto, ..Kept::default() };
            return false;
        }
        // The last batch was not written, and its places are given to others.
        if kept.upto != changes.after {
            *kept = Kept { after: changes.after, ..Kept::default() };
        }
        kept.upto = changes.upto;
        kept.bytes += bytes;
        kept.list.extend(changes.list);
        before < SEARCH_AMPLE_BYTES && kept.bytes >= SEARCH_AMPLE_BYTES
    }

    /// Whether there is so much that nothing is gained by waiting for more.
    pub(super) fn is_ample(&self) -> bool {
        self.lock().bytes >= SEARCH_AMPLE_BYTES
    }

    /// What comes right after this place, and no more once there are so many bytes; and whether there is more. None if that
    /// is not kept.
    pub(super) fn take(&self, after: Position, bytes_max: usize) -> Option<(Changes, bool)> {
        let mut kept = self.lock();
        if after < kept.after || after >= kept.upto {
            return None;
        }
        let (mut list, mut bytes) = (Vec::new(), 0);
        while let Some(change) = kept.list.pop_front_if(|_| bytes < bytes_max) {
            kept.bytes -= change.bytes();
            if change.position > after {
                bytes += change.bytes();
                list.push(change);
            }
        }
        // What stands between two changes changes nothing.
        kept.after = kept.list.front().map_or(kept.upto, |next| Position(next.position.0 - 1));
        Some((Changes { after, upto: kept.after, list }, !kept.list.is_empty()))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
