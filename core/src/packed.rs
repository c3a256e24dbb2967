//! A sorted map that keeps little more than what is in it: for the many who are added in the order of their numbers.
//!
//! The nodes of a `BTreeMap` whose keys come at its end stay half empty, as each is split in two halves when it is full,
//! and each has room for eleven from the start. Here leaves are split so only where a key comes between others; where
//! one comes at an end, a new leaf is begun, and those before stay full. A leaf grows by an eighth of itself.

use compact_str::CompactString;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;

/// How many a leaf holds at most: so many are moved at most when one is put in or taken out.
const LEAF_MAX: usize = 64;

/// A map in the order of its keys.
#[derive(Clone)]
pub struct PackedMap<K, V> {
    /// None is empty, and each has smaller keys than the next.
    leaves: Vec<Vec<(K, V)>>,
    len: usize,
}

/// What a key is sought by.
pub trait Sought: Ord {
    /// How many keys are between the first one of all and this one if none was left out, where keys are numbers: those
    /// that are counted up are found there at once.
    fn steps_from(&self, _first: &Self) -> usize {
        usize::MAX
    }
}

impl Sought for str {}
impl Sought for CompactString {}

impl Sought for u64 {
    fn steps_from(&self, first: &Self) -> usize {
        self.checked_sub(*first).and_then(|steps| usize::try_from(steps).ok()).unwrap_or(usize::MAX)
    }
}

/// Where a key is: in which leaf, and at which place there.
type Place = (usize, usize);

impl<K, V> PackedMap<K, V> {
    /// An empty one, which takes no memory of its own.
    #[must_use]
    pub const fn new() -> Self {
        PackedMap { leaves: Vec::new(), len: 0 }
    }

    /// How many keys it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All of it, in the order of the keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.leaves.iter().flatten().map(|(key, value)| (key, value))
    }

    /// The first key, and what stands under it.
    #[must_use]
    pub fn first(&self) -> Option<(&K, &V)> {
        self.leaves.first().map(|leaf| (&leaf[0].0, &leaf[0].1))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The values, to be changed, in the order of their keys.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.leaves.iter_mut().flatten().map(|(_, value)| value)
    }

    /// Keeps those alone of which this holds.
    pub fn retain(&mut self, mut holds: impl FnMut(&K, &mut V) -> bool) {
        for leaf in &mut self.leaves {
            leaf.retain_mut(|(key, value)| holds(key, value));
        }
        self.len = self.leaves.iter().map(Vec::len).sum();
        self.leaves.retain(|leaf| !leaf.is_empty());
        // Backwards, so that what is joined is looked at again with what stands before.
        for leaf in (0..self.leaves.len()).rev() {
            self.tidy(leaf);
        }
    }

    /// Joins a leaf of which little is left with the next one, if that has little as well, and gives back its memory.
    fn tidy(&mut self, leaf: usize) {
        if let [one, next, ..] = &mut self.leaves[leaf..]
            && one.len() + next.len() <= LEAF_MAX / 2
        {
            one.append(next);
            self.leaves.remove(leaf + 1);
        }
        if let Some(held) = self.leaves.get_mut(leaf)
            && held.len() <= held.capacity() / 2
        {
            held.shrink_to_fit();
        }
    }
}

