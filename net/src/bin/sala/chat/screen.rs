//! The state of the view: which room is shown, how far it is scrolled, and what is being written.

use super::command::About;
use super::complete::Completion;
use super::flow::Anchor;
use super::input::Input;
use super::prompt::Prompt;
use crate::account::NOT_YOURS;
use crate::answer;
use crate::grammar::Drawn;
use crate::shape::date_time;
use crate::titles::{named, shown};
use sala_core::client::{AskId, Credential, Ending, Event, Link, Model, User};
use sala_core::entry::{HeldId, Seq};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Door, Page, Request, Secret, Update};
use sala_core::refusal::{Code, Fate};
use sala_core::secret::{OnceCode, Password};
use sala_core::time::Wall;
use sala_net::profile::Enrolment;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

/// Notices that are kept in sight.
const NOTICES_SHOWN_MAX: usize = 4;
/// Entries that are loaded at once when a gap comes in sight.
const PAGE_ENTRIES: usize = 100;
/// Parts of a list that are asked for at once; what goes beyond is better read in a script.
const PARTS_MAX: usize = 20;

/// Stands under a list that goes on beyond that.
const REST: &str = "there is more: the same in a script, with sala, lists all of it";

/// What is said of that which needs the server while it is away; the client says the same of its own.
pub(super) const AWAY: &str = "this needs the server, which is away; try again when it is back";

/// What the view wants done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To tell the client what the user wants.
    User(User),
    /// To ask the server, and tell the view under which id.
    Ask(Box<Request>, Box<Asked>),
    /// To draw a secret for this, and ask it of the server.
    Draw(Drawn),
    /// To draw what one-time codes are made of.
    Enrol(Password),
    /// To have an account, as the guest that we are.
    Upgrade(Password, Option<OnceCode>),
    /// To come in anew.
    ComeIn(Name, Credential),
    /// To write all that one has written to a file.
    Export(PathBuf),
    /// To paint everything anew: something else has written on the terminal.
    Repaint,
    /// To end the program.
    Quit,
}

impl Wish {
    pub(super) fn ask(request: Request, asked: Asked) -> Self {
        Wish::Ask(Box::new(request), Box::new(asked))
    }
}

/// What was asked of the server for the user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// What he typed for it, if he is to hear that it is done.
    pub(super) line: String,
    /// To be shown once it is done.
    pub(super) shown: Option<Sheet>,
    /// What has come of a list.
    pub(super) rows: Vec<String>,
    /// A password that is good once it is done.
    pub(super) password: Option<Password>,
    /// What was asked, if its answer is a list.
    pub(super) request: Option<Request>,
    /// What a code was given for: if it is wrong, another is asked for. It is held no longer than the answer takes.
    pub(super) enrols: Option<(Password, Enrolment)>,
    /// The password of an account that is asked for: where that needs an invitation, it is asked for.
    pub(super) registers: Option<Password>,
    /// Where we come in by it.
    pub(super) entrance: Option<Entrance>,
    /// How many parts of the list have come.
    pub(super) parts: usize,
}

/// Where somebody wants to be who starts the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entrance {
    /// Where a link leads to.
    Link(Secret),
    /// A room, by whatever names one.
    Room(String),
}

/// Something that is shown in the place of the timeline for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sheet {
    /// Keys and commands, or what can be done about this.
    Help(Option<About>),
    /// The rooms that there are.
    Rooms,
    /// The members of the room.
    Who,
    /// Whom we know.
    Friends,
    /// Who asks to be a friend, and where we are invited.
    Requests,
    /// What is pinned in the room.
    Pins,
    /// An answer of the server, under the line that asked for it.
    Answer(String, Vec<String>),
    /// A link into a room, what one types to come in by it, and a word about its address.
    Link { link: String, entrance: String, hint: Option<String> },
    /// What an authenticator needs: an address with a secret, the secret, and codes without it.
    Enrolment { uri: String, secret: String, recovery: Vec<String> },
}

