//! `sim`: runs simulations by their seeds.

use anyhow::Context as _;
use clap::Parser;
use sala_sim::draw::{Wanted, draw_with};
use sala_sim::picture::picture;
use sala_sim::plan::Plan;
use sala_sim::run::{Report, run_before};
use sala_sim::shrink::shrink;
use sala_sim::slip::{self, Slip};
use sala_sim::trial::Trial;
use sala_sim::wire::{Spoken, Word};
use sala_sim::world::World;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Runs random work and random faults against the real server on a simulated network and disk. One seed decides
/// everything: the same seed, the same run.
#[derive(Parser)]
#[command(name = "sim", max_term_width = 100)]
struct Arguments {
    /// Run this one seed.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Run the seeds from A up to B, without B.
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    seeds: Option<Range<u64>>,
    /// Run seeds for so many minutes of real time, from the seed on, or from the first of the seeds.
    #[arg(long, value_name = "M", conflicts_with = "plan")]
    minutes: Option<u64>,
    /// Run seeds until every situation that is looked for has come about.
    #[arg(long, conflicts_with = "plan")]
    until_marks: bool,
    /// How finely time is cut, in milliseconds: a fine cut shows more, and takes longer.
    #[arg(long, value_name = "1ms|10ms", value_parser = tick)]
    tick: Option<u64>,
    /// How many clients there are: at most 36.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=36))]
    clients: Option<u64>,
    /// Run the plan in this file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "seeds"])]
    plan: Option<PathBuf>,
    /// Write the plan of the seed to this file, instead of running it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seeds", "plan"])]
    save: Option<PathBuf>,
    /// Print how often each situation that is looked for came about, and fail if one never did.
    #[arg(long)]
    marks: bool,
    /// Print how often each operation, each fault and each situation came about, one a line.
    #[arg(long)]
    counts: bool,
    /// Make the plan of the seed or the file, which must fail, as small as it can be, and write that to this file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seeds", "save"])]
    shrink: Option<PathBuf>,
    /// Plant this bug; only under `--cfg sala_mutant`.
    #[arg(long, value_name = "NAME")]
    mutant: Option<String>,
    /// Plant each bug in turn, and run seeds until it is found.
    #[arg(long)]
    mutants: bool,
    /// Let chance into the runs by this slip, so that no two are alike.
    #[arg(long, value_name = "SLIP")]
    slip: Option<Slip>,
    /// Write the trace of all that the server and the clients did to this file.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Write all that every client said and heard to this file, line by line.
    #[arg(long, value_name = "FILE", conflicts_with = "seeds")]
    talk: Option<PathBuf>,
    /// Write one page to this file that shows the run: lanes over time, paths of entries, and what broke.
    #[arg(long, value_name = "FILE", conflicts_with = "seeds")]
    html: Option<PathBuf>,
    /// Print the digests of trace, transcript and disk.
    #[arg(long)]
    digest: bool,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let (from, to) = text.split_once("..").ok_or("write it as A..B")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text}: {error}"));
    Ok(number(from)?..number(to)?)
}

