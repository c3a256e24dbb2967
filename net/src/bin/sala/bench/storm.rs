//! Runs in which all come in at once, and come back at once.

use super::Stop;
use super::crowd::Crowd;
use super::peer::Peer;
use super::report::{self, Report};
use super::tally::{Delays, Ear, Flaws};
use crate::print;
use clap::Args;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// How long it takes to try again while the server is away.
const RETRY: Duration = Duration::from_millis(20);

#[derive(Args)]
pub(super) struct Storm {
    /// Rooms.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    rooms: u16,
    /// Members of each room.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    members: u16,
    /// Wait until the server is ended and started again, instead of hanging up; the way back counts from the first
    /// connection that is made then.
    #[arg(long)]
    restart: bool,
}

pub(super) async fn run(crowd: Rc<Crowd>, storm: Storm) -> Result<Report, Stop> {
    let (rooms, members) = (usize::from(storm.rooms), usize::from(storm.members));
    let mut report = Report::new(format!("{} of {members}, all at once", report::rooms(rooms)));
    let (start, before) = (Instant::now(), crowd.usage()?);
    let come = crowd.fill(rooms, members).await?;
    report.figure("all are in a room after", start.elapsed().as_secs_f64(), "s");
    report.usage(before.zip(crowd.usage()?), start.elapsed(), 0);
    let ears =
        if storm.restart { until_lost(come).await } else { come.into_iter().map(|(_, ear)| ear).collect() };
    let ears: Rc<RefCell<Vec<Ear>>> = Rc::new(RefCell::new(ears));
    let first = Rc::new(OnceCell::new());
    let back = {
        let (ears, first) = (Rc::clone(&ears), Rc::clone(&first));
        crowd.gather(rooms * members, move |crowd, number| {
            let ear = std::mem::take(&mut ears.borrow_mut()[number]);
            come_back(crowd, number, number / members, ear, Rc::clone(&first))
        })
    };
    let back = back.await?;
    let first = first.get().copied().unwrap_or(start);
    let (mut delays, mut flaws) = (Delays::default(), Flaws::default());
    for (_, ear, at) in &back {
        delays.add(u64::try_from((*at - first).as_micros()).unwrap_or(u64::MAX));
        flaws.add(ear.flaws);
    }
    report.delays("back with all that was missed after", &delays);
    report.flaws(flaws);
    Ok(report)
}

/// Asks for the server to be started again, and waits until it has let go of everybody.
async fn until_lost(come: Vec<(Peer, Ear)>) -> Vec<Ear> {
    print::complain("all are there; end the server now, and start it again");
    let mut staying = JoinSet::new();
    for (number, (mut peer, mut ear)) in come.into_iter().enumerate() {
        staying.spawn_local(async move {
            while peer
                .hear(|line| {
                    ear.hear(line);
                })
                .await
                .is_ok()
            {}
            (number, ear)
        });
    }
    let mut lost = Vec::with_capacity(staying.len());
    while let Some(ended) = staying.join_next().await {
        lost.push(ended.expect("nothing panics in it, and nobody aborts it"));
    }
    lost.sort_by_key(|(number, _)| *number);
    lost.into_iter().map(|(_, ear)| ear).collect()
}

/// Connects as soon as the server is there, and hears all that was missed. Tells when that was.
async fn come_back(
    crowd: Rc<Crowd>,
    number: usize,
    room: usize,
    mut ear: Ear,
    first: Rc<OnceCell<Instant>>,
) -> Result<(Peer, Ear, Instant), Stop> {
    let mut peer = loop {
        match crowd.connect().await {
            Ok(peer) => break peer,
            Err(_) => sleep(RETRY).await,
        }
    };
    first.get_or_init(Instant::now);
    crowd.resume(&mut peer, number, room, &mut ear).await?;
    while ear.held() < ear.head() {
        peer.hear(|line| {
            ear.hear(line);
        })
        .await
        .map_err(|error| Stop::new(format!("a connection broke: {error}")))?;
    }
    // Nobody hangs up before all are back: a server with fewer connections has it easier.
    Ok((peer, ear, Instant::now()))
}
