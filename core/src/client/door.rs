//! What goes through the door of the client machine.

use super::credential::Credential;
use super::outbox::Ticket;
use crate::entry::{HeldId, Seq};
use crate::name::{Name, RoomName};
use crate::protocol::{Envelope, NumberedEntry, Page, Request, RoomInfo, Secret, UnreadableUpdate, Update};
use crate::refusal::{Code, Refusal};
use crate::secret::{OnceCode, Password};
use crate::time::{Tick, Wall};

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
    /// To say something in answer to a post.
    Reply {
        /// Where.
        room: RoomName,
        /// What.
        text: String,
        /// The post that it answers.
        to: Seq,
    },
    /// To try a failed post again, at the end of what is waiting.
    Retry(Ticket),
    /// To forget a failed post.
    Discard(Ticket),
    /// To give one's post new words. This and the next three are asked as `Ask` is.
    Edit {
        /// Where.
        room: RoomName,
        /// Which post.
        seq: Seq,
        /// The new words.
        text: String,
    },
    /// To take a post away for good.
    Delete(RoomName, Seq),
    /// To put a sign to a post, or take one's own away.
    React {
        /// Where.
        room: RoomName,
        /// Which post.
        seq: Seq,
        /// Which sign.
        emoji: String,
        /// To put it there.
        on: bool,
    },
    /// To keep a post in sight, or no longer.
    Pin(RoomName, Seq, bool),
    /// To be seen typing in a room. May be said at every key.
    Typing(RoomName),
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
    /// To read a room at this place, or at its end: where more comes than is held, what is farthest from there goes.
    Look(RoomName, Option<Seq>),
    /// Anything else that a server can be asked; see [`Client::ask`](super::Client::ask).
    Ask(Request),
    /// To have an account, being a guest; see [`Client::upgrade`](super::Client::upgrade).
    Upgrade {
        /// The token of this device from then on.
        token: Secret,
        /// The account's password.
        password: Password,
        /// The code of an invitation, where the server asks for one.
        invitation: Option<OnceCode>,
    },
    /// To come in by this, and to dial now: after a refusal for want of it, or since this device was shut out. It is
    /// passed over while we are in.
    ComeIn {
        /// By what.
        credential: Credential,
        /// The token of this device from then on: one that was shut out is known to who knows why.
        token: Secret,
    },
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

/// A request that a program has asked, from its asking to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskId(pub u64);

/// What a program that uses the client may wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server has let us in.
    Online,
    /// The device's token is another from now on, and the one before is good no more: keep it.
    TokenChanged(Secret),
    /// A post is in the log.
    Stored(Ticket, RoomName, Seq),
    /// A post waits for the moderators of its room.
    Waits(Ticket, RoomName, HeldId),
    /// A post was refused for good.
    Failed(Ticket, Refusal),
    /// A post was refused for now for another reason than haste; it and those after it wait and are sent again.
    Delayed(Refusal),
    /// The next entry of a followed room.
    Heard(RoomName, NumberedEntry),
    /// Entries of a followed room that are damaged on the server's disk.
    Missing(RoomName, Seq, Seq),
    /// The server was put back to an earlier copy of itself. What was heard after that is gone from it, and in followed rooms
    /// other entries may stand in those places; they are read on from where they were.
    PutBack,
    /// We are a member of a room and read it live.
    Joined(RoomName),
    /// We are no member of a room any more, by our own wish on this device or another, or have blocked the other of a
    /// conversation.
    Left(RoomName),
    /// We are no member of a room any more, and it was not our wish.
    PutOut(RoomName, PutOut),
    /// Something that the user wanted was refused.
    Refused(User, Refusal),
    /// What a program has asked was answered: with `done`, with the room, or with what was asked for.
    Answered(AskId, Box<Update>),
    /// What a program has asked was refused, or the link broke before the answer: then its fate is unknown.
    AskRefused(AskId, Refusal),
    /// A page of history, and whether there is more.
    Paged(RoomName, Vec<NumberedEntry>, bool),
    /// A part of the list of rooms, and whether there is more.
    Listed(Vec<RoomInfo>, bool),
    /// The link is closed for good.
    Closed,
}

/// How a membership ended that we had not ended ourselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutOut {
    /// How.
    pub ending: Ending,
    /// By whom, if that is known.
    pub by: Option<Name>,
    /// Why; may be empty.
    pub reason: String,
}

/// What was done to a member, or to all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// He was put out, and may come back.
    Kicked,
    /// He was put out, and may come back from then on, or never.
    Banned(Option<Wall>),
    /// The room is gone.
    Closed,
}

impl PutOut {
    /// Words for a person. `room` is what the room is shown under.
    #[must_use]
    pub fn words(&self, room: &str) -> String {
        let by = self.by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
        let why = if self.reason.is_empty() { String::new() } else { format!(": {}", self.reason) };
        match self.ending {
            Ending::Kicked => format!("you were put out of {room}{by}{why}"),
            Ending::Banned(None) => format!("you were banned from {room}{by}{why}"),
            Ending::Banned(Some(_)) => format!("you were banned from {room}{by} for a while{why}"),
            Ending::Closed => format!("{room} was closed{by}{why}"),
        }
    }

    /// What becomes of posts that were never sent.
    pub(super) fn refusal(&self, room: &str) -> Refusal {
        let code = match self.ending {
            Ending::Kicked => Code::NotAMember,
            Ending::Banned(_) => Code::Banned,
            Ending::Closed => Code::NoSuchRoom,
        };
        Refusal::no(code, self.words(room))
    }
}
