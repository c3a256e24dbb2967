//! What was given to an act: its words, read as what they stand for.

use super::{Act, Kind, Need, Words};
use crate::shape;
use sala_core::client::{Model, RoomView};
use sala_core::entry::{Audience, LinkId, RoomKind, Seq};
use sala_core::limits::EMOJI_BYTES_MAX;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Banned, Invitation, Secret};
use sala_core::time::Wall;
use sala_net::link::RoomLink;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// Characters beyond which a word is a link and no room's name, as is one with a slash in it.
const ROOM_CHARS_MAX: usize = sala_core::limits::NAME_CHARS_MAX;

/// Stands for a post that only the server can tell, where the form of the words alone is judged.
const SEQ_NOT_YET_KNOWN: Seq = Seq(0);

/// Stands for a room that only the server can tell, where the form of the words alone is judged.
fn not_yet_known() -> RoomName {
    RoomName::own()
}

/// What the words are about: who is there, and what is shown.
pub(crate) struct Scene<'a> {
    /// The room that is shown, for acts that do not name it.
    pub(crate) here: Option<&'a RoomName>,
    /// What is known; `None` before anything is, when only the form of the words can be judged.
    pub(crate) model: Option<&'a Model>,
    /// Where one is invited, if the model does not hold it.
    pub(crate) invitations: &'a [Invitation],
    /// The posts that stand in the room that is spoken of, and who said each, newest first; as far as they are known.
    pub(crate) recent: &'a [(Seq, Name)],
    pub(crate) now: Wall,
    /// By whom one is seen now, if that is known.
    pub(crate) audience: Option<Audience>,
    /// In `sala chat`: a room's name is not among the words.
    pub(crate) in_chat: bool,
}

impl Scene<'_> {
    /// The room that is meant by a word: its key or name, its title, `@` and the other of a conversation of two, or `=`
    /// and a name that is to be no title. What may be several rooms is none: a wrong guess could close one.
    pub(crate) fn room(&self, word: &str) -> Result<RoomName, String> {
        let rooms = || self.model.into_iter().flat_map(|model| &model.rooms);
        if let Some(other) = word.strip_prefix('@') {
            let other = person(other)?;
            let with = |(_, view): &(&RoomName, &RoomView)| {
                view.kind == RoomKind::Direct && view.with.as_ref().is_some_and(|with| with.same(&other))
            };
            return match (rooms().find(with), self.model) {
                (Some((room, _)), _) => Ok(room.clone()),
                (None, Some(_)) => Err(format!("you have no conversation with {other}")),
                (None, None) => Ok(not_yet_known()),
            };
        }
        let (word, titles) = word.strip_prefix('=').map_or((word, true), |name| (name, false));
        let name = RoomName::parse(word).map_err(|error| format!("{word} is no name of a room: {error}"))?;
        let called = |room: &RoomName, title: Option<&RoomName>| {
            room.same(&name) || titles && title.is_some_and(|title| title.same(&name))
        };
        let held = rooms().filter(|(room, view)| called(room, view.title.as_ref())).map(|(room, _)| room);
        let invited = self.model.into_iter().flat_map(|model| model.invitations.values());
        let invited = invited.chain(self.invitations).filter(|row| called(&row.room, row.title.as_ref()));
        let meant: BTreeSet<&RoomName> = held.chain(invited.map(|row| &row.room)).collect();
        match meant.len() {
            0 => Ok(name),
            1 => Ok(meant.into_iter().next().cloned().unwrap_or(name)),
            _ => {
                let key =
                    |room: &&RoomName| if room.is_given() { room.to_string() } else { format!("={room}") };
                let keys: Vec<String> = meant.iter().map(key).collect();
                Err(format!("several rooms are called {word}: say which by its key, {}", keys.join(" or ")))
            }
        }
    }

    /// The post that is meant by a word.
    fn post(&self, word: &str) -> Result<Seq, String> {
        if let Ok(seq) = word.parse::<u64>() {
            return Ok(Seq(seq));
        }
        let Some(model) = self.model else { return Ok(SEQ_NOT_YET_KNOWN) };
        if word == "^" {
            let last = self.recent.first().map(|(seq, _)| *seq);
            return last.ok_or_else(|| "nothing was said here yet".to_owned());
        }
        if let Some(back) = word.strip_prefix('-').and_then(|back| back.parse::<usize>().ok()) {
            let mut mine = self.recent.iter().filter(|(_, author)| author.same(&model.name));
            let found = back.checked_sub(1).and_then(|back| mine.nth(back)).map(|(seq, _)| *seq);
            return found.ok_or_else(|| format!("there is no post {word} of yours in sight"));
        }
        let wanted = person(word)?;
        let theirs = self.recent.iter().find(|(_, author)| author.same(&wanted)).map(|(seq, _)| *seq);
        theirs.ok_or_else(|| format!("no post of {wanted} is in sight"))
    }
}

