//! Moves values between the server machine, the order, the store, and the connections.

use super::delay::CommitDelay;
use super::desk::GivenBack;
use super::growth::Growth;
use super::own::ReadRequest;
use super::shard::{LOOK_MS, Measured, Said, Shard, Sources, Until, Uplink, Word};
use super::shards::{Away, ShardEnded, Shards};
use super::{Parts, World};
use crate::clock::Clock as _;
use crate::meter::Meter;
use crate::order::Orderer as _;
use crate::password::{Busy, Done, Hasher as _, Work};
use crate::search::Change;
use crate::store::{LoadError, LogStore as _, Row, VacuumError};
use bytes::Bytes;
use sala_core::entry::{Entry, LogId, Position, Seq};
use sala_core::limits::SAID_PER_TURN_MAX;
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
use std::rc::{Rc, Weak};
use tokio::sync::mpsc::Receiver;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;

/// Decides what all connections of a server ask, and lets out what is on disk. Everything in it happens on one thread.
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
    /// What logs grow by in the batch that is being written.
    pub(super) growth: RefCell<Growth>,
    /// What is to be said to readers of logs once the input that it comes from is taken in.
    announcements: RefCell<Vec<(LogId, Bytes, Hearers)>>,
    /// The connections.
    pub(super) shards: Shards<W>,
    pub(super) batch: RefCell<Batch>,
    /// How many commands the next batch is waited for.
    pub(super) delay: CommitDelay,
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
        away: Vec<Away>,
        home_min: usize,
    ) -> Rc<Self> {
        let position = machine.state().position();
        let Parts { store, finder, clock, .. } = &parts;
        let sources = Sources { store: store.clone(), finder: finder.clone(), clock: clock.clone() };
        Rc::new_cyclic(|hub| Hub {
            machine: RefCell::new(machine),
            meter,
            parts,
            jobs: RefCell::default(),
            offered: Cell::new(offered),
            wanted: Notify::new(),
            growth: RefCell::default(),
            announcements: RefCell::default(),
            shards: {
                let home = Shard::new(sources, Weak::clone(hub), 1 + away.len());
                Shards::new(Rc::new(home), away, home_min)
            },
            batch: RefCell::new(Batch::after(position)),
            delay: CommitDelay::default(),
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

    /// A connection was made.
    pub(super) fn opened(self: &Rc<Self>, session: SessionId, address: Option<IpAddr>) {
        self.meter.opened();
        self.input(Input::Opened(session, address));
    }

    /// A connection is gone.
    fn gone(self: &Rc<Self>, session: SessionId) {
        self.shards.gone(session);
        self.meter.closed();
        self.input(Input::Gone(session));
        self.changed.notify_waiters();
    }

    /// Hears what shards on other threads say, for ever.
    pub(super) async fn hear(self: &Rc<Self>, said: &mut Receiver<(usize, Said)>) -> Infallible {
        let mut heard = Vec::new();
        loop {
            self.have_room().await;
            if said.recv_many(&mut heard, SAID_PER_TURN_MAX).await == 0 {
                // There are no others.
                std::future::pending::<()>().await;
            }
            for (shard, said) in heard.drain(..) {
                self.hear_one(shard, said);
            }
            self.let_out();
            tokio::task::yield_now().await;
        }
    }

    /// Tells shards on other threads what there was no room for, for ever.
    pub(super) async fn make_room(&self) -> Infallible {
        let ShardEnded = self.shards.make_room().await;
        self.shard_ended();
        std::future::pending().await
    }

    fn hear_one(self: &Rc<Self>, shard: usize, said: Said) {
        match said {
            Said::Input(input) => {
                self.take_in(input);
                self.announce();
            }
            Said::Paused(session, Until::Heard) => self.shards.has_heard(session),
            Said::Paused(session, Until::Answered) => {
                self.take_in(Input::Paused(session));
                self.announce();
            }
            Said::Gone(session) => self.gone(session),
            Said::Looked => self.shards.has_looked(shard),
            Said::Measured(measured) => self.shards.has_measured(shard, measured),
            Said::Broken(panic) => self.break_with(panic),
        }
    }

    /// Done when nothing waits to be told to a shard.
    pub(super) async fn have_room(&self) {
        if let Err(ShardEnded) = self.shards.have_room().await {
            self.shard_ended();
        }
    }

    fn shard_ended(&self) {
        self.break_with(Box::new("a thread that connections live on has ended, or is stuck"));
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

    /// Hands the machine one input, and does what it wants done.
    pub(super) fn input(self: &Rc<Self>, input: Input) {
        self.take_in(input);
        self.let_out();
    }

    /// Lets all hear what the input that was taken in means for them.
    pub(super) fn let_out(&self) {
        self.announce();
        if let Err(ShardEnded) = self.shards.flush() {
            self.shard_ended();
        }
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
        for (log, line, hearers) in self.announcements.borrow_mut().drain(..) {
            self.shards.say_to_all(Word::Announce(log, line, hearers));
        }
    }

    fn act(self: &Rc<Self>, output: Output) {
        match output {
            Output::Tell(session, update) => self.tell(session, update),
            Output::HangUp(session) => self.shards.say(session, Word::HangUp(session)),
            Output::Heard(session) => self.shards.has_heard(session),
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
                self.shards.say(session, Word::Subscribe { session, log, room, next, head });
            }
            Output::Unsubscribe(session, log, at) => {
                self.shards.say(session, Word::Unsubscribe(session, log, at));
            }
            Output::Announce(log, update, hearers) => {
                self.announcements.borrow_mut().push((log, update.encode().into(), hearers));
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
                self.shards.say(session, Word::Read(session, ReadRequest { id, read }));
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

    fn tell(&self, session: SessionId, update: Update) {
        if let Update::Refused { code, .. } = update {
            self.meter.refused(code);
        }
        self.shards.say(session, Word::Tell(session, update));
    }

    /// Orders, decides, writes and releases, batch by batch, until `shutdown` is done and the batch under way is released.
    pub(super) async fn run(self: &Rc<Self>, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! { biased;
                () = &mut shutdown => return Ok(()),
                () = self.parts.orderer.ready(1) => {
                    let enough = self.delay.take_enough(tokio::time::Instant::now());
                    self.handed_out().await;
                    if let Some(enough) = enough {
                        self.delayed(enough).await;
                    }
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
                self.shards.home.cut_blocked();
                let Measured { tail_bytes, behind } = self.shards.measured();
                self.meter.tails(tail_bytes, behind);
                if let Err(ShardEnded) = self.shards.are_alive() {
                    self.shard_ended();
                }
            }
            let next = self.wake_at.get().map_or(next_look, |tick| tick.min(next_look));
            let pause = std::time::Duration::from_millis(next.since(now));
            tokio::select! { biased;
                () = self.rewound.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

/// The way from the shard on this thread.
impl<W: World> Uplink for Weak<Hub<W>> {
    fn say(&self, said: Said) {
        // What is left of a connection may outlive the server by a moment.
        if let Some(hub) = self.upgrade() {
            hub.hear_one(0, said);
            hub.let_out();
        }
    }

    fn must_wait(&self, _lines: u32) -> bool {
        // All of them were heard when they were said; but what comes of more may have no room.
        self.upgrade().is_some_and(|hub| hub.shards.are_full())
    }
}
