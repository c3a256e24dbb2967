//! Stories of clients whose posts wait for the moderators, and of the moderators' clients.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::seats::{asks, breaks, brings, people, signing_in};
use common::{Disk, World, claim_code, room};
use sala_core::client::{News, User};
use sala_core::entry::HeldId;
use sala_core::protocol::Request;

/// Ana keeps the lobby, in which posts with `casino` wait.
fn lobby() -> (World, usize, usize) {
    let (mut world, [ana, bo]) = people(["ana", "bo"]);
    asks(&mut world, ana, Request::Claim { code: claim_code() });
    let words = vec!["casino".to_owned()];
    asks(&mut world, ana, Request::Hold { room: room("lobby"), words, links: false });
    world.passes(1_000);
    [ana, bo].iter().for_each(|seat| drop(world.happened(*seat)));
    (world, ana, bo)
}

/// What a client shows as waiting in the lobby, and how many are said to.
fn waits(world: &World, seat: usize) -> (Vec<&str>, usize) {
    let view = &world.guests[seat].client.model().rooms[&room("lobby")];
    (view.held.iter().map(|row| row.text.as_str()).collect(), view.waiting)
}

fn lets(world: &mut World, seat: usize, held: u64) {
    asks(world, seat, Request::Let { room: room("lobby"), held: HeldId(held) });
}

fn rejects(world: &mut World, seat: usize, held: u64) {
    let reason = "no ads".to_owned();
    asks(world, seat, Request::Reject { room: room("lobby"), held: HeldId(held), reason });
}

/// What a client was told was not let through.
fn rejected(world: &World, seat: usize) -> Vec<(Option<String>, String)> {
    let notices = world.guests[seat].client.model().notices.iter();
    let rejected = notices.filter_map(|notice| match &notice.news {
        News::Rejected { said, reason } => Some((said.clone(), reason.clone())),
        _ => None,
    });
    rejected.collect()
}

#[test]
fn what_waits_is_shown_to_who_said_it_and_to_who_keeps_order_until_it_is_let_through() {
    let (mut world, ana, bo) = lobby();
    world.guest_says(bo, "a casino");
    assert_eq!(world.happened(bo), ["waits 1 in lobby as 1"]);
    for seat in [ana, bo] {
        assert_eq!(waits(&world, seat), (vec!["a casino"], 1));
    }
    assert_eq!(world.guests[bo].client.model().outbox.posts().count(), 0);
    lets(&mut world, ana, 1);
    for seat in [ana, bo] {
        assert_eq!(waits(&world, seat), (vec![], 0));
        assert_eq!(world.shows(seat).last().unwrap(), "5: bo says a casino");
        assert_eq!(world.guests[seat].client.model().rooms[&room("lobby")].unread, 1);
    }
}

#[test]
fn a_second_device_and_one_that_was_started_anew_show_what_waits_as_well() {
    let (mut world, ana, bo) = lobby();
    let phone = brings(&mut world, "bo", "phone", signing_in(None));
    world.guest_says(bo, "a casino");
    assert_eq!(waits(&world, phone), (vec!["a casino"], 1));
    let desk = brings(&mut world, "bo", "desk", signing_in(None));
    assert_eq!(waits(&world, desk), (vec!["a casino"], 1));
    breaks(&mut world, ana);
    assert_eq!(waits(&world, ana), (vec!["a casino"], 1));
}

#[test]
fn a_post_whose_answer_was_lost_is_sent_again_and_waits_once() {
    let (mut world, ana, bo) = lobby();
    world.disk_is(Disk::Busy);
    world.guest_says(bo, "a casino");
    world.cuts(bo, true);
    world.disk_is(Disk::Works);
    world.passes(60_000);
    assert!(world.asked(bo, |request| matches!(request, Request::Post { .. })) > 1, "it was sent again");
    assert!(world.happened(bo).contains(&"waits 1 in lobby as 1".to_owned()));
    assert_eq!(waits(&world, ana), (vec!["a casino"], 1));
    // So it is if it was let through meanwhile.
    world.disk_is(Disk::Busy);
    world.guest_says(bo, "another casino");
    world.cuts(bo, false);
    world.disk_is(Disk::Works);
    lets(&mut world, ana, 2);
    world.guests[bo].reaches = true;
    world.passes(60_000);
    assert!(world.happened(bo).contains(&"stored 2 in lobby at 5".to_owned()));
    assert_eq!(world.lobby().iter().filter(|line| line.contains("another casino")).count(), 1);
}

#[test]
fn whoever_is_refused_is_told_once_also_if_he_was_away() {
    let (mut world, ana, bo) = lobby();
    world.guest_says(bo, "a casino");
    rejects(&mut world, ana, 1);
    let told = (Some("a casino".to_owned()), "no ads".to_owned());
    assert_eq!(rejected(&world, bo), [told]);
    world.guest_says(bo, "one casino");
    world.guest_says(bo, "another casino");
    rejects(&mut world, ana, 2);
    assert_eq!(waits(&world, bo), (vec!["another casino"], 1));
    rejects(&mut world, ana, 3);
    assert_eq!(waits(&world, bo), (vec![], 0));
    world.guest_says(bo, "the casino");
    world.cuts(bo, false);
    rejects(&mut world, ana, 4);
    world.guests[bo].reaches = true;
    world.passes(60_000);
    assert_eq!(rejected(&world, bo).len(), 4);
    breaks(&mut world, bo);
    assert_eq!(rejected(&world, bo).len(), 4);
    // A device that is new hears of both, until somebody has looked into the room.
    let phone = brings(&mut world, "bo", "phone", signing_in(None));
    assert_eq!(rejected(&world, phone).len(), 4);
    world.guest_says(ana, "good morning");
    world.wants(bo, User::Read(room("lobby")));
    world.passes(5_000);
    let desk = brings(&mut world, "bo", "desk", signing_in(None));
    assert_eq!(rejected(&world, desk).len(), 0);
}
