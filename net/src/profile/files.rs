//! The files of a profile: each is whole or not there, and for its owner's eyes alone.

use super::error::{ProfileError, disk};
use super::secret::{letters, token};
use rand::rngs::StdRng;
use sala_core::protocol::Secret;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The file of a profile in which servers are remembered that no authority vouches for.
pub const KNOWN_SERVERS: &str = "known-servers";
/// Bytes of a token's file that are read; more is no token.
const TOKEN_FILE_BYTES_MAX: u64 = 1_024;

/// Reads a guest's token, or draws one and writes it whole or not at all: two programs that start at once get the same.
pub(super) fn read_or_draw(path: &Path, computer: &str, random: &mut StdRng) -> Result<Secret, ProfileError> {
    // Twice is enough: whoever was quicker has written by then. More often, something else stands in the way.
    for _ in 0..3 {
        if let Some((token, _)) = read(path)? {
            return Ok(token);
        }
        let draft = path.with_extension(format!("{}.new", letters(8, random)));
        write_new(&draft, &format!("{}\n{computer}", token(random).reveal()))
            .map_err(disk("write", &draft))?;
        // A link fails if the name is there, so the first one wins, and everybody reads what he wrote.
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft).ok();
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(disk("write", path)(error));
            }
            _ => sync_folder(path)?,
        }
    }
    Err(ProfileError::Nowhere(path.to_owned()))
}

/// A token and what stands behind it, if there is such a file.
pub(super) fn read(path: &Path) -> Result<Option<(Secret, Option<String>)>, ProfileError> {
    let mut text = String::new();
    match File::open(path).and_then(|file| file.take(TOKEN_FILE_BYTES_MAX).read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(disk("read", path)(error)),
    }
    let mut lines = text.lines().map(str::trim);
    let Some(token) = lines.next().and_then(|line| Secret::new(line.to_owned())) else {
        return Err(ProfileError::NoToken(path.to_owned()));
    };
    Ok(Some((token, lines.next().filter(|label| !label.is_empty()).map(str::to_owned))))
}

pub(super) fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<(), ProfileError> {
    fs::rename(from, to).map_err(disk("write", to))?;
    sync_folder(to)
}

pub(super) fn remove(path: &Path) -> Result<(), ProfileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(disk("remove", path)(error)),
        _ => Ok(()),
    }
}

/// A name in a folder is on disk once the folder is.
fn sync_folder(path: &Path) -> Result<(), ProfileError> {
    let folder = path.parent().expect("a token's file lies in a folder of its server");
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk("flush", folder))
}

/// Where this program keeps what it must remember: `$SALA_HOME`, else the system's place for state.
///
/// # Errors
/// When the environment names no such place.
pub fn home() -> Result<PathBuf, ProfileError> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(home) = set("SALA_HOME") {
        return Ok(home);
    }
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    let state = state.or_else(|| set("LOCALAPPDATA"));
    Ok(state.ok_or(ProfileError::NoHome)?.join("sala"))
}

/// A name as a file name: letters and digits as they are, anything else as its code point.
#[must_use]
pub fn file_name(text: &str) -> String {
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
