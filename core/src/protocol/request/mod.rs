//! What a client may ask: one JSON object a line, parsed into types that hold only what is allowed.

mod raw;
mod fields;
mod parse;
mod write;

pub(crate) use fields::{checked_reason, checked_said};
pub use parse::parse;

use crate::address::AddressRange;
use crate::entry::{
    Audience, DeviceId, HeldId, InvitationId, LinkId, Mode, PostNumber, Registration, ReportId, Role, Seq,
};
use crate::name::{Name, RoomName};
use crate::refusal::Refusal;
use crate::secret::{OnceCode, Password, Secret};
use crate::time::Wall;
use std::collections::BTreeMap;

/// A request and the id under which a refusal of it is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The client's own number for the request; echoed, never read.
    pub id: Option<u64>,
    /// What is asked.
    pub request: Request,
}

/// A refusal together with what it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The `id` of the request, if it had one that could be read.
    pub id: Option<u64>,
    /// The number of the post, if it was one.
    pub n: Option<PostNumber>,
    /// Why.
    pub refusal: Refusal,
}

/// Which device comes in, and what it holds already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The secret by which the device comes back.
    pub token: Secret,
    /// Which of his devices this is; each has its own numbers for posts, and one connection at a time.
    pub device: String,
    /// The last seq that the device holds of each room, and of its person's own log.
    pub have: BTreeMap<RoomName, Seq>,
}

/// Who somebody says to be, and what he holds already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enter {
    /// The nickname: taken if it is free, checked against the token if it is not.
    pub name: Name,
    /// Which device.
    pub arrival: Arrival,
}

/// Which part of a log's history is asked for. Entries come in rising order either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The entries right before this seq; `None` means the newest.
    Before(Option<Seq>),
    /// The entries right after this seq; 0 means from the first.
    After(Seq),
}

impl Page {
    /// The same part of a log that ends with `head`: a client may name any place at all.
    #[must_use]
    pub fn within(self, head: Seq) -> Self {
        match self {
            Page::Before(before) => Page::Before(before.map(|before| before.min(head.next()))),
            Page::After(after) => Page::After(after.min(head)),
        }
    }
}

/// Whom a ban of the server concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Banned {
    /// A person.
    Person(Name),
    /// Whoever comes from these addresses.
    Addresses(AddressRange),
}

/// How a room is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// By its key or name: a public room, or one that one is invited to.
    Room(RoomName),
    /// By a link.
    Link(Secret),
}

/// What to search for, in all of one's rooms unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words that must all be in the post; may be empty if something else is given.
    pub words: String,
    /// Only in this room.
    pub room: Option<RoomName>,
    /// Only by this person.
    pub author: Option<Name>,
    /// Only at this time or later.
    pub since: Option<Wall>,
    /// Only before this time.
    pub until: Option<Wall>,
    /// Only what was stored before this place in the order of all entries: where the last answer ended.
    pub before: Option<u64>,
    /// At most how many posts, 1 to `FOUND_MAX`.
    pub limit: usize,
}

/// What a client may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "a field has the name and the meaning that PROTOCOL.md gives it, and its type says the rest"
)]
pub enum Request {
    /// To be somebody on this connection: a guest, or whoever has the token.
    Enter(Enter),
    /// To be somebody on this connection by a password.
    SignIn { name: Name, password: Password, code: Option<String>, arrival: Arrival },
    /// To have an account under a free name, and come in.
    Register { enter: Enter, password: Password, invitation: Option<OnceCode> },
    /// To have an account, as the guest who has entered; from now on this is the device's token.
    Upgrade { token: Secret, password: Password, invitation: Option<OnceCode> },
    /// To have a new password by a code of an administrator, and come in.
    Recover { name: Name, code: OnceCode, password: Password, arrival: Arrival },

