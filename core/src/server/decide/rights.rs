//! Who may know of a room, read it, speak in it, and keep order in it.

use super::draft::{Draft, blocked_by_you, terms};
use crate::entry::{LogId, PersonId, Role, RoomKind, Sanction};
use crate::mutant::planted;
use crate::name::RoomName;
use crate::refusal::{Code, Refusal};
use crate::server::state::{Person, Room, State};
use crate::time::Wall;

/// A room and what the author of a command is in it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) log: LogId,
    pub(super) room: &'a Room,
    pub(super) role: Role,
}

pub(super) fn not_allowed(text: impl Into<String>) -> Refusal {
    Refusal::no(Code::NotAllowed, text)
}

/// Whether this person may know that there is this room: it is public, his own, or he was invited to it or put out of it.
pub(in crate::server) fn may_know(room: &Room, log: LogId, id: PersonId, person: &Person) -> bool {
    match room.kind {
        RoomKind::Public => true,
        RoomKind::Private | RoomKind::Group => {
            room.members.contains_key(&id)
                || person.seldom.invitations.contains_key(&log)
                || room.bans.get(&id).is_some_and(|held| held.knows)
        }
        RoomKind::Direct => room.members.contains_key(&id) && person.rooms.contains(&log),
    }
}

/// What somebody may do in a room that he has in sight.
pub(in crate::server) fn role_of(state: &State, log: LogId, room: &Room, person: PersonId) -> Option<Role> {
    let found = state.directory().person(person).filter(|found| found.rooms.contains(&log))?;
    let role = room.role(person)?;
    // What belongs to the server is kept by its administrators.
    if room.owner == Some(PersonId(0)) && found.admin { Some(Role::Owner) } else { Some(role) }
}

impl<'a> Draft<'a> {
    /// The room of exactly this name or key, as far as the author may know of it.
    pub(super) fn there(&self, name: &RoomName) -> Result<(LogId, &'a Room), Refusal> {
        let found = self.state.room_named(name).filter(|(log, room)| {
            // One that merely looks like it is not meant.
            let titled =
                || room.kind.is_public() && room.title.as_ref().is_some_and(|title| title.same(name));
            let named = room.key.same(name) || titled();
            named && may_know(room, *log, self.by, self.me)
        });
        if let Some(found) = found {
            return Ok(found);
        }
        if let Some(other) = self.hidden_direct(name) {
            return Err(other);
        }
        Err(Refusal::no(Code::NoSuchRoom, format!("there is no room {name}")))
    }

    /// Why a conversation is out of the author's sight: he has blocked the other.
    fn hidden_direct(&self, name: &RoomName) -> Option<Refusal> {
        let (_, room) = self.state.room_named(name)?;
        let mine = room.kind == RoomKind::Direct && room.members.contains_key(&self.by);
        let other = room.members.keys().find(|person| mine && self.me.blocks(**person))?;
        Some(blocked_by_you(&self.directory().person(*other)?.name))
    }

    /// The room of this name or key, if the author is a member of it.
    pub(super) fn member(&self, name: &RoomName) -> Result<Place<'a>, Refusal> {
        let (log, room) = self.there(name)?;
        match self.role_in(log, room) {
            Some(role) => Ok(Place { log, room, role }),
            None if room.bans.get(&self.by).is_some_and(|held| held.sanction.holds(self.at)) => {
                Err(banned_from(room, &room.bans[&self.by].sanction, self.at))
            }
            None => {
                let text = format!("only members of {} may do this; join it", shown(room));
                Err(Refusal::no(Code::NotAMember, text))
            }
        }
    }

    fn role_in(&self, log: LogId, room: &Room) -> Option<Role> {
        self.role_of(log, room, self.by)
    }

    /// What somebody may do in a room that he has in sight.
    pub(super) fn role_of(&self, log: LogId, room: &Room, person: PersonId) -> Option<Role> {
        role_of(self.state, log, room, person)
    }

    /// The room, if the author has at least this role in it. In a conversation of two nobody is above the other.
    pub(super) fn holds(&self, name: &RoomName, least: Role) -> Result<Place<'a>, Refusal> {
        let place = self.member(name)?;
        if place.room.kind == RoomKind::Direct {
            return Err(not_allowed("a conversation of two has no such rules; block the other if you must"));
        }
        if place.role < least {
            let who = if least == Role::Owner { "its owner" } else { "its moderators" };
            return Err(not_allowed(format!("in {} only {who} may do this", shown(place.room))));
        }
        Ok(place)
    }

    /// The room, if the author may say something in it now.
    pub(super) fn speaker(&self, name: &RoomName) -> Result<Place<'a>, Refusal> {
        let place = self.member(name)?;
        unable_to_speak(place.room, self.by, self.at)?;
        Ok(place)
    }

    /// Refuses a plain member of a room in slow mode who has said something too short a time ago.
    pub(super) fn not_too_soon(&self, place: &Place<'_>) -> Result<(), Refusal> {
        let room = place.room;
        let spoke = room.members.get(&self.by).map_or(Wall(0), |member| member.spoke);
        let waited = self.at.since(spoke);
        // A clock that was put back must not silence anybody for longer than the room asks.
        if place.role > Role::Member || room.slow_ms <= waited || spoke > self.at {
            return Ok(());
        }
        let seconds = (room.slow_ms - waited).div_ceil(1_000);
        let text = format!("in {} you speak once in a while; again in {seconds} s", shown(room));
        Err(Refusal::no(Code::SlowMode, text))
    }

    pub(super) fn administers(&self) -> Result<(), Refusal> {
        if self.me.admin { Ok(()) } else { Err(not_allowed("only administrators of the server may do this")) }
    }
}

/// Refuses what somebody is to say who may only read now.
pub(super) fn unable_to_speak(room: &Room, person: PersonId, at: Wall) -> Result<(), Refusal> {
    let muted = room.mutes.get(&person).filter(|held| held.sanction.holds(at));
    if let Some(held) = muted.filter(|_| !planted("mute_not_checked")) {
        let text = format!("you may read and not speak in {}{}", shown(room), terms(&held.sanction, at));
        return Err(Refusal::no(Code::Muted, text));
    }
    if room.archived {
        let text = format!("{} is archived: it is there to be read", shown(room));
        return Err(Refusal::no(Code::Archived, text));
    }
    Ok(())
}

pub(super) fn banned_from(room: &Room, sanction: &Sanction, at: Wall) -> Refusal {
    Refusal::no(Code::Banned, format!("you may not come into {}{}", shown(room), terms(sanction, at)))
}

/// The name that a room is shown under.
pub(super) fn shown(room: &Room) -> &str {
    room.title.as_ref().unwrap_or(&room.key).as_str()
}

/// Whether `seen` is here in a room for `by`, given that one of his devices is connected: he wants its members to see him,
/// and neither has blocked the other. Friends are told apart what friends alone may see: what a room's list says of
/// somebody must not hang on whether it was asked for or told.
pub(in crate::server) fn is_here_in_room(state: &State, seen: PersonId, by: PersonId) -> bool {
    use crate::entry::{Audience, Mode};
    if seen == by {
        return true;
    }
    let directory = state.directory();
    let Some(person) = directory.person(seen) else { return false };
    let visible = person.seldom.presence.mode != Mode::Invisible && !directory.is_blocked_between(seen, by);
    visible && person.seldom.presence.audience == Audience::Rooms
}
