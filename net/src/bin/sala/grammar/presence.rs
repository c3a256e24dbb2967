//! How one is seen.

use super::rooms::{may, must};
use super::{Act, Choice, Deed, Given, Kind, Topic};
use sala_core::entry::{Audience, Mode};
use sala_core::protocol::Request;

/// The only one.
pub(super) const ACTS: &[Act] = &[Act {
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
}];

fn presence(given: &mut Given<'_>) -> Result<Deed, String> {
    let mode = match given.one_of()? {
        "away" => Mode::Away,
        "busy" => Mode::Busy,
        "invisible" => Mode::Invisible,
        _ => Mode::Online,
    };
    let audience = match given.option("--to") {
        None => given.audience()?,
        Some("friends") => Audience::Friends,
        Some("rooms") => Audience::Rooms,
        Some(other) => return Err(format!("{other} is neither rooms nor friends")),
    };
    Ok(Deed::Ask(Request::Presence { mode, status: given.text()?, audience }))
}
