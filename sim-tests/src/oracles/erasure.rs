//! What is deleted is gone: out of the log, and out of every file of the server.

use super::complaint::{Verdict, demand};
use super::model::Model;
use super::on_disk::{Kept, OnDisk};
use crate::client_host::Person;
use crate::disk::SharedDisk;
use crate::mark::{TAIL, marks};
use crate::wire::Word;
use sala_core::entry::{
    Act, DirectoryEntry, Entry, LogKind, Note, PersonId, PersonalEntry, Position, RoomEntry,
};
use sala_core::name::Name;
use std::collections::BTreeSet;

/// The oracles that complain here.
const LOG: &str = "deleted words are out of the log";
const FILES: &str = "deleted words are in no file";

/// The marks that stand in entries on disk.
pub(super) fn kept(on_disk: &OnDisk) -> BTreeSet<String> {
    let mut kept = BTreeSet::new();
    for entry in &on_disk.entries {
        let body = String::from_utf8(entry.entry.encode()).unwrap_or_default();
        kept.extend(marks(&body).map(str::to_owned));
    }
    kept
}

/// No entry has words that should be gone.
pub(super) fn out_of_the_log(on_disk: &OnDisk, model: &Model) -> Verdict {
    for kept in &on_disk.entries {
        let worded = match &kept.entry {
            Entry::Room(RoomEntry { act, person, .. }) => {
                let erased = model.people.get(person).is_some_and(|someone| someone.erased.is_some());
                let closed = model.rooms.get(&kept.log).is_some_and(|place| place.closed.is_some());
                match act {
                    Act::Post(post) => !post.text.is_empty() && model.gone(kept.log, kept.seq).is_some(),
                    Act::Edited { target, text } => {
                        !text.is_empty() && model.gone(kept.log, *target).is_some()
                    }
                    Act::Topic(text) => !text.is_empty() && closed,
                    Act::Kicked(_, reason) => !reason.is_empty() && (erased || closed),
                    Act::Banned(_, sanction) | Act::Muted(_, sanction) => {
                        !sanction.reason.is_empty() && (erased || closed)
                    }
                    _ => false,
                }
            }
            Entry::Personal(PersonalEntry { by, note, .. }) => {
                let gone = |person: PersonId| {
                    model.people.get(&person).is_some_and(|someone| someone.erased.is_some())
                };
                let his = matches!(kept.log.kind(), LogKind::Personal(person) if gone(person));
                (his || gone(*by)) && !matches!(note, Note::Erased | Note::Uninvited { .. })
            }
            Entry::Directory(entry) => says_of_the_gone(entry, kept.position, model),
        };
        demand(LOG, !worded, || format!("{kept:?} stands there"))?;
    }
    Ok(())
}

/// Whether an entry of the directory has a name, a secret or words of somebody who is gone, or a secret that was
/// replaced.
fn says_of_the_gone(entry: &DirectoryEntry, at: Position, model: &Model) -> bool {
    let gone = |person: &PersonId| model.people.get(person).is_some_and(|someone| someone.erased.is_some());
    let named = |person: &PersonId, name: &Name| gone(person) && !name.is_like_erased();
    match entry {
        DirectoryEntry::Guest { person, name, token, .. } => {
            named(person, name) || (gone(person) && !token.is_empty())
        }
        DirectoryEntry::Account { person, name, .. } => named(person, name),
        DirectoryEntry::Password { person, hash, .. } => {
            let replaced = model.people.get(person).is_some_and(|someone| someone.password != Some(at));
            !hash.is_empty() && (gone(person) || replaced)
        }
        DirectoryEntry::Device { person, label, token, .. } => {
            gone(person) && !(label.is_empty() && token.is_none())
        }
        DirectoryEntry::Token { person, token, .. } => gone(person) && !token.is_empty(),
        DirectoryEntry::Totp { person, secret, recovery, .. } => {
            gone(person) && !(secret.is_empty() && recovery.is_empty())
        }
        DirectoryEntry::RecoveryUsed { person, code, .. } => gone(person) && !code.is_empty(),
        DirectoryEntry::Held { log, held, text, .. } => {
            let over = model.waits.get(&(*log, *held)).is_none_or(|waits| waits.over.is_some());
            !text.is_empty() && over
        }
        DirectoryEntry::Hold { log, words, .. } => {
            let stands = |place: &super::model::Place| place.closed.is_none() && place.hold_since == at;
            !words.is_empty() && !model.rooms.get(log).is_some_and(stands)
        }
        DirectoryEntry::Report { by, reason, .. } => gone(by) && !reason.is_empty(),
        DirectoryEntry::Room { log, name, room, .. } => {
            let closed = model.rooms.get(log).is_some_and(|place| place.closed.is_some());
            !room.is_public() && name.is_some() && closed
        }
        _ => false,
    }
}

/// The checkpoint was made after all that was erased with somebody, or with a room: one from before has names, hashes and
/// titles that are gone.
///
/// # Errors
/// When it is older.
pub fn out_of_the_checkpoint(on_disk: &OnDisk) -> Verdict {
    let erases = |kept: &&Kept| match &kept.entry {
        Entry::Directory(DirectoryEntry::Erased { .. } | DirectoryEntry::Unheld { .. }) => true,
        Entry::Room(entry) => matches!(entry.act, Act::Closed(_)),
        _ => false,
    };
    let last = on_disk.entries.iter().rfind(erases).map_or(Position(0), |kept| kept.position);
    let is_clean = on_disk.checkpoint == Position(0) || on_disk.checkpoint >= last;
    demand("the checkpoint forgets, too", is_clean, || {
        format!("it goes up to {}, and {} erased what it holds", on_disk.checkpoint.0, last.0)
    })
}

/// No file has a mark that was ever sent, unless an entry has it.
///
/// # Errors
/// When one has.
pub fn out_of_the_files<'a>(
    people: impl Iterator<Item = &'a Person>,
    on_disk: &OnDisk,
    disk: &SharedDisk,
) -> Verdict {
    let kept = kept(on_disk);
    let mut gone: BTreeSet<String> = BTreeSet::new();
    for person in people {
        for spoken in person.wire.spoken().iter() {
            if let Word::Asked(envelope) = &spoken.word {
                // As it went over the wire, so that passwords and tokens are among it.
                let line = String::from_utf8(envelope.encode().to_vec()).unwrap_or_default();
                gone.extend(marks(&line).filter(|mark| !kept.contains(*mark)).map(str::to_owned));
            }
        }
    }
    let needles: BTreeSet<&[u8]> = gone.iter().map(|mark| &mark.as_bytes()[mark.len() - TAIL..]).collect();
    // Most places of a file are told apart by two letters.
    let mut begins = vec![false; 1 << 16];
    needles.iter().for_each(|needle| begins[pair(needle)] = true);
    for name in disk.names() {
        let content = disk.read_file(&name).unwrap_or_default();
        let found = content.windows(TAIL).position(|place| begins[pair(place)] && needles.contains(place));
        demand(FILES, found.is_none(), || {
            let at = found.unwrap_or_default();
            let needle = String::from_utf8_lossy(&content[at..at + TAIL]).into_owned();
            let around = &content[at.saturating_sub(60)..(at + 40).min(content.len())];
            let around = String::from_utf8_lossy(around).into_owned();
            format!("a mark that ends with {needle} lies at {at} of {name}: {around:?}")
        })?;
    }
    Ok(())
}

fn pair(place: &[u8]) -> usize {
    usize::from(place[0]) << 8 | usize::from(place[1])
}
