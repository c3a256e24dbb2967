//! Nothing is told to whoever may not hear it, by any path: live, on coming back, as a page, found, listed or exported.

use super::complaint::{Complaint, Verdict, complaint, demand};
use super::links::{Judge, Told};
use super::on_disk::Kept;
use crate::client_host::Person;
use sala_core::entry::{Entry, LogId, LogKind, Position, Role, RoomEntry, RoomKind, Seq};
use sala_core::name::RoomName;
use sala_core::protocol::{Exported, NumberedEntry, NumberedNote, Page, Request, RoomInfo, Update};
use std::collections::BTreeMap;

/// The oracle that complains here.
const STRANGERS: &str = "nothing to whoever may not hear it";
const DELETED: &str = "deleted words are not told";
const WHOLE: &str = "told is kept";
const GAPLESS: &str = "told without a gap";
const HOLES: &str = "a page has no hole";
const REVOKED: &str = "no revoked device";

/// Listens for what somebody is told who may not hear it.
#[derive(Default)]
pub(super) struct Delivery {
    reading: BTreeMap<(String, u64, LogId), Reading>,
    own: BTreeMap<(String, u64), Seq>,
}

/// A room that a connection reads live.
struct Reading {
    /// The entry by which that ends, or ended.
    end: Option<Position>,
    /// The last one told.
    last: Option<Position>,
    next: Seq,
}

impl Judge for Delivery {
    fn told(&mut self, told: &Told<'_>) -> Verdict {
        still_there(told)?;
        match told.update {
            Update::Room { room, head, from, .. } => self.room(told, room, *head, *from),
            Update::Entry { room, entry } => self.entry(told, room, entry),
            Update::Damaged { room, from, to } => self.damaged(told, room, *from, *to),
            Update::Presence { room, .. } | Update::Typing { room, .. } => self.announced(told, room),
            Update::Page { room, entries, .. } => {
                let least = match told.request {
                    Some(Request::Audit { .. } | Request::Versions { .. }) => Role::Moderator,
                    _ => Role::Member,
                };
                let log = may(told, room, least)?;
                entries.iter().try_for_each(|entry| shown(told, log, entry))?;
                page(told, log)
            }
            Update::Found { posts, .. } => posts.iter().try_for_each(|found| {
                let log = may(told, &found.room, Role::Member)?;
                shown(told, log, &found.entry)
            }),
            Update::Who { room, .. } => may(told, room, Role::Member).map(drop),
            Update::Links { room, .. } | Update::Reports { room, .. } => {
                may(told, room, Role::Moderator).map(drop)
            }
            Update::Sanctions { room: Some(room), .. } => may(told, room, Role::Moderator).map(drop),
            Update::Sanctions { room: None, .. } => administers(told),
            Update::Rooms { rooms, .. } => rooms.iter().try_for_each(|row| listed(told, row)),
            Update::Exported { entries, .. } => exported(told, entries),
            Update::Own(note) => self.own(told, note),
            Update::OwnLog { from, .. } => {
                self.own.insert((told.who.key(), told.connection), *from);
                Ok(())
            }
            Update::OwnPage { entries, .. } => entries.iter().try_for_each(|note| own(told, note).map(drop)),
            _ => Ok(()),
        }
    }

    fn closed(&mut self, who: &Person, connection: u64) {
        let key = who.key();
        self.reading.retain(|(held, number, _), _| *held != key || *number != connection);
        self.own.remove(&(key, connection));
    }
}

