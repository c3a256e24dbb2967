//! Runs in which nobody says anything: what those cost who are merely there.

use super::Stop;
use super::crowd::Crowd;
use super::report::{self, Report, approximate};
use clap::Args;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

#[derive(Args)]
pub(super) struct Idle {
    /// Rooms.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    rooms: u16,
    /// Members of each room.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    members: u16,
    /// Seconds that are measured; every 15 s, each is asked for a sign of life.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

pub(super) async fn run(crowd: Rc<Crowd>, idle: Idle) -> Result<Report, Stop> {
    let (rooms, members) = (usize::from(idle.rooms), usize::from(idle.members));
    let Some(empty) = crowd.usage()? else {
        let text = "what those cost who are merely there shows in the server's process: say --pid";
        return Err(Stop::usage(text));
    };
    let mut peers = JoinSet::new();
    for (mut peer, mut ear) in crowd.fill(rooms, members).await? {
        peers.spawn_local(async move {
            loop {
                if let Err(error) = peer
                    .hear(|line| {
                        ear.hear(line);
                    })
                    .await
                {
                    return error;
                }
            }
        });
    }
    // What came with everybody's arrival is over then.
    sleep(Duration::from_secs(2)).await;
    let (start, before) = (Instant::now(), crowd.usage()?);
    let time = tokio::select! { biased;
        ended = peers.join_next() => return Err(Stop::new(format!("a connection broke: {ended:?}"))),
        () = sleep(Duration::from_secs(idle.seconds.into())) => start.elapsed(),
    };
    let mut report = Report::new(format!("{} of {members}, nobody talking", report::rooms(rooms)));
    if let Some(before) = before {
        let gained = before.resident_bytes.saturating_sub(empty.resident_bytes);
        report.figure(
            "memory for each connection",
            approximate(gained) / approximate((rooms * members) as u64),
            "B",
        );
    }
    report.usage(before.zip(crowd.usage()?), time, 0);
    Ok(report)
}
