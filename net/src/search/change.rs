//! What entries change in the index.

use crate::store::{ReadError, Reader};
use sala_core::entry::{Act, DirectoryEntry, Entry, LogId, PersonId, Position, RoomEntry, Seq};
use sala_core::limits::PAGE_ENTRIES_MAX;
use sala_core::mutant::planted;
use sala_core::time::Wall;

/// What one entry changes.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where the entry stands.
    pub(super) position: Position,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Something was said.
    Post { log: LogId, at: Wall, person: PersonId, text: String },
    /// A post has this text from now on, or is gone if it is empty.
    Reworded { log: LogId, target: Seq, text: String },
    /// The posts of a room up to this place are gone.
    Faded { log: LogId, upto: Seq },
    /// All that somebody said is gone.
    Erased(PersonId),
    /// A room is gone.
    Closed(LogId),
}

/// What a stretch of entries of all logs changes.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The stretch begins after this entry.
    pub after: Position,
    /// Its last entry.
    pub upto: Position,
    /// In rising order.
    pub list: Vec<Change>,
}

impl Changes {
    /// Reads what comes after this place from disk, and no more once so many bytes were read; and whether there is more.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn read(store: &Reader, after: Position, bytes_max: usize) -> Result<(Self, bool), ReadError> {
        let (mut changes, mut bytes, mut more) = (Changes { after, upto: after, list: Vec::new() }, 0, true);
        while more && bytes < bytes_max {
            let page = store.after(changes.upto, PAGE_ENTRIES_MAX)?;
            more = page.more;
            for (position, log, seq, body) in page.rows {
                bytes += body.len();
                changes.upto = position;
                match Entry::decode(log, seq, &body) {
                    Ok(entry) => changes.list.extend(Change::of(position, log, &entry)),
                    Err(error) => tracing::warn!(%error, "an entry is not searched"),
                }
            }
        }
        Ok((changes, more))
    }
}

impl Change {
    /// What this entry changes; none if it is nothing.
    #[must_use]
    pub fn of(position: Position, log: LogId, entry: &Entry) -> Option<Self> {
        let kind = match entry {
            Entry::Room(RoomEntry { at, person, act, .. }) => match act {
                // A text without a letter was erased before it came here.
                Act::Post(post) if post.text.is_empty() => return None,
                Act::Post(post) => {
                    Kind::Post { log, at: *at, person: *person, text: post.text.as_str().to_owned() }
                }
                Act::Edited { target, text } => Kind::Reworded { log, target: *target, text: text.clone() },
                Act::Deleted { .. } if planted("index_keeps_deleted") => return None,
                Act::Deleted { target, .. } => Kind::Reworded { log, target: *target, text: String::new() },
                Act::Faded { upto } => Kind::Faded { log, upto: *upto },
                _ => return None,
            },
            Entry::Directory(DirectoryEntry::Erased { person, .. }) => Kind::Erased(*person),
            Entry::Directory(DirectoryEntry::RoomClosed { log, .. }) => Kind::Closed(*log),
            Entry::Directory(_) | Entry::Personal(_) => return None,
        };
        Some(Change { position, kind })
    }

    /// Bytes of memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        let text = match &self.kind {
            Kind::Post { text, .. } | Kind::Reworded { text, .. } => text.len(),
            Kind::Faded { .. } | Kind::Erased(_) | Kind::Closed(_) => 0,
        };
        size_of::<Self>() + text
    }
}
