//! A link into a room as people hand it on: the server's address, a slash, and the token.

use sala_core::protocol::Secret;
use std::fmt;
use std::str::FromStr;

/// A link: its token, and the server where it is good unless it is a bare token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomLink {
    /// The server's address.
    pub server: Option<String>,
    /// What lets one in there.
    pub token: Secret,
}

/// A text that is no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no link: it is ADDR:PORT/TOKEN, as it was shown when it was made")]
pub struct NoLink;

impl FromStr for RoomLink {
    type Err = NoLink;

    fn from_str(text: &str) -> Result<Self, NoLink> {
        let (server, token) = text.trim().rsplit_once('/').map_or((None, text.trim()), |(s, t)| (Some(s), t));
        let server = server.map(str::to_owned).filter(|server| !server.is_empty());
        Ok(RoomLink { server, token: Secret::new(token.to_owned()).ok_or(NoLink)? })
    }
}

impl fmt::Display for RoomLink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.reveal();
        match &self.server {
            Some(server) => write!(formatter, "{server}/{token}"),
            None => formatter.write_str(token),
        }
    }
}

/// The host of an address that is one of this computer's own, by which nobody finds it from elsewhere.
#[must_use]
pub fn host_here_alone(server: &str) -> Option<&str> {
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
    let alone = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    alone.then_some(host)
}
