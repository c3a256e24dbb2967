//! Names of people and rooms: what may be one, and when two of them look alike.
//!
//! A name is a username of RFC 8265. It is shown in the case that its owner gave it (`UsernameCasePreserved`), and it
//! must have a case-mapped form (`UsernameCaseMapped`), from which names are compared. Unicode's UTS #39 does the rest:
//! its allowed characters, its level "highly restrictive" for scripts, and its skeletons for names that look alike.
//!
//! PRECIS alone is not enough for a chat: it lets through all of ASCII's punctuation, joiners that nobody sees, and
//! any mixture of scripts.

use crate::limits::{NAME_BYTES_MAX, NAME_CHARS_MAX, NAME_MARKS_MAX};
use compact_str::CompactString;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use precis_profiles::precis_core::{Error, UnexpectedError};
use precis_profiles::{UsernameCaseMapped, UsernameCasePreserved};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::{GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection, skeleton};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $text:ty, $given:expr) => {
        $(#[$doc])*
        ///
        /// Two are equal if they are written alike, case included; [`same`](Self::same) passes over case, and whether
        /// one can be mistaken for the other is what their [`keys`](Self::keys) say.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($text);

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl $name {
            /// Reads a name, and brings it into the form in which it is shown: composed, and in characters of
            /// ordinary width. Parsing that form again gives the same name.
            ///
            /// # Errors
            /// When the text is no name; the message is for the person who typed it.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                let given: fn(&str) -> bool = $given;
                if given(text) { Ok(Self(text.into())) } else { checked(text).map(|shown| Self((*shown).into())) }
            }

            /// The name as it is shown.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the two are one name but for the case they are written in.
            #[must_use]
            pub fn same(&self, other: &Self) -> bool {
                self == other || undotted(folded(self.0.nfd())).eq(undotted(folded(other.0.nfd())))
            }

            /// The keys that must both be unique.
            #[must_use]
            pub fn keys(&self) -> NameKeys {
                keys(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(de::Error::custom)
            }
        }
    };
}

name!(
    /// A person's name. It lies where it is held, if it has at most 24 bytes, as most have: there is one for each person
    /// and each entry.
    Name,
    CompactString,
    |_| false
);
name!(
    /// A room's name, by the same rules as a person's; or the key that the server gives to a room which nobody is to
    /// find by its name: `~` and the number of its log, or [`OWN_LOG`]. A clone costs a counter: each connection has one
    /// of each room.
    RoomName,
    Arc<str>,
    is_given
);

/// The key of everybody's own log.
pub const OWN_LOG: &str = "~me";

impl Name {
    /// The name that stands in place of an erased person's.
    #[must_use]
    pub fn of_erased(person: u64) -> Self {
        Name(format!("{ERASED_PREFIX}{person}").into())
    }

    /// Whether it is kept from people: a mention of it calls others, or it sounds like somebody who has a say here.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        let key = self.keys().folded_skeleton;
        RESERVED.iter().any(|reserved| keys(reserved).folded_skeleton == key)
    }

    /// Whether it could be taken for the name of somebody who is erased.
    #[must_use]
    pub fn is_like_erased(&self) -> bool {
        self.keys().folded_skeleton.starts_with(&*keys("deleted").folded_skeleton)
            && self.as_str().chars().any(|c| c == '-')
    }
}

impl RoomName {
    /// The key of a room that is not found by its name.
    #[must_use]
    pub fn of_log(log: u64) -> Self {
        RoomName(format!("~{log}").into())
    }

    /// The key of everybody's own log.
    #[must_use]
    pub fn own() -> Self {
        // Each reader of one holds it: one text for all of them.
        static OWN: LazyLock<Arc<str>> = LazyLock::new(|| OWN_LOG.into());
        RoomName(Arc::clone(&OWN))
    }

    /// What stands in place of an erased name.
    #[must_use]
    pub fn of_erased() -> Self {
        RoomName::of_log(0)
    }

    /// Whether the server gave it, so that nobody can choose it.
    #[must_use]
    pub fn is_given(&self) -> bool {
        is_given(&self.0)
    }

    /// The number of the log, if the server gave the key.
    #[must_use]
    pub fn given_log(&self) -> Option<u64> {
        self.0.strip_prefix('~')?.parse().ok()
    }
}

/// Names that are nobody's.
const RESERVED: [&str; 14] = [
    "room",
    "all",
    "everyone",
    "everybody",
    "here",
    "channel",
    "admin",
    "administrator",
    "moderator",
    "owner",
    "server",
    "system",
    "support",
    "root",
];

/// What stands before the number of an erased person.
const ERASED_PREFIX: &str = "deleted-";

fn is_given(text: &str) -> bool {
    let number = |digits: &str| digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit());
    text == OWN_LOG || text.strip_prefix('~').is_some_and(|digits| !digits.is_empty() && number(digits))
}

