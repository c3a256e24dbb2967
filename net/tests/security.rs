//! What is promised to those who run a server for strangers: that each test which SECURITY.md names is there, and some of them.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    reason = "whoever talks to the real server from outside blocks on a real socket"
)]

mod common;
#[path = "outside/wire.rs"]
mod wire;

use common::person::Person;
use common::{Folder, start};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use wire::Wire;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_test_that_the_table_of_incidents_names_is_there() {
    let text = fs::read_to_string(root().join(".github/SECURITY.md")).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ") && line.contains("::")).collect();
    assert!(rows.len() >= 20, "the table is gone");
    for row in rows {
        let named: Vec<&str> = row.split('`').skip(1).step_by(2).filter(|word| word.contains("::")).collect();
        assert!(!named.is_empty(), "a class without a test: {row}");
        for name in named {
            let (file, test) = name.split_once("::").unwrap();
            let path = root().join(file);
            let source = fs::read_to_string(&path).unwrap_or_else(|_| panic!("there is no {file}"));
            let (_, before) = source
                .split_once(&format!("fn {test}("))
                .map_or_else(|| panic!("{file} has no {test}"), |(before, after)| (after, before));
            // What stands before it makes a test of it.
            let attribute = before
                .lines()
                .rev()
                .map(str::trim)
                .find(|line| line.starts_with("#[") || line.ends_with('}'));
            let is_test = attribute.is_some_and(|line| line.contains("test"));
            assert!(is_test, "{name} is no test");
        }
    }
}

#[test]
fn no_name_that_anybody_gives_is_a_path() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let outside = |folder: &Folder| {
        let all = files(folder.path()).into_iter();
        all.filter(|path| {
            !path.starts_with(folder.path().join("data"))
                && !path.starts_with(folder.path().join("inner/home"))
        })
        .collect::<BTreeSet<_>>()
    };
    let before = outside(&folder);
    let climbing =
        ["../../evil", "..", "/etc/passwd", "a/../../b", "~/.ssh/id", "x\0y", "%2e%2e%2f", "..\\..\\x"];
    let mut wire = Wire::connects(address).unwrap();
    let token = "a-token-of-nobody-but-ana-herself";
    for name in climbing {
        let refused = wire.answered(&json!({"do": "enter", "id": 1, "name": name, "token": token}));
        assert_eq!(refused.unwrap()["code"], "bad_name", "{name}");
    }
    wire.answered(&json!({"do": "enter", "id": 1, "name": "ana", "token": token})).unwrap();
    for name in climbing {
        for request in ["join", "create", "page", "audit", "who"] {
            let refused = wire.answered(&json!({"do": request, "id": 2, "room": name, "after": 0})).unwrap();
            assert_eq!(refused["t"], "refused", "{request} {name}: {refused}");
        }
    }
    // A client keeps tokens under the names of servers and people, which strangers may have put in a link.
    for (name, server) in
        climbing.iter().flat_map(|name| [(*name, address.to_string()), ("ana", format!("{name}:7"))])
    {
        if name.contains('\0') || server.contains('\0') {
            continue;
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_sala"));
        command.args(["post", "--give-up", "1", "--name", name, "--server", &server, "hello"]);
        command.env("SALA_HOME", inner.join("home")).current_dir(&inner);
        assert!(!command.output().unwrap().status.success(), "{name} at {server}");
    }
    assert_eq!(outside(&folder), before, "nothing was written anywhere else");
}

