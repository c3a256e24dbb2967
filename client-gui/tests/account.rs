//! Stories of accounts: how one signs in, on which devices, what was not sent, and the end of it all.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::server::CLAIM;
use common::world::{PASSWORD, Screen, World};
use egui::{Key, Modifiers};
use sala_core::client::User;
use sala_core::name::RoomName;
use sala_core::protocol::Request;
use sala_core::secret::OnceCode;
use sala_core::totp;
use sala_gui::{Dialog, Start};

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

/// Opens a line of the menu on oneself.
fn own(window: &mut Screen, line: &str, world: &World) {
    window.click("You are ana", world);
    window.click(line, world);
}

fn sign_in(world: &mut World, name: &str, password: &str) -> Screen {
    let mut window = world.window();
    window.click("Account", world);
    window.fill("Name", name, world);
    window.fill("Password", password, world);
    window.click("Sign in", world);
    window
}

/// What one-time codes are made of, as the dialogue shows it: the secret, and the first recovery code.
fn enrolment(window: &Screen) -> (String, String) {
    match &window.app().state().dialog {
        Some(Dialog::Codes { enrolment, .. }) => {
            (enrolment.secret.clone(), enrolment.recovery[0].reveal().to_owned())
        }
        other => panic!("{other:?} draws no secret"),
    }
}

#[test]
fn one_time_codes_are_turned_on_asked_for_and_turned_off() {
    let mut world = World::new();
    let mut window = world.window_of_member("ana");
    own(&mut window, "Account and devices…", &world);
    window.demand(&["Signing in asks for the password alone."]);
    window.click("Turn one-time codes on…", &world);
    window.demand(&["Picture for the app to read", "Copy the recovery codes"]);
    let (secret, recovery) = enrolment(&window);
    window.fill("Password", PASSWORD, &world);
    window.fill("Six digits that the app shows", "000000", &world);
    window.click("Turn on", &world);
    window.demand(&["The code is not right"]);
    assert_eq!(enrolment(&window).0, secret, "what was drawn stays");
    let code = totp::code_at(&secret, world.now().wall).unwrap();
    window.fill("Six digits that the app shows", &code, &world);
    window.click("Turn on", &world);
    window.demand(&["One-time codes are on."]);
    // Another computer is asked for one, and a recovery code is as good.
    let mut other = sign_in(&mut world, "ana", PASSWORD);
    other.demand(&["Write the six digits"]);
    other.fill("One-time code", "123456", &world);
    other.click("Sign in", &world);
    other.demand(&["The code is not right"]);
    other.fill("One-time code", &recovery, &world);
    other.click("Sign in", &world);
    other.demand(&["You are ana"]);
    own(&mut other, "Account and devices…", &world);
    other.demand(&["7 recovery codes are left", "Devices · 2"]);
    other.click("Turn them off…", &world);
    other.fill("Password", PASSWORD, &world);
    other.click("Turn off", &world);
    other.demand(&["One-time codes are off."]);
    let third = sign_in(&mut world, "ana", PASSWORD);
    third.demand(&["You are ana"]);
}

#[test]
fn a_device_is_shut_out_from_another_one() {
    let mut world = World::new();
    let mut first = world.window_of_member("ana");
    let mut second = sign_in(&mut world, "ana", PASSWORD);
    own(&mut first, "Account and devices…", &world);
    first.demand(&["Devices · 2", "This one", "Connected now"]);
    first.click("Sign out all other devices", &world);
    first.demand(&["Devices · 1"]);
    world.settle(&mut [&mut first, &mut second]);
    second.demand(&["This device was shut out from another one.", "Sign in again"]);
}

#[test]
fn who_was_shut_out_signs_in_again_and_loses_nothing_that_he_wrote() {
    let mut world = World::new();
    let mut first = world.window_of_member("ana");
    let mut second = sign_in(&mut world, "ana", PASSWORD);
    own(&mut first, "Account and devices…", &world);
    first.click("Sign out all other devices", &world);
    first.click("Close", &world);
    world.settle(&mut [&mut first, &mut second]);
    second.say("written while I was out", &world);
    second.click("Sign in again", &world);
    second.demand(&["Sign in again as ana", "not sent goes out once you are back"]);
    second.fill("Password", "something else", &world);
    second.click("Sign in", &world);
    second.demand(&["There is no account of this name with this password."]);
    second.fill("Password", PASSWORD, &world);
    second.click("Sign in", &world);
    second.demand(&["written while I was out"]);
    world.settle(&mut [&mut first, &mut second]);
    first.demand(&["written while I was out"]);
    assert_eq!(first.count("written while I was out"), 1, "it is there once");
    own(&mut first, "Account and devices…", &world);
    first.demand(&["Devices · 2"]);
    // The token is kept: the next start needs no password.
    let start = Start { server: Some("127.0.0.1:7252".to_owned()), name: Some("ana".to_owned()), link: None };
    let folder = second.close();
    let mut second = world.window_with(folder, start);
    world.settle(&mut [&mut second]);
    second.demand(&["You are ana"]);
}

