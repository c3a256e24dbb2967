//! The VFS through which SQLite runs on a simulated disk.

mod locks;
mod memory;
mod file;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int};
use std::ptr;
use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use rusqlite::ffi;

use crate::disk::{DiskError, SharedDisk};
use file::{Common, OpenFile, RawFile, code};
use locks::Holder;

/// The name of the VFS; as the default one it need not be named.
pub const NAME: &str = "sala-sim";

const C_NAME: &CStr = c"sala-sim";
/// Longest name of a file, in bytes with its terminator.
const PATH_BYTES_MAX: c_int = 512;
/// The Julian day of 1970-01-01, from which SQLite counts, in milliseconds.
const JULIAN_1970_MS: i64 = 210_866_760_000_000;

/// Held by the registration: SQLite's default VFS and its random numbers belong to the process, so that two
/// simulations at once would disturb each other.
static TURN: Mutex<()> = Mutex::new(());

/// What a call that names no open file works on.
static CURRENT: Mutex<Option<Current>> = Mutex::new(None);

struct Current {
    disk: SharedDisk,
    next_holder: Holder,
    /// What open files share, by process and file.
    commons: BTreeMap<(u64, u64), Weak<Mutex<Common>>>,
}

/// While it lives, SQLite opens every database of this process on one simulated disk. There is at most one:
/// [`register`](Registration::register) waits until another is dropped.
///
/// A connection that outlives it keeps its open files, and opens no more.
pub struct Registration {
    _turn: MutexGuard<'static, ()>,
}

impl Registration {
    /// Makes `disk` the default place of databases, and SQLite's chance start anew from the disk's.
    ///
    /// It blocks while another registration lives; one thread cannot have two, since it would wait for itself.
    #[must_use]
    pub fn register(disk: SharedDisk) -> Registration {
        // Whoever panicked in its turn has left nothing behind that the next turn does not set anew.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        *current() = Some(Current { disk, next_holder: 0, commons: BTreeMap::new() });
        // SAFETY: the structure is of static life and valid, and SQLite guards its list by a mutex of its own.
        let result = unsafe { ffi::sqlite3_vfs_register(vfs(), 1) };
        assert_eq!(result, ffi::SQLITE_OK, "SQLite refuses a VFS only if it cannot start");
        // SAFETY: without bytes to fill, the null pointer is not used; the generator then takes a new seed from the
        // default VFS when it is next needed.
        unsafe { ffi::sqlite3_randomness(0, ptr::null_mut()) };
        Registration { _turn: turn }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // SAFETY: the structure is of static life, so that a connection which still refers to it does no harm.
        unsafe { ffi::sqlite3_vfs_unregister(vfs()) };
        *current() = None;
    }
}

fn current() -> MutexGuard<'static, Option<Current>> {
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The disk of the registration; the guard is gone before the disk is locked.
fn current_disk() -> Option<SharedDisk> {
    current().as_ref().map(|current| current.disk.clone())
}

/// The one structure that is ever registered, made at first use.
fn vfs() -> *mut ffi::sqlite3_vfs {
    struct Leaked(*mut ffi::sqlite3_vfs);
    // SAFETY: we only hand the pointer to SQLite, which uses it under its own mutex.
    unsafe impl Send for Leaked {}
    // SAFETY: as for `Send`.
    unsafe impl Sync for Leaked {}

    static VFS: OnceLock<Leaked> = OnceLock::new();
    let make = || {
        Leaked(Box::into_raw(Box::new(ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: c_int::try_from(size_of::<RawFile>()).expect("it is a few pointers long"),
            mxPathname: PATH_BYTES_MAX,
            pNext: ptr::null_mut(),
            zName: C_NAME.as_ptr(),
            pAppData: ptr::null_mut(),
            xOpen: Some(x_open),
            xDelete: Some(x_delete),
            xAccess: Some(x_access),
            xFullPathname: Some(x_full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(x_randomness),
            xSleep: Some(x_sleep),
            // SQLite asks for milliseconds if it can.
            xCurrentTime: None,
            xGetLastError: None,
            xCurrentTimeInt64: Some(x_current_time_ms),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        })))
    };
    VFS.get_or_init(make).0
}

/// A name as SQLite passes it; `None` if it is null.
///
/// # Safety
/// `name` is null or ends in a zero byte, and lives as long as the result is used.
unsafe fn text<'a>(name: *const c_char) -> Option<Cow<'a, str>> {
    // SAFETY: the caller promises it.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy())
}

