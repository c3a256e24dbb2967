//! Random work and random faults from one seed: break, then heal, then demand.

use crate::client_host::{Person, lobby};
use crate::disk::{Failing, Operation, Tear};
use crate::world::{CONVERGENCE_MS, Setup, World};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sala_core::client::{Link, User};
use sala_core::entry::Seq;
use sala_core::limits::HEARTBEAT_MS;
use sala_core::name::RoomName;
use sala_core::protocol::Page;
use sala_core::server::Quota;
use std::collections::BTreeMap;

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Simulated time, in milliseconds.
    pub elapsed_ms: u64,
    /// Entries in all rooms at the end.
    pub entries: usize,
    /// Posts that were said.
    pub said: usize,
    /// Times the server was started.
    pub starts: u64,
    /// How often each kind of fault struck.
    pub faults: BTreeMap<Fault, u64>,
    /// What every client was told, in order.
    pub events: Vec<String>,
    /// The disk at the end.
    pub disk: [u8; 32],
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing gets through to somebody, either way.
    Partition,
    /// Nothing gets through one way.
    OneWay,
    /// What is sent waits.
    Stall,
    /// Somebody's machine loses its power.
    Vanish,
    /// Somebody's program stops reading.
    Freeze,
    /// The server is killed.
    Kill,
    /// The server's machine loses its power.
    PowerCut,
    /// It does so in the middle of a write.
    PowerCutInWrite,
    /// The server is stopped in peace, and started again.
    Restart,
    /// A sync fails.
    SyncFails,
    /// A write fails.
    WriteFails,
    /// The disk is full for a while.
    DiskFull,
    /// The server's wall clock is put wrong.
    ClockJump,
}

const FAULTS: [Fault; 13] = [
    Fault::Partition,
    Fault::OneWay,
    Fault::Stall,
    Fault::Vanish,
    Fault::Freeze,
    Fault::Kill,
    Fault::PowerCut,
    Fault::PowerCutInWrite,
    Fault::Restart,
    Fault::SyncFails,
    Fault::WriteFails,
    Fault::DiskFull,
    Fault::ClockJump,
];

/// How long things break, in simulated milliseconds.
const BREAKING_MS: u64 = 20_000;
/// Bytes that a full disk still takes: a few pages.
const LAST_BYTES_MAX: usize = 40_000;

/// Runs one seed.
///
/// # Panics
/// With the seed and the command that replays it, when anything that is promised is not kept.
#[must_use]
pub fn run(seed: u64) -> Report {
    let mut random = StdRng::seed_from_u64(seed);
    let mut setup = Setup::new(random.random());
    setup.tick_ms = 5;
    setup.latency_ms = (1, [5, 20, 100, 400][random.random_range(0..4)]);
    setup.cuts = random.random_bool(0.7);
    setup.write_ms_max = [0, 3, 30][random.random_range(0..3)];
    if random.random_bool(0.3) {
        setup.quota = Quota { posts_burst: 10, posts_per_second: 40, ..Quota::default() };
    }
    let mut run = Run {
        latency_ms: setup.latency_ms.1,
        write_ms: setup.write_ms_max,
        world: World::with_replay(&setup, seed),
        kinds: FAULTS.into_iter().filter(|_| random.random_bool(0.4)).collect(),
        random,
        people: Vec::new(),
        afflicted: BTreeMap::new(),
        said: 0,
        report: Report::default(),
    };
    run.people = ["ana", "bob", "carla"].map(|name| run.world.person(name)).to_vec();
    run.people.extend(["wanda", "willi"].map(|name| run.world.watcher(name)));
    run.break_things();
    run.heal();
    run.world.settle_and_check();
    // A link whose server lost its power in silence looks well until two heartbeats have passed.
    run.world.run(2 * HEARTBEAT_MS + 1_000);
    run.world.settle();
    run.demand_quick_delivery();
    run.finish()
}

