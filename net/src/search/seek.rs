//! Finds posts in the index, the newest first.

use super::part::{Beginnings, Part, integer};
use super::taking::HOUR_MS;
use super::tokenizer::Tokenizer;
use super::words::{Wanted, Words, quoted};
use super::{Fault, Hit};
use crate::store::Reader;
use rusqlite::{Connection, params};
use sala_core::entry::{Act, Entry, Position, RoomEntry};
use sala_core::server::Query;
use std::slice;

/// Words that begin as the last one does and are looked for one by one; if there are more in a part, FTS5 gathers all places
/// of all of them, some hundredths of a second at worst.
const BEGINNINGS_MAX: usize = 32;

/// Finds what is asked for, as far as the log bears it out: what has changed by itself in the file of the index shows nobody
/// what he may not see, nor what is gone.
pub(super) fn seek(
    connection: &Connection,
    tokenizer: &Tokenizer,
    store: &Reader,
    query: &Query,
) -> Result<Vec<Hit>, Fault> {
    let mut hits = Vec::new();
    let Some(wanted) = Wanted::of(query).filter(|_| query.limit > 0) else { return Ok(hits) };
    let tokens = match &wanted.words {
        Some(Words { last, begins: true, .. }) => tokenizer.tokens(last)?,
        _ => Vec::new(),
    };
    let (first, last) = between(connection, query)?;
    let sql = "SELECT number FROM part WHERE number BETWEEN ?1 AND ?2 ORDER BY number DESC";
    let mut select = connection.prepare_cached(sql)?;
    let [lowest, highest] = [first, last].map(|position| Part::of(Position(position.unsigned_abs())).0);
    let parts = select.query_map([lowest, highest], |row| row.get(0).map(Part))?;
    for part in parts.collect::<Result<Vec<_>, _>>()? {
        let Some(expression) = expression(connection, part, &wanted, &tokens)? else { continue };
        part.find(connection, &expression, (first, last), |position| {
            hits.extend(borne_out(store, query, Position(position.unsigned_abs()))?);
            Ok::<_, Fault>(hits.len() < query.limit)
        })?;
        if hits.len() == query.limit {
            break;
        }
    }
    Ok(hits)
}

/// The first and the last position that what is asked for may have. FTS5 knows nothing of times, but leaps to positions.
fn between(connection: &Connection, query: &Query) -> rusqlite::Result<(i64, i64)> {
    let last = query.before.map_or(i64::MAX, |before| integer(before.0.saturating_sub(1)));
    if query.since.is_none() && query.until.is_none() {
        return Ok((1, last));
    }
    let sql = "SELECT coalesce(min(first), 1), coalesce(max(last), 0) FROM hour WHERE hour BETWEEN ?1 AND ?2";
    let mut select = connection.prepare_cached(sql)?;
    let hours = [query.since.map_or(0, |at| at.0), query.until.map_or(u64::MAX, |at| at.0)]
        .map(|at| integer(at / HOUR_MS));
    let (low, high) = select.query_row(params![hours[0], hours[1]], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((low, last.min(high)))
}

/// The expression for what is wanted in this part, if anything there may be it.
fn expression(
    connection: &Connection,
    part: Part,
    wanted: &Wanted,
    tokens: &[String],
) -> rusqlite::Result<Option<String>> {
    let Some(words) = &wanted.words else { return Ok(Some(wanted.places.clone())) };
    // FTS5 looks up all words and all rooms before it gives the first post, and gathers all beginnings: what it would do in
    // vain is not begun.
    let (last, needed) = match tokens {
        [] if words.begins => return Ok(None),
        [] => (quoted(&words.last), None),
        [before @ .., begun] => match part.beginnings(connection, begun, BEGINNINGS_MAX)? {
            Beginnings::All(found) if found.is_empty() => return Ok(None),
            Beginnings::All(found) => {
                let phrase = |token: &String| quoted(&[before, slice::from_ref(token)].concat().join(" "));
                (format!("({})", found.iter().map(phrase).collect::<Vec<_>>().join(" OR ")), None)
            }
            Beginnings::Many => (format!("{}*", quoted(&words.last)), Some(&wanted.places)),
        },
    };
    let words = words.expression(&last);
    let is_there = part.has(connection, needed.unwrap_or(&words))?;
    Ok(is_there.then(|| format!("{words} AND {}", wanted.places)))
}

/// The post at this position, if the log has one there such as is asked for. Its words are not compared.
fn borne_out(store: &Reader, query: &Query, position: Position) -> Result<Option<Hit>, Fault> {
    let Some((log, seq, Entry::Room(RoomEntry { at, person, act: Act::Post(post), .. }))) =
        store.at(position)?
    else {
        return Ok(None);
    };
    let is_meant = query.logs.contains(&log)
        && query.author.is_none_or(|author| author == person)
        && query.since.is_none_or(|since| since <= at)
        && query.until.is_none_or(|until| at < until)
        && !post.text.is_empty();
    Ok(is_meant.then_some(Hit { position, log, seq }))
}
