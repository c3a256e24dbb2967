//! The pages in which the rows of a table lie, read as SQLite's file format has them (<https://sqlite.org/fileformat2.html>,
//! 1.6), and what is left in them between the rows.

use rusqlite::{Connection, params};

/// A table in SQLite is hardly deeper than this: of pages of 4,096 bytes, five levels are more than any disk holds. Damage may
/// lead in circles.
const DEPTH_MAX: usize = 16;
const INTERIOR: u8 = 5;
const LEAF: u8 = 13;
/// What a page says of itself before the places of its cells, in bytes.
const HEADER_BYTES: usize = 8;

/// A page that holds rows.
pub(super) struct Leaf {
    page: i64,
    bytes: Vec<u8>,
    /// Each stretch that a row, or the page's own account of them, takes; in rising order.
    used: Vec<(usize, usize)>,
}

impl Leaf {
    /// How many bytes it has.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// How many of them no row takes.
    pub(super) fn unused(&self) -> usize {
        self.size() - self.used.iter().map(|(from, upto)| upto - from).sum::<usize>()
    }

    /// Overwrites what lies between the rows: copies of rows that were moved, which no erasure would find later.
    pub(super) fn wipe(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut wiped = self.bytes.clone();
        let mut at = 0;
        for (from, upto) in self.used.iter().copied().chain([(wiped.len(), wiped.len())]) {
            wiped[at..from.max(at)].fill(0);
            at = upto.max(at);
        }
        for (from, upto) in &free_blocks(&self.bytes)? {
            wiped[*from..*upto].copy_from_slice(&self.bytes[*from..*upto]);
        }
        if wiped != self.bytes {
            let sql = "UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1";
            connection.prepare_cached(sql)?.execute(params![self.page, wiped])?;
        }
        Ok(())
    }
}

/// The pages of the table of this name that hold the rows of these numbers, and whatever else is in the same pages.
pub(super) fn leaves(
    connection: &Connection,
    table: &str,
    first: i64,
    last: i64,
) -> rusqlite::Result<Vec<Leaf>> {
    let sql = "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    let root = connection.prepare_cached(sql)?.query_row([table], |row| row.get(0))?;
    let mut leaves = Vec::new();
    descend(connection, root, first, last, DEPTH_MAX, &mut leaves)?;
    Ok(leaves)
}

fn descend(
    connection: &Connection,
    page: i64,
    first: i64,
    last: i64,
    depth: usize,
    leaves: &mut Vec<Leaf>,
) -> rusqlite::Result<()> {
    let sql = "SELECT data FROM sqlite_dbpage WHERE pgno = ?1";
    let bytes: Vec<u8> = connection.prepare_cached(sql)?.query_row([page], |row| row.get(0))?;
    match bytes.first() {
        Some(&LEAF) => {
            let used = used(&bytes)?;
            leaves.push(Leaf { page, bytes, used });
            Ok(())
        }
        Some(&INTERIOR) if depth > 0 => {
            // Each cell says up to which row its child goes; the last child has no cell.
            let mut before = i64::MIN;
            for cell in cells(&bytes, HEADER_BYTES + 4)? {
                let (upto, _) = varint(&bytes, cell + 4)?;
                if before < last && upto >= first {
                    descend(connection, number(&bytes, cell, 4)?, first, last, depth - 1, leaves)?;
                }
                before = upto;
            }
            if before < last {
                descend(connection, number(&bytes, HEADER_BYTES, 4)?, first, last, depth - 1, leaves)?;
            }
            Ok(())
        }
        _ => Err(malformed()),
    }
}

/// What is in use in a leaf.
fn used(bytes: &[u8]) -> rusqlite::Result<Vec<(usize, usize)>> {
    let cells = cells(bytes, HEADER_BYTES)?;
    let mut used = vec![(0, HEADER_BYTES + 2 * cells.len())];
    for cell in cells {
        let (payload, at) = varint(bytes, cell)?;
        let (_, at) = varint(bytes, at)?;
        let payload = usize::try_from(payload).map_err(|_| malformed())?;
        let end = at + kept_here(payload, bytes.len());
        // SQLite gives no cell less than four bytes.
        let end = end.max(cell + 4);
        if end > bytes.len() {
            return Err(malformed());
        }
        used.push((cell, end));
    }
    used.sort_unstable();
    if used.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return Err(malformed());
    }
    Ok(used)
}

/// How much of a row so long its leaf holds, the number of the page where the rest is included.
fn kept_here(payload: usize, page: usize) -> usize {
    let most = page - 35;
    if payload <= most {
        return payload;
    }
    let least = (page - 12) * 32 / 255 - 23;
    let kept = least + (payload - least) % (page - 4);
    4 + if kept <= most { kept } else { least }
}

/// The first four bytes of each free block, which say where the next one is and how long this one.
fn free_blocks(bytes: &[u8]) -> rusqlite::Result<Vec<(usize, usize)>> {
    let mut blocks = Vec::new();
    let mut at = place(bytes, 1)?;
    while at != 0 {
        // They stand in rising order, so this ends.
        if at + 4 > bytes.len() || blocks.last().is_some_and(|(before, _)| *before >= at) {
            return Err(malformed());
        }
        blocks.push((at, at + 4));
        at = place(bytes, at)?;
    }
    Ok(blocks)
}

/// Where the cells of a page begin, in the order of their rows.
fn cells(bytes: &[u8], header: usize) -> rusqlite::Result<Vec<usize>> {
    let count = place(bytes, 3)?;
    (0..count).map(|cell| place(bytes, header + 2 * cell)).collect()
}

fn place(bytes: &[u8], at: usize) -> rusqlite::Result<usize> {
    number(bytes, at, 2).map(|number| usize::try_from(number).unwrap_or_default())
}

fn number(bytes: &[u8], at: usize, length: usize) -> rusqlite::Result<i64> {
    let bytes = bytes.get(at..at + length).ok_or_else(malformed)?;
    Ok(bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte)))
}

/// A number of one to nine bytes, and where it ends.
fn varint(bytes: &[u8], at: usize) -> rusqlite::Result<(i64, usize)> {
    let mut number = 0;
    for length in 0..9 {
        let byte = *bytes.get(at + length).ok_or_else(malformed)?;
        if length == 8 {
            return Ok((number << 8 | i64::from(byte), at + 9));
        }
        number = number << 7 | i64::from(byte & 0x7F);
        if byte < 0x80 {
            return Ok((number, at + length + 1));
        }
    }
    unreachable!("the ninth byte is the last")
}

fn malformed() -> rusqlite::Error {
    damaged("a page of the table of entries is malformed")
}

/// The file is not what SQLite would have written.
pub(super) fn damaged(what: &str) -> rusqlite::Error {
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(corrupt, Some(what.to_owned()))
}
