//! A link into a room as people hand it on: the server's address, a slash, and the token.

use crate::who::Who;
use sala_core::protocol::Secret;
use std::str::FromStr;

/// A link: its token, and the server where it is good unless it is a bare token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomLink {
    pub(crate) server: Option<String>,
    pub(crate) token: Secret,
}

impl FromStr for RoomLink {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (server, token) = text.trim().rsplit_once('/').map_or((None, text.trim()), |(s, t)| (Some(s), t));
        let server = server.map(str::to_owned).filter(|server| !server.is_empty());
        let wrong = || "this is no link: it is ADDR:PORT/TOKEN, as it was shown when it was made".to_owned();
        Ok(RoomLink { server, token: Secret::new(token.to_owned()).ok_or_else(wrong)? })
    }
}

/// The link that is good at this server.
pub(crate) fn link(who: &Who, token: &Secret) -> String {
    format!("{}/{}", who.server, token.reveal())
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
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
    let alone = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    alone.then(|| {
        format!("{host} is this computer alone: elsewhere the server's own address stands in its place")
    })
}
