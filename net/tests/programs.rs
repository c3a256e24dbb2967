//! The real programs: a server that is killed and started again while people write and read, and one that cannot start.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    reason = "whoever talks to the real server from outside blocks on a real socket"
)]
#![expect(clippy::disallowed_methods, reason = "the ports of these tests are real")]

mod common;

use common::{Folder, Running, start};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::time::Duration;

const WRITERS: usize = 3;
const LINES: usize = 200;
/// What is in the lobby in the end: its creation, who joined, and what was said.
const ENTRIES: usize = 1 + WRITERS + 2 + WRITERS * LINES;

#[test]
fn a_server_killed_again_and_again_loses_doubles_and_reorders_nothing() {
    let folder = Folder::new();
    let (mut server, address) = start(folder.server("127.0.0.1:0"));
    let count = ENTRIES.to_string();
    let follow = |name| {
        let arguments = ["tail", "--name", name, "--from", "1", "--count", &count, "--json"];
        Running(folder.sala(address, &arguments).spawn().unwrap())
    };
    let mut tails = ["tom", "tina"].map(follow);
    let mut writers: Vec<Running> = (0..WRITERS).map(|number| write(&folder, address, number)).collect();
    let mut lines = BufReader::new(tails[0].0.stdout.take().unwrap()).lines();
    let mut first = Vec::new();
    while let Some(line) = lines.next().transpose().unwrap() {
        first.push(line);
        if first.len() % 150 == 0 {
            // The kernel's word for `kill -9`: nothing of the program runs after it.
            server.0.kill().unwrap();
            server.0.wait().unwrap();
            server = start(folder.server(&address.to_string())).0;
        }
    }
    let mut second = String::new();
    tails[1].0.stdout.take().unwrap().read_to_string(&mut second).unwrap();
    assert_eq!(first, second.lines().collect::<Vec<_>>(), "both read the same");
    assert_eq!(first.len(), ENTRIES);
    let entries: Vec<serde_json::Value> =
        first.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (seq, entry) in (1..).zip(&entries) {
        assert_eq!(entry["seq"], seq);
    }
    for (number, writer) in writers.iter_mut().enumerate() {
        assert!(writer.0.wait().unwrap().success());
        let mine = entries
            .iter()
            .filter(|entry| entry["author"] == format!("writer{number}") && entry["kind"] == "post");
        let (texts, seqs): (Vec<_>, Vec<_>) =
            mine.map(|entry| (entry["text"].clone(), entry["seq"].to_string())).unzip();
        let said: Vec<_> = (0..LINES).map(|line| format!("line {line} by {number}")).collect();
        assert_eq!(texts, said);
        let mut printed = String::new();
        writer.0.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        assert_eq!(printed.lines().collect::<Vec<_>>(), seqs, "it printed the place of each");
    }
}

fn write(folder: &Folder, address: SocketAddr, number: usize) -> Running {
    let mut writer =
        Running(folder.sala(address, &["post", "--name", &format!("writer{number}")]).spawn().unwrap());
    let mut input = writer.0.stdin.take().unwrap();
    for line in 0..LINES {
        writeln!(input, "line {line} by {number}").unwrap();
    }
    writer
}

