//! The window's program: lets the views draw, and does what they want.
//!
//! Nothing else changes anything.

mod calling;
mod drafts;
mod asking;
mod exporting;
mod following;
mod entering;
mod hearing;
mod perform;

pub use calling::Call;

use crate::command::{Command, Purpose};
use crate::device::Device;
use crate::link::{Ears, Link, Plan};
use crate::profile::Profile;
use crate::settings::{Language, Recent};
use crate::state::{Door, Form, State};
use crate::theme;
use crate::view::{Sight, View, main_screen, sign_in};
use crate::when::When;
use crate::words::Words;
use asking::Drawn;
use calling::Counted;
use drafts::Kept;
use egui::{Context, Ui};
use rand::rngs::StdRng;
use sala_core::client::{AskId, Client, Config, Credential};
use sala_core::entry::Seq;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::Secret;
use sala_core::time::Now;
use sala_net::clock::{Clock as _, SystemClock};
use sala_net::export::Export;
use sala_net::link::RoomLink;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Makes a link to a server: the real one dials by TCP on a thread of its own.
pub type Dial = Box<dyn FnMut(Plan, Ears) -> std::io::Result<Link>>;

/// What the window is made of.
pub struct Parts {
    /// Where settings and tokens are kept.
    pub profile: Profile,
    /// Makes links.
    pub dial: Dial,
    /// Says what time it is; the same that the links have.
    pub clock: SystemClock,
    /// Says what time that is for a person.
    pub when: When,
    /// All chance there is.
    pub random: StdRng,
    /// Which language is spoken if none is set.
    pub language: Language,
    /// Announces something outside the window.
    pub call: Box<dyn FnMut(&Call)>,
}

/// With whom one wants to talk, if that was said where the program was started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The server's address.
    pub server: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// A link into a room, which may say which server it is.
    pub link: Option<RoomLink>,
}

/// The window's program.
pub struct App {
    parts: Parts,
    state: State,
    words: Words,
    sight: Sight,
    talk: Option<Talk>,
    /// What is shown as long as there is no link: a client that never dials.
    nobody: Client,
    /// The window had the keyboard when it was drawn last.
    had_focus: bool,
    /// What was kept of what is written.
    drafts: Kept,
}

/// A link, and what is known of it here alone.
struct Talk {
    link: Link,
    place: Recent,
    /// This window as one of the person's devices.
    device: Arc<Device>,
    /// What becomes of answers.
    asked: BTreeMap<AskId, Purpose>,
    /// What one has written, on its way into a file.
    export: Export,
    /// A secret that was drawn for a request, to be told once it is good.
    drawn: Option<(AskId, Drawn)>,
    /// The first room to be seen has been chosen.
    chosen: bool,
    /// The number of the last of the model's notices that was shown.
    notices_shown: u64,
    counted: Counted,
    /// What a server is known by that is met for the first time, and for which nobody vouches.
    met: Told,
    /// Why a token could not be kept.
    not_kept: Told,
}

/// What the link's thread has to tell, until a person was told.
type Told = Arc<Mutex<Option<String>>>;

impl App {
    /// A program for this window, which gets its fonts and colours.
    #[must_use]
    pub fn new(parts: Parts, start: &Start, ctx: &Context) -> Self {
        let settings = parts.profile.settings();
        let language = settings.language.unwrap_or(parts.language);
        let last = settings.recent.first();
        let linked = start.link.as_ref().and_then(|link| link.server.clone());
        let asked = linked.or_else(|| start.server.clone());
        let server = asked.clone().or_else(|| last.map(|recent| recent.server.clone()));
        // Whoever has been there before goes there as the same, unless he says otherwise.
        let known = || {
            let there = |recent: &&Recent| start.link.is_some() && Some(&recent.server) == server.as_ref();
            settings.recent.iter().find(there).map(|recent| recent.name.clone())
        };
        let name = start.name.clone().or_else(known).unwrap_or_default();
        // Whoever has an account is no guest under its name.
        let is_account = |recent: &Recent| {
            recent.account && recent.name == name && Some(&recent.server) == server.as_ref()
        };
        let door = if settings.recent.iter().any(is_account) { Door::SignIn } else { Door::Guest };
        let form = Form {
            door,
            server: server.unwrap_or_else(|| "127.0.0.1:7252".to_owned()),
            name,
            link: start.link.as_ref().map(|link| link.token.clone()),
            ..Form::default()
        };
        let panel = settings.members.then_some(crate::state::Panel::Members);
        let mut app = App {
            parts,
            state: State { form, settings, panel, ..State::default() },
            words: Words::of(language),
            sight: Sight::default(),
            talk: None,
            nobody: nobody(),
            had_focus: true,
            drafts: Kept::default(),
        };
        if asked.is_some() && start.name.is_some() {
            app.come_in(ctx);
        }
        theme::install(ctx);
        theme::choose(ctx, app.state.settings.theme);
        ctx.set_zoom_factor(app.state.settings.text_scale);
        app
    }

