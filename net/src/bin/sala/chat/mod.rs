//! `sala chat`: the conversation in a window of the terminal.

mod wrap;
mod window;
mod input;
mod command;
mod prompt;
mod complete;
mod rows;
mod flow;
mod status;
mod screen;
mod news;
mod perform;
mod keys;
mod sheet;
mod secret;
mod draw;
mod errand;
mod tests;

use crate::LOBBY;
use crate::account::erased;
use crate::print;
use crate::talk::Talk;
use crate::who::Who;
use anyhow::Context as _;
use errand::Shared;
use sala_core::client::{Credential, Event, Link, User};
use sala_core::name::{Name, RoomName};
use sala_core::secret::Password;
use sala_net::dial::{Word, dial};
use sala_net::link::RoomLink;
use screen::{Entrance, Screen, Wish};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};
use window::{Events, Window};

/// The least time from one picture to the next, unless a key asks for it: what comes meanwhile is drawn together.
const FRAME: Duration = Duration::from_millis(16);

/// How a conversation ended.
enum End {
    /// The user left.
    Left,
    /// He has erased himself.
    Erased(Name),
    /// He comes in anew: under this name, by this.
    Again(Name, Credential),
    /// The system wants the program to end.
    Terminated,
}

pub(crate) async fn run(
    mut who: Who,
    room: Option<String>,
    link: Option<RoomLink>,
) -> anyhow::Result<ExitCode> {
    if !window::is_terminal() {
        print::complain("chat needs a terminal; sala post, tail and history do without one");
        return Ok(ExitCode::from(2));
    }
    let server = link.as_ref().and_then(|link| link.server.clone());
    who.server = server.unwrap_or(who.server);
    let entrance = link.map(|link| Entrance::Link(link.token)).or(room.map(Entrance::Room));
    let lobby = || RoomName::parse(LOBBY).expect("the lobby's name is one");
    // Whoever says where he wants to be sees that, and not the lobby first.
    let mut screen = Screen::new(&who.server, entrance.is_none().then(lobby));
    screen.entrance = entrance;
    let mut talk = Talk::start(&who, true)?;
    let mut arrived = None;
    let mut window = Window::open()?;
    let mut events = window::events();
    loop {
        let (profile, conversation) = (talk.profile.clone(), talk.conversation.clone());
        let (end, after) = converse(talk, &who, arrived.take(), screen, &mut window, &mut events).await?;
        screen = after;
        let (name, credential) = match end {
            End::Left => return Ok(ExitCode::SUCCESS),
            End::Erased(name) => {
                // On the screen that stays.
                drop(window);
                return Ok(print::line(&erased(&name)).err().unwrap_or(ExitCode::SUCCESS));
            }
            End::Terminated => return Ok(ExitCode::from(143)),
            End::Again(name, credential) => (name, credential),
        };
        let same = name.same(&who.name);
        who.name = name;
        let (again, password) = match credential {
            // By another device: this one is shut out, and its slot not taken again.
            Credential::Token => (Talk::start(&who, true)?, None),
            credential => {
                let profile = if same { profile } else { Rc::new(who.profile()?) };
                let password = known(&credential);
                (Talk::by(&who, profile, credential, true)?, Some(password))
            }
        };
        (talk, arrived) = (again, password);
        // They may have arrived or not, so they are not said again by themselves.
        let open = conversation.look(|model| model.outbox.posts().count());
        if open > 0 {
            screen.say(format!("{open} of your lines may not have been sent: look, and say them again"));
        }
    }
}

/// The password by which other programs on this computer can sign in, if no code is asked for as well.
fn known(credential: &Credential) -> Option<Password> {
    match credential {
        Credential::Password { password, code: None }
        | Credential::Register { password, .. }
        | Credential::Recover { password, .. } => Some(password.clone()),
        Credential::Password { code: Some(_), .. } | Credential::Token => None,
    }
}

/// One conversation to its end. `arrived` says that it comes in by a password, and which if that is good for others.
async fn converse(
    talk: Talk,
    who: &Who,
    arrived: Option<Option<Password>>,
    screen: Screen,
    window: &mut Window,
    events: &mut Events,
) -> anyhow::Result<(End, Screen)> {
    let Talk { conversation, connector, greeting, random, profile } = talk;
    if let Some(room) = &screen.room {
        conversation.user(User::Join(room.clone()));
    }
    let shared = Shared::new(conversation.clone(), screen, profile, who.clone(), arrived);
    let listen = |word: Word| {
        if let Word::Happened(event) = word {
            if event == Event::Online
                && let Some(password) = shared.arrived.borrow_mut().take()
            {
                shared.settle();
                if let Some(password) = password {
                    shared.equip_others(password);
                }
            }
            shared.heard(&event);
        }
        if let Some(greeting) = greeting.take() {
            shared.screen.borrow_mut().say(greeting);
        }
        shared.changed.notify_one();
        match shared.ending.borrow_mut().take() {
            Some(end) => ControlFlow::Break(end),
            None => ControlFlow::Continue(()),
        }
    };
    let end = tokio::select! { biased;
        // First, so that a server that talks without a pause does not keep the keys waiting.
        end = show(window, events, &shared) => end,
        end = dial(connector, conversation.clone(), random, listen) => Ok(end),
    };
    let (end, cut) = (end?, shared.export.cut());
    let mut screen = shared.screen.into_inner();
    screen.renew();
    if let Some(path) = cut {
        screen.say(format!("{} is not written: the conversation ended before", path.display()));
    }
    Ok((end, screen))
}

/// Keeps the window up to date and takes in what is typed, until the system wants the program to end.
async fn show(window: &mut Window, events: &mut Events, shared: &Shared) -> anyhow::Result<End> {
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

/// Draws, does what the picture calls for, and gives the time after which it is out of date by itself.
fn draw(window: &mut Window, shared: &Shared) -> anyhow::Result<Duration> {
    let Shared { conversation, screen, .. } = shared;
    let now = conversation.now();
    screen.borrow_mut().wall = shared.wall();
    window.terminal.draw(|frame| conversation.look(|model| screen.borrow_mut().draw(model, now, frame)))?;
    let wishes = conversation.look(|model| screen.borrow_mut().wants(model));
    for wish in wishes {
        shared.fulfil(wish);
    }
    let export = shared.export.go_on(conversation).map(|at| Duration::from_millis(at.since(now)));
    // Nothing but a countdown moves by itself. It moves when a whole number of seconds is left.
    let countdown = conversation.look(|model| match &model.link {
        Link::Waiting { until, .. } if until.since(now) > 0 => {
            Some(Duration::from_millis((until.since(now) - 1) % 1000 + 1))
        }
        _ => None,
    });
    Ok(export.into_iter().chain(countdown).min().unwrap_or(Duration::MAX))
}

fn take(
    event: &ratatui::crossterm::event::Event,
    window: &mut Window,
    shared: &Shared,
) -> anyhow::Result<()> {
    let wishes = shared.conversation.look(|model| shared.screen.borrow_mut().handle(event, model));
    for wish in wishes {
        match wish {
            Wish::Repaint => window.forget()?,
            wish => shared.fulfil(wish),
        }
    }
    Ok(())
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
