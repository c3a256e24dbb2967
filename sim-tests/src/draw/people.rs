//! What people do in a plan, drawn kind by kind.

use super::hope::{Hope, Hoped, HopedRoom, one};
use super::kinds::Kind;
use crate::plan::{Listed, Operation, Sight, Way};
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;

/// Names of rooms that everybody finds, of private ones, and of groups.
const PUBLIC: [&str; 3] = ["garden", "kitchen", "cellar"];
const PRIVATE: [&str; 2] = ["vault", "crypt"];
const GROUPS: [&str; 2] = ["hikers", "singers"];

/// What is drawn, and what is hoped to have come of what was drawn before.
pub(super) struct People {
    pub(super) hope: Hope,
    /// The machine of each device, by its key.
    pub(super) hosts: BTreeMap<String, String>,
    pub(super) random: StdRng,
    /// Numbers words, links and codes.
    pub(super) last: u64,
    /// What follows on what was drawn, so many milliseconds later.
    pub(super) later: Vec<(u64, String, Operation)>,
}

pub(super) type Drawn = Option<(String, Operation)>;

impl People {
    pub(super) fn number(&mut self, of: u64) -> u64 {
        self.last += of;
        self.last + 1 - of
    }

    pub(super) fn odds(&mut self, one_in: u32) -> bool {
        self.random.random_ratio(1, one_in)
    }

    pub(super) fn minutes(&mut self) -> Option<u64> {
        [None, Some(1), Some(1), Some(5)][self.random.random_range(0..4)]
    }

    /// Something of this kind that somebody does.
    pub(super) fn draw(&mut self, kind: Kind) -> Drawn {
        match kind {
            Kind::Talk => self.talk(),
            Kind::Words => self.words(),
            Kind::Rooms => self.rooms(),
            Kind::Closed => self.closed(),
            Kind::Order => self.order(),
            Kind::Held => self.held(),
            Kind::Roles => self.roles(),
            Kind::Friends => self.friends(),
            Kind::Blocks => self.blocks(),
            Kind::Accounts => self.accounts(),
            Kind::Devices => self.devices(),
            Kind::Server => self.server(),
            Kind::Reads => self.reads(),
        }
    }

    /// Somebody, a device of his, and a room.
    pub(super) fn somewhere(&mut self) -> Option<(String, String, String)> {
        let name = self.hope.anybody(&mut self.random)?;
        let device = self.hope.device(&mut self.random, &name)?;
        let room = self.hope.room_of(&mut self.random, &name)?;
        Some((name, device, room))
    }

    fn talk(&mut self) -> Drawn {
        let (name, device, room) = self.somewhere()?;
        // Now and then as many as fill what may be on its way at once.
        let lines = if self.odds(60) { 80 } else { [1, 1, 1, 2, 10, 40][self.random.random_range(0..6)] };
        let mark = self.number(lines);
        let mut names = Vec::new();
        if self.odds(4) {
            names.extend(self.hope.other_than(&mut self.random, &name));
        }
        if self.odds(12) {
            names.push("room".to_owned());
        }
        Some((device, Operation::Say { room, lines, names, mark }))
    }

    fn words(&mut self) -> Drawn {
        let (_, device, room) = self.somewhere()?;
        let (nth, own, on) =
            (self.random.random_range(0..6), self.random.random_bool(0.7), self.random.random_bool(0.7));
        let operation = match self.random.random_range(0..12) {
            0..2 => Operation::Reply { room, nth, mark: self.number(1) },
            2..4 => Operation::Edit { room, nth, own, mark: self.number(1) },
            4..6 => Operation::Delete { room, nth, own },
            6..8 => Operation::React { room, nth, on },
            8 => Operation::Pin { room, nth, on },
            9 => Operation::Typing { room },
            _ => Operation::Read { room },
        };
        Some((device, operation))
    }

