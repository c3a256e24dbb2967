//! Secrets that are drawn at random.

use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _};
use sala_core::limits::TOKEN_CHARS_MAX;
use sala_core::secret::{OnceCode, Secret};
use sala_core::totp;

/// Characters of a token: 43 of these 64 carry 256 bits.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TOKEN_CHARS: usize = 43;
/// Recovery codes that are drawn at once.
const RECOVERY_CODES: usize = 8;

const _: () = assert!(TOKEN_CHARS <= TOKEN_CHARS_MAX);

/// Letters at random that are fit for a token or the name of a file.
pub(super) fn letters(count: usize, random: &mut StdRng) -> String {
    (0..count).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
}

/// A token of 256 bits.
#[must_use]
pub fn token(random: &mut StdRng) -> Secret {
    Secret::new(letters(TOKEN_CHARS, random)).expect("43 letters of the alphabet of tokens are a token")
}

/// A code to be typed by a person: 80 bits in base32.
#[must_use]
pub fn code(random: &mut StdRng) -> OnceCode {
    let mut bytes = [0; 10];
    random.fill_bytes(&mut bytes);
    OnceCode::new(&totp::secret(&bytes)).expect("sixteen characters of base32 are a code")
}

/// A code as it is shown: in groups of four.
#[must_use]
pub fn grouped(code: &OnceCode) -> String {
    spaced(code.reveal()).replace(' ', "-")
}

/// A secret as a person types it: in groups of four.
#[must_use]
pub fn spaced(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// What one-time codes are made of: a secret of 160 bits, as RFC 4226 recommends, and codes for when it is lost.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret, in base32.
    pub secret: String,
    /// Codes for the day on which what makes them is lost.
    pub recovery: Vec<OnceCode>,
}

/// It says nothing of what it holds.
impl std::fmt::Debug for Enrolment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Enrolment")
    }
}

impl Enrolment {
    /// Draws them.
    #[must_use]
    pub fn draw(random: &mut StdRng) -> Self {
        let mut bytes = [0; 20];
        random.fill_bytes(&mut bytes);
        let recovery = (0..RECOVERY_CODES).map(|_| code(random)).collect();
        Enrolment { secret: totp::secret(&bytes), recovery }
    }
}
