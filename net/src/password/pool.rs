//! Threads that compare and hash passwords.

use super::argon::{Argon, SALT_BYTES};
use super::{Busy, Done, Hasher, Work};
use crate::thread::{self, ThreadError};
use argon2::Error;
use rand::Rng as _;
use rand::rngs::StdRng;
use sala_core::limits::PASSWORDS_WAITING_MAX;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Threads that hash: all cores but one, which is left to the chat. They end, after what they are about, when the last
/// clone is dropped.
#[derive(Clone)]
pub struct HashPool(Arc<Open>);

/// Held by those who ask, not by the threads: when it is dropped, nobody asks any more.
struct Open(Arc<Queue>);

struct Queue {
    inner: Mutex<Inner>,
    /// There is work, or there will be none any more.
    changed: Condvar,
}

struct Inner {
    /// At most `PASSWORDS_WAITING_MAX`.
    jobs: VecDeque<(Work, oneshot::Sender<Done>)>,
    random: StdRng,
    closed: bool,
}

impl HashPool {
    /// Starts the threads. `random` gives the salts.
    ///
    /// # Errors
    /// See [`ThreadError`]: then those that were started end.
    pub fn start(random: StdRng) -> Result<Self, ThreadError> {
        let inner = Inner { jobs: VecDeque::new(), random, closed: false };
        let queue = Arc::new(Queue { inner: Mutex::new(inner), changed: Condvar::new() });
        let pool = HashPool(Arc::new(Open(Arc::clone(&queue))));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..cores.saturating_sub(1).max(1) {
            let queue = Arc::clone(&queue);
            thread::start("sala-passwords", move || queue.run())?;
        }
        Ok(pool)
    }
}

impl Hasher for HashPool {
    async fn work(&self, work: Work) -> Result<Done, Busy> {
        let (answer, answered) = oneshot::channel();
        self.0.0.push(work, answer)?;
        // Unanswered work has failed for want of memory: an answer would call a right password wrong.
        answered.await.map_err(|_| Busy)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.inner().closed = true;
        self.0.changed.notify_all();
    }
}

impl Queue {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, work: Work, answer: oneshot::Sender<Done>) -> Result<(), Busy> {
        let mut inner = self.inner();
        if inner.jobs.len() >= PASSWORDS_WAITING_MAX {
            // Those who have gone leave room for others.
            inner.jobs.retain(|(_, answer)| !answer.is_closed());
        }
        if inner.jobs.len() >= PASSWORDS_WAITING_MAX {
            return Err(Busy);
        }
        inner.jobs.push_back((work, answer));
        self.changed.notify_one();
        Ok(())
    }

    /// What each thread does.
    fn run(&self) {
        let mut argon = Argon::default();
        loop {
            while let Some((work, answer)) = self.next() {
                match self.work(&mut argon, work) {
                    // Whoever asked may be gone by now.
                    Ok(done) => drop(answer.send(done)),
                    Err(error) => tracing::error!(%error, "a password could not be compared or hashed"),
                }
            }
            // The memory is kept from one password to the next. Taken anew for each, it came to lie between their
            // answers, and 19 MiB became 200.
            argon.rest();
            if !self.wait() {
                return;
            }
        }
    }

    /// Work that somebody waits for.
    fn next(&self) -> Option<(Work, oneshot::Sender<Done>)> {
        let mut inner = self.inner();
        loop {
            let (work, answer) = inner.jobs.pop_front()?;
            if !answer.is_closed() {
                return Some((work, answer));
            }
        }
    }

    /// Waits for work; says whether there will ever be any.
    fn wait(&self) -> bool {
        let idle = |inner: &mut Inner| inner.jobs.is_empty() && !inner.closed;
        let inner = self.changed.wait_while(self.inner(), idle).unwrap_or_else(PoisonError::into_inner);
        !inner.jobs.is_empty()
    }

    fn work(&self, argon: &mut Argon, work: Work) -> Result<Done, Error> {
        let right = match work.claimed {
            Some((password, phc)) => argon.is_right(&password, phc.as_deref())?,
            None => true,
        };
        let Some(chosen) = work.chosen.filter(|_| right) else { return Ok(Done { right, hash: None }) };
        let mut salt = [0; SALT_BYTES];
        self.inner().random.fill_bytes(&mut salt);
        Ok(Done { right, hash: Some(argon.hash(&chosen, &salt)?) })
    }
}