    fn rooms(&mut self) -> Drawn {
        let (name, device, room) = self.somewhere()?;
        let public = PUBLIC[self.random.random_range(0..PUBLIC.len())].to_owned();
        let operation = match self.random.random_range(0..10) {
            0..3 => {
                self.made(&public, &name, false);
                Operation::Create { room: public, private: false }
            }
            3..6 => {
                if let Some(held) = self.hope.rooms.get_mut(&public) {
                    held.members.insert(name);
                }
                Operation::Join { room: public }
            }
            6 => Operation::Topic { room, mark: self.number(1) },
            7 if room != "lobby" => {
                self.goes(&room, &name);
                Operation::Leave { room }
            }
            8 if self.odds(2) => Operation::Rename { room, to: format!("{public}-{}", self.number(1)) },
            _ => Operation::Join { room },
        };
        Some((device, operation))
    }

    /// Somebody has a garden, and the others come to see it.
    pub(super) fn garden(&mut self) -> Vec<(String, Operation)> {
        let names: Vec<String> = self.hope.people.keys().cloned().collect();
        let Some(owner) = one(&mut self.random, names.iter().cloned()) else { return Vec::new() };
        let room = PUBLIC[0].to_owned();
        self.made(&room, &owner, false);
        let mut steps = Vec::new();
        for name in std::iter::once(&owner).chain(names.iter().filter(|name| **name != owner)) {
            let Some(device) = self.hope.device(&mut self.random, name) else { continue };
            let room = room.clone();
            if let Some(held) = self.hope.rooms.get_mut(&room) {
                held.members.insert(name.clone());
            }
            let makes = *name == owner;
            let operation =
                if makes { Operation::Create { room, private: false } } else { Operation::Join { room } };
            steps.push((device, operation));
        }
        steps
    }

    fn made(&mut self, room: &str, owner: &str, private: bool) {
        if !self.hope.rooms.contains_key(room) {
            let members = [owner.to_owned()].into();
            let made = HopedRoom { private, owner: owner.to_owned(), members, ..HopedRoom::default() };
            self.hope.rooms.insert(room.to_owned(), made);
        }
    }

    fn goes(&mut self, room: &str, name: &str) {
        if let Some(held) = self.hope.rooms.get_mut(room) {
            held.members.remove(name);
            held.moderators.remove(name);
            if held.owner == name {
                held.owner = held.moderators.iter().chain(&held.members).next().cloned().unwrap_or_default();
            }
        }
    }

