//! Somebody comes in: who he is told to be, and from where he reads on.

use super::command::{Arrived, Command, SessionId};
use super::door::{Goodbye, Output};
use super::machine::Server;
use super::session::Entered;
use super::state::shorter;
use crate::entry::{DeviceId, LogId, PersonId, Role, RoomKind, Seq};
use crate::limits::RESUME_ENTRIES_MAX;
use crate::mutant::planted;
use crate::name::RoomName;
use crate::protocol::Update;
use crate::time::Now;
use std::collections::BTreeMap;

impl Server {
    /// What a command that was not refused means for whoever asked, beyond its entries.
    pub(super) fn came_in(&mut self, command: &Command, now: Now) {
        if let (Some(arrived), Some(session)) = (command.arrived(), command.origin.session) {
            match self.device_of(command, arrived) {
                Some(device) => self.entered(session, command.origin.id, device, arrived, now),
                None => {
                    if let Some(id) = command.origin.id {
                        self.emit(Output::Tell(session, Update::Done { id: Some(id) }));
                    }
                }
            }
            self.entering_ended(command);
        }
    }

    pub(super) fn entering_ended(&mut self, command: &Command) {
        if command.arrived().is_some()
            && let Some(session) = command.origin.session.and_then(|id| self.sessions.get_mut(id))
        {
            session.entering = false;
        }
    }

    /// Whoever was just let in, and his device. Nobody is by a recovery that leaves a one-time code to be asked for.
    fn device_of(&self, command: &Command, arrived: &Arrived) -> Option<(PersonId, DeviceId)> {
        use super::command::Ask;
        let directory = self.state.directory();
        let person = match &command.ask {
            Ask::SignIn { verified, .. } => Some(verified.person),
            Ask::Enter(name, _) | Ask::Register { name, .. } | Ask::Recover { name, .. } => {
                directory.holder(name)
            }
            _ => None,
        };
        let person = person.expect("whoever was let in has a name");
        let found = directory.person(person).expect("whoever was let in is a person");
        let let_in = !matches!(command.ask, Ask::Recover { .. }) || found.seldom.totp.is_none();
        let device = || *found.devices.get(arrived.device.as_str()).expect("whoever was let in has a device");
        let_in.then(|| (person, device()))
    }

    /// Tells somebody who he is, and lets him read on in each of his rooms from what he holds.
    fn entered(
        &mut self,
        session: SessionId,
        id: Option<u64>,
        (person_id, device_id): (PersonId, DeviceId),
        arrived: &Arrived,
        now: Now,
    ) {
        if self.sessions.get(session).is_none() {
            return;
        }
        let directory = self.state.directory();
        let person = directory.person(person_id).expect("whoever was let in is a person");
        let device = directory.device(device_id).expect("a person's device is in the directory");
        let welcome = Update::Welcome {
            id,
            name: person.name.clone(),
            person: person_id,
            device: device_id,
            n: device.window.highest(),
            numbers_of: Some(device.numbers_of).filter(|numbers_of| *numbers_of != device_id),
            rooms: person.rooms.len(),
            account: person.is_account(),
            admin: person.admin,
        };
        let own = arrived.have.get(&RoomName::own()).copied();
        let have = arrived.have.iter().filter_map(|(room, seq)| Some((directory.room(room)?, *seq)));
        let have: BTreeMap<LogId, Seq> = have.collect();
        let rooms: Vec<LogId> = person.rooms.iter().copied().collect();
        let older = self.sessions.of_device(device_id);
        let (seen, by_friends) = (self.seen_in_rooms(person_id), self.seen_by_friends(person_id));
        self.sessions.enter(session, Entered { person: person_id, device: device_id });
        if let Some(older) = older {
            self.hang_up(older, Goodbye::Replaced, now);
        }
        if seen != self.seen_in_rooms(person_id) || by_friends != self.seen_by_friends(person_id) {
            self.note_presence(person_id, &seen, by_friends, now);
        }
        self.emit(Output::Tell(session, welcome));
        // Who does not say how much he holds of his own log, as a program that only talks, is not sent it.
        if let Some(own) = own {
            self.resume_own(session, person_id, own);
        }
        for log in rooms {
            self.resume(session, person_id, log, have.get(&log).copied());
        }
        // Whoever merely lost his connection has read it.
        if !self.greeting.is_empty() && arrived.have.values().all(|seq| *seq == Seq(0)) {
            self.emit(Output::Tell(session, Update::Notice { text: self.greeting.clone() }));
        }
    }

