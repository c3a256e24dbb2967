//! What a computer remembers of the people who come in from it: the terminal client's and the window's alike.

mod error;
mod secret;
mod label;
mod files;
mod tokens;

pub use error::ProfileError;
pub use files::{KNOWN_SERVERS, file_name, home};
pub use label::{Parts, former, parts};
pub use secret::{Enrolment, code, grouped, spaced, token};
pub use tokens::{Held, Profile, SLOTS, Slot, Standing};