    /// Private rooms, groups, conversations of two, and the ways into them.
    fn closed(&mut self) -> Drawn {
        let name = self.hope.anybody(&mut self.random)?;
        let other = self.hope.other_than(&mut self.random, &name)?;
        let device = self.hope.device(&mut self.random, &name)?;
        match self.random.random_range(0..12) {
            0 => {
                let room = PRIVATE[self.random.random_range(0..PRIVATE.len())].to_owned();
                self.made(&room, &name, true);
                Some((device, Operation::Create { room, private: true }))
            }
            1 => {
                let room = GROUPS[self.random.random_range(0..GROUPS.len())].to_owned();
                let third = self.hope.other_than(&mut self.random, &name)?;
                self.made(&room, &name, true);
                let friends = &self.hope.people[&name].friends;
                for whom in [&other, &third] {
                    let held = self.hope.rooms.get_mut(&room)?;
                    let among = if friends.contains(whom) { &mut held.members } else { &mut held.invited };
                    among.insert(whom.clone());
                }
                Some((device, Operation::Group { room, people: vec![other, third] }))
            }
            2..4 => {
                let pair = if name < other { format!("{name}+{other}") } else { format!("{other}+{name}") };
                let members = [name.clone(), other.clone()].into();
                let direct = HopedRoom { private: true, direct: true, members, ..HopedRoom::default() };
                self.hope.rooms.entry(pair).or_insert(direct);
                Some((device, Operation::Direct { whom: other }))
            }
            4..6 => {
                let (room, by) = self.private_keeper()?;
                let whom = self.hope.other_than(&mut self.random, &by)?;
                self.hope.rooms.get_mut(&room)?.invited.insert(whom.clone());
                Some((self.hope.device(&mut self.random, &by)?, Operation::Invite { room, whom }))
            }
            6 | 7 => {
                let invited = self.hope.rooms.iter().filter(|(_, room)| room.invited.contains(&name));
                let room = one(&mut self.random, invited.map(|(room, _)| room.clone()))?;
                let held = self.hope.rooms.get_mut(&room)?;
                held.invited.remove(&name);
                if self.random.random_ratio(1, 5) {
                    return Some((device, Operation::Decline { room }));
                }
                held.members.insert(name);
                Some((device, Operation::Join { room }))
            }
            8 => {
                let (room, by) = self.private_keeper()?;
                let (link, hours) = (self.number(1), [None, Some(1)][self.random.random_range(0..2)]);
                let uses = [None, Some(1), Some(2)][self.random.random_range(0..3)];
                self.hope.links.insert(link, room.clone());
                let device = self.hope.device(&mut self.random, &by)?;
                Some((device, Operation::Link { room, link, hours, uses }))
            }
            9 | 10 => {
                let links: Vec<(u64, String)> =
                    self.hope.links.iter().map(|(link, room)| (*link, room.clone())).collect();
                let (link, room) = one(&mut self.random, links)?;
                self.hope.rooms.get_mut(&room)?.members.insert(name);
                Some((device, Operation::JoinByLink { link }))
            }
            _ => {
                let room = one(&mut self.random, self.hope.rooms.keys().cloned())?;
                Some((device, Operation::Uninvite { room, whom: other }))
            }
        }
    }

    fn private_keeper(&mut self) -> Option<(String, String)> {
        let private = self.hope.rooms.iter().filter(|(_, room)| room.private && !room.direct);
        let room = one(&mut self.random, private.map(|(room, _)| room.clone()))?;
        let by = self.hope.rooms[&room].owner.clone();
        self.hope.people.contains_key(&by).then_some((room, by))
    }

    /// What moderators do, and those who would like to be.
    fn order(&mut self) -> Drawn {
        let (room, by) = self.hope.keeper(&mut self.random, false)?;
        let device = self.hope.device(&mut self.random, &by)?;
        let whom = match self.random.random_bool(0.8) {
            true => {
                one(&mut self.random, self.hope.rooms[&room].members.iter().filter(|n| **n != by).cloned())
            }
            false => self.hope.other_than(&mut self.random, &by),
        }?;
        let (minutes, mark) = (self.minutes(), self.number(1));
        let operation = match self.random.random_range(0..10) {
            0 => {
                self.goes(&room, &whom);
                Operation::Kick { room, whom, mark }
            }
            1 | 2 => {
                self.goes(&room, &whom);
                self.hope.rooms.get_mut(&room)?.banned.insert(whom.clone());
                // He tries to come back, and may, if the time is over by then.
                if let Some(his) = self.hope.device(&mut self.random, &whom) {
                    let pause = self.random.random_range(200..6_000);
                    self.later.push((pause, his, Operation::Join { room: room.clone() }));
                }
                Operation::Ban { room, whom, minutes, mark }
            }
            3 | 4 => {
                let banned = self.hope.rooms[&room].banned.iter().cloned().collect::<Vec<_>>();
                let whom = one(&mut self.random, banned).unwrap_or(whom);
                self.hope.rooms.get_mut(&room)?.banned.remove(&whom);
                Operation::Unban { room, whom }
            }
            5 | 6 => {
                self.hope.rooms.get_mut(&room)?.muted.insert(whom.clone());
                Operation::Mute { room, whom, minutes, mark }
            }
            7 => {
                let muted = self.hope.rooms[&room].muted.iter().cloned().collect::<Vec<_>>();
                let whom = one(&mut self.random, muted).unwrap_or(whom);
                self.hope.rooms.get_mut(&room)?.muted.remove(&whom);
                Operation::Unmute { room, whom }
            }
            8 if self.odds(3) => {
                let days = [0, 1, 30][self.random.random_range(0..3)];
                Operation::Keep { room, days }
            }
            8 => {
                let seconds = [0, 0, 1, 3][self.random.random_range(0..4)];
                Operation::Slow { room, seconds }
            }
            _ => Operation::Report { room, nth: self.random.random_range(0..4), mark },
        };
        Some((device, operation))
    }

