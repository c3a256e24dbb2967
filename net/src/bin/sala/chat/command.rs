//! What a line means once it is entered: something to say, or a command.

use crate::grammar::{Act, Topic, Words, acts};

/// What was entered.
#[derive(Debug)]
pub(super) enum Command {
    /// To post this in the room that is shown.
    Say(String),
    /// To do what the grammar says.
    Act(&'static Act, Words),
    /// To see what the room that is shown is about.
    Topic,
    /// To see the rooms that there are.
    Rooms,
    /// To see what is pinned in the room that is shown.
    Pins,
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
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    Topic(Topic),
    Act(&'static Act),
}

/// Commands that ask nothing of the server by themselves: each, what follows it, and what it does.
pub(super) const LOCAL: [(&str, &str, &str); 8] = [
    ("/rooms", "", "list the rooms of the server"),
    ("/pins", "", "see what is pinned in the room"),
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
    let rest = rest.trim();
    let which = || match rest {
        "" | "all" => Ok(Which::All),
        "last" => Ok(Which::Last),
        _ => Err(format!("{word} takes the failed lines of the room, or with {word} last the last one")),
    };
    let command = match word {
        "/topic" if rest.is_empty() => Command::Topic,
        "/help" => Command::Help(about(rest)?),
        "/retry" => Command::Retry(which()?),
        "/discard" => Command::Discard(which()?),
        "/rooms" | "/pins" | "/requests" | "/numbers" | "/quit" if !rest.is_empty() => {
            return Err(format!("nothing follows {word}"));
        }
        "/rooms" => Command::Rooms,
        "/pins" => Command::Pins,
        "/requests" => Command::Requests,
        "/numbers" => Command::Numbers,
        "/quit" => Command::Quit,
        _ => match acts().find(|act| act.slash == word) {
            Some(act) => Command::Act(act, Words::Line(rest.to_owned())),
            None => {
                return Err(format!(
                    "there is no command {word}: /help lists them; to post it, begin with //"
                ));
            }
        },
    };
    Ok(command)
}

fn about(word: &str) -> Result<Option<About>, String> {
    if word.is_empty() {
        return Ok(None);
    }
    if let Some(topic) = Topic::ALL.into_iter().find(|topic| topic.word() == word) {
        return Ok(Some(About::Topic(topic)));
    }
    let act = acts().find(|act| act.slash.trim_start_matches('/') == word.trim_start_matches('/'));
    let topics: Vec<&str> = Topic::ALL.into_iter().map(Topic::word).collect();
    act.map(About::Act).map(Some).ok_or_else(|| format!("there is help about {}", topics.join(", ")))
}
