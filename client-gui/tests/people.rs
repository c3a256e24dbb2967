//! Stories of people: friends, those who keep order, and those who are kept in order.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::world::{Screen, World};
use sala_core::client::User;
use sala_core::entry::{HeldId, Mode, Role};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Door, Request};

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

fn join(world: &World, window: &mut Screen, name: &str) {
    window.app().link().unwrap().conversation.user(User::Join(room(name)));
    world.settle(&mut [&mut *window]);
    window.click(name, world);
}

#[test]
fn whoever_is_muted_reads_and_is_told_why_he_cannot_write() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    let mut window = world.window_of("ana");
    join(&world, &mut window, "garden");
    window.demand(&["Message to garden"]);
    let (minutes, reason) = (Some(10), "shouting".to_owned());
    bob.ask(Request::Mute { room: room("garden"), name: name("ana"), minutes, reason });
    bob.say("garden", "still here to be read");
    world.settle(&mut [&mut window]);
    window.demand(&["You may read here and not write", "shouting", "bob muted ana", "still here to be read"]);
    window.refuse(&["Message to garden"]);
    bob.ask(Request::Unmute { room: room("garden"), name: name("ana") });
    world.settle(&mut [&mut window]);
    window.demand(&["Message to garden"]);
}

#[test]
fn whoever_is_banned_while_he_reads_is_told_by_whom_and_why() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    let mut window = world.window_of("ana");
    join(&world, &mut window, "garden");
    bob.say("garden", "roses");
    world.settle(&mut [&mut window]);
    window.demand(&["roses"]);
    let reason = "weeds".to_owned();
    bob.ask(Request::Ban { room: room("garden"), name: name("ana"), minutes: None, reason });
    world.settle(&mut [&mut window]);
    window.demand(&["bob banned you from garden.", "weeds", "No room is open"]);
    window.refuse(&["roses", "garden, "]);
}

#[test]
fn a_moderator_mutes_from_the_menu_on_a_person_and_lifts_it_from_the_panel() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.click("Find or make a room", &world);
    window.click("New room", &world);
    window.fill("Name of the room", "garden", &world);
    window.click("Create", &world);
    window.demand(&["Message to garden", "Owner"]);
    let bob = world.guest("bob", "garden");
    world.settle(&mut [&mut window]);
    window.click("bob, here", &world);
    window.click("Mute…", &world);
    window.demand(&["Mute bob", "10 min"]);
    window.fill("Reason (optional)", "shouting", &world);
    window.click("Mute…", &world);
    window.demand(&["ana muted bob"]);
    window.refuse(&["Mute bob"]);
    bob.say("garden", "why?");
    world.settle(&mut [&mut window]);
    window.refuse(&["why?"]);
    window.click("Moderation", &world);
    window.demand(&["bob is muted", "shouting", "Who did what"]);
    window.click("Lift the ban or mute of bob", &world);
    window.demand(&["ana unmuted bob"]);
    window.refuse(&["bob is muted"]);
}

#[test]
fn a_report_comes_to_the_moderator_who_sees_it_through() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.app().link().unwrap().conversation.user(User::Create(room("garden")));
    world.settle(&mut [&mut window]);
    window.click("garden", &world);
    let (bob, cy) = (world.guest("bob", "garden"), world.guest("cy", "garden"));
    bob.say("garden", "a nasty word");
    world.settle(&mut [&mut window]);
    let seq = cy.conversation.look(|model| model.rooms[&room("garden")].timeline.entries().last().unwrap().0);
    cy.ask(Request::Report { room: room("garden"), seq, reason: "nasty".to_owned() });
    world.settle(&mut [&mut window]);
    window.click("Moderation · 1 report", &world);
    window.demand(&["Reports · 1", "nasty"]);
    window.click("Done", &world);
    window.demand(&["Reports · 0"]);
}

#[test]
fn what_a_plain_member_may_not_do_is_not_offered() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    bob.say("garden", "mine");
    let mut window = world.window_of("ana");
    join(&world, &mut window, "garden");
    window.refuse(&["Moderation"]);
    window.click_secondary("mine", &world);
    window.demand(&["Reply", "Report…"]);
    window.refuse(&["Delete", "Pin", "Edit"]);
}

