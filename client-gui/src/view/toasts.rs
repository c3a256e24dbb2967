//! What went wrong or is worth knowing, for a while, at the lower edge.

use super::View;
use crate::command::Command;
use crate::theme::palette;
use egui::{Align2, Area, Frame, Id, Margin, Order, RichText, Stroke, Ui, vec2};
use std::time::Duration;

const SECONDS: f64 = 8.0;
const SHOWN_MAX: usize = 3;

/// Draws what was told lately.
pub(crate) fn toasts(ui: &Ui, view: &mut View<'_>) {
    let now = ui.input(|input| input.time);
    let mut above = 0.0;
    let toasts: Vec<_> = view.state.toasts.iter().rev().take(SHOWN_MAX).cloned().collect();
    for toast in toasts {
        let left = SECONDS - (now - toast.since.unwrap_or(now));
        if left <= 0.0 {
            view.push(Command::Dismiss(toast.number));
            continue;
        }
        ui.ctx().request_repaint_after(Duration::from_secs_f64(left));
        let area = Area::new(Id::unique(("toast", toast.number)))
            .order(Order::Foreground)
            .anchor(Align2::CENTER_BOTTOM, vec2(0.0, -96.0 - above));
        let response = area.show(ui.ctx(), |ui| {
            let palette = palette(ui);
            let frame = Frame::new()
                .fill(palette.raised)
                .stroke(Stroke::new(1.0, palette.line))
                .corner_radius(10)
                .shadow(ui.visuals().popup_shadow)
                .inner_margin(Margin::symmetric(16, 10));
            frame.show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.set_max_width(520.0);
                    ui.label(RichText::new(&toast.text).color(palette.text));
                    let close = super::widgets::quiet(ui, RichText::new("×").color(palette.weak));
                    if close.accessible_name(view.get("dismiss")).clicked() {
                        view.push(Command::Dismiss(toast.number));
                    }
                });
            });
        });
        above += response.response.rect.height() + 8.0;
    }
}
