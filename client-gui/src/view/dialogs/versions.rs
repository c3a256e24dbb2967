//! Shows moderators what a message said before it was edited.

use super::title;
use crate::command::{Command, Purpose};
use crate::view::View;
use crate::view::widgets::{at_end, nothing, primary, weak};
use crate::visible::visible;
use egui::{ScrollArea, Ui};
use sala_core::entry::Seq;
use sala_core::name::RoomName;
use sala_core::protocol::Request;

/// Height of the list, at most.
const LIST: f32 = 320.0;

pub(super) fn versions(ui: &mut Ui, view: &mut View<'_>, room: &RoomName, seq: Seq) {
    title(ui, &view.get("versions-title"));
    let area = ScrollArea::vertical().max_height(LIST).min_scrolled_height(LIST);
    area.auto_shrink([false, true]).show(ui, |ui| {
        if view.state.lists.versions.is_empty() {
            nothing(ui, &view.get("loading"));
        }
        for version in &view.state.lists.versions {
            weak(ui, &view.words.moment(version.entry.at, view.now.wall, view.when));
            ui.label(visible(version.entry.act.text().unwrap_or_default()));
        }
        if view.state.lists.more.versions && ui.button(view.get("more")).clicked() {
            let after = view.state.lists.versions.last().map(|last| last.seq);
            let request = Request::Versions { room: room.clone(), seq, after };
            view.push(Command::Ask(Purpose::More, request));
        }
    });
    at_end(ui, |ui| {
        if primary(ui, &view.get("close")).clicked() {
            view.push(Command::Show(None));
        }
    });
}
