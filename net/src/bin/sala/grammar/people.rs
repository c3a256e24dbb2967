//! What becomes of messages, whom one knows, how one is seen, and what is found.

use super::rooms::{HERE, PERSON, may, must};
use super::{Act, Choice, Deed, Given, Kind, Topic};
use sala_core::entry::{Audience, Mode};
use sala_core::limits::FOUND_MAX;
use sala_core::protocol::{Request, Search};

const MESSAGE: super::Argument = must("MESSAGE", Kind::Post);

/// What becomes of a message.
pub(super) const MESSAGES: &[Act] = &[
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
        word: "versions",
        slash: "/versions",
        about: "see the former words of a message, as a moderator",
        arguments: &[HERE, MESSAGE],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Versions { room: given.here()?, seq: given.post()? })),
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

/// Whom one knows, how one is seen, what is found.
pub(super) const ACTS: &[Act] = &[
    Act {
        topic: Topic::Friends,
        word: "list",
        slash: "/friends",
        about: "list friends, requests and blocks",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Ask(Request::Friends { after: None })),
    },
    Act {
        topic: Topic::Friends,
        word: "add",
        slash: "/friend",
        about: "ask somebody to be your friend",
        arguments: &[PERSON, may("NOTE", Kind::Text)],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Befriend { name: given.person()?, note: given.text()? })),
    },
    Act {
        topic: Topic::Friends,
        word: "accept",
        slash: "/accept",
        about: "accept somebody's request",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Befriend { name: given.person()?, note: String::new() })),
    },
    Act {
        topic: Topic::Friends,
        word: "decline",
        slash: "/refuse",
        about: "turn somebody's request down",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Unfriend { name: given.person()? })),
    },
    Act {
        topic: Topic::Friends,
        word: "remove",
        slash: "/unfriend",
        about: "end a friendship, or withdraw your request",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Unfriend { name: given.person()? })),
    },
    Act {
        topic: Topic::Friends,
        word: "block",
        slash: "/block",
        about: "have nothing to do with somebody; he is not told",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Block { name: given.person()? })),
    },
    Act {
        topic: Topic::Friends,
        word: "unblock",
        slash: "/unblock",
        about: "end that",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Unblock { name: given.person()? })),
    },
    Act {
        topic: Topic::Presence,
        word: "",
        slash: "/presence",
        about: "be seen online, away, busy or not at all, with a line of your own",
        arguments: &[
            must("MODE", Kind::OneOf(&["online", "away", "busy", "invisible"])),
            may("STATUS", Kind::Text),
        ],
        options: &[Choice {
            flag: "--to",
            name: "WHOM",
            kind: Kind::OneOf(&["rooms", "friends"]),
            about: "Who sees it: friends alone, or the members of your rooms as well",
        }],
        make: presence,
    },
    Act {
        topic: Topic::Search,
        word: "",
        slash: "/search",
        about: "find messages by words, author, room and time, the newest first",
        arguments: &[may("WORDS", Kind::Text)],
        options: &[
            Choice { flag: "--in", name: "ROOM", kind: Kind::Room, about: "Only in this room" },
            Choice { flag: "--by", name: "NAME", kind: Kind::Person, about: "Only by this person" },
            Choice {
                flag: "--since",
                name: "WHEN",
                kind: Kind::Moment,
                about: "Since a day (2026-11-25), or for so long (7d)",
            },
            Choice { flag: "--until", name: "WHEN", kind: Kind::Moment, about: "Before that" },
            Choice {
                flag: "--limit",
                name: "N",
                kind: Kind::Number,
                about: "At most so many, up to 50; else all",
            },
        ],
        make: |given| {
            let search = Search {
                words: given.text()?,
                room: given.option_room("--in")?,
                author: given.option_person("--by")?,
                since: given.option_moment("--since")?,
                until: given.option_moment("--until")?,
                before: None,
                limit: given.option_number("--limit")?.unwrap_or(FOUND_MAX).clamp(1, FOUND_MAX),
            };
            let limited = given.option("--limit").is_some();
            Ok(if limited { Deed::Once(Request::Search(search)) } else { Deed::Ask(Request::Search(search)) })
        },
    },
];

fn react(given: &mut Given<'_>, on: bool) -> Result<Deed, String> {
    let (room, seq) = (given.here()?, given.post()?);
    Ok(Deed::Ask(Request::React { room, seq, emoji: given.sign()?, on }))
}

fn presence(given: &mut Given<'_>) -> Result<Deed, String> {
    let mode = match given.one_of()? {
        "away" => Mode::Away,
        "busy" => Mode::Busy,
        "invisible" => Mode::Invisible,
        _ => Mode::Online,
    };
    let audience = match given.option("--to") {
        None => given.audience(),
        Some("friends") => Audience::Friends,
        Some("rooms") => Audience::Rooms,
        Some(other) => return Err(format!("{other} is neither rooms nor friends")),
    };
    Ok(Deed::Ask(Request::Presence { mode, status: given.text()?, audience }))
}
