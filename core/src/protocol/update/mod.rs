//! What a server tells: one JSON object a line.

mod hello;
mod info;
mod lines;

pub use hello::{Hello, LimitsInfo};
pub use info::{
    Contacted, DeviceInfo, Exported, Found, HeldInfo, HoldInfo, Invitation, LinkInfo, Member, MemberPresence,
    NumberedEntry, NumberedNote, Reaction, ReportInfo, RoomInfo, SanctionInfo, ServerInvitationInfo,
    Strangers,
};
pub use lines::{annotate, entry_line, page_entry, page_line};

use crate::entry::{Audience, DeviceId, HeldId, Mode, PersonId, PostNumber, Role, RoomKind, Sanction, Seq};
use crate::name::{Name, RoomName};
use crate::protocol::request::Refused;
use crate::refusal::{Code, Fate};
use serde::{Deserialize, Serialize};

/// What a server tells one session, or through a room's log all of its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Update {
    /// The first line of every connection.
    Hello(Hello),
    /// The session has entered. As many `room` updates follow as there are rooms.
    Welcome {
        /// Of the `enter` request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// The name as it is shown.
        name: Name,
        /// Who.
        person: PersonId,
        /// Which of his devices; posts of this device carry it in the log.
        device: DeviceId,
        /// The highest number of a post of this device in any log; 0 if there is none.
        n: u64,
        /// The device whose numbers it goes on with, if that is another, which was shut out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        numbers_of: Option<DeviceId>,
        /// How many rooms follow.
        rooms: usize,
        /// He has an account, and is no guest.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        account: bool,
        /// He administers the server.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        admin: bool,
    },
    /// The person's own log is sent: each of its entries as `own`.
    OwnLog {
        /// The last seq of it.
        head: Seq,
        /// The seq of the next entry that will be sent.
        from: Seq,
    },
    /// One entry of the person's own log, in order and without a gap.
    Own(NumberedNote),
    /// What was asked for is done and on disk, and shows in no other way.
    Done {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
    },
    /// A room is no longer sent, and is to be forgotten.
    Gone {
        /// Which room.
        room: RoomName,
    },
    /// The session's person is a member of this room, and its entries are sent.
    Room {
        /// Of the `create` or `join` request, if this session sent it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Which room.
        room: RoomName,
        /// Its topic.
        topic: String,
        /// How many members it has.
        members: usize,
        /// The last seq of its log.
        head: Seq,
        /// What it is shown under, if that is not its key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<RoomName>,
        /// Who finds and enters it.
        #[serde(default, skip_serializing_if = "RoomKind::is_public")]
        kind: RoomKind,
        /// The other of a direct conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<Name>,
        /// What the session's person may do there.
        #[serde(default, skip_serializing_if = "Role::is_plain")]
        role: Role,
        /// The last place that he has read.
        #[serde(default)]
        read: Seq,
        /// Posts after it.
        #[serde(default, skip_serializing_if = "is_zero")]
        unread: u64,
        /// Those of them that name him.
        #[serde(default, skip_serializing_if = "is_none_left")]
        mentions: usize,
        /// He may read and not speak, as long as that holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        muted: Option<Sanction>,
        /// Nothing more may be said.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        archived: bool,
        /// How long a member waits between two posts, in milliseconds.
        #[serde(default, skip_serializing_if = "is_zero")]
        slow_ms: u64,
        /// What is said goes when it is so many days old, by the room's or the server's rule; absent if it is kept for ever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keep_days: Option<u64>,
        /// All that was said up to here has gone so.
        #[serde(default, skip_serializing_if = "is_nowhere")]
        faded: Seq,
        /// The posts that are kept in sight.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pins: Vec<Seq>,
        /// Reports that wait for the moderators, told to them alone.
        #[serde(default, skip_serializing_if = "is_none_left")]
        reports: usize,
        /// Posts that wait for the moderators: told to them all, to others their own.
        #[serde(default, skip_serializing_if = "is_none_left")]
        waiting: usize,
        /// The seq of the next entry that will be sent. If it is not the one after the one held, and no `skipped`
        /// follows, the device holds what this server never had, and must forget it. Absent if the room's entries are
        /// being sent already: they go on where they stand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Seq>,
    },
    /// A stretch that will not be sent by itself; `page` brings it.
    Skipped {
        /// Of which room.
        room: RoomName,
        /// The first seq left out.
        from: Seq,
        /// The last seq left out.
        to: Seq,
    },
    /// A stretch that is damaged on the server's disk, in place of its entries.
    Damaged {
        /// Of which room.
        room: RoomName,
        /// The first seq.
        from: Seq,
        /// The last seq.
        to: Seq,
    },
    /// One entry, in order and without a gap.
    Entry {
        /// Of which room.
        room: RoomName,
        /// With its place.
        #[serde(flatten)]
        entry: NumberedEntry,
    },
    /// The answer to a post that was stored before.
    Stored {
        /// In which room.
        room: RoomName,
        /// The post's number.
        n: PostNumber,
        /// Where it is.
        seq: Seq,
    },
    /// The answer to a post that waits for the moderators of its room.
    Waits {
        /// In which room.
        room: RoomName,
        /// The post's number.
        n: PostNumber,
        /// Which of those that wait there it is.
        held: HeldId,
    },
    /// The answer to `rooms`.
    Rooms {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// In the order of their names.
        rooms: Vec<RoomInfo>,
        /// There are further ones.
        more: bool,
    },
    /// The answer to `who`.
    Who {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Which room.
        room: RoomName,
        /// In the order of their names.
        members: Vec<Member>,
        /// There are further ones.
        more: bool,
    },
    /// Members came or went; without a seq, and may be lost.
    Presence {
        /// Which room.
        room: RoomName,
        /// Who is here now.
        here: Vec<Name>,
        /// Who is not any more.
        away: Vec<Name>,
        /// In which state and words those are here who say more than that.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        people: Vec<MemberPresence>,
    },
    /// A friend came, went, or wants to be seen otherwise; without a seq, and may be lost.
    FriendPresence {
        /// Who.
        name: Name,
        /// He is here.
        here: bool,
        /// In which state.
        #[serde(default, skip_serializing_if = "Mode::is_plain")]
        mode: Mode,
        /// In which words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        status: String,
    },
    /// Somebody is typing; without a seq, and may be lost.
    Typing {
        /// In which room.
        room: RoomName,
        /// Who.
        name: Name,
    },
    /// So many reports wait for the moderators of a room, to whom alone it is told; may be lost.
    Reported {
        /// Which room.
        room: RoomName,
        /// How many.
        reports: usize,
    },
    /// So many posts wait in a room for its moderators, who are told of all, and others of their own; may be lost.
    Waiting {
        /// Which room.
        room: RoomName,
        /// How many.
        posts: usize,
    },
    /// What whoever runs the server says to those who are here; without a seq, and may be lost.
    Notice {
        /// His words.
        text: String,
    },
    /// The answer to `friends`.
    Friends {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// In the order of their names.
        people: Vec<Contacted>,
        /// There are further ones.
        more: bool,
    },
    /// The answer to `devices`.
    Devices {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// In the order in which they first came.
        devices: Vec<DeviceInfo>,
    },
    /// The answer to `me`.
    Me {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// The name as it is shown.
        name: Name,
        /// He has an account, and is no guest.
        account: bool,
        /// He administers the server.
        admin: bool,
        /// Signing in asks for a one-time code.
        totp: bool,
        /// Recovery codes that are left.
        recovery: usize,
        /// How he wants to be seen.
        mode: Mode,
        /// In which words.
        status: String,
        /// By whom.
        audience: Audience,
        /// The rooms that he may join.
        invitations: Vec<Invitation>,
        /// Who may come, for those who administer that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        strangers: Option<Strangers>,
    },
    /// The answer to `links`.
    Links {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Which room.
        room: RoomName,
        /// In the order in which they were made.
        links: Vec<LinkInfo>,
    },
    /// The answer to `sanctions`, or without a room to `server_bans`.
    Sanctions {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Which room; none is the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomName>,
        /// In the order of the names or addresses.
        sanctions: Vec<SanctionInfo>,
        /// There are further ones.
        more: bool,
    },
    /// The answer to `server_invitations`.
    ServerInvitations {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// In the order in which they were made.
        invitations: Vec<ServerInvitationInfo>,
        /// There are further ones.
        more: bool,
    },
    /// The answer to `reports`.
    Reports {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Which room.
        room: RoomName,
        /// In the order in which they were made.
        reports: Vec<ReportInfo>,
        /// There are further ones.
        more: bool,
    },
    /// The answer to `held`.
    Held {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Which room.
        room: RoomName,
        /// By which rule posts wait, told to moderators alone.
        #[serde(flatten, skip_serializing_if = "Option::is_none")]
        rule: Option<HoldInfo>,
        /// In the order in which they were said.
        posts: Vec<HeldInfo>,
        /// There are further ones.
        more: bool,
    },
    /// The answer to `search`.
    Found {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// The newest first.
        posts: Vec<Found>,
        /// Where to go on, if there may be further ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
    },
    /// The answer to `export`.
    Exported {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// In the order of all entries.
        entries: Vec<Exported>,
        /// Where to go on.
        after: u64,
        /// There are further ones.
        more: bool,
    },
    /// The answer to `page` of one's own log.
    OwnPage {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// In rising order.
        entries: Vec<NumberedNote>,
        /// There are further ones in the direction that was asked for.
        more: bool,
        /// Seqs within the page that are damaged on the server's disk.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        damaged: Vec<Seq>,
    },
    /// The answer to `page`, `audit` or `versions`.
    Page {
        /// Of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Of which room.
        room: RoomName,
        /// In rising order.
        entries: Vec<NumberedEntry>,
        /// There are further ones in the direction that was asked for.
        more: bool,
        /// Seqs within the page that are damaged on the server's disk.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        damaged: Vec<Seq>,
    },
    /// A question for a sign of life: answered by a `pong` request.
    Ping,
    /// The answer to a `ping` request.
    Pong,
    /// A request was refused.
    Refused {
        /// Of the request, if it had one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Of the post, if it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        n: Option<PostNumber>,
        /// Why.
        code: Code,
        /// What became of it.
        fate: Fate,
        /// When trying again can help, if it can.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_ms: Option<u64>,
        /// Words for a person.
        text: String,
    },
    /// The last line before the server closes the connection.
    Goodbye {
        /// A word for it, as `bye` or `replaced`: PROTOCOL.md lists them, and further ones may come.
        why: String,
        /// When to come back; absent if coming back by itself would be wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_ms: Option<u64>,
        /// Words for a person.
        text: String,
    },
    /// An update of a newer server: to be passed over.
    #[serde(other)]
    Other,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_nowhere(seq: &Seq) -> bool {
    *seq == Seq(0)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_none_left(number: &usize) -> bool {
    *number == 0
}

/// A line that is no update.
#[derive(Debug, thiserror::Error)]
#[error("the server sent what is no update: {0}")]
pub struct UnreadableUpdate(#[from] serde_json::Error);

impl Update {
    /// The update as one line with its newline.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut line =
            serde_json::to_vec(self).expect("an update has only string keys, so it is always JSON");
        line.push(b'\n');
        line
    }

    /// Reads one line, with or without its newline. An unknown `t` is [`Update::Other`]; unknown fields are passed over.
    ///
    /// # Errors
    /// When the line is no JSON object with a `t`, or a field of a known update is missing or wrong.
    pub fn decode(line: &[u8]) -> Result<Self, UnreadableUpdate> {
        Ok(serde_json::from_slice(line)?)
    }
}

impl From<Refused> for Update {
    fn from(refused: Refused) -> Self {
        let Refused { id, n, refusal } = refused;
        Update::Refused {
            id,
            n,
            code: refusal.code,
            fate: refusal.fate,
            retry_ms: refusal.retry_ms,
            text: refusal.text,
        }
    }
}
