//! What is said in a room, and what becomes of it.

use super::draft::Draft;
use super::mention::mentions;
use super::order::stands;
use super::rights::{not_allowed, shown};
use super::{Decision, Erase, hold};
use crate::entry::{Act, DeviceId, LogId, Note, PersonId, Post, PostNumber, Role, RoomKind, Seq};
use crate::limits::PINS_MAX;
use crate::mutant::planted;
use crate::name::RoomName;
use crate::refusal::{Code, Fate, Refusal};
use crate::server::state::Verdict;

pub(super) fn post(
    draft: Draft<'_>,
    device: DeviceId,
    room: &RoomName,
    n: PostNumber,
    text: &str,
    reply: Option<Seq>,
) -> Result<Decision, Refusal> {
    // What is stored stays stored: a resend is answered with its place even if its author has left since.
    if let Some(stored) = resent(&draft, device, room, n, text)? {
        return Ok(stored);
    }
    let place = draft.speaker(room)?;
    let (log, room) = (place.log, place.room);
    if room.kind == RoomKind::Direct && room.members.len() < 2 {
        return Err(Refusal::no(Code::NoSuchMember, "the other is gone, and nobody would hear you"));
    }
    draft.not_too_soon(&place)?;
    if let Some(reply) = reply {
        stands(room, reply)?;
    }
    if hold::waits(&place, text) {
        return hold::hold_back(draft, &place, device, n, text, reply);
    }
    let (mentions, all) = mentions(draft.state, room, draft.by, text);
    let all = all && (place.role >= Role::Moderator);
    let text = text.to_owned();
    draft.act(log, Act::Post(Post { device, n, text, reply, mentions, all, let_by: None })).done()
}

/// What becomes of a post whose number is not new.
fn resent(
    draft: &Draft<'_>,
    device: DeviceId,
    room: &RoomName,
    n: PostNumber,
    text: &str,
) -> Result<Option<Decision>, Refusal> {
    let from = draft.directory().device(device).ok_or_else(super::draft::enter_first)?;
    // Asked only where the number is not new: to look a room up by its name costs more than the rest.
    let named = |held| draft.state.room_named(room).is_some_and(|(log, _)| log == held);
    // What stood in a room that is closed by now went with it, and another may have its name, but none its key.
    let closed = |held| draft.state.room(held).is_none() && draft.directory().keyed(room) == Some(held);
    let meant = |held: LogId| named(held) || closed(held);
    match from.window.judge(n, meant, text) {
        Verdict::New => Ok(None),
        Verdict::Stored(log, seq) => Ok(Some(Decision::Stored(log, seq))),
        Verdict::Held(log, held) => hold::resent(draft.state, log, held).map(Some),
        // It may be this one, if that room was called so when it was said there; then it was stored.
        Verdict::Reused(held) if draft.state.room(held).is_none() => {
            let text = format!(
                "number {} was a post's in a room that is closed by now, perhaps this one's; count up",
                n.value()
            );
            Err(Refusal { code: Code::NumberReused, fate: Fate::Unknown, retry_ms: None, text })
        }
        Verdict::Reused(_) => {
            let text = format!("number {} of this device is another post's; count up", n.value());
            Err(Refusal::no(Code::NumberReused, text))
        }
        Verdict::OutOfOrder => {
            let text = format!(
                "a later post than number {} is stored, and this one is not; give it a new number",
                n.value()
            );
            Err(Refusal::no(Code::OutOfOrder, text))
        }
        Verdict::TooOld => {
            let text = format!("number {} is too far behind to be known; look for it in the room", n.value());
            Err(Refusal { code: Code::TooOld, fate: Fate::Unknown, retry_ms: None, text })
        }
    }
}

pub(super) fn edit(
    draft: Draft<'_>,
    room: &RoomName,
    target: Seq,
    text: &str,
    author: Option<PersonId>,
) -> Result<Decision, Refusal> {
    let place = draft.speaker(room)?;
    stands(place.room, target)?;
    if author != Some(draft.by) && !planted("edit_of_others") {
        return Err(not_allowed("only whoever said it may say it in other words"));
    }
    hold::cannot_wait(&place, text)?;
    let edited = || Act::Edited { target, text: text.to_owned() };
    let draft = draft.act(place.log, edited());
    if planted("edit_twice") { draft.act(place.log, edited()).done() } else { draft.done() }
}

pub(super) fn delete(
    draft: Draft<'_>,
    room: &RoomName,
    target: Seq,
    author: Option<PersonId>,
) -> Result<Decision, Refusal> {
    let place = draft.member(room)?;
    stands(place.room, target)?;
    // Nobody where its entry is damaged, or was not on disk yet when that was asked; those who keep order may still take it away.
    let of = author.unwrap_or_default();
    if of != draft.by && (place.role < Role::Moderator || place.room.kind == RoomKind::Direct) {
        return Err(not_allowed("only whoever said it and the moderators may take it away"));
    }
    let draft = draft.act(place.log, Act::Deleted { target, of });
    if planted("delete_keeps_words") {
        draft.done()
    } else {
        draft.erase(Erase::Post(place.log, target)).done()
    }
}

pub(super) fn react(
    draft: Draft<'_>,
    room: &RoomName,
    target: Seq,
    emoji: &str,
    on: bool,
) -> Result<Decision, Refusal> {
    let place = draft.speaker(room)?;
    stands(place.room, target)?;
    if on {
        hold::cannot_wait(&place, emoji)?;
    }
    draft.act(place.log, Act::Reacted { target, emoji: emoji.to_owned(), on }).done()
}

pub(super) fn pin(draft: Draft<'_>, room: &RoomName, target: Seq, on: bool) -> Result<Decision, Refusal> {
    let place = draft.member(room)?;
    let place = match place.room.kind {
        RoomKind::Direct => place,
        RoomKind::Group => draft.holds(room, Role::Member)?,
        RoomKind::Public | RoomKind::Private => draft.holds(room, Role::Moderator)?,
    };
    stands(place.room, target)?;
    if place.room.pins.contains(&target) == on {
        return Ok(Decision::Already);
    }
    if on && place.room.pins.len() >= PINS_MAX {
        let text = format!("{PINS_MAX} posts are pinned in {}; take one down first", shown(place.room));
        return Err(Refusal::no(Code::Full, text));
    }
    draft.act(place.log, Act::Pinned { target, on }).done()
}

pub(super) fn read(draft: Draft<'_>, room: &RoomName, seq: Seq) -> Result<Decision, Refusal> {
    let place = draft.member(room)?;
    let upto = seq.min(place.room.head);
    let held = place.room.members.get(&draft.by).map_or(Seq(0), |member| member.read);
    if upto <= held {
        return Ok(Decision::Already);
    }
    let (by, log, room) = (draft.by, place.log, place.room.key.clone());
    draft.note(by, Note::Read { log, room, upto }).done()
}
