//! Stories of how clients come in: by what, what becomes of it when an answer is lost, and what is shown of it.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::seats::{
    asks, breaks, brings, config, name, password, people, registering, seat, secret, signing_in,
};
use common::{Disk, World, claim_code};
use sala_core::client::{Config, Credential, Event, Input, Link, User};
use sala_core::limits::{BACKOFF_MS_MAX, FORMER_DEVICES_MAX};
use sala_core::protocol::{Hello, Request, Update};
use sala_core::refusal::Fate;
use sala_core::secret::OnceCode;
use sala_core::totp;

const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// By which requests a client came in, or tried to.
fn arrivals(world: &World, seat: usize) -> Vec<&'static str> {
    let word = |request: &Request| match request {
        Request::Enter(_) => Some("enter"),
        Request::SignIn { .. } => Some("sign_in"),
        Request::Register { .. } => Some("register"),
        Request::Recover { .. } => Some("recover"),
        _ => None,
    };
    world.guests[seat].asked.iter().filter_map(word).collect()
}

fn closed_by(world: &World, seat: usize) -> &str {
    match world.link(seat) {
        Link::Closed { code, .. } => code,
        link => panic!("the link is not closed: {link:?}"),
    }
}

#[test]
fn whoever_registered_comes_back_by_his_token() {
    let (mut world, [ana]) = people(["ana"]);
    breaks(&mut world, ana);
    assert_eq!((world.link(ana), arrivals(&world, ana)), (&Link::Online, vec!["register", "enter"]));
    assert!(world.guests[ana].client.model().account);
}

#[test]
fn a_credential_whose_answer_was_lost_is_used_once_and_lets_in() {
    let (mut world, [ana, boss, _]) = people(["ana", "boss", "di"]);
    asks(&mut world, boss, Request::Claim { code: claim_code() });
    let code = OnceCode::new("reset-reset-reset-reset").unwrap();
    for who in ["ana", "di"] {
        asks(&mut world, boss, Request::Reset { name: name(who), code: code.clone() });
    }
    let one_time = totp::code_at(SECRET, world.now.wall).unwrap();
    let (secret, recovery) = (SECRET.to_owned(), Vec::new());
    let totp = Request::Totp { password: password("correct horse"), secret, code: one_time, recovery };
    asks(&mut world, ana, totp);
    world.now.wall = world.now.wall.after(60_000);
    let one_time = totp::code_at(SECRET, world.now.wall);
    let recovering = Credential::Recover { code, password: password("battery staple") };
    for (name, device, credential, arrived) in [
        ("cy", "d", registering(), vec!["register", "register", "enter"]),
        ("ana", "e", signing_in(one_time), vec!["sign_in", "sign_in", "enter"]),
        ("di", "f", recovering, vec!["recover", "recover", "sign_in"]),
    ] {
        world.disk_is(Disk::Stalls);
        let seat = brings(&mut world, name, device, credential);
        world.cuts(seat, true);
        world.disk_is(Disk::Works);
        world.passes(2 * BACKOFF_MS_MAX);
        assert_eq!((world.link(seat), arrivals(&world, seat)), (&Link::Online, arrived));
        assert!(world.guests[seat].client.model().account);
    }
}

#[test]
fn a_recovery_lets_nobody_past_one_time_codes() {
    let (mut world, [ana, boss]) = people(["ana", "boss"]);
    asks(&mut world, boss, Request::Claim { code: claim_code() });
    let one_time = totp::code_at(SECRET, world.now.wall).unwrap();
    let (secret, recovery) = (SECRET.to_owned(), Vec::new());
    let totp = Request::Totp { password: password("correct horse"), secret, code: one_time, recovery };
    asks(&mut world, ana, totp);
    for (text, lost) in [("reset-reset-reset-reset", false), ("other-other-other-other", true)] {
        let code = OnceCode::new(text).unwrap();
        asks(&mut world, boss, Request::Reset { name: name("ana"), code: code.clone() });
        let recovering = Credential::Recover { code, password: password("battery staple") };
        if lost {
            world.disk_is(Disk::Stalls);
        }
        let seat = brings(&mut world, "ana", "f", recovering);
        if lost {
            world.cuts(seat, true);
            world.disk_is(Disk::Works);
            world.passes(2 * BACKOFF_MS_MAX);
        }
        assert_eq!(closed_by(&world, seat), "code_needed");
        // The new password is good, with a code.
        world.now.wall = world.now.wall.after(60_000);
        let code = totp::code_at(SECRET, world.now.wall);
        let credential = Credential::Password { password: password("battery staple"), code };
        let seat = brings(&mut world, "ana", "f", credential);
        assert_eq!(*world.link(seat), Link::Online);
    }
}

