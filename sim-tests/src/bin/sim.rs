//! `sim`: runs simulations by their seeds.

use clap::Parser;
use sala_sim::swarm::{Report, run};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

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
    /// Write the trace of all that the server and the clients did to this file.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Print the digests of trace, transcript and disk.
    #[arg(long)]
    digest: bool,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let (from, to) = text.split_once("..").ok_or("write it as A..B")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text}: {error}"));
    Ok(number(from)?..number(to)?)
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or(1);
    let seeds = arguments.seeds.unwrap_or(seed..seed.saturating_add(1));
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
    let mut total = Report::default();
    let mut out = io::stdout();
    for seed in seeds.clone() {
        let report = run(seed);
        if arguments.digest {
            writeln!(out, "trace {}", trace.digest())?;
            writeln!(out, "transcript {}", hex(&Sha256::digest(report.events.join("\n"))))?;
            writeln!(out, "disk {}", hex(&report.disk))?;
        }
        add(&mut total, &report);
    }
    writeln!(
        out,
        "{} seeds, {} s simulated, {} entries, {} posts, {} starts of the server",
        seeds.end - seeds.start,
        total.elapsed_ms / 1_000,
        total.entries,
        total.said,
        total.starts
    )?;
    let faults: BTreeMap<String, u64> =
        total.faults.iter().map(|(kind, n)| (format!("{kind:?}"), *n)).collect();
    writeln!(out, "faults: {faults:?}")
}

fn add(total: &mut Report, report: &Report) {
    total.elapsed_ms += report.elapsed_ms;
    total.entries += report.entries;
    total.said += report.said;
    total.starts += report.starts;
    for (kind, count) in &report.faults {
        *total.faults.entry(*kind).or_default() += count;
    }
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
    fn to(path: Option<&std::path::Path>) -> io::Result<Self> {
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
