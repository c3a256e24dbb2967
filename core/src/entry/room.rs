//! What happens in a room.

use super::{DeviceId, Erasure, LinkId, PersonId, PostNumber, Seq};
use crate::limits::HEARTBEAT_MS;
use crate::mutant::planted;
use crate::name::{Name, RoomName};
use crate::time::Wall;
use serde::{Deserialize, Serialize};

/// An entry of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawRoomEntry", into = "RawRoomEntry")]
pub struct RoomEntry {
    /// When it was asked for, by the clock of the server that took it.
    pub at: Wall,
    /// Who did it; 0 is the server itself.
    pub person: PersonId,
    /// His name at that time.
    pub author: Name,
    /// What was done.
    pub act: Act,
}

/// What can be done in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The room was made, and its author is its first member and owner (the server itself is no member of the lobby).
    Created,
    /// The author became a member.
    Joined,
    /// The author made this person a member: of a direct conversation, or, in logs of an earlier program, of a group.
    Added(Whom),
    /// The author is no member any more.
    Left,
    /// The topic is now this.
    Topic(String),
    /// The author said this.
    Post(Post),
    /// The author gave his post new words.
    Edited {
        /// Which post.
        target: Seq,
        /// The new words.
        text: String,
    },
    /// A post is gone for good.
    Deleted {
        /// Which post.
        target: Seq,
        /// Who had said it; nobody (0) where the server could not read that.
        of: PersonId,
    },
    /// The author put a sign to a post, or took his away.
    Reacted {
        /// Which post.
        target: Seq,
        /// Which sign.
        emoji: String,
        /// Put to it, not taken away.
        on: bool,
    },
    /// A post is kept in sight, or not any more.
    Pinned {
        /// Which post.
        target: Seq,
        /// Kept in sight.
        on: bool,
    },
    /// This person is no member any more, and may come back.
    Kicked(Whom, String),
    /// This person is no member any more, and may not come back for a while.
    Banned(Whom, Sanction),
    /// The ban is lifted early.
    Unbanned(Whom),
    /// This member may read and not speak for a while.
    Muted(Whom, Sanction),
    /// The mute is lifted early.
    Unmuted(Whom),
    /// This person may become a member.
    Invited(Whom),
    /// The invitation is taken back, or was declined.
    Uninvited(Whom),
    /// A link was made by which people may become members.
    Link {
        /// Which.
        link: LinkId,
        /// Until when it is good.
        until: Option<Wall>,
        /// How many people it lets in.
        uses: Option<u32>,
    },
    /// A link is good no more.
    Unlinked {
        /// Which.
        link: LinkId,
    },
    /// This member is from now on a moderator, or none any more.
    Role(Whom, Role),
    /// This member owns the room from now on.
    Owner(Whom),
    /// The room is shown under this name.
    Renamed(RoomName),
    /// Nothing more may be said here, or it may again.
    Archived(bool),
    /// How long a member waits between two posts, in milliseconds; 0 means not at all.
    Slow(u64),
    /// What is said here goes when it is so many days old; 0 means never.
    Keep(u64),
    /// The room's rule is another by which posts wait for its moderators, and whether any may.
    Hold(bool),
    /// All that was said up to here is gone: it was as old as it is kept.
    Faded {
        /// The last place.
        upto: Seq,
    },
    /// The room is gone, with all that was said in it.
    Closed(String),
    /// An act of a newer program: its kind. A client shows nothing; a server refuses to start on it.
    Other(String),
}

/// A post's content and the id that its device gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The device that sent it.
    pub device: DeviceId,
    /// The device's number for it.
    pub n: PostNumber,
    /// What was said, at most `POST_BYTES_MAX` bytes.
    pub text: String,
    /// The post that it answers.
    pub reply: Option<Seq>,
    /// The members whom it names, at most `MENTIONS_MAX`.
    pub mentions: Vec<PersonId>,
    /// It names all members.
    pub all: bool,
    /// The moderator who let it through, if it had waited for one: then it stands later than its number says.
    pub let_by: Option<PersonId>,
}

impl Post {
    /// Plain words that answer nothing and name nobody.
    #[must_use]
    pub fn plain(device: DeviceId, n: PostNumber, text: impl Into<String>) -> Self {
        Post { device, n, text: text.into(), reply: None, mentions: Vec::new(), all: false, let_by: None }
    }
}

/// The person to whom something is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whom {
    /// Who.
    pub person: PersonId,
    /// His name at that time.
    pub name: Name,
}

/// How long a ban or a mute holds, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sanction {
    /// Until when; `None` means until it is lifted.
    pub until: Option<Wall>,
    /// Why, in words for a person; may be empty.
    pub reason: String,
}

impl Sanction {
    /// Whether it holds at this time.
    #[must_use]
    pub fn holds(&self, at: Wall) -> bool {
        // The planted one is swept away by a clock that looks now and then.
        let late_ms = u64::from(planted("expiry_by_timer")) * HEARTBEAT_MS;
        self.until.is_none_or(|until| at < until.after(late_ms))
    }
}

