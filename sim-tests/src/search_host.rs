//! The index for searching without a thread of its own: the real follower, in tasks of the simulated server.

use crate::clock::SimClock;
use sala_core::server::Query;
use sala_core::time::Tick;
use sala_net::clock::Clock as _;
use sala_net::search::{Changes, FindError, Finder, Follower, Fresh, Hit, Index};
use sala_net::store::Reader;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

/// A follower of the store on its clock.
#[derive(Clone)]
pub struct InlineFinder(Rc<Inline>);

struct Inline {
    follower: RefCell<Follower>,
    fresh: Fresh,
    clock: SimClock,
    /// It may be due earlier.
    changed: Notify,
}

impl InlineFinder {
    /// An index that is to follow this store.
    #[must_use]
    pub fn new(index: Index, store: Reader, clock: SimClock) -> Self {
        let fresh = Fresh::default();
        let follower = RefCell::new(Follower::new(index, store, fresh.clone(), clock.now().tick));
        InlineFinder(Rc::new(Inline { follower, fresh, clock, changed: Notify::new() }))
    }

    /// Does what is due when it is, for ever.
    pub async fn follow(self) {
        let Inline { follower, changed, .. } = &*self.0;
        loop {
            let due = follower.borrow().due();
            let pause = async {
                match due {
                    Some(at) => tokio::time::sleep(Duration::from_millis(at.since(self.0.now()))).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! { biased;
                () = changed.notified() => {}
                () = pause => {}
            }
            follower.borrow_mut().go_on(|| self.0.now());
        }
    }
}

impl Inline {
    fn now(&self) -> Tick {
        self.clock.now().tick
    }
}

impl Finder for InlineFinder {
    fn committed(&self, changes: Changes, erases: bool) {
        // Whether it is much, the follower sees by itself.
        self.0.fresh.push(changes, erases);
        self.0.follower.borrow_mut().committed(self.0.now());
        self.0.changed.notify_one();
    }

    async fn find(&self, query: Query) -> Result<Vec<Hit>, FindError> {
        let found = self.0.follower.borrow_mut().find(&query, self.0.now());
        self.0.changed.notify_one();
        Ok(found)
    }
}
