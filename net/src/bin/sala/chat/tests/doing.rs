//! What commands ask of the server, what Tab makes of them, and what is said when they are done.

use super::desk::{Desk, name, room};
use crate::chat::screen::Wish;
use ratatui::crossterm::event::KeyCode;
use sala_core::client::{Credential, User};
use sala_core::entry::{Audience, Mode, Seq};
use sala_core::name::RoomName;
use sala_core::protocol::Request;
use sala_core::refusal::Code;

/// What Tab makes of this.
fn tab(desk: &mut Desk, text: &str) -> String {
    desk.control('u');
    desk.types(text);
    desk.key(KeyCode::Tab);
    desk.screen.input.text().to_owned()
}

#[test]
fn tab_completes_what_a_command_needs_at_each_place() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.hears(r#"{"t":"own_log","head":0,"from":1}"#);
    desk.hears(r#"{"t":"own","seq":1,"at":0,"by":2,"kind":"asked_by","whom":3,"name":"bernard","note":""}"#);
    desk.hears(
        r#"{"t":"own","seq":2,"at":0,"by":2,"kind":"invited","log":7,"room":"~7","title":"vault","name":"bob"}"#,
    );
    for (typed, completed) in [
        ("/ki", "/kick "),
        ("/kick ", "/kick bernard "),
        ("/kick bo", "/kick bob "),
        ("/ban bob ", "/ban bob 10m "),
        ("/ban bob 1", "/ban bob 10m "),
        ("/role bob ", "/role bob moderator"),
        ("/totp ", "/totp on"),
        ("/settings g", "/settings guests "),
        ("/settings guests o", "/settings guests on"),
        ("/accept ", "/accept bernard"),
        ("/decline ", "/decline vault"),
        ("/join v", "/join vault"),
        ("/react ", "/react -1 "),
        ("/react bob ", "/react bob 👍"),
        ("/reply bo", "/reply bob "),
        ("/reply bob @ca", "/reply bob @carol "),
        ("/reply bob car", "/reply bob car"),
        ("/group bob c", "/group bob carol "),
        ("/search green --by c", "/search green --by carol "),
        ("/search green --since ", "/search green --since 1d "),
        ("/presence b", "/presence busy "),
        ("/help fr", "/help friends"),
        ("hello @bo", "hello @bob "),
        ("/mem", "/members"),
        ("/fri", "/friends "),
        ("/friends de", "/friends decline "),
        ("/friends decline ", "/friends decline bernard"),
        ("/admin b", "/admin ban "),
    ] {
        assert_eq!(tab(&mut desk, typed), completed, "{typed}");
    }
}

#[test]
fn commands_are_about_the_room_that_is_shown() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.enters("/kick bob shouting at people");
    let reason = "shouting at people".to_owned();
    let kick = Request::Kick { room: room("lobby"), name: name("bob"), reason };
    assert_eq!(desk.asked.last(), Some(&kick));
    desk.done();
    assert!(desk.line_of("✓ /kick bob shouting at people").is_some(), "{}", desk.picture());

    desk.enters("/kick");
    assert!(desk.line_of("NAME is missing: /kick NAME [REASON]").is_some(), "{}", desk.picture());
    assert_eq!(desk.screen.input.text(), "/kick", "what is wrong can be mended");
    desk.control('u');
    desk.enters("/topic what grows");
    assert_eq!(desk.told.last(), Some(&User::Topic(room("lobby"), "what grows".to_owned())));
}

#[test]
fn a_message_is_named_by_its_number_its_author_or_its_place() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.says("lobby", "alice", "first of mine");
    desk.says("lobby", "bob", "his");
    desk.says("lobby", "alice", "second of mine");
    let delete = |seq| Some(Request::Delete { room: room("lobby"), seq: Seq(seq) });
    for (word, seq) in [("-1", 6), ("-2", 4), ("bob", 5), ("@bob", 5), ("^", 6), ("17", 17)] {
        desk.enters(&format!("/delete {word}"));
        assert_eq!(desk.asked.last().cloned(), delete(seq), "{word}");
    }
    for (line, wrong) in [
        ("/delete -3", "there is no post -3 of yours in sight"),
        ("/delete carol", "no post of carol is in sight"),
        ("/reply", "MESSAGE is missing"),
        ("/reply bob", "TEXT is missing"),
    ] {
        desk.control('u');
        desk.enters(line);
        assert!(desk.line_of(wrong).is_some(), "{}", desk.picture());
    }
    desk.control('u');
    desk.enters("/reply bob yes, his");
    let reply = User::Reply { room: room("lobby"), text: "yes, his".to_owned(), to: Seq(5) };
    assert_eq!(desk.told.last(), Some(&reply));
}

#[test]
fn a_word_that_may_be_several_rooms_is_none() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.room("garden", "", 0, 1);
    desk.hears(
        r#"{"t":"room","room":"~7","topic":"","members":2,"head":9,"read":9,"kind":"private","title":"garden","role":"owner","from":10}"#,
    );
    desk.enters("/admin close garden");
    assert!(desk.line_of("several rooms are called garden").is_some(), "{}", desk.picture());
    assert!(desk.line_of("=garden or ~7").is_some() && desk.asked.is_empty(), "{}", desk.picture());
    for (word, key) in [("=garden", room("garden")), ("~7", RoomName::of_log(7))] {
        desk.control('u');
        desk.enters(&format!("/admin close {word}"));
        assert_eq!(desk.asked.last(), Some(&Request::Close { room: key, reason: String::new() }));
    }
}

