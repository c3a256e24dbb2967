//! The locks of one database file, as SQLite defines them for a file and for a WAL's shared memory.

use std::collections::BTreeSet;
use std::ops::Range;

/// Number of an open file, never used twice, which says who holds a lock.
pub(super) type Holder = u64;

/// A lock that somebody else holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy;

/// What a connection may ask for, weakest first. Of the levels of <https://sqlite.org/lockingv3.html>, PENDING is
/// not asked for but met on the way to EXCLUSIVE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    None,
    Shared,
    Reserved,
    Exclusive,
}

/// The lock on the file.
///
/// Each level is kept for itself, because EXCLUSIVE can be reached without RESERVED: a connection that rolls back a
/// hot journal goes there from SHARED. If it held RESERVED on the way, others would take the journal for one in use
/// and read a database that is half written.
#[derive(Default)]
pub(super) struct FileLock {
    shared: BTreeSet<Holder>,
    reserved: Option<Holder>,
    pending: Option<Holder>,
    exclusive: Option<Holder>,
}

impl FileLock {
    pub(super) fn raise(&mut self, holder: Holder, level: Level) -> Result<(), Busy> {
        match level {
            Level::None => {}
            Level::Shared => {
                if !self.shared.contains(&holder) {
                    free_for(holder, self.pending)?;
                    self.shared.insert(holder);
                }
            }
            Level::Reserved => {
                free_for(holder, self.reserved)?;
                self.reserved = Some(holder);
            }
            Level::Exclusive => {
                free_for(holder, self.pending)?;
                // It stays pending if there are readers, so that no new one comes in and starves it.
                self.pending = Some(holder);
                if self.shared.iter().any(|other| *other != holder) {
                    return Err(Busy);
                }
                self.exclusive = Some(holder);
            }
        }
        Ok(())
    }

    /// Goes down to `level`, which is none or shared.
    pub(super) fn lower(&mut self, holder: Holder, level: Level) {
        for above_shared in [&mut self.reserved, &mut self.pending, &mut self.exclusive] {
            if *above_shared == Some(holder) {
                *above_shared = None;
            }
        }
        if level == Level::None {
            self.shared.remove(&holder);
        }
    }

    pub(super) fn is_reserved(&self) -> bool {
        self.reserved.is_some()
    }
}

/// One of the locks in a WAL's shared memory: any number of readers, or one writer.
#[derive(Default)]
pub(super) struct SlotLock {
    shared: BTreeSet<Holder>,
    exclusive: Option<Holder>,
}

/// All locks in a WAL's shared memory.
#[derive(Default)]
pub(super) struct SlotLocks([SlotLock; SlotLocks::COUNT]);

impl SlotLocks {
    /// `SQLITE_SHM_NLOCK`.
    pub(super) const COUNT: usize = 8;

    /// Takes all `slots` or none of them.
    pub(super) fn lock_shared(&mut self, holder: Holder, slots: Range<usize>) -> Result<(), Busy> {
        let slots = &mut self.0[slots];
        slots.iter().try_for_each(|slot| free_for(holder, slot.exclusive))?;
        for slot in slots {
            slot.shared.insert(holder);
        }
        Ok(())
    }

    /// Takes all `slots` or none of them.
    pub(super) fn lock_exclusive(&mut self, holder: Holder, slots: Range<usize>) -> Result<(), Busy> {
        let slots = &mut self.0[slots];
        for slot in slots.iter() {
            free_for(holder, slot.exclusive)?;
            if slot.shared.iter().any(|other| *other != holder) {
                return Err(Busy);
            }
        }
        for slot in slots {
            slot.exclusive = Some(holder);
        }
        Ok(())
    }

    pub(super) fn unlock(&mut self, holder: Holder, slots: Range<usize>) {
        for slot in &mut self.0[slots] {
            slot.shared.remove(&holder);
            if slot.exclusive == Some(holder) {
                slot.exclusive = None;
            }
        }
    }

    pub(super) fn unlock_all(&mut self, holder: Holder) {
        self.unlock(holder, 0..SlotLocks::COUNT);
    }
}

fn free_for(holder: Holder, held: Option<Holder>) -> Result<(), Busy> {
    match held {
        Some(other) if other != holder => Err(Busy),
        _ => Ok(()),
    }
}
