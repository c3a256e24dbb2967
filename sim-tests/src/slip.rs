//! Slips by which chance gets into a run, one of which can be made on purpose, to show that the test of replays finds it.
//!
//! Each is made where a driver could make it: behind the traits that the real `serve` is handed.

use clap::ValueEnum;
use sala_core::server::Command;
use std::sync::OnceLock;

/// What lets chance in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Slip {
    /// The order keeps what waits in a map whose order is chance.
    HashOrder,
    /// The store looks at the computer's clock instead of the one that it was handed.
    RealClock,
}

static MADE: OnceLock<Slip> = OnceLock::new();

/// Makes a slip, for as long as the process lives.
///
/// # Panics
/// When one is made already.
pub fn make(slip: Slip) {
    MADE.set(slip).expect("one slip at a time");
}

/// The commands as they come out of the order: as they went in, unless it is kept in a map. Those of one session stay in
/// their order, so that nothing is wrong with what is decided.
#[must_use]
pub(crate) fn ordered(commands: Vec<Command>) -> Vec<Command> {
    if MADE.get() != Some(&Slip::HashOrder) {
        return commands;
    }
    #[expect(clippy::disallowed_types, reason = "its order is the slip")]
    let mut waiting = std::collections::HashMap::<_, Vec<Command>>::new();
    for command in commands {
        waiting.entry(command.origin.session).or_default().push(command);
    }
    waiting.into_values().flatten().collect()
}

/// Milliseconds that the disk takes, of at most so many: as they were drawn, unless the clock is looked at.
#[must_use]
pub(crate) fn paused(drawn_ms: u64, most_ms: u64) -> u64 {
    if MADE.get() != Some(&Slip::RealClock) {
        return drawn_ms;
    }
    #[expect(clippy::disallowed_methods, reason = "what it shows is the slip")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_micros()) % (most_ms + 1)
}
