//! Stories of keeping order while links break and servers die.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use sala_core::client::User;
use sala_core::name::RoomName;
use sala_sim::client_host::Person;
use sala_sim::disk::Tear;
use sala_sim::world::{Setup, World};

/// A garden that is Ana's, with Bob and Carla in it, each of them with an account.
fn garden(setup: &Setup) -> (World, Person, Person, Person) {
    let mut world = World::with(setup);
    let people = ["ana", "bob", "carla"].map(|name| world.account(name));
    world.settle();
    world.asks_and_hears(&people[0], r#"{"do":"create","room":"garden"}"#);
    for person in &people[1..] {
        person.user(User::Join(RoomName::parse("garden").unwrap()));
        world.run(20);
        world.settle();
    }
    let [ana, bob, carla] = people;
    (world, ana, bob, carla)
}

#[test]
fn whoever_is_banned_while_he_is_away_comes_back_to_a_room_that_is_not_his() {
    let (mut world, ana, bob, carla) = garden(&Setup::new(51));
    world.partition(&bob);
    world.asks(&ana, r#"{"do":"ban","room":"garden","name":"bob","reason":"shouting"}"#);
    world.settle_but(&bob);
    world.says(&carla, "garden", "now that he is gone");
    world.run(40_000);
    world.heal(&bob);
    world.settle();
    world.asks_and_hears(&bob, r#"{"do":"page","room":"garden"}"#);
    world.asks_and_hears(&bob, r#"{"do":"join","room":"garden"}"#);
    world.asks_and_hears(&bob, r#"{"do":"search","words":"now"}"#);
    world.rest_and_check();
    snapshot!("banned_while_away", format!("{}{}", world.screen(&bob), world.last_answers(&bob, 3)));
}

#[test]
fn whoever_is_banned_twice_and_reads_slowly_reads_to_the_first_ban_alone() {
    let (mut world, ana, bob, carla) = garden(&Setup { capacity: 8, ..Setup::new(58) });
    bob.freeze.set(true);
    for number in 1..=30 {
        world.says(&carla, "garden", &format!("line {number}"));
        world.run(40);
    }
    world.asks_and_hears(&ana, r#"{"do":"ban","room":"garden","name":"bob","minutes":1}"#);
    world.says(&carla, "garden", "between the two");
    world.settle_but(&bob);
    world.asks_and_hears(&ana, r#"{"do":"ban","room":"garden","name":"bob","minutes":2}"#);
    bob.freeze.set(false);
    world.run(2_000);
    world.settle_and_check();
    let heard = world.heard(&bob, "garden");
    assert!(heard.contains("banned") && !heard.contains("between"), "{heard}");
}

#[test]
fn a_ban_between_decision_and_delivery_ends_the_reading_at_its_place() {
    let (mut world, ana, bob, carla) = garden(&Setup { write_ms_max: 300, ..Setup::new(52) });
    world.says(&carla, "garden", "before");
    world.run(1_000);
    world.asks(&ana, r#"{"do":"ban","room":"garden","name":"bob"}"#);
    world.run(10);
    world.says(&carla, "garden", "after");
    world.says(&bob, "garden", "may I?");
    world.rest_and_check();
    let heard = world.heard(&bob, "garden");
    assert!(heard.contains("banned") && !heard.contains("after"), "{heard}");
    snapshot!(
        "banned_before_delivery",
        format!("{}\nbob heard\n{heard}", world.transcript_of_named("garden"))
    );
}

#[test]
fn a_mute_holds_across_a_kill_and_a_power_cut() {
    let (mut world, ana, bob, _) = garden(&Setup::new(53));
    world.asks_and_hears(&ana, r#"{"do":"mute","room":"garden","name":"bob","minutes":10}"#);
    world.kill_server();
    world.says(&bob, "garden", "is anybody listening?");
    world.start_server();
    world.settle();
    world.cut_power(Tear::DropUnsynced);
    world.says(&bob, "garden", "hello?");
    world.start_server();
    world.settle();
    world.clock.skew(11 * 60_000);
    world.says(&bob, "garden", "at last");
    world.rest_and_check();
    snapshot!("muted_across_crashes", world.transcript_of_named("garden"));
}

#[test]
fn a_link_for_one_lets_one_of_two_in_though_the_power_goes() {
    for nth in 1..=10 {
        let (mut world, ana, bob, carla) = garden(&Setup::new(54));
        world.asks_and_hears(&ana, r#"{"do":"create","room":"vault","private":true}"#);
        let link = r#""a-link-of-thirty-two-letters-and-more""#;
        world.asks_and_hears(&ana, &format!(r#"{{"do":"link","room":"~3","token":{link},"uses":1}}"#));
        world.disk.cut_power_at(nth, if nth % 2 == 0 { Tear::Sectors } else { Tear::DropUnsynced });
        for person in [&bob, &carla] {
            world.asks(person, &format!(r#"{{"do":"join","link":{link}}}"#));
        }
        world.run(3_000);
        for person in [&bob, &carla] {
            world.asks_and_hears(person, &format!(r#"{{"do":"join","link":{link}}}"#));
        }
        world.settle_and_check_at_rest();
        assert_eq!(world.transcript_of_named("~3").matches("joined").count(), 1, "cut at {nth}");
    }
}

#[test]
fn a_room_whose_owner_goes_while_the_power_does_is_never_nobodys() {
    for nth in 1..=8 {
        let (mut world, ana, bob, carla) = garden(&Setup { tick_ms: 5, ..Setup::new(55) });
        world.asks_and_hears(&ana, r#"{"do":"role","room":"garden","name":"carla","role":"moderator"}"#);
        world.disk.cut_power_at(nth, Tear::Sectors);
        world.asks(&ana, r#"{"do":"delete_account","password":"the password of ana"}"#);
        world.run(3_000);
        world.says(&bob, "garden", "whose is it now?");
        world.rest_and_check();
        let log = world.transcript_of_named("garden");
        assert_eq!(log.contains("left"), log.contains("owner carla"), "cut at {nth}: {log}");
        assert!(carla.is_online());
    }
}

#[test]
fn a_room_that_was_closed_while_one_was_away_leaves_the_screen() {
    let (mut world, ana, bob, _) = garden(&Setup::new(56));
    world.partition(&bob);
    world.asks(&ana, r#"{"do":"close","room":"garden","reason":"all is said"}"#);
    world.run(40_000);
    let before = world.screen(&bob);
    world.heal(&bob);
    world.rest_and_check();
    snapshot!("closed_while_away", format!("{before}later\n{}", world.screen(&bob)));
}

#[test]
fn an_invitation_does_not_outlive_a_ban() {
    let (mut world, ana, bob, _) = garden(&Setup::new(57));
    world.asks_and_hears(&ana, r#"{"do":"create","room":"vault","private":true}"#);
    world.asks_and_hears(&ana, r#"{"do":"invite","room":"~3","name":"bob"}"#);
    world.asks_and_hears(&ana, r#"{"do":"ban","room":"~3","name":"bob","minutes":1}"#);
    world.clock.skew(2 * 60_000);
    world.asks_and_hears(&bob, r#"{"do":"join","room":"~3"}"#);
    world.rest_and_check();
    snapshot!("invited_and_banned", world.last_answers(&bob, 1));
}

#[test]
fn what_waits_is_kept_once_and_seen_by_those_alone_who_may_though_the_power_goes() {
    for nth in 1..=12 {
        let (mut world, ana, bob, carla) = garden(&Setup { tick_ms: 5, ..Setup::new(59) });
        world.asks_and_hears(&ana, r#"{"do":"hold","room":"garden","words":["casino"]}"#);
        world.disk.cut_power_at(nth, if nth % 2 == 0 { Tear::Sectors } else { Tear::DropUnsynced });
        world.says(&bob, "garden", "the best casino");
        world.says(&bob, "garden", "good morning");
        world.run(3_000);
        world.settle();
        assert!(!world.screen(&carla).contains("casino"), "cut at {nth}");
        world.disk.cut_power_at(nth, Tear::DropUnsynced);
        world.asks(&ana, r#"{"do":"let","room":"garden","held":1}"#);
        world.run(3_000);
        world.settle();
        world.asks_and_hears(&ana, r#"{"do":"let","room":"garden","held":1}"#);
        world.settle_and_check_at_rest();
        let log = world.transcript_of_named("garden");
        assert_eq!(log.matches("casino").count(), 1, "cut at {nth}: {log}");
        assert!(world.screen(&carla).contains("casino"));
    }
}

#[test]
fn what_was_refused_while_its_author_was_away_is_told_when_he_is_back() {
    let (mut world, ana, bob, _) = garden(&Setup::new(60));
    world.asks_and_hears(&ana, r#"{"do":"hold","room":"garden","links":true}"#);
    world.says(&bob, "garden", "see https://casino.example");
    world.settle();
    world.partition(&bob);
    world.run(40_000);
    world.asks_and_hears(&ana, r#"{"do":"reject","room":"garden","held":1,"reason":"no ads"}"#);
    world.heal(&bob);
    world.rest_and_check();
    let notices = bob
        .conversation
        .borrow()
        .look(|model| model.notices.iter().map(|notice| notice.text.clone()).collect::<Vec<_>>().join(" / "));
    assert_eq!(notices.matches("no ads").count(), 1, "{notices}");
    assert!(!world.transcript_of_named("garden").contains("casino"));
}
