//! What the supervisor of the system is told: that the server is ready, that it is alive, that it stops.

use sd_notify::NotifyState;

/// Tells systemd, if it is there and wants to hear. Nothing hangs on whether it does.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the supervisor could not be told how it stands");
    }
}

/// Connections are taken in from now on.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The server was asked to stop: what is decided will be written, and everybody told goodbye.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Gives a sign of life twice in the time that the supervisor allows, for as long as the thread that decides
/// has time for it.
pub(crate) async fn is_alive() {
    if let Some(allowed) = sd_notify::watchdog_enabled() {
        loop {
            tell(&[NotifyState::Watchdog]);
            tokio::time::sleep(allowed / 2).await;
        }
    }
    // Nobody watches.
    std::future::pending::<()>().await;
}
