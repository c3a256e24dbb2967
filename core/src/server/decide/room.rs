//! Rooms: making, entering and leaving them, and what they are called and about.

use super::account::{closed, leaving};
use super::draft::Draft;
use super::rights::{banned_from, not_allowed, shown};
use super::{Decision, hold};
use crate::entry::{Act, DirectoryEntry, LinkId, LogId, Note, PersonId, Role, RoomKind, TokenHash, Whom};
use crate::limits::{
    DIRECTS_BY_OTHERS_MAX, DIRECTS_MAX, INVITATIONS_BY_ONE_MAX, INVITATIONS_MAX, INVITED_MAX, LINKS_MAX,
    ROOM_MEMBERS_MAX, ROOMS_JOINED_MAX, ROOMS_MAX,
};
use crate::mutant::planted;
use crate::name::{Name, RoomName};
use crate::refusal::{Code, Refusal};
use crate::server::state::{Person, Room, State};

pub(super) fn create(
    draft: Draft<'_>,
    name: &RoomName,
    topic: &str,
    private: bool,
) -> Result<Decision, Refusal> {
    if !private {
        is_free(&draft, name, None)?;
    }
    let kind = if private { RoomKind::Private } else { RoomKind::Public };
    let (mut draft, log) = made(draft, kind, Some(name.clone()))?;
    if !topic.is_empty() {
        draft = draft.act(log, Act::Topic(topic.to_owned()));
    }
    draft.done()
}

pub(super) fn group(
    draft: Draft<'_>,
    people: &[Name],
    title: Option<&RoomName>,
) -> Result<Decision, Refusal> {
    let mut others = Vec::new();
    for name in people {
        let (whom, person) = draft.whom(name)?;
        if whom.person != draft.by && !others.iter().any(|(held, _): &(crate::entry::Whom, _)| *held == whom)
        {
            draft.other_not_blocked(name)?;
            others.push((whom, person));
        }
    }
    let (mut draft, log) = made(draft, RoomKind::Group, title.cloned())?;
    let key = RoomName::of_log(log.0);
    // All are asked, friends as well: nobody finds himself among people whom he did not choose, and who has blocked the
    // maker looks like anybody who has not answered.
    for (whom, person) in others {
        may_be_invited(&draft, &whom)?;
        let (of, told) = (whom.person, hears_invitations(draft.by, person));
        draft = draft.act(log, Act::Invited(whom));
        if told {
            let (room, name) = (key.clone(), draft.me.name.clone());
            draft = draft.note(of, Note::Invited { log, room, title: title.cloned(), name });
        }
    }
    draft.done()
}

pub(super) fn direct(draft: Draft<'_>, name: &Name) -> Result<Decision, Refusal> {
    let (whom, person) = draft.other_not_blocked(name)?;
    if draft.directory().direct(draft.by, whom.person).is_some() {
        return Ok(Decision::Already);
    }
    // Others cannot take all of somebody's: he has some left to begin himself.
    if directs(draft.state, draft.me) >= DIRECTS_MAX || directs(draft.state, person) >= DIRECTS_BY_OTHERS_MAX
    {
        return Err(Refusal::no(Code::Full, "there are as many conversations of two as one person may have"));
    }
    room_for_more(&draft)?;
    let (at, log, pair) = (draft.at, draft.directory().next_log(), Some([draft.by, whom.person]));
    draft
        .entry(DirectoryEntry::Room { at, log, name: None, room: RoomKind::Direct, pair })
        .act(log, Act::Created)
        .act(log, Act::Added(whom))
        .done()
}

/// A new room, with the author as its first member.
fn made(draft: Draft<'_>, room: RoomKind, name: Option<RoomName>) -> Result<(Draft<'_>, LogId), Refusal> {
    room_for_more(&draft)?;
    may_join_more(&draft)?;
    let (at, log) = (draft.at, draft.directory().next_log());
    let made = DirectoryEntry::Room { at, log, name, room, pair: None };
    Ok((draft.entry(made).act(log, Act::Created), log))
}

