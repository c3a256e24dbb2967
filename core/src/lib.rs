//! The pure machines of Sala: the server, the client, the protocol and the rules, without clocks, chance or input and output.
//!
//! A driver hands a machine one input with the time, and takes its outputs until there are none; see [`server::Server`]
//! and [`client::Client`]. Modules are declared in the order of their dependence: each uses only what stands above it.

#![forbid(unsafe_code)]

pub mod mutant;
pub mod limits;
pub mod time;
pub mod packed;
pub mod few;
pub mod rare;
mod seen;
pub mod name;
mod hold;
pub mod address;
pub mod entry;
pub mod secret;
pub mod totp;
pub mod refusal;
pub mod protocol;
pub mod server;
pub mod client;