#[test]
fn two_become_friends_and_see_each_other() {
    let mut world = World::new();
    let bob = world.member("bob");
    let mut window = world.window_of_member("ana");
    bob.ask(Request::Befriend { name: name("ana"), note: "we met".to_owned() });
    world.settle(&mut [&mut window]);
    window.click("Friends, 1 request", &world);
    window.demand(&["Want to be your friends · 1", "bob"]);
    window.click("Accept", &world);
    window.demand(&["Friends · 1"]);
    let (mode, status) = (Mode::Busy, "in the garden".to_owned());
    bob.ask(Request::Presence { mode, status, audience: Default::default() });
    world.settle(&mut [&mut window]);
    window.click("bob", &world);
    window.demand(&["in the garden", "Message", "Remove from friends", "Block"]);
    window.click("Message", &world);
    window.demand(&["Message to bob"]);
    window.say("hello, you", &world);
    let key = bob.conversation.look(|model| model.rooms.keys().next().cloned()).unwrap();
    assert_eq!(bob.reads(key.as_str()), ["hello, you"]);
}

#[test]
fn whoever_is_blocked_is_out_of_sight_until_unblocked() {
    let mut world = World::new();
    let bob = world.member("bob");
    let mut window = world.window_of_member("ana");
    bob.ask(Request::Direct { name: name("ana") });
    world.settle(&mut [&mut window]);
    window.demand(&["Conversations"]);
    window.click("bob", &world);
    window.click("bob, here", &world);
    window.click("Block", &world);
    window.refuse(&["Conversations"]);
    window.click("Friends", &world);
    window.demand(&["Blocked · 1"]);
    window.click("bob", &world);
    window.click("Unblock", &world);
    window.demand(&["Conversations"]);
}

#[test]
fn an_invitation_is_taken_and_leads_into_the_room() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    bob.ask(Request::Create { room: room("vault"), topic: String::new(), private: true });
    let mut window = world.window_of("ana");
    let key = bob.conversation.look(|model| model.rooms.keys().find(|key| key.is_given()).cloned().unwrap());
    bob.ask(Request::Invite { room: key, name: name("ana") });
    world.settle(&mut [&mut window]);
    window.demand(&["Invitations", "vault", "bob invites you"]);
    window.click("Join", &world);
    window.demand(&["Message to vault"]);
    window.refuse(&["Invitations"]);
}

#[test]
fn whoever_is_put_out_of_a_private_room_is_told_by_its_name_and_once() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    bob.ask(Request::Create { room: room("vault"), topic: String::new(), private: true });
    let mut window = world.window_of("ana");
    let key = bob.conversation.look(|model| model.rooms.keys().find(|key| key.is_given()).cloned().unwrap());
    bob.ask(Request::Invite { room: key.clone(), name: name("ana") });
    world.settle(&mut [&mut window]);
    window.click("Join", &world);
    bob.ask(Request::Kick { room: key, name: name("ana"), reason: "the door".to_owned() });
    world.settle(&mut [&mut window]);
    window.demand(&["bob put you out of vault. the door"]);
    window.refuse(&["you were put out", "~"]);
}

#[test]
fn public_rooms_are_found_by_a_part_of_their_topic() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    bob.conversation.user(User::Topic(room("garden"), "what grows".to_owned()));
    let mut window = world.window_of("ana");
    window.click("Find or make a room", &world);
    window.click("Browse public rooms", &world);
    window.demand(&["garden", "lobby"]);
    window.types("grows", &world);
    world.settle(&mut [&mut window]);
    window.click("garden", &world);
    window.demand(&["Message to garden", "what grows"]);
}

#[test]
fn a_room_is_left_only_after_a_question() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.click("More about this room", &world);
    window.click("Leave the room", &world);
    window.demand(&["Leave lobby?"]);
    window.click("Leave the room", &world);
    window.demand(&["No room is open"]);
}

#[test]
fn roles_come_and_go_and_the_menu_with_them() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    let mut window = world.window_of("ana");
    join(&world, &mut window, "garden");
    let role = |role: Role| Request::Role { room: room("garden"), name: name("ana"), role };
    bob.ask(role(Role::Moderator));
    world.settle(&mut [&mut window]);
    window.demand(&["bob made ana a moderator", "Moderation", "Moderators · 1"]);
    bob.ask(role(Role::Member));
    world.settle(&mut [&mut window]);
    window.refuse(&["Moderators · 1"]);
    assert_eq!(window.count("Moderation"), 0);
}

#[test]
fn two_windows_of_one_person_are_two_devices() {
    let mut world = World::new();
    let mut first = world.window_of_member("ana");
    let mut second = world.window();
    second.click("Account", &world);
    second.fill("Name", "ana", &world);
    second.fill("Password", "a fine password", &world);
    second.click("Sign in", &world);
    second.say("from the second", &world);
    world.settle(&mut [&mut first, &mut second]);
    first.demand(&["You are ana", "from the second"]);
    first.refuse(&["connected from elsewhere"]);
}

