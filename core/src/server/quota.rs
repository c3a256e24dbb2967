//! Token buckets: how much a session, a person and an address may ask in a burst and for long.

use crate::limits::{
    BUCKETS_REMEMBERED_MAX, JOINS_BURST, NEWCOMERS_BURST, POSTS_BURST, POSTS_PER_SECOND, REQUESTS_BURST,
    REQUESTS_PER_SECOND, SEARCHES_BURST, SESSIONS_MAX, SESSIONS_PER_ADDRESS_MAX, SIGN_INS_BURST,
    VENTURES_BURST,
};
use crate::packed::{PackedMap, Sought};
use crate::time::Tick;

/// How much a session may ask, a person, and an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Posts in a burst; a person on all of his connections has `POSTS_PER_PERSON` times as many.
    pub posts_burst: u32,
    /// Posts a second for long; at least 1.
    pub posts_per_second: u32,
    /// Other requests in a burst.
    pub requests_burst: u32,
    /// Other requests a second for long; at least 1.
    pub requests_per_second: u32,
    /// Connections at once. Those on which nobody has come in have half of them.
    pub sessions: usize,
    /// Connections from one address, or one /64 of IPv6, at once.
    pub sessions_per_address: usize,
    /// New names from there in a burst.
    pub names_per_address_burst: u32,
    /// Rooms, invitations and the like that one person may begin in a burst.
    pub ventures_burst: u32,
    /// Rooms that one person may enter in a burst.
    pub joins_burst: u32,
    /// Searches of one person in a burst.
    pub searches_burst: u32,
    /// Sign-ins by a password from one address in a burst.
    pub sign_ins_per_address_burst: u32,
}

impl Quota {
    /// That of a session's posts.
    pub(super) const fn posts(&self) -> Measure {
        Measure::per_second(self.posts_burst, self.posts_per_second)
    }

    /// That of a session's other requests.
    pub(super) const fn requests(&self) -> Measure {
        Measure::per_second(self.requests_burst, self.requests_per_second)
    }
}

impl Default for Quota {
    fn default() -> Self {
        Quota {
            posts_burst: POSTS_BURST,
            posts_per_second: POSTS_PER_SECOND,
            requests_burst: REQUESTS_BURST,
            requests_per_second: REQUESTS_PER_SECOND,
            sessions: SESSIONS_MAX,
            sessions_per_address: SESSIONS_PER_ADDRESS_MAX,
            names_per_address_burst: NEWCOMERS_BURST,
            ventures_burst: VENTURES_BURST,
            joins_burst: JOINS_BURST,
            searches_burst: SEARCHES_BURST,
            sign_ins_per_address_burst: SIGN_INS_BURST,
        }
    }
}

/// How much buckets that are alike hold, and how fast they fill. They count in parts of a token, so no time is lost to
/// rounding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    burst: u32,
    /// Parts that come in a millisecond.
    parts_per_ms: u32,
    /// Parts of one token.
    parts_per_token: u64,
}

/// What is in a bucket whose measure is kept elsewhere, once for all that are alike. It needs no timer: it fills when it is
/// looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    parts: u64,
    filled: Tick,
}

/// What is in four buckets of one holder, who is looked at as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Levels {
    parts: [u64; 4],
    filled: Tick,
}

/// A bucket of tokens that fills with time.
#[derive(Debug)]
pub(super) struct Bucket<'a> {
    measure: Measure,
    level: &'a mut Level,
}

impl Measure {
    /// That of buckets of `burst` tokens that gain `per_second` each second; at least one of either.
    pub(super) const fn per_second(burst: u32, per_second: u32) -> Self {
        let (burst, parts_per_ms) = (at_least_one(burst), at_least_one(per_second));
        Measure { burst, parts_per_ms, parts_per_token: 1_000 }
    }

    /// That of buckets of `burst` tokens that gain one every `ms` milliseconds.
    pub(super) const fn every(burst: u32, ms: u64) -> Self {
        Measure { burst, parts_per_ms: 1, parts_per_token: ms }
    }

    /// A full bucket.
    pub(super) fn full(&self, now: Tick) -> Level {
        Level { parts: self.most(), filled: now }
    }

    fn price(&self, tokens: u32) -> u64 {
        u64::from(tokens.min(self.burst)) * self.parts_per_token
    }

    fn most(&self) -> u64 {
        u64::from(self.burst) * self.parts_per_token
    }
}

const fn at_least_one(number: u32) -> u32 {
    if number == 0 { 1 } else { number }
}

impl Levels {
    /// Full buckets.
    pub(super) fn full(measures: &[Measure; 4], now: Tick) -> Self {
        Levels { parts: measures.map(|measure| measure.most()), filled: now }
    }

    /// Fills one of them up, which has this measure from now on.
    pub(super) fn fill_up(&mut self, index: usize, measure: Measure) {
        self.parts[index] = measure.most();
    }

    /// They are of other measures from now on: what is in them stays, as far as it fits.
    pub(super) fn refit(&mut self, before: &[Measure; 4], measures: &[Measure; 4], now: Tick) {
        self.fill(before, now);
        self.parts
            .iter_mut()
            .zip(measures)
            .for_each(|(parts, measure)| *parts = (*parts).min(measure.most()));
    }

    /// Takes one token of one of them, or says in how many milliseconds there will be one.
    pub(super) fn take(&mut self, index: usize, measures: &[Measure; 4], now: Tick) -> Result<(), u64> {
        self.fill(measures, now);
        let mut level = Level { parts: self.parts[index], filled: self.filled };
        level.take(measures[index], now)?;
        self.parts[index] = level.parts;
        Ok(())
    }

