//! Room that is given back while a server writes on: nothing is lost by it, and nothing that is erased later is left by it.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;
mod book;

use book::{Book, open};
use common::Folder;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rusqlite::Connection;
use sala_core::entry::{LogId, PersonId, Position, RoomKind, Seq};
use sala_core::server::Erase;
use sala_net::store::{Reader, VacuumError, Writer, copy};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const MARK: &str = "xyzzy";

/// A room in which somebody says this often a thing of up to so many bytes, each with a mark of its own.
fn conversation(path: &Path, count: usize, bytes: usize) -> (Writer, Book, Vec<Seq>) {
    let mut random = StdRng::seed_from_u64(1);
    let (mut writer, mut book) = (open(path), Book::default());
    let ana = book.person(1, "ana");
    let log = book.room(1, "garden", RoomKind::Public, ana);
    let posts = (0..count).map(|number| {
        let length = random.random_range(bytes / 2..=bytes);
        book.post(log, ana, &format!("{MARK}{number:05} {}", "x".repeat(length)))
    });
    let posts = posts.collect();
    for rows in book.next().chunks(100) {
        writer.commit(rows, &[]).unwrap();
    }
    (writer, book, posts)
}

fn erased(posts: &[Seq]) -> Vec<Erase> {
    posts.iter().map(|post| Erase::Post(LogId(1), *post)).collect()
}

/// Every row as it lies there, but for what no sum speaks of.
fn rows(path: &Path) -> Vec<String> {
    scanned(path).collect::<Result<_, _>>().unwrap()
}

/// Those before the first that cannot be read.
fn readable(path: &Path) -> BTreeSet<String> {
    scanned(path).map_while(Result::ok).collect()
}

fn scanned(path: &Path) -> impl Iterator<Item = rusqlite::Result<String>> {
    let scan = || {
        let connection = Connection::open(path)?;
        let sql =
            "SELECT position || ',' || log || ',' || seq || ',' || hex(salt) || ',' || hex(digest) || ','
            || hex(sum) || ',' || ifnull(hex(erased), '-') || ',' || hex(body)
            FROM entry ORDER BY position";
        let mut select = connection.prepare(sql)?;
        let rows = select.query_map([], |row| row.get(0))?.collect::<Vec<_>>();
        Ok(rows)
    };
    let rows: rusqlite::Result<Vec<_>> = scan();
    rows.unwrap_or_else(|error| vec![Err(error)]).into_iter()
}

/// Steps until it is done. Gives how many bytes were given back; no step makes it larger.
fn vacuum(writer: &mut Writer, mut between: impl FnMut(&mut Writer)) -> u64 {
    let (mut after, mut given_back) = (Position(0), 0);
    loop {
        let step = writer.vacuum(after).unwrap();
        given_back += step.before_bytes - step.after_bytes;
        if step.is_done {
            return given_back;
        }
        after = step.upto;
        between(writer);
    }
}

