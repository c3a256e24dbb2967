//! `sala-server`: serves one data folder, and looks after it.

mod folder;
mod history;
mod notify;
#[cfg(target_os = "linux")]
mod fence;
mod renewal;
mod reload;
mod run;
mod care;
mod admin;

use clap::{Args, Parser, Subcommand};
use folder::Which;
use run::Chosen;
use sala_net::config::{ConfigFile, DEFAULT_FILE, TlsMode};
use sala_net::log::Log;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// A chat server for one folder of data: what it has accepted is on disk.
///
/// Prints `listening on ADDR` when it is ready, `operations on ADDR` if operators are answered, and `websockets on ADDR` if there
/// are any. SIGTERM or SIGINT stop it: it writes what is decided and tells everybody goodbye. SIGHUP has it read its settings
/// and its certificate again. Exit codes: 0 stopped as asked, or done; 1 damage was found; 2 wrong usage or configuration;
/// 3 the data folder cannot be used, or no server answers in it; 4 the address cannot be listened on; 5 the disk failed while
/// running (start it again once the disk is sound); 6 the server refused an order; 7 it is not known whether it was done.
#[derive(Parser)]
#[command(name = "sala-server", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    which: Which,
    /// Where to listen; port 0 takes any free one [default: 127.0.0.1:7252]
    #[arg(long, env = "SALA_LISTEN", value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Whether connections are encrypted: off, self, files, or acme (see `config default`) [default: off]
    #[arg(long, env = "SALA_TLS", value_name = "MODE")]
    tls: Option<TlsMode>,
    /// Where to take WebSockets in, at /ws, for programs that live in a browser
    #[arg(long, env = "SALA_WS", value_name = "ADDR")]
    ws: Option<SocketAddr>,
    /// Where to tell operators how the server does, by HTTP: /health, /ready, /metrics
    #[arg(long, env = "SALA_OPERATIONS", value_name = "ADDR")]
    operations: Option<SocketAddr>,
    /// What to log to standard error: error, warn, info, debug, trace [default: info]
    #[arg(long, env = "SALA_LOG", value_name = "LEVEL")]
    log: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Copy the data folder into another one, also while a server works on it.
    ///
    /// The copy is the conversation as it was at one moment, checked whole before it has its name: every entry, and that a
    /// server can start on it. What was erased before is not in it; what is erased later stays in copies until they are
    /// thrown away. A certificate of the server's own making goes along with its key, so keep copies where nobody else
    /// reads them; settings, and the certificate of an authority, lie elsewhere and do not.
    Backup {
        /// The folder for the copy, which must hold none yet, for instance /backup/sala-2026-11-25.
        to: PathBuf,
        /// Copy all the same if single entries are damaged; they stay so in the copy.
        #[arg(long)]
        damaged: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Make a data folder from a copy that `backup` made.
    ///
    /// The copy is checked whole, and stays as it is. The data folder must be empty, or not be there. Clients that had
    /// heard more than the copy holds forget what lies above, and read on from there.
    Restore {
        /// The folder that holds the copy.
        from: PathBuf,
        /// Copy all the same if single entries are damaged.
        #[arg(long)]
        damaged: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Give back the room on disk that erased posts have left, while no server works on the data folder.
    ///
    /// `admin vacuum` does so while one does, if the folder was made for that; this makes it so.
    ///
    /// All entries are copied beside the old ones, checked whole, and then take their place, so the disk must hold both for a
    /// while. A post that was erased leaves a row without its words, since the sums of all rows go on: of posts of 80
    /// letters, emptied, two thirds stay.
    Vacuum {
        #[command(flatten)]
        which: Which,
    },
    /// Check every entry of the data folder, also while a server works on it.
    ///
    /// Says what is damaged and which rooms are whole. A damaged entry is never shown: its readers are told that it is
    /// damaged, and all others stay readable. Exit code 1 if anything is damaged.
    Verify {
        #[command(flatten)]
        which: Which,
    },
    /// The file of settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Give orders to the server that runs on a data folder.
    ///
    /// They go by a socket in that folder (admin/socket), which nobody but its owner and root may open. What changes who may
    /// do what is written to the log as what people do is, in the server's own name.
    Admin {
        /// Print the server's answer as it is: one JSON object.
        #[arg(long, global = true)]
        json: bool,
        #[command(flatten)]
        which: Which,
        #[command(subcommand)]
        order: admin::Order,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print a file with every setting as it is built in, and what each is for.
    Default,
    /// Say whether a file of settings is right, and if not, what is wrong with it and where.
    Check {
        /// The file.
        #[arg(env = "SALA_CONFIG")]
        file: PathBuf,
    },
}

/// How the program ends when something fails, as its help says.
#[derive(Clone, Copy)]
enum Failure {
    Damage = 1,
    Usage = 2,
    Data = 3,
    Address = 4,
    Storage = 5,
    Refused = 6,
    Unknown = 7,
}

fn main() -> ExitCode {
    match perform(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err((failure, error)) => {
            complain(&error);
            ExitCode::from(failure as u8)
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is where the program speaks to a person")]
fn complain(error: &anyhow::Error) {
    eprintln!("sala-server: {error:#}");
}

fn perform(arguments: Arguments) -> Result<(), (Failure, anyhow::Error)> {
    let usage = |error| (Failure::Usage, error);
    let data = |which: Which| which.read().map(|(_, data)| data).map_err(usage);
    match arguments.command {
        None => {
            let Serve { which, listen, tls, ws, operations, log } = arguments.serve;
            let path = which.config.clone();
            let (file, data) = which.read().map_err(usage)?;
            let levels = log.as_ref().or(file.log.level.as_ref()).map_or("info", String::as_str);
            let started = Log::start(levels, file.log.format, file.log.security.as_deref());
            let listen = listen.or(file.listen);
            let chosen = Chosen {
                listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7252))),
                tls: tls.unwrap_or_else(|| file.tls_mode()),
                ws: ws.or(file.ws.listen),
                operations: operations.or(file.operations.listen),
                level_is_given: log.is_some(),
                log: started.map_err(|error| usage(error.into()))?,
                path,
            };
            run::run(file, &data, chosen)
        }
        Some(Command::Backup { to, damaged, which }) => care::back_up(&data(which)?, &to, damaged),
        Some(Command::Restore { from, damaged, which }) => care::restore(&from, &data(which)?, damaged),
        Some(Command::Vacuum { which }) => care::vacuum(&data(which)?),
        Some(Command::Verify { which }) => care::verify(&data(which)?),
        Some(Command::Admin { json, which, order }) => admin::give(order, &data(which)?, json),
        Some(Command::Config(ConfigCommand::Default)) => care::say(DEFAULT_FILE.trim_end()),
        Some(Command::Config(ConfigCommand::Check { file })) => {
            ConfigFile::read(&file).map_err(|error| usage(error.into()))?;
            care::say(&format!("{} is right", file.display()))
        }
    }
}
