//! What keeps order in a room: what waits to be let through, reports, bans and mutes, slow mode, links, and who did what to whom.

use super::View;
use super::timeline::one_lined;
use super::widgets::{nothing, section, weak};
use crate::command::{Command, Purpose};
use crate::dialog::Dialog;
use crate::theme::{GRID, SMALL, palette};
use crate::visible::visible;
use egui::{RichText, ScrollArea, Ui};
use sala_core::entry::{Role, Seq};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Request, SanctionInfo};

/// Acts of the room that are asked for at once.
pub(crate) const ACTS_SHOWN: usize = 50;
/// Pauses that slow mode offers, in seconds.
const PAUSES: [u64; 6] = [0, 5, 15, 30, 60, 300];
/// Times for which what is said is kept that are offered, in days; 0 is for ever.
const DAYS: [u64; 6] = [0, 1, 7, 30, 90, 365];

/// Draws what keeps order in a room.
pub(crate) fn order(ui: &mut Ui, view: &mut View<'_>, room: &RoomName) {
    if view.state.lists.room.as_ref() != Some(room) {
        nothing(ui, &view.get("loading"));
        return;
    }
    ScrollArea::vertical().id_salt("order").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = GRID;
        slow(ui, view, room);
        kept(ui, view, room);
        held(ui, view, room);
        reports(ui, view, room);
        sanctions(ui, view, room);
        links(ui, view, room);
        acts(ui, view, room);
        ui.add_space(4.0 * GRID);
    });
}

fn slow(ui: &mut Ui, view: &mut View<'_>, room: &RoomName) {
    let Some(held) = view.model.rooms.get(room) else { return };
    section(ui, &view.get("order-slow"));
    let shown = |view: &View<'_>, seconds: u64| match seconds {
        0 => view.get("order-slow-off"),
        seconds => view.words.put("order-slow-seconds", [("seconds", seconds.into())]),
    };
    let chosen = held.slow_ms / 1_000;
    let mut new = chosen;
    let name = view.get("order-slow");
    let combo =
        egui::ComboBox::from_id_salt("slow").selected_text(shown(view, chosen)).width(ui.available_width());
    let response = combo.show_ui(ui, |ui| {
        for seconds in PAUSES {
            ui.selectable_value(&mut new, seconds, shown(view, seconds));
        }
    });
    response.response.accessible_name(name);
    if new != chosen {
        let request = Request::Slow { room: room.clone(), seconds: new };
        view.push(Command::Ask(Purpose::Plain, request));
    }
}

/// How long what is said is kept, which is the owner's to say; where the server's own rule is shorter, that is shown.
fn kept(ui: &mut Ui, view: &mut View<'_>, room: &RoomName) {
    let Some(held) = view.model.rooms.get(room).filter(|held| held.role == Role::Owner) else { return };
    section(ui, &view.get("order-keep"));
    let shown = |view: &View<'_>, days: u64| match days {
        0 => view.get("order-keep-off"),
        days => view.words.put("order-keep-days", [("days", days.into())]),
    };
    let chosen = held.keep_days.unwrap_or(0);
    let mut new = chosen;
    let name = view.get("order-keep");
    let combo =
        egui::ComboBox::from_id_salt("keep").selected_text(shown(view, chosen)).width(ui.available_width());
    let response = combo.show_ui(ui, |ui| {
        for days in DAYS {
            ui.selectable_value(&mut new, days, shown(view, days));
        }
    });
    response.response.accessible_name(name);
    if new != chosen {
        let request = Request::Keep { room: Some(room.clone()), days: new };
        view.push(Command::Ask(Purpose::Plain, request));
    }
}

/// What waits for somebody to let it through: the client hears of it by itself.
fn held(ui: &mut Ui, view: &mut View<'_>, room: &RoomName) {
    let Some(waits) = view.model.rooms.get(room).map(|held| &held.held).filter(|waits| !waits.is_empty())
    else {
        return;
    };
    section(ui, &view.words.put("order-held", [("count", waits.len().into())]));
    for post in waits {
        let moment = view.words.moment(post.at, view.now.wall, view.when);
        let values = [("name", post.by.as_str().into()), ("time", moment.into())];
        weak(ui, &view.words.put("order-report", values));
        ui.label(visible(&post.text));
        ui.horizontal(|ui| {
            ui.spacing_mut().interact_size.y = 26.0;
            if ui.button(view.get("order-let")).clicked() {
                let request = Request::Let { room: room.clone(), held: post.held };
                view.push(Command::Ask(Purpose::Again, request));
            }
            if ui.button(view.get("order-reject")).clicked() {
                let request = Request::Reject { room: room.clone(), held: post.held, reason: String::new() };
                view.push(Command::Ask(Purpose::Again, request));
            }
        });
    }
}

