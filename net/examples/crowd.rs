//! Fills a folder as years of use would: `cargo run --release --example crowd -- DIR [POSTS]`, to measure how a server starts on it.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "this is a tool for whoever measures")]

#[path = "../tests/common/crowd.rs"]
mod crowd;

use crowd::Crowd;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder to fill"));
    let posts = std::env::args().nth(2).map_or(1_000_000, |posts| posts.parse().expect("how many posts"));
    std::fs::create_dir_all(&folder)?;
    // The most that a start ever reads beside its checkpoint.
    let unkept = sala_core::limits::CHECKPOINT_ENTRIES - 1;
    let crowd = Crowd { accounts: 10_000, rooms: 1_000, joined: 10, posts, unkept };
    let state = crowd::write(&folder.join("sala.db"), crowd);
    println!("{} entries, a checkpoint of {} bytes", state.position().0, state.encode().len());
    Ok(())
}
