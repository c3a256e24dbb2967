//! The rooms that one is in, what is new in each, and the ways to others.

use super::View;
use super::person::{chosen_item, item};
use super::widgets::{avatar, badge, dot, lesser, line, list_row, section};
use crate::command::{Command, Purpose};
use crate::dialog::{Administration, Dialog};
use crate::state::Panel;
use crate::theme::{BODY, GRID, bold_format, format, medium, palette};
use egui::{Align, Button, Color32, Frame, Layout, Margin, Popup, ScrollArea, Stroke, Ui, pos2};
use sala_core::client::{Link, Model, RoomView, Stands, User};
use sala_core::entry::{Mode, RoomKind};
use sala_core::name::RoomName;
use sala_core::protocol::{Door, Request};

const ROW: f32 = 34.0;

/// Draws the column at the left.
pub(crate) fn sidebar(ui: &mut Ui, view: &mut View<'_>) {
    me(ui, view);
    ui.add_space(GRID);
    actions(ui, view);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        invitations(ui, view);
        let [rooms, directs] = sorted(view.model);
        section(ui, &view.get("sidebar-rooms"));
        for (key, held) in rooms {
            room(ui, view, key, held);
        }
        if !directs.is_empty() {
            ui.add_space(2.0 * GRID);
            section(ui, &view.get("sidebar-directs"));
            for (key, held) in directs {
                room(ui, view, key, held);
            }
        }
    });
}

/// The rooms, and the conversations of two, each by what they are shown under.
fn sorted(model: &Model) -> [Vec<(&RoomName, &RoomView)>; 2] {
    let (directs, rooms): (Vec<_>, Vec<_>) =
        model.rooms.iter().partition(|(_, held)| held.kind == RoomKind::Direct);
    [rooms, directs].map(|mut rooms| {
        rooms.sort_by_cached_key(|(key, held)| held.shown(key).to_lowercase());
        rooms
    })
}

/// All rooms in the order in which they are shown.
pub(crate) fn in_order(model: &Model) -> Vec<&RoomName> {
    sorted(model).into_iter().flatten().map(|(key, _)| key).collect()
}

/// Who one is here, and how one is seen.
fn me(ui: &mut Ui, view: &mut View<'_>) {
    let name = view.model.name.clone();
    let presence = &view.model.presence;
    let state = if view.model.link == Link::Online { mode_key(presence.mode) } else { "presence-offline" };
    let below = if presence.status.is_empty() { view.get(state) } else { presence.status.clone() };
    let label = view.words.put("sidebar-me", [("name", name.as_str().into())]);
    let online = view.model.link == Link::Online;
    let mode = presence.mode;
    let response = list_row(ui, 52.0, false, &label, |ui, rect, palette| {
        let center = pos2(rect.left() + 26.0, rect.center().y);
        avatar(ui, center, 36.0, name.as_str());
        let color = if online { mode_color(ui, mode) } else { palette.weak };
        dot(ui, center + egui::vec2(13.0, 13.0), color, palette.side);
        let left = rect.left() + 54.0;
        let width = rect.right() - left - 8.0;
        line(ui, pos2(left, rect.center().y - 9.0), width, name.as_str(), bold_format(BODY, palette.text));
        line(ui, pos2(left, rect.center().y + 10.0), width, &below, lesser(palette));
    });
    Popup::menu(&response).show(|ui| {
        ui.set_min_width(210.0);
        for mode in [Mode::Online, Mode::Away, Mode::Busy, Mode::Invisible] {
            if chosen_item(ui, view, mode_key(mode), mode == view.model.presence.mode) {
                let (status, audience) = (view.model.presence.status.clone(), view.model.presence.audience);
                view.push(Command::Ask(Purpose::Plain, Request::Presence { mode, status, audience }));
            }
        }
        if item(ui, view, "person-presence") {
            view.push(super::person::presence(view));
        }
        ui.separator();
        if !view.model.account && item(ui, view, "account-title") {
            view.push(Command::Show(Some(Dialog::Account { password: String::new(), invitation: None })));
        }
        if item(ui, view, "sidebar-account") {
            view.push(Command::Show(Some(Dialog::Me)));
        }
        if view.model.admin && item(ui, view, "sidebar-server") {
            let filled = Administration { minutes: Some(24 * 60), ..Administration::default() };
            view.push(Command::Show(Some(Dialog::Server(filled))));
        }
        if item(ui, view, "sidebar-settings") {
            view.push(Command::Show(Some(Dialog::Settings)));
        }
        if item(ui, view, "sidebar-leave") {
            view.push(Command::Leave);
        }
    });
}

