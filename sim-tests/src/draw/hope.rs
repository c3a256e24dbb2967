//! What a plan hopes for while it is drawn, so that most of what people try is something that they may try.

use rand::RngExt as _;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody, as he is hoped to be.
#[derive(Clone, Debug)]
pub(super) struct Hoped {
    pub(super) account: bool,
    pub(super) admin: bool,
    /// His devices that are in, by their keys.
    pub(super) devices: Vec<String>,
    /// Those that are not in yet.
    pub(super) to_come: Vec<String>,
    pub(super) friends: BTreeSet<String>,
    pub(super) blocked: BTreeSet<String>,
}

/// A room, as it is hoped to be.
#[derive(Clone, Debug, Default)]
pub(super) struct HopedRoom {
    pub(super) private: bool,
    pub(super) direct: bool,
    pub(super) owner: String,
    pub(super) moderators: BTreeSet<String>,
    pub(super) members: BTreeSet<String>,
    pub(super) banned: BTreeSet<String>,
    pub(super) muted: BTreeSet<String>,
    pub(super) invited: BTreeSet<String>,
    /// Something is to wait there for the moderators.
    pub(super) holds: bool,
}

/// Everybody and every room.
pub(super) struct Hope {
    pub(super) people: BTreeMap<String, Hoped>,
    pub(super) rooms: BTreeMap<String, HopedRoom>,
    pub(super) links: BTreeMap<u64, String>,
    pub(super) codes: BTreeMap<u64, String>,
    /// The codes of invitations to the server.
    pub(super) invitations: Vec<u64>,
}

/// One of these, if there is one.
pub(super) fn one<T: Clone>(random: &mut StdRng, of: impl IntoIterator<Item = T>) -> Option<T> {
    let all: Vec<T> = of.into_iter().collect();
    if all.is_empty() { None } else { Some(all[random.random_range(0..all.len())].clone()) }
}

impl Hope {
    /// Somebody who is in.
    pub(super) fn anybody(&self, random: &mut StdRng) -> Option<String> {
        one(
            random,
            self.people.iter().filter(|(_, hoped)| !hoped.devices.is_empty()).map(|(name, _)| name.clone()),
        )
    }

    pub(super) fn other_than(&self, random: &mut StdRng, name: &str) -> Option<String> {
        one(random, self.people.keys().filter(|other| *other != name).cloned())
    }

    /// A device of somebody.
    pub(super) fn device(&self, random: &mut StdRng, name: &str) -> Option<String> {
        one(random, self.people.get(name)?.devices.iter().cloned())
    }

    /// A room that somebody is in, or now and then any room.
    pub(super) fn room_of(&self, random: &mut StdRng, name: &str) -> Option<String> {
        let strict = random.random_bool(0.85);
        let fits = |(_, room): &(&String, &HopedRoom)| !strict || room.members.contains(name);
        one(random, self.rooms.iter().filter(fits).map(|(room, _)| room.clone()))
    }

    /// A room, and somebody who keeps order in it; now and then any member, or anybody.
    pub(super) fn keeper(&self, random: &mut StdRng, owns: bool) -> Option<(String, String)> {
        let directs = random.random_bool(0.1);
        // The lobby is kept by administrators alone.
        let admins = self.people.values().any(|hoped| hoped.admin);
        let kept = |name: &str, room: &HopedRoom| name != "lobby" || admins || room.members.is_empty();
        let all = self.rooms.iter().filter(|(name, room)| (!room.direct || directs) && kept(name, room));
        let room = one(random, all.map(|(name, _)| name.clone()))?;
        let held = &self.rooms[&room];
        let keepers = held.moderators.iter().filter(|_| !owns).chain(std::iter::once(&held.owner));
        let keepers: Vec<String> = keepers.filter(|name| self.people.contains_key(*name)).cloned().collect();
        let admins = self.people.iter().filter(|(_, hoped)| hoped.admin && room == "lobby");
        let keepers: Vec<String> = keepers.into_iter().chain(admins.map(|(name, _)| name.clone())).collect();
        let by = match random.random_range(0..10) {
            0 => self.anybody(random),
            1 => one(random, held.members.iter().cloned()),
            _ => one(random, keepers),
        };
        Some((room, by?))
    }
}
