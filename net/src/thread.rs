//! Threads by name, so that whoever watches a server sees what each of them takes (`top -H`).

use std::io;
use std::thread::Builder;

/// A thread could not be started.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot start the thread {name}: {cause}; the system allows no more threads, or has no memory for one: look at `ulimit -a`, and at `TasksMax` and `MemoryMax` of the unit"
)]
pub struct ThreadError {
    /// Which.
    pub name: &'static str,
    /// What the system said.
    pub cause: io::Error,
}

/// Bytes of a name that Linux shows.
const NAME_BYTES_MAX: usize = 15;

/// Starts a thread under this name, which does this and ends.
#[expect(
    clippy::disallowed_methods,
    reason = "the threads of the real world: the simulator has a store, an index and a hasher of its own"
)]
pub(crate) fn start(name: &'static str, work: impl FnOnce() + Send + 'static) -> Result<(), ThreadError> {
    assert!(name.len() <= NAME_BYTES_MAX, "the whole name is shown");
    let started = Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(|cause| ThreadError { name, cause })
}
