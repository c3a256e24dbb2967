//! `sala-server`: serves one data folder.

use anyhow::Context as _;
use clap::Parser;
use rand::rngs::StdRng;
#[expect(clippy::disallowed_types, reason = "the program draws its seed here, once")]
use rand::rngs::SysRng;
use rand::{Rng as _, SeedableRng as _};
use sala_core::secret::OnceCode;
use sala_core::totp;
use sala_net::clock::SystemClock;
use sala_net::config::{ConfigFile, DEFAULT_FILE};
use sala_net::order::LocalOrderer;
use sala_net::password::HashPool;
use sala_net::search::Search;
use sala_net::serve::{Claim, Parts, Settings, World, serve};
use sala_net::store::{Reader, ThreadedStore};
use sala_net::transport::tcp::TcpAcceptor;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// A chat server for one folder of data: what it has accepted is on disk.
///
/// Prints `listening on ADDR` when it is ready. SIGTERM or SIGINT stop it: it writes what is decided and tells everybody
/// goodbye. Exit codes: 0 stopped as asked; 2 wrong usage or configuration; 3 the data folder cannot be used; 4 the
/// address cannot be listened on; 5 the disk failed while running (start it again once the disk is sound).
#[derive(Parser)]
#[command(name = "sala-server", version, max_term_width = 100)]
struct Arguments {
    /// A TOML file with settings; --print-config shows one.
    #[arg(long, env = "SALA_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder that holds everything; made if there is none [default: ./sala-data]
    #[arg(long, env = "SALA_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to listen; port 0 takes any free one [default: 127.0.0.1:7252]
    #[arg(long, env = "SALA_LISTEN", value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// What to log to standard error: error, warn, info, debug, trace [default: info]
    #[arg(long, env = "SALA_LOG", value_name = "LEVEL")]
    log: Option<String>,
    /// Print a configuration with every setting as it is built in, and end.
    #[arg(long)]
    print_config: bool,
}

/// The real world.
struct Real;

impl World for Real {
    type Store = ThreadedStore;
    type Orderer = LocalOrderer;
    type Clock = SystemClock;
    type Hasher = HashPool;
    type Finder = Search;
}

/// How the program ends when something fails, as its help says.
#[derive(Clone, Copy)]
enum Failure {
    Usage = 2,
    Data = 3,
    Address = 4,
    Storage = 5,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
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

#[expect(clippy::print_stdout, reason = "the configuration is what was asked for")]
fn run(arguments: Arguments) -> Result<(), (Failure, anyhow::Error)> {
    if arguments.print_config {
        print!("{DEFAULT_FILE}");
        return Ok(());
    }
    let file = arguments.config.as_deref().map(ConfigFile::read).transpose();
    let file = file.map_err(|error| (Failure::Usage, error.into()))?.unwrap_or_default();
    let log = arguments.log.or_else(|| file.log.clone()).unwrap_or_else(|| "info".to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(&log).context("--log names no level");
    let filter = filter.map_err(|error| (Failure::Usage, error))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let data = arguments.data.or_else(|| file.data.clone()).unwrap_or_else(|| PathBuf::from("sala-data"));
    let listen = arguments.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7252)));

    let _lock = claim(&data).map_err(|error| (Failure::Data, error))?;
    let random = StdRng::try_from_rng(&mut SysRng).context("the system gives no randomness");
    let mut random = random.map_err(|error| (Failure::Usage, error))?;
    let store = ThreadedStore::open(&data.join("sala.db"), random.fork())
        .map_err(|error| (Failure::Data, error.into()))?;
    let reader = Reader::open(&data.join("sala.db"), None).map_err(|error| (Failure::Data, error.into()))?;
    let parts = Parts::<Real> {
        store,
        orderer: LocalOrderer::default(),
        clock: SystemClock::new(),
        hasher: HashPool::start(random.fork()),
        finder: Search::start(&data.join("search.db"), reader),
    };
    let code = once_code(&mut random);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| (Failure::Usage, error.into()))?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let listener = TcpAcceptor::bind(listen)
            .with_context(|| format!("cannot listen on {listen}; is another program there? try --listen"))
            .map_err(|error| (Failure::Address, error))?;
        let address = listener.address().map_err(|error| (Failure::Address, error.into()))?;
        let shutdown = asked_to_stop().map_err(|error| (Failure::Usage, error.into()))?;
        announce(address).map_err(|error| (Failure::Usage, error.into()))?;
        let (offered, is_offered) = oneshot::channel();
        let claim = Claim { hash: code.hash(), offered };
        let settings = Settings { quota: file.quota(), claim: Some(claim) };
        let offer = async {
            if is_offered.await.is_ok() {
                offer(&code);
            }
            std::future::pending::<()>().await;
        };
        let served = tokio::select! { biased;
            served = serve(listener, parts, settings, shutdown) => served,
            () = offer => unreachable!("an offer stands for as long as the server runs"),
        };
        served.map_err(|error| match error {
            sala_net::serve::ServeError::Storage(_) => (Failure::Storage, error.into()),
            sala_net::serve::ServeError::Load(_) => {
                (Failure::Data, anyhow::Error::new(error).context(format!("cannot use {}", data.display())))
            }
        })
    })
}

/// Makes the folder if there is none, and sees that no other server works on it.
fn claim(data: &Path) -> anyhow::Result<File> {
    let mut folder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(folder.recursive(true), 0o700);
    folder.create(data).with_context(|| format!("cannot make the data folder {}", data.display()))?;
    let path = data.join("lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let lock = lock.with_context(|| format!("cannot write to the data folder {}", data.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            anyhow::bail!(
                "another sala-server works on {}; stop it, or choose another --data",
                data.display()
            )
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// Done when the system or the person at the terminal wants the server to stop.
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! { biased;
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// A code to be typed by a person: 80 bits, in groups of four.
fn once_code(random: &mut StdRng) -> OnceCode {
    let mut bytes = [0; 10];
    random.fill_bytes(&mut bytes);
    OnceCode::new(&totp::secret(&bytes)).expect("sixteen characters of base32 are a code")
}

#[expect(clippy::print_stderr, reason = "the code is for whoever starts the server, and belongs in no log")]
fn offer(code: &OnceCode) {
    let groups: Vec<&str> = (0..4).map(|group| &code.reveal()[4 * group..4 * group + 4]).collect();
    eprintln!("nobody administers this server yet; whoever has an account becomes its administrator by");
    eprintln!("    sala admin claim {}", groups.join("-"));
}

fn announce(address: SocketAddr) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {address}")?;
    out.flush()
}
