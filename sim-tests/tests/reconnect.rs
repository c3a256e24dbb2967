//! Stories of coming back.

mod common;

use sala_sim::world::World;

#[test]
fn a_storm_of_two_hundred_reconnects_ends_with_everybody_hearing_everything() {
    let mut world = World::new(31);
    let crowd = world.crowd("guest", 200);
    world.settle();
    world.kill_server();
    for (number, person) in crowd.iter().enumerate().filter(|(number, _)| number % 50 == 0) {
        world.say(person, &format!("line {number} while the server is away"));
    }
    world.run(3_000);
    world.start_server();
    world.settle_and_check();
    let last: Vec<String> = world.transcript().lines().rev().take(4).map(str::to_owned).collect();
    assert!(last.iter().all(|line| line.contains("while the server is away")), "{last:?}");
    snapshot!("storm", format!("{} entries", world.transcript().lines().count()));
}

#[test]
fn whoever_was_away_for_long_is_told_what_was_skipped() {
    let mut world = World::new(32);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.settle();
    world.partition(&bob);
    (1..=1_100).for_each(|number| world.say(&ana, &format!("line {number}")));
    world.run(60_000);
    world.heal(&bob);
    world.settle();
    world.say(&ana, "welcome back");
    world.settle_and_check();
    snapshot!("skipped", world.screen(&bob));
}

#[test]
fn a_follower_who_was_away_for_long_still_hears_every_entry() {
    let mut world = World::new(33);
    let (ana, wanda) = (world.person("ana"), world.watcher("wanda"));
    world.settle();
    world.partition(&wanda);
    (1..=2_500).for_each(|number| world.say(&ana, &format!("line {number}")));
    world.run(60_000);
    world.heal(&wanda);
    world.settle_and_check();
    assert_eq!(wanda.history.borrow().heard.values().map(Vec::len).sum::<usize>(), 2_503);
    snapshot!("follower", world.transcript().lines().last().unwrap_or_default().to_owned());
}
