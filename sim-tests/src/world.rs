//! The words in which scenarios are written: people, rooms, the network, the server and its disk, on one seed.

mod faults;
mod setup;
mod words;

pub use faults::Broke;
pub use setup::Setup;
pub use words::password_of;

use faults::Broken;

use crate::chronicle::Chronicle;
use crate::client_host::{Person, lobby};
use crate::clock::SimClock;
use crate::disk::SharedDisk;
use crate::network::{Cuts, SERVER};
use crate::oracles;
use crate::raw_host::Raw;
use crate::server_host::{self, ServerControl, Wal};
use crate::stranger_host::Stranger;
use crate::vfs::Registration;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sala_core::client::Credential;
use sala_core::limits::{CHECKPOINT_ERASED_MS, HEARTBEAT_MS, PRESENCE_MS};
use sala_net::clock::millis;
use sala_net::search::SEARCH_SCRUB_MS;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;
use turmoil::Sim;

/// Longest time in which everything must be well once nothing breaks any more, in simulated milliseconds: a dead link
/// is found after two heartbeats, the pause before the next attempt is at most 15 s, and then a resume is quick.
pub const CONVERGENCE_MS: u64 = 90_000;

/// Time that somebody has to come in before the next one comes, in simulated milliseconds.
const ARRIVAL_MS: u64 = 100;

/// How many people of a crowd share a host.
const PEOPLE_PER_HOST: usize = 25;

/// Time in which everything that is done now and then has been done: a link whose server lost its power in silence looks
/// well until two heartbeats have passed, the index for searching is swept, and a checkpoint that holds what was erased
/// is replaced.
const REST_MS: u64 = CHECKPOINT_ERASED_MS + 2_000;
const _: () = assert!(REST_MS > 2 * HEARTBEAT_MS && REST_MS > SEARCH_SCRUB_MS);

/// Who looks at a world when it fails, and hears of what.
pub type Witness = Box<dyn Fn(&World, &str)>;

/// A simulated world: one server, and people around it.
pub struct World {
    // Dropped first: the hosts' files belong to the disk's registration.
    sim: Sim<'static>,
    registration: Option<Registration>,
    /// The server's disk.
    pub disk: SharedDisk,
    /// The world's clock.
    pub clock: SimClock,
    /// What happened before what.
    pub chronicle: Chronicle,
    /// What is shared with the server's host.
    pub server: Rc<ServerControl>,
    people: BTreeMap<String, Person>,
    stranger: Option<Stranger>,
    cuts: Cuts,
    /// What broke and was mended, in order.
    pub breaks: RefCell<Vec<Broke>>,
    /// What is wrong with the links of which machines.
    broken: BTreeMap<String, Broken>,
    random: StdRng,
    /// How to see a failure again.
    replay: String,
    /// Looks at the world when it fails.
    witness: Option<Witness>,
    running: Cell<bool>,
    /// Whether a server that ended by itself is started again, as a supervisor would.
    pub supervised: bool,
    restart_at: Option<u64>,
    /// Why servers ended that did so by themselves, for whoever empties it.
    pub deaths: Vec<String>,
    /// With so many errors of the disk the server is killed, if it is to be.
    dies_at_errors: Option<u64>,
}

