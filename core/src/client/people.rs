//! Whom one knows, where one is invited, and how one is seen: what a person's own log adds up to.

use crate::entry::{Audience, HeldId, Mode, Seq};
use crate::limits::{CONTACTS_MAX, INVITATIONS_MAX, NOTE_BYTES_MAX, STATUS_BYTES_MAX};
use crate::name::{Name, RoomName};
use crate::protocol::{Contacted, Invitation};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Somebody whom one knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// How one stands to him.
    pub stands: Stands,
    /// The words of a request for friendship, if they were heard.
    pub note: String,
    /// Of a friend: he is here.
    pub here: bool,
    /// Of a friend: in which state.
    pub mode: Mode,
    /// Of a friend: in which words.
    pub status: String,
}

/// How one stands to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    /// Friends.
    Friend,
    /// He was asked to be a friend.
    Asked,
    /// He asks to be a friend.
    AskedBy,
    /// He is to be kept away.
    Blocked,
}

/// How one wants to be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnPresence {
    /// In which state.
    pub mode: Mode,
    /// In which words.
    pub status: String,
    /// By whom.
    pub audience: Audience,
}

/// Where the client stands in its person's own log, and what it asks beside it.
///
/// What is asked comes from another moment than the notes do, before or after: a note that came since the asking wins
/// over the answer, and since the last note about somebody always comes, both come to the same in the end.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnLog {
    /// The seq of the next note; 0 until the server has told the log.
    pub(super) expected: Seq,
    /// The last seq that the log had when it was told. What the notes up to here come to is asked for, so they are older
    /// than the answer.
    pub(super) head: Seq,
    /// It is sent on this connection.
    pub(super) live: bool,
    pub(super) ask_me: bool,
    pub(super) ask_friends: bool,
    /// `friends` is being asked, part by part.
    pub(super) friends: Option<FriendsAsked>,
    /// `me` was asked.
    pub(super) me: Option<MeAsked>,
    /// What was not let through while we were away, until the rest of the log is heard.
    pub(super) rejected: Vec<Rejected>,
    /// Everybody who was seen blocked since the program started.
    pub(super) doubted: Arc<BTreeSet<Name>>,
}

/// What we said that the moderators of a room did not let through.
#[derive(Clone, Debug)]
pub(super) struct Rejected {
    pub(super) room: RoomName,
    pub(super) held: HeldId,
    pub(super) reason: String,
}

/// The answers to `friends` so far.
#[derive(Clone, Debug, Default)]
pub(super) struct FriendsAsked {
    rows: BTreeMap<Name, Contact>,
    /// Those whom a note was about since.
    touched: BTreeSet<Name>,
}

/// What notes were about since `me` was asked.
#[derive(Clone, Debug, Default)]
pub(super) struct MeAsked {
    pub(super) invitations: BTreeSet<RoomName>,
    pub(super) presence: bool,
}

impl Contact {
    pub(super) fn new(stands: Stands) -> Self {
        Contact { stands, note: String::new(), here: false, mode: Mode::Online, status: String::new() }
    }

    fn of(row: Contacted) -> Option<(Name, Contact)> {
        let stands = match row.stands.as_str() {
            "friend" => Stands::Friend,
            "asked" => Stands::Asked,
            "asked_by" => Stands::AskedBy,
            "blocked" => Stands::Blocked,
            _ => return None,
        };
        let status = clipped(row.status, STATUS_BYTES_MAX);
        Some((row.name, Contact { stands, note: String::new(), here: row.here, mode: row.mode, status }))
    }
}

impl OwnLog {
    /// Whether everything has been heard that the log held when the client came in.
    pub(super) fn is_caught_up(&self) -> bool {
        self.expected == Seq(0) || (self.live && self.expected > self.head)
    }

    /// The link is gone.
    pub(super) fn lost(&mut self) {
        (self.live, self.friends, self.me) = (false, None, None);
        self.rejected.clear();
    }

    /// A note is about somebody. One that is older than the asking is older than the answer.
    pub(super) fn touch(&mut self, name: &Name) {
        let news = self.expected > self.head.next();
        if let Some(asked) = self.friends.as_mut().filter(|asked| news && asked.touched.len() < CONTACTS_MAX)
        {
            asked.touched.insert(name.clone());
        }
    }

    /// A note is about an invitation.
    pub(super) fn touch_room(&mut self, room: &RoomName) {
        if let Some(asked) = self.me.as_mut().filter(|asked| asked.invitations.len() < INVITATIONS_MAX) {
            asked.invitations.insert(room.clone());
        }
    }
}

impl FriendsAsked {
    /// Takes in a part of the answer. Gives the name after which to go on, if there is more and it leads on.
    pub(super) fn take(&mut self, people: Vec<Contacted>, more: bool) -> Option<Name> {
        let before = self.rows.last_key_value().map(|(name, _)| name.clone());
        let last = people.last().map(|row| row.name.clone());
        let left = CONTACTS_MAX - self.rows.len().min(CONTACTS_MAX);
        self.rows.extend(people.into_iter().filter_map(Contact::of).take(left));
        last.filter(|last| more && before.is_none_or(|before| before < *last))
            .filter(|_| self.rows.len() < CONTACTS_MAX)
    }

    /// What is known of everybody once all has been told.
    pub(super) fn finish(self, held: &mut BTreeMap<Name, Contact>) {
        let FriendsAsked { rows, touched } = self;
        held.retain(|name, _| touched.contains(name) || rows.contains_key(name));
        for (name, mut row) in rows {
            match held.get_mut(&name) {
                Some(contact) if touched.contains(&name) => {
                    (contact.here, contact.mode, contact.status) = (row.here, row.mode, row.status);
                }
                Some(contact) => {
                    row.note = std::mem::take(&mut contact.note);
                    *contact = row;
                }
                // A note since then has ended it.
                None if touched.contains(&name) => {}
                None => drop(held.insert(name, row)),
            }
        }
    }

    pub(super) fn see(&mut self, name: &Name, here: bool, mode: Mode, status: &str) {
        if let Some(row) = self.rows.get_mut(name) {
            (row.here, row.mode, row.status) = (here, mode, status.to_owned());
        }
    }
}

impl MeAsked {
    /// What is known of invitations once all has been told.
    pub(super) fn finish(&self, told: Vec<Invitation>, held: &mut BTreeMap<RoomName, Invitation>) {
        held.retain(|room, _| self.invitations.contains(room));
        let told = told.into_iter().filter(|row| !self.invitations.contains(&row.room));
        held.extend(told.map(|row| (row.room.clone(), row)).take(INVITATIONS_MAX));
        while held.len() > INVITATIONS_MAX {
            held.pop_last();
        }
    }
}

/// The words of a request for friendship.
pub(super) fn note_words(note: &str) -> String {
    clipped(note.to_owned(), NOTE_BYTES_MAX)
}

/// A text that takes no more than this; what is too much of it is cut off.
pub(super) fn clipped(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
        text.shrink_to_fit();
    }
    text
}
