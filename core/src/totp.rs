//! One-time codes by time: RFC 6238 over RFC 4226, with SHA-1 and six digits, as every authenticator speaks it.

use crate::limits::{TOTP_STEP_MS, TOTP_STEPS_OFF_MAX};
use crate::time::Wall;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

const DIGITS: usize = 6;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step of thirty seconds whose code this is, if it is one of the present step, the one before, or the one after.
#[must_use]
pub fn step_of(secret: &str, code: &str, at: Wall) -> Option<u64> {
    let now = at.0 / TOTP_STEP_MS;
    let key = key(secret)?;
    if code.len() != DIGITS {
        return None;
    }
    let steps = now.saturating_sub(TOTP_STEPS_OFF_MAX)..=now + TOTP_STEPS_OFF_MAX;
    steps.into_iter().rev().find(|step| code_of(&key, *step) == code)
}

/// The code of a secret in base32 at this time; `None` if that is no secret.
#[must_use]
pub fn code_at(secret: &str, at: Wall) -> Option<String> {
    Some(code_of(&key(secret)?, at.0 / TOTP_STEP_MS))
}

/// What an authenticator reads, as a link or a picture: the key URI that they all know.
#[must_use]
pub fn uri(server: &str, name: &str, secret: &str) -> String {
    let plain = |text: &str| -> String {
        let escape = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(escape).collect()
    };
    format!("otpauth://totp/Sala:{}%40{}?secret={secret}&issuer=Sala", plain(name), plain(server))
}

/// Random bytes as a secret in base32, five bits a character.
#[must_use]
pub fn secret(random: &[u8]) -> String {
    let bit = |at: usize| random[at / 8] >> (7 - at % 8) & 1;
    let letter = |first: usize| (first..first + 5).fold(0, |bits, at| bits << 1 | bit(at));
    (0..8 * random.len() / 5)
        .map(|letter_at| char::from(BASE32[usize::from(letter(5 * letter_at))]))
        .collect()
}

fn code_of(key: &[u8], step: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("an HMAC takes a key of any length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[digest.len() - 1] & 0xF);
    let word: [u8; 4] =
        digest[offset..offset + 4].try_into().expect("an offset below 16 leaves four of 20 bytes");
    let number = u32::from_be_bytes(word) & 0x7FFF_FFFF;
    format!("{:06}", number % 1_000_000)
}

fn key(secret: &str) -> Option<Vec<u8>> {
    let mut key = Vec::with_capacity(secret.len() * 5 / 8);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in secret.bytes() {
        let value = BASE32.iter().position(|known| *known == letter)?;
        bits = (bits << 5 | u32::try_from(value).ok()?) & 0xFFF;
        count += 5;
        if count >= 8 {
            count -= 8;
            key.push(u8::try_from(bits >> count & 0xFF).ok()?);
        }
    }
    Some(key)
}
