//! Room on disk, given back while nobody has anything to be written.

use super::World;
use super::desk::GivenBack;
use super::hub::{Hub, ServeError, Vacuum};
use crate::store::{CommitError, LogStore as _, VacuumError};
use sala_core::entry::Position;
use std::rc::Rc;
use tokio::sync::oneshot;

impl<W: World> Hub<W> {
    /// Has room given back from now on, unless that is under way.
    pub(super) fn begin_vacuum(&self, answer: oneshot::Sender<Result<GivenBack, VacuumError>>) {
        if self.vacuum_under_way.get() {
            // Whoever asked may not wait for the answer any more; so below.
            answer.send(Err(VacuumError::UnderWay)).ok();
            return;
        }
        tracing::info!("giving room on disk back");
        self.vacuum_under_way.set(true);
        *self.vacuum.borrow_mut() = Some(Vacuum { upto: Position(0), given_back: 0, answer });
        self.vacuum_wanted.notify_one();
    }

    /// The next step that is to be made, once there is one.
    pub(super) async fn vacuum_due(&self) -> Vacuum {
        loop {
            if let Some(vacuum) = self.vacuum.borrow_mut().take() {
                return vacuum;
            }
            self.vacuum_wanted.notified().await;
        }
    }

    /// Makes one step. No batch may be under way.
    pub(super) async fn vacuum_step(self: &Rc<Self>, mut vacuum: Vacuum) -> Result<(), ServeError> {
        if vacuum.answer.is_closed() {
            tracing::info!(bytes = vacuum.given_back, "no more room is given back: nobody waits for it");
            self.vacuum_under_way.set(false);
            return Ok(());
        }
        match self.parts.store.vacuum(vacuum.upto).await {
            Ok(step) if !step.is_done => {
                vacuum.upto = step.upto;
                vacuum.given_back += step.before_bytes.saturating_sub(step.after_bytes);
                *self.vacuum.borrow_mut() = Some(vacuum);
            }
            Ok(step) => {
                let bytes = vacuum.given_back + step.before_bytes.saturating_sub(step.after_bytes);
                tracing::info!(bytes, left_bytes = step.after_bytes, "room on disk was given back");
                self.vacuum_under_way.set(false);
                vacuum.answer.send(Ok(GivenBack { bytes, left_bytes: step.after_bytes })).ok();
            }
            Err(error) => {
                tracing::warn!(%error, bytes = vacuum.given_back, "no more room is given back");
                self.vacuum_under_way.set(false);
                vacuum.answer.send(Err(error.clone())).ok();
                if let VacuumError::Commit(error @ CommitError::Failed(_)) = error {
                    return self.failed(error).await;
                }
            }
        }
        Ok(())
    }
}
