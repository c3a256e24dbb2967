//! What this computer keeps of a person: his settings, and the secrets by which his names are his.
//!
//! The folder is the terminal client's as well. A guest's token lies where that keeps it, so a name that was first used
//! there is his here, too; an account has a token for each of its devices, and this one's is in the system's keyring, or
//! lies beside it where there is none.

use crate::keyring::Keyring;
use crate::settings::Settings;
use anyhow::{Context as _, bail};
use rand::RngExt as _;
use rand::rngs::StdRng;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::Secret;
use sala_net::transport::tls::KnownServers;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Characters of a token: 43 of these 64 carry 256 bits.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TOKEN_CHARS: usize = 43;
/// Letters by which devices of one person that are called the same are told apart.
const LABEL_CHARS: usize = 6;
/// Bytes that are read of any other file here; more is none of ours.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// Bytes of all that was written to one server and not sent.
const DRAFTS_BYTES_MAX: usize = 1024 * 1024;

/// A folder that no other running window uses.
#[derive(Debug)]
pub struct Profile {
    folder: PathBuf,
    keyring: Option<Arc<Keyring>>,
    _lock: File,
}

/// What was written in each room and not sent.
pub type Drafts = BTreeMap<RoomName, String>;

/// Keeps the token of one account; it may be taken to another thread.
#[derive(Clone, Debug)]
pub struct Keeper {
    keyring: Option<Arc<Keyring>>,
    server: String,
    name: Name,
    path: PathBuf,
}

/// The folder is used by another window.
#[derive(Debug, thiserror::Error)]
#[error("another window uses the profile {0}; close it, or choose another with --profile")]
pub struct InUse(String);

