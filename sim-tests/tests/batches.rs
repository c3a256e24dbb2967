//! Stories of what comes to disk together, and of what does not wait for it.

use sala_sim::raw_host::Raw;
use sala_sim::world::{Setup, World};

/// A world without delays of its own, and twenty in its lobby.
fn twenty(seed: u64) -> (World, Vec<Raw>) {
    let setup = Setup { latency_ms: (1, 1), cuts: false, write_ms_max: 0, threads: None, ..Setup::new(seed) };
    let mut world = World::with(&setup);
    let raws: Vec<Raw> = (0..20).map(|number| world.raw(&format!("raw{number}"))).collect();
    for (number, raw) in raws.iter().enumerate() {
        let token = format!("a-token-of-nobody-but-number-{number}-himself");
        raw.send(format!("{{\"do\":\"enter\",\"name\":\"raw{number}\",\"token\":\"{token}\"}}\n").as_bytes());
    }
    world.run(50);
    raws.iter().for_each(|raw| raw.send(b"{\"do\":\"join\",\"room\":\"lobby\"}\n"));
    world.run(50);
    (world, raws)
}

/// They say something, and so many milliseconds go by.
fn say(world: &mut World, raws: &[Raw], n: u32, then_ms: u64) {
    for raw in raws {
        raw.send(format!("{{\"do\":\"post\",\"room\":\"lobby\",\"n\":{n},\"text\":\"{n}\"}}\n").as_bytes());
    }
    world.run(then_ms);
}

/// How many entries each of the last batches was of.
fn batches(world: &World, last: usize) -> Vec<u64> {
    let commits = world.server.commits.borrow();
    let sizes = commits.windows(2).map(|pair| pair[1].last.0 - pair[0].last.0);
    sizes.skip(commits.len() - 1 - last).collect()
}

#[test]
fn who_answers_at_once_is_in_one_batch_with_those_who_answer_a_moment_later() {
    let (mut world, raws) = twenty(51);
    say(&mut world, &raws, 1, 3);
    say(&mut world, &raws[..2], 2, 1);
    say(&mut world, &raws[2..], 2, 20);
    assert_eq!(batches(&world, 2), [20, 20]);
}

#[test]
fn nobody_waits_for_those_who_were_answered_long_ago() {
    let (mut world, raws) = twenty(52);
    say(&mut world, &raws, 1, 20);
    say(&mut world, &raws[..2], 2, 1);
    say(&mut world, &raws[2..], 2, 20);
    assert_eq!(batches(&world, 3), [20, 2, 18]);
}

#[test]
fn those_who_do_not_come_are_waited_for_once_and_not_long() {
    let (mut world, raws) = twenty(53);
    say(&mut world, &raws, 1, 3);
    say(&mut world, &raws[..2], 2, 20);
    say(&mut world, &raws, 3, 3);
    say(&mut world, &raws[..2], 4, 1);
    say(&mut world, &raws[2..], 4, 20);
    assert_eq!(batches(&world, 5), [20, 2, 20, 2, 18]);
    let stored: Vec<u64> = world.server.commits.borrow().iter().map(|commit| commit.stored_ms).collect();
    let (said, heard) = (stored[stored.len() - 5], stored[stored.len() - 4]);
    assert!(heard - said <= 5, "two were on disk {} ms after the twenty", heard - said);
}
