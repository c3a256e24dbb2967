//! Administers a server: who may come, who is kept out, who forgot his password, and which rooms there are.

use super::{line, title};
use crate::command::{Command, Purpose};
use crate::dialog::{Administration, Dialog, MINUTES, Sheet};
use crate::theme::{GRID, medium, palette};
use crate::view::View;
use crate::view::widgets::{How, at_end, check, choice, dangerous, nothing, primary, section, weak};
use egui::{RichText, ScrollArea, Ui};
use sala_core::address::AddressRange;
use sala_core::entry::{Inviters, Registration};
use sala_core::name::Name;
use sala_core::protocol::{Banned, Request, RoomInfo, SanctionInfo, Strangers};
use sala_net::profile::grouped;

/// Height of all below the title, at most.
const HEIGHT: f32 = 480.0;

/// Administers the server.
pub(super) fn server(ui: &mut Ui, view: &mut View<'_>, filled: &mut Administration) {
    title(ui, &view.get("server-title"));
    if let Some(refused) = &view.state.refused {
        ui.label(RichText::new(refused).color(palette(ui).danger));
    }
    let sheets = [
        (Sheet::People, view.get("server-people")),
        (Sheet::Bans, view.get("server-ban")),
        (Sheet::Rooms, view.get("server-rooms")),
    ];
    if let Some(sheet) = choice(ui, &sheets, filled.sheet) {
        filled.sheet = sheet;
    }
    let height = HEIGHT.min(ui.ctx().content_rect().height() - 160.0);
    let area = ScrollArea::vertical().id_salt("server").max_height(height).min_scrolled_height(height);
    area.auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0 * GRID;
        match filled.sheet {
            Sheet::People => {
                strangers(ui, view);
                invitations(ui, view);
                forgetful(ui, view, &mut filled.forgetful);
                helpers(ui, view, &mut filled.helper);
            }
            Sheet::Bans => {
                keep_out(ui, view, filled);
                kept_out(ui, view);
            }
            Sheet::Rooms => rooms(ui, view),
        }
    });
    at_end(ui, |ui| {
        if primary(ui, &view.get("close")).clicked() {
            view.push(Command::Show(None));
        }
    });
}

fn ask(request: Request) -> Command {
    Command::Ask(Purpose::Again, request)
}

/// What strangers may do.
fn strangers(ui: &mut Ui, view: &mut View<'_>) {
    section(ui, &view.get("server-strangers"));
    // They are shown as the server says that they stand, also after a click.
    let Some(stands) = view.state.lists.strangers else { return };
    let Strangers { registration, mut guests } = stands;
    check(ui, &mut guests, &view.get("server-guests"));
    let who = [
        (Registration::Open, "server-accounts-open"),
        (Registration::Invitation(Inviters::Admins), "server-accounts-invitation"),
        (Registration::Invitation(Inviters::Members), "server-accounts-members"),
        (Registration::Closed, "server-accounts-closed"),
    ];
    for (one, key) in who {
        if ui.radio(registration == one, view.get(key)).clicked() && registration != one {
            view.push(ask(Request::Settings { registration: Some(one), guests: None }));
        }
    }
    if guests != stands.guests {
        view.push(ask(Request::Settings { registration: None, guests: Some(guests) }));
    }
}

/// Who may make an account by a code, and draws one.
fn invitations(ui: &mut Ui, view: &mut View<'_>) {
    section(ui, &view.get("server-invitations"));
    if ui.button(view.get("server-invite")).clicked() {
        view.push(Command::Invitation);
    }
    if let Some(code) = view.state.lists.invitation.clone() {
        let code = grouped(&code);
        weak(ui, &view.get("server-invitation-code"));
        ui.horizontal(|ui| {
            ui.label(RichText::new(&code).monospace());
            if ui.button(view.get("copy")).clicked() {
                view.push(Command::Copy(code));
            }
        });
    }
    for row in view.state.lists.invitations.clone() {
        let until = view.words.moment(row.until, view.now.wall, view.when);
        ui.horizontal(|ui| {
            weak(
                ui,
                &view.words.put("order-link", [("name", row.by.as_str().into()), ("until", until.into())]),
            );
            if ui.button(view.get("order-unlink")).clicked() {
                view.push(ask(Request::ServerUninvite { invitation: row.invitation }));
            }
        });
    }
}

