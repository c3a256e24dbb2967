//! Does what a view wants: the only place where that changes anything.

use super::App;
use crate::command::{Command, Purpose};
use crate::dialog::{Dialog, Enrolment};
use crate::emoji;
use crate::settings::Settings;
use crate::state::{Lists, Panel, Writing};
use crate::theme;
use crate::words::Words;
use egui::Context;
use sala_core::client::{Link, User};
use sala_core::entry::{RoomKind, Seq};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::Request;
use sala_core::totp;
use sala_net::profile;

/// Messages that are copied together.
const CHOSEN_MAX: usize = 1_000;

impl App {
    pub(super) fn perform(&mut self, command: Command, ctx: &Context) {
        match command {
            Command::Fill(form) => self.state.form = form,
            Command::ComeIn => self.come_in(ctx),
            Command::SignInAgain(password, code) => self.sign_in_again(password, code),
            Command::Leave => match self.unsent() {
                0 => self.leave(),
                count => self.show(Some(Dialog::Unsent { count, ends: false }), ctx),
            },
            Command::LeaveAtOnce => self.leave(),
            Command::Forget(index) => {
                if index < self.state.settings.recent.len() {
                    self.state.settings.recent.remove(index);
                    self.keep(None);
                }
            }
            Command::MakeAccount(password, invitation) => self.make_account(password, invitation),
            Command::User(user) => self.user(user),
            Command::Ask(purpose, request) => drop(self.ask(purpose, request)),
            Command::Open(room) => self.open(&room),
            Command::Talk(name) => self.talk_with(&name),
            Command::Draft(room, text) => {
                self.state.rooms.entry(room).or_default().draft = text;
                self.drafts.touch(ctx);
            }
            Command::Write(room, writing) => self.write(room, writing, ctx),
            Command::Say(room) => self.say(&room),
            Command::Jump(room, seq) => self.jump(room, seq),
            Command::Jumped(room) => self.state.rooms.entry(room).or_default().jump = None,
            Command::GoToDay(room, day) => match self.parts.when.start_of(day) {
                Some(start) => self.go_to_day(room, start),
                None => self.jump(room, Seq(1)),
            },
            Command::Follow(link) => self.follow(link, ctx),
            Command::FollowAway(link) => self.follow_away(link, ctx),
            Command::Export(path) => self.export(&path, ctx),
            Command::NewLink(room, hours, uses) => self.new_link(room, hours, uses),
            Command::Enrol => self.enrol(ctx),
            Command::Reset(name) => self.reset(name),
            Command::Invitation => self.invitation(),
            Command::Search(search) => {
                self.state.lists.found_on = Some(search.clone());
                self.ask(Purpose::List, Request::Search(search));
            }
            Command::End => {
                self.state.ending = true;
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            Command::Show(dialog) => self.show(dialog, ctx),
            Command::Side(panel) => self.side(panel),
            Command::Choose(room, seq) => {
                let chosen = &mut self.state.rooms.entry(room).or_default().chosen;
                if !chosen.remove(&seq) && chosen.len() < CHOSEN_MAX {
                    chosen.insert(seq);
                }
            }
            Command::ChooseNone(room) => self.state.rooms.entry(room).or_default().chosen.clear(),
            Command::Copy(text) => ctx.copy_text(text),
            Command::Dismiss(number) => self.state.toasts.retain(|toast| toast.number != number),
            Command::Set(settings) => self.set(settings, ctx),
        }
    }

    pub(super) fn user(&self, user: User) {
        if let Some(talk) = &self.talk {
            talk.link.conversation.user(user);
        }
    }

    /// Shows a place of a room.
    pub(super) fn jump(&mut self, room: RoomName, seq: Seq) {
        self.open(&room);
        self.state.rooms.entry(room).or_default().jump = Some(seq);
    }

    /// Draws what one-time codes need, and shows it.
    fn enrol(&mut self, ctx: &Context) {
        let profile::Enrolment { secret, recovery } = profile::Enrolment::draw(&mut self.parts.random);
        let (server, name) =
            self.talk.as_ref().map_or(("", ""), |talk| (&talk.place.server, &talk.place.name));
        let uri = totp::uri(server, name, &secret);
        let enrolment = Enrolment { secret, uri, recovery };
        let dialog = Dialog::Codes { password: String::new(), code: String::new(), enrolment };
        self.show(Some(dialog), ctx);
    }

    /// Shows a room, from where it was read.
    pub(super) fn open(&mut self, room: &RoomName) {
        if self.state.room.as_ref() == Some(room) {
            return;
        }
        self.keep_drafts();
        if let Some(before) = self.state.room.replace(room.clone())
            && let Some(desk) = self.state.rooms.get_mut(&before)
        {
            desk.line = None;
        }
        if let Some(talk) = &mut self.talk {
            talk.chosen = true;
        }
        self.mark_unread(room);
        let known: Vec<RoomName> = self.look(|model| model.rooms.keys().cloned().collect());
        self.sight.keep(|room| known.contains(room));
        if self.state.panel == Some(Panel::Order) {
            self.state.panel = Some(Panel::Members);
        }
        self.state.panel_asked = false;
    }

    fn talk_with(&mut self, name: &Name) {
        let held = self.look(|model| {
            let with = |(_, held): &(&RoomName, &sala_core::client::RoomView)| {
                held.kind == RoomKind::Direct && held.with.as_ref() == Some(name)
            };
            model.rooms.iter().find(with).map(|(room, _)| room.clone())
        });
        match held {
            Some(room) => self.open(&room),
            None => {
                self.ask(Purpose::Room, Request::Direct { name: name.clone() });
            }
        }
    }

    fn write(&mut self, room: RoomName, writing: Writing, ctx: &Context) {
        let old = match writing {
            Writing::Edit(seq) => {
                self.look(|model| Some(model.rooms.get(&room)?.timeline.post(seq)?.text.clone()))
            }
            _ => None,
        };
        ctx.memory_mut(|memory| memory.request_focus(crate::view::field_id(&room)));
        let desk = self.state.rooms.entry(room).or_default();
        let was_edit = matches!(desk.writing, Writing::Edit(_));
        match writing {
            Writing::Edit(_) => {
                let Some(old) = old else { return };
                if !was_edit {
                    desk.put_by = std::mem::take(&mut desk.draft);
                }
                desk.draft = old;
            }
            _ if was_edit => desk.draft = std::mem::take(&mut desk.put_by),
            _ => {}
        }
        desk.writing = writing;
    }

    fn say(&mut self, room: &RoomName) {
        let online = self.look(|model| model.link == Link::Online);
        let Some(desk) = self.state.rooms.get_mut(room) else { return };
        let text = emoji::replaced(desk.draft.trim());
        if text.is_empty() {
            return;
        }
        let (room, writing) = (room.clone(), desk.writing.clone());
        if matches!(writing, Writing::Edit(_)) && !online {
            // Only new messages wait for the server by themselves.
            let text = self.words.get("needs-server");
            return self.state.toast(text);
        }
        desk.draft = std::mem::take(&mut desk.put_by);
        (desk.writing, desk.line) = (Writing::New, None);
        self.keep_drafts();
        self.user(match writing {
            Writing::New => User::Say { room, text },
            Writing::Reply(to) => User::Reply { room, text, to },
            Writing::Edit(seq) => User::Edit { room, seq, text },
        });
    }

    pub(super) fn show(&mut self, dialog: Option<Dialog>, ctx: &Context) {
        let other = match (&self.state.dialog, &dialog) {
            (Some(before), Some(after)) => std::mem::discriminant(before) != std::mem::discriminant(after),
            (before, after) => before.is_some() != after.is_some(),
        };
        if other {
            // The first field of what is shown next takes the keyboard.
            ctx.memory_mut(|memory| {
                if let Some(focused) = memory.focused() {
                    memory.surrender_focus(focused);
                }
            });
            (self.state.waiting, self.state.refused) = (false, None);
            let lists = &mut self.state.lists;
            (lists.found, lists.found_on, lists.reset) = (None, None, None);
            (lists.devices, lists.codes, lists.kept_out) = (None, None, None);
            lists.strangers = None;
            (lists.versions, lists.all_rooms) = (Vec::new(), Vec::new());
        }
        self.state.dialog = dialog;
        if other {
            self.ask_for_what_is_shown();
        }
    }

    fn side(&mut self, panel: Option<Panel>) {
        (self.state.panel, self.state.panel_asked) = (panel, panel.is_some());
        if panel == Some(Panel::Order) {
            self.state.lists = Lists { room: self.state.room.clone(), ..Lists::default() };
            self.ask_for_what_is_shown();
        }
        if panel != Some(Panel::Order) && panel != Some(Panel::Friends) {
            self.state.settings.members = panel.is_some();
            self.keep(None);
        }
    }

    fn set(&mut self, settings: Settings, ctx: &Context) {
        let language = settings.language.unwrap_or(self.parts.language);
        if language != self.words.language() {
            self.words = Words::of(language);
        }
        theme::choose(ctx, settings.theme);
        ctx.set_zoom_factor(settings.text_scale);
        self.state.settings = settings;
        self.keep(None);
    }
}
