//! What a room holds back for its moderators: by which rule, and what waits.

use super::keeping::is_over;
use crate::entry::{DeviceId, HeldId, PersonId, PostNumber, Seq};
use crate::hold::{has_link, has_word, word_key};
use crate::time::{DAY_MS, Wall};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A room's rule, and what waits by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The words by which a post waits, as they were given.
    pub words: Vec<String>,
    /// Whether it does for a link.
    pub links: bool,
    /// The directory's entry that said so last.
    pub seq: Seq,
    /// What waits, in the order in which it was said.
    pub posts: BTreeMap<HeldId, HeldPost>,
    /// The last that waited.
    last: HeldId,
    /// What tells the words apart. Not kept, but made again from the words.
    #[serde(skip)]
    keys: BTreeSet<String>,
}

/// A post that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPost {
    /// When it was said.
    pub at: Wall,
    /// By whom.
    pub by: PersonId,
    /// The device that sent it.
    pub device: DeviceId,
    /// The device's number for it.
    pub n: PostNumber,
    /// What was said.
    pub text: String,
    /// The post that it answers.
    pub reply: Option<Seq>,
    /// The directory's entry that has the words, until they are to be erased.
    pub seq: Seq,
}

impl Holding {
    /// Whether a text waits for the moderators, if it is not by one of them.
    #[must_use]
    pub fn stops(&self, text: &str) -> bool {
        (self.links && has_link(text)) || has_word(text, &self.keys)
    }

    /// The number of the next one that waits.
    #[must_use]
    pub fn next(&self) -> HeldId {
        HeldId(self.last.0 + 1)
    }

    /// What waits of somebody.
    pub fn of(&self, person: PersonId) -> impl Iterator<Item = &HeldPost> {
        self.posts.values().filter(move |post| post.by == person)
    }

    /// The first day of which something waits, if that is more than so many days over.
    pub(super) fn stale_day(&self, days: u64, at: Wall) -> Option<u64> {
        let first = self.posts.values().map(|post| post.at.0 / DAY_MS).min()?;
        is_over(first, days, at).then_some(first)
    }

    pub(super) fn set(&mut self, words: &[String], links: bool, seq: Seq) {
        (self.words, self.links, self.seq) = (words.to_vec(), links, seq);
        self.remake_keys();
    }

    pub(super) fn remake_keys(&mut self) {
        self.keys = self.words.iter().map(|word| word_key(word)).collect();
    }

    pub(super) fn add(&mut self, held: HeldId, post: HeldPost) {
        self.last = held;
        self.posts.insert(held, post);
    }

    /// Whoever goes takes with him what waits of his.
    pub(super) fn forget(&mut self, person: PersonId) {
        self.posts.retain(|_, post| post.by != person);
    }
}
