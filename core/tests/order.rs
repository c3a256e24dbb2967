//! Stories of rooms: who is put out, who owns them, and what is left of what is erased.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::folk::{adds_up, garden, signs_in, told};
use common::{Disk, World, claim_code, token};

#[test]
fn what_was_deleted_is_gone_from_the_disk_and_sent_again_it_is_known() {
    let (mut world, [ana, bo, _]) = garden();
    world.says(ana, r#"{"do":"post","room":"garden","n":1,"text":"my secret words"}"#);
    world.says(ana, r#"{"do":"edit","room":"garden","seq":4,"text":"my secret thoughts"}"#);
    world.says(bo, r#"{"do":"delete","id":1,"room":"garden","seq":4}"#);
    assert!(world.disk_text().contains("secret"));
    world.says(ana, r#"{"do":"delete","id":2,"room":"garden","seq":4}"#);
    assert!(!world.disk_text().contains("secret"));
    world.hears(ana);
    world.says(ana, r#"{"do":"post","room":"garden","n":1,"text":"my secret words"}"#);
    assert_eq!(told(&mut world, ana), ["stored garden n=1 at 4"]);
    world.says(ana, r#"{"do":"delete","id":3,"room":"garden","seq":4}"#);
    assert_eq!(told(&mut world, ana), ["refused NoSuchPost"]);
    adds_up(&world);
}

#[test]
fn of_whoever_deletes_his_account_nothing_is_left_and_all_goes_on() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(ana, r#"{"do":"post","room":"garden","n":1,"text":"words of the one who leaves"}"#);
    world.says(ana, r#"{"do":"edit","room":"garden","seq":4,"text":"better words of the one who leaves"}"#);
    world.says(ana, r#"{"do":"befriend","name":"bo","note":"a note of the one who leaves"}"#);
    world.says(ana, r#"{"do":"direct","name":"bo"}"#);
    world.says(ana, r#"{"do":"post","room":"~3","n":2,"text":"whispers of the one who leaves"}"#);
    world.says(ana, r#"{"do":"presence","mode":"away","status":"status of the one who leaves"}"#);
    world.says(ana, r#"{"do":"mute","room":"garden","name":"cy","reason":"reasons of the one who leaves"}"#);
    world.says(bo, r#"{"do":"block","name":"ana"}"#);
    world.says(cy, r#"{"do":"befriend","name":"ana","note":"from cy"}"#);
    // An invitation to somebody else that the one who leaves takes back stays taken back.
    world.says(ana, r#"{"do":"create","room":"vault","private":true}"#);
    world.says(ana, r#"{"do":"invite","room":"~4","name":"cy"}"#);
    world.says(cy, r#"{"do":"join","room":"~4"}"#);
    world.says(ana, r#"{"do":"role","room":"~4","name":"cy","role":"moderator"}"#);
    world.says(cy, r#"{"do":"invite","room":"~4","name":"bo"}"#);
    world.says(ana, r#"{"do":"uninvite","room":"~4","name":"bo"}"#);
    world.says(ana, r#"{"do":"invite","room":"garden","name":"bo"}"#);
    [ana, bo, cy].iter().for_each(|session| drop(world.lines(*session)));
    world.says(ana, r#"{"do":"delete_account","id":1,"password":"correct horse"}"#);
    assert_eq!(told(&mut world, ana).last().unwrap(), "goodbye erased");
    let disk = world.disk_text();
    assert!(!disk.contains("the one who leaves"), "{disk}");
    assert!(!disk.contains(r#""author":"ana""#), "{disk}");
    adds_up(&world);
    // The room is given on, and whoever had waited is told.
    let heard = told(&mut world, bo);
    assert!(heard.contains(&"garden 8: sala owner bo".to_owned()), "{heard:?}");
    let again = world.enters("ana", "x", "{}");
    assert_eq!(told(&mut world, again), ["refused NameTaken"], "the name is kept for a while");
    world.now.wall.0 += 30 * 24 * 3_600_000;
    let again = world.enters("ana", "x", "{}");
    assert_eq!(told(&mut world, again), ["welcome ana n=0 rooms=0"]);
    adds_up(&world);
}

#[test]
fn a_closed_room_is_erased_and_its_name_is_free_but_its_key_is_not() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(bo, r#"{"do":"post","room":"garden","n":1,"text":"words in the garden"}"#);
    world.says(ana, r#"{"do":"topic","room":"garden","text":"topics in the garden"}"#);
    world.hears(cy);
    world.says(ana, r#"{"do":"close","id":1,"room":"garden"}"#);
    assert_eq!(told(&mut world, cy), ["garden 6: ana closed"]);
    assert!(!world.disk_text().contains("in the garden"));
    world.says(cy, r#"{"do":"create","id":2,"room":"garden"}"#);
    assert_eq!(told(&mut world, cy), ["room ~3 from 1", "~3 1: cy created"]);
    world.hears(bo);
    world.says(bo, r#"{"do":"join","room":"garden"}"#);
    assert_eq!(told(&mut world, bo), ["room ~3 from 2", "~3 2: bo joined"]);
    adds_up(&world);
}

/// Nothing is left that says what a room was called whose key is another's name.
#[test]
fn of_what_went_with_a_room_that_had_anothers_name_nobody_says_that_it_was_not_stored() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(ana, r#"{"do":"close","id":1,"room":"garden"}"#);
    world.says(cy, r#"{"do":"create","id":2,"room":"garden"}"#);
    world.says(bo, r#"{"do":"join","room":"garden"}"#);
    world.says(bo, r#"{"do":"post","room":"garden","n":1,"text":"words"}"#);
    assert_eq!(told(&mut world, bo).last().unwrap(), "~3 3: bo says words");
    world.says(cy, r#"{"do":"close","id":3,"room":"garden"}"#);
    world.hears(bo);
    world.says(bo, r#"{"do":"post","room":"garden","n":1,"text":"words"}"#);
    assert_eq!(told(&mut world, bo), ["refused n=1 NumberReused, fate unknown"]);
    world.says(bo, r#"{"do":"post","room":"~3","n":1,"text":"words"}"#);
    assert_eq!(told(&mut world, bo), ["stored ~3 n=1 at 3"]);
}

#[test]
fn whoever_is_put_out_reads_up_to_that_and_nothing_after_it() {
    let (mut world, [ana, bo, cy]) = garden();
    world.disk_is(Disk::Stalls);
    world.says(ana, r#"{"do":"post","room":"garden","n":1,"text":"before"}"#);
    world.says(ana, r#"{"do":"ban","id":1,"room":"garden","name":"bo","reason":"noise"}"#);
    world.says(ana, r#"{"do":"post","room":"garden","n":2,"text":"after"}"#);
    world.disk_is(Disk::Works);
    let bos = told(&mut world, bo);
    assert_eq!(
        bos,
        [
            "garden 4: ana says before",
            "garden 5: ana banned bo",
            r#"own 1: put_out banned=true log=2 reason="noise" room="garden""#
        ]
    );
    assert!(told(&mut world, cy).contains(&"garden 6: ana says after".to_owned()));
    for line in [
        r#"{"do":"page","id":1,"room":"garden"}"#,
        r#"{"do":"join","id":2,"room":"garden"}"#,
        r#"{"do":"search","id":3,"words":"after","room":"garden"}"#,
        r#"{"do":"who","id":4,"room":"garden"}"#,
    ] {
        world.says(bo, line);
        assert_eq!(told(&mut world, bo), ["refused Banned"], "{line}");
    }
    world.says(bo, r#"{"do":"search","id":5,"words":"after"}"#);
    assert_eq!(told(&mut world, bo), [r#"{"t":"found","id":5,"posts":[]}"#]);
    // Nor by another device, or by coming back.
    let phone = signs_in(&mut world, "bo", "correct horse", "phone", r#","have":{"garden":0}"#);
    assert_eq!(told(&mut world, phone), ["welcome bo n=0 rooms=0"]);
}

#[test]
fn unread_and_mentions_are_counted_for_all_devices_alike() {
    let (mut world, [ana, bo, _]) = garden();
    for (n, text) in (1..).zip(["one", "hello @bo", "three", "@room all of you", "five @bo."]) {
        world.says(ana, &format!(r#"{{"do":"post","room":"garden","n":{n},"text":"{text}"}}"#));
    }
    world.says(ana, r#"{"do":"delete","room":"garden","seq":6}"#);
    let counts = |world: &mut World, device: &str| {
        let phone = signs_in(world, "bo", "correct horse", device, "");
        let line = world.lines(phone).pop().unwrap();
        let room: serde_json::Value = serde_json::from_str(&line).unwrap();
        (
            room["read"].as_u64().unwrap(),
            room["unread"].as_u64().unwrap_or(0),
            room["mentions"].as_u64().unwrap_or(0),
        )
    };
    assert_eq!(counts(&mut world, "phone"), (2, 4, 3));
    world.hears(bo);
    world.says(bo, r#"{"do":"read","id":1,"room":"garden","seq":7}"#);
    assert_eq!(told(&mut world, bo), ["done", r#"own 1: read log=2 room="garden" upto=7"#]);
    assert_eq!(counts(&mut world, "phone"), (7, 1, 1));
    world.says(bo, r#"{"do":"post","room":"garden","n":1,"text":"I have read it"}"#);
    assert_eq!(counts(&mut world, "tablet"), (10, 0, 0));
    adds_up(&world);
}

#[test]
fn a_room_is_never_without_an_owner_while_somebody_is_in_it() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(ana, r#"{"do":"role","room":"garden","name":"cy","role":"moderator"}"#);
    world.says(ana, r#"{"do":"leave","room":"garden"}"#);
    let heard = told(&mut world, bo);
    assert_eq!(heard, ["garden 4: ana role cy", "garden 5: ana left", "garden 6: sala owner cy"]);
    world.says(cy, r#"{"do":"owner","id":1,"room":"garden","name":"bo"}"#);
    world.says(cy, r#"{"do":"kick","id":2,"room":"garden","name":"bo"}"#);
    assert_eq!(told(&mut world, cy).pop().unwrap(), "refused NotAllowed");
    world.says(bo, r#"{"do":"leave","room":"garden"}"#);
    world.says(cy, r#"{"do":"leave","room":"garden"}"#);
    world.says(ana, r#"{"do":"join","room":"garden"}"#);
    world.hears(ana);
    world.says(ana, r#"{"do":"archive","id":3,"room":"garden","on":true}"#);
    assert_eq!(told(&mut world, ana), ["done", "garden 12: ana archived"]);
    adds_up(&world);
}

#[test]
fn a_link_lets_in_as_many_as_it_says_and_for_as_long() {
    let (mut world, [ana, bo, cy]) = garden();
    let link = token("link");
    world.says(ana, r#"{"do":"create","room":"vault","private":true}"#);
    world.says(ana, &format!(r#"{{"do":"link","id":1,"room":"~3","token":"{link}","hours":1,"uses":1}}"#));
    world.hears(bo);
    world.hears(cy);
    let join = format!(r#"{{"do":"join","id":2,"link":"{link}"}}"#);
    world.says(bo, &join);
    assert_eq!(told(&mut world, bo), ["room ~3 from 3", "~3 3: bo joined"]);
    world.says(cy, &join);
    assert_eq!(told(&mut world, cy), ["refused BadLink"]);
    let other = token("other link");
    world.says(
        ana,
        &format!(r#"{{"do":"link","id":3,"room":"~3","token":"{}","hours":1}}"#, other.replace(' ', "-")),
    );
    world.now.wall.0 += 3_600_000;
    world.says(cy, &join.replace(&link, &other.replace(' ', "-")));
    assert_eq!(told(&mut world, cy), ["refused BadLink"]);
    adds_up(&world);
}

#[test]
fn whoever_is_banned_from_the_server_is_gone_at_once_and_comes_back_when_it_ends() {
    let (mut world, [ana, bo, _]) = garden();
    world.says(ana, &format!(r#"{{"do":"claim","id":1,"code":"{}"}}"#, claim_code().reveal()));
    world.says(ana, r#"{"do":"server_ban","id":2,"name":"bo","minutes":10,"reason":"spam"}"#);
    assert_eq!(told(&mut world, bo).pop().unwrap(), "goodbye banned");
    let again = world.enters("bo", "d", "{}");
    assert_eq!(told(&mut world, again), ["refused Banned"]);
    let again = signs_in(&mut world, "bo", "correct horse", "d", "");
    assert_eq!(told(&mut world, again), ["refused Banned"]);
    world.now.wall.0 += 600_000;
    let again = world.enters("bo", "d", "{}");
    assert_eq!(told(&mut world, again), ["welcome bo n=0 rooms=1", "room garden from 4"]);
    // And from an address.
    world.address = Some("203.0.113.9".parse().unwrap());
    let guest = world.enters("gil", "d", "{}");
    world.hears(guest);
    world.says(ana, r#"{"do":"server_ban","id":3,"address":"203.0.113.0/24","minutes":10}"#);
    assert_eq!(told(&mut world, guest).pop().unwrap(), "goodbye banned");
    let again = world.enters("gil", "d", "{}");
    assert_eq!(told(&mut world, again), ["refused Banned"]);
    adds_up(&world);
}

#[test]
fn slow_mode_binds_members_and_not_moderators() {
    let (mut world, [ana, bo, _]) = garden();
    world.says(ana, r#"{"do":"slow","room":"garden","seconds":30}"#);
    world.hears(bo);
    for (n, text) in [(1, "one"), (2, "two")] {
        world.says(bo, &format!(r#"{{"do":"post","room":"garden","n":{n},"text":"{text}"}}"#));
    }
    assert_eq!(told(&mut world, bo), ["garden 5: bo says one", "refused n=2 SlowMode"]);
    world.now.wall.0 += 30_000;
    world.says(bo, r#"{"do":"post","room":"garden","n":3,"text":"three"}"#);
    assert_eq!(told(&mut world, bo), ["garden 6: bo says three"]);
    world.hears(ana);
    world.says(ana, r#"{"do":"post","room":"garden","n":1,"text":"x"}"#);
    world.says(ana, r#"{"do":"post","room":"garden","n":2,"text":"y"}"#);
    assert_eq!(told(&mut world, ana), ["garden 7: ana says x", "garden 8: ana says y"]);
}

#[test]
fn a_checkpoint_that_holds_what_was_erased_is_replaced_at_once_and_then_once_a_minute() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(bo, r#"{"do":"delete_account","password":"correct horse"}"#);
    let kept = |world: &World| String::from_utf8(world.checkpoint.clone().unwrap().1).unwrap();
    assert!(!kept(&world).contains(r#""bo""#) && kept(&world).contains(r#""cy""#));
    world.says(cy, r#"{"do":"delete_account","password":"correct horse"}"#);
    assert!(kept(&world).contains(r#""cy""#), "it is as large as the state, and not written for each");
    world.passes(60_000);
    assert!(!kept(&world).contains(r#""cy""#));
    drop(world.lines(ana));
    adds_up(&world);
}
