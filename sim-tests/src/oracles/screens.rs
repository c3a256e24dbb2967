//! At rest everybody who is here sees the same, and what the log says: rooms, members, what is unread, whom he knows.

use super::complaint::{Verdict, complaint, demand};
use super::model::{Model, Tie};
use super::on_disk::OnDisk;
use crate::client_host::Person;
use crate::wire::Word;
use sala_core::client::{self, RoomView, Stands};
use sala_core::entry::{LogId, PersonId, Role};
use sala_core::name::Name;
use sala_core::protocol::Update;
use std::collections::{BTreeMap, BTreeSet};

/// The oracles that complain here.
const ROOMS: &str = "rooms are seen as they are";
const MEMBERS: &str = "members are seen as they are";
const UNREAD: &str = "unread is counted alike";
const CONTACTS: &str = "contacts are seen as they are";
const CLOSED: &str = "turned away for a reason";
const ANSWERED: &str = "all is answered";

/// Judges what one client shows.
pub(super) fn judge(who: &Person, on_disk: &OnDisk, model: &Model) -> Verdict {
    if let Some(code) = who.closed() {
        return turned_away(who, &code);
    }
    if !who.is_started() {
        return Ok(());
    }
    // Every request on the connection that is open was answered.
    let due = who.wire.due();
    demand(ANSWERED, due.is_empty(), || format!("{} still waits for {due}", who.key()))?;
    who.conversation.borrow().look(|shown| {
        let person = shown.person.ok_or_else(|| complaint(ROOMS, format!("{} is not online", who.key())))?;
        rooms(who, person, shown, on_disk, model)?;
        if who.shows() { contacts(who, person, shown, on_disk, model) } else { Ok(()) }
    })
}

/// The server has said by this code, on the connection that was the last, that he need not come back. Whether it had a
/// reason is judged where it is heard.
fn turned_away(who: &Person, code: &str) -> Verdict {
    let spoken = who.wire.spoken();
    let last = spoken.iter().map(|spoken| spoken.connection).max();
    let said = |update: &Update| match update {
        Update::Goodbye { why, retry_ms: None, .. } => why == code,
        Update::Refused { n: None, code: why, retry_ms: None, .. } => {
            serde_json::to_value(why).is_ok_and(|why| why.as_str() == Some(code))
        }
        _ => false,
    };
    let told = spoken.iter().filter(|spoken| Some(spoken.connection) == last);
    let holds = told.into_iter().any(|spoken| matches!(&spoken.word, Word::Told(update) if said(update)));
    demand(CLOSED, holds, || format!("{} was turned away as {code}, and nobody has said so", who.key()))
}

fn rooms(who: &Person, person: PersonId, shown: &client::Model, on_disk: &OnDisk, model: &Model) -> Verdict {
    let logs: BTreeSet<Option<LogId>> = shown.rooms.keys().map(|room| on_disk.log(room)).collect();
    let reads = |log: &LogId| model.could(*log, person, Role::Member, model.position, model.position);
    let wanted: BTreeSet<Option<LogId>> = model.rooms.keys().copied().filter(reads).map(Some).collect();
    demand(ROOMS, logs == wanted, || {
        format!("{} shows the rooms {logs:?}, and is a member of {wanted:?}", who.key())
    })?;
    for (room, view) in &shown.rooms {
        let Some(log) = on_disk.log(room) else { continue };
        let place = &model.rooms[&log];
        let saw = |what: &str, seen: String, is: String| {
            demand(ROOMS, seen == is, || {
                format!("{} sees {what} of {room:?} as {seen}; it is {is}", who.key())
            })
        };
        // A room that is followed by its name may go on under another key.
        if !who.follows(room) && !who.history.borrow().heard.contains_key(room) {
            saw("the end", format!("{:?}", view.timeline.head()), format!("{:?}", place.head()))?;
        }
        let role = place.role(person).unwrap_or_default();
        saw("his role", format!("{:?}", view.role), format!("{role:?}"))?;
        saw("that it is archived", view.archived.to_string(), place.archived.to_string())?;
        saw("the pace", view.slow_ms.to_string(), place.slow_ms.to_string())?;
        let kept = Some(place.keep_days).filter(|days| *days > 0);
        saw("how long it is kept", format!("{:?}", view.keep_days), format!("{kept:?}"))?;
        let waiting = model.waiting(log, person);
        saw("how much waits", view.waiting.to_string(), waiting.len().to_string())?;
        let held: BTreeSet<_> = view.held.iter().map(|row| row.held).collect();
        if who.shows() {
            saw("what waits", format!("{held:?}"), format!("{waiting:?}"))?;
        }
        saw("the pins", format!("{:?}", view.pins), format!("{:?}", place.pins))?;
        if who.shows() {
            let (unread, mentions) = place.unread(person);
            demand(UNREAD, (view.unread, view.mentions) == (unread, mentions), || {
                format!(
                    "{} counts {} unread and {} that name him in {room:?}; there are {unread} and {mentions} after {:?}",
                    who.key(),
                    view.unread,
                    view.mentions,
                    place.members[&person].read
                )
            })?;
            members(who, view, room.as_str(), log, model)?;
        }
    }
    Ok(())
}

