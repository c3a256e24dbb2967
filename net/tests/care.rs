//! What an operator does to a data folder with the real program: copies it, goes back to a copy, and has it checked.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::{Folder, Running, start};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A command of `sala-server` in a folder.
fn command(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sala-server"));
    command.args(arguments).current_dir(folder).env_remove("SALA_DATA").env_remove("SALA_CONFIG");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What it came to: its exit code, and what it said on either output.
fn ended(Output { status, stdout, stderr }: Output) -> (Option<i32>, String, String) {
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn server(arguments: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    ended(command(arguments, folder).output().unwrap())
}

/// What is in the lobby of the server at this address.
fn lobby(folder: &Folder, address: SocketAddr, name: &str) -> Vec<String> {
    let output =
        folder.sala(address, &["history", "--name", name, "--limit", "200", "--json"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_copy_made_while_people_talk_is_a_conversation_to_go_on_with() {
    let folder = Folder::new();
    let (mut first, address) = start(folder.server("127.0.0.1:0"));
    let mut writer = Running(folder.sala(address, &["post", "--name", "ana"]).spawn().unwrap());
    let (mut lines, stored) = (writer.0.stdin.take().unwrap(), writer.0.stdout.take().unwrap());
    let mut stored = BufReader::new(stored).lines();
    let mut say = |from: usize, upto: usize| {
        (from..upto).for_each(|number| writeln!(lines, "line {number}").unwrap());
        stored.by_ref().take(upto - from).map(Result::unwrap).last().unwrap()
    };
    say(0, 60);
    let data = folder.path().join("data");
    let copy = command(&["backup", "copy", "--data", "data"], folder.path()).spawn().unwrap();
    let last = say(60, 150);
    let (code, said, error) = ended(copy.wait_with_output().unwrap());
    assert_eq!((code, error.as_str()), (Some(0), ""), "{said}");
    assert!(said.contains("each of which was checked"), "{said}");
    let before = lobby(&folder, address, "ana");
    assert_eq!(before.len().to_string(), last);
    drop(lines);
    assert!(writer.0.wait().unwrap().success());

    let (code, said, error) = server(&["restore", "copy", "--data", "again"], folder.path());
    assert_eq!((code, error.as_str()), (Some(0), ""), "{said}");
    std::fs::rename(folder.path().join("data"), folder.path().join("gone")).unwrap();
    std::fs::rename(folder.path().join("again"), &data).unwrap();
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    let (_second, address) = start(folder.server(&address.to_string()));
    let after = lobby(&folder, address, "ana");
    assert!(after.len() >= 60 && before.starts_with(&after), "{} of {}", after.len(), before.len());
    // Whoever held more than the copy does goes on all the same.
    let post = folder.sala(address, &["post", "--name", "ana", "and on"]).output().unwrap();
    assert_eq!(String::from_utf8(post.stdout).unwrap().trim(), (after.len() + 1).to_string());
}

#[test]
fn what_is_there_already_is_not_written_over() {
    let folder = Folder::new();
    drop(start(folder.server("127.0.0.1:0")));
    let there = |arguments: &[&str]| {
        let (code, _, error) = server(arguments, folder.path());
        assert_eq!((code, error.trim().lines().count()), (Some(3), 1), "{error}");
        error
    };
    assert!(there(&["backup", "data", "--data", "data"]).contains("sala.db is there already"));
    assert!(there(&["restore", "data", "--data", "data"]).contains("sala.db is there already"));
    assert!(there(&["backup", "copy", "--data", "nowhere"]).contains("nowhere/sala.db"));
    assert!(there(&["restore", "nowhere", "--data", "new"]).contains("nowhere/sala.db"));
    assert!(there(&["verify", "--data", "nowhere"]).contains("there is no nowhere/sala.db"));
    let left = |name: &str| std::fs::read_dir(folder.path().join(name)).unwrap().count();
    assert_eq!((left("copy"), left("new")), (0, 1), "but for the lock");
}

#[test]
fn a_server_at_work_is_not_disturbed_by_a_check_and_keeps_others_from_its_folder() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let ask = ["post", "--name", "ana", "--room", "garden", "--create", "hello"];
    assert!(folder.sala(address, &ask).output().unwrap().status.success());
    let (code, said, _) = server(&["verify", "--data", "data"], folder.path());
    assert_eq!((code, said.trim().ends_with("all whole; 2 rooms")), (Some(0), true), "{said}");
    let (code, _, error) = server(&["restore", "copy", "--data", "data"], folder.path());
    assert!(code == Some(3) && error.contains("another sala-server works on"), "{error}");
}

#[test]
fn damage_is_named_and_so_is_what_is_whole() {
    let folder = Folder::new();
    let (mut running, address) = start(folder.server("127.0.0.1:0"));
    for room in ["garden", "cellar"] {
        let ask = ["post", "--name", "ana", "--room", room, "--create", &format!("words of the {room}")];
        assert!(folder.sala(address, &ask).output().unwrap().status.success());
    }
    // A clean stop keeps what all entries come to, so that a server can start whatever becomes of single ones.
    hang_up(&mut running);
    // Only what is in the database itself can be found there: the next start moves the log into it.
    drop(start(folder.server("127.0.0.1:0")));
    let path = folder.path().join("data");
    let mut bytes = std::fs::read(path.join("sala.db")).unwrap();
    let words = b"words of the garden";
    let at = bytes.windows(words.len()).position(|part| part == words).unwrap();
    bytes[at] = b'W';
    std::fs::write(path.join("sala.db"), bytes).unwrap();
    let (code, said, error) = server(&["verify", "--data", "data"], folder.path());
    assert_eq!(code, Some(1), "{said}{error}");
    let said: Vec<&str> = said.lines().collect();
    assert!(said.contains(&"entry 2 of log 2 is damaged"), "{said:?}");
    assert!(said.contains(&"garden (log 2): 1 damaged entry of 2"), "{said:?}");
    assert!(said.contains(&"all other rooms are whole (2)"), "{said:?}");
    let (code, _, error) = server(&["backup", "copy", "--data", "data"], folder.path());
    assert!(code == Some(1) && error.contains("entry 2 of log 2 is damaged"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path().join("copy")).unwrap().count(), 0);
    let (code, said, _) = server(&["backup", "copy", "--damaged", "--data", "data"], folder.path());
    assert!(code == Some(0) && said.contains("as damaged as they were: 1 fault"), "{said}");
}

/// What the last checkpoint says of somebody who was erased since must not go along.
#[test]
fn what_was_erased_is_in_no_copy_even_if_the_server_was_killed_right_after() {
    let folder = Folder::new();
    let (mut first, address) = start(folder.server("127.0.0.1:0"));
    let ask = |arguments: &[&str]| {
        let output = folder.sala(address, arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    ask(&["post", "--name", "xerxes", "hello"]);
    // A checkpoint is kept at a clean stop.
    hang_up(&mut first);
    let (mut second, _) = start(folder.server(&address.to_string()));
    ask(&["account", "delete", "--yes", "--name", "xerxes"]);
    second.0.kill().unwrap();
    second.0.wait().unwrap();
    let (code, _, error) = server(&["backup", "copy", "--data", "data"], folder.path());
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let copy = std::fs::read(folder.path().join("copy/sala.db")).unwrap();
    assert!(!copy.windows(6).any(|part| part == b"xerxes"));
}

#[test]
fn the_room_of_what_was_erased_is_given_back() {
    let folder = Folder::new();
    let (mut first, address) = start(folder.server("127.0.0.1:0"));
    for name in ["xerxes", "ana"] {
        let words = format!("{} {name}", "hello ".repeat(300));
        for _ in 0..100 {
            assert!(
                folder.sala(address, &["post", "--name", name, &words]).output().unwrap().status.success()
            );
        }
    }
    let deleted = folder.sala(address, &["account", "delete", "--yes", "--name", "xerxes"]).output().unwrap();
    assert!(deleted.status.success());
    let heard = lobby(&folder, address, "ana");
    let (code, _, error) = server(&["vacuum", "--data", "data"], folder.path());
    assert!(code == Some(3) && error.contains("another sala-server works on"), "{error}");
    hang_up(&mut first);

    let database = folder.path().join("data/sala.db");
    let before = std::fs::metadata(&database).unwrap().len();
    // One that was killed.
    std::fs::write(folder.path().join("data/sala.db.vacuum.part"), "half").unwrap();
    // Somebody looks at it, and would go on in a file that is no longer the server's.
    let other = rusqlite::Connection::open(&database).unwrap();
    other.query_row("SELECT count(*) FROM entry", [], |row| row.get::<_, i64>(0)).unwrap();
    let (code, _, error) = server(&["vacuum", "--data", "data"], folder.path());
    assert!(code == Some(3) && error.contains("locked"), "{code:?} {error}");
    drop(other);
    // Whoever has it done may be root, and the server is not; none but root can try that.
    chown(&database, Some(65_534), Some(65_534)).ok();
    let owner = std::fs::metadata(&database).unwrap().uid();
    let (code, said, error) = server(&["vacuum", "--data", "data"], folder.path());
    assert_eq!((code, error.as_str()), (Some(0), ""));
    assert!(said.contains("each of which was checked; ") && said.contains(" MiB now"), "{said}");
    let after = std::fs::metadata(&database).unwrap();
    assert_eq!(after.uid(), owner);
    let after = after.len();
    assert!(after < before * 3 / 4, "{before} bytes, then {after}");
    let left = std::fs::read_dir(folder.path().join("data")).unwrap();
    assert!(left.into_iter().all(|file| !file.unwrap().file_name().to_str().unwrap().contains("vacuum")));
    let (code, _, error) = server(&["verify", "--data", "data"], folder.path());
    assert_eq!((code, error.as_str()), (Some(0), ""));

    let (_second, address) = start(folder.server(&address.to_string()));
    assert_eq!(lobby(&folder, address, "ana"), heard);
    let (code, _, error) = server(&["vacuum", "--data", "nowhere"], folder.path());
    assert!(code == Some(3) && error.contains("nowhere/sala.db"), "{error}");
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn room_is_given_back_while_people_talk() {
    let folder = Folder::new();
    let (mut running, address) = start(folder.server("127.0.0.1:0"));
    for name in ["xerxes", "ana"] {
        let words = format!("{} {name}", "hello ".repeat(300));
        for _ in 0..60 {
            assert!(
                folder.sala(address, &["post", "--name", name, &words]).output().unwrap().status.success()
            );
        }
    }
    let deleted = folder.sala(address, &["account", "delete", "--yes", "--name", "xerxes"]).output().unwrap();
    assert!(deleted.status.success());
    let heard = lobby(&folder, address, "ana");
    let mut writer = Running(folder.sala(address, &["post", "--name", "ana"]).spawn().unwrap());
    let (mut lines, stored) = (writer.0.stdin.take().unwrap(), writer.0.stdout.take().unwrap());
    let mut stored = BufReader::new(stored).lines();
    writeln!(lines, "line 0").unwrap();
    stored.next().unwrap().unwrap();
    let vacuum = command(&["admin", "--data", "data", "vacuum"], folder.path()).spawn().unwrap();
    (1..50).for_each(|number| writeln!(lines, "line {number}").unwrap());
    assert_eq!(stored.by_ref().take(49).map(Result::unwrap).count(), 49);
    let (code, said, error) = ended(vacuum.wait_with_output().unwrap());
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let given_back: f64 = said.split(' ').next().unwrap().parse().unwrap();
    assert!(given_back > 0.05 && said.contains(" MiB now"), "{said}");
    drop(lines);
    assert!(writer.0.wait().unwrap().success());

    let after = lobby(&folder, address, "ana");
    let (old, new) = after.split_at(after.len() - 50);
    assert!(!old.is_empty() && heard.ends_with(old), "{old:?}");
    assert!(
        new.iter().enumerate().all(|(number, row)| row.contains(&format!("\"line {number}\""))),
        "{new:?}"
    );
    let (code, _, error) = server(&["verify", "--data", "data"], folder.path());
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let (code, said, _) = server(&["admin", "--data", "data", "vacuum"], folder.path());
    assert!(code == Some(0) && said.starts_with("0.0 MiB given back"), "{said}");
    // What was given back is not in the file that is left.
    hang_up(&mut running);
    let size = std::fs::metadata(folder.path().join("data/sala.db")).unwrap().len() as f64 / 1_048_576.0;
    assert!(size < 0.7 * (size + given_back), "{size} MiB after {given_back}");
}

fn hang_up(server: &mut Running) {
    assert!(Command::new("kill").arg(server.0.id().to_string()).status().unwrap().success());
    server.0.wait().unwrap();
}

#[test]
fn a_file_of_settings_is_checked_and_the_built_in_one_is_right() {
    let folder = Folder::new();
    let (_, settings, _) = server(&["config", "default"], folder.path());
    std::fs::write(folder.path().join("sala.toml"), &settings).unwrap();
    let (code, said, _) = server(&["config", "check", "sala.toml"], folder.path());
    assert_eq!((code, said.trim()), (Some(0), "sala.toml is right"));
    let wrong = settings.replace("posts_burst", "posts_bust");
    std::fs::write(folder.path().join("sala.toml"), wrong).unwrap();
    let (code, _, error) = server(&["config", "check", "sala.toml"], folder.path());
    assert!(code == Some(2) && error.contains("posts_bust") && error.contains("posts_burst"), "{error}");
    for half in ["mode = \"files\"", "certificate = \"chain.pem\"", "key = \"key.pem\""] {
        std::fs::write(folder.path().join("sala.toml"), format!("[tls]\n{half}\n")).unwrap();
        let (code, _, error) = server(&["config", "check", "sala.toml"], folder.path());
        assert!(code == Some(2) && error.contains("tls.certificate and tls.key"), "{error}");
    }
}
