//! One transaction that takes changes into the index.

use super::change::{Change, Kind};
use super::part::{Adding, Part, integer};
use super::words::{of_room, said_by};
use super::{Fault, Taken};
use crate::store::Reader;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use sala_core::entry::{Act, Entry, LogId, PersonId, Position, RoomEntry, Seq};
use sala_core::time::Wall;
use std::collections::{BTreeMap, BTreeSet};

/// Posts that are taken out in one transaction.
const REMOVED_MAX: usize = 4_096;
/// Parts out of which they are taken in one transaction, each of which is then summed: some hundredths of a second.
const PARTS_TOUCHED_MAX: usize = 4;

pub(super) const HOUR_MS: u64 = 3_600_000;

/// Takes in the first of these changes, which are all up to a position. Says what was taken in then, and whether anything
/// was taken out.
pub(super) fn take(
    connection: &mut Connection,
    store: &Reader,
    changes: &[Change],
    upto: Position,
) -> Result<(Taken, bool), Fault> {
    let transaction = connection.transaction()?;
    let mut batch = Batch {
        transaction: &transaction,
        store,
        newest: Newest::of(&transaction)?,
        adding: None,
        hours: BTreeMap::new(),
        removed: 0,
        touched: BTreeSet::new(),
    };
    let mut position = upto;
    for change in changes {
        if batch.is_full() || !batch.change(change)? {
            position = Position(change.position.0 - 1);
            break;
        }
    }
    let touched = batch.finish()?;
    let taken = Taken { position, sum: store.sum(position)?.unwrap_or_default() };
    transaction
        .execute("UPDATE taken SET position = ?1, sum = ?2", params![integer(position.0), taken.sum])?;
    transaction.commit()?;
    Ok((taken, touched))
}

/// What one transaction does.
struct Batch<'a> {
    transaction: &'a Transaction<'a>,
    store: &'a Reader,
    newest: Newest,
    /// The statement that adds to the newest part, once a post was added.
    adding: Option<Adding<'a>>,
    /// Of each hour, the first and the last position of the posts that were added.
    hours: BTreeMap<u64, (Position, Position)>,
    /// How many posts were taken out or changed.
    removed: usize,
    /// Of which parts.
    touched: BTreeSet<Part>,
}

/// The newest part, to which posts are added. It has no sum as long as some are; then it is merged, and summed for good.
pub(super) struct Newest {
    part: Option<Part>,
    is_sealed: bool,
}

impl Newest {
    /// The part, if it has no sum.
    pub(super) fn open(&self) -> Option<Part> {
        self.part.filter(|_| !self.is_sealed)
    }

    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT number, sum <> x'' FROM part ORDER BY number DESC LIMIT 1";
        let found = connection.query_row(sql, [], |row| Ok((Part(row.get(0)?), row.get(1)?))).optional()?;
        Ok(match found {
            Some((part, is_sealed)) => Newest { part: Some(part), is_sealed },
            None => Newest { part: None, is_sealed: true },
        })
    }
}

impl<'a> Batch<'a> {
    /// Whether no more may be taken out at once.
    fn is_full(&self) -> bool {
        self.removed >= REMOVED_MAX || self.touched.len() >= PARTS_TOUCHED_MAX
    }

    /// Whether the change is done with: what takes out many posts may be only begun.
    fn change(&mut self, Change { position, kind }: &Change) -> Result<bool, Fault> {
        match kind {
            Kind::Post { log, at, person, text } => self.add(*position, *log, *at, *person, text)?,
            Kind::Reworded { log, target, text } => self.replace(*log, *target, text)?,
            Kind::Faded { log, upto } => {
                let Some((_, last)) = self.store.last_upto(*log, *upto)? else { return Ok(true) };
                return Ok(self.remove_all(&of_room(*log), integer(last.0))?);
            }
            Kind::Erased(person) => return Ok(self.remove_all(&said_by(*person), i64::MAX)?),
            Kind::Closed(log) => return Ok(self.remove_all(&of_room(*log), i64::MAX)?),
        }
        Ok(true)
    }

    fn add(
        &mut self,
        position: Position,
        log: LogId,
        at: Wall,
        person: PersonId,
        text: &str,
    ) -> Result<(), Fault> {
        let part = Part::of(position);
        if self.newest.part != Some(part) {
            self.begin(part)?;
        }
        self.unseal()?;
        self.adding(part)?.add(position, text, log, person)?;
        let span = self.hours.entry(at.0 / HOUR_MS).or_insert((position, position));
        span.1 = position;
        Ok(())
    }

