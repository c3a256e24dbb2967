//! A value as it was over the order of all entries.

use sala_core::entry::Position;

/// What something was from which entry on.
#[derive(Clone, Debug)]
pub struct Course<T> {
    first: T,
    changes: Vec<(Position, T)>,
}

impl<T: Default> Default for Course<T> {
    fn default() -> Self {
        Course { first: T::default(), changes: Vec::new() }
    }
}

impl<T: PartialEq> Course<T> {
    /// A value that is this until it changes.
    pub fn of(first: T) -> Self {
        Course { first, changes: Vec::new() }
    }

    /// A value that is this from an entry on, and none before.
    pub fn of_change(at: Position, value: T) -> Self
    where
        T: Default,
    {
        let mut course = Course::default();
        course.set(at, value);
        course
    }

    /// From this entry on it is this.
    pub fn set(&mut self, at: Position, value: T) {
        if *self.last() == value {
            return;
        }
        match self.changes.last_mut().filter(|(last, _)| *last == at) {
            Some((_, last)) => *last = value,
            None => self.changes.push((at, value)),
        }
    }

    /// What it is after all entries.
    #[must_use]
    pub fn last(&self) -> &T {
        self.changes.last().map_or(&self.first, |(_, value)| value)
    }

    /// What it was after this entry.
    #[must_use]
    pub fn at(&self, position: Position) -> &T {
        let after = self.changes.partition_point(|(at, _)| *at <= position);
        after.checked_sub(1).map_or(&self.first, |index| &self.changes[index].1)
    }

    /// Whether it was ever so between these two, both included.
    pub fn ever(&self, from: Position, to: Position, holds: impl Fn(&T) -> bool) -> bool {
        self.latest(from, to, holds).is_some()
    }

    /// The last position between these two, both included, at which it was so.
    pub fn latest(&self, from: Position, to: Position, holds: impl Fn(&T) -> bool) -> Option<Position> {
        if to < from {
            return None;
        }
        let mut end = to;
        let after = self.changes.partition_point(|(at, _)| *at <= to);
        for (at, value) in self.changes[..after].iter().rev() {
            if holds(value) {
                return Some(end);
            }
            if *at <= from {
                return None;
            }
            end = Position(at.0 - 1);
        }
        (end >= from && holds(&self.first)).then_some(end)
    }

    /// The first position after this one from which on it was so.
    pub fn next(&self, after: Position, holds: impl Fn(&T) -> bool) -> Option<Position> {
        self.changes.iter().find(|(at, value)| *at > after && holds(value)).map(|(at, _)| *at)
    }
}
