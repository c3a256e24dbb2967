//! What a start reads from disk is what the server knew before, whether from its last checkpoint or from every entry.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;
#[path = "common/crowd.rs"]
mod crowd;

use common::Folder;
use crowd::Crowd;
use sala_core::entry::Position;
use sala_net::store::Reader;

#[test]
fn the_state_after_a_restart_is_the_one_before() {
    let folder = Folder::new();
    let path = folder.path().join("sala.db");
    let crowd = Crowd { accounts: 300, rooms: 40, joined: 5, posts: 6_000, unkept: 1_500 };
    let before = crowd::write(&path, crowd);
    let loaded = Reader::open(&path, None).unwrap().load().unwrap();
    assert_eq!(loaded.checkpointed, Position(before.position().0 - 1_500), "the checkpoint is used");
    assert!(loaded.state == before, "checkpoint and rest add up to another state");
    without_checkpoint(&path);
    let loaded = Reader::open(&path, None).unwrap().load().unwrap();
    assert_eq!(loaded.checkpointed, Position(0), "there is no checkpoint");
    assert!(loaded.state == before, "all entries add up to another state");
}

/// The same folder without its checkpoint.
fn without_checkpoint(path: &std::path::Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute("DELETE FROM checkpoint", []).unwrap();
}
