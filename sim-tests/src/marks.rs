//! Situations that must come about over many runs: a day on which none of them does shows nothing.

use crate::client_host::Person;
use crate::disk::Counts;
use crate::oracles::{Model, OnDisk};
use crate::wire::Word;
use sala_core::entry::{Act, DirectoryEntry, Entry, PersonId, Position, RoomEntry, Seq};
use sala_core::protocol::{NumberedEntry, Request, Update};
use sala_core::refusal::{Code, Fate};
use std::collections::{BTreeMap, BTreeSet};

/// How often each situation came about.
pub type Marks = BTreeMap<&'static str, u64>;

/// What was ordered while a part of a batch was being written went with it; nobody's wire tells.
pub const A_BATCH_GREW: &str = "a batch grew while it was written";
/// The same, and what was ordered while that was being written.
pub const A_BATCH_GREW_AGAIN: &str = "a batch grew more than once";
/// Pages of it lie in both from then on, and the next commit writes over what the log has.
pub const THE_WAL_WAS_MOVED: &str = "the write-ahead log was moved into the database";
/// Its next start finds in the log what stands in the database, whole or written over in part.
pub const DIED_AFTER_A_MOVE: &str = "a server ended between a move of the write-ahead log and its next write";

/// All situations that are looked for.
pub const MARKS: [&str; 62] = [
    "a ban ended by itself",
    "a ban was lifted",
    "a ban was heard by the one who was banned",
    A_BATCH_GREW,
    A_BATCH_GREW_AGAIN,
    "a closed room had been spoken in",
    "a clock was put back",
    "a conversation of two was spoken in",
    "a device came back and read on",
    "a device went on with the numbers of one that was shut out",
    "a device was revoked",
    "a disk failed",
    "a disk was full",
    "a friendship was made",
    "a guest got an account",
    "a link broke with a request open",
    "a link let somebody in",
    "a link was no good",
    "a member was added",
    "a member was kicked",
    "a mute ended by itself",
    "a mute was lifted",
    "a page showed a deleted post",
    "a page showed an edited post",
    "a password was changed",
    "a person was banned from the server",
    "a person was erased",
    "a post named somebody",
    "a post waited for a moderator",
    "a post was let through",
    "a post was not let through",
    "a power cut lost what was not synced",
    "a request was made while two were apart",
    "a request's fate was unknown",
    "a resend was answered with its place",
    "a room got another owner by the rule",
    "a room was archived",
    "a room was given to another",
    "a room was renamed",
    "a search found something",
    DIED_AFTER_A_MOVE,
    "an edit was told live",
    "an entry was said to be damaged",
    "an invitation to the server made an account",
    "an invitation was accepted",
    "refused: archived",
    "refused: banned",
    "refused: blocked by you",
    "refused: held",
    "refused: muted",
    "refused: no such post",
    "refused: not a member",
    "refused: not allowed",
    "refused: slow down",
    "refused: slow mode",
    "refused: storage full",
    "refused: wrong password",
    "somebody exported what he wrote",
    "somebody was told goodbye at once: banned",
    "somebody was told goodbye at once: revoked",
    THE_WAL_WAS_MOVED,
    "two devices of one person were on at once",
];

/// What came about in a run.
#[must_use]
pub fn marks(people: &[Person], on_disk: &OnDisk, model: &Model, disk: Counts) -> Marks {
    let mut found = Found::new();
    found.on_disk(on_disk, model);
    people.iter().for_each(|person| found.on_wire(person, on_disk, model));
    found.at_once(people);
    found.add("a disk failed", disk.errors);
    found.add("a disk was full", disk.refusals);
    found.add("a power cut lost what was not synced", disk.lost_bytes.min(1));
    found.marks
}

/// Where a situation came about.
#[derive(Clone, Debug)]
pub enum Pin {
    /// On the wire of the client of this key, at this millisecond.
    Said(String, u64),
    /// With this entry.
    Stored(Position),
}

/// Where each situation came about, as far as it has a place.
#[must_use]
pub fn pins(people: &[&Person], on_disk: &OnDisk, model: &Model) -> Vec<(&'static str, Pin)> {
    let mut found = Found::new();
    found.on_disk(on_disk, model);
    people.iter().for_each(|person| found.on_wire(person, on_disk, model));
    found.pins
}

struct Found {
    marks: Marks,
    pins: Vec<(&'static str, Pin)>,
    /// What is looked at.
    here: Option<Pin>,
}

impl Found {
    fn new() -> Self {
        let marks = MARKS.iter().map(|mark| (*mark, 0)).collect();
        Found { marks, pins: Vec::new(), here: None }
    }