/// The words of one act, in order.
pub(crate) struct Given<'a> {
    act: &'a Act,
    at: usize,
    words: Words,
    options: BTreeMap<&'static str, String>,
    scene: &'a Scene<'a>,
}

impl<'a> Given<'a> {
    pub(super) fn new(
        act: &'a Act,
        words: Words,
        options: BTreeMap<&'static str, String>,
        scene: &'a Scene<'a>,
    ) -> Self {
        Given { act, at: 0, words, options, scene }
    }

    /// Refuses words that are too many.
    pub(super) fn finish(mut self) -> Result<(), String> {
        assert_eq!(self.at, self.act.arguments.len(), "{} takes all of its arguments", self.act.word);
        match self.words.next() {
            Some(word) => Err(format!("{word} is too much here: {}", self.usage())),
            None => Ok(()),
        }
    }

    fn usage(&self) -> String {
        let (chat, act) = (self.scene.in_chat, self.act);
        let word = if chat { act.slash.to_owned() } else { act.script() };
        let (usage, example) = (act.usage(chat), act.example(chat));
        if example == word { word } else { format!("{word} {usage}, such as {example}") }
    }

    /// The next argument, which is of this kind.
    fn turn(&mut self, kind: Kind) -> &'static str {
        let argument = &self.act.arguments[self.at];
        assert_eq!(argument.kind, kind, "{} takes its arguments in order", self.act.word);
        self.at += 1;
        argument.name
    }

    fn must(&mut self, kind: Kind) -> Result<String, String> {
        let name = self.turn(kind);
        self.words.next().ok_or_else(|| format!("{name} is missing: {}", self.usage()))
    }

    fn may(&mut self, kind: Kind) -> Option<String> {
        self.turn(kind);
        self.words.next()
    }

    /// The room that the act is about.
    pub(crate) fn here(&mut self) -> Result<RoomName, String> {
        if self.scene.in_chat {
            self.turn(Kind::Here);
            let none = "no room is shown: /join ROOM goes to one, /rooms lists them";
            return Ok(self.scene.here.cloned().ok_or(none)?);
        }
        let word = self.must(Kind::Here)?;
        self.scene.room(&word)
    }

    pub(crate) fn room(&mut self) -> Result<RoomName, String> {
        let word = self.must(Kind::Room)?;
        self.scene.room(&word)
    }

    /// A room, or the one that is shown.
    pub(crate) fn room_or_here(&mut self) -> Result<RoomName, String> {
        match (self.may(Kind::Room), self.scene.here) {
            (Some(word), _) => self.scene.room(&word),
            (None, Some(here)) => Ok(here.clone()),
            (None, None) => Err(format!("which room? {}", self.usage())),
        }
    }

    /// A room by its name, or a link into one.
    pub(crate) fn door(&mut self) -> Result<Result<RoomName, Secret>, String> {
        let word = self.must(Kind::Room)?;
        if word.chars().count() <= ROOM_CHARS_MAX && !word.contains('/') {
            return self.scene.room(&word).map(Ok);
        }
        word.parse::<RoomLink>().map(|link| Err(link.token)).map_err(|wrong| wrong.to_string())
    }

    pub(crate) fn new_room(&mut self) -> Result<RoomName, String> {
        let word = self.must(Kind::NewRoom)?;
        new_room(&word)
    }

    pub(crate) fn person(&mut self) -> Result<Name, String> {
        let word = self.must(Kind::Person)?;
        person(&word)
    }

    pub(crate) fn person_or_none(&mut self) -> Result<Option<Name>, String> {
        self.may(Kind::Person).map(|word| person(&word)).transpose()
    }

    pub(crate) fn people(&mut self) -> Result<Vec<Name>, String> {
        let mut people = vec![self.person()?];
        while let Some(word) = self.words.next() {
            people.push(person(&word)?);
        }
        Ok(people)
    }

    /// Somebody, or a range of addresses.
    pub(crate) fn whom(&mut self) -> Result<Banned, String> {
        let word = self.must(Kind::Whom)?;
        let address = word.contains(['.', ':', '/']).then(|| word.parse().ok()).flatten();
        // These are in no name.
        let meant =
            word.contains([':', '/']) || word.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit());
        match address {
            Some(range) => Ok(Banned::Addresses(range)),
            None if meant && word.contains(['.', ':', '/']) => Err(format!(
                "{word} is no address and no range of them: 203.0.113.7, 203.0.113.0/24, or 2001:db8::/32"
            )),
            None => person(&word).map(Banned::Person),
        }
    }

    pub(crate) fn post(&mut self) -> Result<Seq, String> {
        let word = self.must(Kind::Post)?;
        self.scene.post(&word)
    }

    /// Seconds, if a duration stands here: what is none belongs to what follows. No more than so many. What begins like
    /// one and is none is a slip, and what was to end soon must not last for ever by it.
    pub(crate) fn duration(&mut self, seconds_max: u64) -> Result<Option<u64>, String> {
        self.turn(Kind::Duration);
        let mut ahead = self.words.clone();
        let Some(word) = ahead.next() else { return Ok(None) };
        if !word.starts_with(|first: char| first.is_ascii_digit()) {
            // Where nothing else may follow it was to be one.
            let last = self.at == self.act.arguments.len();
            return if last { Err(format!("{word} is no time: 30m, 2h, 7d")) } else { Ok(None) };
        }
        let apart = || shape::seconds(&format!("{word}{}", ahead.clone().next().unwrap_or_default()));
        let seconds = if let Some(seconds) = shape::seconds(&word) {
            self.words.next();
            seconds
        } else if let (Ok(_), Some(seconds)) = (word.parse::<u64>(), apart()) {
            self.words.next();
            self.words.next();
            seconds
        } else if word.parse::<u64>().is_ok()
            && self.act.arguments.get(self.at).is_some_and(|argument| argument.kind == Kind::Number)
        {
            // It is the number that follows, and the time was left out.
            return Ok(None);
        } else {
            return Err(format!("{word} is no time: 30m, 2h, 7d"));
        };
        if seconds > seconds_max {
            return Err(format!(
                "this can be for {} at most",
                shape::duration(seconds_max.saturating_mul(1_000))
            ));
        }
        Ok(Some(seconds))
    }

    pub(crate) fn sign(&mut self) -> Result<String, String> {
        let word = self.must(Kind::Sign)?;
        if word.len() > EMOJI_BYTES_MAX || word.is_ascii() {
            return Err(format!("{word} is no sign: put one such as 👍 or 🎉"));
        }
        Ok(word)
    }

    pub(crate) fn number<T: FromStr>(&mut self) -> Result<T, String> {
        let word = self.must(Kind::Number)?;
        word.parse().map_err(|_| format!("{word} is no number: {}", self.usage()))
    }

    pub(crate) fn number_or_none<T: FromStr>(&mut self) -> Result<Option<T>, String> {
        let usage = self.usage();
        let word = self.may(Kind::Number);
        word.map(|word| word.parse().map_err(|_| format!("{word} is no number: {usage}"))).transpose()
    }

    pub(crate) fn link(&mut self) -> Result<LinkId, String> {
        self.number().map(LinkId)
    }

    /// One of the words that may stand here; the first one if none does.
    pub(crate) fn one_of(&mut self) -> Result<&'static str, String> {
        let argument = &self.act.arguments[self.at];
        let Kind::OneOf(choices) = argument.kind else { unreachable!("a choice is among words") };
        let word = match argument.need {
            Need::May => self.may(argument.kind).unwrap_or_else(|| choices[0].to_owned()),
            _ => self.must(argument.kind)?,
        };
        let found = choices.iter().copied().find(|choice| *choice == word);
        found.ok_or_else(|| format!("{word} is none of {}: {}", choices.join(", "), self.usage()))
    }

    /// All that is left; may be empty where it may be left out.
    pub(crate) fn text(&mut self) -> Result<String, String> {
        let argument = &self.act.arguments[self.at];
        self.turn(Kind::Text);
        let text = self.words.rest();
        if text.is_empty() && argument.need != Need::May {
            return Err(format!("{} is missing: {}", argument.name, self.usage()));
        }
        Ok(text)
    }

    pub(crate) fn file(&mut self) -> Option<String> {
        self.turn(Kind::File);
        Some(self.words.rest()).filter(|file| !file.is_empty())
    }

    /// The value of an option, if it was given.
    pub(crate) fn option(&self, flag: &str) -> Option<&str> {
        self.options.get(flag).map(String::as_str)
    }

    pub(crate) fn option_room(&self, flag: &str) -> Result<Option<RoomName>, String> {
        self.option(flag).map(|word| self.scene.room(word)).transpose()
    }

    pub(crate) fn option_title(&self, flag: &str) -> Result<Option<RoomName>, String> {
        self.option(flag).map(new_room).transpose()
    }

    pub(crate) fn option_person(&self, flag: &str) -> Result<Option<Name>, String> {
        self.option(flag).map(person).transpose()
    }

    pub(crate) fn option_moment(&self, flag: &str) -> Result<Option<Wall>, String> {
        let read = |word: &str| {
            let wrong = || format!("{word} is no day such as 2026-11-25, and no duration such as 7d");
            shape::moment(word, self.scene.now).ok_or_else(wrong)
        };
        self.option(flag).map(read).transpose()
    }

    pub(crate) fn option_number(&self, flag: &str) -> Result<Option<usize>, String> {
        let read = |word: &str| word.parse().map_err(|_| format!("{word} is no number: {}", self.usage()));
        self.option(flag).map(read).transpose()
    }

    /// By whom one is seen now, to keep what is not spoken of.
    pub(crate) fn audience(&self) -> Result<Audience, String> {
        match (self.scene.audience, self.scene.model) {
            (Some(audience), _) => Ok(audience),
            // The form of the words is right, whoever it is.
            (None, None) => Ok(Audience::default()),
            (None, Some(_)) => Err(
                "by whom you are seen is not known yet: try again in a moment, or say --to rooms or --to friends"
                    .to_owned(),
            ),
        }
    }
}

fn person(word: &str) -> Result<Name, String> {
    let word = word.strip_prefix('@').unwrap_or(word);
    Name::parse(word).map_err(|error| format!("{word} is no name: {error}"))
}

fn new_room(word: &str) -> Result<RoomName, String> {
    let name = RoomName::parse(word).map_err(|error| format!("{word} is no name for a room: {error}"))?;
    if name.is_given() { Err("names with ~ are given by the server".to_owned()) } else { Ok(name) }
}