#[test]
fn a_password_is_changed_where_the_old_one_is_known() {
    let mut world = World::new();
    let mut window = world.window_of_member("ana");
    own(&mut window, "Account and devices…", &world);
    window.click("Change the password…", &world);
    window.fill("Present password", "something else", &world);
    window.fill("New password", "a better password", &world);
    window.click("Change", &world);
    window.demand(&["There is no account of this name with this password."]);
    window.fill("Present password", PASSWORD, &world);
    window.click("Change", &world);
    window.demand(&["The password is changed."]);
    sign_in(&mut world, "ana", PASSWORD).demand(&["no account of this name with this password"]);
    sign_in(&mut world, "ana", "a better password").demand(&["You are ana"]);
}

#[test]
fn a_lost_password_is_replaced_by_a_code_of_an_administrator() {
    let mut world = World::new();
    drop(world.member("bob"));
    let mut window = world.window_of_member("ana");
    own(&mut window, "Account and devices…", &world);
    window.click("Administer this server", &world);
    window.fill("Code that the server printed", "aaaa-bbbb-cccc-dddd", &world);
    window.click("Become the administrator", &world);
    window.demand(&["The code is not right"]);
    window.fill("Code that the server printed", CLAIM, &world);
    window.click("Become the administrator", &world);
    window.demand(&["You administer this server now."]);
    own(&mut window, "Administration…", &world);
    window.fill("Name of the account", "bob", &world);
    window.click("Draw a code", &world);
    window.demand(&["Give bob this code."]);
    let (_, code) = window.app().state().lists.reset.clone().unwrap();
    let mut other = world.window();
    other.click("Account", &world);
    other.click("I have a code for a new password", &world);
    other.fill("Name", "bob", &world);
    other.fill("Code of the administrator", code.reveal(), &world);
    other.fill("New password", "a better password", &world);
    other.click("Set the password and sign in", &world);
    other.demand(&["You are bob"]);
    sign_in(&mut world, "bob", "a better password").demand(&["You are bob"]);
}

#[test]
fn where_accounts_are_made_by_invitation_its_code_is_asked_for_and_nowhere_else() {
    let mut world = World::new();
    let bob = world.member("bob");
    let mut window = world.window_of_member("ana");
    let mut guest = world.window_of("gil");
    own(&mut window, "Account and devices…", &world);
    window.click("Administer this server", &world);
    window.fill("Code that the server printed", CLAIM, &world);
    window.click("Become the administrator", &world);
    own(&mut window, "Administration…", &world);
    window.click("By invitation of any member", &world);
    let codes = ["k2vd-8zq4-rt6h-nb3w-9xmp", "another-code-that-bob-drew"];
    for code in codes {
        let request = Request::ServerInvite { code: OnceCode::new(code).unwrap(), hours: 1 };
        bob.conversation.ask(request).unwrap();
    }
    world.settle(&mut [&mut window]);
    let mut new = world.window();
    new.click("New account", &world);
    new.fill("Name", "new", &world);
    new.fill("Password", PASSWORD, &world);
    new.refuse(&["Code of your invitation"]);
    new.click("Create account", &world);
    new.demand(&["type the code of an invitation"]);
    new.fill("Code of your invitation", "this-is-not-the-code", &world);
    new.click("Create account", &world);
    new.demand(&["ask for another"]);
    new.fill("Code of your invitation", codes[0], &world);
    new.click("Create account", &world);
    new.demand(&["You are new"]);
    guest.click("Friends", &world);
    guest.click("Make an account", &world);
    guest.fill("Password", PASSWORD, &world);
    guest.click("Create account", &world);
    guest.fill("Password", PASSWORD, &world);
    guest.fill("Code of your invitation", codes[1], &world);
    guest.click("Create account", &world);
    guest.demand(&["You have an account now."]);
}

#[test]
fn whoever_administers_keeps_people_out_and_closes_rooms() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    let mut window = world.window_of_member("ana");
    own(&mut window, "Account and devices…", &world);
    window.click("Administer this server", &world);
    window.fill("Code that the server printed", CLAIM, &world);
    window.click("Become the administrator", &world);
    own(&mut window, "Administration…", &world);
    window.click("Kept out", &world);
    window.demand(&["Kept out · 0"]);
    window.fill("Name, or addresses such as 203.0.113.0/24", "bob", &world);
    window.click("Keep out", &world);
    window.demand(&["Kept out · 1", "bob is banned"]);
    assert!(bob.conversation.look(|model| model.link.closed().is_some()), "bob is out");
    window.click("Lift the ban or mute of bob", &world);
    window.demand(&["Kept out · 0"]);
    window.click("Rooms", &world);
    window.click("Close garden for good?", &world);
    window.click("Close the room", &world);
    own(&mut window, "Administration…", &world);
    window.click("Rooms", &world);
    window.refuse(&["Close garden for good?"]);
    window.click("People", &world);
    window.click("Let new guests in", &world);
    let start = Start { server: Some("sala".to_owned()), name: Some("cy".to_owned()), link: None };
    let mut late = world.window_with(common::Folder::new(), start);
    world.settle(&mut [&mut late]);
    late.demand(&["This server lets no new guests in."]);
}

