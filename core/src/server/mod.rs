//! The server machine: one door through which sessions, ordered commands and the disk's answers come in.
//!
//! A request becomes a [`Command`] and is submitted to the order; when it comes back it is decided against the
//! [`State`]; what it appends is written to disk by the driver, and only then do the outputs that speak of it come
//! out. Members get entries through the log that they are subscribed to, so no output is made for each of them.

mod command;
mod state;
mod decide;
mod quota;
mod attempts;
mod cursor;
mod gate;
mod callers;
mod ventures;
mod fading;
mod session;
mod admit;
mod presence;
mod asking;
mod door;
mod held;
mod machine;
mod passwords;
mod requests;
mod arrivals;
mod visibility;
mod effects;
mod lists;
mod read;
mod trouble;
mod operator;

pub use command::{Arrived, Ask, Command, Operation, Origin, SessionId, Verified};
pub use decide::{Change, Decision, Erase, LOBBY, decide};
pub use door::{
    Compared, Goodbye, Hearers, Input, LogRead, Output, Part, PasswordJob, Query, Read, ReadFailed,
    SearchFailed, Stretch,
};
pub use machine::Server;
pub use operator::Connected;
pub use quota::Quota;
pub use state::{
    Ages, Contact, Device, Directory, HeldPost, Holding, Keeping, Link, Member, Mention, PasswordHash,
    Person, Posts, Presence, Report, Reset, Room, SERVER_NAME, Sanctioned, Seldom, ServerInvitation, State,
    StateError, Totp, Verdict, Window,
};
