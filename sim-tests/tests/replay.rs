//! One seed is one run: two processes give the same trace, transcript and disk, byte for byte.

use std::process::Command;

#[test]
fn one_seed_in_two_processes_gives_the_same_trace_transcript_and_disk() {
    let folder = std::env::temp_dir().join(format!("sala-replay-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for seed in ["7", "8", "9", "10", "11", "12", "13", "14"] {
        let runs = ["first", "second"].map(|name| {
            let trace = folder.join(name);
            let run = Command::new(env!("CARGO_BIN_EXE_sim"))
                .args(["--digest", "--seed", seed, "--trace"])
                .arg(&trace)
                .output()
                .unwrap();
            assert!(run.status.success(), "seed {seed}: {}", String::from_utf8_lossy(&run.stderr));
            (String::from_utf8(run.stdout).unwrap(), std::fs::read(&trace).unwrap())
        });
        assert!(
            runs[0].1.len() > 100_000,
            "a trace says what happened; seed {seed} has {} bytes",
            runs[0].1.len()
        );
        assert_eq!(runs[0].0, runs[1].0, "seed {seed}: the digests differ");
        assert!(runs[0].1 == runs[1].1, "seed {seed}: the traces differ; see {}", folder.display());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
