//! What should never be in a log.

use crate::doctored::{ANAS, BAN_BOB, Doctored, GARDEN, LOBBY, MUTE_BOB, VAULT, each_displeases, post, told};
use sala_core::entry::Position;

const USED: &str = r#"{"kind":"server_invitation_used","at":0,"person":5,"invitation":1}"#;
const EVA: &str = r#"{"kind":"account","at":0,"person":5,"name":"eva"}"#;

/// Accounts are made by invitation of an administrator, and Dan, who is one, has invited somebody.
fn is_by_invitation(log: &mut Doctored) {
    for entry in [
        r#"{"kind":"admin","at":0,"by":1,"whom":1,"on":true}"#,
        r#"{"kind":"account","at":0,"person":4,"name":"dan"}"#,
        r#"{"kind":"password","at":0,"person":4,"hash":"h"}"#,
        r#"{"kind":"admin","at":0,"by":1,"whom":4,"on":true}"#,
        r#"{"kind":"settings","at":0,"by":4,"registration":false,"inviters":"admins","guests":true}"#,
        r#"{"kind":"server_invitation","at":0,"by":4,"invitation":1,"code":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","until":1000}"#,
    ] {
        log.is(0, entry);
    }
}

const HELD: &str = "moderators see first what is to wait for them";
const HOLD: &str = r#"{"kind":"hold","at":0,"by":1,"log":2,"words":["casino"],"links":false}"#;
const UNHELD: &str = r#"{"kind":"unheld","at":0,"by":1,"log":2,"held":1,"whom":2SEQ}"#;

fn held(person: u64, device: u64, n: u64) -> String {
    format!(
        r#"{{"kind":"held","at":0,"person":{person},"log":2,"held":1,"device":{device},"n":{n},"text":"casino"}}"#
    )
}

