//! What is erased is nowhere in the files, and everything else stays as it was.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;
mod book;

use book::{AT, Book, open};
use common::Folder;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rusqlite::Connection;
use sala_core::entry::{
    Act, Audience, DIRECTORY, DirectoryEntry, Entry, LogId, Mode, Note, PersonId, PersonalEntry, RoomKind,
    Sanction, Seq, Whom,
};
use sala_core::limits::POST_WINDOW;
use sala_core::name::{Name, RoomName};
use sala_core::server::{Erase, State};
use sala_net::store::{LoadError, LogStore as _, Range, Reader, ThreadedStore, Writer};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What must be nowhere once it is erased.
const MARK: &str = "xyzzy";

/// A folder, what was written to it, and a writer that is still open: the write-ahead log is part of what is searched.
struct Desk {
    folder: Folder,
    book: Book,
    writer: Writer,
}

impl Desk {
    fn new() -> Self {
        let folder = Folder::new();
        let writer = open(&folder.path().join("sala.db"));
        Desk { folder, book: Book::default(), writer }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("sala.db")
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.path(), None).unwrap()
    }

    /// Writes what is in the book and not on disk yet.
    fn write(&mut self, erasures: &[Erase]) {
        self.writer.commit(&self.book.next(), erasures).unwrap();
    }

    /// The same, and nobody reads.
    fn write_and_scrub(&mut self, erasures: &[Erase]) {
        self.write(erasures);
        self.writer.scrub();
        assert!(!self.writer.scrub_due());
    }

    /// All that is in the files.
    fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    /// How often the files hold this text.
    fn count(&self, text: &str) -> usize {
        self.bytes().windows(text.len()).filter(|part| *part == text.as_bytes()).count()
    }

    /// The marks with their numbers that are in the files.
    fn marks(&self) -> BTreeSet<String> {
        let (bytes, length) = (self.bytes(), MARK.len() + 3);
        let marks = bytes.windows(length).filter(|part| part.starts_with(MARK.as_bytes()));
        marks.map(|mark| String::from_utf8_lossy(mark).into_owned()).collect()
    }

    /// The entries are sound, and add up to what they did before anything was erased.
    fn demand_sound(&self) {
        let report = self.reader().verify().unwrap();
        assert_eq!((report.entries, report.faults), (self.book.rows.len() as u64, Vec::new()));
        let loaded = self.reader().load().unwrap();
        assert_eq!(loaded.state, self.book.state());
    }
}

/// Two people in a room, where things stand that stay, between which others will be put.
fn desk() -> (Desk, LogId, PersonId, PersonId) {
    let mut desk = Desk::new();
    let ana = desk.book.person(1, "ana");
    let bo = desk.book.person(2, "bo");
    let garden = desk.book.room(1, "garden", RoomKind::Public, ana);
    desk.book.act(garden, bo, Act::Joined);
    desk.book.post(garden, ana, "what stays");
    (desk, garden, ana, bo)
}

#[test]
fn a_post_goes_with_its_versions_and_signs() {
    let (mut desk, garden, ana, bo) = desk();
    let post = desk.book.post(garden, bo, MARK);
    desk.book.post(garden, ana, "an answer");
    desk.book.edit(garden, bo, post, &format!("not {MARK}"));
    desk.book.edit(garden, bo, post, &format!("{MARK} again"));
    desk.book.react(garden, ana, post, "👍", true);
    desk.write(&[]);
    assert!(desk.count(MARK) >= 3, "or nothing is shown by what follows");

    desk.book.act(garden, ana, Act::Deleted { target: post, of: bo });
    desk.write_and_scrub(&[Erase::Post(garden, post)]);
    assert_eq!(desk.count(MARK), 0);
    assert!(desk.count("what stays") > 0 && desk.count("an answer") > 0);
    desk.demand_sound();
    let page = desk.reader().page(garden, Range::After(Seq(0), Seq(9)), 99).unwrap();
    assert_eq!(
        (page.entries.len(), page.damaged),
        (desk.reader().read(garden, Range::Before(Seq(10)), 99).unwrap().entries.len(), Vec::new())
    );
    assert!(page.entries.iter().all(|(_, body)| !str::from_utf8(body).unwrap().contains("edited\":")));
    assert!(page.entries.iter().all(|(_, body)| !str::from_utf8(body).unwrap().contains("reactions")));
    assert_eq!(desk.reader().versions(garden, post, None).unwrap().entries.len(), 1);
    assert_eq!(desk.reader().author(garden, post).unwrap(), Some(bo));
}

