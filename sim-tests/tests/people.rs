//! Stories of people, their devices and each other while links break and servers die.

mod common;

use sala_core::client::User;
use sala_core::name::RoomName;
use sala_sim::client_host::lobby;
use sala_sim::disk::Tear;
use sala_sim::mark::mark;
use sala_sim::world::{Setup, World};

#[test]
fn a_device_that_is_revoked_while_it_is_cut_off_hears_nothing_more() {
    let mut world = World::new(61);
    let (ana, bob) = (world.account("ana"), world.account("bob"));
    let phone = world.device(&ana, "phone");
    world.settle();
    world.partition(&phone);
    world.asks_and_hears(&ana, r#"{"do":"revoke","all":true}"#);
    world.say(&bob, "the phone was stolen?");
    world.say(&phone, "never sent");
    world.run(40_000);
    world.heal(&phone);
    world.rest_and_check();
    snapshot!("revoked_while_away", format!("{}{}", world.screen(&phone), world.screen(&bob)));
}

#[test]
fn whoever_is_blocked_while_both_are_away_learns_nothing_of_it() {
    let mut world = World::new(62);
    let (ana, bob, carla) = (world.account("ana"), world.account("bob"), world.account("carla"));
    world.settle();
    world.asks_and_hears(&ana, r#"{"do":"block","name":"bob"}"#);
    world.partition(&bob);
    world.vanish(&ana);
    world.run(40_000);
    world.say(&carla, "is anybody here?");
    world.come_back(&ana);
    world.run(5_000);
    world.say(&ana, "I am, @bob");
    world.heal(&bob);
    world.settle();
    world.asks_and_hears(&bob, r#"{"do":"befriend","name":"ana","note":"are you there?"}"#);
    world.rest_and_check();
    snapshot!("blocked_while_away", format!("{}{}", world.screen(&bob), world.company(&bob)));
}

#[test]
fn nothing_of_an_account_is_left_though_the_power_goes_while_it_is_deleted() {
    for nth in 1..=12 {
        let mut world = World::with(&Setup { tick_ms: 5, ..Setup::new(63) });
        let (ana, bob) = (world.account("ana"), world.account("bob"));
        world.settle();
        world.say(&ana, &format!("a word that is to go: {}", mark(63, 1)));
        let status = format!(r#"{{"do":"presence","mode":"away","status":"{}"}}"#, mark(63, 2));
        world.asks_and_hears(&ana, &status);
        world.stop_server();
        world.start_server();
        world.settle();
        world.disk.cut_power_at(nth, if nth % 2 == 0 { Tear::Sectors } else { Tear::DropUnsynced });
        world.asks(&ana, r#"{"do":"delete_account","password":"the password of ana"}"#);
        world.run(3_000);
        if ana.closed().is_none() {
            world.settle();
            world.asks(&ana, r#"{"do":"delete_account","password":"the password of ana"}"#);
        }
        world.say(&bob, "goodbye, ana");
        world.rest_and_check();
        assert!(!world.transcript().contains("a word"), "cut at {nth}");
    }
}

#[test]
fn two_devices_that_read_on_both_sides_of_a_partition_agree_after_it() {
    let mut world = World::new(64);
    let (ana, bob) = (world.account("ana"), world.account("bob"));
    let phone = world.device(&ana, "phone");
    world.settle();
    (1..=5).for_each(|number| world.say(&bob, &format!("line {number}, @ana")));
    world.settle();
    world.partition(&phone);
    phone.user(User::Read(lobby()));
    world.say(&bob, "line 6, @ana");
    world.run(1_000);
    ana.user(User::Read(lobby()));
    world.say(&bob, "line 7, @ana");
    world.run(40_000);
    world.heal(&phone);
    world.rest_and_check();
    snapshot!("read_on_both_sides", format!("{}{}", world.screen(&ana), world.screen(&phone)));
}

#[test]
fn a_guest_who_becomes_an_account_while_the_link_breaks_keeps_his_place() {
    let mut world = World::new(65);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.settle();
    world.upgrades(&ana);
    world.run(4);
    world.partition(&ana);
    world.run(40_000);
    world.heal(&ana);
    world.say(&ana, "the same ana");
    world.rest_and_check();
    snapshot!("upgraded", format!("{}{}", world.transcript(), world.screen(&bob)));
}

#[test]
fn whoever_has_deleted_his_account_is_no_member_to_anybody() {
    let mut world = World::new(66);
    let (ana, bob) = (world.account("ana"), world.account("bob"));
    world.settle();
    world.asks(&bob, r#"{"do":"delete_account","password":"the password of bob"}"#);
    world.rest_and_check();
    snapshot!("erased_member", world.company(&ana));
}

#[test]
fn what_is_said_in_a_room_by_a_name_that_another_had_before_is_stored() {
    let mut world = World::new(67);
    let (ana, bob) = (world.account("ana"), world.account("bob"));
    world.settle();
    world.asks_and_hears(&ana, r#"{"do":"create","room":"garden"}"#);
    world.asks_and_hears(&ana, r#"{"do":"close","room":"garden"}"#);
    world.asks_and_hears(&ana, r#"{"do":"create","room":"garden"}"#);
    bob.user(User::Join(RoomName::parse("Garden").unwrap()));
    world.says(&bob, "Garden", "is this the new garden?");
    world.rest_and_check();
    snapshot!("name_of_another", world.screen(&bob));
}

#[test]
fn who_comes_while_the_disk_is_slow_is_seen_by_those_who_are_there() {
    for seed in 70..80 {
        let mut world = World::with(&Setup { write_ms_max: 400, ..Setup::new(seed) });
        let ana = world.person("ana");
        world.settle();
        let bob = world.person("bob");
        world.settle();
        world.run(2_000);
        assert_eq!(world.company(&ana), "ana in lobby: here\nbob in lobby: here\n", "seed {seed}");
        assert_eq!(world.company(&bob), world.company(&ana), "seed {seed}");
    }
}

#[test]
fn who_went_and_came_again_while_one_was_away_is_seen_here() {
    for seed in 80..90 {
        let mut world = World::with(&Setup { write_ms_max: 300, ..Setup::new(seed) });
        let (ana, bob) = (world.person("ana"), world.person("bob"));
        world.settle();
        world.partition(&ana);
        world.user(&bob, User::Leave(lobby()));
        world.run(2_000);
        world.user(&bob, User::Join(lobby()));
        world.run(2_000);
        // What was missed is read from the disk, which takes longer than to say who is here.
        world.kill_server();
        world.start_server();
        world.run(40_000);
        world.heal(&ana);
        world.settle();
        world.run(2_000);
        assert_eq!(world.company(&ana), "ana in lobby: here\nbob in lobby: here\n", "seed {seed}");
    }
}

#[test]
fn who_is_told_something_for_the_first_time_on_a_full_disk_hears_it_when_there_is_room() {
    let mut world = World::new(91);
    let (ana, bob) = (world.account("ana"), world.account("bob"));
    world.settle();
    world.disk.set_capacity(Some(world.disk.used()));
    world.asks_and_hears(&bob, r#"{"do":"befriend","name":"ana"}"#);
    world.disk.set_capacity(None);
    world.run(2_000);
    world.asks_and_hears(&bob, r#"{"do":"befriend","name":"ana"}"#);
    world.settle_and_check_at_rest();
    assert_eq!(world.company(&ana).lines().last(), Some("bob: AskedBy, not here"));
}
