//! Wrong passwords: how many tries a name and an address have left.

use super::quota::Bucket;
use crate::address::{AddressRange, household};
use crate::limits::{
    WRONG_PER_ADDRESS_BURST, WRONG_PER_NAME_BURST, WRONG_PER_PAIR_BURST, WRONG_REFILL_MS,
    WRONG_REMEMBERED_MAX,
};
use crate::name::Name;
use crate::time::Tick;
use core::net::IpAddr;
use std::collections::BTreeMap;

/// The tries that are left. A try is taken when it begins, so that many at once count, and given back if it was right.
///
/// However many strangers try a name, its owner is not locked out: his devices come in by their tokens, which are not
/// counted here, and an address that has not tried the name yet always has a try.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    pairs: Buckets<(String, Option<AddressRange>)>,
    addresses: Buckets<Option<AddressRange>>,
    names: Buckets<String>,
}

#[derive(Debug)]
struct Buckets<Key>(BTreeMap<Key, Bucket>);

impl<Key: Ord> Default for Buckets<Key> {
    fn default() -> Self {
        Buckets(BTreeMap::new())
    }
}

impl<Key: Ord + Clone> Buckets<Key> {
    fn bucket(&mut self, key: &Key, burst: u32, now: Tick) -> &mut Bucket {
        if !self.0.contains_key(key) && self.0.len() >= WRONG_REMEMBERED_MAX {
            // Those that are full again say nothing; if none is, the one that is nearest to it says least.
            self.0.retain(|_, bucket| !bucket.is_full(now));
            if self.0.len() >= WRONG_REMEMBERED_MAX {
                let nearest = self.0.iter().max_by_key(|(_, bucket)| bucket.milli_tokens());
                if let Some(key) = nearest.map(|(key, _)| key.clone()) {
                    self.0.remove(&key);
                }
            }
        }
        self.0.entry(key.clone()).or_insert_with(|| Bucket::every(burst, WRONG_REFILL_MS, now))
    }
}

impl Attempts {
    /// Takes one try of this name from this address, or says in how many milliseconds there is one.
    pub(super) fn take(&mut self, name: &Name, address: Option<IpAddr>, now: Tick) -> Result<(), u64> {
        let (name, address) = keys(name, address);
        let pair = (name.clone(), address);
        self.addresses.bucket(&address, WRONG_PER_ADDRESS_BURST, now).can_take(now)?;
        let first = self.pairs.bucket(&pair, WRONG_PER_PAIR_BURST, now).is_full(now);
        self.pairs.bucket(&pair, WRONG_PER_PAIR_BURST, now).can_take(now)?;
        if !first {
            self.names.bucket(&name, WRONG_PER_NAME_BURST, now).can_take(now)?;
        }
        self.addresses.bucket(&address, WRONG_PER_ADDRESS_BURST, now).take(now)?;
        self.pairs.bucket(&pair, WRONG_PER_PAIR_BURST, now).take(now)?;
        // What the name lacks for somebody's first try is not asked for.
        self.names.bucket(&name, WRONG_PER_NAME_BURST, now).take(now).or(Ok(()))
    }

    /// Gives a try back: it was right, or was not made.
    pub(super) fn give_back(&mut self, name: &Name, address: Option<IpAddr>, now: Tick) {
        let (name, address) = keys(name, address);
        self.addresses.bucket(&address, WRONG_PER_ADDRESS_BURST, now).give_back();
        self.names.bucket(&name, WRONG_PER_NAME_BURST, now).give_back();
        self.pairs.bucket(&(name, address), WRONG_PER_PAIR_BURST, now).give_back();
    }
}

fn keys(name: &Name, address: Option<IpAddr>) -> (String, Option<AddressRange>) {
    (name.keys().folded_skeleton, address.map(household))
}