struct Run {
    world: World,
    random: StdRng,
    kinds: Vec<Fault>,
    people: Vec<Person>,
    /// What is wrong with each host's link or program, until it is mended.
    afflicted: BTreeMap<usize, Fault>,
    said: u64,
    latency_ms: u64,
    write_ms: u64,
    report: Report,
}

impl Run {
    fn break_things(&mut self) {
        let mut next_fault = self.random.random_range(500..3_000);
        while self.world.elapsed_ms() < BREAKING_MS {
            let pause = self.random.random_range(10..300);
            self.world.run(pause);
            self.work();
            if self.world.elapsed_ms() >= next_fault {
                next_fault += self.random.random_range(200..2_500);
                self.strike_or_mend();
            }
        }
    }

    /// Somebody does what people do.
    fn work(&mut self) {
        let person = self.people[self.random.random_range(0..self.people.len())].clone();
        let rooms: Vec<RoomName> =
            person.conversation.borrow().look(|model| model.rooms.keys().cloned().collect());
        let some = |random: &mut StdRng| rooms.get(random.random_range(0..rooms.len().max(1))).cloned();
        match self.random.random_range(0..100) {
            0..3 => {
                let room = self.side_room();
                person.user(User::Create(room));
            }
            3..6 => {
                let room = self.side_room();
                person.user(User::Join(room));
            }
            6..8 => {
                if let Some(room) = some(&mut self.random).filter(|room| *room != lobby()) {
                    person.user(User::Leave(room));
                }
            }
            8..11 => {
                self.said += 1;
                if let Some(room) = some(&mut self.random) {
                    person.user(User::Topic(room, format!("topic {}", self.said)));
                }
            }
            11..14 => {
                if let Some(room) = some(&mut self.random) {
                    let page = match self.random.random_range(0..3) {
                        0 => Page::Before(None),
                        1 => Page::After(Seq(0)),
                        _ => Page::Before(Some(Seq(self.random.random_range(1..50)))),
                    };
                    person.user(User::Page(room, page, 20));
                }
            }
            14..16 => person.user(User::Rooms),
            16..18 => person.user(User::DialNow),
            _ => {
                let room = some(&mut self.random).unwrap_or_else(lobby);
                for _ in 0..[1, 1, 1, 2, 10, 100][self.random.random_range(0..6)] {
                    self.said += 1;
                    person.say(&room, &format!("line {} by {}", self.said, person.name.as_str()));
                }
            }
        }
    }

    fn side_room(&mut self) -> RoomName {
        let name = ["garden", "kitchen", "cellar"][self.random.random_range(0..3)];
        RoomName::parse(name).expect("the side rooms have proper names")
    }

    fn strike_or_mend(&mut self) {
        if self.kinds.is_empty() {
            return;
        }
        if !self.world.server_is_up() {
            self.world.start_server();
            return;
        }
        let kind = self.kinds[self.random.random_range(0..self.kinds.len())];
        let index = self.random.random_range(0..self.people.len());
        let person = self.people[index].clone();
        if let Some(wrong) = self.afflicted.remove(&index) {
            self.mend(&person, wrong);
            return;
        }
        *self.report.faults.entry(kind).or_default() += 1;
        tracing::info!(at = self.world.elapsed_ms(), ?kind, person = person.name.as_str(), "fault");
        let tear = if self.random.random_bool(0.5) { Tear::Sectors } else { Tear::DropUnsynced };
        let soon = self.random.random_range(1..30);
        match kind {
            Fault::Partition => self.world.partition(&person),
            Fault::OneWay => self.world.partition_one_way(&person, soon % 2 == 0),
            Fault::Stall => self.world.stall(&person),
            Fault::Vanish => self.world.vanish(&person),
            Fault::Freeze => person.freeze.set(true),
            Fault::Kill => self.world.kill_server(),
            Fault::PowerCut => self.world.cut_power(tear),
            Fault::PowerCutInWrite => self.world.disk.cut_power_at(soon, tear),
            Fault::Restart => self.world.stop_server(),
            Fault::SyncFails => self.world.disk.fail(Operation::Sync, Failing::Nth(soon)),
            Fault::WriteFails => self.world.disk.fail(Operation::Write, Failing::Nth(soon)),
            Fault::DiskFull => {
                let left = self.random.random_range(0..LAST_BYTES_MAX);
                self.world.disk.set_capacity(Some(self.world.disk.used() + left));
            }
            Fault::ClockJump => self.world.clock.skew(self.random.random_range(-86_400_000..86_400_000)),
        }
        let lasting =
            [Fault::Partition, Fault::OneWay, Fault::Stall, Fault::Vanish, Fault::Freeze, Fault::DiskFull];
        if lasting.contains(&kind) {
            self.afflicted.insert(index, kind);
        }
    }

