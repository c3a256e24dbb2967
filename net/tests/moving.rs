//! A server that is lost while people talk, and its copy that takes its place: what was not told is stored is said once, what is gone
//! is gone in one piece, and everybody is told.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(clippy::disallowed_methods, reason = "real programs are waited for in real time")]

mod common;

use common::{Folder, Running, start};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

const WRITERS: usize = 5;
/// How many lines each of them says at once, and how often: all of them say a thousand in a second.
const AT_ONCE: usize = 20;
const EVERY: Duration = Duration::from_millis(100);
const LAST: &str = "that was all";

/// Somebody who says line after line, and where each was put.
struct Writer {
    said: Arc<Mutex<usize>>,
    places: Arc<Mutex<Vec<u64>>>,
    ended: JoinHandle<String>,
}

impl Writer {
    fn begins(folder: &Folder, address: SocketAddr, number: usize, over: &Arc<AtomicBool>) -> Self {
        let mut program =
            folder.sala(address, &["post", "--name", &format!("writer{number}")]).spawn().unwrap();
        let (said, places): (Arc<Mutex<usize>>, Arc<Mutex<Vec<u64>>>) = Default::default();
        let (mut input, output) = (program.stdin.take().unwrap(), program.stdout.take().unwrap());
        let told = Arc::clone(&places);
        let reading = thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                told.lock().unwrap().push(line.unwrap().parse().unwrap());
            }
        });
        let (over, saying) = (Arc::clone(over), Arc::clone(&said));
        let ended = thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let due = Instant::now() + EVERY;
                for _ in 0..AT_ONCE {
                    let line = *saying.lock().unwrap();
                    writeln!(input, "line {line} by {number}").unwrap();
                    *saying.lock().unwrap() += 1;
                }
                sleep(due.saturating_duration_since(Instant::now()));
            }
            drop(input);
            let output = program.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
            // All that it was told is heard.
            reading.join().unwrap();
            String::from_utf8(output.stderr).unwrap()
        });
        Writer { said, places, ended }
    }

    fn told(&self) -> usize {
        self.places.lock().unwrap().len()
    }
}

