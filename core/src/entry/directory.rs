//! What happens to people, devices, the names of rooms, and the server itself.

use super::{
    DeviceId, HeldId, InvitationId, LinkId, LogId, PersonId, PostNumber, Registration, ReportId, Sanction,
    Seq, TokenHash,
};
use crate::address::AddressRange;
use crate::name::{Name, RoomName};
use crate::time::Wall;
use serde::{Deserialize, Serialize};

/// An entry of the directory. Whoever did it stands under `person` or `by`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DirectoryEntry {
    /// Somebody took a free name.
    Guest {
        /// When.
        at: Wall,
        /// The new person.
        person: PersonId,
        /// The name as it is shown.
        name: Name,
        /// What the person must know to come back, as long as he has no password.
        token: TokenHash,
    },
    /// Somebody took a free name to have an account under it; a `Password` follows.
    Account {
        /// When.
        at: Wall,
        /// The new person.
        person: PersonId,
        /// The name as it is shown.
        name: Name,
    },
    /// A person has a new password, or his first, by which a guest becomes an account.
    Password {
        /// When.
        at: Wall,
        /// Whose.
        person: PersonId,
        /// The argon2id hash with its salt and costs, as a PHC string.
        hash: String,
    },
    /// A person's device was seen for the first time.
    Device {
        /// When.
        at: Wall,
        /// The new device.
        device: DeviceId,
        /// Whose it is.
        person: PersonId,
        /// What its owner calls it; unique among his devices.
        label: String,
        /// The device's own token; a guest's devices share his.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<TokenHash>,
        /// The device of this label that was shut out, and whose numbers it goes on with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heir_of: Option<DeviceId>,
    },
    /// A device signed in again under a new token.
    Token {
        /// When.
        at: Wall,
        /// Whose it is.
        person: PersonId,
        /// Which device.
        device: DeviceId,
        /// Its new token.
        token: TokenHash,
    },
    /// A device was used; noted once a day.
    Seen {
        /// When.
        at: Wall,
        /// Which device.
        device: DeviceId,
    },
    /// A device may not come in any more.
    Revoked {
        /// When.
        at: Wall,
        /// Who did it: its owner, or the server.
        by: PersonId,
        /// Which device.
        device: DeviceId,
    },
    /// Signing in asks for a one-time code from now on.
    Totp {
        /// When.
        at: Wall,
        /// Whose.
        person: PersonId,
        /// The shared secret, in base32.
        secret: String,
        /// The step of the code by which it was verified, which is used up.
        step: u64,
        /// The codes for whoever has lost the secret, each good once.
        recovery: Vec<TokenHash>,
    },
    /// Signing in asks for no one-time code any more.
    TotpOff {
        /// When.
        at: Wall,
        /// Whose.
        person: PersonId,
    },
    /// A one-time code was used: none of this step or before is good again.
    CodeUsed {
        /// When.
        at: Wall,
        /// Whose.
        person: PersonId,
        /// The step of thirty seconds.
        step: u64,
    },
    /// A recovery code was used up.
    RecoveryUsed {
        /// When.
        at: Wall,
        /// Whose.
        person: PersonId,
        /// Which.
        code: TokenHash,
    },
    /// A person is gone: what was his is erased, and his name is not free before a time.
    Erased {
        /// When.
        at: Wall,
        /// Who.
        person: PersonId,
        /// The hashes of both keys of his name, which say it to nobody who does not know it.
        keys: [String; 2],
        /// When the name is free again.
        free_at: Wall,
    },
    /// Whoever knows this code may make himself an administrator, once.
    Claim {
        /// When.
        at: Wall,
        /// The code's hash.
        code: TokenHash,
    },
    /// Somebody administers the server from now on, or not any more.
    Admin {
        /// When.
        at: Wall,
        /// Who made him one; himself, if by the claim code.
        by: PersonId,
        /// Who.
        whom: PersonId,
        /// From now on, not any more.
        on: bool,
    },
    /// What strangers may do.
    Settings {
        /// When.
        at: Wall,
        /// Who.
        by: PersonId,
        /// Who may make accounts.
        #[serde(flatten)]
        registration: Registration,
        /// New guests may come in.
        guests: bool,
    },
    /// What is said on the server goes when it is so many days old.
    Keep {
        /// When.
        at: Wall,
        /// Who.
        by: PersonId,
        /// So many; 0 means never.
        days: u64,
    },
    /// Somebody may not come in for a while.
    ServerBan {
        /// When.
        at: Wall,
        /// Who banned him.
        by: PersonId,
        /// Who.
        whom: PersonId,
        /// How long, and why.
        #[serde(flatten)]
        sanction: Sanction,
    },
    /// Nobody may come in from these addresses for a while.
    AddressBan {
        /// When.
        at: Wall,
        /// Who banned them.
        by: PersonId,
        /// Which.
        range: AddressRange,
        /// How long, and why.
        #[serde(flatten)]
        sanction: Sanction,
    },
    /// A ban of a person is lifted.
    ServerUnban {
        /// When.
        at: Wall,
        /// Who lifted it.
        by: PersonId,
        /// Whose.
        whom: PersonId,
    },
    /// A ban of addresses is lifted.
    AddressUnban {
        /// When.
        at: Wall,
        /// Who lifted it.
        by: PersonId,
        /// Of which.
        range: AddressRange,
    },
    /// Whoever knows this code may give a person a new password, once, until a time.
    Reset {
        /// When.
        at: Wall,
        /// Which administrator.
        by: PersonId,
        /// Whose.
        whom: PersonId,
        /// The code's hash.
        code: TokenHash,
        /// Until when it is good.
        until: Wall,
    },
    /// Whoever knows this code may make an account, once, until a time.
    ServerInvitation {
        /// When.
        at: Wall,
        /// Who made it.
        by: PersonId,
        /// Which.
        invitation: InvitationId,
        /// The code's hash.
        code: TokenHash,
        /// Until when it is good.
        until: Wall,
    },
    /// Somebody made an account by an invitation to the server, which is used up.
    ServerInvitationUsed {
        /// When.
        at: Wall,
        /// Who.
        person: PersonId,
        /// By which.
        invitation: InvitationId,
    },
    /// An invitation to the server is good no more.
    ServerUninvited {
        /// When.
        at: Wall,
        /// Who took it back.
        by: PersonId,
        /// Which.
        invitation: InvitationId,
    },
    /// A room was made; its own log starts with `Created`.
    Room {
        /// When.
        at: Wall,
        /// The new room's log.
        log: LogId,
        /// The name as it is shown; a direct conversation has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<RoomName>,
        /// Who finds and enters it.
        #[serde(default, skip_serializing_if = "RoomKind::is_public")]
        room: RoomKind,
        /// The two of a direct conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pair: Option<[PersonId; 2]>,
    },
    /// A public room is found under another name as well.
    RoomName {
        /// When.
        at: Wall,
        /// Who.
        by: PersonId,
        /// Which room.
        log: LogId,
        /// The new name.
        name: RoomName,
    },
    /// A room is gone: what was in it is erased, and its names are free.
    RoomClosed {
        /// When.
        at: Wall,
        /// Who.
        by: PersonId,
        /// Which room.
        log: LogId,
    },
    /// A link was made that lets people into a room.
    Link {
        /// When.
        at: Wall,
        /// Who made it.
        by: PersonId,
        /// Which room.
        log: LogId,
        /// Which link.
        link: LinkId,
        /// The hash of what its bearer must know.
        token: TokenHash,
        /// Until when it is good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Wall>,
        /// How many people it lets in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uses: Option<u32>,
    },
    /// Somebody came in by a link.
    LinkUsed {
        /// When.
        at: Wall,
        /// Who.
        person: PersonId,
        /// Which room.
        log: LogId,
        /// Which link.
        link: LinkId,
    },
    /// A link is good no more.
    Unlinked {
        /// When.
        at: Wall,
        /// Who took it back.
        by: PersonId,
        /// Which room.
        log: LogId,
        /// Which link.
        link: LinkId,
    },
    /// A member told the moderators of a post.
    Report {
        /// When.
        at: Wall,
        /// Who.
        by: PersonId,
        /// In which room.
        log: LogId,
        /// Which report.
        report: ReportId,
        /// Which post.
        target: Seq,
        /// Why.
        reason: String,
    },
    /// A moderator has dealt with a report.
    Resolved {
        /// When.
        at: Wall,
        /// Who.
        by: PersonId,
        /// In which room.
        log: LogId,
        /// Which report.
        report: ReportId,
    },
    /// By which words a room holds posts back for its moderators, and whether by links.
    Hold {
        /// When.
        at: Wall,
        /// Who.
        by: PersonId,
        /// Which room.
        log: LogId,
        /// Such a word, or one that looks like it.
        words: Vec<String>,
        /// A link.
        links: bool,
    },
    /// A post waits for the moderators of its room. It stands in no room's log, so that nobody else reads it.
    Held {
        /// When.
        at: Wall,
        /// Who said it.
        person: PersonId,
        /// In which room.
        log: LogId,
        /// Which of those that waited there.
        held: HeldId,
        /// The device that sent it.
        device: DeviceId,
        /// The device's number for it.
        n: PostNumber,
        /// What was said.
        text: String,
        /// The post that it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<Seq>,
    },
    /// A post waits no longer.
    Unheld {
        /// When.
        at: Wall,
        /// By whom: a moderator, who had said it, or the server, since it was too old.
        by: PersonId,
        /// In which room.
        log: LogId,
        /// Which.
        held: HeldId,
        /// Who had said it.
        whom: PersonId,
        /// Where it stands from now on, if it was let through.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
    },
}

