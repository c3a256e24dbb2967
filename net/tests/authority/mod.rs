//! An authority of our own that gives certificates by ACME (RFC 8555), and does as a test wants it to.

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, Issuer, KeyPair, PublicKeyData, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ServerConfig};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// What every name is that is proven here.
pub(crate) const NAME: &str = "localhost";
/// What a key of the kind that we sign begins with, in a request to sign it: P-256, as one point that is not compressed.
const POINT: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// What stands before the digest in a certificate that proves a name (RFC 8737, section 3).
const PROOF: [u8; 17] =
    [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x1f, 0x01, 0x01, 0xff, 0x04, 0x22, 0x04, 0x20];

/// What it does, and what it has done.
#[derive(Default)]
pub(crate) struct Book {
    /// For how many seconds its next certificates are good; those after them for ninety days.
    pub(crate) lifetimes: Vec<u64>,
    /// It believes nobody any more.
    pub(crate) refuses: bool,
    /// Where it looks for the server, instead of at port 443.
    pub(crate) looks_at: Option<SocketAddr>,
    pub(crate) accounts: usize,
    pub(crate) orders: usize,
    pub(crate) given: usize,
    /// What the account's key is known by.
    thumbprint: String,
    /// How the newest order stands.
    status: &'static str,
    /// Each answer is for one question.
    nonces: Vec<String>,
    nonces_given: usize,
    chain: String,
}

/// An authority that works for as long as the process lives.
pub(crate) struct Authority {
    /// Where it is asked.
    pub(crate) directory: String,
    pub(crate) book: Arc<Mutex<Book>>,
}

impl Authority {
    /// Opens an authority, and puts the certificate by which it is known there.
    pub(crate) fn opens(root: &Path) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        std::fs::write(root, params.self_signed(&key).unwrap().pem()).unwrap();
        let issuer = Issuer::new(params, key);
        let own_key = KeyPair::generate().unwrap();
        let own = CertificateParams::new([NAME.to_owned()]).unwrap().signed_by(&own_key, &issuer).unwrap();
        let own_key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.der().clone()], own_key)
            .unwrap();
        let (book, issuer) = (Arc::new(Mutex::new(Book::default())), Arc::new(issuer));
        let shared = Arc::clone(&book);
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let base = format!("https://{NAME}:{}", listener.local_addr().unwrap().port());
                tell.send(base.clone()).unwrap();
                let acceptor = TlsAcceptor::from(Arc::new(config));
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let Ok(stream) = acceptor.accept(stream).await else { continue };
                    let service = service_fn(|request: Request<Incoming>| {
                        let (book, issuer, base) = (Arc::clone(&shared), Arc::clone(&issuer), base.clone());
                        async move { Ok::<_, Infallible>(answer(request, &base, &book, &issuer).await) }
                    });
                    let mut server = hyper::server::conn::http1::Builder::new();
                    // Whoever breaks off asks again.
                    drop(server.keep_alive(false).serve_connection(TokioIo::new(stream), service).await);
                }
            });
        });
        Authority { directory: format!("{}/directory", told.recv().unwrap()), book }
    }
}

async fn answer(
    request: Request<Incoming>,
    base: &str,
    book: &Mutex<Book>,
    issuer: &Issuer<'_, KeyPair>,
) -> Response<Full<Bytes>> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let nonce = {
        let mut book = book.lock().unwrap();
        book.nonces_given += 1;
        let nonce = format!("nonce{}", book.nonces_given);
        book.nonces.push(nonce.clone());
        nonce
    };
    let (status, location, said) = match (&method, path.as_str()) {
        (&Method::HEAD, "/nonce") => (StatusCode::OK, "", String::new()),
        (&Method::GET, "/directory") => {
            let named = |what: &str| format!("{base}/{what}");
            let directory = json!({"newNonce": named("nonce"), "newAccount": named("account"), "newOrder": named("order"),
                "revokeCert": named("revoke"), "keyChange": named("change")});
            (StatusCode::OK, "", directory.to_string())
        }
        (&Method::POST, _) => signed(&path, base, &body, book, issuer).await,
        _ => (StatusCode::NOT_FOUND, "", String::new()),
    };
    let response = Response::builder().status(status).header("Replay-Nonce", nonce);
    let location = if location.is_empty() { path } else { location.to_owned() };
    response.header("Location", format!("{base}{location}")).body(Full::from(said)).unwrap()
}

