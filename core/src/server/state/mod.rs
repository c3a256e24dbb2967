//! What the logs add up to: the directory, the rooms and the people, folded one entry at a time.

mod window;
mod posts;
mod keeping;
mod holding;
mod person;
mod keys;
mod invited;
mod directory;
mod ties;
mod room;

pub use directory::{Directory, SERVER_NAME};
pub use holding::{HeldPost, Holding};
pub use invited::ServerInvitation;
pub(super) use keeping::shorter;
pub use keeping::{Ages, Keeping};
pub(super) use keys::kept_keys;
pub use person::{Contact, Device, PasswordHash, Person, Presence, Reset, Seldom, Totp};
pub use posts::Posts;
pub use room::{Link, Member, Mention, Report, Room, Sanctioned};
pub use window::{Verdict, Window};

use crate::entry::{
    Act, DIRECTORY, DirectoryEntry, Entry, LogId, LogKind, Note, PersonId, PersonalEntry, Position,
    RoomEntry, Seq,
};
use crate::mutant::planted;
use crate::name::RoomName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All that deciding depends on. It follows from the entries alone: the same entries, the same state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    position: Position,
    directory: Directory,
    rooms: BTreeMap<LogId, Room>,
}

/// Stored bytes that are no state of this program, or entries that do not continue it.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The checkpoint cannot be read.
    #[error("the checkpoint cannot be read: {0}")]
    Checkpoint(#[from] serde_json::Error),
    /// An entry is not the next one of its log.
    #[error("log {log} continues with entry {found} where {expected} was expected", log = log.0, found = found.0, expected = expected.0)]
    Gap {
        /// Of which log.
        log: LogId,
        /// What should have come.
        expected: Seq,
        /// What came.
        found: Seq,
    },
    /// An entry of a newer program.
    #[error("entry {seq} of log {log} is of the kind `{kind}`, which a newer program wrote: use that program", seq = seq.0, log = log.0)]
    Newer {
        /// Of which log.
        log: LogId,
        /// Its place.
        seq: Seq,
        /// Its kind.
        kind: String,
    },
    /// A post whose number its device had used or passed over.
    #[error("entry {seq} of log {log} is a post whose number comes too late", seq = seq.0, log = log.0)]
    Number {
        /// Of which log.
        log: LogId,
        /// Its place.
        seq: Seq,
    },
    /// An entry of a room or a person that the directory does not have.
    #[error("log {log} has entries, but the directory knows no such room or person", log = log.0)]
    NoRoom {
        /// Of which log.
        log: LogId,
    },
}

impl Default for State {
    fn default() -> Self {
        State::new()
    }
}

impl State {
    /// What no entries at all add up to.
    #[must_use]
    pub fn new() -> Self {
        State { position: Position(0), directory: Directory::new(), rooms: BTreeMap::new() }
    }

