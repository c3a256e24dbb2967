//! Plans that failed once, made as small as they go: on the right program all is well, and with the bug of each planted again
//! the same oracle complains.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use sala_sim::plan::Plan;
use sala_sim::trial::Trial;
use std::path::{Path, PathBuf};

/// The bugs that each of the saved plans shows, and who complains. A file is called as its bug.
const SAVED: [(&str, &str); 16] = [
    ("ban_at_subscribe_only", "nothing to whoever may not hear it"),
    ("checkpoint_never_replaced", "the checkpoint forgets, too"),
    ("delete_keeps_words", "deleted words are out of the log"),
    ("edit_of_others", "roles"),
    ("fan_out_before_commit", "told is kept"),
    ("lost_wake_up", "in the end a line is heard by everybody soon"),
    ("never_scrubbed", "deleted words are in no file"),
    ("no_dedupe", "log is dense"),
    ("normal_sync", "stored stays stored"),
    ("outbox_out_of_order", "said in order"),
    ("presence_across_block", "a block hides"),
    ("presence_before_disk", "presence is told"),
    ("resume_from_held", "heard is kept"),
    ("revoked_stays_live", "no revoked device"),
    ("unread_counts_own", "unread is counted alike"),
    ("unsubscribe_late", "nothing to whoever may not hear it"),
];

fn file(bug: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plans").join(bug).with_extension("json")
}

fn plan(bug: &str) -> Plan {
    serde_json::from_slice(&std::fs::read(file(bug)).unwrap()).unwrap()
}

fn trial(mutant: Option<&str>) -> Trial {
    Trial::new(env!("CARGO_BIN_EXE_sim").into(), mutant.map(str::to_owned))
}

#[track_caller]
fn is_clean(trial: &Trial, plan: &Plan, what: &str) {
    let failure = trial.plan(plan).unwrap();
    assert!(failure.is_none(), "{what}: {}", failure.unwrap().text);
}

#[test]
fn each_saved_plan_is_clean_on_the_right_program() {
    let mut there: Vec<_> = std::fs::read_dir(file("any").parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    there.sort();
    assert_eq!(there, SAVED.map(|(bug, _)| bug));
    for bug in there {
        is_clean(&trial(None), &plan(&bug), &bug);
    }
}

/// Whoever looks for a reason takes out what he thinks has nothing to do with it.
#[test]
fn a_plan_from_which_people_or_steps_are_taken_still_runs() {
    let trial = trial(None);
    for (bug, _) in SAVED.iter().step_by(3) {
        let whole = plan(bug);
        assert!(whole.steps.len() <= 10, "{bug}: {} steps", whole.steps.len());
        for left_out in 0..whole.cast.len() {
            let mut edited = whole.clone();
            let seat = edited.cast.remove(left_out);
            is_clean(&trial, &edited, &format!("{bug} without {}", seat.key()));
        }
        for left_out in 0..whole.steps.len() {
            let mut edited = whole.clone();
            edited.steps.remove(left_out);
            is_clean(&trial, &edited, &format!("{bug} without step {left_out}"));
        }
    }
}

/// Run it by `RUSTFLAGS="--cfg tokio_unstable --cfg sala_mutant" cargo test -p sala-sim --test plans --target-dir target/mutant`.
#[cfg(sala_mutant)]
#[test]
fn each_saved_plan_fails_by_its_oracle_once_its_bug_is_planted() {
    for (bug, oracle) in SAVED {
        let failure = trial(Some(bug)).plan(&plan(bug)).unwrap();
        assert_eq!(failure.map(|failure| failure.oracle).as_deref(), Some(oracle), "{bug}");
    }
}
