//! Does what a view wants: the only place where that changes anything.

use super::App;
use crate::command::{Command, Purpose};
use crate::emoji;
use crate::settings::Settings;
use crate::state::{Dialog, Lists, Panel, Writing};
use crate::theme;
use crate::words::Words;
use egui::Context;
use sala_core::client::{Link, User};
use sala_core::entry::RoomKind;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::Request;
use sala_core::secret::Password;

/// Messages that are copied together.
const CHOSEN_MAX: usize = 1_000;

impl App {
    pub(super) fn perform(&mut self, command: Command, ctx: &Context) {
        match command {
            Command::Fill(form) => self.state.form = form,
            Command::ComeIn => self.come_in(ctx),
            Command::Leave => self.leave(),
            Command::Forget(index) => {
                if index < self.state.settings.recent.len() {
                    self.state.settings.recent.remove(index);
                    self.keep(None);
                }
            }
            Command::MakeAccount(password) => self.make_account(password),
            Command::User(user) => self.user(user),
            Command::Ask(purpose, request) => self.ask(purpose, request),
            Command::Open(room) => self.open(&room),
            Command::Talk(name) => self.talk_with(&name),
            Command::Draft(room, text) => self.state.rooms.entry(room).or_default().draft = text,
            Command::Write(room, writing) => self.write(room, writing, ctx),
            Command::Say(room) => self.say(&room),
            Command::Jump(room, seq) => {
                self.open(&room);
                self.state.rooms.entry(room).or_default().jump = Some(seq);
            }
            Command::Jumped(room) => self.state.rooms.entry(room).or_default().jump = None,
            Command::NewLink(room) => self.new_link(room),
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

    fn user(&self, user: User) {
        if let Some(talk) = &self.talk {
            talk.link.conversation.user(user);
        }
    }

    pub(super) fn ask(&mut self, purpose: Purpose, request: Request) {
        let Some(talk) = &mut self.talk else { return };
        let asked = talk.link.conversation.ask(request);
        if let Some(id) = asked {
            talk.asked.insert(id, purpose);
        }
        if matches!(purpose, Purpose::Dialog | Purpose::Room) && self.state.dialog.is_some() {
            let away = asked.is_none().then(|| self.words.get("needs-server"));
            (self.state.waiting, self.state.refused) = (asked.is_some(), away);
        }
    }

    /// The token that is good from then on comes as an event, and is kept before anything else is done.
    fn make_account(&mut self, password: String) {
        let Ok(password) = Password::chosen(password) else {
            self.state.refused = Some(self.words.get("refused-weak-password"));
            return;
        };
        let token = self.parts.profile.draw_token(&mut self.parts.random);
        self.user(User::Upgrade { token, password });
        self.state.dialog = None;
    }

    /// Shows a room, from where it was read.
    pub(super) fn open(&mut self, room: &RoomName) {
        if self.state.room.as_ref() == Some(room) {
            return;
        }
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
            None => self.ask(Purpose::Room, Request::Direct { name: name.clone() }),
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
        self.user(match writing {
            Writing::New => User::Say { room, text },
            Writing::Reply(to) => User::Reply { room, text, to },
            Writing::Edit(seq) => User::Edit { room, seq, text },
        });
    }

    fn new_link(&mut self, room: RoomName) {
        let token = self.parts.profile.draw_token(&mut self.parts.random);
        let Some(talk) = &mut self.talk else { return };
        let request = Request::Link { room: room.clone(), token: token.clone(), hours: None, uses: None };
        talk.new_link = talk.link.conversation.ask(request).map(|id| (id, token));
        if self.state.lists.room.as_ref() == Some(&room) {
            self.ask(Purpose::List, Request::Links { room });
        }
    }

    fn show(&mut self, dialog: Option<Dialog>, ctx: &Context) {
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
            self.state.lists.found = None;
        }
        self.state.dialog = dialog;
    }

    fn side(&mut self, panel: Option<Panel>) {
        (self.state.panel, self.state.panel_asked) = (panel, panel.is_some());
        if panel == Some(Panel::Order) {
            self.state.lists = Lists { room: self.state.room.clone(), ..Lists::default() };
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
