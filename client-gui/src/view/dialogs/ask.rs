//! Dialogues that ask for a few words, or whether something is meant.

use super::{answer, title};
use crate::command::{Command, Purpose};
use crate::state::{Dialog, Measure};
use crate::theme::{GRID, palette};
use crate::view::View;
use crate::view::widgets::{How, choice, field};
use egui::{RichText, Ui};
use sala_core::client::User;
use sala_core::entry::Audience;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Door, Request, Secret};

/// For how long a measure may hold, in minutes; none is until it is lifted.
const MINUTES: [(Option<u64>, &str); 5] = [
    (Some(10), "time-minutes"),
    (Some(60), "time-hour"),
    (Some(24 * 60), "time-day"),
    (Some(7 * 24 * 60), "time-week"),
    (None, "time-forever"),
];

/// Draws a dialogue, and takes in what is written in it.
pub(super) fn ask(ui: &mut Ui, view: &mut View<'_>, dialog: &mut Dialog) {
    let asked = |request: Request| Command::Ask(Purpose::Dialog, request);
    match dialog {
        Dialog::NewRoom { name, topic, private } => {
            title(ui, &view.get("new-room-title"));
            let (parsed, wrong) = room_name(name);
            line(ui, &view.get("field-room"), name, wrong.as_deref(), true);
            line(ui, &view.get("field-topic"), topic, None, false);
            ui.checkbox(private, view.get("new-room-private"));
            if answer(ui, view, &view.get("new-room-create"), parsed.is_some(), false)
                && let Some(room) = parsed
            {
                let request = Request::Create { room, topic: topic.trim().to_owned(), private: *private };
                view.push(Command::Ask(Purpose::Room, request));
            }
        }
        Dialog::JoinByLink { link } => {
            title(ui, &view.get("join-link-title"));
            line(ui, &view.get("field-link"), link, None, true);
            let secret = Secret::new(link.trim().to_owned());
            if answer(ui, view, &view.get("invitation-join"), secret.is_some(), false)
                && let Some(secret) = secret
            {
                let request = Request::Join { door: Door::Link(secret) };
                view.push(Command::Ask(Purpose::Room, request));
            }
        }
        Dialog::Talk { names } => {
            title(ui, &view.get("talk-title"));
            line(ui, &view.get("field-names"), names, None, true);
            let parsed: Vec<Name> = names
                .split([',', ' '])
                .map(|part| part.trim().trim_start_matches('@'))
                .filter(|part| !part.is_empty())
                .map_while(|part| Name::parse(part).ok())
                .collect();
            if answer(ui, view, &view.get("talk-start"), !parsed.is_empty(), false) {
                let request = match parsed.as_slice() {
                    [name] => Request::Direct { name: name.clone() },
                    _ => Request::Group { people: parsed, title: None },
                };
                view.push(Command::Ask(Purpose::Room, request));
            }
        }
        Dialog::Befriend { name, note } => {
            title(ui, &view.get("befriend-title"));
            let (parsed, wrong) = person_name(name);
            line(ui, &view.get("field-name"), name, wrong.as_deref(), true);
            line(ui, &view.get("field-note"), note, None, false);
            if answer(ui, view, &view.get("befriend-send"), parsed.is_some(), false)
                && let Some(name) = parsed
            {
                view.push(asked(Request::Befriend { name, note: note.trim().to_owned() }));
            }
        }
        Dialog::Invite { room, name } => {
            title(ui, &view.get("room-invite"));
            let (parsed, wrong) = person_name(name);
            line(ui, &view.get("field-name"), name, wrong.as_deref(), true);
            if answer(ui, view, &view.get("invite-send"), parsed.is_some(), false)
                && let Some(name) = parsed
            {
                view.push(asked(Request::Invite { room: room.clone(), name }));
            }
        }
        Dialog::Topic { room, text } => {
            title(ui, &view.get("room-topic"));
            line(ui, &view.get("field-topic"), text, None, true);
            if answer(ui, view, &view.get("save"), true, false) {
                view.push(asked(Request::Topic { room: room.clone(), text: text.trim().to_owned() }));
            }
        }
        Dialog::Report { room, seq, reason } => {
            title(ui, &view.get("report-title"));
            line(ui, &view.get("field-reason"), reason, None, true);
            if answer(ui, view, &view.get("report-send"), true, false) {
                let reason = reason.trim().to_owned();
                view.push(asked(Request::Report { room: room.clone(), seq: *seq, reason }));
            }
        }
        Dialog::Presence { status, friends_only } => {
            title(ui, &view.get("person-presence"));
            line(ui, &view.get("field-status"), status, None, true);
            ui.checkbox(friends_only, view.get("presence-friends-only"));
            if answer(ui, view, &view.get("save"), true, false) {
                let mode = view.model.presence.mode;
                let audience = if *friends_only { Audience::Friends } else { Audience::Rooms };
                view.push(asked(Request::Presence { mode, status: status.trim().to_owned(), audience }));
            }
        }
        Dialog::Account { password } => {
            title(ui, &view.get("account-title"));
            ui.label(RichText::new(view.get("account-hint")).color(palette(ui).weak));
            let (response, text) = field(ui, &view.get("field-password"), password, None, How::Hidden);
            *password = text.unwrap_or_else(|| std::mem::take(password));
            if ui.memory(|memory| memory.focused().is_none()) {
                response.request_focus();
            }
            if answer(ui, view, &view.get("sign-in-enter-new"), !password.is_empty(), false) {
                view.push(Command::MakeAccount(password.clone()));
            }
        }
        Dialog::Delete { room, seq } => {
            title(ui, &view.get("delete-title"));
            ui.label(RichText::new(view.get("delete-hint")).color(palette(ui).weak));
            if answer(ui, view, &view.get("message-delete"), true, true) {
                view.push(Command::User(User::Delete(room.clone(), *seq)));
                view.push(Command::Show(None));
            }
        }
        Dialog::LeaveRoom { room } => {
            let shown = view.model.rooms.get(room).map_or_else(|| room.to_string(), |held| held.shown(room));
            title(ui, &view.words.put("leave-title", [("room", shown.into())]));
            ui.label(RichText::new(view.get("leave-hint")).color(palette(ui).weak));
            if answer(ui, view, &view.get("room-leave"), true, true) {
                view.push(Command::User(User::Leave(room.clone())));
                view.push(Command::Show(None));
            }
        }
        Dialog::Discipline { room, name, measure, minutes, reason } => {
            discipline(ui, view, room, name, *measure, minutes, reason);
        }
        Dialog::Switcher { .. }
        | Dialog::Browse { .. }
        | Dialog::React { .. }
        | Dialog::Search { .. }
        | Dialog::Settings => {}
    }
}

