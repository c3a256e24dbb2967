//! What a process on this computer has used, as Linux tells it.

use super::Stop;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Processor time and memory of a process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// Its own and the system's on its behalf, in seconds.
    pub(super) cpu_s: f64,
    /// What of it is in memory, in bytes.
    pub(super) resident_bytes: u64,
}

/// Clock ticks in a second: what the kernel tells programs, on every machine that Linux runs on.
const TICKS_PER_SECOND: f64 = 100.0;

impl Usage {
    /// What this process has used until now.
    pub(super) fn of(pid: u32) -> Result<Self, Stop> {
        let unreadable = || {
            Stop::new(format!("process {pid} cannot be looked at; is it the server's, and on this computer?"))
        };
        let read =
            |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).map_err(|_| unreadable());
        let (stat, status) = (read("stat")?, read("status")?);
        // The name of the program stands in parentheses, and may hold anything.
        let (_, fields) = stat.rsplit_once(')').ok_or_else(unreadable)?;
        // proc(5): utime and stime are fields 14 and 15, and the name is field 2.
        let ticks: f64 =
            fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or_else(unreadable)?;
        let kibibytes: u64 = resident.trim().trim_end_matches(" kB").parse().map_err(|_| unreadable())?;
        Ok(Usage { cpu_s: ticks / TICKS_PER_SECOND, resident_bytes: kibibytes * 1024 })
    }
}

/// Asks the system for as many descriptors as it gives: one is needed for each connection.
pub(super) fn raise_descriptors() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Whoever needs more than there are is told so when a connection cannot be made.
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).ok();
}
