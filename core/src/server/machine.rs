//! The server machine: takes requests in, has them ordered, decides them, and lets out what is on disk.

use super::attempts::Attempts;
use super::command::{Ask, Command, Origin, SessionId};
use super::decide::{Change, Decision, Erase, decide};
use super::door::{Goodbye, Input, Output};
use super::fading::Fading;
use super::held::{Held, Waiting};
use super::presence::PresenceChanges;
use super::quota::Quota;
use super::session::{Entered, Sessions};
use super::state::State;
use super::ventures::Ventures;
use crate::entry::{DirectoryEntry, Entry, Position};
use crate::limits::CHECKPOINT_ERASED_MS;
use crate::protocol::{Door, Hello, Refused, Request, Update};
use crate::refusal::Code;
use crate::time::{Now, Tick};
use core::net::IpAddr;

/// The server machine.
#[derive(Debug)]
pub struct Server {
    pub(super) state: State,
    /// Everything up to here is on disk.
    pub(super) stored: Position,
    pub(super) checkpointed: Position,
    pub(super) quota: Quota,
    /// What is told to whoever comes in and holds nothing yet.
    pub(super) greeting: String,
    /// By what its logs are known to clients.
    pub(super) history: Option<String>,
    pub(super) sessions: Sessions,
    pub(super) presence: PresenceChanges,
    pub(super) held: Held,
    /// The wrong passwords of late.
    pub(super) attempts: Attempts,
    /// What people have begun of late.
    pub(super) ventures: Ventures,
    /// What is to go since it is as old as it is kept.
    pub(super) fading: Fading,
    /// When the checkpoint, which holds what was erased, is to be replaced.
    pub(super) checkpoint_due: Option<Tick>,
    /// When one was last replaced for that.
    pub(super) checkpoint_replaced: Option<Tick>,
    /// The disk is full, and no post may try it before this time.
    pub(super) storage_full_until: Option<Tick>,
    /// How often what was decided was lost, since the disk was full.
    pub(super) losses: u64,
    /// The last commit failed, and the state has not been read from disk again yet.
    pub(super) reloading: bool,
    pub(super) stopping: bool,
    pub(super) wake_at: Option<Tick>,
}

impl Server {
    /// A server that continues from `state`, which is on disk, and whose last checkpoint is at `checkpointed`.
    #[must_use]
    pub fn new(state: State, checkpointed: Position, quota: Quota) -> Self {
        // The server may have ended between an erasure and the checkpoint without what was erased: if anything came
        // after the last one, it is replaced.
        let behind = checkpointed > Position(0) && checkpointed < state.position();
        Server {
            stored: state.position(),
            checkpointed,
            state,
            quota,
            greeting: String::new(),
            history: None,
            sessions: Sessions::default(),
            presence: PresenceChanges::default(),
            held: Held::default(),
            attempts: Attempts::default(),
            ventures: Ventures::new(&quota),
            fading: Fading::default(),
            checkpoint_due: behind.then_some(Tick(0)),
            checkpoint_replaced: None,
            storage_full_until: None,
            losses: 0,
            reloading: false,
            stopping: false,
            wake_at: None,
        }
    }

    /// The same server, whose logs clients know by this. It stays what it is for as long as they only grow: under another one,
    /// the same places may hold other entries.
    #[must_use]
    pub fn with_history(self, history: Option<String>) -> Self {
        Server { history, ..self }
    }

