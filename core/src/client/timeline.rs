//! What a client holds of one room's log, and where it has gaps.

use super::bounds::{REACTORS_HELD_MAX, TIMELINE_BYTES_MAX};
use super::marks::Marks;
use crate::entry::{Act, Post, RoomEntry, Seq};
use crate::limits::TIMELINE_ENTRIES_MAX;
use crate::protocol::NumberedEntry;
use std::collections::{BTreeMap, BTreeSet};

/// Entries by their places. Gaps are not kept: they are where the places do not follow each other.
///
/// A post has its newest words, or none once it is deleted; what else became of it is in its [`Marks`]. Edits, deletions
/// and signs have their own places in the log and stay there, so a change that comes before its post is made up for
/// when the post is loaded, and one that is heard and then loaded changes nothing the second time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    entries: BTreeMap<Seq, RoomEntry>,
    /// What became of the posts that are held.
    marks: BTreeMap<Seq, Marks>,
    /// The changes that are held, by the post that each is about.
    changes: BTreeMap<Seq, BTreeSet<Seq>>,
    damaged: BTreeSet<Seq>,
    head: Seq,
    bytes: usize,
    /// How many names the signs of all posts hold.
    named: usize,
    /// What is read, if it is not the end.
    sight: Option<Seq>,
    /// All that was said up to here is gone.
    faded: Seq,
}

/// A line of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// Entries that are not held; they can be loaded.
    Skipped {
        /// The first place.
        from: Seq,
        /// The last place.
        to: Seq,
    },
    /// An entry that is damaged on the server's disk.
    Damaged(Seq),
    /// An entry.
    Entry(Seq, &'a RoomEntry),
}

