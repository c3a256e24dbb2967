//! What breaks in a plan, and when it is mended.

use crate::plan::{Fault, Mischief, Operation, Way, What};
use rand::RngExt as _;
use rand::rngs::StdRng;

/// Kinds of what breaks; each plan has some of them and not others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    Partition,
    Deaf,
    Stall,
    Vanish,
    Freeze,
    Kill,
    PowerCut,
    PowerCutAt,
    Restart,
    SyncFails,
    WriteFails,
    DiskFull,
    Clock,
    Swizzle,
    ReadFails,
    SlowDisk,
    SlowFold,
    Checkpoint,
    Storm,
    Double,
    DiesOfSync,
    Cramped,
    BitFlips,
}

pub(super) const BROKEN: [Broken; 23] = [
    Broken::Partition,
    Broken::Deaf,
    Broken::Stall,
    Broken::Vanish,
    Broken::Freeze,
    Broken::Kill,
    Broken::PowerCut,
    Broken::PowerCutAt,
    Broken::Restart,
    Broken::SyncFails,
    Broken::WriteFails,
    Broken::DiskFull,
    Broken::Clock,
    Broken::Swizzle,
    Broken::ReadFails,
    Broken::SlowDisk,
    Broken::SlowFold,
    Broken::Checkpoint,
    Broken::Storm,
    Broken::Double,
    Broken::DiesOfSync,
    Broken::Cramped,
    Broken::BitFlips,
];

/// What breaks at machines and devices of a plan.
pub(super) struct Where<'a> {
    /// All machines of clients.
    pub(super) hosts: &'a [String],
    /// All devices, by their keys.
    pub(super) devices: &'a [String],
}

/// Bytes that a full disk still takes: a few pages.
const LAST_BYTES_MAX: usize = 40_000;
/// More bytes than any file of a day has.
const BYTES_MAX: usize = 1 << 24;
/// How far a clock is put wrong at most, in milliseconds: days, so that nothing with an hour on it is as it was.
const DAYS_MS: i64 = 2 * 86_400_000;
/// Or by minutes, so that what holds for a minute is over.
const MINUTES_MS: i64 = 6 * 60_000;

/// Something of this kind breaks at this time, and is mended at another.
pub(super) fn strike(random: &mut StdRng, kind: Broken, of: &Where<'_>, at: u64) -> Vec<(u64, What)> {
    if kind == Broken::Double {
        return double(random, of, at);
    }
    let faults = strike_alone(random, kind, of, at);
    faults.into_iter().map(|(at, fault)| (at, What::Fault(fault))).collect()
}

