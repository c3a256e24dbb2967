//! What breaks on a stage, and how all of it is mended.

use super::Stage;
use crate::client_host::Person;
use crate::disk::{Failing, Operation};
use crate::plan::{Fault, Mischief, tear};
use crate::server_host::{DATABASE, SEARCH, keep_another_checkpoint};
use crate::stranger_host::{STRANGER, Visit};
use crate::wire::Word;
use sala_core::entry::DeviceId;
use sala_core::protocol::{Request, Update};
use std::collections::BTreeSet;

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
            Fault::BitFlips { index, byte, bit } if !up => self.flip(*index, *byte, *bit),
            Fault::BitFlips { .. } => false,
            Fault::PutBack => self.put_back(),
            // One thing at a time is wrong with a disk that is damaged, so that a server which ends has ended by that.
            fault if self.whole.is_some() && is_of_the_disk(fault) => false,
            Fault::ForeignCheckpoint if !up => self.another_checkpoint(None),
            Fault::OldCheckpoint(lacks) if !up => self.another_checkpoint(Some(*lacks)),
            Fault::ForeignCheckpoint | Fault::OldCheckpoint(_) => false,
            Fault::Storm => {
                let running: Vec<&Person> =
                    self.people.values().filter(|person| person.is_started()).collect();
                running.iter().for_each(|person| person.restart());
                !running.is_empty()
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
            Fault::DiesOfSync(nth) => {
                self.world.disk.fail(Operation::Sync, Failing::Nth(*nth));
                self.world.dies_of_errors();
                true
            }
            Fault::WriteFails(nth) => {
                self.world.disk.fail(Operation::Write, Failing::Nth(*nth));
                true
            }
            Fault::ReadFails(nth) => {
                self.world.disk.fail(Operation::Read, Failing::Nth(*nth));
                true
            }
            Fault::SlowDisk(ms) => {
                self.world.server.slow_disk_ms.set(*ms);
                true
            }
            Fault::SlowFold(ms) => {
                self.world.server.slow_fold_ms.set(*ms);
                true
            }
            Fault::Double { who, does, mark } => self.double(who, *does, *mark),
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

    /// Notes a fault for whoever looks at the run later.
    pub(super) fn note(&self, fault: &Fault) {
        let kind = fault.kind();
        match fault {
            Fault::Partition(host) | Fault::Stall(host) | Fault::Vanish(host) | Fault::Freeze(host) => {
                self.world.breaks(&kind, Some(host), false);
            }
            Fault::Deaf { host, .. } => self.world.breaks(&kind, Some(host), false),
            Fault::Mend(host) => self.world.breaks(&kind, Some(host), true),
            Fault::SlowDisk(ms) | Fault::SlowFold(ms) => self.world.breaks(&kind, None, *ms == 0),
            Fault::DiskFreed => self.world.breaks("disk_full", None, true),
            Fault::PutBack => self.world.breaks("bit_flips", None, true),
            // That the server is down is noted where it goes down.
            Fault::Start => {}
            _ => self.world.breaks(&kind, None, false),
        }
    }

    /// Whether the disk allowed it.
    fn another_checkpoint(&mut self, lacks: Option<u64>) -> bool {
        // The power is back, if it was cut.
        let _power_was_cut = self.world.disk.take_cut();
        keep_another_checkpoint(lacks)
    }

    /// Whether there is such a bit, and nothing of the database lies elsewhere. The server's files are as they were until
    /// they are put back, since nothing is written meanwhile: what is stored by then is not lost with it.
    fn flip(&mut self, index: bool, byte: usize, bit: u32) -> bool {
        let disk = &self.world.disk;
        // The power is back, if it was cut.
        let _power_was_cut = disk.take_cut();
        let name = if index { SEARCH } else { DATABASE };
        let length = disk.read_file(name).map_or(0, |content| content.len());
        let ahead = disk.read_file(&format!("{DATABASE}-wal")).is_some_and(|ahead| !ahead.is_empty());
        if self.whole.is_some() || ahead || length == 0 {
            return false;
        }
        let content = |name: String| (name.clone(), disk.read_file(&name).unwrap_or_default());
        self.whole = Some(disk.names().into_iter().map(content).collect());
        disk.heal();
        let _there_is_such_a_byte = disk.flip_bit(name, byte % length, bit);
        disk.set_capacity(Some(0));
        self.world.outlives_errors();
        self.world.chronicle.damaged();
        self.world.deaths.clear();
        true
    }

    /// Whether something was damaged. Whatever kept a server from starting on it must have said so.
    fn put_back(&mut self) -> bool {
        let Some(files) = self.whole.take() else { return false };
        for why in std::mem::take(&mut self.world.deaths) {
            // A disk that takes nothing has its own reasons.
            let named = ["is damaged", "disk is full", "writing to the data folder failed"];
            if !named.iter().any(|named| why.contains(named)) {
                self.world.fail(&format!("[damage is named] a server ended on a damaged disk: {why}"));
            }
            *self.struck.entry("refused_damage".to_owned()).or_default() += 1;
        }
        self.world.kill_server();
        self.world.disk.put_back(&files);
        self.world.disk.set_capacity(None);
        self.world.chronicle.put_back();
        self.world.start_server();
        for person in self.people.values() {
            // Who keeps what he has read keeps no copy of a room that lacks what was damaged.
            person.history.borrow_mut().heard.clear();
            if person.is_started() {
                person.restart();
            }
        }
        true
    }

    /// Somebody comes in as a device that is another's. It must have been let in before, so that its token is known.
    fn double(&mut self, who: &str, does: Mischief, mark: u64) -> bool {
        let Some(person) = self.people.get(who).cloned() else { return false };
        if person.history.borrow().welcomes == 0 {
            return false;
        }
        let (name, device) = (person.name.as_str(), person.device.as_str());
        let (clock, chronicle) = (self.world.clock.clone(), self.world.chronicle.clone());
        let double = self
            .doubles
            .entry(who.to_owned())
            .or_insert_with(|| Person::new(name, device, STRANGER, None, &clock, &chronicle).to_be_started());
        let double = double.clone();
        let enter = format!(
            r#"{{"do":"enter","name":"{name}","device":"{device}","token":"{}"}}"#,
            person.token().reveal()
        );
        let said = said(&person);
        for visit in 0..if does == Mischief::Fight { 3 } else { 1 } {
            let mut first = format!("{enter}\n").into_bytes();
            if does == Mischief::Garbage {
                first.splice(..0, GARBAGE.concat());
            }
            let ((says, numbers_of), mark) = (said.clone(), self.mark(mark + visit));
            let then = Box::new(move |highest, counts: DeviceId| {
                // It may be another device's by now, as whose nobody has said this before.
                let said = if numbers_of == Some(counts) { says } else { Vec::new() };
                lines(does, highest, &said, &mark)
            });
            self.world.visited(Visit { double: double.clone(), first, then });
            self.world.run(100);
        }
        true
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
        self.fault(&Fault::PutBack);
        self.note(&Fault::PutBack);
        let mut hosts: Vec<String> = self.people.values().map(|person| person.host.clone()).collect();
        hosts.sort();
        hosts.dedup();
        for host in hosts {
            self.fault(&Fault::Mend(host.clone()));
            self.note(&Fault::Mend(host));
        }
        [Fault::SlowDisk(0), Fault::SlowFold(0), Fault::DiskFreed].iter().for_each(|fault| self.note(fault));
        self.world.server.slow_disk_ms.set(0);
        self.world.server.slow_fold_ms.set(0);
        self.world.disk.set_capacity(None);
        self.world.disk.heal();
        self.world.outlives_errors();
        self.world.start_server();
    }
}

