//! What a real server logs: who came in and what was refused by numbers, one line an event, and nothing of what is secret.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "whoever talks to the real server from outside blocks on a real socket"
)]

mod common;
#[path = "outside/wire.rs"]
mod wire;

use common::person::Person;
use common::{Folder, Running, start};
use sala_net::log::plain;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use wire::Wire;

/// A server that logs as this section says.
fn logging(folder: &Folder, section: &str, arguments: &[&str]) -> (Running, SocketAddr) {
    let file = folder.path().join("sala.toml");
    std::fs::write(&file, format!("[log]\n{section}\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sala-server"));
    command.arg("--data").arg(folder.path().join("data")).args(["--listen", "127.0.0.1:0"]);
    command.arg("--config").arg(&file).args(arguments).env_remove("SALA_LOG");
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    start(command)
}

/// Ends it, and gives what it has logged.
fn ended(mut server: Running) -> String {
    let pid = server.0.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    let mut log = String::new();
    server.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    log
}

/// The code of the first start is for a person, and stands in no log.
fn is_offer(line: &str) -> bool {
    ["nobody administers", "    sala admin claim", "and this code"]
        .iter()
        .any(|begins| line.starts_with(begins))
}

fn rows(log: &str) -> Vec<Value> {
    log.lines()
        .filter(|line| !is_offer(line))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}

#[test]
fn who_comes_in_and_what_is_refused_stands_in_a_file_of_its_own() {
    let folder = Folder::new();
    let security = folder.path().join("security.log");
    let (server, address) = logging(&folder, &format!("format = \"json\"\nsecurity = {security:?}"), &[]);
    let [ana, eve] = ["ana", "eve"].map(|name| Person::new(&folder, address, name));
    ana.does("account register", "a fine password\n");
    ana.does("post hello", "");
    let elsewhere = Person::at(&folder, address, "ana", "elsewhere");
    elsewhere.is_refused("account sign-in", "another password\n", "wrong_password");
    ana.does("room create garden what grows", "");
    eve.does("room join garden", "");
    eve.is_refused("room kick garden ana", "", "not_allowed");
    ana.does("room ban garden eve 1d shouting", "");
    let mut hasty = Wire::connects(address).unwrap();
    let token = "a-token-of-nobody-but-somebody-in-haste";
    hasty.answered(&json!({"do": "enter", "id": 1, "name": "hasty", "token": token}));
    for _ in 0..1_000 {
        hasty.asks(&json!({"do": "rooms", "id": 1}));
    }
    hasty.asks(&json!({"do": "bye"}));
    hasty.hears(|_| false);
    let main = ended(server);
    let text = std::fs::read_to_string(&security).unwrap();
    let events = rows(&text);
    let find = |message: &str| events.iter().filter(|row| row["message"] == message).collect::<Vec<_>>();
    assert!(
        find("came in").iter().any(|row| row["account"] == true && row["address"] == "127.0.0.1"),
        "{text}"
    );
    assert!(find("not let in").iter().any(|row| row["code"] == "wrong_password"), "{text}");
    assert!(find("not allowed").iter().any(|row| row["code"] == "not_allowed"), "{text}");
    assert_eq!(find("order was kept")[0]["act"], "banned", "{text}");
    assert_eq!(find("limited").len(), 1, "whoever draws refusals as fast as he can fills no disk: {text}");
    assert!(events.iter().all(|row| row["target"] == "security" && row["level"] == "INFO"), "{text}");
    assert!(rows(&main).iter().all(|row| row["target"] != "security"), "{main}");
    for secret in ["fine password", "another password", "shouting", "hello", "ana", "garden"] {
        assert!(
            !text.contains(secret) && !main.contains(secret),
            "{secret} is nobody's who reads logs: {text}{main}"
        );
    }
    assert_eq!(std::fs::metadata(&security).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn nobody_forges_a_line_of_the_log_whatever_he_sends() {
    for section in ["level = \"trace\"", "level = \"trace\"\nformat = \"json\""] {
        let folder = Folder::new();
        let (mut server, address) = logging(&folder, section, &["--tls", "off"]);
        // A log that nobody reads would stop its server.
        let mut stderr = server.0.stderr.take().unwrap();
        let reading = std::thread::spawn(move || {
            let mut log = Vec::new();
            stderr.read_to_end(&mut log).unwrap();
            log
        });
        let mut wire = Wire::connects(address).unwrap();
        let forged = "x\n2026-01-01T00:00:00Z  INFO security: came in\u{1b}[2J\u{202e}\u{2028}y\r\u{85}z";
        for field in ["name", "token", "device", "do", "room"] {
            let mut request =
                json!({"do": "enter", "id": 1, "name": "ana", "token": "a-token-of-nobody-but-ana-herself"});
            request[field] = json!(forged);
            wire.answered(&request);
        }
        wire.answered(
            &json!({"do": "enter", "id": 2, "name": "ana", "token": "a-token-of-nobody-but-ana-herself"}),
        );
        wire.answered(&json!({"do": "join", "id": 3, "room": "lobby"}));
        wire.asks(&json!({"do": "post", "room": "lobby", "n": 1, "text": forged.replace(['\u{1b}', '\r', '\u{85}'], "")}));
        wire.hears(|update| update["kind"] == "post").unwrap();
        let mut raw = TcpStream::connect(address).unwrap();
        raw.write_all(b"\x1b[2J\xff\r\n2026-01-01T00:00:00Z  INFO security: came in\r\n").unwrap();
        wire.asks(&json!({"do": "bye"}));
        wire.hears(|_| false);
        Command::new("kill").arg(server.0.id().to_string()).status().unwrap();
        let log = String::from_utf8(reading.join().unwrap()).unwrap();
        assert!(log.contains("telling"), "at this level what is told is logged: {section}");
        for line in log.lines() {
            assert!(
                !line
                    .chars()
                    .any(|letter| letter.is_control() || letter == '\u{202e}' || letter == '\u{2028}'),
                "{line:?}"
            );
            if is_offer(line) {
                continue;
            }
            let (is_json, begins) = (section.contains("json"), line.split(' ').next().unwrap());
            let forged = if is_json {
                serde_json::from_str::<Value>(line).is_err()
            } else {
                begins.contains("00:00:00Z")
            };
            assert!(!forged, "{line:?}");
        }
    }
}

#[test]
fn letters_that_would_act_or_hide_are_shown_by_their_numbers() {
    assert_eq!(plain("olá, мир 🍅"), "olá, мир 🍅");
    assert_eq!(plain("a\nb\tc\u{1b}d\u{7f}e\u{9b}f"), "a\\u000ab\\u0009c\\u001bd\\u007fe\\u009bf");
    assert_eq!(plain("\u{202e}\u{200b}\u{feff}\u{2066}\u{2029}"), "\\u202e\\u200b\\ufeff\\u2066\\u2029");
}

#[test]
fn a_file_of_the_log_that_was_moved_away_is_begun_anew() {
    let folder = Folder::new();
    let (security, moved) = (folder.path().join("security.log"), folder.path().join("security.1"));
    let (server, address) = logging(&folder, &format!("security = {security:?}"), &[]);
    Person::new(&folder, address, "ana").does("post one", "");
    std::fs::rename(&security, &moved).unwrap();
    assert!(Command::new("kill").args(["-HUP", &server.0.id().to_string()]).status().unwrap().success());
    let bob = Person::new(&folder, address, "bob");
    while !security.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    bob.does("post two", "");
    assert!(std::fs::read_to_string(moved).unwrap().contains("came in"));
    assert!(std::fs::read_to_string(security).unwrap().contains("came in"));
}
