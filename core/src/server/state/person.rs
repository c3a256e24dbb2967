//! What is known of one person: his secrets' hashes, his devices, his rooms, and how he stands to others.

use super::window::Window;
use crate::entry::{Audience, DeviceId, LogId, Mode, PersonId, Sanction, Seq, TokenHash};
use crate::few::{FewMap, FewSet};
use crate::limits::FORMER_DEVICES_MAX;
use crate::name::Name;
use crate::rare::{Empty, Rare};
use crate::time::Wall;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name as it is shown.
    pub name: Name,
    /// What a guest must know to come back; empty for whoever registered at once.
    pub token: TokenHash,
    /// How he signs in, if he has an account.
    pub password: Option<Box<PasswordHash>>,
    /// What he is asked for beside his password.
    pub totp: Option<Box<Totp>>,
    /// By which he may set a new password.
    pub reset: Option<Box<Reset>>,
    /// He administers the server.
    pub admin: bool,
    /// He may not come in.
    pub banned: Option<Box<Sanction>>,
    /// His devices by their labels.
    pub devices: FewMap<CompactString, DeviceId>,
    /// Those that were shut out last, the latest at the end: at most `FORMER_DEVICES_MAX`.
    pub former: Rare<Vec<Former>>,
    /// The rooms whose logs he reads.
    pub rooms: FewSet<LogId>,
    /// The rooms that he was told he may join, and who told him.
    pub invitations: Rare<BTreeMap<LogId, PersonId>>,
    /// How he stands to others, as he sees it: each side of a friendship is its own.
    pub contacts: Rare<BTreeMap<PersonId, Contact>>,
    /// Who has blocked him, which he is never told.
    pub blocked_by: Rare<BTreeSet<PersonId>>,
    /// How he wants to be seen.
    pub presence: Rare<Presence>,
    /// The last seq of his own log.
    pub own_head: Seq,
}

/// A password as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash {
    /// argon2id with its salt and costs, as a PHC string.
    pub phc: String,
    /// The directory's entry that set it.
    pub seq: Seq,
}

/// One-time codes by time (RFC 6238).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totp {
    /// The shared secret, in base32.
    pub secret: String,
    /// The directory's entry that set it.
    pub seq: Seq,
    /// The last step whose code was used.
    pub step: u64,
    /// The hashes of the recovery codes that are left.
    pub recovery: BTreeSet<TokenHash>,
}

/// An administrator's leave to set a new password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// The code's hash.
    pub code: TokenHash,
    /// Until when it is good.
    pub until: Wall,
}

/// How somebody stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    /// He has asked him to be his friend.
    Asked,
    /// He was asked by him.
    AskedBy,
    /// They are friends.
    Friend,
    /// He wants to have nothing to do with him.
    Blocked,
}

/// How somebody wants to be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// In which state.
    pub mode: Mode,
    /// In which words.
    pub status: String,
    /// By whom.
    pub audience: Audience,
}

impl Empty for Presence {
    const EMPTY: &'static Self =
        &Presence { mode: Mode::Online, status: String::new(), audience: Audience::Rooms };
}

/// One of somebody's devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Whose it is.
    pub person: PersonId,
    /// What he calls it.
    pub label: CompactString,
    /// Its own token; a guest's devices have his.
    pub token: Option<Box<TokenHash>>,
    /// When it was last used, to the day.
    pub seen: Wall,
    /// The device whose numbers it goes on with: the first of those that were shut out and had an heir, or itself.
    pub numbers_of: DeviceId,
    /// The numbers of its posts.
    pub window: Rare<Window>,
}

/// What is known of a device that was shut out, should its owner sign in with it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// Which it was.
    pub device: DeviceId,
    /// What its owner called it.
    pub label: CompactString,
    /// The device whose numbers it went on with.
    pub numbers_of: DeviceId,
    /// The numbers of its posts.
    pub window: Rare<Window>,
}

impl Person {
    pub(super) fn new(name: Name, token: TokenHash) -> Self {
        Person {
            name,
            token,
            password: None,
            totp: None,
            reset: None,
            admin: false,
            banned: None,
            devices: FewMap::new(),
            former: Rare::new(),
            rooms: FewSet::new(),
            invitations: Rare::new(),
            contacts: Rare::new(),
            blocked_by: Rare::new(),
            presence: Rare::new(),
            own_head: Seq(0),
        }
    }

    /// Whether he has an account, and is no guest.
    #[must_use]
    pub fn is_account(&self) -> bool {
        self.password.is_some()
    }

    /// The device of this label that was shut out, if it is known yet.
    #[must_use]
    pub fn former(&self, label: &str) -> Option<DeviceId> {
        self.former.iter().rfind(|former| former.label == label).map(|former| former.device)
    }

    pub(super) fn shut_out(&mut self, device: DeviceId, gone: Device) {
        self.devices.retain(|_, held| *held != device);
        let Device { label, numbers_of, window, .. } = gone;
        self.former.change(|former| {
            former.push(Former { device, label, numbers_of, window });
            if former.len() > FORMER_DEVICES_MAX {
                former.remove(0);
            }
        });
    }

    /// What a former device leaves to its heir.
    pub(super) fn inherit(&mut self, device: DeviceId) -> Option<Former> {
        let at = self.former.iter().position(|former| former.device == device)?;
        Some(self.former.change(|former| former.remove(at)))
    }

    /// Does something to the numbers of his devices that were shut out last.
    pub(super) fn former_windows(&mut self, work: &impl Fn(&mut Window)) {
        self.former.if_any(|former| {
            for one in former {
                one.window.if_any(work);
            }
        });
    }

    /// Whether he has blocked this person.
    #[must_use]
    pub fn blocks(&self, other: PersonId) -> bool {
        self.contacts.get(&other) == Some(&Contact::Blocked)
    }
}
