//! Sorted maps and sets that mostly hold one: that one lies in them, and more in one piece of memory of their size.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A map of a few.
#[derive(Clone)]
pub struct FewMap<K, V>(Held<(K, V)>);

/// A set of a few.
#[derive(Clone)]
pub struct FewSet<K>(FewMap<K, ()>);

/// One, or any other number.
#[derive(Clone)]
enum Held<T> {
    One(T),
    Other(Box<[T]>),
}

impl<T> Held<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Held::One(one) => std::slice::from_ref(one),
            Held::Other(other) => other,
        }
    }

    fn as_slice_mut(&mut self) -> &mut [T] {
        match self {
            Held::One(one) => std::slice::from_mut(one),
            Held::Other(other) => other,
        }
    }

    /// Does something to it as a vector.
    fn change<R>(&mut self, work: impl FnOnce(&mut Vec<T>) -> R) -> R {
        let mut held = match std::mem::replace(self, Held::Other(Box::default())) {
            Held::One(one) => vec![one],
            Held::Other(other) => other.into_vec(),
        };
        let result = work(&mut held);
        *self = match <[T; 1]>::try_from(held) {
            Ok([one]) => Held::One(one),
            Err(held) => Held::Other(held.into_boxed_slice()),
        };
        result
    }
}

impl<K, V> FewMap<K, V> {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        FewMap(Held::Other(Box::default()))
    }

    /// How many keys it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_slice().len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of it, in the order of the keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.0.as_slice().iter().map(|(key, value)| (key, value))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// Keeps those alone of which this holds.
    pub fn retain(&mut self, mut holds: impl FnMut(&K, &V) -> bool) {
        self.0.change(|held| held.retain(|(key, value)| holds(key, value)));
    }
}

impl<K: Ord, V> FewMap<K, V> {
    /// What stands under a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.find(key).ok().map(|at| &self.0.as_slice()[at].1)
    }

    /// Whether it has a key.
    #[must_use]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Puts something under a key, and gives what stood there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.0.as_slice_mut()[at].1, value)),
            Err(0) if self.is_empty() => {
                self.0 = Held::One((key, value));
                None
            }
            Err(at) => {
                self.0.change(|held| {
                    held.reserve_exact(1);
                    held.insert(at, (key, value));
                });
                None
            }
        }
    }

    /// Takes a key out, and gives what stood there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(self.0.change(|held| held.remove(at).1))
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.as_slice().binary_search_by(|(held, _)| held.borrow().cmp(key))
    }
}

impl<K> FewSet<K> {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        FewSet(FewMap::new())
    }

    /// How many it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.0.keys()
    }
}

impl<K: Ord> FewSet<K> {
    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Puts one in; whether it was not there.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }

    /// Takes one out; whether it was there.
    pub fn remove(&mut self, key: &K) -> bool {
        self.0.remove(key).is_some()
    }
}

impl<K, V> Default for FewMap<K, V> {
    fn default() -> Self {
        FewMap::new()
    }
}

impl<K> Default for FewSet<K> {
    fn default() -> Self {
        FewSet::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for FewMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice() == other.0.as_slice()
    }
}

impl<K: Eq, V: Eq> Eq for FewMap<K, V> {}

impl<K: PartialEq> PartialEq for FewSet<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K: Eq> Eq for FewSet<K> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for FewMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: fmt::Debug> fmt::Debug for FewSet<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<K: Serialize, V: Serialize> Serialize for FewMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<K: Serialize> Serialize for FewSet<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for FewMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut held = Held::Other(Box::default());
        let read = BTreeMap::deserialize(deserializer)?;
        held.change(|held| held.extend(read));
        Ok(FewMap(held))
    }
}

impl<'de, K: Ord + Deserialize<'de>> Deserialize<'de> for FewSet<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut held = Held::Other(Box::default());
        let read = BTreeSet::deserialize(deserializer)?;
        held.change(|held| held.extend(read.into_iter().map(|key| (key, ()))));
        Ok(FewSet(FewMap(held)))
    }
}
