//! A sorted map that keeps little more than what is in it: for the many who are added in the order of their numbers.
//!
//! The nodes of a `BTreeMap` whose keys come at its end stay half empty, as each is split in two halves when it is full,
//! and each has room for eleven from the start. Here leaves are split so only where a key comes between others; where
//! one comes at an end, a new leaf is begun, and those before stay full, and where one comes right behind the last that
//! came, a leaf is split there. A leaf grows by an eighth of itself.

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
    leaves: Vec<Leaf<K, V>>,
    len: usize,
    /// Where something was put in last.
    last: Place,
}

#[derive(Clone)]
struct Leaf<K, V> {
    /// The key of its first row, which stands here, beside those of the other leaves, so that none of them has to be fetched from
    /// memory to find the right one.
    from: K,
    rows: Vec<(K, V)>,
}

impl<K: Clone, V> Leaf<K, V> {
    /// Its first row is another now.
    fn begin(&mut self) {
        self.from = self.rows[0].0.clone();
    }
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
impl Sought for String {}
impl<T: Ord> Sought for Option<T> {}
impl<A: Ord, B: Ord> Sought for (A, B) {}

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
        PackedMap { leaves: Vec::new(), len: 0, last: (0, 0) }
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
        self.leaves.iter().flat_map(|leaf| &leaf.rows).map(|(key, value)| (key, value))
    }

    /// The first key, and what stands under it.
    #[must_use]
    pub fn first(&self) -> Option<(&K, &V)> {
        self.leaves.first().map(|leaf| (&leaf.rows[0].0, &leaf.rows[0].1))
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
        self.leaves.iter_mut().flat_map(|leaf| &mut leaf.rows).map(|(_, value)| value)
    }
}

impl<K: Clone, V> PackedMap<K, V> {
    /// Keeps those alone of which this holds.
    pub fn retain(&mut self, mut holds: impl FnMut(&K, &mut V) -> bool) {
        for leaf in &mut self.leaves {
            leaf.rows.retain_mut(|(key, value)| holds(key, value));
        }
        self.len = self.leaves.iter().map(|leaf| leaf.rows.len()).sum();
        self.leaves.retain(|leaf| !leaf.rows.is_empty());
        self.leaves.iter_mut().for_each(Leaf::begin);
        // Backwards, so that what is joined is looked at again with what stands before.
        for leaf in (0..self.leaves.len()).rev() {
            self.tidy(leaf);
        }
    }

    /// Joins a leaf of which little is left with the next one, if that has little as well, and gives back its memory.
    fn tidy(&mut self, leaf: usize) {
        if let [one, next, ..] = &mut self.leaves[leaf..]
            && one.rows.len() + next.rows.len() <= LEAF_MAX / 2
        {
            one.rows.append(&mut next.rows);
            self.leaves.remove(leaf + 1);
        }
        if let Some(Leaf { rows: held, .. }) = self.leaves.get_mut(leaf)
            && held.len() <= held.capacity() / 2
        {
            held.shrink_to_fit();
        }
    }
}

impl<K: Sought + Clone, V> PackedMap<K, V> {
    /// What stands under a key.
    #[must_use]
    pub fn get<Q: Sought + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (leaf, at) = self.find(key).ok()?;
        Some(&self.leaves[leaf].rows[at].1)
    }

    /// What stands under a key, to be changed.
    pub fn get_mut<Q: Sought + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (leaf, at) = self.find(key).ok()?;
        Some(&mut self.leaves[leaf].rows[at].1)
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
            Ok((leaf, at)) => return Some(std::mem::replace(&mut self.leaves[leaf].rows[at].1, value)),
            Err(place) => {
                let (leaf, at) = self.room_at(place, &key);
                self.last = (leaf, at);
                let Leaf { from, rows } = &mut self.leaves[leaf];
                if at == 0 {
                    *from = key.clone();
                }
                if rows.len() == rows.capacity() {
                    rows.reserve_exact((1 + rows.len() / 8).min(LEAF_MAX - rows.len()));
                }
                rows.insert(at, (key, value));
                let after = self.leaves.get(leaf + 1);
                assert!(after.is_none_or(|after| self.leaves[leaf].from < after.from), "leaves are in order");
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
        let (_, value) = self.leaves[leaf].rows.remove(at);
        self.len -= 1;
        if self.leaves[leaf].rows.is_empty() {
            self.leaves.remove(leaf);
        } else if at == 0 {
            self.leaves[leaf].begin();
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
        let first = self.leaves.first().and_then(|leaf| leaf.rows.first());
        let steps = first.map_or(usize::MAX, |(first, _)| key.steps_from(first.borrow()));
        let (leaf, at) = (steps / LEAF_MAX, steps % LEAF_MAX);
        let counted = self.leaves.get(leaf).and_then(|held| held.rows.get(at));
        if counted.is_some_and(|(held, _)| held.borrow() == key) {
            return Ok((leaf, at));
        }
        let begun = self.leaves.partition_point(|leaf| leaf.from.borrow() <= key);
        let leaf = begun.saturating_sub(1);
        let Some(held) = self.leaves.get(leaf) else { return Err((0, 0)) };
        match held.rows.binary_search_by(|(held, _)| held.borrow().cmp(key)) {
            Ok(at) => Ok((leaf, at)),
            Err(at) => Err((leaf, at)),
        }
    }

    /// Where this key, which belongs there, can be put in.
    fn room_at(&mut self, (leaf, at): Place, key: &K) -> Place {
        let count = self.leaves.len();
        let is_full = |leaf: usize| self.leaves[leaf].rows.len() == LEAF_MAX;
        if leaf < count && !is_full(leaf) {
            return (leaf, at);
        }
        if at == LEAF_MAX && leaf + 1 < count && !is_full(leaf + 1) {
            return (leaf + 1, 0);
        }
        let empty = Leaf { from: key.clone(), rows: Vec::new() };
        // Before all, behind all, or between two leaves that are full: nothing is smaller than the first of a leaf, and belongs there.
        assert!(at > 0 || leaf == 0, "what is before a leaf's first belongs to the one before");
        if count == 0 || at == 0 || at == LEAF_MAX {
            let new = leaf + usize::from(at == LEAF_MAX);
            self.leaves.insert(new, empty);
            return (new, 0);
        }
        let is_behind_last = self.last == (leaf, at - 1);
        let cut = if is_behind_last { at } else { LEAF_MAX / 2 };
        let rows = &mut self.leaves[leaf].rows;
        let upper = rows.split_off(cut);
        rows.shrink_to_fit();
        self.leaves.insert(leaf + 1, Leaf { from: upper[0].0.clone(), rows: upper });
        if at <= cut { (leaf, at) } else { (leaf + 1, at - cut) }
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

impl<K: Sought + Clone, V> Extend<(K, V)> for PackedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(key, value)| drop(self.insert(key, value)));
    }
}

impl<K: Sought + Clone, V> FromIterator<(K, V)> for PackedMap<K, V> {
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

impl<'de, K: Sought + Clone + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for PackedMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// Reads them one after the other.
struct Entries<K, V>(PhantomData<(K, V)>);

impl<'de, K: Sought + Clone + Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
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
