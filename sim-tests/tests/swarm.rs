//! Random work and random faults on fresh seeds, in every run of the tests.

use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// Fresh seeds in every run; half of them in each of two processes, since a process runs one simulation at a time.
const SEEDS: u64 = 64;

#[test]
fn sixty_four_fresh_seeds_keep_every_promise() {
    #[expect(clippy::disallowed_methods, reason = "the seeds are to be fresh; a failure prints its own")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let start = u64::from(now.subsec_nanos()) * 1_000_003 + now.as_secs() % 1_000_003;
    let middle = start + SEEDS / 2;
    let ranges = [(start, middle), (middle, start + SEEDS)];
    let runs = ranges.map(|(from, to)| {
        let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
        sim.args(["--seeds", &format!("{from}..{to}")])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    });
    for run in runs {
        let output = run.wait_with_output().unwrap();
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{out}\n{error}");
    }
}
