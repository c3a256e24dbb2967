//! Which entries of a room are posts that still stand: one bit each, so that unread posts can be counted without reading.

use crate::entry::Seq;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const BITS: u64 = 64;

/// One bit for each place of a room's log, set where a post stands that was not deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posts(Vec<u64>);

impl Posts {
    /// Whether a post stands there.
    #[must_use]
    pub fn has(&self, seq: Seq) -> bool {
        let (word, bit) = place(seq);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// How many posts stand after this place.
    #[must_use]
    pub fn count_after(&self, seq: Seq) -> u64 {
        let (word, bit) = place(seq);
        let Some(first) = self.0.get(word) else { return 0 };
        let rest = first & !(bit | (bit - 1));
        let later = self.0[word + 1..].iter().map(|bits| u64::from(bits.count_ones())).sum::<u64>();
        u64::from(rest.count_ones()) + later
    }

    /// The first place where a post stands.
    #[must_use]
    pub fn first(&self) -> Option<Seq> {
        self.nth(1)
    }

    /// The place of the post before which so many stand, itself included.
    #[must_use]
    pub fn nth(&self, count: u64) -> Option<Seq> {
        let mut left = count;
        for (word, bits) in (0..).zip(&self.0) {
            let here = u64::from(bits.count_ones());
            if here < left {
                left -= here;
                continue;
            }
            let mut bits = *bits;
            for _ in 1..left {
                bits &= bits - 1;
            }
            return Some(Seq(word * BITS + u64::from(bits.trailing_zeros())));
        }
        None
    }

    pub(super) fn clear_upto(&mut self, seq: Seq) {
        let (word, bit) = place(seq);
        let whole = word.min(self.0.len());
        self.0[..whole].fill(0);
        if let Some(bits) = self.0.get_mut(word) {
            *bits &= !(bit | (bit - 1));
        }
    }

    pub(super) fn set(&mut self, seq: Seq) {
        let (word, bit) = place(seq);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= bit;
    }

    pub(super) fn clear(&mut self, seq: Seq) {
        let (word, bit) = place(seq);
        if let Some(bits) = self.0.get_mut(word) {
            *bits &= !bit;
        }
    }
}

fn place(seq: Seq) -> (usize, u64) {
    (usize::try_from(seq.0 / BITS).unwrap_or(usize::MAX), 1 << (seq.0 % BITS))
}

/// Sixteen hexadecimal digits a word: in a list of numbers most parsers would lose the upper bits.
impl Serialize for Posts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(16 * self.0.len());
        for word in &self.0 {
            write!(text, "{word:016x}").expect("writing to a string cannot fail");
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Posts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let word = |digits: &[u8]| {
            let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() == 16);
            digits.and_then(|digits| u64::from_str_radix(digits, 16).ok())
        };
        let words = text.as_bytes().chunks(16).map(word).collect::<Option<Vec<_>>>();
        words.map(Posts).ok_or_else(|| de::Error::custom("posts are words of sixteen hexadecimal digits"))
    }
}
