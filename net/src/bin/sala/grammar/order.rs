//! Keeping order in a room.

use super::rooms::{FOR, HERE, PERSON, REASON, must};
use super::{Act, Deed, Given, Kind, Topic};
use crate::shape::minutes;
use sala_core::entry::{ReportId, Role};
use sala_core::limits::{KEEP_DAYS_MAX, PAGE_ENTRIES_MAX, SANCTION_MINUTES_MAX, SLOW_SECONDS_MAX};
use sala_core::protocol::Request;

/// Keeping order.
pub(super) const ACTS: &[Act] = &[
    Act {
        topic: Topic::Room,
        word: "kick",
        slash: "/kick",
        about: "put a member out; he may come back",
        arguments: &[HERE, PERSON, REASON],
        options: &[],
        make: |given| {
            let (room, name) = (given.here()?, given.person()?);
            Ok(Deed::Ask(Request::Kick { room, name, reason: given.text()? }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "ban",
        slash: "/ban",
        about: "put somebody out and keep him out: for so long, or until it is lifted",
        arguments: &[HERE, PERSON, FOR, REASON],
        options: &[],
        make: |given| {
            let (room, name) = (given.here()?, given.person()?);
            let time = given.duration(SANCTION_MINUTES_MAX * 60)?;
            Ok(Deed::Ask(Request::Ban { room, name, minutes: time.map(minutes), reason: given.text()? }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "unban",
        slash: "/unban",
        about: "let him come back",
        arguments: &[HERE, PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Unban { room: given.here()?, name: given.person()? })),
    },
    Act {
        topic: Topic::Room,
        word: "mute",
        slash: "/mute",
        about: "let a member read and not speak: for so long, or until it is lifted",
        arguments: &[HERE, PERSON, FOR, REASON],
        options: &[],
        make: |given| {
            let (room, name) = (given.here()?, given.person()?);
            let time = given.duration(SANCTION_MINUTES_MAX * 60)?;
            Ok(Deed::Ask(Request::Mute { room, name, minutes: time.map(minutes), reason: given.text()? }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "unmute",
        slash: "/unmute",
        about: "let him speak again",
        arguments: &[HERE, PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Unmute { room: given.here()?, name: given.person()? })),
    },
    Act {
        topic: Topic::Room,
        word: "slow",
        slash: "/slow",
        about: "let each member speak once in so long; without a time as often as he likes",
        arguments: &[HERE, FOR],
        options: &[],
        make: |given| {
            let room = given.here()?;
            Ok(Deed::Ask(Request::Slow { room, seconds: given.duration(SLOW_SECONDS_MAX)?.unwrap_or(0) }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "keep",
        slash: "/keep",
        about: "let what is said go when it is so old, such as 30d; without a time keep it for ever",
        arguments: &[HERE, FOR],
        options: &[],
        make: |given| {
            let room = Some(given.here()?);
            Ok(Deed::Ask(Request::Keep { room, days: kept_days(given)? }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "role",
        slash: "/role",
        about: "make a member a moderator, or a plain member again",
        arguments: &[HERE, PERSON, must("ROLE", Kind::OneOf(&["moderator", "member"]))],
        options: &[],
        make: |given| {
            let (room, name) = (given.here()?, given.person()?);
            let role = if given.one_of()? == "moderator" { Role::Moderator } else { Role::Member };
            Ok(Deed::Ask(Request::Role { room, name, role }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "owner",
        slash: "/owner",
        about: "give the room to a member",
        arguments: &[HERE, PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Owner { room: given.here()?, name: given.person()? })),
    },
    Act {
        topic: Topic::Room,
        word: "sanctions",
        slash: "/sanctions",
        about: "list who is banned and muted",
        arguments: &[HERE],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Sanctions { room: given.here()?, after: None })),
    },
    Act {
        topic: Topic::Room,
        word: "audit",
        slash: "/audit",
        about: "list who did what to whom",
        arguments: &[HERE],
        options: &[],
        make: |given| {
            let room = given.here()?;
            Ok(Deed::Ask(Request::Audit { room, before: None, limit: PAGE_ENTRIES_MAX }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "report",
        slash: "/report",
        about: "tell the moderators of a message",
        arguments: &[HERE, must("MESSAGE", Kind::Post), REASON],
        options: &[],
        make: |given| {
            let (room, seq) = (given.here()?, given.post()?);
            Ok(Deed::Ask(Request::Report { room, seq, reason: given.text()? }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "reports",
        slash: "/reports",
        about: "list what was reported to the moderators",
        arguments: &[HERE],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Reports { room: given.here()?, after: None })),
    },
    Act {
        topic: Topic::Room,
        word: "resolve",
        slash: "/resolve",
        about: "be done with a report, by its number",
        arguments: &[HERE, must("REPORT", Kind::Number)],
        options: &[],
        make: |given| {
            let room = given.here()?;
            Ok(Deed::Ask(Request::Resolve { room, report: ReportId(given.number()?) }))
        },
    },
];

/// Whole days of the duration that stands here: what is left over is kept for a day more. 0 stands for ever.
pub(super) fn kept_days(given: &mut Given<'_>) -> Result<u64, String> {
    match given.duration(KEEP_DAYS_MAX * DAY_S)? {
        // Whoever says so may mean never as well as at once, and it cannot be undone.
        Some(0) => Err("nothing is kept for no time; leave the time out to keep it for ever".to_owned()),
        seconds => Ok(seconds.map_or(0, |seconds| seconds.div_ceil(DAY_S))),
    }
}

const DAY_S: u64 = 24 * 3_600;
