//! `sala chat`: the conversation in a window of the terminal.

use crate::Talk;
use sala_core::name::RoomName;
use std::process::ExitCode;

pub(crate) async fn run(_talk: Talk, _server: &str, _room: RoomName) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not there yet")
}
