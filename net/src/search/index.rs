//! The index: takes entries in, and finds posts.

use super::words::expression;
use super::{Hit, Row, file};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Transaction, params};
use sala_core::entry::{Act, DirectoryEntry, Entry, LogId, Position, RoomEntry, Seq};
use sala_core::mutant::planted;
use sala_core::server::Query;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Posts that are taken out in one transaction. Each takes about a millisecond, since its words are really removed.
const REMOVED_MAX: usize = 256;

const DAY_MS: u64 = 24 * 3_600_000;

/// Where each word was said.
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    vfs: Option<String>,
    /// None while the file cannot be opened or made; then nothing is found.
    connection: Option<Connection>,
    taken: Taken,
}

/// The last entry that was taken in; position 0 before the first one.
#[derive(Clone, Debug, Default)]
struct Taken {
    position: Position,
    digest: Vec<u8>,
    /// What was taken out may lie about in the file.
    stale: bool,
}

/// Why entries were not taken in. Nothing is lost: those after [`Index::indexed`] can be taken in later.
#[derive(Debug, thiserror::Error)]
#[error("the index for searching cannot be written: {0}; new posts are not found until it can")]
pub struct Unwritten(String);

impl Index {
    /// Opens the index at `path`, through the named VFS if one is given. If there is none, or it is damaged or of another
    /// format, it is made anew. If it cannot be made, nothing is found until it can.
    #[must_use]
    pub fn open(path: &Path, vfs: Option<&str>) -> Self {
        let mut index = Index {
            path: path.to_owned(),
            vfs: vfs.map(str::to_owned),
            connection: None,
            taken: Taken::default(),
        };
        if let Err(error) = index.connect() {
            tracing::warn!(%error, "the index for searching cannot be opened");
        }
        index
    }

    /// The last entry that was taken in, and all before it. It goes back to 0 when the index is made anew.
    #[must_use]
    pub fn indexed(&self) -> Position {
        self.taken.position
    }

    /// Makes the index anew unless `row`, which the log has at [`indexed`](Self::indexed), is what was taken in there.
    /// After a backup was restored, the log may say something else.
    ///
    /// # Errors
    /// When it cannot be made anew.
    pub fn check(&mut self, row: Option<&Row>) -> Result<(), Unwritten> {
        if self.taken.position == Position(0) || row.is_some_and(|row| digest(row) == self.taken.digest) {
            return Ok(());
        }
        if row.is_none() {
            // A log ahead in which a byte has turned over ends there, as if it had been torn by a power cut: nothing in it
            // says that there was more.
            let position = self.taken.position.0;
            tracing::error!(
                position,
                "the log ends before an entry that it had: a backup was restored, or the disk has lost what it had flushed"
            );
        }
        tracing::warn!("the index for searching is of another log, and is made anew");
        self.make().map_err(|error| Unwritten(error.to_string()))
    }

    /// Takes in entries, which stand in rising order and are the next ones of all after [`indexed`](Self::indexed).
    ///
    /// Not all of them may be taken in, or none, when much is to be taken out: then the rest is to be given again.
    ///
    /// # Errors
    /// When the file cannot be written, and when it was damaged and is made anew.
    pub fn take(&mut self, rows: &[Row]) -> Result<(), Unwritten> {
        assert!(rows.is_sorted_by(|one, next| one.0 < next.0), "the log has an order");
        let taken = self.connect().and_then(|(connection, taken)| take(connection, taken, rows));
        self.taken = taken.map_err(|error| self.mended(&error))?;
        Ok(())
    }

    /// Whether words of posts that are gone may lie about in the file.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.taken.stale
    }

    /// Writes the whole file anew if words of posts that are gone may lie about in it. It takes as long as the file is
    /// large, so it is not done for each of them.
    ///
    /// # Errors
    /// As for `take`.
    pub fn scrub(&mut self) -> Result<(), Unwritten> {
        if self.taken.stale {
            let scrubbed = self.connect().and_then(|(connection, _)| file::scrub(connection));
            scrubbed.map_err(|error| self.mended(&error))?;
            self.taken.stale = false;
        }
        Ok(())
    }

    /// Finds posts, the newest first. It never finds a post in any room that is not given.
    pub fn search(&mut self, query: &Query) -> Vec<Hit> {
        use ErrorCode::{DatabaseCorrupt, NotADatabase, SystemIoFailure};
        let found = self.connect().and_then(|(connection, _)| search(connection, query));
        found.unwrap_or_else(|error| {
            tracing::warn!(%error, "a search failed");
            // Only these, so that nobody finds words that cost a whole index.
            if let Some(DatabaseCorrupt | NotADatabase | SystemIoFailure) = error.sqlite_error_code()
                && let Err(error) = self.make()
            {
                tracing::warn!(%error, "the index for searching cannot be made anew");
            }
            Vec::new()
        })
    }

    /// The connection, which is made if there is none, and what was taken in.
    fn connect(&mut self) -> rusqlite::Result<(&mut Connection, &Taken)> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let connection = file::open(&self.path, self.vfs.as_deref())?;
                let read = |row: &rusqlite::Row<'_>| {
                    let position = Position(row.get::<_, i64>(0)?.unsigned_abs());
                    Ok(Taken { position, digest: row.get(1)?, stale: row.get(2)? })
                };
                let sql = "SELECT position, digest, stale FROM taken";
                self.taken = connection.query_row(sql, [], read)?;
                connection
            }
        };
        Ok((self.connection.insert(connection), &self.taken))
    }

    /// Makes the index anew if it is to blame for this error.
    fn mended(&mut self, error: &rusqlite::Error) -> Unwritten {
        if !file::is_passing(error) {
            tracing::warn!(%error, "the index for searching is damaged, and is made anew");
            if let Err(error) = self.make() {
                return Unwritten(error.to_string());
            }
        }
        Unwritten(error.to_string())
    }

    fn make(&mut self) -> rusqlite::Result<()> {
        self.connection = None;
        self.taken = Taken::default();
        self.connection = Some(file::make(&self.path, self.vfs.as_deref())?);
        Ok(())
    }
}

