//! What keys do, and what is asked of the server without a key.

use super::desk::{Desk, entry, post, room};
use ratatui::crossterm::event::{Event, KeyCode};
use sala_core::client::User;
use sala_core::entry::{Act, Seq};
use sala_core::protocol::{Page, Update};
use sala_core::refusal::Code;

fn said(text: &str) -> User {
    User::Say { room: room("lobby"), text: text.to_owned() }
}

#[test]
fn what_is_read_stays_where_it_is() {
    let mut desk = Desk::in_lobby(80, 20);
    for number in 1..=60 {
        desk.says("lobby", "bob", &format!("line {number}."));
    }
    desk.key(KeyCode::PageUp);
    let before = desk.line_of("line 40.");
    assert!(before.is_some());
    desk.says("lobby", "bob", "news");
    desk.enters("/unknown");
    assert_eq!(desk.line_of("line 40."), before, "{}", desk.picture());
    desk.lost(
        "the server cannot be reached: this is a reason that takes more than one row to be said in full",
    );
    assert_eq!(desk.line_of("line 40."), before, "{}", desk.picture());
    desk.key(KeyCode::End);
    desk.control('c');
    desk.key(KeyCode::End);
    assert!(desk.line_of("news").is_some(), "{}", desk.picture());
}

#[test]
fn scrolling_to_the_top_loads_what_is_older_once() {
    let mut desk = Desk::online(80, 16);
    desk.room("lobby", "", 500, 501);
    let at = desk.now.wall;
    let page = |from: u64, to: u64| {
        let entries = (from..=to).map(|seq| entry(seq, at, "bob", post(&format!("entry {seq}.")))).collect();
        Update::Page { id: None, room: room("lobby"), entries, more: true, damaged: Vec::new() }
    };
    desk.update(page(451, 500));
    let asked = |desk: &Desk| desk.told.iter().filter(|user| matches!(user, User::Page(..))).count();
    assert_eq!(asked(&desk), 0);
    desk.key(KeyCode::Home);
    assert_eq!(desk.told.last(), Some(&User::Page(room("lobby"), Page::Before(Some(Seq(451))), 100)));
    let before = desk.line_of("entry 460.");
    assert!(before.is_some(), "{}", desk.picture());
    desk.update(page(351, 450));
    assert_eq!(desk.line_of("entry 460."), before, "{}", desk.picture());
    assert_eq!(asked(&desk), 1);
    // A server that has nothing for a gap is not asked again and again.
    desk.key(KeyCode::Home);
    desk.update(page(501, 500));
    desk.says("lobby", "bob", "meanwhile");
    assert_eq!(asked(&desk), 2);
    desk.key(KeyCode::Up);
    assert_eq!(asked(&desk), 3);
}

#[test]
fn a_room_is_read_when_its_end_is_in_sight() {
    let unread = |desk: &Desk| desk.model().rooms[&room("lobby")].unread;
    let mut desk = Desk::in_lobby(80, 10);
    for _ in 0..10 {
        desk.says("lobby", "bob", "seen at once");
    }
    assert_eq!(unread(&desk), 0);
    desk.key(KeyCode::PageUp);
    desk.says("lobby", "bob", "below the edge");
    assert_eq!(unread(&desk), 1);
    desk.key(KeyCode::End);
    assert_eq!(unread(&desk), 0);
    desk.event(&Event::FocusLost);
    desk.says("lobby", "bob", "nobody looks");
    assert_eq!(unread(&desk), 1);
    desk.event(&Event::FocusGained);
    assert_eq!(unread(&desk), 0);
    desk.enters("/help");
    desk.says("lobby", "bob", "behind the help");
    assert_eq!(unread(&desk), 1);
}

#[test]
fn a_paste_is_not_posted_line_by_line() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.event(&Event::Paste("one\r\ntwo\u{1b}\nthree".to_owned()));
    assert_eq!(desk.screen.input.text(), "one\ntwo\nthree");
    desk.key(KeyCode::Enter);
    assert_eq!(desk.told.last(), Some(&said("one\ntwo\nthree")));
}

