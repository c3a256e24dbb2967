//! The first screen: to whom to talk, and as whom.

use super::View;
use super::toasts::toasts;
use super::widgets::{How, choice, field, list_row, primary, quiet};
use crate::command::Command;
use crate::state::{Door, Field, Form};
use crate::theme::{BODY, GRID, HEAD, SMALL, bold, format, medium, palette};
use egui::{CentralPanel, Frame, Key, Margin, Response, RichText, ScrollArea, Stroke, Ui, pos2, vec2};
use sala_core::client::Link;

const WIDTH: f32 = 380.0;

/// Draws the screen on which one comes in.
pub(crate) fn sign_in(ui: &mut Ui, view: &mut View<'_>) {
    let palette = palette(ui);
    CentralPanel::default().frame(Frame::new().fill(palette.side)).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            // As high as it was in the picture before: there are more fields at some doors than at others.
            let high_id = ui.scope_id().with("high");
            let high = ui.data(|data| data.get_temp(high_id)).unwrap_or(560.0_f32);
            let space = ((ui.available_height() - high) / 2.0).max(4.0 * GRID);
            ui.add_space(space);
            let top = ui.cursor().top();
            ui.vertical_centered(|ui| {
                ui.set_max_width(WIDTH);
                mark(ui);
                ui.add_space(2.0 * GRID);
                ui.label(bold(view.get("app-name")).size(HEAD).color(palette.text));
                ui.label(RichText::new(view.get("app-motto")).color(palette.weak));
                ui.add_space(5.0 * GRID);
                let card = Frame::new()
                    .fill(palette.ground)
                    .stroke(Stroke::new(1.0, palette.line))
                    .corner_radius(14)
                    .inner_margin(Margin::same(24));
                card.show(ui, |ui| {
                    ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| form(ui, view));
                });
                recent(ui, view);
                ui.add_space(6.0 * GRID);
            });
            let now = ui.cursor().top() - top;
            if (now - high).abs() > 0.5 {
                ui.data_mut(|data| data.insert_temp(high_id, now));
                ui.ctx().request_repaint();
            }
        });
    });
    toasts(ui, view);
}

/// Three people around a table, seen from above: what the program is called after.
fn mark(ui: &mut Ui) {
    let palette = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(56.0, 56.0), egui::Sense::hover());
    let (painter, center) = (ui.painter(), rect.center());
    painter.rect_filled(rect, 16.0, palette.accent);
    painter.circle_stroke(center, 9.0, Stroke::new(3.0, palette.on_accent));
    for (x, y) in [(0.0, -18.0), (-15.6, 9.0), (15.6, 9.0)] {
        painter.circle_filled(center + vec2(x, y), 4.5, palette.on_accent);
    }
}

