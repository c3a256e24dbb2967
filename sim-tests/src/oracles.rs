//! Judges a run by what clients saw and what the disk holds, never by the server's memory.

use crate::client_host::Person;
use crate::server_host::DATABASE;
use crate::vfs;
use sala_core::client::Row;
use sala_core::entry::{Act, DIRECTORY, DeviceId, DirectoryEntry, Entry, LogId, RoomEntry, Seq};
use sala_core::name::RoomName;
use sala_core::server::State;
use sala_net::store::{Range, Reader};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// All logs as they lie on disk.
#[derive(Debug, Default)]
pub struct OnDisk {
    rooms: BTreeMap<RoomName, BTreeMap<Seq, RoomEntry>>,
}

impl OnDisk {
    /// Reads the whole database, and checks it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read() -> Result<Self, String> {
        let reader = Reader::open(Path::new(DATABASE), Some(vfs::NAME)).map_err(|error| error.to_string())?;
        let report = reader.verify().map_err(|error| error.to_string())?;
        if !report.faults.is_empty() {
            return Err(format!("the disk is damaged: {}", report.faults.join("; ")));
        }
        let mut on_disk = OnDisk::default();
        let mut names: Vec<(LogId, RoomName)> = Vec::new();
        for (seq, body) in whole_log(&reader, DIRECTORY)? {
            let entry = Entry::decode(DIRECTORY, seq, &body).map_err(|error| error.to_string())?;
            if let Entry::Directory(DirectoryEntry::Room { log, name, .. }) = entry {
                names.push((log, name.unwrap_or_else(|| RoomName::of_log(log.0))));
            }
        }
        for (log, name) in names {
            let mut entries = BTreeMap::new();
            for (seq, body) in whole_log(&reader, log)? {
                let entry = Entry::decode(log, seq, &body).map_err(|error| error.to_string())?;
                let Entry::Room(entry) = entry else {
                    return Err("a room holds a directory's entry".to_owned());
                };
                entries.insert(seq, entry);
            }
            on_disk.rooms.insert(name, entries);
        }
        Ok(on_disk)
    }

    /// A room's entries.
    #[must_use]
    pub fn room(&self, room: &RoomName) -> BTreeMap<Seq, RoomEntry> {
        self.rooms.get(room).cloned().unwrap_or_default()
    }

    /// How many entries there are in all rooms.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        self.rooms.values().map(BTreeMap::len).sum()
    }
}

fn whole_log(reader: &Reader, log: LogId) -> Result<Vec<(Seq, Vec<u8>)>, String> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map_or(Seq(0), |(seq, _)| *seq);
        let stretch = reader.read(log, Range::After(after, Seq(u64::MAX >> 1)), 1_000);
        let stretch = stretch.map_err(|error| error.to_string())?;
        all.extend(stretch.entries);
        if !stretch.more {
            return Ok(all);
        }
    }
}

/// A room's entries as they lie on disk, one a line, without their times.
#[must_use]
pub fn transcript(room: &RoomName) -> String {
    let on_disk = match OnDisk::read() {
        Ok(on_disk) => on_disk,
        Err(complaint) => return complaint,
    };
    let line = |(seq, entry): (&Seq, &RoomEntry)| {
        format!(
            "{} {} {} {}\n",
            seq.0,
            entry.author.as_str(),
            entry.act.kind(),
            entry.act.text().unwrap_or("")
        )
    };
    on_disk.room(room).iter().map(line).map(|line| line.replace(" \n", "\n")).collect()
}

/// Whether a client has everything that it knows to be there.
#[must_use]
pub fn has_heard_all(person: &Person) -> bool {
    person.conversation.borrow().look(|model| {
        let history = person.history.borrow();
        // Nobody is without a room once he has come in.
        !model.rooms.is_empty()
            && model.rooms.iter().all(|(room, view)| {
                match history.heard.get(room).and_then(|heard| heard.last()) {
                    Some(last) => last.seq >= view.timeline.head(),
                    None => !person.follows(room) && !view.loading,
                }
            })
    })
}

/// Whether all clients know of the same last entry of each room that they are in.
pub fn heads_agree<'a>(people: impl Iterator<Item = &'a Person>) -> bool {
    let mut heads: BTreeMap<RoomName, BTreeSet<Seq>> = BTreeMap::new();
    for person in people {
        person.conversation.borrow().look(|model| {
            let history = person.history.borrow();
            for (room, view) in &model.rooms {
                let heard = history.heard.get(room).and_then(|heard| heard.last()).map(|last| last.seq);
                heads.entry(room.clone()).or_default().insert(heard.unwrap_or(view.timeline.head()));
            }
        });
    }
    heads.values().all(|heads| heads.len() == 1)
}

/// Demands that nothing is lost, doubled, or out of order.
///
/// # Errors
/// The first thing that is.
pub fn check<'a>(people: impl Iterator<Item = &'a Person>) -> Result<(), String> {
    let on_disk = OnDisk::read()?;
    loads_as_it_folds()?;
    dense(&on_disk)?;
    each_once_and_in_order(&on_disk)?;
    for person in people {
        acked_is_kept(person, &on_disk)?;
        heard_is_on_disk(person, &on_disk)?;
        shown_is_on_disk(person, &on_disk)?;
    }
    Ok(())
}