impl Delivery {
    fn room(&mut self, told: &Told<'_>, room: &RoomName, head: Seq, from: Option<Seq>) -> Verdict {
        let (log, person) = (log_of(told, room)?, person(told)?);
        let place = &told.model.rooms[&log];
        let at = place.position(head);
        let at = at.ok_or_else(|| complaint(WHOLE, format!("there is no such head: {}", told.words())))?;
        let until = place.position(head.next()).map_or(told.to, |next| Position(next.0 - 1));
        let course = place.readers.get(&person);
        let reads = course
            .and_then(|course| course.latest(at.max(told.from), until.min(told.to), Option::is_some))
            // The answer may have been decided on more than was on disk by then, but on no more than is told.
            .or_else(|| course.and_then(|course| course.latest(at, until.min(told.to), Option::is_some)));
        let Some(reads) = reads else {
            return Err(complaint(STRANGERS, format!("he is no reader there: {}", told.words())));
        };
        let end = course.and_then(|course| course.next(reads, Option::is_none));
        let key = (told.who.key(), told.connection, log);
        match from {
            Some(next) => drop(self.reading.insert(key, Reading { end, last: None, next })),
            None => {
                if let Some(reading) = self.reading.get_mut(&key) {
                    reading.end = end;
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, told: &Told<'_>, room: &RoomName, entry: &NumberedEntry) -> Verdict {
        let log = log_of(told, room)?;
        kept(told, log, entry.seq, &entry.entry)?;
        let place = &told.model.rooms[&log];
        let position = place.position(entry.seq);
        let position = position.ok_or_else(|| complaint(WHOLE, told.words()))?;
        alive(told, position)?;
        let reading = self.reading.get_mut(&(told.who.key(), told.connection, log));
        let reading = reading.ok_or_else(|| complaint(STRANGERS, told.words()))?;
        demand(GAPLESS, reading.next == entry.seq, || {
            format!("{} was expected: {}", reading.next.0, told.words())
        })?;
        reading.next = entry.seq.next();
        reading.last = Some(position);
        demand(STRANGERS, reading.end.is_none_or(|end| position <= end), || {
            format!("his reading ended at {:?}, and this is {}: {}", reading.end, position.0, told.words())
        })
    }

    /// What is said to be damaged stands for the entries there, as if they had been told.
    fn damaged(&mut self, told: &Told<'_>, room: &RoomName, from: Seq, to: Seq) -> Verdict {
        demand(WHOLE, told.damaged, || told.words())?;
        let key = (told.who.key(), told.connection);
        let next = if *room == RoomName::own() {
            self.own.get_mut(&key)
        } else {
            let log = log_of(told, room)?;
            let position = told.model.rooms[&log].position(to);
            let position = position.ok_or_else(|| complaint(WHOLE, told.words()))?;
            let reading = self.reading.get_mut(&(key.0, key.1, log));
            let reading = reading.filter(|reading| reading.end.is_none_or(|end| position <= end));
            reading.map(|reading| {
                reading.last = Some(position);
                &mut reading.next
            })
        };
        let next = next.ok_or_else(|| complaint(STRANGERS, told.words()))?;
        demand(GAPLESS, *next == from, || format!("{} was expected: {}", next.0, told.words()))?;
        *next = to.next();
        Ok(())
    }

    /// What is told to all who read a room stands in its order: nobody is told it after the entry that put him out.
    fn announced(&mut self, told: &Told<'_>, room: &RoomName) -> Verdict {
        let log = log_of(told, room)?;
        let reading = self.reading.get(&(told.who.key(), told.connection, log));
        let reads = reading.is_some_and(|reading| reading.end.is_none_or(|end| reading.last < Some(end)));
        demand(STRANGERS, reads, || told.words())
    }

    fn own(&mut self, told: &Told<'_>, note: &NumberedNote) -> Verdict {
        let position = own(told, note)?;
        alive(told, position)?;
        let next = self.own.get_mut(&(told.who.key(), told.connection));
        let next = next.ok_or_else(|| complaint(GAPLESS, told.words()))?;
        demand(GAPLESS, *next == note.seq, || format!("{} was expected: {}", next.0, told.words()))?;
        *next = note.seq.next();
        Ok(())
    }
}

fn log_of(told: &Told<'_>, room: &RoomName) -> Result<LogId, Complaint> {
    told.on_disk.log(room).ok_or_else(|| complaint(WHOLE, format!("no such room on disk: {}", told.words())))
}

fn person(told: &Told<'_>) -> Result<sala_core::entry::PersonId, Complaint> {
    let entered = told.entered.ok_or_else(|| complaint(STRANGERS, told.words()))?;
    Ok(entered.person)
}

/// Whether whoever asked had this role at some moment at which the answer may have been decided.
fn may(told: &Told<'_>, room: &RoomName, least: Role) -> Result<LogId, Complaint> {
    let (log, person) = (log_of(told, room)?, person(told)?);
    let could = told.model.could(log, person, least, told.from, told.to);
    demand(STRANGERS, could, || format!("he was no {least:?} there: {}", told.words()))?;
    Ok(log)
}

fn administers(told: &Told<'_>) -> Verdict {
    let someone = &told.model.people[&person(told)?];
    demand(STRANGERS, someone.admin.ever(told.from, told.to, |on| *on), || told.words())
}

/// A connection ends with its device, and with its person: at this entry, if it did.
fn end(told: &Told<'_>) -> Option<Position> {
    let entered = told.entered?;
    let owned = &told.model.devices.get(&entered.device)?;
    let ends = told.model.people[&entered.person].ends.iter().copied().chain(owned.revoked);
    // Whoever was banned and is let in again has a new connection.
    ends.filter(|end| *end > entered.since).min()
}

/// Nothing that stands after the end of a connection is told on it.
fn alive(told: &Told<'_>, position: Position) -> Verdict {
    demand(STRANGERS, told.entered.is_some(), || told.words())?;
    demand(REVOKED, end(told).is_none_or(|end| position < end), || {
        format!(
            "its device or person was shut out at {:?}, and this is {}: {}",
            end(told),
            position.0,
            told.words()
        )
    })
}

/// Nothing is answered on a connection that had ended when it was asked for.
fn still_there(told: &Told<'_>) -> Verdict {
    let answers =
        told.request.is_some() && !matches!(told.update, Update::Welcome { .. } | Update::Refused { .. });
    demand(REVOKED, !answers || end(told).is_none_or(|end| told.from < end), || {
        format!("its device or person was shut out at {:?}: {}", end(told), told.words())
    })
}

/// A page is a stretch of its log without a hole, but for what it says is damaged, and ends where it should.
fn page(told: &Told<'_>, log: LogId) -> Verdict {
    let Update::Page { entries, more, damaged, .. } = told.update else { return Ok(()) };
    demand(WHOLE, damaged.is_empty() || told.damaged, || told.words())?;
    let Some(Request::Page { page, .. }) = told.request else { return Ok(()) };
    let mut seqs: Vec<Seq> = entries.iter().map(|entry| entry.seq).chain(damaged.iter().copied()).collect();
    seqs.sort();
    let mut holds = seqs.windows(2).all(|pair| pair[0].next() == pair[1]);
    let (first, last) = (seqs.first().copied(), seqs.last().copied());
    let place = &told.model.rooms[&log];
    // Whether the log ended with this entry at some moment at which the page may have been made.
    let is_head = |seq: Seq| {
        let written = place.position(seq).is_some_and(|position| position <= told.to);
        written && place.position(seq.next()).is_none_or(|next| next > told.from)
    };
    holds &= match page {
        Page::Before(None) => last.is_none_or(is_head) && first.is_none_or(|first| *more == (first > Seq(1))),
        Page::Before(Some(before)) => {
            last.is_none_or(|last| last.next() == *before || is_head(last))
                && first.is_none_or(|first| *more == (first > Seq(1)))
        }
        Page::After(after) => {
            first.is_none_or(|first| first == after.next()) && last.is_none_or(|last| *more || is_head(last))
        }
    };
    demand(HOLES, holds, || told.words())
}

/// An entry that was told is, or was, the one on disk.
fn kept(told: &Told<'_>, log: LogId, seq: Seq, entry: &RoomEntry) -> Verdict {
    demand(WHOLE, told.on_disk.was_once(log, seq, entry), || {
        let kept = told.on_disk.rooms().find(|(held, _)| *held == log).and_then(|(_, held)| held.get(&seq));
        format!("there is {kept:?}: {}", told.words())
    })
}

/// An entry of a page or a search: it is on disk, and its words were not gone before it was asked for.
fn shown(told: &Told<'_>, log: LogId, entry: &NumberedEntry) -> Verdict {
    kept(told, log, entry.seq, &entry.entry)?;
    let position = told.model.rooms[&log].position(entry.seq);
    demand(STRANGERS, position.is_some_and(|position| position <= told.to), || told.words())?;
    let worded = entry.entry.act.text().is_some_and(|text| !text.is_empty());
    let post = match &entry.entry.act {
        sala_core::entry::Act::Edited { target, .. } => *target,
        _ => entry.seq,
    };
    let gone = told.model.gone(log, post).is_some_and(|gone| gone <= told.from);
    demand(DELETED, !(worded && gone), || told.words())
}

/// A room is listed for those alone who may know of it.
fn listed(told: &Told<'_>, row: &RoomInfo) -> Verdict {
    if row.kind == RoomKind::Public {
        return Ok(());
    }
    let all = matches!(told.request, Some(Request::Rooms { all: true, .. }));
    if all && row.kind != RoomKind::Direct {
        return administers(told);
    }
    let (log, person) = (log_of(told, &row.room)?, person(told)?);
    let known = told.model.rooms[&log].known.get(&person);
    demand(STRANGERS, known.is_some_and(|known| *known <= told.to), || told.words())
}

/// Everybody exports what he has written himself: all of it, in its order, without secrets.
fn exported(told: &Told<'_>, entries: &[Exported]) -> Verdict {
    let (Update::Exported { more, .. }, person) = (told.update, person(told)?) else { return Ok(()) };
    let wrong = |oracle, exported: &Exported, what: &str| {
        Err(complaint(oracle, format!("{exported:?} {what}: {}", told.words())))
    };
    let may = |log: LogId| !matches!(log.kind(), LogKind::Personal(of) if of != person);
    let his = told.on_disk.entries.iter();
    let mut his = his.filter(|kept| kept.entry.person() == person && may(kept.log)).peekable();
    // What stood in a room that is gone by then is nowhere.
    let closed = |kept: &Kept| {
        let place = told.model.rooms.get(&kept.log);
        place.is_some_and(|place| place.closed.is_some_and(|closed| closed <= told.to))
    };
    for exported in entries {
        if ["hash", "token", "secret", "recovery", "code"]
            .iter()
            .any(|field| exported.entry.get(*field).is_some())
        {
            return wrong(STRANGERS, exported, "holds a secret");
        }
        let log = match &exported.room {
            None => LogId(0),
            Some(room) if *room == RoomName::own() => LogId::personal(person),
            Some(room) => log_of(told, room)?,
        };
        let is = |kept: &Kept| kept.log == log && kept.seq == exported.seq;
        // What is damaged is left out.
        while his.next_if(|kept| !is(kept) && (told.damaged || closed(kept))).is_some() {}
        let Some(kept) = his.next_if(|kept| is(kept)) else {
            return wrong(STRANGERS, exported, &format!("is not his, or {:?} is left out", his.peek()));
        };
        if kept.position > told.to {
            return wrong(WHOLE, exported, "was not there yet");
        }
        let body = serde_json::to_vec(&exported.entry).unwrap_or_default();
        match Entry::decode(log, exported.seq, &body) {
            Ok(Entry::Room(entry)) if !told.on_disk.was_once(log, exported.seq, &entry) => {
                return wrong(WHOLE, exported, &format!("is {:?}", kept.entry));
            }
            Err(_) if log.kind() == LogKind::Room => return wrong(WHOLE, exported, "is no entry"),
            _ => {}
        }
    }
    let left = his.find(|kept| kept.position <= told.from && !closed(kept));
    demand(WHOLE, *more || told.damaged || left.is_none(), || {
        format!("{left:?} is left out: {}", told.words())
    })
}

/// A note of one's own log is on disk, in that log: where.
fn own(told: &Told<'_>, note: &NumberedNote) -> Result<Position, Complaint> {
    let log = LogId::personal(person(told)?);
    let kept = told.on_disk.entries.iter().find(|kept| kept.log == log && kept.seq == note.seq);
    let same = kept.filter(|kept| match &kept.entry {
        Entry::Personal(entry) => *entry == note.entry || entry.note == sala_core::entry::Note::Erased,
        _ => false,
    });
    same.map(|kept| kept.position)
        .ok_or_else(|| complaint(WHOLE, format!("there is {kept:?}: {}", told.words())))
}
