//! What is known of one person: his secrets' hashes, his devices, his rooms, and how he stands to others.

use super::window::Window;
use crate::entry::{Audience, DeviceId, LogId, Mode, PersonId, Sanction, Seq, TokenHash};
use crate::few::{FewMap, FewSet};
use crate::limits::FORMER_DEVICES_MAX;
use crate::name::Name;
use crate::rare::{Empty, Rare};
use crate::time::Wall;
use compact_str::CompactString;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody. In a checkpoint it is one object with all that stands in `seldom`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct Person {
    /// The name as it is shown.
    pub name: Name,
    /// What a guest must know to come back; empty for whoever registered at once.
    pub token: TokenHash,
    /// How he signs in, if he has an account.
    pub password: Option<Box<PasswordHash>>,
    /// He administers the server.
    pub admin: bool,
    /// His devices by their labels.
    pub devices: FewMap<CompactString, DeviceId>,
    /// The rooms whose logs he reads.
    pub rooms: FewSet<LogId>,
    /// The last seq of his own log.
    pub own_head: Seq,
    /// What few people have.
    pub seldom: Rare<Seldom>,
}

/// What is known of somebody beside what is known of everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seldom {
    /// What he is asked for beside his password.
    pub totp: Option<Box<Totp>>,
    /// By which he may set a new password.
    pub reset: Option<Box<Reset>>,
    /// He may not come in.
    pub banned: Option<Box<Sanction>>,
    /// The devices that were shut out last, the latest at the end: at most `FORMER_DEVICES_MAX`.
    pub former: Vec<Former>,
    /// The rooms that he was told he may join, and who told him.
    pub invitations: BTreeMap<LogId, PersonId>,
    /// How he stands to others, as he sees it: each side of a friendship is its own.
    pub contacts: BTreeMap<PersonId, Contact>,
    /// Who has blocked him, which he is never told.
    pub blocked_by: BTreeSet<PersonId>,
    /// How he wants to be seen.
    pub presence: Presence,
}

impl Empty for Seldom {
    const EMPTY: &'static Self = &Seldom {
        totp: None,
        reset: None,
        banned: None,
        former: Vec::new(),
        invitations: BTreeMap::new(),
        contacts: BTreeMap::new(),
        blocked_by: BTreeSet::new(),
        presence: Presence { mode: Mode::Online, status: String::new(), audience: Audience::Rooms },
    };
}

impl Default for Seldom {
    fn default() -> Self {
        Seldom::EMPTY.clone()
    }
}

/// Somebody as he stands in a checkpoint.
#[derive(Deserialize)]
struct Written {
    name: Name,
    token: TokenHash,
    password: Option<Box<PasswordHash>>,
    totp: Option<Box<Totp>>,
    reset: Option<Box<Reset>>,
    admin: bool,
    banned: Option<Box<Sanction>>,
    devices: FewMap<CompactString, DeviceId>,
    former: Vec<Former>,
    rooms: FewSet<LogId>,
    invitations: BTreeMap<LogId, PersonId>,
    contacts: BTreeMap<PersonId, Contact>,
    blocked_by: BTreeSet<PersonId>,
    presence: Presence,
    own_head: Seq,
}

impl From<Written> for Person {
    fn from(written: Written) -> Self {
        let Written { name, token, password, admin, devices, rooms, own_head, .. } = written;
        let Written { totp, reset, banned, former, invitations, contacts, blocked_by, presence, .. } =
            written;
        let seldom = Seldom { totp, reset, banned, former, invitations, contacts, blocked_by, presence };
        Person { name, token, password, admin, devices, rooms, own_head, seldom: seldom.into() }
    }
}

impl Serialize for Person {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Person { name, token, password, admin, devices, rooms, own_head, seldom } = self;
        let mut written = serializer.serialize_struct("Person", 15)?;
        written.serialize_field("name", name)?;
        written.serialize_field("token", token)?;
        written.serialize_field("password", password)?;
        written.serialize_field("totp", &seldom.totp)?;
        written.serialize_field("reset", &seldom.reset)?;
        written.serialize_field("admin", admin)?;
        written.serialize_field("banned", &seldom.banned)?;
        written.serialize_field("devices", devices)?;
        written.serialize_field("former", &seldom.former)?;
        written.serialize_field("rooms", rooms)?;
        written.serialize_field("invitations", &seldom.invitations)?;
        written.serialize_field("contacts", &seldom.contacts)?;
        written.serialize_field("blocked_by", &seldom.blocked_by)?;
        written.serialize_field("presence", &seldom.presence)?;
        written.serialize_field("own_head", own_head)?;
        written.end()
    }
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
            admin: false,
            devices: FewMap::new(),
            rooms: FewSet::new(),
            own_head: Seq(0),
            seldom: Rare::new(),
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
        self.seldom.former.iter().rfind(|former| former.label == label).map(|former| former.device)
    }

    pub(super) fn shut_out(&mut self, device: DeviceId, gone: Device) {
        self.devices.retain(|_, held| *held != device);
        let Device { label, numbers_of, window, .. } = gone;
        self.seldom.change(|Seldom { former, .. }| {
            former.push(Former { device, label, numbers_of, window });
            if former.len() > FORMER_DEVICES_MAX {
                former.remove(0);
            }
        });
    }

    /// What a former device leaves to its heir.
    pub(super) fn inherit(&mut self, device: DeviceId) -> Option<Former> {
        let at = self.seldom.former.iter().position(|former| former.device == device)?;
        Some(self.seldom.change(|seldom| seldom.former.remove(at)))
    }

    /// Does something to the numbers of his devices that were shut out last.
    pub(super) fn former_windows(&mut self, work: &impl Fn(&mut Window)) {
        self.seldom.if_any(|seldom| {
            for former in &mut seldom.former {
                former.window.if_any(work);
            }
        });
    }

    /// Whether he has blocked this person.
    #[must_use]
    pub fn blocks(&self, other: PersonId) -> bool {
        self.seldom.contacts.get(&other) == Some(&Contact::Blocked)
    }
}