pub(crate) fn mode_key(mode: Mode) -> &'static str {
    match mode {
        Mode::Away => "presence-away",
        Mode::Busy => "presence-busy",
        Mode::Invisible => "presence-invisible",
        _ => "presence-online",
    }
}

pub(crate) fn mode_color(ui: &Ui, mode: Mode) -> Color32 {
    let palette = palette(ui);
    match mode {
        Mode::Away => palette.warn,
        Mode::Busy => palette.danger,
        Mode::Invisible => palette.weak,
        _ => palette.here,
    }
}

/// The ways to other rooms and to whom one knows.
fn actions(ui: &mut Ui, view: &mut View<'_>) {
    let asking = view.model.contacts.values().filter(|contact| contact.stands == Stands::AskedBy).count();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        let quick = Button::new(medium(view.get("sidebar-find")).color(palette(ui).weak))
            .right_text(egui::RichText::new("Ctrl K").small().color(palette(ui).weak))
            .stroke(Stroke::NONE);
        let width = ui.available_width() - 48.0;
        if ui.add(quick.min_size(egui::vec2(width, 0.0))).clicked() {
            view.push(Command::Show(Some(Dialog::Switcher { query: String::new(), at: 0 })));
        }
        let more =
            ui.add(Button::new(medium("+").size(18.0)).stroke(Stroke::NONE).min_size(egui::vec2(34.0, 0.0)));
        let more = more.accessible_name(view.get("sidebar-more")).on_hover_text(view.get("sidebar-more"));
        Popup::menu(&more).show(|ui| ways(ui, view));
    });
    ui.add_space(GRID);
    let chosen = view.panel == Some(Panel::Friends);
    let values = [("count", asking.into())];
    let label = view.words.put("sidebar-friends", values);
    let shown = view.get("friends-title");
    let response = list_row(ui, ROW, chosen, &label, |ui, rect, palette| {
        line(
            ui,
            rect.left_center() + egui::vec2(12.0, 0.0),
            rect.width(),
            &shown,
            format(BODY, palette.text),
        );
        if asking > 0 {
            badge(ui, rect.right_center() - egui::vec2(10.0, 0.0), &asking.to_string(), true);
        }
    });
    if response.clicked() {
        view.push(Command::Side(if chosen { None } else { Some(Panel::Friends) }));
    }
}

fn ways(ui: &mut Ui, view: &mut View<'_>) {
    ui.set_min_width(210.0);
    if item(ui, view, "sidebar-browse") {
        view.push(Command::User(User::Rooms));
        view.push(Command::Show(Some(Dialog::Browse { query: String::new() })));
    }
    if item(ui, view, "sidebar-new-room") {
        let dialog = Dialog::NewRoom { name: String::new(), topic: String::new(), private: false };
        view.push(Command::Show(Some(dialog)));
    }
    if item(ui, view, "sidebar-talk") {
        view.push(Command::Show(Some(Dialog::Talk { names: String::new(), title: String::new() })));
    }
    if item(ui, view, "sidebar-link") {
        view.push(Command::Show(Some(Dialog::JoinByLink { link: String::new() })));
    }
}

/// The rooms that one may come into.
fn invitations(ui: &mut Ui, view: &mut View<'_>) {
    if view.model.invitations.is_empty() {
        return;
    }
    section(ui, &view.get("sidebar-invitations"));
    let invitations: Vec<_> = view.model.invitations.values().cloned().collect();
    for invitation in invitations {
        let title = match &invitation.title {
            Some(title) => title.to_string(),
            None if invitation.room.is_given() => view.get("invitation-group"),
            None => invitation.room.to_string(),
        };
        let by = view.words.put("sidebar-invited-by", [("name", invitation.by.as_str().into())]);
        let inner = Frame::new().inner_margin(Margin { left: 12, right: 0, top: 0, bottom: 6 });
        inner.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.label(medium(&title));
            ui.label(egui::RichText::new(by).small().color(palette(ui).weak));
            ui.horizontal(|ui| {
                ui.spacing_mut().interact_size.y = 26.0;
                if ui.button(view.get("invitation-join")).clicked() {
                    let request = Request::Join { door: Door::Room(invitation.room.clone()) };
                    view.push(Command::Ask(Purpose::Room, request));
                }
                if ui.button(view.get("invitation-decline")).clicked() {
                    let request = Request::Decline { room: invitation.room.clone() };
                    view.push(Command::Ask(Purpose::Plain, request));
                }
            });
        });
    }
    ui.add_space(GRID);
}