    /// To change one's password.
    Password { old: Password, password: Password },
    /// To be asked for a one-time code at every signing in.
    Totp { password: Password, secret: String, code: String, recovery: Vec<OnceCode> },
    /// To be asked for none any more.
    TotpOff { password: Password },
    /// To see one's devices.
    Devices,
    /// To shut a device out, or all but this one.
    Revoke { device: Option<DeviceId> },
    /// To be erased; a guest has no password.
    DeleteAccount { password: Option<Password> },
    /// To see what is one's own beyond rooms: invitations, presence, account.
    Me,
    /// To see all that one has written, in the order of all entries.
    Export { after: u64 },

    /// To become an administrator by the code that the server printed.
    Claim { code: OnceCode },
    /// To say what strangers may do.
    Settings { registration: Option<Registration>, guests: Option<bool> },
    /// To let whoever knows this code make an account, once.
    ServerInvite { code: OnceCode, hours: u64 },
    /// To take that back.
    ServerUninvite { invitation: InvitationId },
    /// To see one's own invitations to the server, or as an administrator all, `LIST_ROWS_MAX` at a time.
    ServerInvitations { after: Option<InvitationId> },
    /// To make somebody an administrator, or no longer.
    Admin { name: Name, on: bool },
    /// To let a person set a new password by this code.
    Reset { name: Name, code: OnceCode },
    /// To keep somebody out of the server.
    ServerBan { whom: Banned, minutes: Option<u64>, reason: String },
    /// To let him in again.
    ServerUnban { whom: Banned },
    /// To see who is kept out of the server, `SANCTION_ROWS_MAX` at a time.
    ServerBans { after: Option<String> },

    /// To make a room and own it.
    Create { room: RoomName, topic: String, private: bool },
    /// To make a private room with these people: friends are members at once, others are invited.
    Group { people: Vec<Name>, title: Option<RoomName> },
    /// To talk with one person alone.
    Direct { name: Name },
    /// To become a member.
    Join { door: Door },
    /// To be a member no longer.
    Leave { room: RoomName },
    /// To let somebody become a member.
    Invite { room: RoomName, name: Name },
    /// To take an invitation back.
    Uninvite { room: RoomName, name: Name },
    /// To decline an invitation.
    Decline { room: RoomName },
    /// To make a link that lets people in.
    Link { room: RoomName, token: Secret, hours: Option<u64>, uses: Option<u32> },
    /// To take a link back.
    Unlink { room: RoomName, link: LinkId },
    /// To see a room's links.
    Links { room: RoomName },
    /// To change the topic.
    Topic { room: RoomName, text: String },
    /// To show a room under another name.
    Rename { room: RoomName, to: RoomName },
    /// To let nothing more be said, or let it again.
    Archive { room: RoomName, on: bool },
    /// To end a room with all that was said in it.
    Close { room: RoomName, reason: String },
    /// To put a member out.
    Kick { room: RoomName, name: Name, reason: String },
    /// To put a person out, and keep him out.
    Ban { room: RoomName, name: Name, minutes: Option<u64>, reason: String },
    /// To let him come back.
    Unban { room: RoomName, name: Name },
    /// To let a member read and not speak.
    Mute { room: RoomName, name: Name, minutes: Option<u64>, reason: String },
    /// To let him speak again.
    Unmute { room: RoomName, name: Name },
    /// To see who is banned and muted.
    Sanctions { room: RoomName, after: Option<String> },
    /// To have what is said go when it is so many days old, in a room or on the whole server; 0 for never.
    Keep { room: Option<RoomName>, days: u64 },
    /// To have posts with one of these words, or a link, wait for the moderators.
    Hold { room: RoomName, words: Vec<String>, links: bool },
    /// To see what waits for them, and by which rule; whoever is none of them sees what is his.
    Held { room: RoomName, after: Option<HeldId> },
    /// To let a post through that waits.
    Let { room: RoomName, held: HeldId },
    /// To not let it through, or take back what is one's own.
    Reject { room: RoomName, held: HeldId, reason: String },
    /// To have members wait between two posts; 0 for not at all.
    Slow { room: RoomName, seconds: u64 },
    /// To make a member a moderator, or no longer.
    Role { room: RoomName, name: Name, role: Role },
    /// To give the room to a member.
    Owner { room: RoomName, name: Name },
    /// To see who did what to whom, newest first.
    Audit { room: RoomName, before: Option<Seq>, limit: usize },
    /// To tell the moderators of a post.
    Report { room: RoomName, seq: Seq, reason: String },
    /// To see what was reported.
    Reports { room: RoomName, after: Option<ReportId> },
    /// To be done with a report.
    Resolve { room: RoomName, report: ReportId },