pub(super) fn join(draft: Draft<'_>, name: &RoomName) -> Result<Decision, Refusal> {
    let (log, room) = draft.there(name)?;
    if draft.me.rooms.contains(&log) {
        return Ok(Decision::Already);
    }
    not_banned(&draft, room)?;
    if room.kind != RoomKind::Public && !draft.me.seldom.invitations.contains_key(&log) {
        return Err(not_allowed(format!("{} is entered by invitation", shown(room))));
    }
    fits_in(&draft, room)?;
    draft.act(log, Act::Joined).done()
}

pub(super) fn join_by_link(draft: Draft<'_>, token: &TokenHash) -> Result<Decision, Refusal> {
    let bad = || Refusal::no(Code::BadLink, "this link is none, is used up, or is too old");
    let (log, link) = draft.directory().link(token).ok_or_else(bad)?;
    let room = draft.state.room(log).ok_or_else(bad)?;
    let held = room.links.get(&link).ok_or_else(bad)?;
    // A link is worth what the word of its maker is: who keeps order there no longer, or may not come in, lets nobody in.
    let maker = draft.directory().person(held.by).and_then(|maker| maker.seldom.banned.as_ref());
    if maker.is_some_and(|sanction| sanction.holds(draft.at))
        || draft.role_of(log, room, held.by).is_none_or(|role| role < Role::Moderator)
    {
        return Err(bad());
    }
    if held.until.is_some_and(|until| draft.at >= until) || held.uses == Some(0) {
        return Err(bad());
    }
    if draft.me.rooms.contains(&log) {
        return Ok(Decision::Already);
    }
    not_banned(&draft, room)?;
    fits_in(&draft, room)?;
    let (at, person) = (draft.at, draft.by);
    draft.entry(DirectoryEntry::LinkUsed { at, person, log, link }).act(log, Act::Joined).done()
}

pub(super) fn leave(draft: Draft<'_>, name: &RoomName) -> Result<Decision, Refusal> {
    let place = draft.member(name)?;
    if place.room.kind == RoomKind::Direct {
        if place.room.members.len() < 2 {
            // The other is erased, and nobody but the author ever reads it again.
            return closed(draft, place.log, "").done();
        }
        return Err(not_allowed("a conversation of two is for ever; block the other to be rid of it"));
    }
    leaving(draft, place.log).done()
}

pub(super) fn invite(draft: Draft<'_>, name: &RoomName, who: &Name) -> Result<Decision, Refusal> {
    let place = draft.member(name)?;
    let least = if place.room.kind == RoomKind::Private { Role::Moderator } else { Role::Member };
    let place = draft.holds(name, least)?;
    let (whom, person) = draft.other_not_blocked(who)?;
    let (log, room) = (place.log, place.room);
    if room.members.contains_key(&whom.person) || room.invited.contains_key(&whom.person) {
        return Ok(Decision::Already);
    }
    if room.bans.get(&whom.person).is_some_and(|held| held.sanction.holds(draft.at)) {
        return Err(not_allowed(format!("{} is banned from {}; lift that first", whom.name, shown(room))));
    }
    if room.invited.len() >= INVITED_MAX {
        return Err(Refusal::no(Code::Full, format!("{INVITED_MAX} people are invited to {}", shown(room))));
    }
    may_be_invited(&draft, &whom)?;
    let (of, told) = (whom.person, hears_invitations(draft.by, person));
    let note =
        Note::Invited { log, room: room.key.clone(), title: room.title.clone(), name: draft.me.name.clone() };
    let draft = draft.act(log, Act::Invited(whom));
    if told { draft.note(of, note).done() } else { draft.done() }
}

pub(super) fn uninvite(draft: Draft<'_>, name: &RoomName, who: &Name) -> Result<Decision, Refusal> {
    let place = draft.member(name)?;
    let (whom, person) = draft.whom(who)?;
    let by = place.room.invited.get(&whom.person);
    let by = by.ok_or_else(|| Refusal::no(Code::NotThere, format!("{} is not invited", whom.name)))?;
    if *by != draft.by {
        draft.holds(name, Role::Moderator)?;
    }
    let (of, told) = (whom.person, person.seldom.invitations.contains_key(&place.log));
    let note = Note::Uninvited { log: place.log, room: place.room.key.clone() };
    let draft = draft.act(place.log, Act::Uninvited(whom));
    if told { draft.note(of, note).done() } else { draft.done() }
}

