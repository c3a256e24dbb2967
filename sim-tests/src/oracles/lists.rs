//! Each list that somebody was told was right, row by row, at some position at which it may have been made.

use super::complaint::{Verdict, complaint};
use super::links::{Judge, Told};
use super::model::{Model, Place, Tie, lasts};
use super::on_disk::OnDisk;
use super::testimony::Testimony;
use sala_core::entry::{HeldId, LogId, PersonId, Position, Role, RoomKind, Sanction};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Member, Request, Update};
use sala_core::time::Wall;
use std::collections::BTreeMap;

/// The oracle that complains here.
const LISTS: &str = "lists are right at some moment";

/// Gathers the lists that were told, and compares each with all models between its asking and its answer, until it is right.
#[derive(Default)]
pub(super) struct Lists {
    /// Those before whose asking the models are; in order, the first at the end, from the first model on.
    to_come: Vec<List>,
    in_order: bool,
    under_way: Vec<List>,
    wrong: Option<String>,
}

/// A list that was told.
struct List {
    person: PersonId,
    request: Request,
    update: Update,
    from: Position,
    to: Position,
    walls: (Wall, Wall),
    words: String,
    /// The rows of a list of members, which say the same at every position.
    members: Option<Rows>,
}

/// A row, in words; and whether it may be missing, since the log does not say any more whether it should be there.
type Rows = BTreeMap<String, bool>;

impl Judge for Lists {
    fn told(&mut self, told: &Told<'_>) -> Verdict {
        let listed = matches!(
            told.update,
            Update::Rooms { .. }
                | Update::Who { .. }
                | Update::Links { .. }
                | Update::Sanctions { .. }
                | Update::ServerInvitations { .. }
                | Update::Reports { .. }
                | Update::Held { .. }
                | Update::Friends { .. }
                | Update::Devices { .. }
                | Update::Me { .. }
        );
        if let (true, Some(entered), Some(request)) = (listed, told.entered, told.request) {
            self.to_come.push(List {
                person: entered.person,
                request: request.clone(),
                update: told.update.clone(),
                from: told.from,
                to: told.to,
                walls: told.walls,
                words: told.words(),
                members: None,
            });
        }
        Ok(())
    }
}

/// The models of all positions, one after the other, before which the lists pass.
pub(super) struct Sight<'a> {
    pub(super) on_disk: &'a OnDisk,
    pub(super) testimony: &'a Testimony,
    /// Who is erased in the end: of what he wrote and was called, the log says nothing any more.
    pub(super) model: &'a Model,
}

impl Lists {
    /// Compares what is under way with a model, the next one.
    pub(super) fn see(&mut self, sight: &Sight<'_>) {
        let position = sight.model.position;
        if !self.in_order {
            self.to_come.sort_by_key(|list| std::cmp::Reverse(list.from));
            self.in_order = true;
        }
        while self.to_come.last().is_some_and(|list| list.from <= position) {
            self.under_way.extend(self.to_come.pop());
        }
        // Everybody who comes asks for the members of the same rooms.
        let mut members: BTreeMap<LogId, Rows> = BTreeMap::new();
        let wrong = &mut self.wrong;
        self.under_way.retain_mut(|list| {
            // Of who is erased in the end, nothing is left to say what he should have been told.
            if sight.model.doomed.contains(&list.person) || sight.model.person(list.person).is_none() {
                return false;
            }
            let is_last = position >= list.to;
            let mut compare = |told: &Rows, wanted: &Rows| {
                let right = told == wanted || alike(told, wanted);
                if !right && is_last {
                    wrong.get_or_insert_with(|| {
                        format!("{}: {told:?} was told, {wanted:?} was so", list.words)
                    });
                }
                !right && !is_last
            };
            if let Some((room, names)) = all_members(&list.update, &list.request) {
                let told = list.members.get_or_insert_with(|| sight.named_all(names));
                return match sight.on_disk.log(room).and_then(|log| Some((log, sight.model.rooms.get(&log)?)))
                {
                    Some((log, place)) => {
                        compare(told, members.entry(log).or_insert_with(|| sight.members(place)))
                    }
                    None => false,
                };
            }
            sight.of(list).is_some_and(|(told, wanted)| compare(&told, &wanted))
        });
    }

