//! What whoever administers a server does in a plan.

use super::hope::one;
use super::people::{Drawn, People};
use crate::plan::{Operation, Way};
use rand::RngExt as _;

impl People {
    pub(super) fn server(&mut self) -> Drawn {
        let admins = self.hope.people.iter().filter(|(_, hoped)| hoped.admin && !hoped.devices.is_empty());
        let Some(admin) = one(&mut self.random, admins.map(|(name, _)| name.clone())) else {
            let accounts = self.hope.people.iter().filter(|(_, hoped)| hoped.account);
            let name = one(&mut self.random, accounts.map(|(name, _)| name.clone()))?;
            self.hope.people.get_mut(&name)?.admin = true;
            return Some((self.hope.device(&mut self.random, &name)?, Operation::Claim));
        };
        let by = if self.odds(8) { self.hope.anybody(&mut self.random)? } else { admin };
        let device = self.hope.device(&mut self.random, &by)?;
        let whom = self.hope.other_than(&mut self.random, &by)?;
        let (minutes, mark) = (self.minutes().or(Some(1)), self.number(1));
        let operation = match self.random.random_range(0..16) {
            0 | 1 => Operation::ServerBan { whom, minutes, mark },
            2..5 => Operation::ServerUnban { whom },
            5 => Operation::Settings { registration: self.odds(2), guests: self.odds(2) },
            6 | 7 => Operation::Settings { registration: true, guests: true },
            12 | 13 => {
                self.invites(&device);
                Operation::ByInvitation { of_members: self.odds(2) }
            }
            14 => {
                self.hope.invitations.push(mark);
                Operation::ServerInvite { code: mark }
            }
            15 => Operation::ServerUninvite { invitation: self.random.random_range(1..6) },
            8 => Operation::Admin { whom, on: self.random.random_bool(0.6) },
            9 => {
                self.hope.codes.insert(mark, whom.clone());
                Operation::Reset { whom, code: mark }
            }
            10 => {
                let codes: Vec<(u64, String)> =
                    self.hope.codes.iter().map(|(code, whom)| (*code, whom.clone())).collect();
                let (code, whom) = one(&mut self.random, codes)?;
                let device = self.hope.device(&mut self.random, &whom)?;
                return Some((device, Operation::ComeIn { way: Way::Recover(code) }));
            }
            _ => {
                let room = one(&mut self.random, self.hope.rooms.keys().cloned())?;
                Operation::Close { room, mark }
            }
        };
        Some((device, operation))
    }

    /// Somebody is invited a moment later, and guests show the same code.
    fn invites(&mut self, device: &str) {
        let code = self.number(1);
        self.hope.invitations.push(code);
        self.later.push((200, device.to_owned(), Operation::ServerInvite { code }));
        for pause in [600, 1_500, 3_000, 6_000] {
            let guests = self.hope.people.iter().filter(|(_, hoped)| !hoped.account);
            let devices = guests.flat_map(|(_, hoped)| hoped.devices.iter().cloned());
            let Some(guest) = one(&mut self.random, devices.collect::<Vec<_>>()) else { return };
            let (pause, mark) = (pause + self.random.random_range(0..500), self.number(1));
            self.later.push((pause, guest, Operation::UpgradeInvited { mark, code }));
        }
    }
}
