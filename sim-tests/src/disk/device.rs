//! The disk itself: names, files, handles, faults, loss of power.

use std::collections::BTreeMap;
use std::mem;

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use sha2::{Digest, Sha256};

use super::faults::{Failing, Fault, Operation};
use super::file::StoredFile;
use super::names::{FileId, Names};

/// What a loss of power does to changes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tear {
    /// All of them are lost: unsynced writes, lengths, new names, and deletions of names.
    DropUnsynced,
    /// Each 512-byte sector of each of them survives or not, by chance, and so does each change of a length or of
    /// a name.
    Sectors,
}

/// What happened on a disk since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Writes, truncations, deletions, and syncs, failed ones too: the steps at which power can be cut.
    pub operations: u64,
    /// Reads, failed ones too.
    pub reads: u64,
    /// Writes to files, failed ones too.
    pub writes: u64,
    /// Syncs of files, failed ones too.
    pub syncs: u64,
    /// Bytes of the writes that were taken.
    pub written_bytes: u64,
    /// Operations that failed with an input/output error.
    pub errors: u64,
    /// Writes refused because the disk was full.
    pub refusals: u64,
    /// Losses of power.
    pub power_cuts: u64,
    /// Bytes of unsynced writes that were lost with the power.
    pub lost_bytes: u64,
}

/// Why an operation did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiskError {
    /// The handle is of a process that was killed or lost its power, or the power is off.
    Dead,
    /// There is no file of that name.
    Missing,
    /// An input/output error, as it was asked for.
    Failed,
    /// The disk has no room for it.
    Full,
}

/// An open file, for the process that opened it. It is not `Clone`: each is closed once.
#[derive(Debug)]
pub(crate) struct Handle {
    epoch: u64,
    file: FileId,
}

impl Handle {
    /// Equal for two handles exactly if one process opened the same file twice: two such share locks and memory.
    pub(crate) fn sharing(&self) -> (u64, u64) {
        (self.epoch, self.file.0)
    }
}

/// A disk. Everything that happens on it follows from its seed and the operations, in their order.
///
/// A sync that fails leaves changes unsynced, so that a later one can succeed; a kernel that forgets dirty pages
/// after a failed sync is not simulated.
pub(crate) struct Disk {
    files: BTreeMap<FileId, StoredFile>,
    names: Names,
    next_file: u64,
    /// Counts the processes that have used the disk; a handle of an earlier one is dead.
    epoch: u64,
    off: bool,
    planned_cut: Option<(u64, Tear)>,
    faults: BTreeMap<Operation, Fault>,
    capacity_bytes: Option<usize>,
    lying_sync: bool,
    counts: Counts,
    clock: Box<dyn Fn() -> u64 + Send>,
    random: StdRng,
}

impl Disk {
    pub(super) fn new(seed: u64) -> Disk {
        Disk {
            files: BTreeMap::new(),
            names: Names::default(),
            next_file: 0,
            epoch: 0,
            off: false,
            planned_cut: None,
            faults: BTreeMap::new(),
            capacity_bytes: None,
            lying_sync: false,
            counts: Counts::default(),
            clock: Box::new(|| 0),
            random: StdRng::seed_from_u64(seed),
        }
    }

    // What a process does.

    /// Opens the file of that name, and makes it if it may. Without a name it is a new file that nobody else can
    /// open, gone when it is closed.
    pub(crate) fn open(&mut self, name: Option<&str>, create: bool) -> Result<Handle, DiskError> {
        self.powered()?;
        let known = name.and_then(|name| self.names.live().get(name).copied());
        let id = match known {
            Some(id) => id,
            None if name.is_some() && !create => return Err(DiskError::Missing),
            None => {
                let id = FileId(self.next_file);
                self.next_file += 1;
                if let Some(name) = name {
                    self.names.insert(name, id);
                }
                id
            }
        };
        self.files.entry(id).or_default().handles += 1;
        Ok(Handle { epoch: self.epoch, file: id })
    }

    /// Closes the handle; a dead one changes nothing.
    pub(crate) fn close(&mut self, handle: &Handle) {
        if self.alive(handle).is_ok() {
            self.file(handle).handles -= 1;
            self.remove_unreachable();
        }
    }

