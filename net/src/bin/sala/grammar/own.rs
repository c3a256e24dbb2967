//! One's own account.

use super::rooms::{may, must};
use super::{Act, Deed, Kind, Own, Topic};
use sala_core::entry::DeviceId;
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
        about: "list your devices: a computer has one for each program that can run on it at once",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Ask(Request::Devices)),
    },
    Act {
        topic: Topic::Account,
        word: "revoke",
        slash: "/revoke",
        about: "shut devices out by their numbers, or with all every one but this",
        arguments: &[must("DEVICE…|all", Kind::Text)],
        options: &[],
        make: |given| {
            let which = given.text()?;
            if which == "all" {
                return Ok(Deed::Ask(Request::Revoke { device: None }));
            }
            let number = |word: &str| word.parse().map_err(|_| format!("{word} is no device: see the list"));
            let devices = which.split_whitespace().map(number).collect::<Result<Vec<u64>, String>>()?;
            let mut revoke: Vec<Request> =
                devices.into_iter().map(|id| Request::Revoke { device: Some(DeviceId(id)) }).collect();
            // A computer that is lost has several.
            let last = revoke.pop().map_or_else(|| Err("which device?".to_owned()), Ok)?;
            Ok(if revoke.is_empty() { Deed::Ask(last) } else { Deed::Each(revoke, last) })
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
        slash: "/account delete",
        about: "be erased here, with all that you have said",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Own(Own::Delete)),
    },
];
