//! Turns of those who would keep others waiting if all of them came at once: so many have theirs before all others are heard.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker, ready};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{spawn_local, yield_now};

/// The turns of one of them. What each does takes its time on the thread on which others talk: once as many have had their
/// turn as there are at a time, all are heard who have something to say.
pub(crate) struct Turn {
    turns: Arc<Semaphore>,
    awaited: Option<Pin<Box<dyn Future<Output = OwnedSemaphorePermit> + Send>>>,
    due: Option<Arc<Due>>,
}

/// Whether there is something to go on with: whoever is on a connection looks far more often.
struct Due {
    is_due: AtomicBool,
    waker: Waker,
}

impl Wake for Due {
    fn wake(self: Arc<Self>) {
        self.is_due.store(true, Ordering::Release);
        self.waker.wake_by_ref();
    }
}

impl Turn {
    /// One of `turns`, which has as many permits as there are at a time.
    pub(crate) fn of(turns: Arc<Semaphore>) -> Self {
        Turn { turns, awaited: None, due: None }
    }

    /// Works at it when it is its turn. It is pending as long as there is nothing to go on with, too.
    pub(crate) fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        work: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let due = match self.due.take() {
            Some(due) if due.waker.will_wake(context.waker()) => due,
            _ => Arc::new(Due { is_due: AtomicBool::new(true), waker: context.waker().clone() }),
        };
        let due = self.due.insert(due);
        if !due.is_due.load(Ordering::Acquire) {
            return Poll::Pending;
        }
        let turns = &self.turns;
        let awaited = self.awaited.get_or_insert_with(|| {
            let turn = Arc::clone(turns).acquire_owned();
            Box::pin(async { turn.await.expect("turns never end") })
        });
        let turn = ready!(awaited.as_mut().poll(context));
        self.awaited = None;
        due.is_due.store(false, Ordering::Release);
        let polled = work(&mut Context::from_waker(&Waker::from(Arc::clone(due))));
        if polled.is_ready() {
            // What comes next of it may have been read already.
            due.is_due.store(true, Ordering::Release);
        }
        // It ends behind all who are to be heard now, those included of whom the system has not been asked yet.
        spawn_local(async {
            yield_now().await;
            drop(turn);
        });
        polled
    }
}
