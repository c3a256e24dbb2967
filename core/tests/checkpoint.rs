//! What a checkpoint is written as: whoever starts a newer program finds a state in it that is the same to the byte.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "this story needs few of the world's words")]
mod common;

use common::folk::adds_up;
use common::{World, claim_code};
use sala_core::entry::{PersonId, TokenHash};
use sala_core::limits::FADE_MS;
use sala_core::secret::{Secret, hash_text};
use sala_core::server::{Input, Operation, Quota, SessionId, State};
use serde_json::Value;
use std::collections::BTreeMap;

/// The state at the end of [`story`], as it was written when the maps of a state were those of the standard library.
const KEPT: &[u8] = include_bytes!("data/checkpoint.json");
/// What says nothing in it: nobody may claim a server that has an administrator, nobody registers where it takes an
/// invitation, and the server itself is nobody.
const EMPTY: [&str; 4] = [
    ".directory.claim",
    ".directory.names.by_folded_skeleton.sala",
    ".directory.names.by_skeleton_folded.sala",
    ".directory.registration",
];
const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const DAY_MS: u64 = 24 * 3_600_000;

/// A world in which there is something of all that a state can hold.
fn story() -> World {
    let mut world = World::with_quota(unhurried());
    let [ana, bo, cy, di] =
        ["ana", "Bo.Müller", "cy", "di"].map(|name| arrives(&mut world, "register", name, "d"));
    let guests = ["tom", "Ζωή", "Mary-1", "paypaI"].map(|name| arrives(&mut world, "enter", name, "d"));
    have_secrets(&mut world, [ana, bo, di]);
    have_devices(&mut world, bo, guests[0]);
    know_each_other(&mut world, [ana, bo, cy], guests);
    have_rooms(&mut world, [ana, bo, cy], guests);
    world.now.wall.0 += 3 * DAY_MS;
    keep_order(&mut world, [ana, bo, cy], guests);
    speak(&mut world, [ana, bo, cy], guests);
    administer(&mut world, ana);
    world.says(di, r#"{"do":"delete_account","password":"correct horse"}"#);
    // What is too old is found to be so.
    world.passes(2 * FADE_MS);
    world
}

/// Nobody is to wait who does all of this at once.
fn unhurried() -> Quota {
    let [requests_burst, posts_burst] = [u32::MAX; 2];
    Quota { requests_burst, posts_burst, ..Quota::default() }
}

/// Somebody comes in, in one of the ways that there are, under the password that everybody has here.
fn arrives(world: &mut World, way: &str, name: &str, device: &str) -> SessionId {
    let session = world.connects();
    let whose = if way == "enter" { "" } else { device };
    let token: String =
        format!("{name}{whose:-<40}").chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let password = if way == "enter" { "" } else { r#","password":"correct horse""# };
    let line = format!(r#"{{"do":"{way}","name":"{name}"{password},"token":"{token}","device":"{device}"}}"#);
    says(world, session, &[&line]);
    session
}

fn says(world: &mut World, session: SessionId, lines: &[&str]) {
    for line in lines {
        assert!(!world.is_hung_up(session), "{line}");
        world.lines(session);
        world.says(session, line);
        let heard = world.hears(session);
        assert!(!heard.iter().any(|heard| heard.starts_with("refused")), "{line}: {heard:?}");
    }
}

fn have_secrets(world: &mut World, [ana, bo, di]: [SessionId; 3]) {
    let code = sala_core::totp::code_at(SECRET, world.now.wall).unwrap();
    let totp = format!(
        r#"{{"do":"totp","id":1,"password":"correct horse","secret":"{SECRET}","code":"{code}","recovery":["recovery-code-one-1","recovery-code-two-2"]}}"#
    );
    says(world, di, &[r#"{"do":"password","id":1,"old":"correct horse","password":"battery staple"}"#]);
    says(world, di, &[r#"{"do":"password","id":1,"old":"battery staple","password":"correct horse"}"#]);
    says(world, ana, &[&totp]);
    says(world, ana, &[&format!(r#"{{"do":"claim","id":1,"code":"{}"}}"#, claim_code().reveal())]);
    says(world, ana, &[r#"{"do":"reset","id":2,"name":"cy","code":"k2vd8zq4rt6hnb3w9xmp"}"#]);
    world.input(Input::Started(Some(claim_code().hash())));
    says(
        world,
        bo,
        &[r#"{"do":"presence","mode":"busy","status":"in the “garden” \\ 🎈","audience":"friends"}"#],
    );
}

/// One of Bo's goes on with the numbers of one that was shut out, and another is shut out for good.
fn have_devices(world: &mut World, bo: SessionId, tom: SessionId) {
    let phone = arrives(world, "sign_in", "Bo.Müller", "phone");
    says(world, phone, &[r#"{"do":"join","room":"lobby"}"#]);
    world.posts(phone, 7, "from my phone");
    says(world, bo, &[r#"{"do":"revoke","id":1,"device":9}"#]);
    let again = arrives(world, "sign_in", "Bo.Müller", "phone");
    world.posts(again, 8, "from my new phone");
    let tablet = arrives(world, "sign_in", "Bo.Müller", "tablet");
    world.posts(tablet, 1, "from a tablet");
    says(world, bo, &[r#"{"do":"revoke","id":2,"device":11}"#]);
    arrives(world, "enter", "tom", "a second device of Tom's");
    world.posts(tom, 1, "here");
}

fn know_each_other(world: &mut World, [ana, bo, cy]: [SessionId; 3], guests: [SessionId; 4]) {
    says(world, ana, &[r#"{"do":"befriend","name":"Bo.Müller","note":"we met"}"#]);
    says(world, bo, &[r#"{"do":"befriend","name":"ana"}"#, r#"{"do":"befriend","name":"cy"}"#]);
    says(world, cy, &[r#"{"do":"block","name":"tom"}"#, r#"{"do":"direct","name":"ana"}"#]);
    says(world, guests[1], &[r#"{"do":"block","name":"cy"}"#]);
}

fn have_rooms(world: &mut World, [ana, bo, cy]: [SessionId; 3], guests: [SessionId; 4]) {
    says(world, ana, &[r#"{"do":"create","room":"garden","topic":"what grows"}"#]);
    says(world, bo, &[r#"{"do":"create","room":"Küche"}"#, r#"{"do":"create","room":"later"}"#]);
    says(
        world,
        bo,
        &[r#"{"do":"post","room":"Küche","n":1,"text":"soup"}"#, r#"{"do":"keep","room":"Küche","days":1}"#],
    );
    says(world, ana, &[r#"{"do":"create","room":"vault","private":true}"#]);
    says(world, ana, &[r#"{"do":"group","id":2,"people":["Bo.Müller","cy"],"room":"hikers"}"#]);
    for session in [bo, cy].into_iter().chain(guests) {
        says(world, session, &[r#"{"do":"join","room":"garden"}"#]);
    }
    says(world, ana, &[r#"{"do":"rename","room":"garden","to":"orchard"}"#]);
    says(world, bo, &[r#"{"do":"archive","room":"Küche","on":true}"#, r#"{"do":"close","room":"later"}"#]);
    let link = r#"{"do":"link","id":1,"room":"~6","token":"bRk3fYx0mJrWq8sVt1ZcN5hLpD7gXoE2uIaKyT4wQvM","hours":480,"uses":10}"#;
    says(world, ana, &[link, r#"{"do":"invite","room":"~6","name":"Ζωή"}"#]);
    says(
        world,
        ana,
        &[r#"{"do":"link","id":2,"room":"~6","token":"aRk3fYx0mJrWq8sVt1ZcN5hLpD7gXoE2uIaKyT4wQvM"}"#],
    );
    let by_link = r#"{"do":"join","link":"bRk3fYx0mJrWq8sVt1ZcN5hLpD7gXoE2uIaKyT4wQvM"}"#;
    says(world, guests[0], &[by_link]);
}

fn keep_order(world: &mut World, [ana, _, cy]: [SessionId; 3], guests: [SessionId; 4]) {
    let lines = [
        r#"{"do":"role","room":"garden","name":"cy","role":"moderator"}"#,
        r#"{"do":"hold","id":1,"room":"garden","words":["casino","Straße"],"links":true}"#,
        r#"{"do":"keep","room":"garden","days":365}"#,
        r#"{"do":"keep","days":400}"#,
    ];
    says(world, ana, &lines);
    says(world, cy, &[r#"{"do":"ban","room":"garden","name":"Mary-1","minutes":60,"reason":"shouting"}"#]);
    says(world, cy, &[r#"{"do":"mute","room":"garden","name":"paypaI","minutes":10,"reason":"noise"}"#]);
    says(world, guests[0], &[r#"{"do":"post","room":"garden","n":2,"text":"before the slowness"}"#]);
    says(world, ana, &[r#"{"do":"slow","room":"garden","seconds":30}"#]);
    says(world, guests[0], &[r#"{"do":"leave","room":"garden"}"#]);
}

fn speak(world: &mut World, [ana, bo, cy]: [SessionId; 3], guests: [SessionId; 4]) {
    for n in 1..=70 {
        says(world, ana, &[&format!(r#"{{"do":"post","room":"garden","n":{n},"text":"number {n}"}}"#)]);
    }
    says(world, ana, &[r#"{"do":"post","room":"garden","n":71,"text":"@cy @Bo.Müller and @room"}"#]);
    says(world, ana, &[r#"{"do":"delete","room":"garden","seq":84}"#]);
    says(world, ana, &[r#"{"do":"pin","room":"garden","seq":83,"on":true}"#]);
    says(world, bo, &[r#"{"do":"post","room":"garden","n":2,"text":"the best casino"}"#]);
    says(world, guests[1], &[r#"{"do":"post","room":"garden","n":1,"text":"see www.a.example","reply":83}"#]);
    says(world, cy, &[r#"{"do":"let","id":1,"room":"garden","held":1}"#]);
    says(world, cy, &[r#"{"do":"report","id":2,"room":"garden","seq":86,"reason":"not \"nice\""}"#]);
    says(world, cy, &[r#"{"do":"read","room":"garden","seq":60}"#]);
}

fn administer(world: &mut World, ana: SessionId) {
    let lines = [
        r#"{"do":"server_invite","id":1,"code":"a-code-for-somebody-new","hours":48}"#,
        r#"{"do":"settings","id":2,"registration":false,"inviters":"members"}"#,
        r#"{"do":"server_ban","id":3,"name":"paypaI","minutes":10,"reason":"spam"}"#,
        r#"{"do":"server_ban","id":4,"address":"203.0.113.0/24","minutes":10,"reason":"spam"}"#,
        r#"{"do":"server_ban","id":5,"address":"2001:db8::/32"}"#,
    ];
    says(world, ana, &lines);
    let session = world.connects();
    let register = r#"{"do":"register","name":"eve","password":"correct horse","token":"eve-eve-eve-eve-eve-eve-eve-eve-","device":"d","code":"a-code-for-somebody-new"}"#;
    says(world, session, &[register]);
    world.input(Input::Operate(1, Operation::Say("bring boots".to_owned())));
}

/// Which kinds of values stand at each place of a document, whatever their numbers and names: whether any says something.
fn places(value: &Value, place: &str, full: &mut BTreeMap<String, bool>) {
    let says_something = match value {
        Value::Null => false,
        Value::Bool(on) => *on,
        Value::Number(number) => number.as_u64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    };
    *full.entry(place.to_owned()).or_default() |= says_something;
    match value {
        Value::Array(list) => list.iter().for_each(|held| places(held, &format!("{place}[]"), full)),
        Value::Object(fields) => fields.iter().for_each(|(name, held)| {
            let is_field = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            let kind = if is_field { name } else { "*" };
            places(held, &format!("{place}.{kind}"), full);
        }),
        _ => {}
    }
}

#[test]
fn a_checkpoint_is_written_as_it_ever_was() {
    let world = story();
    adds_up(&world);
    let written = world.server.state().encode();
    assert!(written == KEPT, "another checkpoint: {}", String::from_utf8_lossy(&written));
}

#[test]
fn a_checkpoint_is_the_state_that_was_written() {
    let read = State::decode(KEPT).unwrap();
    assert!(read.encode() == KEPT);
    assert!(read == *story().server.state());
}

#[test]
fn there_is_something_of_all_that_a_checkpoint_can_hold() {
    let mut full = BTreeMap::new();
    places(&serde_json::from_slice(KEPT).unwrap(), "", &mut full);
    let empty: Vec<&str> = full.iter().filter(|(_, full)| !**full).map(|(place, _)| place.as_str()).collect();
    assert_eq!(empty, EMPTY);
}

#[test]
fn a_tokens_hash_is_written_as_it_ever_was_and_another_text_is_refused() {
    let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let read = |text: &str| serde_json::from_str::<TokenHash>(&format!("\"{text}\""));
    for text in [known, ""] {
        let hash = read(text).unwrap();
        assert_eq!((hash.to_string().as_str(), hash.is_empty()), (text, text.is_empty()));
        assert_eq!(serde_json::to_string(&hash).unwrap(), format!("\"{text}\""));
    }
    assert_eq!(read("").unwrap(), TokenHash::default());
    let token = Secret::new("A".repeat(40)).unwrap().hash();
    assert_eq!(token.to_string(), hash_text(&"A".repeat(40)));
    for text in [&known[1..], &known.to_uppercase(), &"0".repeat(64), &format!("{known}0"), "g"] {
        assert!(read(text).unwrap_err().to_string().contains("64 lowercase hexadecimal digits"), "{text}");
    }
}

#[test]
fn keys_that_are_the_first_of_one_and_the_second_of_another_stay_so() {
    let kept = std::str::from_utf8(KEPT).unwrap();
    let first = r#""names":{"by_folded_skeleton":{"#;
    let second = r#""by_skeleton_folded":{"#;
    let crossed = kept.replacen(first, &format!(r#"{first}"a1":5,"a2":6,"a3":5,"#), 1).replacen(
        second,
        &format!(r#"{second}"a1":6,"a2":6,"a4":5,"#),
        1,
    );
    assert_eq!(crossed.len(), kept.len() + 42);
    let read = State::decode(crossed.as_bytes()).unwrap();
    assert!(read.encode() == crossed.as_bytes());
    for (name, holder) in [("a2", 6), ("a4", 5)] {
        assert_eq!(read.directory().holder(&name.parse().unwrap()), Some(PersonId(holder)), "{name}");
    }
}
