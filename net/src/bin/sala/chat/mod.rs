//! `sala chat`: the conversation in a window of the terminal.

mod wrap;
mod window;
mod input;
mod command;
mod complete;
mod rows;
mod flow;
mod status;
mod screen;
mod perform;
mod keys;
mod sheet;
mod draw;
mod tests;

use crate::{Talk, look, print};
use anyhow::Context as _;
use sala_core::client::{Event, Link, User};
use sala_core::name::RoomName;
use sala_net::clock::SystemClock;
use sala_net::dial::{Conversation, Word, dial};
use screen::{Screen, Wish};
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};
use window::Window;

/// The least time from one picture to the next, unless a key asks for it: what comes meanwhile is drawn together.
const FRAME: Duration = Duration::from_millis(16);

/// How the conversation ended.
enum End {
    /// The user left.
    Left,
    /// The name is someone else's.
    NameTaken,
    /// The system wants the program to end.
    Terminated,
}

/// What the link and the window have in common.
struct Shared {
    conversation: Conversation<SystemClock>,
    screen: RefCell<Screen>,
    changed: Notify,
    leaving: Cell<bool>,
}

pub(crate) async fn run(talk: Talk, server: &str, room: RoomName) -> anyhow::Result<ExitCode> {
    if !window::is_terminal() {
        print::complain("chat needs a terminal; sala post, tail and history do without one");
        return Ok(ExitCode::from(2));
    }
    let Talk { conversation, connector, random, _profile } = talk;
    conversation.user(User::Join(room.clone()));
    let shared = Shared {
        conversation: conversation.clone(),
        screen: RefCell::new(Screen::new(server, room)),
        changed: Notify::new(),
        leaving: Cell::new(false),
    };
    let listen = |word: Word| {
        match word {
            Word::Changed => {}
            Word::Happened(Event::Closed) if name_is_taken(&shared.conversation) => {
                return ControlFlow::Break(End::NameTaken);
            }
            Word::Happened(event) => shared.screen.borrow_mut().heard(&event),
        }
        shared.changed.notify_one();
        if shared.leaving.get() { ControlFlow::Break(End::Left) } else { ControlFlow::Continue(()) }
    };
    let mut window = Window::open()?;
    let end = tokio::select! { biased;
        // First, so that a server that talks without a pause does not keep the keys waiting.
        end = show(&mut window, &shared) => end,
        end = dial(connector, conversation.clone(), random, listen) => Ok(end),
    };
    drop(window);
    Ok(match end? {
        End::Left => ExitCode::SUCCESS,
        End::NameTaken => look::closed(&conversation),
        End::Terminated => ExitCode::from(143),
    })
}

/// Keeps the window up to date and takes in what is typed, until the system wants the program to end.
async fn show(window: &mut Window, shared: &Shared) -> anyhow::Result<End> {
    let mut events = window::events();
    let terminated = terminated()?;
    tokio::pin!(terminated);
    loop {
        let pause = draw(window, shared)?;
        let next_frame = Instant::now() + FRAME;
        let changed = async {
            sleep_until(next_frame).await;
            shared.changed.notified().await;
        };
        tokio::select! { biased;
            () = &mut terminated => return Ok(End::Terminated),
            event = events.recv() => {
                let mut event = Some(event.context("the terminal cannot be read any more")?);
                // A picture for all that has been typed by now, not one for each key.
                while let Some(typed) = event {
                    take(&typed?, window, shared)?;
                    event = events.try_recv().ok();
                }
            }
            () = changed => {}
            () = sleep(pause) => {}
        }
    }
}

/// Draws, tells the client what the picture calls for, and gives the time after which it is out of date by itself.
fn draw(window: &mut Window, shared: &Shared) -> anyhow::Result<Duration> {
    let Shared { conversation, screen, .. } = shared;
    let now = conversation.now();
    window.terminal.draw(|frame| conversation.look(|model| screen.borrow_mut().draw(model, now, frame)))?;
    let users = conversation.look(|model| screen.borrow_mut().wants(model));
    for user in users {
        conversation.user(user);
    }
    // Nothing but a countdown moves by itself. It moves when a whole number of seconds is left.
    Ok(conversation.look(|model| match &model.link {
        Link::Waiting { until, .. } if until.since(now) > 0 => {
            Duration::from_millis((until.since(now) - 1) % 1000 + 1)
        }
        _ => Duration::MAX,
    }))
}

fn take(
    event: &ratatui::crossterm::event::Event,
    window: &mut Window,
    shared: &Shared,
) -> anyhow::Result<()> {
    let Shared { conversation, screen, leaving, .. } = shared;
    for wish in conversation.look(|model| screen.borrow_mut().handle(event, model)) {
        match wish {
            Wish::User(user) => conversation.user(user),
            Wish::Repaint => window.forget()?,
            Wish::Quit => {
                // The listener ends the conversation at the next word, once what is to be sent is sent.
                leaving.set(true);
                conversation.user(User::Quit);
            }
        }
    }
    Ok(())
}

fn name_is_taken(conversation: &Conversation<SystemClock>) -> bool {
    conversation.look(|model| matches!(&model.link, Link::Closed { code, .. } if code == "name_taken"))
}

/// Done when the system wants the program to end: at a shutdown, or since the terminal is gone.
#[cfg(unix)]
fn terminated() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut hang_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    Ok(async move {
        tokio::select! { biased;
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn terminated() -> std::io::Result<impl Future<Output = ()>> {
    Ok(std::future::pending())
}
