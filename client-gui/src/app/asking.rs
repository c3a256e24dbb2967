//! Asks the server what a person wants to know or to have done, and takes in what it answers.

use super::App;
use crate::command::Purpose;
use crate::dialog::Dialog;
use crate::state::{Codes, Lists, Panel};
use crate::view::ACTS_SHOWN;
use egui::Context;
use sala_core::client::{AskId, User};
use sala_core::entry::Seq;
use sala_core::limits::SERVER_INVITATION_HOURS;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{NumberedEntry, Request, Search, Secret, Update};
use sala_core::refusal::{Code, Refusal};
use sala_core::secret::{OnceCode, Password};
use sala_core::time::Wall;
use sala_net::link::RoomLink;
use sala_net::profile::{Held, code, token};

/// Rows of a list that are held; who wants more of it narrows what he asks for.
const ROWS_MAX: usize = 2_000;

/// A secret that was drawn for a request, to be told once it is good.
pub(super) enum Drawn {
    /// A link into a room.
    Link(Secret),
    /// A code by which somebody may set a new password.
    Reset(Name, OnceCode),
    /// An invitation to the server.
    Invitation(OnceCode),
}

impl App {
    pub(super) fn ask(&mut self, purpose: Purpose, request: Request) -> Option<AskId> {
        let talk = self.talk.as_mut()?;
        let asked = talk.link.conversation.ask(request);
        if let Some(id) = asked {
            talk.asked.insert(id, purpose);
        }
        if purpose.is_shown_in_dialog() && self.state.dialog.is_some() {
            let away = asked.is_none().then(|| self.words.get("needs-server"));
            (self.state.waiting, self.state.refused) = (asked.is_some(), away);
        }
        asked
    }

    /// Asks for what is shown in the dialogue that is open, or else in the panel.
    pub(super) fn ask_for_what_is_shown(&mut self) {
        for request in self.questions() {
            self.ask(Purpose::List, request);
        }
    }

    fn questions(&self) -> Vec<Request> {
        match (&self.state.dialog, &self.state.panel, &self.state.lists.room) {
            (Some(Dialog::Me), ..) => vec![Request::Me, Request::Devices],
            (Some(Dialog::Server(_)), ..) => {
                vec![
                    Request::Me,
                    Request::ServerBans { after: None },
                    Request::ServerInvitations { after: None },
                    Request::Rooms { after: None, all: true },
                ]
            }
            (Some(Dialog::Versions { room, seq }), ..) => {
                vec![Request::Versions { room: room.clone(), seq: *seq, after: None }]
            }
            (_, Some(Panel::Order), Some(room)) => vec![
                Request::Reports { room: room.clone(), after: None },
                Request::Sanctions { room: room.clone(), after: None },
                Request::Links { room: room.clone() },
                Request::Audit { room: room.clone(), before: None, limit: ACTS_SHOWN },
            ],
            _ => Vec::new(),
        }
    }

    /// Asks for a new link into a room, which is put on the clipboard once it is good.
    pub(super) fn new_link(&mut self, room: RoomName, hours: Option<u64>, uses: Option<u32>) {
        let token = token(&mut self.parts.random);
        let request = Request::Link { room, token: token.clone(), hours, uses };
        self.ask_with(Drawn::Link(token), Purpose::Dialog, request);
    }

    /// Asks that somebody may set a new password by a code, which is shown once it is good.
    pub(super) fn reset(&mut self, name: Name) {
        let code = code(&mut self.parts.random);
        let request = Request::Reset { name: name.clone(), code: code.clone() };
        self.ask_with(Drawn::Reset(name, code), Purpose::Again, request);
    }

    /// Asks that somebody may make an account by a code, which is shown once it is good.
    pub(super) fn invitation(&mut self) {
        let code = code(&mut self.parts.random);
        let request = Request::ServerInvite { code: code.clone(), hours: SERVER_INVITATION_HOURS };
        self.ask_with(Drawn::Invitation(code), Purpose::Again, request);
    }

