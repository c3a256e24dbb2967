//! Coming in and leaving: from what is filled in to a link, and from a refusal to the field that it concerns.

use super::calling::Counted;
use super::{App, Talk, Told};
use crate::command::Purpose;
use crate::device::Device;
use crate::dialog::Dialog;
use crate::link::{Ears, Plan};
use crate::settings::Recent;
use crate::state::{Door, Field, Form, State};
use egui::Context;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::client::{Config, Credential, User};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Door as JoinBy, Request};
use sala_core::secret::{OnceCode, Password};
use sala_net::export::Export;
use sala_net::profile::{Held, ProfileError};
use sala_net::transport::tls::Trust;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

/// The port of a server whose address names none.
const PORT: u16 = 7252;
/// The room that everybody begins in.
const LOBBY: &str = "lobby";

/// What is needed to come in somewhere as somebody.
struct Coming {
    plan: Plan,
    place: Recent,
    device: Arc<Device>,
}

impl App {
    /// Tries to come in with what the form holds.
    pub(super) fn come_in(&mut self, ctx: &Context) {
        self.talk = None;
        match self.plan() {
            Ok(coming) => self.dial(coming, ctx),
            Err((field, text)) => self.state.form.wrong = Some((field, text)),
        }
    }

    fn plan(&mut self) -> Result<Coming, (Field, String)> {
        let form = self.state.form.clone();
        let wrong = |field: Field, key: &str| (field, self.words.get(key));
        let server = address(&form.server).ok_or_else(|| wrong(Field::Server, "server-bad"))?;
        let name = Name::parse(form.name.trim()).map_err(|_| wrong(Field::Name, "name-bad"))?;
        let credential = match form.door {
            Door::Guest => Credential::Token,
            Door::SignIn if form.password.is_empty() => Credential::Token,
            Door::SignIn => {
                let password = Password::claimed(form.password.clone())
                    .ok_or_else(|| wrong(Field::Password, "refused-wrong-password"))?;
                let code = Some(form.code.trim().to_owned()).filter(|code| !code.is_empty());
                Credential::Password { password, code }
            }
            Door::Register => {
                let password = Password::chosen(form.password.clone())
                    .map_err(|_| wrong(Field::Password, "refused-weak-password"))?;
                let invitation = (!form.code.trim().is_empty()).then(|| {
                    OnceCode::new(&form.code).ok_or_else(|| wrong(Field::Code, "refused-bad-invitation"))
                });
                Credential::Register { password, invitation: invitation.transpose()? }
            }
            Door::Recover => {
                let code =
                    OnceCode::new(&form.code).ok_or_else(|| wrong(Field::Code, "refused-wrong-code"))?;
                let password = Password::chosen(form.password.clone())
                    .map_err(|_| wrong(Field::Password, "refused-weak-password"))?;
                Credential::Recover { code, password }
            }
        };
        let App { parts, words, .. } = self;
        let here = |error: ProfileError| (Field::Form, error.to_string());
        let device = parts.profile.device(&server, &name, &mut parts.random).map_err(here)?;
        let account = form.door != Door::Guest || device.is_known();
        let (held, next) = match (&credential, form.door) {
            (Credential::Token, Door::SignIn) if !device.is_known() => {
                return Err((Field::Password, words.get("password-needed")));
            }
            (Credential::Token, _) => device.held(&mut parts.random).map_err(here)?,
            _ => (device.prepare(&mut parts.random).map_err(here)?, None),
        };
        let place = Recent { server: server.clone(), name: name.to_string(), account };
        let Held { token, device: label } = held;
        let config = Config { name, token, credential, device: label, prefetch: true };
        let random = StdRng::from_rng(&mut parts.random);
        let trust = Trust { known: parts.profile.known_servers(), authorities: true };
        Ok(Coming { plan: Plan { server, trust, config, next, random }, place, device: Arc::new(device) })
    }

    fn dial(&mut self, Coming { plan, place, device }: Coming, ctx: &Context) {
        let (wake, met, not_kept) = (ctx.clone(), Told::default(), Told::default());
        let (told, [first, later]) = (Told::clone(&met), [(); 2].map(|()| Told::clone(&not_kept)));
        let [arriving, changing] = [(); 2].map(|()| Arc::clone(&device));
        let mut by_password = plan.config.credential != Credential::Token;
        let ears = Ears {
            wake: Box::new(move || wake.request_repaint()),
            came_in: Box::new(move |account| {
                let by_password = std::mem::take(&mut by_password);
                keep(arriving.came_in(by_password, account), &first);
            }),
            keep: Box::new(move |token| keep(changing.changed(token), &later)),
            met: Box::new(move |fingerprint| tell(&told, fingerprint.to_string())),
        };
        match (self.parts.dial)(plan, ears) {
            Ok(link) => {
                self.talk = Some(Talk {
                    link,
                    place,
                    device,
                    asked: BTreeMap::new(),
                    export: Export::default(),
                    drawn: None,
                    chosen: false,
                    notices_shown: 0,
                    counted: Counted::default(),
                    met,
                    not_kept,
                });
                (self.state.form.coming, self.state.form.wrong) = (true, None);
            }
            Err(error) => self.state.form.wrong = Some((Field::Form, error.to_string())),
        }
    }

    /// Signs in where this device was shut out. The conversation stays the same one, so what was not sent goes out then.
    pub(super) fn sign_in_again(&mut self, password: Password, code: Option<String>) {
        let Some(talk) = &self.talk else { return };
        match talk.device.prepare(&mut self.parts.random) {
            Ok(Held { token, .. }) => {
                self.user(User::ComeIn { credential: Credential::Password { password, code }, token });
                (self.state.waiting, self.state.refused) = (true, None);
            }
            Err(error) => self.state.refused = Some(error.to_string()),
        }
    }

