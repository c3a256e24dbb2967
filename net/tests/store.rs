//! The store on a real disk: what is damaged is found and never served, and the rest stays readable.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;
mod book;

use book::{Book, open};
use common::Folder;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::entry::{
    Act, Entry, LogId, Note, PersonId, PersonalEntry, Position, RoomKind, Sanction, Seq, Whom,
};
use sala_core::limits::{PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, REACTORS_SHOWN_MAX};
use sala_core::name::Name;
use sala_core::protocol::NumberedEntry;
use sala_net::store::{LoadError, Range, Reader, Stretch, Writer};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const LOG: LogId = LogId(1);
const ANA: PersonId = PersonId(1);
/// The entry that stands before the posts of [`posts`].
const CREATED: u64 = 1;

/// A closed database with what was written.
fn database(folder: &Folder, book: &mut Book) -> PathBuf {
    let path = folder.path().join("sala.db");
    open(&path).commit(&book.next(), &[]).unwrap();
    path
}

/// One room, in which Ana says `count` things of at least `bytes` bytes each.
fn posts(count: u64, bytes: usize) -> Book {
    let mut book = Book::default();
    let ana = book.person(ANA.0, "ana");
    let log = book.room(LOG.0, "garden", RoomKind::Public, ana);
    for number in 1..=count {
        book.post(log, ana, &format!("number {number} {}", "x".repeat(bytes)));
    }
    book
}

/// Changes the first place where the file says `from`.
fn damage(path: &Path, from: &[u8], to: &[u8]) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(from.len()).position(|part| part == from).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    std::fs::write(path, bytes).unwrap();
}

fn seqs(stretch: &Stretch) -> Vec<u64> {
    stretch.entries.iter().map(|(seq, _)| seq.0).collect()
}

/// An entry as a client gets it.
fn told(stretch: &Stretch, seq: Seq) -> NumberedEntry {
    let (_, body) = stretch.entries.iter().find(|(found, _)| *found == seq).unwrap();
    let line = format!("{{\"seq\":{},{}", seq.0, &str::from_utf8(body).unwrap()[1..]);
    serde_json::from_str(&line).unwrap()
}

fn text(entry: &NumberedEntry) -> &str {
    entry.entry.act.text().unwrap()
}

#[test]
fn a_changed_letter_is_found_and_the_entries_around_it_stay_readable() {
    let folder = Folder::new();
    let path = database(&folder, &mut posts(8, 10));
    damage(&path, b"number 4", b"number 5");
    let reader = Reader::open(&path, None).unwrap();
    for read in [Reader::read, Reader::page] {
        let stretch = read(&reader, LOG, Range::After(Seq(0), Seq(9)), 100).unwrap();
        assert_eq!(stretch.damaged, [Seq(5)]);
        assert_eq!(seqs(&stretch), [1, 2, 3, 4, 6, 7, 8, 9]);
    }
    assert_eq!(reader.verify().unwrap().faults, ["entry 5 of log 1 is damaged"]);
    assert!(matches!(reader.load(), Err(LoadError::Damaged { log: LOG, seq: Seq(5) })));
    assert_eq!(reader.author(LOG, Seq(5)).unwrap(), None);
    let all = reader.after(Position(0), 100).unwrap();
    assert_eq!((all.rows.len(), all.more), (3 + 9 - 1, false), "what is damaged is left out");
}

#[test]
fn a_value_that_has_become_one_of_another_type_costs_no_entry() {
    let folder = Folder::new();
    let path = database(&folder, &mut posts(8, 10));
    // The types of salt, digest and sum in the row that was written last, as SQLite's file format has them: of sixteen bytes
    // each, of which the digest's are now said to be text.
    damage(&path, &[44, 44, 44], &[44, 45, 44]);
    let reader = Reader::open(&path, None).unwrap();
    for read in [Reader::read, Reader::page] {
        let stretch = read(&reader, LOG, Range::After(Seq(0), Seq(9)), 100).unwrap();
        assert_eq!((seqs(&stretch), stretch.damaged), ((1..=9).collect(), Vec::new()));
    }
    assert_eq!(reader.verify().unwrap().faults, ["SQLite finds: non-BLOB value in entry.digest"]);
    reader.load().unwrap();
}

