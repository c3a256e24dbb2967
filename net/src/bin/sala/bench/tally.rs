//! Whether everything is heard once and in order, and how long it took.

use super::line::Line;
use hdrhistogram::Histogram;
use std::time::Duration;

/// Longest delay that is told apart from longer ones.
const LATENCY_MAX: Duration = Duration::from_secs(600);
/// Digits of a delay that are kept.
const LATENCY_DIGITS: u8 = 3;

/// What was not heard as it was to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flaws {
    /// Entries that did not come.
    pub(super) lost: u64,
    /// Entries that came again.
    pub(super) doubled: u64,
    /// Posts of somebody that came in another order than he sent them.
    pub(super) out_of_order: u64,
}

impl Flaws {
    pub(super) fn add(&mut self, more: Flaws) {
        self.lost += more.lost;
        self.doubled += more.doubled;
        self.out_of_order += more.out_of_order;
    }
}

/// A post of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// Who of the room said it.
    pub(super) talker: usize,
    /// When it was to be said, in microseconds from the start of the run.
    pub(super) due_us: u64,
}

impl Said {
    /// The words of it, made as long as they are to be.
    pub(super) fn words(self, bytes: usize) -> String {
        let mut words = format!("{} {} ", self.talker, self.due_us);
        while words.len() < bytes {
            words.push('x');
        }
        words
    }

    fn read(words: &str) -> Option<Self> {
        let mut words = words.split(' ');
        let talker = words.next()?.parse().ok()?;
        Some(Said { talker, due_us: words.next()?.parse().ok()? })
    }
}

/// How somebody hears a room.
#[derive(Debug, Default)]
pub(super) struct Ear {
    /// The entry that comes next; 0 before the first one is known.
    next: u64,
    /// The last entry that the server has told of.
    head: u64,
    /// The number of each talker's last post.
    last: Vec<u64>,
    pub(super) flaws: Flaws,
}

impl Ear {
    /// That of somebody who has heard everything up to here.
    pub(super) fn holding(held: u64) -> Self {
        Ear { next: held + 1, ..Ear::default() }
    }

    /// The last entry that was heard.
    pub(super) fn held(&self) -> u64 {
        self.next.saturating_sub(1)
    }

    /// The last entry that there was to hear when the server told of the room.
    pub(super) fn head(&self) -> u64 {
        self.head
    }

    /// Takes in a line. Gives the post that it is, if it is one and was not heard before.
    pub(super) fn hear(&mut self, line: &Line<'_>) -> Option<Said> {
        match line.t {
            "room" if line.from > 0 => {
                self.head = line.head;
                if self.next == 0 {
                    self.next = line.from;
                }
                None
            }
            "skipped" | "damaged" => {
                self.flaws.lost += (line.to + 1).saturating_sub(self.next);
                self.next = self.next.max(line.to + 1);
                None
            }
            "entry" => self.entry(line),
            _ => None,
        }
    }

    fn entry(&mut self, line: &Line<'_>) -> Option<Said> {
        if line.seq < self.next {
            self.flaws.doubled += 1;
            return None;
        }
        self.flaws.lost += line.seq - self.next;
        self.next = line.seq + 1;
        if line.kind != Some("post") {
            return None;
        }
        let said = Said::read(line.text.as_deref()?)?;
        if self.last.len() <= said.talker {
            self.last.resize(said.talker + 1, 0);
        }
        let last = &mut self.last[said.talker];
        self.flaws.out_of_order += u64::from(line.n <= *last);
        *last = line.n;
        Some(said)
    }

    /// Everything up to `head` was to be heard by now.
    pub(super) fn close(&mut self, head: u64) {
        self.flaws.lost += (head + 1).saturating_sub(self.next);
    }
}

/// Delays, in microseconds.
#[derive(Debug)]
pub(super) struct Delays(Histogram<u64>);

impl Default for Delays {
    fn default() -> Self {
        let max = u64::try_from(LATENCY_MAX.as_micros()).expect("ten minutes are not too many");
        Delays(Histogram::new_with_max(max, LATENCY_DIGITS).expect("the bounds are in order"))
    }
}

impl Delays {
    pub(super) fn add(&mut self, delay_us: u64) {
        self.0.saturating_record(delay_us);
    }

    /// The delay that so many of a hundred stay below, in milliseconds.
    pub(super) fn percentile_ms(&self, percent: f64) -> f64 {
        micros(self.0.value_at_percentile(percent))
    }

    pub(super) fn max_ms(&self) -> f64 {
        micros(self.0.max())
    }
}

#[expect(clippy::cast_precision_loss, reason = "ten minutes of microseconds are far below 2^53")]
fn micros(count: u64) -> f64 {
    count as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Has an ear hear entries, and gives what was wrong with them.
    fn flaws(entries: &[(u64, u64)], head: u64) -> Flaws {
        let mut ear = Ear::default();
        let mut tell = |text: &str| {
            ear.hear(&serde_json::from_str(text).expect("a line of the server"));
        };
        tell(r#"{"t":"room","from":5}"#);
        for (seq, n) in entries {
            let words = Said { talker: 1, due_us: 7 }.words(20);
            tell(&format!(r#"{{"t":"entry","seq":{seq},"kind":"post","n":{n},"text":"{words}"}}"#));
        }
        ear.close(head);
        ear.flaws
    }

    #[test]
    fn what_is_heard_once_and_in_order_has_no_flaw() {
        assert_eq!(flaws(&[(5, 1), (6, 2), (7, 4)], 7), Flaws::default());
    }

    #[test]
    fn what_is_missing_in_between_or_at_the_end_is_lost() {
        assert_eq!(flaws(&[(5, 1), (7, 3)], 9), Flaws { lost: 3, ..Flaws::default() });
    }

    #[test]
    fn what_comes_again_is_doubled() {
        assert_eq!(flaws(&[(5, 1), (5, 1), (6, 2)], 6), Flaws { doubled: 1, ..Flaws::default() });
    }

    #[test]
    fn a_lower_number_after_a_higher_one_is_out_of_order() {
        assert_eq!(flaws(&[(5, 2), (6, 1)], 6), Flaws { out_of_order: 1, ..Flaws::default() });
    }

    #[test]
    fn words_are_as_long_as_they_are_to_be_and_tell_what_they_are() {
        let said = Said { talker: 3, due_us: 123_456 };
        assert_eq!(said.words(64).len(), 64);
        assert_eq!(Said::read(&said.words(64)), Some(said));
    }
}
