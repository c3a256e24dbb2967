//! The file into which all is written that somebody has written.

use crate::shape::date_time;
use anyhow::Context as _;
use sala_core::time::Wall;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// A file that is being written beside the place where it is to stand. What is not finished is removed.
pub(crate) struct Draft {
    path: PathBuf,
    beside: PathBuf,
    file: BufWriter<File>,
    count: usize,
}

impl Draft {
    pub(crate) fn new(path: &Path) -> anyhow::Result<Self> {
        let mut name =
            path.file_name().with_context(|| format!("{} names no file", path.display()))?.to_owned();
        name.push(".part");
        let beside = path.with_file_name(name);
        // Made anew: what an attempt before has left may be read by others.
        if let Err(error) = fs::remove_file(&beside)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error).with_context(|| format!("cannot remove {}", beside.display()));
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&beside).with_context(|| format!("cannot write {}", beside.display()))?;
        let mut draft = Draft { path: path.to_owned(), beside, file: BufWriter::new(file), count: 0 };
        draft.file.write_all(b"{\"entries\":[").context("cannot write the file")?;
        Ok(draft)
    }

    /// Where it is to stand.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many entries it has.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn add(&mut self, entry: &str) -> anyhow::Result<()> {
        let comma = if self.count == 0 { "\n" } else { ",\n" };
        self.count += 1;
        write!(self.file, "{comma}{entry}").context("cannot write the file")
    }

    /// Puts it in its place, and gives words for it.
    pub(crate) fn finish(mut self, name: &str, at: Wall) -> anyhow::Result<String> {
        let (name, time) = (serde_json::json!(name), serde_json::json!(date_time(at.0)));
        write!(self.file, "\n],\"name\":{name},\"exported\":{time}}}\n").context("cannot write the file")?;
        self.file.flush().context("cannot write the file")?;
        self.file.get_ref().sync_all().context("cannot write the file")?;
        fs::rename(&self.beside, &self.path)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        // Where that is may not be in mind any more, or never have been.
        let whole = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        Ok(format!("{} entries are in {}", self.count, whole.display()))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Once it is in its place there is nothing here.
        fs::remove_file(&self.beside).ok();
    }
}
