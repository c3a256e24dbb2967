//! Drives the server machine: `serve` is the whole server, generic over its world.

mod own;
mod mailbox;
mod growth;
mod tail;
mod gather;
mod witness;
mod desk;
mod shard;
mod connection;
mod shards;
mod workers;
pub mod threads;
mod delay;
mod hub;
mod batch;
mod vacuum;
mod orders;

pub use desk::{Desk, Ended, Figures, GivenBack, Orders, RoomSeen, desk};
pub use hub::ServeError;
pub use shard::Sources;
pub use workers::{Slack, Worker, Workers, workers};

use crate::clock::Clock;
use crate::meter::Meter;
use crate::order::Orderer;
use crate::password::Hasher;
use crate::search::Finder;
use crate::store::LogStore;
use crate::transport::Listener;
use connection::Connection;
use hub::Hub;
use sala_core::entry::TokenHash;
use sala_core::limits::{ACCEPTS_PER_TURN_MAX, GOODBYE_MS};
use sala_core::server::{Input, Quota, Server};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;
use workers::{Arrival, Connections};

/// Pause after a connection could not be taken in, for instance since there are no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a server is made of: the real things, or simulated ones.
pub trait World: 'static {
    /// Keeps entries.
    type Store: LogStore;
    /// Puts commands into one order.
    type Orderer: Orderer;
    /// Says what time it is.
    type Clock: Clock;
    /// Compares passwords.
    type Hasher: Hasher;
    /// Finds what was said.
    type Finder: Finder;
}

/// The parts of one server.
#[derive(Debug)]
pub struct Parts<W: World> {
    /// Keeps entries.
    pub store: W::Store,
    /// Puts commands into one order.
    pub orderer: W::Orderer,
    /// Says what time it is.
    pub clock: W::Clock,
    /// Compares passwords.
    pub hasher: W::Hasher,
    /// Finds what was said.
    pub finder: W::Finder,
}

/// What a server is started with.
#[derive(Debug, Default)]
pub struct Settings {
    /// How much a session may ask.
    pub quota: Quota,
    /// How somebody may make himself an administrator, as long as nobody is one.
    pub claim: Option<Claim>,
    /// Counts what happens, for whoever watches.
    pub meter: Rc<Meter>,
    /// What whoever runs the server has it do.
    pub orders: Option<Orders>,
    /// By what its logs are known to clients, as long as they only grow.
    pub history: Option<String>,
}

/// A code that is good once for whoever runs the server.
#[derive(Debug)]
pub struct Claim {
    /// Its hash.
    pub hash: TokenHash,
    /// Told when the code is on disk and good; dropped if none is needed, since somebody administers the server.
    pub offered: oneshot::Sender<()>,
}

/// Serves until `shutdown` is done, then stops taking connections in, writes what is decided, tells everybody goodbye,
/// and returns. Must be called within a `LocalSet`: all of it runs on one thread, but for connections that live on
/// `workers`, if there are any.
///
/// # Errors
/// [`ServeError`] when the store fails for good; everybody has been told goodbye by then.
pub async fn serve<L: Listener, W: World>(
    listener: L,
    workers: Workers<L::Stream>,
    parts: Parts<W>,
    settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let loaded = parts.store.load().await?;
    tracing::info!(position = loaded.state.position().0, checkpoint = loaded.checkpointed.0, "state loaded");
    let machine =
        Server::new(loaded.state, loaded.checkpointed, settings.quota).with_history(settings.history);
    let (claim, offered) = settings.claim.map(|claim| (claim.hash, claim.offered)).unzip();
    let Workers { away, arrivals, mut said, home_min } = workers;
    let hub = Hub::new(machine, parts, offered, settings.meter, away, home_min);
    hub.input(Input::Started(claim));
    hub.meter.set_ready(true);
    let _connections = Connections(Rc::clone(&hub.shards.home));
    let result = tokio::select! { biased;
        never = hub.broken() => match never {},
        never = hub.make_room() => match never {},
        never = hub.hear(&mut said) => match never {},
        result = hub.run(asked_to_end(&hub, shutdown)) => result,
        () = hub.tick() => unreachable!("ticking never ends"),
        () = hub.obey(settings.orders) => unreachable!("orders are taken until the end"),
        () = accept(listener, &arrivals, &hub) => unreachable!("accepting never ends"),
    };
    // The listener is dropped: nobody new comes in.
    hub.meter.set_ready(false);
    let result = tokio::select! { biased;
        never = hub.broken() => match never {},
        never = hub.make_room() => match never {},
        never = hub.hear(&mut said) => match never {},
        result = end(&hub, result) => result,
    };
    hub.end_jobs();
    result
}

