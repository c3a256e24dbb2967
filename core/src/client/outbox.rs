//! Posts that are not known to be in the log yet, in the order in which they were said.

use crate::entry::{DeviceId, PostNumber, Seq};
use crate::limits::{COUNTED_UP_MAX, OUTBOX_POSTS_MAX, POST_BYTES_MAX, POSTS_IN_FLIGHT_MAX};
use crate::mutant::planted;
use crate::name::RoomName;
use crate::refusal::{Code, Fate, Refusal};
use std::collections::VecDeque;

/// The client's own handle for a post, from 1, before and after it has a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A post that is not known to be in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The client's handle for it.
    pub ticket: Ticket,
    /// Where it is to be said.
    pub room: RoomName,
    /// What is to be said.
    pub text: String,
    /// The post that it answers.
    pub reply: Option<Seq>,
    /// How far it has come.
    pub state: PendingState,
    n: Option<PostNumber>,
    /// How often its number turned out to be another's.
    counted_up: u8,
}

/// How far a post has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingState {
    /// Not sent on this connection.
    Waiting,
    /// Sent; no answer yet.
    Sent,
    /// Refused for good; a person may try again or discard it.
    Failed(Refusal),
}

impl PendingState {
    /// What a post with this text starts as. One that is far too long would not be read to its end by the server, who
    /// could not say which post it refuses.
    fn before(text: &str) -> Self {
        if text.len() <= POST_BYTES_MAX {
            return PendingState::Waiting;
        }
        let why = format!("the text has {} bytes of at most {POST_BYTES_MAX}; split it", text.len());
        PendingState::Failed(Refusal::no(Code::TextTooLong, why))
    }
}

/// The posts, and the numbers that they were given.
#[derive(Clone, Debug)]
pub struct Outbox {
    posts: VecDeque<Pending>,
    last_ticket: u64,
    last_number: u64,
    /// The device whose numbers they are, as far as we were let in.
    numbers_of: Option<DeviceId>,
    /// How many posts may be on their way at once: halted by a refusal for now, and growing with each that is stored.
    window: u64,
    /// A post was refused for now, and others are still on their way: each of them has an answer coming, and nothing is
    /// sent before the last of these, or every refusal would send all the later ones again.
    halted: bool,
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox {
            posts: VecDeque::new(),
            last_ticket: 0,
            last_number: 0,
            numbers_of: None,
            window: POSTS_IN_FLIGHT_MAX,
            halted: false,
        }
    }
}

impl Outbox {
    /// The posts, oldest first.
    pub fn posts(&self) -> impl Iterator<Item = &Pending> {
        self.posts.iter()
    }

