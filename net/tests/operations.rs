//! What those see who watch a server: by HTTP, as a supervisor and Prometheus ask.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "no loop runs here that could be blocked"
)]

mod common;

use common::{Folder, Running};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

/// A server that tells operators how it does, where it listens, and where it tells.
fn watched(folder: &Folder) -> (Running, SocketAddr, SocketAddr) {
    let mut command = folder.server("127.0.0.1:0");
    let mut server = Running(command.args(["--operations", "127.0.0.1:0"]).spawn().unwrap());
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut address = |what: &str| lines.next().unwrap().strip_prefix(what).unwrap().parse().unwrap();
    let (listening, operations) = (address("listening on "), address("operations on "));
    (server, listening, operations)
}

/// What comes back for these bytes, until the server hangs up.
fn answers(operations: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(operations).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = String::new();
    // It may hang up on what is left unread.
    stream.read_to_string(&mut answer).ok();
    answer
}

/// The status and the text that a path has.
fn get(operations: SocketAddr, path: &str) -> (u16, String) {
    let answer = answers(operations, format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), text.to_owned())
}

/// A value of the metrics.
fn value(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("there is no {name} in {metrics}")).parse().unwrap()
}

#[test]
fn a_server_tells_that_it_is_alive_and_ready_and_what_it_did() {
    let folder = Folder::new();
    let (_server, listening, operations) = watched(&folder);
    assert_eq!(get(operations, "/health"), (200, "alive\n".to_owned()));
    let posted =
        folder.sala(listening, &["post", "--name", "ana", "a word that stays here"]).output().unwrap();
    assert!(posted.status.success(), "{posted:?}");
    // Before somebody was let in, its state may not have been read yet.
    assert_eq!(get(operations, "/ready"), (200, "ready\n".to_owned()));
    let refused = folder.sala(listening, &["room", "close", "lobby", "--name", "ana"]).output().unwrap();
    assert!(!refused.status.success());
    let (status, metrics) = get(operations, "/metrics");
    assert_eq!((status, metrics.lines().last()), (200, Some("# EOF")));
    // She joined the lobby, and said something there; the server's own first entry came before.
    assert!(value(&metrics, "sala_entries_total{log=\"room\"}") >= 2.0, "{metrics}");
    assert!(value(&metrics, "sala_refusals_total{code=\"not_allowed\"}") >= 1.0, "{metrics}");
    assert!(value(&metrics, "sala_commit_seconds_count") >= 1.0, "{metrics}");
    assert!(value(&metrics, "sala_connections_opened_total") >= 2.0, "{metrics}");
    assert!(value(&metrics, "sala_data_bytes") > 4_096.0, "{metrics}");
    assert!(value(&metrics, "process_resident_memory_bytes") > 1_048_576.0, "{metrics}");
    assert!(
        !metrics.contains("ana") && !metrics.contains("stays here"),
        "names and words are nobody's business"
    );
}

#[test]
fn what_is_no_question_is_refused_and_holds_nothing_up() {
    let folder = Folder::new();
    let (_server, _, operations) = watched(&folder);
    assert_eq!(get(operations, "/").0, 404);
    assert_eq!(get(operations, "/../../etc/passwd").0, 404);
    let posted = answers(operations, b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    assert!(posted.starts_with("HTTP/1.1 405 "), "{posted}");
    let nonsense = answers(operations, b"\0\xff\r\n\r\n");
    assert!(nonsense.is_empty() || nonsense.starts_with("HTTP/1.1 400 "), "{nonsense}");
    let endless = answers(operations, &[b'a'; 64 * 1024]);
    assert!(endless.is_empty() || endless.starts_with("HTTP/1.1 4"), "{endless}");
    // Those who say nothing take all places, until they are gone.
    let silent: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(operations).unwrap()).collect();
    let mut last = silent.last().unwrap();
    assert_eq!(last.read(&mut [0]).unwrap(), 0, "there is no place for the last of them");
    drop(silent);
    let alive = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        answers(operations, b"GET /health HTTP/1.0\r\n\r\n").ends_with("alive\n")
    });
    assert!(alive, "once they are gone, others are answered");
}

#[test]
fn the_dashboard_shows_what_there_is() {
    let folder = Folder::new();
    let (_server, listening, operations) = watched(&folder);
    folder.sala(listening, &["rooms", "--name", "ana"]).output().unwrap();
    folder.sala(listening, &["room", "close", "lobby", "--name", "ana"]).output().unwrap();
    let (_, metrics) = get(operations, "/metrics");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/grafana.json");
    let dashboard: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() >= 8);
    for target in panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap()) {
        let expression = target["expr"].as_str().unwrap();
        let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let mut names = words.filter(|word| word.starts_with("sala_") || word.starts_with("process_"));
        assert!(names.all(|name| metrics.contains(name)), "{expression} in {metrics}");
    }
}
