//! A link for a program that asks the server something and waits for the answer.

use crate::print::Outage;
use crate::talk::{Talk, keep};
use crate::titles::named;
use crate::trouble::Trouble;
use crate::who::Who;
use sala_core::client::{AskId, Event, Link};
use sala_core::protocol::{Request, Secret, Update};
use sala_core::refusal::{Fate, Refusal};
use sala_core::secret::{OnceCode, Password};
use sala_net::clock::SystemClock;
use sala_net::dial::{Conversation, Word, dial};
use sala_net::profile::Profile;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

/// A link for a program that asks and waits.
pub(crate) struct Line {
    pub(crate) conversation: Conversation<SystemClock>,
    pub(crate) profile: Rc<Profile>,
    events: RefCell<VecDeque<Event>>,
    news: Notify,
}

/// Comes in as we are and does this. If this slot's device was shut out, another one's may be good: each that is not is
/// forgotten, so this comes to an end.
pub(crate) async fn within<T>(
    who: &Who,
    work: impl AsyncFn(&Line) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    loop {
        let talk = Talk::start(who, false)?;
        let profile = talk.profile.clone();
        match hold(talk, async |line| work(line).await).await {
            Err(trouble) if trouble.is_shut_out() && profile.gives_way() => drop(profile),
            done => return done,
        }
    }
}

/// Keeps the link for as long as `work` goes on, and says when the server is away.
pub(crate) async fn hold<T>(talk: Talk, work: impl AsyncFnOnce(&Line) -> T) -> T {
    let outage = Outage::default();
    hold_with(talk, |conversation| outage.look(conversation), work).await
}

/// The same without a word, behind a window.
pub(crate) async fn hold_quietly<T>(talk: Talk, work: impl AsyncFnOnce(&Line) -> T) -> T {
    hold_with(talk, |_| {}, work).await
}

async fn hold_with<T>(
    talk: Talk,
    changed: impl Fn(&Conversation<SystemClock>),
    work: impl AsyncFnOnce(&Line) -> T,
) -> T {
    let Talk { conversation, connector, random, profile, .. } = talk;
    let line = Line {
        conversation: conversation.clone(),
        profile,
        events: RefCell::new(VecDeque::new()),
        news: Notify::new(),
    };
    let listen = |word: Word| {
        match word {
            Word::Changed => changed(&line.conversation),
            Word::Happened(event) => {
                keep(&line.profile, &line.conversation, &event);
                // What comes by itself is as much as the server likes; what answers is bounded by what is asked.
                if !matches!(event, Event::Joined(_) | Event::Left(_) | Event::PutOut(..) | Event::Delayed(_))
                {
                    line.events.borrow_mut().push_back(event);
                }
            }
        }
        line.news.notify_one();
        ControlFlow::<T>::Continue(())
    };
    tokio::select! { biased;
        done = work(&line) => done,
        done = dial(connector, conversation, random, listen) => done,
    }
}

impl Line {
    /// The next thing that happened.
    pub(crate) async fn event(&self) -> Event {
        loop {
            if let Some(event) = self.events.borrow_mut().pop_front() {
                return event;
            }
            self.news.notified().await;
        }
    }

    /// Done when the server has let us in.
    pub(crate) async fn online(&self) -> Result<(), Trouble> {
        loop {
            let (online, closed) = self
                .conversation
                .look(|model| (model.link == Link::Online, Trouble::closed(&model.link, &self.profile)));
            match closed {
                Some(trouble) => return Err(trouble),
                None if online => return Ok(()),
                None => drop(self.event().await),
            }
        }
    }

    /// Asks, and waits for the answer. What is refused for now is asked again when it is time; a look whose answer was
    /// lost is asked for again, and anything else is unknown.
    pub(crate) async fn ask(&self, request: &Request) -> Result<Update, Trouble> {
        loop {
            self.online().await?;
            let Some(id) = self.conversation.ask(request.clone()) else { continue };
            match self.answer(id).await {
                Ok(update) => return Ok(update),
                Err(Trouble::Refused(Refusal { retry_ms: Some(pause), .. })) => {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                Err(Trouble::Unknown) if !request.writes() => {}
                Err(Trouble::Refused(refusal)) => {
                    let text = self.conversation.look(|model| named(model, &refusal.text));
                    return Err(Trouble::Refused(Refusal { text, ..refusal }));
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Becomes an account, being a guest. Both tokens are tried until it is known which is good.
    pub(crate) async fn upgrade(
        &self,
        token: &Secret,
        password: &Password,
        invitation: Option<&OnceCode>,
    ) -> Result<(), Trouble> {
        let mut asked = false;
        loop {
            self.online().await?;
            if asked && self.conversation.look(|model| model.account) {
                return Ok(());
            }
            asked = true;
            let (token, password, invitation) = (token.clone(), password.clone(), invitation.cloned());
            let Some(id) = self.conversation.upgrade(token, password, invitation) else { continue };
            match self.answer(id).await {
                Ok(_) => return Ok(()),
                Err(Trouble::Refused(Refusal { retry_ms: Some(pause), .. })) => {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                // The next welcome says whether we have an account.
                Err(Trouble::Unknown) => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }

    async fn answer(&self, id: AskId) -> Result<Update, Trouble> {
        loop {
            match self.event().await {
                Event::Answered(answered, update) if answered == id => return Ok(*update),
                Event::AskRefused(refused, refusal) if refused == id => {
                    let unknown = refusal.fate == Fate::Unknown && refusal.retry_ms.is_none();
                    return Err(if unknown { Trouble::Unknown } else { Trouble::Refused(refusal) });
                }
                Event::Closed => self.online().await?,
                _ => {}
            }
        }
    }
}
