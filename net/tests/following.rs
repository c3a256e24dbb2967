//! The search beside a store that is written to: what was committed is found.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;
mod spoken;

use sala_net::search::{Busy, Finder as _, Search};
use sala_net::store::Reader;
use spoken::{ANNA, KITCHEN, Log, query, spoken};
use std::task::{Context, Poll, Waker};

fn searched(log: &Log) -> Search {
    Search::start(
        &log.path().with_extension("other"),
        Reader::open(&log.folder.path().join("sala.db"), None).unwrap(),
    )
}

async fn found(search: &Search, words: &str) -> Vec<u64> {
    search.find(query(words)).await.unwrap().iter().map(|hit| hit.position.0).collect()
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
        search.committed();
        assert_eq!(found(&search, "more").await.first(), Some(&(position as u64)));
    }
    search.end().await;
    let search = searched(&log);
    assert_eq!(found(&search, "more").await.len(), 14);
}

#[tokio::test]
async fn nobody_waits_behind_too_many_searches() {
    let mut log = spoken();
    log.write();
    let search = searched(&log);
    let mut asked: Vec<_> = (0..5_000).map(|_| Box::pin(search.find(query("bread")))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let polled = asked.iter_mut().map(|find| find.as_mut().poll(&mut context));
    assert!(polled.filter(|answer| *answer == Poll::Ready(Err(Busy))).count() > 0);
    drop(asked);
    search.committed();
    // Those who have gone are passed over in no time, but in some.
    let hits = loop {
        match search.find(query("bread")).await {
            Ok(hits) => break hits,
            Err(Busy) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(hits.len(), 2);
}
