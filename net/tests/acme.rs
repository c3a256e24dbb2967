//! Certificates that a server gets by itself, from an authority of our own.

#![cfg(feature = "acme")]
#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_methods,
    reason = "real programs and an authority are waited for in real time, over sockets of the system"
)]

mod common;
mod authority;

use authority::{Authority, NAME, shake};
use common::{Folder, Running, start};
use sala_net::transport::Connector as _;
use sala_net::transport::tcp::TcpConnector;
use sala_net::transport::tls::{KnownServers, TlsConnector, Trust};
use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

/// Longest time until a certificate is there.
const SOON: Duration = Duration::from_secs(30);

/// A server that gets its certificate from this authority, and believes it; what it logs goes to a file.
fn serving(folder: &Folder, authority: &Authority, listen: &str) -> (Running, SocketAddr) {
    let path = |name: &str| folder.path().join(name);
    let (domain, directory) = (NAME, &authority.directory);
    let text = format!(
        "[tls.acme]\ndomains = [\"{domain}\"]\ncontact = \"mailto:ana@chat.example\"\ndirectory = \"{directory}\"\n"
    );
    fs::write(path("sala.toml"), text).unwrap();
    let mut command = folder.server(listen);
    command.arg("--config").arg(path("sala.toml")).env("SSL_CERT_FILE", path("root.pem"));
    command.stderr(File::options().create(true).append(true).open(path("log")).unwrap());
    let (server, address) = start(command);
    authority.book.lock().unwrap().looks_at = Some(address);
    (server, address)
}

/// The certificate that a server shows to whoever says nothing of protocols.
async fn shown(address: SocketAddr) -> Option<Vec<u8>> {
    shake(address, &[]).await.map(|(certificate, _)| certificate)
}

/// What the server has logged.
fn log(folder: &Folder) -> String {
    fs::read_to_string(folder.path().join("log")).unwrap()
}

