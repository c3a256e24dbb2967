//! What the window is about at the moment: what a person has opened, written and chosen, and nothing of what is said.

use crate::settings::Settings;
use sala_core::entry::Seq;
use sala_core::limits::NOTICES_MAX;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Found, LinkInfo, NumberedEntry, ReportInfo, SanctionInfo};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

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

/// What can be done to a member against his will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// He reads and does not speak.
    Mute,
    /// He is put out.
    Kick,
    /// He is put out and kept out.
    Ban,
}

/// What lies above all else.
#[derive(Clone, PartialEq, Eq)]
pub enum Dialog {
    /// Goes to a room by a part of its name.
    Switcher {
        /// The part.
        query: String,
        /// Which of what was found is chosen.
        at: usize,
    },
    /// Makes a room.
    NewRoom {
        /// Its name.
        name: String,
        /// What it is about.
        topic: String,
        /// Only those who are let in find it.
        private: bool,
    },
    /// Enters a room by a link.
    JoinByLink {
        /// The link.
        link: String,
    },
    /// Lists the public rooms.
    Browse {
        /// A part of a name or topic.
        query: String,
    },
    /// Talks with one person, or makes a group of several.
    Talk {
        /// Their names.
        names: String,
    },
    /// Asks somebody to be a friend.
    Befriend {
        /// Whom.
        name: String,
        /// In which words.
        note: String,
    },
    /// Lets somebody into a room.
    Invite {
        /// Into which.
        room: RoomName,
        /// Whom.
        name: String,
    },
    /// Does something to a member against his will.
    Discipline {
        /// Where.
        room: RoomName,
        /// To whom.
        name: Name,
        /// What.
        measure: Measure,
        /// For how long; none is until it is lifted.
        minutes: Option<u64>,
        /// Why.
        reason: String,
    },
    /// Changes what a room is about.
    Topic {
        /// Which room.
        room: RoomName,
        /// What it is to be about.
        text: String,
    },
    /// Takes a message away.
    Delete {
        /// Where.
        room: RoomName,
        /// Which.
        seq: Seq,
    },
    /// Tells the moderators of a message.
    Report {
        /// Where.
        room: RoomName,
        /// Which.
        seq: Seq,
        /// Why.
        reason: String,
    },
    /// Leaves a room.
    LeaveRoom {
        /// Which.
        room: RoomName,
    },
    /// Puts a sign to a message.
    React {
        /// Where.
        room: RoomName,
        /// To which.
        seq: Seq,
        /// A part of a sign's name.
        query: String,
    },
    /// Says how one is seen.
    Presence {
        /// In which words.
        status: String,
        /// Only by friends.
        friends_only: bool,
    },
    /// Makes an account of a guest.
    Account {
        /// Its password.
        password: String,
    },
    /// Finds what was said.
    Search {
        /// Words that must be in it.
        words: String,
        /// It was said on this day or before, as `2026-11-25`; may be empty.
        day: String,
        /// Only in the room that is open.
        here: bool,
    },
    /// Changes the settings.
    Settings,
}

/// Says nothing of what is written in it: that may be secret.
impl std::fmt::Debug for Dialog {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Dialog(…)")
    }
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
    /// What was searched for, newest first; none before the first answer.
    pub found: Option<Vec<Found>>,
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

    /// Shows a message for a while.
    pub fn toast(&mut self, text: String) {
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
