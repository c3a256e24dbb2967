//! Stories of rooms as a whole: what is found in them, what they are called, who owns them, and their end.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::world::{Screen, World};
use egui::{Key, Modifiers};
use sala_core::client::User;
use sala_core::entry::{Role, Seq};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::Request;
use std::collections::BTreeSet;

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

/// A window of somebody who has made a room, and is in it.
fn owner_of_garden(world: &mut World) -> Screen {
    let mut window = world.window_of("ana");
    window.app().link().unwrap().conversation.user(User::Create(room("garden")));
    world.settle(&mut [&mut window]);
    window.click("garden", world);
    window
}

fn more(window: &mut Screen, line: &str, world: &World) {
    window.click("More about this room", world);
    window.click(line, world);
}

#[test]
fn a_day_is_gone_to_by_the_calendar() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    bob.say("lobby", "on the first day");
    world.pass(2, &mut []);
    for day in 2..=3 {
        world.sleep(24 * 3_600);
        for number in 1..=60 {
            bob.say("lobby", &format!("day {day}, line {number}"));
        }
        world.pass(2, &mut []);
    }
    let mut window = world.window_of("ana");
    window.demand(&["day 3, line 60"]);
    window.refuse(&["day 2, line 1"]);
    more(&mut window, "Go to a day…", &world);
    window.demand(&["November 2026", "Yesterday"]);
    window.click("Yesterday", &world);
    assert!(window.sees("day 2, line 1"), "{}", window.text());
    window.refuse(&["day 3, line 60", "November 2026"]);
    more(&mut window, "Go to a day…", &world);
    window.click("The month before", &world);
    window.demand(&["October 2026"]);
    window.click("To the first message", &world);
    window.demand(&["on the first day"]);
}

#[test]
fn a_key_that_is_held_down_runs_past_nothing_that_is_still_to_be_loaded() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    for number in 1..=500 {
        bob.say("lobby", &format!("line {number}."));
        if number % 50 == 0 {
            world.pass(1, &mut []);
        }
    }
    let mut window = world.window_of("ana");
    more(&mut window, "Go to a day…", &world);
    window.click("To the first message", &world);
    window.demand(&["line 1."]);
    window.click_part("↓", &world);
    window.demand(&["line 500."]);
    // What lies between is on its way, and the key is pressed faster than it comes.
    for _ in 0..60 {
        window.press(Modifiers::NONE, Key::PageUp, &world);
    }
    window.demand(&["Loading…"]);
    window.refuse(&["line 30."]);
    let mut seen = BTreeSet::new();
    for _ in 0..120 {
        window.press(Modifiers::NONE, Key::PageUp, &world);
        seen.extend(window.app().tops().into_iter().map(|(seq, _)| seq));
        world.step(&mut window);
    }
    window.demand(&["line 1."]);
    let missed: Vec<u64> = (1..=400).filter(|seq| !seen.contains(&Seq(*seq))).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn a_search_is_narrowed_by_author_and_day() {
    let mut world = World::new();
    let (bob, cy) = (world.guest("bob", "lobby"), world.guest("cy", "lobby"));
    bob.say("lobby", "tomatoes by bob");
    cy.say("lobby", "tomatoes by cy");
    world.pass(1, &mut []);
    let mut window = world.window_of("ana");
    window.press(Modifiers::COMMAND, Key::F, &world);
    world.settle(&mut [&mut window]);
    window.fill("Words", "tomatoes", &world);
    window.fill("By (a name)", "not a name", &world);
    window.demand(&["A name has up to 32"]);
    window.fill("By (a name)", "cy", &world);
    window.click("Find", &world);
    window.demand(&["cy · lobby"]);
    window.refuse(&["bob · lobby"]);
    window.fill("From day (2026-11-25)", "2026-11-26", &world);
    window.click("Find", &world);
    window.demand(&["Nothing was found."]);
    window.fill("From day (2026-11-25)", "2026-11-25", &world);
    window.fill("To day (2026-11-25)", "2026-11-25", &world);
    window.fill("By (a name)", "", &world);
    window.click("Find", &world);
    window.demand(&["cy · lobby", "bob · lobby"]);
}

#[test]
fn a_link_says_for_how_long_and_for_how_many_it_is_good() {
    let mut world = World::new();
    let mut window = owner_of_garden(&mut world);
    window.click("Moderation", &world);
    window.demand(&["Links into the room · 0"]);
    window.click("New link into the room…", &world);
    window.click("1 day", &world);
    window.fill("For how many people (empty: any number)", "none", &world);
    window.demand(&["Write a number, or nothing."]);
    window.fill("For how many people (empty: any number)", "3", &world);
    window.click("Make and copy the link", &world);
    window.click("Close", &world);
    window.demand(&["Links into the room · 1", "By ana, good until Thursday", "Lets 3 more people in"]);
    window.click("Take back", &world);
    window.demand(&["Links into the room · 0"]);
}

