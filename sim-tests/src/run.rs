//! Runs a plan: break, then heal, then demand.

use crate::client_host::{Person, lobby};
use crate::marks::{A_BATCH_GREW, A_BATCH_GREW_AGAIN, DIED_AFTER_A_MOVE, Marks, THE_WAL_WAS_MOVED, marks};
use crate::oracles::{self, Model, OnDisk, lasts};
use crate::perform::Stage;
use crate::plan::Plan;
use crate::world::{CONVERGENCE_MS, Setup, World};
use sala_core::entry::{Audience, LogId, Mode, Role};
use sala_core::protocol::Request;
use sala_core::server::Quota;
use sala_core::time::Wall;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Simulated time, in milliseconds.
    pub elapsed_ms: u64,
    /// Devices at which somebody was or could have been.
    pub clients: u64,
    /// Entries in all logs at the end.
    pub entries: usize,
    /// Times the server was started.
    pub starts: u64,
    /// How often each kind of operation was done.
    pub done: BTreeMap<String, u64>,
    /// How often each kind of fault struck.
    pub struck: BTreeMap<String, u64>,
    /// Steps that did not apply.
    pub dropped: u64,
    /// How often each situation that is looked for came about.
    pub marks: Marks,
    /// What every client was told, in order.
    pub events: Vec<String>,
    /// The disk at the end.
    pub disk: [u8; 32],
}

/// Runs a plan.
///
/// # Panics
/// With what replays it, when anything that is promised is not kept.
#[must_use]
pub fn run(plan: &Plan, replay: &str) -> Report {
    run_before(plan, replay, None)
}

/// Who looks at the world of a run at its end, or when it fails, and then hears of what.
pub type Onlooker = Rc<dyn Fn(&World, Option<&str>)>;

/// Runs a plan; somebody looks at its world at the end, or when it fails, and then hears of what.
///
/// # Panics
/// As [`run`] does.
#[must_use]
pub fn run_before(plan: &Plan, replay: &str, witness: Option<Onlooker>) -> Report {
    let ground = plan.ground;
    let mut setup = Setup::new(plan.seed);
    setup.tick_ms = ground.tick_ms;
    setup.latency_ms = (1, ground.latency_ms);
    setup.cuts = ground.cuts;
    setup.write_ms_max = ground.write_ms;
    setup.wal_pages = ground.wal_pages;
    setup.threads = ground.threads;
    if let Some((posts_burst, posts_per_second)) = ground.posts {
        setup.quota = Quota { posts_burst, posts_per_second, ..Quota::default() };
    }
    let mut world = World::with_replay(&setup, replay);
    if let Some(witness) = witness.clone() {
        world.witnessed_by(Box::new(move |world, complaint| witness(world, Some(complaint))));
    }
    let mut stage = Stage::new(world, plan);
    plan.steps.iter().for_each(|step| stage.step(step));
    stage.heal();
    stage.world.settle_and_check();
    nudge(&stage);
    stage.world.rest_and_check();
    demand_quick_delivery(&mut stage, 2 * ground.latency_ms + 2 * ground.write_ms + 500);
    stage.world.settle_and_check_at_rest();
    if let Some(witness) = witness {
        witness(&stage.world, None);
    }
    report(stage)
}

/// Somebody does something: a disk that failed while it was only swept is found out by the next write.
fn nudge(stage: &Stage) {
    if let Some(person) = stage.people.values().find(|person| person.is_online()) {
        let (mode, audience) = (Mode::Online, Audience::Rooms);
        person.ask(Request::Presence { mode, status: "still here".to_owned(), audience });
    }
}