    /// Lets a session read on in its person's own log. A stretch that is left out is not told: what the log adds up to
    /// can be asked for.
    fn resume_own(&mut self, session: SessionId, person: PersonId, held: Seq) {
        if let Some(session) = self.sessions.get_mut(session) {
            session.reads_own = true;
        }
        let log = LogId::personal(person);
        let head = self.state.head(log);
        let near = held <= head && head.0 - held.0 <= RESUME_ENTRIES_MAX;
        let from = if near { held.next() } else { head.next() };
        self.emit(Output::Tell(session, Update::OwnLog { head, from }));
        self.emit(Output::Subscribe(session, log, RoomName::own(), from, head));
    }

    /// Lets a session read on in a room after the seq that it holds; from now on, if it holds none.
    pub(super) fn resume(&mut self, session: SessionId, person: PersonId, log: LogId, held: Option<Seq>) {
        let room = self.state.room(log).expect("a person's rooms exist");
        let (head, name) = (room.head, room.key.clone());
        let held = held.filter(|held| *held <= head);
        // What stands before he came he reads by page, as it is now: what it was at first is its moderators' to see.
        let came = room.members.get(&person).map_or(Seq(0), |member| member.since.before());
        let near = |held: &Seq| head.0 - held.0.max(came.0) <= RESUME_ENTRIES_MAX;
        let from = match held.filter(near) {
            Some(held) if planted("resume_from_held") => held.max(came).max(Seq(1)),
            Some(held) => held.max(came).next(),
            None => head.next(),
        };
        let update = self.room_update(None, person, log, Some(from));
        self.emit(Output::Tell(session, update));
        if let Some(held) = held
            && held.next() < from
        {
            let skipped = Update::Skipped { room: name.clone(), from: held.next(), to: from.before() };
            self.emit(Output::Tell(session, skipped));
        }
        self.emit(Output::Subscribe(session, log, name, from, head));
    }

    /// A room as this person sees it.
    pub(super) fn room_update(
        &self,
        id: Option<u64>,
        person: PersonId,
        log: LogId,
        from: Option<Seq>,
    ) -> Update {
        let room = self.state.room(log).expect("only rooms that exist are told");
        let mut members = room.by_name(self.state.directory(), None);
        let other = members.find(|(_, member)| *member != person).map(|(name, _)| name.clone());
        let name_of = |invited: &PersonId| self.state.directory().person(*invited).map(|p| p.name.clone());
        let with = match room.kind {
            RoomKind::Direct => other,
            RoomKind::Group if other.is_none() => room.invited.keys().find_map(name_of),
            _ => None,
        };
        let keeps = room.role(person).is_some_and(|role| role >= Role::Moderator);
        Update::Room {
            id,
            room: room.key.clone(),
            topic: room.topic.clone(),
            members: room.members.len(),
            head: room.head,
            title: room.title.clone().filter(|title| *title != room.key),
            kind: room.kind,
            with,
            role: room.role(person).unwrap_or(Role::Member),
            read: room.members.get(&person).map_or(Seq(0), |member| member.read),
            unread: room.unread(person),
            mentions: room.mentions_of(person),
            muted: room.mutes.get(&person).map(|held| held.sanction.clone()),
            archived: room.archived,
            slow_ms: room.slow_ms,
            keep_days: shorter(room.keep, self.state.directory().keep()),
            faded: room.faded,
            pins: room.pins.iter().copied().collect(),
            reports: if keeps { room.reports.len() } else { 0 },
            waiting: self.waiting(log, person),
            from,
        }
    }
}
