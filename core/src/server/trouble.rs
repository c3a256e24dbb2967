//! What goes wrong or runs out of time: a full or failing disk, silent connections, haste, and the end.

use super::command::{Ask, Command, Origin, SessionId};
use super::door::{Goodbye, Output};
use super::held::{Waiting, storage_full_refusal};
use super::machine::Server;
use super::session::Overdue;
use super::state::State;
use crate::entry::Position;
use crate::limits::{
    CHECKPOINT_ENTRIES, CHECKPOINT_RETRY_MS, OVERDUE_PER_TURN_MAX, STOPPING_RETRY_MS, STORAGE_RETRY_MS,
};
use crate::mutant::planted;
use crate::protocol::{Refused, Update};
use crate::refusal::{Code, Refusal};
use crate::time::{Now, Tick};

impl Server {
    /// Lets an output out once everything that the state holds now is on disk. To whom goodbye was said, nothing more is.
    pub(super) fn emit(&mut self, output: Output) {
        // What the state held when the commit failed will never be on disk: only farewells are said now.
        let early = planted("presence_before_disk") && matches!(output, Output::Announce(..));
        if self.reloading || early {
            return self.held.now(output);
        }
        if let Output::Tell(id, _) | Output::Read(id, ..) = &output
            && self.sessions.get(*id).is_none()
        {
            return;
        }
        self.held.after(self.state.position(), self.stored, output);
    }

    /// Why nothing can be written now, if so.
    pub(super) fn trouble(&self, now: Tick) -> Option<Refusal> {
        if self.stopping {
            return Some(Refusal::later(
                Code::Stopping,
                STOPPING_RETRY_MS,
                "the server is stopping; come back",
            ));
        }
        let full = self.reloading || self.storage_full_until.is_some_and(|until| now < until);
        full.then(storage_full_refusal)
    }

    pub(super) fn refuse_now(&mut self, id: SessionId, refused: Refused) {
        if self.sessions.get(id).is_some() {
            self.held.now(Output::Tell(id, refused.into()));
        }
    }

    /// Closes a connection once what it was told before is on its way. Whatever it still sends is not heard.
    pub(super) fn hang_up(&mut self, id: SessionId, why: Goodbye, now: Now) {
        self.emit(Output::Tell(id, why.update()));
        self.emit(Output::HangUp(id));
        self.gone(id, now);
    }

    /// Closes a connection without waiting for the disk.
    pub(super) fn hang_up_now(&mut self, id: SessionId, why: Goodbye, now: Now) {
        self.held.now(Output::Tell(id, why.update()));
        self.held.now(Output::HangUp(id));
        self.gone(id, now);
    }

    /// A request has its answer, or will have it from the log.
    pub(super) fn answered(&mut self, waiting: Waiting) {
        if let Some(session) = waiting.origin.session.and_then(|id| self.sessions.get_mut(id)) {
            session.pending = session.pending.saturating_sub(1);
        }
    }

    pub(super) fn on_stored(&mut self, position: Position, now: Now) {
        assert!(position >= self.stored, "the disk does not go back");
        self.stored = position;
        if position == self.state.position() {
            self.storage_full_until = None;
        }
        for waiting in self.held.release(position) {
            self.answered(waiting);
        }
        if position.0 >= self.checkpointed.0 + CHECKPOINT_ENTRIES && position == self.state.position() {
            self.checkpoint();
        }
        self.tell_presence(now);
        self.replace_checkpoint(now);
    }

    /// Keeps the state anew if the one that is kept holds what was erased, and its time has come.
    fn replace_checkpoint(&mut self, now: Now) {
        let due = self.checkpoint_due.is_some_and(|due| due <= now.tick);
        if due && !self.reloading && self.stored == self.state.position() {
            self.checkpoint_due = None;
            self.checkpoint_replaced = Some(now.tick);
            if !planted("checkpoint_never_replaced") {
                self.checkpoint();
            }
        }
    }

    fn checkpoint(&mut self) {
        self.checkpointed = self.stored;
        let behind = u64::from(planted("checkpoint_one_behind"));
        self.held.now(Output::Checkpoint(Position(self.stored.0 - behind), self.state.encode()));
    }

    /// The checkpoint that stands may hold what was erased: it is to be replaced once there is room.
    pub(super) fn on_checkpoint_not_kept(&mut self, now: Now) {
        self.checkpoint_due.get_or_insert(now.tick.after(CHECKPOINT_RETRY_MS));
    }

