//! Tells operators how the server does, by HTTP on an address of its own: `/health`, `/ready`, `/metrics`.

use crate::meter::Meter;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use sala_core::limits::{OPERATIONS_CONNECTIONS_MAX, OPERATIONS_HEADER_BYTES_MAX, OPERATIONS_MS};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// What a scraper of metrics is to take them for.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";
/// Pause after a connection could not be taken in.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers those who watch a server. It answers on the thread that decides, so that an answer at all says that this
/// thread has time.
#[derive(Debug)]
pub struct Watch {
    listener: TcpListener,
    meter: Rc<Meter>,
    /// The files whose sizes are told.
    files: Vec<PathBuf>,
}

impl Watch {
    /// Listens on `address`, to tell what `meter` counts and how large these files are.
    ///
    /// # Errors
    /// When the address is in use or not ours.
    #[expect(clippy::disallowed_methods, reason = "the one listener beside the transports")]
    pub async fn bind(address: SocketAddr, meter: Rc<Meter>, files: Vec<PathBuf>) -> io::Result<Self> {
        Ok(Watch { listener: TcpListener::bind(address).await?, meter, files })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers for ever. Must be called within a `LocalSet`.
    pub async fn answer(self) {
        let watch = Rc::new(self);
        let places = Rc::new(Semaphore::new(OPERATIONS_CONNECTIONS_MAX));
        loop {
            let place = Rc::clone(&places);
            let stream = match watch.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::debug!(%error, "nobody could be taken in who watches");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let watch = Rc::clone(&watch);
            tokio::task::spawn_local(async move {
                // Whoever finds too many is hung up on: they are scrapers, which come again.
                let Ok(_place) = place.try_acquire() else { return };
                let time = Duration::from_millis(OPERATIONS_MS);
                if tokio::time::timeout(time, watch.serve(stream)).await.is_err() {
                    tracing::debug!("somebody who watches was too slow");
                }
            });
        }
    }

    async fn serve(self: &Rc<Self>, stream: TcpStream) {
        let service = service_fn(|request: Request<Incoming>| {
            let answer = self.respond(request.method(), request.uri().path());
            async move { Ok::<_, Infallible>(answer) }
        });
        // One answer for each connection: nobody who watches needs more, and none holds a place.
        let served = http1::Builder::new()
            .keep_alive(false)
            .max_buf_size(OPERATIONS_HEADER_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
            .await;
        if let Err(error) = served {
            tracing::debug!(%error, "somebody who watches was not understood");
        }
    }

    fn respond(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        if method != Method::GET && method != Method::HEAD {
            let mut answer =
                said(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "GET and HEAD are answered\n".to_owned());
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        match path {
            "/health" => said(StatusCode::OK, PLAIN, "alive\n".to_owned()),
            "/ready" if self.meter.ready() => said(StatusCode::OK, PLAIN, "ready\n".to_owned()),
            "/ready" => said(StatusCode::SERVICE_UNAVAILABLE, PLAIN, "not ready\n".to_owned()),
            "/metrics" => said(StatusCode::OK, OPEN_METRICS, self.metrics()),
            _ => said(StatusCode::NOT_FOUND, PLAIN, "there are /health, /ready and /metrics\n".to_owned()),
        }
    }

    /// What is counted, and what the system says of this process and its files.
    fn metrics(&self) -> String {
        let mut text = self.meter.text();
        let end = text.rfind("# EOF").unwrap_or(text.len());
        text.truncate(end);
        for (name, help, value) in process().into_iter().chain([self.data()]) {
            if let Some(value) = value {
                // A string takes everything.
                write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n").ok();
            }
        }
        text.push_str("# EOF\n");
        text
    }

    fn data(&self) -> Figure {
        let size = |file: &PathBuf| std::fs::metadata(file).map_or(0, |file| file.len());
        ("sala_data_bytes", "The files of the data folder", Some(self.files.iter().map(size).sum()))
    }
}

/// A name, what it means, and its value if it is known.
type Figure = (&'static str, &'static str, Option<u64>);

/// What Linux says of this process, under the names that all programs use.
fn process() -> [Figure; 2] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| {
        let kibibytes: u64 = line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kibibytes * 1024)
    });
    let open = std::fs::read_dir(Path::new("/proc/self/fd")).ok().map(|files| files.count() as u64);
    [
        ("process_resident_memory_bytes", "What of the process is in memory", resident),
        ("process_open_fds", "Open files and connections", open),
    ]
}

fn said(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(text)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