    fn mend(&mut self, person: &Person, wrong: Fault) {
        tracing::info!(at = self.world.elapsed_ms(), ?wrong, person = person.name.as_str(), "mend");
        match wrong {
            Fault::Vanish => self.world.come_back(person),
            Fault::Freeze => person.freeze.set(false),
            Fault::DiskFull => self.world.disk.set_capacity(None),
            _ => self.world.heal(person),
        }
    }

    fn heal(&mut self) {
        tracing::info!(at = self.world.elapsed_ms(), "healing");
        for (index, wrong) in std::mem::take(&mut self.afflicted) {
            self.mend(&self.people[index].clone(), wrong);
        }
        for person in self.people.clone() {
            self.world.heal(&person);
        }
        self.world.disk.set_capacity(None);
        self.world.disk.heal();
        self.world.start_server();
    }

    /// On healthy links what is said is heard by everybody soon: without this, a lost wake-up would hide behind the
    /// heartbeat.
    fn demand_quick_delivery(&mut self) {
        let bound = 2 * self.latency_ms + 2 * self.write_ms + 500;
        for speaker in self.people.clone() {
            self.said += 1;
            let text = format!("line {} by {}", self.said, speaker.name.as_str());
            speaker.say(&lobby(), &text);
            let people = self.people.clone();
            self.world.until("a line is heard by everybody soon", bound, |_| {
                people.iter().all(|person| hears(person, &text))
            });
        }
        self.world.check();
    }

    fn finish(mut self) -> Report {
        let people = std::mem::take(&mut self.people);
        self.report.elapsed_ms = self.world.elapsed_ms();
        self.report.starts = self.world.server.starts.get();
        self.report.disk = self.world.disk.digest();
        self.report.entries = crate::oracles::OnDisk::read().map_or(0, |on_disk| on_disk.entry_count());
        for person in people {
            let history = person.history.borrow();
            self.report.said += history.said.len();
            self.report.events.extend(history.events.iter().cloned());
        }
        assert!(self.report.elapsed_ms < BREAKING_MS + 2 * CONVERGENCE_MS, "every phase has its bound");
        self.report
    }
}

/// Whether somebody has this line among the newest, on his screen or as a follower.
fn hears(person: &Person, text: &str) -> bool {
    let history = person.history.borrow();
    let mut heard = history.heard.get(&lobby()).into_iter().flatten().rev().take(NEWEST);
    if heard.any(|heard| heard.entry.act.text() == Some(text)) {
        return true;
    }
    person.conversation.borrow().look(|model| {
        assert!(!matches!(model.link, Link::Closed { .. }), "nobody is turned away in a swarm");
        let mut shown =
            model.rooms.get(&lobby()).into_iter().flat_map(|view| view.timeline.entries().rev().take(NEWEST));
        shown.any(|(_, entry)| entry.act.text() == Some(text))
    })
}

/// Entries among which a new line is looked for; what was asked before it may come after it.
const NEWEST: usize = 50;
