//! How a WebSocket begins: one request by HTTP, and who may make it.

use super::stream::WebSocket;
use crate::attention::at_the_door;
use crate::log::SECURITY;
use crate::transport::Stream;
use crate::transport::hall::Arrived;
use crate::transport::policy::Policy;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use sala_core::limits::{ORIGIN_LOGGED_BYTES_MAX, WEBSOCKET_HEADER_BYTES_MAX};
use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Where a server is found by WebSocket.
const PATH: &str = "/ws";
/// Which of its addresses a proxy has seen.
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Why there will be no WebSocket.
type Refusal = (StatusCode, &'static str);

/// A connection once it has greeted.
pub(super) async fn greeted<S: Stream + Send>(
    stream: S,
    peer: Option<SocketAddr>,
    policy: Rc<Policy>,
) -> io::Result<Arrived<WebSocket<S>>> {
    let granted: Cell<Option<(OnUpgrade, Option<SocketAddr>)>> = Cell::new(None);
    let service = service_fn(|mut request: Request<Incoming>| {
        let answer = match examined(&request, peer, &policy) {
            Ok((key, from)) => {
                granted.set(Some((hyper::upgrade::on(&mut request), from)));
                switching(&key)
            }
            Err(refusal) => refused(refusal),
        };
        async move { Ok::<_, Infallible>(answer) }
    });
    let mut http = http1::Builder::new();
    let served =
        http.max_buf_size(WEBSOCKET_HEADER_BYTES_MAX).serve_connection(TokioIo::new(stream), service);
    served.with_upgrades().await.map_err(io::Error::other)?;
    let (upgraded, from) =
        granted.take().ok_or_else(|| io::Error::other("no WebSocket was asked for, or none granted"))?;
    let upgraded = upgraded.await.map_err(io::Error::other)?;
    let parts = upgraded
        .downcast::<TokioIo<S>>()
        .map_err(|_| io::Error::other("the stream was given back as another"))?;
    Ok((WebSocket::new(parts.io.into_inner(), parts.read_buf.to_vec()).await, from))
}

/// The key of a request that is granted, and where it comes from.
fn examined<B>(
    request: &Request<B>,
    peer: Option<SocketAddr>,
    policy: &Policy,
) -> Result<(String, Option<SocketAddr>), Refusal> {
    let headers = request.headers();
    if request.uri().path() != PATH {
        return Err((StatusCode::NOT_FOUND, "people talk at /ws\n"));
    }
    if request.method() != Method::GET || request.version() != Version::HTTP_11 {
        return Err((StatusCode::METHOD_NOT_ALLOWED, "a WebSocket begins with GET, by HTTP/1.1\n"));
    }
    // A browser says which page is speaking, and that page cannot make it lie. What is no browser could say anything, and need
    // not say it.
    if let Some(origin) = headers.get_all(ORIGIN).iter().find(|origin| !policy.admits(origin.as_bytes())) {
        if let Some(unlogged) = at_the_door() {
            let origin =
                String::from_utf8_lossy(&origin.as_bytes()[..origin.len().min(ORIGIN_LOGGED_BYTES_MAX)]);
            let peer = peer.map(tracing::field::display);
            tracing::info!(target: SECURITY, peer, %origin, unlogged, "a page was refused");
        }
        return Err((
            StatusCode::FORBIDDEN,
            "this page may not speak to the server; see [ws] origins in its settings\n",
        ));
    }
    if !says(headers, &CONNECTION, "upgrade") || !says(headers, &UPGRADE, "websocket") {
        return Err((StatusCode::UPGRADE_REQUIRED, "only a WebSocket is spoken here\n"));
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err((StatusCode::UPGRADE_REQUIRED, "version 13 of WebSocket is spoken here\n"));
    }
    let wrong = (StatusCode::BAD_REQUEST, "the key or the addresses of the request are wrong\n");
    let key = headers.get(SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok()).ok_or(wrong)?;
    // Sixteen bytes of base64.
    if key.len() != 24 || !key.ends_with("==") {
        return Err(wrong);
    }
    let Some(peer) = peer else { return Ok((key.to_owned(), None)) };
    let forwarded: Result<Vec<&str>, _> =
        headers.get_all(FORWARDED).iter().map(HeaderValue::to_str).collect();
    let from = match forwarded {
        Ok(forwarded) => policy.origin_of(peer.ip(), forwarded.iter().flat_map(|value| value.split(','))),
        Err(_) if policy.trusts(peer.ip()) => return Err(wrong),
        Err(_) => Ok(peer.ip()),
    };
    let from = from.map_err(|_| wrong)?;
    let from = if from == peer.ip() { peer } else { SocketAddr::new(from, 0) };
    Ok((key.to_owned(), Some(from)))
}

/// Whether one of the words of a header is this.
fn says(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|said| said.trim().eq_ignore_ascii_case(word))
}

/// No extension is granted, compression included: what is compressed together can be guessed from its size, and a few bytes
/// can be made to grow to many.
fn switching(key: &str) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let accept = derive_accept_key(key.as_bytes());
    let accept = HeaderValue::from_str(&accept)
        .expect("base64 has only letters, digits and signs that a header may have");
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    answer
}

fn refused((status, text): Refusal) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(text)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if status == StatusCode::UPGRADE_REQUIRED {
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    }
    answer
}
