//! At rest everybody sees as here exactly those who are here and want to be seen by him, and as what they want to be seen.

use super::complaint::{Verdict, demand};
use super::model::{Model, Tie};
use crate::client_host::Person;
use sala_core::entry::{Audience, Mode, PersonId};
use sala_core::name::Name;
use std::collections::BTreeSet;

/// The oracle that complains here.
const COMPANY: &str = "presence is told";

/// Somebody as he is seen: not at all, or in a state and in words.
type Seen<'a> = Option<(Mode, &'a str)>;

/// Who is here, by the clients themselves: whoever is online on any device.
pub(super) fn here(people: &[&Person]) -> BTreeSet<PersonId> {
    let online = people.iter().filter(|person| person.is_online());
    online.filter_map(|person| person.conversation.borrow().look(|shown| shown.person)).collect()
}

/// Judges whom one client shows as here.
pub(super) fn judge(who: &Person, here: &BTreeSet<PersonId>, model: &Model) -> Verdict {
    if !who.is_online() || !who.shows() {
        return Ok(());
    }
    who.conversation.borrow().look(|shown| {
        let Some(me) = shown.person else { return Ok(()) };
        let complains = |name: &Name, place: &str, seen: Seen<'_>, is: Seen<'_>| {
            demand(COMPANY, seen == is, || {
                format!("{} sees {name} in {place} as {seen:?}; he should be seen as {is:?}", who.key())
            })
        };
        for (room, view) in &shown.rooms {
            for (name, member) in &view.members {
                let Some(other) = model.named(name).filter(|other| *other != me) else { continue };
                let seen = member.here.then_some((member.mode, member.status.as_str()));
                complains(name, room.as_str(), seen, in_room(model, here, me, other))?;
            }
        }
        for (name, contact) in &shown.contacts {
            let Some(other) = model.named(name) else { continue };
            let seen = contact.here.then_some((contact.mode, contact.status.as_str()));
            complains(name, "his contacts", seen, as_friend(model, here, me, other))?;
        }
        Ok(())
    })
}

/// How one sees another as a member of a room that both are in.
fn in_room<'a>(model: &'a Model, here: &BTreeSet<PersonId>, me: PersonId, other: PersonId) -> Seen<'a> {
    let (mode, status, audience) = &model.people[&other].presence;
    let visible = *mode != Mode::Invisible && *audience == Audience::Rooms;
    (here.contains(&other) && visible && !model.apart(me, other)).then_some((*mode, status.as_str()))
}

/// How one sees another as his friend.
fn as_friend<'a>(model: &'a Model, here: &BTreeSet<PersonId>, me: PersonId, other: PersonId) -> Seen<'a> {
    let tie = |one: PersonId, other| model.people.get(&one).and_then(|someone| someone.ties.get(&other));
    let friends = tie(me, other) == Some(&Tie::Friend) && tie(other, me) == Some(&Tie::Friend);
    let (mode, status, _) = &model.people[&other].presence;
    (here.contains(&other) && *mode != Mode::Invisible && friends).then_some((*mode, status.as_str()))
}
