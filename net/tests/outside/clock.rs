//! A computer whose clock is set back an hour and forth a year: order is by seq, nobody is signed out, and what holds until a time holds
//! until the clock shows it.

use crate::chance::skipped;
use crate::common::{Folder, Running, start};
use crate::wire::Wire;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Milliseconds of half an hour, and of a day.
const HALF_AN_HOUR: u64 = 30 * 60_000;
const DAY: u64 = 86_400_000;
/// Longest time until a clock that was set shows it.
const SOON: Duration = Duration::from_secs(20);

/// The library that shows a program another time than it is.
fn library() -> Option<PathBuf> {
    let places = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
    places.iter().map(|place| Path::new(place).join("faketime/libfaketime.so.1")).find(|path| path.exists())
}

/// A server whose clock shows what stands in a file, and the people whom it serves.
struct Clock {
    folder: Folder,
    library: PathBuf,
}

impl Clock {
    /// Sets the clock off by this; ticks, by which it waits, go on as they do.
    fn is(&self, off: &str) {
        // In place of the old one, so that it is never half a time.
        std::fs::write(self.folder.path().join("clock.new"), off).unwrap();
        std::fs::rename(self.folder.path().join("clock.new"), self.folder.path().join("clock")).unwrap();
    }

    fn starts(&self, listen: &str) -> (Running, SocketAddr) {
        let mut server = self.folder.server(listen);
        server
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", self.folder.path().join("clock"));
        server.env("FAKETIME_NO_CACHE", "1").env("DONT_FAKE_MONOTONIC", "1");
        start(server)
    }
}

fn enters(address: SocketAddr, name: &str) -> Wire {
    let mut wire = Wire::connects(address).unwrap();
    let token = format!("a-token-of-nobody-but-{name}-himself");
    let welcome =
        wire.answered(&json!({"do": "enter", "id": 1, "name": name, "token": token, "device": "d"}));
    assert_eq!(welcome.unwrap()["t"], "welcome", "{name} is let in");
    wire
}

/// Says something in the garden; where it was put, and when by the server's clock.
fn says(wire: &mut Wire, n: u64) -> (u64, u64) {
    wire.asks(&json!({"do": "post", "room": "garden", "n": n, "text": format!("word {n}")}));
    let entry =
        wire.hears(|update| update["kind"] == "post" && update["n"] == n).expect("nobody is signed out");
    (entry["seq"].as_u64().unwrap(), entry["at"].as_u64().unwrap())
}

/// The answer to somebody who wants to come in: that he is in, or why not.
fn comes(wire: &mut Wire) -> Value {
    let answer =
        wire.answered(&json!({"do": "join", "id": 2, "room": "garden"})).expect("nobody is signed out");
    if answer["t"] == "room" { json!("in") } else { answer["code"].clone() }
}

#[test]
fn a_clock_that_is_set_back_and_forth_changes_no_order_and_signs_nobody_out() {
    let Some(library) = library() else {
        return skipped("a clock that is set", "libfaketime is not there");
    };
    let clock = Clock { folder: Folder::new(), library };
    clock.is("+0");
    let (server, address) = clock.starts("127.0.0.1:0");
    let mut ana = enters(address, "ana");
    ana.answered(&json!({"do": "create", "id": 2, "room": "garden"})).unwrap();
    let [mut bo, mut cy] = ["bo", "cy"].map(|name| enters(address, name));
    // An account comes back by its device's token.
    let mut dora = Wire::connects(address).unwrap();
    let token = "a-token-of-nobody-but-dora-himself";
    let register = json!({"do": "register", "id": 1, "name": "dora", "password": "a fine password", "token": token, "device": "d"});
    assert_eq!(dora.answered(&register).unwrap()["t"], "welcome");
    for wire in [&mut bo, &mut cy, &mut dora] {
        assert_eq!(comes(wire), "in");
    }
    let first = says(&mut ana, 1);
    for ban in [
        json!({"do": "ban", "id": 3, "room": "garden", "name": "bo", "minutes": 30}),
        json!({"do": "ban", "id": 3, "room": "garden", "name": "cy"}),
    ] {
        assert_eq!(ana.answered(&ban).unwrap()["t"], "done", "{ban}");
    }
    assert_eq!((comes(&mut bo), comes(&mut cy)), (json!("banned"), json!("banned")));

    clock.is("-1h");
    let (mut n, end) = (1, Instant::now() + SOON);
    let back = loop {
        n += 1;
        let said = says(&mut ana, n);
        if said.1 < first.1 {
            break said;
        }
        assert!(Instant::now() < end, "the clock is not set back");
    };
    assert!(back.0 > first.0 && first.1 - back.1 > HALF_AN_HOUR, "{first:?} {back:?}");
    assert_eq!((comes(&mut bo), comes(&mut cy)), (json!("banned"), json!("banned")), "an hour more to wait");
    drop((enters(address, "eve"), enters(address, "dora")));

    clock.is("+365d");
    let end = Instant::now() + SOON;
    let forth = loop {
        n += 1;
        let said = says(&mut ana, n);
        if said.1 > first.1 + 300 * DAY {
            break said;
        }
        assert!(Instant::now() < end, "the clock is not set forth");
    };
    assert!(forth.0 > back.0, "{back:?} {forth:?}");
    assert_eq!(
        (comes(&mut bo), comes(&mut cy)),
        (json!("in"), json!("banned")),
        "one ban has ended, one has no end"
    );
    let mut dora = enters(address, "dora");
    assert_eq!(comes(&mut dora), "in");

    // It starts on entries of a year that is to come.
    clock.is("+0");
    drop(server);
    let (_server, address) = clock.starts(&address.to_string());
    let [mut ana, mut cy] = ["ana", "cy"].map(|name| enters(address, name));
    assert_eq!(comes(&mut ana), "in");
    let last = says(&mut ana, n + 1);
    assert!(last.0 > forth.0 && last.1 < forth.1, "{forth:?} {last:?}");
    assert_eq!(comes(&mut cy), "banned");
    let page =
        ana.answered(&json!({"do": "page", "id": 9, "room": "garden", "after": 0, "limit": 200})).unwrap();
    let seqs: Vec<u64> =
        page["entries"].as_array().unwrap().iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "{page}");
}
