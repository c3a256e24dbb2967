//! Stories of links that break, stall, or are only half there.

mod common;

use sala_sim::world::World;

#[test]
fn what_is_said_on_both_sides_of_a_partition_is_one_conversation_after_it() {
    let mut world = World::new(11);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.settle();
    world.partition(&bob);
    world.say(&ana, "bob?");
    world.say(&bob, "ana?");
    world.run(40_000);
    let seen = world.screen(&bob);
    world.heal(&bob);
    world.settle_and_check();
    snapshot!("partition", format!("{seen}\nlater\n{}", world.screen(&bob)));
}

#[test]
fn a_stalled_link_delivers_late_and_nothing_twice() {
    let mut world = World::new(12);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.settle();
    world.stall(&bob);
    world.say(&ana, "one");
    world.say(&bob, "two");
    world.run(5_000);
    world.unstall(&bob);
    world.settle_and_check();
    snapshot!("stall", world.transcript());
}

#[test]
fn a_half_open_link_is_noticed_and_its_device_comes_back() {
    let mut world = World::new(13);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.settle();
    world.say(&bob, "my battery is low");
    world.settle();
    world.vanish(&bob);
    world.say(&ana, "bob?");
    world.run(60_000);
    world.come_back(&bob);
    world.settle_and_check();
    snapshot!("half_open", format!("{}\n{}", world.screen(&ana), world.screen(&bob)));
}

#[test]
fn a_link_that_is_dead_one_way_only_is_given_up() {
    let mut world = World::new(14);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.settle();
    world.partition_one_way(&ana, false);
    world.say(&ana, "nobody hears this yet");
    world.say(&bob, "ana hears this");
    world.run(45_000);
    world.heal(&ana);
    world.settle_and_check();
    snapshot!("one_way", world.screen(&ana));
}