/// Runs the server's program to its end.
fn runs(words: &[&str], folder: &Path) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_sala-server")).args(words).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A room as it is read from its first entry on.
fn read(folder: &Folder, address: SocketAddr) -> Vec<Value> {
    let mut program =
        folder.sala(address, &["tail", "--name", "judge", "--from", "1", "--json"]).spawn().unwrap();
    let mut entries = Vec::new();
    for line in BufReader::new(program.stdout.take().unwrap()).lines() {
        entries.push(serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        if entries.last().unwrap()["text"] == LAST {
            break;
        }
    }
    program.kill().unwrap();
    program.wait().unwrap();
    entries
}

#[expect(clippy::print_stdout, reason = "how much was said and lost is worth knowing")]
#[test]
fn people_move_over_to_a_copy_and_what_is_gone_is_told() {
    let folder = Folder::new();
    let printed = folder.sala(([127, 0, 0, 1], 1).into(), &["bench", "settings"]).output().unwrap();
    std::fs::write(folder.path().join("sala.toml"), printed.stdout).unwrap();
    let serve = |data: &str, listen: &str| {
        let mut server = Command::new(env!("CARGO_BIN_EXE_sala-server"));
        server.args(["--listen", listen, "--log", "warn", "--config", "sala.toml", "--data", data]);
        server.current_dir(folder.path()).stdout(std::process::Stdio::piped());
        start(server)
    };
    let (mut first, address) = serve("data", "127.0.0.1:0");
    let over = Arc::new(AtomicBool::new(false));
    let writers: Vec<Writer> =
        (0..WRITERS).map(|number| Writer::begins(&folder, address, number, &over)).collect();
    let reader =
        folder.sala(address, &["tail", "--name", "reader", "--from", "1", "--json"]).spawn().unwrap();
    let mut reader = Running(reader);
    let warnings = reader.0.stderr.take().unwrap();
    let heard = reader.0.stdout.take().unwrap();
    let heard = thread::spawn(move || {
        let seqs = BufReader::new(heard).lines().map(|line| {
            let entry: Value = serde_json::from_str(&line.unwrap()).unwrap();
            (entry["seq"].as_u64().unwrap(), entry["text"] == LAST)
        });
        let mut heard = Vec::new();
        for (seq, is_last) in seqs {
            heard.push(seq);
            if is_last {
                break;
            }
        }
        heard
    });
    sleep(Duration::from_secs(1));
    let told = |writers: &[Writer]| writers.iter().map(Writer::told).collect::<Vec<_>>();
    let (before, begun) = (told(&writers), Instant::now());
    println!("{}", runs(&["backup", "copy", "--data", "data"], folder.path()));
    let (took, after) = (begun.elapsed(), told(&writers));
    sleep(Duration::from_secs(1));
    let meanwhile = after.iter().sum::<usize>() - before.iter().sum::<usize>();
    println!("the copy took {took:?}, in which {meanwhile} posts were stored");
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    // What the server had said before its end is read by then.
    sleep(Duration::from_millis(300));
    let told_before = told(&writers);
    runs(&["restore", "copy", "--data", "again"], folder.path());
    assert!(runs(&["verify", "--data", "again"], folder.path()).contains("all whole"));
    let (_second, _) = serve("again", &address.to_string());
    while told(&writers).iter().zip(&told_before).any(|(now, before)| *now < before + 500) {
        sleep(Duration::from_millis(50));
    }
    over.store(true, Ordering::Relaxed);
    let mut ended = Vec::new();
    for writer in writers {
        let complaints = writer.ended.join().unwrap();
        assert!(complaints.contains("put back to an earlier copy"), "it is told: {complaints}");
        ended.push((
            *writer.said.lock().unwrap(),
            Arc::try_unwrap(writer.places).unwrap().into_inner().unwrap(),
        ));
    }
    assert!(folder.sala(address, &["post", "--name", "zoe", LAST]).output().unwrap().status.success());
    let entries = read(&folder, address);
    for (seq, entry) in (1_u64..).zip(&entries) {
        assert_eq!(entry["seq"], seq, "a seq is missing, or there twice");
    }
    for (number, (said, places)) in ended.iter().enumerate() {
        assert_eq!(places.len(), *said, "each line was told a place");
        let author = format!("writer{number}");
        let lines: Vec<(usize, u64)> = entries
            .iter()
            .filter(|entry| entry["author"] == author && entry["kind"] == "post")
            .map(|entry| {
                let line = entry["text"].as_str().unwrap().split(' ').nth(1).unwrap();
                (line.parse().unwrap(), entry["seq"].as_u64().unwrap())
            })
            .collect();
        assert!(lines.windows(2).all(|pair| pair[0].0 < pair[1].0), "in order, and none twice");
        let there: Vec<usize> = lines.iter().map(|(line, _)| *line).collect();
        let gone: Vec<usize> = (0..*said).filter(|line| there.binary_search(line).is_err()).collect();
        let (from, upto) = (gone.first().copied().unwrap_or(0), gone.last().map_or(0, |last| last + 1));
        assert_eq!(gone.len(), upto - from, "what is gone is one piece");
        assert!(upto <= told_before[number], "nothing is gone that the first server had not told was stored");
        assert!(from >= before[number], "all that was told before the copy was begun is in it");
        for (line, seq) in lines.iter().filter(|(line, _)| *line < from || *line >= upto) {
            assert_eq!(places[*line], *seq, "line {line} is where {author} was told");
        }
        println!(
            "{author}: {said} said; {} were stored after the copy, and are gone with the first server",
            gone.len()
        );
    }
    let heard = heard.join().unwrap();
    drop(reader);
    let mut complaints = String::new();
    BufReader::new(warnings).read_to_string(&mut complaints).unwrap();
    assert!(complaints.contains("put back to an earlier copy"), "it is told: {complaints}");
    assert_eq!(heard.last().copied(), entries.last().and_then(|entry| entry["seq"].as_u64()));
    let turns = heard.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
    assert!(turns <= 1, "without a gap but where it was told");
}
