//! The tables of a database.

use rusqlite::Connection;
use sala_core::entry::Position;
use std::sync::OnceLock;

/// The version of the tables that this program writes.
pub(super) const VERSION: i64 = 3;

/// Zeros that each row has to spare. A row whose person is erased may have a longer name than it had; and where rows
/// grow, SQLite moves others within their page and leaves copies of them in its free space, which no erasure finds
/// later, in spite of `secure_delete` (of 1,000 posts between which as many rows grew by eight bytes, one to seven had
/// such a copy, in each of 12 runs). So an erased row gives up of this what it needs, and none ever grows.
pub(super) const SPARE: [u8; 20] = [0; 20];

pub(super) const TABLES: &str = "
    CREATE TABLE entry(
        position INTEGER PRIMARY KEY,      -- in the one order of all logs
        log INTEGER NOT NULL,              -- 0 is the directory
        seq INTEGER NOT NULL,              -- in its log, without a gap
        salt BLOB NOT NULL,                -- makes the digest of an erased body useless for guessing it; then empty
        digest BLOB NOT NULL,              -- of salt and body, as they were written
        sum BLOB NOT NULL,                 -- of the log's sum before, position, log, seq and digest
        person INTEGER NOT NULL,           -- whose content it holds; 0 if nobody's
        audit INTEGER NOT NULL,            -- 1 if it belongs in a room's account of who did what to whom
        erased BLOB,                       -- the digest of what is left of the body, if something of it was erased
        spare BLOB NOT NULL,               -- zeros, so that the row never grows
        body BLOB NOT NULL                 -- one JSON object
    ) STRICT;
    -- The entries that gave a post other words.
    CREATE TABLE edit(
        log INTEGER NOT NULL,
        target INTEGER NOT NULL,           -- the post's seq
        seq INTEGER NOT NULL,
        PRIMARY KEY(log, target, seq)
    ) STRICT, WITHOUT ROWID;
    -- The signs that stand at posts. Names are not among it: rows that are put between others are copied about.
    CREATE TABLE sign(
        log INTEGER NOT NULL,
        target INTEGER NOT NULL,           -- the post's seq
        emoji TEXT NOT NULL,
        person INTEGER NOT NULL,
        seq INTEGER NOT NULL,              -- the entry that put it there, which says the person's name
        PRIMARY KEY(log, target, emoji, person)
    ) STRICT, WITHOUT ROWID;";

/// Made once the table of entries is filled, which is faster.
///
/// What each person wrote is found by stretches of 1,024 positions: whoever looks for it looks into each of them, which
/// takes tens of milliseconds for ten million entries and is done when somebody is erased or asks for all that is his. By
/// person alone, what a hundred people say in one batch would change a hundred pages of the index, each of which is written
/// and flushed with it; this way it is three or four.
pub(super) const INDEXES: &str = "
    CREATE UNIQUE INDEX entry_place ON entry(log, seq);
    CREATE INDEX entry_person ON entry(position >> 10, person) WHERE person > 0;
    CREATE INDEX entry_audit ON entry(log, seq) WHERE audit = 1;
    CREATE UNIQUE INDEX edit_place ON edit(log, seq);";

/// The same in every format so far.
pub(super) const CHECKPOINT: &str = "
    CREATE TABLE checkpoint(
        one INTEGER PRIMARY KEY CHECK(one = 1),
        position INTEGER NOT NULL,
        digest BLOB NOT NULL,
        state BLOB NOT NULL
    ) STRICT;";

/// The indexes of format 2, of which one was otherwise.
pub(super) const INDEXES_BEFORE: [&str; 4] = ["entry_place", "entry_person", "entry_audit", "edit_place"];

/// A position belongs to the stretch of this number.
pub(super) fn stretch_of(position: Position) -> u64 {
    position.0 >> 10
}

/// Puts one row into the table of entries.
pub(super) const INSERT: &str =
    "INSERT INTO entry(position, log, seq, salt, digest, sum, person, audit, spare, body)
    VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// Whether the tables and indexes are those that this program makes. One letter that turns over in what a database says
/// of itself, and an index leaves out what it should hold, or columns change places: SQLite would believe it, and so would
/// its own check.
pub(super) fn is_as_made(connection: &Connection) -> rusqlite::Result<bool> {
    static MADE: OnceLock<Vec<String>> = OnceLock::new();
    let made = match MADE.get() {
        Some(made) => made,
        None => {
            let new = Connection::open_in_memory()?;
            new.execute_batch(&[TABLES, CHECKPOINT, INDEXES].concat())?;
            MADE.get_or_init(|| shape(&new).unwrap_or_default())
        }
    };
    Ok(shape(connection)? == *made)
}

/// What a database says that it holds, without the words that are for people.
fn shape(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut select =
        connection.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name")?;
    let text = |row: &rusqlite::Row<'_>| {
        // Damage has made of it what it likes.
        let column = |at| {
            let bytes = row.get_ref(at)?.as_bytes_or_null()?.unwrap_or_default();
            Ok(String::from_utf8_lossy(bytes).into_owned())
        };
        let columns = (0..4).map(column).collect::<rusqlite::Result<Vec<_>>>()?;
        let lines = columns.iter().flat_map(|column| column.lines());
        let code = lines.map(|line| line.split("--").next().unwrap_or_default());
        Ok(code.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" "))
    };
    select.query_map([], text)?.collect()
}