#[test]
fn a_credential_that_never_arrived_makes_no_guest() {
    for (credential, link, arrived) in [
        (registering(), "", vec!["register", "register"]),
        (signing_in(None), "wrong_password", vec!["sign_in", "sign_in"]),
        (
            Credential::Recover {
                code: OnceCode::new("reset-reset-reset-reset").unwrap(),
                password: password("battery staple"),
            },
            "wrong_code",
            vec!["recover", "recover", "sign_in"],
        ),
    ] {
        let mut world = World::new();
        let ana = seat(&mut world, config("ana", "d", credential));
        // The line is lost with the connection.
        let now = world.now;
        let client = &mut world.guests[ana].client;
        client.handle(Input::Started, now);
        client.handle(Input::Opened, now);
        client.handle(Input::Told(Ok(Update::Hello(Hello::ours()))), now);
        while client.poll().is_some() {}
        client.handle(Input::Lost { random: 0, why: "it broke".to_owned() }, now);
        world.guests[ana].asked.push(Request::Ping);
        world.wants(ana, User::DialNow);
        let person = world.server.state().directory().holder(&name("ana"));
        if link.is_empty() {
            assert!(*world.link(ana) == Link::Online && world.guests[ana].client.model().account);
        } else {
            assert_eq!((closed_by(&world, ana), person), (link, None));
        }
        assert_eq!(arrivals(&world, ana), arrived[1..]);
    }
}

#[test]
fn a_refusal_says_what_is_wanting_and_it_can_be_given() {
    let (mut world, [ana]) = people(["ana"]);
    let code = totp::code_at(SECRET, world.now.wall).unwrap();
    let (secret, recovery) = (SECRET.to_owned(), Vec::new());
    asks(&mut world, ana, Request::Totp { password: password("correct horse"), secret, code, recovery });
    let phone = brings(
        &mut world,
        "ana",
        "phone",
        Credential::Password { password: password("battery staple"), code: None },
    );
    assert_eq!(closed_by(&world, phone), "wrong_password");
    world.wants(phone, comes_in(None));
    assert_eq!(closed_by(&world, phone), "code_needed");
    world.now.wall = world.now.wall.after(60_000);
    let code = totp::code_at(SECRET, world.now.wall);
    world.wants(phone, comes_in(code));
    assert_eq!(*world.link(phone), Link::Online);
    let taken = brings(&mut world, "ana", "tablet", registering());
    assert_eq!((closed_by(&world, taken), arrivals(&world, taken).len()), ("name_taken", 1));
}

/// Ana's phone has said something, and never heard what became of it.
fn a_phone_that_is_in_doubt() -> (World, usize, usize) {
    let (mut world, [ana]) = people(["ana"]);
    let phone = brings(&mut world, "ana", "phone", signing_in(None));
    world.disk_is(Disk::Stalls);
    world.guest_says(phone, "one");
    world.cuts(phone, false);
    world.disk_is(Disk::Works);
    world.happened(phone);
    (world, ana, phone)
}

/// Ana shuts a device out.
fn shuts_out(world: &mut World, ana: usize, other: usize) {
    let device = world.guests[other].client.model().device;
    asks(world, ana, Request::Revoke { device });
}

/// The phone signs in again, under a fresh token.
fn comes_in(code: Option<String>) -> User {
    User::ComeIn { credential: signing_in(code), token: secret("fresh") }
}

fn said(world: &World) -> Vec<String> {
    world.lobby().iter().filter_map(|line| Some(line.split_once(" says ")?.1.to_owned())).collect()
}

