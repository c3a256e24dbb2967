//! A byte of a data folder that turns into another one: nothing wrong is ever served, nothing breaks, and what is damaged is
//! named.
//!
//! `cargo test` tries a sample of the bytes; `SALA_TESTS=long cargo test -p sala-net --test flips` each of them.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;
mod book;

use book::{AT, Book, open};
use common::Folder;
use sala_core::entry::Act;
use sala_core::entry::{
    Entry, LogId, Note, PersonId, PersonalEntry, Position, RoomKind, Sanction, Seq, Whom,
};
use sala_core::name::Name;
use sala_core::server::{Erase, Query, State};
use sala_net::search::{Changes, Index};
use sala_net::store::{Range, ReadError, Reader, Stretch, Writer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

const DATABASE: &str = "sala.db";
const LOG_AHEAD: &str = "sala.db-wal";
const INDEX: &str = "search.db";
/// Every so many bytes, of a sample.
const STRIDE: usize = 331;
/// More than any log here has.
const ALL: usize = 200;

fn long() -> bool {
    std::env::var("SALA_TESTS").is_ok_and(|which| which == "long")
}

/// Two rooms in which all happens that the store keeps in its own ways: edits, signs, deletions, moderation, somebody who
/// is erased.
fn conversation(path: &Path) -> (Writer, Book, Vec<State>) {
    let mut book = Book::default();
    let (mut writer, mut states) = (open(path), vec![State::new()]);
    let [ana, bob, eve] =
        [(1, "ana"), (2, "bob"), (3, "eve")].map(|(number, name)| book.person(number, name));
    let lobby = book.room(1, "lobby", RoomKind::Public, ana);
    let vault = book.room(2, "vault", RoomKind::Private, bob);
    let mut keep = |book: &mut Book, erasures: &[Erase]| {
        let rows = book.next();
        for row in &rows {
            let mut state = states.last().cloned().unwrap_or_else(State::new);
            state.replay(row.log, row.seq, &row.entry).unwrap();
            states.push(state);
        }
        writer.commit(&rows, erasures).unwrap();
    };
    for person in [bob, eve] {
        book.act(lobby, person, Act::Joined);
    }
    let posts: Vec<Seq> =
        (1..=6).map(|number| book.post(lobby, ana, &format!("line {number} in the lobby"))).collect();
    book.post(vault, bob, "line of the vault, which nobody else reads");
    keep(&mut book, &[]);
    book.edit(lobby, ana, posts[1], "line 2, edited");
    book.edit(lobby, ana, posts[1], "line 2, edited twice");
    book.edit(lobby, ana, posts[3], "line 4, edited");
    for (person, post, emoji) in [(bob, 0, "🍅"), (eve, 0, "🍅"), (bob, 1, "👍"), (ana, 4, "🎈")] {
        book.react(lobby, person, posts[post], emoji, true);
    }
    keep(&mut book, &[]);
    let whom = Whom { person: eve, name: Name::parse("eve").unwrap() };
    book.act(lobby, ana, Act::Banned(whom, Sanction { until: None, reason: "shouting".to_owned() }));
    book.act(lobby, ana, Act::Deleted { target: posts[2], of: ana });
    keep(&mut book, &[Erase::Post(lobby, posts[2])]);
    let note = Note::Friend { whom: bob, name: Name::parse("bob").unwrap() };
    book.add(LogId::personal(ana), Entry::Personal(PersonalEntry { at: AT, by: ana, note }));
    book.post(lobby, ana, "the last line");
    keep(&mut book, &[]);
    (writer, book, states)
}

/// What is served under each name: an entry, or a part of the conversation; none if it is said to be damaged.
type Served = BTreeMap<String, Option<Vec<u8>>>;

/// What can be seen of a folder.
struct Seen {
    /// Verify finds fault with it.
    is_named: bool,
    /// The state that a server starts with, if one does.
    state: Option<State>,
    served: Served,
    /// What a search finds in the lobby alone.
    found: BTreeSet<(u64, u64)>,
}

/// Looks at a folder as an operator does, then as a server's start, then as its readers.
fn look(folder: &Path, heads: &[(LogId, Seq)]) -> Seen {
    let path = folder.join(DATABASE);
    let verified = Reader::open(&path, None).map(|reader| reader.verify());
    let is_named = !verified.is_ok_and(|report| report.is_ok_and(|report| report.faults.is_empty()));
    let mut seen = Seen { is_named, state: None, served: Served::new(), found: BTreeSet::new() };
    let writer = Writer::open(&path, None, rand::SeedableRng::seed_from_u64(2));
    let Ok(reader) = writer.map_err(drop).and_then(|_| Reader::open(&path, None).map_err(drop)) else {
        return seen;
    };
    let Ok(loaded) = reader.load() else { return seen };
    seen.state = Some(loaded.state);
    for (log, head) in heads {
        let range = Range::After(Seq(0), *head);
        seen.serve(*log, "read", reader.read(*log, range, ALL));
        seen.serve(*log, "page", reader.page(*log, range, ALL));
        seen.serve(*log, "back", reader.page(*log, Range::Before(head.next()), ALL));
        seen.serve(*log, "audit", reader.audit(*log, head.next(), ALL));
        for seq in (1..=head.0).map(Seq) {
            seen.serve(*log, &format!("versions of {}", seq.0), reader.versions(*log, seq, None));
            let author = reader.author(*log, seq).ok().flatten();
            seen.served.insert(
                format!("author of {} {}", log.0, seq.0),
                author.map(|who| who.0.to_le_bytes().to_vec()),
            );
        }
    }
    for person in [1, 2, 3].map(PersonId) {
        let written =
            reader.written_by(person, Position(0), ALL).map(|stretch| stretch.rows).unwrap_or_default();
        for (position, log, seq, body) in written {
            seen.served
                .insert(format!("written by {} {position:?} {} {}", person.0, log.0, seq.0), Some(body));
        }
    }
    if folder.join(INDEX).exists() {
        let mut index = Index::open(&folder.join(INDEX), None);
        // As the thread that follows the log does, before anybody searches.
        drop(index.ready(&reader));
        let (words, logs) = ("line".to_owned(), vec![LogId(1)]);
        let query = Query { words, logs, author: None, since: None, until: None, before: None, limit: ALL };
        seen.found = index.search(&query, &reader).into_iter().map(|hit| (hit.log.0, hit.seq.0)).collect();
    }
    seen
}

impl Seen {
    fn serve(&mut self, log: LogId, how: &str, stretch: Result<Stretch, ReadError>) {
        let Ok(stretch) = stretch else {
            self.served.insert(format!("{how} {} fails", log.0), None);
            return;
        };
        for (seq, body) in stretch.entries {
            self.served.insert(format!("{how} {} {}", log.0, seq.0), Some(body));
        }
        for seq in stretch.damaged {
            self.served.insert(format!("{how} {} {}", log.0, seq.0), None);
        }
    }

    /// What is served that is not right. Of a sign whose entry is damaged, it is not known who put it there.
    fn wrong(&self, right: &Seen) -> Vec<String> {
        let served = self
            .served
            .iter()
            .filter(|(name, said)| said.is_some() && !is_right(said.as_ref(), right.served.get(*name)));
        let mut wrong: Vec<String> = served
            .map(|(name, said)| {
                format!("{name}: {}", String::from_utf8_lossy(said.as_deref().unwrap_or_default()))
            })
            .collect();
        wrong.extend(self.found.difference(&right.found).map(|hit| format!("found {hit:?}")));
        wrong
    }

    /// Whether all that is wrong is that a post, or an edit, says what it has said before, since it is not known any more
    /// that it was edited.
    fn is_only_stale(&self, right: &Seen) -> bool {
        let said_before = |name: &str, said: &[u8]| {
            let text = |said: &[u8]| Some(serde_json::from_slice::<Value>(said).ok()?["text"].clone());
            let place = name.split_once(' ').map_or("", |(_, place)| place);
            let (log, seq) = place.split_once(' ').unwrap_or_default();
            let (first, edits) = (format!("read {place}"), format!("versions of {seq} {log} "));
            let mut before = right.served.iter().filter(|(key, _)| **key == first || key.starts_with(&edits));
            // Words of an edit that is taken for one which another has followed are left out.
            let is_left_out = || text(said).is_some_and(|text| text == "");
            before.any(|(_, was)| was.as_deref().and_then(text) == text(said) && text(said).is_some())
                || is_left_out()
        };
        let mut served = self.served.iter();
        self.found.is_subset(&right.found)
            && served.all(|(name, said)| match said {
                Some(bytes) => is_right(Some(bytes), right.served.get(name)) || said_before(name, bytes),
                None => true,
            })
    }

    /// What is right and neither served whole nor said to be damaged.
    fn missing(&self, right: &Seen) -> Vec<String> {
        let lacks = |(name, said): &(&String, &Option<Vec<u8>>)| match self.served.get(*name) {
            Some(served) => served.is_some() && served != *said,
            None => true,
        };
        right.served.iter().filter(lacks).map(|(name, _)| name.clone()).collect()
    }
}

/// How often each sign stands at a post, and who is named for it.
type Signs = BTreeMap<String, (u64, Vec<Value>)>;

/// Whether what is served is right, as far as it goes: signs and who put them there may be missing.
fn is_right(said: Option<&Vec<u8>>, right: Option<&Option<Vec<u8>>>) -> bool {
    let parts = |said: &[u8]| -> Option<(Value, Signs)> {
        let mut entry: Value = serde_json::from_slice(said).ok()?;
        let signs = entry.as_object_mut()?.remove("reactions").unwrap_or_default();
        let sign = |sign: &Value| {
            Some((
                sign["emoji"].as_str()?.to_owned(),
                (sign["count"].as_u64()?, sign["names"].as_array()?.clone()),
            ))
        };
        Some((entry, signs.as_array().into_iter().flatten().filter_map(sign).collect()))
    };
    let (Some(said), Some(Some(right))) = (said, right) else { return false };
    if said == right {
        return true;
    }
    let (Some((said, signs)), Some((right, put))) = (parts(said), parts(right)) else { return false };
    said == right
        && signs.iter().all(|(emoji, (count, names))| {
            put.get(emoji)
                .is_some_and(|(most, by)| count <= most && names.iter().all(|name| by.contains(name)))
        })
}

/// What the flips came to.
#[derive(Debug, Default)]
struct Total {
    flips: usize,
    /// Nothing is seen of it, nor is there anything to see: the byte is not used.
    harmless: usize,
    /// `verify` or the start says so.
    named: usize,
    /// The server does not start.
    refused: usize,
    /// The end of the log ahead is not read: a log that was torn by a power cut looks the same.
    shortened: usize,
    /// A post says what it has said before, and `verify` says that something is wrong with its edits.
    stale: usize,
    faults: Vec<String>,
}

/// Turns bytes of a file over, each in a copy of the folder of its own.
fn flip(base: &Path, file: &str, heads: &[(LogId, Seq)], states: &[State]) -> Total {
    let bytes = std::fs::read(base.join(file)).unwrap();
    let right = look(&copied(base), heads);
    assert!(!right.is_named && right.state.as_ref() == states.last(), "it is whole before");
    let mut total = Total::default();
    let from = if long() { 0 } else { bytes.len() % STRIDE };
    for at in (from..bytes.len()).step_by(if long() { 1 } else { STRIDE }) {
        let folder = copied(base);
        let mut turned = bytes.clone();
        turned[at] ^= 1 << (at % 8);
        std::fs::write(folder.join(file), turned).unwrap();
        total.flips += 1;
        let seen = catch_unwind(AssertUnwindSafe(|| look(&folder, heads)));
        std::fs::remove_dir_all(&folder).unwrap();
        let Ok(seen) = seen else {
            total.faults.push(format!("{file}, byte {at}: it panics"));
            continue;
        };
        let (wrong, missing) = (seen.wrong(&right), seen.missing(&right));
        total.named += usize::from(seen.is_named);
        let Some(state) = &seen.state else {
            total.refused += 1;
            continue;
        };
        let is_shorter = states.contains(state) && Some(state) != states.last();
        if !wrong.is_empty() && seen.is_named && seen.is_only_stale(&right) {
            total.stale += 1;
        } else if !wrong.is_empty() && !is_shorter {
            total.faults.push(format!("{file}, byte {at}: wrong (named: {}): {wrong:?}", seen.is_named));
        } else if !states.contains(state) {
            total.faults.push(format!("{file}, byte {at}: another state (named: {})", seen.is_named));
        } else if is_shorter && (seen.is_named || file == LOG_AHEAD) {
            total.shortened += 1;
        } else if !missing.is_empty() && !seen.is_named {
            total.faults.push(format!("{file}, byte {at}: missing, and not named: {missing:?}"));
        } else if !seen.is_named {
            total.harmless += 1;
        }
    }
    total
}

/// A copy of a folder, to be removed by whoever asked.
fn copied(base: &Path) -> PathBuf {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COPIES: AtomicU64 = AtomicU64::new(0);
    let copy = base.with_extension(COPIES.fetch_add(1, Ordering::Relaxed).to_string());
    std::fs::create_dir(&copy).unwrap();
    for file in std::fs::read_dir(base).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.join(file.file_name())).unwrap();
    }
    copy
}

