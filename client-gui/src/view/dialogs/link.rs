//! Links into rooms: to make one, to hand it on, and to come in by one.

use super::{answer, line, title};
use crate::command::Command;
use crate::theme::{GRID, palette};
use crate::view::View;
use crate::view::picture::picture;
use crate::view::widgets::{How, at_end, choice, primary, weak};
use egui::{Label, RichText, Ui};
use sala_core::name::RoomName;
use sala_net::link::{RoomLink, host_here_alone};

/// For how long a link may be good, in hours; none is until it is taken back.
const HOURS: [(Option<u64>, &str); 4] =
    [(Some(1), "time-hour"), (Some(24), "time-day"), (Some(7 * 24), "time-week"), (None, "time-forever")];

/// Enters a room by a link.
pub(super) fn join(ui: &mut Ui, view: &mut View<'_>, text: &mut String) {
    title(ui, &view.get("join-link-title"));
    let link: Option<RoomLink> = text.parse().ok();
    let wrong = (link.is_none() && !text.trim().is_empty()).then(|| view.get("join-link-bad"));
    line(ui, &view.get("field-link"), text, wrong.as_deref(), How::Line, true);
    if answer(ui, view, &view.get("invitation-join"), link.is_some(), false)
        && let Some(link) = link
    {
        view.push(Command::Follow(link));
    }
}

/// Leaves for another server, to which a link leads.
pub(super) fn away(ui: &mut Ui, view: &mut View<'_>, link: &RoomLink, here: &str) {
    let there = link.server.clone().unwrap_or_default();
    let values = || [("there", there.as_str().into()), ("here", here.into())];
    title(ui, &view.words.put("link-away-title", [("there", there.as_str().into())]));
    ui.label(RichText::new(view.words.put("link-away-hint", values())).color(palette(ui).weak));
    // Whoever made it on the server's own computer got an address that is good there alone.
    if ui.button(view.words.put("link-away-here", [("here", here.into())])).clicked() {
        view.push(Command::Follow(RoomLink { server: None, token: link.token.clone() }));
    }
    if answer(ui, view, &view.get("link-away-go"), true, false) {
        view.push(Command::FollowAway(link.clone()));
    }
}

/// Makes a link into a room.
pub(super) fn make(
    ui: &mut Ui,
    view: &mut View<'_>,
    room: &RoomName,
    hours: &mut Option<u64>,
    uses: &mut String,
) {
    title(ui, &view.get("link-title"));
    weak(ui, &view.get("link-hint"));
    let options = HOURS.map(|(hours, key)| (hours, view.get(key)));
    if let Some(new) = choice(ui, &options, *hours) {
        *hours = new;
    }
    let text = uses.trim();
    let parsed =
        if text.is_empty() { Some(None) } else { text.parse().ok().filter(|uses| *uses > 0).map(Some) };
    let wrong = parsed.is_none().then(|| view.get("link-uses-bad"));
    line(ui, &view.get("link-uses"), uses, wrong.as_deref(), How::Line, true);
    if answer(ui, view, &view.get("order-new-link"), parsed.is_some(), false)
        && let Some(uses) = parsed
    {
        view.push(Command::NewLink(room.clone(), *hours, uses));
    }
}

/// Shows a link that was made.
pub(super) fn made(ui: &mut Ui, view: &mut View<'_>, link: &RoomLink) {
    let text = link.to_string();
    title(ui, &view.get("link-made-title"));
    weak(ui, &view.get("link-made-hint"));
    ui.add(Label::new(RichText::new(&text).monospace()).wrap());
    let host = link.server.as_deref().and_then(host_here_alone);
    if let Some(host) = host {
        let text = view.words.put("link-made-alone", [("host", host.into())]);
        ui.label(RichText::new(text).color(palette(ui).warn));
    }
    ui.add_space(GRID);
    ui.vertical_centered(|ui| picture(ui, &view.get("link-made-picture"), &text));
    at_end(ui, |ui| {
        if primary(ui, &view.get("close")).clicked() {
            view.push(Command::Show(None));
        }
        if ui.button(view.get("copy")).clicked() {
            view.push(Command::Copy(text.clone()));
        }
    });
}
