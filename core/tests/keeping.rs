//! Stories of rooms that do not keep for ever what is said in them.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::folk::adds_up;
use common::seats::{asks, people};
use common::{Disk, World, claim_code, room};
use sala_core::client::User;
use sala_core::entry::{Act, LogId, Seq};
use sala_core::limits::{FADE_MS, FADE_STEP_MS, FADED_POSTS_MAX, KEEP_BEGINS_MS, RESUME_ENTRIES_MAX};
use sala_core::protocol::Request;
use sala_core::server::{Input, Operation};

const DAY_MS: u64 = 24 * 3_600_000;
const LOBBY: LogId = LogId(1);

/// Ana administers the server, and so keeps the lobby, where she and Bo say a line on each of so many days.
fn talk_of(days: u64) -> (World, usize, usize) {
    let (mut world, [ana, bo]) = people(["ana", "bo"]);
    asks(&mut world, ana, Request::Claim { code: claim_code() });
    for day in 1..=days {
        world.guest_says(ana, &format!("said on day {day}"));
        world.guest_says(bo, &format!("answered on day {day}"));
        goes_by(&mut world, 1);
    }
    (world, ana, bo)
}

fn goes_by(world: &mut World, days: u64) {
    world.now.wall = world.now.wall.after(days * DAY_MS);
}

fn keeps(world: &mut World, who: usize, days: u64) {
    asks(world, who, Request::Keep { room: Some(room("lobby")), days });
}

/// Lets the server look for what is too old, and do all that it finds.
fn an_hour(world: &mut World) {
    world.passes(FADE_MS);
    world.passes(10 * FADE_STEP_MS);
}

/// How many lines are there, on disk and as somebody shows them.
fn lines(world: &World, who: usize) -> (usize, usize) {
    let shown = world.shows(who);
    let is_said = |line: &&String| line.contains(" on day ");
    (world.lobby().iter().filter(is_said).count(), shown.iter().filter(is_said).count())
}

#[test]
fn what_is_older_than_a_room_keeps_goes_one_day_in_an_hour() {
    let (mut world, ana, bo) = talk_of(5);
    keeps(&mut world, ana, 2);
    an_hour(&mut world);
    assert_eq!(lines(&world, bo), (10, 10), "a rule begins to hold a day after it is set");
    world.now.wall = world.now.wall.after(KEEP_BEGINS_MS);
    for left in [8, 6, 4, 2, 2] {
        an_hour(&mut world);
        assert_eq!((lines(&world, ana), lines(&world, bo)), ((left, left), (left, left)));
    }
    assert!(!world.disk_text().contains("on day 4") && world.disk_text().contains("on day 5"));
    let view = &world.guests[bo].client.model().rooms[&room("lobby")];
    assert_eq!((view.keep_days, view.unread), (Some(2), 0));
    adds_up(&world);
    goes_by(&mut world, 1);
    an_hour(&mut world);
    assert_eq!(lines(&world, bo), (0, 0));
    let entries = world.lobby().len();
    for _ in 0..5 {
        goes_by(&mut world, 1);
        an_hour(&mut world);
    }
    assert_eq!(world.lobby().len(), entries, "where nothing stands, nothing is written");
    adds_up(&world);
}

#[test]
fn what_is_gone_counts_no_more_and_is_answered_by_nobody() {
    let (mut world, ana, bo) = talk_of(2);
    asks(&mut world, ana, Request::Pin { room: room("lobby"), seq: Seq(4), on: true });
    asks(&mut world, bo, Request::Report { room: room("lobby"), seq: Seq(4), reason: "not nice".to_owned() });
    let first = world.server.state().room(LOBBY).unwrap();
    assert!(first.posts.has(Seq(4)) && first.pins.contains(&Seq(4)) && first.reports.len() == 1);
    keeps(&mut world, ana, 1);
    goes_by(&mut world, 1);
    an_hour(&mut world);
    let held = world.server.state().room(LOBBY).unwrap();
    assert!(!held.posts.has(Seq(4)) && held.pins.is_empty() && held.reports.is_empty());
    assert!(world.guests[bo].client.model().rooms[&room("lobby")].pins.is_empty());
    world.happened(bo);
    asks(&mut world, bo, Request::Edit { room: room("lobby"), seq: Seq(5), text: "otherwise".to_owned() });
    assert!(world.happened(bo).concat().contains("NoSuchPost"));
    adds_up(&world);
}