fn members(who: &Person, view: &RoomView, room: &str, log: LogId, model: &Model) -> Verdict {
    let place = &model.rooms[&log];
    let seen: BTreeMap<&Name, Role> = view.members.iter().map(|(name, member)| (name, member.role)).collect();
    let is: BTreeMap<&Name, Role> = place
        .members
        .keys()
        .filter_map(|member| Some((model.people[member].name.as_ref()?, place.role(*member)?)))
        .collect();
    demand(MEMBERS, seen == is, || format!("{} sees {seen:?} in {room}; there are {is:?}", who.key()))
}

fn contacts(
    who: &Person,
    person: PersonId,
    shown: &client::Model,
    on_disk: &OnDisk,
    model: &Model,
) -> Verdict {
    let someone = &model.people[&person];
    let known = |name: &Name| model.named(name).is_some();
    let stands = |tie: &Tie| match tie {
        Tie::Asked => Stands::Asked,
        Tie::AskedBy => Stands::AskedBy,
        Tie::Friend => Stands::Friend,
        Tie::Blocked => Stands::Blocked,
    };
    // Who is erased is nobody's any more, but nobody is told.
    let seen: BTreeMap<&Name, Stands> = shown
        .contacts
        .iter()
        .filter(|(name, _)| known(name))
        .map(|(name, contact)| (name, contact.stands))
        .collect();
    let is: BTreeMap<&Name, Stands> = someone
        .ties
        .iter()
        .filter_map(|(other, tie)| Some((model.person(*other)?.name.as_ref()?, stands(tie))))
        .collect();
    demand(CONTACTS, seen == is, || format!("{} knows {seen:?}; in his log are {is:?}", who.key()))?;
    let apart = shown.contacts.iter().filter(|(_, contact)| contact.here);
    for (name, _) in apart {
        let hidden = model.named(name).is_some_and(|other| model.apart(person, other));
        demand(CONTACTS, !hidden, || format!("{} sees {name} here across a block", who.key()))?;
    }
    for (room, view) in &shown.rooms {
        for (name, _) in view.members.iter().filter(|(_, member)| member.here) {
            let hidden = model.named(name).is_some_and(|other| model.apart(person, other));
            demand(CONTACTS, !hidden, || {
                format!("{} sees {name} here in {room:?} across a block", who.key())
            })?;
        }
    }
    // Nor is anybody told that a room is closed who was only invited to it.
    let from_somebody = shown.invitations.values().filter(|invitation| known(&invitation.by));
    let open = |log: &Option<LogId>| log.is_some_and(|log| model.rooms[&log].closed.is_none());
    let seen: BTreeSet<Option<LogId>> =
        from_somebody.map(|invitation| on_disk.log(&invitation.room)).filter(open).collect();
    let is: BTreeSet<Option<LogId>> = someone.invitations.iter().copied().map(Some).collect();
    demand(CONTACTS, seen == is, || {
        format!("{} sees invitations to {seen:?}; in his log are {is:?}", who.key())
    })
}
