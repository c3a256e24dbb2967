//! What a wish needs beyond the client: chance, files, and the tokens on this disk.

use super::End;
use super::screen::{Asked, Screen, Wish};
use crate::account::equip;
use crate::act::Draft;
use crate::answer;
use crate::grammar::Deed;
use crate::profile::Profile;
use crate::secret::{Enrolment, chance, code, grouped, token};
use crate::talk::{Who, kept};
use sala_core::client::{AskId, Credential, Event, Link, User};
use sala_core::protocol::{Request, Update};
use sala_core::secret::Password;
use sala_core::time::Wall;
use sala_net::clock::{Clock as _, SystemClock};
use sala_net::dial::Conversation;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use tokio::sync::Notify;

/// What the link and the window have in common.
pub(super) struct Shared {
    pub(super) conversation: Conversation<SystemClock>,
    pub(super) screen: RefCell<Screen>,
    pub(super) changed: Notify,
    /// How the conversation is to end, at the next word from the link.
    pub(super) ending: RefCell<Option<End>>,
    profile: Rc<Profile>,
    who: Who,
    clock: SystemClock,
    /// A file that is being written, and the request whose answer is the next part of it.
    export: RefCell<Option<(AskId, Draft)>>,
    /// Passwords that are good once this is done.
    passwords: RefCell<Vec<(AskId, Password)>>,
}

impl Shared {
    pub(super) fn new(
        conversation: Conversation<SystemClock>,
        screen: Screen,
        profile: Rc<Profile>,
        who: Who,
    ) -> Self {
        Shared {
            conversation,
            screen: RefCell::new(screen),
            changed: Notify::new(),
            ending: RefCell::new(None),
            profile,
            who,
            clock: SystemClock::new(),
            export: RefCell::new(None),
            passwords: RefCell::new(Vec::new()),
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
            Wish::Draw(deed) => self.draw(deed),
            Wish::Enrol(password) => self.enrol(password),
            Wish::Upgrade(password) => self.upgrade(password),
            Wish::ComeIn(name, credential) => {
                self.end(End::Again(name, credential));
                Ok(())
            }
            Wish::Export(path) => self.export(&path),
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

    fn draw(&self, deed: Deed) -> anyhow::Result<()> {
        let mut random = chance()?;
        match deed {
            Deed::Link { room, hours, uses } => {
                let token = token(&mut random);
                let shown = vec![
                    token.reveal().to_owned(),
                    String::new(),
                    "Give it to whom you want to let in: /join and this link. It is not shown again."
                        .to_owned(),
                ];
                let line = "The link into this room".to_owned();
                self.ask(
                    Request::Link { room, token, hours, uses },
                    Asked { line, shown, ..Asked::default() },
                );
            }
            Deed::Reset(name) => {
                let code = code(&mut random);
                let shown = vec![
                    grouped(&code),
                    String::new(),
                    format!(
                        "Give it to {name}: /recover {name}, or sala account recover. It is good for a day."
                    ),
                ];
                let line = format!("The code for {name}");
                self.ask(Request::Reset { name, code }, Asked { line, shown, ..Asked::default() });
            }
            _ => {}
        }
        Ok(())
    }

    fn enrol(&self, password: Password) -> anyhow::Result<()> {
        let enrolment = Enrolment::draw(&mut chance()?);
        let name = self.conversation.look(|model| model.name.clone());
        self.screen.borrow_mut().enrol(&name, password, enrolment);
        Ok(())
    }

    fn upgrade(&self, password: Password) -> anyhow::Result<()> {
        let next = self.profile.prepare_upgrade(&mut chance()?)?;
        if let Some(id) = self.conversation.upgrade(next.token, password.clone()) {
            let line = "you have an account".to_owned();
            self.screen.borrow_mut().asks(id, Asked { line, ..Asked::default() });
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

    /// Signs in for further programs on this computer, behind the window.
    pub(super) fn equip_others(&self, password: Password) {
        let (who, profile) = (self.who.clone(), self.profile.clone());
        drop(tokio::task::spawn_local(async move { equip(&who, &profile, &password).await }));
    }

    fn export(&self, path: &Path) -> anyhow::Result<()> {
        let draft = Draft::new(path)?;
        if let Some(id) = self.conversation.ask(Request::Export { after: 0 }) {
            self.export.replace(Some((id, draft)));
        }
        Ok(())
    }

    /// Takes in what happened on the link.
    pub(super) fn heard(&self, event: &Event) {
        let kept = kept(&self.profile, &self.conversation, event).and_then(|()| self.exported(event));
        match event {
            Event::Answered(id, _) => {
                let mut passwords = self.passwords.borrow_mut();
                if let Some(at) = passwords.iter().position(|(asked, _)| asked == id) {
                    let (_, password) = passwords.swap_remove(at);
                    self.equip_others(password);
                }
            }
            Event::AskRefused(id, _) => self.passwords.borrow_mut().retain(|(asked, _)| asked != id),
            Event::Closed => self.closed(),
            _ => {}
        }
        let mut screen = self.screen.borrow_mut();
        self.conversation.look(|model| screen.heard(event, model));
        if let Err(error) = kept {
            screen.say(format!("{error:#}"));
        }
    }

    /// What a refusal for good means for what was prepared.
    fn closed(&self) {
        let code = self.conversation.look(|model| match &model.link {
            Link::Closed { code, .. } => code.clone(),
            _ => String::new(),
        });
        let done = match code.as_str() {
            "erased" => {
                self.ending.replace(Some(End::Left));
                self.profile.forget()
            }
            "name_taken" | "revoked" if self.profile.has_other() => {
                // Another device of this computer may be one still.
                let name = self.conversation.look(|model| model.name.clone());
                self.ending.replace(Some(End::Again(name, Credential::Token)));
                Ok(())
            }
            "wrong_password" | "wrong_code" | "registration_closed" | "weak_password" => {
                self.profile.give_up()
            }
            _ => Ok(()),
        };
        if let Err(error) = done {
            self.screen.borrow_mut().say(format!("{error:#}"));
        }
    }

    /// The next part of what is exported.
    fn exported(&self, event: &Event) -> anyhow::Result<()> {
        let mut export = self.export.borrow_mut();
        let of = |id: &AskId| export.as_ref().is_some_and(|(asked, _)| asked == id);
        match event {
            Event::Answered(id, update) if of(id) => {
                let Some((_, mut draft)) = export.take() else { return Ok(()) };
                let Update::Exported { entries, .. } = &**update else { return Ok(()) };
                for entry in entries {
                    draft.add(&serde_json::to_string(entry)?)?;
                }
                match answer::next(&Request::Export { after: 0 }, update) {
                    Some(next) => *export = self.conversation.ask(next).map(|id| (id, draft)),
                    None => {
                        let name = self.conversation.look(|model| model.name.clone());
                        let said = draft.finish(name.as_str(), self.wall())?;
                        self.screen.borrow_mut().say(format!("✓ {said}"));
                    }
                }
            }
            Event::AskRefused(id, _) if of(id) => *export = None,
            _ => {}
        }
        Ok(())
    }
}
