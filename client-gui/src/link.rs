//! Keeps one conversation with one server alive on a thread of its own: the only place of this client that waits.

use rand::rngs::StdRng;
use sala_core::client::{Client, Config, Event, User};
use sala_core::limits::REQUESTS_ASKED_MAX;
use sala_core::protocol::Secret;
use sala_net::clock::SystemClock;
use sala_net::dial::{Conversation, Word, dial};
use sala_net::profile::Held;
use sala_net::transport::any::{AnyConnector, Encryption};
use sala_net::transport::tls::{Fingerprint, Trust};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Events that wait for the window. Answers cannot be more than what was asked, and what else is let through is rare:
/// what goes beyond this is dropped, and the view that waits for it asks again when it is opened again.
const EVENTS_WAITING_MAX: usize = 2 * REQUESTS_ASKED_MAX;

/// With whom to talk, and as whom.
#[derive(Debug)]
pub struct Plan {
    /// The server's address.
    pub server: String,
    /// Whom we believe to be that server.
    pub trust: Trust,
    /// Who we are.
    pub config: Config,
    /// By what else we may come in, if it is not known which of the two is good.
    pub next: Option<Held>,
    /// Chance for the pauses between attempts.
    pub random: StdRng,
}

/// What happens outside the window's own thread.
pub struct Ears {
    /// The model has changed: the window is to be drawn again.
    pub wake: Box<dyn Fn() + Send>,
    /// The server has let us in, as an account if so: the token by which it did so is good.
    pub came_in: Box<dyn FnMut(bool) + Send>,
    /// The device has another token from now on: it is to be kept before anything else happens.
    pub keep: Box<dyn FnMut(&Secret) + Send>,
    /// A server is met for the first time that no authority vouches for; what it is to be compared with.
    pub met: Box<dyn FnMut(&Fingerprint) + Send>,
}

/// A conversation that is kept alive elsewhere.
#[derive(Debug)]
pub struct Link {
    /// The conversation.
    pub conversation: Conversation<SystemClock>,
    events: Receiver<Event>,
    changes: Arc<AtomicU64>,
    leaving: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// The other end of a link: what the driver tells it comes out at the window.
pub struct Listener {
    ears: Ears,
    conversation: Conversation<SystemClock>,
    events: SyncSender<Event>,
    changes: Arc<AtomicU64>,
    leaving: Arc<AtomicBool>,
}

impl Link {
    /// A link whose conversation is still to be dialled, with what is to be told of it.
    #[must_use]
    pub fn new(config: Config, next: Option<Held>, clock: SystemClock, ears: Ears) -> (Self, Listener) {
        let (sender, events) = sync_channel(EVENTS_WAITING_MAX);
        let (changes, leaving) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicBool::new(false)));
        let mut client = Client::new(config);
        if let Some(Held { token, device }) = next {
            client.may_come_in_by(token, device);
        }
        let conversation = Conversation::new(client, clock);
        let listener = Listener {
            ears,
            conversation: conversation.clone(),
            events: sender,
            changes: Arc::clone(&changes),
            leaving: Arc::clone(&leaving),
        };
        (Link { conversation, events, changes, leaving, thread: None }, listener)
    }

    /// A link to a server by TCP, encrypted on the way to any other computer, on a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread, or the address holds no name that a certificate could be for.
    #[expect(clippy::disallowed_methods, reason = "this is the link's one thread")]
    pub fn dial(plan: Plan, clock: SystemClock, ears: Ears) -> std::io::Result<Self> {
        let Plan { server, trust, config, next, random } = plan;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let Ears { wake, came_in, keep, met } = ears;
        let ears = Ears { wake, came_in, keep, met: Box::new(|_| {}) };
        let (mut link, mut listener) = Link::new(config, next, clock, ears);
        let conversation = link.conversation.clone();
        // A connector stays on the thread that made it; whether it could be made is still known here.
        let (sender, made) = sync_channel(1);
        let thread = std::thread::Builder::new().name("link".to_owned()).spawn(move || {
            match AnyConnector::new(&server, Encryption::Away, trust, met) {
                Ok(connector) => {
                    drop(sender.send(Ok(())));
                    runtime.block_on(dial(connector, conversation, random, |word| listener.hear(word)));
                }
                Err(error) => drop(sender.send(Err(error))),
            }
        })?;
        link.thread = Some(thread);
        made.recv().unwrap_or_else(|error| Err(std::io::Error::other(error)))?;
        Ok(link)
    }

    /// How often the model has changed: as long as it is the same, what was made of the model still holds.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// What happened since this was asked last.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        self.events.try_iter()
    }
}

impl Drop for Link {
    /// Says goodbye. The thread ends by itself once that is said, and is waited for: it is a second at most.
    fn drop(&mut self) {
        self.leaving.store(true, Ordering::Release);
        self.conversation.user(User::Quit);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Listener {
    /// Takes in what the driver says, and breaks off once the user has left.
    pub fn hear(&mut self, word: Word) -> ControlFlow<()> {
        match word {
            Word::Changed => drop(self.changes.fetch_add(1, Ordering::AcqRel)),
            Word::Happened(Event::TokenChanged(token)) => (self.ears.keep)(&token),
            Word::Happened(event) if concerns_the_window(&event) => {
                if event == Event::Online {
                    (self.ears.came_in)(self.conversation.look(|model| model.account));
                }
                drop(self.events.try_send(event));
            }
            Word::Happened(_) => return ControlFlow::Continue(()),
        }
        (self.ears.wake)();
        if self.leaving.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// What the model does not show by itself.
fn concerns_the_window(event: &Event) -> bool {
    matches!(
        event,
        Event::Online
            | Event::Closed
            | Event::PutOut(..)
            | Event::Delayed(_)
            | Event::Refused(..)
            | Event::Answered(..)
            | Event::AskRefused(..)
    )
}