fn form(ui: &mut Ui, view: &mut View<'_>) {
    let palette = palette(ui);
    let form = view.state.form.clone();
    let mut new = form.clone();
    let wrong =
        |field: Field| form.wrong.as_ref().filter(|(at, _)| *at == field).map(|(_, text)| text.as_str());
    ui.spacing_mut().item_spacing.y = GRID;
    ui.add_enabled_ui(!form.coming, |ui| {
        let doors = [
            (Door::Guest, view.get("sign-in-guest")),
            (Door::SignIn, view.get("sign-in-account")),
            (Door::Register, view.get("sign-in-register")),
        ];
        // Whoever has lost his password comes from the door of accounts.
        let shown = if form.door == Door::Recover { Door::SignIn } else { form.door };
        if let Some(door) = choice(ui, &doors, shown) {
            (new.door, new.wrong, new.code_needed) = (door, None, false);
            new.code.clear();
        }
        ui.add_space(2.0 * GRID);
        let hint = match form.door {
            Door::Guest => "sign-in-guest-hint",
            Door::Recover => "sign-in-recover-hint",
            Door::SignIn => "sign-in-account-hint",
            Door::Register => "sign-in-register-hint",
        };
        ui.label(RichText::new(view.get(hint)).size(SMALL).color(palette.weak));
        if form.link.is_some() {
            ui.add_space(GRID);
            ui.label(medium(view.get("sign-in-link")).size(SMALL).color(palette.accent));
        }
        ui.add_space(3.0 * GRID);
        let mut entered = false;
        let free = ui.memory(|memory| memory.focused().is_none());
        let wrong_at = form.wrong.as_ref().map(|(at, _)| *at);
        let mut take = |at: Field, (response, text): (Response, Option<String>), held: &mut String| {
            // What is wrong is most likely written anew.
            if free && wrong_at == Some(at) {
                response.request_focus();
            }
            entered |= response.lost_focus() && response.ctx.input(|input| input.key_pressed(Key::Enter));
            if let Some(text) = text {
                *held = text;
                return true;
            }
            false
        };
        let mut changed = false;
        changed |= take(
            Field::Server,
            field(ui, &view.get("field-server"), &form.server, wrong(Field::Server), How::Line),
            &mut new.server,
        );
        ui.add_space(3.0 * GRID);
        let name = if form.door == Door::Guest { "field-nickname" } else { "field-name" };
        let of_name = field(ui, &view.get(name), &form.name, wrong(Field::Name), How::Line);
        // Nothing else is missing at first.
        if form.name.is_empty() && ui.memory(|memory| memory.focused().is_none()) {
            of_name.0.request_focus();
        }
        changed |= take(Field::Name, of_name, &mut new.name);
        if form.door == Door::Recover {
            ui.add_space(3.0 * GRID);
            let text = view.get("field-code-recover");
            changed |=
                take(Field::Code, field(ui, &text, &form.code, wrong(Field::Code), How::Line), &mut new.code);
        }
        if form.door != Door::Guest {
            ui.add_space(3.0 * GRID);
            let key = if form.door == Door::Recover { "field-password-new" } else { "field-password" };
            let text = view.get(key);
            changed |= take(
                Field::Password,
                field(ui, &text, &form.password, wrong(Field::Password), How::Hidden),
                &mut new.password,
            );
        }
        if form.code_needed && matches!(form.door, Door::SignIn | Door::Register) {
            ui.add_space(3.0 * GRID);
            let key = if form.door == Door::Register { "field-invitation" } else { "field-code" };
            let text = view.get(key);
            changed |=
                take(Field::Code, field(ui, &text, &form.code, wrong(Field::Code), How::Line), &mut new.code);
        }
        if changed {
            new.wrong = None;
            new.take_link();
        }
        if let Some(text) = wrong(Field::Form) {
            ui.add_space(2.0 * GRID);
            ui.label(RichText::new(text).color(palette.danger));
        }
        ui.add_space(4.0 * GRID);
        if !form.coming {
            ui.scope(|ui| {
                ui.spacing_mut().interact_size.y = 40.0;
                let text = match form.door {
                    Door::Guest => "sign-in-enter",
                    Door::SignIn => "sign-in-enter-account",
                    Door::Recover => "sign-in-enter-recover",
                    Door::Register => "sign-in-enter-new",
                };
                let clicked =
                    ui.vertical_centered_justified(|ui| primary(ui, &view.get(text)).clicked()).inner;
                if clicked || entered {
                    view.push(Command::ComeIn);
                }
            });
            let other = match form.door {
                Door::SignIn => Some(("sign-in-recover", Door::Recover)),
                Door::Recover => Some(("sign-in-recover-back", Door::SignIn)),
                Door::Guest | Door::Register => None,
            };
            if let Some((key, door)) = other
                && quiet(ui, RichText::new(view.get(key)).size(SMALL).color(palette.accent)).clicked()
            {
                (new.door, new.wrong, new.code_needed) = (door, None, false);
                new.code.clear();
            }
        }
    });
    if new != form {
        // What is to be done with the form comes after what it is to hold.
        view.commands.insert(0, Command::Fill(new));
    }
    if form.coming {
        coming(ui, view);
    }
}

/// How far coming in has got.
fn coming(ui: &mut Ui, view: &mut View<'_>) {
    let palette = palette(ui);
    let text = match &view.model.link {
        Link::Waiting { until, why } => {
            let ms = until.since(view.now.tick);
            if ms > 0 {
                ui.ctx().request_repaint_after(std::time::Duration::from_millis((ms - 1) % 1_000 + 1));
            }
            let why = why.strip_prefix("the server cannot be reached: ").unwrap_or(why);
            ui.label(RichText::new(why).size(SMALL).color(palette.danger));
            let key = if view.state.nonsense { "link-nonsense" } else { "coming-waiting" };
            view.words.put(key, [("seconds", ms.div_ceil(1_000).into())])
        }
        _ => view.get("link-connecting"),
    };
    ui.label(medium(text).color(palette.weak));
    ui.add_space(2.0 * GRID);
    if ui.button(view.get("cancel")).clicked() {
        view.push(Command::Leave);
    }
}

/// Where one came in before.
fn recent(ui: &mut Ui, view: &mut View<'_>) {
    let recent = view.state.settings.recent.clone();
    if recent.is_empty() || view.state.form.coming {
        return;
    }
    let palette = palette(ui);
    ui.add_space(5.0 * GRID);
    ui.label(medium(view.get("sign-in-recent")).size(SMALL).color(palette.weak));
    ui.spacing_mut().item_spacing.y = 2.0;
    for (index, place) in recent.iter().enumerate() {
        let name = format!("{} · {}", place.name, place.server);
        let row = list_row(ui, 44.0, false, &name, |ui, rect, palette| {
            super::widgets::avatar(ui, pos2(rect.left() + 24.0, rect.center().y), 28.0, &place.name);
            let left = rect.left() + 50.0;
            let width = rect.width() - 60.0;
            super::widgets::line(
                ui,
                pos2(left, rect.center().y - 8.0),
                width,
                &place.name,
                format(BODY, palette.text),
            );
            super::widgets::line(
                ui,
                pos2(left, rect.center().y + 10.0),
                width,
                &place.server,
                format(SMALL, palette.weak),
            );
        });
        if row.clicked() {
            let door = if place.account { Door::SignIn } else { Door::Guest };
            let held = &view.state.form;
            let link = held.link.clone().filter(|_| held.server == place.server);
            let (server, name) = (place.server.clone(), place.name.clone());
            let form = Form { door, server, name, link, ..Form::default() };
            view.push(Command::Fill(form));
            view.push(Command::ComeIn);
        }
        row.context_menu(|ui| {
            if super::person::item(ui, view, "sign-in-forget") {
                view.push(Command::Forget(index));
            }
        });
    }
}
