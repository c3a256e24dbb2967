//! What a wish needs beyond the client, such as chance or this disk.

use super::screen::{Asked, Screen, Sheet, Wish};
use super::{End, known};
use crate::account::equip;
use crate::act::exported;
use crate::chance::chance;
use crate::grammar::Drawn;
use crate::link::{entrance, is_here_alone, link};
use crate::shape::{date_time, duration};
use crate::talk::kept;
use crate::who::Who;
use sala_core::client::{AskId, Credential, Event, Model, User};
use sala_core::name::Name;
use sala_core::protocol::{Request, Update};
use sala_core::secret::{OnceCode, Password};
use sala_core::time::Wall;
use sala_net::clock::{Clock as _, SystemClock};
use sala_net::dial::Conversation;
use sala_net::export::Export;
use sala_net::profile::{Enrolment, Held, Profile, Standing, code, grouped, token};
use std::cell::RefCell;
use std::rc::Rc;
use tokio::sync::Notify;

/// What the link and the window have in common.
pub(super) struct Shared {
    pub(super) conversation: Conversation<SystemClock>,
    pub(super) screen: RefCell<Screen>,
    pub(super) changed: Notify,
    /// How the conversation is to end, at the next word from the link.
    pub(super) ending: RefCell<Option<End>>,
    /// The conversation comes in by a password, and by which if that is good for others.
    pub(super) arrived: RefCell<Option<Option<Password>>>,
    profile: Rc<Profile>,
    who: Who,
    clock: SystemClock,
    /// What one has written, on its way into a file.
    pub(super) export: Export,
    /// Passwords that are good once this is done.
    passwords: RefCell<Vec<(AskId, Password)>>,
    /// Good passwords, by which other programs sign in once it is known how many devices there are.
    equips: RefCell<Vec<(AskId, Password)>>,
}

impl Shared {
    pub(super) fn new(
        conversation: Conversation<SystemClock>,
        screen: Screen,
        profile: Rc<Profile>,
        who: Who,
        arrived: Option<Option<Password>>,
    ) -> Self {
        Shared {
            conversation,
            screen: RefCell::new(screen),
            changed: Notify::new(),
            ending: RefCell::new(None),
            arrived: RefCell::new(arrived),
            profile,
            who,
            clock: SystemClock::new(),
            export: Export::default(),
            passwords: RefCell::new(Vec::new()),
            equips: RefCell::new(Vec::new()),
        }
    }

    pub(super) fn wall(&self) -> Wall {
        self.clock.now().wall
    }

    /// Does what the view wants done.
    pub(super) fn fulfil(&self, wish: Wish) {
        let done = match wish {
            Wish::User(user) => {
                self.conversation.user(user);
                Ok(())
            }
            Wish::Ask(request, asked) => {
                self.ask(*request, *asked);
                Ok(())
            }
            Wish::Draw(drawn) => self.draw(drawn),
            Wish::Enrol(password) => self.enrol(password),
            Wish::Upgrade(password, invitation) => self.upgrade(password, invitation),
            Wish::ComeIn(name, credential) if self.is_shut_out(&name) => self.come_back(credential),
            Wish::ComeIn(name, credential) => {
                self.end(End::Again(name, credential));
                Ok(())
            }
            Wish::Export(path) => self.export.start(&path, &self.conversation).map_err(anyhow::Error::from),
            Wish::Repaint => Ok(()),
            Wish::Quit => {
                self.end(End::Left);
                Ok(())
            }
        };
        if let Err(error) = done {
            self.screen.borrow_mut().say(format!("{error:#}"));
        }
    }

    /// Whether this program was a device of that account, and is none any more.
    fn is_shut_out(&self, name: &Name) -> bool {
        let closed = |model: &Model| model.name.same(name) && model.link.closed().is_some();
        matches!(self.profile.standing(), Standing::Device(_)) && self.conversation.look(closed)
    }

    /// Whether something was said that is not known to be stored, or was refused and can be tried again.
    fn waits(&self) -> bool {
        self.conversation.look(|model| model.outbox.posts().next().is_some())
    }

    /// Signs in again in the same conversation, so that what was not sent goes out after that.
    fn come_back(&self, credential: Credential) -> anyhow::Result<()> {
        let Held { token, .. } = self.profile.prepare(&mut chance()?)?;
        self.arrived.replace(Some(known(&credential)));
        self.conversation.user(User::ComeIn { credential, token });
        Ok(())
    }

    /// The listener ends the conversation at the next word, once what is to be sent is sent.
    fn end(&self, end: End) {
        self.ending.replace(Some(end));
        self.conversation.user(User::Quit);
    }

    fn ask(&self, request: Request, asked: Asked) {
        let password = asked.password.clone();
        // What cannot be asked now is said by the client in a notice.
        let Some(id) = self.conversation.ask(request) else { return };
        self.screen.borrow_mut().asks(id, asked);
        self.passwords.borrow_mut().extend(password.map(|password| (id, password)));
    }

