//! Settings that are read again under people who are connected, with the real server.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    reason = "whoever talks to the real server from outside blocks on a real socket"
)]

mod common;
#[path = "outside/wire.rs"]
mod wire;

use common::{Folder, Running, start};
use serde_json::json;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{ChildStderr, Command};
use wire::Wire;

/// A server with a file of settings that changes, and its log.
struct Settled {
    folder: Folder,
    server: Running,
    log: BufReader<ChildStderr>,
    address: SocketAddr,
}

impl Settled {
    fn new(text: &str) -> Self {
        let folder = Folder::new();
        let file = folder.path().join("sala.toml");
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sala-server"));
        command.arg("--data").arg(folder.path().join("data")).args(["--listen", "127.0.0.1:0"]);
        command.arg("--config").arg(&file).env_remove("SALA_LOG");
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let (mut server, address) = start(command);
        let log = BufReader::new(server.0.stderr.take().unwrap());
        Settled { folder, server, log, address }
    }

    /// Has this read again; gives the line of the log that says how that went.
    fn reads(&mut self, text: &str) -> String {
        std::fs::write(self.folder.path().join("sala.toml"), text).unwrap();
        let pid = self.server.0.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
        loop {
            let mut line = String::new();
            assert!(self.log.read_line(&mut line).unwrap() > 0, "the log has ended");
            if line.contains("read again") || line.contains("stays as it was") {
                return line;
            }
        }
    }

    fn enters(&self, name: &str) -> Wire {
        let mut wire = Wire::connects(self.address).unwrap();
        let token = format!("a-token-of-nobody-but-{name}-himself");
        let welcome = wire.answered(&json!({"do": "enter", "id": 1, "name": name, "token": token}));
        assert_eq!(welcome.unwrap()["t"], "welcome");
        wire
    }
}

/// How many of so many requests in a row are not refused.
fn admitted(wire: &mut Wire, count: usize) -> usize {
    (0..count).for_each(|_| wire.asks(&json!({"do": "me", "id": 9})));
    (0..count).filter(|_| wire.hears(|update| update["id"] == 9).unwrap()["t"] == "me").count()
}

#[test]
fn limits_and_words_change_under_those_who_are_connected_and_nobody_is_disturbed() {
    let mut settled = Settled::new("[people]\ngreeting = \"mind the step\"\n");
    let mut others: Vec<Wire> = (0..50).map(|number| settled.enters(&format!("guest{number}"))).collect();
    let mut ana = settled.enters("ana");
    assert_eq!(ana.hears(|update| update["t"] == "notice").unwrap()["text"], "mind the step");
    assert_eq!(admitted(&mut ana, 20), 20);
    let said = settled.reads(
        "[people]\ngreeting = \"the step is gone\"\nguests = false\n[quota]\nrequests_burst = 3\nrequests_per_second = 1\n",
    );
    assert!(said.contains("read again") && !said.contains("until the next start"), "{said}");
    let admitted = admitted(&mut ana, 20);
    assert!((1..=6).contains(&admitted), "{admitted} requests of 20 were let through with a budget of 3");
    for wire in &mut others {
        wire.asks(&json!({"do": "ping"}));
        assert!(wire.hears(|update| update["t"] == "pong").is_some(), "somebody was disturbed");
    }
    let mut stranger = Wire::connects(settled.address).unwrap();
    let enter = json!({"do": "enter", "id": 1, "name": "eve", "token": "a-token-of-nobody-but-eve-herself"});
    assert_eq!(stranger.answered(&enter).unwrap()["code"], "guests_closed");
    // Who is away and comes back holding what he held has read the greeting; who begins anew has not.
    let mut again = settled.enters("ana");
    assert_eq!(again.hears(|update| update["t"] == "notice").unwrap()["text"], "the step is gone");
}

#[test]
fn a_file_that_is_wrong_is_refused_as_a_whole_with_its_line_and_the_old_one_holds() {
    let mut settled = Settled::new("[quota]\nrequests_burst = 3\nrequests_per_second = 1\n");
    let mut ana = settled.enters("ana");
    for (wrong, says) in [
        ("[quota]\nrequests_burst = 1000\nrequests_per_hour = 1\n", "line 3"),
        ("[quota]\nrequests_burst = 1000\n[people\n", "line 3"),
        ("[quota]\nrequests_burst = 0\n", "at least 1"),
        ("[quota]\nrequests_burst = 1000\n[log]\nlevel = \"loud\"\n", "log.level"),
    ] {
        let said = settled.reads(wrong);
        assert!(
            said.contains("stays as it was") && said.contains(says) && said.contains("sala.toml"),
            "{said}"
        );
    }
    let admitted = admitted(&mut ana, 20);
    assert!((1..=9).contains(&admitted), "{admitted}: the budget of 3 does not hold any more");
    let said = settled.reads("listen = \"127.0.0.1:1\"\ndata = \"elsewhere\"\n[tls]\nmode = \"self\"\n");
    assert!(said.contains("until the next start") && said.contains("listen, data, tls.mode"), "{said}");
    ana.asks(&json!({"do": "ping"}));
    assert!(ana.hears(|update| update["t"] == "pong").is_some());
}

#[test]
fn settings_that_are_read_again_and_again_while_people_come_and_talk_and_the_server_stops_lose_nothing() {
    let mut settled = Settled::new("");
    let mut ana = settled.enters("ana");
    ana.answered(&json!({"do": "join", "id": 2, "room": "lobby"})).unwrap();
    let pid = settled.server.0.id().to_string();
    for n in 1..=40 {
        let text = format!("[people]\nguests = {}\n[quota]\nposts_burst = {}\n", n % 2 == 0, 100 + n);
        std::fs::write(settled.folder.path().join("sala.toml"), text).unwrap();
        assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
        ana.asks(&json!({"do": "post", "room": "lobby", "n": n, "text": format!("word {n}")}));
    }
    let mut heard = 0;
    ana.hears(|update| {
        heard += u64::from(update["kind"] == "post");
        heard == 40
    });
    // All three at once: whatever comes first, it ends as it was asked to.
    for signal in ["-HUP", "-TERM", "-HUP"] {
        Command::new("kill").args([signal, &pid]).status().unwrap();
    }
    assert_eq!(ana.hears(|update| update["t"] == "goodbye").unwrap()["why"], "stopping");
    assert_eq!(settled.server.0.wait().unwrap().code(), Some(0));
}
