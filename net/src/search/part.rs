//! A part of the index: the words of the posts in one stretch of positions, in a table of their own.
//!
//! So what the beginning of a word has to gather is bounded, and so is what is merged, swept, and summed at once. Of a post
//! a part holds its words alone, without the text: where it stands, who said it and when, the log knows.

use super::words::token_of;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Statement, params};
use sala_core::entry::{LogId, PersonId, Position};
use sha2::{Digest as _, Sha256};

/// A part has two to the power of this positions.
const PART_BITS: u32 = 18;

/// What is made of a text.
pub(super) const TOKENIZER: &str = "tokenize='unicode61 remove_diacritics 2'";

/// A part by its number, which rises with the positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part(pub(super) i64);

/// What follows a beginning in a part.
pub(super) enum Beginnings {
    /// All tokens that begin so.
    All(Vec<String>),
    /// There are too many to name.
    Many,
}

impl Part {
    /// The part in which this position is.
    pub(super) fn of(position: Position) -> Self {
        Part(integer(position.0 >> PART_BITS))
    }

    /// The last position before it.
    pub(super) fn before(self) -> Position {
        Position((self.0.unsigned_abs() << PART_BITS).saturating_sub(1))
    }

    fn table(self) -> String {
        format!("words_{}", self.0)
    }

    fn definition(table: &str) -> String {
        format!(
            "CREATE VIRTUAL TABLE \"{table}\" USING fts5(text, log, person, content='', contentless_delete=1, {TOKENIZER})"
        )
    }

    /// Makes its tables.
    pub(super) fn create(self, connection: &Connection) -> rusqlite::Result<()> {
        let table = self.table();
        connection.execute_batch(&format!(
            "{}; CREATE VIRTUAL TABLE \"terms_{}\" USING fts5vocab('{table}', 'instance');",
            Part::definition(&table),
            self.0,
        ))?;
        // Measured: a fourth less time for what is added. Each batch is written as one, and merged with others less often.
        for (name, value) in [("hashsize", 4 << 20), ("automerge", 8)] {
            connection.execute(
                &format!("INSERT INTO \"{table}\"(\"{table}\", rank) VALUES(?1, ?2)"),
                params![name, value],
            )?;
        }
        Ok(())
    }

    pub(super) fn drop(self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(&format!(
            "DROP TABLE \"terms_{}\"; DROP TABLE \"{}\";",
            self.0,
            self.table()
        ))
    }

