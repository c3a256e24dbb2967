//! A link that is cut after every byte of a conversation, either way: the client programs end with everything once and in
//! order.

use crate::chance::{chance, long};
use crate::common::{Folder, Running, start};
use crate::proxy::{Proxy, Way};
use crate::wire::Wire;
use rand::rngs::StdRng;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Clients at once: most of the time, each waits to try again.
const CLIENTS: usize = 12;
/// Cuts of a sample, each way.
const SAMPLE: usize = 30;
/// Lines that are read.
const LINES: usize = 6;
/// Far more bytes than a conversation has.
const BYTES_MAX: usize = 100_000;

/// The offsets to cut at: each from the first on, or some of them by chance.
enum Offsets {
    All(AtomicUsize),
    Some(Mutex<Vec<usize>>),
}

impl Offsets {
    /// Those of a conversation of about so many bytes.
    fn new(random: &mut StdRng, about: usize) -> Self {
        if long() {
            return Offsets::All(AtomicUsize::new(0));
        }
        Offsets::Some(rand::seq::index::sample(random, about, SAMPLE).into_vec().into())
    }

    fn next(&self) -> Option<usize> {
        match self {
            Offsets::All(next) => Some(next.fetch_add(1, Ordering::Relaxed)).filter(|next| *next < BYTES_MAX),
            Offsets::Some(left) => left.lock().unwrap().pop(),
        }
    }

    /// The conversation ended before it was cut: there are no more of them.
    fn end(&self) {
        if let Offsets::All(next) = self {
            next.store(BYTES_MAX, Ordering::Relaxed);
        }
    }
}

/// Has clients converse over links that are cut, each at an offset of its own, and says how many were.
fn everywhere(
    address: SocketAddr,
    way: Way,
    offsets: &Offsets,
    converse: impl Fn(&Proxy, usize) + Sync,
) -> usize {
    let cuts = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let proxy = Proxy::before(address);
                while let Some(after) = offsets.next() {
                    proxy.cuts_next(way, after);
                    converse(&proxy, after);
                    if proxy.has_cut() {
                        cuts.fetch_add(1, Ordering::Relaxed);
                    } else {
                        offsets.end();
                    }
                }
            });
        }
    });
    cuts.into_inner()
}

#[test]
fn what_is_posted_over_a_link_that_is_cut_anywhere_is_stored_once_and_in_order() {
    let mut random = chance();
    let folder = Folder::new();
    let (_server, address) = server(&folder);
    for (way, about) in [(Way::Up, 340), (Way::Down, 1_070)] {
        let offsets = Offsets::new(&mut random, about);
        let posted = Mutex::new(Vec::new());
        let cuts = everywhere(address, way, &offsets, |proxy, after| {
            // Everybody in a room of his own, so that nobody hears more than himself.
            let name = format!("{}{after}", if way == Way::Up { "up" } else { "down" });
            let lines: Vec<String> = (1..=3).map(|number| format!("line {number} of {name}")).collect();
            let post = ["post", "--name", &name, "--room", &name, "--create"];
            let mut post = Running(folder.sala(proxy.address, &post).spawn().unwrap());
            post.0.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
            let mut out = String::new();
            post.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
            assert!(post.0.wait().unwrap().success(), "cut after {after} bytes {way:?}");
            let places: Vec<u64> = out.lines().map(|seq| seq.parse().unwrap()).collect();
            posted.lock().unwrap().push((name, lines, places));
        });
        enough(cuts, way, about);
        let mut wire = Wire::connects(address).unwrap();
        let token = "a-token-that-nobody-guesses-in-a-test";
        wire.answered(&json!({"do": "enter", "id": 1, "name": format!("zoe-{way:?}"), "token": token}))
            .unwrap();
        for (room, lines, places) in posted.into_inner().unwrap() {
            stand(&mut wire, &room, &lines, &places);
        }
    }
}

/// Demands that a room has these lines at these places, and no other lines.
fn stand(wire: &mut Wire, room: &str, lines: &[String], places: &[u64]) {
    wire.answered(&json!({"do": "join", "id": 2, "room": room})).unwrap();
    let page = wire.answered(&json!({"do": "page", "id": 3, "room": room})).unwrap();
    wire.answered(&json!({"do": "leave", "id": 4, "room": room})).unwrap();
    let entries = page["entries"].as_array().unwrap();
    let posts = entries.iter().filter(|entry| entry["kind"] == "post");
    let (said, stand): (Vec<_>, Vec<_>) =
        posts.map(|post| (post["text"].as_str().unwrap(), post["seq"].as_u64().unwrap())).unzip();
    assert_eq!(said, lines, "{room}: each once, and in order");
    assert_eq!(stand, places, "{room}: it printed the place of each");
}

#[test]
fn what_is_read_over_a_link_that_is_cut_anywhere_is_printed_once_and_in_order() {
    let mut random = chance();
    let folder = Folder::new();
    let (_server, address) = server(&folder);
    let mut post = Running(folder.sala(address, &["post", "--name", "ana"]).spawn().unwrap());
    post.0.stdin.take().unwrap().write_all("line\n".repeat(LINES).as_bytes()).unwrap();
    assert!(post.0.wait().unwrap().success());
    let count = (2 + LINES).to_string();
    let tail = |address: SocketAddr, name: &str| {
        let tail = ["tail", "--name", name, "--from", "1", "--json", "--count", &count];
        let output = folder.sala(address, &tail).output().unwrap();
        assert!(output.status.success(), "{name}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let right = tail(address, "zoe");
    assert_eq!(right.lines().count(), 2 + LINES);
    for (way, about) in [(Way::Up, 215), (Way::Down, 1_500)] {
        let offsets = Offsets::new(&mut random, about);
        let cuts = everywhere(address, way, &offsets, |proxy, after| {
            // Everybody joins once: else what there is to read would grow with each of them.
            let name = format!("reader-{}", proxy.address.port());
            assert_eq!(tail(proxy.address, &name), right, "cut after {after} bytes {way:?}");
        });
        enough(cuts, way, about);
    }
}

/// Demands that most of the conversations were really cut, and says how many were.
#[expect(clippy::print_stdout, reason = "whoever runs all of it wants the figure")]
fn enough(cuts: usize, way: Way, about: usize) {
    println!("{cuts} conversations were cut {way:?}");
    assert!(cuts >= if long() { about * 2 / 3 } else { SAMPLE * 2 / 3 }, "{cuts} cuts {way:?}");
}

fn server(folder: &Folder) -> (Running, SocketAddr) {
    let settings = folder.path().join("sala.toml");
    // One address makes some thousand of each, and one person looks into all rooms.
    let bursts = ["new_names_per_address", "requests_burst", "ventures_burst", "joins_burst"];
    let quota: String = bursts.iter().map(|burst| format!("{burst} = 100000\n")).collect();
    std::fs::write(&settings, format!("[quota]\n{quota}")).unwrap();
    let mut command = folder.server("127.0.0.1:0");
    command.arg("--config").arg(&settings);
    start(command)
}
