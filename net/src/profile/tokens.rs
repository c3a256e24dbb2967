//! The tokens that make a name ours on this computer, in files.
//!
//! A guest's devices share one token, `NAME.token`, with what this computer is called. An account's device has one of
//! its own, with its label, in `NAME+N.token`, where N is the slot that a running program holds by the lock on
//! `NAME.N.lock`; the window's is `window`. A token that is to be
//! good from some moment on lies in `NAME+N.next` before the server is asked for it, and takes the other's place when
//! the server has answered. If the program ends between, both are tried the next time, and what was drawn is drawn
//! once: until it is known what became of it, the same is asked for again. So at no moment is the only good token
//! nowhere on this disk.

use super::error::{ProfileError, disk};
use super::files::{file_name, read, read_or_draw, remove, rename, write_new};
use super::label::{computer, former, label, window_label};
use super::secret::token;
use rand::rngs::StdRng;
use sala_core::client::Event;
use sala_core::limits::DEVICES_MAX;
use sala_core::name::Name;
use sala_core::protocol::Secret;
use sala_core::refusal::Code;
use std::cell::RefCell;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

/// Programs of one account that can run at the same time after one sign-in.
pub const SLOTS: usize = 4;
/// Codes after which nobody can come to be a device by what was prepared. `name_taken` is none of them: a registration
/// whose answer was lost has taken the name itself.
const REFUSED_FOR_GOOD: [&str; 11] = [
    Code::WrongPassword.as_str(),
    Code::CodeNeeded.as_str(),
    Code::WrongCode.as_str(),
    Code::RegistrationClosed.as_str(),
    Code::InvitationNeeded.as_str(),
    Code::BadInvitation.as_str(),
    Code::WeakPassword.as_str(),
    Code::Banned.as_str(),
    Code::NotAllowed.as_str(),
    Code::TooManyDevices.as_str(),
    Code::Full.as_str(),
];

/// Which of the programs that are one person on this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// One of those in terminals and scripts, from 1.
    Numbered(usize),
    /// The window: there is one at a time, which sees to that itself.
    Window,
}

impl fmt::Display for Slot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Slot::Numbered(number) => write!(formatter, "{number}"),
            Slot::Window => formatter.write_str("window"),
        }
    }
}

/// A token, and the device that it is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The token.
    pub token: Secret,
    /// The device's label.
    pub device: String,
}

/// What is known of how a program comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// By the token of an account's device.
    Device(Held),
    /// By the token that all devices of a guest share.
    Guest(Held),
    /// Nobody has come in under this name from here.
    Nobody,
}

#[derive(Debug)]
struct State {
    standing: Standing,
    /// What may be good, or will be.
    next: Option<Held>,
}

/// A name's tokens, and a slot that no other running program of this name uses.
#[derive(Debug)]
pub struct Profile {
    place: Place,
    slot: Slot,
    state: RefCell<State>,
    _lock: Option<File>,
}

/// Where the tokens of a name on a server lie.
#[derive(Clone, Debug)]
struct Place {
    folder: PathBuf,
    stem: String,
    /// What this computer is called.
    computer: String,
}

impl Place {
    fn find(profile: &Path, server: &str, name: &Name, random: &mut StdRng) -> Result<Self, ProfileError> {
        let folder = profile.join(file_name(server));
        fs::create_dir_all(&folder).map_err(disk("make the folder", &folder))?;
        let computer = computer(profile, random)?;
        Ok(Place { folder, stem: file_name(name.as_str()), computer })
    }

    /// What the device of a slot is called if it has no name yet.
    fn label(&self, slot: Slot) -> String {
        label_at(&self.computer, slot)
    }

    /// The file of the token that all devices of a guest share.
    fn of_guest(&self) -> PathBuf {
        self.folder.join(format!("{}.token", self.stem))
    }
}

fn label_at(computer: &str, slot: Slot) -> String {
    match slot {
        Slot::Numbered(number) => label(computer, number),
        Slot::Window => window_label(computer),
    }
}