    /// The way to add posts to it that it does not hold.
    pub(super) fn adding(self, connection: &Connection) -> rusqlite::Result<Adding<'_>> {
        let sql =
            format!("INSERT INTO \"{}\"(rowid, text, log, person) VALUES(?1, ?2, ?3, ?4)", self.table());
        Ok(Adding { part: self, insert: connection.prepare(&sql)? })
    }

    /// Gives the post at this position other words, or words if it has none.
    pub(super) fn put(
        self,
        connection: &Connection,
        position: i64,
        text: &str,
        log: LogId,
        person: PersonId,
    ) -> rusqlite::Result<()> {
        let sql =
            format!("REPLACE INTO \"{}\"(rowid, text, log, person) VALUES(?1, ?2, ?3, ?4)", self.table());
        let mut put = connection.prepare_cached(&sql)?;
        put.execute(params![position, text, token_of(log.0), token_of(person.0)])?;
        Ok(())
    }

    pub(super) fn remove(self, connection: &Connection, position: i64) -> rusqlite::Result<()> {
        let sql = format!("DELETE FROM \"{}\" WHERE rowid = ?1", self.table());
        connection.prepare_cached(&sql)?.execute([position])?;
        Ok(())
    }

    /// Gives the positions up to `last` of what is meant, the newest first, until `each` has had enough.
    pub(super) fn find<E: From<rusqlite::Error>>(
        self,
        connection: &Connection,
        expression: &str,
        (first, last): (i64, i64),
        mut each: impl FnMut(i64) -> Result<bool, E>,
    ) -> Result<(), E> {
        let table = self.table();
        let sql = format!(
            "SELECT rowid FROM \"{table}\" WHERE \"{table}\" MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid DESC"
        );
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query(params![expression, first, last])?;
        while let Some(row) = rows.next()? {
            if !each(row.get(0)?)? {
                break;
            }
        }
        Ok(())
    }

    /// Whether anything is as meant.
    pub(super) fn has(self, connection: &Connection, expression: &str) -> rusqlite::Result<bool> {
        let table = self.table();
        let sql = format!("SELECT 1 FROM \"{table}\" WHERE \"{table}\" MATCH ?1 LIMIT 1");
        connection.prepare_cached(&sql)?.exists([expression])
    }

    /// The tokens that begin with this one, at most so many.
    ///
    /// FTS5 would gather all places of all of them before it gives the newest. This leaps from token to token.
    pub(super) fn beginnings(
        self,
        connection: &Connection,
        token: &str,
        most: usize,
    ) -> rusqlite::Result<Beginnings> {
        let sql = format!("SELECT term FROM \"terms_{}\" WHERE term >= ?1 LIMIT 1", self.0);
        let mut select = connection.prepare_cached(&sql)?;
        let (mut found, mut from) = (Vec::new(), token.to_owned());
        loop {
            let term: Option<String> = select.query_row([&from], |row| row.get(0)).optional()?;
            let Some(term) = term.filter(|term| term.starts_with(token)) else {
                return Ok(Beginnings::All(found));
            };
            if found.len() == most {
                return Ok(Beginnings::Many);
            }
            // No token has such a sign, so this is the next one after it.
            from = format!("{term}\u{1}");
            found.push(term);
        }
    }

    /// Merges it, for a part to which nothing is added any more.
    pub(super) fn merge(self, connection: &Connection) -> rusqlite::Result<()> {
        let table = self.table();
        connection.execute_batch(&format!("INSERT INTO \"{table}\"(\"{table}\") VALUES('optimize')"))
    }

    /// Writes it anew, so that nothing is in the file but what it holds, in two transactions.
    ///
    /// FTS5 marks what is taken out, and takes it out when it merges; and `secure_delete` overwrites what is taken out, but
    /// not the copies that SQLite leaves in the gap of a page when it moves content from one page to the next. Of a table
    /// that is dropped, whole pages are overwritten.
    pub(super) fn scrub(self, connection: &Connection) -> rusqlite::Result<()> {
        let merging = connection.unchecked_transaction()?;
        self.merge(&merging)?;
        // It holds the same and lies there otherwise: whoever dies before the second one must find it whole.
        self.seal(&merging)?;
        merging.commit()?;
        let table = self.table();
        let mut sql = format!("{};", Part::definition("scrubbed"));
        for shadow in SHADOWS {
            sql += &format!(
                "DELETE FROM \"scrubbed_{shadow}\";
                 INSERT INTO \"scrubbed_{shadow}\" SELECT * FROM \"{table}_{shadow}\";"
            );
        }
        sql += &format!("DROP TABLE \"{table}\"; ALTER TABLE \"scrubbed\" RENAME TO \"{table}\";");
        let transaction = connection.unchecked_transaction()?;
        transaction.execute_batch(&sql)?;
        self.seal(&transaction)?;
        transaction.execute("UPDATE part SET stale = 0 WHERE number = ?1", [self.0])?;
        transaction.commit()
    }

    /// Keeps the sum of all that it holds.
    pub(super) fn seal(self, connection: &Connection) -> rusqlite::Result<()> {
        // FTS5 holds back what a transaction adds up to its end.
        let table = self.table();
        connection.execute_batch(&format!("INSERT INTO \"{table}\"(\"{table}\") VALUES('flush')"))?;
        let sum = self.sum(connection)?;
        connection.execute("UPDATE part SET sum = ?2 WHERE number = ?1", params![self.0, sum])?;
        Ok(())
    }

    /// Whether it is as it was made, and holds what it held when it was sealed.
    pub(super) fn is_whole(self, connection: &Connection, sum: &[u8]) -> rusqlite::Result<bool> {
        let sql = "SELECT sql FROM sqlite_schema WHERE name = ?1";
        let made: Option<String> = connection.query_row(sql, [self.table()], |row| row.get(0)).optional()?;
        Ok(made == Some(Part::definition(&self.table())) && self.sum(connection)? == sum)
    }

    /// Of all its rows. Of those that say when a post came there are as many as posts, and each is two small numbers: they
    /// are added up.
    fn sum(self, connection: &Connection) -> rusqlite::Result<Vec<u8>> {
        let (mut hash, table) = (Sha256::new(), self.table());
        for rows in [
            format!("SELECT id, block FROM \"{table}_data\""),
            format!("SELECT segid, term, pgno FROM \"{table}_idx\""),
            format!("SELECT k, v FROM \"{table}_config\""),
            format!(
                "SELECT count(*), sum(id), sum(origin), sum(id % 65536 * origin) FROM \"{table}_docsize\""
            ),
        ] {
            let mut select = connection.prepare(&rows)?;
            let columns = select.column_count();
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                for column in 0..columns {
                    match row.get_ref(column)? {
                        ValueRef::Integer(number) => hash.update(number.to_le_bytes()),
                        value => {
                            let bytes = value.as_bytes_or_null()?.unwrap_or_default();
                            hash.update(bytes.len().to_le_bytes());
                            hash.update(bytes);
                        }
                    }
                }
            }
        }
        Ok(hash.finalize().to_vec())
    }
}

/// Adds posts to a part.
pub(super) struct Adding<'a> {
    pub(super) part: Part,
    insert: Statement<'a>,
}

impl Adding<'_> {
    /// Takes in the words of a post that the part does not hold. FTS5 would not notice one that it holds, and keep its words
    /// twice: nothing is taken twice, since what was taken stands in the same transaction.
    pub(super) fn add(
        &mut self,
        position: Position,
        text: &str,
        log: LogId,
        person: PersonId,
    ) -> rusqlite::Result<()> {
        self.insert.execute(params![integer(position.0), text, token_of(log.0), token_of(person.0)])?;
        Ok(())
    }
}

/// The tables in which FTS5 keeps one of such.
const SHADOWS: [&str; 4] = ["data", "idx", "docsize", "config"];

/// SQLite's integers have a sign. No place comes near the end of them; a time that somebody asks for may.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
