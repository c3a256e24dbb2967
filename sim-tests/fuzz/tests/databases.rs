//! Databases that are damaged all over: each is refused, or what is whole of it is served, and nothing breaks.

#[path = "../../../net/tests/book/mod.rs"]
mod book;

use book::{Book, open};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::entry::{LogId, PersonId, Position, RoomKind, Seq};
use sala_core::server::Query;
use sala_fuzz::Choices;
use sala_net::search::{Changes, Index};
use sala_net::store::{Range, Reader, Writer};
use std::collections::BTreeSet;

const ALL: usize = 100;

#[test]
fn a_damaged_database_is_refused_or_serves_what_is_whole() {
    let folder = std::env::temp_dir().join(format!("sala-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("there is a place for it");
    let (path, search) = (folder.join("sala.db"), folder.join("search.db"));
    let mut book = Book::default();
    let ana = book.person(1, "ana");
    let log = book.room(1, "lobby", RoomKind::Public, ana);
    for number in 1..=40 {
        let post = book.post(log, ana, &format!("line {number} {}", "x".repeat(number * 7 % 300)));
        book.edit(log, ana, post, "edited");
        book.react(log, ana, post, "👍", true);
    }
    let mut writer = open(&path);
    writer.commit(&book.next(), &[]).expect("the disk works");
    writer.checkpoint(book.state().position(), book.state().encode()).expect("the disk works");
    drop(writer);
    let said: BTreeSet<Vec<u8>> = book.rows.iter().map(|row| row.body.clone()).collect();
    let mut index = Index::open(&search, None);
    let reader = Reader::open(&path, None).expect("it is whole");
    while index.ready(&reader).expect("the disk works").0 < book.rows.len() as u64 {
        let (rest, _) = Changes::read(&reader, index.indexed(), usize::MAX).expect("it is whole");
        index.take(&rest, &reader).expect("the disk works");
    }
    drop((index, reader));
    let whole = [&path, &search].map(|path| std::fs::read(path).expect("it was written"));
    bolero::check!().for_each(|bytes: &[u8]| {
        let mut choices = Choices::new(bytes);
        for (path, whole) in [&path, &search].into_iter().zip(&whole) {
            let mut damaged = whole.clone();
            for _ in 0..1 + choices.below(8) {
                let at = (choices.below(1 << 16) << 8 | usize::from(choices.byte())) % damaged.len();
                match choices.below(4) {
                    // A header says more of a database than its rows do.
                    0 => damaged[at % 100] = choices.byte(),
                    1 => damaged[at] = choices.byte(),
                    2 => {
                        let raw = choices.raw();
                        let end = damaged.len().min(at + raw.len());
                        damaged[at..end].copy_from_slice(&raw[..end - at]);
                    }
                    _ => damaged.truncate(at.max(1)),
                }
            }
            std::fs::write(path, damaged).expect("there is room");
            for ahead in ["-wal", "-shm", "-journal"] {
                std::fs::remove_file(format!("{}{ahead}", path.display())).ok();
            }
        }
        if let Ok(reader) = Reader::open(&path, None) {
            drop(reader.verify());
        }
        let opened = Writer::open(&path, None, StdRng::seed_from_u64(1));
        if let (Ok(_writer), Ok(reader)) = (opened, Reader::open(&path, None)) {
            drop(reader.load());
            let end = Seq(1_000);
            if let Ok(stretch) = reader.read(log, Range::After(Seq(0), end), ALL) {
                for (seq, body) in stretch.entries {
                    assert!(said.contains(&body), "{seq:?}: {}", String::from_utf8_lossy(&body));
                }
            }
            drop(reader.page(log, Range::Before(end), ALL));
            drop(reader.audit(log, end, ALL));
            drop(reader.versions(log, Seq(2), None));
            drop(reader.written_by(PersonId(1), Position(0), ALL));
            drop(reader.author(log, Seq(2)));
        }
        let mut index = Index::open(&search, None);
        let (words, logs) = ("line".to_owned(), vec![LogId(1)]);
        let query = Query { words, logs, author: None, since: None, until: None, before: None, limit: ALL };
        assert!(
            Reader::open(&path, None).map_or(true, |reader| {
                index.search(&query, &reader).iter().all(|hit| hit.log == LogId(1))
            }),
            "it is found where nobody looked"
        );
    });
    std::fs::remove_dir_all(&folder).ok();
}