/// Who finds a room, and how people enter it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Everybody finds and joins it.
    #[default]
    Public,
    /// Whoever is invited, or has a link.
    Private,
    /// A private room that was made from a set of people.
    Group,
    /// Two people, for ever.
    Direct,
}

impl RoomKind {
    /// Whether everybody finds it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        *self == RoomKind::Public
    }
}

impl DirectoryEntry {
    /// Whether a room was made that everybody finds.
    #[must_use]
    pub fn is_public_room(&self) -> bool {
        matches!(self, DirectoryEntry::Room { room: RoomKind::Public, .. })
    }

    /// Whose content it holds: what is erased along with this person. 0 if nobody's.
    #[must_use]
    pub fn person(&self) -> PersonId {
        match self {
            DirectoryEntry::Guest { person, .. }
            | DirectoryEntry::Account { person, .. }
            | DirectoryEntry::Password { person, .. }
            | DirectoryEntry::Device { person, .. }
            | DirectoryEntry::Token { person, .. }
            | DirectoryEntry::Totp { person, .. }
            | DirectoryEntry::RecoveryUsed { person, .. }
            | DirectoryEntry::Held { person, .. } => *person,
            DirectoryEntry::Report { by, .. }
            | DirectoryEntry::ServerBan { by, .. }
            | DirectoryEntry::AddressBan { by, .. } => *by,
            _ => PersonId(0),
        }
    }

