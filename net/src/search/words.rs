//! What a query means in the language of SQLite's FTS5.

use sala_core::entry::{LogId, PersonId};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The expression for the posts in one of `logs`, by `author`, with all `words`; `None` if there can be none.
///
/// The room and the author of a post are words of it, in columns of their own. So FTS5 leaps over all posts that lack
/// anything of what is asked, and need not look up each post with a common word to see where it was said.
pub(super) fn expression(words: &str, logs: &[LogId], author: Option<PersonId>) -> Option<String> {
    if logs.is_empty() {
        return None;
    }
    let rooms: Vec<String> = logs.iter().map(|log| format!("\"{}\"", log.0)).collect();
    let mut expression = format!("log : ({})", rooms.join(" OR "));
    if let Some(author) = author {
        write!(expression, " AND person : \"{}\"", author.0).expect("writing to a string cannot fail");
    }
    // For FTS5 an expression ends at a NUL, even between quotes.
    let words = words.replace('\0', " ");
    if words.trim().is_empty() {
        return Some(expression);
    }
    // What has no token is in no post, says FTS5; here, a sign that stands alone changes nothing.
    let mut words: Vec<&str> =
        words.split_whitespace().filter(|word| word.chars().any(is_of_token)).collect();
    let last = *words.last()?;
    // One letter begins so many words that looking them all up takes seconds, for which everybody else waits; of scripts
    // in which a letter is a word, few do.
    let begins = if may_begin(last) { "*" } else { "" };
    words.retain({
        let mut seen = BTreeSet::from([last]);
        move |word| seen.insert(word)
    });
    words.push(last);
    let words: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
    Some(format!("{expression} AND text : ({}{begins})", words.join(" AND ")))
}

/// Whether a word may be the beginning of others: its last token has two letters, or is one of a script in which a letter
/// is a word.
fn may_begin(word: &str) -> bool {
    let last = word.rsplit(|c| !is_of_token(c)).find(|part| !part.is_empty()).unwrap_or_default();
    last.chars().nth(1).is_some() || last.len() >= IDEOGRAPH_BYTES_MIN
}

/// Bytes of UTF-8 that the letters of no alphabet take.
const IDEOGRAPH_BYTES_MIN: usize = 3;

/// Whether the tokenizer makes tokens of it: of letters, of numbers, and of what is for private use. It knows the letters
/// of an older Unicode than Rust; a word of new ones is none to it, and is found nowhere.
fn is_of_token(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..)
}