    /// Deletes a name. The deletion is durable at once if the directory is synced with it.
    pub(crate) fn delete(&mut self, name: &str, sync_directory: bool) -> Result<(), DiskError> {
        self.powered()?;
        if !self.names.live().contains_key(name) {
            return Err(DiskError::Missing);
        }
        self.step(|disk| {
            disk.strike(Operation::Write)?;
            disk.names.remove(name);
            if sync_directory && disk.sync_completes() {
                disk.names.sync_directory(name);
            }
            disk.remove_unreachable();
            Ok(())
        })
    }

    /// How many bytes the file of that name has; `None` if there is none.
    pub(crate) fn length_of(&self, name: &str) -> Result<Option<usize>, DiskError> {
        self.powered()?;
        Ok(self.read_file(name).map(<[u8]>::len))
    }

    /// Fails if the process that opened the handle is dead.
    pub(crate) fn alive(&self, handle: &Handle) -> Result<(), DiskError> {
        self.powered()?;
        if handle.epoch == self.epoch { Ok(()) } else { Err(DiskError::Dead) }
    }

    /// Reads into `bytes` from `offset`, and returns how many there were before the end of the file.
    pub(crate) fn read(
        &mut self,
        handle: &Handle,
        offset: usize,
        bytes: &mut [u8],
    ) -> Result<usize, DiskError> {
        self.alive(handle)?;
        self.counts.reads += 1;
        self.strike(Operation::Read)?;
        let content = self.file(handle).live().get(offset..).unwrap_or_default();
        let count = content.len().min(bytes.len());
        bytes[..count].copy_from_slice(&content[..count]);
        Ok(count)
    }

    /// Writes all of `bytes` at `offset`, or nothing.
    pub(crate) fn write(&mut self, handle: &Handle, offset: usize, bytes: &[u8]) -> Result<(), DiskError> {
        self.alive(handle)?;
        self.step(|disk| {
            disk.counts.writes += 1;
            disk.strike(Operation::Write)?;
            disk.make_room(handle, offset + bytes.len())?;
            disk.counts.written_bytes += bytes.len() as u64;
            disk.file(handle).write(offset, bytes);
            Ok(())
        })
    }

    /// Gives the file a length.
    pub(crate) fn truncate(&mut self, handle: &Handle, length: usize) -> Result<(), DiskError> {
        self.alive(handle)?;
        self.step(|disk| {
            disk.strike(Operation::Write)?;
            disk.make_room(handle, length)?;
            disk.file(handle).truncate(length);
            Ok(())
        })
    }

    /// Makes the file's content durable, and its name with it.
    pub(crate) fn sync(&mut self, handle: &Handle) -> Result<(), DiskError> {
        self.alive(handle)?;
        self.step(|disk| {
            disk.counts.syncs += 1;
            disk.strike(Operation::Sync)?;
            if disk.sync_completes() {
                disk.file(handle).sync();
                disk.names.sync_file(handle.file);
                // A synced new name may have taken the place of a deleted one, whose file is then gone for good.
                disk.remove_unreachable();
            }
            Ok(())
        })
    }

    /// How many bytes the file has.
    pub(crate) fn length(&mut self, handle: &Handle) -> Result<usize, DiskError> {
        self.alive(handle)?;
        Ok(self.file(handle).live().len())
    }

