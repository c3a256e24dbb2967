//! The client machine: one door through which the link's and the user's doings come in, and a model ready to be drawn.

mod bounds;
mod backoff;
mod credential;
mod outbox;
mod marks;
mod timeline;
mod door;
mod asked;
mod follow;
mod people;
mod room;
mod model;
mod machine;
mod asking;
mod link;
mod reading;
mod waiting;
mod rooms;
mod lists;
mod own;
mod told;

pub use credential::Credential;
pub use door::{AskId, Ending, Event, Input, Output, PutOut, User};
pub use machine::{Client, Config};
pub use marks::{Marks, ShownSign};
pub use model::{Link, Model, News, Notice};
pub use outbox::{Outbox, Pending, PendingState, Ticket};
pub use people::{Contact, OwnPresence, Stands};
pub use room::{MemberView, RoomView};
pub use timeline::{Row, Timeline};
