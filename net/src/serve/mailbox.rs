//! What a shard and a connection share: what is for this connection alone, and where it stands in each log.

use super::own::{Own, ReadRequest};
use bytes::Bytes;
use sala_core::entry::{LogId, Seq};
use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::task::Waker;

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

    /// It reads up to this and no further, or up to where it ended already, if that comes first: none is the largest number.
    pub(super) fn end_at(&mut self, last: Seq) {
        self.until = OrNone(self.until.0.min(last.0));
    }

    /// Whether it has read all that it may.
    pub(super) fn has_ended(&self) -> bool {
        self.until().is_some_and(|until| self.next > until)
    }
}

/// Where a connection stands in all logs that it reads: most people are in a few rooms, and it takes what they take.
#[derive(Debug, Default)]
pub(super) struct Cursors(Box<[Cursor]>);

impl Cursors {
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Cursor> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Cursor> {
        self.0.iter_mut()
    }

    /// The cursor at this place.
    pub(super) fn at(&mut self, index: usize) -> &mut Cursor {
        &mut self.0[index]
    }

    /// Puts a cursor in, in place of the one that stands in the same log.
    pub(super) fn put(&mut self, cursor: Cursor) {
        let mut cursors = std::mem::take(&mut self.0).into_vec();
        cursors.retain(|held| held.log != cursor.log);
        cursors.reserve_exact(1);
        cursors.push(cursor);
        self.0 = cursors.into_boxed_slice();
    }

    /// Takes those out that have reached their end, and says of each in which log it stood.
    pub(super) fn take_ended(&mut self, mut each: impl FnMut(LogId)) {
        if !self.0.iter().any(Cursor::has_ended) {
            return;
        }
        let mut cursors = std::mem::take(&mut self.0).into_vec();
        cursors.extract_if(.., |cursor| cursor.has_ended()).for_each(|cursor| each(cursor.log));
        self.0 = cursors.into_boxed_slice();
    }
}

/// One connection's side of its shard.
#[derive(Default)]
pub(super) struct Mailbox {
    /// Where the connection comes from.
    pub(super) address: Option<IpAddr>,
    pub(super) own: RefCell<Own>,
    pub(super) cursors: RefCell<Cursors>,
    /// The connection is to be closed once it has taken its own lines.
    pub(super) closing: Cell<bool>,
    /// The connection is to be closed at once.
    pub(super) to_be_cut: Cell<bool>,
    /// Somebody has come in on it.
    pub(super) known: Cell<bool>,
    /// It has asked as much as it may before the server is known to have heard it.
    pub(super) is_paused: Cell<bool>,
    awake: Cell<bool>,
    /// It is one of those that are `all_awake`.
    is_counted: Cell<bool>,
    /// How many connections of the shard on which somebody has come in are awake, and have not looked yet. Nobody waits
    /// for strangers to look, whose turns are few.
    all_awake: Rc<Cell<usize>>,
    waker: Cell<Option<Waker>>,
}

impl Mailbox {
    /// That of a connection from there, which is counted among those that are `all_awake` while it is.
    pub(super) fn of(address: Option<IpAddr>, all_awake: Rc<Cell<usize>>) -> Self {
        Mailbox { address, all_awake, ..Mailbox::default() }
    }

    /// Puts lines in that are for this connection alone.
    pub(super) fn push(&self, line: Bytes) {
        self.own.borrow_mut().push(line);
        self.wake();
    }

    /// Has this read from disk.
    pub(super) fn push_read(&self, read: ReadRequest) {
        self.own.borrow_mut().push_read(read);
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
        if let Some(waker) = self.waker.take() {
            waker.wake_by_ref();
            self.waker.set(Some(waker));
        }
    }

    /// The connection looks now, and will be woken through `waker` next time.
    pub(super) fn looking(&self, waker: &Waker) {
        self.awake.set(false);
        self.uncount();
        let held = self.waker.take().filter(|held| held.will_wake(waker));
        self.waker.set(held.or_else(|| Some(waker.clone())));
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