    fn ask_with(&mut self, drawn: Drawn, purpose: Purpose, request: Request) {
        let asked = self.ask(purpose, request);
        if let (Some(talk), Some(id)) = (&mut self.talk, asked) {
            talk.drawn = Some((id, drawn));
        }
    }

    /// Goes to the first message of a day: the one after the last that is older.
    pub(super) fn go_to_day(&mut self, room: RoomName, start: Wall) {
        let search = Search { room: Some(room), until: Some(start), limit: 1, ..Search::default() };
        self.ask(Purpose::Day, Request::Search(search));
    }

    pub(super) fn answered(&mut self, id: AskId, update: Update, ctx: &Context) {
        let Some(talk) = &mut self.talk else { return };
        let purpose = talk.asked.remove(&id);
        let drawn = talk.drawn.take_if(|(asked, _)| *asked == id);
        match purpose {
            Some(Purpose::Dialog | Purpose::Room) => {
                let done = self.state.dialog.as_ref().and_then(what_is_done);
                if let Some(key) = done {
                    let text = self.words.get(key);
                    self.state.toast(text);
                }
                if matches!(self.state.dialog, Some(Dialog::Claim { .. })) {
                    // Only an answer tells what we may do now.
                    self.ask(Purpose::List, Request::Me);
                }
                (self.state.dialog, self.state.waiting, self.state.refused) = (None, false, None);
                if self.state.panel == Some(Panel::Order) {
                    self.ask_for_what_is_shown();
                }
            }
            Some(Purpose::Again) => {
                (self.state.waiting, self.state.refused) = (false, None);
                if matches!(self.state.dialog, Some(Dialog::Server(_))) {
                    let text = self.words.get("done-server");
                    self.state.toast(text);
                }
                self.ask_for_what_is_shown();
            }
            _ => {}
        }
        if let Some((_, drawn)) = drawn {
            self.told_what_was_drawn(drawn, ctx);
        }
        self.take_in(purpose, update);
    }

    fn told_what_was_drawn(&mut self, drawn: Drawn, ctx: &Context) {
        match drawn {
            Drawn::Link(token) => {
                let server = self.talk.as_ref().map(|talk| talk.place.server.clone());
                let link = RoomLink { server, token };
                ctx.copy_text(link.to_string());
                self.show(Some(Dialog::LinkMade { link }), ctx);
            }
            Drawn::Invitation(code) => self.state.lists.invitation = Some(code),
            Drawn::Reset(name, code) => self.state.lists.reset = Some((name, code)),
        }
    }

    fn take_in(&mut self, purpose: Option<Purpose>, update: Update) {
        let more_of_it = purpose == Some(Purpose::More);
        match update {
            Update::Room { room, .. } if purpose == Some(Purpose::Room) => self.open(&room),
            Update::Sanctions { room: Some(room), sanctions, more, .. } => {
                self.list_of(&room, |lists| {
                    put(&mut lists.sanctions, sanctions, more_of_it);
                    lists.more.sanctions = more;
                });
            }
            Update::Sanctions { room: None, sanctions, more, .. } => {
                let lists = &mut self.state.lists;
                put(lists.kept_out.get_or_insert_default(), sanctions, more_of_it);
                lists.more.kept_out = more;
            }
            Update::ServerInvitations { invitations, .. } => self.state.lists.invitations = invitations,
            Update::Reports { room, reports, more, .. } => {
                self.list_of(&room, |lists| {
                    put(&mut lists.reports, reports, more_of_it);
                    lists.more.reports = more;
                });
            }
            Update::Links { room, links, .. } => self.list_of(&room, |lists| lists.links = links),
            Update::Rooms { rooms, .. } if purpose == Some(Purpose::List) => {
                self.state.lists.all_rooms = rooms;
            }
            Update::Found { posts, .. } if purpose == Some(Purpose::Day) => {
                let seq = posts.first().map_or(Seq(1), |last| last.entry.seq.next());
                if let Some(Dialog::Day { room, .. }) = self.state.dialog.take() {
                    self.jump(room, seq);
                }
            }
            Update::Found { posts, before, .. } => {
                let lists = &mut self.state.lists;
                put(lists.found.get_or_insert_default(), posts, more_of_it);
                if let Some(search) = &mut lists.found_on {
                    search.before = before;
                }
            }
            Update::Page { room, entries, more, .. } => self.page(purpose, &room, entries, more),
            Update::Devices { devices, .. } => self.state.lists.devices = Some(devices),
            Update::Me { totp, recovery, strangers, .. } => {
                let lists = &mut self.state.lists;
                (lists.codes, lists.strangers) = (Some(Codes { on: totp, recovery }), strangers);
            }
            _ => {}
        }
    }

