//! Stories of coming in and leaving.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::world::World;
use egui::{Key, Modifiers};
use sala_gui::{Field, Start};

#[test]
fn a_guest_comes_in_and_talks() {
    let mut world = World::new();
    let mut window = world.window();
    window.demand(&["Sala", "Guest", "Server", "Nickname"]);
    window.fill("Nickname", "ana", &world);
    window.click("Enter", &world);
    window.demand(&["You are ana", "lobby", "ana came in", "1 member"]);
    window.say("hello, all", &world);
    assert_eq!(window.count("hello, all"), 1);
    window.refuse(&["Sending…", "Not sent"]);
    let bob = world.guest("bob", "lobby");
    assert_eq!(bob.reads("lobby"), ["hello, all"]);
}

#[test]
fn enter_in_the_last_field_is_enough() {
    let mut world = World::new();
    let mut window = world.window();
    window.fill("Nickname", "ana", &world);
    window.press(Modifiers::NONE, Key::Enter, &world);
    world.settle(&mut [&mut window]);
    window.demand(&["You are ana"]);
}

#[test]
fn what_is_wrong_stands_at_its_field() {
    let mut world = World::new();
    world.guest("ana", "lobby");
    let mut window = world.window();
    for (server, name, field, why) in [
        ("two words", "bo", Field::Server, "An address looks like"),
        ("sala", "not a name", Field::Name, "A name has up to 32"),
        ("sala", "", Field::Name, "A name has up to 32"),
        ("sala", "ana", Field::Name, "This name is taken"),
    ] {
        window.fill("Server", server, &world);
        window.fill("Nickname", name, &world);
        window.click("Enter", &world);
        window.demand(&[why]);
        assert_eq!(window.app().state().form.wrong.as_ref().map(|(field, _)| *field), Some(field));
    }
    window.fill("Nickname", "bo", &world);
    window.refuse(&["This name is taken"]);
    window.click("Enter", &world);
    window.demand(&["You are bo"]);
}

#[test]
fn a_server_that_is_away_is_said_to_be_and_waited_for() {
    let mut world = World::new();
    world.kill();
    let mut window = world.window();
    window.fill("Nickname", "ana", &world);
    window.click("Enter", &world);
    window.demand(&["nobody listens", "Cancel"]);
    window.click("Cancel", &world);
    window.demand(&["Nickname"]);
    window.click("Enter", &world);
    world.start();
    world.pass(5, &mut [&mut window]);
    window.demand(&["You are ana"]);
}

#[test]
fn an_account_is_made_left_and_come_back_to() {
    let mut world = World::new();
    let mut window = world.window();
    window.click("New account", &world);
    window.fill("Name", "ana", &world);
    window.fill("Password", "short", &world);
    window.click("Create account", &world);
    window.demand(&["at least 8 characters"]);
    window.fill("Password", "a fine password", &world);
    window.click("Create account", &world);
    window.demand(&["You are ana"]);
    // The device's token lets it in again, without a password.
    let folder = window.close();
    let mut window = world.window_with(folder, Start::default());
    window.click("ana · 127.0.0.1:7252", &world);
    window.demand(&["You are ana"]);
    // Another computer has no token: it needs the password.
    let mut other = world.window();
    other.click("Account", &world);
    other.fill("Name", "ana", &world);
    other.click("Sign in", &world);
    other.demand(&["write the password"]);
    other.fill("Password", "a wrong password", &world);
    other.click("Sign in", &world);
    other.demand(&["no account of this name with this password"]);
    other.fill("Password", "a fine password", &world);
    other.click("Sign in", &world);
    other.demand(&["You are ana"]);
}

#[test]
fn whoever_leaves_comes_to_the_first_screen() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.click("You are ana", &world);
    window.click("Leave the server", &world);
    window.demand(&["Nickname", "Where you were before"]);
    window.click("ana · sala:7252", &world);
    window.demand(&["You are ana"]);
}

#[test]
fn a_guest_makes_an_account_and_comes_back_by_it() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.say("as a guest", &world);
    window.click("Friends", &world);
    window.demand(&["Friends are for those who have an account."]);
    window.click("Make an account", &world);
    window.fill("Password", "short", &world);
    window.click("Create account", &world);
    window.demand(&["at least 8 characters"]);
    window.fill("Password", "a fine password", &world);
    window.click("Create account", &world);
    window.demand(&["You have an account now.", "Add a friend", "as a guest"]);
    let folder = window.close();
    let mut window = world.window_with(folder, Start::default());
    window.click("ana · sala:7252", &world);
    window.demand(&["You are ana", "as a guest"]);
    let mut other = world.window();
    other.click("Account", &world);
    other.fill("Name", "ana", &world);
    other.fill("Password", "a fine password", &world);
    other.click("Sign in", &world);
    other.demand(&["You are ana", "as a guest"]);
}
