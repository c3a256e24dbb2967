//! Passwords under simulation, where Argon2 would cost real time and say nothing new.

use super::{Busy, Done, Hasher, Work};
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _};
use sala_core::limits::PASSWORDS_WAITING_MAX;
use sala_core::secret::{hash_text, hex};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// What stands before a hash, so that none is taken for a real one.
const PREFIX: &str = "plain$";

/// Hashes at once, and answers after some time of the simulated clock.
#[derive(Clone)]
pub struct PlainHasher(Rc<RefCell<Plain>>);

struct Plain {
    random: StdRng,
    delay_ms_max: u64,
    waiting: usize,
}

/// One that waits, until it is answered or dropped.
struct Waiting(Rc<RefCell<Plain>>);

impl PlainHasher {
    /// `random` gives the salts, and the delay of each answer: up to `delay_ms_max`; none at all if that is 0.
    #[must_use]
    pub fn new(random: StdRng, delay_ms_max: u64) -> Self {
        PlainHasher(Rc::new(RefCell::new(Plain { random, delay_ms_max, waiting: 0 })))
    }
}

impl Hasher for PlainHasher {
    async fn work(&self, work: Work) -> Result<Done, Busy> {
        let _waiting = Waiting::new(&self.0)?;
        let delay_ms = {
            let Plain { random, delay_ms_max, .. } = &mut *self.0.borrow_mut();
            if *delay_ms_max > 0 { random.random_range(0..=*delay_ms_max) } else { 0 }
        };
        if delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        }
        let right = work.claimed.is_none_or(|(password, hash)| {
            let known = hash.as_deref().and_then(|hash| hash.strip_prefix(PREFIX)?.split_once('$'));
            known.is_some_and(|(salt, hash)| salted(salt, password.reveal()) == hash)
        });
        let hash = work.chosen.filter(|_| right).map(|password| {
            let mut salt = [0; 8];
            self.0.borrow_mut().random.fill_bytes(&mut salt);
            let salt = hex(&salt);
            format!("{PREFIX}{salt}${}", salted(&salt, password.reveal()))
        });
        Ok(Done { right, hash })
    }
}

fn salted(salt: &str, password: &str) -> String {
    hash_text(&format!("{salt}{password}"))
}

impl Waiting {
    fn new(plain: &Rc<RefCell<Plain>>) -> Result<Self, Busy> {
        let mut inner = plain.borrow_mut();
        if inner.waiting >= PASSWORDS_WAITING_MAX {
            return Err(Busy);
        }
        inner.waiting += 1;
        Ok(Waiting(Rc::clone(plain)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.borrow_mut().waiting -= 1;
    }
}
