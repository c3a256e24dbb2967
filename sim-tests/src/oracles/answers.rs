//! What is answered is so: what is done is on disk, what is refused is not, and the reason was one.

use super::complaint::{Verdict, complaint, demand};
use super::course::Course;
use super::links::{Entered, Judge, Told};
use super::model::lasts;
use crate::mark::marks;
use sala_core::entry::{
    Act, DirectoryEntry, Entry, HeldId, LogId, Position, PostNumber, RoomEntry, Sanction,
};
use sala_core::name::RoomName;
use sala_core::protocol::{Door, Request, Update};
use sala_core::refusal::{Code, Fate};
use std::collections::BTreeSet;

/// The oracles that complain here.
const DONE: &str = "done is kept";
const REFUSED: &str = "refused is not kept";
const REASON: &str = "refused for a reason";
const RESENT: &str = "a resend has one answer";

/// Listens to answers.
pub(super) struct Answers {
    /// The marks that stand in entries on disk.
    pub(super) kept: BTreeSet<String>,
}

impl Judge for Answers {
    fn told(&mut self, told: &Told<'_>) -> Verdict {
        match told.update {
            Update::Stored { room, n, seq } => {
                let Some(entered) = told.entered else { return Err(complaint(RESENT, told.words())) };
                let numbers_of = told.model.numbers_of(entered.device);
                let place = told.model.numbers.get(&(numbers_of, n.value()));
                let same = told.on_disk.log(room).is_some_and(|log| place == Some(&(log, *seq)));
                demand(RESENT, same, || format!("it is {place:?}: {}", told.words()))
            }
            Update::Waits { room, n, held } => demand(RESENT, waits(told, room, *n, *held), || told.words()),
            Update::Done { .. } => done(told),
            Update::Refused { n: Some(n), fate: Fate::NotStored, retry_ms: None, .. } if stands(told, *n) => {
                Err(complaint(RESENT, format!("it was stored when it was sent: {}", told.words())))
            }
            Update::Refused { n: Some(n), fate: Fate::NotStored, retry_ms: None, code, .. } => {
                refused_while_it_waits(told, *n, *code)?;
                reason(told, *code)
            }
            Update::Refused { code, fate, .. } => {
                let words = told.request.and_then(words_of).unwrap_or_default();
                let kept = marks(words).any(|mark| self.kept.contains(mark));
                demand(REFUSED, !kept || *fate == Fate::Unknown, || told.words())?;
                reason(told, *code)
            }
            _ => Ok(()),
        }
    }
}

/// Whether the post that is answered stood in the log already when it was sent, in these words or erased since.
fn stands(told: &Told<'_>, n: PostNumber) -> bool {
    let (Some(Request::Post { room, text, .. }), Some(entered)) = (told.request, told.entered) else {
        return false;
    };
    let place = told.model.numbers.get(&(told.model.numbers_of(entered.device), n.value()));
    let Some((log, seq)) = place.copied().filter(|(log, _)| told.on_disk.log(room) == Some(*log)) else {
        return false;
    };
    let kept = told.on_disk.room(room).and_then(|entries| entries.get(&seq));
    let same = kept.is_some_and(|kept| kept.act.text() == Some(text)) || told.model.gone(log, seq).is_some();
    let position = told.model.rooms.get(&log).and_then(|place| place.position(seq));
    same && position.is_some_and(|position| position <= told.from)
}

/// Whether the post of this number waits there, as its author's, under that one.
fn waits(told: &Told<'_>, room: &RoomName, n: PostNumber, held: HeldId) -> bool {
    let (Some(entered), Some(log)) = (told.entered, told.on_disk.log(room)) else { return false };
    let numbers_of = |device| told.model.numbers_of(device);
    told.model.waits.get(&(log, held)).is_some_and(|waits| {
        (waits.by, waits.n) == (entered.person, n.value())
            && numbers_of(waits.device) == numbers_of(entered.device)
            && waits.since <= told.to
            && waits.over.is_none_or(|over| over > told.from)
    })
}