    /// Posts that were neither stored nor refused for good.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.posts.iter().filter(|post| !matches!(post.state, PendingState::Failed(_))).count()
    }

    /// Takes in a post; `None` if there are too many already.
    pub(super) fn push(&mut self, room: RoomName, text: String, reply: Option<Seq>) -> Option<Ticket> {
        if self.posts.len() >= OUTBOX_POSTS_MAX {
            return None;
        }
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        let state = PendingState::before(&text);
        self.posts.push_back(Pending { ticket, room, text, reply, state, n: None, counted_up: 0 });
        Some(ticket)
    }

    /// Why a post has failed, if it has.
    pub(super) fn failure(&self, ticket: Ticket) -> Option<&Refusal> {
        self.posts.iter().rev().find(|post| post.ticket == ticket).and_then(|post| match &post.state {
            PendingState::Failed(refusal) => Some(refusal),
            PendingState::Waiting | PendingState::Sent => None,
        })
    }

    /// A room is written like this from now on.
    pub(super) fn rename(&mut self, from: &RoomName, to: &RoomName) {
        for post in self.posts.iter_mut().filter(|post| post.room == *from) {
            post.room = to.clone();
        }
    }

    /// A new connection: what was sent on the old one may or may not have arrived, and is sent again under its number. If
    /// the server does not know these numbers as ours, it would take that for new: it has failed, and its tickets are
    /// given.
    pub(super) fn reconnected(&mut self, highest_number: u64, numbers_of: DeviceId) -> Vec<Ticket> {
        let before = self.numbers_of.replace(numbers_of);
        let strange = before.is_some_and(|before| before != numbers_of);
        let doubtful = |post: &&mut Pending| {
            strange && post.n.is_some() && !matches!(post.state, PendingState::Failed(_))
        };
        let fail = |post: &mut Pending| {
            post.state = PendingState::Failed(said_as_another());
            post.ticket
        };
        let failed = self.posts.iter_mut().filter(doubtful).map(fail).collect();
        self.last_number = self.last_number.max(highest_number);
        self.window = POSTS_IN_FLIGHT_MAX;
        self.halted = false;
        if planted("outbox_forgets") {
            self.posts.retain(|post| post.state != PendingState::Sent);
        }
        for post in &mut self.posts {
            if post.state == PendingState::Sent {
                post.state = PendingState::Waiting;
            }
        }
        failed
    }

    /// The server's logs were put back to an earlier copy. The number that it gave our device may be another's by now, or
    /// ours another: our own numbers are higher than all that it knows of us, and stay what each post is known by.
    pub(super) fn put_back(&mut self) {
        self.numbers_of = None;
    }

    /// Whether a post was refused for now, and others are still on their way or wait behind it.
    pub(super) fn is_halted(&self) -> bool {
        self.window == 1
    }

    /// What was sent to a room, and whose answer may have been skipped, waits again.
    pub(super) fn send_again(&mut self, room: &RoomName) {
        for post in
            self.posts.iter_mut().filter(|post| post.room == *room && post.state == PendingState::Sent)
        {
            post.state = PendingState::Waiting;
        }
    }

    /// The next post to send now, with its number; `None` if all are sent, too many are on their way, or the next one's
    /// room is not `ready`. Never out of order.
    pub(super) fn next(
        &mut self,
        ready: impl Fn(&RoomName) -> bool,
    ) -> Option<(RoomName, PostNumber, String, Option<Seq>)> {
        let under_way = self.posts.iter().filter(|post| post.state == PendingState::Sent).count() as u64;
        self.halted &= under_way > 0;
        if self.halted || under_way >= self.window {
            return None;
        }
        let open = |post: &&Pending| !matches!(post.state, PendingState::Failed(_));
        let first_open = self.posts.iter().filter(open).find_map(|post| post.n).map(PostNumber::value);
        let waits = |post: &&mut Pending| post.state == PendingState::Waiting;
        let post = match planted("outbox_out_of_order") {
            true => self.posts.iter_mut().rev().find(waits),
            false => self.posts.iter_mut().find(waits),
        }?;
        if !ready(&post.room) {
            return None;
        }
        let n = post.n.map_or(self.last_number.saturating_add(1), PostNumber::value);
        if first_open.is_some_and(|first| n >= first + POSTS_IN_FLIGHT_MAX) {
            return None;
        }
        let n = PostNumber::new(n)?;
        post.n = Some(n);
        post.state = PendingState::Sent;
        self.last_number = self.last_number.max(n.value());
        Some((post.room.clone(), n, post.text.clone(), post.reply))
    }

    /// The post with this number is in the log.
    pub(super) fn stored(&mut self, n: PostNumber) -> Option<Pending> {
        let at = self.posts.iter().position(|post| post.n == Some(n))?;
        self.window = (self.window + 1).min(POSTS_IN_FLIGHT_MAX);
        self.posts.remove(at)
    }

    /// The post that is not the one which stands in the log under its number: another program has the same device, as
    /// after its profile was copied. Words that are gone by now may have been anybody's.
    pub(super) fn number_is_anothers(&self, n: PostNumber, text: &str) -> Option<Ticket> {
        let post = self.posts.iter().find(|post| post.n == Some(n))?;
        (!text.is_empty() && post.text != text).then_some(post.ticket)
    }

    /// The server has another post under the number of this one, which is therefore nowhere: it is said under the next number.
    /// Not so if something was said after it, which it would come behind; then false.
    pub(super) fn counts_up(&mut self, n: PostNumber) -> bool {
        let is_last = self.last_number == n.value();
        let sent = |post: &&mut Pending| post.n == Some(n) && post.state == PendingState::Sent;
        let may = |post: &&mut Pending| is_last && post.counted_up < COUNTED_UP_MAX;
        let Some(post) = self.posts.iter_mut().find(sent).filter(may) else { return false };
        post.counted_up += 1;
        (post.n, post.state) = (None, PendingState::Waiting);
        true
    }

    /// The post with this number was refused. If trying again can help, it waits, and nothing is sent until all that
    /// is on its way is answered, so that none overtakes it; else it has failed, and its ticket is given.
    pub(super) fn refused(&mut self, n: PostNumber, refusal: Refusal) -> Option<Ticket> {
        let post = self.posts.iter_mut().find(|post| post.n == Some(n))?;
        if refusal.retry_ms.is_some() {
            post.state = PendingState::Waiting;
            self.halted = true;
            self.window = 1;
            return None;
        }
        post.state = PendingState::Failed(refusal);
        let ticket = post.ticket;
        // It is answered, as what is stored is: else each of many would be waited for alone.
        self.window = (self.window + 1).min(POSTS_IN_FLIGHT_MAX);
        Some(ticket)
    }

    /// A room is gone: what was never sent to it has failed. What was sent may be stored, and the server says so.
    pub(super) fn give_up(&mut self, room: &RoomName, refusal: &Refusal) -> Vec<Ticket> {
        let unsent = |post: &&mut Pending| {
            post.room == *room && post.n.is_none() && post.state == PendingState::Waiting
        };
        let give_up = |post: &mut Pending| {
            post.state = PendingState::Failed(refusal.clone());
            post.ticket
        };
        self.posts.iter_mut().filter(unsent).map(give_up).collect()
    }

    /// Tries a failed post again, as if it were said now: under a new number, since later ones may be stored.
    pub(super) fn retry(&mut self, ticket: Ticket) {
        if let Some(mut post) = self.take_failed(ticket) {
            post.n = None;
            post.state = PendingState::before(&post.text);
            self.posts.push_back(post);
        }
    }

    /// Forgets a failed post.
    pub(super) fn discard(&mut self, ticket: Ticket) {
        self.take_failed(ticket);
    }

    fn take_failed(&mut self, ticket: Ticket) -> Option<Pending> {
        let failed = |post: &Pending| post.ticket == ticket && matches!(post.state, PendingState::Failed(_));
        let at = self.posts.iter().position(failed)?;
        self.posts.remove(at)
    }
}

