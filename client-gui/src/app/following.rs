//! Comes into rooms by links.

use super::App;
use crate::command::Purpose;
use crate::dialog::Dialog;
use crate::state::{Door, Form};
use egui::Context;
use sala_core::protocol::{self, Request};
use sala_net::link::RoomLink;

impl App {
    /// Comes into a room by a link; one that leads to another server is told to no other.
    pub(super) fn follow(&mut self, link: RoomLink, ctx: &Context) {
        let Some(talk) = &self.talk else { return };
        let here = talk.place.server.clone();
        if link.server.as_ref().is_some_and(|server| !server.eq_ignore_ascii_case(&here)) {
            return self.show(Some(Dialog::LinkAway { link, here }), ctx);
        }
        let door = protocol::Door::Link(link.token);
        self.ask(Purpose::Room, Request::Join { door });
    }

    /// Leaves the server for the one that a link leads to, unless something would be lost by it.
    pub(super) fn follow_away(&mut self, link: RoomLink, ctx: &Context) {
        let count = self.unsent();
        if count > 0 {
            return self.show(Some(Dialog::Unsent { count, ends: false }), ctx);
        }
        self.leave();
        let RoomLink { server, token } = link;
        let server = server.unwrap_or_default();
        let known = self.state.settings.recent.iter().find(|recent| recent.server == server);
        let (name, account) = known.map_or((String::new(), false), |held| (held.name.clone(), held.account));
        let door = if account { Door::SignIn } else { Door::Guest };
        self.state.form = Form { door, server, name, link: Some(token), ..Form::default() };
    }
}
