//! Connections: who is on each of them, when they were last heard, and how much they have asked.

use super::callers::Callers;
use super::command::SessionId;
use super::gate::Gate;
use super::quota::{Levels, Measure, Quota};
use crate::address::AddressRange;
use crate::entry::{DeviceId, PersonId};
use crate::few::FewSet;
use crate::limits::{
    ENTER_TIMEOUT_MS, HASTE_MAX, HASTE_PER_SECOND, HEARTBEAT_MS, SIGNS_BURST, SIGNS_PER_SECOND,
    STRANGER_LINES_BURST, STRANGER_LINES_PER_SECOND,
};
use crate::packed::PackedMap;
use crate::time::Tick;
use core::net::IpAddr;

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    /// Where it comes from.
    pub(super) address: Option<IpAddr>,
    pub(super) opened: Tick,
    pub(super) heard: Tick,
    deadline: Tick,
    /// It has asked to enter; only one such request is on its way at a time.
    pub(super) entering: bool,
    pub(super) entered: Option<Entered>,
    levels: Levels,
    /// The posts that were refused for now: until they come again, later ones would overtake them, and are refused.
    pub(super) gate: Gate,
    /// Commands of it that are not answered for good yet.
    pub(super) pending: u16,
    /// From when on it is told again that its person types.
    pub(super) types_again: Tick,
    /// It is sent its person's own log.
    pub(super) reads_own: bool,
}

/// What a connection has a quota of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rationed {
    Post,
    Request,
    /// A sign of life.
    Sign,
    /// A refusal that it may draw; a line that it may send, while nobody has come in.
    Haste,
}

/// Of signs of life.
const SIGNS: Measure = Measure::per_second(SIGNS_BURST, SIGNS_PER_SECOND);
/// Of the refusals that somebody may draw.
const HASTE: Measure = Measure::per_second(HASTE_MAX, HASTE_PER_SECOND);
/// Of the lines that a stranger may send.
const STRANGER_LINES: Measure = Measure::per_second(STRANGER_LINES_BURST, STRANGER_LINES_PER_SECOND);

/// The measures of a connection's buckets, in the order of what is rationed.
fn measures(quota: &Quota, has_entered: bool) -> [Measure; 4] {
    const { assert!(Rationed::Post as usize == 0 && Rationed::Haste as usize == 3) };
    let haste = if has_entered { HASTE } else { STRANGER_LINES };
    [quota.posts(), quota.requests(), SIGNS, haste]
}

impl Session {
    /// Takes one of these, or says in how many milliseconds there will be one.
    pub(super) fn take(&mut self, what: Rationed, quota: &Quota, now: Tick) -> Result<(), u64> {
        let measures = measures(quota, self.entered.is_some());
        self.levels.take(what as usize, &measures, now)
    }
}

/// Who is on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entered {
    pub(super) person: PersonId,
    pub(super) device: DeviceId,
}

/// What a connection's deadline has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    /// It was silent for one heartbeat: ask for a sign of life.
    Ask,
    /// It was silent for two.
    Silent,
    /// It never said who it is.
    NeverEntered,
}

/// All connections, by number, by device, by person, and by the time at which each is looked at again.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    all: PackedMap<SessionId, Session>,
    by_device: PackedMap<DeviceId, SessionId>,
    by_person: PackedMap<PersonId, FewSet<SessionId>>,
    deadlines: PackedMap<(Tick, SessionId), ()>,
    callers: Callers,
}

impl Sessions {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many connections come from where this one does; 0 if they are not counted there.
    pub(super) fn beside(&self, address: Option<IpAddr>) -> usize {
        self.callers.beside(address)
    }

    /// The connection that is to make room, if there are more than `most`, or half as many strangers: of those on which nobody has come in, nor is about
    /// to, the one that has had the longest time for it, and at worst the newest of all. Whoever means to talk comes in
    /// at once, so those who only hold a place keep nobody out.
    pub(super) fn to_make_room(&self, most: usize) -> Option<SessionId> {
        let strangers = self.callers.strangers();
        if self.all.len() <= most && strangers.len() <= most.div_ceil(2) {
            return None;
        }
        let waits = |id: &&SessionId| self.all.get(id).is_some_and(|session| !session.entering);
        strangers.iter().find(waits).copied()
    }

    pub(super) fn ids(&self) -> Vec<SessionId> {
        self.all.keys().copied().collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.all.iter().map(|(id, session)| (*id, session))
    }

