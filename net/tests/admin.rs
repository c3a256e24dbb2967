//! Orders to a server that runs, by the socket in its data folder, with the real programs.

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
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::Command;
use wire::Wire;

/// An order with these words: its exit code, and what it says on either output.
fn order(folder: &Folder, words: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sala-server"));
    command.arg("admin").arg("--data").arg(folder.path().join("data")).args(words);
    let output = command.env_remove("SALA_CONFIG").output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// The object that an order is answered with.
#[track_caller]
fn answer(folder: &Folder, words: &[&str]) -> Value {
    let (code, said, error) = order(folder, &[&["--json"], words].concat());
    assert_eq!(code, Some(0), "{words:?}: {error}");
    assert_eq!(said.lines().count(), 1, "{said}");
    serde_json::from_str(&said).unwrap()
}

/// Somebody new who is here.
fn enters(address: SocketAddr, name: &str) -> Wire {
    let mut wire = Wire::connects(address).unwrap();
    let token = format!("a-token-of-nobody-but-{name}-himself");
    let welcome = wire.answered(&json!({"do": "enter", "id": 1, "name": name, "token": token, "have": {}}));
    assert_eq!(welcome.unwrap()["t"], "welcome");
    wire.answered(&json!({"do": "join", "id": 2, "room": "lobby"})).unwrap();
    wire
}

#[test]
fn whoever_runs_a_server_sees_who_is_here_and_closes_a_connection() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let (mut ana, _bob) = (enters(address, "ana"), enters(address, "bob"));
    let _silent = Wire::connects(address).unwrap();
    let who = answer(&folder, &["who"]);
    let names: Vec<_> = who["people"].as_array().unwrap().iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, ["ana", "bob"]);
    let sessions = answer(&folder, &["sessions"])["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 3);
    assert!(sessions[0]["name"] == "ana" && sessions[0]["address"] == "127.0.0.1", "{sessions:?}");
    assert!(sessions[2].get("name").is_none(), "{sessions:?}");
    let rooms = answer(&folder, &["rooms"]);
    assert!(rooms["rooms"][0]["room"] == "lobby" && rooms["rooms"][0]["members"] == 2, "{rooms}");
    let stats = answer(&folder, &["stats"]);
    assert!(stats["connections"] == 3 && stats["entered"] == 2 && stats["people"] == 2, "{stats}");
    let (_, table, _) = order(&folder, &["who"]);
    assert!(table.starts_with("NAME") && table.contains("\nbob "), "{table}");
    let number = sessions[0]["session"].to_string();
    answer(&folder, &["close", &number]);
    let goodbye = ana.hears(|update| update["t"] == "goodbye").unwrap();
    assert!(goodbye["why"] == "closed" && goodbye.get("retry_ms").is_none(), "{goodbye}");
    let (code, _, error) = order(&folder, &["close", &number]);
    assert!(code == Some(6) && error.contains("(not_there)"), "{error}");
}

#[test]
fn a_ban_by_whoever_runs_the_server_is_an_entry_and_holds_after_a_crash() {
    let folder = Folder::new();
    let (mut server, address) = start(folder.server("127.0.0.1:0"));
    let mut eve = enters(address, "eve");
    answer(&folder, &["ban", "eve", "1d", "shouting", "again"]);
    assert_eq!(eve.hears(|update| update["t"] == "goodbye").unwrap()["why"], "banned");
    let (code, _, error) = order(&folder, &["ban", "nobody-at-all"]);
    assert!(code == Some(6) && error.contains("(no_such_person)"), "{error}");
    let (code, _, error) = order(&folder, &["ban", "eve", "999999d"]);
    assert!(code == Some(6) && error.contains("(bad_request)"), "{error}");
    // What was answered is on disk.
    server.0.kill().unwrap();
    server.0.wait().unwrap();
    let (_server, address) = start(folder.server(&address.to_string()));
    let enter = json!({"do": "enter", "id": 1, "name": "eve", "token": "a-token-of-nobody-but-eve-himself"});
    let refused = Wire::connects(address).unwrap().answered(&enter).unwrap();
    assert!(
        refused["code"] == "banned" && refused["text"].to_string().contains("shouting again"),
        "{refused}"
    );
    let ana = Person::new(&folder, address, "ana");
    ana.does("post hello", "");
    answer(&folder, &["ban", "127.0.0.1", "1h"]);
    ana.is_refused("post hello", "", "banned");
    answer(&folder, &["unban", "127.0.0.1"]);
    ana.does("post hello", "");
    answer(&folder, &["unban", "eve"]);
    assert_eq!(Wire::connects(address).unwrap().answered(&enter).unwrap()["t"], "welcome");
}

