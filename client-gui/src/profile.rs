//! What this computer keeps of a person: his settings, what he has not sent, and the secrets by which his names are his.
//!
//! The folder is the terminal client's as well: a name that was first used there is his here, too.

use crate::device::Device;
use crate::keyring::Keyring;
use crate::settings::Settings;
use anyhow::Context as _;
use rand::rngs::StdRng;
use sala_core::name::{Name, RoomName};
use sala_net::profile::{self, KNOWN_SERVERS, ProfileError, file_name};
use sala_net::transport::tls::KnownServers;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

    /// This window as a device of somebody on a server.
    ///
    /// # Errors
    /// When the folder cannot be read or written to.
    pub fn device(&self, server: &str, name: &Name, random: &mut StdRng) -> Result<Device, ProfileError> {
        let tokens = profile::Profile::of_window(&self.folder, server, name, random)?;
        Ok(Device::new(tokens, self.keyring.clone(), server, name))
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

    /// Servers that no authority vouches for, as they were when they were met first.
    #[must_use]
    pub fn known_servers(&self) -> KnownServers {
        KnownServers::at(&self.folder.join(KNOWN_SERVERS))
    }
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
