//! Encryption with the real server: whom clients believe, what happens when that changes, and what is refused.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::{Folder, Running, start};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sala_net::transport::tcp::{TcpAcceptor, TcpConnector};
use sala_net::transport::tls::{Fingerprint, Identity, KnownServers, OWN_FILE, TlsConnector, Trust};
use sala_net::transport::{Connector as _, Listener as _, Stream};
use std::cell::RefCell;
use std::fs::Permissions;
use std::io::BufRead as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

/// A server in this folder that encrypts as `arguments` say.
fn serving(folder: &Folder, listen: &str, arguments: &[&str]) -> (Running, SocketAddr) {
    let mut command = folder.server(listen);
    command.args(arguments);
    start(command)
}

/// A client that remembers servers in a file, and whom it has met for the first time.
struct Client {
    known: PathBuf,
    met: Rc<RefCell<Vec<Fingerprint>>>,
}

impl Client {
    fn new(folder: &Folder) -> Self {
        Client { known: folder.path().join("known"), met: Rc::default() }
    }

    async fn dial(&self, address: SocketAddr) -> Result<BufReader<impl Stream>, String> {
        let trust = Trust { known: KnownServers::at(&self.known), authorities: true };
        let (server, met) = (address.to_string(), Rc::clone(&self.met));
        let greet = move |fingerprint: &Fingerprint| met.borrow_mut().push(*fingerprint);
        let mut connector = TlsConnector::new(TcpConnector(server.clone()), &server, trust, greet).unwrap();
        let stream = connector.connect().await.map_err(|error| error.to_string())?;
        Ok(BufReader::new(stream))
    }

    /// The first word of a server.
    async fn hello(&self, address: SocketAddr) -> String {
        let mut stream = self.dial(address).await.unwrap();
        line(&mut stream).await
    }
}

