//! What Tab makes of the word before the cursor.

use super::command::LOCAL;
use super::input::Input;
use crate::grammar::{Act, Kind, Named, Need, Topic, acts, acts_of, named};
use crate::titles::typed;
use sala_core::client::{Model, RoomView, Stands};
use sala_core::name::{Name, RoomName};
use std::collections::BTreeSet;

/// Signs that are offered for a message.
const SIGNS: [&str; 6] = ["👍", "❤", "😂", "🎉", "👀", "🙏"];

/// A word that is being completed, and all that it can become.
#[derive(Clone, Debug)]
pub(super) struct Completion {
    from: usize,
    choices: Vec<String>,
    chosen: usize,
}

impl Completion {
    /// Completes the word before the cursor to its first choice; `None` if there is none.
    pub(super) fn start(input: &mut Input, model: &Model, room: Option<&RoomName>) -> Option<Self> {
        let before = input.before();
        let from = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let word = before[from..].to_lowercase();
        let choices = choices(&before[..from], &word, model, room);
        let mut completion = Completion { from, choices, chosen: 0 };
        completion.write(input)?;
        Some(completion)
    }

    /// Puts the next choice in the place of this one, or the one before.
    pub(super) fn turn(&mut self, input: &mut Input, back: bool) {
        let count = self.choices.len();
        self.chosen = (self.chosen + if back { count - 1 } else { 1 }) % count;
        self.write(input);
    }

    fn write(&mut self, input: &mut Input) -> Option<()> {
        input.replace(self.from, self.choices.get(self.chosen)?);
        Some(())
    }
}

/// Whether what stands before the cursor asks for the name of a room that may be any of the server's.
pub(super) fn wants_rooms(input: &Input) -> bool {
    input.before().starts_with("/join ")
}

/// What the words of a line can become, each to be followed by a blank if more follows.
fn choices(line: &str, word: &str, model: &Model, room: Option<&RoomName>) -> Vec<String> {
    let begins = |name: &str| name.to_lowercase().starts_with(word);
    if line.is_empty() && word.starts_with('/') {
        let local = LOCAL.iter().map(|(name, rest, _)| (*name, !rest.is_empty()));
        let acts = acts().map(|act| match act.slash.split_once(' ') {
            Some((topic, _)) => (topic, true),
            None => (act.slash, !act.usage(true).is_empty() || Topic::called(&act.slash[1..]).is_some()),
        });
        let commands: BTreeSet<(&str, bool)> = local.chain(acts).filter(|(name, _)| begins(name)).collect();
        let whole = |(name, more)| format!("{name}{}", if more { " " } else { "" });
        return commands.into_iter().map(whole).collect();
    }
    let command = line.strip_prefix('/').map(str::trim_end).unwrap_or_default();
    if command == "help" {
        let topics = Topic::ALL.into_iter().map(Topic::word);
        return topics.filter(|topic| begins(topic)).map(str::to_owned).collect();
    }
    if let Some(topic) = Topic::called(command).filter(|topic| acts_of(*topic).count() > 1) {
        let acts = acts_of(topic).filter(|act| begins(act.word));
        let whole = |act: &Act| format!("{}{}", act.word, if act.usage(true).is_empty() { "" } else { " " });
        return acts.map(whole).collect();
    }
    let view = room.and_then(|room| model.rooms.get(room));
    if let (true, Named::Act(act, rest)) = (line.starts_with('/'), named(command)) {
        let Some((kind, more)) = wanted(act, rest) else {
            return mentions(word, view, model);
        };
        let end = if more { " " } else { "" };
        return of_kind(kind, act, word, model, view)
            .into_iter()
            .map(|choice| format!("{choice}{end}"))
            .collect();
    }
    if word.is_empty() {
        return Vec::new();
    }
    if word.starts_with('@') {
        return mentions(word, view, model);
    }
    let end = if line.is_empty() { ": " } else { " " };
    others(view, model).filter(|name| begins(name.as_str())).map(|name| format!("{name}{end}")).collect()
}

