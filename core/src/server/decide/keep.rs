//! How long what is said is kept, and that it goes then.

use super::administer::by_the_server;
use super::draft::Draft;
use super::{Decision, Erase, hold};
use crate::entry::{Act, DirectoryEntry, LogId, Role};
use crate::name::RoomName;
use crate::refusal::Refusal;
use crate::server::state::State;
use crate::time::Wall;

pub(super) fn keep(draft: Draft<'_>, room: Option<&RoomName>, days: u64) -> Result<Decision, Refusal> {
    let Some(room) = room else {
        draft.administers()?;
        if draft.directory().keep().days == days {
            return Ok(Decision::Already);
        }
        let (at, by) = (draft.at, draft.by);
        return draft.entry(DirectoryEntry::Keep { at, by, days }).done();
    };
    let place = draft.holds(room, Role::Owner)?;
    if place.room.keep.days == days {
        return Ok(Decision::Already);
    }
    draft.act(place.log, Act::Keep(days)).done()
}

/// What was said in a room on this day goes, if it is the day whose turn it is: the server asks it of itself, and may have
/// asked before.
pub(super) fn fade(state: &State, at: Wall, log: LogId, day: u64) -> Decision {
    let Some(room) = state.room(log) else { return Decision::Already };
    let server = state.directory().keep();
    if room.fading_day(server, at) != Some(day) {
        return Decision::Already;
    }
    let mut change = hold::stale(log, room, at, day);
    if let Some((_, upto)) = room.fading(server, at).filter(|(first, _)| *first == day) {
        change.entries.push((log, by_the_server(at, Act::Faded { upto })));
        change.erase.push(Erase::Posts { log, after: room.faded, upto });
    }
    Decision::Append(change)
}
