//! One's account: how one signs in and on which devices, and the end of it.

use super::{answer, line, title};
use crate::command::{Command, Purpose};
use crate::dialog::{Dialog, Enrolment};
use crate::theme::{GRID, medium, palette};
use crate::view::View;
use crate::view::picture::picture;
use crate::view::widgets::{How, at_end, primary, section, weak};
use crate::visible::visible;
use egui::{RichText, ScrollArea, Ui};
use sala_core::limits::{DEVICE_LABEL_CHARS_MAX, PASSWORD_BYTES_MIN};
use sala_core::protocol::{DeviceInfo, Request};
use sala_core::refusal::Code;
use sala_core::secret::Password;
use sala_net::profile::{grouped, spaced};

/// Height of the list of devices, at most.
const LIST: f32 = 220.0;

/// Sees to one's account and devices.
pub(super) fn me(ui: &mut Ui, view: &mut View<'_>) {
    title(ui, &view.get("me-title"));
    let account = view.model.account;
    let key = if account { "me-account" } else { "me-guest" };
    weak(ui, &view.words.put(key, [("name", view.model.name.as_str().into())]));
    if account {
        signing_in(ui, view);
    } else if primary(ui, &view.get("account-title")).clicked() {
        view.push(Command::Show(Some(Dialog::Account { password: String::new(), invitation: None })));
    }
    devices(ui, view);
    if let Some(refused) = &view.state.refused {
        ui.label(RichText::new(refused).color(palette(ui).danger));
    }
    ui.add_space(GRID);
    ui.horizontal_wrapped(|ui| {
        if !view.model.admin && ui.button(view.get("claim-title")).clicked() {
            view.push(Command::Show(Some(Dialog::Claim { code: String::new() })));
        }
        let text = RichText::new(view.get("erase-open")).color(palette(ui).danger);
        if ui.button(text).clicked() {
            let dialog = Dialog::Erase { password: String::new(), name: String::new() };
            view.push(Command::Show(Some(dialog)));
        }
    });
    at_end(ui, |ui| {
        if primary(ui, &view.get("close")).clicked() {
            view.push(Command::Show(None));
        }
    });
}

fn signing_in(ui: &mut Ui, view: &mut View<'_>) {
    section(ui, &view.get("me-signing-in"));
    if let Some(codes) = view.state.lists.codes {
        let key = if codes.on { "me-codes-on" } else { "me-codes-off" };
        weak(ui, &view.words.put(key, [("count", codes.recovery.into())]));
    }
    ui.horizontal_wrapped(|ui| {
        if ui.button(view.get("password-open")).clicked() {
            let dialog = Dialog::Password { old: String::new(), new: String::new() };
            view.push(Command::Show(Some(dialog)));
        }
        match view.state.lists.codes {
            Some(codes) if codes.on => {
                if ui.button(view.get("codes-new")).clicked() {
                    view.push(Command::Enrol);
                }
                if ui.button(view.get("codes-off-open")).clicked() {
                    view.push(Command::Show(Some(Dialog::CodesOff { password: String::new() })));
                }
            }
            Some(_) if ui.button(view.get("codes-on-open")).clicked() => view.push(Command::Enrol),
            _ => {}
        }
    });
}

fn devices(ui: &mut Ui, view: &mut View<'_>) {
    let Some(devices) = view.state.lists.devices.clone() else { return };
    section(ui, &view.words.put("devices-title", [("count", devices.len().into())]));
    let area = ScrollArea::vertical().id_salt("devices").max_height(LIST).min_scrolled_height(LIST);
    area.auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = GRID;
        for info in &devices {
            device(ui, view, info);
        }
    });
    if devices.len() > 1 && ui.button(view.get("devices-revoke-all")).clicked() {
        view.push(Command::Ask(Purpose::Again, Request::Revoke { device: None }));
    }
}

fn device(ui: &mut Ui, view: &mut View<'_>, device: &DeviceInfo) {
    let none = view.get("device-unnamed");
    let label = if device.label.is_empty() { &none } else { &device.label };
    let day = view.words.day(view.when.day(device.seen), view.when.day(view.now.wall));
    let below = match (device.this, device.here) {
        (true, _) => view.get("device-this"),
        (_, true) => view.get("device-here"),
        _ => view.words.put("device-seen", [("day", day.into())]),
    };
    ui.horizontal(|ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let clipped: String = label.chars().take(DEVICE_LABEL_CHARS_MAX).collect();
            ui.label(medium(visible(&clipped)));
            weak(ui, &below);
        });
        if !device.this {
            at_end(ui, |ui| {
                let name = view.words.put("device-revoke", [("label", label.as_str().into())]);
                if ui.button(view.get("device-shut-out")).accessible_name(name).clicked() {
                    let request = Request::Revoke { device: Some(device.device) };
                    view.push(Command::Ask(Purpose::Again, request));
                }
            });
        }
    });
}

