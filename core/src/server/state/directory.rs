//! The fold of the directory: people, their devices, the names of rooms, and what the server allows.

use super::invited::ServerInvitation;
use super::keeping::Keeping;
use super::keys::{KeyIndex, kept_keys};
use super::person::{Device, PasswordHash, Person, Reset, Seldom, Totp};
use super::window::Window;
use crate::address::AddressRange;
use crate::entry::{
    DeviceId, DirectoryEntry, InvitationId, LinkId, LogId, PersonId, Registration, ReportId, Sanction, Seq,
    TokenHash,
};
use crate::mutant::planted;
use crate::name::{Name, RoomName};
use crate::packed::PackedMap;
use crate::rare::Rare;
use crate::secret::hash_text;
use crate::time::Wall;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name under which the server itself stands in a log; nobody else can have it.
pub const SERVER_NAME: &str = "sala";

/// People, devices and names of rooms, as the directory's entries add up to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    pub(super) head: Seq,
    people: PackedMap<PersonId, Person>,
    devices: PackedMap<DeviceId, Device>,
    names: KeyIndex<PersonId>,
    /// The names of people who are gone, by the hashes of either key, and when each is free again.
    kept_names: BTreeMap<String, Wall>,
    /// The names by which rooms are found.
    room_names: KeyIndex<LogId>,
    /// The keys that rooms ever had: none is another room's later, or who held the first one's log would mix them up.
    room_keys: KeyIndex<LogId>,
    /// The rooms of two, by the one who came first and the other.
    directs: BTreeMap<PersonId, BTreeMap<PersonId, LogId>>,
    /// The rooms that links let people into, by the hashes of what their bearers must know.
    links: BTreeMap<TokenHash, (LogId, LinkId)>,
    address_bans: BTreeMap<AddressRange, Sanction>,
    /// Whose words the reasons of bans are: they go with him.
    #[serde(default)]
    banned_by: BTreeMap<PersonId, PersonId>,
    #[serde(default)]
    address_banned_by: BTreeMap<AddressRange, PersonId>,
    claim: Option<TokenHash>,
    /// Decides how places in the order of all entries are told. It comes from the first code that was ever offered, which
    /// nobody knows who does not run the server.
    cursor_key: String,
    #[serde(flatten)]
    registration: Registration,
    guests: bool,
    #[serde(default)]
    keep: Keeping,
    /// The invitations to the server, also used ones: none comes to be good again before it would be over.
    #[serde(default)]
    invitations: BTreeMap<InvitationId, ServerInvitation>,
    next_person: PersonId,
    next_device: DeviceId,
    next_log: LogId,
    next_link: LinkId,
    next_report: ReportId,
    #[serde(default)]
    last_invitation: InvitationId,
}

impl Directory {
    pub(super) fn new() -> Self {
        let mut names = KeyIndex::new();
        let own = Name::parse(SERVER_NAME).expect("the server's own name keeps the rules for names");
        names.insert(&own.keys(), PersonId(0));
        Directory {
            head: Seq(0),
            people: PackedMap::new(),
            devices: PackedMap::new(),
            names,
            kept_names: BTreeMap::new(),
            room_names: KeyIndex::new(),
            room_keys: KeyIndex::new(),
            directs: BTreeMap::new(),
            links: BTreeMap::new(),
            address_bans: BTreeMap::new(),
            banned_by: BTreeMap::new(),
            address_banned_by: BTreeMap::new(),
            claim: None,
            cursor_key: String::new(),
            registration: Registration::Open,
            guests: true,
            keep: Keeping::default(),
            invitations: BTreeMap::new(),
            next_person: PersonId(1),
            next_device: DeviceId(1),
            next_log: LogId(1),
            next_link: LinkId(1),
            next_report: ReportId(1),
            last_invitation: InvitationId(0),
        }
    }

    /// Who holds this name, or one that looks like it. The holder 0 is the server itself, and no [`Person`].
    #[must_use]
    pub fn holder(&self, name: &Name) -> Option<PersonId> {
        self.names.holder(&name.keys())
    }

    /// The person of exactly this name, save for case. One whose name merely looks like it is not meant.
    #[must_use]
    pub fn named(&self, name: &Name) -> Option<(PersonId, &Person)> {
        let person = self.holder(name)?;
        Some((person, self.person(person).filter(|found| found.name.same(name))?))
    }

    /// When a name that belonged to somebody who is gone is free again.
    #[must_use]
    pub fn kept_until(&self, name: &Name) -> Option<Wall> {
        kept_keys(name).iter().filter_map(|key| self.kept_names.get(key)).max().copied()
    }

