//! Stories of clients and the people who use them: how they come in, what they are told of each other, and what is unread.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::{Disk, World, claim_code, room, token};
use sala_core::client::{Client, Config, Credential, Event, Input, Link, RoomView, Stands, User};
use sala_core::entry::{Audience, Mode, Role, Seq};
use sala_core::limits::BACKOFF_MS_MAX;
use sala_core::name::Name;
use sala_core::protocol::{Door, Hello, Request, Secret, Update};
use sala_core::secret::{OnceCode, Password};
use sala_core::totp;

const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn password(text: &str) -> Password {
    Password::chosen(text.to_owned()).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(token(text)).unwrap()
}

fn config(name: &str, device: &str, credential: Credential) -> Config {
    let token = secret(&format!("{name}-{device}"));
    Config { name: name.parse().unwrap(), token, credential, device: device.to_owned(), prefetch: true }
}

fn registering() -> Credential {
    Credential::Register { password: password("correct horse") }
}

fn signing_in(code: Option<String>) -> Credential {
    Credential::Password { password: password("correct horse"), code }
}

/// A client that was not started yet. A stranger keeps its seat warm.
fn seat(world: &mut World, config: Config) -> usize {
    let seat = world.invites("stranger", "seat");
    world.cuts(seat, false);
    world.happened(seat);
    world.guests[seat].asked.clear();
    world.guests[seat].client = Client::new(config);
    world.guests[seat].reaches = true;
    seat
}

/// A client that looks at everything, started.
fn brings(world: &mut World, name: &str, device: &str, credential: Credential) -> usize {
    let seat = seat(world, config(name, device, credential));
    world.tells(seat, Input::Started);
    seat
}

/// People with accounts, all in the lobby.
fn people<const N: usize>(names: [&str; N]) -> (World, [usize; N]) {
    let mut world = World::new();
    let people = names.map(|name| brings(&mut world, name, "d", registering()));
    people.iter().for_each(|seat| world.wants(*seat, User::Join(room("lobby"))));
    world.passes(1_000);
    people.iter().for_each(|seat| drop(world.happened(*seat)));
    (world, people)
}

fn asks(world: &mut World, seat: usize, request: Request) {
    world.wants(seat, User::Ask(request));
}

fn breaks(world: &mut World, seat: usize) {
    world.cuts(seat, true);
    world.passes(2 * BACKOFF_MS_MAX);
}

fn says(world: &mut World, seat: usize, text: &str) {
    world.wants(seat, User::Say { room: room("lobby"), text: text.to_owned() });
}

fn view<'a>(world: &'a World, seat: usize, key: &str) -> &'a RoomView {
    &world.guests[seat].client.model().rooms[&room(key)]
}

fn is_in(world: &World, seat: usize, key: &str) -> bool {
    world.guests[seat].client.model().rooms.contains_key(&room(key))
}

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

