//! The maps that take little memory do what the standard library's do, whatever the order in which they are filled.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

use sala_core::few::{FewMap, FewSet};
use sala_core::packed::PackedMap;
use sala_core::rare::Rare;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers that look drawn, and are the same each time: `SplitMix64` of Steele, Lea and Flood.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// A packed map, and what it must be like.
#[derive(Default)]
struct Pair {
    packed: PackedMap<u64, String>,
    plain: BTreeMap<u64, String>,
}

impl Pair {
    fn insert(&mut self, key: u64, value: u64) {
        let value = value.to_string();
        assert_eq!(self.packed.insert(key, value.clone()), self.plain.insert(key, value));
    }

    fn remove(&mut self, key: u64) {
        assert_eq!(self.packed.remove(&key), self.plain.remove(&key));
    }

    fn retain(&mut self, holds: impl Fn(u64) -> bool) {
        self.packed.retain(|key, _| holds(*key));
        self.plain.retain(|key, _| holds(*key));
    }

    fn compare(&self, keys: u64) {
        assert!(self.packed.iter().eq(&self.plain));
        assert_eq!(self.packed.first(), self.plain.first_key_value());
        assert!(self.packed.iter().rev().eq(self.plain.iter().rev()));
        assert!(self.packed.keys().eq(self.plain.keys()) && self.packed.values().eq(self.plain.values()));
        assert_eq!((self.packed.len(), self.packed.is_empty()), (self.plain.len(), self.plain.is_empty()));
        for key in 0..keys {
            assert_eq!(self.packed.get(&key), self.plain.get(&key));
            assert_eq!(self.packed.contains_key(&key), self.plain.contains_key(&key));
        }
        let written = serde_json::to_string(&self.packed).unwrap();
        assert_eq!(written, serde_json::to_string(&self.plain).unwrap());
        assert_eq!(serde_json::from_str::<PackedMap<u64, String>>(&written).unwrap(), self.packed);
    }
}

#[test]
fn a_packed_map_is_a_map() {
    const KEYS: u64 = 700;
    for seed in 0..40 {
        let mut numbers = Numbers(seed);
        let mut pair = Pair::default();
        for round in 0..12 {
            let (from, order) = (numbers.below(KEYS), numbers.below(6));
            for step in 0..numbers.below(400) {
                match order {
                    0 => pair.insert((from + step).min(KEYS), round),
                    1 => pair.insert(from.saturating_sub(step), round),
                    2 => pair.insert(numbers.below(KEYS), round),
                    3 => pair.remove(from + step),
                    4 => pair.remove(from.saturating_sub(step)),
                    _ => pair.remove(numbers.below(KEYS)),
                }
            }
            if numbers.below(4) == 0 {
                let part = numbers.below(9) + 1;
                pair.retain(|key| key % 10 < part && (key < from || key > from + 100));
            }
            let changed = numbers.below(KEYS);
            [pair.packed.get_mut(&changed), pair.plain.get_mut(&changed)]
                .into_iter()
                .flatten()
                .for_each(String::clear);
            pair.compare(KEYS);
        }
        pair.packed.values_mut().for_each(|value| value.push('!'));
        pair.plain.values_mut().for_each(|value| value.push('!'));
        pair.compare(KEYS);
        pair.retain(|_| false);
        pair.compare(KEYS);
    }
}

#[test]
fn what_is_put_in_where_a_full_leaf_has_lost_its_first_is_found() {
    let mut pair = Pair::default();
    (1..=64).for_each(|key| pair.insert(10 * key, 0));
    pair.remove(10);
    pair.insert(25, 0);
    pair.insert(15, 0);
    pair.insert(17, 0);
    pair.compare(650);
}

