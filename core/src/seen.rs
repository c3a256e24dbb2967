//! What of a text can be seen.

use crate::limits::NAME_MARKS_MAX;
use unicode_normalization::char::is_combining_mark;

/// Whether a character leaves no mark: a control, or what Unicode has renderers pass over (`Default_Ignorable_Code_Point`
/// of 16.0), such as joiners, the signs that turn the direction of text, and fillers.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Whether there is nothing to see in a text.
#[must_use]
pub(crate) fn is_blank(text: &str) -> bool {
    // The last one is braille without a dot.
    text.chars().all(|c| c.is_whitespace() || is_unseen(c) || c == '\u{2800}')
}

/// Whether a text can be put to a post as a sign. What no keyboard of emoji gives is refused: blanks, what turns the
/// direction of text, what is not seen unless it joins or colours what is, letters of ASCII, and towers of accents.
#[must_use]
pub(crate) fn is_sign(text: &str) -> bool {
    // U+200D joins, U+FE0E and U+FE0F choose between sign and picture, the rest spells flags of regions.
    let shapes = |c| matches!(c, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}');
    let may = |c: char| match c {
        // Digits in a keycap.
        '0'..='9' | '#' | '*' => true,
        _ => !c.is_ascii() && !c.is_whitespace() && (!is_unseen(c) || shapes(c)),
    };
    let seen = |c: char| !c.is_ascii() && !is_unseen(c) && c != '\u{2800}';
    text.chars().all(may)
        && text.chars().any(seen)
        && text.chars().filter(|c| is_combining_mark(*c) && !is_unseen(*c)).count() <= NAME_MARKS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_anything_to_see_is_blank() {
        for blank in ["", " \n", "\u{200b}", "\u{2800}\u{feff}", "\u{3164}", "\u{202e} \u{ad}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for said in [".", "\u{200b}a", "👍", "\u{301}e"] {
            assert!(!is_blank(said), "{said:?}");
        }
    }

    #[test]
    fn signs_are_what_a_keyboard_of_emoji_gives() {
        for sign in ["👍", "❤\u{fe0f}", "👩‍👩‍👧‍👦", "1\u{fe0f}\u{20e3}", "🇧🇷", "👍🏽", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "♥"]
        {
            assert!(is_sign(sign), "{sign:?}");
        }
        for none in [
            "",
            "ok",
            "1",
            "\u{200d}",
            "\u{202e}👍",
            "👍 👍",
            "\u{200b}",
            "👍\u{200b}",
            "\u{2800}",
            "👍x",
            "\u{7}👍",
        ] {
            assert!(!is_sign(none), "{none:?}");
        }
        let tower = format!("o{}", "\u{301}".repeat(9));
        assert!(!is_sign(&tower.replace('o', "ø")));
    }
}