impl Profile {
    /// Claims a slot in a profile: one that has a token of its own, or else the first that is free.
    ///
    /// # Errors
    /// When all are in use, or the profile cannot be read or written to.
    pub fn claim(
        profile: &Path,
        server: &str,
        name: &Name,
        random: &mut StdRng,
    ) -> Result<Self, ProfileError> {
        let place = Place::find(profile, server, name, random)?;
        let own = |slot: &usize| {
            let path = |kind| place.folder.join(format!("{}+{slot}.{kind}", place.stem));
            ["token", "next"].into_iter().any(|kind| path(kind).exists())
        };
        let (owned, others): (Vec<usize>, Vec<usize>) = (1..=DEVICES_MAX).partition(own);
        for slot in owned.into_iter().chain(others) {
            if let Some(profile) = Self::claim_slot(&place, slot)? {
                return Ok(profile);
            }
        }
        Err(ProfileError::Crowded(name.clone()))
    }

    /// The same for the window, which has claimed the whole profile from other windows.
    ///
    /// # Errors
    /// When the profile cannot be read or written to.
    pub fn of_window(
        profile: &Path,
        server: &str,
        name: &Name,
        random: &mut StdRng,
    ) -> Result<Self, ProfileError> {
        Self::at(&Place::find(profile, server, name, random)?, Slot::Window, None)
    }

    /// Claims this slot of the same name; `None` if another program has it.
    ///
    /// # Errors
    /// When the profile cannot be read or written to.
    pub fn sibling(&self, slot: usize) -> Result<Option<Self>, ProfileError> {
        Self::claim_slot(&self.place, slot)
    }

    fn claim_slot(place: &Place, slot: usize) -> Result<Option<Self>, ProfileError> {
        let path = place.folder.join(format!("{}.{slot}.lock", place.stem));
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(disk("write", &path))?;
        match lock.try_lock() {
            Ok(()) => Self::at(place, Slot::Numbered(slot), Some(lock)).map(Some),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(disk("lock", &path)(error)),
        }
    }

    fn at(place: &Place, slot: Slot, lock: Option<File>) -> Result<Self, ProfileError> {
        let Place { folder, stem, .. } = place;
        // Read under the lock: what a program that had this slot has written is whole.
        let guest = read(&folder.join(format!("{stem}.token")))?;
        let of_guest = |name: Option<String>| match (name, slot) {
            (Some(name), slot) => label_at(&name, slot),
            (None, Slot::Numbered(number)) => former(number),
            (None, Slot::Window) => place.label(slot),
        };
        let guest = guest.map(|(token, name)| Held { token, device: of_guest(name) });
        let device = |kind: &str| -> Result<Option<Held>, ProfileError> {
            let found = read(&folder.join(format!("{stem}+{slot}.{kind}")))?;
            Ok(found.map(|(token, device)| Held { token, device: device.unwrap_or_else(|| of_guest(None)) }))
        };
        let standing = match (device("token")?, guest) {
            (Some(held), _) => Standing::Device(held),
            (None, Some(held)) => Standing::Guest(held),
            (None, None) => Standing::Nobody,
        };
        let state = RefCell::new(State { standing, next: device("next")? });
        Ok(Profile { place: place.clone(), slot, state, _lock: lock })
    }

    /// Whether another slot of this name has a token of its own, which may be good, where the server has refused what this
    /// one came in by. Then that is forgotten; what cannot be would be taken again, and so for ever.
    #[must_use]
    pub fn gives_way(&self) -> bool {
        let own = matches!(self.standing(), Standing::Device(_)) || self.is_in_doubt();
        own && self.is_signed_in_elsewhere()
            && ["token", "next"].iter().all(|kind| remove(&self.path(kind)).is_ok())
    }

    /// Whether other slots are devices of an account and this one is none: all of them are in use.
    #[must_use]
    pub fn is_crowded_out(&self) -> bool {
        !matches!(self.standing(), Standing::Device(_)) && self.is_signed_in_elsewhere()
    }

