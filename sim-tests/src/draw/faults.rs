//! What breaks in a plan, and when it is mended.

use crate::plan::Fault;
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
}

pub(super) const BROKEN: [Broken; 13] = [
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
];

/// Bytes that a full disk still takes: a few pages.
const LAST_BYTES_MAX: usize = 40_000;
/// How far a clock is put wrong at most, in milliseconds: days, so that nothing with an hour on it is as it was.
const DAYS_MS: i64 = 2 * 86_400_000;
/// Or by minutes, so that what holds for a minute is over.
const MINUTES_MS: i64 = 6 * 60_000;

/// Something of this kind breaks at this time, and is mended at another.
pub(super) fn strike(random: &mut StdRng, kind: Broken, host: &str, at: u64) -> Vec<(u64, Fault)> {
    let host = host.to_owned();
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
    }
}
