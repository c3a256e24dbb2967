//! Wrong passwords: how many tries a name and an address have left.

use super::quota::Buckets;
use crate::address::{AddressRange, household};
use crate::limits::{
    FIRST_TRY_MS, WRONG_CODES_BURST, WRONG_PER_ADDRESS_BURST, WRONG_PER_NAME_BURST, WRONG_PER_PAIR_BURST,
    WRONG_REFILL_MS,
};
use crate::name::Name;
use crate::time::Tick;
use compact_str::CompactString;
use core::net::IpAddr;

/// The tries that are left. A try is taken when it begins, so that many at once count, and given back if it was right.
///
/// However many strangers try a name, its owner is not locked out: his devices come in by their tokens, which are not
/// counted here, and an address that has not tried the name for a day always has a try. One-time codes have no such
/// exception: whoever has come so far that he guesses them knows the password.
#[derive(Debug)]
pub(super) struct Attempts {
    firsts: Buckets<(CompactString, Option<AddressRange>)>,
    codes: Buckets<CompactString>,
    pairs: Buckets<(CompactString, Option<AddressRange>)>,
    addresses: Buckets<Option<AddressRange>>,
    names: Buckets<CompactString>,
}

impl Default for Attempts {
    fn default() -> Self {
        Attempts {
            firsts: Buckets::new(1, FIRST_TRY_MS),
            codes: Buckets::new(WRONG_CODES_BURST, WRONG_REFILL_MS),
            pairs: Buckets::new(WRONG_PER_PAIR_BURST, WRONG_REFILL_MS),
            addresses: Buckets::new(WRONG_PER_ADDRESS_BURST, WRONG_REFILL_MS),
            names: Buckets::new(WRONG_PER_NAME_BURST, WRONG_REFILL_MS),
        }
    }
}

impl Attempts {
    /// Takes one try of this name from this address, or says in how many milliseconds there is one.
    pub(super) fn take(&mut self, name: &Name, address: Option<IpAddr>, now: Tick) -> Result<(), u64> {
        let (name, address) = keys(name, address);
        let pair = (name.clone(), address);
        self.addresses.of(&address, now).can_take(now)?;
        self.pairs.of(&pair, now).can_take(now)?;
        if self.firsts.of(&pair, now).take(now).is_err() {
            self.names.of(&name, now).can_take(now)?;
        }
        self.addresses.of(&address, now).take(now)?;
        self.pairs.of(&pair, now).take(now)?;
        // What the name lacks for somebody's first try is not asked for.
        self.names.of(&name, now).take(now).or(Ok(()))
    }

    /// Takes one try of a one-time code for this name, or says in how many milliseconds there is one.
    pub(super) fn take_code(&mut self, name: &Name, now: Tick) -> Result<(), u64> {
        self.codes.of(&keys(name, None).0, now).take(now)
    }

    /// Gives that back: it was right, or was not made.
    pub(super) fn give_code_back(&mut self, name: &Name, now: Tick) {
        self.codes.of(&keys(name, None).0, now).give_back();
    }

    /// Gives a try back: it was right, or was not made.
    pub(super) fn give_back(&mut self, name: &Name, address: Option<IpAddr>, now: Tick) {
        let (name, address) = keys(name, address);
        self.addresses.of(&address, now).give_back();
        self.names.of(&name, now).give_back();
        let pair = (name, address);
        self.pairs.of(&pair, now).give_back();
        self.firsts.of(&pair, now).give_back();
    }
}

fn keys(name: &Name, address: Option<IpAddr>) -> (CompactString, Option<AddressRange>) {
    (name.keys().folded_skeleton, address.map(household))
}
