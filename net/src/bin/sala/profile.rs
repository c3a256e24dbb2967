//! Remembers on this computer what makes a name ours.
//!
//! A guest's devices share one token, `NAME.token`, with what this computer is called. An account's device has one of
//! its own, with its label, in `NAME+N.token`, where N is the slot that a running program holds by the lock on `NAME.N.lock`. A token that is to be
//! good from some moment on lies in `NAME+N.next` before the server is asked for it, and takes the other's place when
//! the server has answered. If the program ends between, both are tried the next time, and what was drawn is drawn
//! once: until it is known what became of it, the same is asked for again. So at no moment is the only good token
//! nowhere on this disk.

use crate::label::{computer, former, label};
use crate::secret::{chance, letters, token};
use anyhow::{Context as _, bail};
use rand::rngs::StdRng;
use sala_core::client::Event;
use sala_core::limits::DEVICES_MAX;
use sala_core::name::Name;
use sala_core::protocol::Secret;
use sala_core::refusal::Code;
use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Bytes of a token's file that are read; more is no token.
const TOKEN_FILE_BYTES_MAX: u64 = 1_024;
/// Programs of one account that can run at the same time after one sign-in.
pub(crate) const SLOTS: usize = 4;
/// Codes after which nobody can come to be a device by what was prepared. `name_taken` is none of them: a registration
/// whose answer was lost has taken the name itself.
const REFUSED_FOR_GOOD: [&str; 9] = [
    Code::WrongPassword.as_str(),
    Code::CodeNeeded.as_str(),
    Code::WrongCode.as_str(),
    Code::RegistrationClosed.as_str(),
    Code::WeakPassword.as_str(),
    Code::Banned.as_str(),
    Code::NotAllowed.as_str(),
    Code::TooManyDevices.as_str(),
    Code::Full.as_str(),
];

/// A token, and the device that it is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) token: Secret,
    pub(crate) device: String,
}

/// What is known of how a program comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
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
pub(crate) struct Profile {
    folder: PathBuf,
    stem: String,
    /// What this computer is called.
    computer: String,
    slot: usize,
    state: RefCell<State>,
    _lock: File,
}

impl Profile {
    /// Claims a slot: one that has a token of its own, or else the first that is free.
    pub(crate) fn claim(server: &str, name: &Name) -> anyhow::Result<Self> {
        let home = home()?;
        let folder = home.join(file_name(server));
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let computer = computer(&home, &mut chance()?)?;
        let stem = file_name(name.as_str());
        let own = |slot: &usize| {
            ["token", "next"].iter().any(|kind| folder.join(format!("{stem}+{slot}.{kind}")).exists())
        };
        let (owned, others): (Vec<usize>, Vec<usize>) = (1..=DEVICES_MAX).partition(own);
        for slot in owned.into_iter().chain(others) {
            if let Some(profile) = Self::claim_slot(&folder, &stem, &computer, slot)? {
                return Ok(profile);
            }
        }
        bail!("{DEVICES_MAX} programs are connected as {} already; end one of them", name.as_str());
    }

    /// Claims this slot of the same name; `None` if another program has it.
    pub(crate) fn sibling(&self, slot: usize) -> anyhow::Result<Option<Self>> {
        Self::claim_slot(&self.folder, &self.stem, &self.computer, slot)
    }

