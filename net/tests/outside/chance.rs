//! What is left to chance in these tests, and how much of them is run.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::time::{SystemTime, UNIX_EPOCH};

/// Whether all is to be run, and not only a sample.
pub(crate) fn long() -> bool {
    std::env::var("SALA_TESTS").is_ok_and(|which| which == "long")
}

/// Chance from a fresh seed, or from the one that is set. A test that fails shows what it printed.
#[expect(clippy::print_stdout, reason = "whoever reads of a failure needs the seed")]
pub(crate) fn chance() -> StdRng {
    let fresh = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let set = std::env::var("SALA_SEED").ok().map(|seed| seed.parse().unwrap());
    let seed = set.unwrap_or_else(|| u64::try_from(fresh()).unwrap());
    println!("SALA_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

/// Says that a test could not be run here, and why.
#[expect(clippy::print_stderr, reason = "a test that shows nothing must say so")]
pub(crate) fn skipped(test: &str, why: &str) {
    eprintln!("SKIPPED: {test}: {why}");
}