async fn line(stream: &mut BufReader<impl Stream>) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    line
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_the_one_that_it_was_the_first_time() {
    let (folder, other) = (Folder::new(), Folder::new());
    let (first, address) = serving(&folder, "127.0.0.1:0", &["--tls", "self"]);
    let client = Client::new(&folder);
    for _ in 0..2 {
        assert!(client.hello(address).await.starts_with(r#"{"t":"hello""#));
    }
    assert_eq!(client.met.borrow().len(), 1, "it is met once");
    drop(first);
    // The same address, and another server.
    let (second, address) = serving(&other, &address.to_string(), &["--tls", "self"]);
    let refused = client.dial(address).await.err().unwrap();
    let held = client.met.borrow()[0];
    assert!(refused.contains("NOT THE ONE") && refused.contains(&held.to_string()), "{refused}");
    drop(second);
    let (_first, address) = serving(&folder, &address.to_string(), &["--tls", "self"]);
    client.hello(address).await;
    assert_eq!(client.met.borrow().len(), 1);
}

/// Shows a certificate whose key it does not have.
#[derive(Debug)]
struct Impostor(Arc<CertifiedKey>);

impl ResolvesServerCert for Impostor {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[tokio::test]
async fn whoever_cannot_prove_his_certificate_is_not_remembered() {
    let folder = Folder::new();
    let [shown, own] =
        ["one.example", "two.example"].map(|name| rcgen::generate_simple_self_signed([name.into()]).unwrap());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
    let key = provider.key_provider.load_private_key(key).unwrap();
    let shown = CertifiedKey::new(vec![shown.cert.der().clone()], key);
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_cert_resolver(Arc::new(Impostor(Arc::new(shown))));
    let mut listener = TcpAcceptor::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.address().unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let client = Client::new(&folder);
    let impostor = async {
        let (stream, _) = listener.accept().await.unwrap();
        acceptor.accept(stream).await.err().unwrap()
    };
    let (dialled, _) = tokio::join!(client.dial(address), impostor);
    assert!(dialled.is_err());
    assert!(!client.known.exists() && client.met.borrow().is_empty());
}

#[test]
fn a_server_that_an_authority_vouched_for_cannot_be_replaced_by_one_for_which_none_does() {
    let (folder, other) = (Folder::new(), Folder::new());
    let (authority, settings) = (folder.path().join("authority.pem"), folder.path().join("sala.toml"));
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    vouched(&authority, &chain, &key);
    std::fs::write(&settings, format!("[tls]\ncertificate = {chain:?}\nkey = {key:?}\n")).unwrap();
    let (first, address) = serving(&folder, "127.0.0.1:0", &["--config", settings.to_str().unwrap()]);
    let server = format!("localhost:{}", address.port());
    let post = |arguments: &[&str]| {
        let ask = ["post", "--tls", "--give-up", "5", "--name", "ana", "--server", &server, "hello"];
        let mut command = folder.sala(address, &[&ask[..], arguments].concat());
        let output = command.env("SSL_CERT_FILE", &authority).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(post(&[]), (Some(0), String::new()), "nobody need compare anything");
    drop(first);
    let (_second, _) = serving(&other, &address.to_string(), &["--tls", "self"]);
    let (code, said) = post(&[]);
    assert!(code == Some(3) && said.contains("NOT THE ONE") && said.contains("authority"), "{said}");
}

/// Puts the certificate of an authority there, and one for `localhost` that it vouches for, with its key.
fn vouched(authority: &Path, chain: &Path, key: &Path) {
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let (ca_key, own_key) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
    std::fs::write(authority, params.self_signed(&ca_key).unwrap().pem()).unwrap();
    let issuer = rcgen::Issuer::new(params, ca_key);
    let own = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&own_key, &issuer);
    std::fs::write(chain, own.unwrap().pem()).unwrap();
    std::fs::write(key, own_key.serialize_pem()).unwrap();
    std::fs::set_permissions(key, Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_certificate_is_replaced_without_disturbing_anybody() {
    let folder = Folder::new();
    let (certificate, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    put(&certificate, &key, "one.example");
    let settings = folder.path().join("sala.toml");
    let text = format!("[tls]\nmode = \"files\"\ncertificate = {certificate:?}\nkey = {key:?}\n");
    std::fs::write(&settings, text).unwrap();
    let (mut server, address) = serving(&folder, "127.0.0.1:0", &["--config", settings.to_str().unwrap()]);
    let (before, after) =
        (Client::new(&folder), Client { known: folder.path().join("later"), met: Rc::default() });
    let mut talking = before.dial(address).await.unwrap();
    line(&mut talking).await;
    put(&certificate, &key, "two.example");
    hang_up(&server);
    // Nothing says when it is done, so it is asked until it is.
    let other = || async {
        std::fs::remove_file(&after.known).ok();
        after.hello(address).await;
        after.met.borrow().last() != before.met.borrow().last()
    };
    let mut asked = 0;
    while !other().await {
        asked += 1;
        assert!(asked < 10_000, "the certificate is not read again");
    }
    talking.write_all(b"{\"do\":\"ping\"}\n").await.unwrap();
    assert_eq!(line(&mut talking).await, "{\"t\":\"pong\"}\n");
    // One that is no certificate changes nothing.
    std::fs::write(&certificate, "no certificate").unwrap();
    hang_up(&server);
    let mut said = String::new();
    let mut log = std::io::BufReader::new(server.0.stderr.as_mut().unwrap());
    while !said.contains("stays as it was") {
        assert!(log.read_line(&mut said).unwrap() > 0, "{said}");
    }
    assert!(after.hello(address).await.contains("hello"));
}

#[test]
fn the_terminal_client_says_whom_it_has_met_and_refuses_another() {
    let (folder, other) = (Folder::new(), Folder::new());
    let (first, address) = serving(&folder, "127.0.0.1:0", &["--tls", "self"]);
    let post = || {
        let arguments = ["post", "--tls", "--give-up", "5", "--name", "ana", "hello"];
        let output = folder.sala(address, &arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = post();
    assert!(code == Some(0) && said.contains("first time") && said.contains("sha256:"), "{said}");
    assert_eq!(post(), (Some(0), String::new()), "nothing is said of somebody who is known");
    drop(first);
    let (_second, _) = serving(&other, &address.to_string(), &["--tls", "self"]);
    let (code, said) = post();
    assert!(code == Some(3) && said.contains("NOT THE ONE"), "{said}");
}

#[tokio::test]
async fn a_copy_of_the_folder_is_the_same_server() {
    let folder = Folder::new();
    let (_server, address) = serving(&folder, "127.0.0.1:0", &["--tls", "self"]);
    Client::new(&folder).hello(address).await;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sala-server"));
        assert!(command.args(arguments).current_dir(folder.path()).output().unwrap().status.success());
    };
    run(&["backup", "copy", "--data", "data"]);
    run(&["restore", "copy", "--data", "again"]);
    let read = |place: &str| std::fs::read(folder.path().join(place).join("tls.pem")).unwrap();
    assert_eq!(read("data"), read("again"));
    let mode = std::fs::metadata(folder.path().join("again/tls.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let folder = Folder::new();
    let path = |name: &str| folder.path().join(name);
    let (certificate, key) = (path("chain.pem"), path("key.pem"));
    put(&certificate, &key, "one.example");
    put(&path("other.pem"), &path("other.key"), "two.example");
    std::fs::copy(&key, path("open.key")).unwrap();
    std::fs::set_permissions(path("open.key"), Permissions::from_mode(0o644)).unwrap();
    for (certificate, key, says) in [
        ("chain.pem", "open.key", "chmod 600"),
        ("chain.pem", "other.key", "do not go together"),
        ("key.pem", "key.pem", "holds no certificate"),
        ("chain.pem", "chain.pem", "holds no key"),
        ("nothing.pem", "key.pem", "nothing.pem"),
    ] {
        let key = path(key);
        if !key.ends_with("open.key") {
            std::fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        }
        let text = format!("[tls]\nmode = \"files\"\ncertificate = {:?}\nkey = {key:?}\n", path(certificate));
        std::fs::write(path("sala.toml"), text).unwrap();
        let output = folder.server("127.0.0.1:0").arg("--config").arg(path("sala.toml")).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && error.contains(says), "{error}");
    }
}

#[test]
fn a_certificate_that_an_authority_gave_is_shown_on_when_its_file_is_gone() {
    let folder = Folder::new();
    let given = folder.path().join(OWN_FILE);
    let identity = Identity::awaited(&given).unwrap();
    identity.reload().unwrap();
    assert_eq!(identity.fingerprint(), None);
    let shown = Identity::own(folder.path()).unwrap().fingerprint();
    identity.reload().unwrap();
    assert!(shown.is_some() && identity.fingerprint() == shown);
    std::fs::remove_file(&given).unwrap();
    assert!(identity.reload().unwrap_err().to_string().contains(OWN_FILE));
    assert_eq!(identity.fingerprint(), shown);
}

/// Puts a new certificate for this name there, and its key.
fn put(certificate: &Path, key: &Path, name: &str) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    std::fs::write(key, made.signing_key.serialize_pem()).unwrap();
    std::fs::set_permissions(key, Permissions::from_mode(0o600)).unwrap();
    std::fs::write(certificate, made.cert.pem()).unwrap();
}

fn hang_up(server: &Running) {
    let asked = Command::new("kill").args(["-HUP", &server.0.id().to_string()]).status().unwrap();
    assert!(asked.success());
}
