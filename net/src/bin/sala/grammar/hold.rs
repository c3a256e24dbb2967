//! What a room holds back for its moderators.

use super::rooms::{HERE, REASON, may, must};
use super::{Act, Choice, Deed, Kind, Topic};
use sala_core::entry::HeldId;
use sala_core::protocol::Request;

const HELD: super::Argument = must("NUMBER", Kind::Number);

/// By which rule posts wait, and what becomes of them.
pub(super) const ACTS: &[Act] = &[
    Act {
        topic: Topic::Room,
        word: "hold",
        slash: "/hold",
        about: "have posts with one of these words wait for a moderator; without any, none",
        arguments: &[HERE, may("WORDS", Kind::Text)],
        options: &[Choice {
            flag: "--links",
            name: "on|off",
            kind: Kind::OneOf(&["on", "off"]),
            about: "Whether those with a link wait as well",
        }],
        make: |given| {
            let (room, words) = (given.here()?, given.text()?);
            let links = match given.option("--links") {
                Some("on") => true,
                None | Some("off") => false,
                Some(other) => return Err(format!("{other} is neither on nor off: --links on")),
            };
            let words = words.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
            Ok(Deed::Ask(Request::Hold { room, words, links }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "held",
        slash: "/held",
        about: "list what waits for a moderator, and by which rule; or what of yours does",
        arguments: &[HERE],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Held { room: given.here()?, after: None })),
    },
    Act {
        topic: Topic::Room,
        word: "let",
        slash: "/let",
        about: "let a post through that waits, by its number",
        arguments: &[HERE, HELD],
        options: &[],
        make: |given| {
            let room = given.here()?;
            Ok(Deed::Ask(Request::Let { room, held: HeldId(given.number()?) }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "reject",
        slash: "/reject",
        about: "do not let a post through that waits, or take back your own",
        arguments: &[HERE, HELD, REASON],
        options: &[],
        make: |given| {
            let (room, held) = (given.here()?, HeldId(given.number()?));
            Ok(Deed::Ask(Request::Reject { room, held, reason: given.text()? }))
        },
    },
];
