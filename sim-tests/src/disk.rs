//! A simulated disk, which forgets what was not synced, tears writes, fails, and fills up.

mod faults;
mod file;
mod names;
mod device;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use device::{Counts, Tear};
pub(crate) use device::{Disk, DiskError, Handle};
pub use faults::{Failing, Operation};

/// A simulated disk, shared by the process that uses it through SQLite and the world that breaks it. Clones are the
/// same disk.
///
/// One process uses it at a time. The process ends with [`process_killed`](SharedDisk::process_killed) or
/// [`power_cut`](SharedDisk::power_cut), to be called *before* what the process owned is dropped: every file opened
/// until then is dead and fails at each operation, so that no late destructor can checkpoint a database or delete
/// its log, as a clean shutdown would.
///
/// The lock never leaves these methods, since a guard held over a call into SQLite would wait for itself.
#[derive(Clone)]
pub struct SharedDisk(Arc<Mutex<Disk>>);

impl SharedDisk {
    /// An empty disk without limits or faults, whose chance, and SQLite's with it, follows from `seed`. Its clock
    /// stands at 0.
    #[must_use]
    pub fn new(seed: u64) -> SharedDisk {
        SharedDisk(Arc::new(Mutex::new(Disk::new(seed))))
    }

    /// Sets what SQLite takes the time from, in milliseconds since 1970. The clock must not use the disk.
    pub fn set_clock(&self, clock: impl Fn() -> u64 + Send + 'static) {
        self.lock().set_clock(Box::new(clock));
    }

    /// Sets when operations of this kind fail with an input/output error, instead of what was set before. A failed
    /// operation changes nothing; a failed sync leaves everything as unsynced as it was.
    pub fn fail(&self, operation: Operation, failing: Failing) {
        self.lock().fail(operation, failing);
    }

    /// Sets how many bytes all files together may have; a write that would make them more is refused whole. `None`
    /// is no limit, and a limit below [`used`](SharedDisk::used) stops all growth.
    pub fn set_capacity(&self, capacity_bytes: Option<usize>) {
        self.lock().set_capacity(capacity_bytes);
    }

    /// While `lying`, syncs report success and make nothing durable: a planted bug, for judges to find.
    pub fn set_lying_sync(&self, lying: bool) {
        self.lock().set_lying_sync(lying);
    }

    /// Cuts the power at the `nth` write, truncation, deletion, or sync from now, counted from 1, instead of a cut
    /// planned before. That operation fails. A sync that is hit was complete or not, by chance.
    pub fn cut_power_at(&self, nth: u64, tear: Tear) {
        assert!(nth > 0, "the operation before the next has happened");
        self.lock().cut_power_at(nth, tear);
    }

    /// True if a planned cut has happened since it was last asked, and the power is back with the answer. Until
    /// then nothing can be opened, so that a process which does not know yet that it is dead leaves no trace.
    #[must_use]
    pub fn take_cut(&self) -> bool {
        self.lock().take_cut()
    }

    /// Ends all faults: errors, limits, lies, and cuts that are planned. What is lost or flipped stays so.
    pub fn heal(&self) {
        self.lock().heal();
    }

    /// The power goes and comes back: unsynced changes fare as `tear` says, and everything opened before is dead.
    pub fn power_cut(&self, tear: Tear) {
        self.lock().power_cut(tear);
    }

    /// The process dies without warning. Everything it opened is dead and its locks are released; the next one
    /// sees all that was written, synced or not.
    pub fn process_killed(&self) {
        self.lock().process_killed();
    }

    /// Turns over bit `bit`, 0 to 7, of byte `byte` of a file, in all that is kept of it. False if there is no such
    /// byte.
    #[must_use]
    pub fn flip_bit(&self, name: &str, byte: usize, bit: u32) -> bool {
        assert!(bit < 8, "a byte has no bit {bit}");
        self.lock().flip_bit(name, byte, bit)
    }

    /// What happened so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.lock().counts()
    }

    /// Bytes in all files that have a name, as a process sees them.
    #[must_use]
    pub fn used(&self) -> usize {
        self.lock().used()
    }

    /// The names of all files, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.lock().names()
    }

    /// The content of a file as a process sees it, synced or not; `None` if there is none of that name.
    #[must_use]
    pub fn read_file(&self, name: &str) -> Option<Vec<u8>> {
        self.lock().read_file(name).map(<[u8]>::to_vec)
    }

    /// Puts a file on the disk, as if it had been there for long, in place of what had its name.
    pub fn put_file(&self, name: &str, content: &[u8]) {
        self.lock().put_file(name, content);
    }

    /// Puts these files on the disk, as if they had been there for long, in place of all that it has.
    pub fn put_back(&self, files: &BTreeMap<String, Vec<u8>>) {
        self.lock().put_back(files);
    }

    /// SHA-256 of all names and contents, both those that a process sees and those that are sure to survive a loss
    /// of power.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.lock().digest()
    }

    /// The disk, also if a test panicked while it held the lock: no method leaves it half changed.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