    /// None was wrong all the while.
    pub(super) fn judge(&self) -> Verdict {
        let left = self.to_come.iter().chain(&self.under_way).map(|list| &list.words).next();
        self.wrong.as_ref().or(left).map_or(Ok(()), |wrong| Err(complaint(LISTS, wrong.clone())))
    }
}

/// The room and all its members, if that is what was asked for and told.
fn all_members<'a>(update: &'a Update, request: &Request) -> Option<(&'a RoomName, &'a [Member])> {
    match (update, request) {
        (Update::Who { room, members, more: false, .. }, Request::Who { after: None, .. }) => {
            Some((room, members))
        }
        _ => None,
    }
}

/// Whether every row of each that must be there is in the other.
fn alike(told: &Rows, wanted: &Rows) -> bool {
    told.iter().all(|(row, hazy)| *hazy || wanted.contains_key(row))
        && wanted.iter().all(|(row, hazy)| *hazy || told.contains_key(row))
}

impl Sight<'_> {
    /// The rows that were told, and those that should have been; none if nobody can say.
    fn of(&self, list: &List) -> Option<(Rows, Rows)> {
        let (model, person) = (self.model, list.person);
        // Of his own log nothing is left.
        if model.doomed.contains(&person) {
            return None;
        }
        let someone = model.person(person)?;
        let sure = |row: String| (row, false);
        Some(match (&list.update, &list.request) {
            (Update::Rooms { rooms, more: false, .. }, Request::Rooms { after: None, all }) => {
                let told = rooms.iter().map(|row| {
                    let log = self.on_disk.log(&row.room);
                    let title = row.title.as_ref().unwrap_or(&row.room).to_string();
                    let words = self.room(log, &title, &row.topic, row.members, row.joined);
                    (words, log.is_some_and(|log| self.invited_by_the_doomed(log, person)))
                });
                let wanted = model.rooms.iter().filter_map(|(log, place)| {
                    let (listed, hazy) = self.may_know(*log, place, person, *all, list.walls);
                    let key = self.on_disk.key(*log);
                    let title = place.title.as_ref().map_or(key, ToString::to_string);
                    let joined = place.members.contains_key(&person);
                    let words = self.room(Some(*log), &title, &place.topic, place.members.len(), joined);
                    listed.then_some((words, hazy))
                });
                (told.collect(), wanted.collect())
            }
            (Update::Links { room, links, .. }, _) => {
                let told =
                    links.iter().map(|row| sure(format!("{:?} {:?} {:?}", row.link, row.until, row.uses)));
                let left = self.place(room)?.links.iter().filter(|(_, way)| way.uses != Some(0));
                let wanted = left.filter_map(|(link, way)| {
                    let words = format!("{link:?} {:?} {:?}", way.until, way.uses);
                    while_it_lasts(way.until, list.walls).map(|hazy| (words, hazy))
                });
                (told.collect(), wanted.collect())
            }
            (
                Update::Sanctions { room: Some(room), sanctions, more: false, .. },
                Request::Sanctions { after: None, .. },
            ) => {
                let place = self.place(room)?;
                let told = sanctions.iter().map(|row| self.called(&row.whom, &row.what));
                let wanted = [("ban", &place.bans), ("mute", &place.mutes)];
                let wanted =
                    wanted.into_iter().flat_map(|(what, held)| held.iter().map(move |row| (what, row)));
                let wanted = wanted.filter_map(|(what, row)| self.sanction(what, row, list.walls));
                (told.collect(), wanted.collect())
            }
            (
                Update::Sanctions { room: None, sanctions, more: false, .. },
                Request::ServerBans { after: None },
            ) => {
                let told = sanctions.iter().map(|row| self.called(&row.whom, &row.what));
                let people = model.people.iter().filter(|(_, someone)| someone.erased.is_none());
                let held = people.filter_map(|(person, someone)| Some((person, someone.banned.as_ref()?)));
                let wanted = held.filter_map(|row| self.sanction("ban", row, list.walls));
                (told.collect(), wanted.collect())
            }
            (Update::ServerInvitations { invitations, more: false, .. }, _) => {
                let told =
                    invitations.iter().map(|row| sure(format!("{:?} {:?}", row.invitation, row.until)));
                let all = *someone.admin.last();
                let mut wanted = Rows::new();
                for (number, invited) in &model.invitations {
                    let listed = invited.over.is_none() && (all || invited.by == person);
                    let hazy = while_it_lasts(Some(invited.until), list.walls).filter(|_| listed);
                    wanted.extend(hazy.map(|hazy| (format!("{number:?} {:?}", invited.until), hazy)));
                }
                (told.collect(), wanted)
            }
            (Update::Reports { room, reports, more: false, .. }, Request::Reports { after: None, .. }) => {
                let told = reports.iter().map(|row| sure(format!("{:?} of {}", row.report, row.seq.0)));
                let wanted = self.place(room)?.reports.iter();
                (
                    told.collect(),
                    wanted.map(|(report, seq)| sure(format!("{report:?} of {}", seq.0))).collect(),
                )
            }
            (Update::Held { room, posts, more: false, .. }, Request::Held { after: None, .. }) => {
                let told = posts.iter().map(|row| sure(format!("{:?} of {:?}", row.held, row.device)));
                let log = self.on_disk.log(room)?;
                let device = |held: &HeldId| model.waits[&(log, *held)].device;
                let wanted = model.waiting(log, person);
                (
                    told.collect(),
                    wanted.iter().map(|held| sure(format!("{held:?} of {:?}", device(held)))).collect(),
                )
            }
            (Update::Friends { people, more: false, .. }, Request::Friends { after: None }) => {
                let told = people.iter().map(|row| self.named(&row.name, &row.stands));
                let wanted = someone.ties.iter().map(|(other, tie)| {
                    let stands = match tie {
                        Tie::Asked => "asked",
                        Tie::AskedBy => "asked_by",
                        Tie::Friend => "friend",
                        Tie::Blocked => "blocked",
                    };
                    self.known(*other, stands)
                });
                (told.collect(), wanted.collect())
            }
            (Update::Devices { devices, .. }, _) => {
                let told = devices.iter().map(|row| sure(format!("{:?} {}", row.device, row.label)));
                let his = model.devices.iter().filter(|(_, owned)| {
                    owned.person == person && owned.revoked.is_none_or(|revoked| revoked > model.position)
                });
                (
                    told.collect(),
                    his.map(|(device, owned)| sure(format!("{device:?} {}", owned.label))).collect(),
                )
            }
            (Update::Me { account, admin, mode, status, audience, invitations, strangers, .. }, _) => {
                let told = invitations.iter().map(|row| {
                    let log = self.on_disk.log(&row.room);
                    let hazy = log.is_some_and(|log| self.invited_by_the_doomed(log, person));
                    (format!("invited to {log:?}"), hazy)
                });
                let doors = strangers.map(|open| (open.guests, open.registration));
                let seen = format!("{account} {admin} {:?}", (mode, status, audience, doors));
                let told = told.chain([sure(seen)]);
                let invited =
                    someone.invitations.iter().map(|log| sure(format!("invited to {:?}", Some(log))));
                let (mode, status, audience) = &someone.presence;
                let admin = *someone.admin.last();
                let doors = admin.then_some((model.guests, model.registration));
                let is = format!("{} {admin} {:?}", someone.account, (mode, status, audience, doors));
                (told.collect(), invited.chain([sure(is)]).collect())
            }
            _ => return None,
        })
    }

    /// Members as they were told.
    fn named_all(&self, members: &[Member]) -> Rows {
        members.iter().map(|row| self.named(&row.name, &format!("{:?}", row.role))).collect()
    }

    /// Members as they are.
    fn members(&self, place: &Place) -> Rows {
        let role = |member| format!("{:?}", place.role(member).unwrap_or(Role::Member));
        place.members.keys().map(|member| self.known(*member, &role(*member))).collect()
    }

    fn place(&self, room: &RoomName) -> Option<&Place> {
        self.model.rooms.get(&self.on_disk.log(room)?)
    }

    /// A room's row, in words. Of one that is closed later, the log does not say what it was called and about.
    fn room(&self, log: Option<LogId>, title: &str, topic: &str, members: usize, joined: bool) -> String {
        let closed = log.is_some_and(|log| self.on_disk.is_closed(log));
        let (title, topic) = if closed { ("…", "…") } else { (title, topic) };
        format!("{log:?} {title} about {topic:?}, {members} members, joined: {joined}")
    }

    /// Whether a room is on somebody's list, and whether that is hard to say.
    fn may_know(
        &self,
        log: LogId,
        place: &Place,
        person: PersonId,
        all: bool,
        walls: (Wall, Wall),
    ) -> (bool, bool) {
        if place.kind == RoomKind::Direct || place.closed.is_some() {
            return (false, false);
        }
        let invited = || self.model.people[&person].invitations.contains(&log);
        if place.kind == RoomKind::Public || all || place.members.contains_key(&person) || invited() {
            return (true, false);
        }
        match place.bans.get(&person).filter(|_| !place.strangers.contains(&person)) {
            // A ban that is over is forgotten at some time.
            Some(ban) => (true, !(lasts(ban, walls.1) && lasts(ban, self.model.latest))),
            None => (false, false),
        }
    }

    /// Whether somebody has been invited by a person of whom nothing is left that says it.
    fn invited_by_the_doomed(&self, log: LogId, person: PersonId) -> bool {
        let by = self.model.rooms.get(&log).and_then(|place| place.invited.get(&person));
        by.is_some_and(|by| self.model.doomed.contains(by))
    }

    fn sanction(
        &self,
        what: &str,
        row: (&PersonId, &Sanction),
        walls: (Wall, Wall),
    ) -> Option<(String, bool)> {
        let (whom, sanction) = row;
        let hazy = while_it_lasts(sanction.until, walls)?;
        let (words, doomed) = self.known(*whom, what);
        Some((words, hazy || doomed))
    }

    /// Somebody as the log calls him, in some words; hazy if it does not any more.
    fn known(&self, person: PersonId, words: &str) -> (String, bool) {
        let name = self.model.people.get(&person).and_then(|someone| someone.name.as_ref());
        let name = name.map_or_else(|| format!("{person:?}"), Name::to_string);
        (format!("{name} {words}"), self.model.doomed.contains(&person))
    }

    /// Somebody as he was called in an answer, in some words; hazy if he is one of whom the log says nothing any more.
    fn named(&self, name: &Name, words: &str) -> (String, bool) {
        let doomed = self.testimony.are(name).any(|person| self.model.doomed.contains(&person));
        (format!("{name} {words}"), doomed)
    }

    fn called(&self, name: &str, words: &str) -> (String, bool) {
        let doomed = Name::parse(name).is_ok_and(|name| self.named(&name, words).1);
        (format!("{name} {words}"), doomed)
    }
}

/// Whether what ends then is listed, and then whether it may be so or not by the clock.
fn while_it_lasts(until: Option<Wall>, walls: (Wall, Wall)) -> Option<bool> {
    let Some(until) = until else { return Some(false) };
    (walls.0 < until).then_some(walls.1 >= until)
}