#[test]
fn a_malformed_row_costs_no_other_and_no_page_ends_in_a_silent_hole() {
    let folder = Folder::new();
    let path = database(&folder, &mut posts(8, 10));
    // The digest of the row that was written last is NULL, which makes its parts shorter than the whole.
    damage(&path, &[44, 44, 44], &[44, 0, 44]);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("DELETE FROM entry WHERE log = 1 AND seq < 3", []).unwrap();
    drop(connection);
    let reader = Reader::open(&path, None).unwrap();
    for read in [Reader::read, Reader::page] {
        let page = |range| {
            let stretch = read(&reader, LOG, range, 100).unwrap();
            (seqs(&stretch), stretch.damaged.iter().map(|seq| seq.0).collect::<Vec<_>>(), stretch.more)
        };
        assert_eq!(page(Range::After(Seq(0), Seq(9))), (vec![4, 5, 6, 7, 8], vec![1, 2, 3], true));
        assert_eq!(page(Range::After(Seq(8), Seq(9))), (vec![], vec![9], false));
        assert_eq!(page(Range::Before(Seq(10))), (vec![4, 5, 6, 7, 8], vec![2, 3, 9], true));
        assert_eq!(page(Range::Before(Seq(7))), (vec![4, 5, 6], vec![1, 2, 3], false));
    }
    assert!(reader.load().unwrap_err().to_string().contains("damaged"));
}