    fn claim_slot(folder: &Path, stem: &str, computer: &str, slot: usize) -> anyhow::Result<Option<Self>> {
        let path = folder.join(format!("{stem}.{slot}.lock"));
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.with_context(|| format!("cannot write {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            Err(fs::TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        // Read under the lock: what a program that had this slot has written is whole.
        let guest = read(&folder.join(format!("{stem}.token")))?;
        let of_old = |name: Option<String>| name.map_or_else(|| former(slot), |name| label(&name, slot));
        let guest = guest.map(|(token, name)| Held { token, device: of_old(name) });
        let device = |kind: &str| -> anyhow::Result<Option<Held>> {
            let found = read(&folder.join(format!("{stem}+{slot}.{kind}")))?;
            Ok(found.map(|(token, device)| Held { token, device: device.unwrap_or_else(|| former(slot)) }))
        };
        let standing = match (device("token")?, guest) {
            (Some(held), _) => Standing::Device(held),
            (None, Some(held)) => Standing::Guest(held),
            (None, None) => Standing::Nobody,
        };
        let state = RefCell::new(State { standing, next: device("next")? });
        let (folder, stem, computer) = (folder.to_owned(), stem.to_owned(), computer.to_owned());
        Ok(Some(Profile { folder, stem, computer, slot, state, _lock: lock }))
    }

    /// Whether another slot of this name has a token of its own, which may be good, where the server has refused what this
    /// one came in by. Then that is forgotten; what cannot be would be taken again, and so for ever.
    pub(crate) fn gives_way(&self) -> bool {
        let own = matches!(self.standing(), Standing::Device(_)) || self.is_in_doubt();
        own && self.is_signed_in_elsewhere()
            && ["token", "next"].iter().all(|kind| remove(&self.path(kind)).is_ok())
    }

    /// Whether other slots are devices of an account and this one is none: all of them are in use.
    pub(crate) fn is_crowded_out(&self) -> bool {
        !matches!(self.standing(), Standing::Device(_)) && self.is_signed_in_elsewhere()
    }

    fn is_signed_in_elsewhere(&self) -> bool {
        let other = |slot: usize| self.folder.join(format!("{}+{slot}.token", self.stem)).exists();
        (1..=DEVICES_MAX).any(|slot| slot != self.slot && other(slot))
    }

    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    /// How the program comes in. Where nobody has come in yet, a guest's token is drawn; `next` alone may be good if a
    /// program ended before it knew.
    pub(crate) fn held(&self, random: &mut StdRng) -> anyhow::Result<(Held, Option<Held>)> {
        let state = self.state.borrow();
        match (&state.standing, &state.next) {
            (Standing::Device(held) | Standing::Guest(held), next) => Ok((held.clone(), next.clone())),
            (Standing::Nobody, Some(next)) => Ok((next.clone(), None)),
            (Standing::Nobody, None) => {
                drop(state);
                let path = self.folder.join(format!("{}.token", self.stem));
                let held = Held { token: read_or_draw(&path, &self.computer, random)?, device: self.label() };
                self.state.borrow_mut().standing = Standing::Guest(held.clone());
                Ok((held, None))
            }
        }
    }

    /// What is known of how the program comes in.
    pub(crate) fn standing(&self) -> Standing {
        self.state.borrow().standing.clone()
    }

    /// A token was asked for before, and it is not known whether it is good.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.state.borrow().next.is_some()
    }

    /// The token that is to be asked for by a password, on the disk before it is asked for: for a device of an account,
    /// known by a label that no other computer has.
    pub(crate) fn prepare(&self, random: &mut StdRng) -> anyhow::Result<Held> {
        let mut state = self.state.borrow_mut();
        let pending = state.next.take();
        let device = match (&pending, &state.standing) {
            (_, Standing::Device(held)) => held.device.clone(),
            (Some(next), _) if next.device != former(self.slot) => next.device.clone(),
            _ => self.label(),
        };
        let token = pending.map_or_else(|| token(random), |next| next.token);
        self.write_next(&mut state, Held { token, device })
    }

    /// The token that a guest asks for who becomes an account: his device stays the one that it is.
    pub(crate) fn prepare_upgrade(&self, random: &mut StdRng) -> anyhow::Result<Held> {
        let mut state = self.state.borrow_mut();
        let device = match &state.standing {
            Standing::Device(held) | Standing::Guest(held) => held.device.clone(),
            Standing::Nobody => self.label(),
        };
        let token = state.next.take().map_or_else(|| token(random), |next| next.token);
        self.write_next(&mut state, Held { token, device })
    }

    fn write_next(&self, state: &mut State, next: Held) -> anyhow::Result<Held> {
        self.write(&self.path("next"), &format!("{}\n{}", next.token.reveal(), next.device))?;
        state.next = Some(next.clone());
        Ok(next)
    }

    /// Takes in what happened on the link, and keeps what follows from it. `account` says whether we have one, `closed`
    /// by which code the link was closed.
    pub(crate) fn heard(&self, event: &Event, account: bool, closed: Option<&str>) -> anyhow::Result<()> {
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
    pub(crate) fn settle(&self) -> anyhow::Result<()> {
        let mut state = self.state.borrow_mut();
        let Some(next) = state.next.take() else { return Ok(()) };
        rename(&self.path("next"), &self.path("token"))?;
        let guest = matches!(state.standing, Standing::Guest(_));
        state.standing = Standing::Device(next);
        if guest {
            // It lets nobody in any more: guests who become an account have new tokens.
            remove(&self.folder.join(format!("{}.token", self.stem)))?;
        }
        Ok(())
    }

    /// Coming in by what was prepared was refused by this code. If that is for good it is nobody's, and is forgotten: a
    /// slot that keeps it would be taken for one that may be good. Else it is kept, as it may have come to be so.
    pub(crate) fn refused(&self, code: &str) -> anyhow::Result<()> {
        if !REFUSED_FOR_GOOD.contains(&code) {
            return Ok(());
        }
        self.state.borrow_mut().next = None;
        remove(&self.path("next"))
    }

    fn changed(&self, token: &Secret) -> anyhow::Result<()> {
        let known = self.state.borrow().next.as_ref().is_some_and(|next| next.token == *token);
        if known { self.settle() } else { Ok(()) }
    }

    fn settle_as_guest(&self, next: Held) -> anyhow::Result<()> {
        // Whatever another program has drawn meanwhile is no guest's token: the server has just said that this one is.
        let name = if next.device == self.label() { format!("\n{}", self.computer) } else { String::new() };
        let text = format!("{}{name}", next.token.reveal());
        self.write(&self.folder.join(format!("{}.token", self.stem)), &text)?;
        remove(&self.path("next"))?;
        let mut state = self.state.borrow_mut();
        (state.standing, state.next) = (Standing::Guest(next), None);
        Ok(())
    }

    /// The account is no more: nothing of it is good.
    pub(crate) fn forget(&self) -> anyhow::Result<()> {
        for slot in 1..=DEVICES_MAX {
            for kind in ["token", "next"] {
                remove(&self.folder.join(format!("{}+{slot}.{kind}", self.stem)))?;
            }
        }
        remove(&self.folder.join(format!("{}.token", self.stem)))
    }

    /// Writes a file whole or not at all, and flushes it with its folder. The draft is this slot's own.
    fn write(&self, path: &Path, text: &str) -> anyhow::Result<()> {
        let draft = self.path("draft");
        fs::remove_file(&draft).ok();
        write_new(&draft, text).with_context(|| format!("cannot write {}", draft.display()))?;
        rename(&draft, path)
    }

    /// What this slot's device is called if it has no name yet.
    fn label(&self) -> String {
        label(&self.computer, self.slot)
    }

    fn path(&self, kind: &str) -> PathBuf {
        self.folder.join(format!("{}+{}.{kind}", self.stem, self.slot))
    }
}

/// Reads a guest's token, or draws one and writes it whole or not at all: two programs that start at once get the same.
fn read_or_draw(path: &Path, computer: &str, random: &mut StdRng) -> anyhow::Result<Secret> {
    // Twice is enough: whoever was quicker has written by then. More often, something else stands in the way.
    for _ in 0..3 {
        if let Some((token, _)) = read(path)? {
            return Ok(token);
        }
        let draft = path.with_extension(format!("{}.new", letters(8, random)));
        write_new(&draft, &format!("{}\n{computer}", token(random).reveal()))
            .with_context(|| format!("cannot write {}", draft.display()))?;
        // A link fails if the name is there, so the first one wins, and everybody reads what he wrote.
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft).ok();
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).with_context(|| format!("cannot write {}", path.display()));
            }
            _ => sync_folder(path)?,
        }
    }
    bail!("{} is there and cannot be read; is it a link to nowhere?", path.display())
}

