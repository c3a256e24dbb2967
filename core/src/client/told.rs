//! What each update means to the client.

use super::asked::Asked;
use super::credential::{Next, Step};
use super::door::{AskId, Event, User};
use super::machine::{Client, Wanted};
use super::model::{Link, News};
use super::people::OwnPresence;
use super::reading::Told;
use super::rooms::RoomTold;
use crate::entry::PostNumber;
use crate::limits::RETRY_MS_MAX;
use crate::mutant::planted;
use crate::name::OWN_LOG;
use crate::protocol::{PROTOCOL, Request, Update};
use crate::refusal::{Code, Fate, Refusal};
use crate::time::Now;

impl Client {
    pub(super) fn told(&mut self, update: Update, now: Now) {
        if let Update::Refused { id, n, code, fate, retry_ms, text } = update {
            return self.refused(id, n, Refusal { code, fate, retry_ms, text }, now);
        }
        let id = answers(&update);
        match (self.take_asked(id), id) {
            (Some(asked @ (Asked::Program(_) | Asked::Upgrade)), Some(id)) => {
                if matches!(asked, Asked::Upgrade) {
                    self.upgraded();
                }
                // That we are in a room, or who we are, is news to more than who has asked for it.
                if matches!(update, Update::Room { .. } | Update::Me { .. }) {
                    self.told_more(update.clone(), None, now);
                }
                self.happened(Event::Answered(AskId(id), Box::new(update)));
            }
            (asked, _) => self.told_more(update, asked.as_ref(), now),
        }
    }

