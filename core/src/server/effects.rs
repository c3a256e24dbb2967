//! What an entry means for those who are connected: who reads on, who no longer, and who is shut out.

use super::command::{Origin, SessionId};
use super::decide::role_of;
use super::door::{Goodbye, Output};
use super::machine::Server;
use super::presence::Before;
use crate::entry::{
    Act, DirectoryEntry, Entry, HeldId, LogId, LogKind, Note, PersonId, PostNumber, Role, RoomEntry,
    RoomKind, Seq,
};
use crate::limits::LIST_ROWS_MAX;
use crate::mutant::planted;
use crate::name::RoomName;
use crate::protocol::Update;
use crate::time::Now;
use std::collections::BTreeSet;

impl Server {
    /// Makes an entry part of the state and of the batch, and does what it means for those who are connected.
    pub(super) fn append(&mut self, log: LogId, entry: Entry, origin: Origin, now: Now) {
        let seq = self.state.next_seq(log);
        // What of the state an entry takes away must be looked at before it does.
        let before = self.before(log, &entry, now);
        let goes = matches!(
            &entry,
            Entry::Room(RoomEntry { act: Act::Left | Act::Kicked(..) | Act::Banned(..), .. })
        );
        let waited = goes.then(|| self.state.room(log).map_or(0, |room| room.holding.posts.len()));
        self.state.evolve(log, &entry);
        let name = self.wire_name(log);
        match &entry {
            Entry::Directory(entry) => self.directory_effects(entry, before, origin, now),
            Entry::Room(entry) => self.room_effects(log, seq, &entry.act, entry.person, origin, now),
            Entry::Personal(entry) => {
                if let LogKind::Personal(person) = log.kind() {
                    self.own_effects(person, &entry.note, now);
                }
            }
        }
        // Whoever goes takes with him what waits of his.
        if waited.is_some() && self.state.room(log).map(|room| room.holding.posts.len()) != waited {
            self.tell_waiting(log, None);
        }
        self.held.now(Output::Append(log, name, seq, entry));
    }

    /// What a log is called on the wire, if anybody reads it there.
    fn wire_name(&self, log: LogId) -> Option<RoomName> {
        match log.kind() {
            LogKind::Directory => None,
            LogKind::Room => self.state.room(log).map(|room| room.key.clone()),
            LogKind::Personal(_) => Some(RoomName::own()),
        }
    }