    pub(super) fn on_storage_full(&mut self, now: Now) {
        self.storage_full_until = Some(now.tick.after(STORAGE_RETRY_MS));
        self.losses += 1;
        self.reloading = true;
        for waiting in self.held.fail() {
            self.fail(waiting, storage_full_refusal(), now);
        }
    }

    pub(super) fn on_storage_failed(&mut self, now: Now) {
        self.stopping = true;
        self.reloading = true;
        for waiting in self.held.fail() {
            let text = "the server's disk failed; whether this was stored shows when the server is back";
            self.fail(waiting, Refusal::unknown(Code::StorageFailed, STORAGE_RETRY_MS, text), now);
        }
        for id in self.sessions.ids() {
            self.hang_up_now(id, Goodbye::StorageFailed, now);
        }
    }

    /// Takes a command from the order while the state is being read from disk again: it is not decided, since those
    /// before it were lost.
    pub(super) fn not_decided(&mut self, command: &Command, now: Now) {
        self.fail(Waiting::of(command), storage_full_refusal(), now);
    }

    /// Tells a request that nothing came of it. A session that was entering is closed, since what it and the session
    /// that it replaced were told is not known any more.
    pub(super) fn fail(&mut self, waiting: Waiting, refusal: Refusal, now: Now) {
        self.answered(waiting);
        let Some(id) = waiting.origin.session else {
            if let Some(number) = waiting.origin.id {
                self.held.now(Output::Operated(number, Err(refusal)));
            }
            return;
        };
        if let (Some(session), Some(n)) = (self.sessions.get_mut(id), waiting.n)
            && refusal.retry_ms.is_some()
        {
            session.gate.refused(n);
        }
        let code = refusal.code;
        self.refuse_now(id, Refused { id: waiting.origin.id, n: waiting.n, refusal });
        if waiting.entering && code == Code::StorageFull {
            self.hang_up_now(id, Goodbye::StorageFull, now);
        }
    }

    pub(super) fn on_reloaded(&mut self, state: State) {
        self.stored = state.position();
        self.state = state;
        self.reloading = false;
    }

    pub(super) fn on_stopping(&mut self, now: Now) {
        self.stopping = true;
        for id in self.sessions.ids() {
            self.hang_up(id, Goodbye::Stopping, now);
        }
        if self.stored > self.checkpointed && self.stored == self.state.position() {
            self.checkpoint();
        }
    }

    pub(super) fn on_tick(&mut self, now: Now) {
        // Where there are more, their time stays what it was, and the driver comes again once the others have had their turn.
        for _ in 0..OVERDUE_PER_TURN_MAX {
            let Some((id, overdue)) = self.sessions.overdue(now.tick) else { break };
            match overdue {
                Overdue::Ask => self.held.now(Output::Tell(id, Update::Ping)),
                Overdue::Silent => self.hang_up_now(id, Goodbye::Silent, now),
                Overdue::NeverEntered => self.hang_up_now(id, Goodbye::TooSlowToEnter, now),
            }
        }
        self.tell_presence(now);
        self.replace_checkpoint(now);
        self.fade(now);
    }

    /// Has the next of what is as old as it is kept go, if it is time.
    fn fade(&mut self, now: Now) {
        if self.fading.due().is_none_or(|at| now.tick < at) {
            return;
        }
        if self.trouble(now.tick).is_some() {
            return self.fading.put_off(now.tick);
        }
        if let Some((log, day)) = self.fading.next(&self.state, now) {
            let ask = Ask::Fade { log, day };
            self.held.now(Output::Submit(Command { origin: Origin::SERVER, at: now.wall, ask }));
        }
    }

    /// Asks to be woken at the next time at which something is due.
    pub(super) fn wake(&mut self) {
        // While something is being written, the next word from the disk comes before any tick is of use.
        let quiet = self.stored == self.state.position();
        let presence = self.presence.due().filter(|_| quiet || planted("presence_before_disk"));
        let waiting = presence.into_iter().chain(self.checkpoint_due.filter(|_| quiet));
        let waiting = waiting.chain(self.fading.due().filter(|_| quiet));
        let next = self.sessions.next_deadline().into_iter().chain(waiting).min();
        if let Some(next) = next
            && self.wake_at != Some(next)
        {
            self.wake_at = Some(next);
            self.held.now(Output::WakeAt(next));
        }
    }
}
