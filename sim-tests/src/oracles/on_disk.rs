//! All entries as they lie on disk, in their one order.

use super::complaint::{Complaint, complaint, demand};
use crate::server_host::DATABASE;
use crate::vfs;
use sala_core::entry::{
    Act, DIRECTORY, DirectoryEntry, Entry, Erasure, LogId, PersonId, Position, RoomEntry, RoomKind, Seq,
};
use sala_core::name::RoomName;
use sala_core::server::State;
use sala_net::store::Reader;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// An entry and its places.
#[derive(Clone, Debug)]
pub struct Kept {
    /// In the order of all entries.
    pub position: Position,
    /// In which log.
    pub log: LogId,
    /// Where there.
    pub seq: Seq,
    /// What it says, as far as it was not erased.
    pub entry: Entry,
}

/// All logs as they lie on disk.
#[derive(Debug, Default)]
pub struct OnDisk {
    /// Everything, in order.
    pub entries: Vec<Kept>,
    /// Up to where the last checkpoint goes; 0 if there is none.
    pub checkpoint: Position,
    rooms: BTreeMap<LogId, BTreeMap<Seq, RoomEntry>>,
    keys: BTreeMap<RoomName, LogId>,
    erased: BTreeSet<PersonId>,
    closed: BTreeSet<LogId>,
}

impl OnDisk {
    /// Reads the whole database, and checks it.
    ///
    /// # Errors
    /// What is wrong with it: damage, a gap, or a checkpoint that is not what the entries add up to.
    pub fn read() -> Result<Self, Complaint> {
        let unreadable = |error: String| complaint("disk is readable", error);
        let reader = Reader::open(Path::new(DATABASE), Some(vfs::NAME));
        let reader = reader.map_err(|error| unreadable(error.to_string()))?;
        let report = reader.verify().map_err(|error| unreadable(error.to_string()))?;
        demand("disk is whole", report.faults.is_empty(), || report.faults.join("; "))?;
        // What a start reads, the last checkpoint and the entries since, is what all entries add up to.
        let (loaded, mut state) =
            (reader.load().map_err(|error| unreadable(error.to_string()))?, State::new());
        let mut on_disk = OnDisk { checkpoint: loaded.checkpointed, ..OnDisk::default() };
        loop {
            let rows =
                reader.after(state.position(), 1_000).map_err(|error| unreadable(error.to_string()))?;
            for (position, log, seq, body) in rows.rows {
                let entry = Entry::decode(log, seq, &body).map_err(|error| unreadable(error.to_string()))?;
                state
                    .replay(log, seq, &entry)
                    .map_err(|error| complaint("log is dense", error.to_string()))?;
                on_disk.take(Kept { position, log, seq, entry })?;
            }
            if !rows.more {
                break;
            }
        }
        demand("fold is as loaded", state == loaded.state, || {
            "a start would read another state than the entries add up to".to_owned()
        })?;
        Ok(on_disk)
    }

    /// Takes in the next entry.
    ///
    /// # Errors
    /// When it is not the next one.
    pub fn take(&mut self, kept: Kept) -> Result<(), Complaint> {
        let expected = self.entries.last().map_or(1, |last| last.position.0 + 1);
        demand("log is dense", kept.position.0 == expected, || {
            format!("position {} stands where {expected} should", kept.position.0)
        })?;
        match &kept.entry {
            Entry::Directory(DirectoryEntry::Room { log, name, room, .. }) => {
                let name = name.clone().filter(|name| {
                    *room == RoomKind::Public && !self.keys.keys().any(|known| known.same(name))
                });
                self.keys.insert(name.unwrap_or_else(|| RoomName::of_log(log.0)), *log);
                self.rooms.entry(*log).or_default();
            }
            Entry::Directory(DirectoryEntry::Erased { person, .. }) => {
                self.erased.insert(*person);
            }
            Entry::Directory(DirectoryEntry::RoomClosed { log, .. }) => drop(self.closed.insert(*log)),
            Entry::Room(entry) => {
                let room = self.rooms.entry(kept.log).or_default();
                let expected = room.len() as u64 + 1;
                demand("log is dense", kept.seq.0 == expected, || {
                    format!("log {} has entry {} where {expected} should be", kept.log.0, kept.seq.0)
                })?;
                room.insert(kept.seq, entry.clone());
            }
            _ => {}
        }
        self.entries.push(kept);
        Ok(())
    }

