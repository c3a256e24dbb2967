//! Dialogues that ask for a few words, or whether something is meant.

use super::{answer, line, title};
use crate::command::{Command, Purpose};
use crate::dialog::{Dialog, MINUTES, Measure};
use crate::theme::palette;
use crate::view::View;
use crate::view::widgets::{How, check, choice, weak};
use egui::{RichText, Ui};
use sala_core::client::User;
use sala_core::entry::Audience;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::Request;
use sala_core::secret::OnceCode;

/// Draws a dialogue, and takes in what is written in it.
pub(super) fn ask(ui: &mut Ui, view: &mut View<'_>, dialog: &mut Dialog) {
    let asked = |request: Request| Command::Ask(Purpose::Dialog, request);
    match dialog {
        Dialog::NewRoom { name, topic, private } => {
            title(ui, &view.get("new-room-title"));
            let (parsed, wrong) = room_name(view, name);
            line(ui, &view.get("field-room"), name, wrong.as_deref(), How::Line, true);
            line(ui, &view.get("field-topic"), topic, None, How::Line, false);
            check(ui, private, &view.get("new-room-private"));
            if answer(ui, view, &view.get("new-room-create"), parsed.is_some(), false)
                && let Some(room) = parsed
            {
                let request = Request::Create { room, topic: topic.trim().to_owned(), private: *private };
                view.push(Command::Ask(Purpose::Room, request));
            }
        }
        Dialog::Talk { names, title: group } => talk(ui, view, names, group),
        Dialog::Befriend { name, note } => {
            title(ui, &view.get("befriend-title"));
            let (parsed, wrong) = person_name(view, name);
            line(ui, &view.get("field-name"), name, wrong.as_deref(), How::Line, true);
            line(ui, &view.get("field-note"), note, None, How::Line, false);
            if answer(ui, view, &view.get("befriend-send"), parsed.is_some(), false)
                && let Some(name) = parsed
            {
                view.push(asked(Request::Befriend { name, note: note.trim().to_owned() }));
            }
        }
        Dialog::Invite { room, name } => {
            title(ui, &view.get("room-invite"));
            let (parsed, wrong) = person_name(view, name);
            line(ui, &view.get("field-name"), name, wrong.as_deref(), How::Line, true);
            if answer(ui, view, &view.get("invite-send"), parsed.is_some(), false)
                && let Some(name) = parsed
            {
                view.push(asked(Request::Invite { room: room.clone(), name }));
            }
        }
        Dialog::Topic { room, text } => {
            title(ui, &view.get("room-topic"));
            line(ui, &view.get("field-topic"), text, None, How::Line, true);
            if answer(ui, view, &view.get("save"), true, false) {
                view.push(asked(Request::Topic { room: room.clone(), text: text.trim().to_owned() }));
            }
        }
        Dialog::Report { room, seq, reason } => {
            title(ui, &view.get("report-title"));
            line(ui, &view.get("field-reason"), reason, None, How::Line, true);
            if answer(ui, view, &view.get("report-send"), true, false) {
                let reason = reason.trim().to_owned();
                view.push(asked(Request::Report { room: room.clone(), seq: *seq, reason }));
            }
        }
        Dialog::Presence { status, friends_only } => {
            title(ui, &view.get("person-presence"));
            line(ui, &view.get("field-status"), status, None, How::Line, true);
            check(ui, friends_only, &view.get("presence-friends-only"));
            if answer(ui, view, &view.get("save"), true, false) {
                let mode = view.model.presence.mode;
                let audience = if *friends_only { Audience::Friends } else { Audience::Rooms };
                view.push(asked(Request::Presence { mode, status: status.trim().to_owned(), audience }));
            }
        }
        Dialog::Account { password, invitation } => {
            title(ui, &view.get("account-title"));
            ui.label(RichText::new(view.get("account-hint")).color(palette(ui).weak));
            line(ui, &view.get("field-password"), password, None, How::Hidden, true);
            if let Some(code) = invitation {
                line(ui, &view.get("field-invitation"), code, None, How::Line, false);
            }
            if answer(ui, view, &view.get("sign-in-enter-new"), !password.is_empty(), false) {
                view.push(Command::MakeAccount(password.clone(), invitation.clone()));
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
            title(ui, &view.words.put("leave-title", [("room", shown(view, room).into())]));
            ui.label(RichText::new(view.get("leave-hint")).color(palette(ui).weak));
            if answer(ui, view, &view.get("room-leave"), true, true) {
                view.push(Command::User(User::Leave(room.clone())));
                view.push(Command::Show(None));
            }
        }
        Dialog::Discipline { room, name, measure, minutes, reason } => {
            discipline(ui, view, room, name, *measure, minutes, reason);
        }
        Dialog::Rename { room, to } => {
            title(ui, &view.get("room-rename"));
            let (parsed, wrong) = room_name(view, to);
            line(ui, &view.get("field-room"), to, wrong.as_deref(), How::Line, true);
            weak(ui, &view.get("rename-hint"));
            if answer(ui, view, &view.get("save"), parsed.is_some(), false)
                && let Some(to) = parsed
            {
                view.push(asked(Request::Rename { room: room.clone(), to }));
            }
        }
        Dialog::Close { room, reason } => {
            title(ui, &view.words.put("close-title", [("room", shown(view, room).into())]));
            ui.label(RichText::new(view.get("close-hint")).color(palette(ui).weak));
            line(ui, &view.get("field-reason"), reason, None, How::Line, true);
            if answer(ui, view, &view.get("close-do"), true, true) {
                let reason = reason.trim().to_owned();
                view.push(asked(Request::Close { room: room.clone(), reason }));
            }
        }
        Dialog::Give { room, name } => {
            let values = [("room", shown(view, room).into()), ("name", name.as_str().into())];
            title(ui, &view.words.put("give-title", values));
            ui.label(RichText::new(view.get("give-hint")).color(palette(ui).weak));
            if answer(ui, view, &view.get("give-do"), true, true) {
                view.push(asked(Request::Owner { room: room.clone(), name: name.clone() }));
            }
        }
        Dialog::Claim { code } => {
            title(ui, &view.get("claim-title"));
            ui.label(RichText::new(view.get("claim-hint")).color(palette(ui).weak));
            line(ui, &view.get("field-code-server"), code, None, How::Line, true);
            let parsed = OnceCode::new(code.trim());
            if answer(ui, view, &view.get("claim-do"), parsed.is_some(), false)
                && let Some(code) = parsed
            {
                view.push(asked(Request::Claim { code }));
            }
        }
        Dialog::Unsent { count, ends } => {
            title(ui, &view.words.put("unsent-title", [("count", (*count).into())]));
            ui.label(RichText::new(view.get("unsent-hint")).color(palette(ui).weak));
            if answer(ui, view, &view.get("unsent-go"), true, true) {
                view.push(Command::Show(None));
                view.push(if *ends { Command::End } else { Command::LeaveAtOnce });
            }
        }
        Dialog::Switcher { .. }
        | Dialog::Browse { .. }
        | Dialog::React { .. }
        | Dialog::Search(_)
        | Dialog::Day { .. }
        | Dialog::Versions { .. }
        | Dialog::Me
        | Dialog::Password { .. }
        | Dialog::Codes { .. }
        | Dialog::CodesOff { .. }
        | Dialog::Erase { .. }
        | Dialog::Server(_)
        | Dialog::JoinByLink { .. }
        | Dialog::LinkAway { .. }
        | Dialog::Link { .. }
        | Dialog::LinkMade { .. }
        | Dialog::Export { .. }
        | Dialog::SignIn { .. }
        | Dialog::Settings => {}
    }
}

/// What a room is shown under; of one that is not ours, what its administrators know it by.
fn shown(view: &View<'_>, room: &RoomName) -> String {
    let listed = || view.state.lists.all_rooms.iter().find(|row| row.room == *room)?.title.as_ref();
    match view.model.rooms.get(room) {
        Some(held) => held.shown(room),
        None => listed().unwrap_or(room).to_string(),
    }
}

/// Talks with one person, or makes a group of several.
fn talk(ui: &mut Ui, view: &mut View<'_>, names: &mut String, group: &mut String) {
    title(ui, &view.get("talk-title"));
    let parts = names.split([',', ' ']).map(|part| part.trim().trim_start_matches('@'));
    let parsed: Result<Vec<Name>, _> = parts.filter(|part| !part.is_empty()).map(Name::parse).collect();
    let wrong = parsed.as_ref().err().map(|error| view.words.name_error(error));
    line(ui, &view.get("field-names"), names, wrong.as_deref(), How::Line, true);
    let people = parsed.unwrap_or_default();
    let (mut called, mut wrong) = (None, None);
    if people.len() > 1 {
        if !group.trim().is_empty() {
            (called, wrong) = room_name(view, group);
        }
        line(ui, &view.get("field-group"), group, wrong.as_deref(), How::Line, false);
        weak(ui, &view.get("talk-group-hint"));
    }
    if answer(ui, view, &view.get("talk-start"), !people.is_empty() && wrong.is_none(), false) {
        let request = match people.as_slice() {
            [name] => Request::Direct { name: name.clone() },
            _ => Request::Group { people, title: called },
        };
        view.push(Command::Ask(Purpose::Room, request));
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
    line(ui, &view.get("field-reason"), reason, None, How::Line, true);
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

/// A person's name, or what is wrong with it; nothing is wrong with one that is still to be written.
fn person_name(view: &View<'_>, text: &str) -> (Option<Name>, Option<String>) {
    let text = text.trim().trim_start_matches('@');
    match Name::parse(text) {
        Ok(name) => (Some(name), None),
        Err(error) => (None, (!text.is_empty()).then(|| view.words.name_error(&error))),
    }
}

fn room_name(view: &View<'_>, text: &str) -> (Option<RoomName>, Option<String>) {
    let text = text.trim().trim_start_matches('#');
    match RoomName::parse(text) {
        Ok(room) if !room.is_given() => (Some(room), None),
        Ok(_) => (None, Some(view.get("name-bad"))),
        Err(error) => (None, (!text.is_empty()).then(|| view.words.name_error(&error))),
    }
}
