//! Keeps what is written and not sent, from one start to the next.

use super::App;
use crate::profile::Drafts;
use crate::state::{Desk, Writing};
use egui::Context;
use std::time::Duration;

/// Time after which what is being written is kept, in seconds.
const AFTER_SECONDS: f64 = 2.0;

/// What was kept of what is written.
#[derive(Debug, Default)]
pub(super) struct Kept {
    drafts: Drafts,
    /// When it is to be kept again, in seconds of the window's own time.
    due: Option<f64>,
}

impl Kept {
    /// Something else is written.
    pub(super) fn touch(&mut self, ctx: &Context) {
        if self.due.is_none() {
            self.due = Some(ctx.input(|input| input.time) + AFTER_SECONDS);
            ctx.request_repaint_after(Duration::from_secs_f64(AFTER_SECONDS));
        }
    }
}

impl App {
    /// Takes up what was written here before.
    pub(super) fn take_up_drafts(&mut self) {
        let Some(talk) = &self.talk else { return };
        let drafts = self.parts.profile.drafts(&talk.place.server, &talk.place.name);
        for (room, text) in &drafts {
            self.state.rooms.entry(room.clone()).or_default().draft.clone_from(text);
        }
        self.drafts = Kept { drafts, due: None };
    }

    /// Keeps what is written, if it is time to.
    pub(super) fn keep_drafts_in_time(&mut self, ctx: &Context) {
        let Some(due) = self.drafts.due else { return };
        let left = due - ctx.input(|input| input.time);
        if left <= 0.0 {
            self.keep_drafts();
        } else {
            ctx.request_repaint_after(Duration::from_secs_f64(left));
        }
    }

    /// Keeps what is written.
    pub(super) fn keep_drafts(&mut self) {
        self.drafts.due = None;
        let Some(talk) = self.talk.as_ref().filter(|_| self.state.inside) else { return };
        let drafts: Drafts =
            self.state.rooms.iter().filter_map(|(room, desk)| Some((room.clone(), draft(desk)?))).collect();
        if drafts == self.drafts.drafts {
            return;
        }
        match self.parts.profile.keep_drafts(&talk.place.server, &talk.place.name, &drafts) {
            Ok(()) => self.drafts.drafts = drafts,
            Err(error) => tracing::warn!(%error, "what is written cannot be kept"),
        }
    }
}

/// The new message that is being written in a room: the words of an edit are in the room already.
fn draft(desk: &Desk) -> Option<String> {
    let text = if matches!(desk.writing, Writing::Edit(_)) { &desk.put_by } else { &desk.draft };
    (!text.trim().is_empty()).then(|| text.clone())
}
