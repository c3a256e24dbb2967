//! What is found.

use super::rooms::may;
use super::{Act, Choice, Deed, Kind, Topic};
use sala_core::limits::FOUND_MAX;
use sala_core::protocol::{Request, Search};

/// The only one.
pub(super) const ACTS: &[Act] = &[Act {
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
}];