    fn roles(&mut self) -> Drawn {
        let (room, by) = self.hope.keeper(&mut self.random, true)?;
        let device = self.hope.device(&mut self.random, &by)?;
        let whom =
            one(&mut self.random, self.hope.rooms[&room].members.iter().filter(|n| **n != by).cloned())?;
        let on = self.random.random_bool(0.8);
        let operation = match self.random.random_range(0..12) {
            0..5 => {
                let held = self.hope.rooms.get_mut(&room)?;
                if on {
                    held.moderators.insert(whom.clone())
                } else {
                    held.moderators.remove(&whom)
                };
                Operation::Moderator { room, whom, on }
            }
            5..8 => {
                self.hope.rooms.get_mut(&room)?.owner = whom.clone();
                Operation::Owner { room, whom }
            }
            8 => Operation::Archive { room, on: self.random.random_bool(0.5) },
            9 => {
                let mark = self.number(1);
                if room != "lobby" {
                    self.hope.rooms.remove(&room);
                }
                Operation::Close { room, mark }
            }
            _ => {
                self.goes(&room, &by);
                Operation::Leave { room }
            }
        };
        Some((device, operation))
    }

    fn friends(&mut self) -> Drawn {
        let name = self.hope.anybody(&mut self.random)?;
        let (device, whom) =
            (self.hope.device(&mut self.random, &name)?, self.hope.other_than(&mut self.random, &name)?);
        let mark = self.number(1);
        let operation = match self.random.random_range(0..10) {
            0..6 => {
                self.hope.people.get_mut(&name)?.friends.insert(whom.clone());
                Operation::Befriend { whom, mark }
            }
            6 => Operation::Unfriend { whom },
            _ => {
                let mode = ["online", "away", "busy", "invisible"][self.random.random_range(0..4)].to_owned();
                Operation::Presence { mode, friends_only: self.odds(3), mark }
            }
        };
        Some((device, operation))
    }

    fn blocks(&mut self) -> Drawn {
        let name = self.hope.anybody(&mut self.random)?;
        let device = self.hope.device(&mut self.random, &name)?;
        let blocked: Vec<String> = self.hope.people[&name].blocked.iter().cloned().collect();
        if self.odds(3)
            && let Some(whom) = one(&mut self.random, blocked)
        {
            self.hope.people.get_mut(&name)?.blocked.remove(&whom);
            return Some((device, Operation::Unblock { whom }));
        }
        let whom = self.hope.other_than(&mut self.random, &name)?;
        self.hope.people.get_mut(&name)?.blocked.insert(whom.clone());
        Some((device, Operation::Block { whom }))
    }

    fn accounts(&mut self) -> Drawn {
        let name = self.hope.anybody(&mut self.random)?;
        let device = self.hope.device(&mut self.random, &name)?;
        let Hoped { account, devices, .. } = self.hope.people.get_mut(&name)?;
        let mark = self.last + 1;
        self.last += 1;
        let operation = match self.random.random_range(0..12) {
            0..4 if !*account => {
                *account = true;
                *devices = vec![device.clone()];
                match one(&mut self.random, self.hope.invitations.iter().copied()) {
                    Some(code) => Operation::UpgradeInvited { mark, code },
                    None => Operation::Upgrade { mark },
                }
            }
            0..4 => {
                let others = devices.drain(..).filter(|other| *other != device).collect::<Vec<_>>();
                *devices = vec![device.clone()];
                for other in others {
                    let pause = self.random.random_range(200..4_000);
                    self.later.push((pause, other.clone(), Operation::ComeIn { way: Way::Again }));
                    devices.push(other);
                }
                Operation::ChangePassword { mark }
            }
            4..8 => Operation::ComeIn { way: Way::SignIn },
            8 => Operation::ComeIn { way: Way::OldPassword },
            9 => {
                let invitation = one(&mut self.random, self.hope.invitations.iter().copied());
                Operation::ComeIn { way: invitation.map_or(Way::Register, Way::Invited) }
            }
            10 if self.random.random_bool(0.5) => Operation::DeleteAccount,
            _ => Operation::Dial,
        };
        Some((device, operation))
    }

