//! What lies above all else until it is answered, and what is written in it.

use crate::when::Month;
use sala_core::entry::Seq;
use sala_core::name::{Name, RoomName};
use sala_core::secret::OnceCode;
use sala_net::link::RoomLink;

/// For how long a measure may hold, in minutes, and the key of its words; none is until it is lifted.
pub(crate) const MINUTES: [(Option<u64>, &str); 5] = [
    (Some(10), "time-minutes"),
    (Some(60), "time-hour"),
    (Some(24 * 60), "time-day"),
    (Some(7 * 24 * 60), "time-week"),
    (None, "time-forever"),
];

/// What can be done to a member against his will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// He reads and does not speak.
    Mute,
    /// He is put out.
    Kick,
    /// He is put out and kept out.
    Ban,
}

/// What lies above all else.
#[derive(Clone, PartialEq, Eq)]
pub enum Dialog {
    /// Goes to a room by a part of its name.
    Switcher {
        /// The part.
        query: String,
        /// Which of what was found is chosen.
        at: usize,
    },
    /// Makes a room.
    NewRoom {
        /// Its name.
        name: String,
        /// What it is about.
        topic: String,
        /// Only those who are let in find it.
        private: bool,
    },
    /// Enters a room by a link.
    JoinByLink {
        /// The link.
        link: String,
    },
    /// Leaves for another server, to which a link leads.
    LinkAway {
        /// The link.
        link: RoomLink,
        /// The address of the server where one is.
        here: String,
    },
    /// Shows a link that was made.
    LinkMade {
        /// The link.
        link: RoomLink,
    },
    /// Writes into a file all that one has written.
    Export {
        /// Where it is to stand.
        path: String,
    },
    /// Lists the public rooms.
    Browse {
        /// A part of a name or topic.
        query: String,
    },
    /// Talks with one person, or makes a group of several.
    Talk {
        /// Their names.
        names: String,
        /// What a group of them is called; may be empty.
        title: String,
    },
    /// Asks somebody to be a friend.
    Befriend {
        /// Whom.
        name: String,
        /// In which words.
        note: String,
    },
    /// Lets somebody into a room.
    Invite {
        /// Into which.
        room: RoomName,
        /// Whom.
        name: String,
    },
    /// Does something to a member against his will.
    Discipline {
        /// Where.
        room: RoomName,
        /// To whom.
        name: Name,
        /// What.
        measure: Measure,
        /// For how long; none is until it is lifted.
        minutes: Option<u64>,
        /// Why.
        reason: String,
    },
    /// Changes what a room is about.
    Topic {
        /// Which room.
        room: RoomName,
        /// What it is to be about.
        text: String,
    },
    /// Takes a message away.
    Delete {
        /// Where.
        room: RoomName,
        /// Which.
        seq: Seq,
    },
    /// Tells the moderators of a message.
    Report {
        /// Where.
        room: RoomName,
        /// Which.
        seq: Seq,
        /// Why.
        reason: String,
    },
    /// Leaves a room.
    LeaveRoom {
        /// Which.
        room: RoomName,
    },
    /// Puts a sign to a message.
    React {
        /// Where.
        room: RoomName,
        /// To which.
        seq: Seq,
        /// A part of a sign's name.
        query: String,
    },
    /// Says how one is seen.
    Presence {
        /// In which words.
        status: String,
        /// Only by friends.
        friends_only: bool,
    },
    /// Makes an account of a guest.
    Account {
        /// Its password.
        password: String,
        /// The code of an invitation, where the server has asked for one.
        invitation: Option<String>,
    },
    /// Finds what was said.
    Search(Query),
    /// Changes the settings.
    Settings,
    /// Goes to a day of a room.
    Day {
        /// Which room.
        room: RoomName,
        /// The month that is shown.
        month: Month,
    },
    /// Makes a link into a room.
    Link {
        /// Into which.
        room: RoomName,
        /// For how many hours it is good; none is until it is taken back.
        hours: Option<u64>,
        /// How many people it lets in; empty is any number.
        uses: String,
    },
    /// Shows a room under another name.
    Rename {
        /// Which.
        room: RoomName,
        /// Under which.
        to: String,
    },
    /// Ends a room with all that was said in it.
    Close {
        /// Which.
        room: RoomName,
        /// Why.
        reason: String,
    },
    /// Gives a room to a member.
    Give {
        /// Which.
        room: RoomName,
        /// To whom.
        name: Name,
    },
    /// Shows what a message said before.
    Versions {
        /// Where.
        room: RoomName,
        /// Which.
        seq: Seq,
    },
    /// Sees to one's account and devices.
    Me,
    /// Changes one's password.
    Password {
        /// What it is.
        old: String,
        /// What it is to be.
        new: String,
    },
    /// Has signing in ask for one-time codes.
    Codes {
        /// One's password.
        password: String,
        /// A code, which shows that the authenticator has the secret.
        code: String,
        /// What was drawn for it.
        enrolment: Enrolment,
    },
    /// Has signing in ask for none any more.
    CodesOff {
        /// One's password.
        password: String,
    },
    /// Erases one's account, or one's name as a guest.
    Erase {
        /// One's password, with an account.
        password: String,
        /// One's name, written to show that it is meant.
        name: String,
    },
    /// Becomes an administrator by the code that the server printed.
    Claim {
        /// The code.
        code: String,
    },
    /// Administers the server.
    Server(Administration),
    /// Signs in again where this device was shut out.
    SignIn {
        /// The account's password.
        password: String,
        /// A one-time code, if the account asks for one.
        code: String,
    },
    /// Goes although messages were not sent.
    Unsent {
        /// How many.
        count: usize,
        /// The window is closed, and not only the server left.
        ends: bool,
    },
}

/// Says nothing of what is written in it: that may be secret.
impl std::fmt::Debug for Dialog {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Dialog(…)")
    }
}

/// What to search for; what is empty asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that must be in it.
    pub words: String,
    /// Only by this person.
    pub author: String,
    /// It was said on this day or after, as `2026-11-25`.
    pub since: String,
    /// It was said on this day or before.
    pub until: String,
    /// Only in the room that is open.
    pub here: bool,
}

/// What an authenticator and a person are to keep, from its drawing until the server has taken it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret in base32.
    pub secret: String,
    /// The same as authenticators read it.
    pub uri: String,
    /// Codes for the day on which the authenticator is lost.
    pub recovery: Vec<OnceCode>,
}

/// What is shown of administering a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sheet {
    /// Who may come, who forgot his password, who administers.
    #[default]
    People,
    /// Who is kept out.
    Bans,
    /// All rooms.
    Rooms,
}

/// What is filled in for administering a server.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Administration {
    /// What is shown of it.
    pub sheet: Sheet,
    /// Whom to keep out: a name, or a range of addresses.
    pub whom: String,
    /// For how long, in minutes; none is until it is lifted.
    pub minutes: Option<u64>,
    /// Why.
    pub reason: String,
    /// Who is to have a new password.
    pub forgetful: String,
    /// Who is to administer the server as well, or no longer.
    pub helper: String,
}
