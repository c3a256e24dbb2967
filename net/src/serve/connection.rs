//! One connection: reads requests, and writes what is for it alone and what its cursors stand at.

use super::World;
use super::gather::{Step, gather};
use super::mailbox::{Cursor, Mailbox};
use super::own::ReadRequest;
use super::shard::{Said, Shard};
use crate::search::{FindError, Finder, Hit};
use crate::store::{LogStore, Range, ReadError, Stretch};
use crate::transport::Stream;
use crate::turn::Turn;
use sala_core::entry::{LogId, LogKind, Seq};
use sala_core::limits::{
    ANSWER_BYTES_MAX, LINES_PER_TURN_MAX, PAGE_ENTRIES_MAX, PAGES_WAITING_MAX, READ_BYTES_MAX,
    READS_PER_TURN_MAX, REQUEST_BYTES_MAX, STORAGE_RETRY_MS, WRITE_PIECES_MAX,
};
use sala_core::name::RoomName;
use sala_core::protocol::{
    Envelope, Line, LineBuffer, Page, Refused, Request, Update, entry_line, page_entry, page_line, parse,
};
use sala_core::refusal::{Code, Refusal};
use sala_core::server::{self, Input, LogRead, Part, Query, Read, ReadFailed, SearchFailed, SessionId};
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::ReadBuf;

/// A read from disk that a connection waits for; at most one at a time, and none while it has lines to write.
enum Reading {
    /// A page that was asked for.
    Page(Option<u64>, LogRead, Result<Stretch, ReadError>),
    /// What a cursor that fell behind the tail reads next.
    Cursor(Behind, Result<Stretch, ReadError>),
    /// What goes through the machine before it is told.
    Machine(Input),
}

/// A cursor that fell behind the tail.
struct Behind {
    cursor: Cursor,
    room: RoomName,
    /// The end of what it may read now.
    upto: Seq,
}

type ReadFuture = Pin<Box<dyn Future<Output = Reading>>>;

pub(super) struct Connection<T, W: World> {
    stream: T,
    shard: Rc<Shard<W>>,
    session: SessionId,
    mailbox: Rc<Mailbox>,
    /// Until somebody has come in on it.
    turn: Option<Box<Turn>>,
    lines: LineBuffer,
    reading: Option<ReadFuture>,
    /// Requests that were read and not heard yet; at most `READ_BYTES_MAX`.
    unread: Box<[u8]>,
    /// There may be requests that were left unread.
    unheard: bool,
    /// How many more requests are heard in this turn.
    lines_left: u32,
    /// How many were heard since it was last known that the server had heard all.
    asked: u32,
}

impl<T: Stream, W: World> Connection<T, W> {
    /// Begins one on this shard, as a task of its own. Nobody awaits that: what is kept for waiting would be kept for each of ten
    /// thousand.
    pub(super) fn spawn(stream: T, session: SessionId, address: Option<IpAddr>, shard: &Rc<Shard<W>>) {
        let mailbox = shard.admit(session, address);
        let turn = Some(Box::new(Turn::of(Arc::clone(&shard.turns))));
        let connection = Connection {
            stream,
            shard: Rc::clone(shard),
            session,
            mailbox,
            turn,
            lines: LineBuffer::new(REQUEST_BYTES_MAX),
            reading: None,
            unread: Box::default(),
            unheard: false,
            lines_left: 0,
            asked: 0,
        };
        shard.runs(session, tokio::task::spawn_local(connection).abort_handle());
    }

    /// Looks at everything, when it is its turn. Ready when either side has closed.
    fn poll_in_turn(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut turn = self.turn.take().filter(|_| !self.mailbox.known.get());
        let polled = match &mut turn {
            Some(turn) => turn.poll(context, |context| self.poll_lines(context)),
            None => self.poll_lines(context),
        };
        self.turn = turn;
        polled
    }

