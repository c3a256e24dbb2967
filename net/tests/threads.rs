//! Connections on several threads, with the real server: nothing of what one thread promises is lost between two.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    reason = "whoever talks to the real server from outside blocks on a real socket"
)]

mod common;
#[path = "outside/wire.rs"]
mod wire;

use common::bench::{finds, measured};
use common::{Folder, Running};
use serde_json::json;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use wire::Wire;

/// Three threads, on which a hundred connections and more are spread.
fn threaded(folder: &Folder, more: &[&str]) -> (Running, SocketAddr) {
    measured(folder, "threads = 3\n", more)
}

fn threads_that_serve(server: &Running) -> usize {
    let tasks = fs::read_dir(format!("/proc/{}/task", server.0.id())).unwrap();
    let names = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("comm")).unwrap());
    names.filter(|name| name.trim() == "sala-serve").count()
}

#[test]
fn each_entry_comes_once_and_in_order_whichever_threads_hear_it() {
    let folder = Folder::new();
    let (server, address) = threaded(&folder, &[]);
    for run in [
        "fan --rooms 3 --members 60 --talkers 20 --window 4 --seconds 2 --warm 0",
        // One of those who read nothing is on each thread.
        "slow --members 150 --talkers 5 --rate 200 --stalled 9 --seconds 2 --warm 0",
        "storm --rooms 5 --members 60",
    ] {
        let found = finds(&folder, address, run);
        for flaw in ["lost", "doubled", "out_of_order"] {
            assert_eq!(found[flaw].as_u64().unwrap_or(0), 0, "{run}: {found}");
        }
    }
    assert_eq!(threads_that_serve(&server), 2, "beside the one that decides");
}

#[test]
fn whoever_encrypts_is_served_on_any_thread() {
    let folder = Folder::new();
    let (_server, address) = threaded(&folder, &["--tls", "self"]);
    let found = finds(&folder, address, "storm --rooms 2 --members 70 --tls");
    assert_eq!(found["lost"], 0, "{found}");
}

/// A hundred who have come in, more than have their place on the first thread.
fn crowd(address: SocketAddr) -> Vec<Wire> {
    let wires = (0..100).map(|number| {
        let mut wire = Wire::connects(address).unwrap();
        let token = format!("a-token-of-nobody-but-person-{number}-himself");
        let enter = json!({"do": "enter", "id": 0, "name": format!("person{number}"), "token": token});
        assert_eq!(wire.answered(&enter).unwrap()["t"], "welcome");
        wire
    });
    wires.collect()
}

#[test]
fn whoever_is_on_any_thread_is_told_goodbye() {
    let folder = Folder::new();
    let (mut server, address) = threaded(&folder, &[]);
    let mut wires = crowd(address);
    let stopped = Command::new("kill").arg(server.0.id().to_string()).status().unwrap();
    assert!(stopped.success());
    for wire in &mut wires {
        assert_eq!(wire.hears(|update| update["t"] == "goodbye").unwrap()["why"], "stopping");
    }
    assert!(server.0.wait().unwrap().success());
}

/// Far more than one connection may have on the way to the thread that decides.
const REQUESTS: u64 = 2_000;

#[test]
fn requests_that_come_all_at_once_are_answered_in_their_order() {
    let folder = Folder::new();
    let (_server, address) = threaded(&folder, &[]);
    let lines: String = (1..=REQUESTS).map(|id| format!("{{\"do\":\"rooms\",\"id\":{id}}}\n")).collect();
    // None waits for the disk from now on: who does may have few requests on their way.
    let mut wires = crowd(address);
    wires.iter_mut().for_each(|wire| wire.sends(lines.as_bytes()));
    for wire in &mut wires {
        for id in 1..=REQUESTS {
            assert_eq!(wire.hears(|update| update["id"].is_u64()).unwrap()["id"], id);
        }
    }
}

/// What of a process is in memory, in KiB.
fn resident_kib(server: &Running) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.0.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

/// Answers wait for the disk where others write without a pause, and nobody sees there how long they are.
#[test]
fn who_asks_for_much_and_reads_nothing_costs_little_also_while_others_write() {
    let folder = Folder::new();
    let (server, address) = threaded(&folder, &[]);
    let mut wires = crowd(address);
    let topic = "t".repeat(500);
    for room in 0..100 {
        wires[0].asks(&json!({"do": "create", "id": room, "room": format!("room{room}"), "topic": topic}));
        wires[0].hears(|update| update["id"] == room).unwrap();
    }
    let (writers, others) = wires.split_at_mut(20);
    let before = resident_kib(&server);
    let lines: String = (1..=200).map(|id| format!("{{\"do\":\"rooms\",\"id\":{id}}}\n")).collect();
    for n in 1..=50 {
        for (number, wire) in writers.iter_mut().enumerate() {
            if n == 1 {
                wire.answered(&json!({"do": "join", "id": 1, "room": "lobby"})).unwrap();
            }
            wire.asks(&json!({"do": "post", "room": "lobby", "n": n, "text": format!("{number}")}));
        }
        if n <= 10 {
            others.iter_mut().skip(8 * (n - 1)).take(8).for_each(|wire| wire.sends(lines.as_bytes()));
        }
    }
    for wire in writers {
        wire.hears(|update| update["n"] == 50).unwrap();
    }
    let grown = resident_kib(&server).saturating_sub(before);
    assert!(grown < 80 * 192, "80 took {grown} KiB");
}
