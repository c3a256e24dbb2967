//! `sala-server` itself: serves one data folder until it is asked to stop.

use crate::Failure;
use crate::folder::{DATABASE, INDEX, claim};
use anyhow::Context as _;
use rand::rngs::StdRng;
#[expect(clippy::disallowed_types, reason = "the program draws its seed here, once")]
use rand::rngs::SysRng;
use rand::{Rng as _, SeedableRng as _};
use sala_core::secret::OnceCode;
use sala_core::totp;
use sala_net::clock::SystemClock;
use sala_net::config::ConfigFile;
use sala_net::order::LocalOrderer;
use sala_net::password::HashPool;
use sala_net::search::Search;
use sala_net::serve::{Claim, Parts, ServeError, Settings, World, serve};
use sala_net::store::{Reader, ThreadedStore};
use sala_net::transport::tcp::TcpAcceptor;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// The real world.
struct Real;

impl World for Real {
    type Store = ThreadedStore;
    type Orderer = LocalOrderer;
    type Clock = SystemClock;
    type Hasher = HashPool;
    type Finder = Search;
}

/// Serves this folder on this address.
pub(crate) fn run(
    file: &ConfigFile,
    data: &Path,
    listen: SocketAddr,
) -> Result<(), (Failure, anyhow::Error)> {
    let _lock = claim(data).map_err(|error| (Failure::Data, error))?;
    let random = StdRng::try_from_rng(&mut SysRng).context("the system gives no randomness");
    let mut random = random.map_err(|error| (Failure::Usage, error))?;
    let store = ThreadedStore::open(&data.join(DATABASE), random.fork())
        .map_err(|error| (Failure::Data, error.into()))?;
    let reader = Reader::open(&data.join(DATABASE), None).map_err(|error| (Failure::Data, error.into()))?;
    let parts = Parts::<Real> {
        store,
        orderer: LocalOrderer::default(),
        clock: SystemClock::new(),
        hasher: HashPool::start(random.fork()),
        finder: Search::start(&data.join(INDEX), reader),
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
            ServeError::Storage(_) => (Failure::Storage, error.into()),
            ServeError::Load(_) => {
                (Failure::Data, anyhow::Error::new(error).context(format!("cannot use {}", data.display())))
            }
        })
    })
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
