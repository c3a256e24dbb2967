//! The server machine: takes requests in, has them ordered, decides them, and lets out what is on disk.

use super::command::{Ask, Command, Origin, SessionId};
use super::decide::{Decision, decide};
use super::door::{Goodbye, Input, Output};
use super::held::{Held, Waiting};
use super::presence::PresenceChanges;
use super::quota::Quota;
use super::session::{Entered, Sessions};
use super::state::State;
use crate::entry::{Act, Entry, LogId, Position, Seq};
use crate::limits::{RESUME_ENTRIES_MAX, SESSIONS_MAX};
use crate::name::{Name, RoomName};
use crate::protocol::{Enter, Envelope, Hello, Refused, Request, Update};
use crate::refusal::{Code, Refusal};
use crate::time::{Now, Tick};
use std::collections::BTreeMap;

/// The server machine.
#[derive(Debug)]
pub struct Server {
    pub(super) state: State,
    /// Everything up to here is on disk.
    pub(super) stored: Position,
    pub(super) checkpointed: Position,
    quota: Quota,
    pub(super) sessions: Sessions,
    pub(super) presence: PresenceChanges,
    pub(super) held: Held,
    /// The disk is full, and no post may try it before this time.
    pub(super) storage_full_until: Option<Tick>,
    /// The last commit failed, and the state has not been read from disk again yet.
    pub(super) reloading: bool,
    pub(super) stopping: bool,
    pub(super) wake_at: Option<Tick>,
}

impl Server {
    /// A server that continues from `state`, which is on disk, and whose last checkpoint is at `checkpointed`.
    #[must_use]
    pub fn new(state: State, checkpointed: Position, quota: Quota) -> Self {
        Server {
            stored: state.position(),
            checkpointed,
            state,
            quota,
            sessions: Sessions::default(),
            presence: PresenceChanges::default(),
            held: Held::default(),
            storage_full_until: None,
            reloading: false,
            stopping: false,
            wake_at: None,
        }
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
            Input::Started => {
                if self.state.position() == Position(0) {
                    let origin = Origin { session: None, id: None };
                    self.held.now(Output::Submit(Command { origin, at: now.wall, ask: Ask::Found }));
                }
            }
            Input::Opened(id) => self.opened(id, now),
            Input::Asked(id, asked) => self.asked(id, asked, now),
            Input::Gone(id) => self.gone(id, now),
            Input::Ordered(command) => self.ordered(&command, now),
            Input::Stored(position) => self.on_stored(position),
            Input::StorageFull => self.on_storage_full(now),
            Input::StorageFailed => self.on_storage_failed(now),
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

    fn opened(&mut self, id: SessionId, now: Now) {
        let full = self.sessions.len() >= SESSIONS_MAX;
        self.sessions.open(id, &self.quota, now.tick);
        self.held.now(Output::Tell(id, Update::Hello(Hello::ours())));
        if full {
            self.hang_up_now(id, Goodbye::Full, now);
        } else if self.stopping {
            self.hang_up_now(id, Goodbye::Stopping, now);
        }
    }

    pub(super) fn gone(&mut self, id: SessionId, now: Now) {
        let Some(session) = self.sessions.close(id) else { return };
        if let Some(Entered { person, .. }) = session.entered
            && !self.sessions.is_here(person)
        {
            self.note_presence(person, true, now);
        }
    }

    fn asked(&mut self, id: SessionId, asked: Result<Envelope, Refused>, now: Now) {
        let (trouble, reloading) = (self.trouble(now.tick), self.reloading);
        // A session that was hung up may still have lines on their way.
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.heard = now.tick;
        let device = session.entered.and_then(|entered| self.state.directory().device(entered.device));
        let highest = device.map_or(0, |device| device.window.highest());
        if let Err(refused) = session.admit(&asked, trouble, reloading, highest, now.tick) {
            let hasty = session.haste.take(now.tick).is_err();
            self.refuse_now(id, refused);
            if hasty {
                self.hang_up_now(id, Goodbye::Haste, now);
            }
            return;
        }
        match asked {
            Err(refused) => self.refuse_now(id, refused),
            Ok(Envelope { id: request_id, request }) => self.request(id, request_id, request, now),
        }
    }

    /// A request that its session may make now: into the order with it, or answered from the state if it only reads.
    fn request(&mut self, id: SessionId, request_id: Option<u64>, request: Request, now: Now) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let entered = session.entered;
        let refuse = |code, text: &str| Refused { id: request_id, n: None, refusal: Refusal::no(code, text) };
        let ask = match (request, entered) {
            (Request::Ping, _) => return self.held.now(Output::Tell(id, Update::Pong)),
            (Request::Pong, _) => return,
            (Request::Bye, _) => return self.hang_up(id, Goodbye::Bye, now),
            (Request::Enter(_), Some(_)) => {
                let refused =
                    refuse(Code::AlreadyEntered, "this connection has entered already; open another");
                return self.refuse_now(id, refused);
            }
            (Request::Enter(_), None) if session.entering => {
                let refused =
                    refuse(Code::AlreadyEntered, "this connection is entering already; wait for the answer");
                return self.refuse_now(id, refused);
            }
            (Request::Enter(Enter { name, token, device, have }), None) => {
                session.entering = true;
                Ask::Enter { name, token: token.hash(), device, have }
            }
            (request, None) => {
                let mut refused =
                    refuse(Code::EnterFirst, "say who you are first: `enter`, then wait for `welcome`");
                if let Request::Post { n, .. } = request {
                    refused.n = Some(n);
                }
                return self.refuse_now(id, refused);
            }
            (Request::Create { room, topic }, Some(entered)) => {
                Ask::Create { by: entered.person, room, topic }
            }
            (Request::Join { room }, Some(entered)) => Ask::Join { by: entered.person, room },
            (Request::Leave { room }, Some(entered)) => Ask::Leave { by: entered.person, room },
            (Request::Topic { room, text }, Some(entered)) => Ask::Topic { by: entered.person, room, text },
            (Request::Post { room, n, text }, Some(entered)) => {
                Ask::Post { device: entered.device, room, n, text }
            }
            (Request::Rooms { after }, Some(entered)) => {
                let update = self.rooms(request_id, entered.person, after.as_ref());
                return self.answer(id, request_id, Ok(Output::Tell(id, update)));
            }
            (Request::Who { room, after }, Some(entered)) => {
                let update = self.who(request_id, entered.person, &room, after.as_ref());
                return self.answer(id, request_id, update.map(|update| Output::Tell(id, update)));
            }
            (Request::Page { room, page, limit }, Some(entered)) => {
                let output = self.member_room(entered.person, &room).map(|(log, upto)| Output::ReadPage {
                    session: id,
                    id: request_id,
                    log,
                    room,
                    page: page.within(upto),
                    limit,
                    upto,
                });
                return self.answer(id, request_id, output);
            }
        };
        session.pending += 1;
        let origin = Origin { session: Some(id), id: request_id };
        self.held.now(Output::Submit(Command { origin, at: now.wall, ask }));
    }

