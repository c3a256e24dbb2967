//! How everything looks: two sets of colours, one scale of type, one measure of space.

use crate::settings::Theme;
use egui::text::LayoutJob;
use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, RichText, Shadow,
    Stroke, Style, TextFormat, TextStyle, ThemePreference, Ui, Visuals,
};
use std::path::Path;
use std::sync::Arc;

/// What reads best between a bare system font and a heavy one: one file, all weights.
const FONT: &[u8] = include_bytes!("../fonts/Inter-roman.var.ttf");
const FONT_NAME: &str = "Inter";
const EMOJI_NAME: &str = "system emoji";
/// The fonts in the order in which signs are pictures.
const SIGNS: &str = "signs";
/// After a sign that could be text: it is a picture.
const PICTURE: char = '\u{fe0f}';
/// Makes one picture of two.
const JOINER: char = '\u{200d}';
/// Makes a key of a digit.
const KEY: char = '\u{20e3}';
/// Where systems keep their coloured emoji.
const EMOJI_FILES: [&str; 5] = [
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",
    "/usr/share/fonts/noto/NotoColorEmoji.ttf",
    "/usr/share/fonts/google-noto-color-emoji-fonts/NotoColorEmoji.ttf",
    "/System/Library/Fonts/Apple Color Emoji.ttc",
    "C:\\Windows\\Fonts\\seguiemj.ttf",
];

/// Sizes of type, in points.
pub(crate) const SMALL: f32 = 12.0;
pub(crate) const BODY: f32 = 14.5;
pub(crate) const TITLE: f32 = 17.0;
pub(crate) const HEAD: f32 = 28.0;
/// Height of a line of the body.
pub(crate) const BODY_LINE: f32 = 21.0;
/// Weights of type.
const MEDIUM: f32 = 550.0;
const BOLD: f32 = 650.0;
/// The measure that all space is a multiple of, in points.
pub(crate) const GRID: f32 = 4.0;
pub(crate) const CORNER: u8 = 8;

/// The colours of one theme.
#[derive(Debug)]
pub(crate) struct Palette {
    /// Behind what is read.
    pub(crate) ground: Color32,
    /// Behind what stands beside it.
    pub(crate) side: Color32,
    /// Behind what can be written into, and what floats.
    pub(crate) raised: Color32,
    /// Between areas.
    pub(crate) line: Color32,
    /// Around what can be pressed.
    pub(crate) rim: Color32,
    /// Around what can be written into; it has 3 : 1 against what is around (WCAG 2.2, 1.4.11).
    pub(crate) edge: Color32,
    pub(crate) text: Color32,
    /// What is of less weight; it still has 4.5 : 1 against the ground (WCAG 2.2, 1.4.3).
    pub(crate) weak: Color32,
    pub(crate) accent: Color32,
    pub(crate) on_accent: Color32,
    /// The accent as a tint of the ground.
    pub(crate) tint: Color32,
    pub(crate) hover: Color32,
    pub(crate) danger: Color32,
    pub(crate) danger_tint: Color32,
    pub(crate) warn: Color32,
    pub(crate) warn_tint: Color32,
    /// Somebody is here.
    pub(crate) here: Color32,
    /// By which people are told apart; each has 4.5 : 1 against the ground.
    pub(crate) names: [Color32; 8],
}

const LIGHT: Palette = Palette {
    ground: Color32::from_rgb(0xff, 0xff, 0xff),
    side: Color32::from_rgb(0xf4, 0xf3, 0xf0),
    raised: Color32::from_rgb(0xff, 0xff, 0xff),
    line: Color32::from_rgb(0xe2, 0xe0, 0xda),
    rim: Color32::from_rgb(0xcf, 0xcc, 0xc4),
    edge: Color32::from_rgb(0x8f, 0x8c, 0x84),
    text: Color32::from_rgb(0x23, 0x22, 0x1f),
    weak: Color32::from_rgb(0x6b, 0x68, 0x60),
    accent: Color32::from_rgb(0x0b, 0x73, 0x69),
    on_accent: Color32::from_rgb(0xff, 0xff, 0xff),
    tint: Color32::from_rgb(0xdf, 0xf0, 0xed),
    hover: Color32::from_rgb(0xea, 0xe8, 0xe3),
    danger: Color32::from_rgb(0xb3, 0x26, 0x1e),
    danger_tint: Color32::from_rgb(0xfb, 0xe9, 0xe7),
    warn: Color32::from_rgb(0x8a, 0x5a, 0x00),
    warn_tint: Color32::from_rgb(0xfd, 0xf1, 0xd8),
    here: Color32::from_rgb(0x2e, 0x9e, 0x5b),
    names: [
        Color32::from_rgb(0xa1, 0x3d, 0x2d),
        Color32::from_rgb(0x8a, 0x55, 0x00),
        Color32::from_rgb(0x55, 0x6b, 0x00),
        Color32::from_rgb(0x17, 0x70, 0x3c),
        Color32::from_rgb(0x0b, 0x6e, 0x82),
        Color32::from_rgb(0x2d, 0x5f, 0xb8),
        Color32::from_rgb(0x6d, 0x4b, 0xb8),
        Color32::from_rgb(0xa0, 0x36, 0x7c),
    ],
};

