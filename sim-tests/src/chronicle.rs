//! What happened before what: a count over all that clients say and hear, and over what gets to the server's disk.

use sala_core::entry::Position;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A place in the order of everything that is noted of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

/// The order of everything that is noted of a run. Clones are the same chronicle.
///
/// A request is decided after it was sent, so on a state that holds at least what was on disk by then; and nothing is
/// told that is not on disk. So an answer must have been right at some position between the two that are known here.
#[derive(Clone, Debug, Default)]
pub struct Chronicle(Rc<Pages>);

#[derive(Debug, Default)]
struct Pages {
    last: Cell<u64>,
    commits: RefCell<Vec<(Moment, Position)>>,
    damage: RefCell<Vec<(Moment, Moment)>>,
}

impl Chronicle {
    /// The moment that is now; no other is the same.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.last.set(self.0.last.get() + 1);
        Moment(self.0.last.get())
    }

    /// Everything up to this position is on disk, by what the store has reported or a start has read.
    pub fn stored(&self, position: Position) {
        let moment = self.now();
        self.0.commits.borrow_mut().push((moment, position));
    }

    /// The disk is damaged from now on, until it is put back.
    pub fn damaged(&self) {
        self.0.damage.borrow_mut().push((self.now(), Moment(u64::MAX)));
    }

    /// The disk is as it was before it was damaged.
    pub fn put_back(&self) {
        let now = self.now();
        self.0.damage.borrow_mut().iter_mut().for_each(|(_, to)| *to = now.min(*to));
    }

    /// Whether the disk was damaged at some moment between these two.
    #[must_use]
    pub fn was_damaged(&self, from: Moment, to: Moment) -> bool {
        self.0.damage.borrow().iter().any(|(since, until)| *since <= to && from <= *until)
    }

    /// What was known to be on disk at a moment.
    #[must_use]
    pub fn on_disk(&self, moment: Moment) -> Position {
        let commits = self.0.commits.borrow();
        let before = commits.partition_point(|(at, _)| *at <= moment);
        before.checked_sub(1).map_or(Position(0), |index| commits[index].1)
    }

    /// The first time that what was on disk was later not there any more: what it had been, and what it was then.
    #[must_use]
    pub fn loss(&self) -> Option<(Position, Position)> {
        let commits = self.0.commits.borrow();
        let falls = |pair: &&[(Moment, Position)]| pair[1].1 < pair[0].1;
        commits.windows(2).find(falls).map(|pair| (pair[0].1, pair[1].1))
    }
}
