//! Runs in which people talk: as fast as they hear themselves, or at a steady pace.

use super::Stop;
use super::crowd::{Crowd, refused};
use super::known::Known;
use super::line::Line;
use super::peer::Peer;
use super::report::{self, Report};
use super::stretch::{Heard, Stretch};
use super::tally::{Ear, Flaws, Said};
use crate::print;
use clap::Args;
use rand::Rng as _;
use rand::rngs::StdRng;
use sala_core::limits::{POSTS_IN_FLIGHT_MAX, WRITE_TIMEOUT_MS};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// How long nothing may be heard once nobody says more, while something is owed.
const DRAIN: Duration = Duration::from_secs(30);
/// After what time of that whoever waits is told why.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long before a server sends somebody away he reads again.
const STALL_MARGIN: Duration = Duration::from_secs(5);
/// How often it is looked whether everybody has heard everything.
const LOOK: Duration = Duration::from_millis(20);
/// By how much a timer may be late, in microseconds: it counts in milliseconds, and rounds up twice.
const TIMER_GRAIN_US: u64 = 2_000;

/// Who talks where.
#[derive(Args, Clone, Copy, Debug)]
struct Cast {
    /// Rooms.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    rooms: u16,
    /// Members of each room.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    members: u16,
    /// Those of them who talk.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    talkers: u16,
    /// Length of a post, in bytes; below some 20, it takes as many as it needs.
    #[arg(long, value_name = "BYTES", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4_096))]
    size: u16,
    /// Seconds that are measured.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Seconds before that.
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    warm: u32,
}

#[derive(Args)]
pub(super) struct Fan {
    #[command(flatten)]
    cast: Cast,
    /// Posts that each has on their way at once.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    window: u8,
}

#[derive(Args)]
pub(super) struct Paced {
    #[command(flatten)]
    cast: Cast,
    /// Posts of all together in a second.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: u32,
}

#[derive(Args)]
pub(super) struct Slow {
    #[command(flatten)]
    paced: Paced,
    /// Members of each room who stop reading when it is measured; they do not talk.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    stalled: u16,
}

/// When somebody says something.
#[derive(Clone, Copy, Debug)]
enum Pace {
    /// So many posts are on their way at any time.
    Window(u64),
    /// At this distance from each other, in microseconds.
    Every(u64),
}

/// What is done in a run.
pub(super) struct Talk {
    cast: Cast,
    pace: Pace,
    stalled: usize,
    title: String,
}

impl Cast {
    fn title(&self, how: &str) -> String {
        let Cast { rooms, members, talkers, size, .. } = self;
        let rooms = report::rooms((*rooms).into());
        format!("{rooms} of {members}, {talkers} talking in each, {how}, {size} bytes")
    }
}

impl From<Fan> for Talk {
    fn from(Fan { cast, window }: Fan) -> Self {
        let title = cast.title(&format!("{window} posts of each on their way"));
        Talk { cast, pace: Pace::Window(window.into()), stalled: 0, title }
    }
}

impl From<Paced> for Talk {
    fn from(Paced { cast, rate }: Paced) -> Self {
        let title = cast.title(&format!("{rate} posts a second"));
        let talkers = u64::from(cast.rooms) * u64::from(cast.talkers);
        Talk { cast, pace: Pace::Every(talkers * 1_000_000 / u64::from(rate)), stalled: 0, title }
    }
}

impl From<Slow> for Talk {
    fn from(Slow { paced, stalled }: Slow) -> Self {
        let talk = Talk::from(paced);
        let title = format!("{}, {stalled} not reading", talk.title);
        Talk { stalled: stalled.into(), title, ..talk }
    }
}

/// What all connections of a run share.
struct Run {
    started: Instant,
    pace: Pace,
    size: usize,
    /// What is due by then is said, in microseconds from the start.
    until_us: Cell<u64>,
    are_stalled: Cell<bool>,
    resumed: Notify,
    deliveries: Cell<u64>,
    /// Posts that somebody has heard.
    posts: Cell<u64>,
    /// Posts on their way.
    open: Cell<u64>,
    /// People who have not said all that is due.
    owing: Cell<u64>,
    /// What is measured, in order.
    stretches: RefCell<Vec<Stretch>>,
    rooms: RefCell<Vec<Told>>,
    /// What was said in each room.
    known: Vec<RefCell<Known>>,
}

/// What was told in a room.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// The last entry that anybody has heard.
    head: u64,
    /// Posts that were sent,
    said: u64,
    /// and those that anybody has heard.
    heard: u64,
}

impl Run {
    fn now_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).expect("a run is not so long")
    }
}

/// Somebody in a room.
struct Member {
    peer: Peer,
    /// Which room, counted from 0, and what it is called.
    room: usize,
    room_name: String,
    ear: Rc<RefCell<Ear>>,
    /// His place among those who talk, if he is one.
    talker: Option<usize>,
    /// Whether he is among those who stop reading.
    stalls: bool,
    /// The number of his last post.
    said: u64,
    /// Posts of his that are on their way.
    open: u64,
    /// When the next one is due, in microseconds from the start, where there is a pace.
    due_us: u64,
    /// Whether that is past, and too many are on their way.
    owes: bool,
}

