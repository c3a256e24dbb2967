//! Keeping order in a room: who is put out, who may not speak, who keeps order, and what was reported.

use super::Decision;
use super::administer::sanction;
use super::draft::Draft;
use super::rights::{Place, not_allowed, shown};
use crate::entry::{Act, DirectoryEntry, Note, PersonId, ReportId, Role, Sanction, Seq, Whom};
use crate::limits::{MODERATORS_MAX, REPORTS_BY_ONE_MAX, REPORTS_MAX, SANCTIONS_MAX};
use crate::name::{Name, RoomName};
use crate::refusal::{Code, Refusal};
use crate::server::state::{Room, Sanctioned};
use crate::time::Wall;
use std::collections::BTreeMap;

pub(super) fn kick(
    draft: Draft<'_>,
    room: &RoomName,
    name: &Name,
    reason: &str,
) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Moderator)?;
    let (whom, _) = draft.other(name)?;
    is_below(&draft, &place, &whom)?;
    is_member(place.room, &whom)?;
    let put_out = put_out(&place, None, reason);
    let of = whom.person;
    let draft = draft.act(place.log, Act::Kicked(whom, reason.to_owned())).note(of, put_out);
    draft.forget_waiting(place.room, of).done()
}

pub(super) fn ban(
    draft: Draft<'_>,
    room: &RoomName,
    name: &Name,
    minutes: Option<u64>,
    reason: &str,
) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Moderator)?;
    let (whom, person) = draft.other(name)?;
    is_below(&draft, &place, &whom)?;
    fits(&place.room.bans, &whom, draft.at)?;
    let sanction = sanction(draft.at, minutes, reason);
    let concerned =
        place.room.members.contains_key(&whom.person) || person.seldom.invitations.contains_key(&place.log);
    let (of, note) = (whom.person, put_out(&place, Some(&sanction), reason));
    let draft = draft.act(place.log, Act::Banned(whom, sanction)).forget_waiting(place.room, of);
    // Who was never there has nothing to be told.
    if concerned { draft.note(of, note).done() } else { draft.done() }
}

pub(super) fn unban(draft: Draft<'_>, room: &RoomName, name: &Name) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Moderator)?;
    let (whom, _) = draft.whom(name)?;
    holds_still(&place.room.bans, &whom, draft.at, "banned")?;
    draft.act(place.log, Act::Unbanned(whom)).done()
}

pub(super) fn mute(
    draft: Draft<'_>,
    room: &RoomName,
    name: &Name,
    minutes: Option<u64>,
    reason: &str,
) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Moderator)?;
    let (whom, _) = draft.other(name)?;
    is_below(&draft, &place, &whom)?;
    is_member(place.room, &whom)?;
    fits(&place.room.mutes, &whom, draft.at)?;
    let sanction = sanction(draft.at, minutes, reason);
    draft.act(place.log, Act::Muted(whom, sanction)).done()
}

pub(super) fn unmute(draft: Draft<'_>, room: &RoomName, name: &Name) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Moderator)?;
    let (whom, _) = draft.other(name)?;
    holds_still(&place.room.mutes, &whom, draft.at, "muted")?;
    draft.act(place.log, Act::Unmuted(whom)).done()
}

pub(super) fn slow(draft: Draft<'_>, room: &RoomName, seconds: u64) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Moderator)?;
    let slow_ms = seconds * 1_000;
    if place.room.slow_ms == slow_ms {
        return Ok(Decision::Already);
    }
    draft.act(place.log, Act::Slow(slow_ms)).done()
}

pub(super) fn role(draft: Draft<'_>, room: &RoomName, name: &Name, role: Role) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Owner)?;
    let (whom, _) = draft.other(name)?;
    is_member(place.room, &whom)?;
    if place.room.owner == Some(whom.person) {
        return Err(not_allowed(format!(
            "{} is the room's; give it to somebody else first",
            shown(place.room)
        )));
    }
    let moderates = place.room.members.get(&whom.person).is_some_and(|member| member.moderator);
    if moderates == (role == Role::Moderator) {
        return Ok(Decision::Already);
    }
    let moderators = place.room.members.values().filter(|member| member.moderator).count();
    if role == Role::Moderator && moderators >= MODERATORS_MAX {
        let text = format!("{} has {MODERATORS_MAX} moderators already", shown(place.room));
        return Err(Refusal::no(Code::Full, text));
    }
    draft.act(place.log, Act::Role(whom, role)).done()
}

