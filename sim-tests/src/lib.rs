//! The simulated world of Sala: the real drivers and the real SQLite on a simulated network, disk and clock.
//!
//! One seed decides everything; a [`world::World`] is what scenarios and the `sim` program are written in.

pub mod disk;
pub mod vfs;
pub mod clock;
pub mod chronicle;
pub mod mark;
pub mod wire;
pub mod network;
pub mod slip;
pub mod search_host;
pub mod server_host;
pub mod client_host;
pub mod raw_host;
pub mod stranger_host;
pub mod screen;
pub mod oracles;
pub mod world;
pub mod plan;
pub mod draw;
pub mod perform;
pub mod marks;
pub mod picture;
pub mod run;
pub mod trial;
pub mod shrink;