/// Changes one's password.
pub(super) fn password(ui: &mut Ui, view: &mut View<'_>, old: &mut String, new: &mut String) {
    title(ui, &view.get("password-title"));
    weak(ui, &view.get("password-hint"));
    line(ui, &view.get("field-password-old"), old, None, How::Hidden, true);
    let short = !new.is_empty() && new.len() < PASSWORD_BYTES_MIN;
    let wrong = short.then(|| view.get("refused-weak-password"));
    line(ui, &view.get("field-password-new"), new, wrong.as_deref(), How::Hidden, false);
    let chosen = Password::chosen(new.clone()).ok().zip(Password::claimed(old.clone()));
    if answer(ui, view, &view.get("password-change"), !old.is_empty() && chosen.is_some(), false)
        && let Some((password, old)) = chosen
    {
        view.push(Command::Ask(Purpose::Dialog, Request::Password { old, password }));
    }
}

/// Has signing in ask for one-time codes: shows what the authenticator needs and what is to be kept, and wants a code.
pub(super) fn codes(
    ui: &mut Ui,
    view: &mut View<'_>,
    password: &mut String,
    code: &mut String,
    enrolment: &Enrolment,
) {
    title(ui, &view.get("codes-title"));
    weak(ui, &view.get("codes-hint"));
    ui.horizontal_top(|ui| {
        picture(ui, &view.get("codes-picture"), &enrolment.uri);
        ui.vertical(|ui| {
            weak(ui, &view.get("codes-by-hand"));
            ui.label(RichText::new(spaced(&enrolment.secret)).monospace());
            if ui.button(view.get("codes-copy-uri")).clicked() {
                view.push(Command::Copy(enrolment.uri.clone()));
            }
        });
    });
    let codes: Vec<String> = enrolment.recovery.iter().map(grouped).collect();
    weak(ui, &view.get("codes-recovery"));
    ui.label(RichText::new(in_columns(&codes)).monospace());
    if ui.button(view.get("codes-copy")).clicked() {
        view.push(Command::Copy(codes.join("\n")));
    }
    line(ui, &view.get("field-password"), password, None, How::Hidden, true);
    line(ui, &view.get("field-code-shown"), code, None, How::Line, false);
    let bare: String = code.chars().filter(char::is_ascii_digit).collect();
    let claimed = Password::claimed(password.clone()).filter(|_| !password.is_empty());
    if answer(ui, view, &view.get("codes-turn-on"), bare.len() == 6 && claimed.is_some(), false)
        && let Some(password) = claimed
    {
        let Enrolment { secret, recovery, .. } = enrolment.clone();
        view.push(Command::Ask(Purpose::Dialog, Request::Totp { password, secret, code: bare, recovery }));
    }
}

/// Has signing in ask for none any more.
pub(super) fn codes_off(ui: &mut Ui, view: &mut View<'_>, password: &mut String) {
    title(ui, &view.get("codes-off-title"));
    line(ui, &view.get("field-password"), password, None, How::Hidden, true);
    let claimed = Password::claimed(password.clone()).filter(|_| !password.is_empty());
    if answer(ui, view, &view.get("codes-turn-off"), claimed.is_some(), true)
        && let Some(password) = claimed
    {
        view.push(Command::Ask(Purpose::Dialog, Request::TotpOff { password }));
    }
}

/// Signs in again on this device, which was shut out.
pub(super) fn sign_in_again(ui: &mut Ui, view: &mut View<'_>, password: &mut String, code: &mut String) {
    title(ui, &view.words.put("again-title", [("name", view.model.name.as_str().into())]));
    weak(ui, &view.get("again-hint"));
    line(ui, &view.get("field-password"), password, None, How::Hidden, true);
    let asked = [Code::CodeNeeded, Code::WrongCode].map(Code::as_str);
    if view.model.link.closed().is_some_and(|(code, _)| asked.contains(&code)) {
        line(ui, &view.get("field-code"), code, None, How::Line, false);
    }
    let claimed = Password::claimed(password.clone()).filter(|_| !password.is_empty());
    if answer(ui, view, &view.get("sign-in-enter-account"), claimed.is_some(), false)
        && let Some(password) = claimed
    {
        let code = Some(code.trim().to_owned()).filter(|code| !code.is_empty());
        view.push(Command::SignInAgain(password, code));
    }
}

/// Erases one's account, once its name is written.
pub(super) fn erase(ui: &mut Ui, view: &mut View<'_>, password: &mut String, name: &mut String) {
    let own = view.model.name.clone();
    title(ui, &view.words.put("erase-title", [("name", own.as_str().into())]));
    weak(ui, &view.get("erase-hint"));
    let account = view.model.account;
    if account {
        line(ui, &view.get("field-password"), password, None, How::Hidden, true);
    }
    line(ui, &view.get("erase-name"), name, None, How::Line, !account);
    let meant = name.trim() == own.as_str() && !(account && password.is_empty());
    if answer(ui, view, &view.get("erase-do"), meant, true) {
        let password = Password::claimed(password.clone()).filter(|_| account);
        view.push(Command::Ask(Purpose::Dialog, Request::DeleteAccount { password }));
    }
}

/// Two codes a line.
fn in_columns(codes: &[String]) -> String {
    codes.chunks(2).map(|pair| pair.join("   ")).collect::<Vec<_>>().join("\n")
}
