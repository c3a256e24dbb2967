//! What a world's driver does with its disk beside writing: erasing, searching, and comparing passwords.

use super::World;
use super::wire::Row;
use sala_core::entry::{Act, Entry, Erasure, LogId, LogKind, Position, RoomEntry, Seq};
use sala_core::secret::Password;
use sala_core::server::{Compared, Erase, PasswordJob, Query, Server, State, Stretch};

/// A hasher of passwords that keeps them as they are.
pub(super) fn compare(job: &PasswordJob) -> Compared {
    let kept = |password: &Password| format!("kept {}", password.reveal());
    let right = job
        .claimed
        .as_ref()
        .is_none_or(|(claimed, held)| held.as_ref().is_some_and(|held| *held == kept(claimed)));
    Compared::Done { right, hash: job.chosen.as_ref().map(kept) }
}

impl World {
    /// The server's logs are known by this to whoever connects from now on.
    pub(crate) fn is_known_by(&mut self, history: &str) {
        let server = std::mem::replace(&mut self.server, Server::new(State::new(), Position(0), self.quota));
        self.server = server.with_history(Some(history.to_owned()));
    }

    /// What is erased is gone from the rows.
    pub(super) fn erase(&mut self, erase: Erase) {
        for row in &mut self.rows {
            let entry = row.entry();
            let erasure = match erase {
                Erase::Post(log, seq) => {
                    let edit = matches!(&entry, Entry::Room(RoomEntry { act: Act::Edited { target, .. }, .. }) if *target == seq);
                    (row.log == log && (row.seq == seq || edit)).then_some(Erasure::Message)
                }
                Erase::Posts { log, after, upto } => {
                    let of = match &entry {
                        Entry::Room(RoomEntry { act: Act::Post(_), .. }) => Some(row.seq),
                        Entry::Room(RoomEntry { act: Act::Edited { target, .. }, .. }) => Some(*target),
                        _ => None,
                    };
                    let meant = of.is_some_and(|of| of > after && of <= upto);
                    (row.log == log && meant).then_some(Erasure::Message)
                }
                Erase::Secret(log, seq) => ((row.log, row.seq) == (log, seq)).then_some(Erasure::Person),
                Erase::Person(person) => {
                    let own = row.log.kind() == LogKind::Personal(person);
                    (own || entry.person() == person).then_some(Erasure::Person)
                }
                Erase::Room(log) => (row.log == log).then_some(Erasure::Room),
            };
            if let Some(erasure) = erasure {
                row.body = entry.erased(erasure).encode();
            }
        }
    }

    pub(super) fn stretch(&self, limit: usize, like: impl Fn(Position, &Row) -> bool) -> Stretch {
        let rows = (1..).map(Position).zip(&self.rows).filter(|(position, row)| like(*position, row));
        let rows: Vec<_> =
            rows.map(|(position, row)| (position, row.log, row.seq, row.body.clone())).collect();
        let more = rows.len() > limit;
        Stretch { rows: rows.into_iter().take(limit).collect(), more }
    }

    pub(super) fn search(&self, query: &Query) -> Stretch {
        let mut found = self.stretch(usize::MAX, |position, row| {
            let Entry::Room(RoomEntry { person, act: Act::Post(post), .. }) = row.entry() else {
                return false;
            };
            query.logs.contains(&row.log)
                && query.author.is_none_or(|author| author == person)
                && query.before.is_none_or(|before| position < before)
                && query.words.split_whitespace().all(|word| post.text.contains(word))
        });
        found.rows.reverse();
        found.more = found.rows.len() > query.limit;
        found.rows.truncate(query.limit);
        found
    }

    /// All that lies on disk.
    pub(crate) fn disk_text(&self) -> String {
        self.rows.iter().map(|row| String::from_utf8_lossy(&row.body).into_owned() + "\n").collect()
    }

    /// An entry cannot be read any more.
    pub(crate) fn is_damaged(&mut self, log: LogId, seq: u64) {
        for row in self.rows.iter_mut().filter(|row| (row.log, row.seq) == (log, Seq(seq))) {
            row.body.clear();
        }
    }

    /// What the disk's entries add up to, erased ones included.
    pub(crate) fn added_up(&self) -> State {
        let mut state = State::new();
        for row in &self.rows {
            let entry = Entry::decode(row.log, row.seq, &row.body).unwrap();
            state.replay(row.log, row.seq, &entry).unwrap();
        }
        state
    }
}
