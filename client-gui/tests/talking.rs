//! Stories of talking: what is said, what becomes of it, and what happens when the link breaks.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::world::World;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use sala_core::client::User;
use sala_core::entry::Seq;
use sala_core::limits::{PAGE_ENTRIES_MAX, TIMELINE_ENTRIES_MAX};
use sala_core::name::RoomName;
use sala_core::protocol::Page;

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

#[test]
fn what_is_written_while_the_server_is_away_is_sent_once_when_it_is_back() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.say("before", &world);
    world.kill();
    world.settle(&mut [&mut window]);
    window.demand(&["The server cannot be reached", "Try now", "before"]);
    window.say("meanwhile", &world);
    window.say("and this", &world);
    window.demand(&["meanwhile", "Not sent yet: the server is away"]);
    world.start();
    window.click("Try now", &world);
    window.refuse(&["The server cannot be reached", "Not sent yet", "Sending…"]);
    assert_eq!((window.count("meanwhile"), window.count("and this")), (1, 1));
    let bob = world.guest("bob", "lobby");
    assert_eq!(bob.reads("lobby"), ["before", "meanwhile", "and this"]);
}

#[test]
fn the_banner_counts_down_and_dials_by_itself() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    world.kill();
    world.pass(4, &mut [&mut window]);
    window.demand(&["Next attempt in"]);
    world.start();
    world.pass(16, &mut [&mut window]);
    window.refuse(&["Next attempt in"]);
}

#[test]
fn several_lines_are_written_with_shift() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.types("one", &world);
    window.press(Modifiers::SHIFT, Key::Enter, &world);
    window.say("two", &world);
    assert!(window.sees("one\ntwo"), "{}", window.text());
}

#[test]
fn ones_last_message_is_edited_with_the_up_key_and_the_draft_waits() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.say("helo", &world);
    window.press(Modifiers::NONE, Key::ArrowUp, &world);
    window.demand(&["Edit your message"]);
    window.press(Modifiers::COMMAND, Key::A, &world);
    window.say("hello", &world);
    assert!(window.sees("hello"), "{}", window.text());
    assert!(!window.sees("helo"));
    window.refuse(&["Edit your message"]);
}

#[test]
fn names_and_signs_are_completed() {
    let mut world = World::new();
    let _bob = world.guest("bob", "lobby");
    let mut window = world.window_of("ana");
    window.types("hi @b", &world);
    world.settle(&mut [&mut window]);
    window.demand(&["Tab takes one", "@bob"]);
    window.press(Modifiers::NONE, Key::Tab, &world);
    window.types(":tad", &world);
    world.settle(&mut [&mut window]);
    window.press(Modifiers::NONE, Key::Enter, &world);
    window.say("and :wave:", &world);
    assert!(window.sees("hi @bob 🎉 and 👋"), "{}", window.text());
}

#[test]
fn a_message_is_answered_and_its_answer_leads_back() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    bob.say("lobby", "who is here?");
    let mut window = world.window_of("ana");
    window.click_secondary("who is here?", &world);
    window.click("Reply", &world);
    window.demand(&["Reply to bob"]);
    window.say("I am", &world);
    window.demand(&["In answer to: bob  who is here?"]);
    window.click("In answer to: bob  who is here?", &world);
    assert_eq!(window.count("who is here?"), 1);
}

#[test]
fn a_sign_is_put_and_taken_away() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    bob.say("lobby", "good?");
    let mut window = world.window_of("ana");
    window.click_secondary("good?", &world);
    window.click("React", &world);
    window.click("thumbs_up", &world);
    window.demand(&["👍 by ana"]);
    window.click("👍 by ana", &world);
    window.refuse(&["👍 by"]);
}

#[test]
fn a_message_is_deleted_only_after_a_question() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.say("a slip", &world);
    window.click_secondary("a slip", &world);
    window.click("Delete", &world);
    window.demand(&["Delete this message?", "a slip"]);
    window.click("Delete", &world);
    window.refuse(&["a slip"]);
    window.demand(&["This message was deleted."]);
}

#[test]
fn what_is_too_long_is_not_sent_and_says_by_how_much() {
    let mut world = World::new();
    let mut window = world.window_of("ana");
    window.types(&"a".repeat(4_097), &world);
    window.press(Modifiers::NONE, Key::Enter, &world);
    world.settle(&mut [&mut window]);
    window.demand(&["One byte too long"]);
    assert_eq!(window.app().state().desk(&room("lobby")).draft.len(), 4_097);
}

