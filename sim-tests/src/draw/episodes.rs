//! What belongs together: some people in a room of their own, of whom one does something and another finds out.
//!
//! What is drawn step by step seldom comes to this, since each step must find what the one before has left.

use super::hope::one;
use super::people::People;
use crate::plan::{Fault, Operation, What};
use rand::RngExt as _;

/// Rooms in which nothing else is drawn.
const ROOMS: [&str; 3] = ["attic", "porch", "shed"];
/// The pause after a step, in milliseconds, at least and at most.
const PAUSE_MS: std::ops::Range<u64> = 60..500;
/// The pause after the server was started, in milliseconds.
const BACK_MS: std::ops::Range<u64> = 2_000..5_000;
/// After this, at most so many milliseconds, what holds for a minute is over: by a little, or for a while.
const LATER_MS: std::ops::Range<i64> = 60_000..90_000;

/// Who of the three does it.
#[derive(Clone, Copy)]
enum Who {
    Owner,
    Member,
    Third,
}

impl People {
    /// One of them, with the milliseconds from its start to each of its steps.
    pub(super) fn episode(&mut self) -> Option<Vec<(u64, What)>> {
        let mut names = Vec::new();
        for _ in 0..3 {
            let left = self
                .hope
                .people
                .iter()
                .filter(|(name, hoped)| !hoped.devices.is_empty() && !names.contains(*name));
            let left: Vec<String> = left.map(|(name, _)| name.clone()).collect();
            names.push(one(&mut self.random, left)?);
        }
        let mut devices = Vec::new();
        for name in &names {
            devices.push(self.hope.device(&mut self.random, name)?);
        }
        let (mut at, mut steps) = (0, Vec::new());
        for step in self.story(&names, &devices) {
            let what = match step {
                Ok((who, operation)) => What::Do(devices[who as usize].clone(), operation),
                Err(fault) => What::Fault(fault),
            };
            // Whoever was away with the server is back before he does something.
            let pause = if what == What::Fault(Fault::Start) { BACK_MS } else { PAUSE_MS };
            steps.push((at, what));
            at += self.random.random_range(pause);
        }
        Some(steps)
    }

    /// What the last connections of the day hear of: somebody says something to all, who has several devices reads it on one of
    /// them, and a room is closed while somebody is away who was in it. So many milliseconds before the end.
    pub(super) fn evening(&mut self) -> Vec<(u64, What)> {
        let mut steps = Vec::new();
        let names: Vec<String> = self.hope.people.keys().cloned().collect();
        let devices = names.iter().filter_map(|name| self.hope.people[name].devices.first().cloned());
        let devices: Vec<String> = devices.collect();
        let does = |device: &String, operation| What::Do(device.clone(), operation);
        if let [one, other, ..] = &devices[..] {
            let (room, mark) = (|| ROOMS[2].to_owned(), self.number(2));
            let host = self.hosts[other].clone();
            steps.extend([
                (3_500, does(one, Operation::Create { room: room(), private: false })),
                (2_700, does(other, Operation::Join { room: room() })),
                (1_500, What::Fault(Fault::Partition(host))),
                (900, does(one, Operation::Close { room: room(), mark })),
            ]);
            let say =
                Operation::Say { room: "lobby".to_owned(), lines: 1, names: Vec::new(), mark: mark + 1 };
            steps.push((2_000, does(one, say)));
        }
        let readers = self.hope.people.values().filter(|hoped| hoped.devices.len() > 1);
        let reads = |device| does(device, Operation::Read { room: "lobby".to_owned() });
        steps.extend(readers.map(|hoped| (200, reads(&hoped.devices[0]))));
        steps
    }

