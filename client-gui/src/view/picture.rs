//! A text as a picture that cameras read.

use crate::theme::SMALL;
use egui::{Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use qrcode::{Color, QrCode};

/// Width of the picture.
const PICTURE: f32 = 172.0;
/// Modules of white around it, which the standard (ISO/IEC 18004) asks for.
const QUIET: usize = 4;

/// Draws it, dark on white, whatever the theme. It is called `name`.
pub(super) fn picture(ui: &mut Ui, name: &str, text: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(PICTURE, PICTURE), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let id = ui.scope_id().with(("picture", text));
    let dark = ui.data(|data| data.get_temp::<(usize, Vec<bool>)>(id)).or_else(|| {
        let code = QrCode::new(text).ok()?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some((code.width(), dark))
    });
    let Some((width, dark)) = dark else { return };
    ui.painter().rect_filled(rect, 4.0, Color32::WHITE);
    #[expect(clippy::cast_precision_loss, reason = "a picture has at most 177 modules a side")]
    let (module, place) =
        (rect.width() / (width + 2 * QUIET) as f32, |module: f32, at: usize| (QUIET + at) as f32 * module);
    for (index, _) in dark.iter().enumerate().filter(|(_, dark)| **dark) {
        let (x, y) = (place(module, index % width), place(module, index / width));
        // A little more than its own place, so that no seam of white is left between two.
        let at = Rect::from_min_size(rect.min + vec2(x, y), vec2(module + 0.2, module + 0.2));
        ui.painter().rect_filled(
            at.intersect(Rect::from_min_max(pos2(0.0, 0.0), rect.max)),
            0.0,
            Color32::BLACK,
        );
    }
    ui.data_mut(|data| data.insert_temp(id, (width, dark)));
    ui.add_space(SMALL);
}
