//! What a room does not keep any longer is found no more.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::Folder;
use sala_core::entry::{Act, DeviceId, Entry, LogId, PersonId, Position, Post, PostNumber, RoomEntry, Seq};
use sala_core::name::Name;
use sala_core::server::Query;
use sala_core::time::Wall;
use sala_net::search::{Index, Row};

const KITCHEN: LogId = LogId(7);
const CELLAR: LogId = LogId(8);
/// More than are taken out in one transaction.
const POSTS: u64 = 700;

fn row(position: u64, log: LogId, seq: u64, act: Act) -> Row {
    let (person, author) = (PersonId(1), Name::of_erased(1));
    let entry = Entry::Room(RoomEntry { at: Wall(0), person, author, act });
    (Position(position), log, Seq(seq), entry.encode())
}

fn said(n: u64, text: &str) -> Act {
    Act::Post(Post::plain(DeviceId(1), PostNumber::new(n).unwrap(), text))
}

#[test]
fn what_a_room_keeps_no_longer_is_found_no_more_and_the_rest_is() {
    let folder = Folder::new();
    let mut index = Index::open(&folder.path().join("search.db"), None);
    let mut rows: Vec<Row> =
        (1..=POSTS).map(|n| row(n, KITCHEN, n, said(n, &format!("tomatoes {n}")))).collect();
    rows.push(row(POSTS + 1, CELLAR, 1, said(POSTS + 1, "tomatoes in the cellar")));
    let upto = Seq(POSTS - 1);
    rows.push(row(POSTS + 2, KITCHEN, POSTS + 1, Act::Faded { upto }));
    rows.push(row(POSTS + 3, KITCHEN, POSTS + 2, said(POSTS + 2, "tomatoes again")));
    while let Some(rest) = rows.get(usize::try_from(index.indexed().0).unwrap()..)
        && !rest.is_empty()
    {
        index.take(rest).unwrap();
    }
    let query = Query {
        words: "tomatoes".to_owned(),
        logs: vec![KITCHEN, CELLAR],
        author: None,
        since: None,
        until: None,
        before: None,
        limit: 9_999,
    };
    let found: Vec<u64> = index.search(&query).iter().map(|hit| hit.position.0).collect();
    assert_eq!(found, [POSTS + 3, POSTS + 1, POSTS]);
    assert!(index.is_stale(), "the words that are gone are scrubbed from the file");
}
