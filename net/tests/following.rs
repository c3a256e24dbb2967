//! The search beside a store that is written to: what was committed is found.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;
mod spoken;

use rusqlite::Connection;
use sala_core::entry::Position;
use sala_core::limits::SEARCHES_WAITING_MAX;
use sala_net::search::{Change, Changes, FindError, Finder as _, Search};
use sala_net::store::Reader;
use spoken::{ANNA, KITCHEN, Log, query, spoken};
use std::task::{Context, Poll, Waker};

fn searched(log: &Log) -> Search {
    Search::start(
        &log.path().with_extension("other"),
        Reader::open(&log.folder.path().join("sala.db"), None).unwrap(),
    )
    .unwrap()
}

async fn found(search: &Search, words: &str) -> Vec<u64> {
    search.find(query(words)).await.unwrap().iter().map(|hit| hit.position.0).collect()
}

/// What the rows from this one on change.
fn changes(log: &Log, from: usize) -> Changes {
    let after = Position(from as u64);
    let change = |row: &sala_net::store::Row| Change::of(row.position, row.log, &row.entry);
    Changes { after, upto: Position(log.last()), list: log.rows[from..].iter().filter_map(change).collect() }
}

/// What is said in another log at the place of this one's last row.
fn of_another(log: &Log, text: &str) -> Changes {
    let mut other = spoken();
    other.rows = log.rows.clone();
    other.rows.pop();
    other.post(KITCHEN, ANNA, text);
    changes(&other, log.rows.len() - 1)
}

#[tokio::test]
async fn what_is_committed_is_found_and_found_again_after_a_start() {
    let mut log = spoken();
    log.write();
    let search = searched(&log);
    assert_eq!(found(&search, "bread").await, [3, 1]);
    for position in 6..20 {
        log.post(KITCHEN, ANNA, "more bread");
        log.write();
        search.committed(changes(&log, position - 1), false);
        assert_eq!(found(&search, "more").await.first(), Some(&(position as u64)));
    }
    search.end().await;
    let search = searched(&log);
    assert_eq!(found(&search, "more").await.len(), 14);
}

#[tokio::test]
async fn it_is_taken_from_memory_unless_something_is_erased() {
    let mut log = spoken();
    log.write();
    let search = searched(&log);
    assert_eq!(found(&search, "bread").await, [3, 1]);
    log.post(KITCHEN, ANNA, "as on disk");
    log.write();
    search.committed(of_another(&log, "as in memory"), false);
    assert_eq!((found(&search, "memory").await, found(&search, "disk").await), (vec![6], vec![]));
    log.post(KITCHEN, ANNA, "as on disk");
    log.write();
    search.committed(of_another(&log, "as in memory"), true);
    assert_eq!((found(&search, "memory").await, found(&search, "disk").await), (vec![6], vec![7]));
    // Of the first of these nothing was said, so the other one is not what comes next.
    log.post(KITCHEN, ANNA, "as on disk");
    log.post(KITCHEN, ANNA, "as on disk");
    log.write();
    search.committed(of_another(&log, "as in memory"), false);
    assert_eq!((found(&search, "memory").await, found(&search, "disk").await), (vec![6], vec![9, 8, 7]));
}

#[tokio::test]
async fn what_is_too_much_for_the_memory_is_read_from_disk() {
    let mut log = spoken();
    log.write();
    let search = searched(&log);
    assert_eq!(found(&search, "bread").await, [3, 1]);
    log.post(KITCHEN, ANNA, "as on disk");
    log.write();
    search.committed(of_another(&log, &"much ".repeat(1 << 20)), false);
    assert_eq!((found(&search, "much").await, found(&search, "disk").await), (vec![], vec![6]));
}

#[tokio::test]
async fn nobody_waits_behind_too_many_searches() {
    let mut log = spoken();
    log.write();
    let search = searched(&log);
    assert_eq!(found(&search, "bread").await, [3, 1]);
    // While somebody else has the index, the first search waits for it, and all others for the first.
    let other = Connection::open(log.path().with_extension("other")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let mut asked: Vec<_> =
        (0..SEARCHES_WAITING_MAX + 2).map(|_| Box::pin(search.find(query("bread")))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let polled: Vec<_> = asked.iter_mut().map(|find| find.as_mut().poll(&mut context)).collect();
    // The thread may have taken the first one in by now, or not.
    let (wait, late) = polled.split_at(SEARCHES_WAITING_MAX);
    assert!(wait.iter().all(Poll::is_pending));
    assert_eq!(late[1], Poll::Ready(Err(FindError::Busy)));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(asked.remove(0).await.map(|hits| hits.len()), Ok(2));
    drop(asked);
    // Those who have gone are passed over in no time, but in some.
    let hits = loop {
        match search.find(query("bread")).await {
            Err(FindError::Busy) => tokio::task::yield_now().await,
            answer => break answer,
        }
    };
    assert_eq!(hits.map(|hits| hits.len()), Ok(2));
}

#[tokio::test]
async fn a_search_that_has_ended_is_not_called_busy() {
    let mut log = spoken();
    log.write();
    let search = searched(&log);
    search.end().await;
    assert_eq!(search.find(query("bread")).await, Err(FindError::Gone));
}
