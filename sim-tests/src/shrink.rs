//! Makes a plan that fails smaller, as long as the same oracle complains.

use crate::plan::{Operation, Plan, Step, What};
use crate::trial::{Failure, Trial};
use std::io;

/// A plan in the making, and how often it was tried.
struct Shrinking<'a> {
    trial: &'a Trial,
    oracle: String,
    plan: Plan,
    tries: u64,
}

/// The smallest plan that was found which fails by the same oracle as this one, and how many were tried.
///
/// # Errors
/// When plans cannot be tried.
pub fn shrink(trial: &Trial, plan: &Plan, failure: &Failure) -> io::Result<(Plan, u64)> {
    let mut shrinking = Shrinking { trial, oracle: failure.oracle.clone(), plan: plan.clone(), tries: 0 };
    loop {
        let before = shrinking.plan.clone();
        shrinking.steps()?;
        shrinking.cast()?;
        shrinking.lines()?;
        shrinking.ground()?;
        shrinking.times()?;
        if shrinking.plan == before {
            return Ok((shrinking.plan, shrinking.tries));
        }
    }
}

impl Shrinking<'_> {
    /// Takes a smaller plan, if it fails alike.
    fn takes(&mut self, smaller: Plan) -> io::Result<bool> {
        if smaller == self.plan {
            return Ok(false);
        }
        self.tries += 1;
        let alike = self.trial.plan(&smaller)?.is_some_and(|failure| failure.oracle == self.oracle);
        if alike {
            self.plan = smaller;
        }
        Ok(alike)
    }

    /// Leaves out steps: halves, then quarters, and so on down to single ones.
    fn steps(&mut self) -> io::Result<()> {
        let mut size = self.plan.steps.len().div_ceil(2).max(1);
        loop {
            let mut from = 0;
            while from < self.plan.steps.len() {
                let mut smaller = self.plan.clone();
                let to = (from + size).min(smaller.steps.len());
                smaller.steps.drain(from..to);
                if !self.takes(smaller)? {
                    from += size;
                }
            }
            if size == 1 {
                return Ok(());
            }
            size = size.div_ceil(2);
        }
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

    /// Says one line where many were said, and names nobody.
    fn lines(&mut self) -> io::Result<()> {
        for index in 0..self.plan.steps.len() {
            let mut smaller = self.plan.clone();
            if let Step { what: What::Do(_, Operation::Say { lines, names, .. }), .. } =
                &mut smaller.steps[index]
            {
                *lines = 1;
                names.clear();
                self.takes(smaller)?;
            }
        }
        Ok(())
    }

    /// A quick network, whole streams, a quick disk.
    fn ground(&mut self) -> io::Result<()> {
        let changes: [fn(&mut Plan); 4] = [
            |plan| plan.ground.latency_ms = 5,
            |plan| plan.ground.cuts = false,
            |plan| plan.ground.write_ms = 0,
            |plan| plan.ground.posts = None,
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