/// What waited when it was sent again is refused only since it waits no longer, or if it is another post.
fn refused_while_it_waits(told: &Told<'_>, n: PostNumber, code: Code) -> Verdict {
    let Some(entered) = told.entered else { return Ok(()) };
    let numbers_of = told.model.numbers_of(entered.device);
    let of = |waits: &&super::model::Waits| {
        waits.by == entered.person
            && waits.n == n.value()
            && told.model.numbers_of(waits.device) == numbers_of
    };
    let waited = told.model.waits.values().find(of);
    let holds = match (waited, code) {
        (Some(waits), Code::Rejected) => waits.over.is_some_and(|over| over <= told.to),
        (None, Code::Rejected) => false,
        (Some(waits), _) => waits.since > told.from || matches!(code, Code::NumberReused | Code::OutOfOrder),
        (None, _) => true,
    };
    demand(RESENT, holds, || format!("it is {waited:?}: {}", told.words()))
}

/// What a request adds to the log if it is done, in words of its own.
fn words_of(request: &Request) -> Option<&str> {
    match request {
        Request::Edit { text, .. } | Request::Topic { text, .. } => Some(text),
        Request::Kick { reason, .. }
        | Request::Ban { reason, .. }
        | Request::Mute { reason, .. }
        | Request::Reject { reason, .. }
        | Request::Report { reason, .. }
        | Request::ServerBan { reason, .. }
        | Request::Close { reason, .. } => Some(reason),
        Request::Befriend { note, .. } => Some(note),
        Request::Presence { status, .. } => Some(status),
        _ => None,
    }
}

/// What always adds an entry when it is done has added it, between the asking and the answer.
fn done(told: &Told<'_>) -> Verdict {
    let (Some(request), Some(Entered { person, .. })) = (told.request, told.entered) else { return Ok(()) };
    let acted = |room: &RoomName, is: &dyn Fn(&Act) -> bool| {
        let log = told.on_disk.log(room);
        among(told).any(|(held, entry)| match entry {
            Entry::Room(RoomEntry { person: by, act, .. }) => {
                log.is_some_and(|log| log == held || is_over(told, log)) && *by == person && is(act)
            }
            _ => false,
        })
    };
    let kept = match request {
        Request::Kick { room, name, .. } => {
            acted(room, &|act| matches!(act, Act::Kicked(whom, _) if whom.name.same(name)))
        }
        Request::Ban { room, name, .. } => {
            acted(room, &|act| matches!(act, Act::Banned(whom, _) if whom.name.same(name)))
        }
        Request::Mute { room, name, .. } => {
            acted(room, &|act| matches!(act, Act::Muted(whom, _) if whom.name.same(name)))
        }
        Request::Unmute { room, name } => {
            acted(room, &|act| matches!(act, Act::Unmuted(whom) if whom.name.same(name)))
        }
        Request::Unban { room, name } => {
            acted(room, &|act| matches!(act, Act::Unbanned(whom) if whom.name.same(name)))
        }
        Request::Let { room, held } | Request::Reject { room, held, .. } => {
            let (log, lets) = (told.on_disk.log(room), matches!(request, Request::Let { .. }));
            among(told).any(|(_, entry)| match entry {
                Entry::Directory(DirectoryEntry::Unheld { by, log: of, held: which, seq, .. }) => {
                    (*by, Some(*of), which) == (person, log, held) && seq.is_some() == lets
                }
                _ => false,
            })
        }
        // Whoever leaves a conversation of two whose other is erased closes it, since nobody else ever reads it again.
        Request::Leave { room } => acted(room, &|act| {
            matches!(act, Act::Left) || room.as_str().starts_with('~') && matches!(act, Act::Closed(_))
        }),
        Request::Edit { room, seq, .. } => {
            acted(room, &|act| matches!(act, Act::Edited { target, .. } if target == seq))
        }
        Request::Delete { room, seq } => {
            acted(room, &|act| matches!(act, Act::Deleted { target, .. } if target == seq))
        }
        Request::React { room, seq, on, .. } => {
            acted(room, &|act| matches!(act, Act::Reacted { target, on: put, .. } if target == seq && put == on))
        }
        Request::Close { room, .. } => acted(room, &|act| matches!(act, Act::Closed(_))),
        Request::Revoke { device: Some(which) } => among(told).any(|(_, entry)| {
            matches!(entry, Entry::Directory(DirectoryEntry::Revoked { device, .. }) if device == which)
        }),
        Request::Password { .. } | Request::Upgrade { .. } => among(told).any(|(_, entry)| {
            matches!(entry, Entry::Directory(DirectoryEntry::Password { person: of, .. }) if *of == person)
        }),
        Request::ServerBan { .. } => among(told).any(|(_, entry)| {
            matches!(
                entry,
                Entry::Directory(DirectoryEntry::ServerBan { by, .. } | DirectoryEntry::AddressBan { by, .. })
                    if *by == person
            )
        }),
        _ => true,
    };
    demand(DONE, kept, || told.words())
}