#[test]
fn a_server_that_cannot_start_says_why_in_one_sentence() {
    let folder = Folder::new();
    let ended = |output: Output| {
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(error.trim().lines().count(), 1, "{error}");
        (output.status.code(), error)
    };
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let (code, error) = ended(folder.server("127.0.0.1:0").output().unwrap());
    assert!(code == Some(3) && error.contains("another sala-server works on"), "{error}");
    let other = Folder::new();
    let (code, error) = ended(other.server(&address.to_string()).output().unwrap());
    assert!(code == Some(4) && error.contains("is another program there?"), "{error}");
    let damaged = Folder::new();
    std::fs::create_dir(damaged.path().join("data")).unwrap();
    std::fs::write(damaged.path().join("data/sala.db"), [7; 10_000]).unwrap();
    let (code, error) = ended(damaged.server("127.0.0.1:0").output().unwrap());
    assert!(code == Some(3) && error.contains("restore a backup"), "{error}");
    let unwritable = Folder::new();
    std::fs::write(unwritable.path().join("data"), "a file where the folder should be").unwrap();
    let (code, error) = ended(unwritable.server("127.0.0.1:0").output().unwrap());
    assert!(code == Some(3) && error.contains("data folder"), "{error}");
    // A thread for which there is no room, since no address space has as much.
    let crowded = Folder::new();
    let mut without_room = crowded.server("127.0.0.1:0");
    without_room.env("RUST_MIN_STACK", (1_u64 << 60).to_string());
    let (code, error) = ended(without_room.output().unwrap());
    assert!(code == Some(3) && error.contains("cannot start the thread sala-disk"), "{error}");
    let (code, error) =
        ended(other.server("127.0.0.1:0").args(["--config", "/no/such/file"]).output().unwrap());
    assert!(code == Some(2) && error.contains("/no/such/file"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn each_thread_of_a_server_has_a_name_by_which_it_is_known() {
    let folder = Folder::new();
    let (server, _) = start(folder.server("127.0.0.1:0"));
    let threads = format!("/proc/{}/task", server.0.id());
    let wanted = ["sala-disk", "sala-passwords", "sala-search", "sala-server"];
    // A thread takes its name once it runs.
    let mut named = BTreeSet::new();
    for _ in 0..10_000 {
        let names = std::fs::read_dir(&threads).unwrap().filter_map(|thread| {
            let name = std::fs::read_to_string(thread.unwrap().path().join("comm")).ok()?;
            Some(name.trim().to_owned())
        });
        named = names.collect();
        if wanted.iter().all(|name| named.contains(*name)) {
            return;
        }
    }
    panic!("its threads are {named:?}");
}

#[test]
fn a_port_that_was_taken_by_another_program_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Folder::new().server(&address).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains(&address));
}

#[test]
fn the_printed_configuration_is_one_and_says_what_is_built_in() {
    let folder = Folder::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sala-server"));
    let printed = command.args(["config", "default"]).output().unwrap();
    let path = folder.path().join("sala.toml");
    std::fs::write(&path, &printed.stdout).unwrap();
    let config = sala_net::config::ConfigFile::read(&path).unwrap();
    assert_eq!(config.quota(), sala_core::server::Quota::default());
    assert_eq!(config.listen.unwrap().to_string(), "127.0.0.1:7252");
    assert_eq!(config.data.unwrap().to_str(), Some("sala-data"));
}

#[test]
fn whoever_asks_more_than_he_reads_is_heard_again_once_his_answers_are_gone() {
    let folder = Folder::new();
    let path = folder.path().join("sala.toml");
    std::fs::write(&path, "[quota]\nrequests_burst = 1000000\nrequests_per_second = 1000000\n").unwrap();
    let mut command = folder.server("127.0.0.1:0");
    command.arg("--config").arg(&path);
    let (_server, address) = start(command);
    const ASKED: usize = 200_000;
    let stream = TcpStream::connect(address).unwrap();
    // Only so that a server that has stopped listening fails this test instead of keeping it for ever.
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // A stranger is hung up after a hundred lines.
    let mut asking = stream.try_clone().unwrap();
    asking
        .write_all(b"{\"do\":\"enter\",\"name\":\"ana\",\"token\":\"a-token-of-nobody-but-ana-herself\"}\n")
        .unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    lines.by_ref().find(|line| line.contains("welcome")).unwrap();
    // Far more than the system keeps for either side: the server must stop reading, and go on again and again.
    let asked = std::thread::spawn(move || {
        asking.write_all(&[b"what?\n".repeat(ASKED).as_slice(), b"{\"do\":\"ping\"}\n"].concat()).unwrap();
    });
    let answers =
        lines.take_while(|line| !line.contains("pong")).filter(|line| line.contains("bad_json")).count();
    assert_eq!(answers, ASKED);
    asked.join().unwrap();
}

#[test]
fn a_supervisor_is_told_that_the_server_is_ready_alive_and_stopping() {
    let folder = Folder::new();
    let path = folder.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    let hears = |wanted: &str| {
        let mut bytes = [0; 256];
        while let Ok(count) = socket.recv(&mut bytes) {
            if std::str::from_utf8(&bytes[..count]).unwrap().lines().any(|line| line == wanted) {
                return;
            }
        }
        panic!("it never said {wanted}");
    };
    let mut command = folder.server("127.0.0.1:0");
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000");
    let (mut server, _) = start(command);
    hears("READY=1");
    hears("WATCHDOG=1");
    hears("WATCHDOG=1");
    let pid = server.0.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    hears("STOPPING=1");
    assert_eq!(server.0.wait().unwrap().code(), Some(0));
}
