//! A row of the table of entries as it lies on disk, checked against its sums.

use super::chain::{self, START, Sum};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, params};
use sala_core::entry::{LogId, Position, Seq};
use sala_core::mutant::planted;
use std::collections::BTreeMap;

/// What [`Kept::read`] reads, in its order.
pub(super) const COLUMNS: &str = "entry.position, entry.log, entry.seq, entry.salt, entry.digest, entry.sum, \
                                  entry.body, entry.erased, entry.spare";

/// A row as it lies on disk.
pub(super) struct Kept {
    pub(super) position: Position,
    pub(super) log: LogId,
    pub(super) seq: Seq,
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
    pub(super) sum: Vec<u8>,
    pub(super) body: Vec<u8>,
    /// The digest of what is left of the body, if something of it was erased.
    pub(super) erased: Option<Vec<u8>>,
    /// How many bytes the row has to spare.
    pub(super) spare: usize,
}

impl Kept {
    /// A value that is not of its column's type is read as the bytes that it has, or as none: the sums say whether they are
    /// right, and a bit that has turned over costs no other entry of the page.
    pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let number = |index| {
            let number = row.get_ref(index)?.as_i64().unwrap_or_default();
            Ok::<_, rusqlite::Error>(number.unsigned_abs())
        };
        let bytes = |index| Ok::<_, rusqlite::Error>(row.get_ref(index)?.as_bytes().unwrap_or_default());
        Ok(Kept {
            position: Position(number(0)?),
            log: LogId(number(1)?),
            seq: Seq(number(2)?),
            salt: bytes(3)?.to_vec(),
            digest: bytes(4)?.to_vec(),
            sum: bytes(5)?.to_vec(),
            body: bytes(6)?.to_vec(),
            erased: if row.get_ref(7)? == ValueRef::Null { None } else { Some(bytes(7)?.to_vec()) },
            spare: bytes(8)?.len(),
        })
    }

    /// Whether the content is as it was written, or as it was left when it was erased.
    pub(super) fn content_is_whole(&self) -> bool {
        match &self.erased {
            None => chain::digest(&self.salt, &self.body)[..] == self.digest[..],
            Some(erased) => chain::digest(&[], &self.body)[..] == erased[..],
        }
    }

    /// Whether the content and the header are whole, after the log's sum before it. Erasing changes neither digest nor
    /// sum, so the chain holds over erased rows as over others.
    fn is_whole(&self, before: &Sum) -> bool {
        let link = chain::link(before, self.position, self.log, self.seq, &self.digest);
        self.content_is_whole() && link[..] == self.sum[..]
    }

    /// The sum as the entry after this one has it before it; one that is not of the right size matches nothing.
    fn sum(&self) -> Sum {
        self.sum[..].try_into().unwrap_or(NO_SUM)
    }
}

/// What stands for a sum that is not there.
const NO_SUM: Sum = [0xFF; chain::SUM_BYTES];

/// The sums along which rows are checked: of each log, that of the row which was checked last.
#[derive(Default)]
pub(super) struct Sums(BTreeMap<LogId, (Seq, Sum)>);

impl Sums {
    /// Whether a row is whole. The sum before it is looked up, unless it is that of the row checked last.
    pub(super) fn check(&mut self, connection: &Connection, row: &Kept) -> rusqlite::Result<bool> {
        let before = match self.0.get(&row.log) {
            Some((seq, sum)) if seq.next() == row.seq => *sum,
            _ => sum_before(connection, row.log, row.seq)?,
        };
        self.0.insert(row.log, (row.seq, row.sum()));
        Ok(row.is_whole(&before) || planted("damage_served"))
    }
}

fn sum_before(connection: &Connection, log: LogId, seq: Seq) -> rusqlite::Result<Sum> {
    if seq.0 <= 1 {
        return Ok(START);
    }
    let mut select = connection.prepare_cached("SELECT sum FROM entry WHERE log = ?1 AND seq = ?2")?;
    let found = select
        .query_row(params![integer(log.0), integer(seq.before().0)], |row| row.get::<_, Vec<u8>>(0))
        .optional()?;
    Ok(found.and_then(|sum| sum[..].try_into().ok()).unwrap_or(NO_SUM))
}

/// SQLite's integers have a sign; no count here comes near the end of them.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).expect("no log has 2^63 entries")
}
