//! The figures of a run, for a person or a program.

use super::process::Usage;
use super::tally::{Delays, Flaws};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// The figures of a run, in the order in which they are shown.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// What was done.
    title: String,
    rows: Vec<Row>,
    /// What is so while the next figures are taken, as the end of their names.
    meanwhile: &'static str,
    flaws: Flaws,
}

#[derive(Debug)]
struct Row {
    key: String,
    value: Figure,
    unit: &'static str,
}

#[derive(Debug)]
enum Figure {
    One(Value),
    /// Each under a name of its own, in order.
    Several(Vec<(&'static str, Value)>),
}

impl Report {
    pub(super) fn new(title: String) -> Self {
        Report { title, ..Report::default() }
    }

    /// A figure with its unit, which is part of its name in JSON.
    pub(super) fn figure(&mut self, key: &'static str, value: f64, unit: &'static str) {
        // Three digits behind the point: no clock here is finer.
        self.row(key, Figure::One(json!((value * 1_000.0).round() / 1_000.0)), unit);
    }

    pub(super) fn count(&mut self, key: &'static str, value: u64) {
        self.row(key, Figure::One(json!(value)), "");
    }

    /// The figures that follow are taken while something is so, until this is said again.
    pub(super) fn meanwhile(&mut self, what: &'static str) {
        self.meanwhile = what;
    }

    fn row(&mut self, key: &'static str, value: Figure, unit: &'static str) {
        self.rows.push(Row { key: format!("{key}{}", self.meanwhile), value, unit });
    }

    /// How long something took, as percentiles.
    pub(super) fn delays(&mut self, key: &'static str, delays: &Delays) {
        let shares = [("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("p99.9", 99.9)];
        let mut values: Vec<(&'static str, Value)> =
            shares.map(|(name, percent)| (name, json!(delays.percentile_ms(percent)))).into();
        values.push(("max", json!(delays.max_ms())));
        self.row(key, Figure::Several(values), "ms");
    }

    /// What was not heard as it was to be.
    pub(super) fn flaws(&mut self, flaws: Flaws) {
        self.flaws.add(flaws);
        self.count("lost", flaws.lost);
        self.count("doubled", flaws.doubled);
        self.count("out of order", flaws.out_of_order);
    }

    /// What the server used between two looks at it, for so many deliveries.
    pub(super) fn usage(&mut self, usage: Option<(Usage, Usage)>, time: Duration, deliveries: u64) {
        let Some((before, after)) = usage else { return };
        let cpu_s = after.cpu_s - before.cpu_s;
        self.figure("server processor", 100.0 * cpu_s / time.as_secs_f64(), "%");
        if deliveries > 0 {
            self.figure("server processor for 1M deliveries", cpu_s * 1e6 / approximate(deliveries), "s");
        }
        self.figure("server memory", mebibytes(after.resident_bytes), "MiB");
        self.figure(
            "server memory gained",
            mebibytes(after.resident_bytes) - mebibytes(before.resident_bytes),
            "MiB",
        );
    }

    /// Whether everything was heard once and in order.
    pub(super) fn is_right(&self) -> bool {
        self.flaws == Flaws::default()
    }

    pub(super) fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.key.len()).max().unwrap_or(0);
        let mut text = self.title.clone();
        for Row { key, value, unit } in &self.rows {
            let value = match value {
                Figure::Several(values) => {
                    let shares = values.iter().map(|(name, value)| format!("{name} {}", grouped(value)));
                    shares.collect::<Vec<_>>().join("  ")
                }
                Figure::One(value) => grouped(value),
            };
            write!(text, "\n  {key:width$}  {value} {unit}").expect("a string takes everything");
            text.truncate(text.trim_end().len());
        }
        text
    }

    pub(super) fn json(&self) -> String {
        let mut object = Map::from_iter([("run".to_owned(), json!(self.title))]);
        for Row { key, value, unit } in &self.rows {
            let unit = match *unit {
                "" => String::new(),
                "%" => "_percent".to_owned(),
                "/s" => "_per_s".to_owned(),
                unit => format!("_{}", unit.to_lowercase()),
            };
            let value = match value {
                Figure::One(value) => value.clone(),
                Figure::Several(values) => {
                    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
                }
            };
            object.insert(format!("{}{unit}", key.replace(' ', "_")), value);
        }
        Value::Object(object).to_string()
    }
}

/// So many rooms, in words.
pub(super) fn rooms(count: usize) -> String {
    if count == 1 { "1 room".to_owned() } else { format!("{count} rooms") }
}

/// A number with its thousands set apart.
fn grouped(value: &Value) -> String {
    let text = value.to_string();
    let (whole, part) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, part)| (whole, Some(part)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        if index > 0 && left % 3 == 0 && digit.is_ascii_digit() && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    // Behind the point of a large number, nothing matters.
    match part.filter(|_| whole.len() < 5) {
        Some(part) if part != "0" => format!("{grouped}.{part}"),
        _ => grouped,
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with three digits, of which none is lost")]
pub(super) fn approximate(count: u64) -> f64 {
    count as f64
}

fn mebibytes(bytes: u64) -> f64 {
    approximate(bytes) / 1_048_576.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_shown_to_people_and_to_programs() {
        let mut report = Report::new("1 room of 2".to_owned());
        report.figure("deliveries", 1_234_567.891, "/s");
        report.count("posts", 999);
        let mut delays = Delays::default();
        (1..=100).for_each(|delay_ms| delays.add(delay_ms * 1_000));
        report.delays("delay", &delays);
        report.flaws(Flaws { lost: 1, ..Flaws::default() });
        insta::assert_snapshot!(report.table(), @r"
        1 room of 2
          deliveries    1,234,567 /s
          posts         999
          delay         p50 50.015  p90 90.047  p99 99.007  p99.9 100.031  max 100.031 ms
          lost          1
          doubled       0
          out of order  0
        ");
        insta::assert_snapshot!(report.json(), @r#"{"delay_ms":{"max":100.031,"p50":50.015,"p90":90.047,"p99":99.007,"p99.9":100.031},"deliveries_per_s":1234567.891,"doubled":0,"lost":1,"out_of_order":0,"posts":999,"run":"1 room of 2"}"#);
        assert!(!report.is_right());
    }
}
