//! Takes what is to be gone out of rows that stay where they are.

use super::chain;
use super::kept::{COLUMNS, Kept, integer};
use super::schema::{SPARE, stretch_of};
use rusqlite::{Connection, Params, params};
use sala_core::entry::{
    Act, DIRECTORY, DirectoryEntry, Entry, Erasure, LogId, PersonId, Position, RoomEntry, Seq,
};
use sala_core::server::Erase;

/// Rows that are read before they are written again.
const ROWS_AT_ONCE: i64 = 256;

/// Erases within the transaction that is under way. What was erased before may be erased again.
///
/// All of somebody's rows, or a room's, are written in one transaction: about 200,000 of them in a second, for which
/// everybody waits.
pub(super) fn erase(connection: &Connection, erase: Erase) -> rusqlite::Result<()> {
    match erase {
        Erase::Post(log, seq) => erase_post(connection, log, seq),
        Erase::Posts { log, after, upto } => erase_posts(connection, log, after, upto),
        Erase::Secret(log, seq) => erase_one(connection, log, seq, Erasure::Person),
        Erase::Person(person) => erase_person(connection, person),
        Erase::Room(log) => erase_room(connection, log),
    }
}

fn erase_post(connection: &Connection, log: LogId, seq: Seq) -> rusqlite::Result<()> {
    erase_one(connection, log, seq, Erasure::Message)?;
    let place = params![integer(log.0), integer(seq.0)];
    let edits = "log = ?1 AND seq IN (SELECT seq FROM edit WHERE log = ?1 AND target = ?2)";
    for row in rows(connection, edits, place)? {
        erase_row(connection, &row, Erasure::Message)?;
    }
    connection.prepare_cached("DELETE FROM edit WHERE log = ?1 AND target = ?2")?.execute(place)?;
    connection.prepare_cached("DELETE FROM sign WHERE log = ?1 AND target = ?2")?.execute(place)?;
    Ok(())
}

/// All posts after one place up to another, with their edits, which may stand further on.
fn erase_posts(connection: &Connection, log: LogId, after: Seq, upto: Seq) -> rusqlite::Result<()> {
    let (number, first, last) = (integer(log.0), integer(after.0), integer(upto.0));
    let mut next = first;
    loop {
        let stretch = "log = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4";
        let found = rows(connection, stretch, params![number, next, last, ROWS_AT_ONCE])?;
        let Some(row) = found.last() else { break };
        next = integer(row.seq.0).max(next + 1);
        for row in found.iter().filter(|row| is_post(row)) {
            erase_row(connection, row, Erasure::Message)?;
        }
    }
    let mut next = 0;
    loop {
        let edits =
            "log = ?1 AND seq IN (SELECT seq FROM edit WHERE log = ?1 AND target > ?2 AND target <= ?3)
                     AND seq > ?4 ORDER BY seq LIMIT ?5";
        let found = rows(connection, edits, params![number, first, last, next, ROWS_AT_ONCE])?;
        let Some(row) = found.last() else { break };
        next = integer(row.seq.0).max(next + 1);
        for row in &found {
            erase_row(connection, row, Erasure::Message)?;
        }
    }
    for table in ["edit", "sign"] {
        let sql = format!("DELETE FROM {table} WHERE log = ?1 AND target > ?2 AND target <= ?3");
        connection.prepare_cached(&sql)?.execute([number, first, last])?;
    }
    Ok(())
}

/// Whether it is a post, or damaged: who joined and who was put out stays in the room's account of itself.
fn is_post(row: &Kept) -> bool {
    match Entry::decode(row.log, row.seq, &row.body).ok().filter(|_| row.content_is_whole()) {
        Some(Entry::Room(RoomEntry { act, .. })) => matches!(act, Act::Post(_)),
        Some(_) => false,
        None => true,
    }
}