    fn add(&mut self, mark: &'static str, count: u64) {
        *self.marks.get_mut(mark).expect("every mark is in the list of all") += count;
    }

    fn note(&mut self, mark: &'static str) {
        self.pins.extend(self.here.clone().map(|here| (mark, here)));
        self.add(mark, 1);
    }

    fn on_disk(&mut self, on_disk: &OnDisk, model: &Model) {
        let mut latest = 0;
        let mut banned: BTreeSet<(u64, PersonId)> = BTreeSet::new();
        let mut muted: BTreeSet<(u64, PersonId)> = BTreeSet::new();
        let mut invited: BTreeSet<(u64, PersonId)> = BTreeSet::new();
        let mut ways: BTreeSet<PersonId> = BTreeSet::new();
        for kept in &on_disk.entries {
            let log = kept.log.0;
            self.here = Some(Pin::Stored(kept.position));
            match &kept.entry {
                Entry::Room(RoomEntry { at, person, act, .. }) => {
                    if at.0 < latest {
                        self.note("a clock was put back");
                    }
                    latest = at.0;
                    let direct = model
                        .rooms
                        .get(&kept.log)
                        .is_some_and(|place| place.kind == sala_core::entry::RoomKind::Direct);
                    match act {
                        Act::Banned(whom, _) => drop(banned.insert((log, whom.person))),
                        Act::Unbanned(whom) => {
                            banned.remove(&(log, whom.person));
                            self.note("a ban was lifted");
                        }
                        Act::Muted(whom, _) => drop(muted.insert((log, whom.person))),
                        Act::Unmuted(whom) => {
                            muted.remove(&(log, whom.person));
                            self.note("a mute was lifted");
                        }
                        Act::Joined => {
                            if banned.remove(&(log, *person)) {
                                self.note("a ban ended by itself");
                            }
                            if invited.remove(&(log, *person)) {
                                self.note("an invitation was accepted");
                            }
                        }
                        Act::Post(post) => {
                            if muted.remove(&(log, *person)) {
                                self.note("a mute ended by itself");
                            }
                            if !post.mentions.is_empty() {
                                self.note("a post named somebody");
                            }
                            if direct {
                                self.note("a conversation of two was spoken in");
                            }
                        }
                        Act::Invited(whom) => drop(invited.insert((log, whom.person))),
                        Act::Added(_) => self.note("a member was added"),
                        Act::Kicked(..) => self.note("a member was kicked"),
                        Act::Owner(_) if *person == PersonId(0) => {
                            self.note("a room got another owner by the rule");
                        }
                        Act::Owner(_) => self.note("a room was given to another"),
                        Act::Archived(true) => self.note("a room was archived"),
                        Act::Renamed(_) => self.note("a room was renamed"),
                        Act::Closed(_) if model.rooms[&kept.log].posts.keys().any(|seq| *seq > Seq(0)) => {
                            self.note("a closed room had been spoken in");
                        }
                        _ => {}
                    }
                }
                Entry::Directory(entry) => match entry {
                    DirectoryEntry::Revoked { .. } => self.note("a device was revoked"),
                    DirectoryEntry::Device { heir_of: Some(_), .. } => {
                        self.note("a device went on with the numbers of one that was shut out");
                    }
                    DirectoryEntry::Password { person, .. } => {
                        let known = !ways.insert(*person);
                        let guest = on_disk.entries.iter().any(|kept| {
                            matches!(&kept.entry, Entry::Directory(DirectoryEntry::Guest { person: guest, .. }) if guest == person)
                        });
                        match (known, guest) {
                            (true, _) => self.note("a password was changed"),
                            (false, true) => self.note("a guest got an account"),
                            (false, false) => {}
                        }
                    }
                    DirectoryEntry::ServerBan { .. } => self.note("a person was banned from the server"),
                    DirectoryEntry::Erased { .. } => self.note("a person was erased"),
                    DirectoryEntry::Held { .. } => self.note("a post waited for a moderator"),
                    DirectoryEntry::Unheld { seq: Some(_), .. } => self.note("a post was let through"),
                    DirectoryEntry::Unheld { .. } => self.note("a post was not let through"),
                    DirectoryEntry::LinkUsed { .. } => self.note("a link let somebody in"),
                    DirectoryEntry::ServerInvitationUsed { .. } => {
                        self.note("an invitation to the server made an account");
                    }
                    _ => {}
                },
                Entry::Personal(entry) => {
                    if matches!(entry.note, sala_core::entry::Note::Friend { .. }) {
                        self.note("a friendship was made");
                    }
                }
            }
        }
    }

