//! The rows of answers and updates.

use crate::entry::{
    DeviceId, HeldId, InvitationId, LinkId, Mode, PersonalEntry, PostNumber, Registration, ReportId, Role,
    RoomEntry, RoomKind, Seq,
};
use crate::name::{Name, RoomName};
use crate::time::Wall;
use serde::{Deserialize, Serialize};

/// A room's entry with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedEntry {
    /// Its place in the room's log.
    pub seq: Seq,
    /// What happened.
    #[serde(flatten)]
    pub entry: RoomEntry,
    /// In a page: the newest edit of a post, whose words these are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Seq>,
    /// In a page: the signs that were put to a post.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
}

impl NumberedEntry {
    /// An entry of which nothing more is known.
    #[must_use]
    pub fn new(seq: Seq, entry: RoomEntry) -> Self {
        NumberedEntry { seq, entry, edited: None, reactions: Vec::new() }
    }
}

/// An entry of a person's own log with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedNote {
    /// Its place in the log.
    pub seq: Seq,
    /// What happened.
    #[serde(flatten)]
    pub entry: PersonalEntry,
}

/// A sign that members put to a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// Which.
    pub emoji: String,
    /// How many did.
    pub count: u64,
    /// Who, the first ones of them: at most `REACTORS_SHOWN_MAX`.
    pub names: Vec<Name>,
}

/// A room as it stands in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomInfo {
    /// Its key.
    pub room: RoomName,
    /// What it is shown under, if that is not its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<RoomName>,
    /// Who finds and enters it; absent if everybody.
    #[serde(default, skip_serializing_if = "RoomKind::is_public")]
    pub kind: RoomKind,
    /// Its topic.
    pub topic: String,
    /// How many members it has.
    pub members: usize,
    /// Whether the asking person is one of them.
    pub joined: bool,
}

/// A member of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// His name.
    pub name: Name,
    /// Whether one of his devices is connected, and he wants that to be seen.
    pub here: bool,
    /// What he may do there; absent if he is a member and no more.
    #[serde(default, skip_serializing_if = "Role::is_plain")]
    pub role: Role,
    /// In which state he is here; absent if he says nothing else than that.
    #[serde(default, skip_serializing_if = "Mode::is_plain")]
    pub mode: Mode,
    /// In which words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
}

/// A member who is here in a state or in words of his own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPresence {
    /// His name.
    pub name: Name,
    /// In which state.
    pub mode: Mode,
    /// In which words.
    pub status: String,
}

/// Somebody whom the asking person knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contacted {
    /// His name.
    pub name: Name,
    /// `friend`, `asked` (by the asking person), `asked_by`, or `blocked`.
    pub stands: String,
    /// Of a friend: he is here.
    pub here: bool,
    /// In which state.
    #[serde(default, skip_serializing_if = "Mode::is_plain")]
    pub mode: Mode,
    /// In which words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
}

/// One of the asking person's devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// Its number.
    pub device: DeviceId,
    /// What he calls it.
    pub label: String,
    /// When it was last used, to the day.
    pub seen: Wall,
    /// It is connected now.
    pub here: bool,
    /// It is the one that asks.
    pub this: bool,
}

/// What those may do who are nobody yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strangers {
    /// Which of them may make accounts.
    #[serde(flatten)]
    pub registration: Registration,
    /// They may come in as guests.
    pub guests: bool,
}

/// A room that the asking person may join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its key.
    pub room: RoomName,
    /// What it is shown under, if that is not its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<RoomName>,
    /// Who invited him.
    pub by: Name,
}

/// An invitation to the server that nobody has used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerInvitationInfo {
    /// Its number.
    pub invitation: InvitationId,
    /// Who made it.
    pub by: Name,
    /// Until when it is good.
    pub until: Wall,
}

/// A link into a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkInfo {
    /// Its number.
    pub link: LinkId,
    /// Who made it.
    pub by: Name,
    /// Until when it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Wall>,
    /// How many more people it lets in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
}

/// A ban or a mute that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SanctionInfo {
    /// `ban` or `mute`.
    pub what: String,
    /// The name of a person, or a range of addresses.
    pub whom: String,
    /// Who did it; the server's bans do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Name>,
    /// Until when; absent until it is lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Wall>,
    /// Why.
    pub reason: String,
}

/// What a member told the moderators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportInfo {
    /// Its number.
    pub report: ReportId,
    /// When.
    pub at: Wall,
    /// Who.
    pub by: Name,
    /// Of which post.
    pub seq: Seq,
    /// Why.
    pub reason: String,
}

/// By which rule a room holds posts back for its moderators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldInfo {
    /// Words.
    pub words: Vec<String>,
    /// Links.
    pub links: bool,
}

/// A post that waits for the moderators of its room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldInfo {
    /// Its number among those that waited there.
    pub held: HeldId,
    /// When it was said.
    pub at: Wall,
    /// By whom.
    pub by: Name,
    /// The device that sent it.
    pub device: DeviceId,
    /// The device's number for it.
    pub n: PostNumber,
    /// What was said.
    pub text: String,
    /// The post that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Seq>,
}

/// A post that was searched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// In which room.
    pub room: RoomName,
    /// The post.
    #[serde(flatten)]
    pub entry: NumberedEntry,
}

/// An entry that the asking person has written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// In which room; none is his own log or the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// Its place in that log.
    pub seq: Seq,
    /// The entry as it lies on disk, without secrets.
    pub entry: serde_json::Value,
}
