//! The person's own log: what all of his devices agree on.

use super::asked::Asked;
use super::bounds::DOUBTED_MAX;
use super::door::{Ending, PutOut};
use super::machine::Client;
use super::people::{Contact, OwnPresence, Stands, clipped, note_words};
use crate::entry::{Mode, Note, PersonalEntry, Seq};
use crate::limits::{CONTACTS_MAX, INVITATIONS_MAX, STATUS_BYTES_MAX};
use crate::mutant::planted;
use crate::name::{Name, RoomName};
use crate::protocol::{Contacted, Invitation, NumberedNote, Request};
use std::sync::Arc;

impl Client {
    /// The server sends the own log from this place on. What is in no log is asked for each time: who of the friends is
    /// here, and which invitations were used, or went with their room.
    pub(super) fn own_log(&mut self, head: Seq, from: Seq) {
        (self.own.ask_friends, self.own.ask_me) = (self.prefetches(), self.prefetches());
        (self.own.expected, self.own.head, self.own.live) = (from.max(Seq(1)), head, true);
        self.settled();
    }

    /// The next note of the own log.
    pub(super) fn own_note(&mut self, NumberedNote { seq, entry }: NumberedNote) {
        if !self.own.live || seq != self.own.expected {
            let (expected, found) = (self.own.expected.0, seq.0);
            let what = format!("entry {found} of your own log where {expected} was expected");
            return self.broken(None, &what);
        }
        self.own.expected = seq.next();
        let PersonalEntry { note, .. } = entry;
        match note {
            Note::Read { room, upto, .. } => {
                if let Some(view) =
                    self.model.rooms.get_mut(&room).filter(|_| !planted("read_elsewhere_unheard"))
                {
                    view.read_up_to(upto);
                }
                // Who has looked there since knows of it.
                self.own.rejected.retain(|rejected| rejected.room != room);
            }
            Note::Rejected { room, held, reason, .. } => self.rejected(seq, room, held, reason),
            Note::PutOut { room, until, banned, reason, .. } => {
                let ending = if banned { Ending::Banned(until) } else { Ending::Kicked };
                // What was so when we came in is asked for; it may say that we were invited again since.
                if seq > self.own.head {
                    self.own.touch_room(&room);
                }
                self.model.invitations.remove(&room);
                self.put_out_while_away(&room, PutOut { ending, by: None, reason });
            }
            // Invitations that were used since are in no note.
            Note::Invited { .. } | Note::Uninvited { .. } if seq <= self.own.head => {}
            note if self.prefetches() => self.noted(note),
            _ => {}
        }
        self.settled();
    }

    /// Notes that cannot be read any more: what they came to is asked for.
    pub(super) fn own_damaged(&mut self, from: Seq, to: Seq) {
        if !self.own.live || from != self.own.expected || to < from {
            return self.broken(None, "a damaged stretch of your own log out of order");
        }
        self.own.expected = to.next();
        self.ask_for_all();
        self.settled();
    }

    fn ask_for_all(&mut self) {
        (self.own.ask_friends, self.own.ask_me) = (self.prefetches(), self.prefetches());
        self.chores_due = true;
    }

