//! A server that is measured, and what `sala bench` finds of it.

#![allow(dead_code, reason = "each test file uses the words that it needs")]

use super::{Folder, Running, start};
use serde_json::Value;
use std::net::SocketAddr;

/// A server that lets itself be measured, as the guide says; `first` comes before the settings that are printed for it.
pub(crate) fn measured(folder: &Folder, first: &str, arguments: &[&str]) -> (Running, SocketAddr) {
    let printed = folder.sala(([127, 0, 0, 1], 1).into(), &["bench", "settings"]).output().unwrap();
    assert!(printed.status.success());
    let settings = folder.path().join("bench.toml");
    std::fs::write(&settings, [first.as_bytes(), &printed.stdout].concat()).unwrap();
    let mut server = folder.server("127.0.0.1:0");
    server.arg("--config").arg(settings).args(arguments);
    start(server)
}

/// Runs it with these arguments, and gives what it found.
#[track_caller]
pub(crate) fn finds(folder: &Folder, server: SocketAddr, arguments: &str) -> Value {
    let words: Vec<&str> = ["bench"].into_iter().chain(arguments.split(' ')).chain(["--json"]).collect();
    let ended = folder.sala(server, &words).output().unwrap();
    let error = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{arguments}: {error}");
    serde_json::from_slice(&ended.stdout).unwrap()
}
