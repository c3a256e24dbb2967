//! Rooms, from making one to closing it.

use super::{Act, Argument, Choice, Deed, Drawn, Given, Kind, Look, Need, Topic};
use crate::shape::hours;
use sala_core::limits::LINK_HOURS_MAX;
use sala_core::protocol::{Door, Request};

pub(super) const fn must(name: &'static str, kind: Kind) -> Argument {
    Argument { name, kind, need: Need::Must }
}

pub(super) const fn may(name: &'static str, kind: Kind) -> Argument {
    Argument { name, kind, need: Need::May }
}

pub(super) const HERE: Argument = must("ROOM", Kind::Here);
pub(super) const PERSON: Argument = must("NAME", Kind::Person);
pub(super) const REASON: Argument = may("REASON", Kind::Text);
pub(super) const FOR: Argument = may("TIME", Kind::Duration);

/// Making rooms, and coming and going.
pub(super) const ACTS: &[Act] = &[
    Act {
        topic: Topic::Room,
        word: "create",
        slash: "/create",
        about: "make a room that everybody finds",
        arguments: &[must("ROOM", Kind::NewRoom), may("TOPIC", Kind::Text)],
        options: &[],
        make: |given| create(given, false),
    },
    Act {
        topic: Topic::Room,
        word: "private",
        slash: "/private",
        about: "make a room that one enters by an invitation or a link",
        arguments: &[must("ROOM", Kind::NewRoom), may("TOPIC", Kind::Text)],
        options: &[],
        make: |given| create(given, true),
    },
    Act {
        topic: Topic::Room,
        word: "group",
        slash: "/group",
        about: "talk with several people, each of whom is invited",
        arguments: &[Argument { name: "NAME", kind: Kind::Person, need: Need::Many }],
        options: &[Choice {
            flag: "--title",
            name: "TITLE",
            kind: Kind::NewRoom,
            about: "What the group is called",
        }],
        make: |given| {
            let people = given.people()?;
            Ok(Deed::Ask(Request::Group { people, title: given.option_title("--title")? }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "direct",
        slash: "/direct",
        about: "talk with one person alone",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Direct { name: given.person()? })),
    },
    Act {
        topic: Topic::Room,
        word: "join",
        slash: "/join",
        about: "become a member of a room, by its name or a link",
        arguments: &[must("ROOM", Kind::Room)],
        options: &[],
        make: |given| {
            let door = match given.door()? {
                Ok(room) => Door::Room(room),
                Err(link) => Door::Link(link),
            };
            Ok(Deed::Ask(Request::Join { door }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "leave",
        slash: "/leave",
        about: "be a member no longer",
        arguments: &[may("ROOM", Kind::Room)],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Leave { room: given.room_or_here()? })),
    },
    Act {
        topic: Topic::Room,
        word: "invite",
        slash: "/invite",
        about: "let somebody come into a private room",
        arguments: &[HERE, PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Invite { room: given.here()?, name: given.person()? })),
    },
    Act {
        topic: Topic::Room,
        word: "uninvite",
        slash: "/uninvite",
        about: "take an invitation back",
        arguments: &[HERE, PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Uninvite { room: given.here()?, name: given.person()? })),
    },
    Act {
        topic: Topic::Room,
        word: "decline",
        slash: "/decline",
        about: "turn an invitation down",
        arguments: &[must("ROOM", Kind::Room)],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Decline { room: given.room()? })),
    },
    Act {
        topic: Topic::Room,
        word: "link",
        slash: "/link",
        about: "make a link into a private room, good for so long and for so many people",
        arguments: &[HERE, FOR, may("USES", Kind::Number)],
        options: &[],
        make: |given| {
            let (room, time) = (given.here()?, given.duration(LINK_HOURS_MAX * 3_600)?);
            Ok(Deed::Draw(Drawn::Link { room, hours: time.map(hours), uses: given.number_or_none()? }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "links",
        slash: "/links",
        about: "list the links into the room",
        arguments: &[HERE],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Links { room: given.here()? })),
    },
    Act {
        topic: Topic::Room,
        word: "unlink",
        slash: "/unlink",
        about: "take a link back, by its number",
        arguments: &[HERE, must("LINK", Kind::Number)],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Unlink { room: given.here()?, link: given.link()? })),
    },
    Act {
        topic: Topic::Room,
        word: "members",
        slash: "/members",
        about: "list the members, what each may do, and who is here",
        arguments: &[HERE],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Who { room: given.here()?, after: None })),
    },
    Act {
        topic: Topic::Room,
        word: "topic",
        slash: "/topic",
        about: "see what the room is about, or say it; - takes it away",
        arguments: &[HERE, may("TEXT", Kind::Text)],
        options: &[],
        make: |given| {
            let (room, text) = (given.here()?, given.text()?);
            Ok(match text.as_str() {
                "" => Deed::Look(Look::Topic(room)),
                "-" => Deed::Ask(Request::Topic { room, text: String::new() }),
                _ => Deed::Ask(Request::Topic { room, text }),
            })
        },
    },
    Act {
        topic: Topic::Room,
        word: "rename",
        slash: "/rename",
        about: "show the room under another name",
        arguments: &[HERE, must("NAME", Kind::NewRoom)],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Rename { room: given.here()?, to: given.new_room()? })),
    },
    Act {
        topic: Topic::Room,
        word: "archive",
        slash: "/archive",
        about: "let nothing more be said in the room, or with off let it again",
        arguments: &[HERE, may("on|off", Kind::OneOf(&["on", "off"]))],
        options: &[],
        make: |given| {
            let room = given.here()?;
            Ok(Deed::Ask(Request::Archive { room, on: given.one_of()? == "on" }))
        },
    },
    Act {
        topic: Topic::Room,
        word: "close",
        slash: "/close",
        about: "end the room, with all that was said in it",
        arguments: &[HERE, REASON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Close { room: given.here()?, reason: given.text()? })),
    },
];

fn create(given: &mut Given<'_>, private: bool) -> Result<Deed, String> {
    let room = given.new_room()?;
    Ok(Deed::Ask(Request::Create { room, topic: given.text()?, private }))
}
