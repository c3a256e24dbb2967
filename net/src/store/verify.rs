//! Checks the whole database: whether every entry is as it was written, and whether none is missing.

use super::ReadError;
use super::kept::{COLUMNS, Kept, Sums, integer};
use super::reader::Reader;
use rusqlite::OptionalExtension as _;
use sala_core::entry::{Act, DirectoryEntry, Entry, LogId, LogKind, Position, RoomEntry, Seq};
use sala_core::name::RoomName;
use std::collections::BTreeMap;

/// Faults that are told in words; of a file that is damaged all over, more would help nobody.
const FAULTS_TOLD_MAX: usize = 1_000;

/// What a whole check of the database found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many entries there are in all logs.
    pub entries: u64,
    /// What is wrong, in words, the first `FAULTS_TOLD_MAX` of it; empty if nothing is.
    pub faults: Vec<String>,
    /// How many faults were found that are not told.
    pub untold: u64,
    /// What was found of each log.
    pub logs: BTreeMap<LogId, Checked>,
    /// The last entry's place among all.
    last: Position,
}

/// What a check found of one log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The name that a room is shown under, as far as its entries still say it.
    pub name: Option<RoomName>,
    /// How many entries there are.
    pub entries: u64,
    /// How many of them are damaged, and how many are missing before the last one.
    pub damaged: u64,
    /// The last entry's seq.
    head: Seq,
}

impl VerifyReport {
    fn fault(&mut self, text: String) {
        if self.faults.len() < FAULTS_TOLD_MAX {
            self.faults.push(text);
        } else {
            self.untold += 1;
        }
    }

    /// Takes in the next row in the order of all entries.
    fn take(&mut self, row: &Kept, whole: bool) {
        self.entries += 1;
        let next = std::mem::replace(&mut self.last, row.position).next();
        if row.position != next {
            self.fault(format!("position {} stands where {} should", row.position.0, next.0));
        }
        let log = self.logs.entry(row.log).or_default();
        let next = std::mem::replace(&mut log.head, row.seq).next();
        log.entries += 1;
        log.damaged += u64::from(!whole) + row.seq.0.saturating_sub(next.0);
        if row.seq != next {
            self.fault(format!("log {} has entry {} where {} should be", row.log.0, row.seq.0, next.0));
        }
        if !whole {
            self.fault(format!("entry {} of log {} is damaged", row.seq.0, row.log.0));
        } else {
            self.learn(row);
        }
    }

    /// Learns the names of rooms, for whoever reads the report.
    fn learn(&mut self, row: &Kept) {
        if matches!(row.log.kind(), LogKind::Personal(_)) {
            return;
        }
        match Entry::decode(row.log, row.seq, &row.body) {
            Ok(Entry::Directory(DirectoryEntry::Room { log, name: Some(name), .. })) => {
                self.logs.entry(log).or_default().name = Some(name);
            }
            Ok(Entry::Room(RoomEntry { act: Act::Renamed(name), .. })) => {
                self.logs.entry(row.log).or_default().name = Some(name);
            }
            Ok(_) => {}
            Err(error) => self.fault(error.to_string()),
        }
    }
}

impl Reader {
    /// Checks the whole database: SQLite's own structures and indexes, every entry's sums, and that no log has a gap.
    /// It sees the database as it is at one moment, also while a server writes.
    ///
    /// # Errors
    /// When the file cannot be read at all.
    pub fn verify(&self) -> Result<VerifyReport, ReadError> {
        Ok(self.verify_rows()?)
    }

    fn verify_rows(&self) -> rusqlite::Result<VerifyReport> {
        let mut report = VerifyReport::default();
        let mut check = self.connection.prepare("PRAGMA integrity_check")?;
        for line in check.query_map([], |row| row.get::<_, String>(0))? {
            match line?.as_str() {
                "ok" => {}
                found => report.fault(format!("SQLite finds: {found}")),
            }
        }
        let mut sums = Sums::default();
        let sql = format!("SELECT {COLUMNS} FROM entry ORDER BY position");
        let mut select = self.connection.prepare(&sql)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let row = Kept::read(row)?;
            let whole = sums.check(&self.connection, &row)?;
            report.take(&row, whole);
        }
        self.verify_derived(&mut report)?;
        let sql = "SELECT position FROM checkpoint WHERE position > ?1";
        let ahead = self.connection.query_row(sql, [integer(report.last.0)], |row| row.get::<_, i64>(0));
        if let Some(ahead) = ahead.optional()? {
            let last = report.last.0;
            report.fault(format!("the entries end at position {last}, and there were {ahead} once"));
        }
        Ok(report)
    }

    /// Whether the entries bear out what was derived from them, which has no sums of its own.
    fn verify_derived(&self, report: &mut VerifyReport) -> rusqlite::Result<()> {
        let signs = "SELECT log, seq, target, emoji, person FROM sign";
        let edits = "SELECT log, seq, target, NULL, NULL FROM edit";
        for (sql, what) in [(signs, "sign"), (edits, "edit")] {
            let mut select = self.connection.prepare(sql)?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
                let place = number(0).and_then(|log| Ok((LogId(log), Seq(number(1)?), Seq(number(2)?))));
                let Ok((log, seq, target)) = place else {
                    report.fault(format!("one row of the table of {what}s cannot be read"));
                    continue;
                };
                // An entry that is damaged is a fault of its own.
                let is_there = report.logs.get(&log).is_some_and(|log| seq <= log.head);
                let entry = self.entry(log, seq)?;
                let Some(Entry::Room(entry)) = entry.filter(|_| is_there) else {
                    if !is_there {
                        report.fault(format!(
                            "a {what} is said to be entry {} of log {}, which is none",
                            seq.0, log.0
                        ));
                    }
                    continue;
                };
                let is_borne_out = match &entry.act {
                    Act::Edited { target: of, .. } => what == "edit" && *of == target,
                    Act::Reacted { target: of, emoji, on: true } => {
                        *of == target
                            && row.get::<_, String>(3).is_ok_and(|sign| sign == *emoji)
                            && row.get::<_, i64>(4).is_ok_and(|person| integer(entry.person.0) == person)
                    }
                    _ => false,
                };
                if !is_borne_out {
                    report.fault(format!(
                        "entry {} of log {} is no {what} of entry {}",
                        seq.0, log.0, target.0
                    ));
                }
            }
        }
        Ok(())
    }
}
