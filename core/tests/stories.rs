//! Stories of the server on good days, each told by connections that say and hear lines.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories are about the server, and have no guests")]
mod common;

use common::{Disk, World, token};
use sala_core::limits::{HEARTBEAT_MS, PRESENCE_MS, RESUME_ENTRIES_MAX};
use sala_core::server::{Input, State};

#[test]
fn a_name_is_kept_for_whoever_has_its_token() {
    let mut world = World::new();
    let first = world.enters("Ana", "laptop", "{}");
    assert_eq!(world.hears(first), ["hello", "welcome Ana n=0 rooms=0"]);
    world.loses(first);
    let again = world.connects();
    world.says(again, &format!(r#"{{"do":"enter","name":"ana","token":"{}"}}"#, token("bo")));
    assert_eq!(world.hears(again), ["hello", "refused NameTaken"]);
    world.says(again, &format!(r#"{{"do":"enter","name":"ana","token":"{}"}}"#, token("Ana")));
    assert_eq!(world.hears(again), ["welcome Ana n=0 rooms=0"]);
}

#[test]
fn names_that_look_taken_or_are_none_are_refused() {
    let mut world = World::new();
    world.comes("maria");
    for (name, answer) in [
        ("rnaria", "refused NameTaken"),
        ("MARIA", "refused NameTaken"),
        ("sala", "refused NameTaken"),
        ("no spaces", "refused BadName"),
        ("", "refused BadName"),
        ("marco", "welcome marco n=0 rooms=0"),
    ] {
        let session = world.connects();
        world.says(session, &format!(r#"{{"do":"enter","name":"{name}","token":"{}"}}"#, token("x")));
        assert_eq!(world.hears(session), ["hello", answer], "{name}");
    }
}

#[test]
fn nobody_does_anything_before_he_has_entered() {
    let mut world = World::new();
    let session = world.connects();
    world.posts(session, 1, "hello");
    world.says(session, r#"{"do":"page","room":"lobby"}"#);
    world.says(session, r#"{"do":"ping"}"#);
    assert_eq!(world.hears(session), ["hello", "refused n=1 EnterFirst", "refused EnterFirst", "pong"]);
}

#[test]
fn a_session_enters_once() {
    let mut world = World::new();
    world.disk_is(Disk::Stalls);
    let session = world.enters("ana", "d", "{}");
    let enter = format!(r#"{{"do":"enter","name":"bo","token":"{}"}}"#, token("bo"));
    world.says(session, &enter);
    world.disk_is(Disk::Works);
    world.says(session, &enter);
    let told = ["hello", "refused AlreadyEntered", "welcome ana n=0 rooms=0", "refused AlreadyEntered"];
    assert_eq!(world.hears(session), told);
}

#[test]
fn nothing_is_told_before_it_is_on_disk() {
    let mut world = World::new();
    let (ana, bo) = (world.comes("ana"), world.comes("bo"));
    world.hears(ana);
    world.disk_is(Disk::Stalls);
    world.posts(ana, 1, "one");
    world.posts(ana, 1, "one");
    world.says(bo, r#"{"do":"rooms"}"#);
    world.says(bo, r#"{"do":"page","room":"lobby","limit":1}"#);
    assert_eq!((world.hears(ana).len(), world.hears(bo).len()), (0, 0));
    world.disk_is(Disk::Works);
    assert_eq!(world.hears(ana), ["stored lobby n=1 at 4", "lobby 4: ana says one"]);
    assert_eq!(
        world.hears(bo),
        ["rooms lobby more=false", "page lobby [4] damaged [] more=true", "lobby 4: ana says one"]
    );
}

#[test]
fn a_post_sent_again_is_stored_once_even_after_a_restart() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.posts(ana, 1, "one");
    world.posts(ana, 1, "one");
    assert_eq!(world.hears(ana), ["lobby 3: ana says one", "stored lobby n=1 at 3"]);
    world.restarts();
    let ana = world.enters("ana", "d", r#"{"lobby":3}"#);
    assert_eq!(world.hears(ana), ["hello", "welcome ana n=1 rooms=1", "room lobby from 4"]);
    world.posts(ana, 1, "one");
    world.posts(ana, 1, "two");
    world.posts(ana, 2, "two");
    let told = ["stored lobby n=1 at 3", "refused n=1 NumberReused", "lobby 4: ana says two"];
    assert_eq!(world.hears(ana), told);
}

#[test]
fn a_restart_adds_up_to_what_was_there_before() {
    let mut world = World::new();
    let ana = world.comes("ana");
    (1..=70).for_each(|n| world.posts(ana, n, "again"));
    world.says(ana, r#"{"do":"create","room":"garden","topic":"weeds"}"#);
    world.says(ana, r#"{"do":"leave","room":"lobby"}"#);
    let before = world.server.state().clone();
    world.restarts();
    assert_eq!(*world.server.state(), before);
    assert_eq!(State::decode(&before.encode()).unwrap(), before);
    world.input(Input::Stopping);
    assert_eq!(world.checkpoint, None, "nothing has changed since the last one");
}

#[test]
fn a_resend_from_behind_the_window_is_too_old() {
    let mut world = World::new();
    let ana = world.comes("ana");
    (1..=65).for_each(|n| world.posts(ana, n, "x"));
    world.hears(ana);
    world.posts(ana, 2, "x");
    world.posts(ana, 1, "x");
    assert_eq!(world.hears(ana), ["stored lobby n=2 at 4", "refused n=1 TooOld, fate unknown"]);
}

#[test]
fn whoever_comes_back_gets_what_he_missed() {
    let mut world = World::new();
    let (ana, bo) = (world.comes("ana"), world.comes("bo"));
    world.loses(bo);
    (1..=3).for_each(|n| world.posts(ana, n, "x"));
    let bo = world.enters("bo", "d", r#"{"lobby":4,"nowhere":9}"#);
    let told = [
        "hello",
        "welcome bo n=0 rooms=1",
        "room lobby from 5",
        "lobby 5: ana says x",
        "lobby 6: ana says x",
    ];
    assert_eq!(world.hears(bo), told);
    let phone = world.enters("bo", "phone", "{}");
    assert_eq!(world.hears(phone), ["hello", "welcome bo n=0 rooms=1", "room lobby from 7"]);
}

#[test]
fn whoever_missed_too_much_is_told_what_is_skipped() {
    let mut world = World::new();
    let ana = world.comes("ana");
    (1..=RESUME_ENTRIES_MAX + 1).for_each(|n| {
        world.passes(10);
        world.posts(ana, n, "x");
    });
    let phone = world.enters("ana", "phone", r#"{"lobby":2}"#);
    let told = ["hello", "welcome ana n=0 rooms=1", "room lobby from 1004", "skipped lobby 3..1003"];
    assert_eq!(world.hears(phone), told);
    let tablet = world.enters("ana", "tablet", r#"{"lobby":3}"#);
    let told = world.hears(tablet);
    assert_eq!(told[2..4], ["room lobby from 4", "lobby 4: ana says x"]);
    assert_eq!(told[3..].len() as u64, RESUME_ENTRIES_MAX);
    world.posts(ana, 2_000, "news");
    assert_eq!(world.hears(phone), ["lobby 1004: ana says news"]);
}

#[test]
fn whoever_holds_more_than_the_server_is_told_where_it_stands() {
    let mut world = World::new();
    world.comes("ana");
    let ana = world.enters("ana", "d", r#"{"lobby":18446744073709551615}"#);
    assert_eq!(world.hears(ana), ["hello", "welcome ana n=0 rooms=1", "room lobby from 3"]);
}

#[test]
fn whoever_leaves_reads_up_to_his_leaving_and_no_further() {
    let mut world = World::new();
    let (ana, bo) = (world.comes("ana"), world.comes("bo"));
    world.hears(ana);
    world.disk_is(Disk::Stalls);
    world.posts(ana, 1, "one");
    world.says(bo, r#"{"do":"leave","room":"lobby"}"#);
    world.posts(ana, 2, "two");
    world.posts(bo, 1, "mine");
    world.disk_is(Disk::Works);
    assert_eq!(world.hears(bo), ["refused n=1 NotAMember", "lobby 4: ana says one", "lobby 5: bo left"]);
    assert_eq!(world.hears(ana).last().unwrap(), "lobby 6: ana says two");
    world.says(bo, r#"{"do":"page","room":"lobby"}"#);
    assert_eq!(world.hears(bo), ["refused NotAMember"]);
}

#[test]
fn whoever_leaves_and_joins_in_one_breath_reads_on() {
    let mut world = World::new();
    let (ana, bo) = (world.comes("ana"), world.comes("bo"));
    world.hears(ana);
    let both = "{\"do\":\"leave\",\"room\":\"lobby\"}\n{\"do\":\"join\",\"room\":\"lobby\"}";
    world.says(bo, both);
    world.posts(ana, 1, "one");
    let told = ["room lobby from 5", "lobby 5: bo joined", "lobby 6: ana says one"];
    assert_eq!(world.hears(bo), told);
}

#[test]
fn whoever_joins_twice_reads_on_where_he_is() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.says(ana, r#"{"do":"join","room":"LOBBY"}"#);
    world.posts(ana, 1, "one");
    assert_eq!(world.hears(ana), ["room lobby goes on", "lobby 3: ana says one"]);
}

#[test]
fn all_devices_of_a_person_join_and_leave_together() {
    let mut world = World::new();
    let (laptop, phone) = (world.enters("ana", "laptop", "{}"), world.enters("ana", "phone", "{}"));
    world.hears(laptop);
    world.says(phone, r#"{"do":"join","room":"lobby"}"#);
    assert_eq!(world.hears(laptop), ["room lobby from 2", "lobby 2: ana joined"]);
    world.says(phone, r#"{"do":"leave","room":"lobby"}"#);
    assert_eq!(world.hears(laptop), ["lobby 3: ana left"]);
    world.posts(laptop, 1, "one");
    assert_eq!(world.hears(laptop), ["refused n=1 NotAMember"]);
}

#[test]
fn a_device_has_one_connection_and_the_older_is_not_heard() {
    let mut world = World::new();
    let older = world.comes("ana");
    let newer = world.enters("ana", "d", r#"{"lobby":2}"#);
    world.posts(older, 1, "ghost");
    assert_eq!(world.hears(older), ["goodbye replaced"]);
    assert!(world.is_hung_up(older));
    world.posts(newer, 1, "alive");
    assert_eq!(world.hears(newer).last().unwrap(), "lobby 3: ana says alive");
    world.input(Input::Gone(older));
    world.posts(newer, 2, "still");
    world.enters("ana", "d", r#"{"lobby":4}"#);
    assert_eq!(world.hears(newer), ["lobby 4: ana says still", "goodbye replaced"]);
}

#[test]
fn comings_and_goings_are_told_once_they_have_settled() {
    let mut world = World::new();
    let (ana, bo) = (world.comes("ana"), world.comes("bo"));
    world.passes(PRESENCE_MS);
    assert_eq!(world.hears(ana), ["lobby 3: bo joined", "presence lobby +ana +bo"]);
    world.loses(bo);
    world.passes(PRESENCE_MS - 1);
    let bo = world.enters("bo", "d", "{}");
    world.passes(HEARTBEAT_MS / 2);
    assert_eq!(world.hears(ana), [""; 0], "he came back before anybody heard that he had gone");
    let phone = world.enters("bo", "phone", "{}");
    world.loses(bo);
    world.passes(PRESENCE_MS);
    assert_eq!(world.hears(ana), [""; 0], "he is still here with his telephone");
    world.loses(phone);
    world.passes(PRESENCE_MS);
    assert_eq!(world.hears(ana), ["presence lobby -bo"]);
}

#[test]
fn whoever_has_left_is_not_told_as_gone() {
    let mut world = World::new();
    let (ana, bo) = (world.comes("ana"), world.comes("bo"));
    world.passes(PRESENCE_MS);
    world.loses(bo);
    let bo = world.enters("bo", "d", "{}");
    world.says(bo, r#"{"do":"leave","room":"lobby"}"#);
    world.loses(bo);
    world.hears(ana);
    world.passes(PRESENCE_MS);
    assert_eq!(world.hears(ana), [""; 0]);
}

#[test]
fn presence_is_listed_in_the_order_of_names() {
    let mut world = World::new();
    let (bo, ana) = (world.comes("bo"), world.comes("ana"));
    world.says(bo, r#"{"do":"create","room":"attic"}"#);
    world.loses(ana);
    world.hears(bo);
    world.says(bo, r#"{"do":"who","room":"lobby"}"#);
    world.says(bo, r#"{"do":"who","room":"lobby","after":"ana"}"#);
    world.says(bo, r#"{"do":"rooms"}"#);
    world.says(bo, r#"{"do":"rooms","after":"attic"}"#);
    let told = ["who lobby -ana +bo more=false", "who lobby +bo more=false", "rooms attic lobby more=false"];
    assert_eq!(world.hears(bo), [&told[..], &["rooms lobby more=false"]].concat());
}

#[test]
fn a_post_in_a_room_of_a_hundred_costs_one_output() {
    let mut world = World::new();
    let members: Vec<_> = (0..100).map(|member| world.comes(&format!("member-{member}"))).collect();
    world.passes(PRESENCE_MS);
    world.outputs.clear();
    world.posts(members[0], 1, "hello");
    assert_eq!(
        world.outputs.iter().map(|(name, count)| (*name, *count)).collect::<Vec<_>>(),
        [("append", 1), ("submit", 1)]
    );
    for member in members {
        assert_eq!(world.hears(member).last().unwrap(), "lobby 102: member-0 says hello");
    }
}

#[test]
fn a_page_ends_where_the_log_does() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.says(ana, r#"{"do":"page","room":"lobby","after":18446744073709551615}"#);
    world.says(ana, r#"{"do":"page","room":"lobby","before":18446744073709551615}"#);
    world.says(ana, r#"{"do":"page","room":"lobby","before":0}"#);
    world.says(ana, r#"{"do":"page","room":"lobby","after":0,"limit":1}"#);
    let page = |seqs: &str, more: bool| format!("page lobby {seqs} damaged [] more={more}");
    let pages = [page("[]", false), page("[1, 2]", false), page("[]", false), page("[1]", true)];
    assert_eq!(world.hears(ana), pages);
}
