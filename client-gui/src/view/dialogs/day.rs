//! Goes to a day of a room, chosen on a calendar.

use super::title;
use crate::command::Command;
use crate::theme::{GRID, SMALL, medium, palette};
use crate::view::View;
use crate::view::widgets::{at_end, quiet};
use crate::when::Month;
use egui::{Button, Grid, RichText, Stroke, Ui, vec2};
use sala_core::entry::Seq;
use sala_core::name::RoomName;

/// Days of a week.
const WEEK: usize = 7;

pub(super) fn day(ui: &mut Ui, view: &mut View<'_>, room: &RoomName, month: &mut Month) {
    let palette = palette(ui);
    let today = view.when.day(view.now.wall);
    title(ui, &view.get("day-title"));
    ui.horizontal(|ui| {
        for (sign, key, months) in [("«", "day-year-before", -12), ("‹", "day-month-before", -1)] {
            if quiet(ui, medium(sign).size(18.0)).accessible_name(view.get(key)).clicked() {
                *month = month.moved(months);
            }
        }
        let width = ui.available_width() - 80.0;
        ui.add_sized([width, 32.0], egui::Label::new(medium(view.words.month(*month)).color(palette.text)));
        for (sign, key, months) in [("›", "day-month-after", 1), ("»", "day-year-after", 12)] {
            let later = month.moved(months);
            let button = ui.add_enabled_ui(later <= today.month(), |ui| quiet(ui, medium(sign).size(18.0)));
            if button.inner.accessible_name(view.get(key)).clicked() {
                *month = later;
            }
        }
    });
    #[expect(clippy::cast_precision_loss, reason = "seven")]
    let cell = ((ui.available_width() - 6.0 * GRID) / WEEK as f32).floor();
    let grid = Grid::new("calendar").spacing(vec2(GRID, GRID)).min_col_width(cell);
    grid.show(ui, |ui| {
        for name in view.words.weekdays() {
            ui.vertical_centered(|ui| ui.label(RichText::new(name).size(SMALL).color(palette.weak)));
        }
        ui.end_row();
        let before = usize::try_from(month.first().parts().3 - 1).unwrap_or(0);
        for _ in 0..before {
            ui.label("");
        }
        for (index, day) in month.days().enumerate() {
            let text = medium(day.parts().2.to_string());
            let text = if day == today { text.color(palette.accent) } else { text.color(palette.text) };
            let button = Button::new(text).frame_when_inactive(day == today).stroke(Stroke::NONE);
            let name = view.words.day(day, today);
            let enabled = day <= today && !view.state.waiting;
            let response = ui.add_enabled(enabled, button.min_size(vec2(cell, 32.0))).accessible_name(name);
            if response.clicked() {
                view.push(Command::GoToDay(room.clone(), day));
            }
            if (before + index + 1).is_multiple_of(WEEK) {
                ui.end_row();
            }
        }
    });
    if let Some(refused) = &view.state.refused {
        ui.label(RichText::new(refused).color(palette.danger));
    }
    ui.add_space(GRID);
    ui.horizontal(|ui| {
        if ui.button(view.get("day-first")).clicked() {
            view.push(Command::Show(None));
            view.push(Command::Jump(room.clone(), Seq(1)));
        }
        at_end(ui, |ui| {
            if ui.button(view.get("cancel")).clicked() {
                view.push(Command::Show(None));
            }
        });
    });
}