/// A room, and how much in it is new.
fn room(ui: &mut Ui, view: &mut View<'_>, key: &RoomName, held: &RoomView) {
    let chosen = view.state.room.as_ref() == Some(key);
    let shown = held.shown(key);
    let values =
        [("room", shown.as_str().into()), ("unread", held.unread.into()), ("mentions", held.mentions.into())];
    let label = view.words.put("sidebar-room", values);
    let here = held.with.as_ref().and_then(|with| held.members.get(with)).filter(|member| member.here);
    let waiting = view.model.outbox.posts().any(|post| post.room == *key);
    let draft = view.state.rooms.get(key).is_some_and(|desk| !desk.draft.trim().is_empty()) && !chosen;
    let response = list_row(ui, ROW, chosen, &label, |ui, rect, palette| {
        let left = rect.left() + 12.0;
        let color = if held.unread > 0 || chosen { palette.text } else { palette.weak };
        match held.kind {
            RoomKind::Direct => {
                let center = pos2(left + 9.0, rect.center().y);
                avatar(ui, center, 22.0, &shown);
                if let Some(member) = here {
                    dot(ui, center + egui::vec2(8.0, 7.0), mode_color(ui, member.mode), palette.side);
                }
            }
            RoomKind::Public => {
                line(ui, pos2(left + 3.0, rect.center().y), 20.0, "#", format(BODY, palette.weak));
            }
            RoomKind::Private | RoomKind::Group => lock(ui, pos2(left + 8.0, rect.center().y), palette.weak),
        }
        let mut right = rect.right() - 10.0;
        if held.mentions > 0 {
            right -=
                badge(ui, pos2(right, rect.center().y), &format!("@{}", short(held.mentions)), true) + 4.0;
        }
        if held.unread > held.mentions {
            right -= badge(ui, pos2(right, rect.center().y), &short(held.unread), false) + 4.0;
        }
        if waiting || draft {
            ui.painter().circle_filled(pos2(right - 6.0, rect.center().y), 3.0, palette.warn);
            right -= 14.0;
        }
        let look = if held.unread > 0 { bold_format(BODY, color) } else { format(BODY, color) };
        line(ui, pos2(left + 26.0, rect.center().y), right - left - 30.0, &shown, look);
    });
    if response.clicked() {
        view.push(Command::Open(key.clone()));
    }
    response.context_menu(|ui| {
        if item(ui, view, "room-read") {
            view.push(Command::User(User::Read(key.clone())));
        }
        if held.kind != RoomKind::Direct && item(ui, view, "room-leave") {
            view.push(Command::Show(Some(Dialog::LeaveRoom { room: key.clone() })));
        }
    });
}

/// A number that fits a badge.
fn short(number: u64) -> String {
    if number > 99 { "99+".to_owned() } else { number.to_string() }
}

/// The sign of a room that is not for everybody.
fn lock(ui: &Ui, center: egui::Pos2, color: Color32) {
    let body = egui::Rect::from_center_size(center + egui::vec2(0.0, 2.0), egui::vec2(10.0, 7.5));
    ui.painter().rect_filled(body, 2.0, color);
    let bow = egui::Rect::from_center_size(center - egui::vec2(0.0, 3.0), egui::vec2(6.0, 8.0));
    ui.painter().rect_stroke(bow, 3.0, Stroke::new(1.5, color), egui::StrokeKind::Inside);
}

/// The layout of things that stand at the right end of a line.
pub(crate) fn at_right() -> Layout {
    Layout::right_to_left(Align::Center)
}
