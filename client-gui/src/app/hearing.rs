//! What happened since the last picture, and what follows from it for the window.

use super::App;
use crate::command::Purpose;
use crate::view::{put_out_words, questions};
use egui::Context;
use sala_core::client::{AskId, Event, Link, Model};
use sala_core::name::RoomName;
use sala_core::protocol::Update;
use sala_core::refusal::Refusal;
use sala_net::clock::Clock as _;
use std::sync::PoisonError;

/// Words of events that are remembered until their notice has come.
const TOLD_MAX: usize = 64;

impl App {
    /// Takes in what has happened.
    pub(super) fn hear(&mut self, ctx: &Context) {
        let Some(talk) = &self.talk else { return };
        let events: Vec<Event> = talk.link.events().collect();
        for event in events {
            self.happened(event, ctx);
        }
        self.meet();
        self.note_account();
        self.notices();
        self.choose_room();
        for toast in &mut self.state.toasts {
            toast.since.get_or_insert_with(|| ctx.input(|input| input.time));
        }
    }

    fn happened(&mut self, event: Event, ctx: &Context) {
        match event {
            Event::Online => self.online(),
            Event::Closed => {
                let closed = self.look(|model| match &model.link {
                    Link::Closed { code, why } => Some((code.clone(), why.clone())),
                    _ => None,
                });
                if let Some((code, why)) = closed {
                    self.closed(&code, &why);
                }
            }
            Event::PutOut(room, put_out) => {
                let (now, when) = (self.parts.clock.now().wall, &self.parts.when);
                let moment = |at| self.words.moment(at, now, when);
                let shown = self.talk.as_ref().map(|talk| talk.counted.shown(&room)).unwrap_or_default();
                let text = put_out_words(&self.words, &shown, &put_out, moment);
                self.told(put_out.words(&shown));
                self.state.toast(text);
                if self.state.room.as_ref() == Some(&room) {
                    (self.state.room, self.state.dialog) = (None, None);
                }
            }
            Event::Delayed(refusal) | Event::Refused(_, refusal) => self.refused(&refusal),
            Event::Answered(id, update) => self.answered(id, *update, ctx),
            Event::AskRefused(id, refusal) => self.ask_refused(id, &refusal),
            _ => {}
        }
    }

    fn answered(&mut self, id: AskId, update: Update, ctx: &Context) {
        let Some(talk) = &mut self.talk else { return };
        let purpose = talk.asked.remove(&id);
        if let Some((_, secret)) = talk.new_link.take_if(|(asked, _)| *asked == id) {
            ctx.copy_text(secret.reveal().to_owned());
            let text = self.words.get("link-copied");
            self.state.toast(text);
        }
        if matches!(purpose, Some(Purpose::Dialog | Purpose::Room)) {
            (self.state.dialog, self.state.waiting, self.state.refused) = (None, false, None);
        }
        if purpose == Some(Purpose::Order)
            && let Some(room) = self.state.lists.room.clone()
        {
            for question in questions(&room) {
                self.ask(Purpose::List, question);
            }
        }
        match update {
            Update::Room { room, .. } if purpose == Some(Purpose::Room) => self.open(&room),
            Update::Sanctions { room, sanctions, .. } => {
                self.list_of(room.as_ref(), |lists| lists.sanctions = sanctions);
            }
            Update::Reports { room, reports, .. } => {
                self.list_of(Some(&room), |lists| lists.reports = reports);
            }
            Update::Links { room, links, .. } => {
                self.list_of(Some(&room), |lists| lists.links = links);
            }
            Update::Found { posts, .. } => self.state.lists.found = Some(posts),
            Update::Page { room, mut entries, .. } if purpose == Some(Purpose::List) => {
                entries.reverse();
                self.list_of(Some(&room), |lists| lists.acts = entries);
            }
            _ => {}
        }
    }

    fn list_of(&mut self, room: Option<&RoomName>, take: impl FnOnce(&mut crate::state::Lists)) {
        let lists = &mut self.state.lists;
        if lists.room.as_ref() == room {
            take(lists);
        }
    }

    fn ask_refused(&mut self, id: AskId, refusal: &Refusal) {
        let purpose = self.talk.as_mut().and_then(|talk| talk.asked.remove(&id));
        match purpose {
            Some(Purpose::Dialog | Purpose::Room) if self.state.dialog.is_some() => {
                self.told(refusal.text.clone());
                let text = self.words.refusal(refusal.code, &refusal.text);
                (self.state.waiting, self.state.refused) = (false, Some(text));
            }
            _ => self.refused(refusal),
        }
    }

    fn refused(&mut self, refusal: &Refusal) {
        self.told(refusal.text.clone());
        let text = self.words.refusal(refusal.code, &refusal.text);
        self.state.toast(text);
    }

    /// An event has told this; its notice need not.
    fn told(&mut self, text: String) {
        if let Some(talk) = &mut self.talk {
            talk.notices.told.push(text);
            let over = talk.notices.told.len().saturating_sub(TOLD_MAX);
            talk.notices.told.drain(..over);
        }
    }

    /// Whoever has an account now comes back by it.
    fn note_account(&mut self) {
        let account = self.look(|model| model.account);
        if let Some(talk) = &mut self.talk
            && account
            && !talk.place.account
        {
            talk.place.account = true;
            self.state.settings.remember(talk.place.clone());
            let text = self.words.get("account-made");
            self.state.toast(text);
            self.keep(None);
        }
    }

    /// Tells by what a server is known that was met for the first time.
    fn meet(&mut self) {
        let Some(talk) = &self.talk else { return };
        let met = talk.met.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(fingerprint) = met {
            let values = [("server", talk.place.server.as_str().into()), ("fingerprint", fingerprint.into())];
            let text = self.words.put("server-met", values);
            self.state.toast(text);
        }
    }

    /// Shows what the model tells and no event has. A notice comes into the model before its event comes out, so it
    /// is shown a picture later.
    fn notices(&mut self) {
        let Some(talk) = &mut self.talk else { return };
        let shown = talk.notices.shown;
        let new = talk.link.conversation.look(|model| {
            model.notices.iter().filter(|notice| notice.number > shown).cloned().collect::<Vec<_>>()
        });
        talk.notices.shown = new.last().map_or(shown, |last| last.number);
        let seen = std::mem::replace(&mut talk.notices.waiting, new);
        for notice in seen {
            let told = &mut talk.notices.told;
            match told.iter().position(|text| *text == notice.text) {
                Some(at) => drop(told.remove(at)),
                None => self.state.toast(notice.text),
            }
        }
    }

    /// Whoever has just come in sees a room.
    fn choose_room(&mut self) {
        let Some(talk) = &mut self.talk else { return };
        if talk.chosen || !self.state.inside || self.state.room.is_some() {
            return;
        }
        let choose = |model: &Model| {
            let lobby = model.rooms.keys().find(|room| room.as_str() == "lobby");
            lobby.or_else(|| model.rooms.keys().next()).cloned()
        };
        if let Some(room) = talk.link.conversation.look(choose) {
            talk.chosen = true;
            self.open(&room);
        }
    }
}
