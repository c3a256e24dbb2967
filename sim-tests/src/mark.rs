//! Words that are said once in a run, and are found again wherever they lie.

use sha2::{Digest as _, Sha256};

/// Letters of a mark.
const LETTERS: usize = 12;
/// What a mark begins with.
const FIRST: char = 'x';
/// Letters of a mark that are looked for in files: an index keeps of a word what it does not share with the one before.
pub const TAIL: usize = 8;

/// The mark of this number in the run of this seed: letters and digits that nothing else has.
#[must_use]
pub fn mark(seed: u64, number: u64) -> String {
    let hash = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(number.to_le_bytes()).finalize();
    let letter = |byte: &u8| char::from(b"0123456789abcdefghijklmnopqrstuvwyz23456"[usize::from(byte % 40)]);
    // A word of letters alone might be anybody's: one at least is a digit.
    let digit = char::from(b'0' + hash[LETTERS] % 10);
    [FIRST, digit].into_iter().chain(hash.iter().take(LETTERS - 2).map(letter)).collect()
}

/// The marks that stand in a text.
pub fn marks(text: &str) -> impl Iterator<Item = &str> {
    let is_mark = |word: &&str| {
        word.len() == LETTERS && word.starts_with(FIRST) && word.bytes().any(|byte| byte.is_ascii_digit())
    };
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_mark)
}
