//! Stories of what is said and heard when nothing, or little, goes wrong.

use sala_sim::world::World;

#[test]
fn two_people_talk() {
    let mut world = World::new(1);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.watcher("carla");
    world.settle();
    world.say(&ana, "hello");
    world.settle();
    world.say(&bob, "hello ana");
    world.settle_and_check();
    println!("{}", world.transcript());
}