pub(super) fn decline(draft: Draft<'_>, name: &RoomName) -> Result<Decision, Refusal> {
    let (log, room) = draft.there(name)?;
    if !draft.me.seldom.invitations.contains_key(&log) {
        return Err(Refusal::no(Code::NotThere, format!("you are not invited to {}", shown(room))));
    }
    let (whom, of, key) = (draft.myself(), draft.by, room.key.clone());
    draft.note(of, Note::Uninvited { log, room: key }).act(log, Act::Uninvited(whom)).done()
}

pub(super) fn link(
    draft: Draft<'_>,
    name: &RoomName,
    token: &TokenHash,
    hours: Option<u64>,
    uses: Option<u32>,
) -> Result<Decision, Refusal> {
    let place = draft.holds(name, Role::Moderator)?;
    let (at, by, log) = (draft.at, draft.by, place.log);
    if draft.directory().link(token).is_some() {
        return Err(Refusal::no(Code::BadLink, "this token is another link's; draw one at random"));
    }
    let good = place.room.links.values().filter(|link| link.until.is_none_or(|until| at < until));
    if good.count() >= LINKS_MAX {
        let text = format!("{LINKS_MAX} links lead to {}; take one back first", shown(place.room));
        return Err(Refusal::no(Code::Full, text));
    }
    let (link, until) = (draft.directory().next_link(), hours.map(|hours| at.after(hours * 3_600_000)));
    let spent = place.room.links.iter().filter(|(_, link)| link.until.is_some_and(|until| at >= until));
    let spent: Vec<LinkId> = spent.map(|(link, _)| *link).collect();
    let mut draft = draft;
    for link in spent {
        draft = draft.entry(DirectoryEntry::Unlinked { at, by, log, link });
    }
    draft
        .entry(DirectoryEntry::Link { at, by, log, link, token: token.clone(), until, uses })
        .act(log, Act::Link { link, until, uses })
        .done()
}

pub(super) fn unlink(draft: Draft<'_>, name: &RoomName, link: LinkId) -> Result<Decision, Refusal> {
    let place = draft.holds(name, Role::Moderator)?;
    if !place.room.links.contains_key(&link) {
        return Err(Refusal::no(Code::NotThere, "there is no such link"));
    }
    let (at, by, log) = (draft.at, draft.by, place.log);
    draft.entry(DirectoryEntry::Unlinked { at, by, log, link }).act(log, Act::Unlinked { link }).done()
}

pub(super) fn topic(draft: Draft<'_>, name: &RoomName, text: &str) -> Result<Decision, Refusal> {
    let place = draft.speaker(name)?;
    draft.holds(name, Role::Member)?;
    if place.room.topic == text {
        return Ok(Decision::Already);
    }
    draft.not_too_soon(&place)?;
    hold::cannot_wait(&place, text)?;
    draft.act(place.log, Act::Topic(text.to_owned())).done()
}

pub(super) fn rename(draft: Draft<'_>, name: &RoomName, to: &RoomName) -> Result<Decision, Refusal> {
    let place = draft.holds(name, Role::Owner)?;
    if place.log == LogId(1) {
        return Err(not_allowed("the lobby keeps its name"));
    }
    if place.room.title.as_ref() == Some(to) {
        return Ok(Decision::Already);
    }
    let (at, by, log) = (draft.at, draft.by, place.log);
    if place.room.kind.is_public() {
        is_free(&draft, to, Some(log))?;
        let entry = DirectoryEntry::RoomName { at, by, log, name: to.clone() };
        return draft.entry(entry).act(log, Act::Renamed(to.clone())).done();
    }
    draft.act(log, Act::Renamed(to.clone())).done()
}

pub(super) fn archive(draft: Draft<'_>, name: &RoomName, on: bool) -> Result<Decision, Refusal> {
    let place = draft.holds(name, Role::Owner)?;
    if place.room.archived == on {
        return Ok(Decision::Already);
    }
    draft.act(place.log, Act::Archived(on)).done()
}