    fn ordered(&mut self, command: &Command, now: Now) {
        if self.reloading {
            return self.not_decided(command, now);
        }
        match decide(&self.state, command) {
            // Not every request that writes could be told by its looks: entering does so the first time only.
            Ok(Decision::Append(_))
                if self.trouble(now.tick).is_some_and(|trouble| trouble.code == Code::StorageFull) =>
            {
                return self.not_decided(command, now);
            }
            Ok(Decision::Append(entries)) => {
                for (log, entry) in entries {
                    self.append(log, entry, command.origin, now);
                }
                self.decided(command, now);
            }
            Ok(Decision::Already) => {
                // A new member is told along with his entry; one who is a member already reads on as he does.
                if let (Ask::Join { room, .. }, Some(session)) = (&command.ask, command.origin.session)
                    && let Some((log, _)) = self.state.room_named(room)
                {
                    let update = self.room_update(command.origin.id, log, None);
                    self.emit(Output::Tell(session, update));
                }
                self.decided(command, now);
            }
            Ok(Decision::Stored(log, seq)) => {
                let room = self.state.room(log).expect("a stored post lies in a room").name.clone();
                if let (Some(session), Some(n)) = (command.origin.session, command.post_number()) {
                    self.emit(Output::Tell(session, Update::Stored { room, n, seq }));
                }
            }
            Err(refusal) => {
                if let Some(session) = command.origin.session {
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

    /// Makes an entry part of the state and of the batch, and does what it means for those who are connected.
    fn append(&mut self, log: LogId, entry: Entry, origin: Origin, now: Now) {
        let seq = self.state.next_seq(log);
        self.state.evolve(log, &entry);
        let room = self.state.room(log).map(|room| room.name.clone());
        if let (Entry::Room(room_entry), Some(name)) = (&entry, &room) {
            let person = room_entry.person;
            match room_entry.act {
                Act::Created | Act::Joined => {
                    for session in self.sessions.of_person(person) {
                        let id = origin.id.filter(|_| origin.session == Some(session));
                        let update = self.room_update(id, log, Some(seq));
                        self.emit(Output::Tell(session, update));
                        self.emit(Output::Subscribe(session, log, name.clone(), seq));
                    }
                    // He may be gone by the time that his joining is decided, so either is told.
                    self.presence.note(log, person, !self.sessions.is_here(person), now.tick);
                }
                Act::Left => {
                    for session in self.sessions.of_person(person) {
                        self.emit(Output::Unsubscribe(session, log, seq));
                    }
                }
                Act::Topic(_) | Act::Post(_) | Act::Other(_) => {}
            }
        }
        self.held.now(Output::Append(log, room, seq, entry));
    }

    /// What a command that was not refused means for whoever asked, beyond its entries.
    fn decided(&mut self, command: &Command, now: Now) {
        if let (Ask::Enter { name, device, have, .. }, Some(session)) = (&command.ask, command.origin.session)
        {
            self.entered(session, command.origin.id, name, device, have, now);
            self.entering_ended(command);
        }
    }

    fn entering_ended(&mut self, command: &Command) {
        if let (Ask::Enter { .. }, Some(id)) = (&command.ask, command.origin.session)
            && let Some(session) = self.sessions.get_mut(id)
        {
            session.entering = false;
        }
    }

    /// Somebody has come in: tells him who he is, and lets him read on in each of his rooms from what he holds.
    fn entered(
        &mut self,
        session: SessionId,
        id: Option<u64>,
        name: &Name,
        label: &str,
        have: &BTreeMap<RoomName, Seq>,
        now: Now,
    ) {
        if self.sessions.get(session).is_none() {
            return;
        }
        let directory = self.state.directory();
        let person_id = directory.holder(name).expect("whoever was let in has a name");
        let person = directory.person(person_id).expect("whoever was let in is a person");
        let device_id = person.devices[label];
        let device = directory.device(device_id).expect("a person's device is in the directory");
        let welcome = Update::Welcome {
            id,
            name: person.name.clone(),
            person: person_id,
            device: device_id,
            n: device.window.highest(),
            rooms: person.rooms.len(),
        };
        let have: BTreeMap<LogId, Seq> =
            have.iter().filter_map(|(room, seq)| Some((directory.room(room)?, *seq))).collect();
        let rooms: Vec<LogId> = person.rooms.iter().copied().collect();
        let older = self.sessions.of_device(device_id);
        let was_here = self.sessions.is_here(person_id);
        self.sessions.enter(session, Entered { person: person_id, device: device_id });
        if let Some(older) = older {
            self.hang_up(older, Goodbye::Replaced, now);
        }
        if !was_here {
            self.note_presence(person_id, false, now);
        }
        self.emit(Output::Tell(session, welcome));
        for log in rooms {
            self.resume(session, log, have.get(&log).copied());
        }
    }

    /// Lets a session read on in a room after the seq that it holds; from now on, if it holds none.
    fn resume(&mut self, session: SessionId, log: LogId, held: Option<Seq>) {
        let room = self.state.room(log).expect("a person's rooms exist");
        let (head, name) = (room.head, room.name.clone());
        let held = held.filter(|held| *held <= head);
        let behind = held.map_or(0, |held| head.0 - held.0);
        let from = match held {
            Some(held) if behind <= RESUME_ENTRIES_MAX => held.next(),
            _ => head.next(),
        };
        let update = self.room_update(None, log, Some(from));
        self.emit(Output::Tell(session, update));
        if let Some(held) = held
            && behind > RESUME_ENTRIES_MAX
        {
            let skipped = Update::Skipped { room: name.clone(), from: held.next(), to: head };
            self.emit(Output::Tell(session, skipped));
        }
        self.emit(Output::Subscribe(session, log, name, from));
    }

    fn room_update(&self, id: Option<u64>, log: LogId, from: Option<Seq>) -> Update {
        let room = self.state.room(log).expect("only rooms that exist are told");
        let (topic, members) = (room.topic.clone(), room.members.len());
        Update::Room { id, room: room.name.clone(), topic, members, head: room.head, from }
    }
}
