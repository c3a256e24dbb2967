//! What all wires tell together: who was called what, who chose which password, and who came in where.

use super::complaint::{Verdict, demand};
use super::links::comes_in;
use super::on_disk::OnDisk;
use crate::chronicle::{Chronicle, Moment};
use crate::client_host::Person;
use crate::wire::{Word, answered};
use sala_core::entry::{DirectoryEntry, Entry, PersonId, Position};
use sala_core::name::Name;
use sala_core::protocol::{Request, Update};
use sala_core::refusal::Fate;
use sala_core::secret::hash_text;
use std::collections::{BTreeMap, BTreeSet};

/// The oracles that complain here.
const CHOSEN: &str = "passwords are as they were chosen";
const ERASED: &str = "nobody is erased but by himself";

/// What stands before a simulated hash and its salt.
const PLAIN: &str = "plain$";

/// What all wires tell together.
#[derive(Default)]
pub(super) struct Testimony {
    /// Who was ever called so: of whom is erased, the log does not say it any more.
    names: BTreeMap<Name, BTreeSet<PersonId>>,
    /// What each one's password may have been, and from which entry on.
    passwords: BTreeMap<PersonId, Vec<Period>>,
    /// Everybody who asked to come in, anywhere.
    arrivals: Vec<Came>,
    chosen: Vec<Chosen>,
    /// Who asked to be erased, and by which password.
    farewells: Vec<(PersonId, Option<String>, Position)>,
    /// Who was ever let in.
    seen: BTreeSet<PersonId>,
}

/// From this entry on, a password was one of these; if it is none of them, nobody knows who chose it.
struct Period {
    from: Position,
    could_be: BTreeSet<String>,
}

/// Somebody asked to come in.
struct Came {
    name: Name,
    device: String,
    connection: (String, u64),
    moment: Moment,
}

/// A password that was asked for, and between which entries it may have been set.
struct Chosen {
    by: By,
    password: String,
    from: Position,
    to: Position,
}

enum By {
    Name(Name),
    Person(PersonId),
}

/// What is under way on one connection.
#[derive(Default)]
struct Connection {
    entered: Option<PersonId>,
    /// Passwords that are asked for, by the request's id; none is the one by which one comes in.
    asked: BTreeMap<Option<u64>, usize>,
}

impl Testimony {
    /// Hears everybody.
    pub(super) fn of(people: &[&Person], chronicle: &Chronicle, on_disk: &OnDisk) -> Self {
        let mut testimony = Testimony::default();
        for kept in &on_disk.entries {
            if let Entry::Directory(
                DirectoryEntry::Guest { person, name, .. } | DirectoryEntry::Account { person, name, .. },
            ) = &kept.entry
            {
                testimony.names.entry(name.clone()).or_default().insert(*person);
            }
        }
        people.iter().for_each(|person| testimony.hear(person, chronicle));
        testimony.note_passwords(on_disk);
        testimony
    }

    fn hear(&mut self, who: &Person, chronicle: &Chronicle) {
        let mut connections: BTreeMap<u64, Connection> = BTreeMap::new();
        for spoken in who.wire.spoken().iter() {
            let connection = connections.entry(spoken.connection).or_default();
            let position = chronicle.on_disk(spoken.moment);
            match &spoken.word {
                Word::Asked(envelope) => {
                    let request = &envelope.request;
                    if let Some((name, device)) = arrival(request) {
                        let (name, device) = (name.clone(), device.to_owned());
                        let (connection, moment) = ((who.key(), spoken.connection), spoken.moment);
                        self.arrivals.push(Came { name, device, connection, moment });
                    }
                    if let (Request::DeleteAccount { password }, Some(person)) = (request, connection.entered)
                    {
                        let password = password.as_ref().map(|password| password.reveal().to_owned());
                        self.farewells.push((person, password, position));
                    }
                    if let Some((by, password)) = chooses(request, connection.entered) {
                        let id = envelope.id.filter(|_| !comes_in(request));
                        connection.asked.insert(id, self.chosen.len());
                        let (from, to) = (position, Position(u64::MAX));
                        self.chosen.push(Chosen { by, password, from, to });
                    }
                }
                Word::Told(update) => {
                    if let Update::Welcome { person, name, .. } = &**update {
                        connection.entered = Some(*person);
                        self.seen.insert(*person);
                        self.names.entry(name.clone()).or_default().insert(*person);
                    }
                    let id = match (&**update, answered(update)) {
                        (Update::Welcome { .. }, _) => None,
                        (Update::Refused { n: None, .. }, _) if connection.entered.is_none() => None,
                        (_, Some(id)) => Some(id),
                        _ => continue,
                    };
                    let Some(index) = connection.asked.remove(&id) else { continue };
                    // It may stand there or not, also later, when what was written is found on the disk.
                    if matches!(&**update, Update::Refused { fate: Fate::Unknown, .. }) {
                        continue;
                    }
                    let refused = matches!(&**update, Update::Refused { fate: Fate::NotStored, .. });
                    self.chosen[index].to = if refused { Position(0) } else { position };
                }
                _ => {}
            }
        }
    }