    /// The log of the room with this key.
    #[must_use]
    pub fn log(&self, room: &RoomName) -> Option<LogId> {
        if *room == RoomName::own() {
            return None;
        }
        self.keys.get(room).copied()
    }

    /// The key of a room.
    #[must_use]
    pub fn key(&self, log: LogId) -> String {
        let key = self.keys.iter().find(|(_, held)| **held == log).map(|(key, _)| key.to_string());
        key.unwrap_or_else(|| {
            if log == DIRECTORY { "the directory".to_owned() } else { format!("log {}", log.0) }
        })
    }

    /// A room's entries.
    #[must_use]
    pub fn room(&self, room: &RoomName) -> Option<&BTreeMap<Seq, RoomEntry>> {
        self.rooms.get(&self.log(room)?)
    }

    /// All rooms, with their entries.
    pub fn rooms(&self) -> impl Iterator<Item = (LogId, &BTreeMap<Seq, RoomEntry>)> {
        self.rooms.iter().map(|(log, entries)| (*log, entries))
    }

    /// Everybody who is erased.
    #[must_use]
    pub fn erased(&self) -> &BTreeSet<PersonId> {
        &self.erased
    }

    /// Whether a room is closed in the end.
    #[must_use]
    pub fn is_closed(&self, log: LogId) -> bool {
        self.closed.contains(&log)
    }

    /// How many entries there are in all rooms.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        self.rooms.values().map(BTreeMap::len).sum()
    }

    /// Whether an entry that somebody was told is what stands there on disk, save for what became of it later: other
    /// words, none, or the end of whoever wrote it.
    #[must_use]
    pub fn was_once(&self, log: LogId, seq: Seq, told: &RoomEntry) -> bool {
        let Some(entries) = self.rooms.get(&log) else { return false };
        let Some(kept) = entries.get(&seq) else { return false };
        if self.bare(log, told) != self.bare(log, kept) {
            return false;
        }
        let (Some(told), Some(text)) = (told.act.text(), kept.act.text()) else { return true };
        // Of words that are gone nothing is left to compare with; and what is no longer new is shown without.
        let worded = told == text || text.is_empty() || told.is_empty();
        worded
            || entries.values().any(|entry| match &entry.act {
                Act::Edited { target, text } => *target == seq && text == told,
                _ => false,
            })
    }

    /// An entry as whoever holds its room and has heard everything should show it: a post has its newest words, and
    /// nothing else has any that are not the newest.
    #[must_use]
    pub fn shown(&self, log: LogId) -> BTreeMap<Seq, RoomEntry> {
        let mut shown = self.rooms.get(&log).cloned().unwrap_or_default();
        let mut newest: BTreeMap<Seq, (Seq, String)> = BTreeMap::new();
        for (seq, entry) in &shown {
            if let Act::Edited { target, text } = &entry.act {
                newest.insert(*target, (*seq, text.clone()));
            }
        }
        for (seq, entry) in &mut shown {
            match &mut entry.act {
                Act::Post(post) => {
                    if let Some((_, text)) = newest.get(seq) {
                        post.text.clone_from(text);
                    }
                }
                Act::Edited { target, text }
                    if newest.get(target).is_some_and(|(newest, _)| newest != seq) =>
                {
                    text.clear();
                }
                _ => {}
            }
        }
        shown
    }

    /// Whether two entries show the same, as far as no erasure has taken it from the disk: somebody's, or that of a room
    /// which whoever does not come back any more still shows.
    #[must_use]
    pub fn shows_as(&self, log: LogId, one: &RoomEntry, other: &RoomEntry) -> bool {
        let erased = |entry: &RoomEntry| self.erased.contains(&entry.person) || self.closed.contains(&log);
        let worn = |entry: &RoomEntry| match erased(entry) {
            true => self.bare(log, entry),
            false => entry.clone(),
        };
        worn(one) == worn(other)
    }

    /// An entry without what can be taken from it later.
    fn bare(&self, log: LogId, entry: &RoomEntry) -> RoomEntry {
        let mut bare = Entry::Room(entry.clone()).erased(Erasure::Message);
        if self.closed.contains(&log) {
            bare = bare.erased(Erasure::Room);
        }
        if self.erased.contains(&entry.person) {
            bare = bare.erased(Erasure::Person);
        }
        match bare {
            Entry::Room(entry) => entry,
            Entry::Directory(_) | Entry::Personal(_) => {
                unreachable!("what is erased of an entry is not its kind")
            }
        }
    }
}
