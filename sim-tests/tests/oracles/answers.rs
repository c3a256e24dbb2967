//! Who should never be let in or kept out, and what should never be answered.

use crate::doctored::{ANAS, Doctored, GARDEN, asked, each_displeases, post, told};
use sala_core::entry::{DirectoryEntry, Entry};
use sala_sim::client_host::{token, usual_token};
use sala_sim::wire::Tap;

const ADMIN: &str = r#"{"kind":"admin","at":0,"by":1,"whom":1,"on":true}"#;
const CLOSED: &str = r#"{"kind":"settings","at":0,"by":1,"registration":false,"guests":false}"#;

/// Dan is in the log, and has an account.
fn dan_is_there(log: &mut Doctored) {
    log.is(0, r#"{"kind":"account","at":0,"person":4,"name":"dan"}"#);
    log.is(0, r#"{"kind":"password","at":0,"person":4,"hash":"h"}"#);
    let hash = usual_token("dan").hash().to_string();
    let device = format!(r#""device":4,"person":4,"label":"desk","token":"{hash}""#);
    log.is(0, &format!(r#"{{"kind":"device","at":0,{device}}}"#));
}

/// Somebody asks to be let in as Dan, at the same device as Bob.
fn dan_asks(log: &Doctored, by: &str) -> Tap {
    let mut tap = log.bob_comes();
    let device = format!(r#""name":"dan","device":"desk","token":"{}""#, usual_token("dan").reveal());
    asked(&mut tap, &format!(r#"{{{by},{device}}}"#));
    tap
}

fn dan_is_in(tap: &mut Tap) {
    told(tap, r#"{"t":"welcome","name":"dan","person":4,"device":4,"n":0,"rooms":0,"account":true}"#);
}

/// Dan registers with this password.
fn dan_registers(log: &mut Doctored, password: &str) {
    let mut tap = dan_asks(log, &format!(r#""do":"register","password":"{password}""#));
    dan_is_there(log);
    dan_is_in(&mut tap);
}

fn refused(tap: &mut Tap, code: &str) {
    told(tap, &format!(r#"{{"t":"refused","code":"{code}","fate":"not_stored","text":""}}"#));
}

#[test]
fn each_oracle_of_arrivals_finds_what_it_is_there_for() {
    each_displeases(&[
        ("wrong passwords never come in", |log| {
            dan_registers(log, "the right one");
            dan_is_in(&mut dan_asks(log, r#""do":"sign_in","password":"the wrong one""#));
        }),
        ("a right password is not refused as wrong", |log| {
            dan_registers(log, "the right one");
            refused(&mut dan_asks(log, r#""do":"sign_in","password":"the right one""#), "wrong_password");
        }),
        ("passwords are as they were chosen", |log| {
            dan_registers(log, "the right one");
            log.is(0, r#"{"kind":"password","at":0,"person":4,"hash":"plain$00$00"}"#);
        }),
        ("spent codes never come in", |log| {
            dan_registers(log, "the right one");
            let recover = r#""do":"recover","code":"a-code-that-nobody-gave","password":"another one""#;
            dan_is_in(&mut dan_asks(log, recover));
        }),
        ("who is banned from the server does not come in", |log| {
            log.is(0, ADMIN);
            log.is(0, r#"{"kind":"server_ban","at":0,"by":1,"whom":2,"reason":""}"#);
            log.bob_is_in();
        }),
        ("closed doors are closed", |log| {
            let mut tap = log.bob_comes();
            log.is(0, ADMIN);
            dan_is_there(log);
            log.is(0, CLOSED);
            asked(
                &mut tap,
                &format!(
                    r#"{{"do":"register","name":"dan","password":"the right one","device":"desk","token":"{}"}}"#,
                    usual_token("dan").reveal()
                ),
            );
            dan_is_in(&mut tap);
        }),
        ("revoked tokens never come in", |log| {
            dan_registers(log, "the right one");
            let mut tap = log.bob_comes();
            let other = token("another");
            asked(
                &mut tap,
                &format!(r#"{{"do":"enter","name":"dan","device":"desk","token":"{}"}}"#, other.reveal()),
            );
            dan_is_in(&mut tap);
        }),
        ("kept out for a reason", |log| refused(&mut dan_asks(log, r#""do":"enter""#), "name_taken")),
        ("kept out for a reason", |log| refused(&mut dan_asks(log, r#""do":"enter""#), "guests_closed")),
        ("kept out for a reason", |log| {
            dan_registers(log, "the right one");
            refused(&mut dan_asks(log, r#""do":"enter""#), "banned");
        }),
        ("kept out for a reason", |log| {
            log.is(0, ADMIN);
            log.is(0, r#"{"kind":"server_ban","at":0,"by":1,"whom":2,"until":1000,"reason":""}"#);
            let mut tap = log.bob_comes();
            let token = usual_token("bob");
            let enter =
                format!(r#"{{"do":"enter","name":"bob","device":"desk","token":"{}"}}"#, token.reveal());
            asked(&mut tap, &enter);
            refused(&mut tap, "banned");
        }),
        ("goodbye for a reason", |log| {
            told(&mut log.bob_is_in(), r#"{"t":"goodbye","why":"revoked","text":""}"#);
        }),
        ("goodbye for a reason", |log| {
            told(&mut log.bob_is_in(), r#"{"t":"goodbye","why":"replaced","text":""}"#);
        }),
        ("nobody is erased but by himself", |log| {
            log.bob_is_in();
            log.is(0, r#"{"kind":"erased","at":0,"person":2,"keys":["a","b"],"free_at":0}"#);
        }),
    ]);
}

/// Bob asks for something, and is told this.
fn bob_is_told(log: &mut Doctored, request: &str, answer: &str) {
    let mut tap = log.bob_is_in();
    asked(&mut tap, request);
    told(&mut tap, answer);
}

#[test]
fn lists_that_were_right_at_no_moment_are_found() {
    let lists = "lists are right at some moment";
    each_displeases(&[
        (lists, |log| {
            bob_is_told(log, r#"{"do":"rooms","id":1}"#, r#"{"t":"rooms","id":1,"rooms":[],"more":false}"#);
        }),
        (lists, |log| {
            let rows = r#"{"room":"garden","topic":"","members":3,"joined":true},{"room":"lobby","topic":"what?","members":3,"joined":true}"#;
            bob_is_told(
                log,
                r#"{"do":"rooms","id":1}"#,
                &format!(r#"{{"t":"rooms","id":1,"rooms":[{rows}],"more":false}}"#),
            );
        }),
        (lists, |log| {
            let rows =
                r#"{"name":"ana","here":true},{"name":"bob","here":true},{"name":"carla","here":true}"#;
            bob_is_told(
                log,
                r#"{"do":"who","id":1,"room":"garden"}"#,
                &format!(r#"{{"t":"who","id":1,"room":"garden","members":[{rows}],"more":false}}"#),
            );
        }),
        (lists, |log| {
            log.does(GARDEN, 1, r#""kind":"role","whom":2,"name":"bob","role":"moderator""#);
            log.does(GARDEN, 1, r#""kind":"muted","whom":3,"name":"carla","reason":"""#);
            bob_is_told(
                log,
                r#"{"do":"sanctions","id":1,"room":"garden"}"#,
                r#"{"t":"sanctions","id":1,"room":"garden","sanctions":[],"more":false}"#,
            );
        }),
        (lists, |log| {
            log.does(GARDEN, 1, r#""kind":"role","whom":2,"name":"bob","role":"moderator""#);
            bob_is_told(
                log,
                r#"{"do":"links","id":1,"room":"garden"}"#,
                r#"{"t":"links","id":1,"room":"garden","links":[{"link":7,"by":"ana"}]}"#,
            );
        }),
        (lists, |log| {
            log.does(GARDEN, 1, r#""kind":"role","whom":2,"name":"bob","role":"moderator""#);
            let row = r#"{"report":1,"at":0,"by":"ana","seq":1,"reason":""}"#;
            bob_is_told(
                log,
                r#"{"do":"reports","id":1,"room":"garden"}"#,
                &format!(r#"{{"t":"reports","id":1,"room":"garden","reports":[{row}],"more":false}}"#),
            );
        }),
        (lists, |log| {
            log.is(ANAS, r#"{"at":0,"by":1,"kind":"asked","whom":2,"name":"bob","note":""}"#);
            bob_is_told(
                log,
                r#"{"do":"friends","id":1}"#,
                r#"{"t":"friends","id":1,"people":[{"name":"ana","stands":"friend","here":true}],"more":false}"#,
            );
        }),
        (lists, |log| {
            bob_is_told(log, r#"{"do":"devices","id":1}"#, r#"{"t":"devices","id":1,"devices":[]}"#);
        }),
        (lists, |log| {
            let me = r#""name":"bob","account":true,"admin":true,"totp":false,"recovery":0"#;
            let seen = r#""mode":"online","status":"","audience":"rooms","invitations":[]"#;
            bob_is_told(log, r#"{"do":"me","id":1}"#, &format!(r#"{{"t":"me","id":1,{me},{seen}}}"#));
        }),
    ]);
}

#[test]
fn answers_that_hold_too_little_or_come_too_late_are_found() {
    let entry = |seq: u64| {
        let author = ["", "ana", "bob", "carla"][usize::try_from(seq).unwrap()];
        let kind = if seq == 1 { "created" } else { "joined" };
        format!(r#"{{"seq":{seq},"at":1000,"person":{seq},"author":"{author}","kind":"{kind}"}}"#)
    };
    let page = |seqs: &[u64]| {
        let entries = seqs.iter().map(|seq| entry(*seq)).collect::<Vec<_>>().join(",");
        format!(r#"{{"t":"page","id":1,"room":"garden","entries":[{entries}],"more":false}}"#)
    };
    let ask = r#"{"do":"page","id":1,"room":"garden"}"#;
    let mut log = Doctored::new();
    bob_is_told(&mut log, ask, &page(&[1, 2, 3]));
    log.verdict().unwrap();
    for seqs in [&[1, 3][..], &[1, 2], &[2, 3]] {
        let mut log = Doctored::new();
        bob_is_told(&mut log, ask, &page(seqs));
        log.displeases("a page has no hole");
    }
    let mut log = Doctored::new();
    let mut tap = log.bob_is_in();
    log.is(0, r#"{"kind":"revoked","at":0,"by":2,"device":2}"#);
    asked(&mut tap, ask);
    told(&mut tap, &page(&[1, 2, 3]));
    log.displeases("no revoked device");

    let export =
        |entries: &str| format!(r#"{{"t":"exported","id":1,"entries":[{entries}],"after":0,"more":false}}"#);
    let mut log = Doctored::new();
    bob_is_told(&mut log, r#"{"do":"export","id":1}"#, &export(""));
    log.displeases("told is kept");
    let mut log = Doctored::new();
    let his: Vec<String> = log
        .on_disk
        .entries
        .iter()
        .filter(|kept| kept.entry.person().0 == 2)
        .map(|kept| {
            let mut entry: serde_json::Value = serde_json::from_slice(&kept.entry.encode()).unwrap();
            ["hash", "token"].iter().for_each(|field| drop(entry.as_object_mut().unwrap().remove(*field)));
            let room = match &kept.entry {
                Entry::Room(_) => format!(r#""room":"{}","#, log.on_disk.key(kept.log)),
                Entry::Directory(DirectoryEntry::Device { .. })
                | Entry::Directory(_)
                | Entry::Personal(_) => String::new(),
            };
            format!(r#"{{{room}"seq":{},"entry":{entry}}}"#, kept.seq.0)
        })
        .collect();
    bob_is_told(&mut log, r#"{"do":"export","id":1}"#, &export(&his.join(",")));
    log.verdict().unwrap();
    let mut log = Doctored::new();
    log.does(GARDEN, 1, &post(1, 1, "hers"));
    let not_his = r#"{"room":"garden","seq":4,"entry":{"at":1000,"person":1,"author":"ana","kind":"post","device":1,"n":1,"text":"hers"}}"#;
    let all = his.iter().map(String::as_str).chain([not_his]).collect::<Vec<_>>().join(",");
    bob_is_told(&mut log, r#"{"do":"export","id":1}"#, &export(&all));
    log.displeases("nothing to whoever may not hear it");
}