#[test]
fn a_post_can_begin_with_a_slash() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.enters("/etc/hosts");
    assert_eq!(desk.screen.input.text(), "/etc/hosts");
    assert!(desk.line_of("there is no command /etc/hosts").is_some(), "{}", desk.picture());
    desk.key(KeyCode::Home);
    desk.enters("/");
    assert_eq!(desk.told.last(), Some(&said("/etc/hosts")));
}

#[test]
fn tab_completes_commands_rooms_and_names() {
    let mut desk = Desk::in_lobby(80, 20);
    let typed = |desk: &mut Desk, text: &str| {
        desk.control('u');
        desk.types(text);
        desk.key(KeyCode::Tab);
        desk.screen.input.text().to_owned()
    };
    assert_eq!(typed(&mut desk, "/cr"), "/create ");
    assert_eq!(typed(&mut desk, "B"), "bob: ");
    assert_eq!(typed(&mut desk, "hello car"), "hello carol ");
    assert_eq!(typed(&mut desk, "/join g"), "/join g");
    assert_eq!(desk.told.last(), Some(&User::Rooms));
    desk.listed([("garden", 1, ""), ("gate", 1, ""), ("lobby", 1, "")]);
    assert_eq!(typed(&mut desk, "/join g"), "/join garden");
    desk.key(KeyCode::Tab);
    assert_eq!(desk.screen.input.text(), "/join gate");
    desk.key(KeyCode::BackTab);
    assert_eq!(desk.screen.input.text(), "/join garden");
}

#[test]
fn each_room_keeps_what_is_being_written_in_it() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.room("garden", "", 0, 1);
    desk.types("for the lobby");
    desk.control('n');
    assert_eq!(desk.screen.room, Some(room("garden")));
    assert_eq!(desk.screen.input.text(), "");
    desk.types("for the garden");
    desk.alt(KeyCode::Char('2'));
    assert_eq!(desk.screen.input.text(), "for the lobby");
}

#[test]
fn quitting_asks_once_while_lines_wait() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.lost("no link");
    desk.enters("one");
    desk.control('c');
    assert!(!desk.left && desk.line_of("1 line is not sent yet").is_some(), "{}", desk.picture());
    desk.types("x");
    desk.control('c');
    desk.control('c');
    assert!(!desk.left);
    desk.control('c');
    assert!(desk.left);
}

#[test]
fn failed_lines_are_tried_again_or_discarded() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.enters("/retry");
    assert!(desk.line_of("no line has failed in lobby").is_some());
    desk.control('c');
    desk.enters("first");
    desk.enters("second");
    for n in [1, 2] {
        desk.refused(None, Some(n), Code::NotAMember, "only members may do this");
    }
    desk.enters("/discard last");
    assert!(
        desk.line_of("second").is_none() && desk.line_of("✗   alice: first").is_some(),
        "{}",
        desk.picture()
    );
    desk.enters("/retry");
    assert!(desk.line_of("first … sending").is_some(), "{}", desk.picture());
}

#[test]
fn leaving_a_room_shows_another_one() {
    let mut desk = Desk::in_lobby(80, 20);
    desk.room("garden", "", 0, 1);
    desk.enters("/leave");
    assert_eq!(desk.told.last(), Some(&User::Leave(room("lobby"))));
    desk.act("lobby", "alice", Act::Left);
    assert_eq!(desk.screen.room, Some(room("garden")));
    desk.act("garden", "alice", Act::Left);
    assert!(desk.line_of("you are in no room").is_some(), "{}", desk.picture());
    desk.enters("nobody hears this");
    assert!(desk.line_of("no room is shown").is_some(), "{}", desk.picture());
}

#[test]
fn no_window_is_too_small() {
    let mut desk = Desk::in_lobby(30, 10);
    desk.says("lobby", "bob", "a text with 温室 and more words than fit");
    desk.enters("a line of one's own");
    desk.refused(None, Some(1), Code::NotAMember, "only members may do this");
    desk.enters("/unknown");
    for away in [false, true] {
        for width in 0..24 {
            for height in 0..12 {
                desk.resize(width, height);
                desk.key(KeyCode::PageUp);
                desk.key(KeyCode::F(1));
            }
        }
        if !away {
            desk.lost("the server cannot be reached");
            desk.enters("/help");
        }
    }
}
