//! What is logged: for a person or a machine, by level, one line an event that nobody can forge.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::filter::{FilterExt as _, Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, reload};

/// The target of what those watch who guard a server: who comes in, what is refused, what keeps order does.
pub const SECURITY: &str = "security";

/// In which form events are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// The log of a program, which may be turned up and down.
#[derive(Debug)]
pub struct Log {
    level: reload::Handle<EnvFilter, Registry>,
    security: Option<LogFile>,
}

/// Why nothing is logged as it was wanted.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It names no level.
    #[error(
        "{0:?} names no level: write error, warn, info, debug or trace, or directives such as \"info,sala_net=debug\""
    )]
    Level(String),
    /// The file cannot be written to.
    #[error("cannot log to {path}: {cause}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

/// What this text says is to be logged: a level, or directives.
///
/// # Errors
/// When it says nothing of the kind.
pub fn level(text: &str) -> Result<EnvFilter, LogError> {
    // What is no level is a target to the parser, of which everything would be logged.
    let known = |part: &str| {
        let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
        ["off", "error", "warn", "info", "debug", "trace"]
            .contains(&level.trim().to_ascii_lowercase().as_str())
    };
    let wrong = || LogError::Level(text.to_owned());
    if !text.split(',').all(known) {
        return Err(wrong());
    }
    EnvFilter::try_new(text).map_err(|_| wrong())
}

impl Log {
    /// Logs to standard error from now on; what is of the target [`SECURITY`] to a file of its own, if there is one, in
    /// JSON.
    ///
    /// # Errors
    /// [`LogError`].
    ///
    /// # Panics
    /// When the program logs already.
    pub fn start(levels: &str, format: Format, security: Option<&Path>) -> Result<Self, LogError> {
        let security = security.map(LogFile::open).transpose()?;
        let (filter, handle) = reload::Layer::new(level(levels)?);
        let apart = security.is_some();
        let filter = filter.and(filter_fn(move |event| !apart || event.target() != SECURITY));
        let main = tracing_subscriber::fmt::layer().with_writer(|| Lines(io::stderr()));
        let main = match format {
            Format::Human => main.with_filter(filter).boxed(),
            Format::Json => main.json().flatten_event(true).with_span_list(false).with_filter(filter).boxed(),
        };
        let guarded = security.clone().map(|file| {
            let layer = tracing_subscriber::fmt::layer().with_writer(file).json().flatten_event(true);
            layer
                .with_span_list(false)
                .with_filter(Targets::new().with_target(SECURITY, tracing::Level::INFO))
        });
        tracing_subscriber::registry().with(main).with(guarded).init();
        Ok(Log { level: handle, security })
    }

    /// Logs by these levels from now on.
    ///
    /// # Errors
    /// When there is no such level; all stays as it is.
    ///
    /// # Panics
    /// Never: what is logged to lives as long as the program.
    pub fn set_level(&self, levels: &str) -> Result<(), LogError> {
        let filter = level(levels)?;
        self.level.reload(filter).expect("the one subscriber of the program is never dropped");
        Ok(())
    }

    /// Opens the file of its own anew: somebody may have moved it away, to begin another.
    ///
    /// # Errors
    /// When it cannot be; the one before is written on.
    pub fn reopen(&self) -> Result<(), LogError> {
        self.security.as_ref().map_or(Ok(()), LogFile::reopen)
    }
}

/// A file that events are added to, its owner's alone.
#[derive(Clone, Debug)]
struct LogFile {
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

impl LogFile {
    fn open(path: &Path) -> Result<Self, LogError> {
        Ok(LogFile { path: path.to_owned(), file: Arc::new(Mutex::new(opened(path)?)) })
    }

    fn reopen(&self) -> Result<(), LogError> {
        let new = opened(&self.path)?;
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogFile {
    type Writer = Lines<LogFile>;

    fn make_writer(&'a self) -> Lines<LogFile> {
        Lines(self.clone())
    }
}

fn opened(path: &Path) -> Result<File, LogError> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    file.map_err(|cause| LogError::File { path: path.to_owned(), cause })
}

/// Writes each event as one line, whatever is in it: what would begin another, act on a terminal, or turn the order of
/// letters stands there by its number. In JSON that is what it is called in a string as well.
struct Lines<W>(W);

impl<W: Write> Write for Lines<W> {
    /// Is given one event, with the newline that ends it.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = plain(text.strip_suffix('\n').unwrap_or(&text)) + "\n";
        self.0.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The text in which every letter is seen.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            _ if letter.is_control() => plain.push_str(&format!("\\u{:04x}", u32::from(letter))),
            '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => {
                plain.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => plain.push(letter),
        }
    }
    plain
}
