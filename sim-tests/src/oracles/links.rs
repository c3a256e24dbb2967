//! Every connection of every client, told again line by line, with what is known of the moment of each line.

use super::complaint::{Verdict, complaint};
use super::model::Model;
use super::on_disk::OnDisk;
use crate::chronicle::{Chronicle, Moment};
use crate::client_host::Person;
use crate::stranger_host::STRANGER;
use crate::wire::{Word, answered};
use sala_core::entry::{DeviceId, PersonId, Position};
use sala_core::protocol::{Envelope, Request, Update};
use sala_core::refusal::Code;
use sala_core::time::Wall;
use std::collections::BTreeMap;

/// What one line that a client was told is judged by.
pub(super) struct Told<'a> {
    /// The log.
    pub(super) on_disk: &'a OnDisk,
    /// What it adds up to.
    pub(super) model: &'a Model,
    /// Whose device it is.
    pub(super) who: &'a Person,
    /// On which of its connections.
    pub(super) connection: u64,
    /// Who the server takes it for, once it has let it in.
    pub(super) entered: Option<Entered>,
    /// The request that it answers, if it answers one.
    pub(super) request: Option<&'a Request>,
    /// It was decided on a state that has at least this: what was on disk when it was asked for, or when the connection
    /// was made.
    pub(super) from: Position,
    /// And on none that has more than this: what was on disk when it was heard.
    pub(super) to: Position,
    /// When it was heard.
    pub(super) moment: Moment,
    /// The earliest and the latest time that the wall clock showed from the asking to the hearing.
    pub(super) walls: (Wall, Wall),
    /// The disk was damaged while the connection lasted: then some entries are said to be, instead of told.
    pub(super) damaged: bool,
    /// The line.
    pub(super) update: &'a Update,
}

/// Who is on a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entered {
    pub(super) person: PersonId,
    pub(super) device: DeviceId,
    /// He was let in on a state that has at least this.
    pub(super) since: Position,
}

impl Told<'_> {
    /// The line and whose it is, for a complaint.
    pub(super) fn words(&self) -> String {
        let line = format!("{:?}", self.update);
        let cut = line.char_indices().nth(600).map_or(line.len(), |(at, _)| at);
        format!(
            "{} on connection {} was told, between {} and {}, in answer to {:?}: {}",
            self.who.key(),
            self.connection,
            self.from.0,
            self.to.0,
            self.request,
            &line[..cut]
        )
    }
}

/// One who listens to every line.
pub(super) trait Judge {
    /// A line was told.
    fn told(&mut self, told: &Told<'_>) -> Verdict;

    /// A connection is gone.
    fn closed(&mut self, _who: &Person, _connection: u64) {}
}

/// A connection as it is told.
struct Link {
    opened: When,
    entered: Option<Entered>,
    asked: BTreeMap<u64, (When, Request)>,
    /// Posts by their numbers: the last time that each was sent. None if there were several: which of them is answered
    /// is not known.
    posts: BTreeMap<u64, (When, Option<Request>)>,
    arrival: Option<(When, Request)>,
}

/// A moment, and the milliseconds from the start at which it was.
type When = (Moment, u64);

/// Tells the judges everything that a client was told.
pub(super) fn tell(
    who: &Person,
    chronicle: &Chronicle,
    on_disk: &OnDisk,
    model: &Model,
    judges: &mut [&mut dyn Judge],
) -> Verdict {
    let mut links: BTreeMap<u64, Link> = BTreeMap::new();
    for spoken in who.wire.spoken().iter() {
        let (connection, now) = (spoken.connection, (spoken.moment, spoken.at_ms));
        match &spoken.word {
            Word::Opened => {
                let opened = now;
                let (asked, posts) = (BTreeMap::new(), BTreeMap::new());
                let link = Link { opened, entered: None, asked, posts, arrival: None };
                links.insert(connection, link);
            }
            Word::Closed => {
                links.remove(&connection);
                judges.iter_mut().for_each(|judge| judge.closed(who, connection));
            }
            // No client of ours says what cannot be read; strangers do.
            Word::Nonsense(_) if who.host == STRANGER => {}
            Word::Garbled(what) | Word::Nonsense(what) => {
                return Err(complaint("lines are readable", what.clone()));
            }
            Word::Asked(envelope) => {
                let Some(link) = links.get_mut(&connection) else { continue };
                let Envelope { id, request } = (**envelope).clone();
                if let Some(n) = request.post_number() {
                    let before = link.posts.get(&n.value()).map(|(_, before)| before);
                    let one = before.is_none_or(|before| before.as_ref() == Some(&request));
                    link.posts.insert(n.value(), (now, one.then_some(request)));
                    continue;
                }
                match (id, comes_in(&request)) {
                    (_, true) => link.arrival = Some((now, request)),
                    (Some(id), false) => drop(link.asked.insert(id, (now, request))),
                    (None, false) => {}
                }
            }
            Word::Told(update) => {
                let Some(link) = links.get_mut(&connection) else { continue };
                let to = chronicle.on_disk(spoken.moment);
                let asked = match (&**update, answered(update)) {
                    (Update::Welcome { .. }, _) => link.arrival.take(),
                    (Update::Refused { n: None, code, .. }, _)
                        if link.entered.is_none() && !is_of_a_line(*code) =>
                    {
                        link.arrival.take()
                    }
                    (Update::Refused { n: Some(n), .. }, _) => {
                        let sent = link.posts.get(&n.value()).cloned();
                        sent.and_then(|(when, request)| Some((when, request?)))
                    }
                    (_, Some(id)) => link.asked.remove(&id),
                    _ => None,
                };
                let (since, since_ms) = asked.as_ref().map_or(link.opened, |(when, _)| *when);
                let from = chronicle.on_disk(since);
                let walls = who.clock().walls(since_ms, spoken.at_ms);
                if let Update::Welcome { person, device, .. } = &**update {
                    link.entered = Some(Entered { person: *person, device: *device, since: from });
                }
                let told = Told {
                    on_disk,
                    model,
                    who,
                    connection,
                    entered: link.entered,
                    request: asked.as_ref().map(|(_, request)| request),
                    from,
                    to,
                    moment: spoken.moment,
                    walls,
                    damaged: chronicle.was_damaged(link.opened.0, spoken.moment),
                    update,
                };
                judges.iter_mut().try_for_each(|judge| judge.told(&told))?;
            }
        }
    }
    Ok(())
}

/// Whether a line is refused by this for what it is, and not for what it asks.
fn is_of_a_line(code: Code) -> bool {
    use Code::{BadJson, BadRequest, BadUtf8, EnterFirst, LineTooLong, UnknownRequest};
    matches!(code, BadJson | BadRequest | BadUtf8 | EnterFirst | LineTooLong | UnknownRequest)
}

/// Whether a request is one by which one comes in.
pub(super) fn comes_in(request: &Request) -> bool {
    matches!(
        request,
        Request::Enter(_) | Request::SignIn { .. } | Request::Register { .. } | Request::Recover { .. }
    )
}