/// All places that a stretch speaks of, in order.
fn places(stretch: &Stretch) -> Vec<u64> {
    let places = stretch.entries.iter().map(|(seq, _)| seq).chain(&stretch.damaged);
    places.map(|seq| seq.0).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn a_hole_wider_than_what_is_named_at_once_is_gone_through_page_by_page() {
    let folder = Folder::new();
    let path = database(&folder, &mut posts(500, 1));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute("DELETE FROM entry WHERE log = 1 AND (seq BETWEEN 4 AND 430 OR seq > 470)", [])
        .unwrap();
    drop(connection);
    let reader = Reader::open(&path, None).unwrap();
    let (mut seen, mut after) = (Vec::new(), Seq(0));
    loop {
        let stretch = reader.read(LOG, Range::After(after, Seq(501)), 100).unwrap();
        let places = places(&stretch);
        after = Seq(*places.last().unwrap());
        seen.extend(places);
        if !stretch.more {
            break;
        }
    }
    assert_eq!(seen, (1..=501).collect::<Vec<_>>(), "forwards");
    let (mut seen, mut before) = (Vec::new(), Seq(502));
    loop {
        let stretch = reader.read(LOG, Range::Before(before), 100).unwrap();
        let places = places(&stretch);
        before = Seq(places[0]);
        seen.splice(0..0, places);
        if !stretch.more {
            break;
        }
    }
    assert_eq!(seen, (1..=501).collect::<Vec<_>>(), "backwards");
}

#[test]
fn what_a_database_says_of_itself_is_no_text_any_more_and_is_refused() {
    let folder = Folder::new();
    let path = database(&folder, &mut posts(5, 10));
    damage(&path, b"makes the digest", b"makes\xffthe digest");
    damage(&path, b"salt BLOB", b"s\xe1lt BLOB");
    let error = Writer::open(&path, None, StdRng::seed_from_u64(1)).unwrap_err();
    assert!(error.to_string().contains("its tables are not as they were made"), "{error}");
}

/// A byte of the schema can have SQLite read a part of the table for all of it.
#[test]
fn no_server_starts_on_a_log_that_ends_before_its_checkpoint() {
    let folder = Folder::new();
    let mut book = posts(5, 10);
    let path = database(&folder, &mut book);
    let state = book.state();
    open(&path).checkpoint(state.position(), state.encode()).unwrap();
    let loaded = Reader::open(&path, None).unwrap().load().unwrap();
    assert_eq!(
        (loaded.checkpointed, &loaded.state),
        (state.position(), &state),
        "it is read, spaces and all"
    );
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("DELETE FROM entry WHERE log = 1 AND seq > 4", []).unwrap();
    drop(connection);
    let error = Reader::open(&path, None).unwrap().load().unwrap_err();
    let said = "the log is damaged: its entries end at position 7, and there were 9 once; restore a backup";
    assert!(error.to_string().starts_with(said), "{error}");
}

/// Twice the pages would be written, and all wait for it.
#[test]
fn a_checkpoint_is_written_where_the_one_before_lies() {
    let folder = Folder::new();
    let path = database(&folder, &mut posts(5, 10));
    let mut writer = open(&path);
    let lengths = [(b'a', 1_000_000), (b'b', 1_010_000), (b'c', 1_020_000), (b'd', 950_000)];
    let written = lengths.map(|(letter, length)| {
        writer.checkpoint(Position(9), vec![letter; length]).unwrap();
        let written = std::fs::metadata(path.with_extension("db-wal")).unwrap().len();
        writer.tend();
        written
    });
    assert!(written.iter().all(|written| (1_000_000..1_200_000).contains(written)), "{written:?}");
}

#[test]
fn an_entry_that_was_taken_out_is_missed() {
    let folder = Folder::new();
    let path = database(&folder, &mut posts(5, 10));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("DELETE FROM entry WHERE log = 1 AND seq = 3", []).unwrap();
    drop(connection);
    let reader = Reader::open(&path, None).unwrap();
    let stretch = reader.read(LOG, Range::After(Seq(0), Seq(6)), 100).unwrap();
    assert!(stretch.damaged.contains(&Seq(3)), "{:?}", stretch.damaged);
    assert!(!reader.verify().unwrap().faults.is_empty());
}

#[test]
fn a_page_is_bounded_by_entries_and_bytes_and_says_whether_there_is_more() {
    let folder = Folder::new();
    let path = database(&folder, &mut posts(100 - CREATED, 1_000));
    let reader = Reader::open(&path, None).unwrap();
    for read in [Reader::read, Reader::page] {
        let seqs = |range, limit| {
            let stretch = read(&reader, LOG, range, limit).unwrap();
            (seqs(&stretch), stretch.more)
        };
        assert_eq!(seqs(Range::After(Seq(10), Seq(100)), 3), (vec![11, 12, 13], true));
        assert_eq!(seqs(Range::After(Seq(98), Seq(100)), 3), (vec![99, 100], false));
        assert_eq!(seqs(Range::After(Seq(10), Seq(12)), 3), (vec![11, 12], false));
        assert_eq!(seqs(Range::Before(Seq(4)), 2), (vec![2, 3], true));
        assert_eq!(seqs(Range::Before(Seq(4)), 3), (vec![1, 2, 3], false));
        let (all, more) = seqs(Range::After(Seq(0), Seq(100)), 100);
        assert!(more && all.len() * 1_000 <= PAGE_BYTES_MAX && (all.len() + 6) * 1_000 > PAGE_BYTES_MAX);
    }
}

#[test]
fn a_page_shows_a_post_in_its_newest_words() {
    let folder = Folder::new();
    let mut book = posts(3, 0);
    let post = Seq(3);
    let first = book.edit(LOG, ANA, post, "second words");
    let newest = book.edit(LOG, ANA, post, "third words");
    let path = database(&folder, &mut book);
    let reader = Reader::open(&path, None).unwrap();
    let all = reader.page(LOG, Range::Before(Seq(100)), 100).unwrap();
    let shown = told(&all, post);
    assert_eq!((text(&shown), shown.edited), ("third words", Some(newest)));
    assert_eq!((text(&told(&all, first)), text(&told(&all, newest))), ("", "third words"));
    assert_eq!((text(&told(&all, Seq(2))), told(&all, Seq(2)).edited), ("number 1 ", None));

    let raw = reader.read(LOG, Range::Before(Seq(100)), 100).unwrap();
    assert_eq!((text(&told(&raw, post)), text(&told(&raw, first))), ("number 2 ", "second words"));
    let apart = reader.page(LOG, Range::Before(first.next()), 1).unwrap();
    assert_eq!(text(&told(&apart, first)), "", "also where its post is not in the page");
    let versions = reader.versions(LOG, post, None).unwrap();
    assert_eq!(seqs(&versions), [post.0, first.0, newest.0]);
    assert_eq!(text(&told(&versions, first)), "second words");
    assert_eq!(seqs(&reader.versions(LOG, Seq(2), None).unwrap()), [2]);
    assert_eq!(reader.author(LOG, post).unwrap(), Some(ANA));
    assert_eq!(reader.author(LOG, newest).unwrap(), None, "an edit is no post");
    assert_eq!(reader.author(LOG, Seq(100)).unwrap(), None);
}

#[test]
fn a_post_whose_newest_words_are_damaged_is_damaged() {
    let folder = Folder::new();
    let mut book = posts(2, 0);
    let edit = book.edit(LOG, ANA, Seq(2), "these words");
    let path = database(&folder, &mut book);
    damage(&path, b"these words", b"those words");
    let page = Reader::open(&path, None).unwrap().page(LOG, Range::Before(Seq(5)), 9).unwrap();
    assert_eq!((seqs(&page), page.damaged), (vec![1, 3], vec![Seq(2), edit]));
}

#[test]
fn a_page_shows_the_signs_that_stand_in_the_order_in_which_they_came() {
    let folder = Folder::new();
    let mut book = posts(2, 0);
    let people: Vec<_> = (2..=30).map(|number| book.person(number, &format!("person-{number}"))).collect();
    let post = Seq(2);
    book.react(LOG, people[1], post, "🎈", true);
    book.react(LOG, people[0], post, "👍", true);
    book.react(LOG, people[0], post, "🎈", true);
    book.react(LOG, people[1], post, "🎈", true);
    book.react(LOG, ANA, post, "🌧", true);
    book.react(LOG, ANA, post, "🌧", false);
    for person in &people {
        book.react(LOG, *person, Seq(3), "👍", true);
    }
    let path = database(&folder, &mut book);
    let page = Reader::open(&path, None).unwrap().page(LOG, Range::After(Seq(0), Seq(3)), 9).unwrap();
    let signs = |seq| {
        let reactions = told(&page, seq).reactions.into_iter();
        let sign = |sign: sala_core::protocol::Reaction| (sign.emoji, sign.count, sign.names);
        reactions.map(sign).collect::<Vec<_>>()
    };
    let names = |numbers: &[u64]| {
        numbers.iter().map(|number| Name::parse(&format!("person-{number}")).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(signs(post), [("🎈".to_owned(), 2, names(&[3, 2])), ("👍".to_owned(), 1, names(&[2]))]);
    let most: Vec<u64> = (2..).take(REACTORS_SHOWN_MAX).collect();
    assert_eq!(signs(Seq(3)), [("👍".to_owned(), 29, names(&most))]);
    assert_eq!(told(&page, Seq(1)).reactions, []);
}

#[test]
fn a_page_that_grows_by_edits_and_signs_keeps_its_bounds() {
    let folder = Folder::new();
    let mut book = posts(60, 0);
    for seq in 2..=60 {
        book.edit(LOG, ANA, Seq(seq), &"y".repeat(4_000));
        book.react(LOG, ANA, Seq(seq), "👍", true);
    }
    let path = database(&folder, &mut book);
    let reader = Reader::open(&path, None).unwrap();
    for (range, shown) in [(Range::After(Seq(0), Seq(60)), 1), (Range::Before(Seq(61)), 60)] {
        let page = reader.page(LOG, range, PAGE_ENTRIES_MAX).unwrap();
        let bytes: usize = page.entries.iter().map(|(_, body)| body.len()).sum();
        assert!(page.more && bytes <= PAGE_BYTES_MAX && bytes > PAGE_BYTES_MAX - 5_000, "{bytes}");
        assert!(seqs(&page).contains(&shown), "it begins where it was asked to");
    }
}

#[test]
fn an_account_of_who_did_what_to_whom_is_read_backwards() {
    let folder = Folder::new();
    let mut book = posts(3, 0);
    let bo = book.person(2, "bo");
    let whom = || Whom { person: bo, name: Name::parse("bo").unwrap() };
    let sanction = || Sanction { until: None, reason: "noise".to_owned() };
    book.act(LOG, bo, Act::Joined);
    let muted = book.act(LOG, ANA, Act::Muted(whom(), sanction()));
    book.post(LOG, ANA, "so");
    let unmuted = book.act(LOG, ANA, Act::Unmuted(whom()));
    let banned = book.act(LOG, ANA, Act::Banned(whom(), sanction()));
    let path = database(&folder, &mut book);
    let reader = Reader::open(&path, None).unwrap();
    let audit = |before, limit| {
        let stretch = reader.audit(LOG, before, limit).unwrap();
        assert_eq!(stretch.damaged, []);
        (seqs(&stretch), stretch.more)
    };
    assert_eq!(audit(Seq(99), 9), (vec![muted.0, unmuted.0, banned.0], false));
    assert_eq!(audit(Seq(99), 2), (vec![unmuted.0, banned.0], true));
    assert_eq!(audit(unmuted, 2), (vec![muted.0], false));
}

#[test]
fn what_somebody_has_written_is_found_in_all_logs_and_page_by_page() {
    let folder = Folder::new();
    let mut book = posts(50, 1_000);
    let bo = book.person(2, "bo");
    let attic = book.room(2, "attic", RoomKind::Private, bo);
    book.post(attic, ANA, "in the attic");
    // The index goes by stretches of a thousand or so; in some she says nothing.
    (0..5_000).for_each(|_| _ = book.post(attic, bo, "on and on"));
    book.post(attic, ANA, "at last");
    let path = database(&folder, &mut book);
    let reader = Reader::open(&path, None).unwrap();
    let (mut after, mut found, mut pages) = (Position(0), Vec::new(), 0);
    loop {
        let page = reader.written_by(ANA, after, 40).unwrap();
        after = page.rows.last().unwrap().0;
        found.extend(page.rows);
        pages += 1;
        if !page.more {
            break;
        }
    }
    let hers: Vec<_> = book.rows.iter().filter(|row| row.entry.person() == ANA).collect();
    assert_eq!(
        found,
        hers.iter().map(|row| (row.position, row.log, row.seq, row.body.clone())).collect::<Vec<_>>()
    );
    assert!(pages > 1 && found.len() == 2 + 1 + 50 + 1 + 1);
    assert_eq!(reader.written_by(PersonId(0), Position(0), 40).unwrap().rows, []);
    let two = reader.after(Position(3), 2).unwrap();
    assert_eq!(two.rows.iter().map(|row| row.0.0).collect::<Vec<_>>(), [4, 5]);
    assert!(two.more);
}

#[test]
fn a_damaged_checkpoint_is_passed_over() {
    let folder = Folder::new();
    let path = folder.path().join("sala.db");
    let mut writer = open(&path);
    writer.checkpoint(Position(0), b"{\"no\":\"state\"}".to_vec()).unwrap();
    drop(writer);
    damage(&path, b"\"no\":", b"\"on\":");
    let loaded = Reader::open(&path, None).unwrap().load().unwrap();
    assert_eq!(loaded.checkpointed, Position(0));
}

#[test]
fn a_database_of_a_newer_program_or_of_another_one_is_not_touched() {
    let folder = Folder::new();
    let path = database(&folder, &mut posts(1, 10));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA user_version=4").unwrap();
    drop(connection);
    let error = Writer::open(&path, None, StdRng::seed_from_u64(1)).unwrap_err();
    let said = "a newer version of Sala (format 4, this program knows 3), or is damaged; use that version, or restore a backup";
    assert!(error.to_string().ends_with(said), "{error}");
    let other = folder.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE cats(name)").unwrap();
    let error = Writer::open(&other, None, StdRng::seed_from_u64(1)).unwrap_err();
    assert!(error.to_string().contains("not a database of Sala"), "{error}");
}

/// Whether it came to others is theirs to know: whoever is blocked must not learn it from his own export.
#[test]
fn what_somebody_has_in_others_own_logs_is_not_read_as_what_he_has_written() {
    let folder = Folder::new();
    let mut book = posts(1, 10);
    let bo = book.person(2, "bo");
    let asked = |by: PersonId, note: Note| Entry::Personal(PersonalEntry { at: book::AT, by, note });
    let name = |name: &str| Name::parse(name).unwrap();
    let to = Note::Asked { whom: bo, name: name("bo"), note: "hello?".to_owned() };
    let from = Note::AskedBy { whom: ANA, name: name("ana"), note: "hello?".to_owned() };
    book.add(LogId::personal(ANA), asked(ANA, to));
    book.add(LogId::personal(bo), asked(ANA, from));
    let path = database(&folder, &mut book);
    let written = Reader::open(&path, None).unwrap().written_by(ANA, Position(0), 100).unwrap();
    let own: Vec<_> = written.rows.iter().map(|(_, log, ..)| *log).filter(|log| log.0 > 1).collect();
    assert_eq!(own, [LogId::personal(ANA)]);
}

#[test]
fn the_write_ahead_log_is_moved_once_a_commit_is_answered_and_not_before() {
    let folder = Folder::new();
    let path = folder.path().join("sala.db");
    let size = |end: &str| {
        let mut path = path.clone().into_os_string();
        path.push(end);
        std::fs::metadata(path).unwrap().len()
    };
    let mut writer = open(&path);
    let mut book = posts(2_000, 1_000);
    writer.tend();
    let empty = size("");
    writer.commit(&book.next(), &[]).unwrap();
    assert!(size("-wal") > 2_000 * 1_000);
    assert_eq!(size(""), empty, "whoever waits for the commit does not wait for this");
    assert!(!writer.tend());
    assert_eq!(size(""), empty, "short as it is, it is not worth two more flushes");
    for _ in 0..10 {
        for number in 0..1_000 {
            book.post(LOG, ANA, &format!("number {number} {}", "x".repeat(1_000)));
        }
        writer.commit(&book.next(), &[]).unwrap();
        writer.tend();
    }
    assert!(size("") > 10 * 1_000 * 1_000);
    assert!(size("-wal") < 8 << 20, "it is written from its beginning again");
}

#[test]
fn a_writer_moves_the_write_ahead_log_with_as_many_pages_as_it_is_told() {
    let folder = Folder::new();
    let mut writer = open(&folder.path().join("sala.db")).with_wal_pages(20);
    let mut book = posts(1, 10);
    // What it finds is scrubbed first.
    assert!(!writer.tend());
    writer.commit(&book.next(), &[]).unwrap();
    assert!(!writer.tend());
    for number in 0..100 {
        book.post(LOG, ANA, &format!("number {number} {}", "x".repeat(1_000)));
    }
    writer.commit(&book.next(), &[]).unwrap();
    assert!(writer.tend());
    assert!(!writer.tend(), "all is moved");
}
