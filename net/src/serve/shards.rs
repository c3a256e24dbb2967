//! All shards of a server, as it sees them from the thread on which it decides: the one here, and those on other threads.

use super::World;
use super::shard::{Measured, Shard, Word};
use sala_core::limits::SILENT_LOOKS_MAX;
use sala_core::mutant::planted;
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
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) list: Vec<Word>,
    /// It says [`Said::Looked`](super::shard::Said::Looked) once all who are woken by these have looked.
    pub(super) looks: bool,
}

impl Words {
    fn are_none(&self) -> bool {
        self.list.is_empty() && !self.looks
    }
}

/// The thread of a shard has ended or is stuck, as none is before the server ends.
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
    /// Something was said that there is no room for, and waits: nobody is heard then, and nothing decided.
    is_full: Cell<bool>,
    /// It has just become so.
    filled: Notify,
    /// Who waits here until there is.
    paused: RefCell<Vec<SessionId>>,
    next_session: Cell<u64>,
}

/// A shard on another thread.
pub(super) struct Away {
    words: Sender<Words>,
    /// What it is told next, together.
    next: RefCell<Words>,
    /// It has a connection, or had one when it was told something last. Before that it is told nothing: a small server wakes no
    /// other thread.
    is_used: Cell<bool>,
    /// It was told to look, and has not said that all have.
    is_looking: Cell<bool>,
    measured: Cell<Measured>,
    /// How often it was looked since it said something of itself.
    silent_looks: Cell<u32>,
}

impl Away {
    /// One that has no connection yet, and the end at which it is told things.
    pub(super) fn new(words_max: usize) -> (Self, Receiver<Words>) {
        let (words, hears) = mpsc::channel(words_max);
        let away = Away {
            words,
            next: RefCell::default(),
            is_used: Cell::default(),
            is_looking: Cell::default(),
            measured: Cell::default(),
            silent_looks: Cell::default(),
        };
        (away, hears)
    }

    fn add(&self, word: Word) {
        self.next.borrow_mut().list.push(word);
    }

    fn waits(&self) -> bool {
        !self.next.borrow().are_none()
    }
}

impl<W: World> Shards<W> {
    pub(super) fn new(home: Rc<Shard<W>>, away: Vec<Away>, home_min: usize) -> Self {
        Shards {
            home,
            home_min,
            held: RefCell::new(vec![0; 1 + away.len()]),
            away,
            looked: Notify::new(),
            is_full: Cell::default(),
            filled: Notify::new(),
            paused: RefCell::default(),
            next_session: Cell::new(1),
        }
    }

    /// How many connections there are.
    pub(super) fn held(&self) -> usize {
        self.held.borrow().iter().sum()
    }

    /// What all have of the newest entries, and how many connections read from disk.
    pub(super) fn measured(&self) -> Measured {
        let add = |one: Measured, other: Measured| Measured {
            tail_bytes: one.tail_bytes + other.tail_bytes,
            behind: one.behind + other.behind,
        };
        self.away.iter().map(|away| away.measured.get()).fold(self.home.measured(), add)
    }

    /// The shard that is to have the next connection: the one that has least to do, and the one here while there are few.
    pub(super) fn next(&self) -> usize {
        let held = self.held.borrow();
        let weighed = |shard: &usize| match shard {
            0 => held[0] * HOME_WEIGHT,
            shard => held[*shard] * AWAY_WEIGHT,
        };
        match held[0] < self.home_min {
            true => 0,
            false => (0..held.len()).min_by_key(weighed).unwrap_or(0),
        }
    }

    /// A place there for a connection, which the shard must have before it is told anything of it.
    pub(super) fn place(&self, shard: usize) -> SessionId {
        let mut held = self.held.borrow_mut();
        held[shard] += 1;
        if let Some(away) = shard.checked_sub(1).map(|away| &self.away[away])
            && !away.is_used.replace(true)
        {
            away.silent_looks.set(0);
            // It was told nothing meanwhile.
            away.add(Word::Begin);
        }
        let number = self.next_session.get();
        self.next_session.set(number + 1);
        // The number says where it is.
        SessionId(number * held.len() as u64 + shard as u64)
    }

