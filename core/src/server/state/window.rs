//! The numbers that a device gave to its posts: what makes each of them stored once, for ever.

use crate::entry::{HeldId, LogId, PostNumber, Seq};
use crate::limits::POST_WINDOW;
use crate::mutant::planted;
use crate::rare::Empty;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};

/// The highest number of a device, and what became of the `POST_WINDOW` numbers up to it. Derived from the entries
/// alone, so no crash can part the record from what it records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    highest: u64,
    stored: VecDeque<Stored>,
    /// Those that wait, or have waited, for the moderators of their rooms, by their numbers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    held: BTreeMap<u64, HeldId>,
}

impl Empty for Window {
    const EMPTY: &'static Self = &Window { highest: 0, stored: VecDeque::new(), held: BTreeMap::new() };
}

/// In a checkpoint it is a list of four: windows are most of what a server with many devices keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
struct Stored {
    n: u64,
    log: LogId,
    /// Its place; 0, where nothing is, of a post that waits for the moderators, or was not let through.
    seq: Seq,
    /// Of the text; none once that is erased, since it would tell who guesses it that he is right.
    digest: Option<u64>,
}

type Kept = (u64, LogId, Seq, Option<u64>);

impl From<Kept> for Stored {
    fn from((n, log, seq, digest): Kept) -> Self {
        Stored { n, log, seq, digest }
    }
}

impl From<Stored> for Kept {
    fn from(Stored { n, log, seq, digest }: Stored) -> Self {
        (n, log, seq, digest)
    }
}

/// What a number means to a device's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is higher than all before: a new post.
    New,
    /// The same post is stored already, there.
    Stored(LogId, Seq),
    /// The same post waits, or has waited, for the moderators of that room.
    Held(LogId, HeldId),
    /// Another post is stored under the number.
    Reused(LogId),
    /// It was passed over by a higher number, and is surely not stored.
    OutOfOrder,
    /// It lies behind the window, which no longer knows.
    TooOld,
}

impl Window {
    /// The highest number of a stored post; 0 if there is none.
    #[must_use]
    pub fn highest(&self) -> u64 {
        self.highest
    }

    /// What to make of a post under number `n` with this text, in the room whose log is `meant`.
    #[must_use]
    pub fn judge(&self, n: PostNumber, meant: impl Fn(LogId) -> bool, text: &str) -> Verdict {
        let n = n.value();
        let behind = u64::from(planted("window_off_by_one"));
        if n + behind > self.highest || planted("no_dedupe") {
            return Verdict::New;
        }
        if n + POST_WINDOW <= self.highest {
            return Verdict::TooOld;
        }
        match self.stored.iter().find(|stored| stored.n == n) {
            None => Verdict::OutOfOrder,
            Some(stored) if meant(stored.log) && stored.digest.is_none_or(|held| held == digest(text)) => {
                match self.held.get(&n).filter(|_| stored.seq == Seq(0)) {
                    Some(held) => Verdict::Held(stored.log, *held),
                    None => Verdict::Stored(stored.log, stored.seq),
                }
            }
            Some(stored) => Verdict::Reused(stored.log),
        }
    }

    /// Takes in a post that is stored.
    pub fn record(&mut self, n: PostNumber, log: LogId, seq: Seq, text: &str) {
        let n = n.value();
        let behind = planted("no_dedupe") || planted("window_off_by_one");
        assert!(n > self.highest || behind, "only a post with a higher number is ever stored");
        self.highest = n;
        self.stored.push_back(Stored { n, log, seq, digest: Some(digest(text)) });
        let window = POST_WINDOW - u64::from(planted("window_too_short"));
        while self.stored.front().is_some_and(|stored| stored.n + window <= n) {
            self.stored.pop_front();
        }
        if let Some(first) = self.stored.front().map(|stored| stored.n).filter(|_| !self.held.is_empty()) {
            self.held = self.held.split_off(&first);
        }
    }

    /// Takes in a post that waits for the moderators of its room.
    pub(super) fn hold(&mut self, n: PostNumber, log: LogId, held: HeldId, text: &str) {
        self.held.insert(n.value(), held);
        self.record(n, log, Seq(0), text);
    }

    /// A post of this room waits no longer: it stands in its log, or is gone.
    pub(super) fn waits_no_more(&mut self, log: LogId, held: HeldId, seq: Option<Seq>) {
        let is = |stored: &&mut Stored| stored.log == log && self.held.get(&stored.n) == Some(&held);
        for stored in self.stored.iter_mut().filter(is) {
            (stored.seq, stored.digest) = (seq.unwrap_or(Seq(0)), None);
        }
    }

    /// What was let through stands there, and says this.
    pub(super) fn says(&mut self, log: LogId, seq: Seq, text: &str) {
        let is = |stored: &&mut Stored| stored.log == log && stored.seq == seq;
        self.stored.iter_mut().filter(is).for_each(|stored| stored.digest = Some(digest(text)));
    }

    /// What waits in this room is gone with its author.
    pub(super) fn forget_waiting(&mut self, log: LogId) {
        self.forget(log, Some(Seq(0)));
    }

    /// Forgets what the posts of this log up to a place said.
    pub(super) fn forget_upto(&mut self, log: LogId, upto: Seq) {
        let meant = |stored: &&mut Stored| stored.log == log && stored.seq <= upto && stored.seq > Seq(0);
        self.stored.iter_mut().filter(meant).for_each(|stored| stored.digest = None);
    }

    /// Forgets what a post of this log said, or all of them: it is erased. Sent again in any words, it is answered with
    /// its place.
    pub(super) fn forget(&mut self, log: LogId, seq: Option<Seq>) {
        let meant = |stored: &&mut Stored| stored.log == log && seq.is_none_or(|seq| stored.seq == seq);
        self.stored.iter_mut().filter(meant).for_each(|stored| stored.digest = None);
    }
}

/// Tells texts apart well enough to catch a client that uses a number twice; it guards against mistakes, not malice.
fn digest(text: &str) -> u64 {
    let bytes = Sha256::digest(text.as_bytes());
    u64::from_le_bytes(bytes[..8].try_into().expect("a SHA-256 has more than eight bytes"))
}
