//! Runs in which people talk: as fast as they hear themselves, or at a steady pace.

use super::Stop;
use super::crowd::{Crowd, refused};
use super::known::Known;
use super::line::Line;
use super::peer::Peer;
use super::report::{self, Report, approximate};
use super::tally::{Delays, Ear, Flaws, Said};
use clap::Args;
use rand::Rng as _;
use rand::rngs::StdRng;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How long what was said may take to be heard by everybody once nobody says more.
const DRAIN: Duration = Duration::from_secs(30);
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
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
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
    is_talking: Cell<bool>,
    is_measured: Cell<bool>,
    are_stalled: Cell<bool>,
    resumed: Notify,
    deliveries: Cell<u64>,
    /// Posts on their way.
    open: Cell<u64>,
    /// From when something was said until somebody heard it, while it is measured.
    delays: RefCell<Delays>,
    /// The last entry that anybody has heard, of each room.
    heads: RefCell<Vec<u64>>,
    /// What was said in each room.
    known: Vec<RefCell<Known>>,
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
}

pub(super) async fn run(crowd: Rc<Crowd>, talk: Talk, random: &mut StdRng) -> Result<Report, Stop> {
    let Talk { cast, pace, stalled, title } = talk;
    let (rooms, members, talkers) =
        (usize::from(cast.rooms), usize::from(cast.members), usize::from(cast.talkers));
    if talkers + stalled > members {
        let text = format!(
            "{members} members are too few: {talkers} of them talk, and {stalled} others stop reading"
        );
        return Err(Stop::usage(text));
    }
    let come = crowd.fill(rooms, members).await?;
    let run = Rc::new(Run {
        started: Instant::now(),
        pace,
        size: cast.size.into(),
        is_talking: Cell::new(true),
        is_measured: Cell::new(false),
        are_stalled: Cell::new(false),
        resumed: Notify::new(),
        deliveries: Cell::new(0),
        open: Cell::new(0),
        delays: RefCell::default(),
        heads: RefCell::new(vec![0; rooms]),
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
        let member = Member { peer, room, room_name, ear, talker, stalls, said: 0, open: 0, due_us };
        people.spawn_local(member.live(Rc::clone(&run)));
    }
    let mut report = Report::new(title);
    let measured = async {
        measure(&crowd, &run, cast, stalled > 0, &mut report).await?;
        let all_heard = async {
            let is_behind =
                |(room, ear): &(usize, Rc<RefCell<Ear>>)| ear.borrow().held() < run.heads.borrow()[*room];
            while run.open.get() > 0 || ears.iter().any(is_behind) {
                sleep(LOOK).await;
            }
        };
        // What is not heard by then counts as lost.
        drop(timeout(DRAIN, all_heard).await);
        Ok(())
    };
    tokio::select! { biased;
        Some(ended) = people.join_next() => {
            return Err(ended.unwrap_or_else(|error| Stop::new(format!("a connection ended in a panic: {error}"))));
        }
        measured = measured => measured?,
    }
    let mut flaws = Flaws::default();
    for (room, ear) in ears {
        let mut ear = ear.borrow_mut();
        ear.close(run.heads.borrow()[room]);
        flaws.add(ear.flaws);
    }
    report.flaws(flaws);
    Ok(report)
}

/// Measures what happens, once in all, and once more while some read nothing.
async fn measure(
    crowd: &Crowd,
    run: &Run,
    cast: Cast,
    stalls: bool,
    report: &mut Report,
) -> Result<(), Stop> {
    sleep(Duration::from_secs(cast.warm.into())).await;
    stretch(crowd, run, cast, report).await?;
    if stalls {
        run.are_stalled.set(true);
        report.meanwhile(" while some do not read");
        stretch(crowd, run, cast, report).await?;
        report.meanwhile("");
        run.are_stalled.set(false);
        run.resumed.notify_waiters();
    }
    run.is_talking.set(false);
    Ok(())
}

async fn stretch(crowd: &Crowd, run: &Run, cast: Cast, report: &mut Report) -> Result<(), Stop> {
    let (start, heard, before) = (Instant::now(), run.deliveries.get(), crowd.usage()?);
    run.is_measured.set(true);
    sleep(Duration::from_secs(cast.seconds.into())).await;
    run.is_measured.set(false);
    let (time, deliveries) = (start.elapsed(), run.deliveries.get() - heard);
    report.figure("deliveries", approximate(deliveries) / time.as_secs_f64(), "/s");
    report.figure("posts", approximate(deliveries) / f64::from(cast.members) / time.as_secs_f64(), "/s");
    report.delays("delay", &run.delays.take());
    report.usage(before.zip(crowd.usage()?), time, deliveries);
    Ok(())
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
            let is_paced =
                self.talker.is_some() && matches!(run.pace, Pace::Every(_)) && run.is_talking.get();
            let Member { peer, room, ear, talker, open, .. } = &mut self;
            let mut refusal = None;
            let heard = peer.hear_of(&run.known[*room], |line| {
                if matches!(line.t, "refused" | "goodbye") {
                    refusal = Some(refused(line));
                } else if hear(&run, *room, &mut ear.borrow_mut(), *talker, line) {
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
        let Some(talker) = self.talker.filter(|_| run.is_talking.get()) else { return };
        let now_us = run.now_us();
        match run.pace {
            Pace::Window(window) => {
                while self.open < window {
                    self.post(run, Said { talker, due_us: now_us });
                }
            }
            Pace::Every(distance_us) => {
                while self.due_us <= now_us {
                    // What is late by no more than the timer's own grain counts from when it is sent.
                    let is_late = now_us - self.due_us > TIMER_GRAIN_US;
                    self.post(run, Said { talker, due_us: if is_late { self.due_us } else { now_us } });
                    self.due_us += distance_us;
                }
            }
        }
    }

    fn post(&mut self, run: &Run, said: Said) {
        self.said += 1;
        self.open += 1;
        run.open.set(run.open.get() + 1);
        let (room, n, words) = (&self.room_name, self.said, said.words(run.size));
        self.peer.say(&format!(r#"{{"do":"post","room":"{room}","n":{n},"text":"{words}"}}"#));
    }
}

/// Takes in a line, and tells whether it is a post of the hearer's own.
fn hear(run: &Run, room: usize, ear: &mut Ear, talker: Option<usize>, line: &Line<'_>) -> bool {
    let said = ear.hear(line);
    let head = &mut run.heads.borrow_mut()[room];
    *head = ear.held().max(*head);
    let Some(said) = said else { return false };
    run.deliveries.set(run.deliveries.get() + 1);
    if run.is_measured.get() {
        run.delays.borrow_mut().add(run.now_us().saturating_sub(said.due_us));
    }
    talker == Some(said.talker)
}