/// Draws a code for somebody who has lost his password.
fn forgetful(ui: &mut Ui, view: &mut View<'_>, name: &mut String) {
    section(ui, &view.get("server-reset"));
    line(ui, &view.get("server-reset-name"), name, None, How::Line, false);
    let parsed = Name::parse(name.trim()).ok();
    let clicked = ui.add_enabled_ui(parsed.is_some(), |ui| ui.button(view.get("server-reset-draw"))).inner;
    if let Some(name) = parsed.filter(|_| clicked.clicked()) {
        view.push(Command::Reset(name));
    }
    if let Some((name, code)) = view.state.lists.reset.clone() {
        let (code, name) = (grouped(&code), name.to_string());
        weak(ui, &view.words.put("server-reset-code", [("name", name.into())]));
        ui.horizontal(|ui| {
            ui.label(RichText::new(&code).monospace());
            if ui.button(view.get("copy")).clicked() {
                view.push(Command::Copy(code));
            }
        });
    }
}

/// Who else administers the server.
fn helpers(ui: &mut Ui, view: &mut View<'_>, name: &mut String) {
    section(ui, &view.get("server-admins"));
    line(ui, &view.get("server-admin-name"), name, None, How::Line, false);
    let parsed = Name::parse(name.trim()).ok();
    ui.add_enabled_ui(parsed.is_some(), |ui| {
        ui.horizontal(|ui| {
            for (key, on) in [("server-admin-on", true), ("server-admin-off", false)] {
                if ui.button(view.get(key)).clicked()
                    && let Some(name) = parsed.clone()
                {
                    view.push(ask(Request::Admin { name, on }));
                }
            }
        });
    });
}

/// Keeps somebody out.
fn keep_out(ui: &mut Ui, view: &mut View<'_>, filled: &mut Administration) {
    line(ui, &view.get("server-ban-whom"), &mut filled.whom, None, How::Line, false);
    let options = MINUTES.map(|(minutes, key)| (minutes, view.get(key)));
    if let Some(new) = choice(ui, &options, filled.minutes) {
        filled.minutes = new;
    }
    line(ui, &view.get("field-reason"), &mut filled.reason, None, How::Line, false);
    let whom = whom(&filled.whom);
    let clicked = ui.add_enabled_ui(whom.is_some(), |ui| dangerous(ui, &view.get("server-ban-do"))).inner;
    if let Some(whom) = whom.filter(|_| clicked.clicked()) {
        let (minutes, reason) = (filled.minutes, filled.reason.trim().to_owned());
        view.push(ask(Request::ServerBan { whom, minutes, reason }));
        (filled.whom, filled.reason) = (String::new(), String::new());
    }
}

fn kept_out(ui: &mut Ui, view: &mut View<'_>) {
    let Some(bans) = view.state.lists.kept_out.clone() else { return };
    section(ui, &view.words.put("server-bans", [("count", bans.len().into())]));
    if bans.is_empty() {
        nothing(ui, &view.get("order-none"));
    }
    for SanctionInfo { whom: shown, until, reason, .. } in &bans {
        let sentence = view.words.put("order-banned", [("name", shown.as_str().into())]);
        let sanction = sala_core::entry::Sanction { until: *until, reason: reason.clone() };
        ui.horizontal_wrapped(|ui| {
            ui.label(view.sanction(sentence, &sanction));
            let name = view.words.put("order-lift-of", [("name", shown.as_str().into())]);
            if ui.button(view.get("order-lift")).accessible_name(name).clicked()
                && let Some(whom) = whom(shown)
            {
                view.push(ask(Request::ServerUnban { whom }));
            }
        });
    }
    if view.state.lists.more.kept_out && ui.button(view.get("more")).clicked() {
        let after = bans.last().map(|last| last.whom.clone());
        view.push(Command::Ask(Purpose::More, Request::ServerBans { after }));
    }
}

fn rooms(ui: &mut Ui, view: &mut View<'_>) {
    let rooms = view.state.lists.all_rooms.clone();
    for RoomInfo { room, title, members, .. } in rooms {
        let shown = title.as_ref().unwrap_or(&room).to_string();
        ui.horizontal(|ui| {
            ui.label(medium(&shown));
            weak(ui, &view.words.put("browse-members", [("count", members.into())]));
            at_end(ui, |ui| {
                let name = view.words.put("close-title", [("room", shown.as_str().into())]);
                if ui.button(view.get("room-close")).accessible_name(name).clicked() {
                    let dialog = Dialog::Close { room: room.clone(), reason: String::new() };
                    view.push(Command::Show(Some(dialog)));
                }
            });
        });
    }
}

/// A name, or a range of addresses.
fn whom(text: &str) -> Option<Banned> {
    let text = text.trim();
    let range = || text.parse::<AddressRange>().ok().map(Banned::Addresses);
    // An address of IPv4 would be a name as well.
    range().or_else(|| Name::parse(text.trim_start_matches('@')).ok().map(Banned::Person))
}