/// What a member may do in his room, in rising order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Speaks.
    #[default]
    Member,
    /// Keeps order.
    Moderator,
    /// Decides over the room itself.
    Owner,
}

impl Role {
    /// Whether it is what every member has.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Role::Member
    }
}

impl Act {
    /// The `kind` that stands on the wire and on disk.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Act::Created => "created",
            Act::Joined => "joined",
            Act::Added(_) => "added",
            Act::Left => "left",
            Act::Topic(_) => "topic",
            Act::Post(_) => "post",
            Act::Edited { .. } => "edited",
            Act::Deleted { .. } => "deleted",
            Act::Reacted { .. } => "reacted",
            Act::Pinned { .. } => "pinned",
            Act::Kicked(..) => "kicked",
            Act::Banned(..) => "banned",
            Act::Unbanned(_) => "unbanned",
            Act::Muted(..) => "muted",
            Act::Unmuted(_) => "unmuted",
            Act::Invited(_) => "invited",
            Act::Uninvited(_) => "uninvited",
            Act::Link { .. } => "link",
            Act::Unlinked { .. } => "unlinked",
            Act::Role(..) => "role",
            Act::Owner(_) => "owner",
            Act::Renamed(_) => "renamed",
            Act::Archived(_) => "archived",
            Act::Slow(_) => "slow",
            Act::Keep(_) => "keep",
            Act::Hold(_) => "hold",
            Act::Faded { .. } => "faded",
            Act::Closed(_) => "closed",
            Act::Other(kind) => kind,
        }
    }

    /// The words in it, if it holds any.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Act::Topic(text) | Act::Edited { text, .. } => Some(text),
            Act::Post(post) => Some(&post.text),
            _ => None,
        }
    }

    /// The person to whom it is done, if to one.
    #[must_use]
    pub fn whom(&self) -> Option<&Whom> {
        match self {
            Act::Added(whom)
            | Act::Kicked(whom, _)
            | Act::Banned(whom, _)
            | Act::Unbanned(whom)
            | Act::Muted(whom, _)
            | Act::Unmuted(whom)
            | Act::Invited(whom)
            | Act::Uninvited(whom)
            | Act::Role(whom, _)
            | Act::Owner(whom) => Some(whom),
            _ => None,
        }
    }

    /// Whether it belongs in the account of who did what to whom: all that shapes the room or its members.
    #[must_use]
    pub fn is_audited(&self, by: PersonId) -> bool {
        match self {
            Act::Deleted { of, .. } => *of != by,
            Act::Post(post) => post.let_by.is_some(),
            Act::Created
            | Act::Joined
            | Act::Left
            | Act::Edited { .. }
            | Act::Reacted { .. }
            | Act::Faded { .. }
            | Act::Other(_) => false,
            _ => true,
        }
    }

    /// Takes out what is to be gone.
    pub(super) fn erase(&mut self, erasure: Erasure) {
        match self {
            Act::Post(Post { text, .. }) | Act::Edited { text, .. } => text.clear(),
            Act::Kicked(_, reason) | Act::Closed(reason) => reason.clear(),
            Act::Banned(_, sanction) | Act::Muted(_, sanction) => sanction.reason.clear(),
            // A sign can be letters as well. It changes nothing that is added up.
            Act::Reacted { emoji, .. } if erasure != Erasure::Message => emoji.clear(),
            // What the room is called and about is the room's, and stays as long as it does.
            Act::Topic(text) if erasure == Erasure::Room => text.clear(),
            Act::Renamed(name) if erasure == Erasure::Room => *name = RoomName::of_erased(),
            _ => {}
        }
    }
}

/// A room's entry as it is written: flat, so that reading it needs no intermediate tree.
#[derive(Serialize, Deserialize)]
struct RawRoomEntry {
    at: Wall,
    kind: String,
    person: PersonId,
    author: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<DeviceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<PostNumber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<Seq>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<PersonId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    all: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    let_by: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<Seq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    emoji: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    whom: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Wall>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<LinkId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uses: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slow_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upto: Option<Seq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    room_name: Option<RoomName>,
}

