//! Who holds a name, or one that looks like it.

use crate::name::{Name, NameKeys};
use crate::secret::hash_text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Finds the holder of a name, or of one that looks like it: both keys of a name must be free for it to be free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeyIndex<Id> {
    by_folded_skeleton: BTreeMap<String, Id>,
    by_skeleton_folded: BTreeMap<String, Id>,
}

impl<Id: Copy + PartialEq> KeyIndex<Id> {
    pub(super) fn new() -> Self {
        KeyIndex { by_folded_skeleton: BTreeMap::new(), by_skeleton_folded: BTreeMap::new() }
    }

    pub(super) fn holder(&self, keys: &NameKeys) -> Option<Id> {
        let first = self.by_folded_skeleton.get(&keys.folded_skeleton);
        first.or_else(|| self.by_skeleton_folded.get(&keys.skeleton_folded)).copied()
    }

    pub(super) fn insert(&mut self, keys: NameKeys, id: Id) {
        self.by_folded_skeleton.insert(keys.folded_skeleton, id);
        self.by_skeleton_folded.insert(keys.skeleton_folded, id);
    }

    pub(super) fn remove_all(&mut self, id: Id) {
        self.by_folded_skeleton.retain(|_, held| *held != id);
        self.by_skeleton_folded.retain(|_, held| *held != id);
    }
}

/// The hashes of a name's two keys, under which it is kept without being said.
#[must_use]
pub(in crate::server) fn kept_keys(name: &Name) -> [String; 2] {
    let NameKeys { folded_skeleton, skeleton_folded } = name.keys();
    [hash_text(&format!("1 {folded_skeleton}")), hash_text(&format!("2 {skeleton_folded}"))]
}
