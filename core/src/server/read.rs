//! Answers to requests that only read.

use super::command::{Origin, SessionId};
use super::cursor;
use super::decide::{Looked, looked, may_know};
use super::door::{Hearers, LogRead, Output, Part, Query, Read, ReadFailed, SearchFailed, Stretch};
use super::held::Waiting;
use super::machine::Server;
use super::session::Entered;
use super::state::Room;
use crate::entry::{DIRECTORY, LogId, LogKind, PersonId, Position, RoomKind, Seq};
use crate::limits::{
    BUSY_RETRY_MS, LIST_ROWS_MAX, PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, STORAGE_RETRY_MS, TYPING_MS,
};
use crate::name::{Name, RoomName};
use crate::protocol::{Exported, Found, Member, NumberedEntry, Refused, Request, RoomInfo, Search, Update};
use crate::refusal::{Code, Refusal};
use crate::time::Now;

impl Server {
    /// Lets out an answer. The state may be ahead of the disk, so the answer waits for it.
    pub(super) fn answer(&mut self, session: SessionId, id: Option<u64>, answer: Output) {
        self.emit(answer);
        if self.state.position() > self.stored {
            let origin = Origin { session: Some(session), id, address: None };
            if let Some(session) = self.sessions.get_mut(session) {
                session.pending += 1;
            }
            self.held.wait(self.state.position(), Waiting { origin, n: None, entering: false });
        }
    }

    /// The answer to a request that its author may make; none if nothing is to be said.
    pub(super) fn seen(
        &mut self,
        session: SessionId,
        id: Option<u64>,
        entered: Entered,
        request: &Request,
        now: Now,
    ) -> Option<Output> {
        let person = entered.person;
        let log = match looked(&self.state, now.wall, person, request) {
            Ok(Looked::Log(log, upto)) => Some((log, upto)),
            Ok(Looked::Logs(logs)) => {
                let Request::Search(search) = request else { return None };
                return Some(self.search(session, id, search, logs));
            }
            Ok(Looked::Own) => None,
            Err(refusal) => return Some(Output::Tell(session, Refused { id, n: None, refusal }.into())),
        };
        let part = |part, limit| {
            let (log, upto) = log?;
            let room = self.state.room(log).map_or_else(RoomName::own, |room| room.key.clone());
            Some(Output::Read(session, id, Read::Page(LogRead { log, room, part, limit, upto })))
        };
        match request {
            Request::Page { page, limit, .. } => {
                let (_, upto) = log?;
                return part(Part::Page(page.within(upto)), *limit);
            }
            Request::Audit { before, limit, .. } => return part(Part::Audit(*before), *limit),
            Request::Versions { seq, after, .. } => {
                return part(Part::Versions(*seq, *after), PAGE_ENTRIES_MAX);
            }
            Request::Export { after } => {
                let Some(after) = self.meant(*after) else { return Some(no_place(session, id)) };
                return Some(Output::Read(session, id, Read::Written(person, after, PAGE_ENTRIES_MAX)));
            }
            Request::Typing { .. } => {
                self.typing(session, person, log?.0, now);
                return None;
            }
            _ => {}
        }
        match request {
            // Whoever looks while changes are gathered may see what they come to nothing of, so all of them are told.
            Request::Who { .. } => self.presence.seen_in(log?.0),
            Request::Friends { .. } => self.presence.friends_seen(),
            _ => {}
        }
        let room = log.and_then(|(log, _)| Some((log, self.state.room(log)?)));
        let update = match (request, room) {
            (Request::Rooms { after, all }, _) => self.rooms(id, person, after.as_ref(), *all),
            (Request::Who { after, .. }, Some((_, room))) => self.who(id, person, room, after.as_ref()),
            (Request::Links { .. }, Some((_, room))) => self.links(id, room, now.wall),
            (Request::Sanctions { after, .. }, Some((_, room))) => {
                self.sanctions(id, room, after.as_deref(), now.wall)
            }
            (Request::Reports { after, .. }, Some((_, room))) => self.reports(id, room, *after),
            (Request::Held { after, .. }, Some((log, room))) => {
                self.held_posts(id, person, log, room, *after)
            }
            (Request::ServerBans { after }, _) => self.server_bans(id, after.as_deref(), now.wall),
            (Request::ServerInvitations { after }, _) => {
                self.server_invitations(id, person, *after, now.wall)
            }
            (Request::Devices, _) => self.devices(id, entered),
            (Request::Friends { after }, _) => self.friends(id, person, after.as_ref()),
            (Request::Me, _) => self.me(id, person)?,
            _ => return None,
        };
        Some(Output::Tell(session, update))
    }