impl<K: Sought, V> PackedMap<K, V> {
    /// What stands under a key.
    #[must_use]
    pub fn get<Q: Sought + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (leaf, at) = self.find(key).ok()?;
        Some(&self.leaves[leaf][at].1)
    }

    /// What stands under a key, to be changed.
    pub fn get_mut<Q: Sought + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (leaf, at) = self.find(key).ok()?;
        Some(&mut self.leaves[leaf][at].1)
    }

    /// Whether it has a key.
    #[must_use]
    pub fn contains_key<Q: Sought + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Puts something under a key, and gives what stood there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok((leaf, at)) => return Some(std::mem::replace(&mut self.leaves[leaf][at].1, value)),
            Err(place) => {
                let (leaf, at) = self.room_at(place);
                let held = &mut self.leaves[leaf];
                if held.len() == held.capacity() {
                    held.reserve_exact((1 + held.len() / 8).min(LEAF_MAX - held.len()));
                }
                held.insert(at, (key, value));
            }
        }
        self.len += 1;
        None
    }

    /// Takes a key out, and gives what stood there.
    pub fn remove<Q: Sought + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (leaf, at) = self.find(key).ok()?;
        let (_, value) = self.leaves[leaf].remove(at);
        self.len -= 1;
        if self.leaves[leaf].is_empty() {
            self.leaves.remove(leaf);
        }
        self.tidy(leaf);
        self.tidy(leaf.saturating_sub(1));
        Some(value)
    }

    /// Where a key is, or where it would belong.
    fn find<Q: Sought + ?Sized>(&self, key: &Q) -> Result<Place, Place>
    where
        K: Borrow<Q>,
    {
        let first = self.leaves.first().and_then(|leaf| leaf.first());
        let steps = first.map_or(usize::MAX, |(first, _)| key.steps_from(first.borrow()));
        let (leaf, at) = (steps / LEAF_MAX, steps % LEAF_MAX);
        let counted = self.leaves.get(leaf).and_then(|held| held.get(at));
        if counted.is_some_and(|(held, _)| held.borrow() == key) {
            return Ok((leaf, at));
        }
        let begun = self.leaves.partition_point(|leaf| leaf[0].0.borrow() <= key);
        let leaf = begun.saturating_sub(1);
        let Some(held) = self.leaves.get(leaf) else { return Err((0, 0)) };
        match held.binary_search_by(|(held, _)| held.borrow().cmp(key)) {
            Ok(at) => Ok((leaf, at)),
            Err(at) => Err((leaf, at)),
        }
    }

    /// Where something that belongs there can be put in.
    fn room_at(&mut self, (leaf, at): Place) -> Place {
        let count = self.leaves.len();
        let is_full = |leaf: usize| self.leaves[leaf].len() == LEAF_MAX;
        if leaf < count && !is_full(leaf) {
            return (leaf, at);
        }
        if at == LEAF_MAX && leaf + 1 < count && !is_full(leaf + 1) {
            return (leaf + 1, 0);
        }
        let at_end = leaf + 1 >= count && (count == 0 || at == LEAF_MAX);
        let at_front = leaf == 0 && at == 0;
        if at_end || at_front {
            let new = if at_end { count } else { 0 };
            self.leaves.insert(new, Vec::new());
            return (new, 0);
        }
        let upper = self.leaves[leaf].split_off(LEAF_MAX / 2);
        self.leaves[leaf].shrink_to_fit();
        self.leaves.insert(leaf + 1, upper);
        if at <= LEAF_MAX / 2 { (leaf, at) } else { (leaf + 1, at - LEAF_MAX / 2) }
    }
}

impl<K, V> Default for PackedMap<K, V> {
    fn default() -> Self {
        PackedMap::new()
    }
}

/// How it lies in its leaves is nobody's business.
impl<K: PartialEq, V: PartialEq> PartialEq for PackedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for PackedMap<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for PackedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Sought, V> Extend<(K, V)> for PackedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(key, value)| drop(self.insert(key, value)));
    }
}

impl<K: Sought, V> FromIterator<(K, V)> for PackedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = PackedMap::new();
        map.extend(entries);
        map
    }
}

impl<K: Serialize, V: Serialize> Serialize for PackedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, K: Sought + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for PackedMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// Reads them one after the other.
struct Entries<K, V>(PhantomData<(K, V)>);

impl<'de, K: Sought + Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
    type Value = PackedMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = PackedMap::new();
        while let Some((key, value)) = entries.next_entry()? {
            map.insert(key, value);
        }
        Ok(map)
    }
}
