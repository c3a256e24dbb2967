//! A link into a room, in words for whoever hands it on.

use crate::who::Who;
use sala_core::protocol::Secret;
use sala_net::link::{RoomLink, host_here_alone};

/// The link that is good at this server.
pub(crate) fn link(who: &Who, token: &Secret) -> String {
    RoomLink { server: Some(who.server.clone()), token: token.clone() }.to_string()
}

/// What whoever has none of this yet types on his own computer to come in by a link.
pub(crate) fn entrance(who: &Who, token: &Secret) -> String {
    let encryption = match (who.plain, who.tls) {
        (true, _) => " --plain",
        (_, true) => " --tls",
        _ => "",
    };
    format!("sala chat{encryption} --link {}", link(who, token))
}

/// Where the address is one of this computer's own, by which nobody else finds it: a word about that.
pub(crate) fn is_here_alone(server: &str) -> Option<String> {
    let host = host_here_alone(server)?;
    Some(format!("{host} is this computer alone: elsewhere the server's own address stands in its place"))
}
