//! A run in a process of its own, which may fail, and what it failed by.

use crate::plan::Plan;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs plans in processes of their own.
#[derive(Debug)]
pub struct Trial {
    /// The `sim` program.
    program: PathBuf,
    /// The planted bug that it is to have, if one.
    mutant: Option<String>,
    /// Where the plan lies that is tried.
    file: PathBuf,
}

/// Longest time that a run may take, in real seconds: one that turns in a circle has failed.
const LONGEST_S: u32 = 60;

/// What a run came to that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The oracle that complained, or what else went wrong: two runs fail alike if this is the same.
    pub oracle: String,
    /// The seed that was run, if it was one.
    pub seed: Option<u64>,
    /// All that it said.
    pub text: String,
}

impl Trial {
    /// Trials by the `sim` program that lies there.
    #[must_use]
    pub fn new(program: PathBuf, mutant: Option<String>) -> Self {
        // Tests of one process try beside each other.
        static TRIALS: AtomicU64 = AtomicU64::new(0);
        let (process, nth) = (std::process::id(), TRIALS.fetch_add(1, Ordering::Relaxed));
        let file = std::env::temp_dir().join(format!("sala-trial-{process}-{nth}.json"));
        Trial { program, mutant, file }
    }

    /// Runs a plan; none if all is well.
    ///
    /// # Errors
    /// When it cannot be tried.
    pub fn plan(&self, plan: &Plan) -> io::Result<Option<Failure>> {
        std::fs::write(&self.file, serde_json::to_vec(plan)?)?;
        let file = self.file.to_string_lossy().into_owned();
        self.run(&["--plan", &file], LONGEST_S)
    }

    /// Runs seeds until one fails.
    ///
    /// # Errors
    /// When they cannot be tried.
    pub fn seeds(&self, from: u64, to: u64, longest_s: u32) -> io::Result<Option<Failure>> {
        self.run(&["--seeds", &format!("{from}..{to}")], longest_s)
    }

    fn run(&self, arguments: &[&str], longest_s: u32) -> io::Result<Option<Failure>> {
        let mut command = Command::new("timeout");
        command.arg(longest_s.to_string()).arg(&self.program).args(arguments).env("RUST_BACKTRACE", "0");
        if let Some(mutant) = &self.mutant {
            command.args(["--mutant", mutant]);
        }
        let output = command.output()?;
        if output.status.success() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let hung = output.status.code() == Some(124);
        Ok(Some(Failure { oracle: oracle(&text, hung), seed: seed(&text), text }))
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        // There may never have been one.
        std::fs::remove_file(&self.file).ok();
    }
}

/// The oracle that complained; else what was waited for in vain; else where the program broke.
fn oracle(text: &str, hung: bool) -> String {
    if hung {
        return "it never ends".to_owned();
    }
    let named = |line: &str| {
        let (_, rest) = line.strip_prefix("at ")?.split_once(" ms: ")?;
        if let Some(rest) = rest.strip_prefix('[') {
            return rest.split_once(']').map(|(oracle, _)| oracle.to_owned());
        }
        rest.split_once("still not: ").map(|(_, what)| format!("in the end {what}"))
    };
    let broken = || {
        let line = text.lines().find(|line| line.contains("panicked at "))?;
        line.split_once("panicked at ").map(|(_, place)| format!("broken at {place}"))
    };
    text.lines().find_map(named).or_else(broken).unwrap_or_else(|| "it ended".to_owned())
}

fn seed(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once("cargo sim --seed ")?;
    rest.split_whitespace().next()?.parse().ok()
}
