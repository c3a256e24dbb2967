//! Does what is ordered at the desk.

use super::World;
use super::desk::{Figures, Order, Orders, RoomSeen};
use super::hub::Hub;
use sala_core::entry::RoomKind;
use sala_core::server::Input;
use sala_core::time::Tick;
use std::rc::Rc;
use std::time::Duration;

impl<W: World> Hub<W> {
    /// Does what is ordered, for ever.
    pub(super) async fn obey(self: &Rc<Self>, orders: Option<Orders>) {
        if let Some(mut orders) = orders {
            while let Some(order) = orders.0.recv().await {
                self.obey_one(order);
            }
        }
        std::future::pending::<()>().await;
    }

    /// Whoever ordered something may not wait for the answer any more.
    fn obey_one(self: &Rc<Self>, order: Order) {
        match order {
            Order::Connected(answer) => {
                let connected = self.machine.borrow().connected().collect();
                answer.send((self.now(), connected)).ok();
            }
            Order::Rooms(answer) => drop(answer.send(self.rooms_seen())),
            Order::Figures(answer) => drop(answer.send(self.figures())),
            Order::Close(session, answer) => {
                let is_there = self.machine.borrow().connected().any(|held| held.session == session);
                if is_there {
                    self.input(Input::Close(session));
                }
                answer.send(is_there).ok();
            }
            Order::Operate(operation, answer) => {
                let number = self.next_operation.get();
                self.next_operation.set(number + 1);
                self.operations.borrow_mut().insert(number, answer);
                self.input(Input::Operate(number, operation));
            }
            Order::Greet(text) => self.input(Input::Greeting(text)),
            Order::Limit(quota) => self.input(Input::Quota(quota)),
            Order::Drain(grace) => self.drain(grace),
            Order::Vacuum(answer) => self.begin_vacuum(answer),
        }
    }

    fn rooms_seen(&self) -> Vec<RoomSeen> {
        let machine = self.machine.borrow();
        let rooms = machine.state().rooms().filter(|(_, room)| room.kind != RoomKind::Direct);
        let seen = rooms.map(|(log, room)| RoomSeen {
            log,
            key: room.key.as_str().to_owned(),
            title: room
                .title
                .as_ref()
                .filter(|_| room.kind.is_public())
                .map(|title| title.as_str().to_owned()),
            kind: room.kind,
            members: room.members.len(),
            entries: room.head.0,
            archived: room.archived,
        });
        seen.collect()
    }

    fn figures(&self) -> Figures {
        let machine = self.machine.borrow();
        let state = machine.state();
        Figures {
            up_ms: self.now().since(Tick(0)),
            entries: state.position(),
            people: state.directory().people_count(),
            rooms: state.rooms().count(),
            connections: self.shards.held(),
            entered: machine.connected().filter(|held| held.who.is_some()).count(),
            tail_bytes: self.shards.measured().tail_bytes,
            draining: self.draining.get().is_some(),
        }
    }

    /// Nobody new comes in, and everybody who is here is told for how long.
    fn drain(self: &Rc<Self>, grace: Duration) {
        tracing::info!(connections = self.shards.held(), ?grace, "draining");
        self.meter.set_ready(false);
        self.draining.set(Some(self.now().after(crate::clock::millis(grace))));
        self.changed.notify_waiters();
        let text = format!(
            "the server stops in {} s; what you send until then is saved, and your program comes back by itself",
            grace.as_secs()
        );
        self.input(Input::Notice(text));
    }

    /// Done when the server drains.
    pub(super) async fn draining(&self) {
        while self.draining.get().is_none() {
            self.changed.notified().await;
        }
    }

    /// Done when the server drains and everybody has gone, or had the time for it.
    pub(super) async fn drained(&self) {
        self.draining().await;
        while let Some(end) = self.draining.get()
            && self.shards.held() > 0
        {
            let left = end.since(self.now());
            if left == 0 {
                return;
            }
            tokio::select! { biased;
                () = self.changed.notified() => {}
                () = tokio::time::sleep(Duration::from_millis(left)) => {}
            }
        }
    }
}
