//! What happened since the last picture, and what follows from it for the window.

use super::{App, Told};
use crate::view::put_out_words;
use egui::Context;
use sala_core::client::{Event, Link, Model, News};
use sala_net::clock::Clock as _;
use std::sync::PoisonError;

impl App {
    /// Takes in what has happened.
    pub(super) fn hear(&mut self, ctx: &Context) {
        let Some(talk) = &self.talk else { return };
        let events: Vec<Event> = talk.link.events().collect();
        for event in events {
            self.heard_for_export(&event);
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
            Event::Online => {
                self.state.nonsense = false;
                self.online();
            }
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

    /// Tells what the link's thread has to tell: that a token could not be kept, and by what a server is known that was
    /// met for the first time.
    fn meet(&mut self) {
        let Some(talk) = &self.talk else { return };
        let take = |told: &Told| told.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(why) = take(&talk.not_kept) {
            let text = self.words.put("token-not-kept", [("why", why.into())]);
            self.state.toast(text);
        }
        if let Some(fingerprint) = take(&talk.met) {
            let values = [("server", talk.place.server.as_str().into()), ("fingerprint", fingerprint.into())];
            let text = self.words.put("server-met", values);
            self.state.toast(text);
        }
    }

    /// Shows what the model tells and no event does.
    fn notices(&mut self) {
        let Some(talk) = &mut self.talk else { return };
        let shown = talk.notices_shown;
        let new = talk.link.conversation.look(|model| {
            model.notices.iter().filter(|notice| notice.number > shown).cloned().collect::<Vec<_>>()
        });
        talk.notices_shown = new.last().map_or(shown, |last| last.number);
        for notice in new {
            self.state.nonsense |= notice.news == News::Broken;
            if let Some(text) = self.words.news(&notice.news) {
                self.state.toast(text);
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