#[test]
fn drafts_stay_with_their_rooms() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    bob.say("garden", "green");
    let mut window = world.window_of("ana");
    window.app().link().unwrap().conversation.user(User::Join(room("garden")));
    world.settle(&mut [&mut window]);
    window.types("for the lobby", &world);
    window.press(Modifiers::COMMAND, Key::K, &world);
    world.settle(&mut [&mut window]);
    window.types("gard", &world);
    window.press(Modifiers::NONE, Key::Enter, &world);
    world.settle(&mut [&mut window]);
    window.demand(&["green", "Message to garden"]);
    window.types("for the garden", &world);
    window.press(Modifiers::ALT, Key::ArrowDown, &world);
    assert_eq!(window.app().state().room, Some(room("lobby")));
    let draft = |name: &str| window.app().state().desk(&room(name)).draft;
    assert_eq!((draft("lobby"), draft("garden")), ("for the lobby".to_owned(), "for the garden".to_owned()));
}

#[test]
fn whoever_types_is_seen_to() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    let mut window = world.window_of("ana");
    bob.conversation.user(User::Typing(room("lobby")));
    world.settle(&mut [&mut window]);
    window.demand(&["bob is writing…"]);
    world.pass(7, &mut [&mut window]);
    window.refuse(&["bob is writing…"]);
}

#[test]
fn what_is_new_elsewhere_is_counted_and_read_from_its_beginning() {
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    let mut window = world.window_of("ana");
    window.app().link().unwrap().conversation.user(User::Join(room("garden")));
    world.settle(&mut [&mut window]);
    window.click("garden", &world);
    window.click("lobby", &world);
    for number in 1..=40 {
        bob.say("garden", &format!("leaf {number}"));
    }
    bob.say("garden", "@ana look");
    world.settle(&mut [&mut window]);
    window.demand(&["garden, 41 unread messages, you are named"]);
    window.click("garden, 41 unread messages, you are named", &world);
    window.demand(&["New", "leaf 1"]);
    window.refuse(&["leaf 40"]);
    window.scroll(-100_000.0, &world);
    window.demand(&["leaf 40", "@ana look"]);
    assert!(window.sees("garden"), "all is read: {}", window.text());
}

#[test]
fn history_is_loaded_on_the_way_up_and_moves_nothing() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    for number in 1..=400 {
        bob.say("lobby", &format!("line {number}{}", " and more".repeat(number % 30)));
        if number % 50 == 0 {
            world.settle(&mut []);
        }
    }
    let mut window = world.window_of("ana");
    let held = |window: &common::world::Screen| {
        let talk = window.app().link().unwrap().conversation.clone();
        talk.look(|model| model.rooms[&room("lobby")].timeline.len())
    };
    let before = held(&window);
    assert!(before < 100, "only the newest are loaded by themselves: {before}");
    let mut pages = 0;
    for _ in 0..40 {
        window.press(Modifiers::NONE, Key::PageUp, &world);
        for _ in 0..4 {
            let (before, tops) = (held(&window), window.app().tops());
            world.step(&mut window);
            window.frame(&world);
            if held(&window) == before {
                continue;
            }
            pages += 1;
            let after = window.app().tops();
            let (seq, top) = tops.iter().copied().find(|(_, top)| *top >= 0.0).unwrap();
            let now = after.iter().find(|(held, _)| *held == seq).map(|(_, top)| *top);
            assert_eq!(now, Some(top), "entry {} moved when history came", seq.0);
        }
    }
    assert!(pages > 2 && held(&window) > 350, "{pages} pages, {} held", held(&window));
    // Nor does what comes below.
    let tops = window.app().tops();
    bob.say("lobby", "something new");
    world.settle(&mut [&mut window]);
    assert_eq!(window.app().tops(), tops);
    window.demand(&["↓ 1 new message"]);
    window.click("↓ 1 new message", &world);
    window.demand(&["something new"]);
}

