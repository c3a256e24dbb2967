//! How long what is said is kept, and that it goes then.

use super::administer::by_the_server;
use super::draft::Draft;
use super::{Change, Decision, Erase};
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
    match room.fading(state.directory().keep(), at) {
        Some((first, upto)) if first == day => {
            let entries = vec![(log, by_the_server(at, Act::Faded { upto }))];
            let erase = vec![Erase::Posts { log, after: room.faded, upto }];
            Decision::Append(Change { entries, erase })
        }
        _ => Decision::Already,
    }
}