impl World {
    /// The usual world on this seed, with the server running.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        World::with(&Setup::new(seed))
    }

    /// A world as it is set up, with the server running.
    #[must_use]
    pub fn with(setup: &Setup) -> Self {
        World::make(setup, format!("seed {}", setup.seed))
    }

    /// A world of a plan's, whose failure says how to replay the run that it is of.
    #[must_use]
    pub fn with_replay(setup: &Setup, replay: &str) -> Self {
        World::make(setup, format!("replay: {replay}"))
    }

    fn make(setup: &Setup, replay: String) -> Self {
        let mut random = StdRng::seed_from_u64(setup.seed);
        let disk = SharedDisk::new(random.random());
        let (clock, chronicle) = (SimClock::default(), Chronicle::default());
        let wall = clock.clone();
        disk.set_clock(move || wall.wall_ms());
        let registration = Registration::register(disk.clone());
        let cuts = Cuts::new(setup.cuts.then(|| random.random()));
        let server = Rc::new(ServerControl {
            clock: clock.clone(),
            chronicle: chronicle.clone(),
            quota: setup.quota,
            cuts: cuts.clone(),
            write_ms_max: setup.write_ms_max,
            wal: Wal::new(setup.wal_pages),
            threads: setup.threads,
            slow_disk_ms: Cell::new(0),
            slow_fold_ms: Cell::new(0),
            commits: RefCell::default(),
            random: RefCell::new(StdRng::seed_from_u64(random.random())),
            stop_asked: Cell::new(false),
            stop: Notify::new(),
            ended: RefCell::new(None),
            starts: Cell::new(0),
        });
        let mut sim = turmoil::Builder::new()
            .rng_seed(random.random())
            .epoch(SystemTime::UNIX_EPOCH + Duration::from_millis(clock.wall_ms()))
            .tick_duration(Duration::from_millis(setup.tick_ms))
            .simulation_duration(Duration::from_secs(1_000_000))
            .min_message_latency(Duration::from_millis(setup.latency_ms.0))
            .max_message_latency(Duration::from_millis(setup.latency_ms.1))
            .tcp_capacity(setup.capacity)
            .enable_random_order()
            .build();
        let control = Rc::clone(&server);
        sim.host(SERVER, move || {
            let control = Rc::clone(&control);
            async move {
                server_host::run(control).await;
                Ok(())
            }
        });
        let mut world = World {
            sim,
            registration: Some(registration),
            disk,
            clock,
            chronicle,
            server,
            people: BTreeMap::new(),
            stranger: None,
            cuts,
            breaks: RefCell::default(),
            broken: BTreeMap::new(),
            random,
            replay,
            witness: None,
            running: Cell::new(true),
            supervised: true,
            restart_at: None,
            deaths: Vec::new(),
            dies_at_errors: None,
        };
        world.run(50);
        world
    }

    /// Somebody comes to the lobby, with a screen that shows it.
    pub fn person(&mut self, name: &str) -> Person {
        let person = Person::new(name, "desk", name, None, &self.clock, &self.chronicle);
        self.arrive(vec![person]).remove(0)
    }

    /// Somebody registers, and comes to the lobby with a screen that shows it.
    pub fn account(&mut self, name: &str) -> Person {
        let person = Person::new(name, "desk", name, None, &self.clock, &self.chronicle);
        let person =
            person.with_credential(Credential::Register { password: password_of(name), invitation: None });
        self.arrive(vec![person]).remove(0)
    }

    /// Somebody who has an account signs in on another device, which has a host of its own.
    pub fn device(&mut self, person: &Person, device: &str) -> Person {
        let name = person.name.as_str();
        let host = format!("{name}-{device}");
        let other = Person::new(name, device, &host, None, &self.clock, &self.chronicle);
        let (password, code) = (password_of(name), None);
        let other = other
            .with_token(&format!("{name}-on-{device}"))
            .with_credential(Credential::Password { password, code });
        self.arrive(vec![other]).remove(0)
    }

    /// Somebody follows the lobby from its first entry on.
    pub fn watcher(&mut self, name: &str) -> Person {
        let person = Person::new(name, "desk", name, Some(lobby()), &self.clock, &self.chronicle);
        self.arrive(vec![person]).remove(0)
    }

    /// Many people who share some hosts: a step of the simulation costs about the third power of the hosts, and what is sent
    /// over a link costs the second power of what is under way there.
    pub fn crowd(&mut self, prefix: &str, count: usize) -> Vec<Person> {
        let person = |number: usize| {
            let (name, host) =
                (format!("{prefix}{number}"), format!("{prefix}-{}", number / PEOPLE_PER_HOST));
            Person::new(&name, "desk", &host, None, &self.clock, &self.chronicle)
        };
        let people: Vec<Person> = (0..count).map(person).collect();
        people.chunks(PEOPLE_PER_HOST).for_each(|group| drop(self.arrive(group.to_vec())));
        people
    }

    /// These people start their programs on the host that they name.
    pub fn arrive(&mut self, people: Vec<Person>) -> Vec<Person> {
        let host = people[0].host.clone();
        for person in &people {
            self.people.insert(person.key(), person.clone());
        }
        let group: Vec<(Person, u64)> =
            people.iter().map(|person| (person.clone(), self.random.random())).collect();
        let cuts = self.cuts.clone();
        self.sim.host(host, move || {
            let (group, cuts) = (group.clone(), cuts.clone());
            async move {
                for (person, seed) in group {
                    tokio::task::spawn_local(person.run(seed, cuts.clone()));
                }
                std::future::pending::<()>().await;
                Ok(())
            }
        });
        // One after the other, so that a story's order does not hang on who is quicker through the door.
        self.run(ARRIVAL_MS);
        people
    }

    /// A bare connection from a host of its own.
    pub fn raw(&mut self, host: &str) -> Raw {
        let raw = Raw::default();
        let program = raw.clone();
        self.sim.host(host, move || {
            let program = program.clone();
            async move {
                program.run().await;
                std::future::pending::<()>().await;
                Ok(())
            }
        });
        self.run(50);
        raw
    }

    /// Lets this many simulated milliseconds pass.
    pub fn run(&mut self, ms: u64) {
        let end = self.elapsed_ms() + ms;
        while self.elapsed_ms() < end {
            self.step();
        }
    }

    /// Lets time pass until `done`, which must be within `ms` simulated milliseconds.
    pub fn until(&mut self, what: &str, ms: u64, done: impl Fn(&World) -> bool) {
        let end = self.elapsed_ms() + ms;
        while !done(self) {
            if self.elapsed_ms() >= end {
                self.fail(&format!("after {ms} ms still not: {what}\n{}", self.state_of_affairs()));
            }
            self.step();
        }
    }

    /// Lets time pass until every client is online, everything said is stored or refused, and everybody has heard all.
    /// The time is not counted that somebody was told to wait for, since too many wrong passwords had been tried.
    pub fn settle(&mut self) {
        let start = self.elapsed_ms();
        let settled = |world: &World| world.running.get() && world.is_settled();
        let mut waited = 0;
        loop {
            let end = start + CONVERGENCE_MS + waited;
            while !settled(self) && self.elapsed_ms() < end {
                self.step();
            }
            let told = self.people.values().map(|person| person.wire.told_to_wait_ms(start)).max();
            let waited_before = std::mem::replace(&mut waited, told.unwrap_or(0));
            if settled(self) || waited == waited_before {
                break;
            }
        }
        self.until("all is said and heard", 0, settled);
    }

    /// Lets time pass until everybody but one is settled.
    pub fn settle_but(&mut self, person: &Person) {
        let away = self.people.remove(&person.key());
        self.settle();
        self.people.extend(away.map(|away| (away.key(), away)));
    }

    /// Whoever was turned away for good has nothing left to come.
    fn is_settled(&self) -> bool {
        let settled = |person: &Person| {
            !person.is_started()
                || person.closed().is_some()
                || (person.is_online() && person.open_posts() == 0 && oracles::has_heard_all(person))
        };
        self.people.values().all(settled) && oracles::heads_agree(self.people.values())
    }

    /// Takes a person away from what the world watches over: his host is gone for good.
    pub fn forget(&mut self, person: &Person) {
        self.people.remove(&person.key());
    }

    /// The people that the world watches over.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// How much simulated time has passed, in milliseconds.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        millis(self.sim.elapsed())
    }

    fn step(&mut self) {
        self.clock.set(self.elapsed_ms());
        if let Err(error) = self.sim.step() {
            self.fail(&format!("a host failed: {error}"));
        }
        // The power went while the server wrote: what it still does in this step is on a dead machine.
        if self.disk.take_cut() {
            self.crash();
            self.restart_soon();
        }
        if self.dies_at_errors.is_some_and(|errors| self.disk.counts().errors >= errors) {
            self.dies_at_errors = None;
            self.kill_server();
            self.restart_soon();
        }
        let ended = self.server.ended.borrow_mut().take();
        if let Some(result) = ended {
            tracing::info!(?result, "the server's process is over");
            if self.running.get() {
                self.deaths.extend(result.clone().err());
                self.disk.process_killed();
                self.crash();
                if result.is_err() {
                    self.restart_soon();
                }
            }
        }
        if self.restart_at.is_some_and(|at| at <= self.elapsed_ms()) {
            self.start_server();
        }
    }

    fn crash(&mut self) {
        if self.running.replace(false) {
            self.sim.crash(SERVER);
            self.breaks("down", None, false);
        }
    }

    fn restart_soon(&mut self) {
        if self.supervised {
            self.restart_at = Some(self.elapsed_ms() + 1_000);
        }
    }

    /// Demands that nothing is lost, doubled, or out of order, by what clients saw and what the disk holds.
    pub fn check(&self) {
        if let Err(complaint) = oracles::check(self.people.values(), &self.chronicle) {
            self.fail(&complaint.to_string());
        }
    }

    /// Settles, then checks.
    pub fn settle_and_check(&mut self) {
        self.settle();
        self.check();
    }

    /// Settles, waits until everything that is done now and then has been done, and checks, also what holds only then:
    /// that all who are here see the same, and that what was deleted is nowhere.
    pub fn rest_and_check(&mut self) {
        self.settle();
        self.run(REST_MS);
        self.settle_and_check_at_rest();
    }

    /// Settles, and checks also what holds at rest, where nothing that was done since is done later.
    pub fn settle_and_check_at_rest(&mut self) {
        self.settle();
        self.run(PRESENCE_MS);
        self.settle();
        if let Err(complaint) = oracles::check_at_rest(self.people.values(), &self.chronicle, &self.disk) {
            self.fail(&complaint.to_string());
        }
    }

    /// Has somebody look at the world if it fails.
    pub fn witnessed_by(&mut self, witness: Witness) {
        self.witness = Some(witness);
    }

    /// Ends the run with the seed and the command that replays it.
    pub fn fail(&self, complaint: &str) -> ! {
        if let Some(witness) = &self.witness {
            witness(self, complaint);
        }
        panic!("at {} ms: {complaint}\n{}", self.elapsed_ms(), self.replay)
    }

    /// How everybody stands, for a complaint.
    #[must_use]
    pub fn state_of_affairs(&self) -> String {
        let mut text = format!("server up: {}\n", self.running.get());
        for person in self.people.values() {
            let link = person.conversation.borrow().look(|model| format!("{:?}", model.link));
            let open = person.open_posts();
            text.push_str(&format!("{}: {link}, {open} posts open", person.key()));
            let history = person.history.borrow();
            person.conversation.borrow().look(|model| {
                for (room, view) in &model.rooms {
                    let heard = history.heard.get(room).and_then(|heard| heard.last()).map(|last| last.seq.0);
                    let (head, loading) = (view.timeline.head().0, view.loading);
                    text.push_str(&format!(
                        "; {} to {head}, heard {heard:?}, loading {loading}",
                        room.as_str()
                    ));
                }
            });
            text.push('\n');
        }
        text
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // While a test fails, what the hosts drop must not touch the disk as if they closed in peace.
        self.disk.process_killed();
        if self.running.replace(false) && !std::thread::panicking() {
            self.sim.crash(SERVER);
        }
        self.registration.take();
    }
}