#[test]
fn what_was_on_its_way_when_its_device_was_shut_out_is_stored_once() {
    let (mut world, ana, phone) = a_phone_that_is_in_doubt();
    shuts_out(&mut world, ana, phone);
    world.guest_says(phone, "two");
    world.guests[phone].reaches = true;
    world.passes(2 * BACKOFF_MS_MAX);
    assert_eq!(closed_by(&world, phone), "name_taken", "its token alone is good for nothing");
    world.happened(phone);
    world.wants(phone, comes_in(None));
    assert_eq!(*world.link(phone), Link::Online);
    let happened = world.happened(phone);
    let stored: Vec<_> = happened.iter().filter(|event| event.starts_with("stored")).collect();
    assert_eq!((said(&world), stored.len()), (vec!["one".to_owned(), "two".to_owned()], 2), "{happened:?}");
    // From then on it comes back by its new token.
    breaks(&mut world, phone);
    assert_eq!((world.link(phone), arrivals(&world, phone).last()), (&Link::Online, Some(&"enter")));
}

#[test]
fn what_was_sent_by_a_device_that_nobody_remembers_is_said_to_be_in_doubt() {
    let (mut world, ana, phone) = a_phone_that_is_in_doubt();
    shuts_out(&mut world, ana, phone);
    for number in 0..FORMER_DEVICES_MAX {
        let other = brings(&mut world, "ana", &format!("other-{number}"), signing_in(None));
        shuts_out(&mut world, ana, other);
        world.cuts(other, false);
    }
    world.guest_says(phone, "two");
    world.guests[phone].reaches = true;
    world.passes(2 * BACKOFF_MS_MAX);
    world.wants(phone, comes_in(None));
    assert_eq!((world.link(phone), said(&world)), (&Link::Online, vec!["one".to_owned(), "two".to_owned()]));
    let doubted = |event: &Event| match event {
        Event::Failed(ticket, refusal) => Some((ticket.0, refusal.fate)),
        _ => None,
    };
    let failed: Vec<_> = world.guests[phone].events.iter().filter_map(doubted).collect();
    assert_eq!(failed, [(1, Fate::Unknown)]);
}

#[test]
fn nothing_that_is_secret_is_shown() {
    let shown = format!("{:?}", config("ana", "d", signing_in(Some("123456".to_owned()))));
    assert!(!shown.contains("correct") && !shown.contains("123456") && !shown.contains("ana-d--"), "{shown}");
}

/// A guest who asks for an account, and whether the answer is lost.
fn upgrading(lost: bool) -> (World, usize, Vec<Event>) {
    let mut world = World::new();
    let ana = brings(&mut world, "ana", "d", Credential::Token);
    world.disk_is(Disk::Stalls);
    world.wants(
        ana,
        User::Upgrade { token: secret("new"), password: password("correct horse"), invitation: None },
    );
    if lost {
        world.cuts(ana, true);
    }
    world.disk_is(Disk::Works);
    world.passes(2 * BACKOFF_MS_MAX);
    let events = std::mem::take(&mut world.guests[ana].events);
    (world, ana, events)
}

#[test]
fn a_guest_who_has_an_account_now_comes_back_by_the_new_token() {
    for (lost, entered) in [(false, 2), (true, 4)] {
        let (mut world, ana, events) = upgrading(lost);
        assert!(events.contains(&Event::TokenChanged(secret("new"))), "{events:?}");
        breaks(&mut world, ana);
        assert_eq!((world.link(ana), arrivals(&world, ana).len()), (&Link::Online, entered));
        assert!(world.guests[ana].client.model().account);
    }
}

/// A program that ended between asking for a token and the answer starts again. Where neither is good, nobody comes in.
#[test]
fn a_token_that_may_be_good_is_tried_after_the_one_that_was() {
    let mut world = World::new();
    brings(&mut world, "ana", "d", registering());
    let olds = [("ana-gone", "d"), ("ana-gone", "before"), ("ana-d", "d"), ("ana-gone", "d")];
    for (number, (old, device)) in olds.into_iter().enumerate() {
        let next = if number == 3 { "ana-never" } else { "ana-d" };
        let config = Config { token: secret(old), ..config("ana", device, Credential::Token) };
        let back = seat(&mut world, config);
        world.guests[back].client.may_come_in_by(secret(next), "d".to_owned());
        world.tells(back, Input::Started);
        if number == 3 {
            return assert_eq!(closed_by(&world, back), "name_taken");
        }
        let changed = world.guests[back].events.contains(&Event::TokenChanged(secret("ana-d")));
        assert_eq!(changed, old != "ana-d");
        breaks(&mut world, back);
        assert_eq!(*world.link(back), Link::Online, "it is this device from then on");
    }
}
