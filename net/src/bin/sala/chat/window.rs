//! The terminal as a window: taken over, and given back however the program ends.

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    self, DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange, Event,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::style::Style;
use std::io::{self, IsTerminal as _, Stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;

/// Events of the terminal that wait to be looked at; the thread that reads them waits for room.
const EVENTS_MAX: usize = 256;

/// The terminal is ours, and to be given back once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether there is a person at a terminal.
pub(super) fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// The terminal while it is ours.
pub(super) struct Window {
    pub(super) terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Window {
    /// Takes the terminal over.
    pub(super) fn open() -> io::Result<Self> {
        let hook = std::panic::take_hook();
        // The message must land on the screen that stays.
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            hook(panic);
        }));
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::Relaxed);
        let taken = execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match taken {
            Ok(terminal) => Ok(Window { terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }
}

impl Window {
    /// Has the next picture drawn cell by cell, whatever stands there now. `Terminal::clear` would ask the terminal where
    /// its cursor is, and the thread that reads events takes the answer.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        let paint = |frame: &mut ratatui::Frame<'_>| {
            let area = frame.area();
            for position in area.positions() {
                frame.buffer_mut()[position].set_symbol(" ").set_style(Style::new().reversed());
            }
        };
        self.terminal.draw(paint)?;
        Ok(())
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        give_back();
    }
}

/// Does all it can: a terminal that is gone needs nothing any more.
fn give_back() {
    // To leave the other screen twice would put the cursor back to where it was at first, on top of a panic's message.
    if !TAKEN.swap(false, Ordering::Relaxed) {
        return;
    }
    drop(execute!(io::stdout(), DisableFocusChange, DisableBracketedPaste, LeaveAlternateScreen));
    drop(disable_raw_mode());
    drop(execute!(io::stdout(), ratatui::crossterm::cursor::Show));
}

/// Events of the terminal, as they come.
pub(super) type Events = mpsc::Receiver<io::Result<Event>>;

/// Reads the terminal's events on a thread of its own, which ends with the program or after the first error.
#[expect(
    clippy::disallowed_methods,
    reason = "a terminal is read by waiting for it; this is the program's edge"
)]
pub(super) fn events() -> Events {
    let (send, receive) = mpsc::channel(EVENTS_MAX);
    std::thread::spawn(move || {
        loop {
            let event = event::read();
            let failed = event.is_err();
            if send.blocking_send(event).is_err() || failed {
                return;
            }
        }
    });
    receive
}
