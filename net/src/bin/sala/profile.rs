//! Remembers on this computer what makes a name ours, and which of its devices a running program is.

use anyhow::{Context as _, bail};
use rand::RngExt as _;
use rand::rngs::StdRng;
use sala_core::limits::DEVICES_MAX;
use sala_core::name::Name;
use sala_core::protocol::Secret;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Characters of a token: 43 of these 64 carry 256 bits.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TOKEN_CHARS: usize = 43;
/// Bytes of a token's file that are read; more is no token.
const TOKEN_FILE_BYTES_MAX: u64 = 1_024;

/// A name's token, and a device that no other running program of this name uses.
pub(crate) struct Profile {
    pub(crate) token: Secret,
    pub(crate) device: String,
    _lock: File,
}

impl Profile {
    /// Finds the token of this name on this server, or draws one; and claims the first device that is free.
    pub(crate) fn claim(server: &str, name: &Name, random: &mut StdRng) -> anyhow::Result<Self> {
        let folder = home()?.join(file_name(server));
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let stem = file_name(name.as_str());
        let path = folder.join(format!("{stem}.token"));
        let token = read_or_draw(&path, random)?;
        let Some(token) = Secret::new(token) else {
            bail!("{} holds no token; restore it, or remove it and take another name", path.display());
        };
        for slot in 1..=DEVICES_MAX {
            let path = folder.join(format!("{stem}.{slot}.lock"));
            let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
            let lock = lock.with_context(|| format!("cannot write {}", path.display()))?;
            match lock.try_lock() {
                Ok(()) => return Ok(Profile { token, device: format!("terminal {slot}"), _lock: lock }),
                Err(fs::TryLockError::WouldBlock) => {}
                Err(fs::TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", path.display()));
                }
            }
        }
        bail!("{DEVICES_MAX} programs are connected as {} already; end one of them", name.as_str());
    }
}

/// Reads the token, or draws one and writes it whole or not at all: two programs that start at once get the same.
fn read_or_draw(path: &Path, random: &mut StdRng) -> anyhow::Result<String> {
    // Twice is enough: whoever was quicker has written by then. More often, something else stands in the way.
    for _ in 0..3 {
        match read(path) {
            Ok(token) => return Ok(token),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
        let mut letter = || char::from(ALPHABET[random.random_range(0..ALPHABET.len())]);
        let token: String = (0..TOKEN_CHARS).map(|_| letter()).collect();
        let suffix: String = (0..8).map(|_| letter()).collect();
        let draft = path.with_extension(format!("{suffix}.new"));
        write(&draft, &token).with_context(|| format!("cannot write {}", draft.display()))?;
        // A link fails if the name is there, so the first one wins, and everybody reads what he wrote.
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft).ok();
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).with_context(|| format!("cannot write {}", path.display()));
            }
            _ => {}
        }
    }
    bail!("{} is there and cannot be read; is it a link to nowhere?", path.display())
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut token = String::new();
    File::open(path)?.take(TOKEN_FILE_BYTES_MAX).read_to_string(&mut token)?;
    Ok(token.trim().to_owned())
}

fn write(path: &Path, token: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{token}")?;
    file.sync_all()
}

/// Where this program keeps what it must remember: `$SALA_HOME`, else the system's place for state.
fn home() -> anyhow::Result<PathBuf> {
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
