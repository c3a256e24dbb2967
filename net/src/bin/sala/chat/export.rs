//! What one has written, on its way into a file, part by part.

use crate::answer;
use crate::export::Draft;
use anyhow::{Context as _, bail};
use sala_core::client::{AskId, Event, Link};
use sala_core::protocol::{Request, Update};
use sala_core::refusal::Fate;
use sala_core::time::{Tick, Wall};
use sala_net::clock::SystemClock;
use sala_net::dial::Conversation;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// At most one file at a time.
#[derive(Default)]
pub(super) struct Export(RefCell<Option<Writing>>);

struct Writing {
    draft: Draft,
    /// What asks for the next part.
    next: Request,
    waits: Waits,
}

/// What the next part waits for.
enum Waits {
    /// The answer to what was asked under this id.
    Answer(AskId),
    /// This moment: the server has something else to do until then.
    Moment(Tick),
    /// The link.
    Link,
}

impl Export {
    pub(super) fn start(&self, path: &Path, conversation: &Conversation<SystemClock>) -> anyhow::Result<()> {
        if let Some(writing) = &*self.0.borrow() {
            bail!("{} is being written; another file can be when it is done", writing.draft.path().display());
        }
        let draft = Draft::new(path)?;
        self.0.replace(Some(Writing { draft, next: Request::Export { after: 0 }, waits: Waits::Link }));
        self.go_on(conversation);
        Ok(())
    }

    /// Asks for the next part, if it is time; else gives the moment at which it is.
    pub(super) fn go_on(&self, conversation: &Conversation<SystemClock>) -> Option<Tick> {
        let mut held = self.0.borrow_mut();
        let writing = held.as_mut()?;
        match writing.waits {
            Waits::Answer(_) => return None,
            Waits::Moment(at) if conversation.now() < at => return Some(at),
            Waits::Moment(_) | Waits::Link => {}
        }
        let online = conversation.look(|model| model.link == Link::Online);
        let asked = if online { conversation.ask(writing.next.clone()) } else { None };
        writing.waits = asked.map_or(Waits::Link, Waits::Answer);
        None
    }

    /// Takes in what happened on the link, and says when the file is there. A part whose answer was lost is asked for
    /// again, since asking changes nothing.
    pub(super) fn heard(
        &self,
        event: &Event,
        conversation: &Conversation<SystemClock>,
        at: Wall,
    ) -> anyhow::Result<Option<String>> {
        let waited = |id: &AskId| {
            let held = self
                .0
                .borrow_mut()
                .take_if(|writing| matches!(writing.waits, Waits::Answer(of) if of == *id));
            held.map(|writing| (writing.draft, writing.next))
        };
        match event {
            Event::Answered(id, update) => {
                let Some((mut draft, next)) = waited(id) else { return Ok(None) };
                let Update::Exported { entries, .. } = &**update else {
                    bail!("{} is not written: the server's answer is no part of it", draft.path().display());
                };
                for entry in entries {
                    draft.add(&serde_json::to_string(entry).context("cannot write JSON")?)?;
                }
                let Some(next) = answer::next(&next, update) else {
                    let name = conversation.look(|model| model.name.clone());
                    return draft.finish(name.as_str(), at).map(Some);
                };
                self.0.replace(Some(Writing { draft, next, waits: Waits::Link }));
                self.go_on(conversation);
            }
            Event::AskRefused(id, refusal) => {
                let Some((draft, next)) = waited(id) else { return Ok(None) };
                let waits = match refusal.retry_ms {
                    Some(pause) => Waits::Moment(conversation.now().after(pause)),
                    None if refusal.fate == Fate::Unknown => Waits::Link,
                    None => bail!("{} is not written: {}", draft.path().display(), refusal.text),
                };
                self.0.replace(Some(Writing { draft, next, waits }));
            }
            _ => {}
        }
        Ok(None)
    }

    /// Gives it up, as the conversation is over, and says which file will not be there.
    pub(super) fn cut(&self) -> Option<PathBuf> {
        self.0.take().map(|writing| writing.draft.path().to_owned())
    }
}
