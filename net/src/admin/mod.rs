//! The socket in the data folder by which whoever runs a server gives it orders.

mod words;
mod office;

pub use office::{Controls, Office};
pub use words::{Admin, Answer, PersonRow, RoomRow, SessionRow, StatsRow};

use std::path::{Path, PathBuf};

/// Where the socket of a server lies that serves this folder.
#[must_use]
pub fn socket(data: &Path) -> PathBuf {
    data.join("admin").join("socket")
}
