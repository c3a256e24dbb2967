//! What goes through the door of the server machine: inputs, outputs, and why a connection is closed.

use super::command::{Command, SessionId};
use super::state::State;
use crate::entry::{Entry, LogId, Position, Seq};
use crate::limits::{STOPPING_RETRY_MS, STORAGE_RETRY_MS};
use crate::name::RoomName;
use crate::protocol::{Envelope, Page, Refused, Update};
use crate::time::Tick;

/// What a driver tells the machine.
#[derive(Debug)]
pub enum Input {
    /// The machine starts.
    Started,
    /// A connection was made.
    Opened(SessionId),
    /// A line came in on it, read as a request or as what is wrong with it.
    Asked(SessionId, Result<Envelope, Refused>),
    /// The connection is gone.
    Gone(SessionId),
    /// A command came back from the order.
    Ordered(Command),
    /// Everything up to here is on disk.
    Stored(Position),
    /// The last commit failed, and nothing of it is on disk, since the disk is full. The driver reads the state
    /// from disk again and says `Reloaded` before anything is ordered.
    StorageFull,
    /// The last commit failed, and what of it is on disk is not known. The driver stops after what follows is told.
    StorageFailed,
    /// The state as it was read from disk again.
    Reloaded(Box<State>),
    /// Nothing new is taken in from here on, and everybody is told goodbye.
    Stopping,
    /// A time asked for with `WakeAt` has come.
    Tick,
}

/// What the machine has a driver do, in this order.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Tell one session.
    Tell(SessionId, Update),
    /// Close one session's connection once it has taken what it was told.
    HangUp(SessionId),
    /// Put a command into the order.
    Submit(Command),
    /// Write an entry to disk with the others of the batch, then release it to the log's tail.
    Append(LogId, Option<RoomName>, Seq, Entry),
    /// Let a session read a room's log from this seq on.
    Subscribe(SessionId, LogId, RoomName, Seq),
    /// Let it read that log up to and with this seq, and no further. It takes effect before any later entry of the
    /// batch is released.
    Unsubscribe(SessionId, LogId, Seq),
    /// Tell whoever reads this log now; what it says is not kept.
    Announce(LogId, Update),
    /// Read a page, of entries up to and with `upto` only, and tell it to the session.
    ReadPage {
        /// Who asked.
        session: SessionId,
        /// Under which id.
        id: Option<u64>,
        /// Of which log.
        log: LogId,
        /// The name of its room.
        room: RoomName,
        /// Which part.
        page: Page,
        /// At most how many entries.
        limit: usize,
        /// The last seq that may be shown.
        upto: Seq,
    },
    /// Keep this state on disk, so that the next start need not read the entries that it is made of.
    Checkpoint(Position, Vec<u8>),
    /// Say `Tick` at this time; a later output of this kind replaces an earlier one.
    WakeAt(Tick),
}

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goodbye {
    /// The client asked for it.
    Bye,
    /// The device came in on another connection.
    Replaced,
    /// Nothing was heard for two heartbeats.
    Silent,
    /// It never entered.
    TooSlowToEnter,
    /// The server stops.
    Stopping,
    /// The server's disk failed.
    StorageFailed,
    /// The server's disk is full, and what it was about to write for this connection is lost.
    StorageFull,
    /// It went on asking too much.
    Haste,
    /// The server holds as many sessions as may be.
    Full,
}

impl Goodbye {
    /// The words for it: the code, when to come back if at all, and what to tell a person.
    #[must_use]
    pub fn update(self) -> Update {
        let (why, retry_ms, text) = match self {
            Goodbye::Bye => ("bye", None, "goodbye"),
            Goodbye::Replaced => ("replaced", None, "this device has connected from elsewhere"),
            Goodbye::Silent => ("silent", Some(0), "nothing was heard from you for two heartbeats"),
            Goodbye::TooSlowToEnter => {
                ("too_slow_to_enter", Some(0), "say who you are right after the hello")
            }
            Goodbye::Stopping => ("stopping", Some(STOPPING_RETRY_MS), "the server is stopping"),
            Goodbye::StorageFailed => {
                ("storage_failed", Some(STORAGE_RETRY_MS), "the server cannot write to its disk and restarts")
            }
            Goodbye::StorageFull => ("storage_full", Some(STORAGE_RETRY_MS), "the server's disk is full"),
            Goodbye::Haste => ("haste", Some(STORAGE_RETRY_MS), "you kept on asking faster than is allowed"),
            Goodbye::Full => ("full", Some(STOPPING_RETRY_MS), "the server has no room for more connections"),
        };
        Update::Goodbye { why: why.to_owned(), retry_ms, text: text.to_owned() }
    }
}