#[test]
fn no_token_password_or_word_is_in_the_log_or_in_the_list_of_processes() {
    let folder = Folder::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sala-server"));
    command.arg("--data").arg(folder.path().join("data")).args(["--listen", "127.0.0.1:0", "--log", "debug"]);
    command.env_remove("SALA_CONFIG").stdout(std::process::Stdio::piped());
    let log = folder.path().join("log");
    command.stderr(fs::File::create(&log).unwrap());
    let (mut server, address) = start(command);
    let token = "a-token-of-nobody-but-ana-herself";
    let secrets =
        [token, "a fine password", "another fine one", "what nobody else is told", "a topic of ours"];
    let mut wire = Wire::connects(address).unwrap();
    let enter = json!({"do": "enter", "id": 1, "name": "ana", "token": token});
    wire.answered(&enter).unwrap();
    wire.answered(&json!({"do": "join", "id": 2, "room": "lobby"})).unwrap();
    wire.asks(&json!({"do": "post", "room": "lobby", "n": 1, "text": "what nobody else is told"}));
    wire.hears(|update| update["kind"] == "post").unwrap();
    wire.answered(&json!({"do": "create", "id": 3, "room": "garden", "topic": "a topic of ours"})).unwrap();
    // The same, wrong in one way or another.
    wire.asks(&json!({"do": "post", "room": "lobby", "n": "what nobody else is told"}));
    wire.answered(
        &json!({"do": "sign_in", "id": 4, "name": "ana", "password": "a fine password", "token": token}),
    );
    let mut other = Wire::connects(address).unwrap();
    other.answered(
        &json!({"do": "sign_in", "id": 1, "name": "bob", "password": "another fine one", "token": token}),
    );
    let bob = Person::new(&folder, address, "bob");
    let mut register = bob.command(&["account", "register"]).spawn().unwrap();
    let commands = |pid: u32| {
        let read = |file: &str| fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        String::from_utf8_lossy(&[read("cmdline"), read("environ")].concat()).into_owned()
    };
    register.stdin.take().unwrap().write_all(b"a fine password\n").unwrap();
    let seen = commands(register.id()) + &commands(server.0.id());
    assert!(register.wait().unwrap().success());
    assert!(Command::new("kill").arg(server.0.id().to_string()).status().unwrap().success());
    server.0.wait().unwrap();
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("committed"), "it logs what it does: {log}");
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log");
        assert!(!seen.contains(secret), "{secret} is in the list of processes");
    }
}

#[test]
fn whatever_is_built_in_comes_from_one_registry_with_its_checksum_and_has_one_implementation_of_ciphers() {
    let lock: toml::Table = fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    assert!(packages.len() > 200);
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let ours = name.starts_with("sala-") && package.get("source").is_none();
        let source = package.get("source").and_then(|source| source.as_str()).unwrap_or_default();
        let known = source == "registry+https://github.com/rust-lang/crates.io-index";
        assert!(ours || (known && package.get("checksum").is_some()), "{package:?}");
        let banned = ["openssl", "openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys"];
        assert!(!banned.contains(&name), "{name}: ring is the one implementation of ciphers");
    }
}

/// The first message of TLS by a client whose newest version is `minor` (1 is TLS 1.0, 3 is TLS 1.2).
fn client_hello(minor: u8) -> Vec<u8> {
    let suites = [0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x13, 0x00, 0x2f];
    let groups = [0, 0x0a, 0, 6, 0, 4, 0, 0x1d, 0, 0x17];
    let signatures = [0, 0x0d, 0, 8, 0, 6, 4, 3, 8, 4, 4, 1];
    let (points, secret) = ([0, 0x0b, 0, 2, 1, 0], [0, 0x17, 0, 0]);
    let extensions = [&groups[..], &signatures, &points, &secret].concat();
    let length = u8::try_from(extensions.len()).unwrap();
    let body =
        [&[3, minor][..], &[7; 32], &[0], &[0, 8], &suites, &[1, 0], &[0, length], &extensions].concat();
    let length = u8::try_from(body.len()).unwrap();
    [&[0x16, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat()
}

#[test]
fn nobody_is_talked_down_to_an_older_tls_or_to_none() {
    let folder = Folder::new();
    let mut command = folder.server("127.0.0.1:0");
    command.args(["--tls", "self"]);
    let (_server, address) = start(command);
    let answer = |bytes: &[u8]| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        answer
    };
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&client_hello(3)).unwrap();
    let mut first = [0];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(first, [0x16], "TLS 1.2 is answered with the server's hello");
    for minor in [0, 1, 2] {
        let alert = answer(&client_hello(minor));
        assert!(
            matches!(alert[..], [0x15, 3, _, 0, 2, 2, _]),
            "{minor}: no alert alone, and a fatal one: {alert:?}"
        );
    }
    let enter = json!({"do": "enter", "name": "ana", "token": "a-token-of-nobody-but-ana-herself"});
    let plain = answer(format!("{enter}\n").as_bytes());
    assert!(!String::from_utf8_lossy(&plain).contains('{'), "nothing is said in plain text: {plain:?}");
}

#[test]
fn nothing_compressed_is_taken_for_words() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let mut stream = TcpStream::connect(address).unwrap();
    // gzip, zlib and zstd, each of which would grow to as much as somebody likes.
    stream
        .write_all(b"\x1f\x8b\x08\0\0\0\0\0\0\x03\n\x78\x9c\x4b\n\x28\xb5\x2f\xfd\x04\n{\"do\":\"bye\"}\n")
        .unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert_eq!(said.matches("\"bad_utf8\"").count() + said.matches("\"bad_json\"").count(), 3, "{said}");
    assert!(said.contains("\"goodbye\""), "the connection went on: {said}");
}
