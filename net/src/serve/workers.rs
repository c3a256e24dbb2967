//! Shards on threads of their own: what goes to them and what comes back.
//!
//! Words and streams come to a shard in the order in which they were sent; so does what it says to the server. A batch's words
//! come together, and the next batch is not let out before the shard has handed out the last. Of what a connection asks, at
//! most `LINES_PER_TURN_MAX` lines wait for the server, up to the first that asks for much, and one once those of all are many.

use super::World;
use super::connection::Connection;
use super::shard::{LOOK_MS, Said, Shard, Sources, Uplink};
use super::shards::{Away, Words};
use crate::transport::Stream;
use sala_core::limits::{
    ACCEPTS_PER_TURN_MAX, HAND_OUT_TURNS_MAX, HOME_CONNECTIONS_MIN, LINES_PER_TURN_MAX, SAID_MAX,
    SAID_WAITING_MAX, SESSIONS_MAX, WORDS_WAITING_MAX,
};
use sala_core::mutant::planted;
use sala_core::server::SessionId;
use std::io;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::MissedTickBehavior;

/// How much waits between a server and its workers before one waits for the other.
#[derive(Clone, Copy, Debug)]
pub struct Slack {
    /// Connections that live where the server decides before others have any.
    pub home_min: usize,
    /// Groups of words that wait for each worker.
    pub words: usize,
    /// What connections said and the server has not heard, before each may say only one thing at a time.
    pub said: usize,
}

impl Default for Slack {
    fn default() -> Self {
        Slack { home_min: HOME_CONNECTIONS_MIN, words: WORDS_WAITING_MAX, said: SAID_WAITING_MAX }
    }
}

/// The way from a shard on another thread.
#[derive(Clone)]
struct Sayer {
    shard: usize,
    said: Sender<(usize, Said)>,
    /// So much waits before each may say only one thing at a time.
    much: usize,
}

/// What a connection has on its way at most when each may say one thing: a line, that it waits for it to be heard, what was read for it
/// before that, and that it is gone.
const SAID_BY_ONE_MAX: usize = 8;
const _: () = assert!(SAID_WAITING_MAX + SAID_BY_ONE_MAX * SESSIONS_MAX < SAID_MAX);

impl Uplink for Sayer {
    /// # Panics
    /// When more waits than all connections can have on their way.
    fn say(&self, said: Said) {
        // Nobody listens any more once the server has ended; this ends next.
        if let Err(TrySendError::Full(_)) = self.said.try_send((self.shard, said)) {
            panic!("connections said more than they may");
        }
    }

    fn must_wait(&self, lines: u32) -> bool {
        let waiting = self.said.max_capacity() - self.said.capacity();
        lines >= LINES_PER_TURN_MAX || waiting >= self.much
    }
}

/// A connection on its way to the worker that will have it.
pub(super) type Arrival<T> = (SessionId, T, Option<IpAddr>);

/// A server's end of its workers.
pub struct Workers<T> {
    pub(super) away: Vec<Away>,
    pub(super) arrivals: Vec<Sender<Arrival<T>>>,
    pub(super) said: Receiver<(usize, Said)>,
    pub(super) home_min: usize,
}

/// A thread that connections live on, once it [runs](Worker::run).
pub struct Worker<T> {
    words: Receiver<Words>,
    arrivals: Receiver<Arrival<T>>,
    sayer: Sayer,
    /// Of how many that a server has.
    shards: usize,
}

/// So many workers, beside the thread on which their server decides.
#[must_use]
pub fn workers<T>(count: usize, slack: Slack) -> (Workers<T>, Vec<Worker<T>>) {
    let (said, hears) = mpsc::channel(SAID_MAX);
    let (away, arrivals) = (Vec::new(), Vec::new());
    let mut ours = Workers { away, arrivals, said: hears, home_min: slack.home_min };
    let mut theirs = Vec::new();
    for shard in 1..=count {
        let (away, words) = Away::new(slack.words);
        let (arrivals, arrive) = mpsc::channel(ACCEPTS_PER_TURN_MAX);
        ours.away.push(away);
        ours.arrivals.push(arrivals);
        let sayer = Sayer { shard, said: said.clone(), much: slack.said };
        theirs.push(Worker { words, arrivals: arrive, sayer, shards: 1 + count });
    }
    (ours, theirs)
}

impl<T> Workers<T> {
    /// None: all connections live where the server decides.
    #[must_use]
    pub fn none() -> Self {
        workers(0, Slack::default()).0
    }
}

/// Tells the server if the thread of a worker breaks: it would wait for ever.
struct Alarm(Sayer);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.say(Said::Broken(Box::new("the thread of a worker broke")));
        }
    }
}

impl<T: Stream> Worker<T> {
    /// Has the connections live on this thread, until the server ends. Must be called within a `LocalSet`. A stream that came from
    /// another thread is made one of this by `settle`; what the server wants done has to wait for `pause`.
    pub async fn run<W: World>(
        self,
        sources: Sources<W>,
        settle: impl Fn(T) -> io::Result<T>,
        pause: impl AsyncFn(),
    ) {
        let Worker { mut words, mut arrivals, sayer, shards } = self;
        let _alarm = Alarm(sayer.clone());
        let shard = Rc::new(Shard::<W>::new(sources, sayer, shards));
        let _connections = Connections(Rc::clone(&shard));
        let mut look = tokio::time::interval(Duration::from_millis(LOOK_MS));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let take = |(session, stream, address): Arrival<T>| match settle(stream) {
            Ok(stream) => Connection::spawn(stream, session, address, &shard),
            Err(error) => {
                tracing::warn!(%error, session = session.0, "a connection could not be taken in");
                shard.say(Said::Gone(session));
            }
        };
        loop {
            let Words { list, looks } = tokio::select! { biased;
                // Whoever has no connection is not woken.
                _ = look.tick(), if !shard.is_empty() => {
                    shard.cut_blocked();
                    shard.say(Said::Measured(shard.measured()));
                    continue;
                }
                Some(arrival) = arrivals.recv(), if !planted("words_before_arrivals") || words.is_empty() => {
                    take(arrival);
                    continue;
                }
                group = words.recv() => match group {
                    Some(group) => group,
                    None => return,
                },
            };
            pause().await;
            // Those to whom it is said came before.
            while !planted("words_before_arrivals")
                && let Ok(arrival) = arrivals.try_recv()
            {
                take(arrival);
            }
            list.into_iter().for_each(|word| shard.heed(word));
            if looks {
                shard.all_looked(HAND_OUT_TURNS_MAX).await;
                // Who answers at once is heard with it.
                tokio::task::yield_now().await;
                shard.say(Said::Looked);
            }
        }
    }
}

/// Ends whatever connection is left when it is dropped: nothing of a server outlives it.
pub(super) struct Connections<W: World>(pub(super) Rc<Shard<W>>);

impl<W: World> Drop for Connections<W> {
    fn drop(&mut self) {
        self.0.end_connections();
    }
}