#[test]
fn a_room_is_renamed_given_away_and_closed_by_its_owner_alone() {
    let mut world = World::new();
    let mut window = owner_of_garden(&mut world);
    let bob = world.guest("bob", "garden");
    world.settle(&mut [&mut window]);
    more(&mut window, "Rename the room", &world);
    window.fill("Name of the room", "two words", &world);
    window.demand(&["A name cannot hold"]);
    window.fill("Name of the room", "orchard", &world);
    window.click("Save", &world);
    window.demand(&["Message to orchard", "ana renamed the room to orchard"]);
    window.click("bob, here", &world);
    window.click("Give the room to this person…", &world);
    window.demand(&["Give orchard to bob?"]);
    window.click("Give the room", &world);
    window.demand(&["ana gave the room to bob"]);
    window.click("More about this room", &world);
    window.refuse(&["Close for good…", "Rename the room"]);
    window.press(Modifiers::NONE, Key::Escape, &world);
    bob.ask(Request::Owner { room: room("garden"), name: name("ana") });
    world.settle(&mut [&mut window]);
    more(&mut window, "Close for good…", &world);
    window.demand(&["Close orchard for good?"]);
    window.click("Close the room", &world);
    window.demand(&["orchard", "No room is open"]);
    assert_eq!(bob.reads("garden"), [""; 0]);
}

#[test]
fn moderators_see_what_a_message_said_before() {
    let mut world = World::new();
    let mut window = owner_of_garden(&mut world);
    let bob = world.guest("bob", "garden");
    bob.say("garden", "the first words");
    world.settle(&mut [&mut window]);
    let seq = window.app().tops().last().map(|(seq, _)| *seq).unwrap();
    bob.conversation.user(User::Edit { room: room("garden"), seq, text: "the second words".to_owned() });
    world.settle(&mut [&mut window]);
    window.refuse(&["the first words"]);
    window.click_secondary("the second words", &world);
    window.click("Earlier words", &world);
    window.demand(&["What the message said", "the first words"]);
}

#[test]
fn what_the_server_refuses_is_said_in_the_language_of_the_window() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    let mut window = world.window_of("ana");
    window.click("You are ana", &world);
    window.click("Settings", &world);
    window.click("Português", &world);
    window.click("Fechar", &world);
    let reason = "ervas".to_owned();
    bob.ask(Request::Ban { room: room("garden"), name: name("ana"), minutes: None, reason });
    world.settle(&mut [&mut window]);
    let link = window.app().link().unwrap().conversation.clone();
    link.user(User::Join(room("garden")));
    world.settle(&mut [&mut window]);
    window.demand(&["Você não pode entrar aqui: ervas"]);
    link.user(User::Ask(Request::Role { room: room("lobby"), name: name("bob"), role: Role::Moderator }));
    world.settle(&mut [&mut window]);
    window.demand(&["Você não pode fazer isto aqui."]);
    world.kill();
    world.settle(&mut [&mut window]);
    link.user(User::Delete(room("lobby"), Seq(1)));
    world.settle(&mut [&mut window]);
    window.demand(&["Isto precisa do servidor"]);
}

#[test]
fn the_key_that_confirms_means_a_button_or_a_box_where_one_has_the_focus() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.say("to stay", &world);
    window.click("Find or make a room", &world);
    window.click("New room", &world);
    window.fill("Name of the room", "vault", &world);
    window.press(Modifiers::NONE, Key::Tab, &world);
    window.press(Modifiers::NONE, Key::Tab, &world);
    // The box is turned on, and off and on again; no room is made by it.
    for _ in 0..3 {
        window.press(Modifiers::NONE, Key::Enter, &world);
    }
    world.settle(&mut [&mut window]);
    assert!(
        matches!(&window.app().state().dialog, Some(sala_gui::Dialog::NewRoom { private: true, .. })),
        "{}",
        window.text()
    );
    window.click("Create", &world);
    window.demand(&["Message to vault"]);
    let private = |model: &sala_core::client::Model| {
        model.rooms.values().any(|room| room.kind == sala_core::entry::RoomKind::Private)
    };
    assert!(window.app().link().unwrap().conversation.look(private), "{}", window.text());
    // Nor is anything done that is cancelled by the key.
    window.click("lobby", &world);
    window.click_secondary("to stay", &world);
    window.click("Delete", &world);
    window.demand(&["Delete this message?"]);
    for _ in 0..2 {
        window.press(Modifiers::NONE, Key::Tab, &world);
    }
    window.press(Modifiers::NONE, Key::Enter, &world);
    world.settle(&mut [&mut window]);
    window.refuse(&["Delete this message?", "This message was deleted."]);
    window.demand(&["to stay"]);
}
