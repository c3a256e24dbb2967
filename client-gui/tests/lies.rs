//! Stories of a server that lies: the window stays whole, bounded and in its user's hands, and says that something is wrong.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::liar::{Liar, post};
use common::world::{Screen, World};
use sala_core::limits::{ROOM_MEMBERS_MAX, TIMELINE_ENTRIES_MAX};
use sala_core::name::RoomName;

const NONSENSE: &str = "makes no sense";

/// A window whose server is a liar, which has let it in.
fn lied_to(world: &mut World) -> (Screen, Liar) {
    let mut window = world.window_of("ana");
    Liar::instead_of_the_server(world);
    let liar = Liar::let_in(world, &mut window, 10);
    window.demand(&["Message to lobby"]);
    (window, liar)
}

/// Whether the window still does what it is for: what is written goes out, or waits.
fn is_of_use(window: &mut Screen, world: &World) {
    window.say("still here", world);
    window.demand(&["still here"]);
}

#[test]
fn what_makes_no_sense_is_said_to_make_none_and_the_line_is_cut() {
    let mut world = World::new();
    let (mut window, mut liar) = lied_to(&mut world);
    liar.posts(&world, 11, "bob", "the first");
    world.settle(&mut [&mut window]);
    window.demand(&["the first"]);
    let gone_on = r#"{"t":"room","room":"cellar","topic":"","members":1,"head":5,"read":5}"#;
    let damaged = r#"{"t":"damaged","room":"lobby","from":1,"to":18446744073709551615}"#;
    for lie in [
        post(13, "bob", "one was left out"),
        post(11, "bob", "the same again"),
        post(3, "bob", "from long ago"),
        post(18_446_744_073_709_551_615, "bob", "the end of numbers"),
        post(12, "bob", "elsewhere").replace("lobby", "cellar"),
        post(12, "a name of several words", "by nobody"),
        post(12, "b\u{202e}ob", "by somebody else"),
        gone_on.to_owned(),
        damaged.to_owned(),
        "not JSON at all".to_owned(),
        r#"{"t":7}"#.to_owned(),
        "\u{0}\u{1}\u{2}".to_owned(),
        "x".repeat(200_000),
    ] {
        liar.says(&world, &lie);
        world.settle(&mut [&mut window]);
        assert!(liar.is_left(&world), "it is listened to after {lie:.60}");
        window.demand(&["the first"]);
        if lie.len() < 200_000 {
            window.demand(&[NONSENSE]);
        }
        is_of_use(&mut window, &world);
        // It is tried again; and what was held of the room is not lost by it.
        liar = Liar::let_in(&world, &mut window, 11);
        window.refuse(&["Next attempt in"]);
    }
}

