//! Stories of people: accounts and their devices, friends and blocks, and who is seen.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::folk::{adds_up, garden, registers, signs_in, told};
use common::{Disk, World, claim_code, token};
use std::net::IpAddr;

#[test]
fn whoever_signs_in_comes_back_by_the_token_that_he_chose() {
    let mut world = World::new();
    registers(&mut world, "ana");
    let phone = signs_in(&mut world, "ana", "correct horse", "phone", "");
    assert_eq!(told(&mut world, phone), ["welcome ana n=0 rooms=0"]);
    world.loses(phone);
    let again = world.connects();
    let token = token("ana-phone");
    world.says(again, &format!(r#"{{"do":"enter","name":"ana","token":"{token}","device":"phone"}}"#));
    assert_eq!(told(&mut world, again), ["welcome ana n=0 rooms=0"]);
    // The token is the device's alone.
    let other = world.connects();
    world.says(other, &format!(r#"{{"do":"enter","name":"ana","token":"{token}","device":"d"}}"#));
    assert_eq!(told(&mut world, other), ["refused NameTaken"]);
}

#[test]
fn an_unknown_name_and_a_wrong_password_are_told_the_same_word_for_word() {
    let mut world = World::new();
    registers(&mut world, "ana");
    world.enters("guest", "d", "{}");
    let answers = ["ana", "nobody", "guest"].map(|name| {
        let session = signs_in(&mut world, name, "wrong horse", "x", "");
        world.lines(session).pop().unwrap()
    });
    assert!(answers[0].contains("wrong_password"), "{}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(world.outputs["compare"], 4, "each of them was compared, as the registering was hashed");
}

#[test]
fn a_revoked_device_is_hung_up_at_once_and_does_not_come_back() {
    let mut world = World::new();
    let desk = registers(&mut world, "ana");
    let phone = signs_in(&mut world, "ana", "correct horse", "phone", "");
    world.hears(phone);
    world.says(desk, r#"{"do":"revoke","id":1,"device":2}"#);
    assert_eq!(told(&mut world, phone), ["goodbye revoked"]);
    assert!(world.is_hung_up(phone));
    assert_eq!(told(&mut world, desk), ["done"]);
    let again = world.connects();
    let token = token("ana-phone");
    world.says(again, &format!(r#"{{"do":"enter","name":"ana","token":"{token}","device":"phone"}}"#));
    assert_eq!(told(&mut world, again), ["refused NameTaken"]);
}

#[test]
fn a_changed_password_ends_all_other_devices_and_is_nowhere_any_more() {
    let mut world = World::new();
    let desk = registers(&mut world, "ana");
    let phone = signs_in(&mut world, "ana", "correct horse", "phone", "");
    world.hears(phone);
    world.says(desk, r#"{"do":"password","id":1,"old":"correct horse","password":"battery staple"}"#);
    assert_eq!(told(&mut world, phone), ["goodbye revoked"]);
    assert_eq!(told(&mut world, desk), ["done"]);
    assert!(!world.disk_text().contains("correct horse"), "the old password's hash is erased");
    let old = signs_in(&mut world, "ana", "correct horse", "phone", "");
    assert_eq!(told(&mut world, old), ["refused WrongPassword"]);
    let new = signs_in(&mut world, "ana", "battery staple", "phone", "");
    assert_eq!(told(&mut world, new), ["welcome ana n=0 rooms=0"]);
    adds_up(&world);
}

#[test]
fn a_password_that_was_changed_while_it_was_compared_is_wrong() {
    let mut world = World::new();
    let desk = registers(&mut world, "ana");
    world.disk_is(Disk::Busy);
    world.says(desk, r#"{"do":"create","room":"attic"}"#);
    world.says(desk, r#"{"do":"password","old":"correct horse","password":"battery staple"}"#);
    let phone = signs_in(&mut world, "ana", "correct horse", "phone", "");
    world.disk_is(Disk::Works);
    assert_eq!(told(&mut world, phone), ["refused WrongPassword"]);
}

#[test]
fn a_guest_who_registers_keeps_his_rooms_and_his_other_devices_sign_in_anew() {
    let mut world = World::new();
    let desk = world.comes("ana");
    let phone = world.enters("ana", "phone", "{}");
    world.hears(phone);
    let fresh = token("fresh");
    world.says(desk, &format!(r#"{{"do":"register","id":1,"password":"correct horse","token":"{fresh}"}}"#));
    assert_eq!(told(&mut world, desk), ["done"]);
    assert_eq!(told(&mut world, phone), ["goodbye revoked"]);
    // What let the guest in is good no more, under whatever label.
    for device in ["d", "phone", "new"] {
        let session = world.enters("ana", device, "{}");
        assert_eq!(told(&mut world, session), ["refused NameTaken"]);
    }
    let again = world.connects();
    world.says(again, &format!(r#"{{"do":"enter","name":"ana","token":"{fresh}","device":"d"}}"#));
    assert_eq!(told(&mut world, again), ["welcome ana n=0 rooms=1", "room lobby from 3"]);
}

#[test]
fn a_one_time_code_is_good_once_and_so_is_a_recovery_code() {
    let mut world = World::new();
    let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    let code = |world: &World| sala_core::totp::code_at(secret, world.now.wall).unwrap();
    let desk = registers(&mut world, "ana");
    let first = code(&world);
    world.says(
        desk,
        &format!(
            r#"{{"do":"totp","id":1,"password":"correct horse","secret":"{secret}","code":"{first}","recovery":["recovery-code-one-1"]}}"#
        ),
    );
    assert_eq!(told(&mut world, desk), ["done"]);
    let enters = |world: &mut World, code: &str| {
        let session = signs_in(world, "ana", "correct horse", "phone", code);
        told(world, session)
    };
    assert_eq!(enters(&mut world, ""), ["refused CodeNeeded"]);
    let used = format!(r#","code":"{first}""#);
    assert_eq!(enters(&mut world, &used), ["refused WrongCode"], "it was used to turn codes on");
    world.now.wall.0 += 30_000;
    let next = format!(r#","code":"{}""#, code(&world));
    assert_eq!(enters(&mut world, &next), ["welcome ana n=0 rooms=0"]);
    assert_eq!(enters(&mut world, &next), ["refused WrongCode"]);
    let recovery = r#","code":"Recovery code ONE-1""#;
    assert_eq!(enters(&mut world, recovery), ["welcome ana n=0 rooms=0"]);
    assert_eq!(enters(&mut world, recovery), ["refused WrongCode"]);
    world.says(desk, r#"{"do":"totp_off","id":2,"password":"correct horse"}"#);
    assert!(!world.disk_text().contains(secret), "the secret is erased");
    adds_up(&world);
}

#[test]
fn wrong_passwords_are_limited_and_their_owner_is_not_locked_out() {
    let mut world = World::new();
    world.address = Some(IpAddr::from([192, 0, 2, 1]));
    let owner = registers(&mut world, "ana");
    let mut tries = |address: [u8; 4], password: &str| {
        world.address = Some(IpAddr::from(address));
        let session = signs_in(&mut world, "ana", password, "phone", "");
        told(&mut world, session).pop().unwrap()
    };
    let first: Vec<String> = (0..6).map(|_| tries([198, 51, 100, 7], "wrong horse")).collect();
    assert!(first[..5].iter().all(|line| line == "refused WrongPassword"), "{first:?}");
    assert_eq!(first[5], "refused SlowDown, again in 60000");
    // However many others try, whoever has not tried yet has his try.
    for address in 0..60 {
        for _ in 0..3 {
            tries([203, 0, 113, address], "wrong horse");
        }
    }
    assert!(tries([203, 0, 113, 0], "wrong horse").starts_with("refused SlowDown"));
    assert_eq!(tries([192, 0, 2, 77], "correct horse"), "welcome ana n=0 rooms=0");
    assert!(!world.is_hung_up(owner));
    world.loses(owner);
    let back = world.enters("ana", "d", "{}");
    assert_eq!(told(&mut world, back), ["welcome ana n=0 rooms=0"]);
}

#[test]
fn a_right_password_costs_no_try() {
    let mut world = World::new();
    world.address = Some(IpAddr::from([192, 0, 2, 1]));
    registers(&mut world, "ana");
    for _ in 0..30 {
        let session = signs_in(&mut world, "ana", "correct horse", "phone", "");
        assert_eq!(told(&mut world, session), ["welcome ana n=0 rooms=0"]);
    }
}

#[test]
fn a_blocked_person_sees_what_he_would_see_of_somebody_who_never_answers() {
    let (mut world, [ana, bo, _]) = garden();
    let everything = |world: &mut World, blocks: bool| {
        if blocks {
            world.says(ana, r#"{"do":"block","name":"bo"}"#);
        } else {
            // Somebody who is away and does not answer.
            world.loses(ana);
        }
        world.passes(1_000);
        let mut heard = world.hears(bo);
        heard.clear();
        for line in [
            r#"{"do":"befriend","id":1,"name":"ana"}"#,
            r#"{"do":"friends","id":2}"#,
            r#"{"do":"direct","id":3,"name":"ana"}"#,
            r#"{"do":"post","room":"~3","n":1,"text":"are you there?"}"#,
            r#"{"do":"who","id":4,"room":"garden"}"#,
            r#"{"do":"create","id":5,"room":"attic"}"#,
            r#"{"do":"invite","id":6,"room":"attic","name":"ana"}"#,
            r#"{"do":"group","id":7,"people":["ana"]}"#,
            r#"{"do":"unfriend","id":8,"name":"ana"}"#,
        ] {
            world.says(bo, line);
            world.passes(1_000);
            heard.extend(world.lines(bo));
        }
        heard
    };
    let blocked = everything(&mut world, true);
    let (mut other, [_, other_bo, _]) = garden();
    assert_eq!(other_bo, bo);
    assert_eq!(blocked, everything(&mut other, false));
    let anas = told(&mut world, ana);
    assert!(
        anas.iter().all(|line| !line.contains("are you there") && !line.contains("asked_by")),
        "{anas:?}"
    );
    assert!(anas.iter().all(|line| !line.contains("invited") && !line.contains("room ~")), "{anas:?}");
    // What was said meanwhile is there once the block is lifted.
    world.says(ana, r#"{"do":"unblock","id":9,"name":"bo"}"#);
    let anas = told(&mut world, ana);
    assert!(anas.contains(&"room ~3 from 4".to_owned()), "{anas:?}");
    world.says(ana, r#"{"do":"page","id":10,"room":"~3"}"#);
    assert_eq!(told(&mut world, ana).pop().unwrap(), "page ~3 [1, 2, 3] damaged [] more=false");
    adds_up(&world);
}

#[test]
fn who_does_not_want_to_be_seen_is_not() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(ana, r#"{"do":"befriend","name":"bo"}"#);
    world.says(bo, r#"{"do":"befriend","name":"ana"}"#);
    world.passes(1_000);
    [ana, bo, cy].iter().for_each(|session| drop(world.lines(*session)));
    world.says(ana, r#"{"do":"presence","mode":"busy","status":"writing","audience":"friends"}"#);
    world.passes(1_000);
    assert_eq!(told(&mut world, bo), ["presence garden -ana", "friend +ana Busy writing"]);
    assert_eq!(told(&mut world, cy), ["presence garden -ana"]);
    world.says(bo, r#"{"do":"who","room":"garden"}"#);
    assert_eq!(
        told(&mut world, bo),
        ["who garden -ana +bo +cy more=false"],
        "in the room she is seen by nobody, whoever asks and when"
    );
    world.says(cy, r#"{"do":"who","room":"garden"}"#);
    assert_eq!(told(&mut world, cy), ["who garden -ana +bo +cy more=false"]);
    world.says(ana, r#"{"do":"presence","mode":"invisible"}"#);
    world.passes(1_000);
    assert_eq!(told(&mut world, bo), ["friend -ana Online"]);
    world.loses(ana);
    world.passes(1_000);
    assert_eq!(told(&mut world, bo), Vec::<String>::new(), "whoever was not seen does not go");
}

#[test]
fn of_two_who_become_friends_each_is_told_that_the_other_is_here() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(ana, r#"{"do":"befriend","name":"bo"}"#);
    [ana, bo, cy].iter().for_each(|session| drop(world.lines(*session)));
    world.says(bo, r#"{"do":"befriend","name":"ana"}"#);
    // After the note that says what they are, since who is told so earlier has nobody yet to show as here.
    assert_eq!(told(&mut world, ana), [r#"own 2: friend name="bo" whom=2"#, "friend +bo Online"]);
    assert_eq!(told(&mut world, bo), [r#"own 2: friend name="ana" whom=1"#, "friend +ana Online"]);
}

#[test]
fn who_looks_while_somebody_is_gone_for_a_moment_is_told_that_he_is_back() {
    let (mut world, [ana, bo, cy]) = garden();
    world.says(ana, r#"{"do":"befriend","name":"bo"}"#);
    world.says(bo, r#"{"do":"befriend","name":"ana"}"#);
    world.passes(1_000);
    world.loses(ana);
    [bo, cy].iter().for_each(|session| drop(world.lines(*session)));
    world.says(bo, r#"{"do":"friends"}"#);
    world.says(cy, r#"{"do":"who","room":"garden"}"#);
    assert_eq!(told(&mut world, cy), ["who garden -ana +bo +cy more=false"]);
    world.enters("ana", "d", "{}");
    world.passes(1_000);
    assert!(told(&mut world, cy).contains(&"presence garden +ana".to_owned()));
    assert!(told(&mut world, bo).contains(&"friend +ana Online".to_owned()));
}

#[test]
fn a_full_disk_lets_devices_in_that_were_not_seen_today() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.loses(ana);
    world.disk_is(Disk::Full);
    let bo = world.enters("bo", "d", "{}");
    assert!(told(&mut world, bo).contains(&"goodbye storage_full".to_owned()));
    world.now.wall.0 += 2 * 24 * 3_600_000;
    let ana = world.enters("ana", "d", "{}");
    assert_eq!(told(&mut world, ana), ["welcome ana n=0 rooms=1", "room lobby from 3"]);
}

#[test]
fn the_claim_code_makes_one_administrator_once() {
    let (mut world, [ana, bo, _]) = garden();
    let claim = format!(r#"{{"do":"claim","id":1,"code":"{}"}}"#, claim_code().reveal());
    world.says(ana, &claim);
    assert_eq!(told(&mut world, ana), ["done"]);
    world.says(bo, &claim);
    assert_eq!(told(&mut world, bo), ["refused WrongCode"]);
    world.says(ana, r#"{"do":"reset","id":2,"name":"bo","code":"a-code-for-bo-and-no-other"}"#);
    assert_eq!(told(&mut world, ana), ["done"]);
    let session = world.connects();
    let token = token("new");
    world.says(session, &format!(r#"{{"do":"recover","name":"bo","code":"A CODE for bo and no other","password":"battery staple","token":"{token}","device":"new"}}"#));
    assert_eq!(told(&mut world, bo), ["goodbye revoked"]);
    assert_eq!(told(&mut world, session), ["welcome bo n=0 rooms=1", "room garden from 4"]);
    adds_up(&world);
}

#[test]
fn a_place_that_was_never_told_is_no_place_to_go_on_from() {
    let mut world = World::new();
    let ana = world.comes("ana");
    world.says(ana, r#"{"do":"export","id":1,"after":9223372036854775808}"#);
    world.says(ana, r#"{"do":"search","id":2,"words":"hello","before":18446744073709551615}"#);
    let refused = ["refused BadRequest", "refused BadRequest"];
    assert_eq!(world.hears(ana), refused);
}
