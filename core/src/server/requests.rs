//! What becomes of a request: answered from the state, read from disk, compared with a password, or put into the order.

use super::command::{Ask, Command, Origin, SessionId};
use super::decide::decide;
use super::door::{Goodbye, Output};
use super::machine::Server;
use super::session::{Entered, Rationed};
use crate::entry::{LogId, PersonId, Seq};
use crate::limits::STORAGE_RETRY_MS;
use crate::protocol::{Door, Enter, Envelope, Refused, Request, Update};
use crate::refusal::{Code, Refusal};
use crate::time::Now;

impl Server {
    pub(super) fn asked(&mut self, id: SessionId, asked: Result<Envelope, Refused>, now: Now) {
        let (trouble, reloading) = (self.trouble(now.tick), self.reloading);
        // A session that was hung up may still have lines on their way.
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.heard = now.tick;
        // Whatever a stranger says costs work, and he has only one thing to say.
        if session.entered.is_none() && session.take(Rationed::Haste, &self.quota, now.tick).is_err() {
            return self.hang_up_now(id, Goodbye::Haste, now);
        }
        let device = session.entered.and_then(|entered| self.state.directory().device(entered.device));
        let highest = device.map_or(0, |device| device.window.highest());
        if let Err(refused) = session.admit(&asked, trouble, reloading, highest, &self.quota, now.tick) {
            let hasty =
                session.entered.is_some() && session.take(Rationed::Haste, &self.quota, now.tick).is_err();
            self.refuse_now(id, refused);
            if hasty {
                self.hang_up_now(id, Goodbye::Haste, now);
            }
            return;
        }
        match asked {
            Err(refused) => self.refuse_now(id, refused),
            Ok(Envelope { id: request_id, request }) => self.request(id, request_id, request, now),
        }
    }

    /// A request that its session may make now.
    fn request(&mut self, id: SessionId, request_id: Option<u64>, request: Request, now: Now) {
        let Some(session) = self.sessions.get(id) else { return };
        let (entered, entering) = (session.entered, session.entering);
        match request {
            Request::Ping => return self.held.now(Output::Tell(id, Update::Pong)),
            Request::Pong => return,
            Request::Bye => return self.hang_up(id, Goodbye::Bye, now),
            _ => {}
        }
        let comes_in = matches!(
            request,
            Request::Enter(_) | Request::SignIn { .. } | Request::Register { .. } | Request::Recover { .. }
        );
        let refused = match entered {
            Some(_) if comes_in => {
                Some((Code::AlreadyEntered, "this connection has entered already; open another"))
            }
            None if comes_in && entering => {
                Some((Code::AlreadyEntered, "this connection is entering already; wait for the answer"))
            }
            None if !comes_in => {
                Some((Code::EnterFirst, "say who you are first: `enter`, then wait for `welcome`"))
            }
            _ => None,
        };
        if let Some((code, text)) = refused {
            let refusal = Refusal::no(code, text);
            return self.refuse_now(id, Refused { id: request_id, n: request.post_number(), refusal });
        }
        if let Err(retry_ms) = self.ventures_on(id, entered, &request, now) {
            let text = "you, or all at your address, have asked too much of the kind in a short time; wait";
            let refusal = Refusal::later(Code::SlowDown, retry_ms, text);
            return self.refuse_now(id, Refused { id: request_id, n: request.post_number(), refusal });
        }
        let Some(request) = self.with_password(id, request_id, entered, request, now) else { return };
        let ask = match (request, entered) {
            (Request::Enter(Enter { name, arrival }), _) => {
                if let Some(session) = self.sessions.get_mut(id) {
                    session.entering = true;
                }
                Ask::Enter(name, arrival.into())
            }
            (Request::DeleteAccount { .. }, Some(entered)) => {
                Ask::DeleteAccount { by: entered.person, verified: None }
            }
            (Request::Claim { code }, Some(entered)) => Ask::Claim { by: entered.person, code: code.hash() },
            (Request::Reset { name, code }, Some(entered)) => {
                Ask::Reset { by: entered.person, name, code: code.hash() }
            }
            (Request::ServerInvite { code, hours }, Some(entered)) => {
                Ask::ServerInvite { by: entered.person, code: code.hash(), hours }
            }
            (Request::Link { room, token, hours, uses }, Some(entered)) => {
                Ask::Link { by: entered.person, room, token: token.hash(), hours, uses }
            }
            (Request::Join { door: Door::Link(token) }, Some(entered)) => {
                Ask::JoinByLink { by: entered.person, token: token.hash() }
            }
            (request, Some(Entered { person, device })) => {
                Ask::Do { by: person, device, request, author: None }
            }
            (_, None) => return,
        };
        let command = Command { origin: self.origin(id, request_id), at: now.wall, ask };
        if let Ask::Do { request, .. } = &command.ask
            && !request.writes()
        {
            return self.look_at(&command, now);
        }
        if let Some(session) = self.sessions.get_mut(id) {
            session.pending += 1;
        }
        match self.in_question(&command) {
            Some((log, seq)) => self.held.now(Output::FindAuthor(Box::new(command), log, seq)),
            None => self.held.now(Output::Submit(command)),
        }
    }

