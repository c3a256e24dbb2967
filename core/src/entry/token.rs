//! What is kept of a token or a code: nobody who reads it comes in by it.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// How many digits a hash has when it is written.
const DIGITS: usize = 64;

/// The SHA-256 of a token, written in lowercase hexadecimal: the only form in which a token is kept. The default one, which
/// is written as nothing, is of no token, and lets nobody in.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenHash(
    /// All zero if it is of none, as no token's is by any chance that could be met.
    [u8; 32],
);

impl TokenHash {
    /// The hash that has these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        TokenHash(bytes)
    }

    /// Whether it is of no token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == TokenHash::default()
    }

    /// Reads what was written of one: 64 lowercase hexadecimal digits, or nothing.
    fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(TokenHash::default());
        }
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = 16 * digit(*high)? + digit(*low)?;
        }
        // It would be written as nothing.
        Some(TokenHash(bytes)).filter(|hash| !hash.is_empty())
    }

    fn written<R>(&self, work: impl FnOnce(&str) -> R) -> R {
        if self.is_empty() {
            return work("");
        }
        let mut digits = [0; DIGITS];
        for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(self.0) {
            *pair = [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]);
        }
        work(std::str::from_utf8(&digits).expect("hexadecimal digits are ASCII"))
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written(|text| f.pad(text))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({self})")
    }
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Digits)
    }
}

/// Reads its text where that lies.
struct Digits;

impl Visitor<'_> for Digits {
    type Value = TokenHash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a token's hash, which is {DIGITS} lowercase hexadecimal digits, or nothing")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TokenHash, E> {
        // What it is instead is not repeated: it may be a secret.
        TokenHash::read(text)
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Other("another text"), &self))
    }
}
