//! Who is seen here, by whom, and when it is told.

use super::command::SessionId;
use super::decide::is_here_in_room;
use super::door::{Hearers, Output};
use super::machine::Server;
use super::presence::{Before, Due, Parted, Seen};
use super::state::{Contact, Person};
use crate::entry::{Audience, LogId, Mode, PersonId};
use crate::limits::LIST_ROWS_MAX;
use crate::mutant::planted;
use crate::name::RoomName;
use crate::protocol::{MemberPresence, Update};
use crate::time::Now;
use std::collections::BTreeMap;

impl Server {
    /// How the members of his rooms see somebody.
    pub(super) fn seen_in_rooms(&self, person: PersonId) -> Seen {
        let found = self.state.directory().person(person)?;
        self.seen_by_friends(person).filter(|_| found.seldom.presence.audience == Audience::Rooms)
    }

    /// How his friends see somebody.
    pub(super) fn seen_by_friends(&self, person: PersonId) -> Seen {
        let presence = &self.state.directory().person(person)?.seldom.presence;
        let visible = self.sessions.is_here(person) && presence.mode != Mode::Invisible;
        visible.then(|| (presence.mode, presence.status.clone()))
    }

    /// How this one sees that one in a room of both.
    pub(super) fn seen_by(&self, seen: PersonId, by: PersonId) -> Seen {
        let presence = &self.state.directory().person(seen)?.seldom.presence;
        let visible = self.sessions.is_here(seen) && is_here_in_room(&self.state, seen, by);
        visible.then(|| (presence.mode, presence.status.clone()))
    }

    /// Somebody came, went, or wants to be seen otherwise: notes how he was seen before.
    pub(super) fn note_presence(&mut self, person: PersonId, seen: &Seen, by_friends: Seen, now: Now) {
        let Some(found) = self.state.directory().person(person) else { return };
        for log in found.rooms.iter() {
            self.presence.note(*log, person, Before::Told(seen.clone()), now.tick);
        }
        self.presence.note_friends(person, by_friends, now.tick);
    }

    /// Tells the changes whose time has come. While something is decided that is not on disk, they wait for it: who has
    /// just come is to hear his welcome first, and a block that may yet be undone hides, or shows, nobody.
    pub(super) fn tell_presence(&mut self, now: Now) {
        if self.state.position() > self.stored && !planted("presence_before_disk") {
            return;
        }
        let Due { rooms, friends, parted } = self.presence.take(now.tick);
        for (log, changes) in rooms {
            self.tell_room(log, changes, &parted);
        }
        for (person, before) in friends {
            let seen = self.seen_by_friends(person);
            let Some(found) = self.state.directory().person(person) else { continue };
            let others: Vec<PersonId> =
                found.seldom.contacts.keys().chain(found.seldom.blocked_by.iter()).copied().collect();
            for other in others {
                if before != Before::Told(seen.clone()) && self.state.directory().are_friends(person, other) {
                    self.tell_friend(other, person, &seen);
                } else if before != Before::Told(None)
                    && parted.contains(&(other, person))
                    && self.takes_for_friend(other, person)
                {
                    self.tell_friend(other, person, &None);
                }
            }
        }
    }

    fn takes_for_friend(&self, person: PersonId, other: PersonId) -> bool {
        let found = self.state.directory().person(person);
        found.and_then(|found| found.seldom.contacts.get(&other)) == Some(&Contact::Friend)
    }

