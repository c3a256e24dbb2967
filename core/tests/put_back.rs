//! The story of a server that was put back to an earlier copy of itself, and has gone on from there.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "clients speak for themselves")]
mod common;

use common::{Disk, World, room};
use sala_core::client::User;
use sala_core::limits::BACKOFF_MS_MAX;
use sala_core::protocol::Page;

#[test]
fn a_server_that_was_put_back_and_has_gone_on_is_not_taken_for_the_one_before() {
    let mut world = World::new();
    let ana = world.invites("ana", "d");
    world.wants(ana, User::Join(room("lobby")));
    world.is_known_by("one");
    let [bo, tail] = ["bo", "ana"].map(|name| world.invites(name, "tail"));
    world.wants(bo, User::Join(room("lobby")));
    world.wants(tail, User::Follow(room("lobby"), None));
    world.cuts(ana, true);
    world.passes(BACKOFF_MS_MAX);
    let copied = usize::try_from(world.server.state().position().0).unwrap();
    ["a", "b"].iter().for_each(|text| world.guest_says(bo, text));
    world.disk_is(Disk::Stalls);
    world.guest_says(bo, "c");
    world.happened(tail);
    [ana, tail].iter().for_each(|guest| world.cuts(*guest, false));
    world.restarts_with(copied);
    world.is_known_by("two");
    // By the time that they come back, the log is as long as they know it, and says something else.
    world.passes(BACKOFF_MS_MAX);
    ["d", "e"].iter().for_each(|text| world.guest_says(bo, text));
    [ana, tail].iter().for_each(|guest| world.guests[*guest].reaches = true);
    world.passes(BACKOFF_MS_MAX);
    let said = |line: &String| Some(line.split_once(" says ")?.1.to_owned());
    assert_eq!(
        world.lobby().iter().filter_map(said).collect::<Vec<_>>(),
        ["c", "d", "e"],
        "what was not known to be stored is said once, and nothing twice"
    );
    assert_eq!(world.happened(tail).first().unwrap(), "put back");
    assert_eq!(
        world.shows(ana),
        ["skipped 1..6"],
        "nothing is shown of which nobody knows whether it is there"
    );
    let notice = &world.guests[ana].client.model().notices[0].text;
    assert!(notice.contains("put back to an earlier copy"), "{notice}");
    world.wants(ana, User::Page(room("lobby"), Page::Before(None), 3));
    assert_eq!(world.shows(ana)[1..], ["4: bo says c", "5: bo says d", "6: bo says e"]);
}
