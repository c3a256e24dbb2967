//! How many connections each address has, and on which of them nobody has come in yet.

use super::command::SessionId;
use crate::address::{AddressRange, household, plain};
use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

/// Who is calling: bounded by the connections that there are.
#[derive(Debug, Default)]
pub(super) struct Callers {
    by_household: BTreeMap<AddressRange, usize>,
    /// In the order in which they came.
    strangers: BTreeSet<SessionId>,
}

impl Callers {
    pub(super) fn opened(&mut self, id: SessionId, address: Option<IpAddr>) {
        self.strangers.insert(id);
        if let Some(range) = counted(address) {
            *self.by_household.entry(range).or_default() += 1;
        }
    }

    pub(super) fn entered(&mut self, id: SessionId) {
        self.strangers.remove(&id);
    }

    pub(super) fn closed(&mut self, id: SessionId, address: Option<IpAddr>) {
        self.strangers.remove(&id);
        if let Some(range) = counted(address)
            && let Some(count) = self.by_household.get_mut(&range)
        {
            *count -= 1;
            if *count == 0 {
                self.by_household.remove(&range);
            }
        }
    }

    /// How many connections come from where this one does; 0 if they are not counted there.
    pub(super) fn beside(&self, address: Option<IpAddr>) -> usize {
        counted(address).and_then(|range| self.by_household.get(&range)).copied().unwrap_or(0)
    }

    /// The connections on which nobody has come in, the oldest first.
    pub(super) fn strangers(&self) -> &BTreeSet<SessionId> {
        &self.strangers
    }
}

/// Where connections are counted together. This computer's own are not counted: behind them are the operator's bots, and
/// everybody's connections if a proxy of his takes them in.
pub(super) fn counted(address: Option<IpAddr>) -> Option<AddressRange> {
    address.map(plain).filter(|address| !address.is_loopback()).map(household)
}
