//! What is empty with most, and takes no more than a pointer then.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;

/// What can be empty, and is then all alike.
pub trait Empty: Default + PartialEq + 'static {
    /// An empty one.
    const EMPTY: &'static Self;
}

impl<K: Ord + 'static, V: PartialEq + 'static> Empty for BTreeMap<K, V> {
    const EMPTY: &'static Self = &BTreeMap::new();
}

impl<K: Ord + 'static> Empty for BTreeSet<K> {
    const EMPTY: &'static Self = &BTreeSet::new();
}

impl<T: PartialEq + 'static> Empty for Vec<T> {
    const EMPTY: &'static Self = &Vec::new();
}

/// A value that is mostly empty. Nothing tells it from the value itself, but for how it is changed.
#[derive(Clone)]
pub struct Rare<T>(
    /// None if it is empty.
    Option<Box<T>>,
);

impl<T: Empty> Rare<T> {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Rare(None)
    }

    /// Does something to it.
    pub fn change<R>(&mut self, work: impl FnOnce(&mut T) -> R) -> R {
        let result = work(self.0.get_or_insert_default());
        self.drop_empty();
        result
    }

    /// Does something to what is there, if anything is.
    pub fn if_any<R>(&mut self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        let result = self.0.as_deref_mut().map(work);
        self.drop_empty();
        result
    }

    fn drop_empty(&mut self) {
        self.0.take_if(|held| **held == *T::EMPTY);
    }
}

impl<T: Empty> Deref for Rare<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::EMPTY)
    }
}

impl<T: Empty> From<T> for Rare<T> {
    fn from(value: T) -> Self {
        Rare((value != *T::EMPTY).then(|| Box::new(value)))
    }
}

impl<T: Empty> Default for Rare<T> {
    fn default() -> Self {
        Rare::new()
    }
}

impl<T: PartialEq> PartialEq for Rare<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Eq> Eq for Rare<T> {}

impl<T: Empty + fmt::Debug> fmt::Debug for Rare<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Empty + Serialize> Serialize for Rare<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Empty + Deserialize<'de>> Deserialize<'de> for Rare<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Rare::from)
    }
}
