//! What waits for the moderators of a room: all of it if we are one of them, else what is ours; and what they refused.

use super::asked::Asked;
use super::door::Event;
use super::machine::Client;
use super::model::News;
use super::people::{Rejected, clipped};
use super::room::RoomView;
use crate::entry::{HeldId, Post, PostNumber, Seq};
use crate::limits::{HELD_MAX, POST_BYTES_MAX, REASON_BYTES_MAX};
use crate::name::RoomName;
use crate::protocol::{HeldInfo, Request};
use crate::time::Now;

impl RoomView {
    /// So many posts wait, and what they say is to be asked for.
    pub(super) fn told_waiting(&mut self, posts: usize, asks: bool) {
        self.waiting = posts.min(HELD_MAX);
        if !asks && posts == 0 {
            self.held.clear();
        }
        self.ask_held = asks && (posts > 0 || !self.held.is_empty());
    }

    /// What waited stands in the log now.
    pub(super) fn let_in(&mut self, post: &Post) {
        self.held.retain(|row| (row.device, row.n) != (post.device, post.n));
    }
}

impl Client {
    /// So many posts wait in a room, as far as we may see them.
    pub(super) fn told_waiting(&mut self, room: &RoomName, posts: usize) {
        let asks = self.prefetches();
        if let Some(view) = self.model.rooms.get_mut(room) {
            view.told_waiting(posts, asks);
            self.chores_due |= view.ask_held;
        }
    }

    /// What we said waits for the moderators.
    pub(super) fn waits(&mut self, room: RoomName, n: PostNumber, held: HeldId, now: Now) {
        let Some(pending) = self.model.outbox.stored(n) else { return };
        if let (Some(view), Some(device)) = (self.model.rooms.get_mut(&room), self.model.device)
            && view.held.len() < HELD_MAX
            && view.held.iter().all(|row| row.held != held)
        {
            let (by, text, reply) = (self.model.name.clone(), pending.text, pending.reply);
            view.held.push(HeldInfo { held, at: now.wall, by, device, n, text, reply });
        }
        self.happened(Event::Waits(pending.ticket, room, held));
    }

    pub(super) fn ask_held(&mut self, room: RoomName, after: Option<HeldId>) {
        let request = Request::Held { room: room.clone(), after };
        self.ask_under_id(Asked::Held(room, after), request);
    }

    /// A part of what waits.
    pub(super) fn told_held(
        &mut self,
        asked: Option<&Asked>,
        room: &RoomName,
        posts: Vec<HeldInfo>,
        more: bool,
    ) {
        let Some(Asked::Held(_, after)) = asked else { return };
        let Some(view) = self.model.rooms.get_mut(room) else { return };
        match after {
            None => view.held.clear(),
            // What came by itself meanwhile is told in its place.
            Some(after) => view.held.retain(|row| row.held <= *after),
        }
        let room_for = HELD_MAX.saturating_sub(view.held.len());
        let clip = |row: HeldInfo| HeldInfo { text: clipped(row.text, POST_BYTES_MAX), ..row };
        view.held.extend(posts.into_iter().take(room_for).map(clip));
        let last = view.held.last().map(|row| row.held);
        if let Some(last) = last.filter(|last| more && room_for > 0 && Some(*last) > *after) {
            self.ask_held(room.clone(), Some(last));
        }
    }

    /// What we said was not let through. Who comes back is told what he was not here to hear, and has not looked since.
    pub(super) fn rejected(&mut self, seq: Seq, room: RoomName, held: HeldId, reason: String) {
        let rejected = Rejected { room, held, reason: clipped(reason, REASON_BYTES_MAX) };
        if seq > self.own.head {
            return self.tell_rejected(rejected);
        }
        if self.own.rejected.len() < HELD_MAX {
            self.own.rejected.push(rejected);
        }
    }

    /// All of the own log is heard that there was when we came in.
    pub(super) fn tell_all_rejected(&mut self) {
        std::mem::take(&mut self.own.rejected).into_iter().for_each(|rejected| self.tell_rejected(rejected));
    }

    fn tell_rejected(&mut self, Rejected { room, held, reason }: Rejected) {
        // How many are left is told beside it.
        let view = self.model.rooms.get_mut(&room);
        let shown = view.as_ref().map_or_else(|| room.to_string(), |view| view.shown(&room));
        let said = view.and_then(|view| {
            let at = view.held.iter().position(|row| row.held == held)?;
            Some(view.held.remove(at).text)
        });
        let what = said.as_ref().map_or(String::new(), |said| format!(" “{}”", said.replace('\n', " ")));
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let text = format!("the moderators of {shown} did not let through what you said{what}{why}");
        self.model.notice(Some(room), News::Rejected { said, reason }, text);
    }
}