const DARK: Palette = Palette {
    ground: Color32::from_rgb(0x1d, 0x1f, 0x21),
    side: Color32::from_rgb(0x16, 0x18, 0x1a),
    raised: Color32::from_rgb(0x28, 0x2b, 0x2e),
    line: Color32::from_rgb(0x33, 0x37, 0x3a),
    rim: Color32::from_rgb(0x4a, 0x4f, 0x53),
    edge: Color32::from_rgb(0x72, 0x77, 0x7b),
    text: Color32::from_rgb(0xe7, 0xe6, 0xe2),
    weak: Color32::from_rgb(0x9c, 0x9f, 0xa1),
    accent: Color32::from_rgb(0x4f, 0xc4, 0xb4),
    on_accent: Color32::from_rgb(0x06, 0x24, 0x20),
    tint: Color32::from_rgb(0x1f, 0x39, 0x37),
    hover: Color32::from_rgb(0x27, 0x2a, 0x2d),
    danger: Color32::from_rgb(0xf2, 0x8b, 0x82),
    danger_tint: Color32::from_rgb(0x42, 0x26, 0x24),
    warn: Color32::from_rgb(0xe8, 0xb9, 0x5c),
    warn_tint: Color32::from_rgb(0x3b, 0x31, 0x1d),
    here: Color32::from_rgb(0x57, 0xc7, 0x84),
    names: [
        Color32::from_rgb(0xf0, 0x93, 0x82),
        Color32::from_rgb(0xe3, 0xae, 0x5c),
        Color32::from_rgb(0xb9, 0xc4, 0x64),
        Color32::from_rgb(0x7e, 0xcb, 0x95),
        Color32::from_rgb(0x66, 0xc5, 0xd6),
        Color32::from_rgb(0x8f, 0xb4, 0xf5),
        Color32::from_rgb(0xbd, 0xa4, 0xf3),
        Color32::from_rgb(0xea, 0x95, 0xcb),
    ],
};

/// The colours in use.
pub(crate) fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

impl Palette {
    /// The colour of a name: the same in every room, every time.
    pub(crate) fn name(&self, name: &str) -> Color32 {
        // FNV-1a (Fowler, Noll, Vo): the standard library's hashes may change from one release to the next.
        let hash = name
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        self.names[hash as usize % self.names.len()]
    }
}

/// Text of medium weight.
pub(crate) fn medium(text: impl Into<String>) -> RichText {
    RichText::new(text).variation(b"wght", MEDIUM)
}

/// Text of heavy weight.
pub(crate) fn bold(text: impl Into<String>) -> RichText {
    RichText::new(text).variation(b"wght", BOLD)
}

/// How text of a size and colour is laid out.
pub(crate) fn format(size: f32, color: Color32) -> TextFormat {
    TextFormat::simple(FontId::proportional(size), color)
}

/// The same, of heavy weight.
pub(crate) fn bold_format(size: f32, color: Color32) -> TextFormat {
    let mut format = format(size, color);
    format.coords.push(b"wght", BOLD);
    format
}

/// Appends a text in which signs that are meant as pictures are drawn as such.
pub(crate) fn append(ui: &Ui, job: &mut LayoutJob, text: &str, look: TextFormat) {
    let mut rest = text;
    while let Some((before, picture, after)) = picture(rest) {
        let family = FontFamily::Name(SIGNS.into());
        let mut pictured = look.clone();
        // Fonts are there from the second picture of a window on.
        if ui.fonts(|fonts| fonts.families().contains(&family)) {
            pictured.font_id.family = family;
        }
        job.append(before, 0.0, look.clone());
        job.append(picture, 0.0, pictured);
        rest = after;
    }
    job.append(rest, 0.0, look);
}

/// The first sign of a text that is to be a picture, with what stands before and after it.
fn picture(text: &str) -> Option<(&str, &str, &str)> {
    let chosen = text.find(PICTURE)?;
    let start = text[..chosen].char_indices().next_back()?.0;
    let mut letters = text[start..].char_indices().peekable();
    letters.next();
    // Signs are joined by pairs of a joiner and the next one.
    let mut joined = false;
    while letters.next_if(|(_, c)| joined || matches!(*c, PICTURE | JOINER | KEY)).is_some_and(|(_, c)| {
        joined = c == JOINER;
        true
    }) {}
    let end = letters.peek().map_or(text.len(), |(at, _)| start + at);
    Some((&text[..start], &text[start..end], &text[end..]))
}

/// Puts the fonts and both sets of colours in place.
pub(crate) fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    for (theme, palette) in [(egui::Theme::Light, &LIGHT), (egui::Theme::Dark, &DARK)] {
        ctx.set_style_of(theme, style(palette, theme));
    }
}