fn tick(text: &str) -> Result<u64, String> {
    let ms = text.strip_suffix("ms").ok_or("write it as 1ms")?;
    let ms = ms.parse::<u64>().map_err(|error| format!("{text}: {error}"))?;
    if (1..=10).contains(&ms) { Ok(ms) } else { Err("from 1ms to 10ms".to_owned()) }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or(1);
    let clients = arguments.clients.and_then(|clients| usize::try_from(clients).ok());
    let wanted = Wanted { clients, tick_ms: arguments.tick };
    let draw = |seed| draw_with(seed, wanted);
    if arguments.mutants {
        return mutants::find_all(seed);
    }
    if let Some(mutant) = &arguments.mutant {
        mutants::plant(mutant)?;
    }
    arguments.slip.into_iter().for_each(slip::make);
    if let Some(file) = &arguments.shrink {
        let plan = arguments.plan.as_deref().map_or_else(|| Ok(draw(seed)), read)?;
        let trial = Trial::new(std::env::current_exe()?, arguments.mutant.clone());
        let failure = trial.plan(&plan)?.context("nothing is wrong with this plan")?;
        let (smaller, tries) = shrink(&trial, &plan, &failure)?;
        let (before, after) = (plan.steps.len(), smaller.steps.len());
        std::fs::write(file, serde_json::to_string_pretty(&smaller)? + "\n")?;
        writeln!(io::stdout(), "[{}]: {before} steps made {after}, in {tries} runs", failure.oracle)?;
        return Ok(());
    }
    if let Some(file) = &arguments.save {
        let text = serde_json::to_string_pretty(&draw(seed))?;
        return std::fs::write(file, text + "\n").with_context(|| format!("writing {}", file.display()));
    }
    let trace = Trace::to(arguments.trace.as_deref())?;
    if arguments.digest || arguments.trace.is_some() {
        let writer = trace.clone();
        tracing_subscriber::fmt()
            .without_time()
            .with_ansi(false)
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .init();
    }
    let mut total = Total::default();
    let mut out = io::stdout();
    let mut perform = |total: &mut Total, plan: &Plan, replay: &str| -> io::Result<()> {
        let (talk, html, title) = (arguments.talk.clone(), arguments.html.clone(), replay.to_owned());
        let witness = move |world: &World, complaint: Option<&str>| {
            let write = |file: &Option<PathBuf>, text: &dyn Fn() -> String| {
                file.as_ref().map_or(Ok(()), |file| std::fs::write(file, text()))
            };
            let written = write(&talk, &|| talked(world, complaint))
                .and_then(|()| write(&html, &|| picture(world, &title, complaint)));
            written.expect("what was asked for can be written");
        };
        let report = run_before(plan, replay, Some(Rc::new(witness)));
        if arguments.digest {
            writeln!(out, "trace {}", trace.digest())?;
            writeln!(out, "transcript {}", hex(&Sha256::digest(report.events.join("\n"))))?;
            writeln!(out, "disk {}", hex(&report.disk))?;
        }
        total.add(&report);
        Ok(())
    };
    if let Some(file) = &arguments.plan {
        perform(&mut total, &read(file)?, &format!("cargo sim --plan {}", file.display()))?;
    } else {
        let open = arguments.minutes.is_some() || arguments.until_marks;
        let last = if open { u64::MAX } else { seed.saturating_add(1) };
        let end = arguments.minutes.map(|minutes| now() + Duration::from_secs(60 * minutes));
        for seed in arguments.seeds.clone().unwrap_or(seed..last) {
            let late = end.is_some_and(|end| now() >= end);
            if late || (arguments.until_marks && total.has_all_marks()) {
                break;
            }
            perform(&mut total, &draw(seed), &format!("cargo sim --seed {seed}{}", options(&wanted)))?;
        }
    }
    total.write(&mut out)?;
    // What is the same in every run of a seed stands alone.
    if !arguments.digest {
        total.write_speed(&mut out)?;
    }
    if arguments.counts {
        total.write_counts(&mut out)?;
    }
    if arguments.marks {
        total.write_marks(&mut out)?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "how long it may go on is real time; no run sees it")]
fn now() -> Instant {
    Instant::now()
}

/// What is to be said beside the seed to have the same plan again.
fn options(wanted: &Wanted) -> String {
    let clients = wanted.clients.map(|clients| format!(" --clients {clients}"));
    let tick = wanted.tick_ms.map(|ms| format!(" --tick {ms}ms"));
    clients.into_iter().chain(tick).collect()
}

/// All that every client said and heard, in order.
fn talked(world: &World, complaint: Option<&str>) -> String {
    let mut lines = BTreeMap::new();
    for person in world.people() {
        for spoken in person.wire.spoken().iter() {
            let Spoken { moment, at_ms, connection, word } = spoken;
            let word = match word {
                Word::Asked(envelope) => format!("> {:?} {:?}", envelope.id, envelope.request),
                Word::Told(update) => format!("< {update:?}"),
                other => format!("= {other:?}"),
            };
            lines.insert(*moment, format!("{at_ms:>7} {} {connection} {word}\n", person.key()));
        }
    }
    let end = complaint.map(|complaint| format!("{:>7} {complaint}\n", world.elapsed_ms()));
    lines.into_values().chain(end).collect()
}

fn read(file: &Path) -> anyhow::Result<Plan> {
    let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("reading {}", file.display()))
}

/// Planted bugs, in a build that can have them.
#[cfg(sala_mutant)]
mod mutants {
    use super::{Whose, spent_s};
    use sala_core::mutant::{self, MUTANTS};
    use sala_sim::trial::Trial;
    use std::io::{self, Write as _};

    /// Seeds after which a bug that was not found has survived.
    const SEEDS_MAX: u64 = 500;
    /// Longest time that is given to one bug, in real seconds.
    const LONGEST_S: u32 = 600;

    pub(super) fn plant(name: &str) -> anyhow::Result<()> {
        mutant::plant(name);
        Ok(())
    }

    /// Looks for each bug from this seed on, and says by which oracle, on which seed, and in how much time of the
    /// processor it was found.
    pub(super) fn find_all(seed: u64) -> anyhow::Result<()> {
        let (mut out, mut survivors) = (io::stdout(), Vec::new());
        for name in MUTANTS {
            let before = spent_s(Whose::Children)?;
            let found = Trial::new(std::env::current_exe()?, Some(name.to_owned())).seeds(
                seed,
                seed + SEEDS_MAX,
                LONGEST_S,
            )?;
            let spent = spent_s(Whose::Children)? - before;
            match found {
                // Seeds that take too long together have found nothing.
                Some(failure) if failure.oracle != "it never ends" => {
                    let at = failure.seed.map_or_else(String::new, |seed| format!("seed {seed}"));
                    writeln!(out, "| {name} | {} | {at} | {spent:.1} |", failure.oracle)?;
                }
                _ => {
                    writeln!(out, "| {name} | **survived** | {SEEDS_MAX} seeds | {spent:.1} |")?;
                    survivors.push(name);
                }
            }
        }
        anyhow::ensure!(survivors.is_empty(), "not found: {}", survivors.join(", "));
        Ok(())
    }
}