    fn poll_lines(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.mailbox.looking(context.waker());
        self.lines_left = LINES_PER_TURN_MAX;
        loop {
            // Also in the middle: a read that fails cuts, and must not be tried again and again by a disk that is quick to
            // fail.
            if self.mailbox.to_be_cut.get() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            // Reading comes first in every turn: it stops while there are too many answers, and nobody else wakes it.
            if let Poll::Ready(result) = self.poll_read(context) {
                return Poll::Ready(result);
            }
            if self.poll_write(context)?.is_pending() {
                // A read from disk that is under way is taken, or it would keep others from the disk; none is started.
                if self.reading.is_some() && self.poll_disk(context).is_ready() {
                    continue;
                }
                return Poll::Pending;
            }
            // Nothing is left to write.
            if self.mailbox.closing.get() {
                return Poll::Ready(Ok(()));
            }
            if std::mem::take(&mut self.unheard) && !self.is_behind() {
                continue;
            }
            if self.poll_disk(context).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Whether so many answers wait that no more requests are heard.
    fn is_behind(&self) -> bool {
        let own = self.mailbox.own.borrow();
        self.mailbox.is_paused.get()
            || own.bytes() > ANSWER_BYTES_MAX
            || own.read_count() >= PAGES_WAITING_MAX
    }

    /// Reads what there is. Ready when the other side has closed.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        for _ in 0..READS_PER_TURN_MAX {
            if self.mailbox.closing.get() {
                return Poll::Pending;
            }
            let unheard = std::mem::take(&mut self.unread);
            let heard = self.hear(&unheard);
            // Who is behind is woken often, and hears nothing.
            self.unread = if heard == 0 { unheard } else { unheard[heard..].into() };
            let more = !self.unread.is_empty();
            // Whoever does not take his answers is not heard until he does.
            self.unheard = self.is_behind();
            if self.unheard {
                return Poll::Pending;
            }
            if more {
                break;
            }
            let mut bytes = [std::mem::MaybeUninit::uninit(); READ_BYTES_MAX];
            let mut buffer = ReadBuf::uninit(&mut bytes);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            let heard = self.hear(buffer.filled());
            self.unread = buffer.filled()[heard..].into();
        }
        // Whoever has more to say waits until the others have been heard.
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Takes requests from these bytes until too many answers wait, or it is the others' turn. Gives how many bytes it took.
    fn hear(&mut self, bytes: &[u8]) -> usize {
        let mut heard = 0;
        while self.lines_left > 0 {
            let bytes = &bytes[heard..];
            if bytes.is_empty() || self.is_behind() {
                break;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
            let mut much = false;
            let Connection { lines, shard, session, .. } = self;
            lines.feed(&bytes[..end], |line| {
                let asked = match line {
                    Line::Whole(line) => parse(line),
                    Line::TooLong => Err(too_long()),
                };
                much = asked.as_ref().is_ok_and(is_much);
                shard.say(Said::Input(Input::Asked(*session, asked)));
            });
            heard += end;
            self.lines_left -= 1;
            self.asked = shard.has_asked(self.session, &self.mailbox, self.asked.saturating_add(1), much);
        }
        heard
    }

    /// Writes what there is. Ready when nothing is left in memory to write.
    fn poll_write(&mut self, context: &mut Context<'_>) -> io::Result<Poll<()>> {
        let Connection { stream, shard, mailbox, session, .. } = self;
        let mut steps = shard.steps.borrow_mut();
        loop {
            let mut tails = shard.tails.borrow_mut();
            let mut own = mailbox.own.borrow_mut();
            let mut cursors = mailbox.cursors.borrow_mut();
            cursors.take_ended(|log| tails.unsubscribe(log, *session));
            steps.clear();
            let own_pieces = own.line_count().min(WRITE_PIECES_MAX);
            // Goodbye is the last word, and lines follow on a line that was written in part.
            if !mailbox.closing.get() {
                let pieces_max = WRITE_PIECES_MAX - own_pieces;
                for (index, cursor) in cursors.iter_mut().enumerate() {
                    gather(*session, index, cursor, &tails, pieces_max, &mut steps);
                }
            }
            let count = own_pieces + steps.len();
            if count == 0 {
                // Whoever waits keeps no room for what he was told.
                own.tidy();
                // A stream that encrypts may hold back what it has taken; plain ones never do.
                let flushed = Pin::new(stream).poll_flush(context)?;
                if flushed.is_ready() {
                    own.set_unblocked();
                } else if own.blocked_since().is_none() {
                    own.set_blocked(shard.now());
                }
                return Ok(flushed);
            }
            let bytes = own.lines().chain(steps.iter().map(|step| &step.bytes));
            let mut pieces = [IoSlice::new(&[]); WRITE_PIECES_MAX];
            pieces.iter_mut().zip(bytes).for_each(|(piece, bytes)| *piece = IoSlice::new(bytes));
            let written = match &pieces[..count] {
                // The system has less to look at, some tenths of a microsecond.
                [piece] => Pin::new(&mut *stream).poll_write(context, piece)?,
                pieces => Pin::new(&mut *stream).poll_write_vectored(context, pieces)?,
            };
            let Poll::Ready(written) = written else {
                if own.blocked_since().is_none() {
                    own.set_blocked(shard.now());
                }
                return Ok(Poll::Pending);
            };
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            if !mailbox.closing.get() {
                own.set_unblocked();
            }
            let mut left = own.written(own_pieces, written);
            for Step { index, next, chunk, bytes } in steps.drain(..) {
                if left == 0 {
                    break;
                }
                let taken = left.min(bytes.len());
                left -= taken;
                let cursor = cursors.at(index);
                cursor.next = next;
                cursor.stand_at(chunk);
                // Where the log is read from disk next, what was announced before this is not told again.
                cursor.since = cursor.since.max(chunk);
                // What is left of a chunk is the connection's own now, and pins no more than that chunk.
                if taken < bytes.len() {
                    own.push_rest(bytes.slice(taken..));
                }
            }
        }
    }

    /// Starts and ends reads from disk. Ready when one has ended and there may be something to write.
    fn poll_disk(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.reading.is_none() {
            self.reading = self.next_read();
        }
        let Some(reading) = &mut self.reading else { return Poll::Pending };
        let read = ready!(reading.as_mut().poll(context));
        self.reading = None;
        match read {
            Reading::Page(id, read, result) => self.page_read(id, &read, result),
            Reading::Cursor(behind, result) => self.cursor_read(&behind, result),
            Reading::Machine(input) => self.shard.say(Said::Input(input)),
        }
        Poll::Ready(())
    }

    fn next_read(&self) -> Option<ReadFuture> {
        let sources = &self.shard.sources;
        let (store, finder) = (sources.store.clone(), sources.finder.clone());
        if let Some(ReadRequest { id, read }) = self.mailbox.own.borrow_mut().pop_read() {
            let session = self.session;
            return Some(Box::pin(async move {
                match read {
                    Read::Page(read) => {
                        let result = part(&store, &read).await;
                        Reading::Page(id, read, result)
                    }
                    Read::Written(person, after, limit) => {
                        let written = answered(store.written_by(person, after, limit).await);
                        Reading::Machine(Input::Written(session, id, written))
                    }
                    Read::Search(query) => {
                        let found = search(&store, &finder, query).await;
                        Reading::Machine(Input::Searched(session, id, found))
                    }
                }
            }));
        }
        let tails = self.shard.tails.borrow();
        let cursors = self.mailbox.cursors.borrow();
        let cursor = cursors.iter().find(|cursor| tails.is_left_by(cursor))?.clone();
        let tail = tails.log(cursor.log)?;
        let head = tail.announced_after(cursor.next, cursor.since);
        let upto = cursor.until().map_or(head, |until| until.min(head));
        let behind = Behind { cursor, room: tail.room().clone(), upto };
        Some(Box::pin(async move {
            let range = Range::After(behind.cursor.next.before(), upto);
            let result = store.read(behind.cursor.log, range, PAGE_ENTRIES_MAX).await;
            Reading::Cursor(behind, result)
        }))
    }

    fn page_read(&self, id: Option<u64>, read: &LogRead, result: Result<Stretch, ReadError>) {
        // Who was put out while the disk was read is told no more of the room than what he reads up to that.
        let reads = |cursor: &Cursor| cursor.log == read.log && cursor.until().is_none();
        let may = read.log.kind() != LogKind::Room || self.mailbox.cursors.borrow().iter().any(reads);
        let line = match result {
            _ if !may => {
                let refusal = Refusal::no(Code::NotAMember, "you are no member of this room any more");
                Update::from(Refused { id, n: None, refusal }).encode()
            }
            Ok(stretch) => {
                let mut entries = Vec::new();
                for (seq, body) in &stretch.entries {
                    page_entry(&mut entries, *seq, body);
                }
                page_line(id, read.log, &read.room, &entries, stretch.more, &stretch.damaged)
            }
            Err(error) => {
                tracing::error!(%error, "a page could not be read");
                let text = "the server's disk did not answer; try again";
                let refusal = Refusal::later(Code::StorageFailed, STORAGE_RETRY_MS, text);
                Update::from(Refused { id, n: None, refusal }).encode()
            }
        };
        self.mailbox.push(line.into());
    }

    /// Gives a cursor that fell behind the tail its next entries. What is damaged is said, never passed over.
    fn cursor_read(&self, behind: &Behind, result: Result<Stretch, ReadError>) {
        let Behind { cursor: read, room, upto } = behind;
        let stretch = match result {
            Ok(stretch) => stretch,
            Err(error) => {
                // Not damage: the disk did not answer. The reader comes back with its cursor and asks again.
                tracing::error!(%error, log = read.log.0, "a stretch could not be read; closing its reader");
                return self.mailbox.cut();
            }
        };
        let mut lines = Vec::new();
        let mut next = read.next;
        for (seq, body) in &stretch.entries {
            if next < *seq {
                damage_line(&mut lines, read.log, room, next, Seq(seq.0 - 1));
            }
            entry_line(&mut lines, read.log, room, *seq, body);
            next = seq.next();
        }
        if let Some(last) = stretch.damaged.last().filter(|last| **last >= next) {
            damage_line(&mut lines, read.log, room, next, *last);
            next = last.next();
        }
        if next == read.next {
            // The store has fewer entries than were released: the rest is lost, and is said to be.
            damage_line(&mut lines, read.log, room, next, *upto);
            next = upto.next();
        }
        let mut cursors = self.mailbox.cursors.borrow_mut();
        // The cursor may be another by now: its reader left and joined again while the disk was read.
        if let Some(cursor) =
            cursors.iter_mut().find(|cursor| cursor.log == read.log && cursor.next == read.next)
        {
            cursor.next = next;
            cursor.stand_nowhere();
            drop(cursors);
            lines.shrink_to_fit();
            self.mailbox.push(lines.into());
        }
    }
}

/// Runs until either side closes. Written by hand: ten thousand of these wait at a time, and an `async fn` holds what it is
/// given twice.
impl<T: Stream, W: World> Future for Connection<T, W> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let polled = match catch_unwind(AssertUnwindSafe(|| self.poll_in_turn(context))) {
            Ok(polled) => polled,
            Err(panic) => {
                self.shard.say(Said::Broken(panic));
                return Poll::Ready(());
            }
        };
        let end = ready!(polled);
        if let Err(error) = end {
            self.shard.close(self.session);
            tracing::debug!(session = self.session.0, %error, "lost");
            return Poll::Ready(());
        }
        // The last lines are given to the system; what it makes of them is not ours to wait for. Nor is a peer that takes
        // nothing: it is counted nowhere any more.
        drop(Pin::new(&mut self.stream).poll_shutdown(context));
        self.shard.close(self.session);
        tracing::debug!(session = self.session.0, "closed");
        Poll::Ready(())
    }
}

