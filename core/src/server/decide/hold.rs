//! What a room holds back for its moderators, and what becomes of it.

use super::draft::{Draft, server_banned};
use super::mention::mentions;
use super::rights::{Place, not_allowed, shown, unable_to_speak};
use super::{Change, Decision, Erase};
use crate::entry::{
    Act, DIRECTORY, DeviceId, DirectoryEntry, Entry, HeldId, LogId, Note, PersonId, PersonalEntry, Post,
    PostNumber, Role, Seq,
};
use crate::limits::{HELD_BY_ONE_MAX, HELD_MAX};
use crate::name::RoomName;
use crate::refusal::{Code, Refusal};
use crate::server::state::{HeldPost, Room, State};
use crate::time::{DAY_MS, Wall};

/// The room holds back what has one of these words, or a link, from now on.
pub(super) fn hold(
    draft: Draft<'_>,
    room: &RoomName,
    words: &[String],
    links: bool,
) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Moderator)?;
    let held = &place.room.holding;
    if held.words == words && held.links == links {
        return Ok(Decision::Already);
    }
    let (at, by, log, on) = (draft.at, draft.by, place.log, links || !words.is_empty());
    let hold = DirectoryEntry::Hold { at, by, log, words: words.to_vec(), links };
    draft.forget_words(place.room).entry(hold).act(log, Act::Hold(on)).done()
}

/// Whether what somebody says in a room waits for its moderators.
pub(super) fn waits(place: &Place<'_>, text: &str) -> bool {
    place.role < Role::Moderator && place.room.holding.stops(text)
}

/// Refuses what would wait if it was a post, and cannot wait: new words of a post, a topic, a sign.
pub(super) fn cannot_wait(place: &Place<'_>, text: &str) -> Result<(), Refusal> {
    if !waits(place, text) {
        return Ok(());
    }
    let text = format!(
        "in {} a moderator looks at this first, and only posts wait for that: say it in one",
        shown(place.room)
    );
    Err(Refusal::no(Code::Held, text))
}

/// A post waits for the moderators of its room.
pub(super) fn hold_back(
    draft: Draft<'_>,
    place: &Place<'_>,
    device: DeviceId,
    n: PostNumber,
    text: &str,
    reply: Option<Seq>,
) -> Result<Decision, Refusal> {
    let rooms = draft.me.rooms.iter().filter_map(|log| draft.state.room(*log));
    let mine = rooms.flat_map(|room| room.holding.of(draft.by)).count();
    if mine >= HELD_BY_ONE_MAX {
        let text = format!(
            "{HELD_BY_ONE_MAX} posts of yours wait for moderators already; take one back, or wait until one is looked at"
        );
        return Err(Refusal::no(Code::Full, text));
    }
    if place.room.holding.posts.len() >= HELD_MAX {
        let text = format!(
            "{HELD_MAX} posts wait for the moderators of {} already; say it once they have looked at some",
            shown(place.room)
        );
        return Err(Refusal::no(Code::Full, text));
    }
    let (at, person, log, held) = (draft.at, draft.by, place.log, place.room.holding.next());
    draft
        .entry(DirectoryEntry::Held { at, person, log, held, device, n, text: text.to_owned(), reply })
        .done()
}

/// What becomes of a post that waits, or has waited, if it is sent again.
pub(super) fn resent(state: &State, log: LogId, held: HeldId) -> Result<Decision, Refusal> {
    let room = state.room(log);
    if room.is_some_and(|room| room.holding.posts.contains_key(&held)) {
        return Ok(Decision::Waits(log, held));
    }
    Err(Refusal::no(Code::Rejected, "this waited for a moderator, and was not let through"))
}

/// A moderator lets a post through: it stands in the room from now on. Its author must be able to say it now.
pub(super) fn let_through(draft: Draft<'_>, room: &RoomName, held: HeldId) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Moderator)?;
    let (log, room) = (place.log, place.room);
    let HeldPost { by: whom, device, n, text, reply, seq: kept, .. } =
        room.holding.posts.get(&held).cloned().ok_or_else(not_there)?;
    let author = draft.directory().person(whom).ok_or_else(not_there)?;
    // Why not is no moderator's to know, should it be a ban from the server.
    if server_banned(author, draft.at).and_then(|()| unable_to_speak(room, whom, draft.at)).is_err() {
        let (name, room) = (&author.name, shown(room));
        return Err(not_allowed(format!(
            "{name} may say nothing in {room} now: let it through once he may, or reject it"
        )));
    }
    let name = author.name.clone();
    let (mentions, _) = mentions(draft.state, room, whom, &text);
    // What it answers may have been taken away meanwhile.
    let reply = reply.filter(|reply| room.posts.has(*reply));
    let (at, by, seq) = (draft.at, draft.by, Some(room.head.next()));
    let post = Post { device, n, text, reply, mentions, all: false, let_by: Some(by) };
    draft
        .entry(DirectoryEntry::Unheld { at, by, log, held, whom, seq })
        .act_of(whom, name, log, Act::Post(post))
        .erase(Erase::Secret(DIRECTORY, kept))
        .done()
}

/// A moderator does not let a post through, or whoever said it takes it back.
pub(super) fn reject(
    draft: Draft<'_>,
    room: &RoomName,
    held: HeldId,
    reason: &str,
) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Member)?;
    let post = place.room.holding.posts.get(&held);
    // To others it is as if it was not there.
    let post = post.filter(|post| post.by == draft.by || place.role >= Role::Moderator);
    let post = post.ok_or_else(not_there)?;
    let (at, by, log, whom) = (draft.at, draft.by, place.log, post.by);
    let draft = draft
        .entry(DirectoryEntry::Unheld { at, by, log, held, whom, seq: None })
        .erase(Erase::Secret(DIRECTORY, post.seq));
    if whom == by {
        draft.done()
    } else {
        draft.note(whom, rejected(log, place.room, held, post, reason)).done()
    }
}

/// What waits and was said on a day, or before, goes: the server asks it of itself.
pub(super) fn stale(log: LogId, room: &Room, at: Wall, day: u64) -> Change {
    let mut change = Change::default();
    for (held, post) in room.holding.posts.iter().filter(|(_, post)| post.at.0 / DAY_MS <= day) {
        let (held, by, whom) = (*held, PersonId(0), post.by);
        let gone = DirectoryEntry::Unheld { at, by, log, held, whom, seq: None };
        change.entries.push((DIRECTORY, Entry::Directory(gone)));
        let note = rejected(log, room, held, post, "");
        change.entries.push((LogId::personal(whom), Entry::Personal(PersonalEntry { at, by, note })));
        change.erase.push(Erase::Secret(DIRECTORY, post.seq));
    }
    change
}

fn rejected(log: LogId, room: &Room, held: HeldId, post: &HeldPost, reason: &str) -> Note {
    let (room, device, n, reason) = (room.key.clone(), post.device, post.n, reason.to_owned());
    Note::Rejected { log, room, held, device, n, reason }
}

fn not_there() -> Refusal {
    Refusal::no(Code::NotThere, "no such post waits: somebody has dealt with it, or it never did")
}
