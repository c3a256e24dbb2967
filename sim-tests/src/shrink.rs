//! Makes a plan that fails smaller, as long as the same oracle complains.

use crate::plan::{Fault, Operation, Plan, Step, Way, What};
use crate::trial::{Failure, Trial};
use std::io;

/// A plan in the making, and how often it was tried.
struct Shrinking<'a> {
    trial: &'a Trial,
    oracle: String,
    plan: Plan,
    tries: u64,
}

/// What is left out shifts all chance of a run: messages overtake each other elsewhere, and the disk tears other sectors.
/// So where nothing more can be left out, single steps are tried again under as many other draws.
const SEEDS: u64 = 4;
/// Of so many steps, each two are left out together: what breaks and what mends it, or a request and its answer.
const PAIRED_MAX: usize = 30;

/// The smallest plan that was found which fails by the same oracle as this one, and how many were tried.
///
/// # Errors
/// When plans cannot be tried.
pub fn shrink(trial: &Trial, plan: &Plan, failure: &Failure) -> io::Result<(Plan, u64)> {
    let (oracle, plan) = (failure.oracle.clone(), plan.clone());
    let mut shrinking = Shrinking { trial, oracle, plan, tries: 0 };
    loop {
        let before = shrinking.plan.clone();
        shrinking.steps(0)?;
        shrinking.rooms()?;
        shrinking.plain()?;
        shrinking.cast()?;
        shrinking.ground()?;
        shrinking.times()?;
        shrinking.counts()?;
        if shrinking.plan == before {
            shrinking.pairs()?;
        }
        if shrinking.plan == before {
            shrinking.steps(SEEDS)?;
        }
        if shrinking.plan == before {
            break;
        }
    }
    Ok((shrinking.plan, shrinking.tries))
}

