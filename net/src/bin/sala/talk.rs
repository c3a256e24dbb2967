//! A conversation with the server: who holds it, and for programs a way to ask and wait for the answer.

use crate::print::{self, Outage};
use crate::profile::{Held, Profile, Standing, home};
use crate::secret::chance;
use clap::Args;
use rand::rngs::StdRng;
use sala_core::client::{AskId, Client, Config, Credential, Event, Link};
use sala_core::name::Name;
use sala_core::protocol::{Request, Secret, Update};
use sala_core::refusal::{Fate, Refusal};
use sala_core::secret::Password;
use sala_net::clock::SystemClock;
use sala_net::dial::{Conversation, Word, dial};
use sala_net::transport::any::{AnyConnector, Encryption};
use sala_net::transport::tls::{Fingerprint, KnownServers, Trust};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

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
    /// The way to the server. Whoever meets one for the first time that no authority vouches for is told of it: on
    /// standard error, or through `greeting` where a window is in the way.
    fn connector(&self, greeting: Option<Rc<RefCell<Option<String>>>>) -> anyhow::Result<AnyConnector> {
        let encryption = match (self.plain, self.tls) {
            (true, _) => Encryption::Never,
            (_, true) => Encryption::Always,
            _ => Encryption::Away,
        };
        let trust = Trust { known: KnownServers::at(&home()?.join(KNOWN_SERVERS)), authorities: true };
        let server = self.server.clone();
        let greet = move |fingerprint: &Fingerprint| {
            let text = format!(
                "{server} is met for the first time, and no authority vouches for it; it is remembered by its \
                 certificate, {fingerprint}: compare that with what the server prints when it starts"
            );
            match &greeting {
                Some(greeting) => drop(greeting.replace(Some(text))),
                None => print::complain(&text),
            }
        };
        Ok(AnyConnector::new(&self.server, encryption, trust, greet)?)
    }
}

/// The file in which servers are remembered that no authority vouches for.
const KNOWN_SERVERS: &str = "known-servers";

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
        Self::with_profile(who, Rc::new(Profile::claim(&who.server, &who.name)?), prefetch)
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
    conversation.look(|model| {
        let closed = match &model.link {
            Link::Closed { code, .. } => Some(code.as_str()),
            _ => None,
        };
        profile.heard(event, model.account, closed)
    })
}

/// The same, and complains if it cannot be kept.
pub(crate) fn keep(profile: &Profile, conversation: &Conversation<SystemClock>, event: &Event) {
    if let Err(error) = kept(profile, conversation, event) {
        print::complain(&format!("{error:#}"));
    }
}

/// Says why the link is closed, and gives the exit code for it.
pub(crate) fn closed(conversation: &Conversation<SystemClock>, profile: &Profile) -> ExitCode {
    let trouble = conversation.look(|model| match &model.link {
        Link::Closed { code, why } => Trouble::Closed { code: code.clone(), why: why.clone() },
        _ => Trouble::Closed { code: String::new(), why: "the link is closed".to_owned() },
    });
    trouble.told(profile)
}

/// Why something was not done.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The server refused it.
    Refused(Refusal),
    /// The server does not let us in.
    Closed { code: String, why: String },
    /// The link broke before the answer.
    Unknown,
    /// It cannot be meant.
    Usage(String),
    /// Something on this computer.
    Here(anyhow::Error),
    /// It was said already, or nobody reads any more.
    Said(ExitCode),
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        Trouble::Here(error)
    }
}

impl Trouble {
    /// The code that the server gave.
    pub(crate) fn code(&self) -> String {
        match self {
            Trouble::Closed { code, .. } => code.clone(),
            Trouble::Refused(refusal) => {
                let code = serde_json::to_value(refusal.code).unwrap_or_default();
                code.as_str().unwrap_or("refused").to_owned()
            }
            _ => String::new(),
        }
    }

    /// The device that came in is none any more.
    fn is_shut_out(&self) -> bool {
        matches!(self, Trouble::Closed { code, .. } if code == "name_taken" || code == "revoked")
    }

    /// Says it in one line, and gives the exit code for it.
    pub(crate) fn told(self, profile: &Profile) -> ExitCode {
        match self {
            Trouble::Refused(refusal) => {
                print::refused(&refusal);
                ExitCode::from(1)
            }
            Trouble::Closed { code, why } => {
                let remedy = match code.as_str() {
                    "name_taken" if profile.is_crowded_out() => {
                        "; as many programs as this computer is signed in for run already: end one, or sign in for \
                         another: sala account sign-in"
                    }
                    "name_taken" if matches!(profile.standing(), Standing::Device(_)) => {
                        "; this computer is not signed in any more: sala account sign-in"
                    }
                    "name_taken" => "; if it is yours: sala account sign-in",
                    "guests_closed" => ": sala account register, or sign-in",
                    "revoked" => ": sala account sign-in",
                    _ => "",
                };
                let code = if code.is_empty() { code } else { format!(" ({code})") };
                print::complain(&format!("{why}{remedy}{code}"));
                ExitCode::from(3)
            }
            Trouble::Unknown => {
                print::complain(
                    "the link broke before the answer came: it may be done or not; look, then try again",
                );
                ExitCode::from(4)
            }
            Trouble::Usage(text) => {
                print::complain(&text);
                ExitCode::from(2)
            }
            Trouble::Here(error) => {
                print::complain(&format!("{error:#}"));
                ExitCode::from(1)
            }
            Trouble::Said(code) => code,
        }
    }
}

