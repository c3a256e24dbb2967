//! The screens of people and their rooms, each in a state that a person can be in.

use super::desk::{DAY, Desk, MINUTE, entry, name, room};
use super::pictures::shows;
use crate::chat::screen::Wish;
use ratatui::crossterm::event::KeyCode;
use sala_core::client::{Credential, User};
use sala_core::entry::{Act, DeviceId, HeldId, PersonId, Post, PostNumber, Role, Sanction, Seq, Whom};
use sala_core::name::RoomName;
use sala_core::protocol::{Request, Update};
use sala_core::refusal::Code;
use sala_core::secret::{OnceCode, Password};
use sala_core::time::Wall;
use sala_net::profile::Enrolment;

fn whom(person: &str) -> Whom {
    Whom { person: PersonId(if person == "alice" { 1 } else { 2 }), name: name(person) }
}

/// The lobby, after something has become of most that was said in it.
fn much(width: u16, height: u16) -> Desk {
    let mut desk = Desk::in_lobby(width, height);
    desk.says("lobby", "bob", "the tomatoes are green");
    desk.says("lobby", "alice", "which ones?");
    let text = "all of them, @alice".to_owned();
    let answer = Post {
        reply: Some(Seq(5)),
        mentions: vec![PersonId(1)],
        ..Post::plain(DeviceId(9), PostNumber::new(2).unwrap(), text)
    };
    desk.act("lobby", "bob", Act::Post(answer));
    desk.says("lobby", "carol", "something that was better not said");
    desk.act("lobby", "bob", Act::Edited { target: Seq(4), text: "the tomatoes are red".to_owned() });
    desk.act("lobby", "carol", Act::Deleted { target: Seq(7), of: PersonId(2) });
    for (person, emoji) in [("alice", "👍"), ("carol", "👍"), ("carol", "\u{1b}]0;🎉")] {
        desk.act("lobby", person, Act::Reacted { target: Seq(6), emoji: emoji.to_owned(), on: true });
    }
    desk.act("lobby", "carol", Act::Pinned { target: Seq(4), on: true });
    desk
}

#[test]
fn what_became_of_messages_is_seen_at_them() {
    let mut desk = much(80, 20);
    shows(&desk, "chat_messages");
    desk.enters("/numbers");
    shows(&desk, "chat_numbers");
    // Painted anew: the window that the test looks at keeps what stands under half of a wide letter.
    desk.resize(81, 20);
    desk.enters("/pins");
    shows(&desk, "chat_pins");
}

#[test]
fn an_answer_to_what_is_not_held_or_gone() {
    let mut desk = much(60, 20);
    for to in [1_000, 7] {
        let post = Post::plain(DeviceId(9), PostNumber::new(3).unwrap(), "indeed");
        desk.act("lobby", "bob", Act::Post(Post { reply: Some(Seq(to)), ..post }));
    }
    desk.enters("/reply bob so it is");
    shows(&desk, "chat_answers");
}