    /// The state, which may be ahead of the disk.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// How many connections there are.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// Takes in one input. Outputs come from [`Server::poll`].
    pub fn handle(&mut self, input: Input, now: Now) {
        match input {
            Input::Started(claim) => {
                let ask = Ask::Start { claim };
                self.held.now(Output::Submit(Command { origin: Origin::SERVER, at: now.wall, ask }));
                self.fading.begin(now.tick);
            }
            Input::Opened(id, address) => self.opened(id, address, now),
            Input::Asked(id, asked) => self.asked(id, asked, now),
            // Answers that wait for the disk are before it: of what somebody asks, few do.
            Input::Paused(id) => self.emit(Output::Heard(id)),
            Input::Gone(id) => self.gone(id, now),
            Input::Operate(number, operation) => self.operate(number, operation, now),
            Input::Close(id) => self.hang_up(id, Goodbye::Closed, now),
            Input::Notice(text) => self.notice(&text),
            Input::Greeting(text) => self.greeting = text,
            Input::Quota(quota) => self.set_quota(quota, now),
            Input::Compared(job, compared) => self.compared(*job, compared, now),
            Input::Authored(command, found) => self.authored(*command, found),
            Input::Searched(session, id, found) => self.searched(session, id, found),
            Input::Written(session, id, written) => self.written(session, id, written),
            Input::Ordered(command) => self.ordered(&command, now),
            Input::Stored(position) => self.on_stored(position, now),
            Input::StorageFull => self.on_storage_full(now),
            Input::StorageFailed => self.on_storage_failed(now),
            Input::CheckpointNotKept => self.on_checkpoint_not_kept(now),
            Input::Reloaded(state) => self.on_reloaded(*state),
            Input::Stopping => self.on_stopping(now),
            Input::Tick => {
                // A driver may come early; it is told the time again.
                self.wake_at = None;
                self.on_tick(now);
            }
        }
        self.wake();
    }

    /// The next thing to do, until there is none.
    pub fn poll(&mut self) -> Option<Output> {
        self.held.pop()
    }

    fn opened(&mut self, id: SessionId, address: Option<IpAddr>, now: Now) {
        self.sessions.open(id, address, &self.quota, now.tick);
        let hello = Hello { history: self.history.clone(), ..Hello::ours() };
        self.held.now(Output::Tell(id, Update::Hello(hello)));
        if self.stopping {
            self.hang_up_now(id, Goodbye::Stopping, now);
        } else if self.sessions.beside(address) > self.quota.sessions_per_address {
            self.hang_up_now(id, Goodbye::Crowded, now);
        } else if let Some(stranger) = self.sessions.to_make_room(self.quota.sessions) {
            self.hang_up_now(stranger, Goodbye::Full, now);
        }
    }

    pub(super) fn gone(&mut self, id: SessionId, now: Now) {
        let entered = self.sessions.get(id).and_then(|session| session.entered);
        let seen = entered
            .map(|Entered { person, .. }| (person, self.seen_in_rooms(person), self.seen_by_friends(person)));
        if self.sessions.close(id).is_none() {
            return;
        }
        if let Some((person, seen, by_friends)) = seen
            && !self.sessions.is_here(person)
        {
            self.note_presence(person, &seen, by_friends, now);
        }
    }

    fn ordered(&mut self, command: &Command, now: Now) {
        if self.reloading {
            return self.not_decided(command, now);
        }
        let full = self.trouble(now.tick).is_some_and(|trouble| trouble.code == Code::StorageFull);
        match decide(&self.state, command) {
            // Not every request that writes could be told by its looks: entering does so the first time only. That a
            // device was seen again today need not be noted for it to come in.
            Ok(Decision::Append(change)) if full && !is_only_seen(&change) => {
                return self.not_decided(command, now);
            }
            Ok(Decision::Append(change)) => {
                if !(full && is_only_seen(&change)) {
                    self.change(change, command.origin, now);
                }
                self.done(command, now);
            }
            Ok(Decision::Already | Decision::Look) => {
                self.already(command);
                self.done(command, now);
            }
            Ok(Decision::Stored(log, seq)) => {
                // It may lie in a room that is closed by now; then the post went with it.
                let room = self.state.room(log).map(|room| room.key.clone());
                if let (Some(session), Some(n)) = (command.origin.session, command.post_number()) {
                    let Some(room) = room.or_else(|| command_room(command)) else { return };
                    self.emit(Output::Tell(session, Update::Stored { room, n, seq }));
                }
            }
            Ok(Decision::Waits(log, held)) => {
                if let Some(n) = command.post_number() {
                    self.waits(command.origin, n, log, held);
                }
            }
            Err(refusal) => {
                if let Some(number) = command.operated() {
                    self.emit(Output::Operated(number, Err(refusal)));
                } else if let Some(session) = command.origin.session {
                    let refused = Refused { id: command.origin.id, n: command.post_number(), refusal };
                    self.emit(Output::Tell(session, refused.into()));
                    self.entering_ended(command);
                }
            }
        }
        let waiting = Waiting::of(command);
        if self.state.position() > self.stored {
            self.held.wait(self.state.position(), waiting);
        } else {
            self.answered(waiting);
        }
    }