    fn search(&self, session: SessionId, id: Option<u64>, search: &Search, logs: Vec<LogId>) -> Output {
        let Search { words, author, since, until, before, limit, .. } = search.clone();
        let before = match before.map(|before| self.meant(before).ok_or(())).transpose() {
            Ok(before) => before,
            Err(()) => return no_place(session, id),
        };
        let named = author.map(|author| self.state.directory().named(&author).map(|(person, _)| person));
        // Nobody of this name has said anything.
        if named == Some(None) {
            return Output::Tell(session, Update::Found { id, posts: Vec::new(), before: None });
        }
        let author = named.flatten();
        Output::Read(session, id, Read::Search(Query { words, logs, author, since, until, before, limit }))
    }

    /// A search has come to something. Who may no longer read a room by now is not told of it.
    pub(super) fn searched(
        &mut self,
        session: SessionId,
        id: Option<u64>,
        found: Result<Stretch, SearchFailed>,
    ) {
        let Some(person) = self.sessions.get(session).and_then(|session| session.entered) else { return };
        let (rows, mut more) = match found {
            Ok(Stretch { rows, more }) => (rows, more),
            Err(SearchFailed::Busy) => {
                let text = "too many are searching at this moment; try again";
                let refusal = Refusal::later(Code::Busy, BUSY_RETRY_MS, text);
                return self.refuse_now(session, Refused { id, n: None, refusal });
            }
            Err(SearchFailed::Ended) => {
                let text = "nothing can be searched until the server is started again; all else goes on";
                let refusal = Refusal::no(Code::StorageFailed, text);
                return self.refuse_now(session, Refused { id, n: None, refusal });
            }
            Err(SearchFailed::Unread(ReadFailed)) => return self.read_failed(session, id),
        };
        let may = self.state.directory().person(person.person).map(|person| person.rooms.clone());
        let may = may.unwrap_or_default();
        let (mut posts, mut before, mut bytes) = (Vec::new(), None, 0);
        for (position, log, seq, body) in rows {
            bytes += body.len();
            if bytes > PAGE_BYTES_MAX && !posts.is_empty() {
                more = true;
                break;
            }
            before = Some(cursor::told(self.state.directory().cursor_key(), position));
            let room = self.state.room(log).filter(|room| may.contains(&log) && room.posts.has(seq));
            if let (Some(room), Ok(entry)) =
                (room, serde_json::from_slice::<NumberedEntry>(&with_seq(seq, &body)))
            {
                posts.push(Found { room: room.key.clone(), entry });
            }
        }
        let before = before.filter(|_| more);
        self.answer(session, id, Output::Tell(session, Update::Found { id, posts, before }));
    }

    /// What somebody has written was read, and is told to him without what is secret.
    pub(super) fn written(&mut self, session: SessionId, id: Option<u64>, read: Result<Stretch, ReadFailed>) {
        let Ok(Stretch { rows, more }) = read else { return self.read_failed(session, id) };
        let key = self.state.directory().cursor_key();
        let after = rows.last().map_or(0, |(position, ..)| cursor::told(key, *position));
        let exported = |(_, log, seq, body): (Position, LogId, Seq, Vec<u8>)| {
            let mut entry: serde_json::Value = serde_json::from_slice(&body).ok()?;
            if log == DIRECTORY {
                let object = entry.as_object_mut()?;
                ["hash", "token", "secret", "recovery", "code"]
                    .iter()
                    .for_each(|field| drop(object.remove(*field)));
            }
            let room = match log.kind() {
                LogKind::Room => Some(self.state.room(log)?.key.clone()),
                LogKind::Personal(_) => Some(RoomName::own()),
                LogKind::Directory => None,
            };
            Some(Exported { room, seq, entry })
        };
        let entries = rows.into_iter().filter_map(exported).collect();
        self.answer(session, id, Output::Tell(session, Update::Exported { id, entries, after, more }));
    }

