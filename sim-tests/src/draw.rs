//! Draws a plan from a seed.

mod kinds;
mod hope;
mod people;
mod held;
mod server;
mod episodes;
mod faults;

use crate::plan::{Ground, Operation, Plan, Seat, Step, Way, What};
use crate::server_host::Threads;
use faults::{BROKEN, Broken, Where, strike};
use hope::{Hope, Hoped, HopedRoom};
use kinds::{KINDS, Kind};
use people::People;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::{BTreeMap, BTreeSet};

/// How long things happen and break, in simulated milliseconds.
pub const BREAKING_MS: u64 = 20_000;
/// Within which everybody comes.
const COMING_MS: u64 = 1_500;

/// Who may be there.
const NAMES: [&str; 12] =
    ["ana", "bob", "carla", "dan", "eva", "finn", "gina", "hugo", "ines", "jan", "kim", "luis"];
/// How many of them, unless it is said.
const USUAL: std::ops::RangeInclusive<usize> = 4..=6;
const DEVICES: [&str; 3] = ["desk", "phone", "tablet"];

/// What of a plan is not left to its seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// How many devices there are.
    pub clients: Option<usize>,
    /// How finely time is cut, in milliseconds.
    pub tick_ms: Option<u64>,
}

/// The plan of this seed.
#[must_use]
pub fn draw(seed: u64) -> Plan {
    draw_with(seed, Wanted::default())
}

/// The plan of this seed, with what is wanted in it.
#[must_use]
pub fn draw_with(seed: u64, wanted: Wanted) -> Plan {
    let mut random = StdRng::seed_from_u64(seed);
    let mut ground = ground(&mut random);
    ground.tick_ms = wanted.tick_ms.unwrap_or(ground.tick_ms);
    let (cast, hope) = cast(&mut random, wanted.clients);
    let mut steps = Vec::new();
    let hosts = cast.iter().map(|seat| (seat.key(), seat.host.clone())).collect();
    let mut people =
        People { hope, hosts, random: StdRng::seed_from_u64(random.random()), last: 0, later: Vec::new() };
    come(&mut random, &mut people, &mut steps);
    act(&mut random, &mut people, &mut steps);
    break_things(&mut random, &cast, &mut steps);
    steps.sort_by_key(|step: &Step| step.at);
    let seed = random.random();
    // Drawn last: what plans had before there was such a thing, they have still.
    ground.wal_pages = [Some(20), Some(50), None][random.random_range(0..3)];
    ground.threads = random.random_bool(0.7).then(|| threads(&mut random));
    Plan { seed, ground, cast, steps }
}

fn threads(random: &mut StdRng) -> Threads {
    Threads {
        count: random.random_range(1..=2),
        pause_ms: [0, 3, 20][random.random_range(0..3)],
        home_min: [0, 0, 3][random.random_range(0..3)],
        is_narrow: random.random_bool(0.5),
    }
}

fn ground(random: &mut StdRng) -> Ground {
    Ground {
        tick_ms: 5,
        latency_ms: [5, 5, 20, 100, 400][random.random_range(0..5)],
        cuts: random.random_bool(0.7),
        write_ms: [0, 3, 30][random.random_range(0..3)],
        posts: random.random_bool(0.2).then_some((10, 40)),
        wal_pages: None,
        threads: None,
    }
}