/// What happened to a client, in short.
fn happened(world: &mut World, seat: usize) -> Vec<String> {
    let happened = world.happened(seat).into_iter();
    happened.map(|event| if event.starts_with("answered") { "answered".to_owned() } else { event }).collect()
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
    let (mut world, [ana, boss]) = people(["ana", "boss"]);
    asks(&mut world, boss, Request::Claim { code: claim_code() });
    let code = OnceCode::new("reset-reset-reset-reset").unwrap();
    asks(&mut world, boss, Request::Reset { name: name("ana"), code: code.clone() });
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
        ("ana", "f", recovering, vec!["recover", "recover", "sign_in", "enter"]),
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
    world.wants(phone, User::ComeIn(signing_in(None)));
    assert_eq!(closed_by(&world, phone), "code_needed");
    world.now.wall = world.now.wall.after(60_000);
    let code = totp::code_at(SECRET, world.now.wall);
    world.wants(phone, User::ComeIn(signing_in(code)));
    assert_eq!(*world.link(phone), Link::Online);
    let taken = brings(&mut world, "ana", "tablet", registering());
    assert_eq!((closed_by(&world, taken), arrivals(&world, taken).len()), ("name_taken", 1));
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
    world.wants(ana, User::Upgrade { token: secret("new"), password: password("correct horse") });
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

#[test]
fn what_a_program_asks_is_answered_under_its_id() {
    let (mut world, [ana, bo]) = people(["ana", "bo"]);
    let create = Request::Create { room: room("den"), topic: String::new(), private: true };
    asks(&mut world, ana, create);
    let Some(Event::Answered(_, den)) = world.guests[ana].events.pop() else { panic!("not answered") };
    let Update::Room { room: den, .. } = *den else { panic!("not answered by the room") };
    let link = Request::Link { room: den.clone(), token: secret("link"), hours: None, uses: None };
    asks(&mut world, ana, link);
    assert_eq!(happened(&mut world, ana), ["joined ~2", "answered"]);
    asks(&mut world, bo, Request::Join { door: Door::Link(secret("link")) });
    asks(&mut world, bo, Request::Join { door: Door::Link(secret("other")) });
    asks(&mut world, bo, Request::Devices);
    assert_eq!(
        happened(&mut world, bo),
        ["joined ~2", "answered", "paged 2 more=false", "refused BadLink", "answered"]
    );
    assert_eq!(view(&world, bo, "~2").shown(&den), "den");
}

#[test]
fn what_cannot_be_asked_now_is_refused_at_once() {
    let (mut world, [ana]) = people(["ana"]);
    world.disk_is(Disk::Stalls);
    let now = world.now;
    assert!(
        world.guests[ana].client.ask(Request::TotpOff { password: password("correct horse") }, now).is_some()
    );
    world.cuts(ana, false);
    assert_eq!(world.happened(ana), ["refused Other"]);
    for request in [Request::Me, Request::Bye] {
        assert_eq!(world.guests[ana].client.ask(request, now), None);
    }
    assert_eq!(world.guests[ana].client.model().notices.len(), 2);
}

#[test]
fn a_room_is_called_by_its_title_or_by_who_is_in_it() {
    let (mut world, [ana, bo, cy]) = people(["ana", "bo", "cy"]);
    for other in ["bo", "cy"] {
        asks(&mut world, ana, Request::Befriend { name: name(other), note: "hi".to_owned() });
    }
    for other in [bo, cy] {
        asks(&mut world, other, Request::Befriend { name: name("ana"), note: String::new() });
    }
    asks(&mut world, ana, Request::Direct { name: name("bo") });
    asks(&mut world, ana, Request::Group { people: vec![name("bo"), name("cy")], title: None });
    world.passes(1_000);
    let shown = |seat: usize| -> Vec<String> {
        let rooms = &world.guests[seat].client.model().rooms;
        rooms.iter().map(|(key, view)| view.shown(key)).collect()
    };
    assert_eq!(shown(ana), ["lobby", "bo", "bo, cy"]);
    assert_eq!(shown(bo), ["lobby", "ana", "ana, cy"]);
    assert_eq!(shown(cy), ["lobby", "ana, bo"]);
}

#[test]
fn who_keeps_order_and_what_is_set_is_the_same_for_who_saw_it_and_who_asked() {
    let (mut world, [ana, bo, _]) = people(["ana", "bo", "cy"]);
    world.wants(ana, User::Create(room("garden")));
    world.wants(bo, User::Join(room("garden")));
    says(&mut world, ana, "elsewhere");
    world.wants(ana, User::Say { room: room("garden"), text: "pin me".to_owned() });
    let (garden, bo_name) = (room("garden"), name("bo"));
    for request in [
        Request::Role { room: garden.clone(), name: bo_name.clone(), role: Role::Moderator },
        Request::Rename { room: garden.clone(), to: room("park") },
        Request::Slow { room: garden.clone(), seconds: 5 },
        Request::Pin { room: garden.clone(), seq: Seq(3), on: true },
        Request::Owner { room: garden.clone(), name: bo_name },
        Request::Archive { room: garden, on: true },
    ] {
        asks(&mut world, ana, request);
    }
    asks(&mut world, bo, Request::Archive { room: room("garden"), on: true });
    world.passes(1_000);
    let later = brings(&mut world, "bo", "late", signing_in(None));
    let told = |seat: usize| {
        let view = view(&world, seat, "garden");
        let pins: Vec<u64> = view.pins.iter().map(|seq| seq.0).collect();
        let members = view.members.iter().map(|(name, held)| (name.to_string(), held.role, held.here));
        let members: Vec<_> = members.collect();
        (view.shown(&room("garden")), view.role, view.slow_ms, view.archived, pins, members)
    };
    let members = vec![("ana".to_owned(), Role::Moderator, true), ("bo".to_owned(), Role::Owner, true)];
    assert_eq!(told(bo), ("park".to_owned(), Role::Owner, 5_000, true, vec![3], members));
    assert_eq!(told(bo), told(later));
    assert_eq!(told(ana).1, Role::Moderator);
}

#[test]
fn whoever_was_put_out_while_away_is_told_by_the_device_that_he_came_back_with() {
    let (mut world, [ana, bo]) = people(["ana", "bo"]);
    world.wants(ana, User::Create(room("garden")));
    world.wants(bo, User::Join(room("garden")));
    let phone = brings(&mut world, "bo", "phone", signing_in(None));
    for comes_back in [true, false] {
        world.cuts(phone, false);
        world.happened(phone);
        let kick = Request::Kick { room: room("garden"), name: name("bo"), reason: "weeds".to_owned() };
        asks(&mut world, ana, kick);
        if comes_back {
            world.wants(bo, User::Join(room("garden")));
        }
        world.guests[phone].reaches = true;
        world.passes(2 * BACKOFF_MS_MAX);
        let told = world.happened(phone).contains(&"you were put out of garden: weeds".to_owned());
        assert_eq!((is_in(&world, phone, "garden"), told), (comes_back, !comes_back));
        assert_eq!(
            world.asked(phone, |request| matches!(request, Request::Enter(_))),
            2 - usize::from(comes_back)
        );
    }
}

/// Ana owns the garden, Bo wants to be in it, and has said something that has not been sent.
fn put_out(request: Request, online: bool) -> (World, usize) {
    let (mut world, [ana, bo]) = people(["ana", "bo"]);
    world.wants(ana, User::Create(room("garden")));
    world.wants(bo, User::Join(room("garden")));
    world.happened(bo);
    if !online {
        world.cuts(bo, false);
        world.wants(bo, User::Say { room: room("garden"), text: "unheard".to_owned() });
    }
    asks(&mut world, ana, request);
    world.guests[bo].reaches = true;
    breaks(&mut world, bo);
    (world, bo)
}

#[test]
fn whoever_is_put_out_is_told_why_and_stays_out() {
    let (garden, bo) = (room("garden"), name("bo"));
    let kick = Request::Kick { room: garden.clone(), name: bo.clone(), reason: "weeds".to_owned() };
    let ban = Request::Ban { room: garden.clone(), name: bo, minutes: None, reason: "rude".to_owned() };
    let close = Request::Close { room: garden, reason: "winter".to_owned() };
    for (request, words) in [
        (kick.clone(), "you were put out of garden by ana: weeds"),
        (ban.clone(), "you were banned from garden by ana: rude"),
        (close, "garden was closed by ana: winter"),
    ] {
        let (mut world, bo) = put_out(request, true);
        assert_eq!(world.happened(bo)[0], words);
        assert!(!is_in(&world, bo, "garden"));
        assert_eq!(world.asked(bo, |request| matches!(request, Request::Join { .. })), 2);
    }
    for (request, words, code) in [
        (kick, "you were put out of garden: weeds", "NotAMember"),
        (ban, "you were banned from garden: rude", "Banned"),
    ] {
        let (mut world, bo) = put_out(request, false);
        let failed = format!("failed 1 {code}");
        let told = world.happened(bo);
        assert!(told.contains(&words.to_owned()) && told.contains(&failed), "{told:?}");
        assert!(!is_in(&world, bo, "garden"));
        assert_eq!(world.asked(bo, |request| matches!(request, Request::Join { .. })), 2);
    }
}

#[test]
fn a_conversation_with_somebody_who_is_blocked_is_gone_and_comes_back() {
    let (mut world, [ana, bo]) = people(["ana", "bo"]);
    asks(&mut world, ana, Request::Direct { name: name("bo") });
    asks(&mut world, ana, Request::Block { name: name("bo") });
    world.passes(1_000);
    assert!(!is_in(&world, ana, "~2") && is_in(&world, bo, "~2"));
    assert!(!view(&world, bo, "lobby").members[&name("ana")].here, "he looks away");
    asks(&mut world, ana, Request::Unblock { name: name("bo") });
    assert!(is_in(&world, ana, "~2"));
    assert_eq!(*world.link(ana), Link::Online);
}

/// Whom a client knows and where it is invited, in short.
fn known(world: &World, seat: usize) -> Vec<String> {
    let model = world.guests[seat].client.model();
    let contacts = model.contacts.iter().map(|(name, contact)| {
        let here =
            if contact.here { format!(" here {:?} {}", contact.mode, contact.status) } else { String::new() };
        format!("{name} {:?}{here}", contact.stands)
    });
    let invitations = model.invitations.values().map(|row| format!("{} by {}", row.room, row.by));
    let own = format!("{:?} {}", model.presence.mode, model.presence.status);
    contacts.chain(invitations).chain([own]).collect()
}

#[test]
fn all_devices_know_the_same_people_however_they_heard_of_them() {
    let (mut world, [ana, bo, cy, dee]) = people(["ana", "bo", "cy", "dee"]);
    let tablet = brings(&mut world, "ana", "tablet", signing_in(None));
    world.cuts(tablet, false);
    let befriend = |other: &str| Request::Befriend { name: name(other), note: "hello".to_owned() };
    for (who, other) in [(ana, "bo"), (bo, "ana"), (cy, "ana"), (ana, "dee")] {
        asks(&mut world, who, befriend(other));
    }
    let busy = |status: &str| {
        let (status, audience) = (status.to_owned(), Audience::Rooms);
        Request::Presence { mode: Mode::Busy, status, audience }
    };
    asks(&mut world, bo, busy("baking"));
    asks(&mut world, ana, busy("digging"));
    asks(&mut world, dee, Request::Group { people: vec![name("ana")], title: None });
    world.passes(1_000);
    let phone = brings(&mut world, "ana", "phone", signing_in(None));
    world.guests[tablet].reaches = true;
    world.passes(2 * BACKOFF_MS_MAX);
    let expected = ["bo Friend here Busy baking", "cy AskedBy", "dee Asked", "~2 by dee", "Busy digging"];
    for seat in [ana, phone, tablet] {
        assert_eq!(known(&world, seat), expected);
    }
    assert_eq!(world.guests[ana].client.model().contacts[&name("cy")].note, "hello");
    asks(&mut world, phone, Request::Decline { room: room("~2") });
    asks(&mut world, bo, Request::Unfriend { name: name("ana") });
    asks(&mut world, tablet, Request::Block { name: name("cy") });
    // An invitation that is used is gone everywhere, also where nobody saw it.
    asks(&mut world, dee, Request::Group { people: vec![name("ana")], title: None });
    world.cuts(tablet, false);
    asks(&mut world, phone, Request::Join { door: Door::Room(room("~3")) });
    let seen = known(&world, ana);
    asks(&mut world, phone, Request::Leave { room: room("~3") });
    let desk = brings(&mut world, "ana", "desk", signing_in(None));
    world.guests[tablet].reaches = true;
    world.passes(2 * BACKOFF_MS_MAX);
    assert_eq!(seen, known(&world, ana));
    for seat in [ana, phone, tablet, desk] {
        assert_eq!(known(&world, seat), ["cy Blocked", "dee Asked", "Busy digging"]);
    }
    assert_eq!(world.guests[ana].client.model().contacts[&name("cy")].stands, Stands::Blocked);
    assert_eq!(world.asked(ana, |request| *request == Request::Me), 1);
}
