//! Runs in which many mean harm, each in a way that costs him little; what it costs others is measured beside it.

use super::Stop;
use super::crowd::Crowd;
use super::report::Report;
use clap::Args;
use sala_net::transport::tcp::TcpConnector;
use sala_net::transport::{Connector as _, Stream};
use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// How often whoever is slow sends a byte, and whoever is noisy makes more noise.
const BEAT: Duration = Duration::from_secs(1);
/// How long what nobody takes is pushed before it is pushed anew.
const PUSH: Duration = Duration::from_secs(10);
/// Bytes of noise at once.
const NOISE_BYTES: usize = 4_096;
/// Questions at once of whoever reads no answers.
const QUESTIONS: usize = 1_000;

#[derive(Args)]
pub(super) struct Hostile {
    /// Connections that are held, and made again when the server closes them.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Seconds until all of them leave.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Seconds for which somebody stays away whose connection the server has closed.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    again: u32,
    /// Where the server takes WebSockets in, if it is to be tried there as well.
    #[arg(long, value_name = "ADDR")]
    ws: Option<String>,
}

/// What somebody does who means harm.
#[derive(Clone, Copy, Debug)]
enum Harm {
    /// Nothing.
    Silence,
    /// Bytes that mean nothing.
    Noise,
    /// Half of something that would mean something.
    Half,
    /// The same, one byte a second.
    Slow,
    /// Questions whose answers he never reads.
    Deaf,
}

const HARMS: [Harm; 5] = [Harm::Silence, Harm::Noise, Harm::Half, Harm::Slow, Harm::Deaf];

/// By what he comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Bare TCP, whether the server encrypts or not.
    Tcp,
    /// As people do.
    Door,
    WebSocket,
}

impl By {
    /// How somebody begins who means what he says.
    fn begin(self, encrypts: bool) -> &'static [u8] {
        match self {
            By::WebSocket => {
                b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            }
            // A greeting of TLS 1.2 or 1.3, as far as its length, its version and some of its chance.
            By::Tcp if encrypts => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 somebody has thrown a die",
            By::Tcp | By::Door => b"{\"do\":\"enter\",\"name\":\"somebody\",\"token\":",
        }
    }
}

#[derive(Default)]
struct Counts {
    made: Cell<u64>,
    failed: Cell<u64>,
    held: Cell<u64>,
}

fn add(count: &Cell<u64>) {
    count.set(count.get() + 1);
}

pub(super) async fn run(crowd: Rc<Crowd>, hostile: Hostile) -> Result<Report, Stop> {
    let (counts, start, before) = (Rc::new(Counts::default()), Instant::now(), crowd.usage()?);
    let (mut strangers, again) = (JoinSet::new(), Duration::from_secs(hostile.again.into()));
    for number in 0..usize::from(hostile.connections) {
        // Each kind comes in each way.
        let by = match (number / HARMS.len()) % 10 {
            0..5 => By::Tcp,
            5..8 => By::Door,
            _ if hostile.ws.is_some() => By::WebSocket,
            _ => By::Tcp,
        };
        let stranger = live(
            Rc::clone(&crowd),
            hostile.ws.clone(),
            by,
            HARMS[number % HARMS.len()],
            again,
            Rc::clone(&counts),
        );
        strangers.spawn_local(stranger);
    }
    sleep(Duration::from_secs(hostile.seconds.into())).await;
    let (time, after, held) = (start.elapsed(), crowd.usage()?, counts.held.get());
    strangers.shutdown().await;
    let mut report = Report::new(format!("{} who mean harm", hostile.connections));
    report.count("connections made", counts.made.get());
    report.count("connections not made", counts.failed.get());
    report.count("connections held at the end", held);
    report.usage(before.zip(after), time, 0);
    Ok(report)
}

/// Comes, does harm until he is thrown out, and comes again.
async fn live(crowd: Rc<Crowd>, ws: Option<String>, by: By, harm: Harm, again: Duration, counts: Rc<Counts>) {
    loop {
        match connect(&crowd, ws.as_deref(), by).await {
            Ok(stream) => {
                add(&counts.made);
                add(&counts.held);
                // That it is thrown out is what is to be expected.
                harm.is_done(stream, by.begin(crowd.encrypts())).await.ok();
                counts.held.set(counts.held.get() - 1);
            }
            Err(_) => add(&counts.failed),
        }
        sleep(again).await;
    }
}

async fn connect(crowd: &Crowd, ws: Option<&str>, by: By) -> io::Result<Box<dyn Stream>> {
    let _place = crowd.place().await;
    let bare = |address: &str| TcpConnector(address.to_owned());
    Ok(match (by, ws) {
        (By::Door, _) => crowd.stream().await?,
        (By::WebSocket, Some(ws)) => Box::new(bare(ws).connect().await?),
        _ => Box::new(bare(crowd.server()).connect().await?),
    })
}

impl Harm {
    /// Does it for as long as the server bears it. What would be said begins so.
    async fn is_done(self, mut stream: Box<dyn Stream>, begin: &[u8]) -> io::Result<()> {
        match self {
            Harm::Silence => until_closed(&mut stream).await,
            Harm::Half => {
                stream.write_all(&begin[..begin.len() - 4]).await?;
                stream.flush().await?;
                until_closed(&mut stream).await
            }
            Harm::Slow => {
                for byte in begin.iter().cycle() {
                    stream.write_all(&[*byte]).await?;
                    stream.flush().await?;
                    // Also whoever is slow hears that he is thrown out.
                    if timeout(BEAT, until_closed(&mut stream)).await.is_ok() {
                        break;
                    }
                }
                Ok(())
            }
            Harm::Noise => {
                let noise: Vec<u8> = (0_u32..)
                    .take(NOISE_BYTES)
                    .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
                    .collect();
                loop {
                    push(&mut stream, &noise).await?;
                    sleep(BEAT).await;
                }
            }
            Harm::Deaf => {
                let questions = b"{\"do\":\"ping\"}\n".repeat(QUESTIONS);
                if begin.starts_with(b"GET") {
                    stream.write_all(begin).await?;
                }
                loop {
                    push(&mut stream, &questions).await?;
                    sleep(BEAT).await;
                }
            }
        }
    }
}

/// Sends something, or as much of it as goes.
async fn push(stream: &mut Box<dyn Stream>, bytes: &[u8]) -> io::Result<()> {
    match timeout(PUSH, async {
        stream.write_all(bytes).await?;
        stream.flush().await
    })
    .await
    {
        Ok(pushed) => pushed,
        // Nobody takes it; it is tried again for as long as the connection is there.
        Err(_) => Ok(()),
    }
}

async fn until_closed(stream: &mut Box<dyn Stream>) -> io::Result<()> {
    let mut buffer = [0; 1_024];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}
