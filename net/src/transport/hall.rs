//! Where connections wait that have something to say before they are taken in: so many, for so long.

use crate::turn::Turn;
use sala_core::limits::{HALL_MS, HALL_PLACES_MAX, STRANGERS_PER_TURN_MAX};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

/// A connection, and where it comes from.
pub(super) type Arrived<S> = (S, Option<SocketAddr>);

/// Connections on which something is to be read first. Whoever is slow at it keeps nobody waiting.
pub(super) struct Hall<S> {
    turns: Arc<Semaphore>,
    arriving: JoinSet<io::Result<Arrived<S>>>,
    /// In the order in which they came; some of the first may have left.
    waiting: VecDeque<AbortHandle>,
}

impl<S: 'static> Hall<S> {
    pub(super) fn new() -> Self {
        let turns = Arc::new(Semaphore::new(STRANGERS_PER_TURN_MAX));
        Hall { turns, arriving: JoinSet::new(), waiting: VecDeque::new() }
    }

    /// Somebody is there. Must be called within a `LocalSet`.
    pub(super) fn admit(&mut self, arrival: impl Future<Output = io::Result<Arrived<S>>> + 'static) {
        if self.waiting.len() >= HALL_PLACES_MAX {
            self.waiting.retain(|waiting| !waiting.is_finished());
            if self.waiting.len() >= HALL_PLACES_MAX
                && let Some(oldest) = self.waiting.pop_front()
            {
                oldest.abort();
            }
        }
        let time = Duration::from_millis(HALL_MS);
        let mut turn = Turn::of(Arc::clone(&self.turns));
        let mut arrival = Box::pin(arrival);
        let arrival = poll_fn(move |context| turn.poll(context, |context| arrival.as_mut().poll(context)));
        let arriving = self.arriving.spawn_local(async move { tokio::time::timeout(time, arrival).await? });
        self.waiting.push_back(arriving);
    }

    /// The next who has said what he had to say, as long as there is one to wait for.
    pub(super) async fn next(&mut self) -> Arrived<S> {
        loop {
            match self.arriving.join_next().await {
                Some(Ok(Ok(arrived))) => return arrived,
                Some(Ok(Err(error))) => tracing::debug!(%error, "not taken in"),
                Some(Err(error)) => {
                    // A broken assertion of ours, as in a connection; else it had to make room.
                    if let Ok(panic) = error.try_into_panic() {
                        std::panic::resume_unwind(panic);
                    }
                }
                None => std::future::pending().await,
            }
        }
    }
}
