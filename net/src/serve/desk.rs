//! What whoever runs a server has it do while it serves: his desk is one end, the server the other.

use crate::store::VacuumError;
use sala_core::entry::{LogId, Position, RoomKind};
use sala_core::limits::ORDERS_WAITING_MAX;
use sala_core::refusal::Refusal;
use sala_core::server::{Connected, Operation, Quota, SessionId};
use sala_core::time::Tick;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// The end at which orders are given.
#[derive(Clone, Debug)]
pub struct Desk(mpsc::Sender<Order>);

/// The end at which a server takes them.
#[derive(Debug)]
pub struct Orders(pub(super) mpsc::Receiver<Order>);

/// The server has ended, or is about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server is stopping")]
pub struct Ended;

#[derive(Debug)]
pub(super) enum Order {
    Connected(oneshot::Sender<(Tick, Vec<Connected>)>),
    Rooms(oneshot::Sender<Vec<RoomSeen>>),
    Figures(oneshot::Sender<Figures>),
    Close(SessionId, oneshot::Sender<bool>),
    Operate(Operation, oneshot::Sender<Result<(), Refusal>>),
    Greet(String),
    Limit(Quota),
    Drain(Duration),
    Vacuum(oneshot::Sender<Result<GivenBack, VacuumError>>),
}

/// A room, as whoever runs the server sees it: what a private one is called and about is its members' alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSeen {
    /// Its log.
    pub log: LogId,
    /// Its key on the wire.
    pub key: String,
    /// What it is shown under, if everybody finds it.
    pub title: Option<String>,
    /// Who finds and enters it.
    pub kind: RoomKind,
    /// How many members it has.
    pub members: usize,
    /// How many entries.
    pub entries: u64,
    /// Nothing more may be said in it.
    pub archived: bool,
}

/// What a server is about as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// For how long it has served, in milliseconds.
    pub up_ms: u64,
    /// How many entries all logs have together.
    pub entries: Position,
    /// How many people there are.
    pub people: usize,
    /// How many rooms of all kinds.
    pub rooms: usize,
    /// How many connections.
    pub connections: usize,
    /// On how many of them somebody has come in.
    pub entered: usize,
    /// What of the newest entries is in memory, in bytes.
    pub tail_bytes: usize,
    /// It takes nobody in any more.
    pub draining: bool,
}

/// Room on disk that was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenBack {
    /// How much, in bytes.
    pub bytes: u64,
    /// What the entries take now, in bytes.
    pub left_bytes: u64,
}

/// A desk, and the end that goes into the settings of the server.
#[must_use]
pub fn desk() -> (Desk, Orders) {
    let (sender, receiver) = mpsc::channel(ORDERS_WAITING_MAX);
    (Desk(sender), Orders(receiver))
}

impl Desk {
    /// All connections, and what time it is by the ticks in which they tell theirs.
    ///
    /// # Errors
    /// When the server has ended, as for all that follows.
    pub async fn connected(&self) -> Result<(Tick, Vec<Connected>), Ended> {
        self.answered(Order::Connected).await
    }

    /// All rooms but those of two.
    ///
    /// # Errors
    /// When the server has ended.
    pub async fn rooms(&self) -> Result<Vec<RoomSeen>, Ended> {
        self.answered(Order::Rooms).await
    }

    /// What the server is about as a whole.
    ///
    /// # Errors
    /// When the server has ended.
    pub async fn figures(&self) -> Result<Figures, Ended> {
        self.answered(Order::Figures).await
    }

    /// Closes a connection. Says whether there was one of this number.
    ///
    /// # Errors
    /// When the server has ended.
    pub async fn close(&self, session: SessionId) -> Result<bool, Ended> {
        self.answered(|answer| Order::Close(session, answer)).await
    }

    /// Has this decided and written. Says what became of it once it is on disk.
    ///
    /// # Errors
    /// When the server has ended; whether it was done is not known then.
    pub async fn operate(&self, operation: Operation) -> Result<Result<(), Refusal>, Ended> {
        self.answered(|answer| Order::Operate(operation, answer)).await
    }

    /// Has whoever comes in and holds nothing yet told this; nothing, if it is empty.
    ///
    /// # Errors
    /// When the server has ended.
    pub async fn greet(&self, text: String) -> Result<(), Ended> {
        self.0.send(Order::Greet(text)).await.map_err(|_| Ended)
    }

    /// Has so much allowed from now on.
    ///
    /// # Errors
    /// When the server has ended.
    pub async fn limit(&self, quota: Quota) -> Result<(), Ended> {
        self.0.send(Order::Limit(quota)).await.map_err(|_| Ended)
    }

    /// Has the server take nobody in any more, tell everybody so, and stop once all have gone or this time is over. Said
    /// again, the time begins anew.
    ///
    /// # Errors
    /// When the server has ended.
    pub async fn drain(&self, grace: Duration) -> Result<(), Ended> {
        self.0.send(Order::Drain(grace)).await.map_err(|_| Ended)
    }

    /// Has the room given back that erasures left in the file of entries, between batches. Dropped before it is done, it ends
    /// with the step that is under way.
    ///
    /// # Errors
    /// When the server has ended; within, [`VacuumError`].
    pub async fn vacuum(&self) -> Result<Result<GivenBack, VacuumError>, Ended> {
        self.answered(Order::Vacuum).await
    }

    async fn answered<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Result<T, Ended> {
        let (answer, answered) = oneshot::channel();
        self.0.send(order(answer)).await.map_err(|_| Ended)?;
        answered.await.map_err(|_| Ended)
    }
}
