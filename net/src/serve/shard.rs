//! The connections of one thread: what is for them alone, and the tails that they read.
//!
//! A server has at least one such shard, on the thread on which it decides; all hear from there by words.

use super::World;
use super::gather::Step;
use super::growth::Grown;
use super::mailbox::{Cursor, Mailbox};
use super::own::ReadRequest;
use super::tail::Tails;
use super::witness;
use crate::attention::Attention;
use crate::clock::Clock as _;
use bytes::Bytes;
use sala_core::entry::{LogId, Seq};
use sala_core::limits::{GOODBYE_MS, STRANGERS_PER_TURN_MAX, WRITE_TIMEOUT_MS};
use sala_core::mutant::planted;
use sala_core::name::RoomName;
use sala_core::packed::PackedMap;
use sala_core::protocol::Update;
use sala_core::server::{Erase, Hearers, Input, SessionId};
use sala_core::time::Tick;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

/// How often connections that take nothing are looked for, in milliseconds.
pub(super) const LOOK_MS: u64 = 1_000;

/// What a server has a shard do. Words that are about each other come together, and nobody of the shard looks in between.
#[derive(Clone, Debug)]
pub(super) enum Word {
    /// Tells a session this.
    Tell(SessionId, Update),
    /// Closes a connection once it has taken its lines.
    HangUp(SessionId),
    /// Has something read for a session.
    Read(SessionId, ReadRequest),
    /// Lets a session read a log, which ends at `head` now, from `next` on.
    Subscribe { session: SessionId, log: LogId, room: RoomName, next: Seq, head: Seq },
    /// A session reads a log up to this, and no further.
    Unsubscribe(SessionId, LogId, Seq),
    /// Logs grew by this, which is on disk and nobody reads yet.
    Grow(Vec<Grown>),
    /// Those of these who are here look before all others.
    Wake(Vec<SessionId>),
    /// Lets everybody read what logs grew by.
    Release,
    /// What was erased on disk is gone from memory as well.
    Erase(Erase),
    /// Tells these of whoever reads this log now.
    Announce(LogId, Bytes, Hearers),
    /// All that a session asked until it said [`Said::Paused`] was heard, and what it is answered at once was said.
    Heard(SessionId),
    /// Nobody reads anything here, and what was released meanwhile is not known.
    Begin,
}

impl Word {
    /// The same for another thread: whatever bytes two threads share are theirs in turn, and each waits for the other.
    pub(super) fn copied(&self) -> Self {
        match self {
            Word::Announce(log, line, hearers) => {
                Word::Announce(*log, Bytes::copy_from_slice(line), hearers.clone())
            }
            Word::Grow(grown) => Word::Grow(grown.iter().map(Grown::copied).collect()),
            word => word.clone(),
        }
    }
}

/// What a shard has in memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    /// Bytes of the tails.
    pub(super) tail_bytes: usize,
    /// How many connections read from disk what left them.
    pub(super) behind: usize,
}

/// What a shard says to the server.
#[expect(clippy::large_enum_variant, reason = "nearly all of it is inputs")]
pub(super) enum Said {
    /// Something that a connection asked, or that was read for it.
    Input(Input),
    /// A session waits for [`Word::Heard`]: until it was heard, or until what it is answered was said.
    Paused(SessionId, Until),
    /// A connection is gone.
    Gone(SessionId),
    /// All who were woken by words that want to know it have looked, or the others would wait too long for them.
    Looked,
    /// What is in memory now.
    Measured(Measured),
    /// A connection or the shard has met a broken assertion of ours.
    Broken(Box<dyn Any + Send>),
}

/// Until when a session asks nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// What it asked was heard.
    Heard,
    /// What it is answered at once was said, too: that may wait for the disk, where nobody sees how long it is.
    Answered,
}

/// The way from a shard to the server.
pub(super) trait Uplink {
    /// Has the server hear this, at once or as soon as it does.
    fn say(&self, said: Said);

    /// Whether a connection that has asked so many lines may say no more before they are known to be heard.
    fn must_wait(&self, lines: u32) -> bool;
}

