//! Why something is not remembered, or not known.

use sala_core::limits::DEVICES_MAX;
use sala_core::name::Name;
use std::io;
use std::path::{Path, PathBuf};

/// Why something is not remembered, or not known.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The disk does not do it.
    #[error("cannot {} {}: {}", .0, .1.display(), .2)]
    Disk(&'static str, PathBuf, io::Error),
    /// There is no place for what is to be remembered.
    #[error("no home folder: set HOME or SALA_HOME")]
    NoHome,
    /// All slots of a name are in use.
    #[error("{DEVICES_MAX} programs are connected as {0} already; end one of them")]
    Crowded(Name),
    /// A token's file holds none.
    #[error("{} holds no token; restore it, or remove it and take another name", .0.display())]
    NoToken(PathBuf),
    /// A file is there, and is not.
    #[error("{} is there and cannot be read; is it a link to nowhere?", .0.display())]
    Nowhere(PathBuf),
    /// The file that says what this computer is called does not.
    #[error("{} names no computer; remove it", .0.display())]
    NoComputer(PathBuf),
}

/// What the disk did not do, and to what.
pub(super) fn disk(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ProfileError {
    let path = path.to_owned();
    move |error| ProfileError::Disk(what, path, error)
}