pub(super) async fn run(crowd: Rc<Crowd>, talk: Talk, random: &mut StdRng) -> Result<Report, Stop> {
    let Talk { cast, pace, stalled, title } = talk;
    let (rooms, members, talkers) =
        (usize::from(cast.rooms), usize::from(cast.members), usize::from(cast.talkers));
    if talkers + stalled > members {
        let others = if stalled > 0 { format!(", and {stalled} more stop reading") } else { String::new() };
        return Err(Stop::usage(format!("{members} members are too few: {talkers} of them talk{others}")));
    }
    // Who takes nothing for longer is sent away.
    let stalled_max = Duration::from_millis(WRITE_TIMEOUT_MS) - STALL_MARGIN;
    if stalled > 0 && Duration::from_secs(cast.seconds.into()) > stalled_max {
        let text = format!(
            "a server sends away who takes nothing for {} s: --seconds may be {} at most",
            WRITE_TIMEOUT_MS / 1_000,
            stalled_max.as_secs()
        );
        return Err(Stop::usage(text));
    }
    let come = crowd.fill(rooms, members).await?;
    let run = Rc::new(Run {
        started: Instant::now(),
        pace,
        size: cast.size.into(),
        until_us: Cell::new(u64::MAX),
        are_stalled: Cell::new(false),
        resumed: Notify::new(),
        deliveries: Cell::new(0),
        posts: Cell::new(0),
        open: Cell::new(0),
        owing: Cell::new(0),
        stretches: RefCell::default(),
        rooms: RefCell::new(vec![Told::default(); rooms]),
        known: (0..rooms).map(|_| RefCell::default()).collect(),
    });
    let (mut people, mut ears) = (JoinSet::new(), Vec::with_capacity(come.len()));
    for (number, (peer, ear)) in come.into_iter().enumerate() {
        let (room, place) = (number / members, number % members);
        let due_us = match pace {
            Pace::Window(_) => 0,
            // Not all at the same moment.
            Pace::Every(distance_us) => random.next_u64() % distance_us,
        };
        let ear = Rc::new(RefCell::new(ear));
        ears.push((room, Rc::clone(&ear)));
        let talker = (place < talkers).then_some(place);
        let stalls = place >= members - stalled;
        let room_name = crowd.room(room);
        let member =
            Member { peer, room, room_name, ear, talker, stalls, said: 0, open: 0, due_us, owes: false };
        people.spawn_local(member.live(Rc::clone(&run)));
    }
    let measured = async {
        measure(&crowd, &run, cast, stalled > 0).await?;
        let is_behind =
            |(room, ear): &(usize, Rc<RefCell<Ear>>)| ear.borrow().held() < run.rooms.borrow()[*room].head;
        drain(&run, || run.open.get() > 0 || run.owing.get() > 0 || ears.iter().any(is_behind)).await;
        Ok(())
    };
    tokio::select! { biased;
        Some(ended) = people.join_next() => {
            return Err(ended.unwrap_or_else(|error| Stop::new(format!("a connection ended in a panic: {error}"))));
        }
        measured = measured => measured?,
    }
    let mut report = Report::new(title);
    run.stretches.borrow().iter().for_each(|stretch| stretch.report(&mut report));
    let (mut flaws, told) = (Flaws::default(), run.rooms.borrow());
    for (room, ear) in ears {
        let mut ear = ear.borrow_mut();
        ear.close(told[room].head);
        // What nobody has heard was to be heard by each.
        ear.flaws.lost += told[room].said.saturating_sub(told[room].heard);
        flaws.add(ear.flaws);
    }
    report.flaws(flaws);
    Ok(report)
}

/// Measures what happens, once in all, and once more while some read nothing.
async fn measure(crowd: &Crowd, run: &Run, cast: Cast, stalls: bool) -> Result<(), Stop> {
    sleep(Duration::from_secs(cast.warm.into())).await;
    stretch(crowd, run, cast, "").await?;
    if stalls {
        run.are_stalled.set(true);
        stretch(crowd, run, cast, " while some do not read").await?;
    }
    run.until_us.set(run.now_us());
    if stalls {
        // Before this program has to read all that waits: it would hear the last posts late.
        drain(run, || run.open.get() > 0 || run.owing.get() > 0).await;
        run.are_stalled.set(false);
        run.resumed.notify_waiters();
    }
    Ok(())
}

