//! Stories of those who want more than their share, and of those who try to find out what they are not to know.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::folk::{adds_up, garden, registers, signs_in, told};
use common::{Disk, World, claim_code, token};
use sala_core::limits::{
    DIRECTS_BY_OTHERS_MAX, INVITATIONS_BY_ONE_MAX, REPORTS_BY_ONE_MAX, SEARCHES_BURST, VENTURE_MS,
    VENTURES_BURST,
};
use sala_core::server::SessionId;
use std::net::IpAddr;

fn last(world: &mut World, session: SessionId) -> String {
    told(world, session).pop().unwrap_or_default()
}

#[test]
fn a_mention_looks_the_same_to_all_and_counts_for_nothing_with_who_has_blocked_its_author() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(bo, r#"{"do":"block","name":"ana"}"#);
    [ana, bo, cy].iter().for_each(|session| drop(world.lines(*session)));
    world.says(ana, r#"{"do":"post","room":"garden","n":1,"text":"@bo @cy"}"#);
    world.says(bo, r#"{"do":"post","room":"garden","n":1,"text":"@ana"}"#);
    for session in [ana, bo, cy] {
        let heard = world.lines(session);
        assert!(heard[0].contains(r#""mentions":[2,3]"#), "{heard:?}");
    }
    let counts = |world: &mut World, name: &str| {
        let session = signs_in(world, name, "correct horse", "phone", "");
        let room = world.lines(session).pop().unwrap();
        let room: serde_json::Value = serde_json::from_str(&room).unwrap();
        (room["unread"].as_u64().unwrap_or(0), room["mentions"].as_u64().unwrap_or(0))
    };
    assert_eq!(counts(&mut world, "bo"), (0, 0));
    assert_eq!(counts(&mut world, "cy"), (2, 1));
    world.says(ana, r#"{"do":"post","room":"garden","n":2,"text":"@bo once more"}"#);
    assert_eq!(counts(&mut world, "bo"), (1, 0));
    // What was not counted is not counted later.
    world.says(bo, r#"{"do":"unblock","name":"ana"}"#);
    assert_eq!(counts(&mut world, "bo"), (1, 0));
    world.says(ana, r#"{"do":"post","room":"garden","n":3,"text":"@bo and now?"}"#);
    assert_eq!(counts(&mut world, "bo"), (2, 1));
    // Nor does any of it change when its author is gone.
    world.says(ana, r#"{"do":"delete_account","id":1,"password":"correct horse"}"#);
    assert_eq!(counts(&mut world, "bo"), (2, 1));
    adds_up(&world);
}

#[test]
fn a_group_says_nothing_of_who_has_blocked_its_maker() {
    let (mut world, [ana, bo, cy]) = garden();
    for other in ["bo", "cy"] {
        world.says(ana, &format!(r#"{{"do":"befriend","name":"{other}"}}"#));
    }
    [bo, cy].iter().for_each(|session| world.says(*session, r#"{"do":"befriend","name":"ana"}"#));
    world.says(bo, r#"{"do":"block","name":"ana"}"#);
    [ana, bo, cy].iter().for_each(|session| drop(world.lines(*session)));
    world.says(ana, r#"{"do":"group","id":1,"people":["bo","cy"]}"#);
    let heard = told(&mut world, ana);
    assert_eq!(
        heard,
        ["room ~3 from 1", "~3 1: ana created", "~3 2: ana invited bo", "~3 3: ana invited cy"]
    );
    assert_eq!(told(&mut world, bo), [""; 0]);
    assert_eq!(told(&mut world, cy), [r#"own 3: invited log=3 name="ana" room="~3""#]);
    adds_up(&world);
}

#[test]
fn reconnecting_wins_nobody_more_rooms() {
    let mut world = World::new();
    let mut refused = 0;
    for n in 0..VENTURES_BURST + 20 {
        let guest = world.enters("guest", "d", "{}");
        world.says(guest, &format!(r#"{{"do":"create","id":1,"room":"room{n}"}}"#));
        world.says(guest, &format!(r#"{{"do":"leave","id":2,"room":"room{n}"}}"#));
        refused +=
            usize::from(told(&mut world, guest).iter().any(|line| line.starts_with("refused SlowDown")));
        world.loses(guest);
    }
    assert_eq!(refused, 20);
    world.passes(VENTURE_MS);
    let guest = world.enters("guest", "d", "{}");
    world.says(guest, r#"{"do":"create","id":1,"room":"later"}"#);
    assert_eq!(last(&mut world, guest), "later 1: guest created");
}

#[test]
fn an_address_is_given_so_many_names_and_others_are_not_kept_out_by_it() {
    let mut world = World::new();
    let comes = |world: &mut World, address: [u8; 4], name: String| {
        world.address = Some(IpAddr::from(address));
        let session = world.enters(&name, "d", "{}");
        let heard = last(world, session);
        world.loses(session);
        heard
    };
    let mut heard: Vec<String> = Vec::new();
    for n in 0..110 {
        heard.push(comes(&mut world, [192, 0, 2, 1], format!("guest{n}")));
    }
    assert_eq!(heard.iter().filter(|heard| heard.starts_with("refused SlowDown")).count(), 10);
    assert!(comes(&mut world, [192, 0, 2, 2], "else".to_owned()).starts_with("welcome"));
    // Who has a name already comes in, from wherever.
    assert!(comes(&mut world, [192, 0, 2, 1], "guest7".to_owned()).starts_with("welcome"));
}

#[test]
fn searches_are_rationed_for_each_person() {
    let (mut world, [ana, bo, _]) = garden();
    for _ in 0..=SEARCHES_BURST {
        world.says(ana, r#"{"do":"search","id":1,"words":"tomatoes"}"#);
    }
    assert!(last(&mut world, ana).starts_with("refused SlowDown"));
    world.says(bo, r#"{"do":"search","id":1,"words":"tomatoes"}"#);
    assert!(!last(&mut world, bo).starts_with("refused"));
}

#[test]
fn strangers_do_not_use_up_the_conversations_of_somebody() {
    let mut world = World::new();
    let tom = registers(&mut world, "tom");
    for n in 0..=DIRECTS_BY_OTHERS_MAX {
        let stranger = world.enters(&format!("stranger{n}"), "d", "{}");
        world.says(stranger, r#"{"do":"direct","id":1,"name":"tom"}"#);
        let full = told(&mut world, stranger).contains(&"refused Full".to_owned());
        assert_eq!(full, n == DIRECTS_BY_OTHERS_MAX);
        world.loses(stranger);
    }
    let ana = registers(&mut world, "ana");
    world.lines(tom);
    world.says(tom, r#"{"do":"direct","id":1,"name":"ana"}"#);
    assert_ne!(last(&mut world, tom), "refused Full");
    assert!(last(&mut world, ana).contains("added ana"));
}

#[test]
fn nobody_fills_anothers_invitations_or_a_rooms_reports_alone() {
    let (mut world, [ana, bo, _]) = garden();
    for n in 0..=INVITATIONS_BY_ONE_MAX {
        world.says(ana, &format!(r#"{{"do":"create","room":"vault{n}","private":true}}"#));
        world.lines(ana);
        world.says(ana, &format!(r#"{{"do":"invite","id":1,"room":"~{}","name":"bo"}}"#, 3 + n));
        let full = told(&mut world, ana).contains(&"refused Full".to_owned());
        assert_eq!(full, n == INVITATIONS_BY_ONE_MAX);
    }
    for n in 1..=1 + REPORTS_BY_ONE_MAX as u64 {
        world.says(ana, &format!(r#"{{"do":"post","room":"garden","n":{n},"text":"post {n}"}}"#));
        world.lines(bo);
        world.says(bo, &format!(r#"{{"do":"report","id":1,"room":"garden","seq":{}}}"#, 3 + n));
        let full = told(&mut world, bo).contains(&"refused Full".to_owned());
        assert_eq!(full, n == 1 + REPORTS_BY_ONE_MAX as u64);
    }
    adds_up(&world);
}

#[test]
fn who_takes_back_his_words_does_not_take_back_the_report_of_them() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(bo, r#"{"do":"post","room":"garden","n":1,"text":"shouting"}"#);
    world.says(bo, r#"{"do":"post","room":"garden","n":2,"text":"more of it"}"#);
    for seq in [4, 5] {
        world.says(cy, &format!(r#"{{"do":"report","room":"garden","seq":{seq},"reason":"loud"}}"#));
    }
    world.says(bo, r#"{"do":"delete","room":"garden","seq":4}"#);
    world.lines(ana);
    world.says(ana, r#"{"do":"delete","room":"garden","seq":5}"#);
    let heard = world.lines(ana);
    assert!(heard.iter().any(|line| line.contains(r#""reports":1"#)), "{heard:?}");
    world.says(ana, r#"{"do":"reports","id":1,"room":"garden"}"#);
    let reports = world.lines(ana).pop().unwrap();
    assert!(reports.contains(r#""seq":4,"reason":"loud""#), "{reports}");
    adds_up(&world);
}

#[test]
fn leaving_and_coming_back_shortens_no_pause() {
    let (mut world, [ana, bo, _]) = garden();
    world.says(ana, r#"{"do":"slow","room":"garden","seconds":30}"#);
    world.says(bo, r#"{"do":"post","room":"garden","n":1,"text":"one"}"#);
    world.says(bo, r#"{"do":"leave","room":"garden"}"#);
    world.says(bo, r#"{"do":"join","room":"garden"}"#);
    world.lines(bo);
    world.says(bo, r#"{"do":"post","room":"garden","n":2,"text":"two"}"#);
    assert_eq!(last(&mut world, bo), "refused n=2 SlowMode");
    world.says(bo, r#"{"do":"topic","id":1,"room":"garden","text":"two"}"#);
    assert_eq!(last(&mut world, bo), "refused SlowMode");
    world.now.wall = world.now.wall.after(30_000);
    world.says(bo, r#"{"do":"topic","id":2,"room":"garden","text":"two"}"#);
    world.lines(bo);
    world.says(bo, r#"{"do":"post","room":"garden","n":3,"text":"three"}"#);
    assert_eq!(last(&mut world, bo), "refused n=3 SlowMode");
    adds_up(&world);
}

#[test]
fn a_link_is_worth_what_its_maker_has_to_say() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(ana, r#"{"do":"create","room":"vault","private":true}"#);
    world.says(ana, r#"{"do":"invite","room":"~3","name":"bo"}"#);
    world.says(bo, r#"{"do":"join","room":"~3"}"#);
    world.says(ana, r#"{"do":"role","room":"~3","name":"bo","role":"moderator"}"#);
    world.says(bo, &format!(r#"{{"do":"link","room":"~3","token":"{}"}}"#, token("link")));
    world.says(ana, r#"{"do":"role","room":"~3","name":"bo","role":"member"}"#);
    world.lines(cy);
    let join = format!(r#"{{"do":"join","id":1,"link":"{}"}}"#, token("link"));
    world.says(cy, &join);
    assert_eq!(told(&mut world, cy), ["refused BadLink"]);
    world.says(ana, r#"{"do":"role","room":"~3","name":"bo","role":"moderator"}"#);
    world.says(cy, &join);
    assert!(last(&mut world, cy).ends_with("cy joined"));
    adds_up(&world);
}

#[test]
fn a_server_is_not_left_without_an_administrator() {
    let mut world = World::new();
    let (ana, bo) = (registers(&mut world, "ana"), registers(&mut world, "bo"));
    world.says(ana, &format!(r#"{{"do":"claim","code":"{}"}}"#, claim_code().reveal()));
    let end = r#"{"do":"delete_account","id":1,"password":"correct horse"}"#;
    world.lines(ana);
    world.says(ana, end);
    assert_eq!(told(&mut world, ana), ["refused NotAllowed"]);
    world.says(ana, r#"{"do":"admin","name":"bo","on":true}"#);
    registers(&mut world, "cy");
    for whom in [r#""name":"cy""#, r#""address":"203.0.113.0/24""#] {
        world.says(ana, &format!(r#"{{"do":"server_ban",{whom},"reason":"words of the one who leaves"}}"#));
    }
    world.says(ana, end);
    assert_eq!(last(&mut world, ana), "goodbye erased");
    assert!(!world.disk_text().contains("the one who leaves"));
    adds_up(&world);
    world.says(bo, r#"{"do":"settings","id":2,"guests":false}"#);
    assert_eq!(last(&mut world, bo), "done");
}

#[test]
fn nobody_is_called_what_calls_all_or_sounds_of_rank() {
    let mut world = World::new();
    for name in ["room", "Admin", "ROOT", "аdmin", "moderator"] {
        let session = world.enters(name, "d", "{}");
        assert_ne!(last(&mut world, session).split(' ').next(), Some("welcome"), "{name}");
    }
    let session = world.enters("administrata", "d", "{}");
    assert!(last(&mut world, session).starts_with("welcome"));
}

#[test]
fn what_cannot_be_seen_is_not_said_and_no_password() {
    let (mut world, [ana, _, _]) = garden();
    for (line, refused) in [
        (r#"{"do":"post","room":"garden","n":1,"text":"\u200b\u2060"}"#, "refused n=1 EmptyText"),
        (r#"{"do":"react","id":1,"room":"garden","seq":2,"emoji":"\u202e👍"}"#, "refused BadRequest"),
        (r#"{"do":"password","id":2,"old":"correct horse","password":"        "}"#, "refused WeakPassword"),
    ] {
        world.says(ana, line);
        assert_eq!(told(&mut world, ana), [refused], "{line}");
    }
}

/// Eve, Tom and Uma in the garden, where `ties` are said first (0 is Eve, 1 is Tom); then something happens to Tom.
/// What Eve is told of it, and after how long.
fn eve_hears(ties: &[(usize, &str)], happens: impl Fn(&mut World, SessionId)) -> Vec<(u64, String)> {
    let mut world = World::new();
    let people = ["eve", "tom", "uma"].map(|name| registers(&mut world, name));
    world.says(people[2], r#"{"do":"create","room":"garden"}"#);
    world.says(people[2], r#"{"do":"create","room":"vault"}"#);
    for session in &people[..2] {
        world.says(*session, r#"{"do":"join","room":"garden"}"#);
        world.says(*session, r#"{"do":"join","room":"vault"}"#);
    }
    world.says(people[0], r#"{"do":"direct","name":"tom"}"#);
    for (who, line) in ties {
        world.says(people[*who], line);
    }
    world.passes(1_000);
    people.iter().for_each(|session| drop(world.lines(*session)));
    happens(&mut world, people[1]);
    let mut heard = Vec::new();
    for ms in 0..100 {
        heard.extend(world.lines(people[0]).into_iter().map(|line| (10 * ms, line)));
        world.passes(10);
    }
    heard
}

#[test]
fn a_block_looks_and_sounds_like_going_away() {
    let friends = [(0, r#"{"do":"befriend","name":"tom"}"#), (1, r#"{"do":"befriend","name":"eve"}"#)];
    let block = |world: &mut World, tom| world.says(tom, r#"{"do":"block","name":"eve"}"#);
    let hides = |world: &mut World, tom| world.says(tom, r#"{"do":"presence","mode":"invisible"}"#);
    let goes = |world: &mut World, tom| world.says(tom, r#"{"do":"bye"}"#);
    for ties in [&friends[..], &[]] {
        let blocked = eve_hears(ties, block);
        assert_eq!(blocked.len(), if ties.is_empty() { 3 } else { 4 }, "{blocked:#?}");
        assert_eq!(blocked, eve_hears(ties, hides));
        assert_eq!(blocked, eve_hears(ties, goes));
    }
    // Of somebody who is away already, nothing is told.
    let lines = |heard: Vec<(u64, String)>| heard.into_iter().map(|(_, line)| line).collect::<Vec<_>>();
    let away = |world: &mut World, tom: SessionId| {
        hides(world, tom);
        world.passes(300);
        block(world, tom);
    };
    assert_eq!(lines(eve_hears(&friends, away)), lines(eve_hears(&friends, hides)));
    // Whom he only asked, or was asked by, is told what a withdrawal tells.
    let withdraws = |world: &mut World, tom| {
        world.says(tom, r#"{"do":"unfriend","name":"eve"}"#);
        hides(world, tom);
    };
    let asked = [(1, r#"{"do":"befriend","name":"eve"}"#)];
    assert_eq!(eve_hears(&asked, block), eve_hears(&asked, withdraws));
    assert_eq!(eve_hears(&friends[..1], block), eve_hears(&friends[..1], hides));
}

#[test]
fn lifting_ones_own_block_does_not_show_whether_there_is_another() {
    let turns = |world: &mut World, eve: SessionId| {
        world.says(eve, r#"{"do":"block","name":"tom"}"#);
        world.passes(300);
        world.says(eve, r#"{"do":"unblock","name":"tom"}"#);
    };
    let hears = |hides: bool| {
        let mut world = World::new();
        let [eve, tom] = ["eve", "tom"].map(|name| registers(&mut world, name));
        world.says(eve, r#"{"do":"direct","name":"tom"}"#);
        for session in [eve, tom] {
            world.says(session, r#"{"do":"join","room":"lobby"}"#);
        }
        let line =
            if hides { r#"{"do":"presence","mode":"invisible"}"# } else { r#"{"do":"block","name":"eve"}"# };
        world.says(tom, line);
        world.passes(1_000);
        world.lines(eve);
        turns(&mut world, eve);
        world.passes(1_000);
        world.lines(eve)
    };
    assert_eq!(hears(true), hears(false));
}

#[test]
fn what_a_post_said_at_first_is_not_for_those_who_came_later() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(cy, r#"{"do":"leave","room":"garden"}"#);
    world.says(ana, r#"{"do":"post","room":"garden","n":1,"text":"former words"}"#);
    world.says(ana, r#"{"do":"edit","room":"garden","seq":5,"text":"final words"}"#);
    world.says(cy, r#"{"do":"join","room":"garden"}"#);
    world.says(bo, r#"{"do":"post","room":"garden","n":1,"text":"welcome back"}"#);
    let phone = signs_in(&mut world, "cy", "correct horse", "phone", r#","have":{"garden":0}"#);
    let heard = world.lines(phone).join("\n");
    assert!(heard.contains(r#"{"t":"skipped","room":"garden","from":1,"to":6}"#), "{heard}");
    assert!(heard.contains("welcome back") && !heard.contains("former"), "{heard}");
}

#[test]
fn a_ban_says_nothing_of_a_room_that_its_bearer_does_not_know() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(ana, r#"{"do":"create","room":"vault","private":true}"#);
    world.says(ana, r#"{"do":"invite","room":"~3","name":"cy"}"#);
    for name in ["bo", "cy"] {
        world.says(ana, &format!(r#"{{"do":"ban","room":"~3","name":"{name}","reason":"secret"}}"#));
    }
    world.lines(bo);
    world.lines(cy);
    world.says(bo, r#"{"do":"page","id":1,"room":"~3"}"#);
    assert_eq!(told(&mut world, bo), ["refused NoSuchRoom"]);
    world.says(cy, r#"{"do":"page","id":1,"room":"~3"}"#);
    assert_eq!(told(&mut world, cy), ["refused Banned"]);
    adds_up(&world);
}

#[test]
fn a_room_is_not_bound_to_an_owner_who_may_not_come_in() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(ana, r#"{"do":"role","room":"garden","name":"bo","role":"moderator"}"#);
    world.says(ana, &format!(r#"{{"do":"link","room":"garden","token":"{}"}}"#, token("link")));
    world.says(cy, &format!(r#"{{"do":"claim","code":"{}"}}"#, claim_code().reveal()));
    world.says(cy, r#"{"do":"server_ban","name":"ana"}"#);
    let di = registers(&mut world, "di");
    world.says(di, &format!(r#"{{"do":"join","id":1,"link":"{}"}}"#, token("link")));
    assert_eq!(last(&mut world, di), "refused BadLink");
    world.says(bo, r#"{"do":"owner","id":1,"room":"garden","name":"bo"}"#);
    assert!(last(&mut world, bo).ends_with("bo owner bo"));
    adds_up(&world);
}

#[test]
fn a_conversation_with_somebody_who_is_gone_can_be_ended() {
    let (mut world, [ana, bo, _]) = garden();
    world.says(bo, r#"{"do":"direct","name":"ana"}"#);
    world.says(bo, r#"{"do":"delete_account","id":1,"password":"correct horse"}"#);
    world.lines(ana);
    world.says(ana, r#"{"do":"leave","id":1,"room":"~3"}"#);
    assert!(told(&mut world, ana).contains(&"done".to_owned()));
    world.says(ana, r#"{"do":"page","id":2,"room":"~3"}"#);
    assert_eq!(last(&mut world, ana), "refused NoSuchRoom");
    adds_up(&world);
}

#[test]
fn guesses_from_ever_new_addresses_are_counted_for_the_name() {
    let mut world = World::new();
    registers(&mut world, "ana");
    let mut compared = 0;
    for round in 0..3u64 {
        for address in 0..200u8 {
            world.address = Some(IpAddr::from([198, 51, 100, address]));
            let session = signs_in(&mut world, "ana", "wrong horse", "x", "");
            compared += usize::from(last(&mut world, session) == "refused WrongPassword");
            world.loses(session);
        }
        world.passes(66_000 + round);
    }
    // Each address has one try a day; the name has 100 at once, and one a minute beyond: two until the last round.
    assert_eq!(compared, 202);
}

/// Nobody has seen the post yet, so its place is a guess; the guess is right, and the disk cannot say who said it.
#[test]
fn what_is_taken_away_before_it_is_on_disk_leaves_nothing_of_its_words() {
    let (mut world, [ana, bo, _]) = garden();
    world.disk_is(Disk::Busy);
    world.posts(bo, 1, "something else, which keeps the disk busy");
    world.says(bo, r#"{"do":"post","room":"garden","n":2,"text":"the words"}"#);
    let place = world.server.state().room_named(&"garden".parse().unwrap()).unwrap().1.head;
    for seq in [place.next().0, place.0] {
        world.says(ana, &format!(r#"{{"do":"delete","id":{seq},"room":"garden","seq":{seq}}}"#));
    }
    world.disk_is(Disk::Works);
    world.passes(1_000);
    let heard = told(&mut world, ana);
    assert!(heard.iter().any(|line| line.contains("deleted")), "{heard:?}");
    assert!(!world.disk_text().contains("the words"));
    adds_up(&world);
    world.restarts();
    adds_up(&world);
}
