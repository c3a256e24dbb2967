//! What a line means once it is entered: something to say, or a command.

use sala_core::name::RoomName;

/// What was entered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// To post this in the room that is shown.
    Say(String),
    /// To become a member of a room and show it.
    Join(RoomName),
    /// To make a room and show it.
    Create(RoomName),
    /// To be a member no longer: of this room, or of the one that is shown.
    Leave(Option<RoomName>),
    /// To change the topic of the room that is shown, or to see it.
    Topic(Option<String>),
    /// To see the rooms that there are.
    Rooms,
    /// To see who is in the room that is shown.
    Who,
    /// To try failed posts of this room again.
    Retry(Which),
    /// To forget failed posts of this room.
    Discard(Which),
    /// To see what can be done.
    Help,
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

/// Each command, what follows it, and what it does.
pub(super) const COMMANDS: [(&str, &str, &str); 10] = [
    ("/join", " ROOM", "become a member of a room, or show it"),
    ("/create", " ROOM", "make a room"),
    ("/leave", " [ROOM]", "be a member no longer"),
    ("/topic", " [TEXT]", "see or change what the room is about"),
    ("/rooms", "", "list the rooms of the server"),
    ("/who", "", "list the members of the room"),
    ("/retry", " [last]", "send the failed lines of the room again"),
    ("/discard", " [last]", "forget the failed lines of the room"),
    ("/help", "", "show this"),
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
    let room = || {
        RoomName::parse(rest).map_err(|error| match rest {
            "" => format!("{word} needs the name of a room: {word} ROOM"),
            _ => format!("{rest} is no name of a room: {error}"),
        })
    };
    let which = || match rest {
        "" | "all" => Ok(Which::All),
        "last" => Ok(Which::Last),
        _ => Err(format!("{word} takes the failed lines of the room, or with {word} last the last one")),
    };
    let command = match word {
        "/join" => Command::Join(room()?),
        "/create" => Command::Create(room()?),
        "/leave" if rest.is_empty() => Command::Leave(None),
        "/leave" => Command::Leave(Some(room()?)),
        "/topic" => Command::Topic((!rest.is_empty()).then(|| rest.to_owned())),
        "/retry" => Command::Retry(which()?),
        "/discard" => Command::Discard(which()?),
        "/rooms" | "/who" | "/help" | "/quit" if !rest.is_empty() => {
            return Err(format!("nothing follows {word}"));
        }
        "/rooms" => Command::Rooms,
        "/who" => Command::Who,
        "/help" => Command::Help,
        "/quit" => Command::Quit,
        _ => return Err(format!("there is no command {word}: /help lists them; to post it, begin with //")),
    };
    Ok(command)
}