/// A token and what stands behind it, if there is such a file.
fn read(path: &Path) -> anyhow::Result<Option<(Secret, Option<String>)>> {
    let mut text = String::new();
    match File::open(path).and_then(|file| file.take(TOKEN_FILE_BYTES_MAX).read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    let mut lines = text.lines().map(str::trim);
    let Some(token) = lines.next().and_then(|line| Secret::new(line.to_owned())) else {
        bail!("{} holds no token; restore it, or remove it and take another name", path.display());
    };
    Ok(Some((token, lines.next().filter(|label| !label.is_empty()).map(str::to_owned))))
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn rename(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot write {}", to.display()))?;
    sync_folder(to)
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// A name in a folder is on disk once the folder is.
fn sync_folder(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().context("a token's file lies in a folder")?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("cannot flush {}", folder.display()))
}

/// Where this program keeps what it must remember: `$SALA_HOME`, else the system's place for state.
pub(crate) fn home() -> anyhow::Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(home) = set("SALA_HOME") {
        return Ok(home);
    }
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    let state = state.or_else(|| set("LOCALAPPDATA"));
    Ok(state.context("no home folder: set HOME or SALA_HOME")?.join("sala"))
}

/// A name as a file name: letters and digits as they are, anything else as its code point.
fn file_name(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars() {
        if letter.is_alphanumeric() || letter == '-' || letter == '.' {
            name.extend(letter.to_lowercase());
        } else {
            name.push_str(&format!("_{:x}_", u32::from(letter)));
        }
    }
    name
}
