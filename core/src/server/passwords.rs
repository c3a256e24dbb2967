//! Requests with a password: what is compared and hashed before anything is ordered.

use super::asking::{Asking, LookedUp, Then};
use super::command::{Ask, Command, SessionId, Verified};
use super::decide::wrong_password;
use super::door::{Compared, Output, PasswordJob};
use super::held::{Waiting, storage_full_refusal};
use super::machine::Server;
use super::session::Entered;
use crate::limits::BUSY_RETRY_MS;
use crate::name::Name;
use crate::protocol::{Refused, Request};
use crate::refusal::{Code, Refusal};
use crate::secret::Password;
use crate::time::Now;

impl Server {
    /// Takes in a request with a password; gives back any other.
    pub(super) fn with_password(
        &mut self,
        session: SessionId,
        id: Option<u64>,
        entered: Option<Entered>,
        request: Request,
        now: Now,
    ) -> Option<Request> {
        // Before anything is looked up: how long it takes to refuse somebody would tell whether there was something to find.
        let stranger = match (&request, entered) {
            (Request::SignIn { name, .. } | Request::Recover { name, .. }, None) => Some(name.clone()),
            _ => None,
        };
        if stranger.as_ref().is_some_and(|name| !self.may_try(session, id, name, now)) {
            return None;
        }
        let (claimed, chosen, name, ask) = match (request, entered) {
            (Request::SignIn { name, password, code, arrival }, None) => {
                let found = self.verified(&name);
                let ask = found.as_ref().map(|(verified, _)| Asking::SignIn(*verified, code, arrival.into()));
                (Some((password, found.map(|(_, phc)| phc))), None, Some(name), ask)
            }
            (Request::Register { enter, password, invitation }, None) => {
                let invitation = invitation.map(|code| code.hash());
                let ask = Asking::Register(enter.name, enter.arrival.into(), invitation);
                (None, Some(password), None, Some(ask))
            }
            (Request::Recover { name, code, password, arrival }, None) => {
                let ask = Asking::Recover(name.clone(), code.hash(), arrival.into());
                (None, Some(password), Some(name), Some(ask))
            }
            (Request::Upgrade { token, password, invitation }, Some(entered)) => {
                let invitation = invitation.map(|code| code.hash());
                (None, Some(password), None, Some(Asking::Upgrade(entered, token.hash(), invitation)))
            }
            (Request::Password { old, password }, Some(entered)) => {
                let (claimed, name, verified) = self.own_password(entered, old);
                let ask = verified.map(|verified| Asking::Password(verified, entered));
                (Some(claimed), Some(password), name, ask)
            }
            (Request::Totp { password, secret, code, recovery }, Some(entered)) => {
                let (claimed, name, verified) = self.own_password(entered, password);
                let recovery = recovery.iter().map(crate::secret::OnceCode::hash).collect();
                let ask = verified.map(|verified| Asking::Totp(verified, secret, code, recovery));
                (Some(claimed), None, name, ask)
            }
            (Request::TotpOff { password }, Some(entered)) => {
                let (claimed, name, verified) = self.own_password(entered, password);
                (Some(claimed), None, name, verified.map(Asking::TotpOff))
            }
            (Request::DeleteAccount { password: Some(password) }, Some(entered)) => {
                let (claimed, name, verified) = self.own_password(entered, password);
                (Some(claimed), None, name, verified.map(Asking::DeleteAccount))
            }
            (request, _) => return Some(request),
        };
        if stranger.is_none() && name.as_ref().is_some_and(|name| !self.may_try(session, id, name, now)) {
            return None;
        }
        if let Some(session) = self.sessions.get_mut(session) {
            session.pending += 1;
            session.entering = session.entered.is_none();
        }
        let ahead = Some(self.state.position()).filter(|position| *position > self.stored);
        let then = Then { name, ask, looked_up: LookedUp { ahead, losses: self.losses } };
        self.held.now(Output::Compare(Box::new(PasswordJob { session, id, claimed, chosen, then })));
        None
    }

    /// Takes one of the tries that are left for this name from there, or says that there is none.
    fn may_try(&mut self, session: SessionId, id: Option<u64>, name: &Name, now: Now) -> bool {
        let address = self.sessions.get(session).and_then(|session| session.address);
        let taken = self.attempts.take(name, address, now.tick);
        if let Err(retry_ms) = taken {
            self.refuse_now(session, Refused { id, n: None, refusal: too_many_tries(retry_ms) });
        }
        taken.is_ok()
    }

