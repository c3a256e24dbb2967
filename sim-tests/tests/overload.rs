//! Stories of those who send too much, too long, or read too slowly.

mod common;

use sala_core::server::Quota;
use sala_sim::world::{Setup, World};

/// What a bare connection says to be somebody.
const ENTER: &str = r#"{"do":"enter","id":1,"name":"raw","token":"raw-raw-raw-raw-raw-raw-raw-raw-raw"}"#;
const JOIN: &str = r#"{"do":"join","id":2,"room":"lobby"}"#;

#[test]
fn a_reader_who_stops_delays_nobody_and_misses_nothing() {
    let mut world = World::new(41);
    let (ana, bob, carla) = (world.person("ana"), world.watcher("bob"), world.watcher("carla"));
    world.settle();
    carla.freeze.set(true);
    (1..=500).for_each(|number| world.say(&ana, &format!("line {number} {}", "x".repeat(1_000))));
    let heard = |person: &sala_sim::client_host::Person| {
        person.history.borrow().heard.values().map(Vec::len).sum::<usize>()
    };
    world.until("bob has heard it all", 5_000, |_| heard(&bob) == 504);
    assert!(heard(&carla) < 504);
    carla.freeze.set(false);
    world.settle_and_check();
    snapshot!("slow_reader", format!("bob heard {}, carla heard {}", heard(&bob), heard(&carla)));
}

#[test]
fn a_flood_is_refused_and_the_others_go_on_talking() {
    let mut world = World::with(&Setup { quota: Quota::default(), ..Setup::new(42) });
    let (ana, bob) = (world.person("ana"), world.watcher("bob"));
    let raw = world.raw("flooder");
    raw.send(format!("{ENTER}\n").as_bytes());
    world.run(100);
    raw.send(format!("{JOIN}\n").as_bytes());
    world.settle();
    (1..=2_000).for_each(|n| {
        raw.send(format!(r#"{{"do":"post","room":"lobby","n":{n},"text":"buy {n}"}}{}"#, "\n").as_bytes());
    });
    world.say(&ana, "what a noise");
    world.until("ana is heard", 2_000, |_| ana.open_posts() == 0);
    world.run(2_000);
    let stored = world.transcript().lines().filter(|line| line.contains("buy")).count();
    let refused = raw.heard().iter().filter(|line| line.contains("slow_down")).count();
    assert!(refused > 1_000 && stored < 1_000 && bob.is_online(), "{refused} refused, {stored} stored");
    snapshot!(
        "flood",
        raw.heard().iter().find(|line| line.contains("slow_down")).cloned().unwrap_or_default()
    );
}

#[test]
fn lines_that_are_no_requests_are_refused_one_by_one() {
    let mut world = World::new(43);
    let raw = world.raw("garbler");
    raw.send(&[b"x".repeat(100_000), b"\n".to_vec()].concat());
    raw.send(
        b"\xff\xfe\n[1,2]\nhello\n{\"do\":\"fly\",\"id\":7}\n{\"do\":\"post\",\"id\":8,\"n\":\"nine\"}\n",
    );
    raw.send(b"{\"do\":\"join\",\"id\":9,\"room\":\"lobby\"}\n{\"do\":\"enter\",\"id\":10,\"name\":\"a b\"}\n\r\n{\"do\":\"pi");
    world.run(100);
    raw.send(b"ng\"}\r\n");
    world.run(100);
    assert!(!raw.is_closed());
    snapshot!("garbage", raw.heard().join("\n"));
}
