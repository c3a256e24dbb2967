//! Stories of servers that die and disks that fail.

mod common;

use sala_core::client::User;
use sala_core::protocol::Update;
use sala_sim::disk::{Failing, Operation, Tear};
use sala_sim::wire::{Spoken, Word};
use sala_sim::world::{Setup, World};

#[test]
fn a_server_killed_in_mid_post_loses_and_doubles_nothing() {
    let mut world = World::new(21);
    let (ana, bob) = (world.person("ana"), world.watcher("bob"));
    world.settle();
    for number in 1..=30 {
        world.say(&ana, &format!("line {number}"));
        world.run(3);
        if number % 10 == 5 {
            world.kill_server();
            world.run(500);
            world.start_server();
        }
    }
    world.settle_and_check();
    assert_eq!(bob.history.borrow().heard.values().map(Vec::len).sum::<usize>(), 33);
    snapshot!("killed_in_mid_post", world.transcript());
}

#[test]
fn a_power_cut_between_decision_and_commit_loses_nothing_that_was_acked() {
    let mut setup = Setup::new(22);
    setup.write_ms_max = 400;
    let mut world = World::with(&setup);
    let ana = world.person("ana");
    world.settle();
    world.say(&ana, "is this safe?");
    world.run(20);
    let seen = world.screen(&ana);
    world.cut_power(Tear::Sectors);
    world.start_server();
    world.settle_and_check();
    snapshot!("power_cut", format!("{seen}\nlater\n{}", world.screen(&ana)));
}

#[test]
fn power_that_goes_at_any_of_the_first_forty_disk_operations_tears_nothing() {
    for nth in 1..=40 {
        let mut world = World::new(23);
        let ana = world.person("ana");
        world.settle();
        let tear = if nth % 2 == 0 { Tear::Sectors } else { Tear::DropUnsynced };
        world.disk.cut_power_at(nth, tear);
        for number in 1..=10 {
            world.say(&ana, &format!("line {number}"));
            world.run(10);
        }
        world.settle_and_check();
    }
}

#[test]
fn a_full_disk_refuses_clearly_and_recovers_by_itself() {
    let mut world = World::new(24);
    let (ana, bob) = (world.person("ana"), world.watcher("bob"));
    world.settle();
    world.say(&ana, "before");
    world.settle();
    world.disk.set_capacity(Some(world.disk.used()));
    world.say(&ana, "while it is full");
    world.say(&ana, "and after that");
    world.run(5_000);
    let seen = world.screen(&ana);
    assert!(bob.is_online(), "reading goes on");
    world.disk.set_capacity(None);
    world.settle_and_check();
    snapshot!("full_disk", format!("{seen}\nlater\n{}", world.screen(&ana)));
}

#[test]
fn a_sync_that_fails_ends_the_server_and_the_next_one_knows_what_is_true() {
    let mut world = World::new(25);
    let ana = world.person("ana");
    world.settle();
    world.disk.fail(Operation::Sync, Failing::Nth(1));
    world.say(&ana, "stored or not?");
    world.run(500);
    let starts = world.server.starts.get();
    world.settle_and_check();
    assert_eq!((starts, world.server.starts.get()), (1, 2), "it ended, and its supervisor started it again");
    snapshot!("sync_fails", world.screen(&ana));
}

#[test]
fn a_server_that_cannot_read_its_folder_after_the_disk_was_full_says_goodbye() {
    let mut world = World::new(27);
    let (ana, bob) = (world.person("ana"), world.watcher("bob"));
    world.settle();
    world.disk.set_capacity(Some(world.disk.used()));
    world.disk.fail(Operation::Read, Failing::OneIn(1));
    world.say(&ana, "no room, and nothing to go back to");
    world.run(300);
    let is_goodbye = |spoken: &Spoken| matches!(&spoken.word, Word::Told(update) if matches!(**update, Update::Goodbye { .. }));
    assert!(bob.wire.spoken().iter().any(is_goodbye), "nobody is left waiting");
    world.disk.set_capacity(None);
    world.disk.fail(Operation::Read, Failing::Never);
    world.settle_and_check();
    assert!(world.server.starts.get() > 1, "its supervisor started it again");
}

#[test]
fn a_server_that_is_asked_to_stop_says_goodbye_and_forgets_nothing() {
    let mut world = World::new(26);
    let ana = world.person("ana");
    world.settle();
    world.say(&ana, "before the stop");
    world.run(2);
    world.stop_server();
    world.run(100);
    world.say(&ana, "while it is away");
    let seen = world.screen(&ana);
    world.start_server();
    world.settle_and_check();
    snapshot!("stopped", format!("{seen}\nlater\n{}", world.screen(&ana)));
}

#[test]
fn a_room_whose_making_was_lost_with_a_full_disk_leaves_no_name_behind() {
    let mut world = World::new(27);
    let ana = world.person("ana");
    world.settle();
    world.disk.set_capacity(Some(world.disk.used()));
    world.user(&ana, User::Create("garden".parse().unwrap()));
    world.run(500);
    world.user(&ana, User::Leave("garden".parse().unwrap()));
    world.disk.set_capacity(None);
    world.run(2_000);
    world.user(&ana, User::Create("cellar".parse().unwrap()));
    world.run(2_000);
    world.settle_and_check();
    snapshot!("lost_room", world.screen(&ana));
}