    fn tell_room(&mut self, log: LogId, changes: BTreeMap<PersonId, Before>, parted: &Parted) {
        let Some(room) = self.state.room(log) else { return };
        let key = room.key.clone();
        // Who has left meanwhile, or whose joining was lost with a full disk, is nobody here.
        let here: Vec<(PersonId, Before)> =
            changes.into_iter().filter(|(person, _)| room.members.contains_key(person)).collect();
        // Whoever is not to see somebody of them is told for himself, in just as many words.
        // Per session, of whom it may see nothing, and whether he is to look gone because of a block that is new.
        let mut apart: BTreeMap<SessionId, BTreeMap<PersonId, bool>> = BTreeMap::new();
        for (person, _) in &here {
            for (other, session) in self.hidden_from(*person) {
                if self.reads(session, log) {
                    apart.entry(session).or_default().insert(*person, parted.contains(&(other, *person)));
                }
            }
        }
        let changed =
            |(person, before): &(PersonId, Before)| *before != Before::Told(self.seen_in_rooms(*person));
        let except: Vec<SessionId> = apart.keys().copied().collect();
        let mut out = Vec::new();
        for part in here.chunks(LIST_ROWS_MAX) {
            let rows = part.iter().filter(|row| changed(row));
            let told: Vec<_> = rows.map(|(person, _)| (*person, self.seen_in_rooms(*person))).collect();
            if !told.is_empty() {
                let update = self.presence_of(key.clone(), &told);
                out.push(Output::Announce(log, update, Hearers::AllBut(except.clone())));
            }
            for (session, hidden) in &apart {
                // Of whom nothing was told yet it is told that he is away, and of whom he has just seen here; of the
                // others he has seen nothing change.
                let seen = |row: &(PersonId, Before)| match (hidden.get(&row.0), &row.1) {
                    (None, _) => changed(row).then(|| (row.0, self.seen_in_rooms(row.0))),
                    (Some(_), Before::Untold) => Some((row.0, None)),
                    (Some(parted), Before::Told(before)) => {
                        (*parted && before.is_some()).then_some((row.0, None))
                    }
                };
                let told: Vec<_> = part.iter().filter_map(seen).collect();
                if !told.is_empty() {
                    let update = self.presence_of(key.clone(), &told);
                    out.push(Output::Announce(log, update, Hearers::Only(vec![*session])));
                }
            }
        }
        out.into_iter().for_each(|output| self.held.now(output));
    }

    fn reads(&self, session: SessionId, log: LogId) -> bool {
        let person = self.sessions.get(session).and_then(|session| session.entered);
        let person = person.and_then(|entered| self.state.directory().person(entered.person));
        person.is_some_and(|person| person.rooms.contains(&log))
    }

    fn presence_of(&self, room: RoomName, people: &[(PersonId, Seen)]) -> Update {
        let (mut here, mut away, mut said) = (Vec::new(), Vec::new(), Vec::new());
        for (person, seen) in people {
            let Some(found) = self.state.directory().person(*person) else { continue };
            let name = found.name.clone();
            match seen.clone() {
                None => away.push(name),
                Some((mode, status)) => {
                    here.push(name.clone());
                    if mode != Mode::Online || !status.is_empty() {
                        said.push(MemberPresence { name, mode, status });
                    }
                }
            }
        }
        Update::Presence { room, here, away, people: said }
    }

    /// The sessions that are to learn nothing of somebody: of whom he blocks, and of who blocks him.
    pub(super) fn hidden_from(&self, person: PersonId) -> Vec<(PersonId, SessionId)> {
        if planted("presence_across_block") {
            return Vec::new();
        }
        let Some(found) = self.state.directory().person(person) else { return Vec::new() };
        let blocked = found.seldom.contacts.keys().filter(|other| found.blocks(**other));
        let others = blocked.chain(found.seldom.blocked_by.iter());
        let of = |other: &PersonId| {
            let other = *other;
            self.sessions.of_person(other).into_iter().map(move |session| (other, session))
        };
        others.flat_map(of).collect()
    }

    /// Tells somebody how a friend is seen now.
    pub(super) fn tell_friend(&mut self, to: PersonId, friend: PersonId, seen: &Seen) {
        let knows = |person: &Person| person.seldom.contacts.contains_key(&friend);
        if !self.state.directory().person(to).is_some_and(knows) {
            return;
        }
        let Some(name) = self.state.directory().person(friend).map(|friend| friend.name.clone()) else {
            return;
        };
        // Whoever reads his own log is told it there, after the note that made him a friend.
        for session in self.sessions.of_person(to) {
            let (here, (mode, status)) = (seen.is_some(), seen.clone().unwrap_or_default());
            let update = Update::FriendPresence { name: name.clone(), here, mode, status };
            let reads = self.sessions.get(session).is_some_and(|session| session.reads_own);
            self.emit(match reads {
                true => Output::Announce(LogId::personal(to), update, Hearers::Only(vec![session])),
                false => Output::Tell(session, update),
            });
        }
    }
}
