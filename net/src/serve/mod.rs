//! Drives the server machine: `serve` is the whole server, generic over its world.

mod mailbox;
mod tail;
mod hub;
mod connection;

pub use hub::ServeError;

use crate::clock::Clock;
use crate::order::Orderer;
use crate::store::LogStore;
use crate::transport::Listener;
use connection::Connection;
use hub::Hub;
use sala_core::limits::GOODBYE_MS;
use sala_core::server::{Input, Quota, Server};
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinSet;
use tracing::Instrument as _;

/// Pause after a connection could not be taken in, for instance since there are no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` is done, then stops taking connections in, writes what is decided, tells everybody goodbye,
/// and returns. Must be called within a `LocalSet`: all of it runs on one thread.
///
/// # Errors
/// [`ServeError`] when the store fails for good; everybody has been told goodbye by then.
pub async fn serve<L, S, O, C>(
    listener: L,
    store: S,
    orderer: O,
    clock: C,
    quota: Quota,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError>
where
    L: Listener,
    S: LogStore,
    O: Orderer,
    C: Clock,
{
    let loaded = store.load().await?;
    tracing::info!(position = loaded.state.position().0, checkpoint = loaded.checkpointed.0, "state loaded");
    let machine = Server::new(loaded.state, loaded.checkpointed, quota);
    let hub = Hub::new(machine, store, orderer, clock);
    hub.input(Input::Started);
    // Dropped at the end, and with it whatever connection is left: nothing of a server outlives it.
    let mut connections = JoinSet::new();
    let result = tokio::select! { biased;
        result = hub.run(shutdown) => result,
        () = hub.tick() => unreachable!("ticking never ends"),
        () = accept(listener, &hub, &mut connections) => unreachable!("accepting never ends"),
    };
    // The listener is dropped: nobody new comes in.
    let result = match result {
        Ok(()) => stop(&hub).await,
        Err(error) => Err(error),
    };
    goodbye(&hub).await;
    result
}

async fn accept<L: Listener, S: LogStore, O: Orderer, C: Clock>(
    mut listener: L,
    hub: &Rc<Hub<S, O, C>>,
    connections: &mut JoinSet<()>,
) {
    loop {
        let accepted = tokio::select! { biased;
            accepted = listener.accept() => accepted,
            Some(ended) = connections.join_next() => {
                // A broken assertion of ours: the server ends here, rather than go on with half of what was to be done.
                if let Err(error) = ended
                    && let Ok(panic) = error.try_into_panic()
                {
                    std::panic::resume_unwind(panic);
                }
                continue;
            }
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = Connection::new(stream, Rc::clone(hub));
                let session = connection.session().0;
                tracing::debug!(session, peer, "opened");
                let span = tracing::debug_span!("connection", session);
                connections.spawn_local(connection.run().instrument(span));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken in");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Writes what was asked before the stop, then tells the machine, and keeps the state.
async fn stop<S: LogStore, O: Orderer, C: Clock>(hub: &Rc<Hub<S, O, C>>) -> Result<(), ServeError> {
    tracing::info!(connections = hub.connection_count(), "stopping");
    hub.round().await?;
    hub.input(Input::Stopping);
    hub.keep_checkpoint().await
}

/// Lets the connections take their goodbye.
async fn goodbye<S: LogStore, O: Orderer, C: Clock>(hub: &Rc<Hub<S, O, C>>) {
    let all_gone = async {
        while hub.connection_count() > 0 {
            hub.changed.notified().await;
        }
    };
    if tokio::time::timeout(Duration::from_millis(GOODBYE_MS), all_gone).await.is_err() {
        tracing::info!(connections = hub.connection_count(), "some connections did not take their goodbye");
    }
}
