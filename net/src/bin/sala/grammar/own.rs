//! One's own account, and the server for those who administer it.

use super::rooms::{PERSON, REASON, may, must};
use super::{Act, Deed, Given, Kind, Own, Topic};
use crate::shape::minutes;
use sala_core::entry::DeviceId;
use sala_core::limits::SANCTION_MINUTES_MAX;
use sala_core::protocol::Request;
use std::path::PathBuf;

/// One's own account.
pub(super) const ACTS: &[Act] = &[
    Act {
        topic: Topic::Account,
        word: "register",
        slash: "/register",
        about: "have an account: as a guest you keep your name and your rooms",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Own(Own::Register)),
    },
    Act {
        topic: Topic::Account,
        word: "sign-in",
        slash: "/sign-in",
        about: "come in by your password, on a new device or one that was shut out",
        arguments: &[may("NAME", Kind::Person)],
        options: &[],
        make: |given| Ok(Deed::Own(Own::SignIn(given.person_or_none()?))),
    },
    Act {
        topic: Topic::Account,
        word: "me",
        slash: "/me",
        about: "see who you are here, how you are seen, and where you are invited",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Ask(Request::Me)),
    },
    Act {
        topic: Topic::Account,
        word: "password",
        slash: "/password",
        about: "change your password; your other devices sign in again",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Own(Own::Password)),
    },
    Act {
        topic: Topic::Account,
        word: "totp",
        slash: "/totp",
        about: "be asked for a one-time code when you sign in, or with off no longer",
        arguments: &[must("on|off", Kind::OneOf(&["on", "off"]))],
        options: &[],
        make: |given| Ok(Deed::Own(if given.one_of()? == "on" { Own::TotpOn } else { Own::TotpOff })),
    },
    Act {
        topic: Topic::Account,
        word: "devices",
        slash: "/devices",
        about: "list your devices",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Ask(Request::Devices)),
    },
    Act {
        topic: Topic::Account,
        word: "revoke",
        slash: "/revoke",
        about: "shut a device out by its number, or all but the one that asks",
        arguments: &[must("DEVICE|all", Kind::Text)],
        options: &[],
        make: |given| {
            let which = given.text()?;
            let device = match which.as_str() {
                "all" => None,
                word => {
                    Some(DeviceId(word.parse().map_err(|_| format!("{word} is no device: see the list"))?))
                }
            };
            Ok(Deed::Ask(Request::Revoke { device }))
        },
    },
    Act {
        topic: Topic::Account,
        word: "recover",
        slash: "/recover",
        about: "set a new password by a code that an administrator gave you",
        arguments: &[may("NAME", Kind::Person)],
        options: &[],
        make: |given| Ok(Deed::Own(Own::Recover(given.person_or_none()?))),
    },
    Act {
        topic: Topic::Account,
        word: "export",
        slash: "/export",
        about: "write all that you have written to a file, as JSON",
        arguments: &[may("FILE", Kind::File)],
        options: &[],
        make: |given| Ok(Deed::Export(given.file().map(PathBuf::from))),
    },
    Act {
        topic: Topic::Account,
        word: "delete",
        slash: "/delete-account",
        about: "be erased here, with all that you have said",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Own(Own::Delete)),
    },
];

/// The server.
pub(super) const ADMIN: &[Act] = &[
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
        word: "admin",
        slash: "/admin",
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
        about: "let strangers register, or come as guests; or do not",
        arguments: &[
            must("registration|guests", Kind::OneOf(&["registration", "guests"])),
            must("on|off", Kind::OneOf(&["on", "off"])),
        ],
        options: &[],
        make: |given| {
            let (what, on) = (given.one_of()?, given.one_of()? == "on");
            let (registration, guests) =
                ((what == "registration").then_some(on), (what == "guests").then_some(on));
            Ok(Deed::Ask(Request::Settings { registration, guests }))
        },
    },
    Act {
        topic: Topic::Admin,
        word: "reset",
        slash: "/reset",
        about: "draw a code by which somebody sets a new password",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Reset(given.person()?)),
    },
    Act {
        topic: Topic::Admin,
        word: "ban",
        slash: "/server-ban",
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
        slash: "/server-unban",
        about: "let them in again",
        arguments: &[must("NAME|ADDRESS", Kind::Whom)],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::ServerUnban { whom: given.whom()? })),
    },
    Act {
        topic: Topic::Admin,
        word: "bans",
        slash: "/server-bans",
        about: "list who is kept out of the server",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Ask(Request::ServerBans { after: None })),
    },
    Act {
        topic: Topic::Admin,
        word: "rooms",
        slash: "/all-rooms",
        about: "list all rooms, private ones as well",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Ask(Request::Rooms { after: None, all: true })),
    },
    Act {
        topic: Topic::Admin,
        word: "close",
        slash: "/close-room",
        about: "end any room but a conversation of two",
        arguments: &[must("ROOM", Kind::Room), REASON],
        options: &[],
        make: close,
    },
];

fn close(given: &mut Given<'_>) -> Result<Deed, String> {
    Ok(Deed::Ask(Request::Close { room: given.room()?, reason: given.text()? }))
}
