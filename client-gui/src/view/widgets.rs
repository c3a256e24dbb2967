//! The few controls that everything is made of, so that they look alike everywhere and each has a name.

use crate::theme::{BODY, CORNER, GRID, Palette, SMALL, append, format, medium, palette};
use crate::visible::visible;
use egui::text::LayoutJob;
use egui::{
    Align, Align2, Button, Color32, Frame, Layout, Margin, Response, RichText, Role, Sense, Stroke, TextEdit,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};

/// A button for what one most likely wants.
pub(crate) fn primary(ui: &mut Ui, text: &str) -> Response {
    let palette = palette(ui);
    let text = medium(text).color(palette.on_accent);
    ui.add(Button::new(text).fill(palette.accent).stroke(Stroke::NONE).corner_radius(CORNER))
}

/// A button for what cannot be undone.
pub(crate) fn dangerous(ui: &mut Ui, text: &str) -> Response {
    let palette = palette(ui);
    let text = medium(text).color(palette.ground);
    ui.add(Button::new(text).fill(palette.danger).stroke(Stroke::NONE).corner_radius(CORNER))
}

/// A button without weight of its own, which is seen when the mouse is over it.
pub(crate) fn quiet(ui: &mut Ui, text: impl Into<RichText>) -> Response {
    ui.add(Button::new(text.into()).frame_when_inactive(false).stroke(Stroke::NONE))
}

/// A field to write into, under its name. What is wrong with it stands below. Gives the response and the new text, if
/// it was changed.
pub(crate) fn field(
    ui: &mut Ui,
    name: &str,
    text: &str,
    wrong: Option<&str>,
    how: How,
) -> (Response, Option<String>) {
    let palette = palette(ui);
    ui.spacing_mut().item_spacing.y = GRID;
    let label = ui.label(medium(name).size(SMALL).color(palette.weak));
    let mut held = text.to_owned();
    let id = ui.make_persistent_id(name);
    let stroke = if ui.memory(|memory| memory.has_focus(id)) {
        Stroke::new(1.5, palette.accent)
    } else {
        Stroke::new(1.0, if wrong.is_some() { palette.danger } else { palette.edge })
    };
    let mut edit = TextEdit::singleline(&mut held).id(id).password(how == How::Hidden);
    let frame = Frame::new().fill(palette.raised).stroke(stroke).corner_radius(CORNER);
    edit = edit.desired_width(f32::INFINITY).frame(frame.inner_margin(Margin::symmetric(10, 8)));
    let response = ui.add(edit).labelled_by(label.id);
    if let Some(wrong) = wrong {
        ui.label(RichText::new(wrong).size(SMALL).color(palette.danger));
    }
    let changed = response.changed().then_some(held);
    (response, changed)
}

/// How a field is written into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// One line.
    Line,
    /// One line that is not shown.
    Hidden,
}

/// Something that is so or not.
pub(crate) fn check(ui: &mut Ui, on: &mut bool, text: &str) {
    let palette = palette(ui);
    ui.scope(|ui| {
        // A box that is empty is seen by its edge alone.
        ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.5, palette.weak);
        ui.checkbox(on, text);
    });
}

/// Things that stand at the right end of a line of their own, the first one outermost.
pub(crate) fn at_end<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| ui.with_layout(Layout::right_to_left(Align::Center), add).inner).inner
}

/// A choice of one among few, side by side; gives the new one.
pub(crate) fn choice<T: Copy + PartialEq>(ui: &mut Ui, options: &[(T, String)], chosen: T) -> Option<T> {
    let palette = palette(ui);
    let mut new = None;
    Frame::new().fill(palette.side).corner_radius(CORNER).inner_margin(Margin::same(3)).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            #[expect(clippy::cast_precision_loss, reason = "a handful of options")]
            let count = options.len() as f32;
            let width = ((ui.available_width() - 2.0 * (count - 1.0)) / count).floor();
            for (option, text) in options {
                let on = *option == chosen;
                let color = if on { palette.text } else { palette.weak };
                let button = Button::selectable(on, medium(text.as_str()).color(color))
                    .fill(if on { palette.raised } else { Color32::TRANSPARENT })
                    .stroke(Stroke::NONE)
                    .corner_radius(CORNER - 2)
                    .min_size(vec2(width, 7.0 * GRID));
                if ui.add(button).clicked() && !on {
                    new = Some(*option);
                }
            }
        });
    });
    new
}

