//! `sala-server` itself: serves one data folder until it is asked to stop.

use crate::Failure;
#[cfg(target_os = "linux")]
use crate::fence;
use crate::folder::{DATABASE, INDEX, claim};
use crate::history::history;
use crate::notify;
use crate::reload::{Knobs, Live};
use crate::renewal::Renewal;
use anyhow::{Context as _, anyhow};
use rand::rngs::StdRng;
#[expect(clippy::disallowed_types, reason = "the program draws its seed here, once")]
use rand::rngs::SysRng;
use rand::{Rng as _, SeedableRng as _};
use sala_core::limits::{DESCRIPTORS_KEPT, HALL_PLACES_MAX};
use sala_core::secret::OnceCode;
use sala_core::totp;
use sala_net::admin::Office;
use sala_net::clock::SystemClock;
use sala_net::config::{ConfigFile, TlsFile, TlsMode};
use sala_net::log::Log;
use sala_net::meter::Meter;
use sala_net::operations::Watch;
use sala_net::order::LocalOrderer;
use sala_net::password::HashPool;
use sala_net::search::Search;
use sala_net::serve::{
    Claim, Desk, Parts, ServeError, Settings, Slack, Sources, World, desk, serve, threads, workers,
};
use sala_net::store::{Reader, ThreadedStore};
use sala_net::transport::any::{AnyListener, AnyStream};
use sala_net::transport::policy::Policy;
use sala_net::transport::tcp::TcpAcceptor;
use sala_net::transport::tls::Identity;
use std::cell::RefCell;
use std::io::Write as _;
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
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

/// What flags and environment say, or the file where they say nothing.
pub(crate) struct Chosen {
    pub(crate) listen: SocketAddr,
    pub(crate) tls: TlsMode,
    pub(crate) ws: Option<SocketAddr>,
    pub(crate) operations: Option<SocketAddr>,
    /// What is logged is not for the file to say.
    pub(crate) level_is_given: bool,
    pub(crate) log: Log,
    /// Where the file is.
    pub(crate) path: Option<PathBuf>,
}