    fn fill(&mut self, measures: &[Measure; 4], now: Tick) {
        for (parts, measure) in self.parts.iter_mut().zip(measures) {
            let mut level = Level { parts: *parts, filled: self.filled };
            level.fill(*measure, now);
            *parts = level.parts;
        }
        self.filled = self.filled.max(now);
    }
}

impl Level {
    /// The bucket is of another measure from now on: what is in it stays, as far as it fits.
    pub(super) fn refit(&mut self, before: Measure, measure: Measure, now: Tick) {
        self.fill(before, now);
        self.parts = self.parts.min(measure.most());
    }

    /// Takes one token, or says in how many milliseconds there will be one.
    pub(super) fn take(&mut self, measure: Measure, now: Tick) -> Result<(), u64> {
        self.can_take(measure, now)?;
        self.parts -= measure.parts_per_token;
        Ok(())
    }

    fn can_take(&mut self, measure: Measure, now: Tick) -> Result<(), u64> {
        self.fill(measure, now);
        if self.parts >= measure.parts_per_token {
            return Ok(());
        }
        // One token is not worth a round trip: the wait is for a tenth of a second's worth, or a whole burst if less.
        let per_second = u64::from(measure.parts_per_ms) * 1_000 / measure.parts_per_token;
        let batch = (per_second / 10).clamp(1, u64::from(measure.burst)) * measure.parts_per_token;
        Err((batch - self.parts).div_ceil(u64::from(measure.parts_per_ms)))
    }

    /// Whether nothing is missing.
    fn is_full(&self, measure: Measure, now: Tick) -> bool {
        let mut level = *self;
        level.fill(measure, now);
        level.parts == measure.most()
    }

    /// How much is in it, in thousandths of a token.
    fn milli_tokens(&self, measure: Measure) -> u64 {
        self.parts * 1_000 / measure.parts_per_token
    }

    fn fill(&mut self, measure: Measure, now: Tick) {
        let gained = now.since(self.filled).saturating_mul(u64::from(measure.parts_per_ms));
        self.parts = self.parts.saturating_add(gained).min(measure.most());
        self.filled = self.filled.max(now);
    }
}

impl Bucket<'_> {
    /// Takes one token, or says in how many milliseconds there will be one.
    pub(super) fn take(self, now: Tick) -> Result<(), u64> {
        self.level.take(self.measure, now)
    }

    /// Whether there is a token, or in how many milliseconds there will be one.
    pub(super) fn can_take(self, now: Tick) -> Result<(), u64> {
        self.level.can_take(self.measure, now)
    }

    /// Takes several tokens at once, at most a burst, or says in how many milliseconds they are there.
    pub(super) fn spend(mut self, tokens: u32, now: Tick) -> Result<(), u64> {
        self.can_spend(tokens, now)?;
        self.level.parts -= self.measure.price(tokens);
        Ok(())
    }

    /// Whether there are so many tokens, or in how many milliseconds they are there.
    pub(super) fn can_spend(&mut self, tokens: u32, now: Tick) -> Result<(), u64> {
        self.level.fill(self.measure, now);
        let lacking = self.measure.price(tokens).saturating_sub(self.level.parts);
        if lacking > 0 { Err(lacking.div_ceil(u64::from(self.measure.parts_per_ms))) } else { Ok(()) }
    }

    /// Gives a token back that was taken.
    pub(super) fn give_back(self) {
        self.level.parts = (self.level.parts + self.measure.parts_per_token).min(self.measure.most());
    }
}

/// A bucket for each of many, of which those are remembered that are not full.
#[derive(Debug)]
pub(super) struct Buckets<Key> {
    held: PackedMap<Key, Level>,
    measure: Measure,
}

impl<Key: Sought + Clone> Buckets<Key> {
    /// Buckets of `burst` tokens that gain one every `refill_ms` milliseconds.
    pub(super) fn new(burst: u32, refill_ms: u64) -> Self {
        Buckets { held: PackedMap::new(), measure: Measure::every(burst, refill_ms) }
    }

    /// Buckets of `burst` tokens that gain `per_second` each second.
    pub(super) fn filling(burst: u32, per_second: u32) -> Self {
        Buckets { held: PackedMap::new(), measure: Measure::per_second(burst, per_second) }
    }

    /// Each holds as much as those from now on, and fills as fast.
    pub(super) fn set(&mut self, others: &Self, now: Tick) {
        let before = std::mem::replace(&mut self.measure, others.measure);
        self.held.values_mut().for_each(|level| level.refit(before, others.measure, now));
    }

    /// The bucket of one of them.
    pub(super) fn of(&mut self, key: &Key, now: Tick) -> Bucket<'_> {
        let measure = self.measure;
        if !self.held.contains_key(key) {
            if self.held.len() >= BUCKETS_REMEMBERED_MAX {
                self.forget_one(now);
            }
            self.held.insert(key.clone(), measure.full(now));
        }
        let level = self.held.get_mut(key).expect("it was put there if it was not");
        Bucket { measure, level }
    }

    /// Those that are full again say nothing; if none is, the one that is nearest to it says least.
    fn forget_one(&mut self, now: Tick) {
        let measure = self.measure;
        self.held.retain(|_, level| !level.is_full(measure, now));
        if self.held.len() >= BUCKETS_REMEMBERED_MAX {
            let nearest = self.held.iter().max_by_key(|(_, level)| level.milli_tokens(measure));
            if let Some(key) = nearest.map(|(key, _)| key.clone()) {
                self.held.remove(&key);
            }
        }
    }
}
