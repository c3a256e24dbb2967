//! The data folder: where it is, and that one server at a time works on it.

use anyhow::Context as _;
use clap::Args;
use sala_net::config::ConfigFile;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// The file that holds all entries.
pub(crate) const DATABASE: &str = "sala.db";
/// What `vacuum` writes before it takes the place of that.
pub(crate) const DRAFT: &str = "sala.db.vacuum";
/// The index for searching, which can be made anew from the entries.
pub(crate) const INDEX: &str = "search.db";

/// Which folder, as a command line, an environment or a file of settings says it.
#[derive(Args)]
pub(crate) struct Which {
    /// A TOML file with settings; `sala-server config default` shows one.
    #[arg(long, env = "SALA_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder that holds everything [default: ./sala-data]
    #[arg(long, env = "SALA_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

impl Which {
    /// The settings, and the folder.
    pub(crate) fn read(self) -> anyhow::Result<(ConfigFile, PathBuf)> {
        let file = self.config.as_deref().map(ConfigFile::read).transpose()?.unwrap_or_default();
        let data = self.data.or_else(|| file.data.clone()).unwrap_or_else(|| PathBuf::from("sala-data"));
        Ok((file, data))
    }
}

/// Whether a server works on the folder.
pub(crate) fn is_claimed(data: &Path) -> anyhow::Result<bool> {
    let path = data.join("lock");
    let lock = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// Makes the folder if there is none, and sees that no other server works on it. What a `vacuum` left that was killed is
/// removed: it holds what may be erased from now on.
pub(crate) fn claim(data: &Path) -> anyhow::Result<File> {
    make(data).with_context(|| format!("cannot make the data folder {}", data.display()))?;
    let path = data.join("lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let lock = lock.with_context(|| format!("cannot write to the data folder {}", data.display()))?;
    match lock.try_lock() {
        Ok(()) => {
            remove_drafts(data).with_context(|| format!("cannot clear {} up", data.display()))?;
            Ok(lock)
        }
        Err(TryLockError::WouldBlock) => {
            anyhow::bail!(
                "another sala-server works on {}; stop it, or choose another --data",
                data.display()
            )
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// Removes the file that a `vacuum` was writing, and those that SQLite keeps beside it.
fn remove_drafts(data: &Path) -> std::io::Result<()> {
    for file in std::fs::read_dir(data)? {
        let file = file?;
        if file.file_name().as_encoded_bytes().starts_with(DRAFT.as_bytes()) {
            std::fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

/// Makes a folder that is its owner's alone, and those around it, if there is none.
pub(crate) fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
    builder.create(folder)
}
