//! What the hub and a connection share: what is for this connection alone, and where it stands in each log.

use bytes::Bytes;
use sala_core::entry::{LogId, Seq};
use sala_core::refusal::Code;
use sala_core::server::Read;
use sala_core::time::Tick;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::rc::Rc;
use std::task::Waker;
use tokio::task::AbortHandle;

/// Where a connection stands in one log: all that a reader costs, however far behind it is.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) log: LogId,
    /// The seq that it reads next.
    pub(super) next: Seq,
    /// The first chunk of the log's tail that came after it, or after what it was told last: what was announced before was
    /// not for this reader, who may be one of those from whom it was kept, or he has heard it.
    pub(super) since: u64,
    chunk: OrNone,
    until: OrNone,
}

/// A number, or none, in eight bytes: an `Option` of one takes sixteen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OrNone(u64);

impl OrNone {
    const NONE: OrNone = OrNone(u64::MAX);

    fn get(self) -> Option<u64> {
        (self != OrNone::NONE).then_some(self.0)
    }
}

impl Cursor {
    /// One that reads this seq next, of chunks that come.
    pub(super) fn at(log: LogId, next: Seq, since: u64) -> Self {
        Cursor { log, next, since, chunk: OrNone::NONE, until: OrNone::NONE }
    }

    /// The chunk of the log's tail that holds or will hold what it reads next, if it was looked for.
    pub(super) fn chunk(&self) -> Option<u64> {
        self.chunk.get()
    }

    pub(super) fn stand_at(&mut self, chunk: u64) {
        self.chunk = OrNone(chunk);
    }

    /// The chunk is to be looked for.
    pub(super) fn stand_nowhere(&mut self) {
        self.chunk = OrNone::NONE;
    }

    /// The last seq that it may read; none if there is no end.
    pub(super) fn until(&self) -> Option<Seq> {
        self.until.get().map(Seq)
    }

    /// It reads up to this and no further, or up to where it ended already, if that comes first.
    pub(super) fn end_at(&mut self, last: Seq) {
        self.until = OrNone(self.until.0.min(last.0));
    }

    /// Whether it has read all that it may.
    pub(super) fn has_ended(&self) -> bool {
        self.until().is_some_and(|until| self.next > until)
    }
}

/// What a session asked to be read from disk, and under which id.
#[derive(Clone, Debug)]
pub(super) struct ReadRequest {
    pub(super) id: Option<u64>,
    pub(super) read: Read,
}

/// Requests that wait for the disk. Few connections have any, and most never.
#[derive(Debug, Default)]
pub(super) struct Reads(RefCell<Option<Box<VecDeque<ReadRequest>>>>);

impl Reads {
    pub(super) fn len(&self) -> usize {
        self.0.borrow().as_ref().map_or(0, |reads| reads.len())
    }

    pub(super) fn push(&self, read: ReadRequest) {
        self.0.borrow_mut().get_or_insert_default().push_back(read);
    }

    pub(super) fn pop(&self) -> Option<ReadRequest> {
        let mut reads = self.0.borrow_mut();
        let read = reads.as_mut()?.pop_front();
        reads.take_if(|reads| reads.is_empty());
        read
    }
}

/// Codes of refusals, a bit each.
#[derive(Debug, Default)]
pub(super) struct Codes(Cell<u64>);

impl Codes {
    /// Takes one in. Says whether it is new.
    pub(super) fn insert(&self, code: Code) -> bool {
        const { assert!((Code::Other as u32) < u64::BITS, "the last code has a bit") };
        let bit = 1 << code as u32;
        self.0.replace(self.0.get() | bit) & bit == 0
    }
}

/// One connection's side of the hub.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    /// Where the connection comes from.
    pub(super) address: Option<IpAddr>,
    /// What it was refused for and is not logged again.
    pub(super) noted: Codes,
    /// Lines for this connection alone, and what is left of a chunk that its socket took in part.
    pub(super) own: RefCell<VecDeque<Bytes>>,
    pub(super) own_bytes: Cell<usize>,
    pub(super) cursors: RefCell<Vec<Cursor>>,
    pub(super) reads: Reads,
    /// The connection is to be closed once it has taken its own lines.
    pub(super) closing: Cell<bool>,
    /// Since when the socket has taken nothing although there was something.
    pub(super) blocked_since: Cell<Option<Tick>>,
    /// The connection is to be closed at once.
    pub(super) to_be_cut: Cell<bool>,
    /// Somebody has come in on it.
    pub(super) known: Cell<bool>,
    awake: Cell<bool>,
    /// It is one of those that are `all_awake`.
    is_counted: Cell<bool>,
    /// How many connections of the server on which somebody has come in are awake, and have not looked yet. Nobody waits
    /// for strangers to look, whose turns are few.
    all_awake: Rc<Cell<usize>>,
    waker: RefCell<Option<Waker>>,
    /// By which its task is ended.
    pub(super) task: OnceCell<AbortHandle>,
}

impl Mailbox {
    /// That of a connection from there, which is counted among those that are `all_awake` while it is.
    pub(super) fn of(address: Option<IpAddr>, all_awake: Rc<Cell<usize>>) -> Self {
        Mailbox { address, all_awake, ..Mailbox::default() }
    }

    /// Puts lines in that are for this connection alone.
    pub(super) fn push(&self, line: Bytes) {
        self.own_bytes.set(self.own_bytes.get() + line.len());
        self.own.borrow_mut().push_back(line);
        self.wake();
    }

    /// Closes the connection at once.
    pub(super) fn cut(&self) {
        self.to_be_cut.set(true);
        self.wake();
    }

    /// Has the connection look, once however often it is called before that.
    pub(super) fn wake(&self) {
        if self.awake.replace(true) {
            return;
        }
        if self.known.get() {
            self.is_counted.set(true);
            self.all_awake.set(self.all_awake.get() + 1);
        }
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    /// The connection looks now, and will be woken through `waker` next time.
    pub(super) fn looking(&self, waker: &Waker) {
        self.awake.set(false);
        self.uncount();
        let mut held = self.waker.borrow_mut();
        if !held.as_ref().is_some_and(|held| held.will_wake(waker)) {
            *held = Some(waker.clone());
        }
    }

    /// The connection is gone, and never looks again.
    pub(super) fn gone(&self) {
        self.awake.set(true);
        self.uncount();
    }

    fn uncount(&self) {
        if self.is_counted.replace(false) {
            self.all_awake.set(self.all_awake.get() - 1);
        }
    }
}