    /// The place in the order of all entries that a client was told so.
    fn meant(&self, told: u64) -> Option<Position> {
        cursor::meant(self.state.directory().cursor_key(), told)
    }

    fn read_failed(&mut self, session: SessionId, id: Option<u64>) {
        let text = "the server's disk did not answer; try again";
        let refusal = Refusal::later(Code::StorageFailed, STORAGE_RETRY_MS, text);
        self.refuse_now(session, Refused { id, n: None, refusal });
    }

    /// Somebody types: told now and then to those who read the room, and not to those who are to learn nothing of him.
    fn typing(&mut self, session: SessionId, person: PersonId, log: LogId, now: Now) {
        let Some(found) = self.sessions.get_mut(session) else { return };
        if now.tick < found.types_again {
            return;
        }
        found.types_again = now.tick.after(TYPING_MS);
        let (Some(room), Some(name)) = (
            self.state.room(log).map(|room| room.key.clone()),
            self.state.directory().person(person).map(|person| person.name.clone()),
        ) else {
            return;
        };
        // Whoever does not want to be seen here is not seen typing either.
        if self.seen_in_rooms(person).is_none() {
            return;
        }
        let hearers =
            Hearers::AllBut(self.hidden_from(person).into_iter().map(|(_, session)| session).collect());
        self.emit(Output::Announce(log, Update::Typing { room, name }, hearers));
    }

    /// A part of the list of rooms, in the order of their keys: those that everybody finds and one's own, or for an
    /// administrator all but the conversations of two.
    fn rooms(&self, id: Option<u64>, by: PersonId, after: Option<&RoomName>, all: bool) -> Update {
        let Some(person) = self.state.directory().person(by) else {
            return Update::Rooms { id, rooms: Vec::new(), more: false };
        };
        let listed = |log: LogId, room: &Room| {
            room.kind != RoomKind::Direct && (all || may_know(room, log, by, person))
        };
        let mut rooms: Vec<_> = self
            .state
            .rooms()
            .filter(|(log, room)| after.is_none_or(|after| room.key > *after) && listed(*log, room))
            .collect();
        rooms.sort_by(|(_, a), (_, b)| a.key.cmp(&b.key));
        let more = rooms.len() > LIST_ROWS_MAX;
        let row = |(log, room): (LogId, &Room)| RoomInfo {
            room: room.key.clone(),
            title: room.title.clone().filter(|title| *title != room.key),
            kind: room.kind,
            topic: room.topic.clone(),
            members: room.members.len(),
            joined: person.rooms.contains(&log),
        };
        let rooms = rooms.into_iter().take(LIST_ROWS_MAX).map(row).collect();
        Update::Rooms { id, rooms, more }
    }

    /// A part of a room's members, in the order of their names.
    fn who(&self, id: Option<u64>, by: PersonId, room: &Room, after: Option<&Name>) -> Update {
        let mut rest = room.by_name(self.state.directory(), after);
        let row = |(name, person): (&Name, PersonId)| {
            let seen = self.seen_by(person, by);
            let role = room.role(person).unwrap_or(crate::entry::Role::Member);
            let (here, (mode, status)) = (seen.is_some(), seen.unwrap_or_default());
            Member { name: name.clone(), here, role, mode, status }
        };
        let members = rest.by_ref().take(LIST_ROWS_MAX).map(row).collect();
        Update::Who { id, room: room.key.clone(), members, more: rest.next().is_some() }
    }
}

fn no_place(session: SessionId, id: Option<u64>) -> Output {
    let refusal = Refusal::no(Code::BadRequest, "this number was in no answer; go on by the one that was");
    Output::Tell(session, Refused { id, n: None, refusal }.into())
}

/// The post that lies on disk, as a member of a list.
fn with_seq(seq: Seq, body: &[u8]) -> Vec<u8> {
    let mut entry = Vec::with_capacity(body.len() + 24);
    crate::protocol::page_entry(&mut entry, seq, body);
    entry
}
