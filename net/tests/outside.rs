//! The real programs where they live: killed at any moment, on disks that fail or are full, over links that are cut, under clocks that
//! are set.
//!
//! What `cargo test` runs of it is a sample; `SALA_TESTS=long cargo test -p sala-net --test outside` runs all of it. Chance is
//! drawn from a seed, which is printed, and which `SALA_SEED` sets.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "real programs are waited for in real time, on threads and sockets of the system"
)]

mod common;
#[path = "outside/chance.rs"]
mod chance;
#[path = "outside/wire.rs"]
mod wire;
#[path = "outside/script.rs"]
mod script;
#[path = "outside/proxy.rs"]
mod proxy;
#[path = "outside/killed.rs"]
mod killed;
#[path = "outside/failing.rs"]
mod failing;
#[path = "outside/full.rs"]
mod full;
#[path = "outside/cut.rs"]
mod cut;
#[path = "outside/clock.rs"]
mod clock;
