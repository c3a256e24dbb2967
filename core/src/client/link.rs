//! The link: making it, coming in over it, keeping it alive, and losing it.

use super::asked::Asked;
use super::bounds::{ROOMS_HELD_MAX, TYPING_SWEEP_MS};
use super::credential::{Credential, Step};
use super::door::{AskId, Event, Output};
use super::machine::{Client, Config};
use super::model::{Link, News};
use super::outbox::said_as_another;
use super::people::OwnLog;
use super::room::RoomView;
use crate::entry::{DeviceId, Seq};
use crate::limits::{DIAL_TIMEOUT_MS, HEARTBEAT_MS, RETRY_MS_MAX};
use crate::name::RoomName;
use crate::protocol::{Arrival, Enter, Request};
use crate::refusal::{Code, Fate, Refusal};
use crate::time::{Now, Tick};
use std::collections::BTreeMap;

impl Client {
    pub(super) fn dial(&mut self, now: Now) {
        self.model.link = Link::Dialling;
        self.connected = false;
        self.heard = now.tick;
        self.pinged = false;
        self.out.push_back(Output::Dial);
    }

    /// The server has greeted us: says who we are and what we hold.
    pub(super) fn arrive(&mut self, step: Step) {
        self.model.link = Link::Entering;
        self.arriving.sent(step);
        let Config { name, token, device, .. } = self.config.clone();
        let token = self.arriving.fresh().cloned().unwrap_or(token);
        let (mut arrival, credential) =
            (Arrival { token, device, have: self.have() }, self.arriving.credential().clone());
        let request = match (step, credential) {
            (Step::Credential, Credential::Password { password, code }) => {
                Request::SignIn { name, password, code, arrival }
            }
            (Step::Credential, Credential::Register { password, invitation }) => {
                Request::Register { enter: Enter { name, arrival }, password, invitation }
            }
            (Step::Credential, Credential::Recover { code, password }) => {
                Request::Recover { name, code, password, arrival }
            }
            (Step::NewPassword, Credential::Recover { password, .. }) => {
                Request::SignIn { name, password, code: None, arrival }
            }
            (Step::NewToken, _) => {
                if let Some(token) = self.arriving.next_token() {
                    arrival.token = token.clone();
                }
                if let Some(device) = &self.next_device {
                    arrival.device.clone_from(device);
                }
                Request::Enter(Enter { name, arrival })
            }
            _ => Request::Enter(Enter { name, arrival }),
        };
        // Where one-time codes are on, the answer is a done, which comes only under an id.
        let id = matches!(request, Request::Recover { .. }).then(|| self.new_id());
        self.send(id, request);
    }

    /// The server says by what its logs are known. If that is another than before, they were put back to an earlier copy and
    /// have gone on from there: the places that we hold may be those of other entries, and nobody could tell.
    pub(super) fn is_of(&mut self, history: Option<String>) {
        let before = self.history.take();
        let is_put_back = before.is_some() && history.is_some() && before != history;
        self.history = history.or(before);
        if !is_put_back {
            return;
        }
        self.model.rooms.values_mut().for_each(|view| *view = RoomView::new());
        self.model.contacts.clear();
        self.model.invitations.clear();
        self.model.directory.clear();
        (self.model.presence_known, self.own) = (false, OwnLog::default());
        self.model.outbox.put_back();
        let text = "the server was put back to an earlier copy of itself: what was said after that is gone, and all is read anew";
        self.model.notice(None, News::Lost, text);
        self.happened(Event::PutBack);
    }

    /// The last seq that we hold of each log.
    fn have(&self) -> BTreeMap<RoomName, Seq> {
        let held = |(room, view): (&RoomName, &RoomView)| {
            (view.expected > Seq(0)).then(|| (room.clone(), view.expected.before()))
        };
        let mut have: BTreeMap<_, _> = self.model.rooms.iter().filter_map(held).collect();
        for (room, follow) in &self.follows {
            if let Some(next) = follow.next {
                have.insert(room.clone(), next.before());
            }
        }
        let mut have: BTreeMap<_, _> = have.into_iter().take(ROOMS_HELD_MAX).collect();
        // Whoever does not name it is not sent it.
        if self.prefetches() {
            have.insert(RoomName::own(), self.own.expected.before());
        }
        have
    }

    pub(super) fn prefetches(&self) -> bool {
        self.config.prefetch
    }

    /// The server has let us in.
    pub(super) fn online(&mut self, highest_number: u64, numbers_of: DeviceId) {
        self.model.link = Link::Online;
        self.backoff.reset();
        self.pause_at_least = 0;
        self.hold_until = None;
        for ticket in self.model.outbox.reconnected(highest_number, numbers_of) {
            self.happened(Event::Failed(ticket, said_as_another()));
        }
        if let Some((by, token)) = self.arriving.welcomed() {
            if by == Step::NewToken
                && let Some(device) = self.next_device.take()
            {
                self.config.device = device;
            }
            self.config.token = token.clone();
            self.happened(Event::TokenChanged(token));
        }
        self.chores_due = true;
        self.happened(Event::Online);
    }

