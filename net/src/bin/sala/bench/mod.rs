//! `sala bench`: what a server gives, and what that costs it, measured from outside.

mod process;
mod line;
mod known;
mod peer;
mod tally;
mod crowd;
mod report;
mod stretch;
mod talk;
mod idle;
mod storm;
mod hostile;

use crate::print;
use clap::{Args, Subcommand};
use crowd::{Crowd, Way};
use rand::rngs::StdRng;
#[expect(clippy::disallowed_types, reason = "the names of a run are drawn here, once")]
use rand::rngs::SysRng;
use rand::{Rng as _, SeedableRng as _};
use report::Report;
use std::process::ExitCode;
use std::rc::Rc;

/// What a server needs to be told before it lets so much be asked of it.
const SETTINGS: &str = include_str!("settings.toml");

/// Measure a server: how much it delivers, how soon, and what that costs it.
///
/// It makes guests and rooms that stay behind, and asks for more than people do: start a server for it, with a data folder
/// of its own and the settings that `sala bench settings` prints. It is checked that every post comes to everybody, once and in
/// order; exit code 1 says that something was lost, doubled or out of order.
#[derive(Args)]
pub(crate) struct Bench {
    #[command(subcommand)]
    shape: Shape,
    /// The server's address.
    #[arg(long, global = true, env = "SALA_SERVER", value_name = "ADDR", default_value = "127.0.0.1:7252")]
    server: String,
    /// Speak without encryption. To this computer's own addresses that is so anyhow.
    #[arg(long, global = true)]
    plain: bool,
    /// Encrypt even on the way to this computer.
    #[arg(long, global = true, conflicts_with = "plain")]
    tls: bool,
    /// The server's process, if it runs on this computer: its processor time and memory are measured, too.
    #[arg(long, global = true, value_name = "PID")]
    pid: Option<u32>,
    /// Connections that are made at once.
    #[arg(long, global = true, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    together: u16,
    /// Print the figures as one JSON object.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Shape {
    /// Some members of each room talk as fast as they hear themselves.
    Fan(talk::Fan),
    /// They talk at a steady pace, whatever the server does: a post that has to wait counts from when it was due.
    Paced(talk::Paced),
    /// The same, while some members read nothing for a while; then they must be given all of it. The system takes some hundreds
    /// of kilobytes for each of them before the server notices: say `--rate 10000 --size 400`, or as much as it bears.
    Slow(talk::Slow),
    /// Nobody says anything: what that costs shows in the server's process, so `--pid` is needed.
    Idle(idle::Idle),
    /// All come in at once, and then all come back at once.
    Storm(storm::Storm),
    /// Many mean harm: noise, half lines, a byte a second, questions whose answers they never read. See how others fare meanwhile.
    Hostile(hostile::Hostile),
    /// Print the settings of a server that is to be measured.
    Settings,
}

/// A run that came to nothing: why, in words for whoever started it, and the exit code.
#[derive(Debug)]
struct Stop {
    text: String,
    code: u8,
}

impl Stop {
    /// The server, or the way to it, does not let the run be.
    fn new(text: impl Into<String>) -> Self {
        Stop { text: text.into(), code: 3 }
    }

    /// It cannot be meant.
    fn usage(text: impl Into<String>) -> Self {
        Stop { text: text.into(), code: 2 }
    }
}

pub(crate) async fn run(bench: Bench) -> anyhow::Result<ExitCode> {
    if matches!(bench.shape, Shape::Settings) {
        return Ok(print::line(SETTINGS.trim_end()).err().unwrap_or(ExitCode::SUCCESS));
    }
    process::raise_descriptors();
    let mut random = StdRng::try_from_rng(&mut SysRng)?;
    let way = Way { server: bench.server.clone(), plain: bench.plain, tls: bench.tls };
    let crowd = Crowd::new(way, bench.pid, bench.together.into(), random.next_u32());
    match measure(crowd, bench.shape, &mut random).await {
        Ok(report) => {
            let text = if bench.json { report.json() } else { report.table() };
            let printed = print::line(&text).err();
            Ok(printed.unwrap_or(ExitCode::from(u8::from(!report.is_right()))))
        }
        Err(Stop { text, code }) => {
            print::complain(&text);
            Ok(ExitCode::from(code))
        }
    }
}

async fn measure(crowd: Rc<Crowd>, shape: Shape, random: &mut StdRng) -> Result<Report, Stop> {
    // A process that cannot be looked at is known before everybody has come.
    crowd.usage()?;
    match shape {
        Shape::Fan(fan) => talk::run(crowd, fan.into(), random).await,
        Shape::Paced(paced) => talk::run(crowd, paced.into(), random).await,
        Shape::Slow(slow) => talk::run(crowd, slow.into(), random).await,
        Shape::Idle(idle) => idle::run(crowd, idle).await,
        Shape::Storm(storm) => storm::run(crowd, storm).await,
        Shape::Hostile(hostile) => hostile::run(crowd, hostile).await,
        Shape::Settings => unreachable!("they are printed before anything is measured"),
    }
}
