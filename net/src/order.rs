//! The one order in which commands are decided.

use sala_core::server::Command;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use tokio::sync::Notify;

/// Puts commands into one order. A command may be lost on the way, when its connection is told nothing and sends it
/// again; one that comes out has its place for ever.
pub trait Orderer: Clone + 'static {
    /// Puts a command in. The queue is bounded by what its sessions may have pending.
    fn submit(&self, command: Command);

    /// Waits until so many commands, one or more, have come out. It takes none, and may be dropped at any time.
    fn ready(&self, count: usize) -> impl Future<Output = ()>;

    /// How many commands have come out and were not taken.
    fn waiting(&self) -> usize;

    /// The commands that have come out, in their order; at most `most`.
    fn take(&self, most: usize) -> Vec<Command>;
}

/// The order of a single server: its own queue.
#[derive(Clone, Debug, Default)]
pub struct LocalOrderer(Rc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    commands: RefCell<VecDeque<Command>>,
    filled: Notify,
}

impl Orderer for LocalOrderer {
    fn submit(&self, command: Command) {
        self.0.commands.borrow_mut().push_back(command);
        self.0.filled.notify_one();
    }

    async fn ready(&self, count: usize) {
        while self.waiting() < count {
            self.0.filled.notified().await;
        }
    }

    fn waiting(&self) -> usize {
        self.0.commands.borrow().len()
    }

    fn take(&self, most: usize) -> Vec<Command> {
        let mut commands = self.0.commands.borrow_mut();
        let count = most.min(commands.len());
        commands.drain(..count).collect()
    }
}