    fn story(&mut self, names: &[String], devices: &[String]) -> Vec<Result<(Who, Operation), Fault>> {
        use Operation::{
            Archive, Ban, Befriend, Claim, Close, Create, DeleteAccount, Invite, Join, JoinByLink, Kick,
            Leave, Link, Moderator, Mute, Owner as Give, Presence, Read, Rename, Say, ServerBan, ServerUnban,
            Topic, Typing, Unban, Unmute,
        };
        use Who::{Member, Owner, Third};
        let room = || ROOMS[0].to_owned();
        let (whom, third) = (|| names[1].clone(), || names[2].clone());
        let (mark, link) = (self.number(8), self.number(1));
        let say = |nth| Say { room: room(), lines: 1, names: Vec::new(), mark: mark + nth };
        let later_ms = self.random.random_range(LATER_MS);
        let later = || Err(Fault::Clock(later_ms));
        let host = self.hosts[&devices[Member as usize]].clone();
        let makes = |private| [Ok((Owner, Create { room: room(), private }))];
        let join = || Ok((Member, Join { room: room() }));
        let meet = || [join(), Ok((Third, Join { room: room() })), Ok((Member, say(0)))];
        let (minutes, mark) = (Some(1), mark + 7);
        let what: Vec<Result<(Who, Operation), Fault>> = match self.random.random_range(0..18) {
            0 | 15 | 17 => vec![
                Ok((Owner, Ban { room: room(), whom: whom(), minutes, mark })),
                join(),
                later(),
                join(),
                Ok((Member, say(1))),
            ],
            1 => vec![
                Ok((Owner, Ban { room: room(), whom: whom(), minutes: None, mark })),
                join(),
                Ok((Owner, Unban { room: room(), whom: whom() })),
                join(),
            ],
            2 | 16 => vec![
                Ok((Owner, Mute { room: room(), whom: whom(), minutes, mark })),
                Ok((Member, say(1))),
                later(),
                Ok((Member, say(2))),
            ],
            3 => vec![
                Ok((Owner, Mute { room: room(), whom: whom(), minutes: None, mark })),
                Ok((Member, say(1))),
                Ok((Owner, Unmute { room: room(), whom: whom() })),
                Ok((Member, say(2))),
            ],
            4 => vec![Ok((Owner, Kick { room: room(), whom: whom(), mark })), Ok((Member, say(1))), join()],
            5 => vec![Ok((Third, say(1))), Ok((Owner, Close { room: room(), mark })), Ok((Member, say(2)))],
            6 => vec![
                Ok((Owner, Rename { room: room(), to: format!("{}-{mark}", ROOMS[1]) })),
                Ok((Owner, Archive { room: room(), on: true })),
                Ok((Member, say(1))),
                Ok((Owner, Archive { room: room(), on: false })),
                Ok((Member, say(2))),
            ],
            7 => vec![
                Ok((Owner, Moderator { room: room(), whom: whom(), on: true })),
                Ok((Owner, Leave { room: room() })),
                Ok((Member, Give { room: room(), whom: third() })),
                Ok((Third, say(1))),
            ],
            8 => {
                let comes = |who| Ok((who, JoinByLink { link }));
                let made = Link { room: room(), link, hours: None, uses: Some(1) };
                let steps = [Ok((Owner, made)), comes(Member), comes(Third)];
                let asked = Ok((Owner, Invite { room: room(), whom: third() }));
                let after = [asked, Ok((Third, Join { room: room() })), Ok((Third, say(1)))];
                return makes(true).into_iter().chain(steps).chain(after).collect();
            }
            9 => vec![
                Ok((Owner, Befriend { whom: whom(), mark })),
                Ok((Member, Befriend { whom: names[0].clone(), mark: mark - 1 })),
                Ok((Member, Presence { mode: "busy".to_owned(), friends_only: true, mark: mark - 2 })),
            ],
            // What a stopped server has kept is not to hold what is erased by the next one.
            10 => vec![
                Ok((Owner, Topic { room: room(), mark })),
                Err(Fault::Stop),
                Err(Fault::Start),
                Ok((Owner, Close { room: room(), mark: mark - 1 })),
            ],
            11 => vec![
                Ok((Member, Presence { mode: "away".to_owned(), friends_only: false, mark })),
                Err(Fault::Stop),
                Err(Fault::Start),
                Ok((Member, DeleteAccount)),
            ],
            // A room is closed while somebody is away who wants to come back to it.
            12 => vec![
                Err(Fault::Partition(host.clone())),
                Ok((Owner, Close { room: room(), mark })),
                Ok((Third, Topic { room: "lobby".to_owned(), mark: mark - 1 })),
                Err(Fault::Mend(host)),
            ],
            // What was to be seen of somebody is lost with a full disk, which takes its time for saying so.
            14 => vec![
                Err(Fault::SlowDisk(400)),
                Err(Fault::DiskFull(0)),
                Ok((Member, Presence { mode: "busy".to_owned(), friends_only: false, mark })),
                Ok((Third, Typing { room: room() })),
                Ok((Owner, Read { room: room() })),
                Ok((Third, Typing { room: room() })),
                Err(Fault::DiskFreed),
                Err(Fault::SlowDisk(0)),
            ],
            _ => vec![
                Ok((Owner, Claim)),
                Ok((Owner, ServerBan { whom: whom(), minutes, mark })),
                Ok((Third, say(1))),
                Ok((Owner, ServerUnban { whom: whom() })),
            ],
        };
        makes(false).into_iter().chain(meet()).chain(what).collect()
    }
}