/// On healthy links what is said is heard by everybody soon: without this, a lost wake-up would hide behind the
/// heartbeat.
fn demand_quick_delivery(stage: &mut Stage, bound_ms: u64) {
    let people: Vec<Person> = stage.people.values().filter(|person| person.is_online()).cloned().collect();
    let model = match oracles::fold() {
        Ok(model) => model,
        Err(complaint) => stage.world.fail(&complaint.to_string()),
    };
    let now = Wall(stage.world.clock.wall_ms());
    let here: Vec<Person> = people.iter().filter(|person| is_in_lobby(person)).cloned().collect();
    let speakers: Vec<Person> =
        here.iter().filter(|person| may_speak(&model, person, now)).cloned().collect();
    for (number, speaker) in (1..).zip(speakers) {
        let text = format!("last words {number} by {}", speaker.name.as_str());
        speaker.say(&lobby(), &text);
        stage.world.until("a line is heard by everybody soon", bound_ms, |_| {
            here.iter().all(|person| hears(person, &text))
        });
    }
}

fn is_in_lobby(person: &Person) -> bool {
    person.conversation.borrow().look(|model| model.rooms.contains_key(&lobby()))
}

/// Whether the log says that somebody may say something in the lobby now.
fn may_speak(model: &Model, person: &Person, now: Wall) -> bool {
    let (log, place) = (LogId(1), &model.rooms[&LogId(1)]);
    let Some(id) = person.conversation.borrow().look(|shown| shown.person) else { return false };
    let Some(role) = model.role(log, id) else { return false };
    let muted = place.mutes.get(&id).is_some_and(|held| lasts(held, now));
    // A ban from the server that was over holds again once the clock was put back; nobody is put out by that alone.
    let banned = model.person(id).and_then(|someone| someone.banned.as_ref());
    let banned = banned.is_some_and(|ban| lasts(ban, now));
    !muted && !banned && !place.archived && (place.slow_ms == 0 || role > Role::Member)
}

/// Whether somebody has this line among the newest, on his screen or as a follower.
fn hears(person: &Person, text: &str) -> bool {
    let history = person.history.borrow();
    let mut heard = history.heard.get(&lobby()).into_iter().flatten().rev().take(NEWEST);
    if heard.any(|heard| heard.entry.act.text() == Some(text)) {
        return true;
    }
    person.conversation.borrow().look(|model| {
        let mut shown =
            model.rooms.get(&lobby()).into_iter().flat_map(|view| view.timeline.entries().rev().take(NEWEST));
        shown.any(|(_, entry)| entry.act.text() == Some(text))
    })
}

/// Entries among which a new line is looked for; what was asked before it may come after it.
const NEWEST: usize = 50;

fn report(stage: Stage) -> Report {
    let Stage { world, people, done, struck, dropped, .. } = stage;
    let elapsed_ms = world.elapsed_ms();
    let longest = crate::draw::BREAKING_MS + 8 * CONVERGENCE_MS;
    assert!(elapsed_ms < longest, "every phase has its bound");
    let (entries, marks) = match (OnDisk::read(), oracles::fold()) {
        (Ok(on_disk), Ok(model)) => {
            let everybody: Vec<Person> = people.values().cloned().collect();
            let mut marks = marks(&everybody, &on_disk, &model, world.disk.counts());
            let commits = world.server.commits.borrow();
            let of_parts = |least| commits.iter().filter(|commit| commit.parts >= least).count() as u64;
            marks.insert(A_BATCH_GREW, of_parts(2));
            marks.insert(A_BATCH_GREW_AGAIN, of_parts(3));
            let wal = &world.server.wal;
            marks.insert(THE_WAL_WAS_MOVED, wal.moves.get());
            marks.insert(DIED_AFTER_A_MOVE, wal.moved_at_end.get());
            (on_disk.entries.len(), marks)
        }
        (Err(complaint), _) | (_, Err(complaint)) => world.fail(&complaint.to_string()),
    };
    let events = people.values().flat_map(|person| person.history.borrow().events.clone()).collect();
    let (starts, disk) = (world.server.starts.get(), world.disk.digest());
    let clients = people.len() as u64;
    Report { elapsed_ms, clients, entries, starts, done, struck, dropped, marks, events, disk }
}
