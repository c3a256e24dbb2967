//! Stories of clients and the server: what is said, heard and shown while links come and go.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "clients speak for themselves")]
mod common;

use common::{Disk, World, room, token};
use sala_core::client::{Link, Ticket, User};
use sala_core::entry::{LogId, Seq};
use sala_core::limits::{
    BACKOFF_MS_MAX, HEARTBEAT_MS, OUTBOX_POSTS_MAX, POST_BYTES_MAX, POSTS_IN_FLIGHT_MAX, RESUME_ENTRIES_MAX,
    STORAGE_RETRY_MS,
};
use sala_core::protocol::{Page, Request};
use sala_core::server::Quota;

/// A world with Ana in the lobby, who has a client.
fn ana_is_here() -> (World, usize) {
    let mut world = World::new();
    let ana = world.invites("ana", "d");
    world.wants(ana, User::Join(room("lobby")));
    (world, ana)
}

/// What is in the lobby after the joining.
fn said(world: &World) -> Vec<String> {
    world.lobby().iter().filter_map(|line| Some(line.split_once(" says ")?.1.to_owned())).collect()
}

fn numbers(range: std::ops::RangeInclusive<u64>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

#[test]
fn what_is_said_is_shown_when_it_is_stored() {
    let (mut world, ana) = ana_is_here();
    world.disk_is(Disk::Stalls);
    world.guest_says(ana, "hello");
    assert_eq!(world.guests[ana].client.model().outbox.open_count(), 1);
    world.disk_is(Disk::Works);
    assert_eq!(world.guests[ana].client.model().outbox.posts().count(), 0);
    assert_eq!(world.happened(ana), ["online", "joined lobby", "stored 1 in lobby at 3"]);
    assert_eq!(world.shows(ana), ["skipped 1..1", "2: ana joined", "3: ana says hello"]);
}

#[test]
fn what_is_said_offline_is_stored_in_order_later() {
    let (mut world, ana) = ana_is_here();
    world.cuts(ana, false);
    numbers(1..=5).iter().for_each(|text| world.guest_says(ana, text));
    world.passes(60_000);
    assert_eq!(said(&world), [""; 0]);
    world.guests[ana].reaches = true;
    world.passes(BACKOFF_MS_MAX);
    assert_eq!(said(&world), numbers(1..=5));
    assert_eq!(world.guests[ana].client.model().outbox.posts().count(), 0);
}

#[test]
fn what_was_on_its_way_when_the_link_broke_is_stored_once() {
    let (mut world, ana) = ana_is_here();
    world.disk_is(Disk::Stalls);
    numbers(1..=3).iter().for_each(|text| world.guest_says(ana, text));
    world.cuts(ana, true);
    world.disk_is(Disk::Works);
    world.guest_says(ana, "4");
    world.passes(BACKOFF_MS_MAX);
    assert_eq!(said(&world), numbers(1..=4));
    assert_eq!(world.guests[ana].client.model().outbox.posts().count(), 0);
    let stored: Vec<_> =
        world.happened(ana).into_iter().filter(|event| event.starts_with("stored")).collect();
    assert_eq!(stored, (1..=4).map(|n| format!("stored {n} in lobby at {}", n + 2)).collect::<Vec<_>>());
}

#[test]
fn what_a_dying_server_lost_is_stored_when_it_is_back() {
    let (mut world, ana) = ana_is_here();
    world.guest_says(ana, "1");
    world.disk_is(Disk::Stalls);
    world.guest_says(ana, "2");
    world.guest_says(ana, "3");
    world.restarts();
    assert_eq!(said(&world), ["1"]);
    world.passes(BACKOFF_MS_MAX);
    assert_eq!(said(&world), numbers(1..=3));
}

#[test]
fn no_more_than_a_window_is_on_its_way() {
    let (mut world, ana) = ana_is_here();
    world.disk_is(Disk::Stalls);
    numbers(1..=200).iter().for_each(|text| world.guest_says(ana, text));
    let is_post = |request: &Request| matches!(request, Request::Post { .. });
    assert_eq!(world.asked(ana, is_post) as u64, POSTS_IN_FLIGHT_MAX);
    world.disk_is(Disk::Works);
    assert_eq!(said(&world), numbers(1..=200));
    assert_eq!(world.asked(ana, is_post), 200, "none was sent twice");
}

#[test]
fn haste_costs_time_and_no_order() {
    let quota = Quota { posts_burst: 3, posts_per_second: 10, ..Quota::default() };
    let mut world = World::with_quota(quota);
    let ana = world.invites("ana", "d");
    world.wants(ana, User::Join(room("lobby")));
    numbers(1..=100).iter().for_each(|text| world.guest_says(ana, text));
    assert_eq!(said(&world), numbers(1..=3));
    world.passes(11_000);
    assert_eq!(said(&world), numbers(1..=100));
}

#[test]
fn a_full_disk_costs_time_and_no_order() {
    let (mut world, ana) = ana_is_here();
    world.guest_says(ana, "1");
    world.disk_is(Disk::Full);
    numbers(2..=90).iter().for_each(|text| world.guest_says(ana, text));
    world.passes(5 * STORAGE_RETRY_MS);
    assert_eq!(said(&world), ["1"]);
    world.disk_is(Disk::Works);
    world.passes(2 * STORAGE_RETRY_MS);
    assert_eq!(said(&world), numbers(1..=90));
}

#[test]
fn who_is_told_to_come_back_later_sees_why() {
    let mut world = World::new();
    world.disk_is(Disk::Full);
    let ana = world.invites("ana", "d");
    let Link::Waiting { why, .. } = world.link(ana) else { panic!("she does not wait") };
    assert!(why.contains("the server's disk is full"), "{why}");
    world.disk_is(Disk::Works);
    world.passes(2 * STORAGE_RETRY_MS);
    assert_eq!(*world.link(ana), Link::Online);
    // What it said then says nothing of the next loss.
    world.cuts(ana, false);
    let Link::Waiting { why, .. } = world.link(ana) else { panic!("she does not wait") };
    assert_eq!(why, "the link is gone");
}

#[test]
fn a_room_that_was_refused_for_now_is_asked_for_again() {
    let mut world = World::new();
    let ana = world.invites("ana", "d");
    world.disk_is(Disk::Full);
    world.wants(ana, User::Create(room("garden")));
    world.wants(ana, User::Say { room: room("garden"), text: "weeds".to_owned() });
    world.passes(5 * STORAGE_RETRY_MS);
    world.disk_is(Disk::Works);
    world.passes(2 * STORAGE_RETRY_MS);
    let happened = world.happened(ana);
    assert_eq!(happened[happened.len() - 2..], ["joined garden", "stored 1 in garden at 2"]);
}

#[test]
fn a_post_that_is_refused_for_good_can_be_said_again_or_forgotten() {
    let (mut world, ana) = ana_is_here();
    world.wants(ana, User::Leave(room("lobby")));
    world.guest_says(ana, "1");
    world.guest_says(ana, "2");
    assert_eq!(world.happened(ana)[2..], ["left lobby", "failed 1 NotAMember", "failed 2 NotAMember"]);
    world.wants(ana, User::Join(room("lobby")));
    world.wants(ana, User::Retry(Ticket(1)));
    world.wants(ana, User::Discard(Ticket(2)));
    assert_eq!(said(&world), ["1"]);
    assert_eq!(world.guests[ana].client.model().outbox.posts().count(), 0);
}

#[test]
fn a_post_that_is_far_too_long_fails_and_holds_nothing_up() {
    let (mut world, ana) = ana_is_here();
    world.guest_says(ana, &"\t".repeat(100_000));
    world.guest_says(ana, &"x".repeat(POST_BYTES_MAX));
    world.wants(ana, User::Retry(Ticket(1)));
    let told = ["failed 1 TextTooLong", "stored 2 in lobby at 3"];
    assert_eq!(world.happened(ana)[2..], told);
    assert_eq!(world.guests[ana].client.model().outbox.open_count(), 0);
}

#[test]
fn an_outbox_takes_so_much_and_no_more() {
    let (mut world, ana) = ana_is_here();
    world.cuts(ana, false);
    for _ in 0..=OUTBOX_POSTS_MAX {
        world.guest_says(ana, "x");
    }
    let model = world.guests[ana].client.model();
    assert_eq!((model.outbox.open_count(), model.notices.len()), (OUTBOX_POSTS_MAX, 1));
}

#[test]
fn a_room_is_joined_once_however_often_the_link_breaks() {
    let (mut world, ana) = ana_is_here();
    for _ in 0..3 {
        world.cuts(ana, true);
        world.passes(BACKOFF_MS_MAX);
    }
    assert_eq!(world.asked(ana, |request| matches!(request, Request::Enter(_))), 4);
    assert_eq!(world.asked(ana, |request| matches!(request, Request::Join { .. })), 1);
    assert_eq!(world.lobby().len(), 2);
}

#[test]
fn a_room_may_be_asked_for_in_other_capitals() {
    let mut world = World::new();
    let ana = world.invites("ana", "d");
    world.wants(ana, User::Follow(room("LOBBY"), None));
    world.wants(ana, User::Say { room: room("LOBBY"), text: "hello".to_owned() });
    world.cuts(ana, true);
    world.wants(ana, User::Say { room: room("Lobby"), text: "again".to_owned() });
    world.passes(BACKOFF_MS_MAX);
    assert_eq!(said(&world), ["hello", "again"]);
    let heard: Vec<_> = world.happened(ana).into_iter().filter(|event| event.starts_with("heard")).collect();
    assert_eq!(heard, ["heard 2: ana joined", "heard 3: ana says hello", "heard 4: ana says again"]);
}

#[test]
fn a_room_that_was_left_from_another_device_is_gone() {
    let mut world = World::new();
    let phone = world.comes("ana");
    let laptop = world.invites("ana", "laptop");
    assert_eq!(world.guests[laptop].client.model().rooms.len(), 1);
    world.cuts(laptop, true);
    world.says(phone, r#"{"do":"leave","room":"lobby"}"#);
    world.passes(BACKOFF_MS_MAX);
    assert_eq!(*world.link(laptop), Link::Online);
    assert_eq!(world.guests[laptop].client.model().rooms.len(), 0);
    world.says(phone, r#"{"do":"join","room":"lobby"}"#);
    assert_eq!(world.shows(laptop), ["skipped 1..3", "4: ana joined"]);
}

#[test]
fn leaving_and_joining_in_one_breath_breaks_no_link() {
    let (mut world, ana) = ana_is_here();
    world.disk_is(Disk::Stalls);
    world.wants(ana, User::Leave(room("lobby")));
    world.wants(ana, User::Join(room("lobby")));
    world.disk_is(Disk::Works);
    world.guest_says(ana, "back");
    assert_eq!(said(&world), ["back"]);
    assert_eq!(world.asked(ana, |request| matches!(request, Request::Enter(_))), 1);
    assert_eq!(
        world.shows(ana),
        ["skipped 1..1", "2: ana joined", "skipped 3..3", "4: ana joined", "5: ana says back"]
    );
}

#[test]
fn what_was_skipped_is_shown_as_a_gap_and_can_be_loaded() {
    let (mut world, ana) = ana_is_here();
    let bo = world.comes("bo");
    world.cuts(ana, false);
    for n in 1..=RESUME_ENTRIES_MAX + 1 {
        world.passes(10);
        world.posts(bo, n, "x");
    }
    world.guests[ana].reaches = true;
    world.passes(BACKOFF_MS_MAX);
    world.posts(bo, 2_000, "news");
    assert_eq!(world.shows(ana)[2..], ["3: bo joined", "skipped 4..1004", "1005: bo says news"]);
    world.wants(ana, User::Page(room("lobby"), Page::Before(Some(Seq(1_005))), 2));
    let shown = ["skipped 4..1002", "1003: bo says x", "1004: bo says x", "1005: bo says news"];
    assert_eq!(world.shows(ana)[3..], shown);
}

#[test]
fn a_follower_hears_everything_once_across_a_gap() {
    let mut world = World::new();
    let bo = world.comes("bo");
    let ana = world.invites("ana", "d");
    world.wants(ana, User::Follow(room("lobby"), Some(Seq(1))));
    world.cuts(ana, false);
    for n in 1..=RESUME_ENTRIES_MAX + 300 {
        world.passes(10);
        world.posts(bo, n, &n.to_string());
    }
    world.guests[ana].reaches = true;
    world.passes(BACKOFF_MS_MAX);
    world.posts(bo, 5_000, "news");
    let heard: Vec<_> = world.happened(ana).into_iter().filter(|event| event.starts_with("heard")).collect();
    let log: Vec<_> = world.lobby().iter().map(|line| format!("heard {line}")).collect();
    assert_eq!(heard, log);
}

#[test]
fn a_follower_whose_pages_are_refused_for_now_asks_again() {
    let quota = Quota { requests_burst: 4, requests_per_second: 2, ..Quota::default() };
    let mut world = World::with_quota(quota);
    let bo = world.comes("bo");
    for n in 1..=1_500 {
        world.passes(10);
        world.posts(bo, n, "x");
    }
    let ana = world.invites("ana", "d");
    world.wants(ana, User::Follow(room("lobby"), Some(Seq(1))));
    world.passes(HEARTBEAT_MS);
    let heard = world.happened(ana).into_iter().filter(|event| event.starts_with("heard")).count();
    assert_eq!(heard, world.lobby().len());
}

#[test]
fn a_follower_of_a_room_that_is_read_already_hears_the_rest() {
    let (mut world, ana) = ana_is_here();
    world.guest_says(ana, "1");
    world.happened(ana);
    world.wants(ana, User::Follow(room("lobby"), Some(Seq(0))));
    let heard = ["heard 1: sala created", "heard 2: ana joined", "heard 3: ana says 1", "paged 3 more=false"];
    assert_eq!(world.happened(ana), heard);
    world.wants(ana, User::Follow(room("lobby"), None));
    world.guest_says(ana, "2");
    assert_eq!(world.happened(ana), ["stored 2 in lobby at 4", "heard 4: ana says 2"]);
}

#[test]
fn a_follower_is_told_what_is_damaged() {
    let mut world = World::new();
    let bo = world.comes("bo");
    (1..=3).for_each(|n| world.posts(bo, n, &n.to_string()));
    world.is_damaged(LogId(1), 4);
    let ana = world.invites("ana", "d");
    world.wants(ana, User::Follow(room("lobby"), Some(Seq(3))));
    let told = ["heard 3: bo says 1", "missing 4..4", "heard 5: bo says 3"];
    assert!(world.happened(ana).join("; ").contains(&told.join("; ")));
    world.cuts(ana, false);
    world.posts(bo, 4, "4");
    world.is_damaged(LogId(1), 7);
    world.posts(bo, 5, "5");
    world.guests[ana].reaches = true;
    world.passes(BACKOFF_MS_MAX);
    assert!(world.happened(ana).join("; ").contains("missing 7..7; heard 8: bo says 5"));
}

#[test]
fn damage_is_shown_in_its_place() {
    let (mut world, ana) = ana_is_here();
    let bo = world.comes("bo");
    world.cuts(ana, false);
    (1..=2).for_each(|n| world.posts(bo, n, &n.to_string()));
    world.is_damaged(LogId(1), 4);
    world.guests[ana].reaches = true;
    world.passes(BACKOFF_MS_MAX);
    assert_eq!(world.shows(ana)[2..], ["3: bo joined", "4: damaged", "5: bo says 2"]);
}

#[test]
fn a_server_that_lost_entries_is_believed() {
    let (mut world, ana) = ana_is_here();
    let tail = world.invites("ana", "tail");
    world.wants(tail, User::Follow(room("lobby"), None));
    numbers(1..=3).iter().for_each(|text| world.guest_says(ana, text));
    assert_eq!(world.lobby().len(), 5);
    world.happened(tail);
    let kept = world.server.state().position().0 - 2;
    world.restarts_with(usize::try_from(kept).unwrap());
    world.passes(BACKOFF_MS_MAX);
    assert_eq!(world.shows(ana), ["skipped 1..1", "2: ana joined", "3: ana says 1"]);
    assert!(world.guests[ana].client.model().notices[0].text.contains("lost entries"));
    world.guest_says(ana, "new");
    assert_eq!(world.happened(tail).last().unwrap(), "heard 4: ana says new");
}

#[test]
fn a_link_that_breaks_is_made_again_by_itself() {
    let (mut world, ana) = ana_is_here();
    assert_eq!(*world.link(ana), Link::Online);
    world.cuts(ana, false);
    let Link::Waiting { until, .. } = *world.link(ana) else { panic!("the client does not wait") };
    assert_eq!(until.since(world.now.tick), 125, "half of the first pause, since chance drew nothing");
    world.wants(ana, User::DialNow);
    let Link::Waiting { until, .. } = *world.link(ana) else { panic!("the client does not wait") };
    assert_eq!(until.since(world.now.tick), 250);
    world.guests[ana].reaches = true;
    world.wants(ana, User::DialNow);
    assert_eq!(*world.link(ana), Link::Online);
}

#[test]
fn a_name_that_is_taken_ends_the_attempts() {
    let mut world = World::new();
    let other = world.connects();
    world.says(other, &format!(r#"{{"do":"enter","name":"ana","token":"{}"}}"#, token("somebody")));
    let ana = world.invites("ana", "d");
    let Link::Closed { code, .. } = world.link(ana).clone() else { panic!("the client is not closed") };
    assert_eq!(code, "name_taken");
    world.passes(10 * BACKOFF_MS_MAX);
    assert_eq!(world.asked(ana, |_| true), 1);
    world.wants(ana, User::DialNow);
    assert_eq!(world.asked(ana, |_| true), 2);
}

#[test]
fn whoever_is_replaced_does_not_fight_for_the_device() {
    let (mut world, ana) = ana_is_here();
    let other = world.invites("ana", "d");
    let Link::Closed { code, .. } = world.link(ana).clone() else { panic!("the client is not closed") };
    assert_eq!(code, "replaced");
    world.passes(10 * BACKOFF_MS_MAX);
    assert_eq!(*world.link(other), Link::Online);
    assert_eq!(world.asked(ana, |request| matches!(request, Request::Enter(_))), 1);
}

#[test]
fn a_post_that_went_with_its_room_before_its_answer_came_was_stored() {
    let (mut world, ana) = ana_is_here();
    world.wants(ana, User::Create(room("garden")));
    world.disk_is(Disk::Stalls);
    world.wants(ana, User::Say { room: room("garden"), text: "one".to_owned() });
    world.cuts(ana, false);
    world.disk_is(Disk::Works);
    let other = world.enters("ana", "other", "{}");
    world.says(other, r#"{"do":"close","id":1,"room":"garden","reason":""}"#);
    world.guests[ana].reaches = true;
    world.happened(ana);
    world.passes(BACKOFF_MS_MAX);
    let happened = world.happened(ana);
    assert!(happened.iter().any(|event| event.starts_with("stored 1 in")), "{happened:?}");
}

#[test]
fn a_post_whose_number_another_copy_of_the_device_has_used_is_not_taken_for_stored() {
    let (mut world, ana) = ana_is_here();
    world.disk_is(Disk::Stalls);
    world.guest_says(ana, "mine");
    world.cuts(ana, false);
    world.disk_is(Disk::FullOnce);
    world.passes(STORAGE_RETRY_MS);
    world.disk_is(Disk::Works);
    let copy = world.enters("ana", "d", "{}");
    world.says(copy, r#"{"do":"post","room":"lobby","n":1,"text":"another's"}"#);
    world.loses(copy);
    world.guests[ana].reaches = true;
    world.passes(BACKOFF_MS_MAX);
    assert_eq!(said(&world), ["another's"]);
    assert_eq!(world.happened(ana).last().unwrap(), "failed 1 NumberReused");
    world.wants(ana, User::Retry(Ticket(1)));
    assert_eq!(said(&world), ["another's", "mine"]);
}

#[test]
fn whoever_quits_stays_away() {
    let (mut world, ana) = ana_is_here();
    world.wants(ana, User::Quit);
    assert_eq!(world.asked(ana, |request| *request == Request::Bye), 1);
    world.passes(10 * BACKOFF_MS_MAX);
    assert!(matches!(world.link(ana), Link::Closed { code, .. } if code == "quit"));
    assert_eq!(world.server.session_count(), 0);
}

#[test]
fn a_link_with_nothing_to_say_stays() {
    let (mut world, ana) = ana_is_here();
    world.passes(20 * HEARTBEAT_MS);
    assert_eq!(*world.link(ana), Link::Online);
    assert_eq!(world.asked(ana, |request| matches!(request, Request::Enter(_))), 1);
}

#[test]
fn a_room_whose_name_another_took_while_one_was_away_is_shown_no_longer() {
    let mut world = World::new();
    let [ana, bo] = ["ana", "bo"].map(|name| world.invites(name, "d"));
    world.wants(ana, User::Create(room("garden")));
    world.wants(bo, User::Join(room("garden")));
    world.cuts(bo, false);
    let close = Request::Close { room: room("garden"), reason: String::new() };
    world.wants(ana, User::Ask(close));
    world.wants(ana, User::Create(room("garden")));
    world.guests[bo].reaches = true;
    world.passes(2 * BACKOFF_MS_MAX);
    let shown: Vec<_> = world.guests[bo].client.model().rooms.keys().map(ToString::to_string).collect();
    assert_eq!(shown, ["~3"]);
}