/// Whether a room is closed by the time of an answer: then what was its key may be another's name, and mean that one.
fn is_over(told: &Told<'_>, log: LogId) -> bool {
    told.model.rooms.get(&log).is_some_and(|place| place.closed.is_some_and(|closed| closed <= told.to))
}

/// The entries that came between the asking and the answer.
fn among<'a>(told: &Told<'a>) -> impl Iterator<Item = (LogId, &'a Entry)> {
    let entries = &told.on_disk.entries;
    let first = entries.partition_point(|kept| kept.position <= told.from);
    let to: Position = told.to;
    entries[first..].iter().take_while(move |kept| kept.position <= to).map(|kept| (kept.log, &kept.entry))
}

/// The room that a request is refused for.
fn room_of(request: &Request) -> Option<&RoomName> {
    match request {
        Request::Post { room, .. }
        | Request::Edit { room, .. }
        | Request::React { room, .. }
        | Request::Topic { room, .. }
        | Request::Page { room, .. }
        | Request::Who { room, .. }
        | Request::Read { room, .. }
        | Request::Leave { room }
        | Request::Kick { room, .. }
        | Request::Join { door: Door::Room(room) }
        | Request::Delete { room, .. } => Some(room),
        _ => None,
    }
}

/// Nobody is told that he is no member, muted or banned who was not so at any moment at which it may have been decided.
fn reason(told: &Told<'_>, code: Code) -> Verdict {
    let (Some(request), Some(Entered { person, .. })) = (told.request, told.entered) else { return Ok(()) };
    let Some(log) = room_of(request).and_then(|room| told.on_disk.log(room)) else { return Ok(()) };
    if is_over(told, log) {
        return Ok(());
    }
    let place = &told.model.rooms[&log];
    let lasted = |course: &Course<Option<Sanction>>| {
        let holds = |held: &Option<Sanction>| held.as_ref().is_some_and(|held| lasts(held, told.walls.0));
        course.ever(told.from, told.to, holds)
    };
    let holds = match code {
        // What ends by itself has ended for whoever asks after that, and not once somebody looks.
        Code::Banned => {
            let held = place.barred.get(&person).is_some_and(lasted);
            held || !told.model.people[&person].ends.is_empty()
        }
        Code::Held => place.holds.ever(told.from, told.to, |on| *on),
        Code::Muted => place.muted.get(&person).is_some_and(lasted),
        Code::NotAMember | Code::NoSuchRoom | Code::BlockedByYou => {
            let readers = place.readers.get(&person);
            readers.is_none_or(|course| course.ever(told.from, told.to, Option::is_none))
                || told.model.people[&person].banned.is_some()
                || !told.model.people[&person].ends.is_empty()
        }
        _ => true,
    };
    demand(REASON, holds, || told.words())
}