impl Timeline {
    /// The last place that the room is known to have.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.head
    }

    /// The first place that is held.
    #[must_use]
    pub fn first(&self) -> Option<Seq> {
        self.entries.first_key_value().map(|(seq, _)| *seq)
    }

    /// How many entries are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry at a place.
    #[must_use]
    pub fn entry(&self, seq: Seq) -> Option<&RoomEntry> {
        self.entries.get(&seq)
    }

    /// The post at a place.
    #[must_use]
    pub fn post(&self, seq: Seq) -> Option<&Post> {
        match &self.entries.get(&seq)?.act {
            Act::Post(post) => Some(post),
            _ => None,
        }
    }

    /// What became of the post at a place; none if no post is held there.
    #[must_use]
    pub fn marks(&self, seq: Seq) -> Option<&Marks> {
        self.marks.get(&seq)
    }

    /// All that was said up to here is gone, since it was as old as it is kept.
    #[must_use]
    pub fn faded(&self) -> Seq {
        self.faded
    }

    /// The entries that are held, in order.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (Seq, &RoomEntry)> {
        self.entries.iter().map(|(seq, entry)| (*seq, entry))
    }

    /// The entries of a stretch, in order, if every one of them is held.
    pub(super) fn all_of(&self, from: Seq, to: Seq) -> Option<Vec<(Seq, &RoomEntry)>> {
        let wanted = usize::try_from(to.0.checked_add(1)?.checked_sub(from.0)?).ok()?;
        if wanted == 0 || wanted > self.entries.len() {
            return (wanted == 0).then(Vec::new);
        }
        let held: Vec<_> = self.entries.range(from..=to).map(|(seq, entry)| (*seq, entry)).collect();
        (held.len() == wanted).then_some(held)
    }

    /// What is to be shown from the first entry held to the head, gaps included. What lies before the first entry is a
    /// gap like any other.
    #[must_use]
    pub fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = Vec::with_capacity(self.entries.len() + 2);
        let mut next = Seq(1);
        for (seq, entry) in self.entries() {
            self.gap(next, seq, &mut rows);
            rows.push(Row::Entry(seq, entry));
            next = seq.next();
        }
        self.gap(next, self.head.next(), &mut rows);
        rows
    }

    /// Rows for what is missing from `from` up to, and without, `end`.
    fn gap<'a>(&self, from: Seq, end: Seq, rows: &mut Vec<Row<'a>>) {
        let mut next = from;
        for seq in self.damaged.range(from.min(end)..end) {
            if next < *seq {
                rows.push(Row::Skipped { from: next, to: Seq(seq.0 - 1) });
            }
            rows.push(Row::Damaged(*seq));
            next = seq.next();
        }
        if next < end {
            rows.push(Row::Skipped { from: next, to: Seq(end.0 - 1) });
        }
    }

    /// What is read stands there, or at the end.
    pub(super) fn look(&mut self, at: Option<Seq>) {
        self.sight = at;
    }

    /// Takes in the next entry as it comes by itself. What becomes of it later comes so, too.
    pub(super) fn hear(&mut self, NumberedEntry { seq, entry, .. }: NumberedEntry) {
        self.insert(seq, entry, None);
        // Whoever reads far back does not lose what he reads to what comes meanwhile, which is a gap then.
        self.drop_farthest_from(self.sight.unwrap_or(seq));
    }

    /// Takes in an entry of a page, which tells what had become of it up to a place that is not before `upto`.
    pub(super) fn load(&mut self, entry: NumberedEntry, upto: Seq) {
        let NumberedEntry { seq, entry, edited, reactions } = entry;
        self.insert(seq, entry, edited);
        if let Some(marks) = self.marks.get_mut(&seq) {
            self.named -= marks.named();
            marks.load(upto, &reactions);
            self.named += marks.named();
        }
        self.drop_farthest_from(seq);
    }

    fn insert(&mut self, seq: Seq, mut entry: RoomEntry, edited: Option<Seq>) {
        self.head = self.head.max(seq);
        self.damaged.remove(&seq);
        if let Act::Faded { upto } = entry.act {
            self.fade(upto);
        }
        let target = target(&entry.act);
        if let Act::Edited { target, text } = &mut entry.act
            && *target <= self.faded
        {
            text.clear();
        }
        if target.and_then(|target| self.changes.get(&target)).is_some_and(|held| held.contains(&seq)) {
            return;
        }
        if !matches!(entry.act, Act::Post(_)) || self.post(seq).is_none() {
            self.remove(seq);
        }
        if let Act::Post(post) = &mut entry.act {
            let marks = self.marks.entry(seq).or_default();
            if post.text.is_empty() || seq <= self.faded {
                self.named -= marks.named();
                marks.delete(Seq(0));
            }
            if marks.is_deleted() {
                post.text.clear();
            } else if marks.edited > edited {
                if let Some(held) = self.entries.get(&seq).and_then(|held| held.act.text()) {
                    held.clone_into(&mut post.text);
                }
            } else {
                marks.edited = edited;
            }
        }
        self.bytes += weight(&entry.act);
        if let Some(replaced) = self.entries.insert(seq, entry) {
            self.bytes -= weight(&replaced.act);
        }
        match target {
            Some(target) => {
                self.changes.entry(target).or_default().insert(seq);
                self.change(target, seq);
            }
            // Changes that came before their post.
            None => {
                for change in self.changes.get(&seq).cloned().unwrap_or_default() {
                    self.change(seq, change);
                }
            }
        }
    }

    /// All that was said up to here is gone, with all that became of it.
    pub(super) fn fade(&mut self, upto: Seq) {
        if upto <= self.faded {
            return;
        }
        let gone = self.faded.next()..=upto;
        self.faded = upto;
        let posts: Vec<Seq> = self.marks.range(gone.clone()).map(|(seq, _)| *seq).collect();
        for seq in posts {
            if let Some(marks) = self.marks.get_mut(&seq) {
                self.named -= marks.named();
                marks.delete(Seq(0));
            }
            self.set_text(seq, String::new());
        }
        let changes: Vec<Seq> = self.changes.range(gone).flat_map(|(_, held)| held.iter().copied()).collect();
        for seq in changes
            .into_iter()
            .filter(|seq| self.entries.get(seq).is_some_and(|entry| matches!(entry.act, Act::Edited { .. })))
            .collect::<Vec<_>>()
        {
            self.set_text(seq, String::new());
        }
    }

    /// Does to a post what a change that is held says.
    fn change(&mut self, target: Seq, seq: Seq) {
        let Some(RoomEntry { author, act, .. }) = self.entries.get(&seq) else { return };
        match act {
            Act::Edited { text, .. } => {
                let (text, newest) = (text.clone(), self.newest_words(target));
                // Words that are not the newest are nobody's to read any more. A page has left them out already.
                if newest != Some(seq) {
                    return self.set_text(seq, String::new());
                }
                let older = self.edits(target).into_iter().filter(|edit| *edit < seq);
                older.for_each(|edit| self.set_text(edit, String::new()));
                if let Some(marks) = self.marks.get_mut(&target).filter(|_| !text.is_empty())
                    && marks.edited < Some(seq)
                {
                    marks.edited = Some(seq);
                    self.set_text(target, text);
                }
            }
            Act::Deleted { .. } => {
                if let Some(marks) = self.marks.get_mut(&target) {
                    self.named -= marks.named();
                    marks.delete(seq);
                    self.set_text(target, String::new());
                }
                for edit in self.edits(target) {
                    self.set_text(edit, String::new());
                }
            }
            Act::Reacted { emoji, on, .. } => {
                let room_for_names = self.named < REACTORS_HELD_MAX;
                if let Some(marks) = self.marks.get_mut(&target) {
                    self.named -= marks.named();
                    marks.react(seq, author, emoji, *on, room_for_names);
                    self.named += marks.named();
                }
            }
            _ => {}
        }
    }

    /// The edits of a post that are held.
    fn edits(&self, target: Seq) -> Vec<Seq> {
        let changes = self.changes.get(&target).into_iter().flatten();
        let is_edit =
            |seq: &Seq| self.entries.get(seq).is_some_and(|entry| matches!(entry.act, Act::Edited { .. }));
        changes.copied().filter(is_edit).collect()
    }

    /// The entry that has a post's newest words, as far as is known; none if it is gone.
    fn newest_words(&self, target: Seq) -> Option<Seq> {
        let is_end =
            |seq: &Seq| self.entries.get(seq).is_some_and(|entry| matches!(entry.act, Act::Deleted { .. }));
        let marks = self.marks.get(&target);
        if marks.is_some_and(Marks::is_deleted) || self.changes.get(&target).into_iter().flatten().any(is_end)
        {
            return None;
        }
        let heard = self.edits(target).last().copied();
        Some(heard.max(marks.and_then(|marks| marks.edited)).unwrap_or(target))
    }

    fn set_text(&mut self, seq: Seq, text: String) {
        let held = self.entries.get_mut(&seq).map(|entry| &mut entry.act);
        if let Some(Act::Post(Post { text: held, .. }) | Act::Edited { text: held, .. }) = held {
            self.bytes = self.bytes + text.len() - held.len();
            *held = text;
        }
    }

    /// Drops what is too much: whoever reads far back keeps what he loads, and what is dropped at the other end is a gap
    /// that can be loaded again.
    fn drop_farthest_from(&mut self, seq: Seq) {
        while self.entries.len() > TIMELINE_ENTRIES_MAX || self.bytes > TIMELINE_BYTES_MAX {
            let (first, last) =
                (self.first().unwrap_or(seq), self.entries.last_key_value().map_or(seq, |(last, _)| *last));
            if first == last {
                return;
            }
            self.remove(if seq.0.abs_diff(first.0) >= last.0.abs_diff(seq.0) { first } else { last });
        }
    }

    fn remove(&mut self, seq: Seq) {
        let Some(entry) = self.entries.remove(&seq) else { return };
        self.bytes -= weight(&entry.act);
        if let Some(marks) = self.marks.remove(&seq) {
            self.named -= marks.named();
        }
        if let Some(target) = target(&entry.act)
            && let Some(changes) = self.changes.get_mut(&target)
        {
            changes.remove(&seq);
            if changes.is_empty() {
                self.changes.remove(&target);
            }
        }
    }

    pub(super) fn mark_damaged(&mut self, seq: Seq) {
        if self.damaged.len() < TIMELINE_ENTRIES_MAX && !self.entries.contains_key(&seq) {
            self.damaged.insert(seq);
        }
    }

    /// The server says that the log ends here. What stands behind that is lost, and so is what it did to posts before:
    /// these are loaded anew.
    pub(super) fn set_head(&mut self, head: Seq) {
        let lost: Vec<Seq> = self.entries.range(head.next()..).map(|(seq, _)| *seq).collect();
        if head < self.head {
            let undone: Vec<Seq> = self
                .marks
                .iter()
                .filter(|(_, marks)| marks.reaches_beyond(head))
                .map(|(seq, _)| *seq)
                .collect();
            undone.into_iter().for_each(|seq| self.remove(seq));
        }
        lost.into_iter().for_each(|seq| self.remove(seq));
        self.damaged.split_off(&head.next());
        // A server that was set back may have again what had gone.
        if head < self.head && self.faded > Seq(0) {
            self.faded = Seq(0);
            self.forget_posts();
        }
        self.head = head;
    }

    /// Entries were passed over that may have changed or deleted any post: none of those held is known to stand so.
    pub(super) fn forget_posts(&mut self) {
        let worded = |(seq, entry): (&Seq, &RoomEntry)| {
            matches!(entry.act, Act::Post(_) | Act::Edited { .. }).then_some(*seq)
        };
        let posts: Vec<Seq> = self.entries.iter().filter_map(worded).collect();
        posts.into_iter().for_each(|seq| self.remove(seq));
    }
}

/// The post that an act changes.
fn target(act: &Act) -> Option<Seq> {
    match act {
        Act::Edited { target, .. } | Act::Deleted { target, .. } | Act::Reacted { target, .. } => {
            Some(*target)
        }
        _ => None,
    }
}

/// About how many bytes an act takes.
fn weight(act: &Act) -> usize {
    let words = act.text().map_or(0, str::len);
    let more = match act {
        Act::Post(post) => 8 * post.mentions.len(),
        Act::Reacted { emoji, .. } => emoji.len(),
        Act::Kicked(_, reason) | Act::Closed(reason) => reason.len(),
        Act::Banned(_, sanction) | Act::Muted(_, sanction) => sanction.reason.len(),
        Act::Other(kind) => kind.len(),
        _ => 0,
    };
    size_of::<Act>() + words + more
}
