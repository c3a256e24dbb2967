//! What a single field of a request may be.

use crate::hold::is_word;
use crate::limits::{HOLD_WORD_BYTES_MAX, HOLD_WORDS_MAX, POST_BYTES_MAX, REASON_BYTES_MAX};
use crate::name::{Name, RoomName};
use crate::refusal::{Code, Refusal};
use crate::secret::{OnceCode, Password};
use crate::seen::is_blank;
use serde_json::Value;

pub(super) fn bounded(field: Option<u64>, most: u64, name: &str) -> Result<Option<u64>, Refusal> {
    match field {
        Some(number) if !(1..=most).contains(&number) => Err(wrong(name, &format!("from 1 to {most}"))),
        _ => Ok(field),
    }
}

pub(super) fn claimed(text: String, field: &str) -> Result<Password, Refusal> {
    Password::claimed(text).ok_or_else(|| wrong(field, "a password; nobody's is so long"))
}

pub(super) fn once_code(text: &str, field: &str) -> Result<OnceCode, Refusal> {
    OnceCode::new(text).ok_or_else(|| wrong(field, "a code of 16 to 64 letters and digits"))
}

pub(super) fn wanted<T>(field: Option<T>, name: &str) -> Result<T, Refusal> {
    field.ok_or_else(|| Refusal::no(Code::BadRequest, format!("`{name}` is missing")))
}

pub(super) fn wrong(field: &str, want: &str) -> Refusal {
    Refusal::no(Code::BadRequest, format!("`{field}` must be {want}"))
}

pub(super) fn string(field: Option<Value>, name: &str, want: &str) -> Result<Option<String>, Refusal> {
    match field {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(name, want)),
    }
}

pub(super) fn name(text: &str) -> Result<Name, Refusal> {
    Name::parse(text).map_err(|error| Refusal::no(Code::BadName, error.to_string()))
}

pub(super) fn room(text: &str) -> Result<RoomName, Refusal> {
    RoomName::parse(text).map_err(|error| Refusal::no(Code::BadName, error.to_string()))
}

/// The words by which a room holds posts back, each of them once.
pub(super) fn hold_words(field: Value) -> Result<Vec<String>, Refusal> {
    let Value::Array(list) = field else { return Err(wrong("words", "a list")) };
    let mut words = Vec::new();
    for word in list {
        let Value::String(word) = word else { return Err(wrong("words", "a list of words")) };
        if word.len() > HOLD_WORD_BYTES_MAX || !is_word(&word) {
            let want =
                format!("words of letters and digits alone, each of at most {HOLD_WORD_BYTES_MAX} bytes");
            return Err(wrong("words", &want));
        }
        if words.contains(&word) {
            continue;
        }
        // Each is compared with those before it, so it matters that these are few.
        if words.len() == HOLD_WORDS_MAX {
            return Err(wrong("words", &format!("at most {HOLD_WORDS_MAX} words")));
        }
        words.push(word);
    }
    Ok(words)
}

/// The reason of an act of moderation.
pub(crate) fn checked_reason(text: String) -> Result<String, Refusal> {
    checked_text(text, REASON_BYTES_MAX, "reason")
}

/// The words of a post.
pub(crate) fn checked_said(text: String) -> Result<String, Refusal> {
    let text = checked_text(text, POST_BYTES_MAX, "text")?;
    if is_blank(&text) {
        return Err(Refusal::no(Code::EmptyText, "`text` is empty; say something"));
    }
    Ok(text)
}

/// The text as something to be said: not too long, and without control characters that could act on a terminal.
pub(super) fn checked_text(text: String, max: usize, field: &str) -> Result<String, Refusal> {
    if text.len() > max {
        let why = format!("`{field}` has {} bytes of at most {max}; split it", text.len());
        return Err(Refusal::no(Code::TextTooLong, why));
    }
    match text.chars().find(|letter| letter.is_control() && *letter != '\n' && *letter != '\t') {
        Some(letter) => {
            let why = format!("`{field}` holds the control character U+{:04X}; remove it", u32::from(letter));
            Err(Refusal::no(Code::BadText, why))
        }
        None => Ok(text),
    }
}