    fn draw(&self, drawn: Drawn) -> anyhow::Result<()> {
        let mut random = chance()?;
        match drawn {
            Drawn::Link { room, hours, uses } => {
                let token = token(&mut random);
                let shown = Some(Sheet::Link {
                    link: link(&self.who, &token),
                    entrance: entrance(&self.who, &token),
                    hint: is_here_alone(&self.who.server),
                });
                self.ask(Request::Link { room, token, hours, uses }, Asked { shown, ..Asked::default() });
            }
            Drawn::Reset(name) => {
                let code = code(&mut random);
                let rows = vec![
                    grouped(&code),
                    String::new(),
                    format!(
                        "Give it to {name}: /recover {name}, or sala account recover. It is good for a day."
                    ),
                ];
                let shown = Some(Sheet::Answer(format!("The code for {name}"), rows));
                self.ask(Request::Reset { name, code }, Asked { shown, ..Asked::default() });
            }
            Drawn::Invitation(hours) => {
                let code = code(&mut random);
                let rows = vec![
                    grouped(&code),
                    String::new(),
                    format!(
                        "Give it to one person: /register asks for it, and sala account register. It is good for {}.",
                        duration(hours * 3_600_000)
                    ),
                ];
                let shown = Some(Sheet::Answer("An invitation to this server".to_owned(), rows));
                self.ask(Request::ServerInvite { code, hours }, Asked { shown, ..Asked::default() });
            }
        }
        Ok(())
    }

    fn enrol(&self, password: Password) -> anyhow::Result<()> {
        let enrolment = Enrolment::draw(&mut chance()?);
        let name = self.conversation.look(|model| model.name.clone());
        self.screen.borrow_mut().enrol(&name, password, enrolment);
        Ok(())
    }

    fn upgrade(&self, password: Password, invitation: Option<OnceCode>) -> anyhow::Result<()> {
        let next = self.profile.prepare_upgrade(&mut chance()?)?;
        if let Some(id) = self.conversation.upgrade(next.token, password.clone(), invitation) {
            let (line, registers) = ("you have an account".to_owned(), Some(password.clone()));
            self.screen.borrow_mut().asks(id, Asked { line, registers, ..Asked::default() });
            self.passwords.borrow_mut().push((id, password));
        }
        Ok(())
    }

    /// The device's token is what it was prepared to be.
    pub(super) fn settle(&self) {
        if let Err(error) = self.profile.settle() {
            self.screen.borrow_mut().say(format!("{error:#}"));
        }
    }

    /// Signs in for further programs on this computer, behind the window, once it is known how many devices there are.
    pub(super) fn equip_others(&self, password: Password) {
        let id = self.conversation.ask(Request::Devices);
        self.equips.borrow_mut().extend(id.map(|id| (id, password)));
    }

    fn equip_beside(&self, password: Password, devices: usize) {
        let (who, profile) = (self.who.clone(), self.profile.clone());
        drop(tokio::task::spawn_local(async move { equip(&who, &profile, &password, devices).await }));
    }

    /// Takes in what happened on the link.
    pub(super) fn heard(&self, event: &Event) {
        let kept = kept(&self.profile, &self.conversation, event);
        let written = self.export.heard(event, &self.conversation, || date_time(self.wall().0));
        match event {
            Event::Answered(id, update) => {
                if let Some(password) = taken(&self.passwords, id) {
                    self.equip_others(password);
                }
                if let (Some(password), Update::Devices { devices, .. }) =
                    (taken(&self.equips, id), &**update)
                {
                    self.equip_beside(password, devices.len());
                }
            }
            Event::AskRefused(id, _) => {
                drop((taken(&self.passwords, id), taken(&self.equips, id)));
            }
            Event::Closed => self.closed(),
            _ => {}
        }
        let mut screen = self.screen.borrow_mut();
        self.conversation.look(|model| screen.heard(event, model));
        match written {
            Ok(Some(written)) => screen.say(format!("✓ {}", exported(&written))),
            Ok(None) => {}
            Err(error) => screen.say(error.to_string()),
        }
        if let Err(error) = kept {
            screen.say(format!("{error:#}"));
        }
    }

    /// What a refusal for good means for what was prepared.
    fn closed(&self) {
        let code = self.conversation.look(|model| model.link.closed().map(|(code, _)| code.to_owned()));
        let code = code.unwrap_or_default();
        let done = match code.as_str() {
            "erased" => {
                let name = self.conversation.look(|model| model.name.clone());
                self.ending.replace(Some(End::Erased(name)));
                self.profile.forget()
            }
            // Another device of this computer may be one still. What waits to be sent is sent by this one alone: only it
            // is known to have asked for it, so it is signed in again.
            "name_taken" | "revoked" if !self.waits() && self.profile.gives_way() => {
                let name = self.conversation.look(|model| model.name.clone());
                self.ending.replace(Some(End::Again(name, Credential::Token)));
                Ok(())
            }
            code => self.profile.refused(code),
        };
        if let Err(error) = done {
            self.screen.borrow_mut().say(format!("{error:#}"));
        }
    }
}

/// The password that waited for this.
fn taken(waiting: &RefCell<Vec<(AskId, Password)>>, id: &AskId) -> Option<Password> {
    let mut waiting = waiting.borrow_mut();
    let at = waiting.iter().position(|(asked, _)| asked == id)?;
    Some(waiting.swap_remove(at).1)
}
