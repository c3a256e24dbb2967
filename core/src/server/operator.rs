//! What whoever runs the server has it do, and what he sees of those who are connected.

use super::command::{Ask, Command, Operation, Origin, SessionId};
use super::decide::LOBBY;
use super::door::Output;
use super::machine::Server;
use super::quota::Quota;
use crate::entry::{DeviceId, PersonId};
use crate::name::{Name, RoomName};
use crate::protocol::Update;
use crate::time::{Now, Tick};
use core::net::IpAddr;

/// A connection, as whoever runs the server sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// Its number.
    pub session: SessionId,
    /// Where it comes from.
    pub address: Option<IpAddr>,
    /// When it was made.
    pub opened: Tick,
    /// When anything was heard on it last.
    pub heard: Tick,
    /// Who has come in on it, on which device.
    pub who: Option<(PersonId, Name, DeviceId)>,
}

impl Server {
    /// All connections, in the order in which they were made.
    pub fn connected(&self) -> impl Iterator<Item = Connected> {
        self.sessions.iter().map(|(session, held)| {
            let who = held.entered.and_then(|entered| {
                let person = self.state.directory().person(entered.person)?;
                Some((entered.person, person.name.clone(), entered.device))
            });
            Connected { session, address: held.address, opened: held.opened, heard: held.heard, who }
        })
    }

    pub(super) fn operate(&mut self, number: u64, operation: Operation, now: Now) {
        if let Some(trouble) = self.trouble(now.tick) {
            return self.held.now(Output::Operated(number, Err(trouble)));
        }
        let origin = Origin { id: Some(number), ..Origin::SERVER };
        self.held.now(Output::Submit(Command { origin, at: now.wall, ask: Ask::Operate(operation) }));
    }

    /// An operation was not refused.
    pub(super) fn operated(&mut self, number: u64, operation: &Operation) {
        if let Operation::Say(text) = operation {
            let lobby = RoomName::parse(LOBBY).expect("the lobby's name keeps the rules for names");
            let members = self.state.room_named(&lobby).map(|(_, room)| &room.members);
            let hears = |person| members.is_some_and(|members| members.contains_key(&person));
            let others = self.here().filter(|(_, person)| !hears(*person)).map(|(session, _)| session);
            self.tell_each(others.collect(), text);
        }
        self.emit(Output::Operated(number, Ok(())));
    }

    pub(super) fn notice(&mut self, text: &str) {
        let all = self.here().map(|(session, _)| session).collect();
        self.tell_each(all, text);
    }

    /// The connections on which somebody has come in.
    fn here(&self) -> impl Iterator<Item = (SessionId, PersonId)> {
        self.sessions.iter().filter_map(|(session, held)| Some((session, held.entered?.person)))
    }

    fn tell_each(&mut self, sessions: Vec<SessionId>, text: &str) {
        for session in sessions {
            self.emit(Output::Tell(session, Update::Notice { text: text.to_owned() }));
        }
    }

    pub(super) fn set_quota(&mut self, quota: Quota, now: Now) {
        let before = std::mem::replace(&mut self.quota, quota);
        self.ventures.set(&quota, now.tick);
        self.sessions.set_quota(&before, &quota, now.tick);
    }
}
