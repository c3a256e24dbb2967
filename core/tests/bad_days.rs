//! Stories of the server on bad days: haste, silence, a full or failing disk, and the end.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories are about the server, and have no guests")]
mod common;

use common::folk::{registers, signs_in, told};
use common::{Disk, World, token};
use sala_core::limits::{
    BUSY_RETRY_MS, ENTER_TIMEOUT_MS, HASTE_MAX, HEARTBEAT_MS, OVERDUE_PER_TURN_MAX, POSTS_BURST,
    STORAGE_RETRY_MS, STRANGER_LINES_BURST,
};
use sala_core::server::{Input, Quota, ReadFailed, SearchFailed, SessionId, State};

#[test]
fn haste_is_refused_and_what_follows_keeps_its_order() {
    let quota = Quota { posts_burst: 2, posts_per_second: 10, ..Quota::default() };
    let mut world = World::with_quota(quota);
    let ana = world.comes("ana");
    (1..=4).for_each(|n| world.posts(ana, n, "x"));
    let slow = ["refused n=3 SlowDown, again in 100", "refused n=4 SlowDown, again in 0"];
    assert_eq!(world.hears(ana), [&["lobby 3: ana says x", "lobby 4: ana says x"][..], &slow[..]].concat());
    world.passes(100);
    world.posts(ana, 4, "overtakes");
    world.posts(ana, 1, "x");
    world.posts(ana, 4, "overtakes");
    world.posts(ana, 3, "three");
    let told = world.hears(ana);
    assert_eq!(told[0], "refused n=4 SlowDown, again in 0");
    assert_eq!(told[1..3], ["stored lobby n=1 at 3", "refused n=4 SlowDown, again in 0"]);
    world.passes(1_000);
    world.says(ana, "{\"do\":\"post\",\"room\":\"lobby\",\"n\":3,\"text\":\"three\"}");
    world.posts(ana, 4, "four");
    let told = world.hears(ana);
    assert_eq!(told[told.len() - 2..], ["lobby 5: ana says three", "lobby 6: ana says four"]);
}

#[test]
fn a_refusal_for_good_holds_nothing_up() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.says(ana, r#"{"do":"post","room":"attic","n":1,"text":"x"}"#);
    world.posts(ana, 2, "two");
    assert_eq!(world.hears(ana), ["refused n=1 NoSuchRoom", "lobby 3: ana says two"]);
}

#[test]
fn a_post_that_comes_again_as_none_holds_nothing_up() {
    let quota = Quota { posts_burst: 1, ..Quota::default() };
    let mut world = World::with_quota(quota);
    let ana = world.comes("ana");
    (1..=2).for_each(|n| world.posts(ana, n, "x"));
    world.passes(1_000);
    world.posts(ana, 2, " ");
    world.passes(1_000);
    world.posts(ana, 3, "three");
    let told = world.hears(ana);
    assert_eq!(told[1], "refused n=2 SlowDown, again in 10");
    assert_eq!(told[told.len() - 2..], ["refused n=2 EmptyText", "lobby 4: ana says three"]);
}

#[test]
fn whoever_waits_as_told_is_never_hung_up() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.posts(ana, 1, "x");
    world.disk_is(Disk::Full);
    for _ in 0..300 {
        (2..=65).for_each(|n| world.posts(ana, n, "x"));
        world.passes(STORAGE_RETRY_MS);
    }
    assert!(!world.is_hung_up(ana));
    world.disk_is(Disk::Works);
    world.hears(ana);
    (2..=65).for_each(|n| world.posts(ana, n, "x"));
    assert_eq!(world.hears(ana).iter().filter(|line| line.starts_with("lobby")).count(), 64);
}

#[test]
fn whoever_never_waits_is_hung_up() {
    let mut world = World::new();
    let ana = world.comes("ana");
    for n in 0..u64::from(POSTS_BURST + HASTE_MAX) {
        world.posts(ana, n + 1, "x");
    }
    assert!(!world.is_hung_up(ana));
    world.posts(ana, 99_999, "x");
    assert_eq!(world.hears(ana).last().unwrap(), "goodbye haste");
    assert!(world.is_hung_up(ana));
}