    fn change(&mut self, Change { entries, erase }: Change, origin: Origin, now: Now) {
        for (log, entry) in entries {
            let offers = matches!(entry, Entry::Directory(DirectoryEntry::Claim { .. }));
            self.append(log, entry, origin, now);
            if offers {
                self.emit(Output::ClaimOffered);
            }
        }
        for erase in erase {
            // Of a post the checkpoint holds no words.
            if !matches!(erase, Erase::Post(..) | Erase::Posts { .. }) {
                let last = self.checkpoint_replaced.map(|last| last.after(CHECKPOINT_ERASED_MS));
                self.checkpoint_due.get_or_insert(last.map_or(now.tick, |last| last.max(now.tick)));
            }
            self.held.now(Output::Erase(erase));
        }
    }

    /// What was asked for was so already: whoever asked to be where he is is told that he is there.
    fn already(&mut self, command: &Command) {
        let Some(session) = command.origin.session else { return };
        let (by, log) = match &command.ask {
            Ask::Do { by, request: Request::Join { door: Door::Room(room) }, .. } => {
                (*by, self.state.room_named(room).map(|(log, _)| log))
            }
            Ask::Do { by, request: Request::Direct { name }, .. } => {
                let other = self.state.directory().named(name).map(|(other, _)| other);
                (*by, other.and_then(|other| self.state.directory().direct(*by, other)))
            }
            Ask::JoinByLink { by, token } => (*by, self.state.directory().link(token).map(|(log, _)| log)),
            _ => return,
        };
        if let Some(log) = log.filter(|log| self.state.room(*log).is_some()) {
            let update = self.room_update(command.origin.id, by, log, None);
            self.emit(Output::Tell(session, update));
        }
    }

    /// A command was not refused: whoever asked is told, if nothing else tells him.
    fn done(&mut self, command: &Command, now: Now) {
        self.code_was_right(command, now);
        self.came_in(command, now);
        if let (Ask::Operate(operation), Some(number)) = (&command.ask, command.operated()) {
            return self.operated(number, operation);
        }
        let (Some(session), Some(id)) = (command.origin.session, command.origin.id) else { return };
        let told_otherwise = match &command.ask {
            Ask::Do { request, .. } => matches!(
                request,
                Request::Post { .. }
                    | Request::Create { .. }
                    | Request::Group { .. }
                    | Request::Direct { .. }
                    | Request::Join { .. }
            ),
            Ask::JoinByLink { .. } => true,
            _ => command.arrived().is_some(),
        };
        if !told_otherwise {
            self.emit(Output::Tell(session, Update::Done { id: Some(id) }));
        }
    }
}

/// Whether nothing is to be written but that a device was used.
fn is_only_seen(change: &Change) -> bool {
    let seen = |entry: &Entry| matches!(entry, Entry::Directory(DirectoryEntry::Seen { .. }));
    change.entries.iter().all(|(_, entry)| seen(entry))
}

/// The room that a post was addressed to.
fn command_room(command: &Command) -> Option<crate::name::RoomName> {
    match &command.ask {
        Ask::Do { request: Request::Post { room, .. }, .. } => Some(room.clone()),
        _ => None,
    }
}