/// What a start reads, the last checkpoint and the entries since, is what all entries add up to from the first one on.
fn loads_as_it_folds() -> Result<(), String> {
    let reader = Reader::open(Path::new(DATABASE), Some(vfs::NAME)).map_err(|error| error.to_string())?;
    let loaded = reader.load().map_err(|error| error.to_string())?;
    let mut state = State::new();
    loop {
        let rows = reader.after(state.position(), 1_000).map_err(|error| error.to_string())?;
        for (_, log, seq, body) in rows.rows {
            let entry = Entry::decode(log, seq, &body).map_err(|error| error.to_string())?;
            state.replay(log, seq, &entry).map_err(|error| error.to_string())?;
        }
        if !rows.more {
            break;
        }
    }
    if state == loaded.state {
        Ok(())
    } else {
        Err("a start would read another state than the entries add up to".to_owned())
    }
}

/// Each room's log runs from 1 without a gap.
fn dense(on_disk: &OnDisk) -> Result<(), String> {
    for (room, entries) in &on_disk.rooms {
        for (index, seq) in (1..).zip(entries.keys()) {
            if seq.0 != index {
                return Err(format!("{} has entry {} where {index} should be", room.as_str(), seq.0));
            }
        }
    }
    Ok(())
}

/// Each number of a device is in a log once, each device's numbers rise within a room, and every text, which no
/// simulation says twice, is there once.
fn each_once_and_in_order(on_disk: &OnDisk) -> Result<(), String> {
    let mut numbers: BTreeSet<(DeviceId, u64)> = BTreeSet::new();
    let mut texts: BTreeSet<&str> = BTreeSet::new();
    for (room, entries) in &on_disk.rooms {
        let mut last: BTreeMap<DeviceId, u64> = BTreeMap::new();
        for (seq, entry) in entries {
            let Act::Post(post) = &entry.act else { continue };
            let (device, n) = (post.device, post.n.value());
            if !numbers.insert((device, n)) || !texts.insert(&post.text) {
                return Err(format!("{} {}: {:?} is there twice", room.as_str(), seq.0, post.text));
            }
            if last.insert(device, n).is_some_and(|last| last >= n) {
                return Err(format!(
                    "{} {}: number {n} of device {} is out of order",
                    room.as_str(),
                    seq.0,
                    device.0
                ));
            }
        }
    }
    Ok(())
}

/// What was reported as stored is on disk, in its place, as it was said; and what was refused for good is not.
fn acked_is_kept(person: &Person, on_disk: &OnDisk) -> Result<(), String> {
    let history = person.history.borrow();
    for (key, (room, seq)) in &history.stored {
        let (said_in, text) = &history.said[key];
        let kept = on_disk.rooms.get(room).and_then(|entries| entries.get(seq));
        let whole = kept.is_some_and(|entry| entry.author == person.name && entry.act.text() == Some(text));
        if !whole || said_in != room {
            let name = person.name.as_str();
            return Err(format!(
                "{name} was told that {text:?} is entry {} of {room:?}; there is {kept:?}",
                seq.0
            ));
        }
    }
    let all: BTreeSet<&str> =
        on_disk.rooms.values().flat_map(BTreeMap::values).filter_map(|entry| entry.act.text()).collect();
    for key in history.refused.keys() {
        let (_, text) = &history.said[key];
        if all.contains(text.as_str()) {
            return Err(format!(
                "{} was told that {text:?} is refused, and it is stored",
                person.name.as_str()
            ));
        }
    }
    Ok(())
}

/// What a follower heard is the log, from its first entry on, without a gap.
fn heard_is_on_disk(person: &Person, on_disk: &OnDisk) -> Result<(), String> {
    for (room, heard) in &person.history.borrow().heard {
        let entries = on_disk.rooms.get(room).ok_or_else(|| format!("{} is not on disk", room.as_str()))?;
        for (index, entry) in (1..).zip(heard) {
            if entry.seq.0 != index || entries.get(&entry.seq) != Some(&entry.entry) {
                let name = person.name.as_str();
                return Err(format!(
                    "{name} heard {entry:?} as the {index}th; there is {:?}",
                    entries.get(&Seq(index))
                ));
            }
        }
    }
    Ok(())
}

/// What a screen shows is a part of the log, and what is missing is shown as missing.
fn shown_is_on_disk(person: &Person, on_disk: &OnDisk) -> Result<(), String> {
    person.conversation.borrow().look(|model| {
        for (room, view) in &model.rooms {
            let Some(entries) = on_disk.rooms.get(room) else {
                return Err(format!("{} is shown and not on disk", room.as_str()));
            };
            let mut next = Seq(1);
            for row in view.timeline.rows() {
                let (first, last) = match row {
                    Row::Skipped { from, to } => (from, to),
                    Row::Damaged(seq) => (seq, seq),
                    Row::Entry(seq, shown) => {
                        if entries.get(&seq) != Some(shown) {
                            return Err(format!("{} is shown {shown:?} as {}", person.name.as_str(), seq.0));
                        }
                        (seq, seq)
                    }
                };
                if first != next {
                    return Err(format!(
                        "{} is shown a silent hole before {}",
                        person.name.as_str(),
                        first.0
                    ));
                }
                next = last.next();
            }
        }
        Ok(())
    })
}
