//! What whoever runs a server has it do: by entries, in the server's own name, within the bounds that hold for people.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::World;
use sala_core::entry::Registration;
use sala_core::limits::{POST_BYTES_MAX, REASON_BYTES_MAX, SANCTION_MINUTES_MAX};
use sala_core::name::Name;
use sala_core::protocol::Banned;
use sala_core::refusal::{Code, Refusal};
use sala_core::server::{Ask, Command, Decision, Input, Operation, Origin, Quota, SessionId, decide};
use sala_core::time::Wall;

fn named(name: &str) -> Banned {
    Banned::Person(Name::parse(name).unwrap())
}

fn banning(whom: Banned, minutes: Option<u64>) -> Operation {
    Operation::Ban { whom, minutes, reason: "shouting".to_owned() }
}

/// What becomes of an operation in the present state.
fn decided(world: &World, operation: Operation) -> Result<Decision, Refusal> {
    let origin = Origin { id: Some(1), ..Origin::SERVER };
    decide(
        world.server.state(),
        &Command { origin, at: Wall(world.now.wall.0), ask: Ask::Operate(operation) },
    )
}

#[test]
fn whoever_is_banned_by_the_operator_is_gone_at_once_and_comes_back_when_it_ends() {
    let mut world = World::new();
    let (ana, eve) = (world.comes("ana"), world.comes("eve"));
    world.input(Input::Operate(1, banning(named("eve"), Some(1))));
    assert!(world.is_hung_up(eve) && !world.is_hung_up(ana));
    assert!(world.hears(eve).concat().contains("goodbye banned"));
    let again = world.enters("eve", "", "{}");
    assert!(world.hears(again).concat().contains("Banned"));
    world.now.wall = world.now.wall.after(60_000);
    let later = world.enters("eve", "", "{}");
    assert!(world.hears(later).concat().contains("welcome"));
}

#[test]
fn a_ban_that_cannot_be_is_refused_as_it_is_for_people() {
    let mut world = World::new();
    world.comes("ana");
    let code = |decided: Result<Decision, Refusal>| decided.err().map(|refusal| refusal.code);
    assert_eq!(code(decided(&world, banning(named("nobody-here"), None))), Some(Code::NoSuchPerson));
    assert_eq!(code(decided(&world, Operation::Unban(named("ana")))), Some(Code::NotThere));
    let range = Banned::Addresses("203.0.113.0/24".parse().unwrap());
    assert_eq!(code(decided(&world, Operation::Unban(range))), Some(Code::NotThere));
    let checked = |operation: Operation| operation.checked().err().map(|refusal| refusal.code);
    assert_eq!(checked(banning(named("ana"), Some(SANCTION_MINUTES_MAX))), None);
    assert_eq!(checked(banning(named("ana"), Some(0))), Some(Code::BadRequest));
    assert_eq!(checked(banning(named("ana"), Some(SANCTION_MINUTES_MAX + 1))), Some(Code::BadRequest));
    let reason = "x".repeat(REASON_BYTES_MAX + 1);
    let long = Operation::Ban { whom: named("ana"), minutes: None, reason };
    assert_eq!(checked(long), Some(Code::TextTooLong));
    assert_eq!(checked(Operation::Say(" ".to_owned())), Some(Code::EmptyText));
    assert_eq!(checked(Operation::Say("x".repeat(POST_BYTES_MAX + 1))), Some(Code::TextTooLong));
    assert_eq!(checked(Operation::Say("\u{1b}[2J".to_owned())), Some(Code::BadText));
}

#[test]
fn what_is_set_already_adds_nothing() {
    let world = World::new();
    let settings = |registration, guests| Operation::Settings { registration, guests };
    assert_eq!(decided(&world, settings(None, None)), Ok(Decision::Already));
    assert_eq!(decided(&world, settings(Some(Registration::Open), Some(true))), Ok(Decision::Already));
    assert!(matches!(decided(&world, settings(None, Some(false))), Ok(Decision::Append(_))));
}

#[test]
fn what_the_operator_says_is_a_post_of_the_server_and_survives_a_restart() {
    let mut world = World::new();
    let (ana, bob) = (world.comes("ana"), world.comes("bob"));
    world.says(ana, r#"{"do":"join","room":"lobby"}"#);
    world.says(bob, r#"{"do":"leave","room":"lobby"}"#);
    let heard = |world: &mut World, session: SessionId| {
        world.hears(session).iter().filter(|line| line.contains("boots")).cloned().collect::<Vec<_>>()
    };
    heard(&mut world, ana);
    heard(&mut world, bob);
    world.input(Input::Operate(1, Operation::Say("bring boots".to_owned())));
    world.input(Input::Operate(2, Operation::Say("bring two boots".to_owned())));
    let (by_ana, by_bob) = (heard(&mut world, ana), heard(&mut world, bob));
    assert!(by_ana.len() == 2 && by_ana[0].contains("sala") && !by_ana[0].contains("notice"), "{by_ana:?}");
    assert_eq!(by_bob, ["notice bring boots", "notice bring two boots"]);
    world.restarts();
    assert_eq!(world.lobby().iter().filter(|line| line.contains("boots")).count(), 2);
}

#[test]
fn a_greeting_is_for_those_who_hold_nothing_yet() {
    let mut world = World::new();
    world.input(Input::Greeting("mind the step".to_owned()));
    let ana = world.enters("ana", "", "{}");
    assert_eq!(world.hears(ana).last().map(String::as_str), Some("notice mind the step"));
    let again = world.enters("ana", "", r#"{"lobby":1}"#);
    assert!(!world.hears(again).concat().contains("notice"));
    world.input(Input::Greeting(String::new()));
    let later = world.enters("ana", "", "{}");
    assert!(!world.hears(later).concat().contains("notice"));
}

#[test]
fn a_smaller_quota_holds_for_those_who_are_here_already() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.hears(ana);
    let quota = Quota { requests_burst: 3, requests_per_second: 1, ..Quota::default() };
    world.input(Input::Quota(quota));
    world.says(ana, &[r#"{"do":"me"}"#; 10].join("\n"));
    let refused = world.hears(ana).iter().filter(|line| line.contains("SlowDown")).count();
    assert_eq!(refused, 7);
    world.input(Input::Quota(Quota::default()));
    world.passes(10_000);
    world.says(ana, &[r#"{"do":"me"}"#; 100].join("\n"));
    assert!(!world.hears(ana).concat().contains("SlowDown"));
}

#[test]
fn a_connection_that_the_operator_closes_is_told_so_and_its_person_may_come_again() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.input(Input::Close(ana));
    assert!(world.is_hung_up(ana));
    assert!(world.hears(ana).concat().ends_with("goodbye closed"));
    let again = world.enters("ana", "", "{}");
    assert!(world.hears(again).concat().contains("welcome"));
}