/// The view's own state. Everything else that is shown is the model's.
#[derive(Default)]
pub(super) struct Screen {
    pub(super) server: String,
    /// What is asked of the person in the place of the line that he writes.
    pub(super) prompt: Option<Prompt>,
    /// What the server was asked, and has not answered.
    asked: BTreeMap<AskId, Asked>,
    /// Wishes that answers have called for.
    pub(super) due: Vec<Wish>,
    /// The password by which we come in, in case a code is needed as well.
    pub(super) arriving: Option<(Name, Password)>,
    /// The link was closed since the last picture.
    closed: bool,
    /// The time by the clock on the wall.
    pub(super) wall: Wall,
    /// The number of each message is shown.
    pub(super) numbers: bool,
    /// The invitations and requests that the user was told of, and in which words.
    pub(super) invited: BTreeMap<RoomName, String>,
    pub(super) asking: BTreeMap<Name, String>,
    /// The same of what waits for us to let it through.
    pub(super) held: BTreeMap<(RoomName, HeldId), String>,
    /// Those who were asked to be friends, and have not answered.
    pub(super) awaited: BTreeSet<Name>,
    /// Where we are to be once we are in.
    pub(super) entrance: Option<Entrance>,
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
    /// What is said instead of a refusal of this text.
    instead: Option<(String, String)>,
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
    pub(super) fn new(server: &str, room: Option<RoomName>) -> Self {
        Screen { server: server.to_owned(), room: room.clone(), opening: room, ..Screen::default() }
    }

