//! The drivers of Sala: they move values between sockets, disks and the machines of `sala-core`, and decide nothing.

#![forbid(unsafe_code)]

pub mod clock;
pub mod private;
pub mod log;
pub mod attention;
pub mod thread;
mod turn;
pub mod transport;
pub mod store;
pub mod search;
pub mod order;
pub mod password;
pub mod meter;
pub mod serve;
pub mod operations;
pub mod admin;
pub mod dial;
pub mod profile;
pub mod link;
pub mod export;
pub mod config;
#[cfg(feature = "acme")]
pub mod acme;