/// What a shard reads from, and what time it is there.
pub struct Sources<W: World> {
    /// Keeps entries.
    pub store: W::Store,
    /// Finds what was said.
    pub finder: W::Finder,
    /// Says what time it is.
    pub clock: W::Clock,
}

/// What the connections of one thread share.
pub(super) struct Shard<W: World> {
    pub(super) sources: Sources<W>,
    uplink: Box<dyn Uplink>,
    pub(super) tails: RefCell<Tails>,
    /// Room for what one connection writes, used by all in turn.
    pub(super) steps: RefCell<Vec<Step>>,
    mailboxes: RefCell<PackedMap<SessionId, Rc<Mailbox>>>,
    /// By which each connection is ended.
    tasks: RefCell<PackedMap<SessionId, AbortHandle>>,
    /// How many connections on which somebody has come in were woken, and have not looked yet.
    awake: Rc<Cell<usize>>,
    /// Turns of the connections on which nobody has come in.
    pub(super) turns: Arc<Semaphore>,
    /// How much is logged of what strangers do.
    attention: RefCell<Attention>,
}

impl<W: World> Shard<W> {
    /// One of so many.
    pub(super) fn new(sources: Sources<W>, uplink: impl Uplink + 'static, shards: usize) -> Self {
        Shard {
            sources,
            uplink: Box::new(uplink),
            tails: RefCell::new(Tails::of(shards)),
            steps: RefCell::default(),
            mailboxes: RefCell::default(),
            tasks: RefCell::default(),
            awake: Rc::default(),
            turns: Arc::new(Semaphore::new(STRANGERS_PER_TURN_MAX)),
            attention: RefCell::default(),
        }
    }

    pub(super) fn now(&self) -> Tick {
        self.sources.clock.now().tick
    }

    /// A place for a connection from there. The server knows of it already, or is told next.
    pub(super) fn admit(&self, session: SessionId, address: Option<IpAddr>) -> Rc<Mailbox> {
        let mailbox = Rc::new(Mailbox::of(address, Rc::clone(&self.awake)));
        self.mailboxes.borrow_mut().insert(session, Rc::clone(&mailbox));
        mailbox
    }

    /// The connection runs, and is ended by this.
    pub(super) fn runs(&self, session: SessionId, task: AbortHandle) {
        self.tasks.borrow_mut().insert(session, task);
    }

    /// A connection is gone.
    pub(super) fn close(&self, session: SessionId) {
        if let Some(mailbox) = self.mailboxes.borrow_mut().remove(&session) {
            self.tasks.borrow_mut().remove(&session);
            mailbox.gone();
            let mut tails = self.tails.borrow_mut();
            for cursor in mailbox.cursors.borrow().iter() {
                tails.unsubscribe(cursor.log, session);
            }
        }
        self.say(Said::Gone(session));
    }

    /// Has the server hear this.
    pub(super) fn say(&self, said: Said) {
        self.uplink.say(said);
    }

    /// A session has asked so many lines that are not known to be heard, of which the last is answered with much or not, and asks no
    /// more for now if that is as much as it may. Gives how many still count.
    pub(super) fn has_asked(&self, session: SessionId, mailbox: &Mailbox, lines: u32, much: bool) -> u32 {
        let until = if much { Until::Answered } else { Until::Heard };
        if !much && !self.uplink.must_wait(lines) {
            return lines;
        }
        mailbox.is_paused.set(true);
        self.say(Said::Paused(session, until));
        0
    }

    /// Ends all connections as they are.
    pub(super) fn end_connections(&self) {
        self.tasks.borrow().values().for_each(AbortHandle::abort);
    }

    /// How many connections on which somebody has come in were woken, and have not looked yet.
    pub(super) fn awake(&self) -> usize {
        self.awake.get()
    }

    /// Lets the runtime's other tasks run once, and again while some have not looked at what they were woken for, at most so often.
    pub(super) async fn all_looked(&self, turns_max: usize) {
        for _ in 0..turns_max {
            tokio::task::yield_now().await;
            if self.awake.get() == 0 {
                return;
            }
        }
    }

