//! Who holds a name, or one that looks like it.

use crate::name::{Name, NameKeys};
use crate::packed::PackedMap;
use crate::secret::hash_text;
use compact_str::CompactString;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

/// Finds the holder of a name, or of one that looks like it: both keys of a name must be free for it to be free.
///
/// Most names have the same text for both keys, which is kept once. In a checkpoint there are two maps all the same.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Kept<Id>", bound(deserialize = "Id: Copy + PartialEq + Deserialize<'de>"))]
pub(super) struct KeyIndex<Id> {
    /// What is the first key of a name and the second one of the same holder's. It is in neither of the others.
    both: PackedMap<CompactString, Id>,
    /// What is a first key, and no second one or another holder's.
    folded_skeletons: PackedMap<CompactString, Id>,
    /// What is a second key, and no first one or another holder's.
    skeletons_folded: PackedMap<CompactString, Id>,
}

/// It as it is read.
#[derive(Deserialize)]
#[serde(bound(deserialize = "Id: Deserialize<'de>"))]
struct Kept<Id> {
    by_folded_skeleton: PackedMap<CompactString, Id>,
    by_skeleton_folded: PackedMap<CompactString, Id>,
}

/// The two maps of which one was made, as one.
struct Merged<'a, Id>(&'a PackedMap<CompactString, Id>, &'a PackedMap<CompactString, Id>);

impl<Id: Copy + PartialEq> KeyIndex<Id> {
    pub(super) fn new() -> Self {
        let (both, folded_skeletons, skeletons_folded) =
            (PackedMap::new(), PackedMap::new(), PackedMap::new());
        KeyIndex { both, folded_skeletons, skeletons_folded }
    }

    pub(super) fn holder(&self, keys: &NameKeys) -> Option<Id> {
        let [first, _] = self.holders(&keys.folded_skeleton);
        first.or_else(|| self.holders(&keys.skeleton_folded)[1])
    }

    pub(super) fn insert(&mut self, keys: &NameKeys, id: Id) {
        let NameKeys { folded_skeleton, skeleton_folded } = keys;
        if folded_skeleton == skeleton_folded {
            self.hold(folded_skeleton, [Some(id); 2]);
        } else {
            let [_, second] = self.holders(folded_skeleton);
            self.hold(folded_skeleton, [Some(id), second]);
            let [first, _] = self.holders(skeleton_folded);
            self.hold(skeleton_folded, [first, Some(id)]);
        }
    }

    pub(super) fn remove_all(&mut self, id: Id) {
        for map in [&mut self.both, &mut self.folded_skeletons, &mut self.skeletons_folded] {
            map.retain(|_, held| *held != id);
        }
    }

    /// Whose first key this is, and whose second one.
    fn holders(&self, key: &str) -> [Option<Id>; 2] {
        match self.both.get(key) {
            Some(id) => [Some(*id); 2],
            None => [&self.folded_skeletons, &self.skeletons_folded].map(|map| map.get(key).copied()),
        }
    }

    fn hold(&mut self, key: &str, holders: [Option<Id>; 2]) {
        let [first, second] = holders;
        let same = first.filter(|_| first == second);
        let maps = [&mut self.both, &mut self.folded_skeletons, &mut self.skeletons_folded];
        let held = [same, first.filter(|_| same.is_none()), second.filter(|_| same.is_none())];
        for (map, held) in maps.into_iter().zip(held) {
            match held {
                Some(id) => drop(map.insert(key.into(), id)),
                None => drop(map.remove(key)),
            }
        }
    }
}

impl<Id: Copy + PartialEq> From<Kept<Id>> for KeyIndex<Id> {
    fn from(kept: Kept<Id>) -> Self {
        let Kept { by_folded_skeleton: mut folded_skeletons, by_skeleton_folded: mut skeletons_folded } =
            kept;
        let mut both = PackedMap::new();
        folded_skeletons.retain(|key, id| {
            let is_second = skeletons_folded.get(key) == Some(id);
            if is_second {
                both.insert(key.clone(), *id);
            }
            !is_second
        });
        skeletons_folded.retain(|key, _| !both.contains_key(key));
        KeyIndex { both, folded_skeletons, skeletons_folded }
    }
}

impl<Id: Serialize> Serialize for KeyIndex<Id> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut kept = serializer.serialize_struct("KeyIndex", 2)?;
        kept.serialize_field("by_folded_skeleton", &Merged(&self.both, &self.folded_skeletons))?;
        kept.serialize_field("by_skeleton_folded", &Merged(&self.both, &self.skeletons_folded))?;
        kept.end()
    }
}

impl<Id: Serialize> Serialize for Merged<'_, Id> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut one, mut other) = (self.0.iter().peekable(), self.1.iter().peekable());
        serializer.collect_map(std::iter::from_fn(|| match (one.peek(), other.peek()) {
            (Some((a, _)), Some((b, _))) if a < b => one.next(),
            (Some(_), None) => one.next(),
            _ => other.next(),
        }))
    }
}

/// The hashes of a name's two keys, under which it is kept without being said.
#[must_use]
pub(in crate::server) fn kept_keys(name: &Name) -> [String; 2] {
    let NameKeys { folded_skeleton, skeleton_folded } = name.keys();
    [hash_text(&format!("1 {folded_skeleton}")), hash_text(&format!("2 {skeleton_folded}"))]
}