unsafe extern "C" fn x_open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let room = file.cast::<RawFile>();
    // SAFETY: SQLite lends `szOsFile` bytes, aligned for any structure, until the file is closed.
    unsafe { room.write(RawFile::closed()) };
    // SAFETY: the name lives at least until the file is closed; null asks for a temporary file.
    let name = unsafe { text(name) };
    let mut current = current();
    let Some(current) = current.as_mut() else { return ffi::SQLITE_CANTOPEN };
    let opened = current.disk.lock().open(name.as_deref(), flags & ffi::SQLITE_OPEN_CREATE != 0);
    let Ok(handle) = opened else { return ffi::SQLITE_CANTOPEN };
    current.commons.retain(|_, common| common.strong_count() > 0);
    let shared = current.commons.get(&handle.sharing()).and_then(Weak::upgrade);
    let common = shared.unwrap_or_else(|| {
        let common = Arc::default();
        current.commons.insert(handle.sharing(), Arc::downgrade(&common));
        common
    });
    let holder = current.next_holder;
    current.next_holder += 1;
    let open = OpenFile { disk: current.disk.clone(), handle, holder, common };
    // SAFETY: as above.
    unsafe { room.write(RawFile::opened(open)) };
    if !flags_out.is_null() {
        // SAFETY: it is a place for a result.
        unsafe { flags_out.write(flags) };
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    // SAFETY: SQLite lends the name for the time of this call.
    let (Some(name), Some(disk)) = (unsafe { text(name) }, current_disk()) else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    let result = disk.lock().delete(&name, sync_directory != 0);
    match result {
        Err(DiskError::Missing) => ffi::SQLITE_IOERR_DELETE_NOENT,
        result => code(result, ffi::SQLITE_IOERR_DELETE),
    }
}

/// Whether a file is there, whatever is asked about it. One without content counts as missing, as in SQLite's own VFS
/// for Unix: an empty journal is none.
unsafe extern "C" fn x_access(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _question: c_int,
    answer: *mut c_int,
) -> c_int {
    // SAFETY: SQLite lends the name for the time of this call.
    let (Some(name), Some(disk)) = (unsafe { text(name) }, current_disk()) else {
        return ffi::SQLITE_IOERR_ACCESS;
    };
    let Ok(length) = disk.lock().length_of(&name) else { return ffi::SQLITE_IOERR_ACCESS };
    // SAFETY: SQLite lends a place for the result.
    unsafe { answer.write(c_int::from(length.is_some_and(|length| length > 0))) };
    ffi::SQLITE_OK
}

/// Names are taken as they are: the disk has no working directory.
unsafe extern "C" fn x_full_pathname(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    full: *mut c_char,
) -> c_int {
    // SAFETY: SQLite lends a name that ends in a zero byte.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if usize::try_from(room).is_ok_and(|room| name.len() <= room) {
        // SAFETY: there is room for `room` bytes, no fewer than we copy, and SQLite does not let them overlap.
        unsafe { ptr::copy_nonoverlapping(name.as_ptr().cast(), full, name.len()) };
        ffi::SQLITE_OK
    } else {
        ffi::SQLITE_CANTOPEN
    }
}

unsafe extern "C" fn x_randomness(_: *mut ffi::sqlite3_vfs, count: c_int, bytes: *mut c_char) -> c_int {
    let (Ok(length), Some(disk)) = (usize::try_from(count), current_disk()) else { return 0 };
    // SAFETY: SQLite lends `count` bytes for the time of this call, and has set them to zero.
    let bytes = unsafe { slice::from_raw_parts_mut(bytes.cast::<u8>(), length) };
    disk.lock().fill_random(bytes);
    count
}

/// A simulation does not wait: what SQLite would wait for cannot happen before it returns.
unsafe extern "C" fn x_sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

unsafe extern "C" fn x_current_time_ms(_: *mut ffi::sqlite3_vfs, ms: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite lends a place for the result.
    unsafe { ms.write(julian_ms()) };
    ffi::SQLITE_OK
}

fn julian_ms() -> i64 {
    let now_ms = current_disk().map_or(0, |disk| disk.lock().now_ms());
    JULIAN_1970_MS.saturating_add_unsigned(now_ms)
}
