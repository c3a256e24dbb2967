//! Chance: drawn from the system, here and nowhere else in this program.

use anyhow::Context as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
#[expect(clippy::disallowed_types, reason = "the program draws its seeds here")]
use rand::rngs::SysRng;

/// Chance for whatever is to be drawn.
pub(crate) fn chance() -> anyhow::Result<StdRng> {
    StdRng::try_from_rng(&mut SysRng).context("the system gives no randomness")
}
