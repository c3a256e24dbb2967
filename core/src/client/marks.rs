//! What became of one post: its newest words, its end, and the signs that were put to it.

use crate::entry::Seq;
use crate::limits::{EMOJI_BYTES_MAX, EMOJI_PER_POST_MAX, REACTORS_SHOWN_MAX};
use crate::name::Name;
use crate::protocol::Reaction;
use std::collections::BTreeMap;

/// What became of a post. Taking in the same twice, or in another order, comes to the same: of each person's doings
/// with a sign the one with the highest seq counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub(super) edited: Option<Seq>,
    /// By which entry it was deleted; 0 if only the lack of words says so.
    pub(super) deleted: Option<Seq>,
    /// Everything up to here is in what a page has told.
    upto: Seq,
    signs: BTreeMap<String, Sign>,
}

/// One sign at one post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sign {
    /// How many put it there who are not known by name.
    others: u64,
    /// Whose last doing with it is known: where that is, and whether he put it there.
    who: BTreeMap<Name, (Seq, bool)>,
}

/// A sign as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownSign<'a> {
    /// Which.
    pub emoji: &'a str,
    /// How many put it there.
    pub count: u64,
    /// Who, as far as they are known, in the order of their names.
    pub names: Vec<&'a Name>,
}

impl Marks {
    /// The entry that gave the post the words it has, if they are not the first.
    #[must_use]
    pub fn edited(&self) -> Option<Seq> {
        self.edited
    }

    /// Whether its words are gone for good: it was deleted, or its author is erased.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.deleted.is_some()
    }

    /// The signs that stand at it, in the order of their letters.
    pub fn signs(&self) -> impl Iterator<Item = ShownSign<'_>> {
        self.signs.iter().filter(|(_, sign)| sign.count() > 0).map(|(emoji, sign)| ShownSign {
            emoji,
            count: sign.count(),
            names: sign.who.iter().filter(|(_, (_, on))| *on).map(|(name, _)| name).collect(),
        })
    }

    /// How many names it holds.
    pub(super) fn named(&self) -> usize {
        self.signs.values().map(|sign| sign.who.len()).sum()
    }

    /// Whether anything of it stems from behind this place.
    pub(super) fn reaches_beyond(&self, head: Seq) -> bool {
        let beyond = |sign: &Sign| sign.who.values().any(|(seq, _)| *seq > head);
        self.edited.max(self.deleted).is_some_and(|seq| seq > head) || self.signs.values().any(beyond)
    }

    /// Nothing stands at a post that is gone.
    pub(super) fn delete(&mut self, by: Seq) {
        (self.deleted, self.edited) = (self.deleted.max(Some(by)), None);
        self.signs.clear();
    }

    /// Somebody put a sign to the post, or took his away. Without `room_for_names` he is only counted.
    pub(super) fn react(&mut self, seq: Seq, name: &Name, emoji: &str, on: bool, room_for_names: bool) {
        if seq <= self.upto || self.is_deleted() || emoji.len() > EMOJI_BYTES_MAX {
            return;
        }
        if !self.signs.contains_key(emoji) {
            if self.signs.len() >= EMOJI_PER_POST_MAX {
                self.signs.retain(|_, sign| sign.count() > 0);
            }
            if self.signs.len() >= EMOJI_PER_POST_MAX {
                return;
            }
        }
        let sign = self.signs.entry(emoji.to_owned()).or_default();
        match sign.who.get_mut(name) {
            Some((at, held)) => {
                if seq > *at {
                    (*at, *held) = (seq, on);
                }
            }
            None => {
                // Who takes away what he is not known to have put there is one of those who are not named.
                if !on {
                    sign.others = sign.others.saturating_sub(1);
                }
                if room_for_names {
                    sign.who.insert(name.clone(), (seq, on));
                } else if on {
                    sign.others += 1;
                }
            }
        }
    }

    /// A page has told the signs as they stand; everything up to `upto` is in them.
    pub(super) fn load(&mut self, upto: Seq, reactions: &[Reaction]) {
        if upto < self.upto || self.is_deleted() {
            return;
        }
        self.upto = upto;
        let signs = reactions.iter().filter(|reaction| reaction.emoji.len() <= EMOJI_BYTES_MAX);
        let signs = signs.take(EMOJI_PER_POST_MAX).map(|reaction| {
            let names = reaction.names.iter().take(REACTORS_SHOWN_MAX);
            let who: BTreeMap<Name, (Seq, bool)> = names.map(|name| (name.clone(), (upto, true))).collect();
            let others = reaction.count.saturating_sub(who.len() as u64);
            (reaction.emoji.clone(), Sign { others, who })
        });
        // What came by itself meanwhile may be newer than the page.
        for (emoji, sign) in std::mem::replace(&mut self.signs, signs.collect()) {
            for (name, (seq, on)) in sign.who {
                self.react(seq, &name, &emoji, on, true);
            }
        }
    }
}

impl Sign {
    fn count(&self) -> u64 {
        self.others.saturating_add(self.who.values().filter(|(_, on)| *on).count() as u64)
    }
}
