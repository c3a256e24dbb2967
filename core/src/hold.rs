//! What a room's rule finds in a text that is to wait for a moderator: words, and links.

use crate::name::{folded, undotted};
use crate::seen::is_unseen;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// What tells a word apart: its letters without their case and width, as they look. What is spelled with letters of another
/// alphabet that look alike has the same one, and now and then so has an honest word (`corn` and `com`): a moderator sees it.
#[must_use]
pub(crate) fn word_key(word: &str) -> String {
    let folded: String = folded(seen(word).nfkc()).collect();
    undotted(skeleton(&folded)).collect()
}

/// Whether this can be one of a room's words: letters and digits alone, which is how words are found in a text.
#[must_use]
pub(crate) fn is_word(text: &str) -> bool {
    words(text).next() == Some(text)
}

/// Whether one of the words with these keys stands in a text.
#[must_use]
pub(crate) fn has_word(text: &str, keys: &BTreeSet<String>) -> bool {
    if keys.is_empty() {
        return false;
    }
    // What nobody sees parts no word.
    let text: String = seen(text).collect();
    words(&text).any(|word| keys.contains(&word_key(word)))
}

/// Whether a text has what programs make a link of: a scheme before `://` and something behind it, or a name that begins
/// with `www.`.
#[must_use]
pub(crate) fn has_link(text: &str) -> bool {
    let text: String = seen(text).nfkc().flat_map(char::to_lowercase).collect();
    let scheme = text.match_indices("://").any(|(at, mark)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + mark.len()..].chars().next();
        before.is_some_and(|c| c.is_ascii_alphanumeric()) && behind.is_some_and(|c| !c.is_whitespace())
    });
    scheme
        || text.match_indices("www.").any(|(at, mark)| {
            let before = text[..at].chars().next_back();
            let behind = text[at + mark.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && behind.is_some_and(char::is_alphanumeric)
        })
}

/// The words of a text: what stands between anything but letters and digits. Accents belong to their letters.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c)).filter(|word| !word.is_empty())
}

/// The characters of a text that leave a mark, line breaks and tabs among them.
fn seen(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_unseen(*c) || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(words: &[&str], text: &str) -> bool {
        has_word(text, &words.iter().map(|word| word_key(word)).collect())
    }

    #[test]
    fn a_word_is_found_whole_in_any_case_and_in_letters_that_look_alike() {
        for text in [
            "casino",
            "the best CASINO!",
            "win\u{200b}at the ca\u{ad}sino",
            "c\u{430}sino",
            "\u{ff23}\u{ff41}\u{ff53}\u{ff49}\u{ff4e}\u{ff4f}",
            "(casino)\tnow",
            "not this\ncasino",
        ] {
            assert!(holds(&["casino"], text), "{text:?}");
        }
        for text in ["casinos", "a cas ino", "occasino", ""] {
            assert!(!holds(&["casino"], text), "{text:?}");
        }
        assert!(holds(&["straße", "café"], "STRASSE") && holds(&["café"], "cafe\u{301}"));
        assert!(!holds(&[], "casino"));
    }

    #[test]
    fn what_can_be_a_word_is_one() {
        for word in ["casino", "Straße", "cafe\u{301}", "7up", "казино", "賭博"] {
            assert!(is_word(word), "{word:?}");
        }
        for none in ["", "two words", "a-b", "https://x", "ca\u{200b}sino", " casino"] {
            assert!(!is_word(none), "{none:?}");
        }
    }

    #[test]
    fn a_link_is_a_scheme_or_a_name_that_begins_with_www() {
        for link in [
            "see https://a.example",
            "HTTP://A",
            "(ftp://x)",
            "www.a.example",
            "at WWW.a",
            "h\u{200b}ttp://a",
        ] {
            assert!(has_link(link), "{link:?}");
        }
        for none in ["", "a.example", "www", "www. a", "awww.cute", "https://", "and:// so", "://"] {
            assert!(!has_link(none), "{none:?}");
        }
    }
}
