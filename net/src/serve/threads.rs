//! The threads that connections live on, beside the one on which a server decides.

use super::World;
use super::shard::Sources;
use super::workers::Worker;
use crate::thread::{self, ThreadError};
use crate::transport::Stream;
use std::io;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

/// What `top -H` shows.
const NAME: &str = "sala-serve";

/// Has each worker run on a thread of its own, until the server ends. A stream is made one of that thread by `settle`.
///
/// # Errors
/// When the system starts no more threads; the server must not be started then.
pub fn start<T, W: World>(
    workers: Vec<Worker<T>>,
    sources: impl Fn() -> Sources<W>,
    settle: fn(T) -> io::Result<T>,
) -> Result<(), ThreadError>
where
    T: Stream + Send,
    Sources<W>: Send,
{
    for worker in workers {
        // The name is that of the threads on which it reads from disk.
        let runtime = Builder::new_current_thread().enable_all().thread_name("sala-read").build();
        let runtime = runtime.map_err(|cause| ThreadError { name: NAME, cause })?;
        let sources = sources();
        thread::start(NAME, move || {
            LocalSet::new().block_on(&runtime, worker.run(sources, settle, async || {}));
        })?;
    }
    Ok(())
}