    /// Draws the window, and does what is wanted.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.hear(&ctx);
        let focused = ui.input(|input| input.focused);
        self.notice_focus(focused);
        self.call(&ctx, focused);
        let now = self.parts.clock.now();
        let commands = self.draw(ui, now, focused);
        if !commands.is_empty() {
            for command in commands {
                self.perform(command, &ctx);
            }
            ctx.request_repaint();
        }
        self.keep_drafts_in_time(&ctx);
        self.go_on_exporting(&ctx);
        self.had_focus = focused;
    }

    /// Whether the window may close now. If something would be lost by it, a person is asked first.
    pub fn may_close(&mut self, ctx: &Context) -> bool {
        let count = if self.state.ending { 0 } else { self.unsent() };
        if count > 0 {
            self.show(Some(crate::dialog::Dialog::Unsent { count, ends: true }), ctx);
        }
        count == 0
    }

    /// Messages that are not known to be in a log.
    fn unsent(&self) -> usize {
        if self.state.inside { self.look(|model| model.outbox.posts().count()) } else { 0 }
    }

    /// Takes in what has happened while nothing is drawn, since the window is out of sight.
    pub fn hear_hidden(&mut self, ctx: &Context) {
        self.hear(ctx);
        self.call(ctx, false);
    }

    /// What is set, and the size that the window has now, for the next start.
    pub fn keep(&mut self, window: Option<[f32; 2]>) {
        self.keep_drafts();
        self.state.settings.window = window.or(self.state.settings.window);
        if let Err(error) = self.parts.profile.keep_settings(&self.state.settings) {
            tracing::warn!(%error, "the settings cannot be kept");
        }
    }

    /// Where the rows in sight stand, in points below the upper edge of the conversation.
    #[must_use]
    pub fn tops(&self) -> Vec<(Seq, f32)> {
        self.state.room.as_ref().map(|room| self.sight.tops(room)).unwrap_or_default()
    }

    /// What the window is about.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The link, as long as there is one.
    #[must_use]
    pub fn link(&self) -> Option<&Link> {
        self.talk.as_ref().map(|talk| &talk.link)
    }

    fn draw(&mut self, ui: &mut Ui, now: Now, focused: bool) -> Vec<Command> {
        let App { parts, state, words, sight, talk, nobody, .. } = self;
        let changes = talk.as_ref().map_or(0, |talk| talk.link.changes());
        let mut draw = |model: &sala_core::client::Model| {
            let commands = Vec::new();
            let (when, panel) = (&parts.when, state.panel);
            let mut view = View { model, state, words, when, now, changes, panel, focused, commands };
            if state.inside {
                main_screen(ui, &mut view, sight);
            } else {
                sign_in(ui, &mut view);
            }
            view.commands
        };
        match talk {
            // Nothing moves meanwhile, so that one picture shows one moment; only what is in sight is looked at.
            Some(talk) => talk.link.conversation.look(draw),
            None => draw(nobody.model()),
        }
    }

    /// Whoever comes back to the window begins to read where he stopped.
    fn notice_focus(&mut self, focused: bool) {
        if !focused && self.had_focus {
            self.keep_drafts();
        }
        if focused
            && !self.had_focus
            && let Some(room) = self.state.room.clone()
        {
            self.mark_unread(&room);
        }
    }

    /// What is unread in a room begins with a line, and the room is shown from there.
    fn mark_unread(&mut self, room: &RoomName) {
        let line =
            self.look(|model| model.rooms.get(room).filter(|held| held.unread > 0).map(|held| held.read));
        let desk = self.state.rooms.entry(room.clone()).or_default();
        if line.is_some() || desk.line.is_none() {
            desk.line = line;
            self.sight.open(room);
        }
    }

    fn look<T>(&self, look: impl FnOnce(&sala_core::client::Model) -> T) -> T {
        match &self.talk {
            Some(talk) => talk.link.conversation.look(look),
            None => look(self.nobody.model()),
        }
    }
}

fn nobody() -> Client {
    let name = Name::parse("nobody").expect("letters are a name");
    let token = Secret::new("-".repeat(sala_core::limits::TOKEN_CHARS_MIN)).expect("as long as a token is");
    let credential = Credential::Token;
    Client::new(Config { name, token, credential, device: String::new(), prefetch: false })
}
