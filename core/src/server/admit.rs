//! Whether a session may ask what it asks now: its quota, its gate, and what is wrong with the server.

use super::quota::Quota;
use super::session::{Rationed, Session};
use crate::limits::SESSION_PENDING_MAX;
use crate::protocol::{Envelope, Refused, Request};
use crate::refusal::{Code, Refusal};
use crate::time::Tick;

impl Session {
    /// Whether the session may ask this now, where `highest` is the highest number that its device has
    /// stored. While the state is `reloading`, it can neither be written nor read. A post
    /// that is refused for now closes the gate for all later ones, so that none of them is stored before it.
    pub(super) fn admit(
        &mut self,
        asked: &Result<Envelope, Refused>,
        trouble: Option<Refusal>,
        reloading: bool,
        highest: u64,
        quota: &Quota,
        now: Tick,
    ) -> Result<(), Refused> {
        let (id, post, writes) = match asked {
            Ok(Envelope { request: Request::Bye, .. }) => return Ok(()),
            Ok(Envelope { id, request: Request::Ping | Request::Pong }) => {
                let late = self.take(Rationed::Sign, quota, now).err().map(slow_down);
                return late.map_or(Ok(()), |refusal| Err(Refused { id: *id, n: None, refusal }));
            }
            Ok(Envelope { id, request: Request::Post { n, .. } }) => (*id, Some(*n), true),
            Ok(Envelope { id, request }) => (*id, None, request.writes()),
            // A post that is none for its text is still that post: its refusal must say so, or nobody knows whose it is.
            Err(refused) => (refused.id, refused.n, refused.n.is_some()),
        };
        let refusal = if let Some(n) = post {
            if self.gate.holds(n, highest) {
                let text = "an earlier post was refused for now; send that one again first";
                Some(Refusal::later(Code::SlowDown, 0, text))
            } else if let Some(trouble) = trouble {
                Some(trouble)
            } else if usize::from(self.pending) >= SESSION_PENDING_MAX {
                Some(slow_down(100))
            } else {
                self.take(Rationed::Post, quota, now).err().map(slow_down)
            }
        } else if let Some(trouble) = trouble.filter(|_| writes || reloading) {
            Some(trouble)
        } else if usize::from(self.pending) >= SESSION_PENDING_MAX {
            Some(slow_down(100))
        } else {
            self.take(Rationed::Request, quota, now).err().map(slow_down)
        };
        let Some(refusal) = refusal else {
            if let Some(n) = post {
                self.gate.admitted(n);
            }
            return Ok(());
        };
        if let Some(n) = post {
            self.gate.refused(n);
        }
        Err(Refused { id, n: post, refusal })
    }
}

fn slow_down(retry_ms: u64) -> Refusal {
    Refusal::later(Code::SlowDown, retry_ms, "you ask faster than is allowed; wait, then send this again")
}
