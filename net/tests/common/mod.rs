//! Real programs in a folder of their own, ended with the test.

#![allow(dead_code, reason = "each test file uses the words that it needs")]

pub(crate) mod bench;
pub(crate) mod person;

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder that is removed with the test that made it.
pub(crate) struct Folder(PathBuf);

static FOLDERS: AtomicU64 = AtomicU64::new(0);

impl Folder {
    /// A new folder.
    pub(crate) fn new() -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("sala-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The server's program on the data folder within, listening on `listen`.
    pub(crate) fn server(&self, listen: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sala-server"));
        command.arg("--data").arg(self.0.join("data")).args(["--listen", listen, "--log", "warn"]);
        command.env_remove("SALA_CONFIG").stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The client's program, which keeps its tokens within.
    pub(crate) fn sala(&self, server: SocketAddr, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sala"));
        command.args(arguments).env("SALA_HOME", self.0.join("home")).env("SALA_SERVER", server.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A program that is killed with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Starts a server and waits until it says where it listens.
pub(crate) fn start(mut command: Command) -> (Running, SocketAddr) {
    let mut server = Running(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(server.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("it said {line:?}"));
    (server, address.parse().unwrap())
}