#[track_caller]
#[expect(clippy::print_stdout, reason = "whoever runs all of it wants the totals")]
fn demand(file: &str, total: &Total) {
    let Total { flips, harmless, named, refused, shortened, stale, faults } = total;
    println!(
        "{file}: {flips} bytes; of these {named} are named, {refused} let no server start, {shortened} shorten the log"
    );
    println!("ahead, {stale} let a post say what it said before, and {harmless} are not used");
    assert!(faults.is_empty(), "{} of {flips}:\n{}", faults.len(), faults.join("\n"));
}

/// A folder in which a server stopped in peace, with a state that is kept.
fn stopped(folder: &Folder) -> (PathBuf, Vec<(LogId, Seq)>, Vec<State>) {
    let base = folder.path().join("base");
    std::fs::create_dir(&base).unwrap();
    let (mut writer, book, states) = conversation(&base.join(DATABASE));
    writer.scrub();
    let state = book.state();
    writer.checkpoint(state.position(), state.encode()).unwrap();
    drop(writer);
    let mut index = Index::open(&base.join(INDEX), None);
    let reader = Reader::open(&base.join(DATABASE), None).unwrap();
    while index.ready(&reader).unwrap() < state.position() {
        let (rest, _) = Changes::read(&reader, index.indexed(), usize::MAX).unwrap();
        index.take(&rest, &reader).unwrap();
    }
    drop(reader);
    drop(index);
    (base, heads(&book), states)
}

