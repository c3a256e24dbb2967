//! What a script's command says to a slip: what is missing and how it would be right, or which command was meant.

use crate::asking::Secrets;
use crate::grammar::{Act, Topic, acts, acts_of, nearest};
use crate::print;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command, Error};
use std::ffi::OsString;
use std::io::{IsTerminal as _, stderr, stdin};
use std::process::ExitCode;

/// Commands beside those of the grammar.
const OTHERS: [&str; 7] = ["chat", "post", "tail", "history", "rooms", "bench", "help"];
/// What other programs call some of them.
const CALLED_ELSEWHERE: [(&str, &str); 6] = [
    ("send", "post"),
    ("say", "post"),
    ("write", "post"),
    ("log", "history"),
    ("watch", "tail"),
    ("listen", "tail"),
];
/// How the name is shown among what is missing.
const NAME: &str = "--name <NAME>";

/// Reads the program's arguments. A person at a terminal who has only not said who he is, is asked.
pub(crate) fn matches(command: &Command) -> Result<ArgMatches, Error> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    match command.clone().try_get_matches_from(&words) {
        Err(error) if missing(&error) == [NAME] && stdin().is_terminal() && stderr().is_terminal() => {
            let Ok(name) = Secrets::new(None, false).line("Your name here") else { return Err(error) };
            // Before a `--`, behind which everything is taken as it stands.
            let at = words.iter().position(|word| word == "--").unwrap_or(words.len());
            words.insert(at, format!("--name={}", name.trim()).into());
            command.clone().try_get_matches_from(words)
        }
        done => done,
    }
}

/// Says what is wrong, and gives the exit code for it: help that was asked for is nothing wrong.
pub(crate) fn explain(error: &Error) -> ExitCode {
    let words = std::env::args_os().skip(1).take(2);
    let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    let topic = words.first().and_then(|word| Topic::called(word));
    let is_bench = words.first().is_some_and(|word| word == "bench");
    let text = match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(word))) if is_bench => {
            format!("there is no command bench {word}: sala bench --help lists them")
        }
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(word))) => unknown(topic, word),
        (ErrorKind::MissingRequiredArgument, _) => {
            let second = words.get(1).map_or("", String::as_str);
            let act = topic.and_then(|topic| acts_of(topic).find(|act| act.is_called(second)));
            lacking(act, &missing(error))
        }
        _ => {
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    print::complain(&text);
    ExitCode::from(2)
}

fn missing(error: &Error) -> Vec<String> {
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(names)) if error.kind() == ErrorKind::MissingRequiredArgument => {
            names.clone()
        }
        _ => Vec::new(),
    }
}

fn lacking(act: Option<&Act>, missing: &[String]) -> String {
    let plain = |name: &String| name.trim_matches(['<', '>', '.']).to_owned();
    let names: Vec<String> = missing.iter().filter(|name| *name != NAME).map(plain).collect();
    let what = match names.len() {
        0 => return "who are you? say --name ana, or once for all: export SALA_NAME=ana".to_owned(),
        1 => format!("{} is missing", names[0]),
        _ => format!("{} are missing", names.join(" and ")),
    };
    act.map_or_else(
        || what.clone(),
        |act| format!("{what}: {} {}, such as {}", act.script(), act.usage(false), act.example(false)),
    )
}

fn unknown(topic: Option<Topic>, word: &str) -> String {
    let meant = |found: Vec<String>, rest: &str| match &found[..] {
        [] => rest.to_owned(),
        found => format!("did you mean {}?", found.join(" or ")),
    };
    let named = |word: &str| -> Vec<String> {
        acts().filter(|act| !word.is_empty() && act.is_called(word)).map(Act::script).collect()
    };
    match topic {
        Some(topic) => {
            let words = || acts_of(topic).map(|act| act.word);
            let near = nearest(word, acts_of(topic).flat_map(|act| act.also().chain([act.word])));
            let near = near.and_then(|near| acts_of(topic).find(|act| act.is_called(near)));
            let found = near.map_or_else(|| named(word), |act| vec![act.script()]);
            let list = format!("there are {}", words().collect::<Vec<_>>().join(", "));
            format!("there is no command {} {word}: {}", topic.word(), meant(found, &list))
        }
        None => {
            let topics = Topic::ALL.map(Topic::word);
            let first = || OTHERS.into_iter().chain(topics);
            let elsewhere = CALLED_ELSEWHERE.iter().find(|(name, _)| *name == word);
            let found = match elsewhere.map(|(_, ours)| *ours).or_else(|| nearest(word, first())) {
                Some(near) if named(word).is_empty() => vec![format!("sala {near}")],
                _ if !named(word).is_empty() => named(word),
                _ => nearest(word, acts().flat_map(|act| act.also().chain([act.word])))
                    .map_or(Vec::new(), named),
            };
            let list = format!("there are {}; sala --help says more", first().collect::<Vec<_>>().join(", "));
            format!("there is no command {word}: {}", meant(found, &list))
        }
    }
}