    /// The sessions that an entry of the directory ends.
    fn before(&mut self, log: LogId, entry: &Entry, now: Now) -> Vec<SessionId> {
        match entry {
            Entry::Directory(DirectoryEntry::Revoked { device, .. }) => {
                self.sessions.of_device(*device).into_iter().collect()
            }
            Entry::Directory(DirectoryEntry::Erased { person, .. })
            | Entry::Directory(DirectoryEntry::ServerBan { whom: person, .. }) => {
                self.sessions.of_person(*person)
            }
            Entry::Directory(DirectoryEntry::AddressBan { range, .. }) => self.sessions.from(range),
            Entry::Personal(entry) => {
                if let (Note::Presence { .. }, LogKind::Personal(person)) = (&entry.note, log.kind()) {
                    let seen = self.seen_in_rooms(person);
                    let by_friends = self.seen_by_friends(person);
                    self.note_presence(person, &seen, by_friends, now);
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn directory_effects(&mut self, entry: &DirectoryEntry, ended: Vec<SessionId>, origin: Origin, now: Now) {
        let why = match entry {
            DirectoryEntry::Revoked { .. } if planted("revoked_stays_live") => return,
            DirectoryEntry::Revoked { .. } => Goodbye::Revoked,
            DirectoryEntry::Erased { .. } => Goodbye::Erased,
            DirectoryEntry::ServerBan { .. } | DirectoryEntry::AddressBan { .. } => Goodbye::Banned,
            DirectoryEntry::Keep { days, .. } if *days > 0 => return self.fading.begin(now.tick),
            DirectoryEntry::Report { log, .. } | DirectoryEntry::Resolved { log, .. } => {
                return self.tell_moderators(*log);
            }
            DirectoryEntry::Held { log, held, n, person, .. } => {
                self.waits(origin, *n, *log, *held);
                return self.tell_waiting(*log, Some(*person));
            }
            // What is the server's is kept by its administrators.
            DirectoryEntry::Admin { whom, .. } => {
                let rooms = self.state.directory().person(*whom).map(|person| person.rooms.clone());
                for log in rooms.unwrap_or_default().iter().copied() {
                    if self.state.room(log).is_some_and(|room| room.owner == Some(PersonId(0))) {
                        self.keeps_order_or_not(log, *whom);
                    }
                }
                return;
            }
            DirectoryEntry::Unheld { log, whom, .. } => return self.tell_waiting(*log, Some(*whom)),
            _ => return,
        };
        for session in ended {
            self.hang_up(session, why, now);
        }
    }

    fn room_effects(&mut self, log: LogId, seq: Seq, act: &Act, person: PersonId, origin: Origin, now: Now) {
        match act {
            Act::Created | Act::Joined => self.reads_on(log, seq, person, origin, now),
            Act::Added(whom) => self.reads_on(log, seq, whom.person, origin, now),
            Act::Left => self.reads_no_more(log, seq, person),
            Act::Banned(..) if planted("ban_at_subscribe_only") => {}
            Act::Kicked(whom, _) | Act::Banned(whom, _) => self.reads_no_more(log, seq, whom.person),
            Act::Closed(_) => {
                let members: Vec<PersonId> = self
                    .state
                    .room(log)
                    .map(|room| room.members.keys().copied().collect())
                    .unwrap_or_default();
                for member in members {
                    self.reads_no_more(log, seq, member);
                }
            }
            Act::Deleted { .. } | Act::Faded { .. } => self.tell_moderators(log),
            Act::Role(whom, _) | Act::Owner(whom) => self.keeps_order_or_not(log, whom.person),
            Act::Keep(days) if *days > 0 => self.fading.begin(now.tick),
            _ => {}
        }
    }

    /// Somebody has become a member: his devices read the room from there on.
    fn reads_on(&mut self, log: LogId, seq: Seq, person: PersonId, origin: Origin, now: Now) {
        self.presence.note(log, person, Before::Untold, now.tick);
        let reads = self.state.directory().person(person).is_some_and(|person| person.rooms.contains(&log));
        if !reads {
            return;
        }
        for session in self.sessions.of_person(person) {
            let id = origin.id.filter(|_| origin.session == Some(session));
            let update = self.room_update(id, person, log, Some(seq));
            self.emit(Output::Tell(session, update));
            let room = self.state.room(log).expect("somebody was made a member of it").key.clone();
            self.emit(Output::Subscribe(session, log, room, seq, seq));
        }
    }

    fn reads_no_more(&mut self, log: LogId, seq: Seq, person: PersonId) {
        for session in self.sessions.of_person(person) {
            self.emit(Output::Unsubscribe(session, log, seq));
        }
    }

    fn own_effects(&mut self, person: PersonId, note: &Note, now: Now) {
        match note {
            // Both look gone to each other, and the conversation of the two is out of the one's sight.
            Note::Blocked { whom, .. } => {
                // If the other had blocked him before, there was nothing to see.
                if !self.state.directory().person(*whom).is_some_and(|whom| whom.blocks(person)) {
                    self.part(person, *whom, now);
                    self.part(*whom, person, now);
                }
                let Some(log) = self.state.directory().direct(person, *whom) else { return };
                let Some(room) = self.state.room(log) else { return };
                let (head, key) = (room.head, room.key.clone());
                for session in self.sessions.of_person(person) {
                    self.emit(Output::Unsubscribe(session, log, head));
                    self.emit(Output::Tell(session, Update::Gone { room: key.clone() }));
                }
            }
            Note::Unblocked { whom, .. } => {
                self.presence.join(person, *whom);
                // In all rooms that the one sees the other in: whether that one sees them must not show.
                for log in self.common_rooms(person, *whom) {
                    self.presence.note(log, person, Before::Untold, now.tick);
                    self.presence.note(log, *whom, Before::Untold, now.tick);
                }
                let log = self.state.directory().direct(person, *whom);
                for session in self.sessions.of_person(person) {
                    if let Some(log) = log.filter(|log| self.state.room(*log).is_some()) {
                        self.resume(session, person, log, None);
                    }
                }
            }
            // Each has a note of it in his own log, and with the second of them they are friends.
            Note::Friend { whom, .. } if self.state.directory().are_friends(person, *whom) => {
                for (one, other) in [(person, *whom), (*whom, person)] {
                    let seen = self.seen_by_friends(other);
                    if seen.is_some() {
                        self.tell_friend(one, other, &seen);
                    }
                }
            }
            _ => {}
        }
    }

    /// `gone` looks away to `to` from now on, in every room that they share and as a friend, if he has seen him so far.
    fn part(&mut self, to: PersonId, gone: PersonId, now: Now) {
        self.presence.part(to, gone);
        let seen = self.seen_in_rooms(gone);
        for log in self.common_rooms(to, gone) {
            self.presence.note(log, gone, Before::Told(seen.clone()), now.tick);
        }
        let by_friends = self.seen_by_friends(gone);
        self.presence.note_friends(gone, by_friends, now.tick);
    }

    pub(super) fn common_rooms(&self, one: PersonId, other: PersonId) -> Vec<LogId> {
        let directory = self.state.directory();
        let rooms = directory.person(one).map(|person| person.rooms.iter().copied());
        let shared =
            |log: &LogId| self.state.room(*log).is_some_and(|room| room.members.contains_key(&other));
        rooms.into_iter().flatten().filter(shared).take(LIST_ROWS_MAX).collect()
    }

    /// Whoever has said something is told that it waits for the moderators.
    pub(super) fn waits(&mut self, origin: Origin, n: PostNumber, log: LogId, held: HeldId) {
        let room = self.state.room(log).map(|room| room.key.clone());
        if let (Some(session), Some(room)) = (origin.session, room) {
            self.emit(Output::Tell(session, Update::Waits { room, n, held }));
        }
    }

    /// Tells those who keep order in a room how many posts wait for them, and whoever has said one how many of his do.
    fn tell_waiting(&mut self, log: LogId, author: Option<PersonId>) {
        let Some(room) = self.state.room(log) else { return };
        // Of thousands of members, few are looked up.
        let mut concerned: BTreeSet<PersonId> = room.keepers().collect();
        concerned.extend(author.filter(|author| room.members.contains_key(author)));
        if room.owner == Some(PersonId(0)) {
            let people = self.state.directory().people();
            let keepers = people.filter(|(_, person)| person.admin && person.rooms.contains(&log));
            concerned.extend(keepers.map(|(person, _)| person));
        }
        for person in concerned {
            self.tell_waiting_to(log, person);
        }
    }

    /// Somebody keeps order in a room from now on, or no longer: so he sees what waits there.
    fn keeps_order_or_not(&mut self, log: LogId, person: PersonId) {
        if self.state.room(log).is_some_and(|room| !room.holding.posts.is_empty()) {
            self.tell_waiting_to(log, person);
        }
    }

    fn tell_waiting_to(&mut self, log: LogId, person: PersonId) {
        let Some(room) = self.state.room(log).map(|room| room.key.clone()) else { return };
        let waiting = self.waiting(log, person);
        for session in self.sessions.of_person(person) {
            self.emit(Output::Tell(session, Update::Waiting { room: room.clone(), posts: waiting }));
        }
    }

    /// How many posts wait in a room, as far as somebody may see them: all if he keeps order there, or else his own.
    pub(super) fn waiting(&self, log: LogId, person: PersonId) -> usize {
        let Some(room) = self.state.room(log) else { return 0 };
        let keeps = role_of(&self.state, log, room, person).is_some_and(|role| role >= Role::Moderator);
        if keeps { room.holding.posts.len() } else { room.holding.of(person).count() }
    }

    /// Tells the moderators of a room who are connected how many reports wait.
    fn tell_moderators(&mut self, log: LogId) {
        let Some(room) = self.state.room(log).filter(|room| room.kind != RoomKind::Direct) else { return };
        let (key, reports) = (room.key.clone(), room.reports.len());
        for keeper in room.keepers().collect::<Vec<_>>() {
            for session in self.sessions.of_person(keeper) {
                self.emit(Output::Tell(session, Update::Reported { room: key.clone(), reports }));
            }
        }
    }
}
