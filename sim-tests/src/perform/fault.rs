//! What breaks on a stage, and how all of it is mended.

use super::Stage;
use crate::client_host::Person;
use crate::disk::{Failing, Operation};
use crate::plan::{Fault, tear};

impl Stage {
    /// Whether it applied.
    pub(super) fn fault(&mut self, fault: &Fault) -> bool {
        let up = self.world.server_is_up();
        match fault {
            Fault::Partition(host) => self.at(host, |stage, person| stage.world.partition(person)),
            Fault::Deaf { host, hears_nothing } => {
                self.at(host, |stage, person| stage.world.partition_one_way(person, *hears_nothing))
            }
            Fault::Stall(host) => self.at(host, |stage, person| stage.world.stall(person)),
            Fault::Vanish(host) => self.at(host, |stage, person| stage.world.vanish(person)),
            Fault::Freeze(host) => {
                let there: Vec<&Person> =
                    self.people.values().filter(|person| person.host == *host).collect();
                there.iter().for_each(|person| person.freeze.set(true));
                !there.is_empty()
            }
            Fault::Mend(host) => {
                let applies = self.at(host, |stage, person| {
                    stage.world.heal(person);
                    stage.world.come_back(person);
                });
                let there = self.people.values().filter(|person| person.host == *host);
                there.for_each(|person| person.freeze.set(false));
                applies
            }
            Fault::Start => {
                self.world.start_server();
                !up
            }
            _ if !up => false,
            Fault::Kill => {
                self.world.kill_server();
                true
            }
            Fault::PowerCut { torn } => {
                self.world.cut_power(tear(*torn));
                true
            }
            Fault::Stop => {
                self.world.stop_server();
                true
            }
            Fault::PowerCutAt { nth, torn } => {
                self.world.disk.cut_power_at(*nth, tear(*torn));
                true
            }
            Fault::SyncFails(nth) => {
                self.world.disk.fail(Operation::Sync, Failing::Nth(*nth));
                true
            }
            Fault::WriteFails(nth) => {
                self.world.disk.fail(Operation::Write, Failing::Nth(*nth));
                true
            }
            Fault::DiskFull(left) => {
                self.world.disk.set_capacity(Some(self.world.disk.used() + left));
                true
            }
            Fault::DiskFreed => {
                self.world.disk.set_capacity(None);
                true
            }
            Fault::Clock(ms) => {
                self.world.clock.skew(self.world.clock.skewed_ms().saturating_add(*ms));
                true
            }
        }
    }

    /// Does something at a machine, if there is one of this name.
    fn at(&mut self, host: &str, act: impl Fn(&mut Self, &Person)) -> bool {
        let there = self.people.values().find(|person| person.host == host).cloned();
        there.iter().for_each(|person| act(self, person));
        there.is_some()
    }

    /// Nothing is broken any more.
    pub fn heal(&mut self) {
        tracing::info!(at = self.world.elapsed_ms(), "healing");
        let mut hosts: Vec<String> = self.people.values().map(|person| person.host.clone()).collect();
        hosts.sort();
        hosts.dedup();
        for host in hosts {
            self.fault(&Fault::Mend(host));
        }
        self.world.disk.set_capacity(None);
        self.world.disk.heal();
        self.world.start_server();
    }
}
