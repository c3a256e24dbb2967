//! Drives the client machine: `dial` keeps one conversation with one server alive, generic over its world.

use crate::clock::Clock;
use crate::transport::{Connector, Stream};
use bytes::{Buf as _, BytesMut};
use rand::Rng as _;
use rand::rngs::StdRng;
use sala_core::client::{AskId, Client, Event, Input, Model, Output, Ticket, User};
use sala_core::entry::Seq;
use sala_core::limits::UPDATE_BYTES_MAX;
use sala_core::name::RoomName;
use sala_core::protocol::{Line, LineBuffer, Request, Secret, Update};
use sala_core::secret::{OnceCode, Password};
use sala_core::time::Tick;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, WriteHalf};
use tokio::sync::Notify;

/// Bytes that are read at once.
const READ_BYTES: usize = 16 * 1024;

/// Time that the last words of a connection have to leave.
const FLUSH: Duration = Duration::from_secs(1);

/// A hold on a client: look at its model, and tell it what the user wants, from any thread.
#[derive(Clone, Debug)]
pub struct Conversation<C> {
    client: Arc<Mutex<Client>>,
    kick: Arc<Notify>,
    clock: C,
}

impl<C: Clock> Conversation<C> {
    /// A conversation that starts when it is dialled.
    #[must_use]
    pub fn new(client: Client, clock: C) -> Self {
        Conversation { client: Arc::new(Mutex::new(client)), kick: Arc::new(Notify::new()), clock }
    }

    /// Lets `look` see the model. Meanwhile nothing moves, so it should be quick.
    pub fn look<T>(&self, look: impl FnOnce(&Model) -> T) -> T {
        look(self.lock().model())
    }

    /// Tells the client what the user wants.
    pub fn user(&self, user: User) {
        self.lock().handle(Input::User(user), self.clock.now());
        self.kick.notify_one();
    }

    /// Says something, and gives the ticket under which it is known until it is stored; `None` if too much is waiting.
    pub fn say(&self, room: RoomName, text: String) -> Option<Ticket> {
        let ticket = self.lock().say(room, text, self.clock.now());
        self.kick.notify_one();
        ticket
    }

    /// Asks the server, as [`Client::ask`] does; `None` if that cannot be now.
    pub fn ask(&self, request: Request) -> Option<AskId> {
        let id = self.lock().ask(request, self.clock.now());
        self.kick.notify_one();
        id
    }

    /// Answers a post, as [`Client::reply`] does; `None` if too much is waiting.
    pub fn reply(&self, room: RoomName, text: String, to: Seq) -> Option<Ticket> {
        let ticket = self.lock().reply(room, text, to, self.clock.now());
        self.kick.notify_one();
        ticket
    }

    /// Asks for an account, as [`Client::upgrade`] does; `None` if that cannot be now.
    pub fn upgrade(&self, token: Secret, password: Password, invitation: Option<OnceCode>) -> Option<AskId> {
        let id = self.lock().upgrade(token, password, invitation, self.clock.now());
        self.kick.notify_one();
        id
    }

    /// The time on the clock that the model's times are of.
    #[must_use]
    pub fn now(&self) -> Tick {
        self.clock.now().tick
    }

    fn input(&self, input: Input) {
        self.lock().handle(input, self.clock.now());
    }

    fn lock(&self) -> MutexGuard<'_, Client> {
        // A view that panicked while it looked has changed nothing.
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the client tells whoever uses it.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, handed on and kept nowhere")]
pub enum Word {
    /// Something of what a view shows has changed.
    Changed,
    /// Something happened that a program may wait for.
    Happened(Event),
}

/// Keeps the conversation alive until `listener` breaks it off, and returns what it broke off with. `random` spreads
/// the pauses between attempts.
pub async fn dial<N, C, T>(
    mut connector: N,
    conversation: Conversation<C>,
    mut random: StdRng,
    listener: impl FnMut(Word) -> ControlFlow<T>,
) -> T
where
    N: Connector,
    C: Clock,
{
    let mut pump = Pump {
        conversation,
        listener,
        outgoing: BytesMut::new(),
        dial: false,
        hang_up: false,
        wake_at: None,
    };
    pump.conversation.input(Input::Started);
    loop {
        if let ControlFlow::Break(end) = pump.until_dial().await {
            return end;
        }
        let dialled = tokio::select! { biased;
            stream = connector.connect() => Ok(stream),
            end = pump.until_hang_up() => Err(end),
        };
        let why = match dialled {
            Ok(Ok(stream)) => {
                pump.conversation.input(Input::Opened);
                match pump.link(stream).await {
                    ControlFlow::Continue(why) => why,
                    ControlFlow::Break(end) => return end,
                }
            }
            Ok(Err(error)) => format!("the server cannot be reached: {error}"),
            Err(ControlFlow::Continue(())) => "the server did not answer in time".to_owned(),
            Err(ControlFlow::Break(end)) => return end,
        };
        tracing::debug!(why, "link lost");
        pump.conversation.input(Input::Lost { random: random.next_u64(), why });
    }
}

/// Takes the machine's outputs, and keeps what of them is still to be done.
struct Pump<C, F> {
    conversation: Conversation<C>,
    listener: F,
    outgoing: BytesMut,
    dial: bool,
    hang_up: bool,
    wake_at: Option<Tick>,
}

impl<C: Clock, T, F: FnMut(Word) -> ControlFlow<T>> Pump<C, F> {
    fn drain(&mut self) -> ControlFlow<T> {
        loop {
            let output = self.conversation.lock().poll();
            match output {
                None => return ControlFlow::Continue(()),
                Some(Output::Dial) => self.dial = true,
                Some(Output::HangUp) => self.hang_up = true,
                Some(Output::Ask(envelope)) => self.outgoing.extend_from_slice(&envelope.encode()),
                Some(Output::WakeAt(tick)) => self.wake_at = Some(tick),
                Some(Output::Changed) => (self.listener)(Word::Changed)?,
                Some(Output::Happened(event)) => (self.listener)(Word::Happened(event))?,
            }
        }
    }

