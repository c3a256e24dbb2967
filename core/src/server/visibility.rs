//! Who is seen here, by whom, and when it is told.

use super::command::SessionId;
use super::decide::is_here_in_room;
use super::door::{Hearers, Output};
use super::machine::Server;
use super::presence::{Before, Seen};
use super::state::Person;
use crate::entry::{Audience, LogId, Mode, PersonId};
use crate::limits::LIST_ROWS_MAX;
use crate::mutant::planted;
use crate::name::RoomName;
use crate::protocol::{MemberPresence, Update};
use crate::time::Now;
use std::collections::{BTreeMap, BTreeSet};

impl Server {
    /// How the members of his rooms see somebody.
    pub(super) fn seen_in_rooms(&self, person: PersonId) -> Seen {
        let found = self.state.directory().person(person)?;
        self.seen_by_friends(person).filter(|_| found.presence.audience == Audience::Rooms)
    }

    /// How his friends see somebody.
    pub(super) fn seen_by_friends(&self, person: PersonId) -> Seen {
        let presence = &self.state.directory().person(person)?.presence;
        let visible = self.sessions.is_here(person) && presence.mode != Mode::Invisible;
        visible.then(|| (presence.mode, presence.status.clone()))
    }

    /// How this one sees that one in a room of both.
    pub(super) fn seen_by(&self, seen: PersonId, by: PersonId) -> Seen {
        let presence = &self.state.directory().person(seen)?.presence;
        let visible = self.sessions.is_here(seen) && is_here_in_room(&self.state, seen, by);
        visible.then(|| (presence.mode, presence.status.clone()))
    }

    /// Somebody came, went, or wants to be seen otherwise: notes how he was seen before.
    pub(super) fn note_presence(&mut self, person: PersonId, seen: &Seen, by_friends: Seen, now: Now) {
        let Some(found) = self.state.directory().person(person) else { return };
        for log in &found.rooms {
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
        let (rooms, friends) = self.presence.take(now.tick);
        for (log, changes) in rooms {
            self.tell_room(log, changes);
        }
        for (person, before) in friends {
            let seen = self.seen_by_friends(person);
            if before == Before::Told(seen.clone()) {
                continue;
            }
            let Some(found) = self.state.directory().person(person) else { continue };
            let friends: Vec<PersonId> = found.contacts.keys().copied().collect();
            for friend in friends {
                if self.state.directory().are_friends(person, friend) {
                    self.tell_friend(friend, person, &seen);
                }
            }
        }
    }

    fn tell_room(&mut self, log: LogId, changes: BTreeMap<PersonId, Before>) {
        let Some(room) = self.state.room(log) else { return };
        let key = room.key.clone();
        // Who has left meanwhile, or whose joining was lost with a full disk, is nobody here.
        let changed = changes.into_iter().filter(|(person, before)| {
            room.members.contains_key(person) && *before != Before::Told(self.seen_in_rooms(*person))
        });
        let changed: Vec<(PersonId, Before)> = changed.collect();
        // Whoever is not to see somebody of them is told for himself, in just as many words.
        let mut apart: BTreeMap<SessionId, BTreeSet<PersonId>> = BTreeMap::new();
        for (person, _) in &changed {
            for session in self.hidden_from(*person) {
                if self.reads(session, log) {
                    apart.entry(session).or_default().insert(*person);
                }
            }
        }
        let except: Vec<SessionId> = apart.keys().copied().collect();
        for part in changed.chunks(LIST_ROWS_MAX) {
            let told: Vec<_> =
                part.iter().map(|(person, _)| (*person, self.seen_in_rooms(*person))).collect();
            let update = self.presence_of(key.clone(), &told);
            self.held.now(Output::Announce(log, update, Hearers::AllBut(except.clone())));
            for (session, hidden) in &apart {
                // Of whom nothing was told yet it is told that he is away; of the others he has seen nothing change.
                let seen = |(person, before): &(PersonId, Before)| match hidden.contains(person) {
                    false => Some((*person, self.seen_in_rooms(*person))),
                    true => (*before == Before::Untold).then_some((*person, None)),
                };
                let told: Vec<_> = part.iter().filter_map(seen).collect();
                if !told.is_empty() {
                    let update = self.presence_of(key.clone(), &told);
                    self.held.now(Output::Announce(log, update, Hearers::Only(vec![*session])));
                }
            }
        }
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
    pub(super) fn hidden_from(&self, person: PersonId) -> Vec<SessionId> {
        if planted("presence_across_block") {
            return Vec::new();
        }
        let Some(found) = self.state.directory().person(person) else { return Vec::new() };
        let blocked = found.contacts.keys().filter(|other| found.blocks(**other));
        let others = blocked.chain(&found.blocked_by);
        others.flat_map(|other| self.sessions.of_person(*other)).collect()
    }

    /// Tells somebody how a friend is seen now.
    pub(super) fn tell_friend(&mut self, to: PersonId, friend: PersonId, seen: &Seen) {
        let knows = |person: &Person| person.contacts.contains_key(&friend);
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