    /// The person with this id.
    #[must_use]
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(&id)
    }

    /// Everybody.
    pub fn people(&self) -> impl Iterator<Item = (PersonId, &Person)> {
        self.people.iter().map(|(id, person)| (*id, person))
    }

    /// The device with this id.
    #[must_use]
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.get(&id)
    }

    /// The room of exactly this name, save for case, or one that looks like it.
    #[must_use]
    pub fn room(&self, name: &RoomName) -> Option<LogId> {
        match name.given_log() {
            Some(log) => Some(LogId(log)),
            None => self.room_names.holder(&name.keys()),
        }
    }

    /// The room that has, or had, this key.
    #[must_use]
    pub fn keyed(&self, key: &RoomName) -> Option<LogId> {
        key.given_log().map(LogId).or_else(|| self.room_keys.holder(&key.keys()))
    }

    /// The conversation of these two.
    #[must_use]
    pub fn direct(&self, a: PersonId, b: PersonId) -> Option<LogId> {
        self.directs.get(&a.min(b))?.get(&a.max(b)).copied()
    }

    /// The room and the link that the bearer of this knows.
    #[must_use]
    pub fn link(&self, token: &TokenHash) -> Option<(LogId, LinkId)> {
        self.links.get(token).copied()
    }

    /// How many people there are.
    #[must_use]
    pub fn people_count(&self) -> usize {
        self.people.len()
    }

    /// The bans of addresses.
    #[must_use]
    pub fn address_bans(&self) -> &BTreeMap<AddressRange, Sanction> {
        &self.address_bans
    }

    /// The hash of the code by which somebody may make himself an administrator.
    #[must_use]
    pub fn claim(&self) -> Option<&TokenHash> {
        self.claim.as_ref()
    }

    /// The key of the permutation under which places in the order of all entries are told.
    #[must_use]
    pub fn cursor_key(&self) -> &str {
        &self.cursor_key
    }

    /// Who may make accounts.
    #[must_use]
    pub fn registration(&self) -> Registration {
        self.registration
    }

    /// How long what is said is kept in any room.
    #[must_use]
    pub fn keep(&self) -> Keeping {
        self.keep
    }

    /// The invitations to the server that are not over, and some that are.
    #[must_use]
    pub fn invitations(&self) -> &BTreeMap<InvitationId, ServerInvitation> {
        &self.invitations
    }

    /// The id that the next new invitation gets.
    #[must_use]
    pub fn next_invitation(&self) -> InvitationId {
        InvitationId(self.last_invitation.0 + 1)
    }

    /// Whether new guests may come in.
    #[must_use]
    pub fn guests(&self) -> bool {
        self.guests
    }

    /// The id that the next new person gets.
    #[must_use]
    pub fn next_person(&self) -> PersonId {
        self.next_person
    }

    /// The id that the next new device gets.
    #[must_use]
    pub fn next_device(&self) -> DeviceId {
        self.next_device
    }

    /// The id that the next new room's log gets.
    #[must_use]
    pub fn next_log(&self) -> LogId {
        self.next_log
    }

    /// The id that the next new link gets.
    #[must_use]
    pub fn next_link(&self) -> LinkId {
        self.next_link
    }

    /// The id that the next new report gets.
    #[must_use]
    pub fn next_report(&self) -> ReportId {
        self.next_report
    }

    /// The key that a new room of this name gets: the name itself, unless the room is found in other ways, or another
    /// room had that key before.
    pub(super) fn new_key(&self, log: LogId, name: Option<&RoomName>, public: bool) -> RoomName {
        let free = name.filter(|name| public && self.room_keys.holder(&name.keys()).is_none());
        free.cloned().unwrap_or_else(|| RoomName::of_log(log.0))
    }

    pub(super) fn person_mut(&mut self, id: PersonId) -> Option<&mut Person> {
        self.people.get_mut(&id)
    }

    pub(super) fn device_mut(&mut self, id: DeviceId) -> Option<&mut Device> {
        self.devices.get_mut(&id)
    }

    /// Forgets what one of somebody's posts said; of nobody's, where it is not known who said it.
    pub(super) fn forget_post(&mut self, of: PersonId, log: LogId, seq: Seq) {
        let forget = |window: &mut Window| window.forget(log, Some(seq));
        if of == PersonId(0) {
            self.all_windows(forget);
        } else {
            self.windows_of(of, forget);
        }
    }

    /// Does something to the numbers of all devices of somebody, those that were shut out last among them.
    pub(super) fn windows_of(&mut self, person: PersonId, work: impl Fn(&mut Window)) {
        let Some(person) = self.people.get_mut(&person) else { return };
        for device in person.devices.values() {
            if let Some(device) = self.devices.get_mut(device) {
                device.window.if_any(&work);
            }
        }
        person.former_windows(&work);
    }

    /// Does something to the numbers of every device there is, and of those that were shut out last.
    pub(super) fn all_windows(&mut self, work: impl Fn(&mut Window)) {
        for device in self.devices.values_mut() {
            device.window.if_any(&work);
        }
        self.people.values_mut().for_each(|person| person.former_windows(&work));
    }

    /// Takes in the next entry, as far as it concerns the directory alone.
    pub(super) fn evolve(&mut self, entry: &DirectoryEntry) {
        self.head = self.head.next();
        match entry.clone() {
            DirectoryEntry::Guest { person, name, token, .. } => self.add_person(person, name, token),
            DirectoryEntry::Account { person, name, .. } => {
                self.add_person(person, name, TokenHash::default());
            }
            DirectoryEntry::Password { person, hash, .. } => {
                let seq = self.head;
                if let Some(person) = self.people.get_mut(&person) {
                    person.password = Some(Box::new(PasswordHash { phc: hash, seq }));
                    person.seldom.if_any(|seldom| seldom.reset = None);
                    // What let the guest in was known to all of his devices; each has a token of its own now.
                    person.token = TokenHash::default();
                }
            }
            DirectoryEntry::Device { at, device, person, label, token, heir_of } => {
                self.next_device = DeviceId(device.0 + 1);
                if let Some(owner) = self.people.get_mut(&person) {
                    let label = CompactString::from(label.as_str());
                    owner.devices.insert(label.clone(), device);
                    let former = heir_of.and_then(|former| owner.inherit(former));
                    let (numbers_of, window) = match former.filter(|_| !planted("heir_without_numbers")) {
                        Some(former) => (former.numbers_of, former.window),
                        None => (device, Rare::new()),
                    };
                    let token = token.map(Box::new);
                    let new = Device { person, label, token, seen: at, numbers_of, window };
                    self.devices.insert(device, new);
                }
            }
            DirectoryEntry::Token { at, device, token, .. } => {
                if let Some(device) = self.devices.get_mut(&device) {
                    (device.token, device.seen) = (Some(Box::new(token)), at);
                }
            }
            DirectoryEntry::Seen { at, device } => {
                if let Some(device) = self.devices.get_mut(&device) {
                    device.seen = at;
                }
            }
            DirectoryEntry::Revoked { .. } if planted("revoked_token_stays_good") => {}
            DirectoryEntry::Revoked { device, .. } => {
                if let Some(gone) = self.devices.remove(&device)
                    && let Some(owner) = self.people.get_mut(&gone.person)
                {
                    owner.shut_out(device, gone);
                }
            }
            DirectoryEntry::Totp { person, secret, step, recovery, .. } => {
                let seq = self.head;
                let recovery = recovery.into_iter().collect();
                let totp = Box::new(Totp { secret, seq, step, recovery });
                self.change_seldom(person, |seldom| seldom.totp = Some(totp));
            }
            DirectoryEntry::TotpOff { person, .. } => self.change_seldom(person, |seldom| seldom.totp = None),
            DirectoryEntry::CodeUsed { person, step, .. } => self.change_seldom(person, |seldom| {
                if let Some(totp) = &mut seldom.totp {
                    totp.step = step;
                }
            }),
            DirectoryEntry::RecoveryUsed { person, code, .. } => self.change_seldom(person, |seldom| {
                if let Some(totp) = &mut seldom.totp {
                    totp.recovery.remove(&code);
                }
            }),
            DirectoryEntry::Erased { at, person, keys, free_at } => {
                self.kept_names.retain(|_, free_at| *free_at > at);
                self.kept_names.extend(keys.into_iter().map(|key| (key, free_at)));
                self.erase_person(person);
            }
            DirectoryEntry::Claim { code, .. } => {
                if self.cursor_key.is_empty() {
                    self.cursor_key = hash_text(&format!("cursor {code}"));
                }
                self.claim = Some(code);
            }
            DirectoryEntry::Admin { whom, on, .. } => {
                if on {
                    self.claim = None;
                }
                if let Some(person) = self.people.get_mut(&whom) {
                    person.admin = on;
                }
            }
            DirectoryEntry::Settings { registration, guests, .. } => {
                (self.registration, self.guests) = (registration, guests);
            }
            DirectoryEntry::Keep { at, days, .. } => self.keep = Keeping { days, since: at },
            DirectoryEntry::ServerBan { by, whom, sanction, .. } => {
                self.banned_by.insert(whom, by);
                self.change_seldom(whom, |seldom| seldom.banned = Some(Box::new(sanction)));
            }
            DirectoryEntry::ServerUnban { whom, .. } => {
                self.banned_by.remove(&whom);
                self.change_seldom(whom, |seldom| seldom.banned = None);
            }
            DirectoryEntry::AddressBan { at, by, range, sanction } => {
                self.address_bans.insert(range, sanction);
                self.address_banned_by.insert(range, by);
                self.address_bans.retain(|held, sanction| *held == range || sanction.holds(at));
                self.address_banned_by.retain(|held, _| self.address_bans.contains_key(held));
            }
            DirectoryEntry::AddressUnban { range, .. } => {
                self.address_bans.remove(&range);
                self.address_banned_by.remove(&range);
            }
            DirectoryEntry::Reset { whom, code, until, .. } => {
                self.change_seldom(whom, |seldom| seldom.reset = Some(Box::new(Reset { code, until })));
            }
            DirectoryEntry::ServerInvitation { at, by, invitation, code, until } => {
                self.last_invitation = invitation;
                self.invitations.retain(|_, held| at < held.until);
                self.invitations.insert(invitation, ServerInvitation { by, code, until, used: false });
            }
            DirectoryEntry::ServerInvitationUsed { invitation, .. } => {
                self.invitations.entry(invitation).and_modify(|held| held.used = true);
            }
            DirectoryEntry::ServerUninvited { invitation, .. } => drop(self.invitations.remove(&invitation)),
            DirectoryEntry::Room { log, name, pair, .. } => {
                self.next_log = LogId(log.0 + 1);
                if let Some([a, b]) = pair {
                    self.directs.entry(a.min(b)).or_default().insert(a.max(b), log);
                }
                if let Some(name) = name.filter(|_| entry.is_public_room()) {
                    if self.room_keys.holder(&name.keys()).is_none() {
                        self.room_keys.insert(&name.keys(), log);
                    }
                    self.room_names.insert(&name.keys(), log);
                }
            }
            DirectoryEntry::RoomClosed { log, .. } => {
                self.room_names.remove_all(log);
                self.links.retain(|_, (held, _)| *held != log);
                self.all_windows(|window| window.forget(log, None));
                for person in self.people.values_mut() {
                    person.rooms.remove(&log);
                    person.seldom.if_any(|seldom| seldom.invitations.remove(&log));
                }
            }
            DirectoryEntry::Link { log, link, token, .. } => {
                self.next_link = LinkId(link.0 + 1);
                self.links.insert(token, (log, link));
            }
            DirectoryEntry::Unlinked { link, .. } => self.links.retain(|_, (_, held)| *held != link),
            DirectoryEntry::Report { report, .. } => self.next_report = ReportId(report.0 + 1),
            DirectoryEntry::Hold { .. } | DirectoryEntry::Held { .. } | DirectoryEntry::Unheld { .. } => {}
            DirectoryEntry::RoomName { .. }
            | DirectoryEntry::LinkUsed { .. }
            | DirectoryEntry::Resolved { .. } => {}
        }
    }

    /// A public room is found by its key and by this name, and no longer by the one before.
    pub(super) fn rename_room(&mut self, log: LogId, key: &RoomName, name: &RoomName) {
        self.room_names.remove_all(log);
        self.room_names.insert(&key.keys(), log);
        self.room_names.insert(&name.keys(), log);
    }

    pub(super) fn forget_link(&mut self, link: LinkId) {
        self.links.retain(|_, (_, held)| *held != link);
    }

    fn add_person(&mut self, id: PersonId, name: Name, token: TokenHash) {
        self.next_person = PersonId(id.0 + 1);
        self.names.insert(&name.keys(), id);
        for key in kept_keys(&name) {
            self.kept_names.remove(&key);
        }
        self.people.insert(id, Person::new(name, token));
    }

    fn change_seldom(&mut self, person: PersonId, work: impl FnOnce(&mut Seldom)) {
        if let Some(person) = self.people.get_mut(&person) {
            person.seldom.change(work);
        }
    }

    fn erase_person(&mut self, id: PersonId) {
        self.names.remove_all(id);
        self.devices.retain(|_, device| device.person != id);
        self.people.remove(&id);
        self.banned_by.remove(&id);
        self.invitations.retain(|_, held| held.by != id);
        for (whom, _) in self.banned_by.iter().filter(|(_, by)| **by == id) {
            let Some(whom) = self.people.get_mut(whom) else { continue };
            whom.seldom.if_any(|seldom| seldom.banned.as_mut().map(|sanction| sanction.reason.clear()));
        }
        for (range, _) in self.address_banned_by.iter().filter(|(_, by)| **by == id) {
            if let Some(sanction) = self.address_bans.get_mut(range) {
                sanction.reason.clear();
            }
        }
        for person in self.people.values_mut() {
            person.seldom.if_any(|seldom| {
                seldom.contacts.remove(&id);
                seldom.blocked_by.remove(&id);
                seldom.invitations.retain(|_, by| *by != id);
            });
        }
    }
}