    /// Waits for the user or the clock.
    async fn idle(&mut self) {
        let pause = match self.wake_at {
            Some(tick) => Duration::from_millis(tick.since(self.conversation.now())),
            None => Duration::from_secs(3600),
        };
        let kick = Arc::clone(&self.conversation.kick);
        tokio::select! { biased;
            () = kick.notified() => {}
            () = tokio::time::sleep(pause) => {
                self.wake_at = None;
                self.conversation.input(Input::Tick);
            }
        }
    }

    async fn until_dial(&mut self) -> ControlFlow<T> {
        loop {
            self.drain()?;
            // There is no connection to send anything on, or to hang up.
            self.outgoing.clear();
            self.hang_up = false;
            if std::mem::take(&mut self.dial) {
                return ControlFlow::Continue(());
            }
            self.idle().await;
        }
    }

    async fn until_hang_up(&mut self) -> ControlFlow<T> {
        loop {
            self.drain()?;
            if std::mem::take(&mut self.hang_up) {
                return ControlFlow::Continue(());
            }
            self.idle().await;
        }
    }

    /// Carries lines both ways until the connection is gone; says why.
    async fn link(&mut self, stream: impl Stream) -> ControlFlow<T, String> {
        let (mut from, mut to) = tokio::io::split(stream);
        let mut lines = LineBuffer::new(UPDATE_BYTES_MAX);
        let mut buffer = vec![0; READ_BYTES];
        self.hang_up = false;
        // A stream that encrypts may hold back what it has taken.
        let mut held_back = false;
        loop {
            if let ControlFlow::Break(end) = self.drain() {
                self.flush(&mut to).await;
                return ControlFlow::Break(end);
            }
            if std::mem::take(&mut self.hang_up) {
                self.flush(&mut to).await;
                return ControlFlow::Continue("the connection was closed".to_owned());
            }
            let mut outgoing = std::mem::take(&mut self.outgoing);
            let sends = !outgoing.is_empty() || held_back;
            let send = async {
                if outgoing.is_empty() {
                    Step::Flushed(to.flush().await)
                } else {
                    Step::Written(to.write(&outgoing).await)
                }
            };
            let step = tokio::select! { biased;
                // Writing first: under a steady stream of lines, posts and signs of life would never leave.
                step = send, if sends => step,
                read = from.read(&mut buffer) => Step::Read(read),
                () = self.idle() => Step::Idle,
            };
            match step {
                Step::Written(Ok(count)) => {
                    outgoing.advance(count);
                    held_back = outgoing.is_empty();
                }
                Step::Flushed(_) => held_back = false,
                _ => {}
            }
            // Nothing was added meanwhile: only `drain` does that.
            self.outgoing = outgoing;
            match step {
                Step::Read(Ok(0)) => {
                    return ControlFlow::Continue("the server closed the connection".to_owned());
                }
                Step::Written(Ok(0)) | Step::Flushed(Ok(())) | Step::Idle => {}
                Step::Read(Ok(count)) => {
                    if !self.take(&mut lines, &buffer[..count]) {
                        return ControlFlow::Continue("the server sent a line that is too long".to_owned());
                    }
                }
                Step::Written(Ok(_)) => {}
                Step::Read(Err(error)) | Step::Written(Err(error)) | Step::Flushed(Err(error)) => {
                    return ControlFlow::Continue(format!("the connection broke: {error}"));
                }
            }
        }
    }

    /// Hands the machine the lines that these bytes complete; false if one is too long.
    fn take(&mut self, lines: &mut LineBuffer, bytes: &[u8]) -> bool {
        let mut fits = true;
        let mut client = self.conversation.lock();
        lines.feed(bytes, |line| match line {
            Line::Whole(line) => {
                client.handle(Input::Told(Update::decode(line)), self.conversation.clock.now());
            }
            Line::TooLong => fits = false,
        });
        fits
    }

    async fn flush<S: Stream>(&mut self, to: &mut WriteHalf<S>) {
        let last = std::mem::take(&mut self.outgoing);
        let flush = async {
            to.write_all(&last).await?;
            to.shutdown().await
        };
        // The connection is given up either way.
        drop(tokio::time::timeout(FLUSH, flush).await);
    }
}

/// What a turn of a link came to.
enum Step {
    Read(std::io::Result<usize>),
    Written(std::io::Result<usize>),
    Flushed(std::io::Result<()>),
    Idle,
}