/// A round picture of somebody: his first letter on his colour.
pub(crate) fn avatar(ui: &Ui, center: egui::Pos2, size: f32, name: &str) {
    let palette = palette(ui);
    let color = palette.name(name);
    ui.painter().circle_filled(
        center,
        size / 2.0,
        color.gamma_multiply(if ui.visuals().dark_mode { 0.28 } else { 0.16 }),
    );
    let letter: String = name.chars().next().into_iter().flat_map(char::to_uppercase).collect();
    let mut job = LayoutJob::default();
    job.append(&letter, 0.0, crate::theme::bold_format(size * 0.44, color));
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let at = Align2::CENTER_CENTER.anchor_size(center, galley.size()).min;
    ui.painter().galley(at, galley, color);
}

/// A number that calls for attention; `loud` if it names us.
pub(crate) fn badge(ui: &Ui, right_center: egui::Pos2, text: &str, loud: bool) -> f32 {
    let palette = palette(ui);
    let (fill, color) = if loud { (palette.accent, palette.on_accent) } else { (palette.line, palette.text) };
    let mut job = LayoutJob::default();
    job.append(text, 0.0, crate::theme::bold_format(SMALL - 1.0, color));
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let size = vec2((galley.size().x + 10.0).max(18.0), 18.0);
    let rect = egui::Rect::from_min_size(pos2(right_center.x - size.x, right_center.y - size.y / 2.0), size);
    ui.painter().rect_filled(rect, 9.0, fill);
    ui.painter().galley(Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size()).min, galley, color);
    size.x
}

/// A row of a list that can be chosen: the whole width reacts. `draw` paints into it.
pub(crate) fn list_row(
    ui: &mut Ui,
    height: f32,
    chosen: bool,
    name: &str,
    draw: impl FnOnce(&Ui, egui::Rect, &Palette),
) -> Response {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, name));
    if ui.is_rect_visible(rect) {
        let fill = if chosen {
            palette.tint
        } else if response.hovered() || response.has_focus() {
            palette.hover
        } else {
            Color32::TRANSPARENT
        };
        ui.painter().rect_filled(rect, CORNER, fill);
        if response.has_focus() {
            ui.painter().rect_stroke(
                rect,
                CORNER,
                Stroke::new(2.0, palette.accent),
                egui::StrokeKind::Inside,
            );
        }
        draw(ui, rect, palette);
    }
    response
}

/// One line of text, cut to a width, at a place.
pub(crate) fn line(ui: &Ui, left_center: egui::Pos2, width: f32, text: &str, look: egui::TextFormat) -> f32 {
    let mut job = LayoutJob::default();
    let color = look.color;
    append(ui, &mut job, &visible(text), look);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let size: Vec2 = galley.size();
    ui.painter().galley(pos2(left_center.x, left_center.y - size.y / 2.0), galley, color);
    size.x
}

/// A heading within a panel.
pub(crate) fn section(ui: &mut Ui, text: &str) {
    let palette = palette(ui);
    ui.add_space(GRID);
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        ui.horizontal(|ui| {
            ui.add_space(GRID);
            ui.label(medium(text).size(SMALL).color(palette.weak));
        });
    });
}

/// Words where there is nothing else to show.
pub(crate) fn nothing(ui: &mut Ui, text: &str) {
    let palette = palette(ui);
    ui.label(RichText::new(text).color(palette.weak));
}

/// Words of less weight, which explain what stands beside them.
pub(crate) fn weak(ui: &mut Ui, text: &str) {
    let palette = palette(ui);
    ui.label(RichText::new(text).size(SMALL).color(palette.weak));
}

/// A dot that says that somebody is here, and how.
pub(crate) fn dot(ui: &Ui, center: egui::Pos2, color: Color32, ring: Color32) {
    ui.painter().circle(center, 5.0, color, Stroke::new(2.0, ring));
}

/// The usual look of text in a list.
pub(crate) fn plain(palette: &Palette) -> egui::TextFormat {
    format(BODY, palette.text)
}

/// The same, of less weight.
pub(crate) fn lesser(palette: &Palette) -> egui::TextFormat {
    format(SMALL, palette.weak)
}