    /// To ask for friendship, or accept it.
    Befriend { name: Name, note: String },
    /// To decline a request, withdraw one's own, or end a friendship.
    Unfriend { name: Name },
    /// To neither see nor be seen by somebody.
    Block { name: Name },
    /// To end that.
    Unblock { name: Name },
    /// To see one's friends, requests and blocks, and who of the friends is here.
    Friends { after: Option<Name> },
    /// To be seen otherwise.
    Presence { mode: Mode, status: String, audience: Audience },

    /// To say something.
    Post {
        /// Where.
        room: RoomName,
        /// The device's number for it: higher than all before, or that of an earlier post, sent again.
        n: PostNumber,
        /// What.
        text: String,
        /// The post that it answers.
        reply: Option<Seq>,
    },
    /// To give one's post new words.
    Edit { room: RoomName, seq: Seq, text: String },
    /// To take a post away for good.
    Delete { room: RoomName, seq: Seq },
    /// To put a sign to a post, or take it away.
    React { room: RoomName, seq: Seq, emoji: String, on: bool },
    /// To keep a post in sight, or no longer.
    Pin { room: RoomName, seq: Seq, on: bool },
    /// To have read a room up to there.
    Read { room: RoomName, seq: Seq },
    /// To be seen typing.
    Typing { room: RoomName },
    /// To see the former words of a post.
    Versions { room: RoomName, seq: Seq, after: Option<Seq> },
    /// To find posts.
    Search(Search),

    /// To see the rooms there are, `LIST_ROWS_MAX` at a time in the order of their keys.
    Rooms {
        /// The last key of the rows before.
        after: Option<RoomName>,
        /// Private ones as well, for administrators.
        all: bool,
    },
    /// To see who is in a room and who of them is here, `LIST_ROWS_MAX` at a time in the order of their names.
    Who {
        /// Which room.
        room: RoomName,
        /// The last name of the rows before.
        after: Option<Name>,
    },
    /// To read history.
    Page {
        /// Of which room, or of one's own log.
        room: RoomName,
        /// Which part of it.
        page: Page,
        /// At most how many entries, 1 to `PAGE_ENTRIES_MAX`.
        limit: usize,
    },
    /// To see that the server is alive: answered by `pong`.
    Ping,
    /// The answer to the server's `ping`.
    Pong,
    /// To say goodbye: the server answers with its own and closes.
    Bye,
}

impl Request {
    /// Whether it always adds to a log. Entering does so the first time only, so it is not counted.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(
            self,
            Request::Enter(_)
                | Request::Devices
                | Request::Me
                | Request::Export { .. }
                | Request::ServerBans { .. }
                | Request::ServerInvitations { .. }
                | Request::Links { .. }
                | Request::Sanctions { .. }
                | Request::Audit { .. }
                | Request::Reports { .. }
                | Request::Held { .. }
                | Request::Friends { .. }
                | Request::Typing { .. }
                | Request::Versions { .. }
                | Request::Search(_)
                | Request::Rooms { .. }
                | Request::Who { .. }
                | Request::Page { .. }
                | Request::Ping
                | Request::Pong
                | Request::Bye
        )
    }

    /// The number of the post, if it is one.
    #[must_use]
    pub fn post_number(&self) -> Option<PostNumber> {
        match self {
            Request::Post { n, .. } => Some(*n),
            _ => None,
        }
    }
}
