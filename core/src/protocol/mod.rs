//! The protocol: newline-delimited JSON objects, requests one way and updates the other (PROTOCOL.md).

mod line;
mod request;
mod update;

pub use crate::secret::Secret;
pub use line::{Line, LineBuffer};
pub use request::{Arrival, Banned, Door, Enter, Envelope, Page, Refused, Request, Search, parse};
pub(crate) use request::{checked_reason, checked_said};
pub use update::{
    Contacted, DeviceInfo, Exported, Found, HeldInfo, Hello, HoldInfo, Invitation, LimitsInfo, LinkInfo,
    Member, MemberPresence, NumberedEntry, NumberedNote, Reaction, ReportInfo, RoomInfo, SanctionInfo,
    ServerInvitationInfo, Strangers, UnreadableUpdate, Update, annotate, entry_line, page_entry, page_line,
};

/// The only version of the protocol so far.
pub const PROTOCOL: u32 = 1;