    /// What is no answer to a program; `asked` is what it answers, if anything.
    fn told_more(&mut self, update: Update, asked: Option<&Asked>, now: Now) {
        match update {
            Update::Hello(hello) => {
                let [low, high] = hello.protocol;
                if (low..=high).contains(&PROTOCOL) {
                    self.is_of(hello.history);
                    let step = self.arriving.begin();
                    self.arrive(step);
                } else {
                    self.close(
                        "protocol",
                        "the server speaks another version of the protocol; update this program",
                    );
                    self.hang_up();
                }
            }
            Update::Welcome { name, person, device, n, numbers_of, rooms, account, admin, .. } => {
                self.model.name = name;
                (self.model.person, self.model.device) = (Some(person), Some(device));
                (self.model.account, self.model.admin) = (account, admin);
                self.online(n, numbers_of.unwrap_or(device));
                self.rooms_to_come = rooms;
                if rooms == 0 {
                    self.settled();
                }
            }
            Update::Room {
                room,
                topic,
                head,
                title,
                kind,
                with,
                role,
                read,
                unread,
                mentions,
                muted,
                archived,
                slow_ms,
                keep_days,
                faded,
                pins,
                reports,
                waiting,
                from,
                ..
            } => {
                if let Some(Asked::User(User::Join(name) | User::Create(name))) = asked
                    && *name != room
                {
                    self.adopt_key(name, &room);
                    // The room that had the key before is no more, or the answer would have been that one.
                    if self.model.rooms.get(name).is_some_and(|view| !view.live) {
                        self.model.rooms.remove(name);
                    }
                }
                let numbers = Told { read, unread, mentions: mentions as u64, head };
                let told = RoomTold {
                    topic,
                    title,
                    kind,
                    with,
                    role,
                    muted,
                    archived,
                    slow_ms,
                    keep_days,
                    faded,
                    pins,
                    reports,
                    waiting,
                    numbers,
                    from,
                };
                self.room(&room, told);
                if self.rooms_to_come > 0 {
                    self.rooms_to_come -= 1;
                    if self.rooms_to_come == 0 {
                        self.settled();
                    }
                }
            }
            Update::Gone { room } => self.gone(&room),
            Update::Skipped { room, to, .. } => self.seen_head(&room, to),
            Update::Damaged { room, from, to } if room.as_str() == OWN_LOG => self.own_damaged(from, to),
            Update::Damaged { room, from, to } => self.damaged(&room, from, to),
            Update::Entry { room, entry } => self.entry(&room, entry),
            Update::OwnLog { head, from } => self.own_log(head, from),
            Update::Own(note) => self.own_note(note),
            Update::Stored { room, n, seq } => self.stored(room, n, seq),
            Update::Waits { room, n, held } => self.waits(room, n, held, now),
            Update::Waiting { room, posts } => self.told_waiting(&room, posts),
            Update::Held { room, posts, more, .. } => self.told_held(asked, &room, posts, more),
            Update::Rooms { rooms, more, .. } => self.listed(asked, rooms, more),
            Update::Who { room, members, more, .. } => self.told_members(asked, &room, members, more),
            Update::Presence { room, here, away, people } => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    view.see(&here, &away, people);
                }
            }
            Update::FriendPresence { name, here, mode, status } => {
                self.told_friend(&name, here, mode, &status);
            }
            Update::Typing { room, name } => self.types(&room, name, now),
            Update::Reported { room, reports } => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    view.reports = reports;
                }
            }
            Update::Friends { people, more, .. } => {
                if matches!(asked, Some(Asked::Friends)) {
                    self.told_friends(people, more);
                }
            }
            Update::Me { account, admin, mode, status, audience, invitations, .. } => {
                (self.model.account, self.model.admin) = (account, admin);
                if matches!(asked, Some(Asked::Me)) {
                    self.told_me(OwnPresence { mode, status, audience }, invitations);
                }
            }
            Update::Done { .. } if self.model.link == Link::Entering && self.arriving.recovered() => {
                self.arrive(Step::NewPassword);
            }
            Update::Done { .. } => {
                if let Some(Asked::Read(room, seq)) = asked {
                    self.read_is_told(room, *seq);
                }
            }
            Update::Page { room, entries, more, damaged, .. } => {
                self.paged(&room, entries, more, &damaged);
            }
            Update::Notice { text } => self.model.notice(None, News::Operator(text.clone()), text),
            Update::Ping => self.send(None, Request::Pong),
            Update::Goodbye { why, retry_ms, text } => {
                match retry_ms {
                    Some(pause) => self.put_off(pause, text),
                    None => self.close(&why, &text),
                }
                self.hang_up();
            }
            // The rest answers programs alone.
            _ => {}
        }
    }

    fn upgraded(&mut self) {
        self.model.account = true;
        if let Some(token) = self.arriving.upgraded() {
            self.config.token = token.clone();
            self.happened(Event::TokenChanged(token));
        }
    }

    fn refused(&mut self, id: Option<u64>, n: Option<PostNumber>, refusal: Refusal, now: Now) {
        if let Some(n) = n {
            return self.post_refused(n, refusal, now);
        }
        if self.model.link == Link::Entering {
            // The requests by which one comes in are the only ones that are refused here.
            return self.not_let_in(refusal);
        }
        if id.is_some() && id == self.typed.map(|(_, id)| id) {
            return;
        }
        let Some(asked) = self.take_asked(id) else {
            let text = refusal.text.clone();
            return self.model.notice(None, News::Refused(refusal), text);
        };
        if let Some(retry_ms) = refusal.retry_ms {
            self.try_again_after(retry_ms, now);
        }
        let again = refusal.retry_ms.is_some();
        match (asked, id) {
            (Asked::User(user), _) => self.user_refused(user, refusal),
            (Asked::Program(room), Some(id)) => self.ask_refused(id, room, refusal),
            (Asked::Upgrade, Some(id)) => self.ask_refused(id, None, refusal),
            (Asked::Rooms(_), _) => self.user_refused(User::Rooms, refusal),
            (Asked::Members(room, _), _) => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    (view.touched, view.ask_members) = (None, again);
                }
                if !again {
                    self.user_refused(User::Who(room), refusal);
                }
            }
            (Asked::Held(room, _), _) => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    view.ask_held = again;
                }
            }
            (Asked::Count(room), _) => {
                if let Some(view) = self.model.rooms.get_mut(&room) {
                    view.count_is_refused(again);
                    // It may have been asked for that.
                    view.ask_keeping |= again;
                }
            }
            (Asked::Read(room, seq), _) => self.read_is_refused(&room, seq, again),
            (Asked::Friends, _) => (self.own.friends, self.own.ask_friends) = (None, again),
            (Asked::Me, _) => (self.own.me, self.own.ask_me) = (None, again),
            (_, None) => {}
        }
    }

    fn not_let_in(&mut self, refusal: Refusal) {
        if let Some(pause) = refusal.retry_ms {
            self.arriving.put_off(&refusal);
            self.put_off(pause, refusal.text);
            return self.hang_up();
        }
        match self.arriving.refused(refusal) {
            Next::Step(step) => self.arrive(step),
            Next::Final(refusal) => {
                self.close(code_name(&refusal).as_str(), &refusal.text);
                self.hang_up();
            }
        }
    }

    fn post_refused(&mut self, n: PostNumber, refusal: Refusal, now: Now) {
        if let Some(retry_ms) = refusal.retry_ms {
            let until = now.tick.after(retry_ms.min(RETRY_MS_MAX));
            // Haste mends itself; anything else a person should know, once for all that it holds up.
            if refusal.code != Code::SlowDown && !self.model.outbox.is_halted() {
                self.model.refusal_notice(None, &refusal);
                self.happened(Event::Delayed(refusal.clone()));
            }
            self.hold_until = Some(self.hold_until.map_or(until, |hold| hold.max(until)));
        }
        let is_anothers = refusal.code == Code::NumberReused && refusal.fate == Fate::NotStored;
        if is_anothers && self.model.outbox.counts_up(n) {
            return;
        }
        if let Some(ticket) = self.model.outbox.refused(n, refusal.clone()) {
            self.happened(Event::Failed(ticket, refusal));
        }
    }

    /// What the user wanted was refused, or what was asked for as if he had.
    fn user_refused(&mut self, user: User, refusal: Refusal) {
        let room = match &user {
            User::Page(room, ..) => {
                if let Some(view) = self.model.rooms.get_mut(room) {
                    view.loading = false;
                }
                if let Some(follow) = self.follows.get_mut(room) {
                    follow.loading = false;
                }
                Some(room.clone())
            }
            // Somebody else made it, or we did before the link was lost.
            User::Create(room) if refusal.code == Code::RoomTaken => {
                if let Some(want) = self.wanted.get_mut(room) {
                    want.how = Wanted::Join;
                }
                return self.want(&room.clone(), Wanted::Join);
            }
            User::Join(room) | User::Create(room) => {
                match self.wanted.get_mut(room) {
                    Some(want) if refusal.retry_ms.is_some() => want.asked = false,
                    _ => {
                        self.wanted.remove(room);
                        // What we held of it from before is a room's that is gone, or that we may not be in any more.
                        let held = self.model.rooms.get(room).is_some_and(|view| !view.live);
                        if held && !planted("closed_room_stays") {
                            self.left(room);
                        }
                    }
                }
                None
            }
            User::Who(room) => {
                if let Some(view) = self.model.rooms.get_mut(room) {
                    view.touched = None;
                }
                Some(room.clone())
            }
            User::Leave(room) | User::Topic(room, _) => Some(room.clone()),
            _ => None,
        };
        self.model.refusal_notice(room, &refusal);
        self.happened(Event::Refused(user, refusal));
    }
}

/// The request that an update answers.
fn answers(update: &Update) -> Option<u64> {
    match update {
        Update::Done { id }
        | Update::Room { id, .. }
        | Update::Rooms { id, .. }
        | Update::Who { id, .. }
        | Update::Friends { id, .. }
        | Update::Devices { id, .. }
        | Update::Me { id, .. }
        | Update::Links { id, .. }
        | Update::Sanctions { id, .. }
        | Update::ServerInvitations { id, .. }
        | Update::Reports { id, .. }
        | Update::Held { id, .. }
        | Update::Found { id, .. }
        | Update::Exported { id, .. }
        | Update::OwnPage { id, .. }
        | Update::Page { id, .. } => *id,
        _ => None,
    }
}

/// The refusal's code as it stands on the wire.
fn code_name(refusal: &Refusal) -> String {
    let json = serde_json::to_value(refusal.code).unwrap_or_default();
    json.as_str().unwrap_or("refused").to_owned()
}
