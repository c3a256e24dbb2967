//! Which rooms lose what is too old, and when: of each one day in an hour.

use super::state::State;
use crate::entry::LogId;
use crate::limits::{FADE_MS, FADE_STEP_MS};
use crate::time::{Now, Tick};
use std::collections::VecDeque;

/// What is to go next. No more than one day of a room goes between two looks, whatever the clock on the wall says: that one
/// may be wrong.
#[derive(Debug, Default)]
pub(super) struct Fading {
    /// When it is looked for; never, where everything is kept for ever.
    at: Option<Tick>,
    /// The days whose turn it is this time, each of another room.
    due: VecDeque<(LogId, u64)>,
}

impl Fading {
    /// When there is something to do.
    pub(super) fn due(&self) -> Option<Tick> {
        self.at
    }

    /// Some room, or the server, does not keep everything for ever, or the server starts. The first look is an hour off: a
    /// server that is started again and again must not lose a day each time.
    pub(super) fn begin(&mut self, now: Tick) {
        self.at.get_or_insert(now.after(FADE_MS));
    }

    /// Nothing can be written now.
    pub(super) fn put_off(&mut self, now: Tick) {
        self.at = self.at.map(|at| at.max(now.after(FADE_STEP_MS)));
    }

    /// The room, and the day of it, that is to go now.
    pub(super) fn next(&mut self, state: &State, now: Now) -> Option<(LogId, u64)> {
        let server = state.directory().keep();
        if self.due.is_empty() {
            let due = state.rooms().filter_map(|(log, room)| Some((log, room.fading_day(server, now.wall)?)));
            self.due = due.collect();
        }
        // A day on which much was said goes in several steps.
        let is_due = |(log, day): &(LogId, u64)| {
            state.room(*log).and_then(|room| room.fading_day(server, now.wall)) == Some(*day)
        };
        while self.due.front().is_some_and(|due| !is_due(due)) {
            self.due.pop_front();
        }
        let again = if self.due.is_empty() { FADE_MS } else { FADE_STEP_MS };
        let rules = server.days > 0 || state.rooms().any(|(_, room)| room.keep.days > 0);
        self.at = rules.then(|| now.tick.after(again));
        self.due.front().copied()
    }
}