/// Some people, each with one to three devices, on fewer machines than there are devices. One of the devices follows a
/// room, as a bot would.
fn cast(random: &mut StdRng, clients: Option<usize>) -> (Vec<Seat>, Hope) {
    let machines = random.random_range(3..=5);
    let mut cast: Vec<Seat> = Vec::new();
    let mut people = BTreeMap::new();
    let many = random.random_range(USUAL);
    let names = clients.map_or(many, |clients| clients.div_ceil(2).clamp(2, NAMES.len()));
    for (left, name) in (1..=names).rev().zip(NAMES) {
        let mut to_come = Vec::new();
        let devices = [1, 2, 2, 3][random.random_range(0..4)];
        // Of those that are wanted, each has his part.
        let part = |clients: usize| clients.saturating_sub(cast.len()).div_ceil(left).min(DEVICES.len());
        for device in &DEVICES[..clients.map_or(devices, part)] {
            let host = format!("host-{}", random.random_range(1..=machines));
            let follows =
                random.random_bool(0.15).then(|| ["lobby", "lobby", "garden"][random.random_range(0..3)]);
            let seat = Seat {
                name: name.to_owned(),
                device: (*device).to_owned(),
                host,
                follows: follows.map(str::to_owned),
            };
            to_come.push(seat.key());
            cast.push(seat);
        }
        let hoped = Hoped {
            account: random.random_bool(0.6),
            admin: false,
            devices: Vec::new(),
            to_come,
            friends: BTreeSet::new(),
            blocked: BTreeSet::new(),
        };
        if !hoped.to_come.is_empty() {
            people.insert(name.to_owned(), hoped);
        }
    }
    let members = people.keys().cloned().collect();
    let lobby = HopedRoom { members, ..HopedRoom::default() };
    let rooms = [("lobby".to_owned(), lobby)].into();
    (cast, Hope { people, rooms, links: BTreeMap::new(), codes: BTreeMap::new(), invitations: Vec::new() })
}

/// Everybody comes on his first device.
fn come(random: &mut StdRng, people: &mut People, steps: &mut Vec<Step>) {
    for hoped in people.hope.people.values_mut() {
        let first = hoped.to_come.remove(0);
        let way = if hoped.account { Way::Register } else { Way::Token };
        let at = random.random_range(0..COMING_MS);
        steps.push(Step { at, what: What::Do(first.clone(), Operation::ComeIn { way }) });
        hoped.devices.push(first);
    }
}

/// Everybody does what people do, of the kinds that this plan has.
fn act(random: &mut StdRng, people: &mut People, steps: &mut Vec<Step>) {
    let mut kinds = vec![(Kind::Talk, 10)];
    kinds.extend(KINDS.into_iter().filter(|_| random.random_bool(0.55)));
    let all: u32 = kinds.iter().map(|(_, weight)| weight).sum();
    let mut at = COMING_MS;
    if random.random_bool(0.7) {
        for (device, operation) in people.garden() {
            at += 50;
            steps.push(Step { at, what: What::Do(device, operation) });
        }
    }
    for _ in 0..[1, 1, 2, 2][random.random_range(0..4)] {
        let start = random.random_range(COMING_MS + 500..BREAKING_MS - 5_000);
        for (pause, what) in people.episode().unwrap_or_default() {
            steps.push(Step { at: start + pause, what });
        }
    }
    while at < BREAKING_MS {
        at += random.random_range(10..200);
        let mut left = random.random_range(0..all);
        let kind = kinds.iter().find(|(_, weight)| {
            let here = left < *weight;
            left = left.saturating_sub(*weight);
            here
        });
        let Some((kind, _)) = kind else { continue };
        if let Some((device, operation)) = people.draw(*kind) {
            steps.push(Step { at, what: What::Do(device, operation) });
        }
        for (pause, device, operation) in people.later.drain(..) {
            steps.push(Step { at: at + pause, what: What::Do(device, operation) });
        }
    }
    if random.random_bool(0.5) {
        let evening = people.evening().into_iter();
        steps.extend(evening.map(|(before, what)| Step { at: BREAKING_MS - before, what }));
    }
}

fn break_things(random: &mut StdRng, cast: &[Seat], steps: &mut Vec<Step>) {
    let hosts: BTreeSet<String> = cast.iter().map(|seat| seat.host.clone()).collect();
    let hosts: Vec<String> = hosts.into_iter().collect();
    let devices: Vec<String> = cast.iter().map(Seat::key).collect();
    let of = Where { hosts: &hosts, devices: &devices };
    let kinds: Vec<Broken> = BROKEN.into_iter().filter(|_| random.random_bool(0.3)).collect();
    let mut at = random.random_range(500..3_000);
    while at < BREAKING_MS && !kinds.is_empty() {
        let kind = kinds[random.random_range(0..kinds.len())];
        steps.extend(strike(random, kind, &of, at).into_iter().map(|(at, what)| Step { at, what }));
        at += random.random_range(200..2_500);
    }
}
