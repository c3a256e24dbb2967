//! Moves values between the server machine, the order, the store, and the connections.

use super::desk::GivenBack;
use super::gather::Step;
use super::mailbox::{Cursor, Mailbox};
use super::own::ReadRequest;
use super::tail::Tails;
use super::{Parts, World, witness};
use crate::attention::Attention;
use crate::clock::Clock as _;
use crate::meter::Meter;
use crate::order::Orderer as _;
use crate::password::{Busy, Done, Hasher as _, Work};
use crate::search::Change;
use crate::store::{LoadError, LogStore as _, Row, VacuumError};
use sala_core::entry::{Entry, LogId, Position, Seq};
use sala_core::limits::{GOODBYE_MS, STRANGERS_PER_TURN_MAX, WRITE_TIMEOUT_MS};
use sala_core::mutant::planted;
use sala_core::packed::PackedMap;
use sala_core::protocol::Update;
use sala_core::refusal::Refusal;
use sala_core::server::{
    Command, Compared, Erase, Hearers, Input, Output, PasswordJob, ReadFailed, Server, SessionId,
};
use sala_core::time::Tick;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::task::{AbortHandle, JoinSet};

/// What all connections of a server share. Everything in it happens on one thread.
pub(super) struct Hub<W: World> {
    pub(super) machine: RefCell<Server>,
    pub(super) meter: Rc<Meter>,
    pub(super) parts: Parts<W>,
    /// Passwords that are compared, and posts whose authors are looked up.
    jobs: RefCell<JoinSet<()>>,
    /// A checkpoint is to be written, though perhaps nothing is ordered.
    wanted: Notify,
    /// Is told once a code lets somebody make himself an administrator.
    offered: Cell<Option<oneshot::Sender<()>>>,
    pub(super) tails: RefCell<Tails>,
    /// Room for what one connection writes, used by all in turn.
    pub(super) steps: RefCell<Vec<Step>>,
    /// What is to be said to readers of logs once the input that it comes from is taken in.
    announcements: RefCell<Vec<(LogId, Vec<u8>, Hearers)>>,
    pub(super) mailboxes: RefCell<PackedMap<SessionId, Rc<Mailbox>>>,
    /// By which each connection is ended.
    pub(super) tasks: RefCell<PackedMap<SessionId, AbortHandle>>,
    /// How many connections on which somebody has come in were woken, and have not looked yet.
    pub(super) awake: Rc<Cell<usize>>,
    /// Those of the connections on which nobody has come in.
    pub(super) turns: Arc<Semaphore>,
    /// How much is logged of what strangers do.
    attention: RefCell<Attention>,
    next_session: Cell<u64>,
    pub(super) batch: RefCell<Batch>,
    wake_at: Cell<Option<Tick>>,
    rewound: Notify,
    /// A connection has come or gone, or the server drains.
    pub(super) changed: Notify,
    /// What a connection panicked with.
    panic: RefCell<Option<Box<dyn Any + Send>>>,
    panicked: Notify,
    /// Until when those who are here may stay, once nobody else is taken in.
    pub(super) draining: Cell<Option<Tick>>,
    /// Who waits for what becomes of an operation: one for each connection that gives orders, and a reload.
    pub(super) operations: RefCell<BTreeMap<u64, oneshot::Sender<Result<(), Refusal>>>>,
    pub(super) next_operation: Cell<u64>,
    /// The next step of giving room on disk back.
    pub(super) vacuum: RefCell<Option<Vacuum>>,
    pub(super) vacuum_under_way: Cell<bool>,
    /// Somebody wants room given back.
    pub(super) vacuum_wanted: Notify,
}

/// Room that is being given back, a step at a time.
pub(super) struct Vacuum {
    /// Up to where the rows lie close together.
    pub(super) upto: Position,
    /// How many bytes were given back.
    pub(super) given_back: u64,
    /// Who waits for it. Nobody goes on with it once he is gone.
    pub(super) answer: oneshot::Sender<Result<GivenBack, VacuumError>>,
}

