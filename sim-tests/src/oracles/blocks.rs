//! Between two of whom one has blocked the other, neither sees that the other is here, or writes.

use super::complaint::{Verdict, demand};
use super::links::{Judge, Told};
use crate::client_host::Person;
use sala_core::entry::Position;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::Update;
use std::collections::BTreeMap;

/// The oracle that complains here.
const BLOCKED: &str = "a block hides";

/// Listens for what is told of the one to the other.
#[derive(Default)]
pub(super) struct Blocks {
    /// The last entry of each room that was told on a connection: what is announced in it later was known later.
    last: BTreeMap<(String, u64, RoomName), Position>,
}

impl Judge for Blocks {
    fn told(&mut self, told: &Told<'_>) -> Verdict {
        match told.update {
            Update::Entry { room, entry } => {
                let log = told.on_disk.log(room);
                let place = log.and_then(|log| told.model.rooms.get(&log));
                if let Some(position) = place.and_then(|place| place.position(entry.seq)) {
                    self.last.insert((told.who.key(), told.connection, room.clone()), position);
                }
                Ok(())
            }
            Update::Who { members, .. } => {
                let here = members.iter().filter(|member| member.here);
                here.map(|member| &member.name).try_for_each(|name| hidden(told, name, told.from))
            }
            Update::Friends { people, .. } => {
                let here = people.iter().filter(|person| person.here);
                here.map(|person| &person.name).try_for_each(|name| hidden(told, name, told.from))
            }
            Update::FriendPresence { name, here: true, .. } => hidden(told, name, told.from),
            Update::Presence { room, here, people, .. } => {
                let from = self.known(told, room);
                let names = here.iter().chain(people.iter().map(|person| &person.name));
                names.into_iter().try_for_each(|name| hidden(told, name, from))
            }
            Update::Typing { room, name } => hidden(told, name, self.known(told, room)),
            _ => Ok(()),
        }
    }

    fn closed(&mut self, who: &Person, connection: u64) {
        let key = who.key();
        self.last.retain(|(held, number, _), _| *held != key || *number != connection);
    }
}

impl Blocks {
    fn known(&self, told: &Told<'_>, room: &RoomName) -> Position {
        let last = self.last.get(&(told.who.key(), told.connection, room.clone()));
        last.map_or(told.from, |last| told.from.max(*last))
    }
}

/// The two were not apart all the while from that entry on.
fn hidden(told: &Told<'_>, name: &Name, from: Position) -> Verdict {
    let (Some(entered), Some(other)) = (told.entered, told.model.named(name)) else { return Ok(()) };
    let apart = told.model.apart_throughout(entered.person, other, from, told.to.max(from));
    demand(BLOCKED, !apart, || format!("{name} and he are apart: {}", told.words()))
}
