//! Keeps outputs back until everything that they speak of is on disk.

use super::command::{Command, Origin};
use super::door::Output;
use crate::entry::{Position, PostNumber};
use crate::limits::STORAGE_RETRY_MS;
use crate::refusal::{Code, Refusal};
use std::collections::VecDeque;

/// Outputs and the requests behind them, in order, each with the position that must be on disk first.
#[derive(Debug, Default)]
pub(super) struct Held {
    ready: VecDeque<Output>,
    held: VecDeque<(Position, Output)>,
    waiting: VecDeque<(Position, Waiting)>,
}

/// A request whose answer is kept back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) origin: Origin,
    pub(super) n: Option<PostNumber>,
    pub(super) entering: bool,
}

impl Waiting {
    pub(super) fn of(command: &Command) -> Self {
        let entering = command.arrived().is_some();
        Waiting { origin: command.origin, n: command.post_number(), entering }
    }
}

impl Held {
    /// Lets `output` out at once: it speaks of nothing in a log.
    pub(super) fn now(&mut self, output: Output) {
        self.ready.push_back(output);
    }

    /// Lets `output` out when everything up to `position` is on disk, which it is up to `stored`.
    pub(super) fn after(&mut self, position: Position, stored: Position, output: Output) {
        if position <= stored && self.held.is_empty() {
            self.ready.push_back(output);
        } else {
            self.held.push_back((position, output));
        }
    }

    /// Remembers a request until everything up to `position` is on disk.
    pub(super) fn wait(&mut self, position: Position, waiting: Waiting) {
        self.waiting.push_back((position, waiting));
    }

    /// Lets out what everything up to `stored` was awaited for; gives the requests that are answered by it.
    pub(super) fn release(&mut self, stored: Position) -> Vec<Waiting> {
        while self.held.front().is_some_and(|(position, _)| *position <= stored) {
            self.ready.extend(self.held.pop_front().map(|(_, output)| output));
        }
        let done = self.waiting.iter().take_while(|(position, _)| *position <= stored).count();
        self.waiting.drain(..done).map(|(_, waiting)| waiting).collect()
    }

    /// Drops what was kept back, since what it speaks of did not get to disk; gives the requests that are left without
    /// an answer. Whoever was to be hung up still is, and whoever paused goes on.
    pub(super) fn fail(&mut self) -> Vec<Waiting> {
        for (_, output) in std::mem::take(&mut self.held) {
            if matches!(output, Output::HangUp(..) | Output::Heard(..)) {
                self.ready.push_back(output);
            }
        }
        std::mem::take(&mut self.waiting).into_iter().map(|(_, waiting)| waiting).collect()
    }

    pub(super) fn pop(&mut self) -> Option<Output> {
        self.ready.pop_front()
    }
}

/// What whoever waits is told while a full disk takes nothing.
pub(super) fn storage_full_refusal() -> Refusal {
    let text = "the server's disk is full; nothing can be stored until there is room, and reading goes on";
    Refusal::later(Code::StorageFull, STORAGE_RETRY_MS, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Update;
    use crate::server::SessionId;

    #[test]
    fn whoever_paused_goes_on_behind_what_he_is_answered_and_also_if_that_is_lost() {
        let (session, mut held) = (SessionId(1), Held::default());
        for _ in 0..2 {
            held.after(Position(2), Position(1), Output::Tell(session, Update::Pong));
            held.after(Position(2), Position(1), Output::Heard(session));
            assert!(held.pop().is_none(), "both wait for the disk");
            held.release(Position(2));
            assert!(matches!((held.pop(), held.pop()), (Some(Output::Tell(..)), Some(Output::Heard(_)))));
        }
        held.after(Position(3), Position(2), Output::Tell(session, Update::Pong));
        held.after(Position(3), Position(2), Output::Heard(session));
        held.fail();
        assert!(matches!((held.pop(), held.pop()), (Some(Output::Heard(_)), None)));
    }
}
