//! Secrets that are read from a person, a pipe or a file.

use crate::print;
use anyhow::{Context as _, bail};
use ratatui::crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};
use ratatui::crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use sala_core::limits::PASSWORD_BYTES_MAX;
use sala_core::secret::Password;
use std::cell::Cell;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;

/// Bytes of a line that holds a secret; more is none.
const LINE_BYTES_MAX: u64 = PASSWORD_BYTES_MAX as u64 + 2;

/// Where secrets are read from.
pub(crate) struct Secrets {
    /// Instead of the terminal or standard input, for passwords: each is a line.
    file: Option<PathBuf>,
    /// Lines of it that were read.
    read: Cell<usize>,
    /// What cannot be taken back is meant, and nobody is to be asked.
    sure: bool,
}

impl Secrets {
    pub(crate) fn new(file: Option<PathBuf>, sure: bool) -> Self {
        Secrets { file, read: Cell::new(0), sure }
    }

    /// What cannot be taken back is meant.
    pub(crate) fn is_sure(&self) -> bool {
        self.sure
    }

    /// A password that somebody has.
    pub(crate) fn claimed(&self, question: &str) -> anyhow::Result<Password> {
        let text = self.password(question)?;
        Password::claimed(text).with_context(|| format!("a password has at most {PASSWORD_BYTES_MAX} bytes"))
    }

    /// A new password, typed twice where nobody sees it.
    pub(crate) fn chosen(&self, question: &str) -> anyhow::Result<Password> {
        let text = self.password(question)?;
        let password = Password::chosen(text.clone())?;
        if self.file.is_none()
            && io::stdin().is_terminal()
            && hidden(&format!("{question} (again): "))? != text
        {
            bail!("the two are not the same");
        }
        Ok(password)
    }

    /// A code or a link: shown while it is typed, since it is good once.
    pub(crate) fn line(&self, question: &str) -> anyhow::Result<String> {
        if io::stdin().is_terminal() {
            ask(&format!("{question}: "))?;
        }
        piped(question)
    }

    /// Whether there is somebody to be asked again.
    pub(crate) fn can_ask(&self) -> bool {
        io::stdin().is_terminal()
    }

    /// Of several passwords in a file or a pipe, the next line.
    fn password(&self, question: &str) -> anyhow::Result<String> {
        if let Some(path) = &self.file {
            let file = std::fs::File::open(path);
            let mut text = String::new();
            file.and_then(|file| file.take(4 * LINE_BYTES_MAX).read_to_string(&mut text))
                .with_context(|| format!("cannot read {}", path.display()))?;
            let line = text.lines().nth(self.read.replace(self.read.get() + 1));
            let line =
                line.with_context(|| format!("{} has no line for this: {question}", path.display()))?;
            return Ok(line.to_owned());
        }
        if io::stdin().is_terminal() { hidden(&format!("{question}: ")) } else { piped(question) }
    }
}

fn ask(question: &str) -> anyhow::Result<()> {
    let mut out = io::stderr().lock();
    write!(out, "{}", print::harmless(question)).and_then(|()| out.flush()).context("cannot ask")
}

/// A line of standard input.
fn piped(question: &str) -> anyhow::Result<String> {
    let mut line = Vec::new();
    // Not through a buffer of our own: what follows belongs to who reads next.
    let mut input = io::stdin().lock();
    (&mut input).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).context("cannot read standard input")?;
    if line.is_empty() {
        bail!("{question} is missing: type it, or give it on standard input or with --password-file");
    }
    let line = String::from_utf8(line).context("standard input is not UTF-8")?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// A line that is typed without being shown.
fn hidden(question: &str) -> anyhow::Result<String> {
    ask(question)?;
    end_tidily();
    enable_raw_mode().context("cannot hide what is typed")?;
    let typed = type_hidden();
    drop(disable_raw_mode());
    writeln!(io::stderr()).context("cannot ask")?;
    typed
}

fn type_hidden() -> anyhow::Result<String> {
    let mut text = String::new();
    loop {
        let Event::Key(key) = read().context("cannot read the terminal")? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Ok(text),
            KeyCode::Char('c' | 'd') if control => bail!("nothing was done"),
            KeyCode::Char('u') if control => text.clear(),
            KeyCode::Char(letter) if !control => text.push(letter),
            KeyCode::Backspace => drop(text.pop()),
            _ => {}
        }
    }
}

/// From now on a system that wants the program to end has the terminal show again what is typed: it would stay hidden in
/// the shell otherwise. Reading a key blocks the program's own thread, so another one waits for that.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "reading a key blocks; this is the program's edge")]
fn end_tidily() {
    use std::sync::{Once, mpsc};
    use tokio::signal::unix::{SignalKind, signal};
    static BEGUN: Once = Once::new();
    let (ready, begun) = mpsc::channel();
    BEGUN.call_once(|| {
        std::thread::spawn(move || -> io::Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
            runtime.block_on(async {
                let mut terminate = signal(SignalKind::terminate())?;
                ready.send(()).ok();
                terminate.recv().await;
                io::Result::Ok(())
            })?;
            drop(disable_raw_mode());
            std::process::exit(143)
        });
    });
    // At once if it began before; and if it cannot begin, the terminal is as it would be without it.
    begun.recv().ok();
}

#[cfg(not(unix))]
fn end_tidily() {}
