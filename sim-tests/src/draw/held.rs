//! What waits for moderators in a plan, and what becomes of it.

use super::hope::one;
use super::people::{Drawn, People};
use crate::plan::Operation;
use rand::RngExt as _;

/// By which words posts wait: of what is said to wait, of answers, of other words, and of topics. None is in the last words of a day.
const WORDS: [&str; 4] = ["casino", "answer", "other", "topic"];

impl People {
    pub(super) fn held(&mut self) -> Drawn {
        let holding = self.hope.rooms.iter().filter(|(_, room)| room.holds).map(|(room, _)| room.clone());
        let Some(room) = one(&mut self.random, holding).filter(|_| !self.odds(8)) else {
            return self.hold();
        };
        let nth = [0, 0, 1][self.random.random_range(0..3)];
        let held = &self.hope.rooms[&room];
        let member = one(&mut self.random, held.members.iter().cloned())?;
        let keepers = held.moderators.iter().chain([&held.owner]).cloned();
        let keeper = one(&mut self.random, keepers.filter(|name| self.hope.people.contains_key(name)));
        let keeper = keeper.unwrap_or_else(|| member.clone());
        let (by, operation) = match self.random.random_range(0..12) {
            10 => (member, Operation::Edit { room, nth, own: true, mark: self.number(1) }),
            11 => (member, Operation::Topic { room, mark: self.number(1) }),
            0..5 => {
                let link = self.odds(3);
                (member, Operation::Advertise { room, link, mark: self.number(1) })
            }
            5..8 => (keeper, Operation::Let { room, nth }),
            8 => (keeper, Operation::Reject { room, nth, mark: self.number(1) }),
            _ => (member, Operation::Reject { room, nth, mark: self.number(1) }),
        };
        Some((self.hope.device(&mut self.random, &by)?, operation))
    }

    fn hold(&mut self) -> Drawn {
        let (room, by) = self.hope.keeper(&mut self.random, false)?;
        let device = self.hope.device(&mut self.random, &by)?;
        let words = WORDS.iter().filter(|_| self.random.random_bool(0.5)).map(|word| (*word).to_owned());
        let words: Vec<String> = words.collect();
        let links = self.odds(2);
        self.hope.rooms.get_mut(&room)?.holds = links || !words.is_empty();
        Some((device, Operation::Hold { room, words, links }))
    }
}
