//! How much one person, and one address, may do that others hear of, that stays, or that costs the server much, however
//! often they connect.

use super::callers::counted;
use super::quota::{Buckets, Quota};
use crate::address::AddressRange;
use crate::entry::PersonId;
use crate::limits::{
    JOIN_MS, NEWCOMER_MS, PEOPLE_PER_ADDRESS, POSTS_PER_PERSON, SEARCH_MS, SIGN_IN_MS, VENTURE_MS,
};
use crate::protocol::Request;
use crate::time::Tick;
use core::net::IpAddr;

/// What is left to each.
#[derive(Debug)]
pub(super) struct Ventures {
    newcomers: Buckets<AddressRange>,
    sign_ins: Buckets<AddressRange>,
    posts: Shares,
    begun: Shares,
    joins: Shares,
    searches: Shares,
}

/// What is left to each person, and to each address from which several come.
#[derive(Debug)]
struct Shares {
    own: Buckets<PersonId>,
    all: Buckets<AddressRange>,
}

impl Ventures {
    /// Of nobody is anything known yet.
    pub(super) fn new(quota: &Quota) -> Self {
        let (burst, per_second) = (
            quota.posts_burst.saturating_mul(POSTS_PER_PERSON),
            quota.posts_per_second.saturating_mul(POSTS_PER_PERSON),
        );
        let posts = Shares {
            own: Buckets::filling(burst, per_second),
            all: Buckets::filling(of_address(burst), of_address(per_second)),
        };
        Ventures {
            newcomers: Buckets::new(quota.names_per_address_burst, NEWCOMER_MS),
            sign_ins: Buckets::new(quota.sign_ins_per_address_burst, SIGN_IN_MS),
            posts,
            begun: Shares::new(quota.ventures_burst, VENTURE_MS),
            joins: Shares::new(quota.joins_burst, JOIN_MS),
            searches: Shares::new(quota.searches_burst, SEARCH_MS),
        }
    }

    /// So much may be begun from now on.
    pub(super) fn set(&mut self, quota: &Quota, now: Tick) {
        let new = Ventures::new(quota);
        self.newcomers.set(&new.newcomers, now);
        self.sign_ins.set(&new.sign_ins, now);
        self.posts.set(&new.posts, now);
        self.begun.set(&new.begun, now);
        self.joins.set(&new.joins, now);
        self.searches.set(&new.searches, now);
    }

    /// Takes what somebody who has come in needs for a request, or says in how many milliseconds there is that much.
    /// `enters` says of a request to join that he is no member yet: the others merely ask how a room stands.
    pub(super) fn take(
        &mut self,
        person: PersonId,
        address: Option<IpAddr>,
        request: &Request,
        enters: bool,
        now: Tick,
    ) -> Result<(), u64> {
        match (request, cost(request)) {
            (Request::Search(_), _) => self.searches.take(person, address, 1, now),
            (Request::Join { .. }, _) if enters => self.joins.take(person, address, 1, now),
            (_, 0) => Ok(()),
            (_, cost) => self.begun.take(person, address, cost, now),
        }
    }

    /// Takes what somebody needs for a post, or says in how many milliseconds there is that much.
    pub(super) fn take_post(
        &mut self,
        person: PersonId,
        address: Option<IpAddr>,
        now: Tick,
    ) -> Result<(), u64> {
        self.posts.take(person, address, 1, now)
    }

    /// Takes what a stranger needs for a new name, or says in how many milliseconds he may have one.
    pub(super) fn take_name(&mut self, address: Option<IpAddr>, now: Tick) -> Result<(), u64> {
        counted(address).map_or(Ok(()), |range| self.newcomers.of(&range, now).spend(1, now))
    }

    /// Takes what a stranger needs to try a password, or says in how many milliseconds he may. It is not counted for the
    /// name, or strangers could keep its owner out; wrong ones are, see [`Attempts`](super::attempts::Attempts).
    pub(super) fn take_sign_in(&mut self, address: Option<IpAddr>, now: Tick) -> Result<(), u64> {
        counted(address).map_or(Ok(()), |range| self.sign_ins.of(&range, now).spend(1, now))
    }
}

impl Shares {
    /// For each person `burst`, and one more in so many milliseconds.
    fn new(burst: u32, ms: u64) -> Self {
        let all = Buckets::new(of_address(burst), ms / u64::from(PEOPLE_PER_ADDRESS));
        Shares { own: Buckets::new(burst, ms), all }
    }

    fn set(&mut self, new: &Self, now: Tick) {
        self.own.set(&new.own, now);
        self.all.set(&new.all, now);
    }

    fn take(&mut self, person: PersonId, address: Option<IpAddr>, tokens: u32, now: Tick) -> Result<(), u64> {
        // Who is refused for himself takes nothing from the others at his address.
        self.own.of(&person, now).can_spend(tokens, now)?;
        if let Some(range) = counted(address) {
            self.all.of(&range, now).spend(tokens, now)?;
        }
        self.own.of(&person, now).spend(tokens, now)
    }
}

/// As much as may come from one address.
fn of_address(of_person: u32) -> u32 {
    of_person.saturating_mul(PEOPLE_PER_ADDRESS)
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
