//! Lists that were asked for, and what is gone by tomorrow: who is here, and who types.

use super::asked::Asked;
use super::door::{Event, User};
use super::machine::Client;
use super::people::clipped;
use crate::limits::{ROOM_MEMBERS_MAX, ROOMS_MAX, TOPIC_BYTES_MAX};
use crate::name::{Name, RoomName};
use crate::protocol::{Member, Request, RoomInfo};
use crate::time::Now;

impl Client {
    /// A part of the list of rooms.
    pub(super) fn listed(&mut self, asked: Option<&Asked>, mut rooms: Vec<RoomInfo>, more: bool) {
        for row in &mut rooms {
            row.topic = clipped(std::mem::take(&mut row.topic), TOPIC_BYTES_MAX);
        }
        let after = match asked {
            Some(Asked::User(User::Rooms)) => Some(None),
            Some(Asked::Rooms(after)) => Some(Some(after)),
            _ => None,
        };
        let directory = &mut self.model.directory;
        let first = directory.last().zip(rooms.first()).is_none_or(|(a, b)| a.room >= b.room);
        if first {
            directory.clear();
        }
        directory.extend(rooms.iter().take(ROOMS_MAX.saturating_sub(directory.len())).cloned());
        // A list that does not lead on, or is longer than any can be, is left at that.
        let last = rooms.last().map(|row| row.room.clone());
        let next = last.filter(|last| after.is_some_and(|after| after.is_none_or(|after| after < last)));
        let next = next.filter(|_| more && self.model.directory.len() < ROOMS_MAX);
        let asks_on = next.is_some_and(|after| {
            let request = Request::Rooms { after: Some(after.clone()), all: false };
            self.ask_under_id(Asked::Rooms(after), request).is_some()
        });
        self.happened(Event::Listed(rooms, more && (asks_on || asked.is_none())));
    }

    /// A part of a room's members.
    pub(super) fn told_members(
        &mut self,
        asked: Option<&Asked>,
        room: &RoomName,
        members: Vec<Member>,
        more: bool,
    ) {
        let last = members.last().map(|row| row.name.clone());
        let after: Option<Option<&Name>> = match asked {
            Some(Asked::User(User::Who(_))) => Some(None),
            Some(Asked::Members(_, after)) => Some(after.as_ref()),
            _ => None,
        };
        let Some(view) = self.model.rooms.get_mut(room) else { return };
        view.list(members);
        let leads_on = |last: &Name| after.is_some_and(|after| after.is_none_or(|after| after < last));
        match last.filter(|last| more && leads_on(last) && view.members.len() < ROOM_MEMBERS_MAX) {
            Some(last) => self.ask_for_members(room.clone(), Some(last)),
            None => {
                view.touched = None;
                view.listed = view.listed.max(view.asked_at);
            }
        }
    }

    /// Somebody types.
    pub(super) fn types(&mut self, room: &RoomName, name: Name, now: Now) {
        if let Some(view) = self.model.rooms.get_mut(room).filter(|view| view.live) {
            view.types(name, now.tick);
        }
    }
}