/// Answers what is signed by an account; that it names a question's own nonce and address is demanded, and not more.
async fn signed(
    path: &str,
    base: &str,
    body: &[u8],
    book: &Mutex<Book>,
    issuer: &Issuer<'_, KeyPair>,
) -> (StatusCode, &'static str, String) {
    let body: Value = serde_json::from_slice(body).unwrap();
    let part = |name: &str| from_base64(body[name].as_str().unwrap());
    let head: Value = serde_json::from_slice(&part("protected")).unwrap();
    {
        let mut book = book.lock().unwrap();
        let nonce = head["nonce"].as_str().unwrap();
        let at = book.nonces.iter().position(|known| known == nonce).expect("a nonce is good once");
        book.nonces.remove(at);
        assert_eq!(head["url"], format!("{base}{path}"));
        assert!(!part("signature").is_empty() && head["alg"] == "ES256");
    }
    let order = |status: &str| {
        json!({"status": status, "identifiers": [{"type": "dns", "value": NAME}], "authorizations": [format!("{base}/authz")],
            "finalize": format!("{base}/finalize"), "certificate": format!("{base}/certificate")})
        .to_string()
    };
    let problem =
        json!({"type": "urn:ietf:params:acme:error:connection", "detail": "we do not like it today"});
    match path {
        "/account" => {
            let key = &head["jwk"];
            let canonical =
                format!(r#"{{"crv":{},"kty":{},"x":{},"y":{}}}"#, key["crv"], key["kty"], key["x"], key["y"]);
            let mut book = book.lock().unwrap();
            book.thumbprint = to_base64(&Sha256::digest(canonical));
            book.accounts += 1;
            (StatusCode::CREATED, "/account/1", json!({"status": "valid"}).to_string())
        }
        "/order" => {
            let mut book = book.lock().unwrap();
            (book.orders, book.status) = (book.orders + 1, "pending");
            (StatusCode::CREATED, "/order/1", order("pending"))
        }
        "/order/1" => (StatusCode::OK, "", order(book.lock().unwrap().status)),
        "/authz" | "/challenge" => {
            if path == "/challenge" {
                let (refuses, address, thumbprint) = {
                    let book = book.lock().unwrap();
                    (book.refuses, book.looks_at.unwrap(), book.thumbprint.clone())
                };
                let digest = Sha256::digest(format!("the-token.{thumbprint}"));
                let is_proven = !refuses && proves(address, &digest).await;
                book.lock().unwrap().status = if is_proven { "ready" } else { "invalid" };
            }
            let status = match book.lock().unwrap().status {
                "ready" => "valid",
                status => status,
            };
            let error = if status == "invalid" && path == "/authz" { problem } else { Value::Null };
            let way = |way: &str| json!({"type": way, "url": format!("{base}/challenge"), "token": "the-token", "status": status, "error": error});
            let said = match path {
                "/challenge" => way("tls-alpn-01"),
                _ => json!({"status": status, "identifier": {"type": "dns", "value": NAME},
                    "challenges": [way("http-01"), way("tls-alpn-01")]}),
            };
            (StatusCode::OK, "", said.to_string())
        }
        "/finalize" => {
            let wanted: Value = serde_json::from_slice(&part("payload")).unwrap();
            let mut book = book.lock().unwrap();
            assert_eq!(book.status, "ready", "nothing is given that was not proven");
            let seconds = if book.lifetimes.is_empty() { 90 * 86_400 } else { book.lifetimes.remove(0) };
            book.chain = give(&from_base64(wanted["csr"].as_str().unwrap()), seconds, issuer);
            (book.status, book.given) = ("valid", book.given + 1);
            (StatusCode::OK, "", order("valid"))
        }
        "/certificate" => (StatusCode::OK, "", book.lock().unwrap().chain.clone()),
        _ => (StatusCode::NOT_FOUND, "", problem.to_string()),
    }
}

/// The key for which a certificate is wanted.
struct Key(Vec<u8>);

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

/// A certificate for the key of this request, which is good for so long.
fn give(request: &[u8], seconds: u64, issuer: &Issuer<'_, KeyPair>) -> String {
    let at = request.windows(POINT.len()).position(|window| window == POINT).unwrap() + POINT.len();
    let key = Key(request[at..at + 65].to_vec());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut params = CertificateParams::new([NAME.to_owned()]).unwrap();
    params.not_before = date_time_ymd(1970, 1, 1) + Duration::from_secs(now.as_secs());
    params.not_after = params.not_before + Duration::from_secs(seconds);
    params.signed_by(&key, issuer).unwrap().pem()
}

/// Whether a server shows this digest for our name, by the protocol that nobody else speaks.
async fn proves(address: SocketAddr, digest: &[u8]) -> bool {
    let shown = shake(address, &[b"acme-tls/1"]).await;
    shown.is_some_and(|(certificate, protocol)| {
        let proof = [&PROOF[..], digest].concat();
        protocol.as_deref() == Some(b"acme-tls/1")
            && certificate.windows(proof.len()).any(|window| window == proof)
    })
}

/// Shakes hands with a server as whoever speaks these protocols; what it shows, and which of them it chooses.
pub(crate) async fn shake(address: SocketAddr, protocols: &[&[u8]]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from(NAME).unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?;
    let (_, connection) = stream.get_ref();
    let certificate = connection.peer_certificates()?.first()?.to_vec();
    Some((certificate, connection.alpn_protocol().map(<[u8]>::to_vec)))
}

/// Believes anybody: whom it speaks with is what it wants to see.
#[derive(Debug)]
struct Anybody(Arc<rustls::crypto::CryptoProvider>);

impl rustls::client::danger::ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    // A proof has an extension that must be known, and is known to nothing that would check its signatures.
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 for addresses, without padding (RFC 4648, section 5).
fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(LETTERS[(bits >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

fn from_base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in text.as_bytes().chunks(4) {
        let place = |letter: &u8| (0_u32..).zip(LETTERS).find(|(_, known)| *known == letter).unwrap().0;
        let bits = chunk.iter().fold(0, |bits, letter| bits << 6 | place(letter)) << (6 * (4 - chunk.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..chunk.len()]);
    }
    bytes
}