    fn page(
        &mut self,
        purpose: Option<Purpose>,
        room: &RoomName,
        mut entries: Vec<NumberedEntry>,
        more: bool,
    ) {
        if matches!(self.state.dialog, Some(Dialog::Versions { .. })) {
            put(&mut self.state.lists.versions, entries, purpose == Some(Purpose::More));
            self.state.lists.more.versions = more;
            return;
        }
        if matches!(purpose, Some(Purpose::List | Purpose::More)) {
            entries.reverse();
            self.list_of(room, |lists| {
                put(&mut lists.acts, entries, purpose == Some(Purpose::More));
                lists.more.acts = more;
            });
        }
    }

    fn list_of(&mut self, room: &RoomName, take: impl FnOnce(&mut Lists)) {
        let lists = &mut self.state.lists;
        if lists.room.as_ref() == Some(room) {
            take(lists);
        }
    }

    pub(super) fn ask_refused(&mut self, id: AskId, refusal: &Refusal) {
        let purpose = self.talk.as_mut().and_then(|talk| talk.asked.remove(&id));
        match purpose {
            Some(purpose) if purpose.is_shown_in_dialog() && self.state.dialog.is_some() => {
                let text = self.words.refusal(refusal);
                (self.state.waiting, self.state.refused) = (false, Some(text));
            }
            _ => self.refused(refusal),
        }
    }

    pub(super) fn refused(&mut self, refusal: &Refusal) {
        let text = self.words.refusal(refusal);
        self.state.toast(text);
        let invited = matches!(refusal.code, Code::InvitationNeeded | Code::BadInvitation);
        if invited && self.state.dialog.is_none() {
            let invitation = Some(String::new());
            self.state.dialog = Some(Dialog::Account { password: String::new(), invitation });
        }
    }

    /// The token that is good from then on comes as an event, and is kept before anything else is done.
    pub(super) fn make_account(&mut self, password: String, invitation: Option<String>) {
        let Ok(password) = Password::chosen(password) else {
            self.state.refused = Some(self.words.get("refused-weak-password"));
            return;
        };
        let invitation = invitation.map(|code| OnceCode::new(&code));
        if invitation == Some(None) {
            self.state.refused = Some(self.words.get("refused-bad-invitation"));
            return;
        }
        let invitation = invitation.flatten();
        let Some(talk) = &self.talk else { return };
        match talk.device.prepare_upgrade(&mut self.parts.random) {
            Ok(Held { token, .. }) => {
                self.user(User::Upgrade { token, password, invitation });
                self.state.dialog = None;
            }
            Err(error) => self.state.refused = Some(error.to_string()),
        }
    }
}

/// Puts rows into a list: behind those that are there, or in their place.
fn put<T>(list: &mut Vec<T>, rows: Vec<T>, behind: bool) {
    if !behind {
        list.clear();
    }
    let free = ROWS_MAX.saturating_sub(list.len());
    list.extend(rows.into_iter().take(free));
}

/// What is said when the request of a dialogue was granted and shows in no other way.
fn what_is_done(dialog: &Dialog) -> Option<&'static str> {
    Some(match dialog {
        Dialog::Password { .. } => "done-password",
        Dialog::Codes { .. } => "done-codes-on",
        Dialog::CodesOff { .. } => "done-codes-off",
        Dialog::Claim { .. } => "done-claim",
        Dialog::Befriend { .. } => "done-befriend",
        Dialog::Invite { .. } => "done-invite",
        Dialog::Report { .. } => "done-report",
        _ => return None,
    })
}