/// What becomes of a post that was sent by a device of which the server knows nothing, or not as ours.
pub(super) fn said_as_another() -> Refusal {
    let text = "this was sent by a device that is shut out, and may be stored or not: look, and say it again if it is not there";
    Refusal { code: Code::Other, fate: Fate::Unknown, retry_ms: None, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::Outbox;
    use crate::entry::{DeviceId, PostNumber};
    use crate::name::RoomName;

    #[test]
    fn the_last_post_counts_up_where_another_has_its_number_and_no_other_does() {
        let mut outbox = Outbox::default();
        outbox.reconnected(14, DeviceId(1));
        let room = RoomName::parse("lobby").unwrap();
        let number = |value| PostNumber::new(value).unwrap();
        let says = |outbox: &mut Outbox, text: &str| {
            outbox.push(room.clone(), text.to_owned(), None).unwrap();
            outbox.next(|_| true).unwrap().1
        };
        assert_eq!(says(&mut outbox, "one"), number(15));
        assert!(outbox.counts_up(number(15)) && !outbox.counts_up(number(15)));
        assert_eq!(outbox.next(|_| true).unwrap().1, number(16));
        assert_eq!(says(&mut outbox, "two"), number(17));
        assert!(!outbox.counts_up(number(16)));
    }
}
