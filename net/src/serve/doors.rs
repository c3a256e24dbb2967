//! Shards on threads of their own: what goes to them and what comes back.
//!
//! Words and streams come to a shard in the order in which they were sent; so does what it says to the server. A batch's words
//! come together, and the next batch is not let out before the shard has handed out the last. Of what a connection asks, at
//! most `LINES_PER_TURN_MAX` lines wait for the server, and one once those of all are `SAID_WAITING_MAX`.

use super::World;
use super::connection::Connection;
use super::shard::{LOOK_MS, Said, Shard, Sources, Uplink, Word};
use super::shards::{Away, Words};
use crate::transport::Stream;
use sala_core::limits::{
    ACCEPTS_PER_TURN_MAX, HAND_OUT_TURNS_MAX, HOME_CONNECTIONS_MIN, LINES_PER_TURN_MAX, SAID_MAX,
    SAID_WAITING_MAX,
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

/// The way from a shard on another thread.
#[derive(Clone)]
struct Sayer {
    shard: usize,
    said: Sender<(usize, Said)>,
}

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
        lines >= LINES_PER_TURN_MAX || waiting >= SAID_WAITING_MAX
    }
}

/// A connection on its way to the shard that will have it.
pub(super) type Arrival<T> = (SessionId, T, Option<IpAddr>);

/// A server's end of the shards that are elsewhere.
pub struct Doors<T> {
    pub(super) away: Vec<Away>,
    pub(super) arrivals: Vec<Sender<Arrival<T>>>,
    pub(super) said: Receiver<(usize, Said)>,
    /// Connections that live where the server decides before others have any.
    pub(super) home_min: usize,
}

/// A shard's end: the connections whose door this is live where it is [kept](Door::keep).
pub struct Door<T> {
    words: Receiver<Words>,
    arrivals: Receiver<Arrival<T>>,
    sayer: Sayer,
}

/// Doors for so many shards, beside the one that each server has where it decides.
#[must_use]
pub fn doors<T>(count: usize) -> (Doors<T>, Vec<Door<T>>) {
    let (said, hears) = mpsc::channel(SAID_MAX);
    let (away, arrivals) = (Vec::new(), Vec::new());
    let mut ours = Doors { away, arrivals, said: hears, home_min: HOME_CONNECTIONS_MIN };
    let mut theirs = Vec::new();
    for shard in 1..=count {
        let (away, words) = Away::new();
        let (arrivals, arrive) = mpsc::channel(ACCEPTS_PER_TURN_MAX);
        ours.away.push(away);
        ours.arrivals.push(arrivals);
        theirs.push(Door { words, arrivals: arrive, sayer: Sayer { shard, said: said.clone() } });
    }
    (ours, theirs)
}

/// Tells the server if the thread of a shard breaks: it would wait for ever.
struct Alarm(Sayer);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.say(Said::Broken(Box::new("the thread of a shard broke")));
        }
    }
}

impl<T> Doors<T> {
    /// None: all connections live where the server decides.
    #[must_use]
    pub fn none() -> Self {
        doors(0).0
    }

    /// The same, each of which has as many connections as any other from the first on.
    #[must_use]
    pub fn evenly(self) -> Self {
        Doors { home_min: 0, ..self }
    }
}

impl<T: Stream> Door<T> {
    /// Has the connections live on this thread, until the server ends. Must be called within a `LocalSet`. A stream that came from
    /// another thread is made one of this by `settle`; what the server wants done has to wait for `pause`.
    pub async fn keep<W: World>(
        self,
        sources: Sources<W>,
        settle: impl Fn(T) -> io::Result<T>,
        pause: impl AsyncFn(),
    ) {
        let Door { mut words, mut arrivals, sayer } = self;
        let _alarm = Alarm(sayer.clone());
        let shard = Rc::new(Shard::<W>::new(sources, sayer));
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
            let group = tokio::select! { biased;
                Some(arrival) = arrivals.recv() => {
                    take(arrival);
                    continue;
                }
                group = words.recv() => group,
                _ = look.tick() => {
                    shard.cut_blocked();
                    let (bytes, behind) = shard.measured();
                    shard.say(Said::Measured(bytes, behind));
                    continue;
                }
            };
            let Some(mut group) = group else { return };
            pause().await;
            // Those to whom it is said came before.
            while !planted("words_before_arrivals")
                && let Ok(arrival) = arrivals.try_recv()
            {
                take(arrival);
            }
            if planted("thread_releases_first") {
                let is_released = |word: &mut Word| matches!(word, Word::Grow(_) | Word::Release);
                group.extract_if(.., is_released).for_each(|word| shard.heed(word));
                tokio::task::yield_now().await;
            }
            let looks = group.iter().any(|word| matches!(word, Word::Look));
            group.into_iter().for_each(|word| shard.heed(word));
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
