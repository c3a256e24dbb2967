//! A disk that fails at the nth flush, for every n of a scripted conversation: no false word, a clear end, a clean start.

use crate::chance::skipped;
use crate::common::{Folder, Running, start};
use crate::script::Heard;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

/// More than a script has flushes.
const FLUSHES_MAX: u64 = 200;
/// Longest time that a server takes to end.
const END: Duration = Duration::from_secs(20);

/// Whether system calls can be made to fail here, and if not, why.
fn strace() -> Result<(), String> {
    // Also where it is installed, the system may not let anybody look into another program.
    let tried = Command::new("strace").args(["-D", "-f", "-o", "/dev/null", "true"]).output();
    match tried {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(format!("strace cannot be run: {error}")),
    }
}

/// What came of one failing flush.
struct Came {
    /// Which system call failed; none if the script has fewer of them.
    failed: Option<String>,
    status: Option<ExitStatus>,
    error: String,
}

/// Plays the script on a data folder whose files of these names fail at their nth flush.
fn play(folder: &Folder, files: &[&str], nth: u64, heard: &mut Heard) -> Came {
    let server = folder.server("127.0.0.1:0");
    let log = folder.path().join("strace");
    let mut command = Command::new("strace");
    // The server itself is the child, and strace stands beside it, so that signals and exit codes are the server's own.
    command.args(["-D", "-f", "-o"]).arg(&log).args(["-e", "trace=fsync,fdatasync"]);
    command.args(["-e", &format!("inject=fsync,fdatasync:error=EIO:when={nth}")]);
    for file in files {
        command.arg("-P").arg(std::path::absolute(folder.path().join("data").join(file)).unwrap());
    }
    command.arg("--").arg(server.get_program()).args(server.get_args());
    command
        .env_remove("SALA_CONFIG")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut running = Running(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    if let Some(address) = line.trim().strip_prefix("listening on ") {
        heard.goes_on(address.parse().unwrap());
    }
    let status = stop(&mut running, heard.whole);
    let mut error = String::new();
    running.0.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    let failed = failed(&log);
    Came { failed, status, error }
}

/// Waits for the end of a server that ends by itself, and asks one that does not.
fn stop(running: &mut Running, is_well: bool) -> Option<ExitStatus> {
    if is_well {
        Command::new("kill").arg(running.0.id().to_string()).status().unwrap();
    }
    let end = Instant::now() + END;
    while Instant::now() < end {
        if let Some(status) = running.0.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None
}

/// The call that failed, as strace wrote it down. It may still be writing.
fn failed(log: &Path) -> Option<String> {
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let over = text
            .lines()
            .last()
            .is_some_and(|last| last.contains("+++ exited") || last.contains("+++ killed"));
        if over || Instant::now() > end {
            return text.lines().find(|line| line.contains("(INJECTED)")).map(str::to_owned);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Fails each flush of the script in turn, on a folder that `prepare` has prepared.
#[expect(clippy::print_stdout, reason = "whoever runs it wants to see what became of the server each time")]
fn every_flush(files: &[&str], prepare: impl Fn(&Folder), judge: impl Fn(&Came, &Heard)) -> u64 {
    for nth in 1..=FLUSHES_MAX {
        let folder = Folder::new();
        prepare(&folder);
        let mut heard = Heard::default();
        let came = play(&folder, files, nth, &mut heard);
        let Some(failed) = &came.failed else {
            assert!(heard.whole && came.status.is_some_and(|status| status.success()), "{}", came.error);
            return nth - 1;
        };
        let (code, error) = (came.status.and_then(|status| status.code()), came.error.trim());
        println!("{nth}: {failed}\n    exit code {code:?}, stored {:?}; {error}", heard.stored);
        judge(&came, &heard);
        let (mut server, address) = start(folder.server("127.0.0.1:0"));
        heard.is_kept(address);
        heard.goes_on(address);
        assert!(heard.whole, "after flush {nth} failed, the next server does not go on");
        heard.is_kept(address);
        server.0.kill().unwrap();
        server.0.wait().unwrap();
        is_whole(&folder);
    }
    panic!("a script has no {FLUSHES_MAX} flushes");
}

fn is_whole(folder: &Folder) {
    let mut verify = Command::new(env!("CARGO_BIN_EXE_sala-server"));
    let output = verify.args(["verify", "--data"]).arg(folder.path().join("data")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// The files that what is acknowledged hangs on: the database, what goes with it, and their folder.
const DATABASE: [&str; 5] = ["sala.db", "sala.db-wal", "sala.db-journal", "history.new", "."];
/// The index, which can be made anew.
const INDEX: [&str; 2] = ["search.db", "search.db-journal"];

/// A server that cannot rely on its disk any more says so in a sentence, and ends.
fn ends_clearly(came: &Came, heard: &Heard) {
    let last = came.error.lines().last().unwrap_or_default();
    match came.status.and_then(|status| status.code()) {
        // It was over, and what was still to be kept can be made again from what is there.
        Some(0) => assert!(heard.whole, "{}", came.error),
        Some(3) => assert!(heard.begun == 0 && last.starts_with("sala-server: "), "{}", came.error),
        Some(5) => {
            assert!(last.contains("check the disk, then start the server again"), "{}", came.error);
        }
        code => panic!("it ends with {code:?}: {}", came.error),
    }
}

#[test]
fn a_new_folder_whose_nth_flush_fails_keeps_what_was_acknowledged() {
    if let Err(why) = strace() {
        return skipped("flushes that fail", &why);
    }
    let flushes = every_flush(&DATABASE, |_| {}, ends_clearly);
    assert!(flushes > 10, "{flushes} flushes");
}

#[test]
fn a_folder_of_a_server_that_was_killed_and_whose_nth_flush_fails_keeps_what_was_acknowledged() {
    if let Err(why) = strace() {
        return skipped("flushes that fail", &why);
    }
    // What stands only in the write-ahead log is moved by the next start.
    let prepare = |folder: &Folder| {
        let (_server, address) = start(folder.server("127.0.0.1:0"));
        let post = folder.sala(address, &["post", "--name", "tom", "before"]).output().unwrap();
        assert!(post.status.success(), "{post:?}");
    };
    let flushes = every_flush(&DATABASE, prepare, ends_clearly);
    assert!(flushes > 10, "{flushes} flushes");
}

#[test]
fn an_index_whose_nth_flush_fails_ends_nothing() {
    if let Err(why) = strace() {
        return skipped("flushes that fail", &why);
    }
    every_flush(
        &INDEX,
        |_| {},
        |came, heard| {
            assert!(heard.whole && came.status.is_some_and(|status| status.success()), "{}", came.error);
        },
    );
}
