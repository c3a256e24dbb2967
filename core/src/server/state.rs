//! What the logs add up to: the directory and the rooms, folded one entry at a time.

use super::directory::Directory;
use crate::entry::{Act, DIRECTORY, DirectoryEntry, Entry, LogId, PersonId, Position, RoomEntry, Seq};
use crate::name::{Name, RoomName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All that deciding depends on. It follows from the entries alone: the same entries, the same state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    position: Position,
    directory: Directory,
    rooms: BTreeMap<LogId, Room>,
}

/// What a room's entries add up to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The name as it is shown.
    pub name: RoomName,
    /// What it is about; may be empty.
    pub topic: String,
    /// The last seq of its log.
    pub head: Seq,
    /// Its members in the order of their names.
    pub members: BTreeMap<Name, PersonId>,
}

/// Stored bytes that are no state of this program, or entries that do not continue it.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The checkpoint cannot be read.
    #[error("the checkpoint cannot be read: {0}")]
    Checkpoint(#[from] serde_json::Error),
    /// An entry is not the next one of its log.
    #[error("log {log} continues with entry {found} where {expected} was expected", log = log.0, found = found.0, expected = expected.0)]
    Gap {
        /// Of which log.
        log: LogId,
        /// What should have come.
        expected: Seq,
        /// What came.
        found: Seq,
    },
    /// An entry of a newer program.
    #[error("entry {seq} of log {log} is of the kind `{kind}`, which a newer program wrote: use that program", seq = seq.0, log = log.0)]
    Newer {
        /// Of which log.
        log: LogId,
        /// Its place.
        seq: Seq,
        /// Its kind.
        kind: String,
    },
    /// A post whose number its device had used or passed over.
    #[error("entry {seq} of log {log} is a post whose number comes too late", seq = seq.0, log = log.0)]
    Number {
        /// Of which log.
        log: LogId,
        /// Its place.
        seq: Seq,
    },
    /// An entry of a room that the directory does not have.
    #[error("log {log} has entries, but the directory knows no such room", log = log.0)]
    NoRoom {
        /// Of which log.
        log: LogId,
    },
}

impl Default for State {
    fn default() -> Self {
        State::new()
    }
}

impl State {
    /// What no entries at all add up to.
    #[must_use]
    pub fn new() -> Self {
        State { position: Position(0), directory: Directory::new(), rooms: BTreeMap::new() }
    }

    /// Reads what [`State::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes are no state.
    pub fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        Ok(serde_json::from_slice(bytes)?)
    }

    /// The state as bytes, for a checkpoint.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a state has only string and number keys, so it is always JSON")
    }

    /// How many entries there are in all logs together.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The people, devices and names.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The room with this log.
    #[must_use]
    pub fn room(&self, log: LogId) -> Option<&Room> {
        self.rooms.get(&log)
    }

    /// All rooms in the order in which they were made.
    pub fn rooms(&self) -> impl Iterator<Item = (LogId, &Room)> {
        self.rooms.iter().map(|(log, room)| (*log, room))
    }

    /// The log and the room of this name.
    #[must_use]
    pub fn room_named(&self, name: &RoomName) -> Option<(LogId, &Room)> {
        let log = self.directory.room(name)?;
        Some((log, self.rooms.get(&log)?))
    }

    /// The id that the next new room's log gets.
    #[must_use]
    pub fn next_log(&self) -> LogId {
        LogId(self.rooms.last_key_value().map_or(1, |(last, _)| last.0 + 1))
    }

    /// The seq that the next entry of this log gets.
    #[must_use]
    pub fn next_seq(&self, log: LogId) -> Seq {
        if log == DIRECTORY {
            self.directory.head.next()
        } else {
            self.rooms.get(&log).map_or(Seq(1), |room| room.head.next())
        }
    }

    /// Takes in an entry read from disk.
    ///
    /// # Errors
    /// When it is not the next one of its log, or of a kind or a room that this program does not know.
    pub fn replay(&mut self, log: LogId, seq: Seq, entry: &Entry) -> Result<(), StateError> {
        let expected = self.next_seq(log);
        if seq != expected {
            return Err(StateError::Gap { log, expected, found: seq });
        }
        if let Entry::Room(RoomEntry { act, .. }) = entry {
            if let Act::Other(kind) = act {
                return Err(StateError::Newer { log, seq, kind: kind.clone() });
            }
            if !self.rooms.contains_key(&log) {
                return Err(StateError::NoRoom { log });
            }
            if let Act::Post(post) = act
                && let Some(device) = self.directory.device(post.device)
                && post.n.value() <= device.window.highest()
            {
                return Err(StateError::Number { log, seq });
            }
        }
        self.evolve(log, entry);
        Ok(())
    }

    /// Takes in the next entry of a log. Nothing is refused here: what is in the log has happened.
    pub(super) fn evolve(&mut self, log: LogId, entry: &Entry) {
        self.position = self.position.next();
        match entry {
            Entry::Directory(entry) => {
                assert_eq!(log, DIRECTORY, "a directory's entry belongs to the directory");
                self.directory.head = self.directory.head.next();
                self.directory.evolve(entry);
                if let DirectoryEntry::Room { log, name, .. } = entry {
                    let topic = String::new();
                    let room = Room { name: name.clone(), topic, head: Seq(0), members: BTreeMap::new() };
                    self.rooms.insert(*log, room);
                }
            }
            Entry::Room(entry) => self.evolve_room(log, entry),
        }
    }

    fn evolve_room(&mut self, log: LogId, entry: &RoomEntry) {
        let room = self.rooms.get_mut(&log).expect("a room's first entry follows its name in the directory");
        room.head = room.head.next();
        match &entry.act {
            Act::Created | Act::Joined => {
                // The server itself makes the lobby, and is no person that could be a member.
                if let Some(person) = self.directory.person_mut(entry.person) {
                    room.members.insert(entry.author.clone(), entry.person);
                    person.rooms.insert(log);
                }
            }
            Act::Left => {
                room.members.remove(&entry.author);
                if let Some(person) = self.directory.person_mut(entry.person) {
                    person.rooms.remove(&log);
                }
            }
            Act::Topic(text) => room.topic.clone_from(text),
            Act::Post(post) => {
                if let Some(device) = self.directory.device_mut(post.device) {
                    device.window.record(post.n, log, room.head, &post.text);
                }
            }
            Act::Other(_) => {}
        }
    }
}