#[test]
fn rooms_by_their_titles_with_what_is_unread() {
    let mut desk = Desk::in_lobby(100, 14);
    let rooms = [
        r#""room":"~7","title":"vault","kind":"private","role":"owner","head":9,"read":4,"unread":5,"mentions":2"#,
        r#""room":"~8","kind":"direct","with":"bob","head":3,"read":3"#,
        r#""room":"~9","kind":"group","title":"hikers","head":300,"read":1,"unread":299"#,
    ];
    for fields in rooms {
        desk.hears(&format!(r#"{{"t":"room","topic":"","members":2,"from":400,{fields}}}"#));
    }
    desk.enters("/join @bob");
    assert_eq!(desk.screen.room, Some(room_key("~8")));
    shows(&desk, "chat_titles");
}

#[test]
fn what_waits_is_marked_to_who_said_it_and_announced_to_who_keeps_order() {
    let mut desk = Desk::online(100, 12);
    desk.hears(
        r#"{"t":"room","room":"lobby","topic":"","members":2,"head":3,"read":3,"role":"moderator","from":4}"#,
    );
    desk.hears(r#"{"t":"waiting","room":"lobby","posts":2}"#);
    let id = desk.last_id;
    desk.hears(&format!(
        r#"{{"t":"held","id":{id},"room":"lobby","words":["casino"],"links":false,"posts":[{{"held":4,"at":1772355600000,"by":"bob","device":9,"n":7,"text":"the best casino"}},{{"held":5,"at":1772355600000,"by":"alice","device":1,"n":8,"text":"my casino"}}],"more":false}}"#
    ));
    shows(&desk, "chat_held");
    desk.enters("/let 4");
    assert_eq!(desk.asked.last(), Some(&Request::Let { room: room("lobby"), held: HeldId(4) }));
    desk.hears(r#"{"t":"entry","room":"lobby","seq":4,"at":1772355600000,"kind":"post","person":2,"author":"bob","device":9,"n":7,"text":"the best casino","let_by":1}"#);
    assert!(!desk.picture().contains("waits for you"), "{}", desk.picture());
}

fn room_key(text: &str) -> RoomName {
    RoomName::parse(text).unwrap()
}

#[test]
fn how_a_room_stands_is_said_in_its_head() {
    let mut desk = Desk::online(100, 10);
    desk.hears(
        r#"{"t":"room","room":"lobby","topic":"say hello","members":2,"head":3,"read":3,"role":"moderator","archived":true,"slow_ms":30000,"pins":[1,2],"reports":2,"from":4}"#,
    );
    let until = Some(Wall(desk.now.wall.0 + 10 * MINUTE));
    let mute = Sanction { until, reason: "shouting".to_owned() };
    desk.hears(r#"{"t":"entry","room":"lobby","seq":4,"at":1772355600000,"kind":"post","person":2,"author":"bob","device":9,"n":1,"text":"quiet, please"}"#);
    let mute = entry(5, desk.now.wall, "bob", Act::Muted(whom("alice"), mute));
    desk.update(Update::Entry { room: room("lobby"), entry: mute });
    desk.hears(r#"{"t":"typing","room":"lobby","name":"bob"}"#);
    shows(&desk, "chat_head");
    desk.resize(40, 10);
    shows(&desk, "chat_head_narrow");
    desk.wait(DAY);
    desk.key(KeyCode::Left);
    assert!(!desk.picture().contains("muted ["), "a mute ends by itself: {}", desk.picture());
}

#[test]
fn members_by_what_they_may_do_and_how_they_are_seen() {
    let mut desk = Desk::in_lobby(110, 14);
    desk.act("lobby", "bob", Act::Role(whom("carol"), Role::Moderator));
    desk.hears(
        r#"{"t":"who","room":"lobby","members":[{"name":"alice","here":true},{"name":"bob","here":true,"role":"owner","mode":"busy","status":"digging\u001b[31m"},{"name":"carol","here":true,"role":"moderator","mode":"away"},{"name":"dan","here":false}],"more":false}"#,
    );
    shows(&desk, "chat_members");
    desk.resize(80, 14);
    desk.enters("/members");
    shows(&desk, "chat_who");
}

/// Alice's own log is sent, and holds this.
fn owns(desk: &mut Desk, notes: &[&str]) {
    desk.hears(r#"{"t":"own_log","head":0,"from":1}"#);
    for (seq, note) in (1..).zip(notes) {
        desk.hears(&format!(r#"{{"t":"own","seq":{seq},"at":1772355600000,"by":2,{note}}}"#));
    }
}

const ASKED: &str = r#""kind":"asked_by","whom":2,"name":"bob","note":"we met in the garden""#;
const INVITED: &str = r#""kind":"invited","log":7,"room":"~7","title":"vault","name":"carol""#;

#[test]
fn whoever_asks_or_invites_is_announced() {
    let mut desk = Desk::in_lobby(80, 14);
    owns(&mut desk, &[ASKED, INVITED]);
    shows(&desk, "chat_asked");
    desk.enters("/requests");
    shows(&desk, "chat_requests");
    desk.enters("/join vault");
    assert_eq!(desk.told.last(), Some(&User::Join(room_key("~7"))));
}

#[test]
fn friends_requests_and_blocks() {
    let mut desk = Desk::in_lobby(80, 16);
    let note = |kind: &str, person: &str| format!(r#""kind":"{kind}","whom":3,"name":"{person}","note":"""#);
    let notes = [("friend", "carol"), ("asked", "dan"), ("blocked", "eve"), ("friend", "fay")]
        .map(|(kind, person)| note(kind, person));
    let notes: Vec<&str> = notes.iter().map(String::as_str).chain([ASKED]).collect();
    owns(&mut desk, &notes);
    desk.hears(r#"{"t":"friend_presence","name":"carol","here":true,"mode":"away","status":"at lunch"}"#);
    desk.enters("/friends");
    shows(&desk, "chat_friends");
}

#[test]
fn put_out_with_the_reason_and_until_when() {
    let mut desk = Desk::in_lobby(80, 12);
    desk.room("garden", "", 0, 1);
    let until = Some(Wall(desk.now.wall.0 + DAY));
    let ban = Sanction { until, reason: "shouting\u{1b}[2J".to_owned() };
    desk.act("lobby", "bob", Act::Banned(whom("alice"), ban));
    shows(&desk, "chat_banned");
}

#[test]
fn the_help_about_a_topic_and_about_a_command() {
    let mut desk = Desk::in_lobby(100, 44);
    desk.enters("/help room");
    shows(&desk, "chat_help_room");
    desk.resize(80, 12);
    desk.enters("/help /search");
    shows(&desk, "chat_help_search");
}

#[test]
fn an_answer_is_shown_under_what_was_asked() {
    let mut desk = Desk::in_lobby(80, 12);
    desk.enters("/sanctions");
    let id = desk.last_ask;
    desk.hears(&format!(
        r#"{{"t":"sanctions","id":{id},"room":"lobby","sanctions":[{{"what":"ban","whom":"eve","by":"bob","until":1772442000000,"reason":"shouting\u001b[1m"}}],"more":true}}"#
    ));
    // The rest of the list is asked for by itself.
    let id = desk.last_ask;
    desk.hears(&format!(
        r#"{{"t":"sanctions","id":{id},"room":"lobby","sanctions":[{{"what":"mute","whom":"dan","by":"bob","reason":""}}],"more":false}}"#
    ));
    shows(&desk, "chat_answer");
}

#[test]
fn a_list_that_is_not_whole_says_so() {
    let mut desk = Desk::in_lobby(80, 40);
    let part = |desk: &mut Desk, number: usize| {
        let id = desk.last_ask;
        desk.hears(&format!(
            r#"{{"t":"sanctions","id":{id},"room":"lobby","sanctions":[{{"what":"ban","whom":"eve{number}","by":"bob","reason":""}}],"more":true}}"#
        ));
    };
    desk.enters("/sanctions");
    (1..=20).for_each(|number| part(&mut desk, number));
    assert_eq!(desk.asked.len(), 20);
    assert!(desk.line_of("ban   eve20 by bob").is_some(), "{}", desk.picture());
    assert!(desk.line_of("there is more").is_some(), "{}", desk.picture());

    desk.enters("/sanctions");
    part(&mut desk, 1);
    desk.refused(Some(desk.last_ask), None, Code::SlowDown, "too many requests");
    assert!(desk.line_of("ban   eve1 by bob").is_some(), "{}", desk.picture());
    assert!(desk.line_of("the rest is missing: too many requests").is_some(), "{}", desk.picture());
}

#[test]
fn signing_in_asks_for_the_password_and_for_a_code() {
    let mut desk = Desk::start(80, 12);
    desk.hello();
    desk.refused(None, None, Code::NameTaken, "the name alice is taken; choose another, or sign in");
    desk.types("a fine password");
    shows(&desk, "chat_password");
    desk.key(KeyCode::Enter);
    let Some(Wish::ComeIn(who, credential)) = desk.wishes.pop() else { panic!("{:?}", desk.wishes) };
    assert_eq!(who, name("alice"));
    desk.again(credential);
    desk.hello();
    desk.refused(None, None, Code::CodeNeeded, "the password is right; a one-time code is needed as well");
    shows(&desk, "chat_code");
}

#[test]
fn one_time_codes_are_shown_once_and_asked_for() {
    let mut desk = Desk::in_lobby(80, 20);
    let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP".to_owned();
    let recovery = ["k2vd8zq4rt6hnb3w", "abcdefghijklmnop"].map(|code| OnceCode::new(code).unwrap());
    let password = Password::claimed("a fine password".to_owned()).unwrap();
    desk.screen.enrol(&name("alice"), password, Enrolment { secret, recovery: recovery.to_vec() });
    desk.types("1234");
    shows(&desk, "chat_totp");
    desk.resize(80, 28);
    shows(&desk, "chat_totp_camera");
    desk.resize(80, 20);
    desk.enters("56");
    let id = desk.last_ask;
    // What becomes of something else is no matter to it.
    desk.enters("/kick dan");
    desk.refused(Some(desk.last_ask), None, Code::NoSuchMember, "dan is no member");
    desk.refused(Some(id), None, Code::WrongCode, "this code is not right");
    assert!(desk.line_of("k2vd-8zq4-rt6h-nb3w").is_some(), "the same is to be typed: {}", desk.picture());
    assert!(desk.line_of("? Code that your authenticator").is_some(), "{}", desk.picture());
}

#[test]
fn what_answers_a_question_is_never_what_is_said() {
    let mut desk = Desk::in_lobby(80, 12);
    desk.enters("/sign-in bob");
    desk.says("lobby", "bob", "meanwhile");
    desk.types("secret words");
    assert!(!desk.picture().contains("secret") && desk.line_of("meanwhile").is_some(), "{}", desk.picture());
    desk.key(KeyCode::Esc);
    assert!(desk.screen.input.is_empty() && desk.wishes.is_empty());
    desk.types("to be said");
    assert!(desk.line_of("> to be said").is_some(), "{}", desk.picture());
}

#[test]
fn a_link_that_comes_back_leaves_a_question_as_it_is() {
    let mut desk = Desk::in_lobby(80, 12);
    desk.lost("the server closed the connection");
    desk.enters("/sign-in bob");
    desk.types("a fine ");
    desk.enter(0);
    desk.enters("password");
    assert!(
        !desk.told.iter().any(|told| matches!(told, User::Say { .. })),
        "nothing of it is said to the room"
    );
    let Some(Wish::ComeIn(who, Credential::Password { password, .. })) = desk.wishes.last() else {
        panic!("{:?}", desk.wishes);
    };
    assert!(*who == name("bob") && password.reveal() == "a fine password");
}

#[test]
fn who_registers_while_the_link_comes_back_keeps_his_name() {
    let mut desk = Desk::in_lobby(80, 12);
    desk.lost("the server closed the connection");
    desk.enters("/register");
    desk.enters("a fine password");
    desk.enter(0);
    desk.enters("a fine password");
    assert!(matches!(desk.wishes.last(), Some(Wish::Upgrade(_, None))), "{:?}", desk.wishes);
}

#[test]
fn no_window_is_too_small_for_a_question() {
    let mut desk = much(30, 10);
    for line in ["/sign-in bob", "/help message", "/friends", "/pins", "/numbers"] {
        desk.enters(line);
        for width in 0..24 {
            for height in 0..12 {
                desk.resize(width, height);
                desk.key(KeyCode::PageDown);
                desk.types("x");
            }
        }
        desk.key(KeyCode::Esc);
        desk.control('u');
    }
}
