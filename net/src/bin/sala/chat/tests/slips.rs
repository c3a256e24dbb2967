//! What newcomers stumbled over.

use super::desk::{Desk, name, room};
use super::pictures::shows;
use crate::chat::screen::{Entrance, Sheet, Wish};
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use sala_core::client::{Credential, User};
use sala_core::entry::{DeviceId, Seq};
use sala_core::protocol::{Door, Request, Secret};
use sala_core::refusal::Code;

const TOKEN: &str = "bRk3fYx0mJrWq8sVt1ZcN5hLpD7gXoE2uIaKyT4wQvM";

/// What is said of each of these lines.
fn said(desk: &mut Desk, line: &str) -> String {
    desk.control('u');
    desk.enters(line);
    // Where it is broken is no matter here.
    let picture = desk.picture();
    let notice = picture.lines().skip_while(|line| !line.starts_with("! "));
    notice.take_while(|line| !line.starts_with('>')).map(str::trim_start).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_slip_is_answered_with_what_was_meant() {
    let mut desk = Desk::in_lobby(100, 24);
    for (line, expected) in [
        (
            "/kik bob",
            "there is no command /kik: did you mean /kick? /help lists them; to post it, begin with //",
        ),
        ("/frend bob", "there is no command /frend: did you mean /friends add?"),
        (
            "/admin bann eve",
            "there is no command /admin bann: did you mean /admin ban? /help admin lists them",
        ),
        ("/room xyzzy", "there is no command /room xyzzy: /help room lists them"),
        ("/quitt", "there is no command /quitt: did you mean /quit?"),
        ("/help registr", "there is no help about registr: did you mean /help register?"),
        ("/kick", "NAME is missing: /kick NAME [REASON], such as /kick bob shouting"),
        ("/edit -1", "-1 of yours"),
        ("/join nowhere.example:7252/half", "this is no link: it is ADDR:PORT/TOKEN"),
    ] {
        let said = said(&mut desk, line);
        assert!(said.contains(expected), "{line}: {said}");
    }
    assert_eq!(desk.asked, []);
}

#[test]
fn one_thing_has_one_name_and_former_names_are_understood() {
    let mut desk = Desk::in_lobby(100, 24);
    let befriend = Request::Befriend { name: name("bob"), note: "hello".to_owned() };
    for line in
        ["/friends add bob hello", "/friend bob hello", "/befriend bob hello", "/Friends Add bob hello"]
    {
        desk.enters(line);
        assert_eq!(desk.asked.last(), Some(&befriend), "{line}");
    }
    for line in ["/kick bob", "/room kick bob"] {
        desk.enters(line);
        let kick = Request::Kick { room: room("lobby"), name: name("bob"), reason: String::new() };
        assert_eq!(desk.asked.last(), Some(&kick), "{line}");
    }
    for line in ["/members", "/who", "/room members"] {
        desk.enters(line);
        assert_eq!(desk.told.last(), Some(&User::Who(room("lobby"))), "{line}");
    }
    desk.enters("/admin");
    assert!(desk.line_of("/admin ban NAME|ADDRESS").is_some(), "{}", desk.picture());
}

#[test]
fn a_topic_is_seen_and_taken_away() {
    let mut desk = Desk::in_lobby(80, 16);
    assert!(said(&mut desk, "/topic").contains("lobby: say hello"));
    desk.enters("/topic -");
    assert_eq!(desk.told.last(), Some(&User::Topic(room("lobby"), String::new())));
}

#[test]
fn a_link_is_shown_as_it_is_typed_on_another_computer() {
    let mut desk = Desk::in_lobby(80, 18);
    let link = format!("chat.example:7252/{TOKEN}");
    let entrance = format!("sala chat --link {link}");
    desk.screen.turn_to(Sheet::Link { link, entrance, hint: None });
    desk.types("");
    desk.resize(81, 18);
    shows(&desk, "chat_link");

    desk.enters(&format!("/join chat.example:7252/{TOKEN}"));
    let join = Request::Join { door: Door::Link(Secret::new(TOKEN.to_owned()).unwrap()) };
    assert_eq!(desk.asked, [join]);
    let elsewhere = said(&mut desk, &format!("/join other.example:7252/{TOKEN}"));
    assert!(elsewhere.contains("this link is into other.example:7252: sala chat --link"), "{elsewhere}");
}

#[test]
fn whoever_comes_by_a_link_is_in_its_room() {
    let mut desk = Desk::start(80, 16);
    let link = Secret::new(TOKEN.to_owned()).unwrap();
    desk.screen.entrance = Some(Entrance::Link(link.clone()));
    desk.enter(0);
    assert_eq!(desk.asked, [Request::Join { door: Door::Link(link) }]);
    let id = desk.last_ask;
    desk.hears(&format!(
        r#"{{"t":"room","id":{id},"room":"~7","title":"vault","kind":"private","topic":"","members":2,"head":1,"read":1,"from":2}}"#
    ));
    assert_eq!(desk.screen.room, Some(room("~7")));
    assert!(desk.line_of("vault  [private]").is_some(), "{}", desk.picture());
}

#[test]
fn what_is_refused_is_told_by_what_a_room_is_called() {
    let mut desk = Desk::in_lobby(80, 16);
    desk.hears(
        r#"{"t":"room","room":"~7","kind":"direct","with":"bob","topic":"","members":2,"head":1,"read":1,"from":2}"#,
    );
    desk.enters("/pin 1");
    let text = "no post stands at 1 of ~7, and ~99 is not known";
    desk.refused(Some(desk.last_ask), None, Code::NoSuchPost, text);
    let picture = desk.picture();
    assert!(picture.contains("no post stands at 1 of @bob, and ~99 is not known"), "{picture}");
    assert_eq!(desk.asked, [Request::Pin { room: room("lobby"), seq: Seq(1), on: true }]);
}

#[test]
fn a_guest_sees_first_how_to_keep_his_name() {
    let mut desk = Desk::in_lobby(60, 16);
    desk.enters("/help");
    shows(&desk, "chat_help_narrow");
    desk.enters("/register");
    for _ in 0..2 {
        desk.enters("a fine password");
    }
    assert!(matches!(desk.wishes.last(), Some(Wish::Upgrade(_, None))), "{:?}", desk.wishes);
    desk.again(Credential::Token);
    desk.hello();
    desk.hears(r#"{"t":"welcome","name":"alice","person":1,"device":1,"n":0,"rooms":0,"account":true}"#);
    desk.enters("/help");
    assert!(desk.line_of("/register").is_none(), "{}", desk.picture());
}

#[test]
fn a_line_that_is_cleared_is_not_being_written() {
    let mut desk = Desk::in_lobby(80, 16);
    let key = |code, modifiers| Event::Key(KeyEvent::new(code, modifiers));
    let model = desk.model().clone();
    let mut typing = |event| !desk.screen.handle(&event, &model).is_empty();
    assert!(typing(key(KeyCode::Char('h'), KeyModifiers::NONE)), "whoever writes is seen writing");
    assert!(!typing(key(KeyCode::Char('u'), KeyModifiers::CONTROL)));
    assert!(!typing(key(KeyCode::Char('/'), KeyModifiers::NONE)), "a command is said to nobody");
}

#[test]
fn who_accepts_a_request_is_told_to_whoever_made_it() {
    let mut desk = Desk::in_lobby(80, 16);
    desk.hears(r#"{"t":"own_log","head":0,"from":1}"#);
    let note = |seq, kind| {
        format!(r#"{{"t":"own","seq":{seq},"at":0,"by":1,"kind":"{kind}","whom":2,"name":"bob","note":""}}"#)
    };
    desk.hears(&note(1, "asked"));
    assert!(desk.line_of("is your friend now").is_none(), "{}", desk.picture());
    desk.hears(&note(2, "friend"));
    assert!(desk.line_of("✓ bob is your friend now").is_some(), "{}", desk.picture());
}

#[test]
fn rooms_without_a_name_are_told_without_their_keys() {
    let mut desk = Desk::in_lobby(100, 16);
    desk.hears(r#"{"t":"own_log","head":0,"from":1}"#);
    desk.hears(r#"{"t":"own","seq":1,"at":0,"by":2,"kind":"invited","log":7,"room":"~7","name":"bob"}"#);
    assert!(
        desk.line_of("bob invites you to a group without a name: /join ~7").is_some(),
        "{}",
        desk.picture()
    );
    desk.hears(r#"{"t":"own","seq":2,"at":0,"by":2,"kind":"uninvited","log":7,"room":"~7","name":"bob"}"#);
    assert!(desk.line_of("invites you").is_none(), "that is over: {}", desk.picture());
    desk.hears(
        r#"{"t":"room","room":"~8","kind":"group","topic":"","members":1,"head":1,"read":1,"from":2}"#,
    );
    desk.enters("/join ~8");
    assert!(desk.line_of("(nobody else)  [group]").is_some(), "{}", desk.picture());
}

#[test]
fn whoever_starts_in_a_room_may_name_it_as_it_is_called() {
    let mut desk = Desk::start(80, 16);
    desk.screen.room = None;
    desk.screen.entrance = Some(Entrance::Room("vault".to_owned()));
    desk.enter(1);
    assert_eq!(desk.asked, [Request::Me]);
    desk.lost("the server closed the connection");
    desk.enter(1);
    assert_eq!(desk.asked, [Request::Me, Request::Me], "an answer that was lost is asked for again");
    desk.hears(
        r#"{"t":"room","room":"~7","title":"vault","kind":"private","topic":"","members":2,"head":1,"read":1,"from":2}"#,
    );
    let (id, rest) =
        (desk.last_ask, r#""totp":false,"recovery":0,"mode":"online","status":"","audience":"rooms""#);
    desk.hears(&format!(
        r#"{{"t":"me","id":{id},"name":"alice","account":false,"admin":false,{rest},"invitations":[]}}"#
    ));
    assert!(desk.line_of("vault  [private]").is_some(), "{}", desk.picture());
}

#[test]
fn a_lost_computer_is_shut_out_in_one_line() {
    let mut desk = Desk::in_lobby(80, 16);
    desk.enters("/revoke 4 5 6");
    let revoke = |device| Request::Revoke { device: Some(DeviceId(device)) };
    assert_eq!(desk.asked, [revoke(4), revoke(5), revoke(6)]);
    desk.done();
    assert!(desk.line_of("✓ /revoke 4 5 6").is_some(), "{}", desk.picture());
    assert!(said(&mut desk, "/revoke 4 phone").contains("phone is no device"));
}

#[test]
fn a_wrong_password_of_ones_own_is_called_that() {
    let mut desk = Desk::start(80, 16);
    desk.again(Credential::Token);
    desk.hello();
    desk.hears(r#"{"t":"welcome","name":"alice","person":1,"device":1,"n":0,"rooms":0,"account":true}"#);
    desk.enters("/totp off");
    desk.enters("a wrong one");
    let text = "there is no account of this name with this password";
    desk.refused(Some(desk.last_ask), None, Code::WrongPassword, text);
    assert!(desk.line_of("this is not your password").is_some(), "{}", desk.picture());
}

#[test]
fn a_password_of_blanks_is_none_and_another_is_asked_for() {
    let mut desk = Desk::in_lobby(80, 16);
    desk.enters("/register");
    desk.enters("        ");
    assert!(
        desk.line_of("this is the same character over and over; choose another").is_some(),
        "{}",
        desk.picture()
    );
    assert!(desk.line_of("? New password, of 8 characters or more:").is_some(), "{}", desk.picture());
    assert_eq!((desk.asked.len(), desk.wishes.len()), (0, 0));
}