#[test]
fn whoever_greets_in_another_tongue_or_not_at_all_is_not_let_in() {
    let mut world = World::new();
    let mut window = world.window();
    Liar::instead_of_the_server(&mut world);
    window.fill("Nickname", "ana", &world);
    window.click("Enter", &world);
    let mut liar = Liar::take_in(&world, &mut window);
    liar.says(&world, r#"{"t":"welcome","name":"somebody.else","person":1,"device":1,"n":0,"rooms":0}"#);
    liar.says(&world, r#"{"t":"nonsense"}"#);
    liar.says(&world, "[]");
    world.settle(&mut [&mut window]);
    window.demand(&[NONSENSE]);
}

#[test]
fn a_refusal_has_no_more_room_than_there_is() {
    let mut world = World::new();
    let mut window = world.window();
    Liar::instead_of_the_server(&mut world);
    window.fill("Nickname", "ana", &world);
    window.click("Enter", &world);
    let mut liar = Liar::take_in(&world, &mut window);
    let words = "w".repeat(100_000);
    liar.says(
        &world,
        &format!(r#"{{"t":"refused","code":"whatever","fate":"not_stored","text":"{words}"}}"#),
    );
    world.settle(&mut [&mut window]);
    window.demand(&["The server refuses: www"]);
    assert!(window.text().len() < 10_000, "as much as there is room for");
    window.demand(&["Nickname"]);
}

#[test]
fn signs_that_hide_are_shown_whoever_sends_them() {
    let mut world = World::new();
    let (mut window, mut liar) = lied_to(&mut world);
    liar.posts(&world, 11, "bob", "pay \u{202e}000,1\u{202c} to\u{200b}bob");
    let entry = |seq: u64, more: &str| {
        format!(r#"{{"t":"entry","room":"lobby","seq":{seq},"at":1,"person":2,"author":"bob",{more}}}"#)
    };
    liar.says(&world, &entry(12, r#""kind":"topic","text":"a topic\u202eof two\nlines""#));
    liar.says(&world, &entry(13, r#""kind":"joined""#));
    liar.says(&world, r#"{"t":"presence","room":"lobby","here":["bob"],"away":[],"people":[{"name":"bob","mode":"online","status":"\u2066busy\u0007"}]}"#);
    world.settle(&mut [&mut window]);
    window.demand(&["pay ‹U+202E›000,1‹U+202C› to‹U+200B›bob", "set the topic: a topic‹U+202E›of two"]);
    let shown = window.text();
    let hidden = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}' | '\u{2066}' | '\u{7}');
    assert!(!shown.contains(hidden), "{shown:?}");
}

#[test]
fn a_flood_is_bounded_and_moves_nothing_that_is_read() {
    let mut world = World::new();
    let (mut window, mut liar) = lied_to(&mut world);
    let long = "long ".repeat(800);
    for seq in 11..=111 {
        liar.posts(&world, seq, "bob", "a line to read");
    }
    world.settle(&mut [&mut window]);
    for _ in 0..3 {
        window.press(egui::Modifiers::NONE, egui::Key::PageUp, &world);
    }
    let tops = window.app().tops();
    let many = TIMELINE_ENTRIES_MAX as u64 + 2_000;
    let mut lines = String::new();
    for seq in 112..112 + many {
        lines.push_str(&post(seq, "bob", if seq % 100 == 0 { &long } else { "more" }));
        lines.push('\n');
        // Whatever else one can be told, without end.
        let name = format!("bot{seq}");
        lines.push_str(&format!(
            "{{\"t\":\"presence\",\"room\":\"lobby\",\"here\":[\"{name}\"],\"away\":[\"{name}\"]}}\n\
             {{\"t\":\"typing\",\"room\":\"lobby\",\"name\":\"{name}\"}}\n\
             {{\"t\":\"reported\",\"room\":\"lobby\",\"reports\":{seq}}}\n\
             {{\"t\":\"done\",\"id\":{seq}}}\n\
             {{\"t\":\"devices\",\"id\":{seq},\"devices\":[]}}\n\
             {{\"t\":\"refused\",\"id\":{seq},\"code\":\"full\",\"fate\":\"not_stored\",\"text\":\"{name}\"}}\n"
        ));
        if seq % 500 == 0 {
            liar.says(&world, &std::mem::take(&mut lines));
            world.step(&mut window);
        }
    }
    liar.says(&world, &lines);
    world.settle(&mut [&mut window]);
    assert_eq!(window.app().tops(), tops, "what is read has moved");
    let talk = window.app().link().unwrap().conversation.clone();
    talk.look(|model| {
        let room = &model.rooms[&RoomName::parse("lobby").unwrap()];
        assert!(room.timeline.len() <= TIMELINE_ENTRIES_MAX, "{}", room.timeline.len());
        assert!(room.members.len() <= ROOM_MEMBERS_MAX && room.typing.len() <= 100);
        assert!(model.notices.len() <= 1_000, "{}", model.notices.len());
    });
    assert!(window.app().state().toasts.len() <= 1_000);
    is_of_use(&mut window, &world);
}

#[test]
fn a_post_as_large_as_a_line_may_be_is_shown_and_scrolled() {
    let mut world = World::new();
    let (mut window, mut liar) = lied_to(&mut world);
    liar.posts(&world, 11, "bob", &"wide".repeat(30_000));
    liar.posts(&world, 12, "bob", &"\\n".repeat(50_000));
    liar.posts(&world, 13, "bob", &"**a**".repeat(20_000));
    liar.posts(&world, 14, "bob", "the last");
    world.settle(&mut [&mut window]);
    window.demand(&["the last"]);
    for _ in 0..5 {
        window.press(egui::Modifiers::NONE, egui::Key::PageUp, &world);
    }
    is_of_use(&mut window, &world);
}