/// Reads a part of a log, as it is shown to those who look back.
async fn part<S: LogStore>(store: &S, read: &LogRead) -> Result<Stretch, ReadError> {
    let LogRead { log, part, limit, upto, .. } = *read;
    let end = upto.next();
    let until = |before: Option<Seq>| before.map_or(end, |before| before.min(end));
    match part {
        Part::Page(Page::After(after)) => store.page(log, Range::After(after, upto), limit).await,
        Part::Page(Page::Before(before)) => store.page(log, Range::Before(until(before)), limit).await,
        Part::Audit(before) => store.audit(log, until(before), limit).await,
        Part::Versions(target, after) => store.versions(log, target, after).await,
    }
}

/// Finds posts, and reads them as they are shown to those who look back.
async fn search<S: LogStore, F: Finder>(
    store: &S,
    finder: &F,
    mut query: Query,
) -> Result<server::Stretch, SearchFailed> {
    let limit = query.limit;
    // One more than is wanted tells whether there are more.
    query.limit += 1;
    let hits = finder.find(query).await.map_err(|error| match error {
        FindError::Busy => SearchFailed::Busy,
        FindError::Gone => {
            tracing::error!(%error, "nothing can be searched");
            SearchFailed::Ended
        }
    })?;
    let mut found = server::Stretch { more: hits.len() > limit, ..server::Stretch::default() };
    for Hit { position, log, seq } in hits.into_iter().take(limit) {
        let post = answered(store.page(log, Range::After(seq.before(), seq), 1).await);
        let post = post.map_err(SearchFailed::Unread)?;
        found.rows.extend(post.entries.into_iter().map(|(seq, body)| (position, log, seq, body)));
    }
    Ok(found)
}

/// Whether a request may be answered with much.
fn is_much(asked: &Envelope) -> bool {
    let is_little = matches!(asked.request, Request::Ping | Request::Pong | Request::Typing { .. });
    !is_little && !asked.request.writes()
}

/// What the machine is told of a read.
fn answered<T>(read: Result<T, ReadError>) -> Result<T, ReadFailed> {
    read.map_err(|error| unread(&error))
}

fn unread(error: &dyn std::error::Error) -> ReadFailed {
    tracing::error!(%error, "what was asked for could not be read");
    ReadFailed
}

fn damage_line(lines: &mut Vec<u8>, log: LogId, room: &RoomName, from: Seq, to: Seq) {
    tracing::error!(log = log.0, from = from.0, to = to.0, "damaged entries are passed over");
    lines.extend(Update::Damaged { room: room.clone(), from, to }.encode());
}

fn too_long() -> Refused {
    let text = format!("a line may have at most {REQUEST_BYTES_MAX} bytes; this one was dropped");
    Refused { id: None, n: None, refusal: Refusal::no(Code::LineTooLong, text) }
}
