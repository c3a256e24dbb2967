//! Which server is spoken to, as whom, in options and on the way there.

use crate::chance::chance;
use crate::print;
use clap::Args;
use sala_core::name::Name;
use sala_net::profile::{KNOWN_SERVERS, Profile, home};
use sala_net::transport::any::{AnyConnector, Encryption};
use sala_net::transport::tls::{Fingerprint, KnownServers, Trust};
use std::cell::RefCell;
use std::rc::Rc;

/// Which server, and as whom.
#[derive(Args, Clone, Debug)]
pub(crate) struct Who {
    /// The server's address.
    #[arg(long, env = "SALA_SERVER", value_name = "ADDR", default_value = "127.0.0.1:7252")]
    pub(crate) server: String,
    /// Your name: a guest's, yours on this computer from its first use on, or an account's.
    #[arg(long, env = "SALA_NAME")]
    pub(crate) name: Name,
    /// Speak without encryption. To this computer's own addresses that is so anyhow.
    #[arg(long, env = "SALA_PLAIN")]
    pub(crate) plain: bool,
    /// Encrypt even on the way to this computer.
    #[arg(long, conflicts_with = "plain")]
    pub(crate) tls: bool,
    /// Give up after this many seconds, instead of trying for ever.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) give_up: Option<u64>,
}

impl Who {
    /// Claims what this computer knows of how to come in.
    pub(crate) fn profile(&self) -> anyhow::Result<Profile> {
        Ok(Profile::claim(&home()?, &self.server, &self.name, &mut chance()?)?)
    }

    /// The way to the server; see [`connector`].
    pub(crate) fn connector(
        &self,
        greeting: Option<Rc<RefCell<Option<String>>>>,
    ) -> anyhow::Result<AnyConnector> {
        connector(&self.server, self.plain, self.tls, greeting)
    }
}

/// The way to a server. Whoever meets one for the first time that no authority vouches for is told of it: on standard
/// error, or through `greeting` where a window is in the way.
pub(crate) fn connector(
    server: &str,
    plain: bool,
    tls: bool,
    greeting: Option<Rc<RefCell<Option<String>>>>,
) -> anyhow::Result<AnyConnector> {
    let encryption = match (plain, tls) {
        (true, _) => Encryption::Never,
        (_, true) => Encryption::Always,
        _ => Encryption::Away,
    };
    let trust = Trust { known: KnownServers::at(&home()?.join(KNOWN_SERVERS)), authorities: true };
    let name = server.to_owned();
    let greet = move |fingerprint: &Fingerprint| {
        let text = format!(
            "{name} is met for the first time, and no authority vouches for it; it is remembered by its certificate, \
             {fingerprint}: compare that with what the server prints when it starts"
        );
        match &greeting {
            Some(greeting) => drop(greeting.replace(Some(text))),
            None => print::complain(&text),
        }
    };
    Ok(AnyConnector::new(server, encryption, trust, greet)?)
}
