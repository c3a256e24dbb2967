//! Pictures of six screens, as `snapshots/gui` has them.
//!
//! They need Vulkan, for which Mesa's lavapipe is enough, and Debian's fonts-noto-color-emoji, without which nothing is
//! compared: `cargo test -p sala-gui --features pictures --test pictures`, with `UPDATE_SNAPSHOTS=1` to make them anew.

#![cfg(feature = "pictures")]
#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::Folder;
use common::world::{PASSWORD, Person, Screen, World};
use egui::Event;
use egui_kittest::SnapshotOptions;
use sala_core::client::User;
use sala_core::entry::Seq;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::Request;
use sala_gui::Start;
use std::path::Path;

/// The font of the signs in the pictures: with another, or none, they look otherwise.
const EMOJI: &str = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf";
/// Pixels that may differ: where glyphs end, drivers round differently.
const PIXELS_MAX: usize = 60;

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

#[expect(clippy::print_stderr, reason = "a test that compares nothing says so")]
fn picture(world: &World, window: &mut Screen, name: &str) {
    if !Path::new(EMOJI).exists() {
        return eprintln!(
            "{name} is not compared: install fonts-noto-color-emoji, with whose signs it was made"
        );
    }
    window.harness.event(Event::PointerGone);
    world.settle(&mut [window]);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../snapshots/gui");
    let options = SnapshotOptions::new().output_path(folder).max_failed_pixels(PIXELS_MAX);
    window.harness.snapshot_options(name, &options);
}

fn last(person: &Person, room: &RoomName) -> Seq {
    person.conversation.look(|model| model.rooms[room].timeline.entries().last().unwrap().0)
}

/// A garden in which people have talked, and the window of ana, who owns it.
fn garden(world: &mut World) -> (Screen, Person, Person) {
    let mut window = world.window_of_member("ana");
    window.app().link().unwrap().conversation.user(User::Create(room("garden")));
    world.settle(&mut [&mut window]);
    window.click("garden", world);
    window
        .app()
        .link()
        .unwrap()
        .conversation
        .user(User::Topic(room("garden"), "what grows, and what eats it".to_owned()));
    let (bob, cy) = (world.member("bob"), world.member("cy"));
    for person in [&bob, &cy] {
        person.conversation.user(User::Join(room("garden")));
    }
    world.pass(1, &mut [&mut window]);
    for (person, text) in [
        (&bob, "Good morning! The tomatoes are **green** still, and the slugs are back."),
        (&bob, "I put the list on https://garden.example/slugs"),
        (
            &cy,
            "> slugs are back\nBeer traps: one every two metres. `sala post --room garden` tells me when it rains.",
        ),
    ] {
        person.say("garden", text);
        world.pass(20, &mut [&mut window]);
    }
    let seq = last(&cy, &room("garden"));
    for person in [&bob, &cy] {
        let emoji = "🍅".to_owned();
        person.conversation.user(User::React { room: room("garden"), seq, emoji, on: true });
    }
    world.pass(60, &mut [&mut window]);
    window.say("One *every two*? That is a lot of beer.", world);
    let mine = last(&bob, &room("garden"));
    bob.conversation.user(User::Reply {
        room: room("garden"),
        text: "@ana it is. Bring some along!".to_owned(),
        to: mine,
    });
    world.settle(&mut [&mut window]);
    (window, bob, cy)
}

#[test]
fn coming_in() {
    let (mut world, folder) = (World::new(), Folder::new());
    std::fs::write(folder.path().join("desktop.toml"), "theme = \"light\"").unwrap();
    let mut window = world.window_with(folder, Start::default());
    picture(&world, &mut window, "coming_in");
}

#[test]
fn talking_in_the_light() {
    let mut world = World::new();
    let (mut window, _bob, _cy) = garden(&mut world);
    window.click("You are ana", &world);
    window.click("Settings", &world);
    window.click("Light", &world);
    window.click("Close", &world);
    picture(&world, &mut window, "talking");
}

#[test]
fn waiting_for_the_server_in_the_dark_and_in_portuguese() {
    let mut world = World::new();
    let (mut window, _bob, _cy) = garden(&mut world);
    window.click("You are ana", &world);
    window.click("Settings", &world);
    window.click("Dark", &world);
    window.click("Português", &world);
    window.click("Fechar", &world);
    world.kill();
    world.settle(&mut [&mut window]);
    window.say("Levo quatro garrafas.", &world);
    picture(&world, &mut window, "away_dark_portuguese");
}

#[test]
fn keeping_order() {
    let mut world = World::new();
    let (mut window, bob, cy) = garden(&mut world);
    bob.say("garden", "Buy my seeds!!! Buy my seeds!!!");
    world.settle(&mut [&mut window]);
    let seq = last(&bob, &room("garden"));
    cy.ask(Request::Report { room: room("garden"), seq, reason: "he sells things".to_owned() });
    world.settle(&mut [&mut window]);
    let mute = Request::Mute {
        room: room("garden"),
        name: name("bob"),
        minutes: Some(60),
        reason: "selling".to_owned(),
    };
    window.app().link().unwrap().conversation.user(User::Ask(mute));
    let words = vec!["casino".to_owned()];
    let hold = Request::Hold { room: room("garden"), words, links: false };
    window.app().link().unwrap().conversation.user(User::Ask(hold));
    world.settle(&mut [&mut window]);
    cy.say("garden", "A casino for slugs, with the best odds in town.");
    world.settle(&mut [&mut window]);
    window.click("Moderation · 2 things to look at", &world);
    window.click("New link into the room…", &world);
    window.click("Make and copy the link", &world);
    window.click("Close", &world);
    picture(&world, &mut window, "keeping_order");
}

#[test]
fn finding_what_was_said() {
    let mut world = World::new();
    let (mut window, _bob, _cy) = garden(&mut world);
    window.press(egui::Modifiers::COMMAND, egui::Key::F, &world);
    world.settle(&mut [&mut window]);
    window.fill("Words", "slugs", &world);
    window.click("Find", &world);
    picture(&world, &mut window, "finding");
}

#[test]
fn turning_one_time_codes_on() {
    let mut world = World::new();
    let (mut window, _bob, _cy) = garden(&mut world);
    window.click("You are ana", &world);
    window.click("Account and devices…", &world);
    window.click("Turn one-time codes on…", &world);
    window.fill("Password", PASSWORD, &world);
    picture(&world, &mut window, "one_time_codes");
}
