//! Writes all that somebody has written into a file, part by part, as the server tells it.

use crate::clock::Clock;
use crate::dial::Conversation;
use sala_core::client::{AskId, Event, Link};
use sala_core::protocol::{Exported, Request, Update};
use sala_core::refusal::{Fate, Refusal};
use sala_core::time::Tick;
use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Parts after which a server is taken for one that never ends: as many entries as a hundred years of talking have.
const PARTS_MAX: u32 = 1_000_000;

/// A file that is being written beside the place where it is to stand. What is not finished is removed.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    beside: PathBuf,
    file: BufWriter<File>,
    count: usize,
}

/// A file that is whole, and in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it is, from the root on.
    pub path: PathBuf,
    /// How many entries it has.
    pub count: usize,
}

/// Why a file is not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Another one is being written.
    #[error("{} is being written; another file can be when it is done", .0.display())]
    Busy(PathBuf),
    /// Its name is none, such as `..`.
    #[error("{} names no file", .0.display())]
    NoFile(PathBuf),
    /// The disk does not take it.
    #[error("cannot write {}: {}", .0.display(), .1)]
    Disk(PathBuf, #[source] io::Error),
    /// The server answers something else.
    #[error("{} is not written: the server's answer is no part of it", .0.display())]
    Answer(PathBuf),
    /// The server refuses.
    #[error("{} is not written: {}", .0.display(), .1.text)]
    Refused(PathBuf, Refusal),
}

impl Draft {
    /// A draft of what is to stand at this place.
    ///
    /// # Errors
    /// When nothing can be written beside it.
    pub fn new(path: &Path) -> Result<Self, ExportError> {
        let mut name = path.file_name().ok_or_else(|| ExportError::NoFile(path.to_owned()))?.to_owned();
        name.push(".part");
        let beside = path.with_file_name(name);
        let disk = |error| ExportError::Disk(beside.clone(), error);
        // Made anew: what an attempt before has left may be read by others.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(disk(error)),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&beside).map_err(disk)?;
        let mut draft = Draft { path: path.to_owned(), beside, file: BufWriter::new(file), count: 0 };
        draft.put("{\"entries\":[")?;
        Ok(draft)
    }

