//! How much one person, and one address, may begin that others hear of or that stays, however often they connect.

use super::callers::counted;
use super::quota::{Buckets, Quota};
use crate::address::AddressRange;
use crate::entry::PersonId;
use crate::limits::{NEWCOMER_MS, PEOPLE_PER_ADDRESS, SEARCH_MS, VENTURE_MS};
use crate::protocol::Request;
use crate::time::Tick;
use core::net::IpAddr;

/// What is left to each.
#[derive(Debug)]
pub(super) struct Ventures {
    newcomers: Buckets<AddressRange>,
    begun: Buckets<PersonId>,
    begun_from: Buckets<AddressRange>,
    searches: Buckets<PersonId>,
    searches_from: Buckets<AddressRange>,
}

impl Ventures {
    /// Of nobody is anything known yet.
    pub(super) fn new(quota: &Quota) -> Self {
        let of_address = |burst: u32| burst.saturating_mul(PEOPLE_PER_ADDRESS);
        Ventures {
            newcomers: Buckets::new(quota.names_per_address_burst, NEWCOMER_MS),
            begun: Buckets::new(quota.ventures_burst, VENTURE_MS),
            begun_from: Buckets::new(
                of_address(quota.ventures_burst),
                VENTURE_MS / u64::from(PEOPLE_PER_ADDRESS),
            ),
            searches: Buckets::new(quota.searches_burst, SEARCH_MS),
            searches_from: Buckets::new(
                of_address(quota.searches_burst),
                SEARCH_MS / u64::from(PEOPLE_PER_ADDRESS),
            ),
        }
    }

    /// So much may be begun from now on.
    pub(super) fn set(&mut self, quota: &Quota, now: Tick) {
        let of_address = |burst: u32| burst.saturating_mul(PEOPLE_PER_ADDRESS);
        self.newcomers.set_burst(quota.names_per_address_burst, now);
        self.begun.set_burst(quota.ventures_burst, now);
        self.begun_from.set_burst(of_address(quota.ventures_burst), now);
        self.searches.set_burst(quota.searches_burst, now);
        self.searches_from.set_burst(of_address(quota.searches_burst), now);
    }

    /// Takes what somebody who has come in needs for a request, or says in how many milliseconds there is that much.
    pub(super) fn take(
        &mut self,
        person: PersonId,
        address: Option<IpAddr>,
        request: &Request,
        now: Tick,
    ) -> Result<(), u64> {
        let (own, all, tokens) = match (request, cost(request)) {
            (Request::Search(_), _) => (&mut self.searches, &mut self.searches_from, 1),
            (_, 0) => return Ok(()),
            (_, cost) => (&mut self.begun, &mut self.begun_from, cost),
        };
        // Who is refused for himself takes nothing from the others at his address.
        own.of(&person, now).can_spend(tokens, now)?;
        if let Some(range) = counted(address) {
            all.of(&range, now).spend(tokens, now)?;
        }
        own.of(&person, now).spend(tokens, now)
    }

    /// Takes what a stranger needs for a new name, or says in how many milliseconds he may have one.
    pub(super) fn take_name(&mut self, address: Option<IpAddr>, now: Tick) -> Result<(), u64> {
        counted(address).map_or(Ok(()), |range| self.newcomers.of(&range, now).spend(1, now))
    }
}

/// How many people hear of it, or 1 if it merely stays.
fn cost(request: &Request) -> u32 {
    match request {
        Request::Group { people, .. } => u32::try_from(people.len()).unwrap_or(u32::MAX),
        Request::Create { .. }
        | Request::Direct { .. }
        | Request::Invite { .. }
        | Request::Link { .. }
        | Request::ServerInvite { .. }
        | Request::Befriend { .. }
        | Request::Report { .. } => 1,
        _ => 0,
    }
}
