//! A certificate that is replaced, and settings that are read again, under a thousand encrypted connections on which people talk.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(clippy::disallowed_methods, reason = "real programs are waited for in real time")]

mod common;

use common::{Folder, start};
use sala_net::transport::Connector as _;
use sala_net::transport::tcp::TcpConnector;
use sala_net::transport::tls::{Fingerprint, KnownServers, TlsConnector, Trust};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::sleep;
use std::time::{Duration, Instant};

const CONNECTIONS: u64 = 1_000;
const ROTATIONS: usize = 5;
/// Longest time until all are there, or until a new certificate is shown.
const SOON: Duration = Duration::from_secs(60);

#[expect(clippy::print_stdout, reason = "how long it takes is worth knowing")]
#[test]
fn a_thousand_who_talk_are_not_disturbed_while_certificate_and_settings_are_replaced() {
    let folder = Folder::new();
    let path = |name: &str| folder.path().join(name);
    let printed = folder.sala(([127, 0, 0, 1], 1).into(), &["bench", "settings"]).output().unwrap();
    let settings = String::from_utf8(printed.stdout).unwrap();
    let put = |round: usize| {
        let made = rcgen::generate_simple_self_signed([format!("round-{round}.example")]).unwrap();
        fs::write(path("key.pem"), made.signing_key.serialize_pem()).unwrap();
        fs::set_permissions(path("key.pem"), Permissions::from_mode(0o600)).unwrap();
        fs::write(path("chain.pem"), made.cert.pem()).unwrap();
        let tls = format!("[tls]\ncertificate = {:?}\nkey = {:?}\n", path("chain.pem"), path("key.pem"));
        let people = format!("[people]\ngreeting = \"round {round}\"\n");
        fs::write(path("sala.toml"), format!("{settings}\n{tls}{people}")).unwrap();
    };
    put(0);
    let mut server = folder.server("127.0.0.1:0");
    server.arg("--config").arg(path("sala.toml"));
    let (server, address) = start(server);
    let run = "bench paced --tls --rooms 10 --members 100 --talkers 2 --rate 20 --warm 0 --seconds 5 --json";
    let run: Vec<&str> = run.split(' ').collect();
    let talking = folder.sala(address, &run).stderr(Stdio::inherit()).spawn().unwrap();

    let first = shown(&folder, address);
    let all_are_there = Instant::now() + SOON;
    // Whoever looked at the certificate is counted as well, until the server has seen him go: so it is looked again.
    for _ in 0..2 {
        while connections(&folder) < CONNECTIONS {
            assert!(Instant::now() < all_are_there, "a thousand connections are not made");
            sleep(Duration::from_millis(20));
        }
        sleep(Duration::from_millis(300));
    }
    let mut before = first;
    for round in 1..=ROTATIONS {
        put(round);
        let asked = Instant::now();
        let hang_up = Command::new("kill").args(["-HUP", &server.0.id().to_string()]).status().unwrap();
        assert!(hang_up.success());
        while shown(&folder, address) == before {
            assert!(asked.elapsed() < SOON, "the certificate is not read again");
        }
        println!("round {round}: the new certificate is shown after {:?}", asked.elapsed());
        assert!(connections(&folder) >= CONNECTIONS, "somebody was disturbed");
        before = shown(&folder, address);
        sleep(Duration::from_millis(300));
    }
    let talked = talking.wait_with_output().unwrap();
    // It ends well only if each connection lived through it, and heard each post once and in order.
    assert!(talked.status.success(), "{talked:?}");
    let found: Value = serde_json::from_slice(&talked.stdout).unwrap();
    println!("{found}");
    assert!(found["deliveries_per_s"].as_f64().unwrap() > 500.0, "they talked: {found}");
    assert_eq!((&found["lost"], &found["doubled"]), (&0.into(), &0.into()), "{found}");
}

/// How many connections the server has; none before it takes orders.
fn connections(folder: &Folder) -> u64 {
    let mut order = Command::new(env!("CARGO_BIN_EXE_sala-server"));
    order.arg("admin").arg("--data").arg(folder.path().join("data")).args(["--json", "stats"]);
    let answer = order.output().unwrap().stdout;
    serde_json::from_slice(&answer).map_or(0, |answer: Value| answer["connections"].as_u64().unwrap())
}

/// The certificate that a server shows to whoever comes now.
fn shown(folder: &Folder, address: SocketAddr) -> Fingerprint {
    let known = folder.path().join("known");
    forget(&known);
    let (met, meets) = mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let trust = Trust { known: KnownServers::at(&known), authorities: false };
        let server = address.to_string();
        let greet = move |fingerprint: &Fingerprint| met.send(*fingerprint).unwrap();
        let mut connector = TlsConnector::new(TcpConnector(server.clone()), &server, trust, greet).unwrap();
        connector.connect().await.unwrap();
    });
    meets.recv().unwrap()
}

fn forget(known: &Path) {
    fs::remove_file(known).ok();
}