fn reports(ui: &mut Ui, view: &mut View<'_>, room: &RoomName) {
    let reports = view.state.lists.reports.clone();
    section(ui, &view.words.put("order-reports", [("count", reports.len().into())]));
    if reports.is_empty() {
        nothing(ui, &view.get("order-none"));
    }
    for report in &reports {
        let moment = view.words.moment(report.at, view.now.wall, view.when);
        let values = [("name", report.by.as_str().into()), ("time", moment.into())];
        weak(ui, &view.words.put("order-report", values));
        if !report.reason.is_empty() {
            ui.label(visible(&report.reason));
        }
        reported(ui, view, room, report.seq);
        ui.horizontal(|ui| {
            ui.spacing_mut().interact_size.y = 26.0;
            if ui.button(view.get("order-see")).clicked() {
                view.push(Command::Jump(room.clone(), report.seq));
            }
            if ui.button(view.get("order-resolve")).clicked() {
                let request = Request::Resolve { room: room.clone(), report: report.report };
                view.push(Command::Ask(Purpose::Again, request));
            }
        });
    }
    if view.state.lists.more.reports && ui.button(view.get("more")).clicked() {
        let after = reports.last().map(|last| last.report);
        view.push(more(Request::Reports { room: room.clone(), after }));
    }
}

/// What was reported, as far as it is held.
fn reported(ui: &mut Ui, view: &View<'_>, room: &RoomName, seq: Seq) {
    let timeline = view.model.rooms.get(room).map(|held| &held.timeline);
    let said = timeline.and_then(|timeline| timeline.entry(seq).zip(timeline.post(seq)));
    if let Some((entry, post)) = said {
        let text = format!("{}: {}", entry.author, one_lined(&post.text));
        ui.add(egui::Label::new(RichText::new(text).size(SMALL)).truncate());
    }
}

fn more(request: Request) -> Command {
    Command::Ask(Purpose::More, request)
}

fn sanctions(ui: &mut Ui, view: &mut View<'_>, room: &RoomName) {
    let sanctions = view.state.lists.sanctions.clone();
    section(ui, &view.words.put("order-sanctions", [("count", sanctions.len().into())]));
    if sanctions.is_empty() {
        nothing(ui, &view.get("order-none"));
    }
    for SanctionInfo { what, whom, by, until, reason } in sanctions.clone() {
        let is_ban = what == "ban";
        let key = if is_ban { "order-banned" } else { "order-muted" };
        let sentence = view.words.put(key, [("name", whom.as_str().into())]);
        let sanction = sala_core::entry::Sanction { until, reason };
        ui.label(view.sanction(sentence, &sanction));
        if let Some(by) = by {
            weak(ui, &view.words.put("order-by", [("name", by.as_str().into())]));
        }
        let Ok(name) = Name::parse(&whom) else { continue };
        ui.scope(|ui| {
            ui.spacing_mut().interact_size.y = 26.0;
            let label = view.words.put("order-lift-of", [("name", whom.as_str().into())]);
            if ui.button(view.get("order-lift")).accessible_name(label).clicked() {
                let room = room.clone();
                let request =
                    if is_ban { Request::Unban { room, name } } else { Request::Unmute { room, name } };
                view.push(Command::Ask(Purpose::Again, request));
            }
        });
    }
    if view.state.lists.more.sanctions && ui.button(view.get("more")).clicked() {
        let after = sanctions.last().map(|last| format!("{} {}", last.whom, last.what));
        view.push(more(Request::Sanctions { room: room.clone(), after }));
    }
}

fn links(ui: &mut Ui, view: &mut View<'_>, room: &RoomName) {
    let links = view.state.lists.links.clone();
    section(ui, &view.words.put("order-links", [("count", links.len().into())]));
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 28.0;
        if ui.button(view.get("room-link")).clicked() {
            view.push(Command::Show(Some(new_link(room))));
        }
    });
    for link in links {
        let until = match link.until {
            None => view.get("order-link-forever"),
            Some(until) => view.words.moment(until, view.now.wall, view.when),
        };
        let values = [("name", link.by.as_str().into()), ("until", until.into())];
        ui.label(RichText::new(view.words.put("order-link", values)).size(SMALL));
        if let Some(uses) = link.uses {
            weak(ui, &view.words.put("order-link-uses", [("count", uses.into())]));
        }
        if ui.button(view.get("order-unlink")).clicked() {
            let request = Request::Unlink { room: room.clone(), link: link.link };
            view.push(Command::Ask(Purpose::Again, request));
        }
    }
}

fn acts(ui: &mut Ui, view: &mut View<'_>, room: &RoomName) {
    section(ui, &view.get("order-acts"));
    if view.state.lists.acts.is_empty() {
        nothing(ui, &view.get("order-none"));
    }
    for entry in &view.state.lists.acts {
        let moment = view.words.moment(entry.entry.at, view.now.wall, view.when);
        ui.label(RichText::new(view.act(&entry.entry)).size(SMALL));
        ui.label(RichText::new(moment).size(SMALL - 1.0).color(palette(ui).weak));
    }
    if view.state.lists.more.acts && ui.button(view.get("more")).clicked() {
        let before = view.state.lists.acts.last().map(|oldest| oldest.seq);
        view.push(more(Request::Audit { room: room.clone(), before, limit: ACTS_SHOWN }));
    }
}

/// The dialogue for a link into a room, as most links are wanted.
pub(crate) fn new_link(room: &RoomName) -> Dialog {
    Dialog::Link { room: room.clone(), hours: Some(7 * 24), uses: String::new() }
}