#[test]
fn all_that_was_said_in_a_stretch_goes_with_versions_that_came_later() {
    let (mut desk, garden, ana, bo) = desk();
    let first = desk.book.post(garden, bo, MARK);
    let gone: Vec<Seq> = (0..600).map(|n| desk.book.post(garden, ana, &format!("{MARK} {n}"))).collect();
    let banned = Act::Banned(
        Whom { person: bo, name: Name::parse("bo").unwrap() },
        Sanction { until: None, reason: "a reason that stays".to_owned() },
    );
    desk.book.act(garden, ana, banned);
    let last = desk.book.post(garden, ana, &format!("{MARK} at last"));
    let stays = desk.book.post(garden, ana, "what is younger");
    desk.book.edit(garden, bo, first, &format!("{MARK} quite late"));
    desk.book.edit(garden, ana, stays, "what is younger, too");
    desk.book.react(garden, ana, gone[7], "👍", true);
    desk.write(&[]);
    assert!(desk.count(MARK) > 600, "or nothing is shown by what follows");

    desk.book.act(garden, ana, Act::Faded { upto: last });
    desk.write_and_scrub(&[Erase::Posts { log: garden, after: first.before(), upto: last }]);
    assert_eq!(desk.count(MARK), 0);
    for text in ["what stays", "what is younger", "what is younger, too", "a reason that stays"] {
        assert!(desk.count(text) > 0, "{text}");
    }
    desk.demand_sound();
    let page = desk.reader().page(garden, Range::Before(last.next()), 999).unwrap();
    assert!(page.entries.iter().all(|(_, body)| !str::from_utf8(body).unwrap().contains("reactions")));
    // What was erased may be erased again, as after a crash.
    desk.write_and_scrub(&[Erase::Posts { log: garden, after: Seq(0), upto: stays.before() }]);
    assert!(desk.count("what is younger, too") > 0 && desk.count("what stays") == 0);
    desk.demand_sound();
}

#[test]
fn a_post_may_be_erased_by_the_batch_that_it_came_with() {
    let (mut desk, garden, ana, bo) = desk();
    let post = desk.book.post(garden, bo, MARK);
    desk.book.act(garden, ana, Act::Deleted { target: post, of: bo });
    desk.write_and_scrub(&[Erase::Post(garden, post)]);
    assert_eq!(desk.count(MARK), 0);
    desk.demand_sound();
}

#[test]
fn a_secret_that_was_replaced_goes_and_the_new_one_stays() {
    let (mut desk, _, _, bo) = desk();
    let password = |hash: &str| DirectoryEntry::Password { at: AT, person: bo, hash: hash.to_owned() };
    let old = desk.book.note(password(MARK));
    desk.write(&[]);
    desk.book.note(password("the new hash"));
    desk.write_and_scrub(&[Erase::Secret(DIRECTORY, old)]);
    assert_eq!((desk.count(MARK), desk.count("the new hash")), (0, 1));
    desk.demand_sound();
}

