//! The client machine: one door through which the link's and the user's doings come in, and a model ready to be drawn.

mod backoff;
mod outbox;
mod timeline;
mod door;
mod follow;
mod model;
mod machine;
mod told;

pub use door::{Event, Input, Output, User};
pub use machine::{Client, Config};
pub use model::{Link, Model, Notice, RoomView};
pub use outbox::{Outbox, Pending, PendingState, Ticket};
pub use timeline::{Row, Timeline};