    fn on_wire(&mut self, person: &Person, on_disk: &OnDisk, model: &Model) {
        let mut open: BTreeSet<u64> = BTreeSet::new();
        let mut me = PersonId(0);
        for spoken in person.wire.spoken().iter() {
            self.here = Some(Pin::Said(person.key(), spoken.at_ms));
            match &spoken.word {
                Word::Opened => open.clear(),
                Word::Closed if !open.is_empty() => self.note("a link broke with a request open"),
                Word::Asked(envelope) => {
                    open.extend(envelope.id);
                    let apart = model.blocks.keys().any(|(one, other)| *one == me || *other == me);
                    if apart && matches!(envelope.request, Request::Befriend { .. } | Request::Invite { .. })
                    {
                        self.note("a request was made while two were apart");
                    }
                }
                Word::Told(update) => {
                    if let Some(id) = crate::wire::answered(update) {
                        open.remove(&id);
                    }
                    if let Update::Welcome { person, .. } = &**update {
                        me = *person;
                    }
                    self.told(update, me, on_disk, model);
                }
                _ => {}
            }
        }
    }

    fn told(&mut self, update: &Update, me: PersonId, on_disk: &OnDisk, model: &Model) {
        match update {
            Update::Room { head, from: Some(from), .. } if *from <= *head && from.0 > 1 => {
                self.note("a device came back and read on");
            }
            Update::Stored { .. } => self.note("a resend was answered with its place"),
            Update::Entry { entry, .. } => match &entry.entry.act {
                Act::Banned(whom, _) if whom.person == me => {
                    self.note("a ban was heard by the one who was banned");
                }
                Act::Edited { .. } => self.note("an edit was told live"),
                _ => {}
            },
            Update::Damaged { .. } => self.note("an entry was said to be damaged"),
            Update::Page { room, entries, damaged, .. } => {
                if !damaged.is_empty() {
                    self.note("an entry was said to be damaged");
                }
                let log = on_disk.log(room);
                let gone =
                    |entry: &NumberedEntry| log.is_some_and(|log| model.gone(log, entry.seq).is_some());
                let empty = |entry: &NumberedEntry| entry.entry.act.text() == Some("");
                if entries.iter().any(|entry| empty(entry) && gone(entry)) {
                    self.note("a page showed a deleted post");
                }
                if entries.iter().any(|entry| entry.edited.is_some()) {
                    self.note("a page showed an edited post");
                }
            }
            Update::Found { posts, .. } if !posts.is_empty() => self.note("a search found something"),
            Update::Exported { entries, .. } if !entries.is_empty() => {
                self.note("somebody exported what he wrote");
            }
            Update::Goodbye { why, .. } => match why.as_str() {
                "banned" => self.note("somebody was told goodbye at once: banned"),
                "revoked" => self.note("somebody was told goodbye at once: revoked"),
                _ => {}
            },
            Update::Refused { code, fate, .. } => {
                if *fate == Fate::Unknown {
                    self.note("a request's fate was unknown");
                }
                self.refused(*code);
            }
            _ => {}
        }
    }

    fn refused(&mut self, code: Code) {
        let mark = match code {
            Code::Archived => "refused: archived",
            Code::Banned => "refused: banned",
            Code::BlockedByYou => "refused: blocked by you",
            Code::Held => "refused: held",
            Code::Muted => "refused: muted",
            Code::NoSuchPost => "refused: no such post",
            Code::NotAMember => "refused: not a member",
            Code::NotAllowed => "refused: not allowed",
            Code::SlowDown => "refused: slow down",
            Code::SlowMode => "refused: slow mode",
            Code::StorageFull => "refused: storage full",
            Code::WrongPassword => "refused: wrong password",
            Code::BadLink => "a link was no good",
            _ => return,
        };
        self.note(mark);
    }

    fn at_once(&mut self, people: &[Person]) {
        let mut on: BTreeMap<&str, u64> = BTreeMap::new();
        for person in people.iter().filter(|person| person.is_online()) {
            *on.entry(person.name.as_str()).or_default() += 1;
        }
        let several = on.values().filter(|devices| **devices > 1).count() as u64;
        self.add("two devices of one person were on at once", several);
    }
}