/// The last entry of each log.
fn heads(book: &Book) -> Vec<(LogId, Seq)> {
    let heads: BTreeMap<LogId, Seq> = book.rows.iter().map(|row| (row.log, row.seq)).collect();
    heads.into_iter().collect()
}

#[test]
fn a_byte_of_the_database_that_turns_over_is_found_and_never_served() {
    let folder = Folder::new();
    let (base, heads, states) = stopped(&folder);
    demand(DATABASE, &flip(&base, DATABASE, &heads, &states));
}

#[test]
fn a_byte_of_the_index_that_turns_over_finds_nothing_wrong() {
    let folder = Folder::new();
    let (base, heads, states) = stopped(&folder);
    demand(INDEX, &flip(&base, INDEX, &heads, &states));
}

#[test]
fn a_byte_of_the_log_ahead_that_turns_over_is_found_and_never_served() {
    let folder = Folder::new();
    let first = folder.path().join("first");
    std::fs::create_dir(&first).unwrap();
    let (writer, book, states) = conversation(&first.join(DATABASE));
    // What lies there while the server runs is what is left when it is killed, but for what its processes share.
    let base = copied(&first);
    drop(writer);
    std::fs::remove_file(base.join("sala.db-shm")).unwrap();
    assert!(std::fs::metadata(base.join(LOG_AHEAD)).unwrap().len() > 10_000);
    demand(LOG_AHEAD, &flip(&base, LOG_AHEAD, &heads(&book), &states));
}