    /// What concerns whom we know, where we are invited, and how we are seen.
    fn noted(&mut self, note: Note) {
        match note {
            Note::Asked { name, note, .. } => self.stands(&name, Stands::Asked, &note),
            Note::AskedBy { name, note, .. } => self.stands(&name, Stands::AskedBy, &note),
            Note::Friend { name, .. } => self.stands(&name, Stands::Friend, ""),
            Note::Blocked { name, .. } => {
                self.stands(&name, Stands::Blocked, "");
                self.doubt_the_blocked();
                self.told_friend(&name, false, Mode::Online, "");
            }
            Note::Unfriended { name, .. } | Note::Unblocked { name, .. } => {
                self.own.touch(&name);
                self.model.contacts.remove(&name);
            }
            Note::Invited { room, title, name, .. } => {
                self.own.touch_room(&room);
                // It may have been used before we heard of it: a room is told when it is joined, the own log is read on
                // when there is time, and no note says that an invitation was used.
                self.own.ask_me = true;
                let held = &mut self.model.invitations;
                if held.len() < INVITATIONS_MAX || held.contains_key(&room) {
                    held.insert(room.clone(), Invitation { room, title, by: name });
                }
            }
            Note::Uninvited { room, .. } => {
                self.own.touch_room(&room);
                self.model.invitations.remove(&room);
            }
            Note::Presence { mode, status, audience } => {
                if let Some(asked) = &mut self.own.me {
                    asked.presence = true;
                }
                let status = clipped(status, STATUS_BYTES_MAX);
                self.model.presence = OwnPresence { mode, status, audience };
                self.model.presence_known = true;
            }
            // What stood there may have been about anybody.
            Note::Erased | Note::Other => self.ask_for_all(),
            Note::Read { .. } | Note::PutOut { .. } | Note::Rejected { .. } => {}
        }
    }

    fn stands(&mut self, name: &Name, stands: Stands, note: &str) {
        self.own.touch(name);
        let contacts = &mut self.model.contacts;
        if contacts.len() < CONTACTS_MAX || contacts.contains_key(name) {
            // That a friend is here may be told before it is said that he is one.
            let contact = contacts.entry(name.clone()).or_insert_with(|| Contact::new(stands));
            (contact.stands, contact.note) = (stands, note_words(note));
        }
    }

    /// We were put out of a room. If we read it, its own log says so in its place, and who did it; if we have come back
    /// since, we read it.
    fn put_out_while_away(&mut self, room: &RoomName, why: PutOut) {
        let live = self.model.rooms.get(room).is_some_and(|view| view.live);
        if !live && (self.model.rooms.contains_key(room) || self.wanted.contains_key(room)) {
            self.put_out(room, why);
        }
    }

    /// A friend is seen otherwise.
    pub(super) fn told_friend(&mut self, name: &Name, here: bool, mode: Mode, status: &str) {
        let status = clipped(status.to_owned(), STATUS_BYTES_MAX);
        if let Some(asked) = &mut self.own.friends {
            asked.see(name, here, mode, &status);
        }
        if let Some(contact) = self.model.contacts.get_mut(name) {
            (contact.here, contact.mode, contact.status) = (here, mode, status);
        }
    }

    /// A part of whom we know.
    pub(super) fn told_friends(&mut self, people: Vec<Contacted>, more: bool) {
        let Some(mut asked) = self.own.friends.take() else { return };
        match asked.take(people, more) {
            Some(after) => {
                self.own.friends = Some(asked);
                self.ask_under_id(Asked::Friends, Request::Friends { after: Some(after) });
            }
            None => {
                asked.finish(&mut self.model.contacts);
                self.doubt_the_blocked();
            }
        }
    }

    /// Whoever is seen blocked may have called us before that, or may later, when he is not any more. In what order our
    /// log and those of the rooms stand is not told, so the server is asked how much there is that counts.
    fn doubt_the_blocked(&mut self) {
        let blocked = |(name, contact): (&Name, &Contact)| {
            let new = contact.stands == Stands::Blocked && !self.own.doubted.contains(name);
            new.then(|| name.clone())
        };
        let new: Vec<Name> = self.model.contacts.iter().filter_map(blocked).collect();
        if new.is_empty() || self.own.doubted.len() + new.len() > DOUBTED_MAX {
            return;
        }
        Arc::make_mut(&mut self.own.doubted).extend(new);
        for view in self.model.rooms.values_mut() {
            view.doubt(Arc::clone(&self.own.doubted));
        }
        self.chores_due = true;
    }

    /// What else is our own.
    pub(super) fn told_me(&mut self, presence: OwnPresence, invitations: Vec<Invitation>) {
        let Some(asked) = self.own.me.take() else { return };
        if !asked.presence {
            let status = clipped(presence.status, STATUS_BYTES_MAX);
            self.model.presence = OwnPresence { status, ..presence };
            self.model.presence_known = true;
        }
        asked.finish(invitations, &mut self.model.invitations);
    }
}