/// What a name is told apart by: it is free only if no holder of another has the same first key, and none the same
/// second one.
///
/// A skeleton (UTS #39, section 4) is what a name looks like: `m` and `rn` have one skeleton, and so have `l`, `I` and
/// `1`. Looks depend on case, so the order of folding and drawing the skeleton matters, and neither order is enough.
/// `MARIA` and `rnaria` meet only in the first key, since it is the small `m` that looks like `rn`; `paypaI` with a
/// capital i and `paypal` meet only in the second, since folding makes that `I` an `i`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NameKeys {
    /// The skeleton of the folded name.
    pub folded_skeleton: CompactString,
    /// The skeleton of the name as it is shown, folded.
    pub skeleton_folded: CompactString,
}

/// Why a text is no name, and what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing.
    #[error("a name cannot be empty: choose one of up to {NAME_CHARS_MAX} characters")]
    Empty,
    /// There is too much, in the form that would be shown or already in the one that was typed.
    #[error(
        "the name has {chars} characters in {bytes} bytes: shorten it to {NAME_CHARS_MAX} characters and \
         {NAME_BYTES_MAX} bytes (a letter beyond a-z takes two to four)"
    )]
    TooLong {
        /// How many characters it has.
        chars: usize,
        /// How many bytes of UTF-8 they take.
        bytes: usize,
    },
    /// This character is in no name, or not at that place.
    #[error("a name cannot hold {} there: use letters and digits, with `-`, `_` or `.` between them", named(*.0))]
    Character(char),
    /// Something other than letters and digits is at an end of it, or two such things stand side by side.
    #[error(
        "a name begins and ends with a letter or a digit, and has no two of `-`, `_` and `.` side by side"
    )]
    Edge,
    /// Too many accents stand on one letter, or one of them twice.
    #[error("a name has at most {NAME_MARKS_MAX} accents on a letter, each of them once: leave some out")]
    Marks,
    /// Letters of alphabets that are not written together, and of which one can pass for another.
    #[error(
        "a name keeps to one alphabet (Latin may stand with Chinese, Japanese or Korean): write it in one"
    )]
    MixedScripts,
    /// Text from right to left and from left to right, which would be shown in an order other than it is typed in.
    #[error("a name runs in one direction: use letters of one direction only, and begin with a letter")]
    Direction,
}

/// The punctuation of ASCII that a name may hold. The rest would break a mention, a path or a command line.
const JOINERS: [char; 3] = ['-', '_', '.'];

fn checked(text: &str) -> Result<Cow<'_, str>, NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    // The form that is shown can be shorter than what was typed, by a factor of three at most (a letter of double
    // width takes three bytes, its ordinary twin one); so this refuses nothing but work.
    if text.len() > 3 * NAME_BYTES_MAX {
        return Err(too_long(text));
    }
    // Every entry holds a name and most names are ASCII, in which there is nothing to widen, compose, or mix; it takes
    // PRECIS and the tables of scripts microseconds to find that out.
    let plain = text.is_ascii();
    let shown = if plain { text.into() } else { UsernameCasePreserved::enforce(text).map_err(refused)? };
    if shown.len() > NAME_BYTES_MAX || shown.chars().count() > NAME_CHARS_MAX {
        return Err(too_long(&shown));
    }
    if let Some(character) = shown.chars().find(|c| !may_stand(*c)) {
        return Err(NameError::Character(character));
    }
    if !joined_well(&shown) {
        return Err(NameError::Edge);
    }
    if plain {
        return Ok(shown);
    }
    if !marked_well(&shown) {
        return Err(NameError::Marks);
    }
    if !shown.check_restriction_level(RestrictionLevel::HighlyRestrictive) {
        return Err(NameError::MixedScripts);
    }
    UsernameCaseMapped::enforce(&*shown).map_err(refused)?;
    Ok(shown)
}

fn keys(shown: &str) -> NameKeys {
    if is_given(shown) {
        return NameKeys { folded_skeleton: shown.into(), skeleton_folded: shown.into() };
    }
    if shown.is_ascii() { ascii_keys(shown) } else { table_keys(shown) }
}

/// The keys of a name of ASCII: what the tables give, without looking there. Each request names a room, and most names are
/// ASCII; the tables took half of all that a server does for a post.
fn ascii_keys(shown: &str) -> NameKeys {
    // UTS #39 takes all others of those that may stand in a name for themselves.
    let look = |byte: u8| match byte {
        b'0' => (b'O', None),
        b'1' | b'I' => (b'l', None),
        b'm' => (b'r', Some(b'n')),
        _ => (byte, None),
    };
    let skeleton = |byte: u8| {
        let (first, second) = look(byte);
        std::iter::once(first).chain(second)
    };
    NameKeys {
        folded_skeleton: key_of(shown.bytes().map(|b| b.to_ascii_lowercase()).flat_map(skeleton)),
        skeleton_folded: key_of(shown.bytes().flat_map(skeleton).map(|b| b.to_ascii_lowercase())),
    }
}