    /// Further devices come, and devices are shut out.
    fn devices(&mut self) -> Drawn {
        let name = self.hope.anybody(&mut self.random)?;
        let device = self.hope.device(&mut self.random, &name)?;
        let hoped = self.hope.people.get_mut(&name)?;
        if let Some(next) = hoped.to_come.pop() {
            hoped.devices.push(next.clone());
            let way = if hoped.account { Way::SignIn } else { Way::Token };
            return Some((next, Operation::ComeIn { way }));
        }
        let label = |key: &String| key.rsplit('/').next().unwrap_or_default().to_owned();
        let other = one(&mut self.random, hoped.devices.iter().map(label));
        let operation = match self.random.random_range(0..6) {
            0 => {
                self.come_in_again(&name, None);
                Operation::Revoke { device: None }
            }
            1 | 2 => {
                self.come_in_again(&name, other.as_deref());
                Operation::Revoke { device: other }
            }
            3 => Operation::ComeIn { way: Way::Token },
            _ => Operation::ComeIn { way: Way::SignIn },
        };
        Some((device, operation))
    }

    /// Whoever is shut out, on this device or on all, signs in again later.
    fn come_in_again(&mut self, name: &str, label: Option<&str>) {
        let his = self.hope.people[name].devices.iter();
        let out = his.filter(|key| label.is_none_or(|label| key.rsplit('/').next() == Some(label)));
        for key in out.cloned().collect::<Vec<String>>() {
            let pause = self.random.random_range(200..4_000);
            self.later.push((pause, key, Operation::ComeIn { way: Way::Again }));
        }
    }

    /// People read what they may, and what they may not.
    fn reads(&mut self) -> Drawn {
        let (_, device, room) = self.somewhere()?;
        let any = one(&mut self.random, self.hope.rooms.keys().cloned())?;
        let room = if self.odds(2) { room } else { any };
        let operation = match self.random.random_range(0..12) {
            0..3 => Operation::Page { room, upwards: self.random.random_bool(0.5) },
            3..6 => {
                let words = if self.odds(2) { "line".to_owned() } else { String::new() };
                let whom = one(&mut self.random, self.hope.people.keys().cloned());
                let (room, whom) =
                    (Some(room).filter(|_| self.odds(2)), whom.filter(|_| words.is_empty() || self.odds(3)));
                Operation::Search { room, whom, words }
            }
            6..9 => {
                use Sight::{Audit, Held, Links, Reports, Sanctions, Versions, Who};
                let at = [Who, Audit, Audit, Versions, Sanctions, Links, Reports, Held];
                Operation::Look { room, at: at[self.random.random_range(0..at.len())] }
            }
            _ => {
                use Listed::{
                    AllRooms, Devices, Export, Friends, Me, OwnLog, Rooms, ServerBans, ServerInvitations,
                };
                let what = [
                    Rooms,
                    AllRooms,
                    Export,
                    Export,
                    Devices,
                    Me,
                    Friends,
                    ServerBans,
                    ServerInvitations,
                    OwnLog,
                ];
                Operation::List { what: what[self.random.random_range(0..what.len())] }
            }
        };
        Some((device, operation))
    }
}