#[cfg(not(sala_mutant))]
mod mutants {
    pub(super) fn plant(_name: &str) -> anyhow::Result<()> {
        anyhow::bail!("this program can have no planted bugs: build it under `--cfg sala_mutant`")
    }

    pub(super) fn find_all(_seed: u64) -> anyhow::Result<()> {
        plant("any")
    }
}

/// Whose time of the processor is asked for.
#[derive(Clone, Copy)]
enum Whose {
    Own,
    #[cfg_attr(not(sala_mutant), expect(dead_code, reason = "only planted bugs are looked for by others"))]
    Children,
}

/// The processor's time that this program or its children have taken, in seconds.
fn spent_s(whose: Whose) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("asking for the processor's time")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // utime and stime, or cutime and cstime, of proc_pid_stat(5), where the field after the name is the third.
    let first = if matches!(whose, Whose::Own) { 11 } else { 13 };
    let ticks = fields[first].parse::<f64>()? + fields[first + 1].parse::<f64>()?;
    Ok(ticks / TICKS_PER_SECOND)
}

/// What Linux counts the processor's time in, on every machine that this has run on.
const TICKS_PER_SECOND: f64 = 100.0;

/// What all runs together came to.
#[derive(Default)]
struct Total {
    runs: u64,
    /// Simulated time, once for each client.
    client_ms: u64,
    sum: Report,
}

impl Total {
    fn add(&mut self, report: &Report) {
        self.runs += 1;
        self.sum.elapsed_ms += report.elapsed_ms;
        self.client_ms += report.elapsed_ms * report.clients;
        self.sum.entries += report.entries;
        self.sum.starts += report.starts;
        self.sum.dropped += report.dropped;
        for (mark, count) in &report.marks {
            *self.sum.marks.entry(mark).or_default() += count;
        }
        for (all, some) in [(&mut self.sum.done, &report.done), (&mut self.sum.struck, &report.struck)] {
            for (kind, count) in some {
                *all.entry(kind.clone()).or_default() += count;
            }
        }
    }

    fn write_counts(&self, out: &mut impl Write) -> io::Result<()> {
        let Report { done, struck, marks, .. } = &self.sum;
        let marks = marks.iter().map(|(mark, count)| (*mark, count));
        let kinds = done.iter().chain(struck).map(|(kind, count)| (kind.as_str(), count));
        kinds.chain(marks).try_for_each(|(what, count)| writeln!(out, "{count:>8} {what}"))
    }

    fn has_all_marks(&self) -> bool {
        !self.sum.marks.is_empty() && self.sum.marks.values().all(|count| *count > 0)
    }

    fn write_marks(&self, out: &mut impl Write) -> anyhow::Result<()> {
        for (mark, count) in &self.sum.marks {
            writeln!(out, "{count:>8} {mark}")?;
        }
        let never: Vec<&str> =
            self.sum.marks.iter().filter(|(_, count)| **count == 0).map(|(mark, _)| *mark).collect();
        anyhow::ensure!(never.is_empty(), "never came about: {}", never.join("; "));
        Ok(())
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Report { elapsed_ms, entries, starts, dropped, done, struck, .. } = &self.sum;
        let operations: u64 = done.values().sum();
        writeln!(
            out,
            "{} runs, {} s simulated, {entries} entries, {operations} operations ({dropped} steps did not apply), \
             {starts} starts of the server",
            self.runs,
            elapsed_ms / 1_000
        )?;
        writeln!(out, "operations: {}", counts(done))?;
        writeln!(out, "faults: {}", counts(struck))
    }

    fn write_speed(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let (spent, clients_s) = (spent_s(Whose::Own)?, self.client_ms / 1_000);
        // Less than a tick of the processor cannot be told from none.
        let each = clients_s as f64 / spent.max(1.0 / TICKS_PER_SECOND);
        writeln!(out, "speed: {clients_s} client-seconds in {spent:.1} s of a processor: {each:.0} in each")?;
        Ok(())
    }
}

fn counts(of: &BTreeMap<String, u64>) -> String {
    of.iter().map(|(kind, count)| format!("{kind} {count}")).collect::<Vec<_>>().join(", ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes the trace: adds it up, and writes it to a file if one is given.
#[derive(Clone)]
struct Trace(Arc<Mutex<TraceState>>);

struct TraceState {
    hash: Sha256,
    file: Option<io::BufWriter<std::fs::File>>,
}

impl Trace {
    fn to(path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(std::fs::File::create).transpose()?.map(io::BufWriter::new);
        Ok(Trace(Arc::new(Mutex::new(TraceState { hash: Sha256::new(), file }))))
    }

    fn digest(&self) -> String {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hex(&state.hash.clone().finalize())
    }
}

impl Write for Trace {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.hash.update(bytes);
        if let Some(file) = &mut state.file {
            file.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).file.as_mut().map_or(Ok(()), Write::flush)
    }
}
