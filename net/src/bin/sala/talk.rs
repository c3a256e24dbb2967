//! A conversation with the server, by what this disk knows of whoever holds it.

use crate::chance::chance;
use crate::print;
use crate::trouble::Trouble;
use crate::who::Who;
use rand::rngs::StdRng;
use sala_core::client::{Client, Config, Credential, Event, Model};
use sala_net::clock::SystemClock;
use sala_net::dial::Conversation;
use sala_net::profile::{Held, Profile};
use sala_net::transport::any::AnyConnector;
use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;

/// All that a command needs to talk to the server.
pub(crate) struct Talk {
    pub(crate) conversation: Conversation<SystemClock>,
    pub(crate) connector: AnyConnector,
    /// What is to be said of a server that was met for the first time, where it cannot be printed.
    pub(crate) greeting: Rc<RefCell<Option<String>>>,
    pub(crate) random: StdRng,
    /// Held for as long as the program runs: no other one is the same device meanwhile.
    pub(crate) profile: Rc<Profile>,
}

impl Talk {
    /// Comes in as whoever has this name on this computer, or as a guest.
    pub(crate) fn start(who: &Who, prefetch: bool) -> anyhow::Result<Self> {
        Self::with_profile(who, Rc::new(who.profile()?), prefetch)
    }

    /// The same, on a slot that is claimed already.
    pub(crate) fn with_profile(who: &Who, profile: Rc<Profile>, prefetch: bool) -> anyhow::Result<Self> {
        let mut random = chance()?;
        let (held, next) = profile.held(&mut random)?;
        Self::with(who, profile, random, held, next, Credential::Token, prefetch)
    }

    /// Comes in by a password or a code, on a device whose token is on the disk already.
    pub(crate) fn by(
        who: &Who,
        profile: Rc<Profile>,
        credential: Credential,
        prefetch: bool,
    ) -> anyhow::Result<Self> {
        let mut random = chance()?;
        let held = profile.prepare(&mut random)?;
        Self::with(who, profile, random, held, None, credential, prefetch)
    }

    fn with(
        who: &Who,
        profile: Rc<Profile>,
        random: StdRng,
        Held { token, device }: Held,
        next: Option<Held>,
        credential: Credential,
        prefetch: bool,
    ) -> anyhow::Result<Self> {
        let mut client = Client::new(Config { name: who.name.clone(), token, device, prefetch, credential });
        if let Some(next) = next {
            client.may_come_in_by(next.token, next.device);
        }
        let conversation = Conversation::new(client, SystemClock::new());
        let greeting = Rc::default();
        let connector = who.connector(prefetch.then(|| Rc::clone(&greeting)))?;
        Ok(Talk { conversation, connector, greeting, random, profile })
    }
}

/// Keeps what an event means for the tokens on this disk.
pub(crate) fn kept(
    profile: &Profile,
    conversation: &Conversation<SystemClock>,
    event: &Event,
) -> anyhow::Result<()> {
    let closed = |model: &Model| model.link.closed().map(|(code, _)| code.to_owned());
    let (account, closed) = conversation.look(|model| (model.account, closed(model)));
    Ok(profile.heard(event, account, closed.as_deref())?)
}

/// The same, and complains if it cannot be kept.
pub(crate) fn keep(profile: &Profile, conversation: &Conversation<SystemClock>, event: &Event) {
    if let Err(error) = kept(profile, conversation, event) {
        print::complain(&format!("{error:#}"));
    }
}

/// Says why the link is closed, and gives the exit code for it.
pub(crate) fn closed(conversation: &Conversation<SystemClock>, profile: &Profile) -> ExitCode {
    let trouble = conversation.look(|model| Trouble::closed(&model.link, profile));
    trouble.map_or(ExitCode::from(3), Trouble::told)
}
