//! What should never be told.

use crate::doctored::{ANAS, BAN_BOB, Doctored, GARDEN, MUTE_BOB, VAULT, asked, each_displeases, post, told};
use sala_core::protocol::{Hello, Update};
use sala_sim::client_host::usual_token;
use sala_sim::mark::mark;

/// A post of Carla's waits in the garden.
fn carlas_waits(log: &mut Doctored) {
    log.is(0, r#"{"kind":"hold","at":0,"by":1,"log":2,"words":["casino"],"links":false}"#);
    log.does(GARDEN, 1, r#""kind":"hold","on":true"#);
    log.is(0, r#"{"kind":"held","at":0,"person":3,"log":2,"held":1,"device":3,"n":1,"text":""}"#);
}

fn list_of_held(rule: &str) -> String {
    format!(
        r#"{{"t":"held","id":1,"room":"garden"{rule},"posts":[{{"held":1,"at":0,"by":"carla","device":3,"n":1,"text":"casino"}}],"more":false}}"#
    )
}

#[test]
fn each_oracle_of_the_wire_finds_what_it_is_there_for() {
    let strangers = "nothing to whoever may not hear it";
    each_displeases(&[
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            log.does(GARDEN, 1, BAN_BOB);
            log.does(GARDEN, 1, &post(1, 1, "at last"));
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":4,"at":1000,"person":1,"author":"ana","kind":"banned","whom":2,"name":"bob","reason":""}"#,
            );
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":5,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":1,"text":"at last"}"#,
            );
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            log.does(GARDEN, 1, BAN_BOB);
            asked(&mut tap, r#"{"do":"page","id":1,"room":"garden"}"#);
            told(&mut tap, r#"{"t":"page","id":1,"room":"garden","entries":[],"more":false}"#);
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            log.does(GARDEN, 1, BAN_BOB);
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":4,"at":1000,"person":1,"author":"ana","kind":"banned","whom":2,"name":"bob","reason":""}"#,
            );
            told(&mut tap, r#"{"t":"typing","room":"garden","name":"ana"}"#);
        }),
        (strangers, |log| {
            log.does(VAULT, 1, &post(1, 1, "secret"));
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"search","id":1,"words":"secret"}"#);
            told(
                &mut tap,
                r#"{"t":"found","id":1,"posts":[{"room":"~3","seq":2,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":1,"text":"secret"}]}"#,
            );
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"audit","id":1,"room":"garden"}"#);
            told(&mut tap, r#"{"t":"page","id":1,"room":"garden","entries":[],"more":false}"#);
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"who","id":1,"room":"~3"}"#);
            told(&mut tap, r#"{"t":"who","id":1,"room":"~3","members":[],"more":false}"#);
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"rooms","id":1}"#);
            told(
                &mut tap,
                r#"{"t":"rooms","id":1,"rooms":[{"room":"~3","kind":"private","topic":"","members":1,"joined":false}],"more":false}"#,
            );
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"export","id":1}"#);
            told(
                &mut tap,
                r#"{"t":"exported","id":1,"entries":[{"room":"garden","seq":1,"entry":{"person":1}}],"after":0,"more":false}"#,
            );
        }),
        (strangers, |log| {
            let mut tap = log.bob_is_in();
            told(&mut tap, r#"{"t":"room","room":"~3","topic":"","members":1,"head":1,"from":2}"#);
        }),
        ("what waits is told to nobody else", |log| {
            carlas_waits(log);
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"held","id":1,"room":"garden"}"#);
            told(&mut tap, &list_of_held(""));
        }),
        ("what waits is told to nobody else", |log| {
            carlas_waits(log);
            log.does(GARDEN, 1, r#""kind":"role","whom":2,"name":"bob","role":"moderator""#);
            log.is(0, r#"{"kind":"unheld","at":0,"by":3,"log":2,"held":1,"whom":3}"#);
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"held","id":1,"room":"garden"}"#);
            told(&mut tap, &list_of_held(r#","words":["casino"],"links":false"#));
        }),
        ("a resend has one answer", |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"post","room":"garden","n":1,"text":"casino"}"#);
            told(&mut tap, r#"{"t":"waits","room":"garden","n":1,"held":1}"#);
        }),
        ("told is kept", |log| {
            let mut tap = log.bob_is_in();
            log.does(GARDEN, 1, &post(1, 1, "one"));
            told(&mut tap, r#"{"t":"damaged","room":"garden","from":4,"to":4}"#);
        }),
        ("told without a gap", |log| {
            let mut tap = log.bob_is_in();
            log.chronicle.damaged();
            log.does(GARDEN, 1, &post(1, 1, "one"));
            log.does(GARDEN, 1, &post(1, 2, "two"));
            told(&mut tap, r#"{"t":"damaged","room":"garden","from":5,"to":5}"#);
        }),
        ("told is kept", |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"page","id":1,"room":"garden"}"#);
            told(
                &mut tap,
                r#"{"t":"page","id":1,"room":"garden","entries":[],"more":false,"damaged":[1,2,3]}"#,
            );
        }),
        ("a page has no hole", |log| {
            let mut tap = log.bob_is_in();
            log.chronicle.damaged();
            asked(&mut tap, r#"{"do":"page","id":1,"room":"garden"}"#);
            told(
                &mut tap,
                r#"{"t":"page","id":1,"room":"garden","entries":[],"more":false,"damaged":[1,3]}"#,
            );
        }),
        ("told without a gap", |log| {
            let mut tap = log.bob_is_in();
            log.does(GARDEN, 1, &post(1, 1, "one"));
            log.does(GARDEN, 1, &post(1, 2, "two"));
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":5,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":2,"text":"two"}"#,
            );
        }),
        ("told is kept", |log| {
            let mut tap = log.bob_is_in();
            log.does(GARDEN, 1, &post(1, 1, "one"));
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":4,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":1,"text":"two"}"#,
            );
        }),
        ("deleted words are not told", |log| {
            log.does(GARDEN, 1, &post(1, 1, ""));
            log.does(GARDEN, 1, r#""kind":"deleted","target":4,"of":1"#);
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"page","id":1,"room":"garden"}"#);
            told(
                &mut tap,
                r#"{"t":"page","id":1,"room":"garden","entries":[{"seq":4,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":1,"text":"what?"}],"more":false}"#,
            );
        }),
        ("no revoked device", |log| {
            let mut tap = log.bob_is_in();
            log.is(0, r#"{"kind":"revoked","at":0,"by":2,"device":2}"#);
            log.does(GARDEN, 1, &post(1, 1, "one"));
            told(
                &mut tap,
                r#"{"t":"entry","room":"garden","seq":4,"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":1,"text":"one"}"#,
            );
        }),
        ("revoked tokens never come in", |log| {
            log.is(0, r#"{"kind":"revoked","at":0,"by":2,"device":2}"#);
            log.bob_is_in();
        }),
        ("revoked tokens never come in", |log| {
            log.is(0, r#"{"kind":"token","at":0,"person":2,"device":2,"token":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#);
            log.bob_is_in();
        }),
        ("kept out for a reason", |log| {
            let mut tap = log.bob_comes();
            let token = usual_token("bob");
            asked(
                &mut tap,
                &format!(r#"{{"do":"enter","name":"bob","device":"desk","token":"{}"}}"#, token.reveal()),
            );
            told(&mut tap, r#"{"t":"refused","code":"name_taken","fate":"not_stored","text":""}"#);
        }),
        ("a greeting comes first", |log| {
            let mut tap = log.bob.wire.open();
            told(&mut tap, r#"{"t":"goodbye","why":"idle","text":""}"#);
        }),
        ("a greeting comes first", |log| {
            let hello = Update::Hello(Hello::ours()).encode();
            log.bob_is_in().told(&hello);
        }),
        ("a block hides", |log| {
            log.is(ANAS, r#"{"at":0,"by":1,"kind":"blocked","whom":2,"name":"bob"}"#);
            let mut tap = log.bob_is_in();
            told(&mut tap, r#"{"t":"presence","room":"garden","here":["ana"],"away":[]}"#);
        }),
        ("a resend has one answer", |log| {
            log.does(GARDEN, 2, &post(2, 1, "one"));
            let mut tap = log.bob_is_in();
            told(&mut tap, r#"{"t":"stored","room":"garden","n":1,"seq":5}"#);
        }),
        ("done is kept", |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"ban","id":1,"room":"garden","name":"carla"}"#);
            told(&mut tap, r#"{"t":"done","id":1}"#);
        }),
        ("refused is not kept", |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, &format!(r#"{{"do":"topic","id":1,"room":"garden","text":"{}"}}"#, mark(1, 1)));
            log.does(GARDEN, 2, &format!(r#""kind":"topic","text":"{}""#, mark(1, 1)));
            told(&mut tap, r#"{"t":"refused","id":1,"code":"slow_down","fate":"not_stored","text":""}"#);
        }),
        ("refused for a reason", |log| {
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"post","room":"garden","n":1,"text":"one"}"#);
            told(&mut tap, r#"{"t":"refused","n":1,"code":"muted","fate":"not_stored","text":""}"#);
        }),
        ("a resend has one answer", |log| {
            log.does(GARDEN, 2, &post(2, 1, "one"));
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"post","room":"garden","n":1,"text":"one"}"#);
            told(&mut tap, r#"{"t":"refused","n":1,"code":"out_of_order","fate":"not_stored","text":""}"#);
        }),
        // The clock of these worlds shows a time long after.
        ("refused for a reason", |log| {
            log.does(GARDEN, 1, MUTE_BOB);
            let mut tap = log.bob_is_in();
            asked(&mut tap, r#"{"do":"post","room":"garden","n":1,"text":"may I?"}"#);
            told(&mut tap, r#"{"t":"refused","n":1,"code":"muted","fate":"not_stored","text":""}"#);
        }),
        ("refused for a reason", |log| {
            log.does(GARDEN, 1, &BAN_BOB.replace(r#""reason""#, r#""until":61000,"reason""#));
            let mut tap = log.bob_is_in_nothing();
            asked(&mut tap, r#"{"do":"join","id":1,"room":"garden"}"#);
            told(&mut tap, r#"{"t":"refused","id":1,"code":"banned","fate":"not_stored","text":""}"#);
        }),
    ]);
}