    /// Each connection may ask so much from now on; `before` is what it might until now.
    pub(super) fn set_quota(&mut self, before: &Quota, quota: &Quota, now: Tick) {
        for session in self.all.values_mut() {
            let has_entered = session.entered.is_some();
            session.levels.refit(&measures(before, has_entered), &measures(quota, has_entered), now);
        }
    }

    pub(super) fn open(&mut self, id: SessionId, address: Option<IpAddr>, quota: &Quota, now: Tick) {
        let deadline = now.after(ENTER_TIMEOUT_MS);
        self.deadlines.insert((deadline, id), ());
        let session = Session {
            address,
            opened: now,
            heard: now,
            deadline,
            entering: false,
            entered: None,
            levels: Levels::full(&measures(quota, false), now),
            gate: Gate::default(),
            pending: 0,
            types_again: Tick(0),
            reads_own: false,
        };
        self.callers.opened(id, address);
        let before = self.all.insert(id, session);
        assert!(before.is_none(), "a session's number is never used twice");
    }

    pub(super) fn get(&self, id: SessionId) -> Option<&Session> {
        self.all.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.all.get_mut(&id)
    }

    pub(super) fn close(&mut self, id: SessionId) -> Option<Session> {
        let session = self.all.remove(&id)?;
        self.deadlines.remove(&(session.deadline, id));
        self.callers.closed(id, session.address);
        if let Some(entered) = session.entered {
            self.forget(id, entered);
        }
        Some(session)
    }

    /// Puts somebody on a connection.
    pub(super) fn enter(&mut self, id: SessionId, entered: Entered) {
        let Some(session) = self.all.get_mut(&id) else { return };
        session.entered = Some(entered);
        session.levels.fill_up(Rationed::Haste as usize, HASTE);
        self.callers.entered(id);
        self.by_device.insert(entered.device, id);
        if !self.by_person.contains_key(&entered.person) {
            self.by_person.insert(entered.person, FewSet::new());
        }
        let ids = self.by_person.get_mut(&entered.person).expect("it was put there just now");
        ids.insert(id);
    }

    /// The connection that a device is on.
    pub(super) fn of_device(&self, device: DeviceId) -> Option<SessionId> {
        self.by_device.get(&device).copied()
    }

    /// The connections that a person is on.
    pub(super) fn of_person(&self, person: PersonId) -> Vec<SessionId> {
        self.by_person.get(&person).map(|ids| ids.iter().copied().collect()).unwrap_or_default()
    }

    /// The connections from these addresses on which somebody is.
    pub(super) fn from(&self, range: &AddressRange) -> Vec<SessionId> {
        let from = |address: Option<IpAddr>| address.is_some_and(|address| range.contains(address));
        self.all.iter().filter(|(_, session)| from(session.address)).map(|(id, _)| *id).collect()
    }

    /// Whether a person is on any connection.
    pub(super) fn is_here(&self, person: PersonId) -> bool {
        self.by_person.contains_key(&person)
    }

    /// When the next connection is to be looked at.
    pub(super) fn next_deadline(&self) -> Option<Tick> {
        self.deadlines.first().map(|((tick, _), ())| *tick)
    }

    /// The next connection whose time has come, and what it has shown. Its next deadline is set.
    pub(super) fn overdue(&mut self, now: Tick) -> Option<(SessionId, Overdue)> {
        while let Some(due) =
            self.deadlines.first().map(|(due, ())| *due).filter(|(deadline, _)| *deadline <= now)
        {
            self.deadlines.remove(&due);
            let (_, id) = due;
            let session = self.all.get_mut(&id).expect("a closed session has no deadline");
            let silent = now.since(session.heard);
            let found = if session.entered.is_none() && now.since(session.opened) >= ENTER_TIMEOUT_MS {
                Some(Overdue::NeverEntered)
            } else if silent >= 2 * HEARTBEAT_MS {
                Some(Overdue::Silent)
            } else {
                (silent >= HEARTBEAT_MS).then_some(Overdue::Ask)
            };
            let patience = if found == Some(Overdue::Ask) { 2 * HEARTBEAT_MS } else { HEARTBEAT_MS };
            session.deadline = session.heard.after(patience).max(now.after(1));
            self.deadlines.insert((session.deadline, id), ());
            if let Some(overdue) = found {
                return Some((id, overdue));
            }
        }
        None
    }

    fn forget(&mut self, id: SessionId, entered: Entered) {
        if self.by_device.get(&entered.device) == Some(&id) {
            self.by_device.remove(&entered.device);
        }
        if let Some(ids) = self.by_person.get_mut(&entered.person) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_person.remove(&entered.person);
            }
        }
    }
}
