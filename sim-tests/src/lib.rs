//! The simulated world of Sala.

pub mod disk;
pub mod vfs;