/// Whether it is the server's disk that fails, or what lies there.
fn is_of_the_disk(fault: &Fault) -> bool {
    use Fault::{
        DiesOfSync, DiskFreed, DiskFull, ForeignCheckpoint, OldCheckpoint, ReadFails, SyncFails, WriteFails,
    };
    matches!(
        fault,
        DiesOfSync(_) | DiskFreed | DiskFull(_) | ForeignCheckpoint | OldCheckpoint(_) | ReadFails(_)
    ) || matches!(fault, SyncFails(_) | WriteFails(_))
}

/// Lines that are no requests, some of them in pieces that go with the next.
const GARBAGE: [&[u8]; 9] = [
    b"\xff\xfe\n",
    b"[1,2]\n",
    b"hello\n",
    b"{\"do\":\"fly\",\"id\":7}\n",
    b"{\"do\":\"post\",\"id\":8,\"n\":\"nine\"}\n",
    b"{\"do\":\"page\",\"id\":9,\"room\":\"lobby\",\"limit\":-1}\n",
    b"\r\n\n",
    b"{\"do\":\"pi",
    b"ng\"}\r\n",
];
/// Requests by which somebody asks for more than he may.
const FLOOD: u64 = 300;

/// What a device has said so far, as it went over the wire, oldest first, and whose numbers it said it under; but for what
/// was refused for good, which nobody says again in these worlds. What was said before, under numbers of another device, is
/// not its own.
fn said(person: &Person) -> (Vec<Vec<u8>>, Option<DeviceId>) {
    let (spoken, history) = (person.wire.spoken(), person.history.borrow());
    let refused: BTreeSet<&str> = history.refused.keys().map(|key| history.said[key].1.as_str()).collect();
    let (mut posts, mut is) = (Vec::new(), None);
    for spoken in spoken.iter() {
        match &spoken.word {
            Word::Told(update) => {
                if let Update::Welcome { device, numbers_of, .. } = &**update {
                    let counts = numbers_of.unwrap_or(*device);
                    if is.replace(counts).is_some_and(|was| was != counts) {
                        posts.clear();
                    }
                }
            }
            Word::Asked(envelope) => match &envelope.request {
                Request::Post { text, .. } if !refused.contains(text.as_str()) => {
                    posts.push(envelope.encode().to_vec());
                }
                _ => {}
            },
            _ => {}
        }
    }
    (posts, is)
}

/// What a stranger says as a device that has said this, and whose highest number is this.
fn lines(does: Mischief, highest: u64, said: &[Vec<u8>], mark: &str) -> Vec<Vec<u8>> {
    let post = |nth: u64| {
        let text = format!("line {mark} by nobody, {nth}");
        format!(r#"{{"do":"post","room":"lobby","n":{},"text":"{text}"}}{}"#, highest + nth, "\n")
            .into_bytes()
    };
    match does {
        Mischief::Fight => vec![post(1)],
        Mischief::Resend => {
            let newest = said.iter().rev().take(10).rev();
            let oldest = said.iter().take(5);
            newest.clone().chain(oldest).chain(newest).cloned().chain([post(1), post(1), post(1)]).collect()
        }
        Mischief::Flood => {
            let ask = |nth: u64| {
                let what = ["ping", "me", "rooms", "friends"][usize::try_from(nth % 4).unwrap_or(0)];
                format!(r#"{{"do":"{what}","id":{nth}}}{}"#, "\n").into_bytes()
            };
            (1..=FLOOD)
                .flat_map(|nth| [ask(nth)].into_iter().chain((nth % 5 == 0).then(|| post(nth))))
                .collect()
        }
        Mischief::Garbage => {
            let long = [b"x".repeat(40_000), b"\n".to_vec()].concat();
            GARBAGE.iter().map(|line| line.to_vec()).chain([long, post(1)]).collect()
        }
    }
}