    /// Reads what [`State::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes are no state.
    pub fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let mut state: State = serde_json::from_slice(bytes)?;
        let State { directory, rooms, .. } = &mut state;
        for room in rooms.values_mut() {
            room.remake_names(|person| directory.person(person).map(|person| &person.name));
            room.holding.remake_keys();
        }
        Ok(state)
    }

    /// The state as bytes, for a checkpoint.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a state has only string and number keys, so it is always JSON")
    }

    /// How many entries there are in all logs together.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The people, devices and names.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The room with this log.
    #[must_use]
    pub fn room(&self, log: LogId) -> Option<&Room> {
        self.rooms.get(&log)
    }

    /// All rooms in the order in which they were made.
    pub fn rooms(&self) -> impl Iterator<Item = (LogId, &Room)> {
        self.rooms.iter().map(|(log, room)| (*log, room))
    }

    /// The log and the room of this name or key.
    #[must_use]
    pub fn room_named(&self, name: &RoomName) -> Option<(LogId, &Room)> {
        let log = self.directory.room(name)?;
        let room = self.rooms.get(&log)?;
        // What the server gives as a key is one for those rooms alone that have no other.
        (!name.is_given() || room.key == *name).then_some((log, room))
    }

    /// The seq that the next entry of this log gets.
    #[must_use]
    pub fn next_seq(&self, log: LogId) -> Seq {
        self.head(log).next()
    }

    /// The last seq of this log.
    #[must_use]
    pub fn head(&self, log: LogId) -> Seq {
        match log.kind() {
            LogKind::Directory => self.directory.head,
            LogKind::Room => self.rooms.get(&log).map_or(Seq(0), |room| room.head),
            LogKind::Personal(person) => {
                self.directory.person(person).map_or(Seq(0), |person| person.own_head)
            }
        }
    }

    /// Takes in an entry read from disk.
    ///
    /// # Errors
    /// When it is not the next one of its log, or of a kind or a room that this program does not know.
    pub fn replay(&mut self, log: LogId, seq: Seq, entry: &Entry) -> Result<(), StateError> {
        let expected = self.next_seq(log);
        if seq != expected {
            return Err(StateError::Gap { log, expected, found: seq });
        }
        match (entry, log.kind()) {
            (Entry::Room(RoomEntry { act, .. }), _) => {
                if let Act::Other(kind) = act {
                    return Err(StateError::Newer { log, seq, kind: kind.clone() });
                }
                if !self.rooms.contains_key(&log) {
                    return Err(StateError::NoRoom { log });
                }
                if let Act::Post(post) = act
                    && post.let_by.is_none()
                    && let Some(device) = self.directory.device(post.device)
                    && post.n.value() <= device.window.highest()
                {
                    return Err(StateError::Number { log, seq });
                }
            }
            (Entry::Personal(PersonalEntry { note: Note::Other, .. }), _) => {
                return Err(StateError::Newer { log, seq, kind: "of a person's own log".to_owned() });
            }
            (Entry::Personal(_), LogKind::Personal(person)) if self.directory.person(person).is_none() => {
                return Err(StateError::NoRoom { log });
            }
            (Entry::Directory(DirectoryEntry::Held { device, n, .. }), _)
                if self.directory.device(*device).is_some_and(|held| n.value() <= held.window.highest()) =>
            {
                return Err(StateError::Number { log, seq });
            }
            (Entry::Personal(_) | Entry::Directory(_), _) => {}
        }
        self.evolve(log, entry);
        Ok(())
    }

    /// Takes in the next entry of a log. Nothing is refused here: what is in the log has happened.
    pub(super) fn evolve(&mut self, log: LogId, entry: &Entry) {
        self.position = self.position.next();
        match (entry, log.kind()) {
            (Entry::Directory(entry), _) => {
                assert_eq!(log, DIRECTORY, "a directory's entry belongs to the directory");
                self.evolve_directory(entry);
            }
            (Entry::Room(entry), _) => self.evolve_room(log, entry),
            (Entry::Personal(entry), LogKind::Personal(person)) => self.evolve_own(person, entry),
            (Entry::Personal(_), _) => panic!("a person's entry belongs to his own log"),
        }
    }

    fn evolve_directory(&mut self, entry: &DirectoryEntry) {
        match entry {
            DirectoryEntry::Room { log, name, room, .. } => {
                let key = self.directory.new_key(*log, name.as_ref(), room.is_public());
                self.rooms.insert(*log, Room::new(key, name.clone(), *room));
            }
            DirectoryEntry::RoomName { log, name, .. } => {
                if let Some(room) = self.rooms.get(log) {
                    self.directory.rename_room(*log, &room.key, name);
                }
            }
            DirectoryEntry::RoomClosed { log, .. } => drop(self.rooms.remove(log)),
            DirectoryEntry::Link { by, log, link, token, until, uses, .. } => {
                if let Some(room) = self.rooms.get_mut(log) {
                    let new = Link { by: *by, token: token.clone(), until: *until, uses: *uses };
                    room.links.insert(*link, new);
                }
            }
            DirectoryEntry::LinkUsed { log, link, .. } => {
                if let Some(room) = self.rooms.get_mut(log)
                    && let Some(uses) = room.links.get_mut(link).and_then(|link| link.uses.as_mut())
                {
                    *uses = uses.saturating_sub(u32::from(!planted("link_never_used_up")));
                    if *uses == 0 {
                        room.links.remove(link);
                        self.directory.forget_link(*link);
                    }
                }
            }
            DirectoryEntry::Unlinked { log, link, .. } => {
                if let Some(room) = self.rooms.get_mut(log) {
                    room.links.remove(link);
                }
            }
            DirectoryEntry::Report { at, by, log, report, target, reason } => {
                if let Some(room) = self.rooms.get_mut(log) {
                    let new = Report { by: *by, at: *at, target: *target, reason: reason.clone() };
                    room.reports.insert(*report, new);
                }
            }
            DirectoryEntry::Resolved { log, report, .. } => {
                if let Some(room) = self.rooms.get_mut(log) {
                    room.reports.remove(report);
                }
            }
            DirectoryEntry::Hold { log, words, links, .. } => {
                let seq = self.directory.head.next();
                if let Some(room) = self.rooms.get_mut(log) {
                    room.holding.set(words, *links, seq);
                }
            }
            DirectoryEntry::Held { at, person, log, held, device, n, text, reply } => {
                let seq = self.directory.head.next();
                if let Some(room) = self.rooms.get_mut(log) {
                    let (by, device, n, text) = (*person, *device, *n, text.clone());
                    room.holding.add(*held, HeldPost { at: *at, by, device, n, text, reply: *reply, seq });
                    if let Some(member) = room.members.get_mut(person) {
                        // Whoever has to wait between two posts waits as if this one was read already.
                        member.spoke = *at;
                    }
                }
                if let Some(device) = self.directory.device_mut(*device) {
                    device.window.change(|window| window.hold(*n, *log, *held, text));
                }
            }
            DirectoryEntry::Unheld { log, held, whom, seq, .. } => {
                if let Some(room) = self.rooms.get_mut(log) {
                    room.holding.posts.remove(held);
                }
                self.directory.windows_of(*whom, |window| window.waits_no_more(*log, *held, *seq));
            }
            DirectoryEntry::Erased { person, .. } => {
                for room in self.rooms.values_mut() {
                    room.forget(*person);
                }
            }
            _ => {}
        }
        self.directory.evolve(entry);
    }

    fn evolve_room(&mut self, log: LogId, entry: &RoomEntry) {
        let State { directory, rooms, .. } = self;
        let room = rooms.get_mut(&log).expect("a room's first entry follows its name in the directory");
        let name = |person| directory.person(person).map(|person| &person.name);
        let hears = |named| {
            let blocks = directory.person(named).is_none_or(|named| named.blocks(entry.person));
            !blocks || planted("mention_across_block")
        };
        room.evolve(entry, name, hears);
        let mut reads = |person: PersonId, on: bool| {
            if let Some(person) = directory.person_mut(person) {
                if on {
                    person.rooms.insert(log);
                    person.seldom.if_any(|seldom| seldom.invitations.remove(&log));
                } else {
                    person.rooms.remove(&log);
                }
            }
        };
        match &entry.act {
            Act::Created | Act::Joined => reads(entry.person, true),
            Act::Left => {
                reads(entry.person, false);
                directory.windows_of(entry.person, |window| window.forget_waiting(log));
            }
            Act::Kicked(whom, _) => {
                reads(whom.person, false);
                directory.windows_of(whom.person, |window| window.forget_waiting(log));
            }
            Act::Banned(whom, _) => {
                reads(whom.person, false);
                directory.windows_of(whom.person, |window| window.forget_waiting(log));
                // An invitation does not outlive the ban: it would let him in once that is over.
                if let Some(person) = directory.person_mut(whom.person) {
                    person.seldom.if_any(|seldom| seldom.invitations.remove(&log));
                }
            }
            // Whoever wants to have nothing to do with the other does not hear of it.
            Act::Added(whom) => {
                let added = directory.person_mut(whom.person).filter(|added| !added.blocks(entry.person));
                if let Some(added) = added {
                    added.rooms.insert(log);
                }
            }
            // What was let through has had its number since it was said.
            Act::Post(post) if post.let_by.is_some() => {
                directory.windows_of(entry.person, |window| window.says(log, room.head, &post.text));
            }
            Act::Post(post) => {
                if let Some(device) = directory.device_mut(post.device) {
                    device.window.change(|window| window.record(post.n, log, room.head, &post.text));
                }
            }
            Act::Deleted { target, of } => directory.forget_post(*of, log, *target),
            Act::Faded { upto } => directory.all_windows(|window| window.forget_upto(log, *upto)),
            _ => {}
        }
    }

    fn evolve_own(&mut self, id: PersonId, entry: &PersonalEntry) {
        let State { directory, rooms, .. } = self;
        let direct = |whom: PersonId| directory.direct(id, whom);
        // A conversation with somebody who is blocked is out of sight, and comes back when he is not.
        let (hidden, shown) = match &entry.note {
            Note::Blocked { whom, .. } => (direct(*whom), None),
            Note::Unblocked { whom, .. } => (None, direct(*whom)),
            _ => (None, None),
        };
        match &entry.note {
            Note::Blocked { whom, .. } => {
                let other = directory.person_mut(*whom);
                if let Some(other) = other {
                    other.seldom.change(|seldom| seldom.blocked_by.insert(id));
                }
            }
            Note::Unblocked { whom, .. } => {
                let other = directory.person_mut(*whom);
                if let Some(other) = other {
                    other.seldom.if_any(|seldom| seldom.blocked_by.remove(&id));
                }
            }
            _ => {}
        }
        let Some(person) = directory.person_mut(id) else { return };
        person.own_head = person.own_head.next();
        if let Some(log) = hidden {
            person.rooms.remove(&log);
        }
        if let Some(log) =
            shown.filter(|log| rooms.get(log).is_some_and(|room| room.members.contains_key(&id)))
        {
            person.rooms.insert(log);
        }
        let mut stands =
            |whom: &PersonId, contact| person.seldom.change(|seldom| seldom.contacts.insert(*whom, contact));
        match &entry.note {
            Note::Read { log, upto, .. } => {
                if let Some(member) = rooms.get_mut(log).and_then(|room| room.members.get_mut(&id)) {
                    member.read = member.read.max(*upto);
                }
            }
            Note::Asked { whom, .. } => drop(stands(whom, Contact::Asked)),
            Note::AskedBy { whom, .. } => drop(stands(whom, Contact::AskedBy)),
            Note::Friend { whom, .. } => drop(stands(whom, Contact::Friend)),
            Note::Blocked { whom, .. } => drop(stands(whom, Contact::Blocked)),
            Note::Unfriended { whom, .. } | Note::Unblocked { whom, .. } => {
                person.seldom.if_any(|seldom| seldom.contacts.remove(whom));
            }
            Note::Invited { log, .. } => {
                person.seldom.change(|seldom| seldom.invitations.insert(*log, entry.by));
            }
            Note::Uninvited { log, .. } => {
                person.seldom.if_any(|seldom| seldom.invitations.remove(log));
            }
            Note::Presence { mode, status, audience } => {
                let presence = Presence { mode: *mode, status: status.clone(), audience: *audience };
                person.seldom.change(|seldom| seldom.presence = presence);
            }
            Note::PutOut { .. } | Note::Rejected { .. } | Note::Erased | Note::Other => {}
        }
    }
}
