//! `kill -9` at random moments, while several write and several read.

use crate::chance::{chance, long};
use crate::common::{Folder, Running, start};
use rand::RngExt as _;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::ChildStdout;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const WRITERS: usize = 3;
const READERS: [&str; 2] = ["tom", "tina"];
/// Lines that a writer says before it waits until all are stored.
const AT_ONCE: usize = 20;
/// Longest time that a server lives, in milliseconds. The clients come back after a quarter of a second and more.
const LIFE_MS: u64 = 900;
const LAST: &str = "that was all";

#[test]
fn a_server_killed_at_random_moments_loses_nothing_that_was_acknowledged() {
    let (kills, mut random) = (if long() { 600 } else { 24 }, chance());
    let folder = Folder::new();
    // As fast as it goes, so that each moment finds something half done.
    let settings = folder.path().join("sala.toml");
    std::fs::write(&settings, "[quota]\nposts_burst = 1000000\nposts_per_second = 1000000\n").unwrap();
    let server = |listen: &str| {
        let mut command = folder.server(listen);
        command.arg("--config").arg(&settings);
        start(command)
    };
    let (mut running, address) = server("127.0.0.1:0");
    let over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS).map(|number| writer(&folder, address, number, &over)).collect();
    let readers: Vec<_> = READERS.iter().map(|name| reader(&folder, address, name)).collect();
    for _ in 0..kills {
        thread::sleep(Duration::from_millis(random.random_range(0..LIFE_MS)));
        // The kernel's word for `kill -9`: nothing of the program runs after it.
        running.0.kill().unwrap();
        running.0.wait().unwrap();
        running = server(&address.to_string()).0;
    }
    over.store(true, Ordering::Relaxed);
    let acked: Vec<Vec<String>> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    let last = folder.sala(address, &["post", "--name", "zoe", LAST]).output().unwrap();
    assert!(last.status.success(), "{last:?}");
    let mut read: Vec<Vec<String>> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
    let entries = read.pop().unwrap();
    assert!(read.iter().all(|other| *other == entries), "two readers have read different things");

    let mut said: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (seq, line) in (1..).zip(&entries) {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(entry["seq"], seq, "a seq is missing, or there twice");
        if entry["kind"] == "post" {
            let author = entry["author"].as_str().unwrap().to_owned();
            said.entry(author)
                .or_default()
                .push((entry["text"].as_str().unwrap().to_owned(), seq.to_string()));
        }
    }
    for (number, acked) in acked.iter().enumerate() {
        let posts = &said[&format!("writer{number}")];
        for (line, (text, _)) in posts.iter().enumerate() {
            assert_eq!(*text, format!("line {line} by {number}"), "each once, and in order");
        }
        let places: Vec<&String> = posts.iter().map(|(_, seq)| seq).collect();
        assert_eq!(acked.iter().collect::<Vec<_>>(), places, "each was told its own place");
        assert!(posts.len() > kills, "writer {number} said hardly anything: {}", posts.len());
    }
}

/// Says line after line until it is over; gives what it was told of their places.
fn writer(
    folder: &Folder,
    address: SocketAddr,
    number: usize,
    over: &Arc<AtomicBool>,
) -> JoinHandle<Vec<String>> {
    let mut program = folder.sala(address, &["post", "--name", &format!("writer{number}")]);
    // What it says of the outages would fill the pipe.
    let mut program = Running(program.stderr(std::process::Stdio::null()).spawn().unwrap());
    let over = Arc::clone(over);
    thread::spawn(move || {
        let mut input = program.0.stdin.take().unwrap();
        let mut stored = lines(program.0.stdout.take());
        let mut acked = Vec::new();
        while !over.load(Ordering::Relaxed) {
            for _ in 0..AT_ONCE {
                writeln!(input, "line {} by {number}", acked.len()).unwrap();
                acked.push(String::new());
            }
            let from = acked.len() - AT_ONCE;
            acked[from..].fill_with(|| stored.next().unwrap().unwrap());
        }
        drop(input);
        assert!(program.0.wait().unwrap().success());
        acked
    })
}

/// Reads everything from the first entry on, until the last line.
fn reader(folder: &Folder, address: SocketAddr, name: &str) -> JoinHandle<Vec<String>> {
    let mut program = folder.sala(address, &["tail", "--name", name, "--from", "1", "--json"]);
    let mut program = Running(program.stderr(std::process::Stdio::null()).spawn().unwrap());
    thread::spawn(move || {
        let mut read = Vec::new();
        for line in lines(program.0.stdout.take()) {
            read.push(line.unwrap());
            if read.last().is_some_and(|line| line.contains(LAST)) {
                break;
            }
        }
        read
    })
}

fn lines(output: Option<ChildStdout>) -> std::io::Lines<BufReader<ChildStdout>> {
    BufReader::new(output.unwrap()).lines()
}