    fn is_signed_in_elsewhere(&self) -> bool {
        let other =
            |slot: usize| self.place.folder.join(format!("{}+{slot}.token", self.place.stem)).exists();
        (1..=DEVICES_MAX).any(|slot| Slot::Numbered(slot) != self.slot && other(slot))
    }

    /// Which slot it is.
    #[must_use]
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// How the program comes in. Where nobody has come in yet, a guest's token is drawn; `next` alone may be good if a
    /// program ended before it knew.
    ///
    /// # Errors
    /// When the profile cannot be read or written to.
    pub fn held(&self, random: &mut StdRng) -> Result<(Held, Option<Held>), ProfileError> {
        let state = self.state.borrow();
        match (&state.standing, &state.next) {
            (Standing::Device(held) | Standing::Guest(held), next) => Ok((held.clone(), next.clone())),
            (Standing::Nobody, Some(next)) => Ok((next.clone(), None)),
            (Standing::Nobody, None) => {
                drop(state);
                let path = self.place.of_guest();
                let held =
                    Held { token: read_or_draw(&path, &self.place.computer, random)?, device: self.label() };
                self.state.borrow_mut().standing = Standing::Guest(held.clone());
                Ok((held, None))
            }
        }
    }

    /// What is known of how the program comes in.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.state.borrow().standing.clone()
    }

    /// A token was asked for before, and it is not known whether it is good.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.state.borrow().next.is_some()
    }

    /// The token that is to be asked for by a password, on the disk before it is asked for: for a device of an account,
    /// known by a label that no other computer has.
    ///
    /// # Errors
    /// When the profile cannot be read or written to.
    pub fn prepare(&self, random: &mut StdRng) -> Result<Held, ProfileError> {
        let mut state = self.state.borrow_mut();
        let pending = state.next.take();
        let device = match (&pending, &state.standing) {
            (_, Standing::Device(held)) => held.device.clone(),
            (Some(next), _) if !self.is_former(&next.device) => next.device.clone(),
            _ => self.label(),
        };
        let token = pending.map_or_else(|| token(random), |next| next.token);
        self.write_next(&mut state, Held { token, device })
    }

    /// The token that a guest asks for who becomes an account: his device stays the one that it is.
    ///
    /// # Errors
    /// When the profile cannot be read or written to.
    pub fn prepare_upgrade(&self, random: &mut StdRng) -> Result<Held, ProfileError> {
        let mut state = self.state.borrow_mut();
        let device = match &state.standing {
            Standing::Device(held) | Standing::Guest(held) => held.device.clone(),
            Standing::Nobody => self.label(),
        };
        let token = state.next.take().map_or_else(|| token(random), |next| next.token);
        self.write_next(&mut state, Held { token, device })
    }

    fn write_next(&self, state: &mut State, next: Held) -> Result<Held, ProfileError> {
        self.write(&self.path("next"), &format!("{}\n{}", next.token.reveal(), next.device))?;
        state.next = Some(next.clone());
        Ok(next)
    }

    /// Takes in what happened on the link, and keeps what follows from it. `account` says whether we have one, `closed`
    /// by which code the link was closed.
    ///
    /// # Errors
    /// When the profile cannot be read or written to.
    pub fn heard(&self, event: &Event, account: bool, closed: Option<&str>) -> Result<(), ProfileError> {
        match event {
            // Another slot may be good still, and is taken the next time: this one is not, and says so no more.
            Event::Closed if matches!(closed, Some("revoked" | "name_taken")) => {
                if matches!(self.state.borrow().standing, Standing::Device(_)) {
                    remove(&self.path("token"))?;
                    remove(&self.path("next"))?;
                }
                Ok(())
            }
            Event::TokenChanged(token) => self.changed(token),
            Event::Online => {
                let state = self.state.borrow();
                let alone = state.standing == Standing::Nobody;
                let next = state.next.clone().filter(|_| alone);
                drop(state);
                match next {
                    Some(_) if account => self.settle(),
                    // What was to be an account's never came to be one: the name is a guest's by the same token.
                    Some(next) => self.settle_as_guest(next),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// The token that was prepared is good, and the one before it is not.
    ///
    /// # Errors
    /// When the profile cannot be read or written to.
    pub fn settle(&self) -> Result<(), ProfileError> {
        let mut state = self.state.borrow_mut();
        let Some(next) = state.next.take() else { return Ok(()) };
        rename(&self.path("next"), &self.path("token"))?;
        let guest = matches!(state.standing, Standing::Guest(_));
        state.standing = Standing::Device(next);
        if guest {
            // It lets nobody in any more: guests who become an account have new tokens.
            remove(&self.place.of_guest())?;
        }
        Ok(())
    }

    /// Coming in by what was prepared was refused by this code. If that is for good it is nobody's, and is forgotten: a
    /// slot that keeps it would be taken for one that may be good. Else it is kept, as it may have come to be so.
    ///
    /// # Errors
    /// When the profile cannot be read or written to.
    pub fn refused(&self, code: &str) -> Result<(), ProfileError> {
        if !REFUSED_FOR_GOOD.contains(&code) {
            return Ok(());
        }
        self.state.borrow_mut().next = None;
        remove(&self.path("next"))
    }

    /// The token of this device is kept elsewhere, and it comes in by it. One that lies here is newer.
    pub fn take_over(&self, token: Secret) {
        let mut state = self.state.borrow_mut();
        if !matches!(state.standing, Standing::Device(_)) {
            state.standing = Standing::Device(Held { token, device: self.label() });
        }
    }

    /// The token of this device is kept elsewhere from now on.
    ///
    /// # Errors
    /// When the profile cannot be written to.
    pub fn hand_over(&self) -> Result<(), ProfileError> {
        remove(&self.path("token"))
    }

    fn changed(&self, token: &Secret) -> Result<(), ProfileError> {
        let known = self.state.borrow().next.as_ref().is_some_and(|next| next.token == *token);
        if known { self.settle() } else { Ok(()) }
    }

    fn settle_as_guest(&self, next: Held) -> Result<(), ProfileError> {
        // Whatever another program has drawn meanwhile is no guest's token: the server has just said that this one is.
        let name =
            if next.device == self.label() { format!("\n{}", self.place.computer) } else { String::new() };
        let text = format!("{}{name}", next.token.reveal());
        self.write(&self.place.of_guest(), &text)?;
        remove(&self.path("next"))?;
        let mut state = self.state.borrow_mut();
        (state.standing, state.next) = (Standing::Guest(next), None);
        Ok(())
    }

    /// The account is no more: nothing of it is good.
    ///
    /// # Errors
    /// When the profile cannot be read or written to.
    pub fn forget(&self) -> Result<(), ProfileError> {
        for slot in (1..=DEVICES_MAX).map(Slot::Numbered).chain([Slot::Window]) {
            for kind in ["token", "next"] {
                remove(&self.place.folder.join(format!("{}+{slot}.{kind}", self.place.stem)))?;
            }
        }
        remove(&self.place.of_guest())
    }

    /// Writes a file whole or not at all, and flushes it with its folder. The draft is this slot's own.
    fn write(&self, path: &Path, text: &str) -> Result<(), ProfileError> {
        let draft = self.path("draft");
        fs::remove_file(&draft).ok();
        write_new(&draft, text).map_err(disk("write", &draft))?;
        rename(&draft, path)
    }

    fn label(&self) -> String {
        self.place.label(self.slot)
    }

    /// Whether that is what a program before this one called its device, wherever it ran.
    fn is_former(&self, device: &str) -> bool {
        matches!(self.slot, Slot::Numbered(number) if device == former(number))
    }

    fn path(&self, kind: &str) -> PathBuf {
        self.place.folder.join(format!("{}+{}.{kind}", self.place.stem, self.slot))
    }
}
