//! A person at a computer, who runs `sala` for each thing that he wants.

#![allow(dead_code, reason = "each test file uses the words that it needs")]

use super::Folder;
use serde_json::Value;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Somebody with a name, and a computer that remembers what makes it his.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) home: PathBuf,
    address: SocketAddr,
}

/// How a program ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) error: String,
}

impl Person {
    pub(crate) fn new(folder: &Folder, address: SocketAddr, name: &str) -> Self {
        Self::at(folder, address, name, "home")
    }

    /// The same at another computer.
    pub(crate) fn at(folder: &Folder, address: SocketAddr, name: &str, computer: &str) -> Self {
        Person { name: name.to_owned(), home: folder.path().join(computer), address }
    }

    /// The program with these words, in his name.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sala"));
        command.args(words).env("SALA_HOME", &self.home).env("SALA_SERVER", self.address.to_string());
        command.env("SALA_NAME", &self.name).env_remove("SALA_LOG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end, with these lines on its standard input.
    pub(crate) fn runs(&self, words: &[&str], input: &str) -> Ended {
        let mut child = self.command(words).spawn().unwrap();
        // A program that does not read it may have ended already.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            error: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs it, demands that it succeeds, and gives the objects that it prints.
    #[track_caller]
    pub(crate) fn does(&self, line: &str, input: &str) -> Vec<Value> {
        let words: Vec<&str> = line.split(' ').chain(["--json"]).collect();
        let ended = self.runs(&words, input);
        assert_eq!(ended.code, Some(0), "{} {line}: {ended:?}", self.name);
        ended
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect()
    }

    /// Runs it, and demands that it is refused with this code, in one line.
    #[track_caller]
    pub(crate) fn is_refused(&self, line: &str, input: &str, code: &str) -> Ended {
        let words: Vec<&str> = line.split(' ').collect();
        let ended = self.runs(&words, input);
        assert!(matches!(ended.code, Some(1 | 3)), "{} {line}: {ended:?}", self.name);
        assert!(ended.error.trim_end().ends_with(&format!("({code})")), "{line}: {ended:?}");
        assert_eq!(ended.error.lines().count(), 1, "{line}: {ended:?}");
        assert_eq!(ended.out, "", "{line}: {ended:?}");
        ended
    }
}
