//! What the window is about at the moment: what a person has opened, written and chosen, and nothing of what is said.

use crate::dialog::Dialog;
use crate::settings::Settings;
use sala_core::entry::Seq;
use sala_core::limits::NOTICES_MAX;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{
    DeviceInfo, Found, LinkInfo, NumberedEntry, ReportInfo, RoomInfo, SanctionInfo, Search,
    ServerInvitationInfo, Strangers,
};
use sala_core::secret::{OnceCode, Secret};
use sala_net::link::RoomLink;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Characters of a passing message: some lines.
const TOAST_CHARS_MAX: usize = 400;

/// What the window is about.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What is filled in for coming in.
    pub form: Form,
    /// We are in, and the rooms are shown; they stay so when the link breaks.
    pub inside: bool,
    /// The room that is shown.
    pub room: Option<RoomName>,
    /// What is kept of each room that was shown.
    pub rooms: BTreeMap<RoomName, Desk>,
    /// What stands at the right.
    pub panel: Option<Panel>,
    /// It was asked for since the room was opened, and so is shown even where it takes the room of something else.
    pub panel_asked: bool,
    /// What lies above all else.
    pub dialog: Option<Dialog>,
    /// The dialogue's request is on its way.
    pub waiting: bool,
    /// Why the dialogue's request was refused.
    pub refused: Option<String>,
    /// What was asked for and is shown as a list.
    pub lists: Lists,
    /// What is to be seen for a while, oldest first.
    pub toasts: VecDeque<Toast>,
    /// What a person has set.
    pub settings: Settings,
    /// The window may close, whatever was not sent.
    pub ending: bool,
    /// What the server sent last made no sense.
    pub nonsense: bool,
}

/// What is kept of a room that was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    /// What is being written there.
    pub draft: String,
    /// What it is meant as.
    pub writing: Writing,
    /// The draft of a new message that waits while another one is edited.
    pub put_by: String,
    /// What was new began after this place when the room was last opened.
    pub line: Option<Seq>,
    /// A place that is to be shown, once it is there.
    pub jump: Option<Seq>,
    /// The messages that are to be copied together.
    pub chosen: BTreeSet<Seq>,
}

/// What is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// A new message.
    #[default]
    New,
    /// An answer to the message at this place.
    Reply(Seq),
    /// New words for one's own message at this place.
    Edit(Seq),
}

/// How to come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    /// With a nickname alone.
    #[default]
    Guest,
    /// With an account.
    SignIn,
    /// With a new account.
    Register,
    /// With an account whose password is lost, by a code of an administrator.
    Recover,
}

/// What is filled in for coming in.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// How.
    pub door: Door,
    /// The server's address.
    pub server: String,
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The one-time code.
    pub code: String,
    /// A code was asked for.
    pub code_needed: bool,
    /// What lets into a room, for when we are in.
    pub link: Option<Secret>,
    /// What is wrong with it, and where.
    pub wrong: Option<(Field, String)>,
    /// We are on our way in.
    pub coming: bool,
}

/// Says nothing of what is secret in it.
impl std::fmt::Debug for Form {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Form({:?}, {}, {}, …)", self.door, self.server, self.name)
    }
}

impl Form {
    /// What stands in the place of the server may be a link into a room there.
    pub fn take_link(&mut self) {
        if let Ok(RoomLink { server: Some(server), token }) = self.server.parse() {
            (self.server, self.link) = (server, Some(token));
        }
    }
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The server's address.
    Server,
    /// The name.
    Name,
    /// The password.
    Password,
    /// The one-time code.
    Code,
    /// None of them in particular.
    Form,
}

/// What stands at the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// The members of the room.
    Members,
    /// Whom one knows.
    Friends,
    /// What keeps order in the room.
    Order,
}

/// What was asked for and is shown as a list.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// The room that they are of.
    pub room: Option<RoomName>,
    /// Bans and mutes.
    pub sanctions: Vec<SanctionInfo>,
    /// What members told.
    pub reports: Vec<ReportInfo>,
    /// Links into the room.
    pub links: Vec<LinkInfo>,
    /// Who did what to whom, newest first.
    pub acts: Vec<NumberedEntry>,
    /// Of these there are more, which can be asked for.
    pub more: More,
    /// What was searched for, newest first; none before the first answer.
    pub found: Option<Vec<Found>>,
    /// Where the search goes on.
    pub found_on: Option<Search>,
    /// What a message said, oldest first.
    pub versions: Vec<NumberedEntry>,
    /// One's devices; none before the first answer.
    pub devices: Option<Vec<DeviceInfo>>,
    /// How one signs in; none before the first answer.
    pub codes: Option<Codes>,
    /// Who is kept out of the server; none before the first answer.
    pub kept_out: Option<Vec<SanctionInfo>>,
    /// What strangers may do, for the server's administrators; none before the first answer.
    pub strangers: Option<Strangers>,
    /// All rooms of the server, for its administrators.
    pub all_rooms: Vec<RoomInfo>,
    /// The invitations to the server that nobody used, the first ones of them.
    pub invitations: Vec<ServerInvitationInfo>,
    /// The one that was drawn last.
    pub invitation: Option<OnceCode>,
    /// The code by which somebody may set a new password.
    pub reset: Option<(Name, OnceCode)>,
}

/// Of which lists there are more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct More {
    /// Of the bans and mutes.
    pub sanctions: bool,
    /// Of the reports.
    pub reports: bool,
    /// Of who did what to whom.
    pub acts: bool,
    /// Of those who are kept out of the server.
    pub kept_out: bool,
    /// Of what a message said.
    pub versions: bool,
}

/// Whether signing in asks for one-time codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codes {
    /// It does.
    pub on: bool,
    /// Recovery codes that are left.
    pub recovery: usize,
}

/// A passing message.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// Counted up from 1.
    pub number: u64,
    /// What it says.
    pub text: String,
    /// When it came, in seconds of the window's own time.
    pub since: Option<f64>,
}

impl State {
    /// What is kept of a room; nothing yet if it was never shown.
    #[must_use]
    pub fn desk(&self, room: &RoomName) -> Desk {
        self.rooms.get(room).cloned().unwrap_or_default()
    }

    /// Shows a message for a while. What others have written of it may be long.
    pub fn toast(&mut self, mut text: String) {
        if let Some((end, _)) = text.char_indices().nth(TOAST_CHARS_MAX) {
            text.truncate(end);
            text.push('…');
        }
        // The same again is no news.
        if self.toasts.back().is_some_and(|last| last.text == text) {
            return;
        }
        let number = self.toasts.back().map_or(1, |last| last.number + 1);
        while self.toasts.len() >= NOTICES_MAX {
            self.toasts.pop_front();
        }
        self.toasts.push_back(Toast { number, text, since: None });
    }
}
