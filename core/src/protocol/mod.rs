//! The protocol: newline-delimited JSON objects, requests one way and updates the other (PROTOCOL.md).

mod line;
mod request;
mod update;

pub use line::{Line, LineBuffer};
pub use request::{Enter, Envelope, Page, Refused, Request, Secret, parse};
pub use update::{
    Hello, LimitsInfo, Member, NumberedEntry, RoomInfo, UnreadableUpdate, Update, entry_line, page_entry,
    page_line,
};

/// The only version of the protocol so far.
pub const PROTOCOL: u32 = 1;