fn strike_alone(random: &mut StdRng, kind: Broken, of: &Where<'_>, at: u64) -> Vec<(u64, Fault)> {
    let host = of.hosts[random.random_range(0..of.hosts.len())].clone();
    let (torn, soon) = (random.random_bool(0.5), random.random_range(1..30));
    let (mended, started) = (at + random.random_range(300..9_000), at + random.random_range(100..2_500));
    let lasts = |fault: Fault| vec![(at, fault), (mended, Fault::Mend(host.clone()))];
    let stops = |fault: Fault| vec![(at, fault), (started, Fault::Start)];
    match kind {
        Broken::Partition => lasts(Fault::Partition(host.clone())),
        Broken::Deaf => lasts(Fault::Deaf { host: host.clone(), hears_nothing: torn }),
        Broken::Stall => lasts(Fault::Stall(host.clone())),
        Broken::Vanish => lasts(Fault::Vanish(host.clone())),
        Broken::Freeze => lasts(Fault::Freeze(host.clone())),
        Broken::Kill => stops(Fault::Kill),
        Broken::PowerCut => stops(Fault::PowerCut { torn }),
        Broken::PowerCutAt => vec![(at, Fault::PowerCutAt { nth: soon, torn })],
        Broken::Restart => stops(Fault::Stop),
        Broken::SyncFails => vec![(at, Fault::SyncFails(soon))],
        Broken::WriteFails => vec![(at, Fault::WriteFails(soon))],
        Broken::DiskFull => {
            let left = random.random_range(0..LAST_BYTES_MAX);
            vec![(at, Fault::DiskFull(left)), (mended, Fault::DiskFreed)]
        }
        Broken::Clock => {
            let ms = match random.random_range(0..3) {
                0 => random.random_range(-DAYS_MS..DAYS_MS),
                1 => random.random_range(-MINUTES_MS..MINUTES_MS),
                _ => random.random_range(0..MINUTES_MS),
            };
            vec![(at, Fault::Clock(ms))]
        }
        // Links are cut one by one, and mended in another order.
        Broken::Swizzle => {
            let mut left: Vec<&String> = of.hosts.iter().collect();
            let mut steps: Vec<(u64, Fault)> = (at..)
                .step_by(200)
                .zip(of.hosts)
                .map(|(at, host)| (at, Fault::Partition(host.clone())))
                .collect();
            let mut mended = mended + 200 * of.hosts.len() as u64;
            while !left.is_empty() {
                let host = left.swap_remove(random.random_range(0..left.len()));
                steps.push((mended, Fault::Mend(host.clone())));
                mended += 300;
            }
            steps
        }
        Broken::ReadFails => vec![(at, Fault::ReadFails(soon))],
        Broken::SlowDisk => {
            vec![(at, Fault::SlowDisk(random.random_range(20..400))), (mended, Fault::SlowDisk(0))]
        }
        Broken::SlowFold => {
            vec![(at, Fault::SlowFold(random.random_range(20..400))), (mended, Fault::SlowFold(0))]
        }
        Broken::Checkpoint => {
            let (how, left_out) = (random.random_bool(0.3), random.random_range(0..300));
            let other = if how { Fault::ForeignCheckpoint } else { Fault::OldCheckpoint(left_out) };
            let ended = if torn { Fault::Kill } else { Fault::Stop };
            vec![(at, ended), (started - 1, other), (started, Fault::Start)]
        }
        Broken::Storm => (0..random.random_range(1..4)).map(|nth| (at + nth * 700, Fault::Storm)).collect(),
        Broken::DiesOfSync => vec![(at, Fault::DiesOfSync(soon))],
        // Somebody comes back while the disk is both full and slow.
        Broken::Cramped => {
            let (ms, left) = (random.random_range(100..400), random.random_range(0..LAST_BYTES_MAX));
            let back = at + random.random_range(500..4_000);
            let (full, slow) = ((at + 300, Fault::DiskFull(left)), (at + 300, Fault::SlowDisk(ms)));
            let gone = [(at, Fault::Vanish(host.clone())), (back, Fault::Mend(host))];
            let ends = back + random.random_range(300..2_000);
            gone.into_iter()
                .chain([full, slow, (ends, Fault::DiskFreed), (ends, Fault::SlowDisk(0))])
                .collect()
        }
        // All read again what lies on the disk before it is put back.
        Broken::BitFlips => {
            let (index, byte, bit) =
                (random.random_ratio(1, 8), random.random_range(0..BYTES_MAX), random.random_range(0..8));
            let ends = started + random.random_range(1_500..4_000);
            let flips = [(at, Fault::Stop), (started - 1, Fault::BitFlips { index, byte, bit })];
            let read = [(started, Fault::Start), (started + 500, Fault::Storm), (ends, Fault::PutBack)];
            flips.into_iter().chain(read).collect()
        }
        Broken::Double => Vec::new(),
    }
}

/// Somebody comes in as a device that is another's; who has it comes back, and the two fight over it.
fn double(random: &mut StdRng, of: &Where<'_>, at: u64) -> Vec<(u64, What)> {
    let who = of.devices[random.random_range(0..of.devices.len())].clone();
    let kinds = [Mischief::Fight, Mischief::Resend, Mischief::Resend, Mischief::Flood, Mischief::Garbage];
    let does = kinds[random.random_range(0..kinds.len())];
    let back = at + random.random_range(100..2_000);
    let fault = Fault::Double { who: who.clone(), does, mark: (1 << 46) + 1_000 * at };
    vec![(at, What::Fault(fault)), (back, What::Do(who, Operation::ComeIn { way: Way::Token }))]
}