/// Somebody whose name, words, secrets, and notes are all in the logs, and in the checkpoint. The seqs of his posts.
fn marked_person(desk: &mut Desk, garden: LogId, ana: PersonId) -> (PersonId, Vec<Seq>) {
    let zed = desk.book.person(3, MARK);
    desk.book.act(garden, zed, Act::Joined);
    let own = |by, note| Entry::Personal(PersonalEntry { at: AT, by, note });
    let (name, whom) = (Name::parse(MARK).unwrap(), zed);
    let ask = Note::AskedBy { whom, name: name.clone(), note: format!("{MARK} asks") };
    desk.book.add(LogId::personal(ana), own(zed, ask));
    let (name, whom) = (Name::parse("ana").unwrap(), ana);
    let asked = Note::Asked { whom, name: name.clone(), note: format!("{MARK} asks") };
    desk.book.add(LogId::personal(zed), own(zed, asked));
    let (mode, audience) = (Mode::Online, Audience::Rooms);
    desk.book.add(LogId::personal(zed), own(zed, Note::Presence { mode, audience, status: MARK.to_owned() }));
    let invited = Note::Invited { log: garden, room: RoomName::parse("garden").unwrap(), title: None, name };
    desk.book.add(LogId::personal(zed), own(ana, invited));
    desk.book.note(DirectoryEntry::Password { at: AT, person: zed, hash: format!("{MARK} hash") });
    let secret = format!("{MARK} secret");
    desk.book.note(DirectoryEntry::Totp { at: AT, person: zed, secret, step: 1, recovery: Vec::new() });
    let posts: Vec<_> = (0..500).map(|n| desk.book.post(garden, zed, &format!("{MARK} {n}"))).collect();
    desk.book.edit(garden, zed, posts[1], &format!("{MARK} again"));
    desk.book.react(garden, zed, Seq(3), "👍", true);
    desk.book.react(garden, zed, Seq(3), "🎈", true);
    desk.book.react(garden, ana, Seq(3), "🎈", true);
    desk.write(&[]);
    desk.writer.checkpoint(desk.book.state().position(), desk.book.state().encode()).unwrap();
    (zed, posts)
}

/// One that is as long as the one before is written over it; the pages of another are freed, and overwritten with zeros.
#[test]
fn a_checkpoint_is_gone_with_the_next_one_whether_that_is_as_long_or_not() {
    let mut desk = desk().0;
    let position = desk.book.state().position();
    let mut last = None;
    for (letter, length) in
        [("a", 500_000), ("b", 505_000), ("c", 1_200_000), ("d", 1_000_000), ("e", 300_000), ("f", 10)]
    {
        desk.writer.checkpoint(position, letter.repeat(length).into_bytes()).unwrap();
        desk.writer.scrub();
        let run = |letter: &str| desk.count(&letter.repeat(8));
        assert!(run(letter) > 0, "{letter}");
        assert!(last.is_none_or(|last| run(last) == 0), "{last:?} is there after {letter}");
        last = Some(letter);
    }
}

/// Nobody would find it by another number; and it has the names of who was erased since.
#[test]
fn a_checkpoint_whose_number_is_damaged_is_replaced_and_gone() {
    let mut desk = desk().0;
    desk.write(&[]);
    let state = desk.book.state();
    desk.writer.checkpoint(state.position(), MARK.repeat(1_000).into_bytes()).unwrap();
    let damage = "PRAGMA ignore_check_constraints=ON; UPDATE checkpoint SET one = 3";
    Connection::open(desk.path()).unwrap().execute_batch(damage).unwrap();
    desk.writer.checkpoint(state.position(), state.encode()).unwrap();
    desk.writer.scrub();
    assert_eq!(desk.reader().load().unwrap().checkpointed, state.position());
    assert_eq!(desk.count(MARK), 0);
}

