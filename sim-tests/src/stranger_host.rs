//! Somebody who knows what lets other people's devices in, and does there what no proper client does.

use crate::client_host::Person;
use crate::network::{Cuts, Freeze, SimConnector};
use sala_core::entry::DeviceId;
use sala_core::limits::UPDATE_BYTES_MAX;
use sala_core::protocol::{Line, LineBuffer, Update};
use sala_net::transport::Connector as _;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;

/// The machine from which he comes.
pub const STRANGER: &str = "stranger";

/// How long he stays, after he has come in, in milliseconds.
const STAYS_MS: u64 = 1_500;

/// What he says once he is let in, by the highest number that the device has given to a post, and the device whose
/// numbers it goes on with.
pub type Says = Box<dyn FnOnce(u64, DeviceId) -> Vec<Vec<u8>>>;

/// One time that he comes.
pub struct Visit {
    /// The device that he says he is: a person whose own program never runs, and whose wire he uses.
    pub double: Person,
    /// What he sends at once.
    pub first: Vec<u8>,
    /// What he sends after he was let in.
    pub then: Says,
}

/// The machine's program. Clones are the same.
#[derive(Clone, Default)]
pub struct Stranger(Rc<Visits>);

#[derive(Default)]
struct Visits {
    planned: RefCell<VecDeque<Visit>>,
    more: Notify,
}

impl Stranger {
    /// Plans a visit for now.
    pub fn visits(&self, visit: Visit) {
        self.0.planned.borrow_mut().push_back(visit);
        self.0.more.notify_one();
    }

    /// Makes the visits that are planned, one beside the other, for ever.
    pub async fn run(self, cuts: Cuts) {
        loop {
            let next = self.0.planned.borrow_mut().pop_front();
            match next {
                Some(visit) => drop(tokio::task::spawn_local(visit.run(cuts.clone()))),
                None => self.0.more.notified().await,
            }
        }
    }
}

impl Visit {
    async fn run(self, cuts: Cuts) {
        let Visit { double, first, then } = self;
        let mut connector = SimConnector { cuts, freeze: Freeze::default(), wire: double.wire.clone() };
        let Ok(stream) = connector.connect().await else { return };
        let (mut from, mut to) = tokio::io::split(stream);
        let (numbers, let_in) = (Cell::new((0, DeviceId(0))), Notify::new());
        let read = async {
            let (mut lines, mut buffer) = (LineBuffer::new(UPDATE_BYTES_MAX), vec![0; 4_096]);
            while let Ok(count @ 1..) = from.read(&mut buffer).await {
                lines.feed(&buffer[..count], |line| {
                    let Line::Whole(line) = line else { return };
                    if let Ok(Update::Welcome { n, device, numbers_of, .. }) = Update::decode(line) {
                        numbers.set((n, numbers_of.unwrap_or(device)));
                        let_in.notify_one();
                    }
                });
            }
        };
        let write = async {
            if to.write_all(&first).await.is_ok() {
                let_in.notified().await;
                let (highest, of) = numbers.get();
                for line in then(highest, of) {
                    if to.write_all(&line).await.is_err() {
                        return;
                    }
                }
            }
            std::future::pending::<()>().await;
        };
        tokio::select! { biased;
            () = read => {}
            () = write => {}
            () = tokio::time::sleep(Duration::from_millis(STAYS_MS)) => {}
        }
    }
}