/// Serves this folder.
pub(crate) fn run(file: ConfigFile, data: &Path, chosen: Chosen) -> Result<(), (Failure, anyhow::Error)> {
    let Chosen { listen, tls, ws, operations, level_is_given, log, path } = chosen;
    let _lock = claim(data).map_err(|error| (Failure::Data, error))?;
    #[cfg(target_os = "linux")]
    fence::enclose(data, file.log.security.as_deref());
    let random = StdRng::try_from_rng(&mut SysRng).context("the system gives no randomness");
    let mut random = random.map_err(|error| (Failure::Usage, error))?;
    let (renewal, identity) = identity(tls, &file.tls, data)?;
    let history = history(data, &mut random).map_err(|error| (Failure::Data, error))?;
    let store = ThreadedStore::open(&data.join(DATABASE), random.fork())
        .map_err(|error| (Failure::Data, error.into()))?;
    let reader = Reader::open(&data.join(DATABASE), None).map_err(|error| (Failure::Data, error.into()))?;
    let search = Search::start(&data.join(INDEX), reader).map_err(|error| (Failure::Data, error.into()))?;
    let hasher = HashPool::start(random.fork()).map_err(|error| (Failure::Data, error.into()))?;
    let parts = Parts::<Real> {
        store,
        orderer: LocalOrderer::default(),
        clock: SystemClock::new(),
        hasher,
        finder: search.clone(),
    };
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (ours, theirs) = workers(file.threads(processors) - 1, Slack::default());
    let Parts { store, clock, finder, .. } = &parts;
    let sources = || Sources::<Real> { store: store.clone(), clock: *clock, finder: finder.clone() };
    threads::start(theirs, sources, AnyStream::settle).map_err(|error| (Failure::Usage, error.into()))?;
    let code = once_code(&mut random);

    // The name is that of the threads on which it reads from disk.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().thread_name("sala-read").build();
    let runtime = runtime.map_err(|error| (Failure::Usage, error.into()))?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let acceptor = TcpAcceptor::bind(listen)
            .with_context(|| format!("cannot listen on {listen}; is another program there? try --listen"))
            .map_err(|error| (Failure::Address, error))?;
        let address = acceptor.address().map_err(|error| (Failure::Address, error.into()))?;
        let shutdown = asked_to_stop().map_err(|error| (Failure::Usage, error.into()))?;
        warn_of_strangers(address, identity.is_some());
        let policy = Rc::new(Policy::default());
        policy.set(file.proxy.trusted.clone(), file.ws.origins.clone());
        let announced = file.proxy.protocol.then(|| Rc::clone(&policy));
        let mut listener = AnyListener::new(acceptor, identity.clone(), announced);
        let mut websockets = None;
        if let Some(ws) = ws {
            let acceptor = TcpAcceptor::bind(ws)
                .with_context(|| {
                    format!("cannot take WebSockets in on {ws}; is another program there? try --ws")
                })
                .map_err(|error| (Failure::Address, error))?;
            let address = acceptor.address().map_err(|error| (Failure::Address, error.into()))?;
            // Whoever stands between this computer and itself is its own proxy.
            let identity = identity.clone().filter(|_| !address.ip().is_loopback());
            warn_of_strangers(address, identity.is_some());
            listener = listener.and_websockets(acceptor, identity, Rc::clone(&policy));
            websockets = Some(address);
        }
        let hangups = signal(SignalKind::hangup()).map_err(|error| (Failure::Usage, error.into()))?;
        let meter = Rc::new(Meter::default());
        let watch = watch(operations, &meter, data).await;
        let watch = watch.map_err(|error| (Failure::Address, error))?;
        announce("listening", address).map_err(|error| (Failure::Usage, error.into()))?;
        if let Some(watch) = &watch {
            let address = watch.address();
            address
                .and_then(|address| announce("operations", address))
                .map_err(|error| (Failure::Usage, error.into()))?;
        }
        if let Some(address) = websockets {
            announce("websockets", address).map_err(|error| (Failure::Usage, error.into()))?;
        }
        let watch = async {
            match watch {
                Some(watch) => watch.answer().await,
                None => std::future::pending().await,
            }
        };
        notify::ready();
        let (offered, is_offered) = oneshot::channel();
        let claim = Claim { hash: code.hash(), offered };
        let mut quota = file.quota();
        quota.sessions = quota.sessions.min(descriptors(quota.sessions));
        let (desk, orders) = desk();
        let (claim, orders) = (Some(claim), Some(orders));
        let settings = Settings { quota, claim, meter, orders, history: Some(history) };
        let file = RefCell::new(file);
        let of = desk.clone();
        let live =
            Live { path, file, level_is_given, tls, descriptors, identity, renewal, policy, log, desk: of };
        let live = Rc::new(live);
        let office = office(data, desk, Knobs(Rc::clone(&live)));
        let offer = async {
            if is_offered.await.is_ok() {
                offer(&code);
            }
            std::future::pending::<()>().await;
        };
        let served = tokio::select! { biased;
            served = serve(listener, ours, parts, settings, shutdown) => served,
            () = offer => unreachable!("an offer stands for as long as the server runs"),
            () = watch => unreachable!("it answers for as long as the server runs"),
            () = Rc::clone(&live).follow(hangups) => unreachable!("it may be asked for at any time"),
            () = live.renewal.keep() => unreachable!("it is seen to for as long as the server runs"),
            () = office => unreachable!("orders may be given at any time"),
            () = notify::is_alive() => unreachable!("it is told so for as long as the server runs"),
        };
        search.end().await;
        served.map_err(|error| match error {
            ServeError::Storage(_) => (Failure::Storage, error.into()),
            ServeError::Load(_) => {
                (Failure::Data, anyhow::Error::new(error).context(format!("cannot use {}", data.display())))
            }
        })
    })
}

