//! Whom one knows: who asks, who is asked, friends and how they are seen, and who is kept away.

use super::View;
use super::person::person_menu;
use super::sidebar::{mode_color, mode_key};
use super::widgets::{avatar, dot, lesser, line, list_row, nothing, section};
use crate::command::{Command, Purpose};
use crate::dialog::Dialog;
use crate::theme::{BODY, GRID, SMALL, format, medium, palette};
use egui::{Popup, RichText, ScrollArea, Ui, pos2, vec2};
use sala_core::client::{Contact, Stands};
use sala_core::name::Name;
use sala_core::protocol::Request;

/// Draws whom one knows.
pub(crate) fn friends(ui: &mut Ui, view: &mut View<'_>) {
    if !view.model.account {
        nothing(ui, &view.get("friends-guest"));
        if ui.button(medium(view.get("account-title"))).clicked() {
            view.push(Command::Show(Some(Dialog::Account { password: String::new(), invitation: None })));
        }
        return;
    }
    if ui.button(medium(view.get("friends-add"))).clicked() {
        let dialog = Dialog::Befriend { name: String::new(), note: String::new() };
        view.push(Command::Show(Some(dialog)));
    }
    if view.model.contacts.is_empty() {
        ui.add_space(2.0 * GRID);
        nothing(ui, &view.get("friends-none"));
        return;
    }
    ScrollArea::vertical().id_salt("friends").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (stands, key) in [
            (Stands::AskedBy, "friends-asked-by"),
            (Stands::Friend, "friends-friends"),
            (Stands::Asked, "friends-asked"),
            (Stands::Blocked, "friends-blocked"),
        ] {
            let model = view.model;
            let mut people: Vec<(&Name, &Contact)> =
                model.contacts.iter().filter(|(_, contact)| contact.stands == stands).collect();
            people.sort_by_key(|(_, contact)| !contact.here);
            if people.is_empty() {
                continue;
            }
            section(ui, &view.words.put(key, [("count", people.len().into())]));
            for (name, contact) in people {
                person(ui, view, name, contact);
            }
        }
    });
}

fn person(ui: &mut Ui, view: &mut View<'_>, name: &Name, contact: &Contact) {
    let below = match contact.stands {
        Stands::AskedBy | Stands::Asked => contact.note.clone(),
        Stands::Friend if !contact.here => view.get("presence-offline"),
        Stands::Friend if contact.status.is_empty() => view.get(mode_key(contact.mode)),
        Stands::Friend => contact.status.clone(),
        Stands::Blocked => String::new(),
    };
    let response = list_row(ui, 44.0, false, name.as_str(), |ui, rect, palette| {
        let center = pos2(rect.left() + 22.0, rect.center().y);
        avatar(ui, center, 30.0, name.as_str());
        if contact.here {
            dot(ui, center + vec2(11.0, 11.0), mode_color(ui, contact.mode), palette.side);
        }
        let left = rect.left() + 46.0;
        let width = rect.right() - left - 8.0;
        let up = if below.is_empty() { 0.0 } else { 9.0 };
        line(ui, pos2(left, rect.center().y - up), width, name.as_str(), format(BODY, palette.text));
        line(ui, pos2(left, rect.center().y + 9.0), width, &below, lesser(palette));
    });
    Popup::menu(&response).show(|ui| person_menu(ui, view, None, name));
    if contact.stands != Stands::AskedBy {
        return;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 26.0;
        ui.add_space(46.0);
        let ask = |request| Command::Ask(Purpose::Plain, request);
        let text = |text: String| RichText::new(text).size(SMALL).color(palette(ui).text);
        let (accept, decline) = (text(view.get("person-accept")), text(view.get("person-decline")));
        if ui.button(accept).clicked() {
            view.push(ask(Request::Befriend { name: name.clone(), note: String::new() }));
        }
        if ui.button(decline).clicked() {
            view.push(ask(Request::Unfriend { name: name.clone() }));
        }
    });
}