    /// Nothing more is tried until the user says so.
    pub(super) fn close(&mut self, code: &str, why: &str) {
        if !matches!(self.model.link, Link::Closed { .. }) {
            self.model.link = Link::Closed { code: code.to_owned(), why: why.to_owned() };
            self.happened(Event::Closed);
        }
    }

    /// The server wants us to come back later, and says why: that is worth more than that the link is gone, by which it
    /// is followed.
    pub(super) fn put_off(&mut self, pause_ms: u64, why: String) {
        self.pause_at_least = pause_ms.min(RETRY_MS_MAX);
        self.put_off = Some(why);
    }

    pub(super) fn lost(&mut self, random: u64, why: String, now: Now) {
        self.connected = false;
        let why = self.put_off.take().unwrap_or(why);
        self.arriving.lost();
        self.own.lost();
        (self.again_at, self.typed, self.rooms_to_come) = (None, None, 0);
        for (id, asked) in std::mem::take(&mut self.asked) {
            if matches!(asked, Asked::Program(_) | Asked::Upgrade) {
                let text = "the link broke before the answer came: it may be done or not";
                let (code, fate) = (Code::Other, Fate::Unknown);
                let refusal = Refusal { code, fate, retry_ms: None, text: text.to_owned() };
                self.happened(Event::AskRefused(AskId(id), refusal));
            }
        }
        self.model.rooms.values_mut().for_each(RoomView::lost);
        self.model.contacts.values_mut().for_each(|contact| contact.here = false);
        self.follows.values_mut().for_each(|follow| follow.loading = false);
        self.wanted.values_mut().for_each(|want| want.asked = false);
        if !matches!(self.model.link, Link::Closed { .. }) {
            let pause = self.backoff.pause(random, self.pause_at_least);
            self.pause_at_least = 0;
            self.model.link = Link::Waiting { until: now.tick.after(pause), why };
        }
    }

    /// A time has come; whether that changes anything that is shown.
    pub(super) fn tick(&mut self, now: Now) -> bool {
        let mut shows = matches!(self.model.link, Link::Waiting { until, .. } if until <= now.tick);
        match self.model.link {
            Link::Waiting { until, .. } if until <= now.tick => self.dial(now),
            Link::Dialling | Link::Entering if now.tick.since(self.heard) >= DIAL_TIMEOUT_MS => {
                self.hang_up();
            }
            Link::Online if now.tick.since(self.heard) >= 2 * HEARTBEAT_MS => self.hang_up(),
            Link::Online if now.tick.since(self.heard) >= HEARTBEAT_MS && !self.pinged => {
                self.pinged = true;
                self.send(None, Request::Ping);
            }
            _ => {}
        }
        if self.hold_until.is_some_and(|until| until <= now.tick) {
            // What was held back is sent, and shown as sent.
            (self.hold_until, shows) = (None, true);
        }
        if self.again_at.is_some_and(|at| at <= now.tick) {
            self.again_at = None;
            for room in self.follows.keys().cloned().collect::<Vec<_>>() {
                self.follow_page(&room);
            }
        }
        for view in self.model.rooms.values_mut() {
            let typing = view.typing.len();
            view.typing.retain(|_, until| *until > now.tick);
            shows |= view.typing.len() < typing;
        }
        self.chores_due = true;
        shows
    }

    /// Remembers to ask again for what was refused for now.
    pub(super) fn try_again_after(&mut self, retry_ms: u64, now: Now) {
        let at = now.tick.after(retry_ms.min(RETRY_MS_MAX));
        self.again_at = Some(self.again_at.map_or(at, |before| before.max(at)));
    }

    /// Asks to be woken at the next time at which something is due.
    pub(super) fn wake(&mut self, now: Now) {
        let link = match &self.model.link {
            Link::Waiting { until, .. } => Some(*until),
            Link::Dialling | Link::Entering => Some(self.heard.after(DIAL_TIMEOUT_MS)),
            Link::Online if self.pinged => Some(self.heard.after(2 * HEARTBEAT_MS)),
            Link::Online => Some(self.heard.after(HEARTBEAT_MS)),
            Link::Closed { .. } => None,
        };
        let online = self.model.link == Link::Online;
        let rooms = || self.model.rooms.values().filter(|_| online);
        let typing = rooms().flat_map(|view| view.typing.values()).min();
        let sweep =
            typing.map(|until| Tick(until.0.div_ceil(TYPING_SWEEP_MS).saturating_mul(TYPING_SWEEP_MS)));
        let read = rooms().filter_map(RoomView::read_due).filter(|due| *due > now.tick).min();
        let next = [link, self.hold_until, self.again_at, sweep, read].into_iter().flatten().min();
        if let Some(next) = next
            && self.wake_at != Some(next)
        {
            self.wake_at = Some(next);
            self.out.push_back(Output::WakeAt(next));
        }
    }
}