#[test]
fn an_account_is_deleted_once_its_name_is_written() {
    let mut world = World::new();
    let mut window = world.window_of_member("ana");
    window.say("a word of mine", &world);
    own(&mut window, "Account and devices…", &world);
    window.click("Delete account…", &world);
    window.demand(&["Delete ana?"]);
    window.fill("Password", PASSWORD, &world);
    window.fill("Your name, to show that you mean it", "an", &world);
    window.click("Delete for good", &world);
    window.demand(&["Delete ana?"]);
    window.fill("Your name, to show that you mean it", "ana", &world);
    window.click("Delete for good", &world);
    window.demand(&["This account was deleted.", "This computer stays signed in."]);
    window.refuse(&["Where you were before"]);
    world.settle(&mut [&mut window]);
    assert_eq!(world.guest("bob", "lobby").reads("lobby"), [""]);
}

#[test]
fn what_is_written_and_not_sent_is_there_after_a_restart() {
    let mut world = World::new();
    let _bob = world.guest("bob", "garden");
    let mut window = world.window_of("ana");
    window.app().link().unwrap().conversation.user(User::Join(room("garden")));
    world.settle(&mut [&mut window]);
    window.types("for the lobby", &world);
    window.click("garden", &world);
    window.types("for the \"garden\"\n", &world);
    // It is kept by itself after a while: a window that is killed loses nothing.
    for _ in 0..200 {
        window.frame(&world);
    }
    let folder = window.close();
    let start = || Start { server: Some("sala".to_owned()), name: Some("ana".to_owned()), link: None };
    let mut window = world.window_with(folder, start());
    world.settle(&mut [&mut window]);
    let draft = |window: &Screen, name: &str| window.app().state().desk(&room(name)).draft;
    assert_eq!(draft(&window, "lobby"), "for the lobby");
    assert_eq!(draft(&window, "garden"), "for the \"garden\"\n");
    // What is sent is no draft any more.
    window.click("lobby", &world);
    window.press(Modifiers::NONE, Key::Enter, &world);
    world.settle(&mut [&mut window]);
    window.demand(&["for the lobby"]);
    let folder = window.close();
    let mut window = world.window_with(folder, start());
    world.settle(&mut [&mut window]);
    assert_eq!(draft(&window, "lobby"), "");
    assert_eq!(draft(&window, "garden"), "for the \"garden\"\n");
}

#[test]
fn whoever_would_lose_what_was_not_sent_is_asked_first() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    world.kill();
    world.settle(&mut [&mut window]);
    window.say("not yet sent", &world);
    own(&mut window, "Leave the server", &world);
    window.demand(&["One message is not sent", "they are lost"]);
    window.click("Cancel", &world);
    world.start();
    world.pass(5, &mut [&mut window]);
    window.refuse(&["Not sent yet"]);
    own(&mut window, "Leave the server", &world);
    window.demand(&["Nickname"]);
}

#[test]
fn all_that_one_has_written_is_saved_as_a_file() {
    let mut world = World::new();
    let mut window = world.window_of_member("ana");
    window.say("a word of mine", &world);
    world.guest("bob", "lobby").say("lobby", "a word of another");
    world.settle(&mut [&mut window]);
    let folder = common::Folder::new();
    let file = folder.path().join("mine.json");
    own(&mut window, "Settings", &world);
    window.click("Save all of it…", &world);
    window.fill("File", &folder.path().join("nowhere/mine.json").display().to_string(), &world);
    window.click("Save", &world);
    window.demand(&["is not written"]);
    window.fill("File", &file.display().to_string(), &world);
    window.click("Save", &world);
    window.demand(&["entries are in"]);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("a word of mine") && !text.contains("a word of another"), "{text}");
    assert!(text.ends_with("],\"name\":\"ana\",\"exported\":\"2026-11-25 12:00Z\"}\n"), "{text}");
    // What is cut off is not there, and one is told.
    std::fs::remove_file(&file).unwrap();
    world.kill();
    world.settle(&mut [&mut window]);
    own(&mut window, "Settings", &world);
    window.click("Save all of it…", &world);
    window.fill("File", &file.display().to_string(), &world);
    window.click("Save", &world);
    own(&mut window, "Leave the server", &world);
    window.demand(&["is not written", "Where you were before"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_administrator_draws_an_invitation_and_takes_it_back() {
    let mut world = World::new();
    let mut window = world.window_of_member("ana");
    own(&mut window, "Account and devices…", &world);
    window.click("Administer this server", &world);
    window.fill("Code that the server printed", CLAIM, &world);
    window.click("Become the administrator", &world);
    own(&mut window, "Administration…", &world);
    window.click("By invitation of an administrator", &world);
    window.click("Draw an invitation", &world);
    window.demand(&["Give this code to whom you mean. It makes one account, within a week:", "Take back"]);
    let code = window.app().state().lists.invitation.clone().unwrap();
    window.click("Take back", &world);
    window.refuse(&["Take back"]);
    assert!(window.app().state().lists.invitations.is_empty());
    window.click("Draw an invitation", &world);
    let good = window.app().state().lists.invitation.clone().unwrap();
    assert!(good != code);
}