    fn note_passwords(&mut self, on_disk: &OnDisk) {
        for kept in &on_disk.entries {
            let Entry::Directory(DirectoryEntry::Password { person, hash, .. }) = &kept.entry else {
                continue;
            };
            let his = self.chosen.iter().filter(|chosen| {
                let by = match &chosen.by {
                    By::Person(by) => by == person,
                    By::Name(name) => self.are(name).any(|named| named == *person),
                };
                by && chosen.from < kept.position && kept.position <= chosen.to
            });
            let fits = |password: &&String| fits(password, hash);
            let could_be = his.map(|chosen| &chosen.password).filter(fits).cloned().collect();
            self.passwords.entry(*person).or_default().push(Period { from: kept.position, could_be });
        }
    }

    /// Everybody who was ever called so.
    pub(super) fn are(&self, name: &Name) -> impl Iterator<Item = PersonId> {
        self.names.get(name).into_iter().flatten().copied()
    }

    /// Whether a password was ever somebody's between two entries, as far as anybody knows.
    pub(super) fn ever(&self, person: PersonId, password: &str, from: Position, to: Position) -> bool {
        let periods = self.passwords.get(&person).map_or(&[][..], Vec::as_slice);
        let ends = periods.iter().skip(1).map(|next| next.from).chain([Position(u64::MAX)]);
        let may_be = |period: &Period| period.could_be.is_empty() || period.could_be.contains(password);
        let mut there = periods.iter().zip(ends).filter(|(period, end)| period.from <= to && *end > from);
        there.any(|(period, _)| may_be(period))
    }

    /// Whether a password was somebody's all the while between two entries, beyond doubt.
    pub(super) fn throughout(&self, person: PersonId, password: &str, from: Position, to: Position) -> bool {
        let periods = self.passwords.get(&person).map_or(&[][..], Vec::as_slice);
        let last = periods.iter().rfind(|period| period.from <= to);
        last.is_some_and(|last| {
            last.from <= from && last.could_be.len() == 1 && last.could_be.contains(password)
        })
    }

    /// Whether somebody asked to come in as this device elsewhere, before this moment.
    pub(super) fn came_elsewhere(&self, who: &Person, connection: u64, before: Moment) -> bool {
        let here = (who.key(), connection);
        self.arrivals.iter().any(|came| {
            came.name.same(&who.name)
                && came.device == who.device
                && came.connection != here
                && came.moment < before
        })
    }

    /// Judges what can be judged of these alone.
    pub(super) fn judge(&self, on_disk: &OnDisk) -> Verdict {
        for kept in &on_disk.entries {
            match &kept.entry {
                Entry::Directory(DirectoryEntry::Password { person, hash, .. })
                    if hash.starts_with(PLAIN) =>
                {
                    let periods = self.passwords.get(person).into_iter().flatten();
                    let mut this = periods.filter(|period| period.from == kept.position);
                    let known = this.any(|period| !period.could_be.is_empty());
                    demand(CHOSEN, known || !self.seen.contains(person), || {
                        format!("nobody chose what stands at {}: {hash}", kept.position.0)
                    })?;
                }
                Entry::Directory(DirectoryEntry::Erased { person, .. }) if self.seen.contains(person) => {
                    let at = kept.position;
                    let guest = !self.passwords.contains_key(person);
                    let may = |(by, password, from): &(PersonId, Option<String>, Position)| {
                        let right = match password {
                            Some(password) => self.ever(*person, password, *from, at),
                            None => false,
                        };
                        by == person && *from < at && (guest || right)
                    };
                    demand(ERASED, self.farewells.iter().any(may), || {
                        format!("{person:?} is erased at {}, and has not asked for it", at.0)
                    })?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether a hash is that of a password, as far as there is anything left to tell.
fn fits(password: &str, hash: &str) -> bool {
    match hash.strip_prefix(PLAIN).and_then(|hash| hash.split_once('$')) {
        Some((salt, hash)) => hash_text(&format!("{salt}{password}")) == hash,
        None => true,
    }
}

/// The password that a request is to set, and for whom.
fn chooses(request: &Request, entered: Option<PersonId>) -> Option<(By, String)> {
    let (by, password) = match request {
        Request::Register { enter, password, .. } => (By::Name(enter.name.clone()), password),
        Request::Recover { name, password, .. } => (By::Name(name.clone()), password),
        Request::Upgrade { password, .. } | Request::Password { password, .. } => {
            (By::Person(entered?), password)
        }
        _ => return None,
    };
    Some((by, password.reveal().to_owned()))
}

/// Who comes in by a request, and as which device.
fn arrival(request: &Request) -> Option<(&Name, &str)> {
    match request {
        Request::Enter(enter) | Request::Register { enter, .. } => Some((&enter.name, &enter.arrival.device)),
        Request::SignIn { name, arrival, .. } | Request::Recover { name, arrival, .. } => {
            Some((name, &arrival.device))
        }
        _ => None,
    }
}