fn erase_person(connection: &Connection, person: PersonId) -> rusqlite::Result<()> {
    let sql = "SELECT coalesce(max(position), 0) FROM entry";
    let last = connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs();
    for stretch in 0..=stretch_of(Position(last)) {
        let his = "position >> 10 = ?1 AND person = ?2 AND person > 0";
        for row in &rows(connection, his, [integer(stretch), integer(person.0)])? {
            let entry = erase_row(connection, row, Erasure::Person)?;
            // Of his signs, too, each has an entry that put it there.
            if let Some(Entry::Room(RoomEntry { act: Act::Reacted { target, .. }, .. })) = entry {
                let sql = "DELETE FROM sign WHERE log = ?1 AND target = ?2 AND person = ?3";
                let place = params![integer(row.log.0), integer(target.0), integer(person.0)];
                connection.prepare_cached(sql)?.execute(place)?;
            }
        }
    }
    erase_log(connection, LogId::personal(person), Erasure::Person)
}

fn erase_room(connection: &Connection, log: LogId) -> rusqlite::Result<()> {
    // Its first entry follows the one of the directory that gave it its name.
    let made = "+log = ?1 AND position < (SELECT position FROM entry WHERE log = ?2 AND seq = 1)
                ORDER BY position DESC LIMIT 1";
    for row in rows(connection, made, params![integer(DIRECTORY.0), integer(log.0)])? {
        let entry = Entry::decode(row.log, row.seq, &row.body);
        if matches!(entry, Ok(Entry::Directory(DirectoryEntry::Room { log: made, .. })) if made == log) {
            erase_row(connection, &row, Erasure::Room)?;
        }
    }
    erase_log(connection, log, Erasure::Room)?;
    connection.execute("DELETE FROM edit WHERE log = ?1", [integer(log.0)])?;
    connection.execute("DELETE FROM sign WHERE log = ?1", [integer(log.0)])?;
    Ok(())
}

fn erase_log(connection: &Connection, log: LogId, erasure: Erasure) -> rusqlite::Result<()> {
    let mut after = 0;
    loop {
        let next = "log = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let found = rows(connection, next, params![integer(log.0), after, ROWS_AT_ONCE])?;
        let Some(last) = found.last() else { return Ok(()) };
        // Whatever a damaged row says, the next one is another.
        after = integer(last.seq.0).max(after + 1);
        for row in &found {
            erase_row(connection, row, erasure)?;
        }
    }
}

fn erase_one(connection: &Connection, log: LogId, seq: Seq, erasure: Erasure) -> rusqlite::Result<()> {
    for row in rows(connection, "log = ?1 AND seq = ?2", params![integer(log.0), integer(seq.0)])? {
        erase_row(connection, &row, erasure)?;
    }
    Ok(())
}

fn rows(connection: &Connection, condition: &str, values: impl Params) -> rusqlite::Result<Vec<Kept>> {
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE {condition}");
    connection.prepare_cached(&sql)?.query_map(values, Kept::read)?.collect()
}

/// Erases one row. Its digest and sum stay as they were, so that the sums of its log go on. What is left of the entry.
fn erase_row(connection: &Connection, row: &Kept, erasure: Erasure) -> rusqlite::Result<Option<Entry>> {
    let entry = Entry::decode(row.log, row.seq, &row.body).ok().filter(|_| row.content_is_whole());
    let Some(entry) = entry else {
        // What is damaged must not be taken for whole from now on: all of it goes, and no digest fits what is left.
        tracing::error!(log = row.log.0, seq = row.seq.0, "a damaged entry is emptied");
        let sql = "UPDATE entry SET salt = x'', erased = NULL, body = x'' WHERE position = ?1";
        connection.prepare_cached(sql)?.execute([integer(row.position.0)])?;
        return Ok(None);
    };
    let left = entry.erased(erasure);
    let body = left.encode();
    let erased = chain::digest(&[], &body);
    if row.erased.as_deref() == Some(&erased[..]) && row.body == body {
        return Ok(Some(left));
    }
    let before = row.salt.len() + row.erased.as_ref().map_or(0, Vec::len) + row.body.len();
    let spare = (before + row.spare).saturating_sub(erased.len() + body.len()).min(SPARE.len());
    let sql = "UPDATE entry SET salt = x'', erased = ?2, spare = ?3, body = ?4 WHERE position = ?1";
    connection.prepare_cached(sql)?.execute(params![
        integer(row.position.0),
        erased,
        &SPARE[..spare],
        body
    ])?;
    Ok(Some(left))
}
