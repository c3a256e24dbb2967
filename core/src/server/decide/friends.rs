//! Friendship and its opposite.
//!
//! Each side of a pair is its own: whoever is blocked sees what he would see if the other merely never answered.

use super::Decision;
use super::draft::Draft;
use crate::entry::{Audience, Mode, Note, PersonId};
use crate::limits::{CONTACTS_MAX, FRIENDSHIPS_ASKED_MAX, FRIENDSHIPS_WAITING_MAX};
use crate::name::Name;
use crate::refusal::{Code, Refusal};
use crate::server::state::{Contact, Person, Presence};

pub(super) fn befriend(draft: Draft<'_>, name: &Name, note: &str) -> Result<Decision, Refusal> {
    let (whom, other) = draft.other_not_blocked(name)?;
    let (by, me) = (draft.by, draft.me);
    let theirs = other.seldom.contacts.get(&by).copied();
    match (me.seldom.contacts.get(&whom.person), theirs) {
        (Some(Contact::Friend | Contact::Asked), _) => Ok(Decision::Already),
        (Some(Contact::AskedBy), _) | (_, Some(Contact::Asked)) => {
            // He may have asked without being heard of.
            if !me.seldom.contacts.contains_key(&whom.person) {
                knows_too_many(me)?;
            }
            let mine = Note::Friend { whom: whom.person, name: whom.name.clone() };
            let draft = draft.note(by, mine);
            match theirs {
                Some(Contact::Blocked) => draft.done(),
                _ => draft.note(whom.person, Note::Friend { whom: by, name: me.name.clone() }).done(),
            }
        }
        _ => {
            let asked = me.seldom.contacts.values().filter(|contact| **contact == Contact::Asked).count();
            if asked >= FRIENDSHIPS_ASKED_MAX {
                let text = format!(
                    "{FRIENDSHIPS_ASKED_MAX} of your requests wait for an answer; withdraw one first"
                );
                return Err(Refusal::no(Code::Full, text));
            }
            knows_too_many(me)?;
            let mine = Note::Asked { whom: whom.person, name: whom.name.clone(), note: note.to_owned() };
            // Whoever knows as many as he can, or is asked by as many, does not hear of it: to be told so would tell, in
            // the end, whom he blocks. If he asks in his turn, they are friends.
            if theirs == Some(Contact::Blocked) || !has_room_for_requests(other) {
                return draft.note(by, mine).done();
            }
            let theirs = Note::AskedBy { whom: by, name: me.name.clone(), note: note.to_owned() };
            draft.note(by, mine).note(whom.person, theirs).done()
        }
    }
}

pub(super) fn unfriend(draft: Draft<'_>, name: &Name) -> Result<Decision, Refusal> {
    let (whom, other) = draft.other_not_blocked(name)?;
    let (by, me) = (draft.by, draft.me);
    if !me.seldom.contacts.contains_key(&whom.person) {
        return Ok(Decision::Already);
    }
    let draft = draft.note(by, Note::Unfriended { whom: whom.person, name: whom.name.clone() });
    match other.seldom.contacts.get(&by) {
        None | Some(Contact::Blocked) => draft.done(),
        Some(_) => draft.note(whom.person, Note::Unfriended { whom: by, name: me.name.clone() }).done(),
    }
}

pub(super) fn block(draft: Draft<'_>, name: &Name) -> Result<Decision, Refusal> {
    let (whom, other) = draft.other(name)?;
    let (by, me) = (draft.by, draft.me);
    if me.blocks(whom.person) {
        return Ok(Decision::Already);
    }
    if !me.seldom.contacts.contains_key(&whom.person) {
        knows_too_many(me)?;
    }
    let draft = draft.note(by, Note::Blocked { whom: whom.person, name: whom.name.clone() });
    match other.seldom.contacts.get(&by) {
        // A request that is taken back looks like any other that is.
        Some(Contact::AskedBy) => {
            draft.note(whom.person, Note::Unfriended { whom: by, name: me.name.clone() }).done()
        }
        _ => draft.done(),
    }
}

pub(super) fn unblock(draft: Draft<'_>, name: &Name) -> Result<Decision, Refusal> {
    let (whom, other) = draft.other(name)?;
    let (by, me) = (draft.by, draft.me);
    if !me.blocks(whom.person) {
        return Err(Refusal::no(Code::NotThere, format!("you have not blocked {}", whom.name)));
    }
    let draft = draft.note(by, Note::Unblocked { whom: whom.person, name: whom.name.clone() });
    match other.seldom.contacts.get(&by) {
        // He saw a friend all the while, who is none any more.
        Some(Contact::Friend) => {
            draft.note(whom.person, Note::Unfriended { whom: by, name: me.name.clone() }).done()
        }
        // What he asked meanwhile is heard now.
        Some(Contact::Asked) => {
            draft.note(by, Note::AskedBy { whom: whom.person, name: whom.name, note: String::new() }).done()
        }
        _ => draft.done(),
    }
}

pub(super) fn presence(
    draft: Draft<'_>,
    mode: Mode,
    status: &str,
    audience: Audience,
) -> Result<Decision, Refusal> {
    let wanted = Presence { mode, status: status.to_owned(), audience };
    if draft.me.seldom.presence == wanted {
        return Ok(Decision::Already);
    }
    let by: PersonId = draft.by;
    draft.note(by, Note::Presence { mode, status: wanted.status, audience }).done()
}

fn has_room_for_requests(person: &Person) -> bool {
    let asked = person.seldom.contacts.values().filter(|contact| **contact == Contact::AskedBy).count();
    asked < FRIENDSHIPS_WAITING_MAX && person.seldom.contacts.len() < CONTACTS_MAX
}

fn knows_too_many(person: &Person) -> Result<(), Refusal> {
    if person.seldom.contacts.len() < CONTACTS_MAX {
        return Ok(());
    }
    Err(Refusal::no(
        Code::Full,
        format!("you know {CONTACTS_MAX} people already, who are friends, asked, or blocked"),
    ))
}