    fn adding(&mut self, part: Part) -> rusqlite::Result<&mut Adding<'a>> {
        let adding = match self.adding.take() {
            Some(adding) if adding.part == part => adding,
            _ => part.adding(self.transaction)?,
        };
        Ok(self.adding.insert(adding))
    }

    /// Begins a part, now that the one before it is complete.
    fn begin(&mut self, part: Part) -> Result<(), Fault> {
        if let Some(newest) = self.newest.part {
            newest.merge(self.transaction)?;
            newest.seal(self.transaction)?;
        }
        part.create(self.transaction)?;
        let before = self.store.sum(part.before())?.unwrap_or_default();
        self.transaction.execute(
            "INSERT INTO part(number, before, sum, stale) VALUES(?1, ?2, x'', 0)",
            params![part.0, before],
        )?;
        self.newest = Newest { part: Some(part), is_sealed: false };
        Ok(())
    }

    /// The sum of the newest part holds no longer.
    fn unseal(&mut self) -> rusqlite::Result<()> {
        if let Some(part) = self.newest.part.filter(|_| self.newest.is_sealed) {
            self.transaction.execute("UPDATE part SET sum = x'' WHERE number = ?1", [part.0])?;
            self.newest.is_sealed = false;
        }
        Ok(())
    }

    /// Gives a post another text, or takes it out if that is empty.
    fn replace(&mut self, log: LogId, target: Seq, text: &str) -> Result<(), Fault> {
        let found = self.store.last_upto(log, target)?.filter(|(seq, _)| *seq == target);
        let Some((_, position)) = found else { return Ok(()) };
        let part = Part::of(position);
        if !self.holds(part)? {
            return Ok(());
        }
        let post = match self.store.at(position)? {
            Some((_, _, Entry::Room(RoomEntry { person, act: Act::Post(_), .. }))) => Some(person),
            _ => None,
        };
        match post.filter(|_| !text.is_empty()) {
            Some(person) => part.put(self.transaction, integer(position.0), text, log, person)?,
            None => part.remove(self.transaction, integer(position.0))?,
        }
        self.touched.insert(part);
        self.removed += 1;
        Ok(())
    }

    /// Takes out what is meant up to a position, and says whether that were all.
    fn remove_all(&mut self, expression: &str, last: i64) -> rusqlite::Result<bool> {
        let mut select = self.transaction.prepare_cached("SELECT number FROM part ORDER BY number")?;
        let parts = select.query_map([], |row| row.get(0).map(Part))?;
        for part in parts.collect::<Result<Vec<_>, _>>()? {
            let most = REMOVED_MAX - self.removed;
            let mut found = Vec::new();
            part.find(self.transaction, expression, (1, last), |position| {
                found.push(position);
                Ok::<_, rusqlite::Error>(found.len() <= most)
            })?;
            if found.is_empty() {
                continue;
            }
            if self.is_full() {
                return Ok(false);
            }
            for position in found.iter().take(most) {
                part.remove(self.transaction, *position)?;
            }
            self.touched.insert(part);
            self.removed += found.len().min(most);
            if found.len() > most {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn holds(&self, part: Part) -> rusqlite::Result<bool> {
        self.transaction.prepare_cached("SELECT 1 FROM part WHERE number = ?1")?.exists([part.0])
    }

    /// Says whether anything was taken out.
    fn finish(mut self) -> rusqlite::Result<bool> {
        let newest = self.newest.part;
        if self.touched.iter().any(|part| Some(*part) == newest) {
            self.unseal()?;
        }
        for part in &self.touched {
            self.transaction.execute("UPDATE part SET stale = 1 WHERE number = ?1", [part.0])?;
            if Some(*part) != newest {
                part.seal(self.transaction)?;
            }
        }
        let sql = "INSERT INTO hour(hour, first, last) VALUES(?1, ?2, ?3)
                   ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)";
        let mut widen = self.transaction.prepare_cached(sql)?;
        for (hour, (first, last)) in &self.hours {
            widen.execute([integer(*hour), integer(first.0), integer(last.0)])?;
        }
        Ok(!self.touched.is_empty())
    }
}
