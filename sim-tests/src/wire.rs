//! What goes over the wire of one client, both ways: the history by which a run is judged.

use crate::chronicle::{Chronicle, Moment};
use crate::clock::SimClock;
use sala_core::limits::{REQUEST_BYTES_MAX, UPDATE_BYTES_MAX};
use sala_core::protocol::{Envelope, Line, LineBuffer, Request, Update, parse};
use sala_core::refusal::Code;
use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Something that was said on a connection of a client, or that became of one.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// When, in the order of the run.
    pub moment: Moment,
    /// When, in simulated milliseconds.
    pub at_ms: u64,
    /// On which connection of this client, counted from 1.
    pub connection: u64,
    /// What.
    pub word: Word,
}

/// What can be said on a connection, or become of it.
#[derive(Clone, Debug)]
pub enum Word {
    /// It was made.
    Opened,
    /// The client asked this.
    Asked(Box<Envelope>),
    /// The server told this.
    Told(Box<Update>),
    /// A line that says nothing, from the server.
    Garbled(String),
    /// A line that asks nothing, from the client.
    Nonsense(String),
    /// It is gone.
    Closed,
}

/// Everything that one client said and heard. Clones are the same wire.
#[derive(Clone, Debug)]
pub struct Wire {
    chronicle: Chronicle,
    clock: SimClock,
    spoken: Rc<RefCell<Vec<Spoken>>>,
    connections: Rc<Cell<u64>>,
    due: Rc<RefCell<Due>>,
}

/// What is still to come on the connection that was made last.
#[derive(Debug, Default)]
struct Due {
    /// Requests that have an answer coming.
    asked: BTreeMap<u64, String>,
    /// Rooms that follow on the welcome.
    rooms: usize,
}

/// Listens in on one connection.
#[derive(Debug)]
pub struct Tap {
    wire: Wire,
    connection: u64,
    asked: LineBuffer,
    told: LineBuffer,
}

impl Wire {
    /// A wire on which nothing was said.
    #[must_use]
    pub fn new(chronicle: &Chronicle, clock: &SimClock) -> Self {
        let (chronicle, clock) = (chronicle.clone(), clock.clone());
        let (spoken, connections, due) = Default::default();
        Wire { chronicle, clock, spoken, connections, due }
    }

    /// For how many milliseconds since this time it was told to wait before it tries to come in again.
    #[must_use]
    pub fn told_to_wait_ms(&self, since_ms: u64) -> u64 {
        let spoken = self.spoken.borrow();
        let since = spoken.iter().rev().take_while(|spoken| spoken.at_ms >= since_ms);
        let told = since.filter_map(|spoken| match &spoken.word {
            Word::Told(update) => match update.as_ref() {
                // Of a post it would name the number, of another request the id.
                Update::Refused { id: None, n: None, code: Code::SlowDown, retry_ms, .. } => *retry_ms,
                _ => None,
            },
            _ => None,
        });
        told.sum()
    }

    /// Everything that was said on it, in order.
    #[must_use]
    pub fn spoken(&self) -> Ref<'_, Vec<Spoken>> {
        self.spoken.borrow()
    }

    /// A connection is made.
    #[must_use]
    pub fn open(&self) -> Tap {
        self.connections.set(self.connections.get() + 1);
        let connection = self.connections.get();
        self.note(connection, Word::Opened);
        let (asked, told) = (LineBuffer::new(REQUEST_BYTES_MAX), LineBuffer::new(UPDATE_BYTES_MAX));
        Tap { wire: self.clone(), connection, asked, told }
    }

    /// What is still to come on the connection that was made last, in words; empty if nothing is.
    #[must_use]
    pub fn due(&self) -> String {
        let Due { asked, rooms } = &*self.due.borrow();
        if asked.is_empty() && *rooms == 0 { String::new() } else { format!("{rooms} rooms, and {asked:?}") }
    }

    fn note(&self, connection: u64, word: Word) {
        if connection == self.connections.get() {
            self.due.borrow_mut().note(&word);
        }
        let (moment, at_ms) = (self.chronicle.now(), self.clock.elapsed_ms());
        self.spoken.borrow_mut().push(Spoken { moment, at_ms, connection, word });
    }
}

impl Due {
    fn note(&mut self, word: &Word) {
        match word {
            Word::Opened | Word::Closed => *self = Due::default(),
            Word::Asked(envelope) => {
                let silent = matches!(envelope.request, Request::Typing { .. });
                if let Some(id) = envelope.id.filter(|_| !silent) {
                    self.asked.insert(id, format!("{:?}", envelope.request));
                }
            }
            Word::Told(update) => match (&**update, answered(update)) {
                (Update::Welcome { id, rooms, .. }, _) => {
                    self.rooms = *rooms;
                    id.iter().for_each(|id| drop(self.asked.remove(id)));
                }
                (Update::Room { id: None, .. }, _) => self.rooms = self.rooms.saturating_sub(1),
                (_, Some(id)) => drop(self.asked.remove(&id)),
                _ => {}
            },
            Word::Garbled(_) | Word::Nonsense(_) => {}
        }
    }
}

impl Tap {
    /// The client has written this.
    pub fn asked(&mut self, bytes: &[u8]) {
        let Tap { wire, connection, asked, .. } = self;
        asked.feed(bytes, |line| {
            let word = match line {
                Line::Whole(line) => match parse(line) {
                    Ok(envelope) => Word::Asked(Box::new(envelope)),
                    Err(refused) => Word::Nonsense(format!("the client asked {}: {refused:?}", lossy(line))),
                },
                Line::TooLong => Word::Nonsense("the client asked a line that is too long".to_owned()),
            };
            wire.note(*connection, word);
        });
    }

    /// The client has read this.
    pub fn told(&mut self, bytes: &[u8]) {
        let Tap { wire, connection, told, .. } = self;
        told.feed(bytes, |line| {
            let word = match line {
                Line::Whole(line) => match Update::decode(line) {
                    Ok(update) => Word::Told(Box::new(update)),
                    Err(error) => Word::Garbled(format!("the server told {}: {error}", lossy(line))),
                },
                Line::TooLong => Word::Garbled("the server told a line that is too long".to_owned()),
            };
            wire.note(*connection, word);
        });
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.wire.note(self.connection, Word::Closed);
    }
}

fn lossy(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

/// The request that an update answers.
#[must_use]
pub fn answered(update: &Update) -> Option<u64> {
    match update {
        Update::Done { id }
        | Update::Room { id, .. }
        | Update::Rooms { id, .. }
        | Update::Who { id, .. }
        | Update::Friends { id, .. }
        | Update::Devices { id, .. }
        | Update::Me { id, .. }
        | Update::Links { id, .. }
        | Update::Sanctions { id, .. }
        | Update::ServerInvitations { id, .. }
        | Update::Reports { id, .. }
        | Update::Held { id, .. }
        | Update::Found { id, .. }
        | Update::Exported { id, .. }
        | Update::OwnPage { id, .. }
        | Update::Page { id, .. }
        | Update::Refused { id, .. } => *id,
        _ => None,
    }
}
