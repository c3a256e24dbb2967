//! Hundreds of connections that mean harm, in each way that costs them little, while people talk: with the real server.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    reason = "whoever talks to the real server from outside blocks on a real socket"
)]

mod common;
#[path = "outside/wire.rs"]
mod wire;

use common::{Folder, start};
use serde_json::json;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use wire::Wire;

/// Of each kind.
const HOSTILE: usize = 60;
const PEOPLE: u64 = 10;
const POSTS: u64 = 30;
/// What one of them may cost: what is read of it at once, the answers that wait for it, and as much again for its socket.
const BYTES_OF_ONE: u64 = 64 * 1024;

/// What of a process is in memory, in bytes.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

/// Connections that begin with these bytes, as many of them as go.
fn begin(address: SocketAddr, bytes: &[u8]) -> Vec<TcpStream> {
    let one = |_| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
        stream.write_all(bytes).ok();
        stream
    };
    (0..HOSTILE).map(one).collect()
}

#[test]
fn those_who_mean_harm_cost_a_bounded_part_and_keep_nobody_from_talking() {
    let folder = Folder::new();
    let (server, address) = start(folder.server("127.0.0.1:0"));
    let mut people: Vec<Wire> = (0..PEOPLE)
        .map(|number| {
            let mut wire = Wire::connects(address).unwrap();
            let token = format!("a-token-of-nobody-but-person-{number}-himself");
            let enter = json!({"do": "enter", "id": 1, "name": format!("person{number}"), "token": token});
            assert_eq!(wire.answered(&enter).unwrap()["t"], "welcome");
            wire.answered(&json!({"do": "join", "id": 2, "room": "lobby"})).unwrap();
            wire
        })
        .collect();
    let before = resident(server.0.id());
    let garbage: Vec<u8> = (0..200_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let mut hostile = [
        // Nothing at all; noise; half a line; a line without end; lines whose answers are never read.
        begin(address, b""),
        begin(address, &garbage),
        begin(address, b"{\"do\":\"enter\",\"name\":"),
        begin(address, &[b'x'; 200_000]),
        begin(address, &b"what?\n".repeat(30_000)),
        begin(address, &[b"{\"do\":\"ping\"}\n".repeat(5_000), vec![b'['; 30_000]].concat()),
    ];
    for n in 1..=POSTS {
        for wire in &mut people {
            wire.asks(&json!({"do": "post", "room": "lobby", "n": n, "text": format!("word {n}")}));
        }
        // One byte more of each that still takes some.
        for stream in hostile.iter_mut().flatten() {
            stream.set_nonblocking(true).unwrap();
            stream.write_all(b"y").ok();
        }
    }
    for wire in &mut people {
        let mut heard = 0;
        wire.hears(|update| {
            heard += u64::from(update["kind"] == "post");
            heard == PEOPLE * POSTS
        });
        assert_eq!(heard, PEOPLE * POSTS, "each hears each once");
    }
    let count = hostile.iter().map(|kind| kind.len() as u64).sum::<u64>();
    let gained = resident(server.0.id()).saturating_sub(before);
    assert!(gained < count * BYTES_OF_ONE, "{gained} bytes for {count} connections");
    drop(hostile);
    for wire in &mut people {
        wire.asks(&json!({"do": "ping"}));
        assert!(wire.hears(|update| update["t"] == "pong").is_some());
    }
}