pub(super) fn close(draft: Draft<'_>, name: &RoomName, reason: &str) -> Result<Decision, Refusal> {
    let log = if draft.me.admin {
        let found = draft.state.room_named(name).filter(|(_, room)| room.kind != RoomKind::Direct);
        found.map_or_else(|| draft.there(name).map(|(log, _)| log), |(log, _)| Ok(log))?
    } else {
        draft.there(name)?.0
    };
    if !draft.me.admin || !draft.state.room(log).is_some_and(|room| room.kind != RoomKind::Direct) {
        draft.holds(name, Role::Owner)?;
    }
    if log == LogId(1) {
        return Err(not_allowed("every server has its lobby"));
    }
    closed(draft, log, reason).done()
}

/// Refuses a name by which another room than `own` is found, or that looks like one.
fn is_free(draft: &Draft<'_>, name: &RoomName, own: Option<LogId>) -> Result<(), Refusal> {
    match draft.state.room_named(name) {
        Some((log, held)) if own != Some(log) => {
            let text = format!("there is a room {} already; join it, or choose another name", shown(held));
            Err(Refusal::no(Code::RoomTaken, text))
        }
        _ => Ok(()),
    }
}

fn room_for_more(draft: &Draft<'_>) -> Result<(), Refusal> {
    if draft.state.rooms().count() >= ROOMS_MAX {
        return Err(Refusal::no(Code::Full, "this server has no room for more rooms"));
    }
    Ok(())
}

fn not_banned(draft: &Draft<'_>, room: &Room) -> Result<(), Refusal> {
    let held = room.bans.get(&draft.by).filter(|held| held.sanction.holds(draft.at));
    match held.filter(|_| !planted("ban_not_checked")) {
        Some(held) => Err(banned_from(room, &held.sanction, draft.at)),
        None => Ok(()),
    }
}

fn fits_in(draft: &Draft<'_>, room: &Room) -> Result<(), Refusal> {
    if room.members.len() >= ROOM_MEMBERS_MAX {
        let text = format!("{} has {ROOM_MEMBERS_MAX} members already", shown(room));
        return Err(Refusal::no(Code::Full, text));
    }
    may_join_more(draft)
}

fn may_join_more(draft: &Draft<'_>) -> Result<(), Refusal> {
    if joined(draft.state, draft.me) >= ROOMS_JOINED_MAX {
        let text = format!("you are in {ROOMS_JOINED_MAX} rooms already; leave one");
        return Err(Refusal::no(Code::Full, text));
    }
    Ok(())
}

/// The rooms that somebody is in, conversations of two not counted: anybody can begin one of those with him.
fn joined(state: &State, person: &Person) -> usize {
    person.rooms.len() - directs(state, person)
}

/// The conversations of two that somebody has in sight.
fn directs(state: &State, person: &Person) -> usize {
    let counts = |log: &&LogId| state.room(**log).is_some_and(|room| room.kind == RoomKind::Direct);
    person.rooms.iter().filter(counts).count()
}

/// Whether somebody hears that `by` has invited him. Otherwise he stands as invited, and does not learn of it: he has
/// blocked him, or has as many invitations as he can have.
fn hears_invitations(by: PersonId, person: &Person) -> bool {
    let room = person.seldom.invitations.len() < INVITATIONS_MAX;
    room && (!person.blocks(by) || planted("invitation_across_block"))
}

/// Refuses to invite whoever was asked by the author often enough. It hangs on what the author did alone: what it would
/// say of the other's invitations, it would say of whom he blocks.
fn may_be_invited(draft: &Draft<'_>, whom: &Whom) -> Result<(), Refusal> {
    let full = |text: String| Err(Refusal::no(Code::Full, text));
    let name = &whom.name;
    let rooms = draft.me.rooms.iter().filter_map(|log| draft.state.room(*log));
    let mine = rooms.filter(|room| room.invited.get(&whom.person) == Some(&draft.by)).count();
    if mine >= INVITATIONS_BY_ONE_MAX {
        return full(format!("{name} has not answered {INVITATIONS_BY_ONE_MAX} invitations of yours; wait"));
    }
    Ok(())
}
