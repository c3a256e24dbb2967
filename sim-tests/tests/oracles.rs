//! Judges the judges: each oracle is given a log, a wire, a screen or a disk on which what it is there for has happened,
//! and complains.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "oracles/doctored.rs"]
mod doctored;
#[path = "oracles/log.rs"]
mod log;
#[path = "oracles/wire.rs"]
mod wire;
#[path = "oracles/answers.rs"]
mod answers;
#[path = "oracles/histories.rs"]
mod histories;
#[path = "oracles/rest.rs"]
mod rest;