#[test]
fn an_edit_goes_with_its_post_however_late_it_came() {
    let (mut world, ana, bo) = talk_of(1);
    keeps(&mut world, ana, 1);
    goes_by(&mut world, 1);
    asks(&mut world, bo, Request::Edit { room: room("lobby"), seq: Seq(5), text: "quite late".to_owned() });
    assert!(world.shows(ana).concat().contains("quite late"));
    an_hour(&mut world);
    assert!(!world.disk_text().contains("quite late") && !world.shows(ana).concat().contains("quite late"));
    let held = world.guests[ana].client.model();
    let edits = held.rooms[&room("lobby")]
        .timeline
        .entries()
        .filter(|(_, entry)| matches!(&entry.act, Act::Edited { text, .. } if !text.is_empty()));
    assert_eq!(edits.count(), 0);
    adds_up(&world);
}

#[test]
fn a_clock_that_is_wrong_by_years_costs_a_room_a_day_in_an_hour() {
    let (mut world, ana, bo) = talk_of(30);
    keeps(&mut world, ana, 40);
    goes_by(&mut world, 1);
    let right = world.now.wall;
    goes_by(&mut world, 3_650);
    an_hour(&mut world);
    assert_eq!(lines(&world, bo).0, 58);
    // Somebody has seen it and put it right.
    world.now.wall = right;
    for _ in 0..5 {
        an_hour(&mut world);
    }
    assert_eq!(lines(&world, bo).0, 58);
    // Nor does starting again and again make it faster.
    goes_by(&mut world, 3_650);
    for _ in 0..20 {
        world.passes(FADE_MS / 2);
        world.restarts();
    }
    assert_eq!(world.lobby().iter().filter(|line| line.contains(" on day ")).count(), 58);
    adds_up(&world);
}

#[test]
fn what_is_written_while_a_clock_is_behind_or_ahead_is_kept_for_longer_and_never_for_less() {
    let (mut world, ana, bo) = talk_of(1);
    let right = world.now.wall;
    goes_by(&mut world, 100);
    world.guest_says(ana, "said on day 101 that never was");
    world.now.wall = right;
    world.guest_says(bo, "said on day 2");
    keeps(&mut world, ana, 3);
    goes_by(&mut world, 10);
    an_hour(&mut world);
    an_hour(&mut world);
    let left = world.disk_text();
    assert!(!left.contains("said on day 1\"") && left.contains("said on day 2") && left.contains("day 101"));
    goes_by(&mut world, 100);
    an_hour(&mut world);
    assert!(!world.disk_text().contains(" on day "));
}

#[test]
fn a_server_that_dies_in_the_middle_goes_on_an_hour_after_it_starts() {
    let (mut world, ana, _) = talk_of(4);
    keeps(&mut world, ana, 1);
    goes_by(&mut world, 1);
    an_hour(&mut world);
    assert!(!world.disk_text().contains("day 1") && world.disk_text().contains("day 2"));
    world.restarts();
    assert!(world.disk_text().contains("day 2"));
    world.passes(FADE_MS + FADE_STEP_MS);
    assert!(!world.disk_text().contains("day 2") && world.disk_text().contains("day 3"));
    adds_up(&world);
}

#[test]
fn on_a_full_disk_nothing_goes_and_it_goes_once_there_is_room() {
    let (mut world, ana, _) = talk_of(2);
    keeps(&mut world, ana, 1);
    goes_by(&mut world, 1);
    world.disk_is(Disk::Full);
    an_hour(&mut world);
    assert!(world.disk_text().contains("day 1"));
    world.disk_is(Disk::Works);
    world.passes(60 * FADE_STEP_MS);
    assert!(!world.disk_text().contains("day 1"));
    adds_up(&world);
}