#[test]
fn a_stranger_has_so_many_lines_whatever_he_says() {
    for line in [r#"{"do":"ping"}"#, r#"{"do":"rooms"}"#, "noise"] {
        let mut world = World::new();
        let stranger = world.connects();
        (0..STRANGER_LINES_BURST).for_each(|_| world.says(stranger, line));
        assert!(!world.is_hung_up(stranger), "{line}");
        world.says(stranger, line);
        assert_eq!(world.hears(stranger).last().unwrap(), "goodbye haste", "{line}");
        assert!(world.is_hung_up(stranger), "{line}");
    }
}

#[test]
fn those_who_came_together_go_a_few_at_a_time_and_in_the_same_millisecond() {
    let mut world = World::new();
    let strangers: Vec<_> = (0..4 * OVERDUE_PER_TURN_MAX).map(|_| world.connects()).collect();
    world.passes(ENTER_TIMEOUT_MS - 1);
    assert!(strangers.iter().all(|stranger| !world.is_hung_up(*stranger)));
    let mut gone = 0;
    world.now.tick = world.now.tick.after(1);
    for _ in 0..4 {
        world.input(Input::Tick);
        let before =
            std::mem::replace(&mut gone, strangers.iter().filter(|one| world.is_hung_up(**one)).count());
        assert_eq!(gone - before, OVERDUE_PER_TURN_MAX);
    }
}

#[test]
fn a_search_that_found_no_place_is_told_busy_and_one_that_could_not_be_read_is_not() {
    let mut world = World::new();
    let ana = world.comes("ana");
    let failed = [
        (SearchFailed::Busy, format!("refused Busy, again in {BUSY_RETRY_MS}")),
        (SearchFailed::Ended, "refused StorageFailed".to_owned()),
        (SearchFailed::Unread(ReadFailed), format!("refused StorageFailed, again in {STORAGE_RETRY_MS}")),
    ];
    for (failed, told) in failed {
        world.hears(ana);
        world.input(Input::Searched(ana, Some(1), Err(failed)));
        assert_eq!(world.hears(ana), [told]);
    }
}