    /// The server has let us in.
    pub(super) fn online(&mut self) {
        let Some(talk) = &mut self.talk else { return };
        if self.state.inside {
            if matches!(self.state.dialog, Some(Dialog::SignIn { .. })) {
                (self.state.dialog, self.state.waiting, self.state.refused) = (None, false, None);
            }
            return;
        }
        self.state.inside = true;
        let recent = &self.state.settings.recent;
        let is_new =
            !recent.iter().any(|held| (&held.server, &held.name) == (&talk.place.server, &talk.place.name));
        let link = self.state.form.link.take();
        // Whoever comes by a link wants to be where it leads.
        if is_new
            && link.is_none()
            && let Ok(lobby) = RoomName::parse(LOBBY)
        {
            talk.link.conversation.user(User::Join(lobby));
        }
        self.state.settings.remember(talk.place.clone());
        let form = &mut self.state.form;
        (form.coming, form.password, form.code) = (false, String::new(), String::new());
        self.take_up_drafts();
        self.keep(None);
        if let Some(token) = link {
            self.ask(Purpose::Room, Request::Join { door: JoinBy::Link(token) });
        }
    }

    /// The server does not want us.
    pub(super) fn closed(&mut self, code: &str, why: &str) {
        let text = self.words.closed(code, why);
        if let Some(talk) = &self.talk {
            keep(talk.device.closed(code), &talk.not_kept);
        }
        if self.state.inside {
            // Nothing here is anybody's any more.
            if code == "erased" {
                self.state.rooms.clear();
                self.leave();
                self.forget();
                self.state.toast(text);
            } else if matches!(self.state.dialog, Some(Dialog::SignIn { .. })) {
                (self.state.waiting, self.state.refused) = (false, Some(text));
            }
            return;
        }
        let form = &mut self.state.form;
        let by_password = form.door != Door::Guest;
        let field = match code {
            "name_taken" if by_password && form.password.is_empty() => Field::Password,
            "name_taken" | "bad_name" | "banned" => Field::Name,
            "wrong_password" | "weak_password" => Field::Password,
            "code_needed" | "wrong_code" | "invitation_needed" | "bad_invitation" => Field::Code,
            _ => Field::Form,
        };
        form.code_needed |= field == Field::Code;
        if form.door == Door::Recover && code == "code_needed" {
            // The new password is set, and its owner signs in by it as always.
            form.door = Door::SignIn;
            form.code.clear();
        }
        // A token that is good no more is no mistake of his who relies on it.
        let text = match (code, field) {
            ("name_taken", Field::Password) => self.words.get("password-needed"),
            ("code_needed", _) => self.words.get("code-needed"),
            _ => text,
        };
        (form.coming, form.wrong) = (false, Some((field, text)));
        self.talk = None;
    }

    /// The name that was erased here is offered no more.
    fn forget(&mut self) {
        let (server, name) = (self.state.form.server.clone(), std::mem::take(&mut self.state.form.name));
        self.state.settings.recent.retain(|held| held.server != server || held.name != name);
        self.keep(None);
    }

    /// Back to the first screen.
    pub(super) fn leave(&mut self) {
        self.keep_drafts();
        let cut = self.cut_export();
        let place = self.talk.take().map(|talk| talk.place);
        let (settings, mut form) = (self.state.settings.clone(), self.state.form.clone());
        (form.coming, form.wrong, form.code_needed) = (false, None, false);
        if let Some(place) = place.filter(|_| self.state.inside) {
            let door = if place.account { Door::SignIn } else { Door::Guest };
            form = Form { door, server: place.server, name: place.name, ..Form::default() };
        }
        let panel = settings.members.then_some(crate::state::Panel::Members);
        self.state = State { form, settings, panel, ..State::default() };
        if let Some(text) = cut {
            self.state.toast(text);
        }
        self.sight = crate::view::Sight::default();
    }
}

fn keep(kept: Result<(), ProfileError>, not_kept: &Told) {
    if let Err(error) = kept {
        tracing::error!(%error, "the token cannot be kept");
        tell(not_kept, error.to_string());
    }
}

fn tell(told: &Told, text: String) {
    told.lock().unwrap_or_else(PoisonError::into_inner).replace(text);
}

/// An address with its port; none if the text cannot be one.
fn address(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) || text.contains('/') {
        return None;
    }
    // An IPv6 address has colons of its own, and stands in brackets if a port follows.
    let has_port = match text.rsplit_once(':') {
        Some((host, port)) => port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']')),
        None => false,
    };
    if has_port {
        return Some(text.to_owned());
    }
    let bare = text.matches(':').count() > 1 && !text.starts_with('[');
    Some(if bare { format!("[{text}]:{PORT}") } else { format!("{text}:{PORT}") })
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_gets_the_usual_port() {
        for (text, meant) in [
            ("chat.example.org", Some("chat.example.org:7252")),
            (" 127.0.0.1:80 ", Some("127.0.0.1:80")),
            ("::1", Some("[::1]:7252")),
            ("[::1]:9", Some("[::1]:9")),
            ("[::1]", Some("[::1]:7252")),
            ("", None),
            ("two words", None),
            ("http://chat.example.org", None),
        ] {
            assert_eq!(address(text).as_deref(), meant, "{text}");
        }
    }
}