#[test]
fn the_language_and_the_look_are_switched_and_kept() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.click("You are ana", &world);
    window.click("Settings", &world);
    window.click("Português", &world);
    window.demand(&["Configurações", "Aparência", "Mensagem para lobby", "ana entrou"]);
    window.click("Escura", &world);
    window.click("Fechar", &world);
    let folder = window.close();
    let window = world.window_with(folder, sala_gui::Start::default());
    window.demand(&["Apelido", "Visitante"]);
}

#[test]
fn joining_through_the_door_of_a_name_is_refused_where_it_is_asked() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    bob.ask(Request::Ban { room: room("garden"), name: name("ana"), minutes: None, reason: String::new() });
    let mut window = world.window_of("ana");
    bob.ask(Request::Ban {
        room: room("garden"),
        name: name("ana"),
        minutes: None,
        reason: "weeds".to_owned(),
    });
    world.settle(&mut [&mut window]);
    let door = Door::Room(room("garden"));
    assert!(matches!(door, Door::Room(_)));
    window.click("Find or make a room", &world);
    window.click("Browse public rooms", &world);
    window.click("garden", &world);
    window.demand(&["You may not come in here: weeds"]);
}

/// What the window says beside what waits for a moderator.
const WAITS: &str = "Waits for a moderator: nobody else sees it yet";

#[test]
fn what_waits_for_a_moderator_is_shown_to_its_author_with_what_becomes_of_it() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    let mut window = world.window_of_member("ana");
    join(&world, &mut window, "garden");
    let words = vec!["casino".to_owned()];
    bob.ask(Request::Hold { room: room("garden"), words, links: false });
    world.settle(&mut [&mut window]);
    window.demand(&["bob changed what waits here for a moderator"]);
    for (held, text) in [(1, "the best casino"), (2, "another casino")] {
        window.say(text, &world);
        window.demand(&[text, WAITS]);
        assert!(!bob.reads("garden").concat().contains(text));
        let (room, held) = (room("garden"), HeldId(held));
        bob.ask(match text {
            "the best casino" => Request::Let { room, held },
            _ => Request::Reject { room, held, reason: "no ads".to_owned() },
        });
        world.settle(&mut [&mut window]);
        window.refuse(&[WAITS]);
    }
    assert!(bob.reads("garden").concat().contains("the best casino"));
    window.demand(&["the best casino", "What you wrote was not let through: “another casino”. no ads"]);
}

#[test]
fn a_moderator_sees_what_waits_and_lets_it_through_or_not() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    let cy = world.guest("cy", "garden");
    let mut window = world.window_of("ana");
    join(&world, &mut window, "garden");
    bob.ask(Request::Role { room: room("garden"), name: name("ana"), role: Role::Moderator });
    bob.ask(Request::Hold { room: room("garden"), words: Vec::new(), links: true });
    world.settle(&mut [&mut window]);
    for line in ["see https://a.example", "and www.b.example"] {
        cy.say("garden", line);
    }
    world.settle(&mut [&mut window]);
    window.click("Moderation · 2 things to look at", &world);
    window.demand(&["Waiting to be let through · 2", "see https://a.example", "and www.b.example"]);
    bob.ask(Request::Let { room: room("garden"), held: HeldId(2) });
    world.settle(&mut [&mut window]);
    window.demand(&["Waiting to be let through · 1"]);
    window.click("Reject", &world);
    window.refuse(&["Waiting to be let through · 1", "see https://a.example"]);
    window.demand(&["Moderation"]);
}

#[test]
fn whoever_owns_a_room_says_how_long_what_is_said_there_is_kept() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    let mut window = world.window_of("ana");
    join(&world, &mut window, "garden");
    bob.ask(Request::Role { room: room("garden"), name: name("ana"), role: Role::Moderator });
    world.settle(&mut [&mut window]);
    window.click("Moderation", &world);
    window.refuse(&["How long what is said is kept"]);
    bob.ask(Request::Owner { room: room("garden"), name: name("ana") });
    world.settle(&mut [&mut window]);
    window.demand(&["How long what is said is kept"]);
    window.click("How long what is said is kept", &world);
    window.click("For 30 days", &world);
    window.demand(&["ana lets what is said here go after 30 days"]);
}