#[test]
fn a_room_longer_than_what_is_held_is_read_to_its_beginning_and_back() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    for number in 1..=TIMELINE_ENTRIES_MAX + 300 {
        bob.say("lobby", &format!("line {number}"));
        if number % 100 == 0 {
            world.pass(1, &mut []);
        }
    }
    world.pass(2, &mut []);
    let mut window = world.window_of("ana");
    let talk = window.app().link().unwrap().conversation.clone();
    let held = || {
        talk.look(|model| {
            let timeline = &model.rooms[&room("lobby")].timeline;
            (timeline.first().unwrap(), timeline.len())
        })
    };
    while held().1 < TIMELINE_ENTRIES_MAX {
        talk.user(User::Page(room("lobby"), Page::Before(Some(held().0)), PAGE_ENTRIES_MAX));
        world.settle(&mut []);
    }
    assert!(held().0 > Seq(1), "something is left to be loaded");
    for _ in 0..600 {
        if window.sees("line 1") {
            break;
        }
        window.press(Modifiers::NONE, Key::PageUp, &world);
        world.step(&mut window);
    }
    window.demand(&["sala made the room"]);
    assert_eq!(held(), (Seq(1), TIMELINE_ENTRIES_MAX), "what is farthest was let go");
    // What comes meanwhile moves nothing, and is there when one is back.
    let tops = window.app().tops();
    bob.say("lobby", "the last line");
    world.settle(&mut [&mut window]);
    assert_eq!((window.app().tops(), held().0), (tops, Seq(1)));
    window.click("↓ 1 new message", &world);
    window.demand(&["the last line", &format!("line {}", TIMELINE_ENTRIES_MAX + 300)]);
}

#[test]
fn what_is_searched_for_is_gone_to() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    bob.say("lobby", "the tomatoes are green");
    for number in 1..=300 {
        bob.say("lobby", &format!("line {number}"));
        if number % 100 == 0 {
            world.settle(&mut []);
        }
    }
    let mut window = world.window_of("ana");
    window.refuse(&["tomatoes"]);
    window.press(Modifiers::COMMAND, Key::F, &world);
    world.settle(&mut [&mut window]);
    window.types("Tomatoes", &world);
    window.press(Modifiers::NONE, Key::Enter, &world);
    world.settle(&mut [&mut window]);
    window.click_part(": the tomatoes are green", &world);
    window.demand(&["Message by bob", "the tomatoes are green", "↓ To the newest"]);
    window.refuse(&["line 300", "Words"]);
    // A day can be gone to as well: what was said last on it or before.
    window.press(Modifiers::COMMAND, Key::F, &world);
    world.settle(&mut [&mut window]);
    window.fill("To day (2026-11-25)", "tomorrow", &world);
    window.demand(&["A day is written like"]);
    window.fill("To day (2026-11-25)", "2999-01-01", &world);
    window.click("Find", &world);
    window.click_part(": line 300", &world);
    window.demand(&["line 299"]);
}

#[test]
fn several_messages_are_copied_with_authors_and_times() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    bob.say("lobby", "one");
    bob.say("lobby", "two");
    let mut window = world.window_of("ana");
    for text in ["one", "two"] {
        window.click_secondary(text, &world);
        window.click("Select", &world);
    }
    window.demand(&["2 messages selected"]);
    window.harness.get_by_label("Copy with authors and times").click_accesskit();
    window.frame(&world);
    let copied = window.harness.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.unwrap_or_default();
    world.settle(&mut [&mut window]);
    let lines: Vec<&str> = copied.lines().collect();
    assert_eq!(lines.len(), 2, "{copied}");
    assert!(lines[0].starts_with("bob, ") && lines[0].ends_with(": one"), "{copied}");
    window.refuse(&["selected"]);
}

#[test]
fn one_is_called_for_what_is_meant_for_one_and_not_for_what_one_sees() {
    let mut world = World::new();
    let bob = world.guest("bob", "lobby");
    let mut window = world.window_of("ana");
    bob.say("lobby", "@ana I am seen");
    world.settle(&mut [&mut window]);
    assert_eq!(*world.calls.borrow(), []);
    window.focus(false, &world);
    bob.say("lobby", "to nobody");
    world.settle(&mut [&mut window]);
    assert_eq!(*world.calls.borrow(), []);
    bob.say("lobby", "**@ana** come back");
    world.settle(&mut [&mut window]);
    let calls: Vec<_> = world.calls.borrow_mut().drain(..).collect();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!((calls[0].title.as_str(), calls[0].text.as_str()), ("bob in lobby", "@ana come back"));
    let mode = sala_core::entry::Mode::Busy;
    let request =
        sala_core::protocol::Request::Presence { mode, status: String::new(), audience: Default::default() };
    window.app().link().unwrap().conversation.user(User::Ask(request));
    world.settle(&mut [&mut window]);
    bob.say("lobby", "@ana again");
    world.settle(&mut [&mut window]);
    assert_eq!(*world.calls.borrow(), []);
    // Whoever comes back finds where he stopped.
    window.focus(true, &world);
    window.demand(&["New", "to nobody"]);
}
