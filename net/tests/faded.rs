//! What a room does not keep any longer is found no more.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;
mod spoken;

use sala_core::entry::{Act, Seq};
use sala_core::server::Query;
use spoken::{ANNA, CELLAR, KITCHEN, Log, PART, query};

/// More than are taken out in one transaction.
const POSTS: u64 = 5_000;

#[test]
fn what_a_room_keeps_no_longer_is_found_no_more_and_the_rest_is() {
    // In two parts of the index.
    let first = PART - 2_000;
    let mut log = Log::from(first);
    for n in 1..=POSTS {
        log.post(KITCHEN, ANNA, &format!("tomatoes {n}"));
    }
    log.post(CELLAR, ANNA, "tomatoes in the cellar");
    log.act(KITCHEN, ANNA, Act::Faded { upto: Seq(POSTS - 1) });
    log.post(KITCHEN, ANNA, "tomatoes again");
    let found = log.find(&Query { limit: 9_999, ..query("tomatoes") });
    assert_eq!(found, [first + POSTS + 2, first + POSTS, first + POSTS - 1]);
    assert!(log.index.is_stale(), "the words that are gone are scrubbed from the file");
    log.index.scrub().unwrap();
    assert!(log.index.is_stale(), "of each part for itself");
    log.index.scrub().unwrap();
    assert!(!log.index.is_stale());
    assert_eq!(log.words("again"), [first + POSTS + 2]);
}
