//! What happens on a server, counted for whoever watches it.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use sala_core::entry::{LogId, LogKind};
use sala_core::refusal::Code;
use std::cell::Cell;
use std::time::Duration;

/// One label with its value.
type Label = [(&'static str, &'static str); 1];

/// Counts what a server does. Names and words of people are nowhere in it.
#[derive(Debug)]
pub struct Meter {
    registry: Registry,
    connections: Gauge,
    opened: Counter,
    requests: Counter,
    refusals: Family<Label, Counter>,
    entries: Family<Label, Counter>,
    commit_time: Histogram,
    commit_size: Histogram,
    storage_full: Counter,
    tail_bytes: Gauge,
    behind: Gauge,
    ready: Cell<bool>,
}

impl Default for Meter {
    fn default() -> Self {
        // From a tenth of a millisecond, which a good disk needs to flush, to some seconds, after which none is well.
        let commit_time = Histogram::new(exponential_buckets(0.000_1, 2.0, 16));
        let commit_size = Histogram::new(exponential_buckets(1.0, 2.0, 13));
        let mut meter = Meter {
            registry: Registry::with_prefix("sala"),
            connections: Gauge::default(),
            opened: Counter::default(),
            requests: Counter::default(),
            refusals: Family::default(),
            entries: Family::default(),
            commit_time,
            commit_size,
            storage_full: Counter::default(),
            tail_bytes: Gauge::default(),
            behind: Gauge::default(),
            ready: Cell::new(false),
        };
        meter.register();
        meter
    }
}

impl Meter {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("connections", "Connections at this moment", self.connections.clone());
        registry.register("connections_opened", "Connections that were taken in", self.opened.clone());
        registry.register("requests", "Lines that clients sent, requests or not", self.requests.clone());
        registry.register("refusals", "What was refused, by its code", self.refusals.clone());
        registry.register(
            "entries",
            "Entries that were decided, by the kind of their log",
            self.entries.clone(),
        );
        registry.register_with_unit(
            "commit",
            "From a batch's last entry until it is on disk and flushed",
            Unit::Seconds,
            self.commit_time.clone(),
        );
        registry.register("commit_entries", "Entries of a batch", self.commit_size.clone());
        registry.register(
            "storage_full",
            "Batches for which the disk had no room",
            self.storage_full.clone(),
        );
        registry.register_with_unit(
            "tail",
            "The newest entries of all logs, kept in memory for everybody",
            Unit::Bytes,
            self.tail_bytes.clone(),
        );
        registry.register(
            "readers_behind",
            "Connections that read from disk what left memory",
            self.behind.clone(),
        );
    }

    pub(crate) fn opened(&self) {
        self.connections.inc();
        self.opened.inc();
    }

    pub(crate) fn closed(&self) {
        self.connections.dec();
    }

    pub(crate) fn asked(&self) {
        self.requests.inc();
    }

    pub(crate) fn refused(&self, code: Code) {
        self.refusals.get_or_create(&[("code", code.as_str())]).inc();
    }

    pub(crate) fn decided(&self, log: LogId) {
        let kind = match log.kind() {
            LogKind::Directory => "directory",
            LogKind::Room => "room",
            LogKind::Personal(_) => "personal",
        };
        self.entries.get_or_create(&[("log", kind)]).inc();
    }

    pub(crate) fn committed(&self, entries: usize, time: Duration) {
        self.commit_time.observe(time.as_secs_f64());
        self.commit_size.observe(f64::from(u32::try_from(entries).unwrap_or(u32::MAX)));
    }

    pub(crate) fn storage_full(&self) {
        self.storage_full.inc();
    }

    /// How much the tails hold, and how many connections read from disk.
    pub(crate) fn tails(&self, bytes: usize, behind: usize) {
        self.tail_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        self.behind.set(i64::try_from(behind).unwrap_or(i64::MAX));
    }

    /// Whether connections are taken in.
    pub(crate) fn set_ready(&self, ready: bool) {
        self.ready.set(ready);
    }

    /// Whether the server takes connections in: its state is read, and it was not asked to stop.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.ready.get()
    }

    /// All counts, in the text form of `OpenMetrics` 1.0.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes everything");
        text
    }
}
