//! Requests that only read: who may see what.

use super::draft::Draft;
use super::rights::not_allowed;
use crate::entry::{LogId, Role, Seq};
use crate::mutant::planted;
use crate::name::OWN_LOG;
use crate::protocol::Request;
use crate::refusal::{Code, Refusal};

/// What a request may look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::server) enum Looked {
    /// What is his own, or everybody's.
    Own,
    /// This log, up to and with this seq.
    Log(LogId, Seq),
    /// What matches in these logs.
    Logs(Vec<LogId>),
}

/// Whether the author of a request may see what it asks for.
pub(in crate::server) fn look(draft: &Draft<'_>, request: &Request) -> Result<Looked, Refusal> {
    let at_least = |room, role| {
        let place = draft.holds(room, role)?;
        Ok(Looked::Log(place.log, place.room.head))
    };
    match request {
        Request::Devices | Request::Me | Request::Friends { .. } | Request::Export { .. } => Ok(Looked::Own),
        // Whose they are that he sees hangs on whether he administers the server.
        Request::ServerInvitations { .. } => Ok(Looked::Own),
        Request::Rooms { all: false, .. } => Ok(Looked::Own),
        Request::Rooms { all: true, .. } | Request::ServerBans { .. } => {
            draft.administers().map(|()| Looked::Own)
        }
        Request::Audit { room, .. } if planted("audit_for_members") => at_least(room, Role::Member),
        Request::Links { room }
        | Request::Sanctions { room, .. }
        | Request::Reports { room, .. }
        | Request::Audit { room, .. } => at_least(room, Role::Moderator),
        // Whoever keeps no order there sees what waits of his own.
        Request::Held { room, .. } => at_least(room, Role::Member),
        Request::Page { room, .. } if room.as_str() == OWN_LOG => {
            Ok(Looked::Log(LogId::personal(draft.by), draft.me.own_head))
        }
        Request::Who { room, .. } | Request::Page { room, .. } => {
            let place = draft.member(room)?;
            Ok(Looked::Log(place.log, place.room.head))
        }
        Request::Versions { room, seq, .. } => {
            let place = draft.holds(room, Role::Moderator)?;
            super::order::stands(place.room, *seq)?;
            Ok(Looked::Log(place.log, place.room.head))
        }
        Request::Typing { room } => {
            let place = draft.speaker(room)?;
            Ok(Looked::Log(place.log, place.room.head))
        }
        Request::Search(search) => match &search.room {
            Some(room) => Ok(Looked::Logs(vec![draft.member(room)?.log])),
            None => Ok(Looked::Logs(draft.me.rooms.iter().copied().collect())),
        },
        Request::Ping | Request::Pong | Request::Bye => Ok(Looked::Own),
        _ => Err(not_allowed("this request does not only read"))
            .map_err(|refusal: Refusal| Refusal { code: Code::BadRequest, ..refusal }),
    }
}