fn digest((position, log, seq, body): &Row) -> Vec<u8> {
    let hash = Sha256::new()
        .chain_update(position.0.to_le_bytes())
        .chain_update(log.0.to_le_bytes())
        .chain_update(seq.0.to_le_bytes())
        .chain_update(body);
    hash.finalize().to_vec()
}

/// Takes in the first of these rows that were not taken in yet, and says what was taken in then.
fn take(connection: &mut Connection, before: &Taken, rows: &[Row]) -> rusqlite::Result<Taken> {
    let mut taken = before.clone();
    let rows = &rows[rows.partition_point(|row| row.0 <= taken.position)..];
    if rows.is_empty() {
        return Ok(taken);
    }
    let transaction = connection.transaction()?;
    let mut batch = Batch { transaction: &transaction, days: BTreeMap::new(), removed: 0 };
    let mut last = None;
    for row in rows {
        if batch.removed >= REMOVED_MAX || !batch.row(row)? {
            break;
        }
        last = Some(row);
    }
    taken.stale |= batch.removed > 0;
    batch.write_days()?;
    if let Some(row) = last {
        (taken.position, taken.digest) = (row.0, digest(row));
    }
    let sql = "UPDATE taken SET position = ?1, digest = ?2, stale = ?3";
    transaction.execute(sql, params![integer(taken.position.0), taken.digest, taken.stale])?;
    transaction.commit()?;
    Ok(taken)
}

/// What one transaction does.
struct Batch<'a> {
    transaction: &'a Transaction<'a>,
    /// Of each day, the first and the last position of the posts that were added.
    days: BTreeMap<u64, (Position, Position)>,
    /// How many posts were taken out or changed.
    removed: usize,
}

