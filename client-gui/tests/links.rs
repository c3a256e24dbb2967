//! Stories of links: made, handed on, and come in by, from a first start and from within.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::Folder;
use common::world::{Screen, World};
use sala_core::client::User;
use sala_core::name::RoomName;
use sala_core::protocol::Request;
use sala_gui::{Dialog, Start};
use sala_net::link::RoomLink;

/// A room that nobody finds, and a link into it.
fn vault(world: &mut World) -> (Screen, RoomLink) {
    let mut ana = world.window_of("ana");
    let room = RoomName::parse("vault").unwrap();
    let request = Request::Create { room, topic: String::new(), private: true };
    ana.app().link().unwrap().conversation.user(User::Ask(request));
    world.settle(&mut [&mut ana]);
    ana.click("vault", world);
    ana.say("what is kept here", world);
    ana.click("More about this room", world);
    ana.click("New link into the room…", world);
    ana.click("Make and copy the link", world);
    let Some(Dialog::LinkMade { link }) = ana.app().state().dialog.clone() else {
        panic!("no link is shown; what is there:\n{}", ana.text());
    };
    (ana, link)
}

#[test]
fn a_link_is_shown_as_others_need_it_and_pasted_where_they_begin() {
    let mut world = World::new();
    let (mut ana, link) = vault(&mut world);
    let text = link.to_string();
    assert!(text.starts_with("sala:7252/"), "{text}");
    ana.demand(&[&text, "The link as a picture for a camera"]);
    ana.refuse(&["this computer alone"]);
    ana.click("Close", &world);
    let mut bob = world.window();
    bob.fill("Server", &text, &world);
    bob.demand(&["The link leads into a room of this server"]);
    assert_eq!(bob.app().state().form.server, "sala:7252");
    // What is wrong with the name does not make one forget where one wanted to go.
    bob.fill("Nickname", "ana", &world);
    bob.click("Enter", &world);
    bob.demand(&["This name is taken"]);
    bob.fill("Nickname", "bob", &world);
    bob.click("Enter", &world);
    bob.demand(&["Message to vault", "what is kept here"]);
    bob.refuse(&["lobby"]);
}

#[test]
fn a_program_that_is_started_with_a_link_goes_where_it_leads() {
    let mut world = World::new();
    let (_ana, link) = vault(&mut world);
    let start = Start { server: None, name: Some("bob".to_owned()), link: Some(link.clone()) };
    let mut bob = world.window_with(Folder::new(), start);
    world.settle(&mut [&mut bob]);
    bob.demand(&["Message to vault", "what is kept here"]);
    // Another time he is known there, and is asked nothing but whether to go in.
    bob.click("More about this room", &world);
    bob.click("Leave the room", &world);
    bob.click("Leave the room", &world);
    let mut bob = world.window_with(bob.close(), Start { link: Some(link), ..Start::default() });
    bob.click("Enter", &world);
    bob.demand(&["Message to vault"]);
}

#[test]
fn a_link_is_taken_from_within_and_told_to_no_other_server() {
    let mut world = World::new();
    let (_ana, link) = vault(&mut world);
    let mut bob = world.window_of("bob");
    let paste = |bob: &mut Screen, text: &str| {
        bob.click("Find or make a room", &world);
        bob.click("Join by link", &world);
        bob.fill("Link", text, &world);
    };
    paste(&mut bob, "chat.example.org");
    bob.demand(&["A link looks like"]);
    bob.click("Cancel", &world);
    let away = RoomLink { server: Some("other:7252".to_owned()), token: link.token.clone() };
    paste(&mut bob, &away.to_string());
    bob.click("Join", &world);
    bob.demand(&["This link leads to other:7252", "You are on sala:7252"]);
    bob.refuse(&["Message to vault"]);
    bob.click("No, it is meant for sala:7252", &world);
    bob.demand(&["Message to vault", "what is kept here"]);
    let nowhere = RoomLink { server: None, token: format!("{:-<40}", "").parse::<RoomLink>().unwrap().token };
    paste(&mut bob, &nowhere.to_string());
    bob.click("Join", &world);
    bob.demand(&["This link is none, is used up, or is too old."]);
    bob.click("Cancel", &world);
    paste(&mut bob, &away.to_string());
    bob.click("Join", &world);
    bob.click("Go there", &world);
    bob.demand(&["The link leads into a room of this server", "Enter"]);
    assert_eq!(bob.app().state().form.server, "other:7252");
}
