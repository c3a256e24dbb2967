//! All shards of a server, as it sees them from the thread on which it decides: the one here, and those on other threads.

use super::World;
use super::shard::{Shard, Word};
use sala_core::limits::WORDS_WAITING_MAX;
use sala_core::server::SessionId;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokio::sync::Notify;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// What a connection weighs where the server decides, which has more to do than the others have,
const HOME_WEIGHT: usize = 5;
/// and what on another thread.
const AWAY_WEIGHT: usize = 4;

/// What a shard is told together: nobody of it looks in between.
pub(super) type Words = Vec<Word>;

/// The thread of a shard has ended, which none does before the server.
#[derive(Debug)]
pub(super) struct ShardEnded;

/// All shards. They are counted from 0, the one here.
pub(super) struct Shards<W: World> {
    pub(super) home: Rc<Shard<W>>,
    /// How many connections are here before others have any.
    home_min: usize,
    away: Vec<Away>,
    /// How many connections each has.
    held: RefCell<Vec<usize>>,
    /// One more has looked.
    looked: Notify,
    next_session: Cell<u64>,
}

/// A shard on another thread.
pub(super) struct Away {
    words: Sender<Words>,
    /// What it is told next, together.
    next: RefCell<Words>,
    /// It has or had a connection. Before that it is told nothing: a small server wakes no other thread.
    is_used: Cell<bool>,
    /// It was told to look, and has not said that all have.
    is_looking: Cell<bool>,
    /// Bytes of its tails, and how many of its connections read from disk.
    measured: Cell<(usize, usize)>,
}

impl Away {
    /// One that has no connection yet, and the end at which it is told things.
    pub(super) fn new() -> (Self, Receiver<Words>) {
        let (words, hears) = mpsc::channel(WORDS_WAITING_MAX);
        let (is_used, is_looking) = (Cell::new(false), Cell::new(false));
        (Away { words, next: RefCell::default(), is_used, is_looking, measured: Cell::default() }, hears)
    }
}

impl<W: World> Shards<W> {
    pub(super) fn new(home: Rc<Shard<W>>, away: Vec<Away>, home_min: usize) -> Self {
        let held = RefCell::new(vec![0; 1 + away.len()]);
        Shards { home, home_min, away, held, looked: Notify::new(), next_session: Cell::new(1) }
    }

    /// How many connections there are.
    pub(super) fn held(&self) -> usize {
        self.held.borrow().iter().sum()
    }

    /// What of the newest entries is in memory, in bytes: each shard has its own.
    pub(super) fn tail_bytes(&self) -> usize {
        self.home.measured().0 + self.away.iter().map(|away| away.measured.get().0).sum::<usize>()
    }

    /// How many connections read from disk.
    pub(super) fn behind(&self) -> usize {
        self.home.measured().1 + self.away.iter().map(|away| away.measured.get().1).sum::<usize>()
    }

    /// A place for a connection, and the shard that is to have it: the one that has least to do, and the one here while there are
    /// few. The shard must have it before it is told anything of it.
    pub(super) fn place(&self) -> (SessionId, usize) {
        let mut held = self.held.borrow_mut();
        let weighed = |shard: &usize| match shard {
            0 => held[0] * HOME_WEIGHT,
            shard => held[*shard] * AWAY_WEIGHT,
        };
        let shard = match held[0] < self.home_min {
            true => 0,
            false => (0..held.len()).min_by_key(weighed).unwrap_or(0),
        };
        held[shard] += 1;
        if let Some(away) = shard.checked_sub(1) {
            self.away[away].is_used.set(true);
        }
        let number = self.next_session.get();
        self.next_session.set(number + 1);
        // The number says where it is.
        (SessionId(number * held.len() as u64 + shard as u64), shard)
    }

    /// A connection is gone.
    pub(super) fn gone(&self, session: SessionId) {
        self.held.borrow_mut()[self.of(session)] -= 1;
    }

    fn of(&self, session: SessionId) -> usize {
        let shards = 1 + self.away.len() as u64;
        usize::try_from(session.0 % shards).expect("there are few shards")
    }

    /// Has the shard of this session do something. Others than the one here hear of it by [`flush`](Shards::flush).
    pub(super) fn say(&self, session: SessionId, word: Word) {
        match self.of(session).checked_sub(1) {
            None => self.home.heed(word),
            Some(away) => self.away[away].next.borrow_mut().push(word),
        }
    }

    fn used(&self) -> impl Iterator<Item = &Away> {
        self.away.iter().filter(|away| away.is_used.get())
    }

    /// Has all shards do something.
    pub(super) fn say_to_all(&self, word: Word) {
        self.used().for_each(|away| away.next.borrow_mut().push(word.clone()));
        self.home.heed(word);
    }

    /// Lets others hear what they are to do. What there is no room for goes with what comes next.
    pub(super) fn flush(&self) -> Result<(), ShardEnded> {
        for away in self.used() {
            let words = away.next.take();
            if !words.is_empty() {
                match away.words.try_send(words) {
                    Ok(()) => {}
                    Err(TrySendError::Full(words)) => *away.next.borrow_mut() = words,
                    Err(TrySendError::Closed(_)) => return Err(ShardEnded),
                }
            }
        }
        Ok(())
    }

    /// Done when all others can be told something more. What comes of itself may be said before; nobody is heard, and nothing is
    /// decided, while one has too much to do.
    pub(super) async fn have_room(&self) -> Result<(), ShardEnded> {
        for away in self.used() {
            away.words.reserve().await.map_err(|_| ShardEnded)?;
        }
        self.flush()
    }

    /// Has others say when those who were woken there have looked.
    pub(super) fn look(&self) {
        for away in self.used() {
            away.is_looking.set(true);
            away.next.borrow_mut().push(Word::Look);
        }
    }

    /// Whether some of those who were woken on other threads have not looked.
    pub(super) fn are_looking(&self) -> bool {
        self.away.iter().any(|away| away.is_looking.get())
    }

    /// Done when they have.
    pub(super) async fn have_looked(&self) {
        while self.are_looking() {
            self.looked.notified().await;
        }
    }

    /// This one's have.
    pub(super) fn has_looked(&self, shard: usize) {
        self.away[shard - 1].is_looking.set(false);
        self.looked.notify_one();
    }

    /// This one holds so many bytes of tails, and has so many connections that read from disk.
    pub(super) fn has_measured(&self, shard: usize, bytes: usize, behind: usize) {
        self.away[shard - 1].measured.set((bytes, behind));
    }
}