    /// A connection is gone.
    pub(super) fn gone(&self, session: SessionId) {
        let shard = self.of(session);
        let left = &mut self.held.borrow_mut()[shard];
        *left -= 1;
        if let Some(away) = shard.checked_sub(1).map(|away| &self.away[away])
            && *left == 0
        {
            away.is_used.set(false);
            away.measured.take();
        }
    }

    fn of(&self, session: SessionId) -> usize {
        let shards = 1 + self.away.len() as u64;
        usize::try_from(session.0 % shards).expect("there are few shards")
    }

    /// Has the shard of this session do something. Others than the one here hear of it by [`flush`](Shards::flush).
    pub(super) fn say(&self, session: SessionId, word: Word) {
        match self.of(session).checked_sub(1) {
            None => self.home.heed(word),
            Some(away) => self.away[away].add(word),
        }
    }

    fn used(&self) -> impl Iterator<Item = &Away> {
        self.away.iter().filter(|away| away.is_used.get())
    }

    /// Has all shards do something.
    pub(super) fn say_to_all(&self, word: Word) {
        self.used().for_each(|away| away.add(word.copied()));
        self.home.heed(word);
    }

    /// Lets others hear what they are to do. What there is no room for waits for it, and goes with what comes next.
    pub(super) fn flush(&self) -> Result<(), ShardEnded> {
        for away in self.away.iter().filter(|away| away.waits()) {
            match away.words.try_send(away.next.take()) {
                Ok(()) => {}
                Err(TrySendError::Full(words)) => {
                    *away.next.borrow_mut() = words;
                    self.is_full.set(true);
                    self.filled.notify_one();
                }
                Err(TrySendError::Closed(_)) => return Err(ShardEnded),
            }
        }
        Ok(())
    }

    /// Whether something waits for room. What is only about to be told does not.
    pub(super) fn are_full(&self) -> bool {
        self.is_full.get()
    }

    /// Done when nothing waits for room.
    pub(super) async fn have_room(&self) -> Result<(), ShardEnded> {
        while let Some(away) = self.away.iter().find(|away| away.waits()) {
            let way = away.words.reserve().await.map_err(|_| ShardEnded)?;
            // Somebody else may have waited for it, too. What was said meanwhile goes with it.
            if away.waits() {
                way.send(away.next.take());
            }
        }
        self.is_full.set(false);
        for session in self.paused.take() {
            self.home.heed(Word::Heard(session));
        }
        Ok(())
    }

    /// Lets others hear what there was no room for, until one ends.
    pub(super) async fn make_room(&self) -> ShardEnded {
        loop {
            self.filled.notified().await;
            if let Err(ended) = self.have_room().await {
                return ended;
            }
        }
    }

    /// What a session asked until it paused was heard. Here it may be that there is no room for what comes of more.
    pub(super) fn has_heard(&self, session: SessionId) {
        match self.of(session) == 0 && self.is_full.get() {
            true => self.paused.borrow_mut().push(session),
            false if planted("heard_is_never_said") => {}
            false => self.say(session, Word::Heard(session)),
        }
    }

    /// Has others say when those who are woken there by what they are told now have looked. All must have looked that were
    /// told to.
    pub(super) fn look(&self) {
        for away in self.used() {
            assert!(!away.is_looking.replace(true), "a shard is one batch behind at most");
            away.next.borrow_mut().looks = true;
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

    /// This is what one has.
    pub(super) fn has_measured(&self, shard: usize, measured: Measured) {
        let away = &self.away[shard - 1];
        away.silent_looks.set(0);
        if away.is_used.get() {
            away.measured.set(measured);
        }
    }

    /// Looks whether all that have connections say something of themselves now and then. It is counted, not timed: where a
    /// computer slept, all of it did.
    pub(super) fn are_alive(&self) -> Result<(), ShardEnded> {
        let silent = self.used().map(|away| {
            away.silent_looks.update(|looks| looks + 1);
            away.silent_looks.get()
        });
        if silent.max().is_some_and(|looks| looks > SILENT_LOOKS_MAX) { Err(ShardEnded) } else { Ok(()) }
    }
}