/// What the machine wants written next.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<Row>,
    /// Those of them that those who guard the server may watch.
    pub(super) watched: Vec<(LogId, Seq, Entry)>,
    pub(super) erase: Vec<Erase>,
    /// What it changes for those who search.
    pub(super) changes: Vec<Change>,
    pub(super) checkpoint: Option<(Position, Vec<u8>)>,
    pub(super) position: Position,
}

impl Batch {
    /// An empty one, of what comes after this.
    fn after(position: Position) -> Self {
        Batch { position, ..Batch::default() }
    }
}

/// Why a server ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The disk failed: a fresh start must see what is on it.
    #[error("writing to the data folder failed ({0}); check the disk, then start the server again")]
    Storage(String),
    /// What is on disk could not be read again after the disk was full.
    #[error("reading the data folder failed: {0}")]
    Load(#[from] LoadError),
}

impl<W: World> Hub<W> {
    pub(super) fn new(
        machine: Server,
        parts: Parts<W>,
        offered: Option<oneshot::Sender<()>>,
        meter: Rc<Meter>,
    ) -> Rc<Self> {
        let mut tails = Tails::default();
        for (log, room) in machine.state().rooms() {
            tails.open(log, room.key.clone(), room.head);
        }
        let position = machine.state().position();
        Rc::new(Hub {
            machine: RefCell::new(machine),
            meter,
            parts,
            jobs: RefCell::default(),
            offered: Cell::new(offered),
            wanted: Notify::new(),
            tails: RefCell::new(tails),
            steps: RefCell::default(),
            announcements: RefCell::default(),
            mailboxes: RefCell::default(),
            tasks: RefCell::default(),
            awake: Rc::default(),
            turns: Arc::new(Semaphore::new(STRANGERS_PER_TURN_MAX)),
            attention: RefCell::default(),
            next_session: Cell::new(1),
            batch: RefCell::new(Batch::after(position)),
            wake_at: Cell::new(None),
            rewound: Notify::new(),
            changed: Notify::new(),
            panic: RefCell::default(),
            panicked: Notify::new(),
            draining: Cell::new(None),
            operations: RefCell::default(),
            next_operation: Cell::new(1),
            vacuum: RefCell::default(),
            vacuum_under_way: Cell::new(false),
            vacuum_wanted: Notify::new(),
        })
    }

    pub(super) fn now(&self) -> Tick {
        self.parts.clock.now().tick
    }

    pub(super) fn connection_count(&self) -> usize {
        self.mailboxes.borrow().len()
    }

    /// A connection was made.
    pub(super) fn open(self: &Rc<Self>, address: Option<IpAddr>) -> (SessionId, Rc<Mailbox>) {
        let session = SessionId(self.next_session.get());
        self.next_session.set(session.0 + 1);
        let mailbox = Rc::new(Mailbox::of(address, Rc::clone(&self.awake)));
        self.mailboxes.borrow_mut().insert(session, Rc::clone(&mailbox));
        self.meter.opened();
        self.input(Input::Opened(session, address));
        (session, mailbox)
    }

    /// A connection is gone.
    pub(super) fn close(self: &Rc<Self>, session: SessionId) {
        if let Some(mailbox) = self.mailboxes.borrow_mut().remove(&session) {
            self.meter.closed();
            self.tasks.borrow_mut().remove(&session);
            mailbox.gone();
            let mut tails = self.tails.borrow_mut();
            for cursor in mailbox.cursors.borrow().iter() {
                tails.unsubscribe(cursor.log, session);
            }
        }
        self.input(Input::Gone(session));
        self.changed.notify_waiters();
    }

    /// A connection has met a broken assertion of ours.
    pub(super) fn break_with(&self, panic: Box<dyn Any + Send>) {
        self.panic.borrow_mut().get_or_insert(panic);
        self.panicked.notify_one();
    }

    /// Panics once a connection has: the server ends there, rather than go on with half of what was to be done.
    pub(super) async fn broken(&self) -> Infallible {
        loop {
            if let Some(panic) = self.panic.borrow_mut().take() {
                std::panic::resume_unwind(panic);
            }
            self.panicked.notified().await;
        }
    }

