//! What acts are called: the same on a line of `sala chat` and in a script.
//!
//! What a script calls `sala friends add bob` is `/friends add bob` on a line, and where the second word says it alone,
//! as in `/ban bob`, that will do.

use super::{Act, Topic, acts, acts_of};
use std::cmp::Reverse;

/// Further words for an act, which come to mind as well: understood alike behind a slash, and behind the topic.
const ALSO: [(Topic, &str, &str); 13] = [
    (Topic::Room, "members", "who"),
    (Topic::Friends, "add", "friend"),
    (Topic::Friends, "add", "befriend"),
    (Topic::Friends, "decline", "refuse"),
    (Topic::Friends, "remove", "unfriend"),
    (Topic::Account, "sign-in", "login"),
    (Topic::Account, "me", "whoami"),
    (Topic::Account, "delete", "delete-account"),
    (Topic::Admin, "ban", "server-ban"),
    (Topic::Admin, "unban", "server-unban"),
    (Topic::Admin, "bans", "server-bans"),
    (Topic::Admin, "rooms", "all-rooms"),
    (Topic::Admin, "close", "close-room"),
];

/// What the words behind a slash name.
#[derive(Debug)]
pub(crate) enum Named<'a> {
    /// An act, and what follows its name.
    Act(&'static Act, &'a str),
    /// A topic alone.
    Topic(Topic),
    /// Nothing; of this topic, if the first word is one.
    Nothing(Option<Topic>),
}

/// Reads the name at the beginning of a line, behind its slash.
pub(crate) fn named(line: &str) -> Named<'_> {
    let (word, rest) = first(line);
    let (second, behind) = first(rest);
    let Some(topic) = Topic::called(&word) else {
        let alone = |act: &&Act| act.slash[1..] == word || act.also().any(|also| also == word);
        return acts().find(alone).map_or(Named::Nothing(None), |act| Named::Act(act, rest));
    };
    if let Some(act) = acts_of(topic).find(|act| act.word.is_empty()) {
        return Named::Act(act, rest);
    }
    if let Some(act) = acts_of(topic).find(|act| act.is_called(&second)) {
        return Named::Act(act, behind);
    }
    let whole = acts_of(topic).find(|act| act.slash[1..] == word);
    match (second.is_empty(), whole) {
        (true, Some(act)) => Named::Act(act, ""),
        (true, None) => Named::Topic(topic),
        (false, _) => Named::Nothing(Some(topic)),
    }
}

/// The first word as it is looked up, and what follows it.
fn first(line: &str) -> (String, &str) {
    let line = line.trim_start();
    let (word, rest) = line.split_at(line.find(char::is_whitespace).unwrap_or(line.len()));
    (word.to_lowercase(), rest.trim_start())
}

impl Topic {
    /// The topic of this word.
    pub(crate) fn called(word: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.word() == word)
    }
}

impl Act {
    /// Further words for it.
    pub(crate) fn also(&self) -> impl Iterator<Item = &'static str> {
        let of = |(topic, word, _): &&(Topic, &str, &str)| *topic == self.topic && *word == self.word;
        ALSO.iter().filter(of).map(|(_, _, also)| *also)
    }

    /// Whether this word, behind its topic, names it.
    pub(crate) fn is_called(&self, word: &str) -> bool {
        self.word == word || self.also().any(|also| also == word)
    }

    /// Its command in a script.
    pub(crate) fn script(&self) -> String {
        format!("sala {} {}", self.topic.word(), self.word).trim_end().to_owned()
    }
}

/// The one of these words that was probably meant: it begins alike, or few slips of a finger lead to it.
pub(crate) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let slips_max = word.chars().count().div_ceil(3);
    let near = |known: &'a str| {
        let begins = word.chars().count() >= 3 && known.starts_with(word);
        let slips = strsim::damerau_levenshtein(word, known);
        (begins || slips <= slips_max).then_some((Reverse(begins), slips, known))
    };
    words.into_iter().filter_map(near).min().map(|(_, _, known)| known)
}
