//! The server machine: one door through which sessions, ordered commands and the disk's answers come in.
//!
//! A request becomes a [`Command`] and is submitted to the order; when it comes back it is decided against the
//! [`State`]; what it appends is written to disk by the driver, and only then do the outputs that speak of it come
//! out. Members get entries through the log that they are subscribed to, so no output is made for each of them.

mod command;
mod window;
mod directory;
mod state;
mod decide;
mod quota;
mod gate;
mod session;
mod admit;
mod presence;
mod door;
mod held;
mod machine;
mod read;
mod trouble;

pub use command::{Ask, Command, Origin, SessionId};
pub use decide::{Decision, LOBBY, decide};
pub use directory::{Device, Directory, Person, SERVER_NAME};
pub use door::{Goodbye, Input, Output};
pub use machine::Server;
pub use quota::Quota;
pub use state::{Room, State, StateError};
pub use window::{Verdict, Window};
