//! A client's memory of servers whose certificate no authority vouches for.

use super::fingerprint::Fingerprint;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Servers that are remembered; beyond that the file is somebody else's.
const KNOWN_SERVERS_MAX: usize = 10_000;

/// A file with one server a line: its address, a blank, and its certificate's fingerprint.
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

    /// The fingerprint that is held of a server.
    ///
    /// # Errors
    /// When the file cannot be read: then nobody knows whether the server is the same.
    pub fn held(&self, server: &str) -> io::Result<Option<Fingerprint>> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let line = text.lines().take(KNOWN_SERVERS_MAX).filter_map(|line| line.split_once(' '));
        // The last one counts, as what was added last.
        let found = line.filter(|(held, _)| *held == server).last();
        found.map(|(_, fingerprint)| fingerprint.trim().parse().map_err(io::Error::other)).transpose()
    }

    /// Remembers a server.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn hold(&self, server: &str, fingerprint: &Fingerprint) -> io::Result<()> {
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.0)?;
        // One write, so that two programs that learn of a server at once do not mix their lines.
        file.write_all(format!("{server} {fingerprint}\n").as_bytes())?;
        file.sync_all()
    }
}
