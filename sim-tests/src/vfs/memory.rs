//! The memory that the connections to one database share, where SQLite keeps the index of its WAL.

use std::array;
use std::collections::BTreeSet;
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::locks::Holder;

/// Size of a region; SQLite has no other.
pub(super) const REGION_BYTES: usize = 32 * 1024;

const REGION_WORDS: usize = REGION_BYTES / size_of::<AtomicU64>();

/// Atomics, because SQLite writes into them behind our back, aligned as its structures need it. An `Arc` never moves
/// what it holds, so a pointer into it is good until the region is dropped.
type Region = Arc<[AtomicU64; REGION_WORDS]>;

/// The regions, from when the first connection maps one until the last has unmapped them or closed its file.
///
/// SQLite holds raw pointers into them until then, also in a process that is dead already. That is why they are owned
/// by what the open files share, and not by the disk, which forgets a process when it is killed.
#[derive(Default)]
pub(super) struct SharedMemory {
    regions: Vec<Region>,
    users: BTreeSet<Holder>,
}

impl SharedMemory {
    /// The address of a region, which is made of zeros if need be and if `extend` allows it.
    pub(super) fn map(&mut self, holder: Holder, index: usize, extend: bool) -> Option<*mut c_void> {
        self.users.insert(holder);
        if extend {
            while self.regions.len() <= index {
                self.regions.push(Arc::new(array::from_fn(|_| AtomicU64::new(0))));
            }
        }
        self.regions.get(index).map(|region| Arc::as_ptr(region).cast_mut().cast())
    }

    /// The holder uses no address any more. The memory goes with its last user, and the next one rebuilds the index
    /// from the WAL, as after a start.
    pub(super) fn unmap(&mut self, holder: Holder) {
        self.users.remove(&holder);
        if self.users.is_empty() {
            self.regions.clear();
        }
    }
}
