//! A disk that is full: what cannot be stored is refused, reading goes on, and all is well by itself once there is room.

use crate::chance::skipped;
use crate::common::{Folder, start};
use crate::wire::Wire;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Enough for a database, and not for much more.
const DISK: &str = "size=3m";
/// Longest time in which a server takes posts again once there is room.
const AGAIN: Duration = Duration::from_secs(20);

/// A small disk that is there for as long as the test runs.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: &Path) -> Result<Self, String> {
        std::fs::create_dir(path).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", DISK, "tmpfs"]).arg(path).output();
        match mount {
            Ok(output) if output.status.success() => Ok(SmallDisk(path.to_owned())),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, since a server may still have it open.
        drop(Command::new("umount").arg("--lazy").arg(&self.0).status());
    }
}

#[test]
fn a_full_disk_refuses_what_it_cannot_store_and_takes_it_once_there_is_room() {
    let folder = Folder::new();
    let disk = match SmallDisk::mount(&folder.path().join("data")) {
        Ok(disk) => disk,
        Err(why) => return skipped("a full disk", &format!("no disk can be mounted here: {why}")),
    };
    let (server, address) = start(folder.server("127.0.0.1:0"));
    let mut wire = Wire::connects(address).unwrap();
    let token = "a-token-that-nobody-guesses-in-a-test";
    wire.answered(&json!({"do": "enter", "id": 1, "name": "ana", "token": token})).unwrap();
    wire.answered(&json!({"do": "join", "id": 2, "room": "lobby"})).unwrap();
    let post = |n: u64| json!({"do": "post", "room": "lobby", "n": n, "text": format!("line {n}")});
    let mut stored: Vec<u64> = Vec::new();
    let mut say = |wire: &mut Wire, n: u64| -> Option<Value> {
        wire.asks(&post(n));
        let answer = wire.hears(|update| update["n"] == n).expect("the connection stays");
        if answer["t"] == "refused" {
            return Some(answer);
        }
        stored.push(answer["seq"].as_u64().unwrap());
        None
    };
    for n in 1..=5 {
        assert_eq!(say(&mut wire, n), None);
    }
    let filler = disk.0.join("something-else");
    fill(&filler);
    // What SQLite has room for in files that it has already may still be taken.
    let (refused, refusal) =
        (6..400).find_map(|n| Some((n, say(&mut wire, n)?))).expect("it is full at some time");
    assert_eq!(
        (&refusal["code"], &refusal["fate"]),
        (&json!("storage_full"), &json!("not_stored")),
        "{refusal}"
    );
    assert!(refusal["retry_ms"].is_u64() && !refusal["text"].as_str().unwrap().is_empty(), "{refusal}");
    // For the moment in which the server reads its state again, it shows nothing, and says when to come back.
    let end = Instant::now() + AGAIN;
    loop {
        let page = wire.answered(&json!({"do": "page", "id": 3, "room": "lobby"})).unwrap();
        if page["t"] == "page" {
            break;
        }
        assert!(page["retry_ms"].is_u64() && Instant::now() < end, "reading goes on: {page}");
        std::thread::sleep(Duration::from_millis(50));
    }
    // Scripts wait, say so, and are done by themselves.
    let waiting = folder.sala(address, &["post", "--name", "bob", "me too"]).spawn().unwrap();

    std::fs::remove_file(&filler).unwrap();
    let end = Instant::now() + AGAIN;
    while say(&mut wire, refused).is_some() {
        assert!(Instant::now() < end, "there is room, and it does not take anything");
        std::thread::sleep(Duration::from_millis(200));
    }
    let waited = waiting.wait_with_output().unwrap();
    assert!(waited.status.success(), "{waited:?}");
    let error = String::from_utf8_lossy(&waited.stderr);
    assert!(error.contains("the server's disk is full"), "it says why it waits: {error}");
    // What was refused is not there, what was stored is, and both are so after a death as well.
    drop(server);
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let mut wire = Wire::connects(address).unwrap();
    wire.answered(&json!({"do": "enter", "id": 1, "name": "ana", "token": token})).unwrap();
    let posts = every_post(&mut wire);
    let mine: Vec<_> = posts.iter().filter(|post| post["author"] == "ana").collect();
    let seqs: Vec<u64> = mine.iter().map(|post| post["seq"].as_u64().unwrap()).collect();
    let texts: Vec<String> = mine.iter().map(|post| post["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(seqs, stored);
    assert_eq!(texts, (1..=refused).map(|n| format!("line {n}")).collect::<Vec<_>>());
    assert_eq!(posts.iter().filter(|post| post["text"] == "me too").count(), 1);
}

/// Every post of the lobby, in its order.
fn every_post(wire: &mut Wire) -> Vec<Value> {
    let mut posts: Vec<Value> = Vec::new();
    let mut before = json!(null);
    loop {
        let page = wire.answered(&json!({"do": "page", "id": 9, "room": "lobby", "before": before})).unwrap();
        let entries = page["entries"].as_array().unwrap().clone();
        before = entries.first().map_or(json!(null), |first| first["seq"].clone());
        posts.splice(..0, entries.into_iter().filter(|entry| entry["kind"] == "post"));
        if page["more"] == false {
            return posts;
        }
    }
}

/// Takes all the room that there is.
fn fill(path: &Path) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).unwrap();
    for size in [65_536, 4_096, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}
