//! What happened in a room, as a sentence.

use super::View;
use crate::visible::visible;
use sala_core::client::{Ending, PutOut};
use sala_core::entry::{Act, Role, RoomEntry, Sanction};

impl View<'_> {
    /// The sentence for what an entry says; none for what is shown otherwise.
    pub(crate) fn act(&self, entry: &RoomEntry) -> String {
        let author = entry.author.as_str();
        let by = |key: &str| self.words.put(key, [("author", author.into())]);
        let whom = |key: &str, name: &str| {
            self.words.put(key, [("author", author.into()), ("name", name.to_owned().into())])
        };
        let said = |key: &str, text: &str| {
            self.words.put(key, [("author", author.into()), ("text", text.to_owned().into())])
        };
        match &entry.act {
            Act::Created => by("act-created"),
            Act::Joined => by("act-joined"),
            Act::Left => by("act-left"),
            Act::Added(name) => whom("act-added", name.name.as_str()),
            Act::Topic(text) if text.is_empty() => by("act-topic-none"),
            Act::Topic(text) => said("act-topic", text),
            Act::Pinned { on: true, .. } => by("act-pinned"),
            Act::Pinned { .. } => by("act-unpinned"),
            Act::Kicked(name, reason) => self.with_reason(whom("act-kicked", name.name.as_str()), reason),
            Act::Banned(name, sanction) => self.sanction(whom("act-banned", name.name.as_str()), sanction),
            Act::Unbanned(name) => whom("act-unbanned", name.name.as_str()),
            Act::Muted(name, sanction) => self.sanction(whom("act-muted", name.name.as_str()), sanction),
            Act::Unmuted(name) => whom("act-unmuted", name.name.as_str()),
            Act::Invited(name) => whom("act-invited", name.name.as_str()),
            Act::Uninvited(name) => whom("act-uninvited", name.name.as_str()),
            Act::Link { .. } => by("act-link"),
            Act::Unlinked { .. } => by("act-unlinked"),
            Act::Role(name, Role::Member) => whom("act-plain", name.name.as_str()),
            Act::Role(name, _) => whom("act-moderator", name.name.as_str()),
            Act::Owner(name) => whom("act-owner", name.name.as_str()),
            Act::Renamed(name) => said("act-renamed", name.as_str()),
            Act::Archived(true) => by("act-archived"),
            Act::Archived(false) => by("act-unarchived"),
            Act::Slow(0) => by("act-slow-off"),
            Act::Slow(slow_ms) => {
                let seconds = slow_ms / 1_000;
                self.words.put("act-slow", [("author", author.into()), ("seconds", seconds.into())])
            }
            Act::Keep(0) => by("act-keep-off"),
            Act::Keep(days) => {
                self.words.put("act-keep", [("author", author.into()), ("days", (*days).into())])
            }
            Act::Hold(true) => by("act-hold"),
            Act::Hold(false) => by("act-hold-off"),
            Act::Closed(reason) => self.with_reason(by("act-closed"), reason),
            Act::Deleted { .. } => by("act-deleted"),
            Act::Post(_) | Act::Edited { .. } | Act::Reacted { .. } | Act::Faded { .. } | Act::Other(_) => {
                String::new()
            }
        }
    }

    /// A sentence with the time until which it holds and why.
    pub(crate) fn sanction(&self, sentence: String, sanction: &Sanction) -> String {
        let sentence = match sanction.until {
            None => sentence,
            Some(until) => {
                let until = self.words.moment(until, self.now.wall, self.when);
                self.words.put("act-until", [("sentence", sentence.into()), ("until", until.into())])
            }
        };
        self.with_reason(sentence, &sanction.reason)
    }

    fn with_reason(&self, sentence: String, reason: &str) -> String {
        if reason.is_empty() { sentence } else { format!("{sentence}: {}", visible(reason)) }
    }
}

/// How a membership ended, as a sentence to him whose it was; `moment` writes times.
pub(crate) fn put_out_words(
    words: &crate::words::Words,
    room: &str,
    put_out: &PutOut,
    moment: impl Fn(sala_core::time::Wall) -> String,
) -> String {
    let by = put_out.by.as_ref().map_or("", |by| by.as_str());
    let known = if by.is_empty() { "no" } else { "yes" };
    let values = |until: String| {
        [
            ("room", room.to_owned().into()),
            ("by", by.to_owned().into()),
            ("known", known.into()),
            ("until", until.into()),
        ]
    };
    let sentence = match put_out.ending {
        Ending::Kicked => words.put("out-kicked", values(String::new())),
        Ending::Banned(None) => words.put("out-banned", values(String::new())),
        Ending::Banned(Some(until)) => words.put("out-banned-until", values(moment(until))),
        Ending::Closed => words.put("out-closed", values(String::new())),
    };
    if put_out.reason.is_empty() { sentence } else { format!("{sentence} {}", visible(&put_out.reason)) }
}
