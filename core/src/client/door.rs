//! What goes through the door of the client machine.

use super::outbox::Ticket;
use crate::entry::Seq;
use crate::name::RoomName;
use crate::protocol::{Envelope, NumberedEntry, Page, RoomInfo, UnreadableUpdate, Update};
use crate::refusal::Refusal;
use crate::time::Tick;

/// What a driver tells the machine.
#[derive(Debug)]
pub enum Input {
    /// The machine starts.
    Started,
    /// The connection that was asked for is made.
    Opened,
    /// A line came in on it.
    Told(Result<Update, UnreadableUpdate>),
    /// The connection is gone, could not be made, or was hung up as asked.
    Lost {
        /// Chance for the pause that follows.
        random: u64,
        /// Why, in words for a person.
        why: String,
    },
    /// The user wants something.
    User(User),
    /// A time asked for with `WakeAt` has come.
    Tick,
}

/// What a user can want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// To say something in a room.
    Say {
        /// Where.
        room: RoomName,
        /// What.
        text: String,
    },
    /// To try a failed post again, at the end of what is waiting.
    Retry(Ticket),
    /// To forget a failed post.
    Discard(Ticket),
    /// To be a member of a room, now and after every reconnect.
    Join(RoomName),
    /// To make a room, or to become a member if there is one of this name.
    Create(RoomName),
    /// To be a member no longer.
    Leave(RoomName),
    /// To change a room's topic.
    Topic(RoomName, String),
    /// To see the rooms that there are.
    Rooms,
    /// To see who is in a room.
    Who(RoomName),
    /// To load a part of a room's history.
    Page(RoomName, Page, usize),
    /// To be told every entry of a room once and in order, from this place on, or from now on.
    Follow(RoomName, Option<Seq>),
    /// To have read a room to its end.
    Read(RoomName),
    /// To stop waiting and dial now.
    DialNow,
    /// To leave the server.
    Quit,
}

/// What the machine has a driver do.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Make a connection, and say `Opened` or `Lost`.
    Dial,
    /// Send a request.
    Ask(Envelope),
    /// Close the connection or stop making it, and say `Lost`.
    HangUp,
    /// Something of what a view shows has changed.
    Changed,
    /// Something happened that a program may wait for.
    Happened(Event),
    /// Say `Tick` at this time; a later output of this kind replaces an earlier one.
    WakeAt(Tick),
}

/// What a program that uses the client may wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server has let us in.
    Online,
    /// A post is in the log.
    Stored(Ticket, RoomName, Seq),
    /// A post was refused for good.
    Failed(Ticket, Refusal),
    /// A post was refused for now for another reason than haste; it and those after it wait and are sent again.
    Delayed(Refusal),
    /// The next entry of a followed room.
    Heard(RoomName, NumberedEntry),
    /// Entries of a followed room that are damaged on the server's disk.
    Missing(RoomName, Seq, Seq),
    /// We are a member of a room and read it live.
    Joined(RoomName),
    /// We are no member of a room any more, by our own wish on this device or another.
    Left(RoomName),
    /// Something that the user wanted was refused.
    Refused(User, Refusal),
    /// A page of history, and whether there is more.
    Paged(RoomName, Vec<NumberedEntry>, bool),
    /// A part of the list of rooms, and whether there is more.
    Listed(Vec<RoomInfo>, bool),
    /// The link is closed for good.
    Closed,
}