#[test]
fn sparse_keys_come_and_go() {
    const KEYS: u64 = 20_000;
    for seed in 0..6 {
        let mut numbers = Numbers(seed);
        let mut pair = Pair::default();
        for _ in 0..10 {
            for _ in 0..800 {
                match numbers.below(10) {
                    0..7 => pair.insert(numbers.below(KEYS), 0),
                    7..9 => pair.remove(numbers.below(KEYS)),
                    // The first ones, as what is due is taken.
                    _ => drop(pair.plain.keys().next().copied().map(|key| pair.remove(key))),
                }
            }
            pair.compare(KEYS);
        }
    }
}

#[test]
fn packed_maps_are_alike_however_they_came_to_be_what_they_are() {
    let rising: PackedMap<u64, u64> = (0..1_000).map(|key| (key, key)).collect();
    let mut falling: PackedMap<u64, u64> = (0..2_000).rev().map(|key| (key, key)).collect();
    falling.retain(|key, _| *key < 1_000);
    assert_eq!(rising, falling);
    assert_ne!(rising, (0..1_000).map(|key| (key, key + key / 999)).collect());
    assert_ne!(rising, (0..999).map(|key| (key, key)).collect());
}

#[test]
fn a_few_are_a_map_and_a_set() {
    let mut numbers = Numbers(7);
    let (mut map, mut plain) = (FewMap::<String, u64>::new(), BTreeMap::new());
    let (mut set, mut plain_set) = (FewSet::<u64>::new(), BTreeSet::new());
    for step in 0..3_000 {
        let number = numbers.below(5);
        let key = number.to_string();
        match numbers.below(4) {
            0 | 1 => {
                assert_eq!(map.insert(key, step), plain.insert(number.to_string(), step));
                assert_eq!(set.insert(number), plain_set.insert(number));
            }
            2 => {
                assert_eq!(map.remove(&key), plain.remove(&key));
                assert_eq!(set.remove(&number), plain_set.remove(&number));
            }
            _ => {
                map.retain(|_, value| *value != step - 1);
                plain.retain(|_, value| *value != step - 1);
            }
        }
        assert!(map.iter().eq(&plain) && map.keys().eq(plain.keys()) && map.values().eq(plain.values()));
        assert!(set.iter().eq(&plain_set));
        assert_eq!((map.len(), map.is_empty()), (plain.len(), plain.is_empty()));
        assert_eq!((set.len(), set.is_empty()), (plain_set.len(), plain_set.is_empty()));
        for key in 0..5_u64 {
            assert_eq!(map.get(&key.to_string()), plain.get(&key.to_string()));
            assert_eq!(map.contains_key(&key.to_string()), plain.contains_key(&key.to_string()));
            assert_eq!(set.contains(&key), plain_set.contains(&key));
        }
        let written = [serde_json::to_string(&map).unwrap(), serde_json::to_string(&set).unwrap()];
        assert_eq!(written[0], serde_json::to_string(&plain).unwrap());
        assert_eq!(written[1], serde_json::to_string(&plain_set).unwrap());
        assert_eq!(serde_json::from_str::<FewMap<String, u64>>(&written[0]).unwrap(), map);
        assert_eq!(serde_json::from_str::<FewSet<u64>>(&written[1]).unwrap(), set);
    }
}

#[test]
fn what_is_rare_is_like_what_it_stands_for() {
    let mut rare = Rare::<Vec<u64>>::new();
    assert_eq!(serde_json::to_string(&rare).unwrap(), "[]");
    assert_eq!(rare.if_any(|held| held.push(1)), None);
    assert!(rare.is_empty());
    rare.change(|held| held.extend([1, 2]));
    assert_eq!((rare.len(), serde_json::to_string(&rare).unwrap()), (2, "[1,2]".to_owned()));
    assert_eq!(serde_json::from_str::<Rare<Vec<u64>>>("[1,2]").unwrap(), rare);
    assert_eq!(rare.if_any(|held| held.drain(..).sum::<u64>()), Some(3));
    assert_eq!(rare, Rare::new());
    assert_eq!(serde_json::from_str::<Rare<Vec<u64>>>("[]").unwrap(), rare);
}
