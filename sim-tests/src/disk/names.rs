//! The names of the files of a simulated disk: those that a process sees, and those that a loss of power leaves.

use std::collections::{BTreeMap, BTreeSet};

/// Number of a file, never used twice on one disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(pub(super) u64);

/// All names. They are durable on their own, as POSIX has it: a new one when its file is synced, a deletion when the
/// directory is.
#[derive(Default)]
pub(super) struct Names {
    live: BTreeMap<String, FileId>,
    durable: BTreeMap<String, FileId>,
}

impl Names {
    pub(super) fn live(&self) -> &BTreeMap<String, FileId> {
        &self.live
    }

    pub(super) fn durable(&self) -> &BTreeMap<String, FileId> {
        &self.durable
    }

    pub(super) fn insert(&mut self, name: &str, id: FileId) {
        self.live.insert(name.to_owned(), id);
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.live.remove(name);
    }

    /// Makes the name of a file durable, in place of what had the name before.
    pub(super) fn sync_file(&mut self, id: FileId) {
        let of_file = self.live.iter().filter(|(_, named)| **named == id);
        self.durable.extend(of_file.map(|(name, id)| (name.clone(), *id)));
    }

    /// Makes every name durable, and every deletion, in the directory where `neighbour` is or was.
    pub(super) fn sync_directory(&mut self, neighbour: &str) {
        let path = directory(neighbour);
        self.durable.retain(|name, _| directory(name) != path);
        let inside = self.live.iter().filter(|(name, _)| directory(name) == path);
        self.durable.extend(inside.map(|(name, id)| (name.clone(), *id)));
    }

    /// Ends in what a loss of power leaves: of each name that was made, deleted, or moved to another file since it
    /// was durable, `survives` is asked in order whether the change had reached the disk.
    pub(super) fn lose_power(&mut self, mut survives: impl FnMut() -> bool) {
        let either: BTreeSet<String> = self.live.keys().chain(self.durable.keys()).cloned().collect();
        for name in either {
            let live = self.live.get(&name);
            if live != self.durable.get(&name) && survives() {
                match live {
                    Some(id) => self.durable.insert(name, *id),
                    None => self.durable.remove(&name),
                };
            }
        }
        self.live.clone_from(&self.durable);
    }

    /// Whether the file has a name, or would have one after a loss of power.
    pub(super) fn reach(&self, id: FileId) -> bool {
        self.live.values().chain(self.durable.values()).any(|named| *named == id)
    }
}

/// The part of a path before its last `/`.
fn directory(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(directory, _)| directory)
}
