//! The checksums that make damage visible: each entry's sum covers its header, its content's digest, and the sum before.

use sala_core::entry::{LogId, Position, Seq};
use sha2::{Digest, Sha256};

/// Bytes of a salt, a digest, or a sum: half a SHA-256, plenty against chance.
pub(super) const SUM_BYTES: usize = 16;

pub(super) type Sum = [u8; SUM_BYTES];

/// The sum before a log's first entry.
pub(super) const START: Sum = [0; SUM_BYTES];

/// The digest of a content. The salt keeps it from saying anything once the content is erased.
pub(super) fn digest(salt: &[u8], body: &[u8]) -> Sum {
    cut(Sha256::new().chain_update(salt).chain_update(body))
}

/// The sum of an entry, after the log's sum before it.
pub(super) fn link(before: &Sum, position: Position, log: LogId, seq: Seq, digest: &[u8]) -> Sum {
    let hash = Sha256::new()
        .chain_update(before)
        .chain_update(position.0.to_le_bytes())
        .chain_update(log.0.to_le_bytes())
        .chain_update(seq.0.to_le_bytes())
        .chain_update(digest);
    cut(hash)
}

fn cut(hash: Sha256) -> Sum {
    let whole = hash.finalize();
    whole[..SUM_BYTES].try_into().expect("a SHA-256 has more than sixteen bytes")
}