    /// Where it is to stand.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds what follows.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn add(&mut self, entry: &Exported) -> Result<(), ExportError> {
        let comma = if self.count == 0 { "\n" } else { ",\n" };
        self.count += 1;
        self.put(comma)?;
        let json = serde_json::to_string(entry).expect("what the protocol tells has only string keys");
        self.put(&json)
    }

    /// Puts it in its place, flushed. It says whose it is and when it was `exported`.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn finish(mut self, name: &str, exported: &str) -> Result<Written, ExportError> {
        let (name, exported) = (serde_json::json!(name), serde_json::json!(exported));
        self.put(&format!("\n],\"name\":{name},\"exported\":{exported}}}\n"))?;
        let Draft { path, beside, file, count } = &mut self;
        let placed =
            file.flush().and_then(|()| file.get_ref().sync_all()).and_then(|()| fs::rename(&*beside, &*path));
        placed.map_err(|error| ExportError::Disk(path.clone(), error))?;
        // Where that is may not be in mind any more, or never have been.
        let path = std::path::absolute(&*path).unwrap_or_else(|_| path.clone());
        Ok(Written { path, count: *count })
    }

    fn put(&mut self, text: &str) -> Result<(), ExportError> {
        let put = self.file.write_all(text.as_bytes());
        put.map_err(|error| ExportError::Disk(self.path.clone(), error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Once it is in its place there is nothing here.
        fs::remove_file(&self.beside).ok();
    }
}

/// What a person has written, on its way into a file; at most one at a time.
#[derive(Debug, Default)]
pub struct Export(RefCell<Option<Writing>>);

#[derive(Debug)]
struct Writing {
    draft: Draft,
    /// The part that comes next begins after this.
    after: u64,
    /// How many came before.
    parts: u32,
    waits: Waits,
}

/// What the next part waits for.
#[derive(Debug)]
enum Waits {
    /// The answer to what was asked under this id.
    Answer(AskId),
    /// This moment: the server has something else to do until then.
    Moment(Tick),
    /// The link.
    Link,
}

impl Export {
    /// Begins to write what is to stand at this place.
    ///
    /// # Errors
    /// When another file is being written, or nothing can be written there.
    pub fn start<C: Clock>(&self, path: &Path, conversation: &Conversation<C>) -> Result<(), ExportError> {
        if let Some(writing) = &*self.0.borrow() {
            return Err(ExportError::Busy(writing.draft.path().to_owned()));
        }
        let draft = Draft::new(path)?;
        self.0.replace(Some(Writing { draft, after: 0, parts: 0, waits: Waits::Link }));
        self.go_on(conversation);
        Ok(())
    }

    /// Asks for the next part, if it is time; else gives the moment at which it is.
    pub fn go_on<C: Clock>(&self, conversation: &Conversation<C>) -> Option<Tick> {
        let mut held = self.0.borrow_mut();
        let writing = held.as_mut()?;
        match writing.waits {
            Waits::Answer(_) => return None,
            Waits::Moment(at) if conversation.now() < at => return Some(at),
            Waits::Moment(_) | Waits::Link => {}
        }
        let online = conversation.look(|model| model.link == Link::Online);
        let request = Request::Export { after: writing.after };
        let asked = if online { conversation.ask(request) } else { None };
        writing.waits = asked.map_or(Waits::Link, Waits::Answer);
        None
    }

    /// Takes in what happened on the link, and says when the file is there. A part whose answer was lost is asked for
    /// again, since asking changes nothing. `exported` is what time it is, as it is to stand in the file.
    ///
    /// # Errors
    /// When the file will not be there.
    pub fn heard<C: Clock>(
        &self,
        event: &Event,
        conversation: &Conversation<C>,
        exported: impl FnOnce() -> String,
    ) -> Result<Option<Written>, ExportError> {
        let waited = |id: &AskId| {
            let waits = |writing: &mut Writing| matches!(writing.waits, Waits::Answer(of) if of == *id);
            self.0.borrow_mut().take_if(waits)
        };
        match event {
            Event::Answered(id, update) => {
                let Some(Writing { mut draft, after: before, parts, .. }) = waited(id) else {
                    return Ok(None);
                };
                let answer = || ExportError::Answer(draft.path().to_owned());
                let Update::Exported { entries, after, more, .. } = &**update else { return Err(answer()) };
                if *more && (*after <= before || parts >= PARTS_MAX) {
                    return Err(answer());
                }
                entries.iter().try_for_each(|entry| draft.add(entry))?;
                if !more {
                    let name = conversation.look(|model| model.name.clone());
                    return draft.finish(name.as_str(), &exported()).map(Some);
                }
                self.0.replace(Some(Writing { draft, after: *after, parts: parts + 1, waits: Waits::Link }));
                self.go_on(conversation);
            }
            Event::AskRefused(id, refusal) => {
                let Some(Writing { draft, after, parts, .. }) = waited(id) else { return Ok(None) };
                let waits = match refusal.retry_ms {
                    Some(pause) => Waits::Moment(conversation.now().after(pause)),
                    None if refusal.fate == Fate::Unknown => Waits::Link,
                    None => return Err(ExportError::Refused(draft.path().to_owned(), refusal.clone())),
                };
                self.0.replace(Some(Writing { draft, after, parts, waits }));
            }
            _ => {}
        }
        Ok(None)
    }

    /// Which file is being written.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        self.0.borrow().as_ref().map(|writing| writing.draft.path().to_owned())
    }

    /// Gives it up, as the conversation is over, and says which file will not be there.
    pub fn cut(&self) -> Option<PathBuf> {
        self.0.take().map(|writing| writing.draft.path().to_owned())
    }
}
