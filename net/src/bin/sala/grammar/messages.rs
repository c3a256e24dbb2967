//! What becomes of messages.

use super::rooms::{HERE, must};
use super::{Act, Argument, Deed, Given, Kind, Look, Topic};
use sala_core::protocol::Request;

const MESSAGE: Argument = must("MESSAGE", Kind::Post);

/// What becomes of a message.
pub(super) const ACTS: &[Act] = &[
    Act {
        topic: Topic::Message,
        word: "reply",
        slash: "/reply",
        about: "answer a message",
        arguments: &[HERE, MESSAGE, must("TEXT", Kind::Text)],
        options: &[],
        make: |given| Ok(Deed::Reply(given.here()?, given.post()?, given.text()?)),
    },
    Act {
        topic: Topic::Message,
        word: "edit",
        slash: "/edit",
        about: "give your message other words",
        arguments: &[HERE, MESSAGE, must("TEXT", Kind::Text)],
        options: &[],
        make: |given| {
            let (room, seq) = (given.here()?, given.post()?);
            Ok(Deed::Ask(Request::Edit { room, seq, text: given.text()? }))
        },
    },
    Act {
        topic: Topic::Message,
        word: "delete",
        slash: "/delete",
        about: "take a message away for good",
        arguments: &[HERE, MESSAGE],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Delete { room: given.here()?, seq: given.post()? })),
    },
    Act {
        topic: Topic::Message,
        word: "react",
        slash: "/react",
        about: "put a sign to a message",
        arguments: &[HERE, MESSAGE, must("SIGN", Kind::Sign)],
        options: &[],
        make: |given| react(given, true),
    },
    Act {
        topic: Topic::Message,
        word: "unreact",
        slash: "/unreact",
        about: "take your sign away",
        arguments: &[HERE, MESSAGE, must("SIGN", Kind::Sign)],
        options: &[],
        make: |given| react(given, false),
    },
    Act {
        topic: Topic::Message,
        word: "pin",
        slash: "/pin",
        about: "keep a message in sight",
        arguments: &[HERE, MESSAGE],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Pin { room: given.here()?, seq: given.post()?, on: true })),
    },
    Act {
        topic: Topic::Message,
        word: "unpin",
        slash: "/unpin",
        about: "keep it in sight no longer",
        arguments: &[HERE, MESSAGE],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Pin { room: given.here()?, seq: given.post()?, on: false })),
    },
    Act {
        topic: Topic::Message,
        word: "pins",
        slash: "/pins",
        about: "list what is pinned in the room",
        arguments: &[HERE],
        options: &[],
        make: |given| Ok(Deed::Look(Look::Pins(given.here()?))),
    },
    Act {
        topic: Topic::Message,
        word: "versions",
        slash: "/versions",
        about: "see the former words of a message, as a moderator",
        arguments: &[HERE, MESSAGE],
        options: &[],
        make: |given| {
            Ok(Deed::Ask(Request::Versions { room: given.here()?, seq: given.post()?, after: None }))
        },
    },
    Act {
        topic: Topic::Message,
        word: "read",
        slash: "/read",
        about: "have read the room up to a message, on all of your devices",
        arguments: &[HERE, MESSAGE],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Read { room: given.here()?, seq: given.post()? })),
    },
];

fn react(given: &mut Given<'_>, on: bool) -> Result<Deed, String> {
    let (room, seq) = (given.here()?, given.post()?);
    Ok(Deed::Ask(Request::React { room, seq, emoji: given.sign()?, on }))
}