impl From<RoomEntry> for RawRoomEntry {
    fn from(entry: RoomEntry) -> Self {
        let mut raw = RawRoomEntry {
            at: entry.at,
            kind: entry.act.kind().to_owned(),
            person: entry.person,
            author: entry.author,
            device: None,
            n: None,
            text: None,
            reply: None,
            mentions: Vec::new(),
            all: false,
            let_by: None,
            target: None,
            of: None,
            emoji: None,
            on: None,
            whom: None,
            name: None,
            until: None,
            reason: None,
            role: None,
            link: None,
            uses: None,
            slow_ms: None,
            days: None,
            upto: None,
            room_name: None,
        };
        if let Some(Whom { person, name }) = entry.act.whom() {
            (raw.whom, raw.name) = (Some(*person), Some(name.clone()));
        }
        match entry.act {
            Act::Created | Act::Joined | Act::Left | Act::Other(_) => {}
            Act::Added(_) | Act::Unbanned(_) | Act::Unmuted(_) => {}
            Act::Invited(_) | Act::Uninvited(_) | Act::Owner(_) => {}
            Act::Topic(text) => raw.text = Some(text),
            Act::Post(Post { device, n, text, reply, mentions, all, let_by }) => {
                (raw.device, raw.n, raw.text) = (Some(device), Some(n), Some(text));
                (raw.reply, raw.mentions, raw.all, raw.let_by) = (reply, mentions, all, let_by);
            }
            Act::Edited { target, text } => (raw.target, raw.text) = (Some(target), Some(text)),
            Act::Deleted { target, of } => (raw.target, raw.of) = (Some(target), Some(of)),
            Act::Reacted { target, emoji, on } => {
                (raw.target, raw.emoji, raw.on) = (Some(target), Some(emoji), Some(on));
            }
            Act::Pinned { target, on } => (raw.target, raw.on) = (Some(target), Some(on)),
            Act::Kicked(_, reason) | Act::Closed(reason) => raw.reason = Some(reason),
            Act::Banned(_, Sanction { until, reason }) | Act::Muted(_, Sanction { until, reason }) => {
                (raw.until, raw.reason) = (until, Some(reason));
            }
            Act::Link { link, until, uses } => (raw.link, raw.until, raw.uses) = (Some(link), until, uses),
            Act::Unlinked { link } => raw.link = Some(link),
            Act::Role(_, role) => raw.role = Some(role),
            Act::Renamed(name) => raw.room_name = Some(name),
            Act::Archived(on) | Act::Hold(on) => raw.on = Some(on),
            Act::Slow(slow_ms) => raw.slow_ms = Some(slow_ms),
            Act::Keep(days) => raw.days = Some(days),
            Act::Faded { upto } => raw.upto = Some(upto),
        }
        raw
    }
}

impl TryFrom<RawRoomEntry> for RoomEntry {
    type Error = String;

    fn try_from(raw: RawRoomEntry) -> Result<Self, String> {
        let RawRoomEntry { at, kind, person, author, .. } = raw;
        let lacks = |field: &str| format!("an entry of the kind `{kind}` has no `{field}`");
        let whom = || Some(Whom { person: raw.whom?, name: raw.name.clone()? });
        let whom = || whom().ok_or_else(|| lacks("whom` and `name"));
        let target = || raw.target.ok_or_else(|| lacks("target"));
        let text = |text: Option<String>| text.ok_or_else(|| lacks("text"));
        let on = || raw.on.ok_or_else(|| lacks("on"));
        let link = || raw.link.ok_or_else(|| lacks("link"));
        let reason = || raw.reason.clone().unwrap_or_default();
        let sanction = || Sanction { until: raw.until, reason: reason() };
        let act = match kind.as_str() {
            "created" => Act::Created,
            "joined" => Act::Joined,
            "added" => Act::Added(whom()?),
            "left" => Act::Left,
            "topic" => Act::Topic(text(raw.text)?),
            "post" => Act::Post(Post {
                device: raw.device.ok_or_else(|| lacks("device"))?,
                n: raw.n.ok_or_else(|| lacks("n"))?,
                text: text(raw.text)?,
                reply: raw.reply,
                mentions: raw.mentions,
                all: raw.all,
                let_by: raw.let_by,
            }),
            "edited" => Act::Edited { target: target()?, text: text(raw.text)? },
            "deleted" => Act::Deleted { target: target()?, of: raw.of.ok_or_else(|| lacks("of"))? },
            "reacted" => {
                let emoji = raw.emoji.clone().ok_or_else(|| lacks("emoji"))?;
                Act::Reacted { target: target()?, emoji, on: on()? }
            }
            "pinned" => Act::Pinned { target: target()?, on: on()? },
            "kicked" => Act::Kicked(whom()?, reason()),
            "banned" => Act::Banned(whom()?, sanction()),
            "unbanned" => Act::Unbanned(whom()?),
            "muted" => Act::Muted(whom()?, sanction()),
            "unmuted" => Act::Unmuted(whom()?),
            "invited" => Act::Invited(whom()?),
            "uninvited" => Act::Uninvited(whom()?),
            "link" => Act::Link { link: link()?, until: raw.until, uses: raw.uses },
            "unlinked" => Act::Unlinked { link: link()? },
            "role" => Act::Role(whom()?, raw.role.ok_or_else(|| lacks("role"))?),
            "owner" => Act::Owner(whom()?),
            "renamed" => Act::Renamed(raw.room_name.clone().ok_or_else(|| lacks("room_name"))?),
            "archived" => Act::Archived(on()?),
            "slow" => Act::Slow(raw.slow_ms.ok_or_else(|| lacks("slow_ms"))?),
            "keep" => Act::Keep(raw.days.ok_or_else(|| lacks("days"))?),
            "hold" => Act::Hold(on()?),
            "faded" => Act::Faded { upto: raw.upto.ok_or_else(|| lacks("upto"))? },
            "closed" => Act::Closed(reason()),
            _ => Act::Other(kind),
        };
        Ok(RoomEntry { at, person, author, act })
    }
}