    /// Whether whoever asks this has not begun too much of late; if he has, in how many milliseconds he may.
    fn ventures_on(
        &mut self,
        id: SessionId,
        entered: Option<Entered>,
        request: &Request,
        now: Now,
    ) -> Result<(), u64> {
        let address = self.sessions.get(id).and_then(|session| session.address);
        match (request, entered) {
            (Request::Post { n, .. }, Some(entered)) => {
                let taken = self.ventures.take_post(entered.person, address, now.tick);
                if taken.is_err()
                    && let Some(session) = self.sessions.get_mut(id)
                {
                    // As after any refusal for now: until it comes again, later ones would overtake it.
                    session.gate.refused(*n);
                }
                taken
            }
            (Request::Join { door }, Some(entered)) => {
                let log = match door {
                    Door::Room(room) => self.state.room_named(room).map(|(log, _)| log),
                    Door::Link(_) => None,
                };
                let person = self.state.directory().person(entered.person);
                let enters = !log.is_some_and(|log| person.is_some_and(|person| person.rooms.contains(&log)));
                self.ventures.take(entered.person, address, request, enters, now.tick)
            }
            (Request::Upgrade { .. }, Some(_)) => self.ventures.take_sign_in(address, now.tick),
            (_, Some(entered)) => self.ventures.take(entered.person, address, request, false, now.tick),
            (Request::SignIn { .. } | Request::Recover { .. }, None) => {
                self.ventures.take_sign_in(address, now.tick)
            }
            (Request::Enter(enter) | Request::Register { enter, .. }, None)
                if self.state.directory().holder(&enter.name).is_none() =>
            {
                self.ventures.take_name(address, now.tick)
            }
            // A password is hashed before it is decided that the name is another's, or that this is an account already.
            (Request::Register { .. }, None) => self.ventures.take_sign_in(address, now.tick),
            _ => Ok(()),
        }
    }

    pub(super) fn origin(&self, session: SessionId, id: Option<u64>) -> Origin {
        let address = self.sessions.get(session).and_then(|session| session.address);
        Origin { session: Some(session), id, address }
    }

    /// The post whose author decides whether a command may be.
    fn in_question(&self, command: &Command) -> Option<(LogId, Seq)> {
        let Ask::Do { request: Request::Edit { room, seq, .. } | Request::Delete { room, seq }, .. } =
            &command.ask
        else {
            return None;
        };
        let (log, found) = self.state.room_named(room)?;
        found.posts.has(*seq).then_some((log, *seq))
    }

    /// The disk has said whose post a command is about.
    pub(super) fn authored(
        &mut self,
        mut command: Command,
        found: Result<Option<PersonId>, super::ReadFailed>,
    ) {
        let Ok(found) = found else {
            let text = "the server's disk did not answer; try again";
            let refusal = Refusal::later(Code::StorageFailed, STORAGE_RETRY_MS, text);
            let (session, id) = (command.origin.session, command.origin.id);
            if let Some(session) = session {
                self.refuse_now(session, Refused { id, n: None, refusal });
                if let Some(session) = self.sessions.get_mut(session) {
                    session.pending = session.pending.saturating_sub(1);
                }
            }
            return;
        };
        if let Ask::Do { author, .. } = &mut command.ask {
            *author = found;
        }
        self.held.now(Output::Submit(command));
    }

    /// Answers a request that only reads, if its author may see what it asks for.
    fn look_at(&mut self, command: &Command, now: Now) {
        let Ask::Do { by, device, request, .. } = &command.ask else { return };
        let (Some(session), id) = (command.origin.session, command.origin.id) else { return };
        let entered = Entered { person: *by, device: *device };
        let answer = match decide(&self.state, command) {
            Ok(_) => self.seen(session, id, entered, request, now),
            Err(refusal) => Some(Output::Tell(session, Refused { id, n: None, refusal }.into())),
        };
        if let Some(answer) = answer {
            self.answer(session, id, answer);
        }
    }
}