#[test]
fn a_full_disk_loses_no_order_and_recovers() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.disk_is(Disk::Stalls);
    (1..=3).for_each(|n| world.posts(ana, n, "x"));
    world.says(ana, r#"{"do":"create","room":"garden"}"#);
    world.disk_is(Disk::Full);
    let refused = |n: u64| format!("refused n={n} StorageFull, again in 1000");
    assert_eq!(world.hears(ana)[..3], [refused(1), refused(2), refused(3)]);
    world.posts(ana, 2, "overtakes");
    world.says(ana, r#"{"do":"page","room":"lobby","limit":9}"#);
    let told = ["refused n=2 SlowDown, again in 0", "page lobby [1, 2] damaged [] more=false"];
    assert_eq!(world.hears(ana), told);
    world.disk_is(Disk::Works);
    world.passes(STORAGE_RETRY_MS);
    (1..=3).for_each(|n| world.posts(ana, n, "x"));
    assert_eq!(world.hears(ana)[1..], ["lobby 3: ana says x", "lobby 4: ana says x", "lobby 5: ana says x"]);
}

#[test]
fn what_was_ordered_behind_a_lost_batch_does_not_overtake_it() {
    let mut world = World::new();
    let (ana, bo) = (world.comes("ana"), world.comes("bo"));
    world.hears(ana);
    world.disk_is(Disk::Busy);
    (1..=2).for_each(|n| world.posts(ana, n, "x"));
    world.posts(bo, 1, "x");
    world.disk_is(Disk::FullOnce);
    let refused = |n: u64| format!("refused n={n} StorageFull, again in 1000");
    assert_eq!((world.hears(ana), world.hears(bo)), (vec![refused(1), refused(2)], vec![refused(1)]));
    world.passes(STORAGE_RETRY_MS);
    (1..=2).for_each(|n| world.posts(ana, n, "x"));
    assert_eq!(world.hears(ana)[1..], ["lobby 4: ana says x", "lobby 5: ana says x"]);
}

/// Of somebody whose end is decided and not on disk it is not known yet that there is no such account.
#[test]
fn a_password_is_wrong_only_once_what_made_it_so_is_on_disk() {
    for disk in [Disk::Works, Disk::FullOnce] {
        let mut world = World::new();
        let ana = registers(&mut world, "ana");
        world.disk_is(Disk::Stalls);
        world.says(ana, r#"{"do":"delete_account","id":9,"password":"correct horse"}"#);
        let phone = signs_in(&mut world, "ana", "correct horse", "phone", "");
        assert_eq!(told(&mut world, phone), [""; 0], "nobody knows yet");
        let full = disk == Disk::FullOnce;
        world.disk_is(disk);
        let lost = ["refused StorageFull, again in 1000", "goodbye storage_full"];
        let known = if full { &lost[..] } else { &["refused WrongPassword"] };
        assert_eq!(told(&mut world, phone), known);
        world.passes(STORAGE_RETRY_MS);
        let phone = signs_in(&mut world, "ana", "correct horse", "phone", "");
        assert_eq!(told(&mut world, phone)[0].starts_with("welcome"), full);
    }
}

#[test]
fn a_full_disk_takes_back_what_it_was_about_to_say() {
    let mut world = World::new();
    let ana = world.comes("ana");
    let bo = world.enters("bo", "d", "{}");
    world.hears(bo);
    world.disk_is(Disk::Stalls);
    world.says(ana, r#"{"do":"leave","room":"lobby"}"#);
    world.says(bo, r#"{"do":"join","room":"lobby"}"#);
    let cy = world.enters("cy", "d", "{}");
    world.disk_is(Disk::Full);
    assert_eq!(world.hears(bo), ["refused StorageFull, again in 1000"]);
    assert_eq!(world.hears(cy), ["hello", "refused StorageFull, again in 1000", "goodbye storage_full"]);
    world.disk_is(Disk::Works);
    world.passes(STORAGE_RETRY_MS);
    world.posts(ana, 1, "still here");
    let told = ["refused StorageFull, again in 1000", "presence lobby +ana", "lobby 3: ana says still here"];
    assert_eq!(world.hears(ana), told);
    assert_eq!(world.hears(bo), [""; 0]);
}

#[test]
fn a_failed_disk_leaves_fates_unknown_and_says_goodbye() {
    let mut world = World::new();
    let (ana, bo) = (world.comes("ana"), world.comes("bo"));
    world.hears(ana);
    world.disk_is(Disk::Fails);
    world.posts(ana, 1, "one");
    let told = ["refused n=1 StorageFailed, fate unknown, again in 1000", "goodbye storage_failed"];
    assert_eq!(world.hears(ana), told);
    assert_eq!(world.hears(bo), ["goodbye storage_failed"]);
    assert_eq!(world.enters_too_late(), ["hello", "goodbye stopping"]);
}

#[test]
fn a_stopping_server_stores_what_it_took_and_says_goodbye() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.disk_is(Disk::Stalls);
    world.posts(ana, 1, "one");
    world.input(Input::Stopping);
    assert_eq!(world.hears(ana), [""; 0]);
    world.disk_is(Disk::Works);
    assert_eq!(world.hears(ana), ["goodbye stopping"]);
    assert_eq!(world.enters_too_late(), ["hello", "goodbye stopping"]);
    world.restarts();
    let ana = world.enters("ana", "d", r#"{"lobby":2}"#);
    assert_eq!(world.hears(ana).last().unwrap(), "lobby 3: ana says one");
}

#[test]
fn a_stopping_server_keeps_its_state() {
    let mut world = World::new();
    world.comes("ana");
    world.input(Input::Stopping);
    let (position, bytes) = world.checkpoint.expect("a checkpoint is kept");
    let state = State::decode(&bytes).unwrap();
    assert_eq!((state.position(), &state), (position, world.server.state()));
}

#[test]
fn goodbye_is_the_last_word() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.says(
        ana,
        "{\"do\":\"post\",\"room\":\"attic\",\"n\":1,\"text\":\"x\"}\n{\"do\":\"bye\"}\n{\"do\":\"ping\"}",
    );
    let told = world.hears(ana);
    assert_eq!(told.last().unwrap(), "goodbye bye", "{told:?}");
    assert!(world.is_hung_up(ana));
}

#[test]
fn silence_is_asked_about_and_then_ended() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.passes(HEARTBEAT_MS - 1);
    world.hears(ana);
    world.passes(1);
    assert_eq!(world.hears(ana), ["ping"]);
    world.passes(HEARTBEAT_MS - 1);
    assert_eq!(world.hears(ana), [""; 0]);
    world.passes(1);
    assert_eq!(world.hears(ana), ["goodbye silent"]);
    assert!(world.is_hung_up(ana));
}

#[test]
fn a_sign_of_life_is_enough() {
    let mut world = World::new();
    let ana = world.comes("ana");
    for _ in 0..10 {
        world.passes(HEARTBEAT_MS + HEARTBEAT_MS / 2);
        world.says(ana, r#"{"do":"pong"}"#);
    }
    assert_eq!(world.hears(ana).iter().filter(|line| *line == "ping").count(), 10);
    assert!(!world.is_hung_up(ana));
}

#[test]
fn whoever_never_says_who_he_is_is_hung_up() {
    let mut world = World::new();
    let session = world.connects();
    world.passes(ENTER_TIMEOUT_MS - 1);
    world.says(session, r#"{"do":"ping"}"#);
    assert_eq!(world.hears(session), ["hello", "pong"]);
    world.passes(1);
    assert_eq!(world.hears(session), ["goodbye too_slow_to_enter"]);
}

#[test]
fn those_who_only_hold_a_place_make_room_for_those_who_come_in() {
    let mut world = World::with_quota(Quota { sessions: 64, ..Quota::default() });
    let ana = world.comes("ana");
    let strangers: Vec<_> = (0..32).map(|_| world.connects()).collect();
    let bo = world.comes("bo");
    assert_eq!(world.hears(strangers[0]), ["hello", "goodbye full"]);
    assert_eq!(world.hears(strangers[1]), ["hello"]);
    assert!(!world.is_hung_up(ana) && !world.is_hung_up(bo));
}

#[test]
fn a_server_that_is_full_of_people_says_so() {
    let mut world = World::with_quota(Quota { sessions: 64, ..Quota::default() });
    world.disk_is(Disk::Stalls);
    for number in 0..64 {
        let (session, token) = (world.connects(), token(&format!("guest{number}")));
        world.says(session, &format!(r#"{{"do":"enter","name":"guest{number}","token":"{token}"}}"#));
    }
    let last = world.connects();
    assert_eq!(world.hears(last), ["hello", "goodbye full"]);
    world.loses(SessionId(1));
    let next = world.connects();
    assert_eq!(world.hears(next), ["hello"]);
}

#[test]
fn an_address_has_so_many_connections_and_the_servers_own_has_any_number() {
    let mut world = World::with_quota(Quota { sessions_per_address: 2, ..Quota::default() });
    let connects = |world: &mut World, address: &str| {
        world.address = Some(address.parse().unwrap());
        let session = world.connects();
        (session, world.hears(session).join(" "))
    };
    let (first, _) = connects(&mut world, "2001:db8::1");
    let crowded = "hello goodbye crowded";
    for (address, heard) in [
        ("2001:db8::2", "hello"),
        ("2001:db8::3", crowded),
        ("2001:db8:0:1::1", "hello"),
        ("192.0.2.7", "hello"),
        ("::ffff:192.0.2.7", "hello"),
        ("192.0.2.7", crowded),
    ] {
        assert_eq!(connects(&mut world, address).1, heard, "{address}");
    }
    assert!((0..9).all(|_| connects(&mut world, "127.0.0.1").1 == "hello"));
    world.loses(first);
    assert_eq!(connects(&mut world, "2001:db8::4").1, "hello");
    assert_eq!(connects(&mut world, "2001:db8::5").1, crowded);
}