/// What the word after those that are given to an act stands for, and whether others may follow it; `None` of a free text.
fn wanted(act: &Act, given: &str) -> Option<(Kind, bool)> {
    let words: Vec<&str> = given.split_whitespace().collect();
    if let Some(choice) = words.last().and_then(|last| act.options.iter().find(|choice| choice.flag == *last))
    {
        return Some((choice.kind, true));
    }
    let arguments: Vec<_> = act.arguments.iter().filter(|argument| argument.kind != Kind::Here).collect();
    let argument =
        arguments.get(words.len()).or_else(|| arguments.last().filter(|last| last.need == Need::Many))?;
    let more = words.len() + 1 < arguments.len() || argument.need == Need::Many;
    (argument.kind != Kind::Text).then_some((argument.kind, more))
}

fn of_kind(kind: Kind, act: &Act, word: &str, model: &Model, view: Option<&RoomView>) -> Vec<String> {
    let begins = |choice: &&str| choice.to_lowercase().starts_with(word);
    let from = |choices: &[&str]| {
        choices.iter().copied().filter(|choice| begins(choice)).map(str::to_owned).collect()
    };
    match kind {
        Kind::Room => {
            rooms(act, model).iter().map(String::as_str).filter(begins).map(str::to_owned).collect()
        }
        Kind::Person | Kind::Whom => {
            people(act, model, view).filter(|name| begins(&name.as_str())).map(Name::to_string).collect()
        }
        Kind::Post if word.is_empty() => {
            let authors = others(view, model).map(Name::to_string);
            ["-1".to_owned(), "^".to_owned()].into_iter().chain(authors).collect()
        }
        Kind::Post => others(view, model).map(Name::as_str).filter(begins).map(str::to_owned).collect(),
        Kind::Duration => from(&["10m", "1h", "1d", "7d"]),
        Kind::Moment => from(&["1d", "7d", "30d"]),
        Kind::Sign => from(&SIGNS),
        Kind::OneOf(words) => from(words),
        Kind::Here | Kind::NewRoom | Kind::Text | Kind::Number | Kind::File => Vec::new(),
    }
}

/// Rooms that a command may be about: those that we are in, and to join also those that we may come into.
fn rooms(act: &Act, model: &Model) -> BTreeSet<String> {
    let invited =
        || model.invitations.iter().map(|(room, row)| crate::answer::title(room, row.title.as_ref()));
    let ours = model.rooms.keys().map(|room| typed(model, room));
    match act.slash {
        "/decline" => invited().collect(),
        "/join" => {
            let listed = model.directory.iter().map(|row| row.room.to_string());
            ours.chain(listed).chain(invited()).collect()
        }
        _ => ours.collect(),
    }
}

/// People whom a command may be about: whom it can be done to first.
fn people<'a>(act: &Act, model: &'a Model, view: Option<&'a RoomView>) -> impl Iterator<Item = &'a Name> {
    let known = |stands: Option<Stands>| {
        model.contacts.iter().filter(move |(_, contact)| stands.is_none_or(|stands| contact.stands == stands))
    };
    let only = match (act.topic, act.word) {
        (Topic::Friends, "accept" | "decline") => Some(Stands::AskedBy),
        (Topic::Friends, "unblock") => Some(Stands::Blocked),
        _ => None,
    };
    let members = others(view, model).filter(move |_| only.is_none());
    let names: BTreeSet<&Name> = known(only).map(|(name, _)| name).chain(members).collect();
    names.into_iter()
}

fn others<'a>(view: Option<&'a RoomView>, model: &'a Model) -> impl Iterator<Item = &'a Name> {
    view.into_iter().flat_map(|view| view.members.keys()).filter(|name| **name != model.name)
}

/// A name after `@`, in a text.
fn mentions(word: &str, view: Option<&RoomView>, model: &Model) -> Vec<String> {
    let Some(begun) = word.strip_prefix('@') else { return Vec::new() };
    let begins = |name: &&Name| name.as_str().to_lowercase().starts_with(begun);
    others(view, model).filter(begins).map(|name| format!("@{name} ")).collect()
}