/// The numbers of the marks that are in the files.
fn marks(folder: &Folder) -> BTreeSet<usize> {
    let files = std::fs::read_dir(folder.path()).unwrap();
    let bytes: Vec<u8> = files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    let places = bytes.windows(MARK.len()).enumerate().filter(|(_, part)| *part == MARK.as_bytes());
    let number =
        |(at, _)| str::from_utf8(bytes.get(at + MARK.len()..at + MARK.len() + 5)?).ok()?.parse().ok();
    places.filter_map(number).collect()
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

fn path(folder: &Folder) -> PathBuf {
    folder.path().join("sala.db")
}

#[test]
fn room_is_given_back_between_commits_and_every_row_stays_as_it_was() {
    for (bytes, least_percent) in [(80, 15), (400, 40), (1_800, 60), (4_000, 60)] {
        let folder = Folder::new();
        let (mut writer, mut book, posts) = conversation(&path(&folder), 2_000, bytes);
        let gone: Vec<Seq> = posts.iter().copied().filter(|post| post.0 % 10 > 0).collect();
        writer.commit(&[], &erased(&gone)).unwrap();
        writer.scrub();
        let (before, size_before) = (rows(&path(&folder)), size(&path(&folder)));
        let given_back = vacuum(&mut writer, |writer| {
            book.post(LogId(1), PersonId(1), "meanwhile");
            writer.commit(&book.next(), &[]).unwrap();
        });
        writer.scrub();
        let (after, size_after) = (rows(&path(&folder)), size(&path(&folder)));
        assert!(after.len() > before.len() && after.starts_with(&before), "{bytes}");
        assert!(given_back * 100 > size_before * least_percent, "{bytes}: {given_back} of {size_before}");
        assert!(
            size_after * 100 < size_before * (100 - least_percent),
            "{bytes}: {size_after} of {size_before}"
        );
        let reader = Reader::open(&path(&folder), None).unwrap();
        assert_eq!(reader.verify().unwrap().faults, [""; 0]);
        assert_eq!(reader.load().unwrap().state.position(), book.state().position());
        assert!(vacuum(&mut writer, |_| ()) * 20 < size_after, "once is enough");
    }
}

#[test]
fn no_copy_of_a_post_stays_behind_where_rows_were_moved_around_it() {
    for bytes in [40, 300, 1_500] {
        let folder = Folder::new();
        let (mut writer, _, posts) = conversation(&path(&folder), 1_500, bytes);
        let mut order: Vec<usize> = (0..posts.len()).collect();
        order.shuffle(&mut StdRng::seed_from_u64(2));
        let mut left: BTreeSet<usize> = (0..posts.len()).collect();
        for some in order.chunks(300) {
            let gone: Vec<Seq> = some.iter().map(|number| posts[*number]).collect();
            writer.commit(&[], &erased(&gone)).unwrap();
            writer.scrub();
            left.retain(|number| !some.contains(number));
            assert_eq!(marks(&folder), left, "of {bytes} bytes");
            vacuum(&mut writer, |_| ());
            writer.scrub();
            assert!(!writer.scrub_due());
            assert_eq!(marks(&folder), left, "of {bytes} bytes");
        }
        assert_eq!(Reader::open(&path(&folder), None).unwrap().verify().unwrap().faults, [""; 0]);
    }
}

#[test]
fn a_database_that_was_not_made_for_it_is_left_as_it_is_and_its_copy_can() {
    let folder = Folder::new();
    let old = Connection::open(path(&folder)).unwrap();
    old.execute_batch("PRAGMA journal_mode=WAL").unwrap();
    drop(old);
    let (mut writer, _, posts) = conversation(&path(&folder), 300, 1_000);
    writer.commit(&[], &erased(&posts)).unwrap();
    assert_eq!(writer.vacuum(Position(0)), Err(VacuumError::Unprepared));
    drop(writer);
    let copied = folder.path().join("copy.db");
    copy(&path(&folder), &copied, false).unwrap();
    let mut writer = open(&copied);
    writer.commit(&[], &erased(&posts)).unwrap();
    writer.vacuum(Position(0)).unwrap();
}

/// Every so many bytes, of a sample; prime, so that each part of a page has its turn. With `SALA_TESTS=long`, ten times as many.
fn stride() -> usize {
    if std::env::var("SALA_TESTS").is_ok_and(|which| which == "long") { 13 } else { 127 }
}

#[test]
fn no_row_is_lost_where_a_byte_has_turned_over() {
    let folder = Folder::new();
    let base = path(&folder);
    let (mut writer, _, posts) = conversation(&base, 200, 600);
    let gone: Vec<Seq> = posts.iter().copied().filter(|post| post.0 % 5 > 0).collect();
    writer.commit(&[], &erased(&gone)).unwrap();
    drop(writer);
    let (bytes, right) = (std::fs::read(&base).unwrap(), rows(&base));
    let verified = |path: &Path| Reader::open(path, None).ok()?.verify().ok();
    let (mut moved, mut refused) = (0, 0);
    for at in (0..bytes.len()).step_by(stride()) {
        let mut turned = bytes.clone();
        turned[at] ^= 1 << (at % 8);
        std::fs::write(&base, &turned).unwrap();
        let (before, readable) = (verified(&base), readable(&base));
        let Ok(mut writer) = Writer::open(&base, None, StdRng::seed_from_u64(1)) else { continue };
        let mut after = Position(0);
        let end = loop {
            match writer.vacuum(after) {
                Ok(step) if step.is_done => break Ok(()),
                Ok(step) => after = step.upto,
                Err(error) => break Err(error),
            }
        };
        assert!(!matches!(end, Err(VacuumError::Commit(_))), "byte {at}: the disk is not to blame: {end:?}");
        drop(writer);
        if end.is_err() {
            refused += 1;
        } else {
            moved += 1;
        }
        let now = verified(&base);
        let whole = |report: &Option<sala_net::store::VerifyReport>| {
            report.as_ref().is_some_and(|report| report.faults.is_empty())
        };
        assert!(whole(&now) || !whole(&before), "byte {at}: {end:?}, {now:?}");
        assert!(!whole(&now) || rows(&base) == right, "byte {at}: {end:?}");
        let still = self::readable(&base);
        assert!(readable.iter().all(|row| still.contains(row)), "byte {at}: {end:?}");
    }
    assert!(moved > 0 && refused > 0, "{moved} were moved through, {refused} refused");
}
