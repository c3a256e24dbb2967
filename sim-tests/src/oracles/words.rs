//! What was said stays as it was said: once, in its place, in order, and as everybody hears and sees it.

use super::complaint::{Verdict, complaint, demand};
use super::model::Model;
use super::on_disk::OnDisk;
use crate::client_host::Person;
use crate::stranger_host::STRANGER;
use crate::wire::Word;
use sala_core::client::{Row, Ticket};
use sala_core::entry::{Act, DeviceId, Seq};
use sala_core::name::RoomName;
use sala_core::protocol::Request;
use sala_core::refusal::Fate;
use std::collections::{BTreeMap, BTreeSet};

/// Each number of a device is in a log once, each device's numbers rise within a room, and every text, which no
/// simulation says twice, is there once.
pub(super) fn once_and_in_order(on_disk: &OnDisk, model: &Model) -> Verdict {
    let mut numbers: BTreeSet<(DeviceId, u64)> = BTreeSet::new();
    let mut texts: BTreeSet<&str> = BTreeSet::new();
    for (log, entries) in on_disk.rooms() {
        let mut last: BTreeMap<DeviceId, u64> = BTreeMap::new();
        for (seq, entry) in entries {
            // Nobody asks twice for the same other words, nor for the same topic.
            if let Act::Edited { text, .. } | Act::Topic(text) = &entry.act {
                let new = text.is_empty() || texts.insert(text);
                demand("once", new, || format!("{} {}: {text:?} is there twice", on_disk.key(log), seq.0))?;
            }
            let Act::Post(post) = &entry.act else { continue };
            let (device, n) = (model.numbers_of(post.device), post.n.value());
            let place = || format!("{} {}: {:?}", on_disk.key(log), seq.0, post.text);
            // What was erased says nothing any more.
            let new = numbers.insert((device, n)) && (post.text.is_empty() || texts.insert(&post.text));
            demand("once", new, || format!("{} is there twice", place()))?;
            // What a moderator let through stands later than it was said.
            let rises = post.let_by.is_some() || last.insert(device, n).is_none_or(|last| last < n);
            demand("in order", rises, || format!("{}: number {n} of {device:?} is out of order", place()))?;
        }
    }
    Ok(())
}

/// What one program has said in a room is there in the order in which it was said. (A post that was refused is said again
/// by nobody in these worlds.) But what a moderator let through came later.
pub(super) fn said_in_order(person: &Person, on_disk: &OnDisk) -> Verdict {
    let history = person.history.borrow();
    let mut last: BTreeMap<(u64, &RoomName), Seq> = BTreeMap::new();
    for ((life, ticket), (room, seq)) in &history.stored {
        let kept = on_disk.room(room).and_then(|entries| entries.get(seq));
        if kept.is_some_and(|kept| matches!(&kept.act, Act::Post(post) if post.let_by.is_some())) {
            continue;
        }
        let rises = last.insert((*life, room), *seq).is_none_or(|last| last < *seq);
        demand("said in order", rises, || {
            format!("{} said {ticket:?} in {room:?} later than what stands after {}", person.key(), seq.0)
        })?;
    }
    Ok(())
}

/// What was said to a program that runs still is stored, refused, or waits, here or for a moderator.
pub(super) fn nothing_is_forgotten(person: &Person) -> Verdict {
    let history = person.history.borrow();
    let waiting: BTreeSet<Ticket> =
        person.conversation.borrow().look(|model| model.outbox.posts().map(|post| post.ticket).collect());
    for (key, (room, text)) in history.said.iter().filter(|((life, _), _)| *life == person.life()) {
        let known =
            history.stored.contains_key(key) || history.refused.contains_key(key) || waiting.contains(&key.1);
        let known = known || history.waits.contains(key);
        demand("nothing is forgotten", known, || {
            format!("{} has said {text:?} in {room:?}, and nothing became of it", person.key())
        })?;
    }
    Ok(())
}

/// What strangers posted, who came in as somebody's device: among it may be what that device said and was refused, and theirs
/// may have been heard.
pub(super) fn said_by_strangers(people: &[&Person]) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for stranger in people.iter().filter(|person| person.host == STRANGER) {
        for spoken in stranger.wire.spoken().iter() {
            if let Word::Asked(envelope) = &spoken.word
                && let Request::Post { text, .. } = &envelope.request
            {
                said.insert(text.clone());
            }
        }
    }
    said
}

