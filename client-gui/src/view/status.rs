//! How things stand with the server, where that is not well.

use super::View;
use super::widgets::at_end;
use crate::command::Command;
use crate::dialog::Dialog;
use crate::theme::{medium, palette};
use egui::{Align, Button, Frame, Label, Layout, Margin, Panel, Stroke, Ui};
use sala_core::client::{Link, User};
use sala_core::refusal::Code;
use std::time::Duration;

/// Says that the server is away, when it is tried again, and lets one try now.
pub(crate) fn status(ui: &mut Ui, view: &mut View<'_>) {
    let palette = palette(ui);
    let (text, button, fill, color) = match &view.model.link {
        Link::Online => return,
        Link::Dialling | Link::Entering => {
            (view.get("link-connecting"), None, palette.warn_tint, palette.warn)
        }
        Link::Waiting { until, .. } => {
            let ms = until.since(view.now.tick);
            let seconds = ms.div_ceil(1_000);
            // Nothing but the countdown moves by itself, and only when a whole number of seconds is left.
            if ms > 0 {
                ui.ctx().request_repaint_after(Duration::from_millis((ms - 1) % 1_000 + 1));
            }
            let key = if view.state.nonsense { "link-nonsense" } else { "link-waiting" };
            let text = view.words.put(key, [("seconds", seconds.into())]);
            (text, Some(("link-now", Command::User(User::DialNow))), palette.warn_tint, palette.warn)
        }
        Link::Closed { code, why } => {
            let text = view.words.closed(code, why);
            let again = match code.as_str() {
                // The token is as good as before.
                "closed" => ("link-now", Command::User(User::DialNow)),
                code if view.model.account && a_password_helps(code) => {
                    let dialog = Dialog::SignIn { password: String::new(), code: String::new() };
                    ("link-sign-in", Command::Show(Some(dialog)))
                }
                _ => ("link-sign-in", Command::Leave),
            };
            (text, Some(again), palette.danger_tint, palette.danger)
        }
    };
    let why = match &view.model.link {
        Link::Waiting { why, .. } => why.clone(),
        _ => String::new(),
    };
    let frame = Frame::new().fill(fill).inner_margin(Margin::symmetric(20, 8));
    Panel::top("status").frame(frame).show_separator_line(false).show(ui, |ui| {
        // The button first: in a narrow window the words have what is left, and as many lines as they need.
        at_end(ui, |ui| {
            if let Some((key, command)) = button {
                ui.spacing_mut().interact_size.y = 26.0;
                let text = medium(view.get(key)).color(color);
                let button = Button::new(text).fill(fill).stroke(Stroke::new(1.0, color));
                if ui.add(button).clicked() {
                    view.push(command);
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = ui.add(Label::new(medium(text).color(color)).wrap());
                if !why.is_empty() {
                    label.on_hover_text(&why);
                }
            });
        });
    });
}

/// Whether one who was in comes back by his password, where the link is closed by this code.
fn a_password_helps(code: &str) -> bool {
    let shut_out = [Code::NameTaken, Code::TooManyDevices].map(Code::as_str);
    let mistaken = [Code::WrongPassword, Code::CodeNeeded, Code::WrongCode].map(Code::as_str);
    code == "revoked" || shut_out.contains(&code) || mistaken.contains(&code)
}