pub(super) fn owner(draft: Draft<'_>, room: &RoomName, name: &Name) -> Result<Decision, Refusal> {
    let place = draft.member(room)?;
    let abandoned = |owner: PersonId| {
        let owner = draft.directory().person(owner).and_then(|owner| owner.seldom.banned.as_ref());
        owner.is_some_and(|sanction| sanction.holds(draft.at))
    };
    // A room whose owner may not come in any more is given on by its moderators, or an administrator who is in it.
    let keeps = draft.me.admin || place.role >= Role::Moderator;
    let place = match place.room.owner.filter(|owner| keeps && abandoned(*owner)) {
        Some(_) => place,
        None => draft.holds(room, Role::Owner)?,
    };
    if place.room.owner == Some(PersonId(0)) {
        return Err(not_allowed("this room is the server's, and stays so"));
    }
    let (whom, _) = draft.whom(name)?;
    is_member(place.room, &whom)?;
    if place.room.owner == Some(whom.person) {
        return Ok(Decision::Already);
    }
    draft.act(place.log, Act::Owner(whom)).done()
}

pub(super) fn report(
    draft: Draft<'_>,
    room: &RoomName,
    target: Seq,
    reason: &str,
) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Member)?;
    stands(place.room, target)?;
    let mut mine = place.room.reports.values().filter(|report| report.by == draft.by);
    if mine.clone().any(|report| report.target == target) {
        return Ok(Decision::Already);
    }
    if mine.nth(REPORTS_BY_ONE_MAX - 1).is_some() {
        let text = format!("{REPORTS_BY_ONE_MAX} of your reports wait for the moderators already");
        return Err(Refusal::no(Code::Full, text));
    }
    if place.room.reports.len() >= REPORTS_MAX {
        let text = format!("{REPORTS_MAX} reports wait for the moderators of {} already", shown(place.room));
        return Err(Refusal::no(Code::Full, text));
    }
    let (at, by, log, reason) = (draft.at, draft.by, place.log, reason.to_owned());
    let report = draft.directory().next_report();
    draft.entry(DirectoryEntry::Report { at, by, log, report, target, reason }).done()
}

pub(super) fn resolve(draft: Draft<'_>, room: &RoomName, report: ReportId) -> Result<Decision, Refusal> {
    let place = draft.holds(room, Role::Moderator)?;
    if !place.room.reports.contains_key(&report) {
        return Err(Refusal::no(Code::NotThere, "there is no such report; somebody has dealt with it"));
    }
    let (at, by, log) = (draft.at, draft.by, place.log);
    draft.entry(DirectoryEntry::Resolved { at, by, log, report }).done()
}

/// Refuses a place where no post stands.
pub(super) fn stands(room: &Room, seq: Seq) -> Result<(), Refusal> {
    if room.posts.has(seq) {
        return Ok(());
    }
    Err(Refusal::no(Code::NoSuchPost, format!("no post stands at {} of {}", seq.0, shown(room))))
}

/// Refuses what is done to somebody who has as much to say in the room.
fn is_below(draft: &Draft<'_>, place: &Place<'_>, whom: &Whom) -> Result<(), Refusal> {
    let role = place.room.role(whom.person);
    let keeps = place.room.owner == Some(PersonId(0))
        && draft.directory().person(whom.person).is_some_and(|person| person.admin);
    if keeps || role.is_some_and(|role| role >= place.role) {
        let text = format!("{} has as much to say in {} as you", whom.name, shown(place.room));
        return Err(not_allowed(text));
    }
    Ok(())
}

fn is_member(room: &Room, whom: &Whom) -> Result<(), Refusal> {
    if room.members.contains_key(&whom.person) {
        return Ok(());
    }
    Err(Refusal::no(Code::NoSuchMember, format!("{} is no member of {}", whom.name, shown(room))))
}

fn fits(sanctions: &BTreeMap<PersonId, Sanctioned>, whom: &Whom, at: Wall) -> Result<(), Refusal> {
    let holding = sanctions.values().filter(|held| held.sanction.holds(at)).count();
    if holding >= SANCTIONS_MAX && !sanctions.contains_key(&whom.person) {
        return Err(Refusal::no(Code::Full, format!("there are {SANCTIONS_MAX} of these already")));
    }
    Ok(())
}

fn holds_still(
    sanctions: &BTreeMap<PersonId, Sanctioned>,
    whom: &Whom,
    at: Wall,
    what: &str,
) -> Result<(), Refusal> {
    if sanctions.get(&whom.person).is_some_and(|held| held.sanction.holds(at)) {
        return Ok(());
    }
    Err(Refusal::no(Code::NotThere, format!("{} is not {what}", whom.name)))
}

fn put_out(place: &Place<'_>, ban: Option<&Sanction>, reason: &str) -> Note {
    Note::PutOut {
        log: place.log,
        room: place.room.key.clone(),
        until: ban.and_then(|ban| ban.until),
        banned: ban.is_some(),
        reason: reason.to_owned(),
    }
}
