//! Requests that only read: the list of rooms, who is in a room, and leave to read a page of its history.

use super::command::SessionId;
use super::decide::{is_member, member};
use super::door::Output;
use super::held::Waiting;
use super::machine::Server;
use crate::entry::{LogId, PersonId, Seq};
use crate::limits::LIST_ROWS_MAX;
use crate::name::{Name, RoomName};
use crate::protocol::{Member, Refused, RoomInfo, Update};
use crate::refusal::Refusal;
use std::ops::Bound;

impl Server {
    /// Answers a request that only reads. The state may be ahead of the disk, so the answer waits for it.
    pub(super) fn answer(&mut self, session: SessionId, id: Option<u64>, answer: Result<Output, Refusal>) {
        let output =
            answer.unwrap_or_else(|refusal| Output::Tell(session, Refused { id, n: None, refusal }.into()));
        self.emit(output);
        if self.state.position() > self.stored {
            let origin = super::command::Origin { session: Some(session), id };
            if let Some(session) = self.sessions.get_mut(session) {
                session.pending += 1;
            }
            self.held.wait(self.state.position(), Waiting { origin, n: None, entering: false });
        }
    }

    /// A part of the list of rooms, in the order of their names.
    pub(super) fn rooms(&self, id: Option<u64>, person: PersonId, after: Option<&RoomName>) -> Update {
        let mut rooms: Vec<_> =
            self.state.rooms().filter(|(_, room)| after.is_none_or(|after| room.name > *after)).collect();
        rooms.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        let more = rooms.len() > LIST_ROWS_MAX;
        let row = |(log, room): (LogId, &super::state::Room)| RoomInfo {
            room: room.name.clone(),
            topic: room.topic.clone(),
            members: room.members.len(),
            joined: is_member(&self.state, person, log),
        };
        let rooms = rooms.into_iter().take(LIST_ROWS_MAX).map(row).collect();
        Update::Rooms { id, rooms, more }
    }

    /// A part of a room's members, in the order of their names.
    pub(super) fn who(
        &self,
        id: Option<u64>,
        person: PersonId,
        room: &RoomName,
        after: Option<&Name>,
    ) -> Result<Update, Refusal> {
        let (log, _) = self.member_room(person, room)?;
        let found = self.state.room(log).expect("a room that was just found");
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = found.members.range::<Name, _>((start, Bound::Unbounded));
        let row = |(name, person): (&Name, &PersonId)| Member {
            name: name.clone(),
            here: self.sessions.is_here(*person),
        };
        let members = rest.by_ref().take(LIST_ROWS_MAX).map(row).collect();
        Ok(Update::Who { id, room: found.name.clone(), members, more: rest.next().is_some() })
    }

    /// The log of a room that this person may read, and the last seq of it.
    pub(super) fn member_room(&self, person: PersonId, room: &RoomName) -> Result<(LogId, Seq), Refusal> {
        let (log, found) = member(&self.state, person, room)?;
        Ok((log, found.head))
    }
}