#[test]
fn until_when_a_ban_or_a_mute_holds_is_said() {
    let mut desk = Desk::in_lobby(80, 20);
    for (line, holds) in [
        ("/mute bob 30 minutes", "until 2026-03-01 09:30Z"),
        ("/ban bob loud", "for ever, unless it is lifted"),
        ("/admin ban eve 2d", "until 2026-03-03 09:00Z"),
    ] {
        desk.enters(line);
        desk.done();
        assert!(desk.line_of(&format!("✓ {line} ({holds})")).is_some(), "{}", desk.picture());
    }
}

#[test]
fn nobody_is_seen_by_more_people_since_it_is_not_known_yet_by_whom() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.hears(r#"{"t":"own_log","head":0,"from":1}"#);
    desk.enters("/presence away at lunch");
    assert!(desk.line_of("by whom you are seen is not known yet").is_some(), "{}", desk.picture());
    assert_eq!(desk.asked, []);
    desk.hears(r#"{"t":"own","seq":1,"at":0,"by":1,"kind":"presence","mode":"online","status":"","audience":"friends"}"#);
    desk.key(KeyCode::Enter);
    let (mode, status) = (Mode::Away, "at lunch".to_owned());
    assert_eq!(desk.asked, [Request::Presence { mode, status, audience: Audience::Friends }]);
}

#[test]
fn a_room_that_one_makes_is_shown() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.enters("/direct bob");
    let id = desk.last_ask;
    desk.hears(&format!(
        r#"{{"t":"room","id":{id},"room":"~9","topic":"","members":2,"head":2,"kind":"direct","with":"bob","from":3}}"#
    ));
    assert!(desk.picture().starts_with("@bob"), "{}", desk.picture());
}

#[test]
fn a_link_is_drawn_by_the_program_and_a_guest_registers_where_he_is() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.enters("/link 2d 3");
    assert!(matches!(desk.wishes.last(), Some(Wish::Draw(_))));
    desk.enters("/register");
    desk.enters("password");
    assert!(desk.line_of("commonest").is_some(), "{}", desk.picture());
    desk.enters("a fine password");
    desk.enters("another password");
    assert!(desk.line_of("the two are not the same").is_some(), "{}", desk.picture());
    desk.enters("a fine password");
    desk.enters("a fine password");
    assert!(matches!(desk.wishes.last(), Some(Wish::Upgrade(_, None))), "{:?}", desk.wishes);
}

#[test]
fn a_server_without_guests_is_entered_by_an_account() {
    let mut desk = Desk::start(80, 12);
    desk.hello();
    desk.refused(None, None, Code::GuestsClosed, "this server lets no new guests in");
    assert!(desk.line_of("/register makes an account").is_some(), "{}", desk.picture());
    desk.enters("/register");
    desk.enters("a fine password");
    desk.enters("a fine password");
    let came = desk.wishes.last();
    assert!(matches!(came, Some(Wish::ComeIn(_, Credential::Register { .. }))), "{came:?}");
}

#[test]
fn where_accounts_are_made_by_invitation_its_code_is_asked_for() {
    let mut desk = Desk::start(80, 12);
    desk.hello();
    desk.refused(None, None, Code::GuestsClosed, "this server lets no new guests in");
    desk.enters("/register");
    desk.enters("a fine password");
    desk.enters("a fine password");
    let Some(Wish::ComeIn(_, credential)) = desk.wishes.pop() else { panic!("{:?}", desk.wishes) };
    for code in [Code::InvitationNeeded, Code::BadInvitation] {
        desk.again(credential.clone());
        desk.hello();
        desk.refused(None, None, code, "this is not the code of an invitation");
        assert!(desk.line_of("Code of an invitation to this server").is_some(), "{}", desk.picture());
        desk.enters("no code");
        desk.enters("k2vd-8zq4-rt6h-nb3w");
        let came = desk.wishes.pop();
        let by_code = |wish: &Option<Wish>| {
            matches!(wish, Some(Wish::ComeIn(_, Credential::Register { invitation: Some(_), .. })))
        };
        assert!(by_code(&came), "{came:?}");
    }
}

#[test]
fn what_needs_the_server_says_so_while_it_is_away() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.lost("the server closed the connection");
    for line in ["/kick bob", "/devices", "/link", "/edit 4 x"] {
        desk.control('u');
        desk.enters(line);
        assert!(desk.line_of("this needs the server, which is away").is_some(), "{}", desk.picture());
        assert_eq!(desk.screen.input.text(), line, "it can be entered again");
    }
    assert_eq!(desk.asked, []);
    desk.key(KeyCode::Enter);
    desk.enter(0);
    assert!(desk.line_of("which is away").is_none(), "it is back: {}", desk.picture());
}

#[test]
fn an_account_is_erased_only_by_its_name() {
    let mut desk = Desk::in_lobby(80, 12);
    desk.enters("/account delete");
    desk.enters("yes");
    assert!(desk.line_of("this is not your name").is_some(), "{}", desk.picture());
    assert_eq!(desk.asked, []);
    desk.enters("alice");
    assert_eq!(desk.asked, [Request::DeleteAccount { password: None }]);
}

#[test]
fn an_answer_that_was_lost_is_no_answer() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.enters("/kick bob");
    desk.lost("the server closed the connection");
    assert!(desk.line_of("/kick bob: the link broke before the answer").is_some(), "{}", desk.picture());
}
