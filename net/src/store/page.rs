//! Pages of a room: its entries with what became of them since.

use super::kept::{COLUMNS, Kept, Sums, integer};
use super::reader::{Places, Reader};
use super::{Range, ReadError, Stretch};
use rusqlite::params;
use sala_core::entry::{Act, Entry, LogId, LogKind, PersonId, RoomEntry, Seq};
use sala_core::limits::{EMOJI_PER_POST_MAX, PAGE_BYTES_MAX, REACTORS_SHOWN_MAX};
use sala_core::name::Name;
use sala_core::protocol::{Reaction, annotate};
use std::collections::{BTreeMap, BTreeSet};

/// The newest words of posts: by the post, the entry that gave it these words, unless that is damaged.
type Edits = BTreeMap<Seq, (Seq, Option<String>)>;

/// One sign at one post.
#[derive(Default)]
struct Sign {
    count: u64,
    /// Who put it there first, and where: at most `REACTORS_SHOWN_MAX`.
    first: BTreeMap<Seq, PersonId>,
}

impl Reader {
    /// Reads a part of a log as [`read`](Reader::read) does. In a room's, a post that was edited has its newest words
    /// and `"edited"`, the seq of the edit; a post with signs has its `"reactions"`; and an edit that another one
    /// followed has no words.
    ///
    /// With all this, too, it has at most `PAGE_BYTES_MAX` bytes, or a single entry.
    ///
    /// # Errors
    /// As for `read`. A post whose newest words are damaged is damaged.
    pub fn page(&self, log: LogId, range: Range, limit: usize) -> Result<Stretch, ReadError> {
        if log.kind() != LogKind::Room {
            return self.read(log, range, limit);
        }
        // All is of one moment: what is erased must not come together with what was said before.
        let moment = self.connection.unchecked_transaction()?;
        let (mut places, mut more) = self.places(log, range, limit)?;
        if let (Some((low, _)), Some((high, _))) = (places.first(), places.last()) {
            let between = (*low, *high);
            let passed = self.passed_edits(log, between)?;
            let mut edits = self.newest_edits(log, between)?;
            let mut signs = self.signs(log, between)?;
            for (seq, said) in &mut places {
                let edit = edits.remove(seq);
                let words = match &edit {
                    Some((_, words)) => Some(words.clone()),
                    None => passed.contains(seq).then(|| Some(String::new())),
                };
                if let Some(words) = words {
                    *said =
                        said.take().zip(words).and_then(|(said, words)| reworded(log, *seq, &said, words));
                }
                let reactions = signs.remove(seq).unwrap_or_default();
                let edited = edit.map(|(by, _)| by);
                if let Some(said) = said.as_mut().filter(|_| edited.is_some() || !reactions.is_empty()) {
                    annotate(said, edited, &reactions);
                }
            }
            more |= cut(&mut places, range);
        }
        drop(moment);
        Ok(Stretch::of(places, more))
    }