    /// Does what the server wants done. Who is gone meanwhile is passed over.
    pub(super) fn heed(&self, word: Word) {
        match word {
            Word::Tell(session, update) => self.tell(session, &update),
            Word::HangUp(session) => self.with(session, |mailbox| {
                tracing::debug!(session = session.0, "hanging up");
                mailbox.closing.set(true);
                mailbox.own.borrow_mut().set_blocked(self.now());
                mailbox.wake();
            }),
            Word::Read(session, read) => self.with(session, |mailbox| mailbox.push_read(read)),
            Word::Subscribe { session, log, room, next, head } => self.with(session, |mailbox| {
                let reader = Rc::clone(mailbox);
                let since = self.tails.borrow_mut().subscribe(log, &room, head, session, reader);
                mailbox.cursors.borrow_mut().put(Cursor::at(log, next, since));
                mailbox.wake();
            }),
            Word::Unsubscribe(session, log, at) => self.with(session, |mailbox| {
                if let Some(cursor) = mailbox.cursors.borrow_mut().iter_mut().find(|cursor| cursor.log == log)
                {
                    let late = u64::from(planted("unsubscribe_late"));
                    // Who is put out a second time, while he still reads up to the first, reads no further for it.
                    cursor.end_at(Seq(at.0 + late));
                }
            }),
            Word::Grow(grown) => self.tails.borrow_mut().grow(grown),
            Word::Wake(sessions) => {
                let mailboxes = self.mailboxes.borrow();
                let here = sessions.iter().filter_map(|session| mailboxes.get(session));
                here.for_each(|mailbox| mailbox.wake());
            }
            Word::Release => self.tails.borrow_mut().release(),
            Word::Erase(erase) => self.tails.borrow_mut().erase(erase),
            Word::Announce(log, line, hearers) => self.tails.borrow_mut().announce(log, line, hearers),
            Word::Heard(session) => self.with(session, |mailbox| {
                mailbox.is_paused.set(false);
                mailbox.wake();
            }),
            Word::Begin => self.tails.borrow_mut().forget_all(),
        }
    }

    fn with(&self, session: SessionId, act: impl FnOnce(&Rc<Mailbox>)) {
        let mailbox = self.mailboxes.borrow().get(&session).cloned();
        if let Some(mailbox) = mailbox {
            act(&mailbox);
        }
    }

    fn tell(&self, session: SessionId, update: &Update) {
        let mailboxes = self.mailboxes.borrow();
        // Goodbye is the last word: what was held back until now comes too late.
        let Some(mailbox) = mailboxes.get(&session).filter(|mailbox| !mailbox.closing.get()) else { return };
        tracing::trace!(session = session.0, ?update, "telling");
        witness::told(session, mailbox, update, &mut self.attention.borrow_mut(), self.now());
        if planted("heartbeat_rereads") && *update == Update::Ping {
            mailbox.cursors.borrow_mut().iter_mut().for_each(|cursor| cursor.next = cursor.next.before());
        }
        if matches!(update, Update::Welcome { .. }) {
            mailbox.known.set(true);
        }
        mailbox.push(update.encode().into());
    }

    /// Whether it has no connection.
    pub(super) fn is_empty(&self) -> bool {
        self.mailboxes.borrow().is_empty()
    }

    /// What is in memory now.
    pub(super) fn measured(&self) -> Measured {
        let tails = self.tails.borrow();
        let is_behind =
            |mailbox: &&Rc<Mailbox>| mailbox.cursors.borrow().iter().any(|cursor| tails.is_left_by(cursor));
        let behind = self.mailboxes.borrow().values().filter(is_behind).count();
        Measured { tail_bytes: tails.bytes(), behind }
    }

    /// Closes connections whose socket has taken nothing for a whole write timeout.
    pub(super) fn cut_blocked(&self) {
        let now = self.now();
        for (session, mailbox) in self.mailboxes.borrow().iter() {
            let patience = if mailbox.closing.get() { GOODBYE_MS } else { WRITE_TIMEOUT_MS };
            if mailbox.own.borrow().blocked_since().is_some_and(|since| now.since(since) >= patience) {
                tracing::info!(session = session.0, "closing a connection that takes nothing");
                mailbox.cut();
            }
        }
    }
}