    /// Ends all connections as they are.
    pub(super) fn end_connections(&self) {
        self.tasks.borrow().values().for_each(AbortHandle::abort);
    }

    /// Hands the machine one input, and does what it wants done.
    pub(super) fn input(self: &Rc<Self>, input: Input) {
        self.take_in(input);
        self.announce();
    }

    pub(super) fn take_in(self: &Rc<Self>, input: Input) {
        if matches!(input, Input::Asked(..)) {
            self.meter.asked();
        }
        let mut machine = self.machine.borrow_mut();
        machine.handle(input, self.parts.clock.now());
        while let Some(output) = machine.poll() {
            self.act(output);
        }
    }

    /// Says what is to be said to readers of logs, behind all entries that they may read.
    pub(super) fn announce(&self) {
        let mut tails = self.tails.borrow_mut();
        for (log, line, hearers) in self.announcements.borrow_mut().drain(..) {
            tails.announce(log, line, hearers);
        }
    }

    fn act(self: &Rc<Self>, output: Output) {
        match output {
            Output::Tell(session, update) => self.tell(session, &update),
            Output::HangUp(session) => {
                if let Some(mailbox) = self.mailboxes.borrow().get(&session) {
                    tracing::debug!(session = session.0, "hanging up");
                    mailbox.closing.set(true);
                    mailbox.own.borrow_mut().set_blocked(self.now());
                    mailbox.wake();
                }
            }
            Output::Operated(number, result) => {
                if let Some(answer) = self.operations.borrow_mut().remove(&number) {
                    // Whoever waits for it may be gone.
                    answer.send(result).ok();
                }
            }
            Output::Submit(command) => self.parts.orderer.submit(command),
            Output::Append(log, room, seq, entry) => self.append(log, room.as_ref(), seq, entry),
            Output::Erase(erase) => self.batch.borrow_mut().erase.push(erase),
            Output::Subscribe(session, log, room, next, head) => {
                let Some(mailbox) = self.mailboxes.borrow().get(&session).cloned() else { return };
                let reader = Rc::clone(&mailbox);
                let since = self.tails.borrow_mut().subscribe(log, &room, head, session, reader);
                let cursor = Cursor::at(log, next, since);
                mailbox.cursors.borrow_mut().put(cursor);
                mailbox.wake();
            }
            Output::Unsubscribe(session, log, at) => {
                if let Some(mailbox) = self.mailboxes.borrow().get(&session)
                    && let Some(cursor) =
                        mailbox.cursors.borrow_mut().iter_mut().find(|cursor| cursor.log == log)
                {
                    let late = u64::from(planted("unsubscribe_late"));
                    // Who is put out a second time, while he still reads up to the first, reads no further for it.
                    cursor.end_at(Seq(at.0 + late));
                }
            }
            Output::Announce(log, update, hearers) => {
                self.announcements.borrow_mut().push((log, update.encode(), hearers));
            }
            Output::ClaimOffered => {
                if let Some(offered) = self.offered.take() {
                    // Whoever waits for it may be gone.
                    offered.send(()).ok();
                }
            }
            Output::Compare(job) => self.compare(job),
            Output::FindAuthor(command, log, seq) => self.find_author(command, log, seq),
            Output::Read(session, id, read) => {
                if let Some(mailbox) = self.mailboxes.borrow().get(&session) {
                    mailbox.push_read(ReadRequest { id, read });
                }
            }
            Output::Checkpoint(position, state) => {
                self.batch.borrow_mut().checkpoint = Some((position, state));
                self.wanted.notify_one();
            }
            Output::WakeAt(tick) => {
                self.wake_at.set(Some(tick));
                self.rewound.notify_one();
            }
        }
    }

    /// Has passwords compared and hashed elsewhere.
    fn compare(self: &Rc<Self>, mut job: Box<PasswordJob>) {
        let work = Work { claimed: job.claimed.take(), chosen: job.chosen.take() };
        let hub = Rc::clone(self);
        self.job(async move {
            let compared = match hub.parts.hasher.work(work).await {
                Ok(Done { right, hash }) => Compared::Done { right, hash },
                Err(Busy) => Compared::Busy,
            };
            hub.input(Input::Compared(job, compared));
        });
    }

