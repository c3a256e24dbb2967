//! How many instructions a fixed amount of work takes, which does not vary with what else the machine does:
//! `cargo bench -p sala-core --bench instructions` counts them with valgrind, and fails where they are more than
//! `instructions.txt` says, or so many fewer that it should say so. `-- --keep` writes the file anew.

#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "core does without files and streams; this is a tool for whoever measures it"
)]

mod common;

use common::Hall;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Posts of the fixed work, twice: the difference is what they cost, without what stands around them.
const POSTS: [u64; 2] = [2_000, 12_000];
/// How far a count may be from what is kept, in hundredths: the allocator and the linker move it a little.
const TOLERANCE_PERCENT: f64 = 2.0;

/// Says so much in a room of a hundred.
fn work(posts: u64) {
    let mut hall = Hall::new(100);
    for _ in 0..posts {
        let (talker, line) = hall.line(8);
        hall.says(talker, &line);
        hall.written.clear();
    }
    black_box(hall.bytes);
}

/// Has valgrind count what this program takes to do the work.
fn count(posts: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--work", &posts.to_string()])
        .output()
        .map_err(|error| format!("cannot start valgrind, which counts: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let counted = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    counted.ok_or_else(|| format!("valgrind counted nothing:\n{said}"))
}

fn measure(keep: bool) -> Result<(), String> {
    let [few, many] = POSTS;
    let each = (count(many)? - count(few)?) / (many - few);
    println!("{each} instructions for each post, from its line to its entry's, in a room of 100");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt");
    if keep {
        return fs::write(&file, format!("{each}\n")).map_err(|error| format!("cannot keep it: {error}"));
    }
    let kept =
        fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let kept: f64 =
        kept.trim().parse().map_err(|error| format!("{} holds no number: {error}", file.display()))?;
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand are exact")]
    let change = (each as f64 / kept - 1.0) * 100.0;
    println!("{change:+.1} % against what is kept");
    match change.abs() <= TOLERANCE_PERCENT {
        true => Ok(()),
        false => Err("if that is as it should be, keep it: -- --keep".to_owned()),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--work") {
        work(arguments[at + 1].parse().expect("this program says how much it wants"));
        return ExitCode::SUCCESS;
    }
    match measure(arguments.iter().any(|argument| argument == "--keep")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