    /// Milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> u64 {
        (self.clock)()
    }

    /// Fills `bytes` from the disk's own chance.
    pub(crate) fn fill_random(&mut self, bytes: &mut [u8]) {
        self.random.fill_bytes(bytes);
    }

    // What the world does to it.

    pub(super) fn set_clock(&mut self, clock: Box<dyn Fn() -> u64 + Send>) {
        self.clock = clock;
    }

    pub(super) fn fail(&mut self, operation: Operation, failing: Failing) {
        self.faults.insert(operation, Fault::new(failing));
    }

    pub(super) fn set_capacity(&mut self, capacity_bytes: Option<usize>) {
        self.capacity_bytes = capacity_bytes;
    }

    pub(super) fn set_lying_sync(&mut self, lying: bool) {
        self.lying_sync = lying;
    }

    pub(super) fn cut_power_at(&mut self, nth: u64, tear: Tear) {
        self.planned_cut = Some((self.counts.operations + nth, tear));
    }

    pub(super) fn heal(&mut self) {
        self.faults.clear();
        self.capacity_bytes = None;
        self.lying_sync = false;
        self.planned_cut = None;
    }

    pub(super) fn take_cut(&mut self) -> bool {
        mem::take(&mut self.off)
    }

    pub(super) fn power_cut(&mut self, tear: Tear) {
        self.counts.power_cuts += 1;
        self.planned_cut = None;
        let Disk { files, names, random, counts, .. } = self;
        let mut survives = || match tear {
            Tear::DropUnsynced => false,
            Tear::Sectors => random.random(),
        };
        names.lose_power(&mut survives);
        for file in files.values_mut() {
            counts.lost_bytes += file.lose_power(&mut survives);
        }
        self.process_killed();
    }

    pub(super) fn process_killed(&mut self) {
        self.epoch += 1;
        for file in self.files.values_mut() {
            file.handles = 0;
        }
        self.remove_unreachable();
    }

    pub(super) fn put_file(&mut self, name: &str, content: &[u8]) {
        let id = FileId(self.next_file);
        self.next_file += 1;
        let mut file = StoredFile::default();
        file.write(0, content);
        file.sync();
        self.files.insert(id, file);
        self.names.insert(name, id);
        self.names.sync_file(id);
        self.remove_unreachable();
    }

    pub(super) fn put_back(&mut self, files: &BTreeMap<String, Vec<u8>>) {
        for name in self.names().into_iter().filter(|name| !files.contains_key(name)) {
            self.names.remove(&name);
            self.names.sync_directory(&name);
        }
        files.iter().for_each(|(name, content)| self.put_file(name, content));
    }

    pub(super) fn flip_bit(&mut self, name: &str, byte: usize, bit: u32) -> bool {
        let id = self.names.live().get(name);
        id.and_then(|id| self.files.get_mut(id)).is_some_and(|file| file.flip_bit(byte, bit))
    }

    // What a judge asks.

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn used(&self) -> usize {
        self.names.live().values().map(|id| self.files[id].live().len()).sum()
    }

    pub(super) fn read_file(&self, name: &str) -> Option<&[u8]> {
        self.names.live().get(name).map(|id| self.files[id].live())
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.names.live().keys().cloned().collect()
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        // Each part is preceded by its length, so that no two disks run into the same bytes.
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        for names in [self.names.live(), self.names.durable()] {
            part(&(names.len() as u64).to_le_bytes());
            for (name, id) in names {
                part(name.as_bytes());
                part(self.files[id].live());
                part(self.files[id].durable());
            }
        }
        hash.finalize().into()
    }

    // Helpers.

    fn powered(&self) -> Result<(), DiskError> {
        if self.off { Err(DiskError::Dead) } else { Ok(()) }
    }

    fn file(&mut self, handle: &Handle) -> &mut StoredFile {
        self.files.get_mut(&handle.file).expect("a file lives for as long as a living handle is open on it")
    }

    /// Makes one change at which power can be cut. The cut comes after the change, which is then an unsynced one
    /// among others.
    fn step(&mut self, change: impl FnOnce(&mut Disk) -> Result<(), DiskError>) -> Result<(), DiskError> {
        self.counts.operations += 1;
        let result = change(self);
        let Some(tear) = self.cut_due() else { return result };
        self.power_cut(tear);
        self.off = true;
        Err(DiskError::Dead)
    }

    fn cut_due(&self) -> Option<Tear> {
        self.planned_cut.filter(|(at, _)| *at == self.counts.operations).map(|(_, tear)| tear)
    }

    /// Whether a sync has its effect. One that a cut interrupts was complete or not by chance: otherwise hardly a
    /// commit would ever be found on the disk that nobody was told of.
    fn sync_completes(&mut self) -> bool {
        !self.lying_sync && (self.cut_due().is_none() || self.random.random())
    }

    fn strike(&mut self, operation: Operation) -> Result<(), DiskError> {
        let random = &mut self.random;
        if self.faults.get_mut(&operation).is_some_and(|fault| fault.strikes(random)) {
            self.counts.errors += 1;
            return Err(DiskError::Failed);
        }
        Ok(())
    }

    fn make_room(&mut self, handle: &Handle, length: usize) -> Result<(), DiskError> {
        let Some(capacity_bytes) = self.capacity_bytes else { return Ok(()) };
        let growth = length.saturating_sub(self.file(handle).live().len());
        // What fits into the file as it is can be written on a full disk.
        if growth > 0 && self.used() + growth > capacity_bytes {
            self.counts.refusals += 1;
            return Err(DiskError::Full);
        }
        Ok(())
    }

    fn remove_unreachable(&mut self) {
        let Disk { files, names, .. } = self;
        files.retain(|id, file| file.handles > 0 || names.reach(*id));
    }
}
