//! The model takes in entry after entry.

use super::course::Course;
use super::model::{Belongs, Invited, Model, Owned, Place, Said, Someone, Tie, Waits, Way};
use super::on_disk::Kept;
use sala_core::entry::{
    Act, DirectoryEntry, Entry, HeldId, LogId, LogKind, Note, PersonId, PersonalEntry, Position, Role,
    RoomEntry, RoomKind, Seq,
};
use sala_core::time::Wall;

impl Model {
    /// Takes in the next entry, whether it should be there or not.
    pub fn take(&mut self, kept: &Kept) {
        self.position = kept.position;
        match &kept.entry {
            Entry::Directory(entry) => self.take_directory(entry),
            Entry::Room(entry) => self.take_room(kept.log, kept.seq, entry),
            Entry::Personal(entry) => {
                if let LogKind::Personal(person) = kept.log.kind() {
                    self.take_own(person, entry);
                }
            }
        }
        self.before = Some(kept.clone());
    }

    fn someone(&mut self, person: PersonId) -> &mut Someone {
        self.people.entry(person).or_default()
    }

    fn take_directory(&mut self, entry: &DirectoryEntry) {
        let position = self.position;
        match entry.clone() {
            DirectoryEntry::Guest { person, name, token, .. } => {
                self.names.insert(name.clone(), person);
                let guest = self.someone(person);
                (guest.name, guest.since) = (Some(name), position);
                guest.token.set(position, Some(token));
            }
            DirectoryEntry::Account { person, name, .. } => {
                self.names.insert(name.clone(), person);
                let someone = self.someone(person);
                (someone.name, someone.since) = (Some(name), position);
            }
            DirectoryEntry::Password { person, .. } => {
                let someone = self.someone(person);
                (someone.account, someone.password) = (true, Some(position));
                someone.token.set(position, None);
                someone.reset.set(position, None);
            }
            DirectoryEntry::Device { device, person, label, token, heir_of, .. } => {
                let numbers_of = heir_of.map_or(device, |former| self.numbers_of(former));
                if let Some(former) = heir_of.and_then(|former| self.devices.get_mut(&former)) {
                    former.has_heir = true;
                }
                let (token, since) = (Course::of_change(position, token), position);
                let owned = Owned { person, label, token, revoked: None, since, numbers_of, has_heir: false };
                self.devices.insert(device, owned);
            }
            DirectoryEntry::Token { device, token, .. } => {
                if let Some(owned) = self.devices.get_mut(&device) {
                    owned.token.set(position, Some(token));
                }
            }
            DirectoryEntry::Revoked { device, .. } => {
                if let Some(owned) = self.devices.get_mut(&device) {
                    owned.revoked = Some(position);
                }
            }
            DirectoryEntry::Erased { person, .. } => {
                for invited in self.invitations.values_mut().filter(|invited| invited.by == person) {
                    invited.over.get_or_insert(position);
                }
                self.erase(person);
            }
            DirectoryEntry::Admin { whom, on, .. } => {
                self.someone(whom).admin.set(position, on);
                self.note_readers_of_lobby();
            }
            DirectoryEntry::Settings { registration, guests, .. } => {
                (self.registration, self.guests) = (registration, guests);
                self.doors.set(position, (guests, registration));
            }
            DirectoryEntry::ServerInvitation { by, invitation, code, until, .. } => {
                let invited = Invited { by, code, until, since: position, over: None };
                self.invitations.insert(invitation, invited);
            }
            DirectoryEntry::ServerInvitationUsed { invitation, .. }
            | DirectoryEntry::ServerUninvited { invitation, .. } => {
                if let Some(invited) = self.invitations.get_mut(&invitation) {
                    invited.over.get_or_insert(position);
                }
            }
            DirectoryEntry::ServerBan { whom, sanction, .. } => {
                let someone = self.someone(whom);
                someone.banned = Some(sanction.clone());
                someone.bans.set(position, Some(sanction));
                someone.ends.push(position);
            }
            DirectoryEntry::ServerUnban { whom, .. } => {
                let someone = self.someone(whom);
                someone.banned = None;
                someone.bans.set(position, None);
            }
            DirectoryEntry::Reset { whom, code, until, .. } => {
                self.someone(whom).reset.set(position, Some((code, until)));
            }
            DirectoryEntry::Room { log, room, name, .. } => {
                self.rooms.insert(log, Place { title: name, ..Place::new(room) });
            }
            DirectoryEntry::RoomClosed { log, .. } => self.close(log),
            DirectoryEntry::Link { by, log, link, until, uses, .. } => {
                if let Some(place) = self.rooms.get_mut(&log) {
                    place.links.insert(link, Way { by, until, uses });
                }
            }
            DirectoryEntry::LinkUsed { log, link, .. } => {
                let way = self.rooms.get_mut(&log).and_then(|place| place.links.get_mut(&link));
                if let Some(uses) = way.and_then(|way| way.uses.as_mut()) {
                    *uses = uses.saturating_sub(1);
                }
            }
            DirectoryEntry::Unlinked { log, link, .. } => {
                if let Some(place) = self.rooms.get_mut(&log) {
                    place.links.remove(&link);
                }
            }
            DirectoryEntry::Report { log, report, target, .. } => {
                if let Some(place) = self.rooms.get_mut(&log) {
                    place.reports.insert(report, target);
                }
            }
            DirectoryEntry::Resolved { log, report, .. } => {
                if let Some(place) = self.rooms.get_mut(&log) {
                    place.reports.remove(&report);
                }
            }
            DirectoryEntry::Hold { log, words, links, .. } => {
                if let Some(place) = self.rooms.get_mut(&log) {
                    (place.hold, place.hold_since) = ((words, links), position);
                }
            }
            DirectoryEntry::Held { at, person: by, log, held, device, n, .. } => {
                let (n, since) = (n.value(), position);
                self.waits.insert((log, held), Waits { by, device, n, since, over: None, seq: None });
                self.numbers.insert((self.numbers_of(device), n), (log, Seq(0)));
                let member = self.rooms.get_mut(&log).and_then(|place| place.members.get_mut(&by));
                if let Some(member) = member {
                    member.spoke = Some(at);
                }
            }
            DirectoryEntry::Unheld { log, held, seq, .. } => {
                if let Some(waits) = self.waits.get_mut(&(log, held)) {
                    waits.over.get_or_insert(position);
                    waits.seq = seq;
                }
            }
            _ => {}
        }
    }