    /// Takes in what happened on the link.
    pub(super) fn heard(&mut self, event: &Event, model: &Model) {
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
            // The notice says why; when he may come back stands in no other place.
            Event::PutOut(_, why) => {
                if let Ending::Banned(Some(until)) = why.ending {
                    self.remedy =
                        Some((String::new(), format!("you may come back at {}", date_time(until.0))));
                }
            }
            Event::Answered(id, update) => self.answered(*id, update, model),
            Event::AskRefused(id, refusal) => {
                let mut asked = self.asked.remove(id).unwrap_or_default();
                if refusal.fate == Fate::Unknown && refusal.retry_ms.is_none() {
                    // It is asked again when we are in again, and is harmless twice.
                    self.entrance = asked.entrance.take();
                }
                if refusal.code == Code::WrongPassword {
                    // Of somebody who has come in, the server says the same as of a stranger.
                    self.instead = Some((refusal.text.clone(), NOT_YOURS.to_owned()));
                }
                // A refusal is in the notices; that the link broke is said by nobody else.
                if refusal.fate == Fate::Unknown && refusal.retry_ms.is_none() && !asked.line.is_empty() {
                    self.say(format!("{}: {}", asked.line, refusal.text));
                }
                if asked.parts > 0 {
                    asked.rows.push(format!("the rest is missing: {}", refusal.text));
                    self.turn_to(Sheet::Answer(asked.line, asked.rows));
                }
                // What is being typed into another question is not to land in this one.
                if let Some((password, enrolment)) = asked.enrols
                    && refusal.code == Code::WrongCode
                    && self.prompt.is_none()
                {
                    self.enrol(&model.name, password, enrolment);
                }
                if let Some(password) = asked.registers
                    && matches!(refusal.code, Code::InvitationNeeded | Code::BadInvitation)
                    && self.prompt.is_none()
                {
                    self.prompt = Some(Prompt::invitation(password));
                }
            }
            Event::Closed => self.closed = true,
            // A question that was put meanwhile stands: what is being typed into it must not become a line.
            Event::Online => {
                self.arriving = None;
                // What was said of the server's being away is true no more.
                self.notices.retain(|notice| notice != AWAY);
                if let Some(entrance) = self.entrance.take() {
                    let (request, line) = match &entrance {
                        Entrance::Link(link) => (
                            Request::Join { door: Door::Link(link.clone()) },
                            "coming in by the link".to_owned(),
                        ),
                        // The answer comes behind all rooms that we are in, and says where we are invited.
                        Entrance::Room(_) => (Request::Me, String::new()),
                    };
                    self.due.push(Wish::ask(
                        request,
                        Asked { line, entrance: Some(entrance), ..Asked::default() },
                    ));
                }
            }
            _ => {}
        }
    }

    /// The server was asked this under this id.
    pub(super) fn asks(&mut self, id: AskId, asked: Asked) {
        self.asked.insert(id, asked);
    }

    fn answered(&mut self, id: AskId, update: &Update, model: &Model) {
        let Some(mut asked) = self.asked.remove(&id) else { return };
        match update {
            Update::Done { .. } => match asked.shown {
                Some(sheet) => self.turn_to(sheet),
                None if asked.line.is_empty() => {}
                None => self.say(format!("✓ {}", asked.line)),
            },
            Update::Me { invitations, .. } if asked.entrance.is_some() => {
                if let Some(Entrance::Room(word)) = asked.entrance {
                    self.goes_to(&word, invitations, model);
                }
            }
            // A room that one has just made or come into is what one wants to see.
            Update::Room { room, .. } => self.opened = Some(room.clone()),
            list => {
                asked.rows.extend(
                    answer::rows(list, |room| shown(model, room))
                        .into_iter()
                        .flat_map(|row| row.text.lines().map(str::to_owned).collect::<Vec<_>>()),
                );
                asked.parts += 1;
                let next = asked.request.as_ref().and_then(|request| answer::next(request, list));
                if next.is_some() && asked.parts >= PARTS_MAX {
                    asked.rows.push(REST.to_owned());
                }
                let Some(next) = next.filter(|_| asked.parts < PARTS_MAX) else {
                    if asked.rows.is_empty() {
                        let searched = matches!(list, Update::Found { .. });
                        asked
                            .rows
                            .push(if searched { "nothing was found" } else { "there are none" }.to_owned());
                    }
                    return self.turn_to(Sheet::Answer(asked.line, asked.rows));
                };
                asked.request = Some(next.clone());
                self.due.push(Wish::ask(next, asked));
            }
        }
    }

    pub(super) fn turn_to(&mut self, sheet: Sheet) {
        self.sheet = Some(sheet);
        self.sheet_top = 0;
    }

    /// Another conversation begins, under a name that may be another.
    pub(super) fn renew(&mut self) {
        (self.notice, self.closed, self.member) = (0, false, false);
        self.asked.clear();
        self.invited.clear();
        self.asking.clear();
        self.held.clear();
        self.awaited.clear();
        self.due.clear();
        self.notices.clear();
        self.opening = self.room.clone();
    }

    /// What the server says of us is closed: asks for what would open it.
    fn ask_for_what_opens(&mut self, model: &Model) {
        let Link::Closed { code, .. } = &model.link else { return };
        let name = model.name.clone();
        match (code.as_str(), self.arriving.take()) {
            ("code_needed", Some((name, password))) => {
                self.prompt = Some(Prompt::sign_in_code(name, password));
            }
            ("wrong_code", Some((name, password))) => {
                self.prompt = Some(Prompt::sign_in_code(name, password));
            }
            ("invitation_needed" | "bad_invitation", Some((_, password))) => {
                self.prompt = Some(Prompt::invitation(password));
            }
            ("name_taken" | "revoked" | "wrong_password", _) => {
                self.say("if the name is yours, its password lets you in; if not, Esc, then /quit");
                self.prompt = Some(Prompt::sign_in(name));
            }
            ("guests_closed", _) => self.say("/register makes an account, /sign-in lets you into one"),
            _ => {}
        }
    }

    /// Follows what has become of the model since the last time. To be called before anything is drawn or handled.
    pub(super) fn follow(&mut self, model: &Model) {
        for notice in model.notices.iter().filter(|notice| notice.number > self.notice) {
            let said = self.instead.take_if(|(refusal, _)| *refusal == notice.text);
            let mut text = said.map_or_else(|| named(model, &notice.text), |(_, said)| said);
            let helps = |(refusal, _): &mut (String, String)| refusal.is_empty() || *refusal == notice.text;
            if let Some((_, remedy)) = self.remedy.take_if(helps) {
                text = format!("{text}: {remedy}");
            }
            match &notice.room {
                Some(room) if self.room.as_ref() != Some(room) => {
                    let shown = shown(model, room);
                    show(&mut self.notices, format!("{shown}: {text}"));
                }
                _ => show(&mut self.notices, text),
            }
        }
        self.notice = model.notices.back().map_or(self.notice, |notice| notice.number);
        if std::mem::take(&mut self.closed) {
            self.ask_for_what_opens(model);
        }
        self.tell_of_others(model);
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

    /// What the picture that was just drawn calls for, and what has come since the last one.
    pub(super) fn wants(&mut self, model: &Model) -> Vec<Wish> {
        let due = std::mem::take(&mut self.due);
        due.into_iter().chain(self.reads_on(model).into_iter().map(Wish::User)).collect()
    }

    fn reads_on(&mut self, model: &Model) -> Vec<User> {
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
