//! What can be done about somebody, as a menu.

use super::View;
use crate::command::{Command, Purpose};
use crate::dialog::{Dialog, Measure};
use crate::theme::palette;
use crate::visible::visible;
use egui::{RichText, Ui};
use sala_core::client::{RoomView, Stands};
use sala_core::entry::{Audience, Role, RoomKind};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::Request;

/// The menu on a person; `room` is where he was met, if in one.
pub(crate) fn person_menu(ui: &mut Ui, view: &mut View<'_>, room: Option<&RoomName>, name: &Name) {
    ui.set_min_width(200.0);
    let known = view.model.contacts.get(name);
    // In line with what follows.
    egui::Frame::new().inner_margin(egui::Margin::symmetric(10, 2)).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.label(crate::theme::bold(name.as_str()).color(palette(ui).name(name.as_str())));
        if let Some(status) = status_line(view, room, name) {
            ui.label(RichText::new(visible(&status)).small().color(palette(ui).weak));
        }
    });
    if *name == view.model.name {
        if item(ui, view, "person-presence") {
            view.push(presence(view));
        }
        return;
    }
    ui.separator();
    let stands = known.map(|contact| contact.stands);
    if stands != Some(Stands::Blocked) && item(ui, view, "person-message") {
        view.push(Command::Talk(name.clone()));
    }
    let ask = |request: Request| Command::Ask(Purpose::Plain, request);
    let unfriend = || ask(Request::Unfriend { name: name.clone() });
    match stands {
        None => {
            if item(ui, view, "person-befriend") {
                let dialog = Dialog::Befriend { name: name.to_string(), note: String::new() };
                view.push(Command::Show(Some(dialog)));
            }
        }
        Some(Stands::AskedBy) => {
            if item(ui, view, "person-accept-friend") {
                view.push(ask(Request::Befriend { name: name.clone(), note: String::new() }));
            }
            if item(ui, view, "person-decline-friend") {
                view.push(unfriend());
            }
        }
        Some(Stands::Asked) => {
            if item(ui, view, "person-withdraw") {
                view.push(unfriend());
            }
        }
        Some(Stands::Friend) => {
            if item(ui, view, "person-unfriend") {
                view.push(unfriend());
            }
        }
        Some(Stands::Blocked) => {}
    }
    if stands == Some(Stands::Blocked) {
        if item(ui, view, "person-unblock") {
            view.push(ask(Request::Unblock { name: name.clone() }));
        }
    } else if item(ui, view, "person-block") {
        view.push(ask(Request::Block { name: name.clone() }));
    }
    if let Some((room, held)) = room.and_then(|room| Some((room, view.model.rooms.get(room)?)))
        && may_discipline(held, name)
    {
        ui.separator();
        disciplines(ui, view, room, held, name);
    }
}

/// Opens the dialogue on how one is seen, as one is seen now.
pub(crate) fn presence(view: &View<'_>) -> Command {
    let presence = &view.model.presence;
    let friends_only = presence.audience == Audience::Friends;
    Command::Show(Some(Dialog::Presence { status: presence.status.clone(), friends_only }))
}

/// Whether we have more to say in a room than somebody who is in it, so that we may act on him.
fn may_discipline(room: &RoomView, name: &Name) -> bool {
    let his = room.members.get(name).map_or(Role::Member, |member| member.role);
    room.kind != RoomKind::Direct && room.role >= Role::Moderator && room.role > his
}

fn disciplines(ui: &mut Ui, view: &mut View<'_>, room: &RoomName, held: &RoomView, name: &Name) {
    let member = held.members.get(name);
    for (key, measure, minutes) in [
        ("person-mute", Measure::Mute, Some(10)),
        ("person-kick", Measure::Kick, None),
        ("person-ban", Measure::Ban, Some(24 * 60)),
    ] {
        if (member.is_some() || measure == Measure::Ban) && item(ui, view, key) {
            view.push(Command::Show(Some(Dialog::Discipline {
                room: room.clone(),
                name: name.clone(),
                measure,
                minutes,
                reason: String::new(),
            })));
        }
    }
    if held.role == Role::Owner
        && let Some(member) = member
    {
        let (key, role) = match member.role {
            Role::Member => ("person-moderator", Role::Moderator),
            _ => ("person-plain", Role::Member),
        };
        if item(ui, view, key) {
            let request = Request::Role { room: room.clone(), name: name.clone(), role };
            view.push(Command::Ask(Purpose::Plain, request));
        }
        if item(ui, view, "person-give") {
            let dialog = Dialog::Give { room: room.clone(), name: name.clone() };
            view.push(Command::Show(Some(dialog)));
        }
    }
}

/// In which words somebody is here, if he says any.
fn status_line(view: &View<'_>, room: Option<&RoomName>, name: &Name) -> Option<String> {
    let friend = view.model.contacts.get(name).map(|contact| contact.status.clone());
    let member = room
        .and_then(|room| view.model.rooms.get(room)?.members.get(name))
        .map(|member| member.status.clone());
    friend.filter(|status| !status.is_empty()).or(member).filter(|status| !status.is_empty())
}

/// A line of a menu, which closes it.
pub(crate) fn item(ui: &mut Ui, view: &View<'_>, key: &str) -> bool {
    chosen_item(ui, view, key, false)
}

/// A line of a menu that may be what is so already.
pub(crate) fn chosen_item(ui: &mut Ui, view: &View<'_>, key: &str, chosen: bool) -> bool {
    ui.spacing_mut().item_spacing.y = 1.0;
    ui.spacing_mut().button_padding = egui::vec2(10.0, 5.0);
    let text = view.get(key);
    let button = if chosen { egui::Button::selectable(true, text) } else { egui::Button::new(text) };
    let clicked = ui.add(button).clicked();
    if clicked {
        ui.close();
    }
    clicked
}
