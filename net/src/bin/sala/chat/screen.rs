//! The state of the view: which room is shown, how far it is scrolled, and what is being written.

use super::complete::Completion;
use super::flow::Anchor;
use super::input::Input;
use sala_core::client::{Event, Link, Model, User};
use sala_core::entry::Seq;
use sala_core::name::RoomName;
use sala_core::protocol::Page;
use sala_core::refusal::Code;
use std::collections::{BTreeMap, VecDeque};

/// Notices that are kept in sight.
const NOTICES_SHOWN_MAX: usize = 4;
/// Entries that are loaded at once when a gap comes in sight.
const PAGE_ENTRIES: usize = 100;

/// What the view wants done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To tell the client what the user wants.
    User(User),
    /// To paint everything anew: something else has written on the terminal.
    Repaint,
    /// To end the program.
    Quit,
}

/// Something that is shown in the place of the timeline for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sheet {
    /// Keys and commands.
    Help,
    /// The rooms that there are.
    Rooms,
    /// The members of the room.
    Who,
}

/// The view's own state. Everything else that is shown is the model's.
#[derive(Debug, Default)]
pub(super) struct Screen {
    pub(super) server: String,
    /// The room that is shown, or that is to be as soon as we are a member.
    pub(super) room: Option<RoomName>,
    /// We have been a member of the room that is shown; if we are not any more, another one is shown.
    member: bool,
    /// The room to show once the server says that we are a member.
    pub(super) opening: Option<RoomName>,
    /// Of those rooms whose name was just told.
    opened: Option<RoomName>,
    pub(super) input: Input,
    /// What is being written in the rooms that are not shown.
    drafts: BTreeMap<RoomName, Input>,
    pub(super) completion: Option<Completion>,
    pub(super) anchor: Anchor,
    /// Lines to scroll up, or down if negative, when the timeline is drawn next.
    pub(super) scroll: isize,
    /// Lines of the timeline when it was drawn last.
    pub(super) height: usize,
    /// Where the reading stopped.
    pub(super) read: Option<Seq>,
    pub(super) sheet: Option<Sheet>,
    pub(super) sheet_top: usize,
    /// Rows that the state of the link took when it was drawn last.
    pub(super) status_rows: usize,
    pub(super) notices: VecDeque<String>,
    /// The last of the model's notices that was taken over.
    notice: u64,
    /// What helps against a refusal of this text.
    remedy: Option<(String, String)>,
    /// Nobody sees what is shown.
    pub(super) away: bool,
    /// Quitting was asked for, and what it would lose was said.
    pub(super) quit_asked: bool,
    /// The stretch in sight that can be loaded.
    pub(super) loadable: Option<(Seq, Seq)>,
    /// The stretch that was asked for last: if it stays as it is, asking again is left to the user.
    loaded: Option<(RoomName, Seq, Seq)>,
}

impl Screen {
    /// A view that shows `room` once we are a member of it.
    pub(super) fn new(server: &str, room: RoomName) -> Self {
        Screen {
            server: server.to_owned(),
            room: Some(room.clone()),
            opening: Some(room),
            ..Screen::default()
        }
    }

    /// Takes in what happened on the link.
    pub(super) fn heard(&mut self, event: &Event) {
        match event {
            // The server writes the name as its maker did.
            Event::Joined(room) if self.opening.as_ref().is_some_and(|opening| opening.same(room)) => {
                self.opening = None;
                self.opened = Some(room.clone());
            }
            Event::Refused(User::Join(room), refusal) if refusal.code == Code::NoSuchRoom => {
                self.opening = None;
                self.remedy = Some((refusal.text.clone(), format!("/create {room} makes it")));
            }
            Event::Refused(User::Join(_) | User::Create(_), refusal) if refusal.retry_ms.is_none() => {
                self.opening = None;
            }
            _ => {}
        }
    }

    /// Follows what has become of the model since the last time. To be called before anything is drawn or handled.
    pub(super) fn follow(&mut self, model: &Model) {
        for notice in model.notices.iter().filter(|notice| notice.number > self.notice) {
            let mut text = notice.text.clone();
            if let Some((_, remedy)) = self.remedy.take_if(|(refusal, _)| *refusal == text) {
                text = format!("{text}: {remedy}");
            }
            match &notice.room {
                Some(room) if self.room.as_ref() != Some(room) => {
                    show(&mut self.notices, format!("{room}: {text}"));
                }
                _ => show(&mut self.notices, text),
            }
        }
        self.notice = model.notices.back().map_or(self.notice, |notice| notice.number);
        if let Some(room) = self.opened.take() {
            self.open(Some(room), model);
        }
        let member = self.room.as_ref().is_some_and(|room| model.rooms.contains_key(room));
        if self.member && !member {
            let rooms = || model.rooms.keys();
            let next = rooms().find(|room| Some(*room) > self.room.as_ref()).or_else(|| rooms().next_back());
            self.open(next.cloned(), model);
        }
        self.member |= member;
        if let Some(view) = self.room.as_ref().and_then(|room| model.rooms.get(room))
            && !self.reading()
            && view.unread > 0
        {
            self.read = Some(view.read);
        }
    }

    /// Shows a room, at its end.
    pub(super) fn open(&mut self, room: Option<RoomName>, model: &Model) {
        if let Some(room) = self.room.take() {
            let draft = std::mem::take(&mut self.input);
            // Rooms that were left take their drafts with them.
            self.drafts.retain(|room, _| model.rooms.contains_key(room));
            self.drafts.insert(room, draft);
        }
        let view = room.as_ref().and_then(|room| model.rooms.get(room));
        self.member = view.is_some();
        self.read = view.filter(|view| view.unread > 0).map(|view| view.read);
        self.input = room.as_ref().and_then(|room| self.drafts.remove(room)).unwrap_or_default();
        self.room = room;
        self.completion = None;
        self.anchor = Anchor::Live;
        self.scroll = 0;
        self.sheet = None;
        self.loaded = None;
    }

    /// Whether somebody reads the newest lines of the room.
    pub(super) fn reading(&self) -> bool {
        self.anchor == Anchor::Live && !self.away && self.sheet.is_none()
    }

    /// What the picture that was just drawn calls for.
    pub(super) fn wants(&mut self, model: &Model) -> Vec<User> {
        let mut users = Vec::new();
        let Some((room, view)) = self.room.as_ref().and_then(|room| model.rooms.get_key_value(room)) else {
            return users;
        };
        if model.link != Link::Online {
            self.loaded = None;
        }
        if let Some((from, to)) = self.loadable.filter(|_| model.link == Link::Online && !view.loading)
            && self.loaded != Some((room.clone(), from, to))
        {
            self.loaded = Some((room.clone(), from, to));
            users.push(User::Page(room.clone(), Page::Before(Some(to.next())), PAGE_ENTRIES));
        }
        if self.reading() && (view.unread > 0 || view.read < view.timeline.head()) {
            users.push(User::Read(room.clone()));
        }
        users
    }

    /// Scrolls up by so many lines, or down if negative.
    pub(super) fn scroll(&mut self, up: isize) {
        if self.sheet.is_some() {
            self.sheet_top = self.sheet_top.saturating_add_signed(up.saturating_neg());
        } else {
            self.scroll = self.scroll.saturating_add(up);
            self.loaded = None;
        }
    }

    /// Says something to the user.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        show(&mut self.notices, text.into());
    }
}

fn show(notices: &mut VecDeque<String>, text: String) {
    notices.retain(|notice| *notice != text);
    while notices.len() >= NOTICES_SHOWN_MAX {
        notices.pop_front();
    }
    notices.push_back(text);
}
