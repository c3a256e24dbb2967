//! What must never be shown or logged: tokens, codes and passwords, and the little that is checked of them.

use crate::entry::TokenHash;
use crate::limits::{
    CODE_CHARS_MAX, CODE_CHARS_MIN, PASSWORD_BYTES_MAX, PASSWORD_BYTES_MIN, TOKEN_CHARS_MAX, TOKEN_CHARS_MIN,
};
use sha2::{Digest, Sha256};
use std::fmt;

/// The commonest passwords of at least eight bytes, in lower case, one a line in the order of their bytes: what is so
/// long of the 20,000 that Royce Williams compiled from leaked ones, as Django ships them.
const COMMON_PASSWORDS: &str = include_str!("common_passwords.txt");

/// A token: `TOKEN_CHARS_MIN` to `TOKEN_CHARS_MAX` characters of `A-Z a-z 0-9 - _`. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// A code that is good once: `CODE_CHARS_MIN` to `CODE_CHARS_MAX` letters and digits. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct OnceCode(String);

/// A password as it was received, byte for byte. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a text cannot be a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too short or too long.
    #[error("a password has {PASSWORD_BYTES_MIN} to {PASSWORD_BYTES_MAX} bytes; this one has {0}")]
    Length(usize),
    /// One of those that are tried first.
    #[error("this is one of the commonest passwords, which are tried first; choose another")]
    Common,
    /// One character over and over, be it blanks.
    #[error("this is the same character over and over; choose another")]
    Uniform,
}

impl Secret {
    /// The text as a token, if it is of the form of one.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        let fits = (TOKEN_CHARS_MIN..=TOKEN_CHARS_MAX).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (fits && plain).then_some(Secret(text))
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        hash(&self.0)
    }

    /// The token itself, for the line that carries it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl OnceCode {
    /// The text as a code, if it is of the form of one. Blanks and hyphens are for the eye, and case does not count.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let bare = bare.to_ascii_lowercase();
        let fits = (CODE_CHARS_MIN..=CODE_CHARS_MAX).contains(&bare.len());
        (fits && bare.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(OnceCode(bare))
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        hash(&self.0)
    }

    /// The code itself, for the line that carries it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Password {
    /// The text as a password that somebody claims to be his; `None` if nobody's can be so long.
    #[must_use]
    pub fn claimed(text: String) -> Option<Self> {
        (text.len() <= PASSWORD_BYTES_MAX).then_some(Password(text))
    }

    /// The text as a new password.
    ///
    /// # Errors
    /// When it is too short, too long, or too common.
    pub fn chosen(text: String) -> Result<Self, WeakPassword> {
        if !(PASSWORD_BYTES_MIN..=PASSWORD_BYTES_MAX).contains(&text.len()) {
            return Err(WeakPassword::Length(text.len()));
        }
        let first = text.chars().next();
        if text.chars().all(|c| Some(c) == first) {
            return Err(WeakPassword::Uniform);
        }
        let folded = text.to_lowercase();
        let common: Vec<&str> = COMMON_PASSWORDS.lines().collect();
        if common.binary_search(&folded.as_str()).is_ok() {
            return Err(WeakPassword::Common);
        }
        Ok(Password(text))
    }

    /// The password itself, for the one who hashes it and for the line that carries it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

fn hash(text: &str) -> TokenHash {
    TokenHash::new(Sha256::digest(text.as_bytes()).into())
}

/// The SHA-256 of a text in lowercase hexadecimal.
#[must_use]
pub fn hash_text(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Bytes in lowercase hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
    }
    hex
}

macro_rules! hidden {
    ($($name:ident)*) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(…)"))
            }
        })*
    };
}

hidden!(Secret OnceCode Password);