/// What was reported as stored is on disk, in its place, as it was said; and what was refused for good is not, unless
/// `others` said it as well.
pub(super) fn acked_is_kept(
    person: &Person,
    on_disk: &OnDisk,
    model: &Model,
    others: &BTreeSet<String>,
) -> Verdict {
    let history = person.history.borrow();
    let who = person.key();
    for (key, (room, seq)) in &history.stored {
        let (said_in, text) = &history.said[key];
        let kept = on_disk.room(room).and_then(|entries| entries.get(seq));
        // Of what is deleted or erased, only its place is left; of nothing else.
        let gone = || on_disk.log(room).is_some_and(|log| model.gone(log, *seq).is_some());
        let whole = kept.is_some_and(|entry| match &entry.act {
            Act::Post(post) => post.text == *text || (post.text.is_empty() && gone()),
            _ => false,
        });
        // A room that is not called by its key is found by its title.
        let there = said_in == room || room.is_given();
        demand("acked is kept", whole && there, || {
            format!("{who} was told that {text:?} is entry {} of {room:?}; there is {kept:?}", seq.0)
        })?;
    }
    let all: BTreeSet<&str> = on_disk
        .rooms()
        .flat_map(|(_, entries)| entries.values())
        .filter_map(|entry| entry.act.text())
        .collect();
    for (key, refusal) in &history.refused {
        // Of what was sent by a device that nobody knows any more, it is said that nobody knows.
        if refusal.fate == Fate::Unknown {
            continue;
        }
        let (_, text) = &history.said[key];
        demand("refused is not kept", !all.contains(text.as_str()) || others.contains(text), || {
            format!("{who} was told that {text:?} is refused, and it is stored")
        })?;
    }
    Ok(())
}

/// What a follower heard is the log, from its first entry on, without a gap.
pub(super) fn heard_is_on_disk(person: &Person, on_disk: &OnDisk) -> Verdict {
    for (room, heard) in &person.history.borrow().heard {
        let log = on_disk.log(room);
        let log = log.ok_or_else(|| complaint("heard is kept", format!("{room:?} is not on disk")))?;
        for (index, entry) in (1..).zip(heard) {
            let same = entry.seq.0 == index && on_disk.was_once(log, entry.seq, &entry.entry);
            demand("heard is kept", same, || {
                let kept = on_disk.room(room).and_then(|entries| entries.get(&Seq(index)));
                format!("{} heard {entry:?} as the {index}th; there is {kept:?}", person.key())
            })?;
        }
    }
    Ok(())
}

/// What a screen shows is a part of the log, and what is missing is shown as missing. At rest it shows everything as it
/// stands now.
pub(super) fn shown_is_on_disk(person: &Person, on_disk: &OnDisk, at_rest: bool) -> Verdict {
    let who = person.key();
    person.conversation.borrow().look(|model| {
        for (room, view) in &model.rooms {
            let log = on_disk.log(room).ok_or_else(|| {
                complaint("shown is kept", format!("{room:?} is shown to {who} and not on disk"))
            })?;
            // Who follows a room has it entry by entry, and what he was shown before goes on no more.
            if person.follows(room) || person.history.borrow().heard.contains_key(room) {
                continue;
            }
            let entries = on_disk.shown(log);
            let mut next = Seq(1);
            for row in view.timeline.rows() {
                let (first, last) = match row {
                    Row::Skipped { from, to } => (from, to),
                    Row::Damaged(seq) => (seq, seq),
                    Row::Entry(seq, shown) => {
                        let kept = entries.get(&seq);
                        let same = kept.is_some_and(|kept| match at_rest {
                            true => on_disk.shows_as(log, shown, kept),
                            false => on_disk.was_once(log, seq, shown),
                        });
                        demand("shown is kept", same, || {
                            format!("{who} is shown {shown:?} as {} of {room:?}; there is {kept:?}", seq.0)
                        })?;
                        (seq, seq)
                    }
                };
                demand("shown is kept", first == next, || {
                    format!("{who} is shown a silent hole before {} of {room:?}", first.0)
                })?;
                next = last.next();
            }
        }
        Ok(())
    })
}
