//! Writes into a file all that somebody has written.

use super::App;
use egui::Context;
use sala_core::client::Event;
use sala_net::clock::Clock as _;
use sala_net::export::{ExportError, Written};
use std::path::Path;
use std::time::Duration;

impl App {
    /// Begins to write a file. A path that does not begin at the root begins at home.
    pub(super) fn export(&mut self, path: &str, ctx: &Context) {
        let Some(talk) = &self.talk else { return };
        let home = std::env::home_dir().unwrap_or_default();
        match talk.export.start(&home.join(path.strip_prefix("~/").unwrap_or(path)), &talk.link.conversation)
        {
            Ok(()) => self.show(None, ctx),
            Err(error) => self.state.refused = Some(self.export_words(&error)),
        }
    }

    /// Takes in what happened on the link.
    pub(super) fn heard_for_export(&mut self, event: &Event) {
        let Some(talk) = &self.talk else { return };
        let now = self.parts.clock.now().wall;
        let text = match talk.export.heard(event, &talk.link.conversation, || self.parts.when.stamp(now)) {
            Ok(None) => return,
            Ok(Some(Written { path, count })) => {
                let path = path.display().to_string();
                self.words.put("export-done", [("count", count.into()), ("path", path.into())])
            }
            Err(error) => self.export_words(&error),
        };
        self.state.toast(text);
    }

    /// Asks for what is still to be written, if it is time.
    pub(super) fn go_on_exporting(&self, ctx: &Context) {
        let Some(talk) = &self.talk else { return };
        if let Some(at) = talk.export.go_on(&talk.link.conversation) {
            let pause = at.since(self.parts.clock.now().tick);
            ctx.request_repaint_after(Duration::from_millis(pause));
        }
    }

    /// The conversation is over: says which file will not be there.
    pub(super) fn cut_export(&self) -> Option<String> {
        let path = self.talk.as_ref()?.export.cut()?;
        Some(self.not_written(&path, None))
    }

    fn export_words(&self, error: &ExportError) -> String {
        match error {
            ExportError::Busy(path) => {
                self.words.put("export-busy", [("path", path.display().to_string().into())])
            }
            ExportError::NoFile(path) | ExportError::Answer(path) => self.not_written(path, None),
            ExportError::Disk(path, error) => self.not_written(path, Some(error.to_string())),
            ExportError::Refused(path, refusal) => self.not_written(path, Some(self.words.refusal(refusal))),
        }
    }

    fn not_written(&self, path: &Path, why: Option<String>) -> String {
        let path = path.display().to_string();
        let text = self.words.put("export-not", [("path", path.into())]);
        why.map_or(text.clone(), |why| format!("{text} {why}"))
    }
}
