//! A real server that is shut off from files that are none of its own.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::{Folder, start};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::process::Command;

#[test]
fn a_server_writes_nowhere_but_in_its_own_folders() {
    let folder = Folder::new();
    let path = |name: &str| folder.path().join(name);
    for name in ["logs", "tmp", "elsewhere"] {
        fs::create_dir(path(name)).unwrap();
    }
    let log = path("logs/security.log");
    fs::write(path("sala.toml"), format!("[log]\nsecurity = {log:?}\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sala-server"));
    command
        .arg("--data")
        .arg(path("data"))
        .args(["--listen", "127.0.0.1:0", "--config"])
        .arg(path("sala.toml"));
    command.env("TMPDIR", path("tmp")).env_remove("SQLITE_TMPDIR").env_remove("SALA_LOG");
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let (mut server, address) = start(command);
    let mut lines = BufReader::new(server.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let said = lines.find(|line| line.contains("enclosed")).unwrap();
    if said.contains("not enclosed") {
        // Of a kernel without Landlock the log says so, and there is nothing to see.
        return;
    }
    // Somebody has put a link there by which the server would write to what is not its own.
    fs::remove_file(&log).unwrap();
    symlink(path("elsewhere/file"), &log).unwrap();
    assert!(Command::new("kill").args(["-HUP", &server.0.id().to_string()]).status().unwrap().success());
    let said = lines.find(|line| line.contains("stays as it was")).unwrap();
    assert!(said.contains("cannot log to") && said.contains("ermission denied"), "{said}");
    assert!(!path("elsewhere/file").exists());
    // Where it may, it still does: in its data, and in a log that is begun anew.
    fs::remove_file(&log).unwrap();
    assert!(Command::new("kill").args(["-HUP", &server.0.id().to_string()]).status().unwrap().success());
    lines.find(|line| line.contains("read again")).unwrap();
    let posted = folder.sala(address, &["post", "--name", "ana", "hello"]).output().unwrap();
    assert!(posted.status.success(), "{posted:?}");
    assert!(fs::read_to_string(&log).unwrap().contains("came in"));
}
