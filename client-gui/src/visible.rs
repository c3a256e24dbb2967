//! Shows what in a text could not be seen: signs without a picture of their own, and those that turn the order of others.
//!
//! Somebody who writes such signs may want a text to be taken for another one, and a server that lies lets him.

use std::borrow::Cow;

/// What lets a flag's letters follow.
const FLAG: char = '\u{1f3f4}';

/// A text in which every sign can be seen: what has no picture is written by its number, as `‹U+202E›`.
#[must_use]
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let (mut last, mut flag) = (None, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        flag = letter == FLAG || (flag && is_tag(letter));
        let joins = |beside: Option<char>| beside.is_some_and(|beside| !beside.is_ascii() && !hides(beside));
        let fits = match letter {
            // They join or part the letters of some scripts, and make one picture of several.
            '\u{200c}' | '\u{200d}' => joins(last) && joins(letters.peek().copied()),
            _ if is_tag(letter) => flag,
            _ => !hides(letter),
        };
        if fits {
            shown.push(letter);
        } else {
            shown.push_str(&format!("‹U+{:04X}›", u32::from(letter)));
        }
        last = Some(letter);
    }
    Cow::Owned(shown)
}

/// Whether a sign is not seen, or turns the order of others (Unicode's `Default_Ignorable_Code_Point` but for what
/// chooses between sign and picture, and its controls).
pub(crate) fn hides(letter: char) -> bool {
    let control = letter.is_control() && letter != '\n' && letter != '\t';
    control
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// A letter of a flag's name.
fn is_tag(letter: char) -> bool {
    matches!(letter, '\u{e0020}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_hides_is_written_by_its_number_and_all_else_stays() {
        for (text, shown) in [
            ("plain\n\ttext", "plain\n\ttext"),
            ("é 日本 👍🏽 ❤\u{fe0f}", "é 日本 👍🏽 ❤\u{fe0f}"),
            ("👩\u{200d}👧", "👩\u{200d}👧"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("\u{1f3f4}\u{e0067}\u{e007f}", "\u{1f3f4}\u{e0067}\u{e007f}"),
            ("a\u{200d}b", "a‹U+200D›b"),
            ("\u{202e}fdp.exe", "‹U+202E›fdp.exe"),
            ("a\u{200b}b\u{feff}", "a‹U+200B›b‹U+FEFF›"),
            ("x\u{e0067}", "x‹U+E0067›"),
            ("bell\u{7}\u{1b}[31m", "bell‹U+0007›‹U+001B›[31m"),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
    }
}