    /// Whoever is no member of a room any more has taken with him what waits of his; of a room that is closed, nothing waits.
    fn wait_no_more(&mut self, log: LogId, person: Option<PersonId>) {
        let position = self.position;
        let his = |waits: &&mut Waits| person.is_none_or(|person| waits.by == person);
        let here = self.waits.range_mut((log, HeldId(0))..=(log, HeldId(u64::MAX))).map(|(_, waits)| waits);
        for waits in here.filter(his) {
            waits.over.get_or_insert(position);
        }
    }

    /// Somebody is gone with all that he has said.
    fn erase(&mut self, person: PersonId) {
        let position = self.position;
        self.names.retain(|_, held| *held != person);
        let someone = self.someone(person);
        someone.erased = Some(position);
        someone.ends.push(position);
        for owned in self.devices.values_mut().filter(|owned| owned.person == person) {
            owned.revoked.get_or_insert(position);
        }
        for someone in self.people.values_mut() {
            someone.ties.remove(&person);
        }
        for place in self.rooms.values_mut() {
            place.bans.remove(&person);
            place.mutes.remove(&person);
            place.invited.retain(|invited, by| *invited != person && *by != person);
            place.gone_spoke.remove(&person);
            for post in place.posts.values_mut().filter(|post| post.by == person) {
                post.gone.get_or_insert(position);
            }
        }
    }

    fn close(&mut self, log: LogId) {
        let position = self.position;
        if let Some(place) = self.rooms.get_mut(&log) {
            place.closed = Some(position);
            place.members.clear();
            for post in place.posts.values_mut() {
                post.gone.get_or_insert(position);
            }
            place.readers.values_mut().for_each(|course| course.set(position, None));
        }
        for someone in self.people.values_mut() {
            someone.invitations.remove(&log);
        }
        self.wait_no_more(log, None);
    }

