//! Reads of the database, each entry checked against its sums.

use super::kept::{COLUMNS, Kept, Sums, integer};
use super::open::{self, OpenError};
use super::{Range, ReadError, Stretch};
use rusqlite::{Connection, OptionalExtension as _, Params, params};
use sala_core::entry::{Act, Entry, LogId, PersonId, Position, RoomEntry, Seq};
use sala_core::limits::{PAGE_BYTES_MAX, PAGE_ENTRIES_MAX};
use sala_core::server;
use std::path::Path;

/// A connection that only reads.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
}

/// Places of a log in rising order, each with what it says unless that is damaged.
pub(super) type Places = Vec<(Seq, Option<Vec<u8>>)>;

/// Missing rows that are named one by one; more than a page has entries is more than anybody asked for.
const MISSING_MAX: usize = PAGE_ENTRIES_MAX;

/// Rows that are read each for itself around one that is malformed: few enough to stay within `PAGE_BYTES_MAX`.
const ONE_BY_ONE_MAX: usize = 8;

impl Reader {
    /// Opens the database at `path`, through the named VFS if one is given. It must exist.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, vfs: Option<&str>) -> Result<Self, OpenError> {
        Ok(Reader { connection: open::open_reader(path, vfs)? })
    }

    /// Reads a part of a log: at most `limit` entries, and no more once `PAGE_BYTES_MAX` bytes are read.
    ///
    /// # Errors
    /// When the file cannot be read; damaged entries are reported in the stretch.
    pub fn read(&self, log: LogId, range: Range, limit: usize) -> Result<Stretch, ReadError> {
        let (places, more) = self.places(log, range, limit)?;
        Ok(Stretch::of(places, more))
    }

    pub(super) fn places(&self, log: LogId, range: Range, limit: usize) -> rusqlite::Result<(Places, bool)> {
        let (order, low, high) = match range {
            Range::After(after, upto) => ("ASC", after.next(), upto),
            Range::Before(before) => ("DESC", Seq(1), before.before()),
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM entry WHERE log = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq {order}"
        );
        let values = params![integer(log.0), integer(low.0), integer(high.0)];
        let (mut kept, mut more) = match self.page_of_rows(&sql, values, limit) {
            Err(error) if is_damage(&error) => return self.places_one_by_one(log, range, limit),
            read => read?,
        };
        if order == "DESC" {
            kept.reverse();
        }
        // A row that is not there at all is damage as well, up to the ends of what was asked for; of these, one is open if
        // there are further rows.
        let (first, last) = (kept.first().map(|row| row.seq), kept.last().map(|row| row.seq));
        let (low, high) = match range {
            Range::After(..) if more => (low, last.unwrap_or(low)),
            Range::Before(_) if more => (first.unwrap_or(high), high),
            Range::After(..) => (low, high),
            Range::Before(_) => {
                let first = first.unwrap_or(high.next());
                let lowest = Seq(first.0.saturating_sub(MISSING_MAX as u64)).max(low);
                more = lowest > low;
                (lowest, high)
            }
        };
        let (mut next, mut places, mut sums) = (low, Places::new(), Sums::default());
        let missing = |from: u64, end: u64| (from..end).map(|seq| (Seq(seq), None));
        let end = high.next();
        for row in kept.into_iter().map(Some).chain([None]) {
            let at = row.as_ref().map_or(end, |row| row.seq);
            // A broken index may give a row twice.
            if at < next {
                continue;
            }
            // Of a wide hole, as much is named as may be at once: the page ends there, and the next one goes on.
            match range {
                _ if at.0 - next.0 <= MISSING_MAX as u64 => places.extend(missing(next.0, at.0)),
                Range::After(..) => {
                    places.extend(missing(next.0, next.0 + MISSING_MAX as u64));
                    return Ok((places, true));
                }
                Range::Before(_) => {
                    more = true;
                    places.clear();
                    places.extend(missing(at.0 - MISSING_MAX as u64, at.0));
                }
            }
            let Some(row) = row else { break };
            next = row.seq.next();
            let whole = sums.check(&self.connection, &row)?;
            places.push((row.seq, whole.then_some(row.body)));
        }
        Ok((places, more))
    }

    /// Reads rows each for itself, where SQLite finds one of them malformed: the others stay readable.
    fn places_one_by_one(&self, log: LogId, range: Range, limit: usize) -> rusqlite::Result<(Places, bool)> {
        let most = limit.min(ONE_BY_ONE_MAX) as u64;
        let (low, high, more) = match range {
            Range::After(after, upto) => {
                let last = Seq(after.0.saturating_add(most)).min(upto);
                (after.next(), last, last < upto)
            }
            Range::Before(before) => {
                let first = Seq(before.0.saturating_sub(most)).max(Seq(1));
                (first, before.before(), first > Seq(1))
            }
        };
        let mut places = Places::new();
        for seq in (low.0..=high.0).map(Seq) {
            let row = match self.row(log, seq) {
                Err(error) if is_damage(&error) => None,
                row => row?,
            };
            let whole = row.map(|row| Ok((Sums::default().check(&self.connection, &row)?, row.body)));
            let whole: Option<(bool, Vec<u8>)> = whole
                .transpose()
                .or_else(|error: rusqlite::Error| if is_damage(&error) { Ok(None) } else { Err(error) })?;
            places.push((seq, whole.and_then(|(whole, body)| whole.then_some(body))));
        }
        Ok((places, more))
    }

    /// Rows up to a page's bounds, and whether there are further ones.
    fn page_of_rows(
        &self,
        sql: &str,
        values: impl Params,
        limit: usize,
    ) -> rusqlite::Result<(Vec<Kept>, bool)> {
        let mut select = self.connection.prepare_cached(sql)?;
        let mut rows = select.query(values)?;
        let (mut kept, mut bytes): (Vec<Kept>, usize) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let row = Kept::read(row)?;
            if kept.len() == limit || (bytes > 0 && bytes + row.body.len() > PAGE_BYTES_MAX) {
                return Ok((kept, true));
            }
            bytes += row.body.len();
            kept.push(row);
        }
        Ok((kept, false))
    }

    /// Reads the newest entries of a room before that seq that belong in the account of who did what to whom: in rising
    /// order, and bounded as by [`read`](Reader::read).
    ///
    /// # Errors
    /// As for `read`.
    pub fn audit(&self, log: LogId, before: Seq, limit: usize) -> Result<Stretch, ReadError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM entry INDEXED BY entry_audit
             WHERE log = ?1 AND audit = 1 AND seq < ?2 ORDER BY seq DESC"
        );
        let before = params![integer(log.0), integer(before.0)];
        let (mut kept, more) = self.page_of_rows(&sql, before, limit)?;
        kept.reverse();
        self.stretch(kept, more)
    }

    /// Reads a post and the entries that gave it other words, as they were written: bounded as by
    /// [`read`](Reader::read), the oldest first, from behind `after` on if that is given.
    ///
    /// # Errors
    /// As for `read`.
    pub fn versions(&self, log: LogId, target: Seq, after: Option<Seq>) -> Result<Stretch, ReadError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM entry WHERE log = ?1 AND seq IN
             (SELECT ?2 UNION ALL SELECT seq FROM edit WHERE log = ?1 AND target = ?2)
             AND seq > ?3 ORDER BY seq"
        );
        let place = params![integer(log.0), integer(target.0), integer(after.unwrap_or_default().0)];
        let (mut kept, more) = self.page_of_rows(&sql, place, PAGE_ENTRIES_MAX)?;
        // What the table of edits says counts only as far as the entries bear it out.
        kept.retain(|row| match Entry::decode(log, row.seq, &row.body) {
            Ok(Entry::Room(RoomEntry { act: Act::Edited { target: of, .. }, .. })) => of == target,
            Ok(_) => row.seq == target,
            Err(_) => true,
        });
        self.stretch(kept, more)
    }

    /// Rows of one log, between which others may stand.
    fn stretch(&self, kept: Vec<Kept>, more: bool) -> Result<Stretch, ReadError> {
        let mut sums = Sums::default();
        let checked = kept.into_iter().map(|row| {
            let whole = sums.check(&self.connection, &row)?;
            Ok((row.seq, whole.then_some(row.body)))
        });
        Ok(Stretch::of(checked.collect::<rusqlite::Result<Places>>()?, more))
    }

    /// Who said the post that stands there. None if none does, or it is damaged.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn author(&self, log: LogId, seq: Seq) -> Result<Option<PersonId>, ReadError> {
        Ok(match self.entry(log, seq)? {
            Some(Entry::Room(RoomEntry { person, act: Act::Post(_), .. })) => Some(person),
            _ => None,
        })
    }

    /// The entry that stands there, if it is whole.
    pub(super) fn entry(&self, log: LogId, seq: Seq) -> rusqlite::Result<Option<Entry>> {
        let Some(row) = self.row(log, seq)? else { return Ok(None) };
        let whole = Sums::default().check(&self.connection, &row)?;
        Ok(Entry::decode(log, seq, &row.body).ok().filter(|_| whole))
    }

    fn row(&self, log: LogId, seq: Seq) -> rusqlite::Result<Option<Kept>> {
        let sql = format!("SELECT {COLUMNS} FROM entry WHERE log = ?1 AND seq = ?2");
        let mut select = self.connection.prepare_cached(&sql)?;
        select.query_row(params![integer(log.0), integer(seq.0)], Kept::read).optional()
    }

    /// The sum of the entry at this position: it stays when the entry is erased, and no other log has it there.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn sum(&self, position: Position) -> Result<Option<Vec<u8>>, ReadError> {
        let mut select = self.connection.prepare_cached("SELECT sum FROM entry WHERE position = ?1")?;
        Ok(select.query_row([integer(position.0)], |row| row.get(0)).optional()?)
    }

    /// The last entry of a log up to this seq: its seq, and its place in the order of all entries.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_upto(&self, log: LogId, seq: Seq) -> Result<Option<(Seq, Position)>, ReadError> {
        let sql = "SELECT seq, position FROM entry WHERE log = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 1";
        let place = |row: &rusqlite::Row<'_>| {
            let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
            Ok((Seq(number(0)?), Position(number(1)?)))
        };
        let mut select = self.connection.prepare_cached(sql)?;
        Ok(select.query_row(params![integer(log.0), integer(seq.0)], place).optional()?)
    }

    /// The entry at this position, and its place in its log. None if there is none, or it is damaged.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn at(&self, position: Position) -> Result<Option<(LogId, Seq, Entry)>, ReadError> {
        let sql = format!("SELECT {COLUMNS} FROM entry WHERE position = ?1");
        let mut select = self.connection.prepare_cached(&sql)?;
        let row = select.query_row([integer(position.0)], Kept::read).optional()?;
        let Some(row) = row.filter(|row| row.position == position) else { return Ok(None) };
        let whole = Sums::default().check(&self.connection, &row)?;
        let entry = Entry::decode(row.log, row.seq, &row.body).ok().filter(|_| whole);
        Ok(entry.map(|entry| (row.log, row.seq, entry)))
    }

    /// Reads what somebody has written, but for what he has in others' own logs (he must not learn from it what came
    /// to them), after a place in the order of all entries: at most `limit` entries, and
    /// no more once `PAGE_BYTES_MAX` bytes are read. Damaged ones are left out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn written_by(
        &self,
        person: PersonId,
        after: Position,
        limit: usize,
    ) -> Result<server::Stretch, ReadError> {
        // The stretches come in their order, since each makes the next, and so do the rows: a cross join keeps the order of
        // its tables. To be told to sort them, SQLite would have to read all before the first.
        let sql = format!(
            "WITH RECURSIVE stretch(number) AS (
                 SELECT ?2 >> 10 UNION ALL
                 SELECT number + 1 FROM stretch WHERE number < (SELECT max(position) >> 10 FROM entry)
             )
             SELECT {COLUMNS} FROM stretch CROSS JOIN entry INDEXED BY entry_person
             WHERE position >> 10 = number AND person = ?1 AND person > 0 AND position > ?2
                 AND (log < ?3 OR log = ?4)"
        );
        let [others, own] = [PersonId(0), person].map(|person| integer(LogId::personal(person).0));
        let mut written =
            self.whole_rows(&sql, params![integer(person.0), integer(after.0), others, own], limit)?;
        // An index that is damaged may give the rows of somebody else, who is the last to want that.
        written.rows.retain(|(_, log, seq, body)| {
            let is_his = Entry::decode(*log, *seq, body).is_ok_and(|entry| entry.person() == person);
            if !is_his {
                tracing::error!(
                    log = log.0,
                    seq = seq.0,
                    "an index is damaged: it has an entry as somebody else's"
                );
            }
            is_his
        });
        Ok(written)
    }

    /// Reads all logs together after a place in their one order, bounded as by [`written_by`](Reader::written_by).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn after(&self, position: Position, limit: usize) -> Result<server::Stretch, ReadError> {
        let sql = format!("SELECT {COLUMNS} FROM entry WHERE position > ?1 ORDER BY position");
        self.whole_rows(&sql, params![integer(position.0)], limit)
    }

    /// Rows of any logs. What is damaged counts for nothing, so that nobody who reads on from the last row stays where
    /// he is.
    fn whole_rows(&self, sql: &str, values: impl Params, limit: usize) -> Result<server::Stretch, ReadError> {
        let mut select = self.connection.prepare_cached(sql)?;
        let mut rows = select.query(values)?;
        let (mut found, mut bytes, mut sums) = (server::Stretch::default(), 0, Sums::default());
        while let Some(row) = rows.next()? {
            let row = Kept::read(row)?;
            if !sums.check(&self.connection, &row)? {
                continue;
            }
            if found.rows.len() == limit || (bytes > 0 && bytes + row.body.len() > PAGE_BYTES_MAX) {
                found.more = true;
                break;
            }
            bytes += row.body.len();
            found.rows.push((row.position, row.log, row.seq, row.body));
        }
        Ok(found)
    }
}

impl Stretch {
    pub(super) fn of(places: Places, more: bool) -> Self {
        let mut stretch = Stretch { more, ..Stretch::default() };
        for (seq, body) in places {
            match body {
                Some(body) => stretch.entries.push((seq, body)),
                None => stretch.damaged.push(seq),
            }
        }
        stretch
    }
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        if is_damage(&error) {
            let helps = "`sala-server verify` says what is, and a backup of the data folder helps";
            return ReadError(format!("the database is damaged ({error}); {helps}"));
        }
        ReadError(error.to_string())
    }
}

/// Whether SQLite says that what lies there cannot be so.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}
