//! The bot of PROTOCOL.md, word for word, talking to the real server.

#![expect(
    clippy::disallowed_types,
    reason = "whoever talks to the real server from outside blocks on a real socket"
)]
#![expect(clippy::unwrap_used, reason = "this is a test throughout")]

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const DOCUMENT: &str = include_str!("../../core/PROTOCOL.md");

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Starts the server in a folder, and gives the address that it says it listens on.
fn serve(folder: &Path, listen: &str) -> (Running, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sala-server"));
    command.args(["--listen", listen, "--log", "error", "--data"]).arg(folder.join("data"));
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").expect("the server says where it listens");
    (Running(child), address.to_owned())
}

fn bot() -> &'static str {
    let (_, rest) = DOCUMENT.split_once("```python\n").expect("PROTOCOL.md has a bot");
    rest.split_once("```").expect("the bot's fence is closed").0
}

fn start_bot(folder: &Path, address: &str) -> Running {
    fs::write(folder.join("bot.py"), bot()).unwrap();
    let (host, port) = address.rsplit_once(':').unwrap();
    let mut command = Command::new("python3");
    command.current_dir(folder).args(["bot.py", host, port, "robo", "lobby"]);
    Running(command.spawn().expect("python3 can be started"))
}

/// A person at the other end of a socket.
struct Person {
    lines: BufReader<TcpStream>,
}

impl Person {
    fn connects(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Person { lines: BufReader::new(stream) }
    }

    fn asks(&mut self, request: &Value) {
        writeln!(self.lines.get_mut(), "{request}").unwrap();
    }

    /// Enters, and reads the lobby on from what it holds.
    fn enters(&mut self, have: u64) {
        let token = "a-token-that-nobody-guesses-in-a-test";
        self.asks(&json!({"do": "enter", "name": "ana", "token": token, "have": {"lobby": have}}));
        self.waits_for(|update| update["t"] == "welcome");
        self.asks(&json!({"do": "join", "room": "lobby"}));
    }

    fn posts(&mut self, n: u64, text: &str) {
        self.asks(&json!({"do": "post", "room": "lobby", "n": n, "text": text}));
    }

    /// The first update like this; those before it are passed over.
    fn waits_for(&mut self, like: impl Fn(&Value) -> bool) -> Value {
        loop {
            let mut line = String::new();
            self.lines.read_line(&mut line).expect("the server is heard within a minute");
            let update: Value = serde_json::from_str(&line).expect("each line is JSON");
            assert_ne!(update["t"], "refused", "{update}");
            if like(&update) {
                return update;
            }
        }
    }

    fn waits_for_pong(&mut self) -> u64 {
        let pong = self.waits_for(|update| update["author"] == "robo" && update["text"] == "pong ana");
        pong["seq"].as_u64().unwrap()
    }
}

#[test]
fn the_bot_is_short() {
    assert!(bot().lines().count() < 60, "the bot has {} lines", bot().lines().count());
}

#[test]
fn the_bot_answers_each_ping_once_even_if_the_server_dies() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bot");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    let (server, address) = serve(&folder, "127.0.0.1:0");
    let mut ana = Person::connects(&address);
    ana.enters(0);
    ana.waits_for(|update| update["kind"] == "joined");
    let _bot = start_bot(&folder, &address);
    ana.waits_for(|update| update["kind"] == "joined" && update["author"] == "robo");
    ana.posts(1, "ping");
    let seen = ana.waits_for_pong();

    drop(server);
    let (_server, address) = serve(&folder, &address);
    let mut ana = Person::connects(&address);
    ana.enters(seen);
    for n in 2..=20 {
        ana.posts(n, if n % 2 == 0 { "ping" } else { "never mind" });
    }
    for _ in 0..10 {
        ana.waits_for_pong();
    }
    ana.posts(21, "ping");
    ana.waits_for_pong();
    ana.asks(&json!({"do": "page", "id": 1, "room": "lobby"}));
    let page = ana.waits_for(|update| update["t"] == "page");
    let said =
        |text: &str| page["entries"].as_array().unwrap().iter().filter(|entry| entry["text"] == text).count();
    assert_eq!((said("ping"), said("pong ana")), (12, 12));
}
