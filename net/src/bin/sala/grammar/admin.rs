//! The server, for those who administer it.

use super::order::kept_days;
use super::rooms::{PERSON, REASON, may, must};
use super::{Act, Deed, Drawn, Given, Kind, Own, Topic};
use crate::shape::minutes;
use sala_core::entry::{Inviters, Registration};
use sala_core::limits::SANCTION_MINUTES_MAX;
use sala_core::protocol::Request;

/// How strangers come.
const HOW: &[&str] = &["on", "off", "invitation", "member-invitation"];

/// The server.
pub(super) const ACTS: &[Act] = &[
    Act {
        topic: Topic::Admin,
        word: "claim",
        slash: "/claim",
        about: "become an administrator by the code that the server printed",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Own(Own::Claim)),
    },
    Act {
        topic: Topic::Admin,
        word: "appoint",
        slash: "/appoint",
        about: "make somebody an administrator, or with off no longer",
        arguments: &[PERSON, may("on|off", Kind::OneOf(&["on", "off"]))],
        options: &[],
        make: |given| {
            let name = given.person()?;
            Ok(Deed::Ask(Request::Admin { name, on: given.one_of()? == "on" }))
        },
    },
    Act {
        topic: Topic::Admin,
        word: "settings",
        slash: "/settings",
        about: "let strangers register, or come as guests; or do not; or register by invitation, of yours or of any member",
        arguments: &[
            must("registration|guests", Kind::OneOf(&["registration", "guests"])),
            must("on|off|invitation|member-invitation", Kind::OneOf(HOW)),
        ],
        options: &[],
        make: |given| {
            let (what, how) = (given.one_of()?, given.one_of()?);
            let registration = match how {
                "on" => Registration::Open,
                "off" => Registration::Closed,
                _ if what == "guests" => {
                    return Err("guests come without an invitation: on or off".to_owned());
                }
                "invitation" => Registration::Invitation(Inviters::Admins),
                _ => Registration::Invitation(Inviters::Members),
            };
            let (registration, guests) =
                ((what == "registration").then_some(registration), (what == "guests").then_some(how == "on"));
            Ok(Deed::Ask(Request::Settings { registration, guests }))
        },
    },
    Act {
        topic: Topic::Admin,
        word: "keep",
        slash: "/admin keep",
        about: "let what is said in any room go when it is so old, such as 365d; without a time keep it for ever",
        arguments: &[may("TIME", Kind::Duration)],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Keep { room: None, days: kept_days(given)? })),
    },
    Act {
        topic: Topic::Admin,
        word: "reset",
        slash: "/reset",
        about: "draw a code by which somebody sets a new password",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Draw(Drawn::Reset(given.person()?))),
    },
    Act {
        topic: Topic::Admin,
        word: "ban",
        slash: "/admin ban",
        about: "keep a person or a range of addresses out of the server",
        arguments: &[must("NAME|ADDRESS", Kind::Whom), may("TIME", Kind::Duration), REASON],
        options: &[],
        make: |given| {
            let (whom, time) = (given.whom()?, given.duration(SANCTION_MINUTES_MAX * 60)?);
            Ok(Deed::Ask(Request::ServerBan { whom, minutes: time.map(minutes), reason: given.text()? }))
        },
    },
    Act {
        topic: Topic::Admin,
        word: "unban",
        slash: "/admin unban",
        about: "let them in again",
        arguments: &[must("NAME|ADDRESS", Kind::Whom)],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::ServerUnban { whom: given.whom()? })),
    },
    Act {
        topic: Topic::Admin,
        word: "bans",
        slash: "/admin bans",
        about: "list who is kept out of the server",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Ask(Request::ServerBans { after: None })),
    },
    Act {
        topic: Topic::Admin,
        word: "rooms",
        slash: "/admin rooms",
        about: "list all rooms, private ones as well",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Ask(Request::Rooms { after: None, all: true })),
    },
    Act {
        topic: Topic::Admin,
        word: "close",
        slash: "/admin close",
        about: "end any room but a conversation of two",
        arguments: &[must("ROOM", Kind::Room), REASON],
        options: &[],
        make: close,
    },
];

fn close(given: &mut Given<'_>) -> Result<Deed, String> {
    Ok(Deed::Ask(Request::Close { room: given.room()?, reason: given.text()? }))
}
