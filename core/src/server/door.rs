//! What goes through the door of the server machine: inputs, outputs, and why a connection is closed.

use super::asking::Then;
use super::command::{Command, Operation, SessionId};
use super::decide::Erase;
use super::quota::Quota;
use super::state::State;
use crate::entry::{Entry, LogId, PersonId, Position, Seq, TokenHash};
use crate::limits::{CROWDED_RETRY_MS, STOPPING_RETRY_MS, STORAGE_RETRY_MS};
use crate::name::RoomName;
use crate::protocol::{Envelope, Page, Refused, Update};
use crate::refusal::Refusal;
use crate::secret::Password;
use crate::time::{Tick, Wall};
use core::net::IpAddr;

/// What a driver tells the machine.
#[derive(Debug)]
pub enum Input {
    /// The machine starts. The hash is of a code that whoever runs the server is told.
    Started(Option<TokenHash>),
    /// A connection was made, from this address if it has one.
    Opened(SessionId, Option<IpAddr>),
    /// A line came in on it, read as a request or as what is wrong with it.
    Asked(SessionId, Result<Envelope, Refused>),
    /// No more comes on it until it is known that what came was heard, and that what it is answered at once was said.
    Paused(SessionId),
    /// The connection is gone.
    Gone(SessionId),
    /// Whoever runs the server wants this, and is told what became of it under this number: `Operated`.
    Operate(u64, Operation),
    /// He has this connection closed.
    Close(SessionId),
    /// He tells this to everybody who is here.
    Notice(String),
    /// From now on this is told to whoever comes in and holds nothing yet; nothing, if it is empty.
    Greeting(String),
    /// From now on so much may be asked.
    Quota(Quota),
    /// What became of a password.
    Compared(Box<PasswordJob>, Compared),
    /// Who had said what a command is about, if a post stands there; or the disk did not say.
    Authored(Box<Command>, Result<Option<PersonId>, ReadFailed>),
    /// What a search came to.
    Searched(SessionId, Option<u64>, Result<Stretch, SearchFailed>),
    /// What somebody has written.
    Written(SessionId, Option<u64>, Result<Stretch, ReadFailed>),
    /// A command came back from the order.
    Ordered(Command),
    /// Everything up to here is on disk.
    Stored(Position),
    /// The last commit failed, and nothing of it is on disk, since the disk is full. The driver reads the state
    /// from disk again and says `Reloaded` before anything is ordered.
    StorageFull,
    /// The last commit failed, and what of it is on disk is not known. The driver stops after what follows is told.
    StorageFailed,
    /// There was no room to keep the last checkpoint, and the one before stands as it was.
    CheckpointNotKept,
    /// The state as it was read from disk again.
    Reloaded(Box<State>),
    /// Nothing new is taken in from here on, and everybody is told goodbye.
    Stopping,
    /// A time asked for with `WakeAt` has come.
    Tick,
}

/// The disk did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadFailed;

/// Why a search came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchFailed {
    /// Too many wait.
    Busy,
    /// There is no search any more until the server is started again.
    Ended,
    /// What was found, or whether anything was, could not be read.
    Unread(ReadFailed),
}

/// Entries from several logs, as they lie on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Where each stands among all entries, in its log, and what it says.
    pub rows: Vec<(Position, LogId, Seq, Vec<u8>)>,
    /// There may be further ones.
    pub more: bool,
}

/// A password to be compared, or to be hashed, or both; and what to submit then.
#[derive(Debug)]
pub struct PasswordJob {
    /// Who waits for it.
    pub session: SessionId,
    /// Under which id.
    pub id: Option<u64>,
    /// What was said to be somebody's password, and the hash that his has: none if there is no such account, which must
    /// take as long.
    pub claimed: Option<(Password, Option<String>)>,
    /// A new password to be hashed.
    pub chosen: Option<Password>,
    /// The rest of it.
    pub(super) then: Then,
}

/// What became of a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Too many wait.
    Busy,
    /// It was done.
    Done {
        /// What was claimed is the password, or nothing was claimed.
        right: bool,
        /// The new one as a PHC string, if there is one.
        hash: Option<String>,
    },
}