/// Chooses between light and dark.
pub(crate) fn choose(ctx: &Context, theme: Theme) {
    ctx.set_theme(match theme {
        Theme::System => ThemePreference::System,
        Theme::Light => ThemePreference::Light,
        Theme::Dark => ThemePreference::Dark,
    });
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let mut first = vec![FONT_NAME.to_owned()];
    fonts.font_data.insert(FONT_NAME.to_owned(), Arc::new(FontData::from_static(FONT)));
    // Before all others that know emoji: several text fonts draw some of them, badly and without colour.
    let emoji = EMOJI_FILES.iter().find_map(|path| std::fs::read(Path::new(path)).ok());
    if let Some(emoji) = emoji {
        fonts.font_data.insert(EMOJI_NAME.to_owned(), Arc::new(FontData::from_owned(emoji)));
        first.push(EMOJI_NAME.to_owned());
        fonts.families.entry(FontFamily::Monospace).or_default().insert(1, EMOJI_NAME.to_owned());
    }
    let proportional = fonts.families.entry(FontFamily::Proportional).or_default();
    proportional.splice(0..0, first);
    // Text fonts draw some signs as well, which are to be pictures where their author says so.
    let mut signs = proportional.clone();
    signs.sort_by_key(|name| name != EMOJI_NAME);
    fonts.families.insert(FontFamily::Name(SIGNS.into()), signs);
    fonts
}

fn style(palette: &Palette, theme: egui::Theme) -> Style {
    let mut style = Style {
        visuals: visuals(palette, theme),
        text_styles: [
            (TextStyle::Small, FontId::proportional(SMALL)),
            (TextStyle::Body, FontId::proportional(BODY)),
            (TextStyle::Button, FontId::proportional(BODY)),
            (TextStyle::Heading, FontId::proportional(TITLE)),
            (TextStyle::Monospace, FontId::monospace(BODY - 1.0)),
        ]
        .into(),
        ..theme.default_style()
    };
    style.spacing.item_spacing = egui::vec2(2.0 * GRID, 2.0 * GRID);
    style.spacing.button_padding = egui::vec2(3.0 * GRID, 1.5 * GRID);
    style.spacing.interact_size.y = 8.0 * GRID;
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.scroll = egui::style::ScrollStyle::floating();
    style.interaction.tooltip_delay = 0.4;
    style
}

fn visuals(palette: &Palette, theme: egui::Theme) -> Visuals {
    let mut visuals = theme.default_visuals();
    let corner = CornerRadius::same(CORNER);
    visuals.panel_fill = palette.ground;
    visuals.window_fill = palette.raised;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(12);
    visuals.menu_corner_radius = corner;
    visuals.extreme_bg_color = palette.raised;
    visuals.text_edit_bg_color = Some(palette.raised);
    visuals.faint_bg_color = palette.hover;
    visuals.code_bg_color = palette.hover;
    visuals.hyperlink_color = palette.accent;
    visuals.error_fg_color = palette.danger;
    visuals.warn_fg_color = palette.warn;
    visuals.weak_text_color = Some(palette.weak);
    visuals.selection.bg_fill = palette.accent.gamma_multiply(0.3);
    visuals.selection.stroke = Stroke::new(2.0, palette.accent);
    let shadow = Shadow { offset: [0, 6], blur: 24, spread: 0, color: Color32::from_black_alpha(48) };
    (visuals.window_shadow, visuals.popup_shadow) = (shadow, shadow);
    let widgets = &mut visuals.widgets;
    for (widget, fill, stroke) in [
        (&mut widgets.noninteractive, palette.ground, palette.line),
        (&mut widgets.inactive, palette.hover, palette.rim),
        (&mut widgets.hovered, palette.hover, palette.weak),
        (&mut widgets.active, palette.tint, palette.accent),
        (&mut widgets.open, palette.tint, palette.accent),
    ] {
        (widget.bg_fill, widget.weak_bg_fill) = (fill, fill);
        widget.bg_stroke = Stroke::new(1.0, stroke);
        widget.fg_stroke = Stroke::new(1.0, palette.text);
        (widget.corner_radius, widget.expansion) = (corner, 0.0);
    }
    // A window that nothing happens in costs nothing.
    visuals.text_cursor.blink = false;
    visuals.interact_cursor = Some(egui::CursorIcon::PointingHand);
    visuals
}

#[cfg(test)]
mod tests {
    use super::picture;

    #[test]
    fn a_sign_that_is_to_be_a_picture_is_taken_whole() {
        for (text, parts) in [
            ("plain", None),
            ("\u{fe0f}", None),
            ("I ❤\u{fe0f} it", Some(("I ", "❤\u{fe0f}", " it"))),
            ("❤\u{fe0f}\u{200d}🔥!", Some(("", "❤\u{fe0f}\u{200d}🔥", "!"))),
            ("key 1\u{fe0f}\u{20e3}2", Some(("key ", "1\u{fe0f}\u{20e3}", "2"))),
            ("☀\u{fe0f}☁\u{fe0f}", Some(("", "☀\u{fe0f}", "☁\u{fe0f}"))),
        ] {
            assert_eq!(picture(text), parts, "{text}");
        }
    }
}
