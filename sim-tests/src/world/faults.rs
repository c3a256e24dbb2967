//! What breaks in a world, and how it is mended.

use super::World;
use crate::client_host::Person;
use crate::disk::Tear;
use crate::network::SERVER;
use crate::stranger_host::{STRANGER, Stranger, Visit};

/// Something that broke on the server, its disk, or a client's machine, or was mended.
#[derive(Clone, Debug)]
pub struct Broke {
    /// When, in milliseconds from the start.
    pub at_ms: u64,
    /// What, in a word.
    pub what: String,
    /// The machine; none for the server and its disk.
    pub host: Option<String>,
    /// It is mended.
    pub mended: bool,
}

/// What is wrong with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// Nothing gets through.
    Apart,
    /// Nothing gets through from the server, or to it.
    OneWay { from_server: bool },
    /// Everything waits.
    Stalled,
}

impl World {
    /// The server's process is killed; its system and disk go on.
    pub fn kill_server(&mut self) {
        // The disk first: a connection that is dropped would checkpoint as if it were closed in peace.
        self.disk.process_killed();
        self.crash();
    }

    /// The next error of its disk kills the server.
    pub fn dies_of_errors(&mut self) {
        self.dies_at_errors = Some(self.disk.counts().errors + 1);
    }

    /// No error kills the server any more.
    pub fn outlives_errors(&mut self) {
        self.dies_at_errors = None;
    }

    /// The server's machine loses its power, and its disk what was not synced.
    pub fn cut_power(&mut self, tear: Tear) {
        self.disk.power_cut(tear);
        let hosts: Vec<String> = self.hosts();
        // No machine without power says goodbye to its connections.
        hosts.iter().for_each(|host| self.sim.partition(SERVER, host.as_str()));
        self.crash();
        hosts.iter().for_each(|host| self.sim.repair(SERVER, host.as_str()));
        hosts.iter().for_each(|host| self.break_again(host));
    }

    /// What was wrong with a link before something else was done to it is wrong again.
    fn break_again(&self, host: &str) {
        match self.broken.get(host) {
            None => {}
            Some(Broken::Apart) => self.sim.partition(SERVER, host),
            Some(Broken::OneWay { from_server: true }) => self.sim.partition_oneway(SERVER, host),
            Some(Broken::OneWay { from_server: false }) => self.sim.partition_oneway(host, SERVER),
            Some(Broken::Stalled) => self.sim.hold(SERVER, host),
        }
    }

    /// Notes that something broke, or was mended.
    pub fn breaks(&self, what: &str, host: Option<&str>, mended: bool) {
        let (at_ms, what, host) = (self.elapsed_ms(), what.to_owned(), host.map(str::to_owned));
        self.breaks.borrow_mut().push(Broke { at_ms, what, host, mended });
    }

    fn cut_off(&mut self, person: &Person, how: Broken) {
        self.broken.insert(person.host.clone(), how);
        self.break_again(&person.host);
    }

    fn hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = self.people.values().map(|person| person.host.clone()).collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }

    /// A stranger comes in as somebody's device; what he says and hears is judged as everybody's is.
    pub fn visited(&mut self, visit: Visit) {
        self.people.entry(visit.double.key()).or_insert_with(|| visit.double.clone());
        if self.stranger.is_none() {
            let (stranger, cuts) = (Stranger::default(), self.cuts.clone());
            let program = stranger.clone();
            self.sim.host(STRANGER, move || {
                let (program, cuts) = (program.clone(), cuts.clone());
                async move {
                    program.run(cuts).await;
                    Ok(())
                }
            });
            self.stranger = Some(stranger);
        }
        if let Some(stranger) = &self.stranger {
            stranger.visits(visit);
        }
    }

    /// The server is started, again.
    pub fn start_server(&mut self) {
        self.restart_at = None;
        if !self.running.replace(true) {
            self.breaks("down", None, true);
            // The power is back, if it was cut.
            let _power_was_cut = self.disk.take_cut();
            // Whoever is started again has not heard what was asked of the one before.
            self.server.stop_asked.set(false);
            self.sim.bounce(SERVER);
        }
    }

    /// The server is asked to stop, as SIGTERM does, and has two seconds for it.
    pub fn stop_server(&mut self) {
        self.supervised = false;
        self.server.stop_asked.set(true);
        self.server.stop.notify_one();
        self.until("the server has stopped", 2_000, |world| !world.running.get());
        self.supervised = true;
    }

    /// Whether the server is running.
    #[must_use]
    pub fn server_is_up(&self) -> bool {
        self.running.get()
    }

    /// Nothing gets through between somebody and the server, either way.
    pub fn partition(&mut self, person: &Person) {
        self.cut_off(person, Broken::Apart);
    }

    /// Nothing gets through from somebody to the server, or from the server to him.
    pub fn partition_one_way(&mut self, person: &Person, from_server: bool) {
        self.cut_off(person, Broken::OneWay { from_server });
    }

    /// Everything gets through again.
    pub fn heal(&mut self, person: &Person) {
        self.broken.remove(&person.host);
        self.sim.release(SERVER, person.host.as_str());
        self.sim.repair(SERVER, person.host.as_str());
    }

    /// What is sent between somebody and the server waits.
    pub fn stall(&mut self, person: &Person) {
        self.cut_off(person, Broken::Stalled);
    }

    /// What has waited gets through.
    pub fn unstall(&mut self, person: &Person) {
        self.broken.remove(&person.host);
        self.sim.release(SERVER, person.host.as_str());
    }

    /// Somebody's machine loses its power: the server is left with half a connection.
    pub fn vanish(&mut self, person: &Person) {
        self.sim.partition(SERVER, person.host.as_str());
        self.sim.crash(person.host.as_str());
        self.sim.repair(SERVER, person.host.as_str());
        self.break_again(&person.host);
        self.people.values().filter(|other| other.host == person.host).for_each(Person::reborn);
    }

    /// Somebody's machine starts again, and with it his program, which has forgotten what it had not sent.
    pub fn come_back(&mut self, person: &Person) {
        if !self.sim.is_host_running(person.host.as_str()) {
            self.sim.bounce(person.host.as_str());
        }
    }
}