    fn take_room(&mut self, log: LogId, seq: Seq, entry: &RoomEntry) {
        let position = self.position;
        let person = entry.person;
        let named: &[PersonId] = if let Act::Post(post) = &entry.act { &post.mentions } else { &[] };
        let calls = named.iter().copied().filter(|named| !self.blocks(*named, person)).collect();
        let Some(place) = self.rooms.get_mut(&log) else { return };
        place.positions.push(position);
        match &entry.act {
            Act::Created => {
                if place.kind != RoomKind::Direct {
                    place.owner = Some(person);
                }
                place.join(person, seq);
            }
            Act::Joined => place.join(person, seq),
            Act::Added(whom) => {
                place.join(whom.person, seq);
                let someone = self.people.get(&whom.person);
                if someone.is_some_and(|someone| someone.ties.get(&person) == Some(&Tie::Blocked)) {
                    place.hidden.insert(whom.person);
                }
            }
            // The owner keeps the room until the next entry gives it to another: no other may come between.
            Act::Left => place.leave(person, entry.at),
            Act::Kicked(whom, _) => place.leave(whom.person, entry.at),
            Act::Banned(whom, sanction) => {
                let knew =
                    place.members.contains_key(&whom.person) || place.invited.contains_key(&whom.person);
                if knew {
                    place.strangers.remove(&whom.person);
                } else if !place.bans.contains_key(&whom.person) {
                    place.strangers.insert(whom.person);
                }
                place.leave(whom.person, entry.at);
                place.invited.remove(&whom.person);
                place.bans.insert(whom.person, sanction.clone());
                place.barred.entry(whom.person).or_default().set(position, Some(sanction.clone()));
                if let Some(someone) = self.people.get_mut(&whom.person) {
                    someone.invitations.remove(&log);
                }
            }
            Act::Unbanned(whom) => {
                place.bans.remove(&whom.person);
                place.strangers.remove(&whom.person);
                place.barred.entry(whom.person).or_default().set(position, None);
            }
            Act::Muted(whom, sanction) => {
                place.mutes.insert(whom.person, sanction.clone());
                place.muted.entry(whom.person).or_default().set(position, Some(sanction.clone()));
            }
            Act::Unmuted(whom) => {
                place.mutes.remove(&whom.person);
                place.muted.entry(whom.person).or_default().set(position, None);
            }
            Act::Pinned { target, on: true } => drop(place.pins.insert(*target)),
            Act::Pinned { target, on: false } => drop(place.pins.remove(target)),
            Act::Invited(whom) => {
                place.invited.insert(whom.person, person);
                place.known.entry(whom.person).or_insert(position);
            }
            Act::Uninvited(whom) => drop(place.invited.remove(&whom.person)),
            Act::Role(whom, role) => {
                if let Some(member) = place.members.get_mut(&whom.person) {
                    member.moderator = *role == Role::Moderator;
                }
            }
            Act::Owner(whom) => {
                let former = place.owner.filter(|owner| *owner != whom.person);
                if let Some(member) = former.and_then(|owner| place.members.get_mut(&owner)) {
                    member.moderator = true;
                }
                place.owner = Some(whom.person);
            }
            Act::Topic(text) => {
                place.topic.clone_from(text);
                if let Some(member) = place.members.get_mut(&person) {
                    member.spoke = Some(entry.at);
                }
            }
            Act::Renamed(title) => place.title = Some(title.clone()),
            Act::Archived(on) => place.archived = *on,
            Act::Slow(slow_ms) => place.slow_ms = *slow_ms,
            // The words of a rule are erased once it is another's turn; that there was one stays.
            Act::Hold(on) => place.holds.set(position, *on),
            Act::Keep(days) => place.keep_days = *days,
            Act::Faded { upto } => {
                for (_, post) in place.posts.range_mut(..=*upto) {
                    post.gone.get_or_insert(position);
                    post.deleted = true;
                }
                place.pins.retain(|pinned| pinned > upto);
                place.reports.retain(|_, reported| *reported > *upto);
            }
            Act::Post(post) => {
                let said = Said { by: person, calls, all: post.all, gone: None, deleted: false };
                place.posts.insert(seq, said);
                let speaks = post.let_by.is_none();
                if let Some(member) = place.members.get_mut(&person).filter(|_| speaks) {
                    (member.read, member.spoke) = (seq, Some(entry.at));
                }
                let numbers_of = self.devices.get(&post.device).map_or(post.device, |owned| owned.numbers_of);
                self.numbers.insert((numbers_of, post.n.value()), (log, seq));
            }
            Act::Deleted { target, of } => {
                if let Some(post) = place.posts.get_mut(target) {
                    post.gone.get_or_insert(position);
                    post.deleted = true;
                }
                // Who takes back his own words does not take the report of them away.
                let keeps_order = place.role(person).is_some_and(|role| role > Role::Member);
                if *of != person || keeps_order {
                    place.reports.retain(|_, reported| reported != target);
                }
                place.pins.remove(target);
            }
            _ => {}
        }
        match &entry.act {
            Act::Left => self.wait_no_more(log, Some(person)),
            Act::Kicked(whom, _) | Act::Banned(whom, _) => self.wait_no_more(log, Some(whom.person)),
            _ => {}
        }
        self.latest = self.latest.max(entry.at);
        self.note_readers(log);
    }