/// For how many connections the system gives descriptors, once as many are asked for as may be.
fn descriptors(wanted: usize) -> usize {
    /// Those who have yet to say where they come from or to greet, of both kinds.
    const HALLS: u64 = 2 * HALL_PLACES_MAX as u64;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let aim = wanted as u64 + DESCRIPTORS_KEPT + HALLS;
    let raised = maximum.map_or(aim, |maximum| aim.min(maximum));
    let is_less = current.is_some_and(|current| current < raised);
    if is_less && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum }) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let given = usize::try_from(limit.saturating_sub(DESCRIPTORS_KEPT)).unwrap_or(usize::MAX).max(1);
    if given < wanted {
        tracing::warn!(
            limit,
            connections = given,
            "the system gives fewer open files than the connections that are to be held; raise its limit (LimitNOFILE, ulimit -n)"
        );
    }
    given
}

/// Done when the system or the person at the terminal wants the server to stop.
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! { biased;
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        notify::stopping();
    })
}

/// What keeps the server's certificate, and whom it is by that.
type Shown = (Renewal, Option<Arc<Identity>>);

/// Whom the server is to those who encrypt, none if nobody does; and what keeps it so.
fn identity(mode: TlsMode, tls: &TlsFile, data: &Path) -> Result<Shown, (Failure, anyhow::Error)> {
    let identity = match mode {
        TlsMode::Off => return Ok((Renewal::none(), None)),
        TlsMode::Own => Identity::own(data).map_err(|error| (Failure::Data, error.into()))?,
        TlsMode::Files => {
            let (Some(certificate), Some(key)) = (&tls.certificate, &tls.key) else {
                let error = anyhow!("--tls files needs tls.certificate and tls.key, in the file of settings");
                return Err((Failure::Usage, error));
            };
            Identity::read(certificate, key).map_err(|error| (Failure::Usage, error.into()))?
        }
        TlsMode::Acme => {
            let (renewal, identity) = Renewal::by_authority(tls, data)?;
            return Ok((renewal, Some(identity)));
        }
    };
    if let Some(fingerprint) = identity.fingerprint() {
        tracing::info!(%fingerprint, "connections are encrypted; whoever meets the server first may compare this");
    }
    Ok((Renewal::none(), Some(Arc::new(identity))))
}

/// Says so if what people write can be read on the way.
fn warn_of_strangers(address: SocketAddr, encrypted: bool) {
    if !encrypted && !address.ip().is_loopback() {
        tracing::warn!(%address, "connections are not encrypted, and others than this computer can reach the server; see tls in `sala-server config default`");
    }
}

/// Takes orders by the socket in the data folder. A server without it serves all the same.
async fn office(data: &Path, desk: Desk, knobs: Knobs) {
    match Office::open(data, desk, knobs) {
        Ok(office) => office.work().await,
        Err(error) => {
            tracing::warn!(%error, "no orders can be given to this server: its socket cannot be opened in the data folder");
            std::future::pending::<()>().await;
        }
    }
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
    eprintln!("    sala admin claim");
    eprintln!("and this code, which is good once: {}", groups.join("-"));
}

/// Listens for operators, if they are to be answered.
async fn watch(address: Option<SocketAddr>, meter: &Rc<Meter>, data: &Path) -> anyhow::Result<Option<Watch>> {
    let Some(address) = address else { return Ok(None) };
    let wal = format!("{DATABASE}-wal");
    let files = [DATABASE, &wal, INDEX].map(|file| data.join(file)).into();
    let watch = Watch::bind(address, Rc::clone(meter), files).await;
    let watch = watch.with_context(|| format!("cannot tell operators anything on {address}"))?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "others than this computer can see how the server does");
    }
    Ok(Some(watch))
}

fn announce(what: &str, address: SocketAddr) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what} on {address}")?;
    out.flush()
}
