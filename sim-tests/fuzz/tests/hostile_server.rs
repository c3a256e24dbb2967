//! A server that says what it likes: the client machine believes none of what cannot be, and nothing breaks.

use sala_core::client::{Client, Config, Credential, Input, Link, Output, User};
use sala_core::entry::Seq;
use sala_core::name::RoomName;
use sala_core::protocol::{Page, Secret, Update};
use sala_core::time::{Now, Tick, Wall};
use sala_fuzz::{Choices, spoilt, updates};

const STEPS_MAX: usize = 200;
/// What a server that means well says first.
const HELLO: &str = r#"{"t":"hello","server":"x","protocol":[1,1],"heartbeat_ms":15000,"durability":"synced","capabilities":["accounts","private_rooms","moderation","friends","search"],"limits":{"request_bytes":32768,"update_bytes":131072,"post_bytes":4096,"topic_bytes":512,"name_chars":32,"page_entries":200,"posts_in_flight":64}}"#;

/// An update as a server would send it, about what the client probably knows.
fn likely(choices: &mut Choices<'_>) -> String {
    let (seq, n, id) = (choices.below(9), choices.below(5), choices.below(20));
    let room = choices.one(&["lobby", "garden"]);
    match choices.below(10) {
        0 => HELLO.to_owned(),
        1 => format!(r#"{{"t":"welcome","id":{id},"name":"ana","person":1,"device":1,"n":{n},"rooms":{n}}}"#),
        2 => format!(
            r#"{{"t":"room","id":{id},"room":"{room}","topic":"","members":1,"head":{seq},"read":{n},"from":{seq}}}"#
        ),
        3..6 => format!(
            r#"{{"t":"entry","room":"{room}","seq":{seq},"at":1,"kind":"post","person":1,"author":"ana","device":1,"n":{n},"text":"hi"}}"#
        ),
        6 => format!(r#"{{"t":"stored","room":"{room}","n":{n},"seq":{seq}}}"#),
        7 => format!(
            r#"{{"t":"refused","id":{id},"n":{n},"code":"slow_down","fate":"not_stored","retry_ms":{seq},"text":"no"}}"#
        ),
        8 => format!(r#"{{"t":"done","id":{id}}}"#),
        _ => format!(r#"{{"t":"skipped","room":"{room}","from":{n},"to":{seq}}}"#),
    }
}

fn wants(choices: &mut Choices<'_>) -> User {
    let room = RoomName::parse(choices.one(&["lobby", "garden"])).expect("it is a name");
    match choices.below(9) {
        0..3 => User::Say { room, text: "hi".to_owned() },
        3 => User::Join(room),
        4 => User::Follow(room, choices.one(&[None, Some(Seq(1)), Some(Seq(u64::MAX))])),
        5 => User::Read(room),
        6 => User::Page(
            room,
            choices.one(&[Page::Before(None), Page::Before(Some(Seq(5))), Page::After(Seq(0))]),
            50,
        ),
        7 => User::Leave(room),
        _ => User::DialNow,
    }
}

#[test]
fn no_server_breaks_a_client() {
    let updates = updates();
    bolero::check!().with_max_len(4_096).for_each(|bytes: &[u8]| {
        let mut choices = Choices::new(bytes);
        let mut client = Client::new(Config {
            name: "ana".parse().expect("it is a name"),
            token: Secret::new("t".repeat(32)).expect("it is a token"),
            credential: Credential::Token,
            device: "d".to_owned(),
            prefetch: choices.byte() % 2 == 0,
        });
        let (mut now, mut connected) = (Now { tick: Tick(0), wall: Wall(1_767_225_600_000) }, false);
        client.handle(Input::Started, now);
        for _ in 0..STEPS_MAX {
            let mut wakes_at = None;
            while let Some(output) = client.poll() {
                match output {
                    Output::Dial if choices.byte() % 8 > 0 => {
                        client.handle(Input::Opened, now);
                        connected = true;
                        client.handle(Input::Told(Update::decode(HELLO.as_bytes())), now);
                    }
                    Output::Dial | Output::HangUp => {
                        connected = false;
                        let random = u64::from(choices.byte());
                        client.handle(Input::Lost { random, why: "gone".to_owned() }, now);
                    }
                    Output::WakeAt(tick) => wakes_at = Some(tick),
                    _ => {}
                }
            }
            if choices.is_over() {
                break;
            }
            match choices.below(12) {
                0 => {
                    now.tick = now.tick.max(wakes_at.unwrap_or_default());
                    client.handle(Input::Tick, now);
                }
                1..3 => client.handle(Input::User(wants(&mut choices)), now),
                3..8 if connected => {
                    let line = likely(&mut choices);
                    client.handle(Input::Told(Update::decode(line.as_bytes())), now);
                }
                8..12 if connected => {
                    let line = spoilt(choices.one(&updates), &mut choices);
                    client.handle(Input::Told(Update::decode(&line)), now);
                }
                _ if connected => {
                    connected = false;
                    client.handle(Input::Lost { random: 0, why: "gone".to_owned() }, now);
                }
                _ => {
                    now.tick = now.tick.after(1_000);
                    client.handle(Input::Tick, now);
                }
            }
        }
        // What is shown can be shown, whatever was told.
        for view in client.model().rooms.values() {
            drop(view.timeline.rows());
        }
        assert!(!matches!(client.model().link, Link::Online) || connected, "it is online without a link");
    });
}