/// A post of somebody's waits in the garden.
fn waits(log: &mut Doctored, person: u64) {
    log.is(0, HOLD);
    log.does(GARDEN, 1, r#""kind":"hold","on":true"#);
    log.is(0, &held(person, person, 1));
}

fn let_in(device: u64, n: u64) -> String {
    format!(r#""kind":"post","device":{device},"n":{n},"text":"","let_by":1"#)
}

#[test]
fn what_may_be_is_not_complained_of() {
    let mut log = Doctored::new();
    is_by_invitation(&mut log);
    log.is(0, USED);
    log.is(0, EVA);
    log.does(GARDEN, 2, &post(2, 1, "one"));
    log.does(GARDEN, 1, MUTE_BOB);
    let late = r#"{"at":61000,"person":2,"author":"bob","kind":"post","device":2,"n":2,"text":"two"}"#;
    log.is(GARDEN, late);
    let mut tap = log.bob_is_in();
    log.does(GARDEN, 1, BAN_BOB);
    told(
        &mut tap,
        r#"{"t":"entry","room":"garden","seq":7,"at":1000,"person":1,"author":"ana","kind":"banned","whom":2,"name":"bob","reason":""}"#,
    );
    log.verdict().unwrap();
}

#[test]
fn each_oracle_of_the_log_finds_what_it_is_there_for() {
    each_displeases(&[
        ("nothing by a muted one", |log| {
            log.does(GARDEN, 1, MUTE_BOB);
            log.does(GARDEN, 2, &post(2, 1, "but"));
        }),
        ("nothing by a banned one", |log| {
            log.does(GARDEN, 1, BAN_BOB);
            log.does(GARDEN, 2, r#""kind":"joined""#);
        }),
        ("roles", |log| {
            log.does(GARDEN, 1, BAN_BOB);
            log.does(GARDEN, 2, &post(2, 1, "but"));
        }),
        ("roles", |log| log.does(GARDEN, 2, r#""kind":"kicked","whom":3,"name":"carla","reason":"""#)),
        ("roles", |log| {
            log.does(GARDEN, 1, r#""kind":"role","whom":2,"name":"bob","role":"moderator""#);
            log.does(GARDEN, 2, r#""kind":"kicked","whom":1,"name":"ana","reason":"""#);
        }),
        ("roles", |log| {
            log.does(GARDEN, 3, &post(3, 1, "one"));
            log.does(GARDEN, 2, r#""kind":"edited","target":4,"text":"two""#);
        }),
        ("roles", |log| log.does(VAULT, 2, r#""kind":"joined""#)),
        ("roles", |log| {
            log.does(GARDEN, 1, r#""kind":"archived","on":true"#);
            log.does(GARDEN, 2, &post(2, 1, "but"));
        }),
        ("roles", |log| log.is(0, r#"{"kind":"server_ban","at":0,"by":2,"whom":3,"reason":""}"#)),
        ("roles", |log| {
            log.does(GARDEN, 1, r#""kind":"slow","slow_ms":3000"#);
            log.does(GARDEN, 2, &post(2, 1, "one"));
            log.does(GARDEN, 2, &post(2, 2, "two"));
        }),
        ("roles", |log| {
            is_by_invitation(log);
            log.is(0, EVA);
        }),
        ("roles", |log| {
            is_by_invitation(log);
            log.is(0, USED);
            log.is(0, EVA);
            log.is(0, &USED.replace('5', "6"));
        }),
        ("roles", |log| {
            is_by_invitation(log);
            log.is(0, r#"{"kind":"server_uninvited","at":0,"by":4,"invitation":1}"#);
            log.is(0, USED);
        }),
        ("roles", |log| {
            is_by_invitation(log);
            log.is(0, &USED.replace(r#""at":0"#, r#""at":1000"#));
        }),
        ("roles", |log| {
            is_by_invitation(log);
            log.is(0, r#"{"kind":"admin","at":0,"by":1,"whom":4,"on":false}"#);
            log.is(0, r#"{"kind":"server_invitation","at":0,"by":4,"invitation":2,"code":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","until":1000}"#);
        }),
        ("roles", |log| log.does(GARDEN, 2, r#""kind":"keep","days":30"#)),
        ("roles", |log| {
            log.does(GARDEN, 2, &post(2, 1, "one"));
            log.does(GARDEN, 0, r#""kind":"faded","upto":4"#);
        }),
        (HELD, |log| {
            log.is(0, HOLD);
            log.does(GARDEN, 2, &post(2, 1, "the Casino"));
        }),
        (HELD, |log| {
            log.is(0, HOLD);
            log.does(GARDEN, 2, &post(2, 1, "one"));
            log.does(GARDEN, 2, r#""kind":"edited","target":4,"text":"casino""#);
        }),
        (HELD, |log| waits(log, 1)),
        (HELD, |log| log.is(0, &held(2, 2, 1))),
        (HELD, |log| {
            waits(log, 2);
            log.is(0, &UNHELD.replace("SEQ", r#","seq":5"#));
            log.does(GARDEN, 3, &post(3, 1, "in between"));
        }),
        (HELD, |log| {
            waits(log, 2);
            log.does(GARDEN, 2, &let_in(2, 1));
        }),
        (HELD, |log| {
            waits(log, 2);
            log.is(0, &UNHELD.replace("SEQ", r#","seq":5"#));
            log.does(GARDEN, 2, &let_in(2, 7));
        }),
        (HELD, |log| {
            waits(log, 2);
            log.is(0, &UNHELD.replace("SEQ", ""));
            log.is(0, &UNHELD.replace("SEQ", r#","seq":5"#));
        }),
        ("roles", |log| {
            waits(log, 2);
            log.is(0, &UNHELD.replace("SEQ", r#","seq":5"#).replace(r#""by":1"#, r#""by":3"#));
        }),
        ("roles", |log| log.is(0, &HOLD.replace(r#""by":1"#, r#""by":2"#))),
        ("nothing by a muted one", |log| {
            waits(log, 2);
            log.does(GARDEN, 1, MUTE_BOB);
            log.is(0, &UNHELD.replace("SEQ", r#","seq":5"#));
        }),
        ("once", |log| {
            log.does(GARDEN, 2, &post(2, 1, "one"));
            waits(log, 2);
        }),
        ("deleted words are out of the log", |log| {
            waits(log, 2);
            log.is(0, &UNHELD.replace("SEQ", ""));
        }),
        ("deleted words are out of the log", |log| {
            waits(log, 2);
            log.does(GARDEN, 2, r#""kind":"left""#);
        }),
        ("the owner is never lost", |log| {
            log.does(GARDEN, 1, r#""kind":"left""#);
            log.does(GARDEN, 2, &post(2, 1, "whose is it?"));
        }),
        ("the owner is never lost", |log| {
            log.does(GARDEN, 1, r#""kind":"left""#);
            log.does(GARDEN, 0, r#""kind":"owner","whom":3,"name":"carla""#);
        }),
        ("nothing past a block", |log| {
            log.is(ANAS, r#"{"at":0,"by":1,"kind":"blocked","whom":2,"name":"bob"}"#);
            log.is(ANAS, r#"{"at":0,"by":2,"kind":"asked_by","whom":2,"name":"bob","note":""}"#);
        }),
        ("no revoked device", |log| {
            log.is(0, r#"{"kind":"revoked","at":0,"by":2,"device":2}"#);
            log.does(GARDEN, 2, &post(2, 1, "still here"));
        }),
        ("once", |log| {
            log.does(GARDEN, 2, &post(2, 1, "one"));
            log.does(GARDEN, 2, &post(2, 1, "one"));
        }),
        ("once", |log| {
            log.does(GARDEN, 2, &post(2, 1, "one"));
            log.does(GARDEN, 2, r#""kind":"edited","target":4,"text":"two""#);
            log.does(GARDEN, 2, r#""kind":"edited","target":4,"text":"two""#);
        }),
        ("once", |log| {
            log.does(GARDEN, 2, &post(2, 1, "one"));
            log.is(0, r#"{"kind":"revoked","at":0,"by":2,"device":2}"#);
            log.is(0, r#"{"kind":"device","at":0,"device":4,"person":2,"label":"desk","heir_of":2}"#);
            log.does(GARDEN, 2, r#""kind":"post","device":4,"n":1,"text":"two""#);
        }),
        ("numbers go on", |log| {
            log.is(0, r#"{"kind":"revoked","at":0,"by":2,"device":2}"#);
            log.is(0, r#"{"kind":"device","at":0,"device":4,"person":2,"label":"desk"}"#);
        }),
        ("numbers go on", |log| {
            log.is(0, r#"{"kind":"revoked","at":0,"by":2,"device":2}"#);
            log.is(0, r#"{"kind":"device","at":0,"device":4,"person":3,"label":"phone","heir_of":2}"#);
        }),
        ("in order", |log| {
            log.does(GARDEN, 2, &post(2, 2, "two"));
            log.does(GARDEN, 2, &post(2, 1, "one"));
        }),
        ("deleted words are out of the log", |log| {
            log.does(GARDEN, 2, &post(2, 1, "one"));
            log.does(GARDEN, 2, r#""kind":"deleted","target":4,"of":2"#);
        }),
        ("deleted words are out of the log", |log| {
            log.does(GARDEN, 3, &post(3, 1, "one"));
            log.does(GARDEN, 3, r#""kind":"left""#);
            log.does(LOBBY, 3, r#""kind":"left""#);
            log.is(0, r#"{"kind":"erased","at":0,"person":3,"keys":["a","b"],"free_at":0}"#);
        }),
        ("stored stays stored", |log| log.chronicle.stored(Position(1))),
    ]);
}
