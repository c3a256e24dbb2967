//! Draws a plan from a seed.

mod kinds;
mod hope;
mod people;
mod faults;

use crate::plan::{Ground, Operation, Plan, Seat, Step, Way, What};
use faults::{BROKEN, Broken, strike};
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
const NAMES: [&str; 6] = ["ana", "bob", "carla", "dan", "eva", "finn"];
const DEVICES: [&str; 3] = ["desk", "phone", "tablet"];

/// The plan of this seed.
#[must_use]
pub fn draw(seed: u64) -> Plan {
    let mut random = StdRng::seed_from_u64(seed);
    let ground = ground(&mut random);
    let (cast, hope) = cast(&mut random);
    let mut steps = Vec::new();
    let hosts: Vec<String> =
        cast.iter().map(|seat| seat.host.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut people =
        People { hope, random: StdRng::seed_from_u64(random.random()), last: 0, later: Vec::new() };
    come(&mut random, &mut people, &mut steps);
    act(&mut random, &mut people, &mut steps);
    break_things(&mut random, &hosts, &mut steps);
    steps.sort_by_key(|step: &Step| step.at);
    Plan { seed: random.random(), ground, cast, steps }
}

fn ground(random: &mut StdRng) -> Ground {
    Ground {
        tick_ms: 5,
        latency_ms: [5, 5, 20, 100, 400][random.random_range(0..5)],
        cuts: random.random_bool(0.7),
        write_ms: [0, 3, 30][random.random_range(0..3)],
        posts: random.random_bool(0.2).then_some((10, 40)),
    }
}

/// Some people, each with one to three devices, on fewer machines than there are devices. One of the devices follows a
/// room, as a bot would.
fn cast(random: &mut StdRng) -> (Vec<Seat>, Hope) {
    let machines = random.random_range(3..=5);
    let mut cast = Vec::new();
    let mut people = BTreeMap::new();
    for name in &NAMES[..random.random_range(4..=NAMES.len())] {
        let mut to_come = Vec::new();
        for device in &DEVICES[..[1, 2, 2, 3][random.random_range(0..4)]] {
            let host = format!("host-{}", random.random_range(1..=machines));
            let follows =
                random.random_bool(0.15).then(|| ["lobby", "lobby", "garden"][random.random_range(0..3)]);
            let seat = Seat {
                name: (*name).to_owned(),
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
        people.insert((*name).to_owned(), hoped);
    }
    let members = people.keys().cloned().collect();
    let lobby = HopedRoom { members, ..HopedRoom::default() };
    let rooms = [("lobby".to_owned(), lobby)].into();
    (cast, Hope { people, rooms, links: BTreeMap::new(), codes: BTreeMap::new() })
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
}

fn break_things(random: &mut StdRng, hosts: &[String], steps: &mut Vec<Step>) {
    let kinds: Vec<Broken> = BROKEN.into_iter().filter(|_| random.random_bool(0.4)).collect();
    let mut at = random.random_range(500..3_000);
    while at < BREAKING_MS && !kinds.is_empty() {
        let kind = kinds[random.random_range(0..kinds.len())];
        let host = &hosts[random.random_range(0..hosts.len())];
        let struck = strike(random, kind, host, at);
        steps.extend(struck.into_iter().map(|(at, fault)| Step { at, what: What::Fault(fault) }));
        at += random.random_range(200..2_500);
    }
}
