//! The subcommands of the grammar's topics, as `clap` reads and explains them.

use crate::act::Errand;
use crate::asking::Secrets;
use crate::grammar::{Act, Argument, Kind, Need, Topic, Words, acts_of};
use crate::who::Who;
use clap::{Arg, ArgAction, ArgMatches, Args as _, Command, FromArgMatches as _};
use std::path::PathBuf;

/// How a room is entered.
const DOOR: &str = "A room's name or title, its key (~7), or a link; - reads a link from standard input";

/// A subcommand for each topic, with one for each of its acts.
pub(crate) fn topics() -> impl Iterator<Item = Command> {
    Topic::ALL.into_iter().map(|topic| {
        let command = Command::new(topic.word()).about(topic.about());
        match acts_of(topic).find(|act| act.word.is_empty()) {
            Some(act) => complete(command, act),
            None => {
                let acts = acts_of(topic).map(|act| {
                    complete(Command::new(act.word).aliases(act.also()).about(sentence(act.about)), act)
                });
                let list = acts_of(topic).find(|act| act.slash[1..] == *topic.word());
                match list {
                    // The topic alone lists what there is of it.
                    Some(act) => complete(command, act)
                        .subcommands(acts)
                        .subcommand_negates_reqs(true)
                        .args_conflicts_with_subcommands(true),
                    None => command.subcommands(acts).subcommand_required(true).arg_required_else_help(true),
                }
            }
        }
    })
}

fn complete(command: Command, act: &'static Act) -> Command {
    // `augment_args` gives the command the words that stand at `Who`.
    let about = command.get_about().cloned().unwrap_or_default();
    let mut command = Who::augment_args(command)
        .about(about)
        .long_about(None::<&str>)
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print one JSON object a line"));
    if matches!(act.topic, Topic::Account) {
        command = command.arg(
            Arg::new("password-file")
                .long("password-file")
                .value_name("FILE")
                .value_parser(clap::value_parser!(PathBuf))
                .help("Read passwords from this file, one a line, instead of the terminal or standard input"),
        );
    }
    if act.slash == "/account delete" {
        let yes = Arg::new("yes").long("yes").action(ArgAction::SetTrue);
        command = command.arg(yes.help("Do it without asking: nothing that is erased comes back"));
    }
    let example = act.example(false);
    if example != act.script() {
        command = command.after_help(format!("Example: {example}"));
    }
    for choice in act.options {
        let flag = Arg::new(choice.flag).long(choice.flag.trim_start_matches('-')).value_name(choice.name);
        command = command.arg(flag.help(choice.about));
    }
    let mut optional = false;
    for argument in act.arguments {
        optional |= argument.need == Need::May;
        let arg = positional(argument, optional);
        let door = act.slash == "/join";
        command = command.arg(if door { arg.help(DOOR) } else { arg });
    }
    command
}

/// What an act does, as it stands by itself.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn positional(argument: &Argument, optional: bool) -> Arg {
    let Argument { name, kind, need } = argument;
    let several = *need == Need::Many || *kind == Kind::Text;
    let arg = Arg::new(*name).value_name(*name).required(!optional).allow_negative_numbers(true);
    let arg = if several { arg.num_args(1..) } else { arg };
    match hint(*kind) {
        "" => arg,
        hint => arg.help(hint),
    }
}

/// What may stand there, where it is not plain.
fn hint(kind: Kind) -> &'static str {
    match kind {
        Kind::Here | Kind::Room => "A room's name or title, its key (~7), or @NAME for a conversation of two",
        Kind::Post => {
            "A message: its place in the log, -1 for your last one, NAME for somebody's last one, ^ for the last of all"
        }
        Kind::Duration => "For so long: 30m, 2h, 7d",
        _ => "",
    }
}

/// What a topic's subcommand means, if it is one.
pub(crate) fn errand(matches: &ArgMatches) -> Option<Result<Errand, clap::Error>> {
    let (word, matches) = matches.subcommand()?;
    let topic = Topic::ALL.into_iter().find(|topic| topic.word() == word)?;
    let (act, matches) = match matches.subcommand() {
        Some((word, matches)) => (acts_of(topic).find(|act| act.word == word)?, matches),
        None => (acts_of(topic).find(|act| act.slash[1..] == *topic.word())?, matches),
    };
    let given = |name: &str| matches.get_many::<String>(name).into_iter().flatten().cloned();
    let mut words: Vec<String> = Vec::new();
    for choice in act.options {
        // Written out again in front of the words, where the grammar finds it in either case.
        words.extend(given(choice.flag).map(|value| format!("{}={value}", choice.flag)));
    }
    words.extend(act.arguments.iter().flat_map(|argument| given(argument.name)));
    let file = matches.try_get_one::<PathBuf>("password-file").ok().flatten().cloned();
    let sure = matches.try_get_one::<bool>("yes").ok().flatten().is_some_and(|yes| *yes);
    let errand = Who::from_arg_matches(matches).map(|who| Errand {
        who,
        act,
        words: Words::List(words.into()),
        secrets: Secrets::new(file, sure),
        json: matches.get_flag("json"),
    });
    Some(errand)
}
