//! Places in the order of all entries as they are told: numbers that say nothing of what lies between them.
//!
//! Two places of one person differ by what everybody wrote meanwhile, also by what he must not learn of: whether somebody
//! was told of his request, or has blocked him. So a place is told under a permutation that a key of the server's decides: a
//! Feistel network of four rounds (Luby and Rackoff, 1988) over 52 bits, which every JSON parser keeps exact.

use crate::entry::Position;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const HALF_BITS: u32 = 26;
const HALF: u64 = (1 << HALF_BITS) - 1;
const ROUNDS: [u8; 4] = [1, 2, 3, 4];

/// A place as it is told. The place before all entries is told as it is, so that whoever begins can say it.
pub(super) fn told(key: &str, Position(position): Position) -> u64 {
    if position == 0 {
        return 0;
    }
    let halves = (position >> HALF_BITS & HALF, position & HALF);
    let (left, right) =
        ROUNDS.iter().fold(halves, |(left, right), round| (right, left ^ mixed(key, *round, right)));
    left << HALF_BITS | right
}

/// The place that was told so; some place or other if none was. `None` if none ever is.
pub(super) fn meant(key: &str, told: u64) -> Option<Position> {
    if told == 0 {
        return Some(Position(0));
    }
    if told >> (2 * HALF_BITS) != 0 {
        return None;
    }
    let halves = (told >> HALF_BITS, told & HALF);
    let (left, right) =
        ROUNDS.iter().rev().fold(halves, |(left, right), round| (right ^ mixed(key, *round, left), left));
    Some(Position(left << HALF_BITS | right))
}

fn mixed(key: &str, round: u8, half: u64) -> u64 {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key may have any length");
    let bytes = mac.chain_update([round]).chain_update(half.to_le_bytes()).finalize().into_bytes();
    u64::from_le_bytes(bytes[..8].try_into().expect("a SHA-256 has more than eight bytes")) & HALF
}

#[cfg(test)]
mod tests {
    use super::{meant, told};
    use crate::entry::Position;

    #[test]
    fn a_place_that_was_told_is_the_one_that_is_meant() {
        for position in (0..2_000).chain([1 << 26, (1 << 52) - 1]) {
            assert_eq!(meant("key", told("key", Position(position))), Some(Position(position)));
        }
        assert_eq!(
            (told("key", Position(0)), meant("key", 1 << 52), meant("key", u64::MAX)),
            (0, None, None)
        );
    }

    #[test]
    fn how_far_apart_two_places_are_does_not_show() {
        let steps =
            |key| (1..1_000).map(move |at| told(key, Position(at + 1)).abs_diff(told(key, Position(at))));
        assert!(steps("key").all(|step| step > 1_000), "not by chance, with this key");
        assert_ne!(told("key", Position(7)), told("other", Position(7)));
    }
}