/// Done when the server is to stop, or has drained.
async fn asked_to_end<W: World>(hub: &Rc<Hub<W>>, shutdown: impl Future<Output = ()>) {
    tokio::select! { biased;
        () = shutdown => {}
        () = hub.drained() => tracing::info!("drained"),
    }
}

async fn accept<L: Listener, W: World>(
    listener: L,
    arrivals: &[Sender<Arrival<L::Stream>>],
    hub: &Rc<Hub<W>>,
) {
    // Dropped when the server drains: whoever comes then is refused by the system, and tries elsewhere or later.
    let mut listener = Some(listener);
    let mut accepted_in_turn = 0;
    loop {
        let accepted = tokio::select! { biased;
            () = hub.draining(), if listener.is_some() => None,
            accepted = next(&mut listener) => Some(accepted),
        };
        match accepted {
            None => listener = None,
            Some(Ok((stream, peer))) => {
                let address = peer.map(|peer| peer.ip());
                let shard = hub.shards.next();
                let session = match shard.checked_sub(1) {
                    None => {
                        let session = hub.shards.place(shard);
                        Connection::spawn(stream, session, address, &hub.shards.home);
                        session
                    }
                    Some(away) => {
                        // A worker that has ended has broken, which is noticed elsewhere.
                        let Ok(way) = arrivals[away].reserve().await else { continue };
                        let session = hub.shards.place(shard);
                        way.send((session, stream, address));
                        session
                    }
                };
                hub.opened(session, address);
                tracing::debug!(session = session.0, ?peer, "opened");
                accepted_in_turn = (accepted_in_turn + 1) % ACCEPTS_PER_TURN_MAX;
                if accepted_in_turn == 0 {
                    tokio::task::yield_now().await;
                }
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "a connection could not be taken in");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The next connection, if any more are taken in.
async fn next<L: Listener>(listener: &mut Option<L>) -> io::Result<(L::Stream, Option<SocketAddr>)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// Stops, unless it ended by itself, and lets everybody take his goodbye.
async fn end<W: World>(hub: &Rc<Hub<W>>, ended: Result<(), ServeError>) -> Result<(), ServeError> {
    let result = match ended {
        Ok(()) => stop(hub).await,
        Err(error) => Err(error),
    };
    goodbye(hub).await;
    result
}

/// Writes what was asked before the stop, then tells the machine, and keeps the state.
async fn stop<W: World>(hub: &Rc<Hub<W>>) -> Result<(), ServeError> {
    tracing::info!(connections = hub.shards.held(), "stopping");
    hub.round().await?;
    hub.input(Input::Stopping);
    hub.keep_checkpoint().await
}

/// Lets the connections take their goodbye.
async fn goodbye<W: World>(hub: &Rc<Hub<W>>) {
    let all_gone = async {
        while hub.shards.held() > 0 {
            hub.changed.notified().await;
        }
    };
    if tokio::time::timeout(Duration::from_millis(GOODBYE_MS), all_gone).await.is_err() {
        tracing::info!(connections = hub.shards.held(), "some connections did not take their goodbye");
    }
}
