//! The screens, each in a state that a person can be in.

use super::desk::{DAY, Desk, MINUTE, entry, post, room};
use ratatui::crossterm::event::{Event, KeyCode};
use sala_core::client::User;
use sala_core::entry::{Act, Seq};
use sala_core::protocol::Update;
use sala_core::refusal::Code;
use sala_core::time::Wall;

/// Compares what is on the window with `snapshots/net/<name>.snap`.
pub(super) fn shows(desk: &Desk, name: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../../../../snapshots/net");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, desk.picture()));
}

/// A desk at which something was said over two days, and something waits in another room.
fn talk(width: u16, height: u16) -> Desk {
    let mut desk = Desk::in_lobby(width, height);
    desk.room("garden", "", 0, 1);
    desk.says("lobby", "bob", "good morning");
    desk.wait(3 * MINUTE);
    desk.says(
        "lobby",
        "alice",
        "morning! Has anyone seen the new greenhouse, the one behind the old wall near the pond?",
    );
    desk.act("lobby", "carol", Act::Topic("greenhouses, ponds and walls".to_owned()));
    desk.wait(DAY);
    desk.says(
        "lobby",
        "carol",
        "I have:\n\tit is 温室 in the sign's words\nand \u{1b}[31mred\u{202e} all over",
    );
    desk.act("lobby", "carol", Act::Left);
    for number in 1..=12 {
        desk.says("garden", "bob", &format!("tulip {number}"));
    }
    desk
}

#[test]
fn online_with_unread_posts_in_another_room() {
    shows(&talk(100, 20), "chat_online_unread");
}

#[test]
fn a_narrow_window_has_no_lists_at_its_sides() {
    shows(&talk(40, 10), "chat_narrow");
}

#[test]
fn what_was_not_read_begins_below_a_line() {
    let mut desk = talk(72, 16);
    desk.alt(KeyCode::Char('1'));
    desk.event(&Event::FocusLost);
    desk.says("garden", "bob", "a thirteenth");
    desk.types("not sent yet");
    desk.control('j');
    desk.types("second line");
    shows(&desk, "chat_new");
}

#[test]
fn lines_that_wait_and_lines_that_failed() {
    let mut desk = Desk::in_lobby(80, 16);
    for text in ["the first line", "the second line", "the third line"] {
        desk.enters(text);
    }
    desk.refused(None, Some(2), Code::NotAMember, "only members of lobby may do this; join it");
    shows(&desk, "chat_pending_failed");
}

#[test]
fn away_with_a_countdown() {
    let mut desk = Desk::in_lobby(80, 16);
    desk.lost("the server closed the connection");
    for _ in 0..5 {
        desk.key(KeyCode::Enter);
        assert_eq!(desk.told.last(), Some(&User::DialNow));
        desk.lost("the server cannot be reached: Connection refused (os error 111)");
    }
    desk.enters("is anybody there?");
    desk.wait(600);
    desk.key(KeyCode::Left);
    shows(&desk, "chat_away");
    desk.resize(40, 10);
    shows(&desk, "chat_away_narrow");
}

#[test]
fn what_is_skipped_and_what_is_damaged() {
    let mut desk = Desk::online(80, 16);
    desk.room("lobby", "", 5_000, 5_001);
    let at = Wall(desk.now.wall.0);
    let entries = (4_997..=5_000).map(|seq| entry(seq, at, "bob", post(&format!("entry {seq}")))).collect();
    let damaged = vec![Seq(4_994), Seq(4_995), Seq(4_996)];
    desk.update(Update::Page { id: None, room: room("lobby"), entries, more: true, damaged });
    desk.says("lobby", "bob", "and one that came by itself");
    shows(&desk, "chat_skipped_damaged");
}

#[test]
fn scrolled_up_with_news_below() {
    let mut desk = Desk::in_lobby(80, 16);
    for number in 1..=60 {
        desk.says("lobby", "bob", &format!("line {number} of what Bob said"));
    }
    desk.key(KeyCode::PageUp);
    desk.key(KeyCode::PageUp);
    desk.says("lobby", "bob", "something new");
    shows(&desk, "chat_scrolled");
}

#[test]
fn the_help_in_a_window_of_ordinary_size() {
    let mut desk = Desk::in_lobby(80, 30);
    desk.enters("/help");
    shows(&desk, "chat_help");
}

#[test]
fn the_rooms_that_there_are() {
    let mut desk = Desk::in_lobby(80, 12);
    desk.enters("/rooms");
    desk.listed([("garden", 12, "what grows"), ("lobby", 3, "say hello"), ("attic", 1, "")]);
    shows(&desk, "chat_rooms");
}

#[test]
fn a_room_that_is_not_there() {
    let mut desk = Desk::in_lobby(80, 12);
    desk.enters("/join cellar");
    let id = desk.last_id;
    desk.refused(Some(id), None, Code::NoSuchRoom, "there is no room cellar");
    shows(&desk, "chat_no_such_room");
}

#[test]
fn a_name_that_is_taken() {
    let mut desk = Desk::start(80, 12);
    desk.hello();
    desk.refused(
        None,
        None,
        Code::NameTaken,
        "the name alice is taken, or looks like one that is; choose another",
    );
    shows(&desk, "chat_name_taken");
}