    /// The entries between these places that gave a post words which are not its newest.
    fn passed_edits(&self, log: LogId, (low, high): (Seq, Seq)) -> rusqlite::Result<BTreeSet<Seq>> {
        let mut select = self.connection.prepare_cached(
            "SELECT seq FROM edit INDEXED BY edit_place WHERE log = ?1 AND seq BETWEEN ?2 AND ?3 AND EXISTS
             (SELECT 1 FROM edit AS newer WHERE newer.log = ?1 AND newer.target = edit.target AND newer.seq > edit.seq)",
        )?;
        let seq = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0).map(|seq| Seq(seq.unsigned_abs()));
        select.query_map(params![integer(log.0), integer(low.0), integer(high.0)], seq)?.collect()
    }

    fn newest_edits(&self, log: LogId, (low, high): (Seq, Seq)) -> rusqlite::Result<Edits> {
        let sql = format!(
            "SELECT {COLUMNS}, newest.target FROM
             (SELECT target, max(seq) AS seq FROM edit WHERE log = ?1 AND target BETWEEN ?2 AND ?3 GROUP BY target)
             AS newest CROSS JOIN entry ON entry.log = ?1 AND entry.seq = newest.seq"
        );
        let mut select = self.connection.prepare_cached(&sql)?;
        let mut rows = select.query(params![integer(log.0), integer(low.0), integer(high.0)])?;
        let (mut edits, mut sums) = (Edits::new(), Sums::default());
        while let Some(row) = rows.next()? {
            let target = Seq(row.get::<_, i64>("target")?.unsigned_abs());
            let row = Kept::read(row)?;
            let whole = sums.check(&self.connection, &row)?;
            let words = match Entry::decode(log, row.seq, &row.body) {
                // The table of edits has no sums: what it says holds only if the entry bears it out.
                Ok(Entry::Room(RoomEntry { act: Act::Edited { text, target: of }, .. }))
                    if whole && of == target =>
                {
                    Some(text)
                }
                _ => None,
            };
            edits.insert(target, (row.seq, words));
        }
        Ok(edits)
    }

    /// The signs at the posts between these places, as a page shows them.
    fn signs(&self, log: LogId, (low, high): (Seq, Seq)) -> rusqlite::Result<BTreeMap<Seq, Vec<Reaction>>> {
        let mut select = self.connection.prepare_cached(
            "SELECT target, emoji, person, seq FROM sign WHERE log = ?1 AND target BETWEEN ?2 AND ?3",
        )?;
        let mut rows = select.query(params![integer(log.0), integer(low.0), integer(high.0)])?;
        let mut posts: BTreeMap<Seq, BTreeMap<String, Sign>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let Ok((target, emoji, person, seq)) = sign_of(row) else {
                tracing::error!(log = log.0, "a sign is damaged, and is not shown");
                continue;
            };
            let sign = posts.entry(target).or_default().entry(emoji).or_default();
            sign.count += 1;
            sign.first.insert(seq, person);
            if sign.first.len() > REACTORS_SHOWN_MAX {
                sign.first.pop_last();
            }
        }
        let mut names = BTreeMap::new();
        let mut shown = BTreeMap::new();
        for (target, signs) in posts {
            let mut signs: Vec<_> = signs.into_iter().collect();
            signs.sort_by_key(|(_, sign)| sign.first.keys().next().copied());
            signs.truncate(EMOJI_PER_POST_MAX);
            let mut reactions = Vec::new();
            for (emoji, Sign { mut count, first }) in signs {
                let mut shown = Vec::new();
                for (seq, person) in first {
                    match self.who_put(log, seq, (target, &emoji, person), &mut names)? {
                        Put::By(name) => shown.push(name),
                        Put::Unknown => {}
                        Put::Never => count -= 1,
                    }
                }
                if count > 0 {
                    reactions.push(Reaction { emoji, count, names: shown });
                }
            }
            shown.insert(target, reactions);
        }
        Ok(shown)
    }

    /// Who put a sign to a post, as the entry says by which he did. The table of signs has no sums: a sign is one only if
    /// its entry bears it out. Where that is damaged, the sign stands without a name, unless his name is known.
    fn who_put(
        &self,
        log: LogId,
        seq: Seq,
        (target, emoji, person): (Seq, &str, PersonId),
        known: &mut BTreeMap<PersonId, Name>,
    ) -> rusqlite::Result<Put> {
        let Some(Entry::Room(entry)) = self.entry(log, seq)? else {
            return Ok(known.get(&person).cloned().map_or(Put::Unknown, Put::By));
        };
        let put = Act::Reacted { target, emoji: emoji.to_owned(), on: true };
        if entry.person != person || entry.act != put {
            tracing::error!(log = log.0, seq = seq.0, "a sign is not what its entry says, and is not shown");
            return Ok(Put::Never);
        }
        known.insert(person, entry.author.clone());
        Ok(Put::By(entry.author))
    }
}

/// Whether somebody put a sign to a post.
enum Put {
    /// He did, and is called so.
    By(Name),
    /// The entry by which he did is damaged.
    Unknown,
    /// Nobody did.
    Never,
}

/// A row of the table of signs.
fn sign_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Seq, String, PersonId, Seq)> {
    let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
    Ok((Seq(number(0)?), row.get(1)?, PersonId(number(2)?), Seq(number(3)?)))
}

/// The same entry in other words.
fn reworded(log: LogId, seq: Seq, body: &[u8], words: String) -> Option<Vec<u8>> {
    let mut entry = Entry::decode(log, seq, body).ok()?;
    if let Entry::Room(RoomEntry { act, .. }) = &mut entry {
        match act {
            Act::Post(post) => post.text = words,
            Act::Edited { text, .. } => *text = words,
            _ => {}
        }
    }
    Some(entry.encode())
}

/// Takes away what is too much for a page, at the end towards which it was read. True if something was.
fn cut(places: &mut Places, range: Range) -> bool {
    let (mut bytes, mut fitting) = (0, 0);
    let backwards = matches!(range, Range::Before(_));
    for index in 0..places.len() {
        let (_, body) = &places[if backwards { places.len() - 1 - index } else { index }];
        let length = body.as_ref().map_or(0, Vec::len);
        if bytes > 0 && bytes + length > PAGE_BYTES_MAX {
            break;
        }
        bytes += length;
        fitting += 1;
    }
    let beyond = places.len() - fitting;
    if backwards {
        places.drain(..beyond);
    } else {
        places.truncate(fitting);
    }
    beyond > 0
}