#[test]
fn what_is_said_to_everybody_is_heard_once_by_each_and_read_later_in_the_lobby() {
    let folder = Folder::new();
    let (mut server, address) = start(folder.server("127.0.0.1:0"));
    let (mut ana, mut bob) = (enters(address, "ana"), enters(address, "bob"));
    bob.answered(&json!({"do": "leave", "id": 3, "room": "lobby"}));
    answer(&folder, &["broadcast", "the cellar is flooded,", "bring boots"]);
    let words = "the cellar is flooded, bring boots";
    // Each hears it in one way: the ping behind it shows that nothing else came.
    let heard = |wire: &mut Wire| {
        wire.asks(&json!({"do": "ping"}));
        let mut all = Vec::new();
        wire.hears(|update| {
            all.extend((update["text"] == words).then(|| update.clone()));
            update["t"] == "pong"
        });
        all
    };
    let (by_ana, by_bob) = (heard(&mut ana), heard(&mut bob));
    assert!(by_ana.len() == 1 && by_ana[0]["t"] == "entry" && by_ana[0]["person"] == 0, "{by_ana:?}");
    assert!(by_bob.len() == 1 && by_bob[0]["t"] == "notice", "{by_bob:?}");
    answer(&folder, &["broadcast", "it is dry again"]);
    server.0.kill().unwrap();
    server.0.wait().unwrap();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let rows = Person::new(&folder, address, "cyn").does("history", "");
    let said: Vec<_> =
        rows.iter().filter(|row| row["kind"] == "post").map(|row| row["text"].clone()).collect();
    assert_eq!(said, [words, "it is dry again"]);
    assert_eq!(order(&folder, &["broadcast", "\u{1b}[2J"]).0, Some(6));
}

#[test]
fn a_server_that_drains_takes_nobody_in_keeps_what_is_sent_and_ends_in_peace() {
    let folder = Folder::new();
    let mut command = folder.server("127.0.0.1:0");
    let mut server = Running(command.args(["--operations", "127.0.0.1:0"]).spawn().unwrap());
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut next = |what: &str| lines.next().unwrap().strip_prefix(what).unwrap().parse().unwrap();
    let (address, operations): (SocketAddr, SocketAddr) = (next("listening on "), next("operations on "));
    let mut ana = enters(address, "ana");
    answer(&folder, &["drain", "3600"]);
    assert!(
        ana.hears(|update| update["t"] == "notice").unwrap()["text"].to_string().contains("stops in 3600 s")
    );
    let mut ready = String::new();
    let mut stream = TcpStream::connect(operations).unwrap();
    stream.write_all(b"GET /ready HTTP/1.0\r\n\r\n").unwrap();
    stream.read_to_string(&mut ready).unwrap();
    assert!(ready.contains(" 503 "), "{ready}");
    // Where nobody listens any more, nobody gets a word.
    let refused = TcpStream::connect(address).map(|mut stream| stream.read(&mut [0]).unwrap_or(0));
    assert!(matches!(refused, Err(_) | Ok(0)), "{refused:?}");
    ana.asks(&json!({"do": "post", "room": "lobby", "n": 1, "text": "while it drains"}));
    ana.hears(|update| update["text"] == "while it drains").unwrap();
    assert_eq!(answer(&folder, &["stats"])["draining"], true);
    // Once all have gone there is nothing to wait for, whatever time was given.
    drop(ana);
    assert_eq!(server.0.wait().unwrap().code(), Some(0));
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let mut bob = enters(address, "bob");
    answer(&folder, &["drain", "--wait", "0"]);
    assert_eq!(order(&folder, &["stats"]).0, Some(3), "it has ended");
    let goodbye = bob.hears(|update| update["t"] == "goodbye").unwrap();
    assert!(goodbye["why"] == "stopping" && goodbye["retry_ms"].is_u64(), "{goodbye}");
}

#[test]
fn orders_are_for_the_owner_of_the_folder_alone_and_must_be_orders() {
    let folder = Folder::new();
    assert_eq!(order(&folder, &["who"]).0, Some(3), "there is no server");
    let (_server, _) = start(folder.server("127.0.0.1:0"));
    let socket = folder.path().join("data/admin/socket");
    // It is there a moment after the server listens.
    while !socket.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    answer(&folder, &["stats"]);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o700));
    let asked = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(bytes).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()
    };
    for wrong in [
        "{}",
        "no json",
        r#"{"do":"erase"}"#,
        r#"{"do":"close"}"#,
        r#"{"do":"ban"}"#,
        r#"{"do":"who","x":1}"#,
    ] {
        let refused = asked(format!("{wrong}\n").as_bytes());
        assert!(refused["t"] == "refused" && refused["code"] == "bad_request", "{wrong}: {refused}");
    }
    assert_eq!(asked(&[b'x'; 40_000])["t"], "refused", "a line without end");
    assert_eq!(asked(b"\xff\n")["t"], "refused");
    assert_eq!(order(&folder, &["log", "loudly"]).0, Some(6));
    answer(&folder, &["log", "debug"]);
}