    /// The same entry without its person's own words, names and secrets: what stays when they are erased.
    pub(super) fn erase(&mut self) {
        match self {
            DirectoryEntry::Guest { person, name, token, .. } => {
                *name = Name::of_erased(person.0);
                *token = TokenHash::default();
            }
            DirectoryEntry::Account { person, name, .. } => *name = Name::of_erased(person.0),
            DirectoryEntry::Password { hash, .. } => hash.clear(),
            DirectoryEntry::Device { label, token, .. } => {
                label.clear();
                *token = None;
            }
            DirectoryEntry::Token { token, .. } | DirectoryEntry::RecoveryUsed { code: token, .. } => {
                *token = TokenHash::default();
            }
            DirectoryEntry::Totp { secret, recovery, .. } => {
                secret.clear();
                recovery.clear();
            }
            DirectoryEntry::Report { reason, .. } => reason.clear(),
            DirectoryEntry::Held { text, .. } => text.clear(),
            DirectoryEntry::Hold { words, .. } => words.clear(),
            DirectoryEntry::ServerBan { sanction, .. } | DirectoryEntry::AddressBan { sanction, .. } => {
                sanction.reason.clear();
            }
            // A public name is nobody's secret, and is never again another room's key.
            DirectoryEntry::Room { name, room, .. } if !room.is_public() => *name = None,
            _ => {}
        }
    }
}