    /// A password was compared and hashed: what waited for it goes into the order.
    pub(super) fn compared(&mut self, job: PasswordJob, compared: Compared, now: Now) {
        let PasswordJob { session: session_id, id, then: Then { name, ask, looked_up }, .. } = job;
        let Some(session) = self.sessions.get_mut(session_id) else { return };
        let (address, entered) = (session.address, session.entered);
        let (ask, hash) = match (compared, ask) {
            (Compared::Done { right: true, hash }, Some(ask)) => (ask, hash.unwrap_or_default()),
            (Compared::Busy, _) => {
                session.pending = session.pending.saturating_sub(1);
                session.entering = false;
                if let Some(name) = &name {
                    self.attempts.give_back(name, address, now.tick);
                }
                let text = "too many are signing in at this moment; try again";
                let refusal = Refusal::later(Code::Busy, BUSY_RETRY_MS, text);
                return self.refuse_now(session_id, Refused { id, n: None, refusal });
            }
            (Compared::Done { .. }, _) => {
                let entering = std::mem::take(&mut session.entering);
                let waiting = Waiting { origin: self.origin(session_id, id), n: None, entering };
                return self.wrong(waiting, looked_up, now);
            }
        };
        // Only now, that the password was right: nobody else is to use up the owner's tries.
        if let (Some(name), Asking::SignIn(_, Some(_), _)) = (&name, &ask)
            && let Err(retry_ms) = self.attempts.take_code(name, now.tick)
        {
            session.pending = session.pending.saturating_sub(1);
            session.entering = false;
            self.attempts.give_back(name, address, now.tick);
            return self.refuse_now(session_id, Refused { id, n: None, refusal: too_many_tries(retry_ms) });
        }
        // Codes are guessed as passwords are, so a try counts until it has come to something.
        if let Some(name) =
            name.filter(|_| !matches!(ask, Asking::SignIn(_, Some(_), _) | Asking::Recover(..)))
        {
            self.attempts.give_back(&name, address, now.tick);
        }
        let still_him = |wanted: Entered| entered == Some(wanted);
        let ask = match ask {
            Asking::SignIn(verified, code, arrived) => Ask::SignIn { verified, code, arrived },
            Asking::Register(name, arrived, invitation) => Ask::Register { name, hash, invitation, arrived },
            Asking::Recover(name, code, arrived) => Ask::Recover { name, code, hash, arrived },
            Asking::Upgrade(by, token, invitation) => {
                debug_assert!(still_him(by), "a session is one person's for as long as it lasts");
                Ask::Upgrade { by: by.person, device: by.device, token, hash, invitation }
            }
            Asking::Password(verified, by) => Ask::Password { verified, device: by.device, hash },
            Asking::Totp(verified, secret, code, recovery) => Ask::Totp { verified, secret, code, recovery },
            Asking::TotpOff(verified) => Ask::TotpOff { verified },
            Asking::DeleteAccount(verified) => {
                Ask::DeleteAccount { by: verified.person, verified: Some(verified) }
            }
        };
        let origin = self.origin(session_id, id);
        self.held.now(Output::Submit(Command { origin, at: now.wall, ask }));
    }

    /// Says that a password is wrong, or that there is no such account, once the state by which that is so is on disk: who
    /// has changed his password, or is gone, may not be so yet, and never be so.
    fn wrong(&mut self, waiting: Waiting, LookedUp { ahead, losses }: LookedUp, now: Now) {
        let Waiting { origin, .. } = waiting;
        if ahead.is_some() && losses != self.losses {
            return self.fail(waiting, storage_full_refusal(), now);
        }
        let refused = Refused { id: origin.id, n: None, refusal: wrong_password() };
        let (Some(session), Some(ahead)) = (origin.session, ahead.filter(|ahead| *ahead > self.stored))
        else {
            self.answered(waiting);
            return origin.session.into_iter().for_each(|session| self.refuse_now(session, refused.clone()));
        };
        self.held.after(ahead, self.stored, Output::Tell(session, refused.into()));
        self.held.wait(ahead, waiting);
    }

    /// A sign-in by a code came to something: the try that it took is given back.
    pub(super) fn code_was_right(&mut self, command: &Command, now: Now) {
        let name = match &command.ask {
            Ask::SignIn { verified, code: Some(_), .. } => {
                let name = self.state.directory().person(verified.person).map(|person| person.name.clone());
                if let Some(name) = &name {
                    self.attempts.give_code_back(name, now.tick);
                }
                name
            }
            Ask::Recover { name, .. } => Some(name.clone()),
            _ => None,
        };
        if let Some(name) = name {
            self.attempts.give_back(&name, command.origin.address, now.tick);
        }
    }

    /// The account of this name, and its password's hash.
    fn verified(&self, name: &Name) -> Option<(Verified, String)> {
        let (person, found) = self.state.directory().named(name)?;
        let password = found.password.as_ref()?;
        Some((Verified { person, password: password.seq }, password.phc.clone()))
    }

    /// What somebody who has entered says to be his own password.
    fn own_password(
        &self,
        entered: Entered,
        claimed: Password,
    ) -> ((Password, Option<String>), Option<Name>, Option<Verified>) {
        let person = self.state.directory().person(entered.person);
        let name = person.map(|person| person.name.clone());
        let held = person.and_then(|person| person.password.as_ref());
        let verified = held.map(|held| Verified { person: entered.person, password: held.seq });
        ((claimed, held.map(|held| held.phc.clone())), name, verified)
    }
}

fn too_many_tries(retry_ms: u64) -> Refusal {
    let text = "there were too many wrong passwords or codes; wait, then try again";
    Refusal::later(Code::SlowDown, retry_ms, text)
}
