//! What a person reads when something is refused or ends: words to be looked at as a whole.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "whoever is refused needs few of the world's words")]
mod common;

use common::{Disk, World, token};
use sala_core::protocol::{Update, parse};
use sala_core::refusal::Code;
use sala_core::server::{Goodbye, Quota};
use std::collections::BTreeMap;

/// The words of each refusal among these lines, by code.
fn gather(words: &mut BTreeMap<String, Vec<String>>, lines: &[String]) {
    for line in lines {
        if let Update::Refused { code, text, .. } = Update::decode(line.as_bytes()).unwrap() {
            let texts = words.entry(wire_name(code)).or_default();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
}

fn wire_name(code: Code) -> String {
    serde_json::to_value(code).unwrap().as_str().unwrap().to_owned()
}

fn show(name: &str, words: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/core");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, words));
}

#[test]
fn refusals_say_what_to_do() {
    let mut words = BTreeMap::new();
    let mut world = World::with_quota(Quota { posts_burst: 8, ..Quota::default() });
    let stranger = world.connects();
    for (name, token) in
        [("ana", "short".to_owned()), ("a b", token("x")), ("a@b", token("x")), ("sala", token("x"))]
    {
        world.says(stranger, &format!(r#"{{"do":"enter","name":"{name}","token":"{token}"}}"#));
    }
    world.says(
        stranger,
        &format!(r#"{{"do":"enter","name":"ana","token":"{}","device":"{}"}}"#, token("x"), "é"),
    );
    world.posts(stranger, 1, "x");
    gather(&mut words, &world.lines(stranger));
    let ana = world.comes("ana");
    for line in [
        "hello?",
        "{}",
        r#"{"do":"sing"}"#,
        r#"{"do":"join"}"#,
        r#"{"do":"join","room":"attic"}"#,
        r#"{"do":"create","room":"1obby"}"#,
        r#"{"do":"create","room":"garden"}"#,
        r#"{"do":"leave","room":"garden"}"#,
        r#"{"do":"leave","room":"garden"}"#,
        r#"{"do":"who","room":"garden"}"#,
        r#"{"do":"page","room":"lobby","limit":500}"#,
        r#"{"do":"page","room":"lobby","before":1,"after":1}"#,
        r#"{"do":"post","room":"lobby","n":0,"text":"x"}"#,
        r#"{"do":"post","room":"lobby","n":1,"text":" "}"#,
        r#"{"do":"post","room":"lobby","n":1,"text":"\u001b"}"#,
        r#"{"do":"post","room":"lobby","n":100,"text":"x"}"#,
        r#"{"do":"post","room":"lobby","n":100,"text":"y"}"#,
        r#"{"do":"post","room":"lobby","n":99,"text":"x"}"#,
        r#"{"do":"post","room":"lobby","n":1,"text":"x"}"#,
        &format!(r#"{{"do":"topic","room":"lobby","text":"{}"}}"#, "x".repeat(600)),
    ] {
        world.says(ana, line);
    }
    (101..=110).for_each(|n| world.posts(ana, n, "x"));
    for device in 0..16 {
        world.enters("ana", &device.to_string(), "{}");
    }
    let one_more = world.enters("ana", "one more", "{}");
    gather(&mut words, &world.lines(one_more));
    world.disk_is(Disk::Full);
    world.says(ana, r#"{"do":"create","room":"cellar"}"#);
    world.disk_is(Disk::Fails);
    world.passes(1_000);
    world.says(ana, r#"{"do":"create","room":"cellar"}"#);
    gather(&mut words, &world.lines(ana));
    let bytes = parse(b"\xff").unwrap_err().refusal;
    words.entry(wire_name(bytes.code)).or_default().push(bytes.text);
    let words: Vec<String> =
        words.iter().map(|(code, texts)| format!("{code}\n    {}\n", texts.join("\n    "))).collect();
    show("refusals_in_words", &words.concat());
}

#[test]
fn goodbyes_say_why() {
    let all = [
        Goodbye::Bye,
        Goodbye::Replaced,
        Goodbye::Silent,
        Goodbye::TooSlowToEnter,
        Goodbye::Stopping,
        Goodbye::StorageFailed,
        Goodbye::StorageFull,
        Goodbye::Haste,
        Goodbye::Full,
        Goodbye::Crowded,
    ];
    let line = |goodbye: Goodbye| match goodbye.update() {
        Update::Goodbye { why, text, .. } => format!("{why}: {text}\n"),
        other => unreachable!("{other:?} is no goodbye"),
    };
    show("goodbyes_in_words", &all.map(line).concat());
}