fn discipline(
    ui: &mut Ui,
    view: &mut View<'_>,
    room: &RoomName,
    name: &Name,
    measure: Measure,
    minutes: &mut Option<u64>,
    reason: &mut String,
) {
    let (head, act) = match measure {
        Measure::Mute => ("mute-title", "person-mute"),
        Measure::Kick => ("kick-title", "person-kick"),
        Measure::Ban => ("ban-title", "person-ban"),
    };
    title(ui, &view.words.put(head, [("name", name.as_str().into())]));
    if measure != Measure::Kick {
        let options = MINUTES.map(|(minutes, key)| (minutes, view.get(key)));
        if let Some(new) = choice(ui, &options, *minutes) {
            *minutes = new;
        }
    }
    line(ui, &view.get("field-reason"), reason, None, true);
    if answer(ui, view, &view.get(act), true, true) {
        let (room, name, minutes, reason) = (room.clone(), name.clone(), *minutes, reason.trim().to_owned());
        view.push(Command::Ask(
            Purpose::Dialog,
            match measure {
                Measure::Mute => Request::Mute { room, name, minutes, reason },
                Measure::Kick => Request::Kick { room, name, reason },
                Measure::Ban => Request::Ban { room, name, minutes, reason },
            },
        ));
    }
}

/// A line to write into; the first of a dialogue has the keyboard from the start.
fn line(ui: &mut Ui, name: &str, held: &mut String, wrong: Option<&str>, first: bool) {
    let (response, text) = field(ui, name, held, wrong, How::Line);
    if let Some(text) = text {
        *held = text;
    }
    if first && ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
    ui.add_space(GRID);
}

/// A person's name, or what is wrong with it; nothing is wrong with one that is still to be written.
fn person_name(text: &str) -> (Option<Name>, Option<String>) {
    let text = text.trim().trim_start_matches('@');
    match Name::parse(text) {
        Ok(name) => (Some(name), None),
        Err(error) => (None, (!text.is_empty()).then(|| error.to_string())),
    }
}

fn room_name(text: &str) -> (Option<RoomName>, Option<String>) {
    let text = text.trim().trim_start_matches('#');
    match RoomName::parse(text) {
        Ok(room) if !room.is_given() => (Some(room), None),
        Ok(_) => (None, None),
        Err(error) => (None, (!text.is_empty()).then(|| error.to_string())),
    }
}