/// A link for a program that asks and waits.
pub(crate) struct Line {
    pub(crate) conversation: Conversation<SystemClock>,
    pub(crate) profile: Rc<Profile>,
    events: RefCell<VecDeque<Event>>,
    news: Notify,
}

/// Comes in as we are and does this. If this slot's device was shut out, another one's may be good: each that is not is
/// forgotten, so this comes to an end.
pub(crate) async fn within<T>(
    who: &Who,
    work: impl AsyncFn(&Line) -> Result<T, Trouble>,
) -> anyhow::Result<Result<T, (Trouble, Rc<Profile>)>> {
    loop {
        let talk = Talk::start(who, false)?;
        let profile = talk.profile.clone();
        match hold(talk, async |line| work(line).await).await {
            Err(trouble) if trouble.is_shut_out() && profile.has_other() => drop(profile),
            done => return Ok(done.map_err(|trouble| (trouble, profile))),
        }
    }
}

/// Keeps the link for as long as `work` goes on, and says when the server is away.
pub(crate) async fn hold<T>(talk: Talk, work: impl AsyncFnOnce(&Line) -> T) -> T {
    let outage = Outage::default();
    hold_with(talk, |conversation| outage.look(conversation), work).await
}

/// The same without a word, behind a window.
pub(crate) async fn hold_quietly<T>(talk: Talk, work: impl AsyncFnOnce(&Line) -> T) -> T {
    hold_with(talk, |_| {}, work).await
}

async fn hold_with<T>(
    talk: Talk,
    changed: impl Fn(&Conversation<SystemClock>),
    work: impl AsyncFnOnce(&Line) -> T,
) -> T {
    let Talk { conversation, connector, random, profile, .. } = talk;
    let line = Line {
        conversation: conversation.clone(),
        profile,
        events: RefCell::new(VecDeque::new()),
        news: Notify::new(),
    };
    let listen = |word: Word| {
        match word {
            Word::Changed => changed(&line.conversation),
            Word::Happened(event) => {
                keep(&line.profile, &line.conversation, &event);
                // What comes by itself is as much as the server likes; what answers is bounded by what is asked.
                if !matches!(event, Event::Joined(_) | Event::Left(_) | Event::PutOut(..) | Event::Delayed(_))
                {
                    line.events.borrow_mut().push_back(event);
                }
            }
        }
        line.news.notify_one();
        ControlFlow::<T>::Continue(())
    };
    tokio::select! { biased;
        done = work(&line) => done,
        done = dial(connector, conversation, random, listen) => done,
    }
}

impl Line {
    /// The next thing that happened.
    pub(crate) async fn event(&self) -> Event {
        loop {
            if let Some(event) = self.events.borrow_mut().pop_front() {
                return event;
            }
            self.news.notified().await;
        }
    }

    /// Done when the server has let us in.
    pub(crate) async fn online(&self) -> Result<(), Trouble> {
        loop {
            let closed = self.conversation.look(|model| match &model.link {
                Link::Online => Some(Ok(())),
                Link::Closed { code, why } => {
                    Some(Err(Trouble::Closed { code: code.clone(), why: why.clone() }))
                }
                _ => None,
            });
            match closed {
                Some(state) => return state,
                None => drop(self.event().await),
            }
        }
    }

    /// Asks, and waits for the answer. What is refused for now is asked again when it is time; a look whose answer was
    /// lost is asked for again, and anything else is unknown.
    pub(crate) async fn ask(&self, request: &Request) -> Result<Update, Trouble> {
        loop {
            self.online().await?;
            let Some(id) = self.conversation.ask(request.clone()) else { continue };
            match self.answer(id).await {
                Ok(update) => return Ok(update),
                Err(Trouble::Refused(Refusal { retry_ms: Some(pause), .. })) => {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                Err(Trouble::Unknown) if !request.writes() => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Becomes an account, being a guest. Both tokens are tried until it is known which is good.
    pub(crate) async fn upgrade(&self, token: &Secret, password: &Password) -> Result<(), Trouble> {
        let mut asked = false;
        loop {
            self.online().await?;
            if asked && self.conversation.look(|model| model.account) {
                return Ok(());
            }
            asked = true;
            let Some(id) = self.conversation.upgrade(token.clone(), password.clone()) else { continue };
            match self.answer(id).await {
                Ok(_) => return Ok(()),
                Err(Trouble::Refused(Refusal { retry_ms: Some(pause), .. })) => {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                // The next welcome says whether we have an account.
                Err(Trouble::Unknown) => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }

    async fn answer(&self, id: AskId) -> Result<Update, Trouble> {
        loop {
            match self.event().await {
                Event::Answered(answered, update) if answered == id => return Ok(*update),
                Event::AskRefused(refused, refusal) if refused == id => {
                    let unknown = refusal.fate == Fate::Unknown && refusal.retry_ms.is_none();
                    return Err(if unknown { Trouble::Unknown } else { Trouble::Refused(refusal) });
                }
                Event::Closed => self.online().await?,
                _ => {}
            }
        }
    }
}