/// What the machine has a driver do, in this order.
#[derive(Debug)]
pub enum Output {
    /// Tell one session.
    Tell(SessionId, Update),
    /// Close one session's connection once it has taken what it was told.
    HangUp(SessionId),
    /// Everything that came on this connection until it paused was heard, and said what it is answered with at once.
    Heard(SessionId),
    /// What became of an operation, once it is on disk.
    Operated(u64, Result<(), Refusal>),
    /// Compare and hash passwords, and say `Compared`.
    Compare(Box<PasswordJob>),
    /// Look up who said what stands there, and say `Authored`.
    FindAuthor(Box<Command>, LogId, Seq),
    /// Put a command into the order.
    Submit(Command),
    /// Write an entry to disk with the others of the batch, then release it to the log's tail. The name is what the log
    /// is called on the wire, if anybody reads it there.
    Append(LogId, Option<RoomName>, Seq, Entry),
    /// Erase this along with the batch, on disk and in memory.
    Erase(Erase),
    /// Let a session read a log from this seq on; the last is that of the log's head.
    Subscribe(SessionId, LogId, RoomName, Seq, Seq),
    /// Let it read that log up to and with this seq, and no further. It takes effect before any later entry of the
    /// batch is released.
    Unsubscribe(SessionId, LogId, Seq),
    /// Tell these of whoever reads this log now, after the entries that are on disk by now; what it says is not kept.
    Announce(LogId, Update, Hearers),
    /// The code that the machine was started with lets somebody make himself an administrator: tell whoever runs the
    /// server.
    ClaimOffered,
    /// Read from disk for a session.
    Read(SessionId, Option<u64>, Read),
    /// Keep this state on disk, so that the next start need not read the entries that it is made of.
    Checkpoint(Position, Vec<u8>),
    /// Say `Tick` at this time; a later output of this kind replaces an earlier one.
    WakeAt(Tick),
}

/// Which of those who read a log are told what is announced in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hearers {
    /// All but these.
    AllBut(Vec<SessionId>),
    /// These alone.
    Only(Vec<SessionId>),
}

impl Hearers {
    /// Whether this session is one of them.
    #[must_use]
    pub fn include(&self, session: SessionId) -> bool {
        match self {
            Hearers::AllBut(sessions) => !sessions.contains(&session),
            Hearers::Only(sessions) => sessions.contains(&session),
        }
    }
}

/// What is to be read from disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A page of a log that the session reads, to be told to it at once.
    Page(LogRead),
    /// What somebody has written after this place in the order of all entries, for `Written`.
    Written(PersonId, Position, usize),
    /// Posts that match, for `Searched`.
    Search(Query),
}

/// A part of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRead {
    /// Which log.
    pub log: LogId,
    /// What it is called on the wire.
    pub room: RoomName,
    /// Which part.
    pub part: Part,
    /// At most how many entries.
    pub limit: usize,
    /// The last seq that may be shown.
    pub upto: Seq,
}

/// Which part of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A stretch of it.
    Page(Page),
    /// Acts of moderation before this seq, or the newest.
    Audit(Option<Seq>),
    /// A post and its edits, those after a seq if one is given.
    Versions(Seq, Option<Seq>),
}

/// What to search for, as it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Words that must all be there.
    pub words: String,
    /// In which logs.
    pub logs: Vec<LogId>,
    /// By whom.
    pub author: Option<PersonId>,
    /// At this time or later.
    pub since: Option<Wall>,
    /// Before this time.
    pub until: Option<Wall>,
    /// Before this place in the order of all entries.
    pub before: Option<Position>,
    /// At most how many.
    pub limit: usize,
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
    /// It holds as many from one address as may be.
    Crowded,
    /// The device was shut out.
    Revoked,
    /// Whoever runs the server has closed the connection.
    Closed,
    /// The person may not come in any more, or nobody from his address.
    Banned,
    /// The person is erased.
    Erased,
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
            Goodbye::Revoked => ("revoked", None, "this device was shut out; sign in again"),
            Goodbye::Closed => ("closed", None, "whoever runs the server has closed this connection"),
            Goodbye::Banned => ("banned", None, "you may not come in any more"),
            Goodbye::Erased => ("erased", None, "you are erased; farewell"),
            Goodbye::Crowded => {
                ("crowded", Some(CROWDED_RETRY_MS), "there are too many connections from your address")
            }
            Goodbye::Full => ("full", Some(STOPPING_RETRY_MS), "the server has no room for more connections"),
        };
        Update::Goodbye { why: why.to_owned(), retry_ms, text: text.to_owned() }
    }
}
