//! Stories of posts that wait for the moderators of their room.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::folk::{adds_up, garden, registers, signs_in, told};
use common::{Disk, World, claim_code};
use sala_core::entry::{LogId, PersonId};
use sala_core::limits::{FADE_MS, HELD_BY_ONE_MAX, HELD_MAX, KEEP_BEGINS_MS};
use sala_core::server::SessionId;

const GARDEN: LogId = LogId(2);
const DAY_MS: u64 = 24 * 3_600_000;
const AD: &str = "the best Casino of @cy";

/// The garden of Ana, Bo and Cy, in which posts with `casino` or a link wait, and one of Bo's does.
fn waiting() -> (World, [SessionId; 3]) {
    let (mut world, people) = garden();
    world.says(people[0], r#"{"do":"hold","room":"garden","words":["casino"],"links":true}"#);
    posts(&mut world, people[1], 1, AD);
    people.iter().for_each(|session| drop(world.lines(*session)));
    (world, people)
}

fn posts(world: &mut World, session: SessionId, n: u64, text: &str) {
    world.says(session, &format!(r#"{{"do":"post","room":"garden","n":{n},"text":"{text}"}}"#));
}

/// What somebody is told when he asks this.
fn asks(world: &mut World, session: SessionId, request: &str) -> Vec<String> {
    world.lines(session);
    world.says(session, request);
    world.hears(session)
}

fn lets(world: &mut World, session: SessionId, held: u64) -> Vec<String> {
    asks(world, session, &format!(r#"{{"do":"let","id":1,"room":"garden","held":{held}}}"#))
}

fn rejects(world: &mut World, session: SessionId, held: u64) -> Vec<String> {
    let line = format!(r#"{{"do":"reject","id":1,"room":"garden","held":{held},"reason":"no ads"}}"#);
    asks(world, session, &line)
}

/// What somebody sees that waits.
fn sees(world: &mut World, session: SessionId) -> String {
    asks(world, session, r#"{"do":"held","id":1,"room":"garden"}"#).concat()
}

/// How many posts wait.
fn count(world: &World) -> usize {
    world.server.state().room(GARDEN).unwrap().holding.posts.len()
}

/// The words of what waited are nowhere, and the log adds up without them.
fn is_gone(world: &World) {
    assert!(!world.disk_text().contains("best Casino"));
    adds_up(world);
}

#[test]
fn who_said_it_and_the_moderators_see_what_waits_and_nobody_else_has_a_trace_of_it() {
    let (mut world, [ana, bo, cy]) = waiting();
    let before = world.server.state().room(GARDEN).unwrap().head;
    posts(&mut world, bo, 2, "at www.a.example");
    assert_eq!(told(&mut world, bo), ["waits garden n=2 as 2", "waiting garden 2"]);
    assert_eq!(told(&mut world, ana), ["waiting garden 2"]);
    assert_eq!(told(&mut world, cy), Vec::<String>::new());
    let room = world.server.state().room(GARDEN).unwrap();
    assert_eq!((room.head, room.unread(PersonId(3)), room.mentions_of(PersonId(3))), (before, 0, 0));
    assert!(
        sees(&mut world, ana).contains("Casino") && sees(&mut world, ana).contains(r#""words":["casino"]"#)
    );
    assert!(sees(&mut world, bo).contains("Casino") && !sees(&mut world, bo).contains("words"));
    let hidden = [
        r#"{"do":"held","room":"garden"}"#,
        r#"{"do":"page","room":"garden"}"#,
        r#"{"do":"search","words":"Casino"}"#,
        r#"{"do":"export"}"#,
        r#"{"do":"reject","room":"garden","held":1}"#,
        r#"{"do":"let","room":"garden","held":1}"#,
        r#"{"do":"post","room":"garden","n":9,"text":"so?","reply":4}"#,
    ];
    for request in hidden {
        world.lines(cy);
        world.says(cy, request);
        assert!(!world.lines(cy).concat().contains("asino"), "{request}");
    }
    adds_up(&world);
}

#[test]
fn what_is_let_through_stands_in_the_log_once_and_calls_whom_it_names() {
    let (mut world, [ana, bo, cy]) = waiting();
    posts(&mut world, bo, 2, "good morning");
    let heard = lets(&mut world, ana, 1);
    assert_eq!(heard, ["waiting garden 0", "done", &format!("garden 6: bo says {AD}")]);
    assert_eq!(lets(&mut world, ana, 1), ["refused NotThere"]);
    assert_eq!(rejects(&mut world, ana, 1), ["refused NotThere"]);
    let lines = world.lines(cy).concat();
    assert!(
        lines.contains(r#""n":1,"#) && lines.contains(r#""let_by":1"#) && lines.contains(r#""mentions":[3]"#)
    );
    world.lines(bo);
    posts(&mut world, bo, 1, AD);
    assert_eq!(told(&mut world, bo), ["stored garden n=1 at 6"]);
    posts(&mut world, bo, 1, "something else");
    assert_eq!(told(&mut world, bo), ["refused n=1 NumberReused"]);
    let room = world.server.state().room(GARDEN).unwrap();
    assert_eq!((room.unread(PersonId(2)), room.mentions_of(PersonId(3))), (1, 1));
    assert_eq!(
        world.disk_text().matches("best Casino").count(),
        1,
        "it is where everybody reads it, and nowhere else"
    );
    let audit = asks(&mut world, ana, r#"{"do":"audit","room":"garden"}"#);
    assert_eq!(audit, ["page garden [4, 6] damaged [] more=false"]);
    adds_up(&world);
}

#[test]
fn what_is_not_let_through_is_taken_from_the_disk_and_its_author_is_told() {
    let (mut world, [ana, bo, cy]) = waiting();
    assert_eq!(rejects(&mut world, ana, 1), ["waiting garden 0", "done"]);
    let heard = told(&mut world, bo).join(" ");
    assert!(heard.contains(r#"rejected device=2 held=1 log=2 n=1 reason="no ads" room="garden""#), "{heard}");
    posts(&mut world, bo, 1, AD);
    assert_eq!(told(&mut world, bo), ["refused n=1 Rejected"]);
    posts(&mut world, bo, 2, "good morning");
    assert_eq!(told(&mut world, cy), ["garden 5: bo says good morning"]);
    is_gone(&world);
    world.restarts();
    let bo = signs_in(&mut world, "bo", "correct horse", "d", "");
    posts(&mut world, bo, 1, AD);
    assert_eq!(world.hears(bo).last().unwrap(), "refused n=1 Rejected");
}

#[test]
fn a_post_that_waits_is_kept_once_however_often_it_is_sent_and_whatever_the_server_goes_through() {
    let (mut world, [_, bo, _]) = waiting();
    posts(&mut world, bo, 1, AD);
    posts(&mut world, bo, 1, AD);
    assert_eq!(told(&mut world, bo), ["waits garden n=1 as 1", "waits garden n=1 as 1"]);
    world.disk_is(Disk::Busy);
    posts(&mut world, bo, 2, "casino");
    assert_eq!(told(&mut world, bo), Vec::<String>::new(), "nothing is told of what is not on disk");
    world.disk_is(Disk::Works);
    world.restarts();
    assert_eq!(count(&world), 2);
    let bo = signs_in(&mut world, "bo", "correct horse", "d", "");
    assert!(world.hears(bo).contains(&"welcome bo n=2 rooms=1".to_owned()));
    posts(&mut world, bo, 2, "casino");
    assert_eq!(told(&mut world, bo), ["waits garden n=2 as 2"]);
    adds_up(&world);
}

#[test]
fn a_device_that_was_shut_out_leaves_what_waits_to_its_heir() {
    let (mut world, [ana, bo, _]) = waiting();
    world.says(bo, r#"{"do":"revoke","device":2}"#);
    let bo = signs_in(&mut world, "bo", "correct horse", "d", "");
    world.lines(bo);
    posts(&mut world, bo, 1, AD);
    assert_eq!(told(&mut world, bo), ["waits garden n=1 as 1"]);
    lets(&mut world, ana, 1);
    world.lines(bo);
    posts(&mut world, bo, 1, AD);
    assert_eq!(told(&mut world, bo), ["stored garden n=1 at 5"]);
    adds_up(&world);
}

#[test]
fn what_its_author_cannot_say_now_waits_on() {
    let (mut world, [ana, bo, _]) = waiting();
    world.says(ana, &format!(r#"{{"do":"claim","code":"{}"}}"#, claim_code().reveal()));
    let [yes, no] = [
        [
            r#"{"do":"mute","room":"garden","name":"bo"}"#,
            r#"{"do":"archive","room":"garden","on":true}"#,
            r#"{"do":"server_ban","name":"bo"}"#,
        ],
        [
            r#"{"do":"unmute","room":"garden","name":"bo"}"#,
            r#"{"do":"archive","room":"garden","on":false}"#,
            r#"{"do":"server_unban","name":"bo"}"#,
        ],
    ];
    for (does, undoes) in yes.into_iter().zip(no) {
        world.says(ana, does);
        // Whichever it is: that he is banned from the server is no moderator's to know.
        assert_eq!(lets(&mut world, ana, 1), ["refused NotAllowed"]);
        world.says(ana, undoes);
    }
    assert!(world.is_hung_up(bo) && count(&world) == 1);
    assert_eq!(lets(&mut world, ana, 1).len(), 3);
}

#[test]
fn whoever_goes_takes_with_him_what_waits_of_his() {
    let goes = [
        (1, r#"{"do":"leave","room":"garden"}"#),
        (0, r#"{"do":"kick","room":"garden","name":"bo"}"#),
        (0, r#"{"do":"ban","room":"garden","name":"bo"}"#),
        (1, r#"{"do":"delete_account","password":"correct horse"}"#),
    ];
    for (who, request) in goes {
        let (mut world, people) = waiting();
        posts(&mut world, people[2], 1, "casino of cy");
        world.lines(people[0]);
        world.says(people[who], request);
        assert!(world.hears(people[0]).contains(&"waiting garden 1".to_owned()), "{request}");
        assert_eq!(lets(&mut world, people[0], 1), ["refused NotThere"], "{request}");
        assert_eq!(count(&world), 1, "{request}");
        is_gone(&world);
        if request.contains("leave") {
            world.says(people[1], r#"{"do":"join","room":"garden"}"#);
            world.lines(people[1]);
            posts(&mut world, people[1], 1, AD);
            assert_eq!(told(&mut world, people[1]), ["refused n=1 Rejected"]);
        }
    }
}

#[test]
fn a_closed_room_leaves_neither_what_waited_nor_its_words() {
    let (mut world, [ana, bo, _]) = waiting();
    world.says(ana, r#"{"do":"close","room":"garden"}"#);
    assert!(!world.disk_text().contains("casino"));
    is_gone(&world);
    world.lines(bo);
    posts(&mut world, bo, 1, AD);
    assert_eq!(told(&mut world, bo), ["refused n=1 Rejected"]);
}

#[test]
fn rights_that_are_won_or_lost_meanwhile_count_from_then_on() {
    let (mut world, [ana, bo, cy]) = waiting();
    let role = |name: &str, role: &str| {
        format!(r#"{{"do":"role","room":"garden","name":"{name}","role":"{role}"}}"#)
    };
    world.says(ana, &role("cy", "moderator"));
    assert!(
        told(&mut world, cy).contains(&"waiting garden 1".to_owned())
            && sees(&mut world, cy).contains("asino")
    );
    world.says(ana, &role("cy", "member"));
    assert!(
        told(&mut world, cy).contains(&"waiting garden 0".to_owned())
            && !sees(&mut world, cy).contains("asino")
    );
    assert_eq!(lets(&mut world, cy, 1), ["refused NotAllowed"]);
    assert_eq!(lets(&mut world, bo, 1), ["refused NotAllowed"]);
    world.says(ana, &role("bo", "moderator"));
    posts(&mut world, bo, 2, "casino, said by one who keeps order");
    assert_eq!(count(&world), 1);
    assert_eq!(lets(&mut world, bo, 1).len(), 3);
    assert_eq!(count(&world), 0);
    adds_up(&world);
}

#[test]
fn whoever_said_it_takes_it_back() {
    let (mut world, [ana, bo, cy]) = waiting();
    assert_eq!(rejects(&mut world, cy, 1), ["refused NotThere"]);
    assert_eq!(rejects(&mut world, bo, 1), ["waiting garden 0", "done"]);
    assert_eq!(told(&mut world, ana), ["waiting garden 0"]);
    is_gone(&world);
}

#[test]
fn what_is_no_post_cannot_wait_and_a_conversation_of_two_holds_nothing() {
    let (mut world, [ana, bo, _]) = waiting();
    posts(&mut world, bo, 2, "good morning");
    for request in [
        r#"{"do":"edit","room":"garden","seq":5,"text":"good casino"}"#,
        r#"{"do":"topic","room":"garden","text":"https://a.example"}"#,
    ] {
        assert_eq!(asks(&mut world, bo, request), ["refused Held"], "{request}");
    }
    let topic = r#"{"do":"topic","id":1,"room":"garden","text":"no casino here"}"#;
    assert!(asks(&mut world, ana, topic).contains(&"done".to_owned()), "moderators say what they want");
    world.says(bo, r#"{"do":"direct","name":"ana"}"#);
    assert_eq!(
        asks(&mut world, bo, r#"{"do":"hold","room":"~3","words":["casino"]}"#),
        ["refused NotAllowed"]
    );
    world.says(bo, r#"{"do":"post","room":"~3","n":3,"text":"casino"}"#);
    assert_eq!(told(&mut world, bo), ["~3 3: bo says casino"]);
}

#[test]
fn the_rule_is_the_moderators_and_without_it_nothing_waits_any_more() {
    let (mut world, [ana, bo, _]) = waiting();
    let hold = r#"{"do":"hold","id":1,"room":"garden","words":["poker","slots"]}"#;
    assert_eq!(asks(&mut world, bo, hold), ["refused NotAllowed"]);
    assert_eq!(asks(&mut world, ana, hold), ["done", "garden 5: ana hold"]);
    assert_eq!(asks(&mut world, ana, hold), ["done"], "so it is already");
    assert!(!world.disk_text().contains(r#""casino""#), "the words before are nobody's to read");
    world.lines(bo);
    posts(&mut world, bo, 2, "casino, at https://a.example");
    posts(&mut world, bo, 3, "POKER");
    assert_eq!(
        told(&mut world, bo),
        ["garden 6: bo says casino, at https://a.example", "waits garden n=3 as 2", "waiting garden 2"]
    );
    world.restarts();
    let bo = signs_in(&mut world, "bo", "correct horse", "d", "");
    posts(&mut world, bo, 4, "slots");
    assert!(world.hears(bo).contains(&"waits garden n=4 as 3".to_owned()), "a rule is known after a start");
    adds_up(&world);
    for wrong in
        [r#"["two words"]"#, r#"[""]"#, r#"[7]"#, r#""casino""#, &format!(r#"["{}"]"#, "x".repeat(65))]
    {
        let hold = format!(r#"{{"do":"hold","room":"garden","words":{wrong}}}"#);
        assert_eq!(asks(&mut world, bo, &hold), ["refused BadRequest"], "{wrong}");
    }
}

#[test]
fn so_many_wait_and_no_more() {
    let (mut world, [ana, bo, _]) = waiting();
    for n in 2..=HELD_BY_ONE_MAX as u64 {
        posts(&mut world, bo, n, "casino");
    }
    world.lines(bo);
    posts(&mut world, bo, 20, "casino");
    assert_eq!(told(&mut world, bo), ["refused n=20 Full"]);
    posts(&mut world, bo, 21, "good morning");
    assert_eq!(told(&mut world, bo), ["garden 5: bo says good morning"], "what waits holds up nothing else");
    for name in ["dan", "eva", "fay", "gus"] {
        let session = registers(&mut world, name);
        world.says(session, r#"{"do":"join","room":"garden"}"#);
        (1..=HELD_BY_ONE_MAX as u64).for_each(|n| posts(&mut world, session, n, "casino"));
    }
    assert_eq!(count(&world), HELD_MAX);
    let hal = registers(&mut world, "hal");
    world.says(hal, r#"{"do":"join","room":"garden"}"#);
    world.lines(hal);
    posts(&mut world, hal, 1, "casino");
    assert_eq!(told(&mut world, hal), ["refused n=1 Full"]);
    assert!(sees(&mut world, ana).contains(r#""held":50,"#));
}

#[test]
fn as_much_as_can_wait_is_read_in_pages() {
    let (mut world, [ana, bo, _]) = waiting();
    let long = format!("casino {}", r#"\""#.repeat(2_000));
    (2..=HELD_BY_ONE_MAX as u64).for_each(|n| posts(&mut world, bo, n, &long));
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let line = format!(r#"{{"do":"held","room":"garden","after":{after}}}"#);
        world.lines(ana);
        world.says(ana, &line);
        let line = world.lines(ana).concat();
        let page: serde_json::Value = serde_json::from_str(&line).unwrap();
        let rows = page["posts"].as_array().unwrap();
        seen.extend(rows.iter().map(|row| row["held"].as_u64().unwrap()));
        after = *seen.last().unwrap();
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(seen, (1..=HELD_BY_ONE_MAX as u64).collect::<Vec<_>>());
}

#[test]
fn slow_mode_counts_what_waits_as_said() {
    let (mut world, [ana, bo, _]) = garden();
    world.says(ana, r#"{"do":"hold","room":"garden","links":true}"#);
    world.says(ana, r#"{"do":"slow","room":"garden","seconds":30}"#);
    posts(&mut world, bo, 1, "www.a.example");
    world.lines(bo);
    posts(&mut world, bo, 2, "good morning");
    assert_eq!(told(&mut world, bo), ["refused n=2 SlowMode"]);
    adds_up(&world);
}

#[test]
fn what_answers_a_post_that_is_gone_by_then_answers_nothing() {
    let (mut world, [ana, bo, _]) = waiting();
    posts(&mut world, ana, 1, "where?");
    world.says(bo, r#"{"do":"post","room":"garden","n":2,"text":"in the casino","reply":5}"#);
    world.says(ana, r#"{"do":"delete","room":"garden","seq":5}"#);
    world.lines(bo);
    lets(&mut world, ana, 2);
    let heard = world.lines(bo).concat();
    assert!(heard.contains("in the casino") && !heard.contains("reply"));
}

#[test]
fn an_export_has_ones_own_that_waits_and_nobody_elses() {
    let (mut world, [ana, bo, _]) = waiting();
    for (session, has) in [(bo, true), (ana, false)] {
        world.lines(session);
        world.says(session, r#"{"do":"export"}"#);
        assert_eq!(world.lines(session).concat().contains("best Casino"), has);
    }
    rejects(&mut world, ana, 1);
    world.lines(bo);
    world.says(bo, r#"{"do":"export"}"#);
    assert!(!world.lines(bo).concat().contains("best Casino"));
}

#[test]
fn what_waits_goes_when_it_is_as_old_as_is_kept() {
    let (mut world, [ana, bo, _]) = waiting();
    world.says(ana, r#"{"do":"keep","room":"garden","days":2}"#);
    world.now.wall = world.now.wall.after(KEEP_BEGINS_MS + DAY_MS);
    posts(&mut world, bo, 2, "a later casino");
    world.passes(FADE_MS);
    assert_eq!(count(&world), 2, "the day on which it was said is not two days over");
    world.now.wall = world.now.wall.after(DAY_MS);
    world.passes(FADE_MS + 10_000);
    assert_eq!(count(&world), 1);
    let disk = world.disk_text();
    assert!(disk.contains(r#""kind":"rejected","log":2,"room":"garden","held":1"#), "its author is told");
    assert!(!disk.contains("best Casino") && disk.contains("a later casino"));
    adds_up(&world);
}