    fn take_own(&mut self, person: PersonId, entry: &PersonalEntry) {
        let position = self.position;
        self.latest = self.latest.max(entry.at);
        let mut tie = |whom: PersonId, tie: Option<Tie>| {
            let ties = &mut self.people.entry(person).or_default().ties;
            let before = match tie {
                Some(tie) => ties.insert(whom, tie),
                None => ties.remove(&whom),
            };
            if (before == Some(Tie::Blocked)) != (tie == Some(Tie::Blocked)) {
                self.blocks.entry((person, whom)).or_default().set(position, tie == Some(Tie::Blocked));
            }
        };
        match &entry.note {
            Note::Asked { whom, .. } => tie(*whom, Some(Tie::Asked)),
            Note::AskedBy { whom, .. } => tie(*whom, Some(Tie::AskedBy)),
            Note::Friend { whom, .. } => tie(*whom, Some(Tie::Friend)),
            Note::Unfriended { whom, .. } => tie(*whom, None),
            Note::Blocked { whom, .. } => {
                tie(*whom, Some(Tie::Blocked));
                self.hide(person, *whom, true);
            }
            Note::Unblocked { whom, .. } => {
                tie(*whom, None);
                self.hide(person, *whom, false);
            }
            Note::Read { log, upto, .. } => {
                let member = self.rooms.get_mut(log).and_then(|place| place.members.get_mut(&person));
                if let Some(member) = member {
                    member.read = member.read.max(*upto);
                }
            }
            Note::Presence { mode, status, audience } => {
                self.someone(person).presence = (*mode, status.clone(), *audience);
            }
            Note::Invited { log, .. } => drop(self.someone(person).invitations.insert(*log)),
            Note::Uninvited { log, .. } => drop(self.someone(person).invitations.remove(log)),
            _ => {}
        }
    }

    /// The conversation with somebody goes out of one's sight, or comes back.
    fn hide(&mut self, person: PersonId, whom: PersonId, hidden: bool) {
        let both = |(_, place): &(&LogId, &mut Place)| {
            let members = &place.members;
            place.kind == RoomKind::Direct && members.contains_key(&person) && members.contains_key(&whom)
        };
        let Some((log, place)) = self.rooms.iter_mut().find(both) else { return };
        if hidden {
            place.hidden.insert(person)
        } else {
            place.hidden.remove(&person)
        };
        let log = *log;
        self.note_readers(log);
    }

    fn note_readers_of_lobby(&mut self) {
        self.note_readers(LogId(1));
    }

    /// Notes who reads a room from this entry on: its members, save who has blocked the other of the two there.
    fn note_readers(&mut self, log: LogId) {
        let Some(place) = self.rooms.get(&log) else { return };
        let reads = |person: PersonId| {
            let role = self.role(log, person)?;
            (!place.hidden.contains(&person)).then_some(role)
        };
        let known: Vec<PersonId> = place.members.keys().chain(place.readers.keys()).copied().collect();
        let roles: Vec<(PersonId, Option<Role>)> =
            known.into_iter().map(|person| (person, reads(person))).collect();
        let position: Position = self.position;
        let Some(place) = self.rooms.get_mut(&log) else { return };
        for (person, role) in roles {
            place.readers.entry(person).or_default().set(position, role);
            if role.is_some() {
                place.known.entry(person).or_insert(position);
            }
        }
        for person in place.members.keys() {
            if let Some(someone) = self.people.get_mut(person) {
                someone.invitations.remove(&log);
            }
        }
    }
}

impl Place {
    fn join(&mut self, person: PersonId, seq: Seq) {
        // The server makes the lobby, and is no member of it.
        if person == PersonId(0) {
            return;
        }
        if self.members.is_empty() && self.owner != Some(PersonId(0)) && self.kind != RoomKind::Direct {
            self.owner = Some(person);
        }
        self.invited.remove(&person);
        let spoke = self.gone_spoke.remove(&person);
        let belongs = Belongs { moderator: false, since: seq, read: seq, spoke };
        self.members.entry(person).or_insert(belongs);
    }

    /// Somebody goes. How long he still has to wait is known if he comes back.
    fn leave(&mut self, person: PersonId, at: Wall) {
        let slow_ms = self.slow_ms;
        self.gone_spoke.retain(|_, spoke| at.since(*spoke) < slow_ms);
        let spoke = self.members.remove(&person).and_then(|member| member.spoke);
        if let Some(spoke) = spoke.filter(|spoke| at.since(*spoke) < slow_ms) {
            self.gone_spoke.insert(person, spoke);
        }
    }
}
