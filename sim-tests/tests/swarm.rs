//! Random work and random faults: on fresh seeds, and on some that are always the same.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// Fresh seeds; half of them in each of two processes, since a process runs one simulation at a time.
const SEEDS: u64 = 64;
/// Seeds that are always the same. On them each situation comes about several times, so that a change of the code, which
/// makes other days of them, leaves none out.
const FIXED: u64 = 128;

/// What is so frequent that no such number of days lacks it.
const FREQUENT: [&str; 20] = [
    "say",
    "join",
    "create",
    "befriend",
    "block",
    "come_in",
    "ban",
    "group",
    "direct",
    "moderator",
    "search",
    "page",
    "kill",
    "power_cut_at",
    "partition",
    "mend",
    "start",
    "stop",
    "vanish",
    "stall",
];

/// Every operation and every fault of a plan, as its JSON calls them.
const KINDS: &str = "admin archive ban befriend block change_password claim close come_in create decline delete delete_account \
    dial direct edit group invite join join_by_link kick leave link list look moderator mute owner page pin presence react \
    read rename reply report reset revoke say search server_ban server_unban settings slow topic typing unban unblock \
    unfriend uninvite unmute upgrade upgrade_invited by_invitation server_invite server_uninvite keep hold advertise let reject bit_flips clock deaf dies_of_sync disk_freed disk_full double foreign_checkpoint freeze kill mend \
    old_checkpoint partition power_cut power_cut_at put_back read_fails slow_disk slow_fold stall start stop storm sync_fails vanish \
    write_fails";

/// Runs the seeds from here on, in two halves beside each other; what each kind of operation, fault and situation came to.
fn swarm(first: u64, seeds: u64) -> BTreeMap<String, u64> {
    let middle = first + seeds / 2;
    let start = |from: u64, to: u64| -> Child {
        let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
        sim.args(["--seeds", &format!("{from}..{to}"), "--counts"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        sim.spawn().unwrap()
    };
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for run in [start(first, middle), start(middle, first + seeds)] {
        let output = run.wait_with_output().unwrap();
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{out}\n{error}");
        for line in out.lines() {
            if let Some((count, what)) = line.trim_start().split_once(' ')
                && let Ok(count) = count.parse::<u64>()
            {
                *counts.entry(what.to_owned()).or_default() += count;
            }
        }
    }
    counts
}

/// Where the fresh seeds begin, which no run before this one has had.
fn first() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the seeds are to be fresh; a failure prints its own")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::from(now.subsec_nanos()) * 1_000_003 + now.as_secs() % 1_000_003
}

#[expect(clippy::print_stdout, reason = "whoever looks at a run may want it again")]
fn say(text: &str) {
    println!("{text}");
}

#[test]
fn sixty_four_fresh_seeds_keep_every_promise() {
    let first = first();
    say(&format!("the seeds are {first}..{}", first + SEEDS));
    let counts = swarm(first, SEEDS);
    for what in FREQUENT {
        assert!(counts.get(what).is_some_and(|count| *count > 0), "nobody did {what:?}: {counts:?}");
    }
    assert!(counts["say"] > 500, "hardly anybody spoke: {counts:?}");
}

#[test]
fn on_seeds_that_are_always_the_same_everything_is_done_breaks_and_comes_about() {
    let counts = swarm(1, FIXED);
    let kinds = KINDS.split_whitespace().filter(|kind| !counts.contains_key(*kind));
    let marks = counts.iter().filter(|(_, count)| **count == 0).map(|(what, _)| what.as_str());
    let never: Vec<&str> = kinds.chain(marks).collect();
    assert!(never.is_empty(), "never came about: {never:?}");
}