impl Batch<'_> {
    /// Whether the row is done with: what takes out many posts may be only begun.
    fn row(&mut self, (position, log, seq, body): &Row) -> rusqlite::Result<bool> {
        match Entry::decode(*log, *seq, body) {
            Ok(Entry::Room(RoomEntry { act: Act::Faded { upto }, .. })) => {
                return self.remove_upto(*log, upto);
            }
            Ok(Entry::Room(entry)) => self.room_entry(*position, *log, *seq, &entry)?,
            Ok(Entry::Directory(DirectoryEntry::Erased { person, .. })) => {
                return self.remove_all("person", person.0);
            }
            Ok(Entry::Directory(DirectoryEntry::RoomClosed { log, .. })) => {
                return self.remove_all("log", log.0);
            }
            Ok(Entry::Directory(_) | Entry::Personal(_)) => {}
            Err(error) => tracing::warn!(%error, "an entry is not searched"),
        }
        Ok(true)
    }

    fn room_entry(
        &mut self,
        position: Position,
        log: LogId,
        seq: Seq,
        entry: &RoomEntry,
    ) -> rusqlite::Result<()> {
        match &entry.act {
            // A text without a letter was erased before it came here.
            Act::Post(post) if post.text.is_empty() => Ok(()),
            Act::Post(post) => self.add(position, log, seq, entry, &post.text),
            Act::Edited { target, text } => self.replace(log, *target, text),
            Act::Deleted { .. } if planted("index_keeps_deleted") => Ok(()),
            Act::Deleted { target, .. } => self.replace(log, *target, ""),
            _ => Ok(()),
        }
    }

    fn add(
        &mut self,
        position: Position,
        log: LogId,
        seq: Seq,
        entry: &RoomEntry,
        text: &str,
    ) -> rusqlite::Result<()> {
        let sql = "INSERT INTO post(position, log, seq, at) VALUES(?1, ?2, ?3, ?4)";
        let mut insert = self.transaction.prepare_cached(sql)?;
        insert.execute([integer(position.0), integer(log.0), integer(seq.0), integer(entry.at.0)])?;
        let sql = "INSERT INTO words(rowid, text, log, person) VALUES(?1, ?2, ?3, ?4)";
        let mut insert = self.transaction.prepare_cached(sql)?;
        insert.execute(params![integer(position.0), text, integer(log.0), integer(entry.person.0)])?;
        let span = self.days.entry(entry.at.0 / DAY_MS).or_insert((position, position));
        span.1 = position;
        Ok(())
    }

    /// Gives a post another text, or takes it out if that is empty.
    fn replace(&mut self, log: LogId, target: Seq, text: &str) -> rusqlite::Result<()> {
        let mut select =
            self.transaction.prepare_cached("SELECT position FROM post WHERE log = ?1 AND seq = ?2")?;
        let found = select.query_row([integer(log.0), integer(target.0)], |row| row.get(0)).optional()?;
        let Some(position) = found else { return Ok(()) };
        if text.is_empty() {
            return self.remove(position);
        }
        let mut update = self.transaction.prepare_cached("UPDATE words SET text = ?2 WHERE rowid = ?1")?;
        update.execute(params![position, text])?;
        self.removed += 1;
        Ok(())
    }

    fn remove(&mut self, position: i64) -> rusqlite::Result<()> {
        self.transaction.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([position])?;
        self.transaction.prepare_cached("DELETE FROM post WHERE position = ?1")?.execute([position])?;
        self.removed += 1;
        Ok(())
    }

    /// Takes out posts that have this number in a column, and says whether that were all.
    fn remove_all(&mut self, column: &str, number: u64) -> rusqlite::Result<bool> {
        let room = REMOVED_MAX - self.removed;
        let sql = "SELECT rowid FROM words WHERE words MATCH ?1 LIMIT ?2";
        let mut select = self.transaction.prepare_cached(sql)?;
        let expression = format!("{column} : \"{number}\"");
        let found = select.query_map(params![expression, integer(room as u64)], |row| row.get(0))?;
        let found = found.collect::<Result<Vec<i64>, _>>()?;
        for position in &found {
            self.remove(*position)?;
        }
        Ok(found.len() < room)
    }

    /// Takes out the posts of a room up to a place, and says whether that were all.
    fn remove_upto(&mut self, log: LogId, upto: Seq) -> rusqlite::Result<bool> {
        let room = REMOVED_MAX - self.removed;
        let sql = "SELECT position FROM post WHERE log = ?1 AND seq <= ?2 LIMIT ?3";
        let mut select = self.transaction.prepare_cached(sql)?;
        let place = [integer(log.0), integer(upto.0), integer(room as u64)];
        let found = select.query_map(place, |row| row.get(0))?;
        let found = found.collect::<Result<Vec<i64>, _>>()?;
        for position in &found {
            self.remove(*position)?;
        }
        Ok(found.len() < room)
    }

    fn write_days(self) -> rusqlite::Result<()> {
        let sql = "INSERT INTO day(day, first, last) VALUES(?1, ?2, ?3)
                   ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)";
        let mut widen = self.transaction.prepare_cached(sql)?;
        for (day, (first, last)) in self.days {
            widen.execute([integer(day), integer(first.0), integer(last.0)])?;
        }
        Ok(())
    }
}

fn search(connection: &Connection, query: &Query) -> rusqlite::Result<Vec<Hit>> {
    let Some(expression) = expression(&query.words, &query.logs, query.author) else { return Ok(Vec::new()) };
    let since = query.since.map_or(0, |since| since.0);
    let until = query.until.map_or(u64::MAX, |until| until.0);
    let mut first = 1;
    let mut last = query.before.map_or(i64::MAX, |before| integer(before.0.saturating_sub(1)));
    // FTS5 knows nothing of times, but leaps to positions.
    if query.since.is_some() || query.until.is_some() {
        let sql =
            "SELECT coalesce(min(first), 1), coalesce(max(last), 0) FROM day WHERE day BETWEEN ?1 AND ?2";
        let mut select = connection.prepare_cached(sql)?;
        let days = [integer(since / DAY_MS), integer(until / DAY_MS)];
        let (low, high) = select.query_row(days, |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
        (first, last) = (low, last.min(high));
    }
    // The order of the join is given, since only FTS5 has the posts in order without sorting them all.
    let mut select = connection.prepare_cached(
        "SELECT post.position, post.log, post.seq FROM words CROSS JOIN post ON post.position = words.rowid
         WHERE words MATCH ?1 AND words.rowid BETWEEN ?2 AND ?3 AND post.at >= ?4 AND post.at < ?5
         ORDER BY words.rowid DESC LIMIT ?6",
    )?;
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let found =
        select.query_map(params![expression, first, last, integer(since), integer(until), limit], |row| {
            let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
            Ok(Hit { position: Position(number(0)?), log: LogId(number(1)?), seq: Seq(number(2)?) })
        })?;
    let mut hits = found.collect::<Result<Vec<_>, _>>()?;
    // The words that name the rooms and the rooms themselves lie in different places of the file: damage to one of them
    // must not show a room to a stranger.
    hits.retain(|hit| query.logs.contains(&hit.log));
    Ok(hits)
}

/// SQLite's integers have a sign. No place comes near the end of them; a time that somebody asks for may.
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