#[test]
fn a_person_goes_with_name_words_signs_secrets_and_his_own_log() {
    let (mut desk, garden, ana, _) = desk();
    let (zed, posts) = marked_person(&mut desk, garden, ana);
    assert!(desk.count(MARK) > 1_000, "or nothing is shown by what follows");

    desk.book.act(garden, zed, Act::Left);
    let keys = ["one hash".to_owned(), "another hash".to_owned()];
    desk.book.note(DirectoryEntry::Erased { at: AT, person: zed, keys, free_at: AT });
    desk.write_and_scrub(&[Erase::Person(zed)]);
    desk.demand_sound();
    assert!(desk.count(MARK) > 0, "the checkpoint has his name yet");
    desk.writer.checkpoint(desk.book.state().position(), desk.book.state().encode()).unwrap();
    assert!(desk.writer.scrub_due(), "what was the checkpoint is erased, too");
    desk.writer.scrub();
    assert_eq!(desk.count(MARK), 0);
    desk.demand_sound();
    Connection::open(desk.path()).unwrap().execute_batch("DELETE FROM checkpoint").unwrap();
    desk.demand_sound();
    let page = desk.reader().page(garden, Range::Before(Seq(4)), 9).unwrap();
    let signed = str::from_utf8(&page.entries[2].1).unwrap();
    assert!(signed.ends_with(r#""reactions":[{"emoji":"🎈","count":1,"names":["ana"]}]}"#), "{signed}");
    assert_eq!(
        desk.reader().author(garden, posts[0]).unwrap(),
        Some(zed),
        "who it was stays known by number"
    );
}

#[test]
fn a_closed_room_goes_with_its_name_and_all_that_was_said_in_it() {
    let (mut desk, garden, ana, bo) = desk();
    let attic = desk.book.room(2, MARK, RoomKind::Private, ana);
    desk.book.act(attic, bo, Act::Joined);
    desk.book.act(attic, ana, Act::Topic(MARK.to_owned()));
    desk.book.act(attic, ana, Act::Renamed(RoomName::parse(&format!("{MARK}-2")).unwrap()));
    for n in 0..500 {
        desk.book.post(attic, bo, &format!("{MARK} {n}"));
    }
    desk.book.edit(attic, bo, Seq(5), &format!("{MARK} again"));
    desk.book.react(attic, ana, Seq(5), "👍", true);
    desk.write(&[]);
    desk.book.act(attic, ana, Act::Closed("why it was closed".to_owned()));
    desk.book.note(DirectoryEntry::RoomClosed { at: AT, by: ana, log: attic });
    desk.write_and_scrub(&[Erase::Room(attic)]);
    assert_eq!(desk.count(MARK), 0);
    assert!(desk.count("what stays") > 0);
    // Until then his device has digests of what he said there.
    for _ in 0..POST_WINDOW {
        desk.book.post(garden, bo, "elsewhere");
    }
    desk.write(&[]);
    desk.demand_sound();
    let rows = |table| format!("SELECT count(*) FROM {table} WHERE log = 2");
    let connection = Connection::open(desk.path()).unwrap();
    for table in ["edit", "sign"] {
        assert_eq!(connection.query_row(&rows(table), [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    }
}

/// When a row grows, SQLite may copy its neighbours and leave the copies (see the store's `SPARE`); an erased name is
/// longer than these are.
#[test]
fn no_copy_of_a_post_stays_behind_where_people_were_erased_around_it() {
    for seed in 0..4 {
        let mut random = StdRng::seed_from_u64(seed);
        let (mut desk, garden, ana, _) = desk();
        let person = desk.book.person(3, "p");
        let mut posts = Vec::new();
        for n in 0..1_000 {
            let mark = format!("{MARK}{n:03}");
            let text = format!("{mark}{}", "y".repeat(random.random_range(0..60)));
            posts.push((desk.book.post(garden, ana, &text), mark));
            desk.book.react(garden, person, Seq(3), "👍", n % 2 == 0);
        }
        desk.write_and_scrub(&[]);
        assert_eq!(desk.marks().len(), posts.len());
        desk.write_and_scrub(&[Erase::Person(person)]);
        posts.shuffle(&mut random);
        for some in posts.chunks(60) {
            let erasures: Vec<_> = some.iter().map(|(post, _)| Erase::Post(garden, *post)).collect();
            desk.write_and_scrub(&erasures);
            let marks = desk.marks();
            assert!(some.iter().all(|(_, mark)| !marks.contains(mark)), "seed {seed}: {some:?} {marks:?}");
        }
        assert_eq!(desk.reader().verify().unwrap().faults, [""; 0]);
    }
}

#[test]
fn what_is_erased_twice_is_as_if_it_was_erased_once() {
    let (mut desk, garden, ana, bo) = desk();
    let post = desk.book.post(garden, bo, MARK);
    desk.book.act(garden, ana, Act::Deleted { target: post, of: bo });
    let erase = [Erase::Post(garden, post), Erase::Secret(DIRECTORY, Seq(3))];
    desk.write_and_scrub(&erase);
    let read = |desk: &Desk| desk.reader().read(garden, Range::Before(Seq(99)), 99).unwrap();
    let once = read(&desk);
    let file = std::fs::read(desk.path()).unwrap();
    desk.write_and_scrub(&erase);
    desk.write_and_scrub(&[Erase::Post(garden, Seq(99)), Erase::Person(PersonId(9)), Erase::Room(LogId(9))]);
    assert_eq!(read(&desk), once);
    assert!(
        std::fs::read(desk.path()).unwrap()[100..] == file[100..],
        "only SQLite's own counters have changed"
    );
}

#[test]
fn a_changed_letter_in_what_is_left_is_found() {
    let (mut desk, garden, _, bo) = desk();
    let post = desk.book.post(garden, bo, MARK);
    desk.write_and_scrub(&[Erase::Post(garden, post)]);
    let Desk { folder, writer, .. } = desk;
    drop(writer);
    let path = folder.path().join("sala.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let left = br#""n":1,"text":"""#;
    let at = bytes.windows(left.len()).position(|part| part == left).unwrap();
    bytes[at + 4] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let reader = Reader::open(&path, None).unwrap();
    let place = format!("entry {} of log {} is damaged", post.0, garden.0);
    assert_eq!(reader.verify().unwrap().faults, [place]);
    assert_eq!(reader.read(garden, Range::Before(post.next()), 99).unwrap().damaged, [post]);
    assert!(matches!(reader.load(), Err(LoadError::Damaged { .. })));
}

#[test]
fn a_damaged_post_goes_and_is_not_taken_for_whole() {
    let (mut desk, garden, _, bo) = desk();
    let post = desk.book.post(garden, bo, MARK);
    desk.write(&[]);
    let spoilt = "UPDATE entry SET body = CAST(replace(body, 'bo', 'by') AS BLOB) WHERE log = 1 AND seq = 4";
    Connection::open(desk.path()).unwrap().execute_batch(spoilt).unwrap();
    desk.write_and_scrub(&[Erase::Post(garden, post)]);
    assert_eq!(desk.count(MARK), 0);
    assert_eq!(desk.reader().read(garden, Range::Before(post.next()), 99).unwrap().damaged, [post]);
}

#[test]
fn whoever_reads_delays_the_scrub_and_no_commit() {
    let (mut desk, garden, ana, bo) = desk();
    let post = desk.book.post(garden, bo, MARK);
    desk.write_and_scrub(&[]);
    let reading = Connection::open(desk.path()).unwrap();
    reading.execute_batch("BEGIN; SELECT count(*) FROM entry").unwrap();
    desk.write(&[Erase::Post(garden, post)]);
    desk.writer.scrub();
    assert!(desk.writer.scrub_due() && desk.count(MARK) > 0);
    desk.book.post(garden, ana, "meanwhile");
    desk.write(&[]);
    reading.execute_batch("COMMIT").unwrap();
    desk.writer.scrub();
    assert!(!desk.writer.scrub_due());
    assert_eq!(desk.count(MARK), 0);
}

#[test]
fn the_store_scrubs_by_itself() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (mut desk, garden, _, bo) = desk();
    let post = desk.book.post(garden, bo, MARK);
    let folder = Folder::new();
    desk.folder = folder;
    let store = ThreadedStore::open(&desk.path(), StdRng::seed_from_u64(1)).unwrap();
    runtime.block_on(async {
        store.commit(desk.book.next(), Vec::new()).await.unwrap();
        assert!(desk.count(MARK) > 0);
        store.commit(Vec::new(), vec![Erase::Post(garden, post)]).await.unwrap();
        // Answered by the thread that scrubs before it looks for more work.
        store.commit(Vec::new(), Vec::new()).await.unwrap();
        assert_eq!(desk.count(MARK), 0);
        assert_eq!(store.author(garden, post).await.unwrap(), Some(bo));
        let loaded: State = store.load().await.unwrap().state;
        assert_eq!(loaded.position(), desk.book.state().position());
    });
}
