//! A client's memory of the servers that it has met, and of what it believed them by.

use super::fingerprint::Fingerprint;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Bytes of the file that are read: some ten thousand servers.
const KNOWN_BYTES_MAX: u64 = 1024 * 1024;

/// By what a server was believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// An authority vouched for it: `authority`.
    Authority,
    /// It was the first time, and it showed this certificate.
    Certificate(Fingerprint),
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Known::Authority => f.write_str("authority"),
            Known::Certificate(fingerprint) => fingerprint.fmt(f),
        }
    }
}

impl FromStr for Known {
    type Err = super::fingerprint::FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "authority" { Ok(Known::Authority) } else { text.parse().map(Known::Certificate) }
    }
}

/// A file with one server a line: its address, a blank, and by what it was believed.
#[derive(Clone, Debug)]
pub struct KnownServers(PathBuf);

impl KnownServers {
    /// The file at this path, which need not be there yet.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        KnownServers(path.to_owned())
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What is known of a server.
    ///
    /// # Errors
    /// When the file cannot be read whole: then nobody knows whether the server is the same.
    pub fn held(&self, server: &str) -> io::Result<Option<Known>> {
        let file = match File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut text = String::new();
        file.take(KNOWN_BYTES_MAX + 1).read_to_string(&mut text)?;
        if text.len() as u64 > KNOWN_BYTES_MAX {
            return Err(io::Error::other("it has more than a megabyte; take lines out of it"));
        }
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        // The last one counts, as what was added last.
        let found = lines.rev().find(|(held, _)| *held == server);
        found.map(|(_, known)| known.trim().parse().map_err(io::Error::other)).transpose()
    }

    /// Remembers a server.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn hold(&self, server: &str, known: Known) -> io::Result<()> {
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.0)?;
        // One write, so that two programs that learn of a server at once do not mix their lines.
        file.write_all(format!("{server} {known}\n").as_bytes())?;
        file.sync_all()
    }
}
