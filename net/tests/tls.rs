//! Encryption with the real server: whom clients believe, what happens when that changes, and what is refused.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::{Folder, Running, start};
use sala_net::transport::tcp::TcpConnector;
use sala_net::transport::tls::{Fingerprint, KnownServers, TlsConnector, Trust};
use sala_net::transport::{Connector as _, Stream};
use std::cell::RefCell;
use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
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

#[tokio::test]
async fn whoever_cannot_prove_his_certificate_is_not_remembered() {
    let folder = Folder::new();
    let (_server, address) = serving(&folder, "127.0.0.1:0", &[]);
    let client = Client::new(&folder);
    assert!(client.dial(address).await.is_err(), "a server that does not encrypt is no server");
    assert!(!client.known.exists() && client.met.borrow().is_empty());
}

#[tokio::test]
async fn a_certificate_is_replaced_without_disturbing_anybody() {
    let folder = Folder::new();
    let (certificate, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    put(&certificate, &key, "one.example");
    let settings = folder.path().join("sala.toml");
    let text = format!("[tls]\nmode = \"files\"\ncertificate = {certificate:?}\nkey = {key:?}\n");
    std::fs::write(&settings, text).unwrap();
    let (server, address) = serving(&folder, "127.0.0.1:0", &["--config", settings.to_str().unwrap()]);
    let (before, after) =
        (Client::new(&folder), Client { known: folder.path().join("later"), met: Rc::default() });
    let mut talking = before.dial(address).await.unwrap();
    line(&mut talking).await;
    put(&certificate, &key, "two.example");
    hang_up(&server);
    // Nothing says when it is done, so it is asked until it is.
    while {
        std::fs::remove_file(&after.known).ok();
        after.hello(address).await;
        after.met.borrow().last() == before.met.borrow().last()
    } {}
    talking.write_all(b"{\"do\":\"ping\"}\n").await.unwrap();
    assert_eq!(line(&mut talking).await, "{\"t\":\"pong\"}\n");
    // One that is no certificate changes nothing.
    std::fs::write(&certificate, "no certificate").unwrap();
    hang_up(&server);
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
    for file in ["tls.crt", "tls.key"] {
        let read = |place: &str| std::fs::read(folder.path().join(place).join(file)).unwrap();
        assert_eq!(read("data"), read("again"));
    }
    let mode = std::fs::metadata(folder.path().join("again/tls.key")).unwrap().permissions().mode();
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