/// Waits until a server shows another certificate than this.
async fn shows_another(folder: &Folder, address: SocketAddr, before: Option<&Vec<u8>>) -> Vec<u8> {
    let end = Instant::now() + SOON;
    loop {
        match shown(address).await {
            Some(certificate) if Some(&certificate) != before => return certificate,
            _ => assert!(Instant::now() < end, "no other certificate is shown: {}", log(folder)),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_server_gets_its_certificate_by_itself_and_renews_it_under_those_who_talk() {
    let folder = Folder::new();
    let authority = Authority::opens(&folder.path().join("root.pem"));
    authority.book.lock().unwrap().lifetimes = vec![9];
    let (server, address) = serving(&folder, &authority, "127.0.0.1:0");
    let first = shows_another(&folder, address, None).await;

    // Whoever believes the authority need not compare anything.
    let at = format!("{NAME}:{}", address.port());
    let mut post = folder
        .sala(address, &["post", "--tls", "--server", &at, "--name", "ana", "--give-up", "20", "hello"]);
    let posted = post.env("SSL_CERT_FILE", folder.path().join("root.pem")).output().unwrap();
    assert!(posted.status.success() && posted.stderr.is_empty(), "{posted:?}");
    // What browsers and others speak is nothing to it, and what is no longer to be proven is not proven.
    assert!(shake(address, &[b"h2", b"http/1.1"]).await.is_some());
    assert!(shake(address, &[b"acme-tls/1"]).await.is_none());
    assert!(shake(address, &[b"acme-tls/1", b"h2"]).await.is_some());

    let server_name = address.to_string();
    let trust = Trust { known: KnownServers::at(&folder.path().join("known")), authorities: false };
    let mut connector =
        TlsConnector::new(TcpConnector(server_name.clone()), &server_name, trust, |_| {}).unwrap();
    let mut talking = BufReader::new(connector.connect().await.unwrap());
    let token = "a-token-of-nobody-but-bob-himself";
    talking
        .write_all(format!("{{\"do\":\"enter\",\"name\":\"bob\",\"token\":\"{token}\"}}\n").as_bytes())
        .await
        .unwrap();
    let second = shows_another(&folder, address, Some(&first)).await;
    talking.write_all(b"{\"do\":\"ping\"}\n").await.unwrap();
    let mut heard = String::new();
    while !heard.contains("{\"t\":\"pong\"}") {
        assert!(talking.read_line(&mut heard).await.unwrap() > 0, "{heard}");
    }
    for file in ["account.json", "tls.pem"] {
        let mode = fs::metadata(folder.path().join("data/acme").join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }

    // The next start shows what is there, and asks nobody for anything.
    drop(server);
    let (_server, _) = serving(&folder, &authority, &address.to_string());
    assert_eq!(shown(address).await.as_ref(), Some(&second));
    let book = authority.book.lock().unwrap();
    assert_eq!((book.accounts, book.orders, book.given), (1, 2, 2));
}

#[tokio::test]
async fn an_authority_that_refuses_is_told_of_and_the_certificate_that_is_there_is_kept() {
    let folder = Folder::new();
    let authority = Authority::opens(&folder.path().join("root.pem"));
    {
        let mut book = authority.book.lock().unwrap();
        (book.lifetimes, book.refuses) = (vec![6], true);
    }
    let (server, address) = serving(&folder, &authority, "127.0.0.1:0");
    let end = Instant::now() + SOON;
    let complaint = "the authority does not see that this server is localhost: we do not like it today; it looks at port 443";
    while !log(&folder).contains(complaint) {
        assert!(Instant::now() < end, "nothing is said of it: {}", log(&folder));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(shown(address).await, None, "there is nothing to show yet");
    // It is not asked again and again; but whoever has mended something need not wait.
    let asked = authority.book.lock().unwrap().orders;
    assert_eq!(asked, 1);
    authority.book.lock().unwrap().refuses = false;
    hang_up(&server);
    let first = shows_another(&folder, address, None).await;

    // The renewal fails: what is there goes on to be shown.
    authority.book.lock().unwrap().refuses = true;
    let end = Instant::now() + SOON;
    while !log(&folder)
        .contains("no certificate was given; the one that is there is kept error=the authority does not see")
        || authority.book.lock().unwrap().orders < 3
    {
        assert!(Instant::now() < end, "nothing is said of it: {}", log(&folder));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(shown(address).await.as_ref(), Some(&first));
    authority.book.lock().unwrap().refuses = false;
    hang_up(&server);
    shows_another(&folder, address, Some(&first)).await;
    assert_eq!(authority.book.lock().unwrap().accounts, 1);
}

fn hang_up(server: &Running) {
    let asked = Command::new("kill").args(["-HUP", &server.0.id().to_string()]).status().unwrap();
    assert!(asked.success());
}

#[test]
fn settings_that_cannot_be_meant_are_refused_with_the_key_and_the_remedy() {
    let folder = Folder::new();
    let file = folder.path().join("sala.toml");
    for (text, says) in [
        ("[tls]\nmode = \"acme\"\n", "name your domains in [tls.acme]"),
        ("[tls.acme]\ndomains = []\n", "tls.acme.domains"),
        ("[tls.acme]\ndomains = [\"*.example\"]\n", "tls.acme.domains: \"*.example\" is no name"),
        ("[tls.acme]\ndomains = [\"https://chat.example\"]\n", "is no name"),
        ("[tls.acme]\ndomains = [\"a.example\"]\ncontact = \"ana\"\n", "mailto:"),
        ("[tls.acme]\ndomains = [\"a.example\"]\ndirectory = \"http://a.example\"\n", "begins with https://"),
        (
            "[tls]\ncertificate = \"a\"\nkey = \"b\"\n[tls.acme]\ndomains = [\"a.example\"]\n",
            "say by tls.mode which",
        ),
        ("[tls.acme]\ndomain = [\"a.example\"]\n", "line 2"),
    ] {
        fs::write(&file, text).unwrap();
        let mut check = Command::new(env!("CARGO_BIN_EXE_sala-server"));
        let checked = check.args(["config", "check"]).arg(&file).output().unwrap();
        let error = String::from_utf8(checked.stderr).unwrap();
        assert!(checked.status.code() == Some(2) && error.contains(says), "{text}: {error}");
    }
}