/// A key of these characters, which are ASCII: no more than two for each byte of a name. Collected one by one, a text costs
/// more than all else here.
fn key_of(characters: impl Iterator<Item = u8>) -> CompactString {
    let mut key = [0; 2 * NAME_BYTES_MAX];
    let mut len = 0;
    for character in characters {
        // Cut, it would be the key of another name.
        key[len] = character;
        len += 1;
    }
    CompactString::from_utf8(&key[..len]).expect("ASCII is UTF-8")
}

fn table_keys(shown: &str) -> NameKeys {
    let mapped =
        UsernameCaseMapped::enforce(shown).expect("a name without a case-mapped form was not parsed");
    let first: String = folded(mapped.chars()).collect();
    NameKeys {
        folded_skeleton: undotted(skeleton(&first)).collect(),
        skeleton_folded: folded(skeleton(shown)).collect(),
    }
}

fn may_stand(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || JOINERS.contains(&c);
    }
    // The joiners of zero width are allowed by PRECIS where they change a letter's form. Nobody sees them, so nobody
    // could type a name that has one; said here, lest it hang on how UTS #39 classes them this year.
    c.identifier_allowed() && !matches!(c, '\u{200c}' | '\u{200d}')
}

fn joined_well(shown: &str) -> bool {
    // `char::is_alphanumeric` counts vowel signs in, and a name must not begin with something that leans on a letter.
    let begins = shown.starts_with(|c: char| c.is_alphanumeric() && !is_combining_mark(c));
    let ends = shown.ends_with(|c: char| c.is_alphanumeric() || is_combining_mark(c));
    let pairs = shown.chars().zip(shown.chars().skip(1));
    begins && ends && pairs.into_iter().all(|(a, b)| !(JOINERS.contains(&a) && JOINERS.contains(&b)))
}

fn marked_well(shown: &str) -> bool {
    let mut marks = 0;
    let mut last = None;
    for c in shown.nfd() {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if marks > NAME_MARKS_MAX || (marks > 0 && last == Some(c)) {
            return false;
        }
        last = Some(c);
    }
    true
}

/// Folds case as fully as Unicode's `toCasefold` and a little more, without its table: ß, ẞ and SS meet in `ss`, σ and
/// ς in `σ`, ı and I in `i`. RFC 8265 maps by lower case alone, which keeps all of these apart. Character by character,
/// since `str::to_lowercase` makes a sigma's form depend on what follows it.
pub(crate) fn folded(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    chars.flat_map(char::to_lowercase).flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// Takes the dot off what has a dot already. İ becomes an `i` with a combining dot, which looks like any other.
pub(crate) fn undotted(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut letter = ' ';
    chars.filter(move |c| {
        if !is_combining_mark(*c) {
            letter = *c;
        }
        !(*c == '\u{307}' && matches!(letter, 'i' | 'j'))
    })
}

fn refused(error: Error) -> NameError {
    let character = |point| char::from_u32(point).map_or(NameError::Edge, NameError::Character);
    match error {
        Error::BadCodepoint(info) => character(info.cp),
        // Either profile calls a label invalid when it is empty, which ours is not, or breaks the rule of RFC 5893.
        Error::Invalid => NameError::Direction,
        Error::Unexpected(
            UnexpectedError::ContextRuleNotApplicable(info) | UnexpectedError::MissingContextRule(info),
        ) => character(info.cp),
        // A rule that looks at a neighbour found none, which happens only at an end.
        Error::Unexpected(UnexpectedError::Undefined | UnexpectedError::ProfileRuleNotApplicable) => {
            NameError::Edge
        }
    }
}

fn too_long(text: &str) -> NameError {
    NameError::TooLong { chars: text.chars().count(), bytes: text.len() }
}

/// A character for a message. One that could be invisible, or act on a terminal, is only numbered.
fn named(c: char) -> String {
    let number = u32::from(c);
    match c {
        ' ' => "a space".to_owned(),
        _ if c.is_ascii_graphic() || (c.is_alphanumeric() && !is_combining_mark(c)) => {
            format!("`{c}` (U+{number:04X})")
        }
        _ => format!("the character U+{number:04X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ascii_have_the_keys_that_the_tables_give() {
        let standing = (0..128_u8).map(char::from).filter(|c| may_stand(*c));
        for c in standing {
            // In the middle, where anything may stand.
            let name = format!("a{c}Z");
            assert_eq!(ascii_keys(&name), table_keys(&name), "{name}");
        }
        let longest = "m".repeat(NAME_BYTES_MAX);
        let keys = ascii_keys(&longest);
        assert_eq!(keys, table_keys(&longest));
        assert_eq!(keys.folded_skeleton.len(), 2 * NAME_BYTES_MAX);
    }
}