    /// Looks up who said what stands there.
    fn find_author(self: &Rc<Self>, command: Box<Command>, log: LogId, seq: Seq) {
        let hub = Rc::clone(self);
        self.job(async move {
            let found = hub.parts.store.author(log, seq).await.map_err(|error| {
                tracing::error!(%error, log = log.0, seq = seq.0, "a post could not be looked up");
                ReadFailed
            });
            hub.input(Input::Authored(command, found));
        });
    }

    /// Does something beside everything else. Each job is one request that its session has pending, which bounds them.
    fn job(&self, work: impl Future<Output = ()> + 'static) {
        let mut jobs = self.jobs.borrow_mut();
        while let Some(ended) = jobs.try_join_next() {
            // A broken assertion of ours, as in a connection.
            if let Err(error) = ended
                && let Ok(panic) = error.try_into_panic()
            {
                std::panic::resume_unwind(panic);
            }
        }
        jobs.spawn_local(work);
    }

    /// What is under way comes to nothing: nobody is left to hear of it.
    pub(super) fn end_jobs(&self) {
        self.jobs.borrow_mut().abort_all();
    }

    fn tell(&self, session: SessionId, update: &Update) {
        if let Update::Refused { code, .. } = update {
            self.meter.refused(*code);
        }
        // Goodbye is the last word: what was held back until now comes too late.
        if let Some(mailbox) = self.mailboxes.borrow().get(&session).filter(|mailbox| !mailbox.closing.get())
        {
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
    }

    /// Orders, decides, writes and releases, batch by batch, until `shutdown` is done and the batch under way is released.
    pub(super) async fn run(self: &Rc<Self>, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! { biased;
                () = &mut shutdown => return Ok(()),
                () = self.parts.orderer.ready() => {
                    self.handed_out().await;
                    self.round().await?;
                }
                () = self.wanted.notified() => self.round().await?,
                // Last: whoever says something never waits for more than one step.
                vacuum = self.vacuum_due() => self.vacuum_step(vacuum).await?,
            }
        }
    }

    /// Says the time when the machine wants to hear it, and looks for connections that take nothing, for ever.
    pub(super) async fn tick(self: &Rc<Self>) {
        let mut next_look = self.now().after(LOOK_MS);
        loop {
            let now = self.now();
            if self.wake_at.get().is_some_and(|tick| tick <= now) {
                self.wake_at.set(None);
                self.input(Input::Tick);
                // It may have more to do at once.
                tokio::task::yield_now().await;
            }
            if next_look <= now {
                next_look = now.after(LOOK_MS);
                self.cut_blocked(now);
                self.measure();
            }
            let next = self.wake_at.get().map_or(next_look, |tick| tick.min(next_look));
            let pause = std::time::Duration::from_millis(next.since(now));
            tokio::select! { biased;
                () = self.rewound.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Counts what grows and shrinks by itself.
    fn measure(&self) {
        let tails = self.tails.borrow();
        let is_behind =
            |mailbox: &&Rc<Mailbox>| mailbox.cursors.borrow().iter().any(|cursor| tails.is_left_by(cursor));
        let behind = self.mailboxes.borrow().values().filter(is_behind).count();
        self.meter.tails(tails.bytes(), behind);
    }

    /// Closes connections whose socket has taken nothing for a whole write timeout.
    fn cut_blocked(&self, now: Tick) {
        for (session, mailbox) in self.mailboxes.borrow().iter() {
            let patience = if mailbox.closing.get() { GOODBYE_MS } else { WRITE_TIMEOUT_MS };
            if mailbox.own.borrow().blocked_since().is_some_and(|since| now.since(since) >= patience) {
                tracing::info!(session = session.0, "closing a connection that takes nothing");
                mailbox.cut();
            }
        }
    }
}

/// How often connections that take nothing are looked for, in milliseconds.
const LOOK_MS: u64 = 1_000;
