//! Stories of clients and the people who use them: what they are told of each other, and what is unread.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::seats::{asks, breaks, brings, name, password, people, secret, signing_in};
use common::{Disk, World, room};
use sala_core::client::{Event, Link, RoomView, Stands, User};
use sala_core::entry::{Audience, Mode, Role, Seq};
use sala_core::limits::BACKOFF_MS_MAX;
use sala_core::protocol::{Door, Request, Update};

fn says(world: &mut World, seat: usize, text: &str) {
    world.wants(seat, User::Say { room: room("lobby"), text: text.to_owned() });
}

fn view<'a>(world: &'a World, seat: usize, key: &str) -> &'a RoomView {
    &world.guests[seat].client.model().rooms[&room(key)]
}

fn is_in(world: &World, seat: usize, key: &str) -> bool {
    world.guests[seat].client.model().rooms.contains_key(&room(key))
}

/// What happened to a client, in short.
fn happened(world: &mut World, seat: usize) -> Vec<String> {
    let happened = world.happened(seat).into_iter();
    happened.map(|event| if event.starts_with("answered") { "answered".to_owned() } else { event }).collect()
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
    let shown = |world: &World, seat: usize| -> Vec<String> {
        let rooms = &world.guests[seat].client.model().rooms;
        rooms.iter().map(|(key, view)| view.shown(key)).collect()
    };
    assert_eq!(shown(&world, ana), ["lobby", "bo", "bo"]);
    for other in [bo, cy] {
        world.wants(other, User::Join(room("~3")));
    }
    world.passes(1_000);
    assert_eq!(shown(&world, ana), ["lobby", "bo", "bo, cy"]);
    assert_eq!(shown(&world, bo), ["lobby", "ana", "ana, cy"]);
    assert_eq!(shown(&world, cy), ["lobby", "ana, bo"]);
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

#[test]
fn who_comes_back_knows_whether_he_is_muted() {
    let (mut world, [ana, bo]) = people(["ana", "bo"]);
    world.wants(ana, User::Create(room("garden")));
    world.wants(bo, User::Join(room("garden")));
    let (garden, bo_name) = (room("garden"), name("bo"));
    let mute = Request::Mute {
        room: garden.clone(),
        name: bo_name.clone(),
        minutes: Some(5),
        reason: "loud".to_owned(),
    };
    for (request, reason) in [(mute, Some("loud")), (Request::Unmute { room: garden, name: bo_name }, None)] {
        world.cuts(bo, false);
        asks(&mut world, ana, request);
        world.guests[bo].reaches = true;
        world.passes(2 * BACKOFF_MS_MAX);
        let late = brings(&mut world, "bo", reason.unwrap_or("late"), signing_in(None));
        for seat in [bo, late] {
            let muted = view(&world, seat, "garden").muted.as_ref();
            assert_eq!(muted.map(|sanction| sanction.reason.as_str()), reason);
        }
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
    // As she came, and for each of the two invitations.
    assert_eq!(world.asked(ana, |request| *request == Request::Me), 3);
}

#[test]
fn who_was_put_out_and_invited_again_while_away_is_invited() {
    let (mut world, [ana, bo]) = people(["ana", "bo"]);
    asks(&mut world, ana, Request::Group { people: vec![name("bo")], title: None });
    asks(&mut world, bo, Request::Join { door: Door::Room(room("~2")) });
    world.cuts(bo, false);
    asks(&mut world, ana, Request::Kick { room: room("~2"), name: name("bo"), reason: String::new() });
    asks(&mut world, ana, Request::Invite { room: room("~2"), name: name("bo") });
    world.guests[bo].reaches = true;
    world.passes(2 * BACKOFF_MS_MAX);
    assert_eq!(known(&world, bo), ["~2 by ana", "Online "]);
}

/// Seed 13100003: the room is told as soon as it is joined, and the own log is read on after that.
#[test]
fn an_invitation_that_is_heard_of_after_it_was_used_is_gone_on_all_devices() {
    let den = || room("~2");
    let invite = (0, Request::Invite { room: den(), name: name("bo") });
    let (join, leave) = ((1, Request::Join { door: Door::Room(den()) }), (1, Request::Leave { room: den() }));
    for (requests, invited) in [
        (vec![&invite, &join], false),
        (vec![&invite, &join, &leave], false),
        (vec![&invite, &join, &leave, &invite], true),
    ] {
        let (mut world, [ana, bo]) = people(["ana", "bo"]);
        let phone = brings(&mut world, "bo", "phone", signing_in(None));
        asks(&mut world, ana, Request::Create { room: room("den"), topic: String::new(), private: true });
        world.disk_is(Disk::Stalls);
        for (who, request) in &requests {
            asks(&mut world, [ana, bo][*who], request.clone());
        }
        world.disk_is(Disk::Works);
        world.passes(1_000);
        let expected: &[&str] = if invited { &["~2 by ana", "Online "] } else { &["Online "] };
        for seat in [bo, phone] {
            assert_eq!(known(&world, seat), expected, "{requests:?}");
        }
    }
}
