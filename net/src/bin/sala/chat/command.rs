//! What a line means once it is entered: something to say, or a command.

use crate::grammar::{Act, Named, Topic, Words, acts, acts_of, named, nearest};

/// What was entered.
#[derive(Debug)]
pub(super) enum Command {
    /// To post this in the room that is shown.
    Say(String),
    /// To do what the grammar says.
    Act(&'static Act, Words),
    /// To see the rooms that there are.
    Rooms,
    /// To see who asks for friendship, and where one is invited.
    Requests,
    /// To see the number of each message, or no longer.
    Numbers,
    /// To try failed posts of this room again.
    Retry(Which),
    /// To forget failed posts of this room.
    Discard(Which),
    /// To see what can be done: all of it, or about this.
    Help(Option<About>),
    /// To end the program.
    Quit,
}

/// Which of the failed posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// All of them.
    All,
    /// The last one.
    Last,
}

/// What the help is to be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Topic(Topic),
    Act(&'static Act),
}

/// Commands that ask nothing of the server by themselves: each, what follows it, and what it does.
pub(super) const LOCAL: [(&str, &str, &str); 7] = [
    ("/rooms", "", "list the rooms of the server"),
    ("/requests", "", "see who asks to be your friend, and who invites you"),
    ("/numbers", "", "show the number of each message, or hide it"),
    ("/retry", " [last]", "send the failed lines of the room again"),
    ("/discard", " [last]", "forget the failed lines of the room"),
    ("/help", " [TOPIC]", "show this, or more about a topic or a command"),
    ("/quit", "", "end the program"),
];

/// Reads what was entered. An error is for the person who typed it.
pub(super) fn parse(text: &str) -> Result<Command, String> {
    let text = text.trim_end();
    if let Some(literal) = text.strip_prefix("//") {
        return Ok(Command::Say(format!("/{literal}")));
    }
    if !text.starts_with('/') {
        return Ok(Command::Say(text.to_owned()));
    }
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (word, rest) = (word.to_lowercase(), rest.trim());
    let word = word.as_str();
    let which = || match rest {
        "" | "all" => Ok(Which::All),
        "last" => Ok(Which::Last),
        _ => Err(format!("{word} takes the failed lines of the room, or with {word} last the last one")),
    };
    let command = match word {
        "/help" => Command::Help(about(rest)?),
        "/retry" => Command::Retry(which()?),
        "/discard" => Command::Discard(which()?),
        "/rooms" | "/requests" | "/numbers" | "/quit" if !rest.is_empty() => {
            return Err(format!("nothing follows {word}"));
        }
        "/rooms" => Command::Rooms,
        "/requests" => Command::Requests,
        "/numbers" => Command::Numbers,
        "/quit" => Command::Quit,
        _ => match named(&text[1..]) {
            Named::Act(act, rest) => Command::Act(act, Words::Line(rest.to_owned())),
            Named::Topic(topic) => Command::Help(Some(About::Topic(topic))),
            Named::Nothing(Some(topic)) => return Err(unknown_of(topic, word, rest)),
            Named::Nothing(None) => return Err(unknown(word)),
        },
    };
    Ok(command)
}

fn about(word: &str) -> Result<Option<About>, String> {
    if word.is_empty() {
        return Ok(None);
    }
    let word = word.trim_start_matches('/');
    let topics: Vec<&str> = Topic::ALL.into_iter().map(Topic::word).collect();
    if let Some(topic) = Topic::called(word).filter(|topic| acts_of(*topic).count() > 1) {
        return Ok(Some(About::Topic(topic)));
    }
    match named(word) {
        Named::Topic(topic) => Ok(Some(About::Topic(topic))),
        Named::Act(act, _) => Ok(Some(About::Act(act))),
        // What asks nothing of the server is explained where all is.
        Named::Nothing(_) if LOCAL.iter().any(|(name, ..)| name[1..] == *word) => Ok(None),
        Named::Nothing(_) => {
            let near =
                meant(word).map_or(String::new(), |near| format!(" did you mean /help {}?", &near[1..]));
            Err(format!("there is no help about {word}:{near} there is about {}", topics.join(", ")))
        }
    }
}

/// What is said of a command that there is not.
fn unknown(word: &str) -> String {
    let near = meant(&word[1..]).map_or(String::new(), |near| format!(" did you mean {near}?"));
    format!("there is no command {word}:{near} /help lists them; to post it, begin with //")
}

/// The same of one behind its topic.
fn unknown_of(topic: Topic, word: &str, rest: &str) -> String {
    let second = rest.split_whitespace().next().unwrap_or_default();
    let near = nearest(second, acts_of(topic).map(|act| act.word));
    let near = near.map_or(String::new(), |near| format!(" did you mean {word} {near}?"));
    format!("there is no command {word} {second}:{near} /help {} lists them", topic.word())
}

/// The command that was probably meant by a word without its slash.
fn meant(word: &str) -> Option<&'static str> {
    let local = LOCAL.iter().map(|(name, ..)| (&name[1..], *name));
    let acts = acts().flat_map(|act| act.also().chain([&act.slash[1..]]).map(|name| (name, act.slash)));
    let known: Vec<(&str, &str)> = local.chain(acts).collect();
    let near = nearest(word, known.iter().map(|(name, _)| *name))?;
    known.iter().find(|(name, _)| *name == near).map(|(_, command)| *command)
}