impl Profile {
    /// Claims a folder, which is made if there is none.
    ///
    /// # Errors
    /// When it cannot be written to, and [`InUse`] when another window uses it.
    pub fn claim(folder: &Path) -> anyhow::Result<Self> {
        let shown = folder.display();
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {shown}"))?;
        let path = folder.join("desktop.lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.with_context(|| format!("cannot write {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Profile { folder: folder.to_owned(), keyring: None, _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(InUse(shown.to_string()).into()),
            Err(fs::TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }

    /// The same, with accounts' tokens in a keyring.
    #[must_use]
    pub fn with_keyring(self, keyring: Option<Keyring>) -> Self {
        Profile { keyring: keyring.map(Arc::new), ..self }
    }

    /// Where a profile lies unless another folder is named: `$SALA_HOME`, else the system's place for state.
    ///
    /// # Errors
    /// When the environment names no such place.
    pub fn usual_folder() -> anyhow::Result<PathBuf> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(home) = set("SALA_HOME") {
            return Ok(home);
        }
        let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
        let state = state.or_else(|| set("LOCALAPPDATA"));
        Ok(state.context("no home folder: set HOME or SALA_HOME")?.join("sala"))
    }

    /// The settings, as they were kept. A file that cannot be read is put aside, not overwritten.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let path = self.folder.join("desktop.toml");
        let read = match read(&path) {
            Ok(text) => Settings::read(&text).map_err(anyhow::Error::new),
            Err(error) if error.kind() == ErrorKind::NotFound => return Settings::default(),
            Err(error) => Err(error.into()),
        };
        read.unwrap_or_else(|error| {
            tracing::warn!(path = %path.display(), %error, "the settings cannot be read and are put aside");
            drop(fs::rename(&path, path.with_extension("unreadable")));
            Settings::default()
        })
    }

    /// Keeps the settings.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn keep_settings(&self, settings: &Settings) -> io::Result<()> {
        write(&self.folder.join("desktop.toml"), &settings.text())
    }

    /// What this device is called among a person's: drawn once, so that two computers are never taken for one device.
    ///
    /// # Errors
    /// When the folder cannot be read or written to.
    pub fn device(&self, random: &mut StdRng) -> anyhow::Result<String> {
        read_or_draw(&self.folder.join("desktop.device"), || {
            let letters = &ALPHABET[26..62];
            let letter = |random: &mut StdRng| char::from(letters[random.random_range(0..letters.len())]);
            let tail: String = (0..LABEL_CHARS).map(|_| letter(random)).collect();
            format!("desktop {tail}")
        })
    }

    /// A guest's token on a server, drawn at its first use.
    ///
    /// # Errors
    /// When the folder cannot be read or written to, or holds something that is no token.
    pub fn guest_token(&self, server: &str, name: &Name, random: &mut StdRng) -> anyhow::Result<Secret> {
        let path = self.path(server, name, "token");
        let token = read_or_draw(&path, || draw(random))?;
        let Some(token) = Secret::new(token) else {
            bail!("{} holds no token; restore it, or remove it and take another name", path.display());
        };
        Ok(token)
    }

    /// The token of an account that came in before on this device. One in a file is newer than one in the keyring: it is
    /// removed when the keyring takes another.
    #[must_use]
    pub fn account_token(&self, server: &str, name: &Name) -> Option<Secret> {
        let filed = read(&self.path(server, name, "desktop.token")).ok().and_then(Secret::new);
        filed.or_else(|| self.keyring.as_ref()?.token(server, name))
    }

    /// What keeps the token of an account.
    #[must_use]
    pub fn keeper(&self, server: &str, name: &Name) -> Keeper {
        let path = self.path(server, name, "desktop.token");
        Keeper { keyring: self.keyring.clone(), server: server.to_owned(), name: name.clone(), path }
    }

    /// What somebody has written on a server and not sent.
    #[must_use]
    pub fn drafts(&self, server: &str, name: &str) -> Drafts {
        let path = self.drafts_path(server, name);
        let text = File::open(&path).and_then(|file| {
            let mut text = String::new();
            file.take(2 * DRAFTS_BYTES_MAX as u64).read_to_string(&mut text)?;
            Ok(text)
        });
        match text {
            Ok(text) => toml::from_str(&text).unwrap_or_else(|error| {
                tracing::warn!(path = %path.display(), %error, "what was not sent cannot be read and is put aside");
                drop(fs::rename(&path, path.with_extension("unreadable")));
                Drafts::new()
            }),
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    tracing::warn!(path = %path.display(), %error, "what was not sent cannot be read");
                }
                Drafts::new()
            }
        }
    }

    /// Keeps what somebody has written on a server and not sent, as far as there is room for it.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn keep_drafts(&self, server: &str, name: &str, drafts: &Drafts) -> io::Result<()> {
        let path = self.drafts_path(server, name);
        let mut free = DRAFTS_BYTES_MAX;
        let fits = |draft: &(&RoomName, &String)| {
            let fits = draft.1.len() <= free;
            free -= if fits { draft.1.len() } else { 0 };
            fits
        };
        let kept: BTreeMap<&RoomName, &String> = drafts.iter().filter(fits).collect();
        if kept.is_empty() {
            return match fs::remove_file(path) {
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                other => other,
            };
        }
        write(&path, &toml::to_string(&kept).map_err(io::Error::other)?)
    }

    fn drafts_path(&self, server: &str, name: &str) -> PathBuf {
        self.folder.join(file_name(server)).join(format!("{}.desktop.drafts", file_name(name)))
    }

    /// A fresh token, which is still to be kept.
    #[must_use]
    pub fn draw_token(&self, random: &mut StdRng) -> Secret {
        Secret::new(draw(random)).expect("as many characters of the alphabet as a token has")
    }

    /// Servers that no authority vouches for, as they were when they were met first.
    #[must_use]
    pub fn known_servers(&self) -> KnownServers {
        KnownServers::at(&self.folder.join("known_servers"))
    }

    fn path(&self, server: &str, name: &Name, kind: &str) -> PathBuf {
        self.folder.join(file_name(server)).join(format!("{}.{kind}", file_name(name.as_str())))
    }
}

impl Keeper {
    /// Keeps a token in the keyring, or else in a file for its owner's eyes alone: whole or not at all.
    ///
    /// # Errors
    /// When there is no keyring that takes it, and the folder cannot be written to.
    pub fn keep(&self, token: &Secret) -> io::Result<()> {
        let Some(keyring) = &self.keyring else { return write(&self.path, token.reveal()) };
        if let Err(error) = keyring.keep(&self.server, &self.name, token) {
            tracing::warn!(%error, "the keyring does not take the token, which is kept in a file");
            return write(&self.path, token.reveal());
        }
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn draw(random: &mut StdRng) -> String {
    (0..TOKEN_CHARS).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
}

/// Reads a file, or draws what it is to hold: two programs that start at once get the same.
fn read_or_draw(path: &Path, draw: impl FnOnce() -> String) -> anyhow::Result<String> {
    let shown = path.display();
    match read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        found => return found.with_context(|| format!("cannot read {shown}")),
    }
    let draft = write_draft(path, &draw()).with_context(|| format!("cannot write {shown}"))?;
    // A link fails if the name is there, so the first one wins, and everybody reads what he wrote.
    let linked = fs::hard_link(&draft, path);
    drop(fs::remove_file(&draft));
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => read(path),
    }
    .with_context(|| format!("cannot write {shown}"))
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text.trim().to_owned())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    fs::rename(write_draft(path, text)?, path)
}

/// Writes beside a file what is to take its place.
fn write_draft(path: &Path, text: &str) -> io::Result<PathBuf> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = options.open(&draft)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    Ok(draft)
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
