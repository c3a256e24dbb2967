//! An open file, as SQLite sees it: the methods of `sqlite3_io_methods`.

use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::ptr;
use std::slice;
use std::sync::atomic::{Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

use super::locks::{Busy, FileLock, Holder, Level, SlotLocks};
use super::memory::{REGION_BYTES, SharedMemory};
use crate::disk::{DiskError, Handle, SharedDisk};

/// What the open files of one process on one database share.
#[derive(Default)]
pub(super) struct Common {
    lock: FileLock,
    slots: SlotLocks,
    memory: SharedMemory,
}

/// An open file.
pub(super) struct OpenFile {
    pub(super) disk: SharedDisk,
    pub(super) handle: Handle,
    pub(super) holder: Holder,
    pub(super) common: Arc<Mutex<Common>>,
}

/// The room that SQLite sets aside for an open file, `szOsFile` bytes of it.
#[repr(C)]
pub(super) struct RawFile {
    base: ffi::sqlite3_file,
    open: *mut OpenFile,
}

impl RawFile {
    /// What SQLite must find when nothing was opened: without methods, it does not close the file.
    pub(super) fn closed() -> RawFile {
        RawFile { base: ffi::sqlite3_file { pMethods: ptr::null() }, open: ptr::null_mut() }
    }

    /// Owns the open file until [`x_close`].
    pub(super) fn opened(open: OpenFile) -> RawFile {
        let open = Box::into_raw(Box::new(open));
        RawFile { base: ffi::sqlite3_file { pMethods: &raw const METHODS }, open }
    }
}

impl OpenFile {
    /// What the files share, if the process that opened this one is alive.
    fn common(&self) -> Option<MutexGuard<'_, Common>> {
        self.disk.lock().alive(&self.handle).ok()?;
        Some(self.common_at_last())
    }

    /// What the files share, also for a process that is dead and only puts away what it holds.
    fn common_at_last(&self) -> MutexGuard<'_, Common> {
        self.common.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Version 2 has the shared memory that a WAL needs; version 3, with memory-mapped reads, would go past the faults.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(x_close),
    xRead: Some(x_read),
    xWrite: Some(x_write),
    xTruncate: Some(x_truncate),
    xSync: Some(x_sync),
    xFileSize: Some(x_file_size),
    xLock: Some(x_lock),
    xUnlock: Some(x_unlock),
    xCheckReservedLock: Some(x_check_reserved_lock),
    xFileControl: Some(x_file_control),
    xSectorSize: Some(x_sector_size),
    xDeviceCharacteristics: Some(x_device_characteristics),
    xShmMap: Some(x_shm_map),
    xShmLock: Some(x_shm_lock),
    xShmBarrier: Some(x_shm_barrier),
    xShmUnmap: Some(x_shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The result code of an operation whose own error is `failed`.
pub(super) fn code(result: Result<(), DiskError>, failed: c_int) -> c_int {
    match result {
        Ok(()) => ffi::SQLITE_OK,
        Err(DiskError::Full) => ffi::SQLITE_FULL,
        Err(DiskError::Dead | DiskError::Missing | DiskError::Failed) => failed,
    }
}

/// The open file behind SQLite's pointer.
///
/// # Safety
/// `file` was filled by `x_open` with [`RawFile::opened`] and is not closed, as it is for each method below.
unsafe fn opened<'a>(file: *mut ffi::sqlite3_file) -> &'a OpenFile {
    // SAFETY: of a file that is open, `open` comes from `Box::into_raw`; nothing but `x_close` frees it, and
    // nothing ever borrows it mutably.
    unsafe { &*(*file.cast::<RawFile>()).open }
}

unsafe extern "C" fn x_close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once, and uses neither it nor its shared memory afterwards.
    let open = unsafe { Box::from_raw((*file.cast::<RawFile>()).open) };
    // SAFETY: the room is SQLite's, as large as a `RawFile`, and now holds no pointer to what is freed.
    unsafe { file.cast::<RawFile>().write(RawFile::closed()) };
    let mut common = open.common_at_last();
    common.lock.lower(open.holder, Level::None);
    common.slots.unlock_all(open.holder);
    common.memory.unmap(open.holder);
    drop(common);
    open.disk.lock().close(&open.handle);
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_read(
    file: *mut ffi::sqlite3_file,
    buffer: *mut c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite calls the methods of an open file only.
    let open = unsafe { opened(file) };
    let (Ok(length), Ok(offset)) = (usize::try_from(length), usize::try_from(offset)) else {
        return ffi::SQLITE_IOERR_READ;
    };
    // SAFETY: SQLite lends `length` bytes for the time of this call, which it filled before or does not read.
    let bytes = unsafe { slice::from_raw_parts_mut(buffer.cast::<u8>(), length) };
    match open.disk.lock().read(&open.handle, offset, bytes) {
        Ok(count) if count == length => ffi::SQLITE_OK,
        Ok(count) => {
            // SQLite relies on zeros here: a database may become corrupt without them.
            bytes[count..].fill(0);
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Err(_) => ffi::SQLITE_IOERR_READ,
    }
}

unsafe extern "C" fn x_write(
    file: *mut ffi::sqlite3_file,
    buffer: *const c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite calls the methods of an open file only.
    let open = unsafe { opened(file) };
    let (Ok(length), Ok(offset)) = (usize::try_from(length), usize::try_from(offset)) else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    // SAFETY: SQLite lends `length` bytes for the time of this call.
    let bytes = unsafe { slice::from_raw_parts(buffer.cast::<u8>(), length) };
    let result = open.disk.lock().write(&open.handle, offset, bytes);
    code(result, ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn x_truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite calls the methods of an open file only.
    let open = unsafe { opened(file) };
    let Ok(length) = usize::try_from(length) else { return ffi::SQLITE_IOERR_TRUNCATE };
    let result = open.disk.lock().truncate(&open.handle, length);
    code(result, ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn x_sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite calls the methods of an open file only.
    let open = unsafe { opened(file) };
    let result = open.disk.lock().sync(&open.handle);
    code(result, ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn x_file_size(file: *mut ffi::sqlite3_file, size: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite calls the methods of an open file only.
    let open = unsafe { opened(file) };
    let result = open.disk.lock().length(&open.handle);
    match result.map(ffi::sqlite3_int64::try_from) {
        Ok(Ok(length)) => {
            // SAFETY: SQLite lends a place for the result.
            unsafe { size.write(length) };
            ffi::SQLITE_OK
        }
        _ => ffi::SQLITE_IOERR_FSTAT,
    }
}

unsafe extern "C" fn x_lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite calls the methods of an open file only.
    let open = unsafe { opened(file) };
    let Some(mut common) = open.common() else { return ffi::SQLITE_IOERR_LOCK };
    lock_code(common.lock.raise(open.holder, lock_level(level)))
}

unsafe extern "C" fn x_unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite calls the methods of an open file only.
    let open = unsafe { opened(file) };
    let Some(mut common) = open.common() else { return ffi::SQLITE_IOERR_UNLOCK };
    common.lock.lower(open.holder, lock_level(level));
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_check_reserved_lock(file: *mut ffi::sqlite3_file, reserved: *mut c_int) -> c_int {
    // SAFETY: SQLite calls the methods of an open file only.
    let open = unsafe { opened(file) };
    let Some(common) = open.common() else { return ffi::SQLITE_IOERR_CHECKRESERVEDLOCK };
    // SAFETY: SQLite lends a place for the result.
    unsafe { reserved.write(c_int::from(common.lock.is_reserved())) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_file_control(
    _: *mut ffi::sqlite3_file,
    _operation: c_int,
    _argument: *mut c_void,
) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn x_sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    512
}

/// What SQLite's own VFS for Unix claims of an ordinary file system. `SEQUENTIAL`, `SAFE_APPEND`, or `ATOMIC` would
/// make SQLite leave out syncs, which a disk that tears sectors does not forgive.
unsafe extern "C" fn x_device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn x_shm_map(
    file: *mut ffi::sqlite3_file,
    index: c_int,
    size: c_int,
    extend: c_int,
    address: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite calls the methods of an open file only.
    let open = unsafe { opened(file) };
    let (Ok(index), Ok(REGION_BYTES)) = (usize::try_from(index), usize::try_from(size)) else {
        return ffi::SQLITE_IOERR_SHMMAP;
    };
    let Some(mut common) = open.common() else { return ffi::SQLITE_IOERR_SHMMAP };
    let region = common.memory.map(open.holder, index, extend != 0);
    // SAFETY: SQLite lends a place for the result, and null tells it that there is no such region yet.
    unsafe { address.write(region.unwrap_or(ptr::null_mut())) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: SQLite calls the methods of an open file only.
    let open = unsafe { opened(file) };
    let Some(slots) = slot_range(first, count) else { return ffi::SQLITE_IOERR_SHMLOCK };
    let Some(mut common) = open.common() else { return ffi::SQLITE_IOERR_SHMLOCK };
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        common.slots.unlock(open.holder, slots);
        ffi::SQLITE_OK
    } else if flags & ffi::SQLITE_SHM_SHARED != 0 {
        lock_code(common.slots.lock_shared(open.holder, slots))
    } else {
        lock_code(common.slots.lock_exclusive(open.holder, slots))
    }
}

unsafe extern "C" fn x_shm_barrier(_: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

/// Putting memory away is allowed to the dead too, since nothing on the disk changes by it.
unsafe extern "C" fn x_shm_unmap(file: *mut ffi::sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: SQLite calls the methods of an open file only.
    let open = unsafe { opened(file) };
    let mut common = open.common_at_last();
    common.slots.unlock_all(open.holder);
    common.memory.unmap(open.holder);
    ffi::SQLITE_OK
}

fn lock_level(level: c_int) -> Level {
    match level {
        ffi::SQLITE_LOCK_NONE => Level::None,
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        _ => Level::Exclusive,
    }
}

fn lock_code(result: Result<(), Busy>) -> c_int {
    match result {
        Ok(()) => ffi::SQLITE_OK,
        Err(Busy) => ffi::SQLITE_BUSY,
    }
}

fn slot_range(first: c_int, count: c_int) -> Option<Range<usize>> {
    let first = usize::try_from(first).ok()?;
    let end = first.checked_add(usize::try_from(count).ok()?)?;
    (end <= SlotLocks::COUNT).then_some(first..end)
}
