//! One file of a simulated disk: the content that a process sees, and what of it a loss of power would leave.

use std::mem;

/// Bytes that a disk writes whole or not at all.
pub(super) const SECTOR_BYTES: usize = 512;

/// A file. Without unsynced changes, `live` and `durable` are equal; with them, `live` is `durable` with the
/// changes made in order.
#[derive(Default)]
pub(super) struct StoredFile {
    live: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
    /// Handles that are open on it. A file without a name lives for as long as it has one.
    pub(super) handles: u32,
}

enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate { length: usize },
}

impl StoredFile {
    pub(super) fn live(&self) -> &[u8] {
        &self.live
    }

    pub(super) fn durable(&self) -> &[u8] {
        &self.durable
    }

    /// Writes `bytes` at `offset`; a gap before them reads as zeros.
    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        put(&mut self.live, offset, bytes);
        self.unsynced.push(Change::Write { offset, bytes: bytes.to_vec() });
    }

    /// Cuts the file to `length` bytes, or fills it up to there with zeros.
    pub(super) fn truncate(&mut self, length: usize) {
        self.live.resize(length, 0);
        self.unsynced.push(Change::Truncate { length });
    }

    /// Makes every change so far durable.
    pub(super) fn sync(&mut self) {
        for change in mem::take(&mut self.unsynced) {
            match change {
                Change::Write { offset, bytes } => put(&mut self.durable, offset, &bytes),
                Change::Truncate { length } => self.durable.resize(length, 0),
            }
        }
    }

    /// Ends in what a loss of power leaves: for each sector of each unsynced write, and for each unsynced change
    /// of length, `survives` is asked in order whether it had reached the disk. That a late write survives and an
    /// early one does not is how a disk's own cache behaves. Returns how many bytes of writes were lost.
    pub(super) fn lose_power(&mut self, mut survives: impl FnMut() -> bool) -> u64 {
        let mut lost_bytes = 0;
        for change in mem::take(&mut self.unsynced) {
            match change {
                Change::Write { offset, bytes } => {
                    let mut rest = bytes.as_slice();
                    let mut at = offset;
                    while !rest.is_empty() {
                        let (sector, after) =
                            rest.split_at((SECTOR_BYTES - at % SECTOR_BYTES).min(rest.len()));
                        if survives() {
                            put(&mut self.durable, at, sector);
                        } else {
                            lost_bytes += sector.len() as u64;
                        }
                        at += sector.len();
                        rest = after;
                    }
                }
                Change::Truncate { length } => {
                    if survives() {
                        self.durable.resize(length, 0);
                    }
                }
            }
        }
        self.live.clone_from(&self.durable);
        lost_bytes
    }

    /// Turns one bit over, as a bad medium does: in every copy of the byte, so that no later sync repairs it
    /// unasked. False if the file has no such byte.
    pub(super) fn flip_bit(&mut self, byte: usize, bit: u32) -> bool {
        let mask = 1 << bit;
        let flip = |bytes: &mut [u8], index: Option<usize>| {
            index.and_then(|index| bytes.get_mut(index)).map(|byte| *byte ^= mask).is_some()
        };
        for change in &mut self.unsynced {
            if let Change::Write { offset, bytes } = change {
                flip(bytes, byte.checked_sub(*offset));
            }
        }
        flip(&mut self.durable, Some(byte));
        flip(&mut self.live, Some(byte))
    }
}

fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}