impl Shrinking<'_> {
    /// Takes a smaller plan, if it fails alike, which is by the same oracle.
    fn takes(&mut self, smaller: Plan) -> io::Result<bool> {
        self.takes_under(smaller, 0)
    }

    /// Takes a smaller plan, if it fails alike under its own draw of chance, or under one of so many others.
    fn takes_under(&mut self, mut smaller: Plan, seeds: u64) -> io::Result<bool> {
        if smaller == self.plan {
            return Ok(false);
        }
        for seed in std::iter::once(smaller.seed).chain(1..=seeds) {
            smaller.seed = seed;
            self.tries += 1;
            if self.trial.plan(&smaller)?.is_some_and(|failure| failure.oracle == self.oracle) {
                self.plan = smaller;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Leaves out steps: halves, then quarters, and so on down to single ones; or single ones under several draws.
    fn steps(&mut self, seeds: u64) -> io::Result<()> {
        let mut size = if seeds > 0 { 1 } else { self.plan.steps.len().div_ceil(2).max(1) };
        loop {
            let mut from = 0;
            while from < self.plan.steps.len() {
                let mut smaller = self.plan.clone();
                let to = (from + size).min(smaller.steps.len());
                smaller.steps.drain(from..to);
                if !self.takes_under(smaller, seeds)? {
                    from += size;
                }
            }
            if size == 1 {
                return Ok(());
            }
            size = size.div_ceil(2);
        }
    }

    /// Leaves out each two steps, once there are few.
    fn pairs(&mut self) -> io::Result<()> {
        let (mut first, mut second) = (0, 1);
        while first + 1 < self.plan.steps.len() && self.plan.steps.len() <= PAIRED_MAX {
            let mut smaller = self.plan.clone();
            smaller.steps.remove(second);
            smaller.steps.remove(first);
            let taken = self.takes(smaller)?;
            second += usize::from(!taken);
            if taken || second >= self.plan.steps.len() {
                first += usize::from(!taken);
                second = first + 1;
            }
        }
        Ok(())
    }

    /// Leaves out devices, with all that is done at them.
    fn cast(&mut self) -> io::Result<()> {
        for seat in self.plan.cast.clone() {
            let mut smaller = self.plan.clone();
            smaller.cast.retain(|held| *held != seat);
            let key = seat.key();
            smaller.steps.retain(|step| !matches!(&step.what, What::Do(who, _) if *who == key));
            self.takes(smaller)?;
        }
        Ok(())
    }

    /// Lets happen in the lobby what happens elsewhere: nobody has to make it, nor to join it.
    fn rooms(&mut self) -> io::Result<()> {
        let mut rooms: Vec<String> = self.plan.steps.iter().filter_map(made).map(str::to_owned).collect();
        rooms.dedup();
        for room in rooms {
            let mut smaller = self.plan.clone();
            let comes =
                |step: &Step| matches!(&step.what, What::Do(_, Operation::Join { room: to }) if *to == room);
            smaller.steps.retain(|step| made(step) != Some(&room) && !comes(step));
            for step in &mut smaller.steps {
                // As a plan is written, so that no operation that names a room is forgotten here.
                let text = serde_json::to_string(&step.what)?;
                let moved = text.replace(&format!("\"room\":\"{room}\""), "\"room\":\"lobby\"");
                step.what = serde_json::from_str(&moved)?;
            }
            self.takes(smaller)?;
        }
        Ok(())
    }

    /// Says one line where many were said, and names nobody; comes in as a guest.
    fn plain(&mut self) -> io::Result<()> {
        for index in 0..self.plan.steps.len() {
            let mut smaller = self.plan.clone();
            match &mut smaller.steps[index].what {
                What::Do(_, Operation::Say { lines, names, .. }) => {
                    *lines = 1;
                    names.clear();
                }
                What::Do(_, Operation::ComeIn { way }) => *way = Way::Token,
                _ => continue,
            }
            self.takes(smaller)?;
        }
        Ok(())
    }

    /// Lets a disk fail earlier, and so hang on fewer of the steps before.
    fn counts(&mut self) -> io::Result<()> {
        for index in 0..self.plan.steps.len() {
            let held = counted(&mut self.plan.clone().steps[index]).map_or(1, |nth| *nth);
            for earlier in 1..held {
                let mut smaller = self.plan.clone();
                counted(&mut smaller.steps[index]).into_iter().for_each(|nth| *nth = earlier);
                if self.takes(smaller)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// A quick network, whole streams, a quick disk.
    fn ground(&mut self) -> io::Result<()> {
        let changes: [fn(&mut Plan); 6] = [
            |plan| plan.ground.latency_ms = 5,
            |plan| plan.ground.cuts = false,
            |plan| plan.ground.write_ms = 0,
            |plan| plan.ground.posts = None,
            |plan| plan.ground.wal_pages = None,
            |plan| plan.ground.threads = None,
        ];
        for change in changes {
            let mut smaller = self.plan.clone();
            change(&mut smaller);
            self.takes(smaller)?;
        }
        Ok(())
    }

    /// Takes out time in which nothing happens.
    fn times(&mut self) -> io::Result<()> {
        for index in 0..self.plan.steps.len() {
            let before = index.checked_sub(1).map_or(0, |before| self.plan.steps[before].at);
            let pause = self.plan.steps[index].at.saturating_sub(before);
            let wanted = [0, 100, 1_000].into_iter().find(|wanted| *wanted < pause);
            let Some(wanted) = wanted else { continue };
            let mut smaller = self.plan.clone();
            smaller.steps[index..].iter_mut().for_each(|step| step.at -= pause - wanted);
            self.takes(smaller)?;
        }
        Ok(())
    }
}

/// The room that somebody makes in a step.
fn made(step: &Step) -> Option<&str> {
    match &step.what {
        What::Do(_, Operation::Create { room, .. }) => Some(room),
        _ => None,
    }
}

/// The number in a fault which counts what the disk does until then.
fn counted(step: &mut Step) -> Option<&mut u64> {
    match &mut step.what {
        What::Fault(
            Fault::SyncFails(nth)
            | Fault::WriteFails(nth)
            | Fault::ReadFails(nth)
            | Fault::PowerCutAt { nth, .. },
        ) => Some(nth),
        _ => None,
    }
}
