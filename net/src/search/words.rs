//! What a query means in the language of SQLite's FTS5.

use sala_core::entry::{LogId, PersonId};
use sala_core::server::Query;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What posts are asked for.
///
/// The room and the author of a post are words of it, in columns of their own. So FTS5 leaps over all posts that lack
/// anything of what is asked, and need not look up each post with a common word to see where it was said.
pub(super) struct Wanted {
    /// The expression for all that was said in the rooms, by the author.
    pub(super) places: String,
    /// The words; none if all posts are wanted.
    pub(super) words: Option<Words>,
}

/// All of these words.
pub(super) struct Words {
    /// All but the last.
    first: Vec<String>,
    pub(super) last: String,
    /// The last may be the beginning of a longer one.
    pub(super) begins: bool,
}

impl Wanted {
    /// What a query asks for; `None` if there can be none.
    pub(super) fn of(query: &Query) -> Option<Self> {
        if query.logs.is_empty() {
            return None;
        }
        let rooms: Vec<String> = query.logs.iter().map(|log| room(*log)).collect();
        let mut places = format!("log : ({})", rooms.join(" OR "));
        if let Some(author) = query.author {
            write!(places, " AND {}", said_by(author)).expect("writing to a string cannot fail");
        }
        // For FTS5 an expression ends at a NUL, even between quotes.
        let words = query.words.replace('\0', " ");
        if words.trim().is_empty() {
            return Some(Wanted { places, words: None });
        }
        // What has no token is in no post, says FTS5; here, a sign that stands alone changes nothing.
        let mut first: Vec<&str> =
            words.split_whitespace().filter(|word| word.chars().any(is_of_token)).collect();
        let last = first.pop()?;
        first.retain({
            let mut seen = BTreeSet::from([last]);
            move |word| seen.insert(word)
        });
        let first = first.into_iter().map(quoted).collect();
        // One letter begins so many words that looking them all up takes seconds, for which everybody else waits; of
        // scripts in which a letter is a word, few do.
        let (last, begins) = (last.to_owned(), may_begin(last));
        Some(Wanted { places, words: Some(Words { first, last, begins }) })
    }
}

impl Words {
    /// The expression for posts with these words in any room, of which the last one is as given.
    pub(super) fn expression(&self, last: &str) -> String {
        let words: Vec<&str> = self.first.iter().map(String::as_str).chain([last]).collect();
        format!("text : ({})", words.join(" AND "))
    }
}

/// The expression for the posts of a room.
pub(super) fn of_room(log: LogId) -> String {
    format!("log : {}", room(log))
}

/// The expression for what somebody said.
pub(super) fn said_by(person: PersonId) -> String {
    format!("person : {}", quoted(&token_of(person.0)))
}

fn room(log: LogId) -> String {
    quoted(&token_of(log.0))
}

/// The token of a room or a person in the columns of such. It begins as hardly a word does that anybody types: who looks for
/// words that begin with a 4 would come across all the numbers that do. Letters beyond ASCII would cost a tenth of all that
/// is done for a post.
pub(super) fn token_of(number: u64) -> String {
    format!("0q{number}")
}

/// A word, whatever is in it: if it has several tokens, they follow each other.
pub(super) fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
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