#[test]
fn of_a_rule_of_the_room_and_one_of_the_server_the_shorter_wins() {
    let (mut world, ana, bo) = talk_of(6);
    world.input(Input::Operate(1, Operation::Keep(2)));
    keeps(&mut world, ana, 4);
    goes_by(&mut world, 1);
    (0..10).for_each(|_| an_hour(&mut world));
    assert_eq!(lines(&world, bo).0, 2, "of the room's own rule it would be 6");
    assert_eq!(world.guests[bo].client.model().rooms[&room("lobby")].keep_days, Some(2));
    asks(&mut world, ana, Request::Keep { room: None, days: 0 });
    keeps(&mut world, ana, 0);
    goes_by(&mut world, 100);
    (0..3).for_each(|_| an_hour(&mut world));
    assert_eq!(lines(&world, bo).0, 2);
    assert_eq!(world.guests[bo].client.model().rooms[&room("lobby")].keep_days, None);
}

#[test]
fn whoever_follows_a_room_entry_by_entry_knows_how_long_it_is_kept() {
    let (mut world, ana, bo) = talk_of(1);
    world.wants(bo, User::Follow(room("lobby"), None));
    for days in [4, 2, 0] {
        keeps(&mut world, ana, days);
        let known = world.guests[bo].client.model().rooms[&room("lobby")].keep_days;
        assert_eq!(known, Some(days).filter(|days| *days > 0));
    }
}

#[test]
fn a_client_that_was_away_forgets_what_went_meanwhile() {
    for busy in [false, true] {
        let (mut world, ana, bo) = talk_of(3);
        assert_eq!(lines(&world, bo).1, 6);
        world.cuts(bo, false);
        keeps(&mut world, ana, 1);
        goes_by(&mut world, 1);
        an_hour(&mut world);
        assert_eq!(lines(&world, bo).1, 6, "he is away");
        if busy {
            // So much that he is not sent the entry which says it.
            for _ in 0..=RESUME_ENTRIES_MAX {
                world.wants(
                    ana,
                    User::Ask(Request::React {
                        room: room("lobby"),
                        seq: Seq(7),
                        emoji: "👍".to_owned(),
                        on: true,
                    }),
                );
                world.passes(50);
            }
        }
        world.guests[bo].reaches = true;
        world.passes(60_000);
        let shown = world.shows(bo).concat();
        assert!(!shown.contains("on day 1"), "{shown}");
    }
}

#[test]
fn a_day_on_which_much_was_said_goes_in_several_steps() {
    let (mut world, ana, _) = talk_of(1);
    world.now.wall = world.now.wall.after(1);
    let session = world.comes("cy");
    let post = |n| format!(r#"{{"do":"post","room":"lobby","n":{n},"text":"busy on day 2"}}"#);
    let all: Vec<String> = (1..=FADED_POSTS_MAX + 10).map(post).collect();
    for some in all.chunks(400) {
        // In one batch, or each is looked for among all before it.
        world.disk_is(Disk::Busy);
        world.says(session, &some.join("\n"));
        world.disk_is(Disk::Works);
        world.passes(4_000);
        world.says(session, r#"{"do":"ping"}"#);
    }
    keeps(&mut world, ana, 1);
    goes_by(&mut world, 3);
    an_hour(&mut world);
    let held = |world: &World| world.lobby().iter().filter(|line| line.contains("busy on")).count() as u64;
    assert_eq!(held(&world), FADED_POSTS_MAX + 10);
    for _ in 0..2 * FADE_MS / FADE_STEP_MS {
        world.passes(FADE_STEP_MS / 2);
        if held(&world) <= FADED_POSTS_MAX {
            break;
        }
    }
    assert_eq!(held(&world), 10);
    world.passes(FADE_STEP_MS);
    assert_eq!(held(&world), 0);
    adds_up(&world);
}