async fn stretch(crowd: &Crowd, run: &Run, cast: Cast, meanwhile: &'static str) -> Result<(), Stop> {
    let (start, before) = (Instant::now(), crowd.usage()?);
    let (deliveries, posts) = (run.deliveries.get(), run.posts.get());
    run.stretches.borrow_mut().push(Stretch::begin(meanwhile, run.now_us()));
    sleep(Duration::from_secs(cast.seconds.into())).await;
    let heard = Heard {
        time: start.elapsed(),
        deliveries: run.deliveries.get() - deliveries,
        posts: run.posts.get() - posts,
        usage: before.zip(crowd.usage()?),
    };
    let mut stretches = run.stretches.borrow_mut();
    stretches.last_mut().expect("one was begun").end(run.now_us(), heard);
    Ok(())
}

/// Waits for what is owed to be heard, as long as something comes. What does not counts as lost.
async fn drain(run: &Run, is_owed: impl Fn() -> bool) {
    let start = Instant::now();
    let (mut heard, mut since, mut is_told) = (run.deliveries.get(), start, false);
    sleep(LOOK).await;
    while is_owed() && since.elapsed() < DRAIN {
        if run.deliveries.get() > heard {
            (heard, since) = (run.deliveries.get(), Instant::now());
        }
        if !is_told && start.elapsed() > PATIENCE {
            is_told = true;
            let wait = DRAIN.as_secs();
            print::complain(&format!(
                "not all is heard yet; waiting until it is, or nothing came for {wait} s"
            ));
        }
        sleep(LOOK).await;
    }
}

impl Member {
    /// Listens, and talks if he does, until the run is over or the connection is.
    async fn live(mut self, run: Rc<Run>) -> Stop {
        loop {
            if self.stalls && run.are_stalled.get() {
                run.resumed.notified().await;
                continue;
            }
            self.speak(&run);
            let due = run.started + Duration::from_micros(self.due_us);
            let is_paced = self.talker.is_some()
                && matches!(run.pace, Pace::Every(_))
                && !self.owes
                && self.due_us <= run.until_us.get();
            let Member { peer, room, ear, talker, open, stalls, .. } = &mut self;
            let mut refusal = None;
            let heard = peer.hear_of(&run.known[*room], |line| {
                if matches!(line.t, "refused" | "goodbye") {
                    refusal = Some(refused(line));
                } else if hear(&run, *room, &mut ear.borrow_mut(), *talker, *stalls, line) {
                    *open -= 1;
                    run.open.set(run.open.get() - 1);
                }
            });
            let heard = tokio::select! { biased;
                heard = heard => heard,
                () = sleep_until(due), if is_paced => Ok(()),
            };
            if let Some(refusal) = refusal {
                return refusal;
            }
            if let Err(error) = heard {
                return Stop::new(format!("a connection broke: {error}"));
            }
        }
    }

    /// Says what is due.
    fn speak(&mut self, run: &Run) {
        let Some(talker) = self.talker else { return };
        let now_us = run.now_us();
        match run.pace {
            Pace::Window(window) => {
                while self.open < window && now_us <= run.until_us.get() {
                    self.post(run, Said { talker, due_us: now_us });
                }
            }
            Pace::Every(distance_us) => {
                let is_due = |due_us: u64| due_us <= now_us.min(run.until_us.get());
                // What a server is behind by waits here, and counts from when it was due.
                while is_due(self.due_us) && self.open < POSTS_IN_FLIGHT_MAX {
                    // What is late by no more than the timer's own grain counts from when it is sent.
                    let is_late = now_us - self.due_us > TIMER_GRAIN_US;
                    self.post(run, Said { talker, due_us: if is_late { self.due_us } else { now_us } });
                    self.due_us += distance_us;
                }
                let owes = is_due(self.due_us);
                run.owing.set(run.owing.get() + u64::from(owes) - u64::from(self.owes));
                self.owes = owes;
            }
        }
    }

    fn post(&mut self, run: &Run, said: Said) {
        self.said += 1;
        self.open += 1;
        run.open.set(run.open.get() + 1);
        run.rooms.borrow_mut()[self.room].said += 1;
        let (room, n, words) = (&self.room_name, self.said, said.words(run.size));
        self.peer.say(&format!(r#"{{"do":"post","room":"{room}","n":{n},"text":"{words}"}}"#));
    }
}

/// Takes in a line, and tells whether it is a post of the hearer's own.
fn hear(run: &Run, room: usize, ear: &mut Ear, talker: Option<usize>, stalls: bool, line: &Line<'_>) -> bool {
    let said = ear.hear(line);
    let told = &mut run.rooms.borrow_mut()[room];
    let is_first = ear.held() > told.head;
    told.head = told.head.max(ear.held());
    let Some(said) = said else { return false };
    if is_first {
        told.heard += 1;
        run.posts.set(run.posts.get() + 1);
    }
    run.deliveries.set(run.deliveries.get() + 1);
    let now_us = run.now_us();
    // Those who stop reading hear late by their own will.
    if !(stalls && run.stretches.borrow().len() > 1) {
        run.stretches.borrow_mut().iter_mut().rev().any(|stretch| stretch.add(said.due_us, now_us));
    }
    talker == Some(said.talker)
}
