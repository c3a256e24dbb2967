//! `sala`: the terminal client.

mod shape;
mod print;
mod qr;
mod asking;
mod chance;
mod who;
mod link;
mod grammar;
mod answer;
mod trouble;
mod talk;
mod titles;
mod line;
mod account;
mod act;
mod look;
mod post;
mod tail;
mod cli;
mod slip;
mod chat;
mod bench;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use sala_core::entry::Seq;
use sala_core::name::RoomName;
use sala_net::link::RoomLink;
use std::process::ExitCode;
use std::time::Duration;
use talk::Talk;
use trouble::Trouble;
use who::Who;

/// The room that there always is.
const LOBBY: &str = "lobby";

/// Talk in the rooms of a Sala server.
///
/// Exit codes: 0 done; 1 something was refused, or failed on this computer; 2 wrong usage; 3 the server would not let us
/// in, or time ran out; 4 the link broke before the answer, so it may be done or not; 130 interrupted; 143 ended by
/// SIGTERM. What the server refuses is said on standard error, with its code at the end of the line.
#[derive(Parser)]
#[command(name = "sala", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Talk in a window of the terminal.
    Chat {
        #[command(flatten)]
        who: Who,
        /// The room to start in, by its name, its title, its key (~7), or @NAME for a conversation of two; else it is the
        /// lobby.
        #[arg(long)]
        room: Option<String>,
        /// Come into a room by a link that somebody gave you; it says as well which server it is.
        #[arg(long, value_name = "LINK", conflicts_with = "room")]
        link: Option<RoomLink>,
    },
    /// Post the arguments as one line, or each line of standard input as one, in order.
    ///
    /// Prints the place of each in the room's log as it is stored, and ends when all are: however often the server
    /// or the network fails meanwhile, no line is lost, doubled or out of order. Blank lines are passed over.
    Post {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        room: Room,
        /// What to say; standard input if there is nothing here.
        text: Vec<String>,
        /// Print each place as one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print a room's entries as they come.
    Tail {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        room: Room,
        /// Start with this entry (1 is the first), instead of the next one that comes.
        #[arg(long, value_name = "SEQ")]
        from: Option<u64>,
        /// End after this many entries.
        #[arg(long, value_name = "N")]
        count: Option<u64>,
        /// Print each entry as one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print a page of a room's history: the newest entries, or those before or after a place.
    History {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        room: Room,
        /// The entries right before this one.
        #[arg(long, value_name = "SEQ", conflicts_with = "after")]
        before: Option<u64>,
        /// The entries right after this one; 0 starts at the beginning.
        #[arg(long, value_name = "SEQ")]
        after: Option<u64>,
        /// How many entries, at most 200.
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
        limit: u16,
        /// Print each entry as one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// List the rooms of the server.
    Rooms {
        #[command(flatten)]
        who: Who,
        /// Print each room as one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    Bench(bench::Bench),
}

/// Which room.
#[derive(Args)]
struct Room {
    /// The room, by its name, its title, its key (~7), or @NAME for a conversation of two; you join it if you are no
    /// member yet.
    #[arg(long, default_value = LOBBY)]
    room: String,
    /// Make the room if there is none.
    #[arg(long)]
    create: bool,
}

fn main() -> ExitCode {
    let matches = match slip::matches(&Arguments::command().subcommands(cli::topics())) {
        Ok(matches) => matches,
        Err(error) => return slip::explain(&error),
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("SALA_LOG"))
        .with_writer(std::io::stderr)
        .init();
    let work = match cli::errand(&matches) {
        Some(errand) => errand.map(Work::Errand),
        None => Arguments::from_arg_matches(&matches).map(|arguments| Work::Command(arguments.command)),
    };
    match work.map_err(|error| error.exit()).and_then(run) {
        Ok(code) => code,
        Err(error) => {
            print::complain(&format!("{error:#}"));
            ExitCode::from(1)
        }
    }
}

/// What was asked for.
enum Work {
    /// One of the commands above.
    Command(Command),
    /// One of the grammar's.
    Errand(act::Errand),
}

fn run(work: Work) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let give_up = match &work {
        Work::Command(Command::Chat { .. } | Command::Bench(_)) => None,
        Work::Command(
            Command::Post { who, .. }
            | Command::Tail { who, .. }
            | Command::History { who, .. }
            | Command::Rooms { who, .. },
        ) => who.give_up,
        Work::Errand(errand) => errand.who.give_up,
    };
    local.block_on(&runtime, async {
        let work = async {
            match work {
                Work::Errand(errand) => act::run(errand).await,
                Work::Command(Command::Bench(bench)) => bench::run(bench).await,
                Work::Command(command) => perform(command).await,
            }
        };
        let time = give_up.map_or(Duration::MAX, Duration::from_secs);
        tokio::select! { biased;
            result = work => result,
            () = tokio::time::sleep(time) => {
                print::complain("gave up: the time is over, and not everything is done");
                Ok(ExitCode::from(3))
            }
            _ = tokio::signal::ctrl_c() => Ok(ExitCode::from(130)),
        }
    })
}

impl Room {
    /// The room's key. The server is asked for it where the word is none and may be a title.
    async fn key(&self, who: &Who) -> Result<RoomName, Trouble> {
        match self.room.parse::<RoomName>() {
            Ok(name) if self.create || name.is_given() || name.as_str() == LOBBY => Ok(name),
            Err(error) if !self.room.starts_with(['@', '=']) => {
                Err(Trouble::Usage(format!("{} is no name of a room: {error}", self.room)))
            }
            _ => act::room(who, &self.room).await,
        }
    }
}

async fn perform(command: Command) -> anyhow::Result<ExitCode> {
    let (who, place) = match &command {
        Command::Post { who, room, .. }
        | Command::Tail { who, room, .. }
        | Command::History { who, room, .. } => (who, room),
        Command::Chat { who, room, link } => {
            return chat::run(who.clone(), room.clone(), link.clone()).await;
        }
        Command::Rooms { who, json } => return act::rooms(who.clone(), *json).await,
        Command::Bench(_) => unreachable!("it has no name, and is done by itself"),
    };
    let key = match place.key(who).await {
        Ok(key) => key,
        Err(trouble) => return Ok(trouble.told()),
    };
    match command {
        Command::Chat { .. } | Command::Rooms { .. } | Command::Bench(_) => {
            unreachable!("they are about no room, and done above")
        }
        Command::Post { who, room, text, json } => {
            post::run(Talk::start(&who, false)?, key, room.create, text, json).await
        }
        Command::Tail { who, room, from, count, json } => {
            let tail = tail::Tail { room: key, create: room.create, from: from.map(Seq), count, json };
            tail::run(Talk::start(&who, false)?, tail).await
        }
        Command::History { who, room, before, after, limit, json } => {
            let page = look::page(before, after);
            look::history(Talk::start(&who, false)?, key, room.create, page, limit.into(), json).await
        }
    }
}
