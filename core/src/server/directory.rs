//! The fold of the directory: people, their devices, and the names of rooms.

use super::window::Window;
use crate::entry::{DeviceId, DirectoryEntry, LogId, PersonId, Seq, TokenHash};
use crate::name::{Name, NameKeys, RoomName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The name under which the server itself stands in a log; nobody else can have it.
pub const SERVER_NAME: &str = "sala";

/// People, devices and names of rooms, as the directory's entries add up to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    pub(super) head: Seq,
    people: BTreeMap<PersonId, Person>,
    devices: BTreeMap<DeviceId, Device>,
    names: KeyIndex<PersonId>,
    room_names: KeyIndex<LogId>,
}

/// Somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name as it is shown.
    pub name: Name,
    /// What he must know to come back.
    pub token: TokenHash,
    /// His devices by their labels.
    pub devices: BTreeMap<String, DeviceId>,
    /// The rooms that he is a member of.
    pub rooms: BTreeSet<LogId>,
}

/// One of somebody's devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Whose it is.
    pub person: PersonId,
    /// The numbers of its posts.
    pub window: Window,
}

/// Finds the holder of a name, or of one that looks like it: both keys of a name must be free for it to be free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeyIndex<Id> {
    by_folded_skeleton: BTreeMap<String, Id>,
    by_skeleton_folded: BTreeMap<String, Id>,
}

impl<Id: Copy> KeyIndex<Id> {
    fn new() -> Self {
        KeyIndex { by_folded_skeleton: BTreeMap::new(), by_skeleton_folded: BTreeMap::new() }
    }

    fn holder(&self, keys: &NameKeys) -> Option<Id> {
        let first = self.by_folded_skeleton.get(&keys.folded_skeleton);
        first.or_else(|| self.by_skeleton_folded.get(&keys.skeleton_folded)).copied()
    }

    fn insert(&mut self, keys: NameKeys, id: Id) {
        self.by_folded_skeleton.insert(keys.folded_skeleton, id);
        self.by_skeleton_folded.insert(keys.skeleton_folded, id);
    }

    fn len(&self) -> usize {
        self.by_folded_skeleton.len()
    }
}

impl Directory {
    pub(super) fn new() -> Self {
        let mut names = KeyIndex::new();
        let own = Name::parse(SERVER_NAME).expect("the server's own name keeps the rules for names");
        names.insert(own.keys(), PersonId(0));
        Directory {
            head: Seq(0),
            people: BTreeMap::new(),
            devices: BTreeMap::new(),
            names,
            room_names: KeyIndex::new(),
        }
    }

    /// Who holds this name, or one that looks like it. The holder 0 is the server itself, and no [`Person`].
    #[must_use]
    pub fn holder(&self, name: &Name) -> Option<PersonId> {
        self.names.holder(&name.keys())
    }

    /// The person with this id.
    #[must_use]
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(&id)
    }

    /// The device with this id.
    #[must_use]
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.get(&id)
    }

    /// The room of exactly this name, save for case, or one that looks like it.
    #[must_use]
    pub fn room(&self, name: &RoomName) -> Option<LogId> {
        self.room_names.holder(&name.keys())
    }

    /// How many people there are.
    #[must_use]
    pub fn people_count(&self) -> usize {
        self.people.len()
    }

    /// How many rooms there are.
    #[must_use]
    pub fn room_count(&self) -> usize {
        self.room_names.len()
    }

    /// The id that the next new person gets.
    #[must_use]
    pub fn next_person(&self) -> PersonId {
        PersonId(self.people.last_key_value().map_or(1, |(last, _)| last.0 + 1))
    }

    /// The id that the next new device gets.
    #[must_use]
    pub fn next_device(&self) -> DeviceId {
        DeviceId(self.devices.last_key_value().map_or(1, |(last, _)| last.0 + 1))
    }

    pub(super) fn person_mut(&mut self, id: PersonId) -> Option<&mut Person> {
        self.people.get_mut(&id)
    }

    pub(super) fn device_mut(&mut self, id: DeviceId) -> Option<&mut Device> {
        self.devices.get_mut(&id)
    }

    pub(super) fn evolve(&mut self, entry: &DirectoryEntry) {
        match entry {
            DirectoryEntry::Guest { person, name, token, .. } => {
                self.names.insert(name.keys(), *person);
                let new = Person {
                    name: name.clone(),
                    token: token.clone(),
                    devices: BTreeMap::new(),
                    rooms: BTreeSet::new(),
                };
                self.people.insert(*person, new);
            }
            DirectoryEntry::Device { device, person, label, .. } => {
                self.devices.insert(*device, Device { person: *person, window: Window::default() });
                if let Some(owner) = self.people.get_mut(person) {
                    owner.devices.insert(label.clone(), *device);
                }
            }
            DirectoryEntry::Room { log, name, .. } => self.room_names.insert(name.keys(), *log),
        }
    }
}
