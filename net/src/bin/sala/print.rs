//! What the scripts' commands print, and how.

use sala_core::client::Link;
use sala_core::entry::{Act, Seq};
use sala_core::name::RoomName;
use sala_core::protocol::NumberedEntry;
use sala_net::clock::Clock;
use sala_net::dial::Conversation;
use std::cell::Cell;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Says on standard error what went wrong.
#[expect(clippy::print_stderr, reason = "this is where the program speaks to a person")]
pub(crate) fn complain(text: &str) {
    eprintln!("sala: {}", harmless(text));
}

/// Prints a line on standard output at once.
///
/// # Errors
/// The exit code to end with: 0 if nobody reads any more, which is a way to end; 1 if it could not be written.
pub(crate) fn line(text: &str) -> Result<(), ExitCode> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return ExitCode::SUCCESS;
        }
        complain(&format!("cannot write to standard output: {error}"));
        ExitCode::from(1)
    })
}

/// Says once in each outage why the server is away: a program that only waits would leave its user in the dark.
#[derive(Default)]
pub(crate) struct Outage {
    said: Cell<bool>,
}

impl Outage {
    /// Looks at how things stand with the server.
    pub(crate) fn look<C: Clock>(&self, conversation: &Conversation<C>) {
        let why = conversation.look(|model| match &model.link {
            Link::Online => Some(None),
            Link::Waiting { why, .. } => Some(Some(why.clone())),
            Link::Dialling | Link::Entering | Link::Closed { .. } => None,
        });
        match why {
            Some(None) => self.said.set(false),
            Some(Some(why)) if !self.said.replace(true) => complain(&format!("{why}; trying again")),
            _ => {}
        }
    }
}

/// An entry as one JSON object: `room`, `seq`, `at`, `kind`, `author`, `text` (null if it has none), and for a post
/// `device` and `n`.
pub(crate) fn json(room: &RoomName, numbered: &NumberedEntry) -> String {
    let NumberedEntry { seq, entry } = numbered;
    let mut object = serde_json::json!({
        "room": room.as_str(),
        "seq": seq.0,
        "at": entry.at.0,
        "kind": entry.act.kind(),
        "author": entry.author.as_str(),
        "text": entry.act.text(),
    });
    if let Act::Post(post) = &entry.act {
        object["device"] = post.device.0.into();
        object["n"] = post.n.value().into();
    }
    object.to_string()
}

/// An entry as a person reads it.
pub(crate) fn human(numbered: &NumberedEntry) -> String {
    let NumberedEntry { seq, entry } = numbered;
    let author = entry.author.as_str();
    let what = match &entry.act {
        Act::Post(post) => format!("{author}: {}", harmless(&post.text)),
        Act::Created => format!("* {author} made this room"),
        Act::Joined => format!("* {author} joined"),
        Act::Left => format!("* {author} left"),
        Act::Topic(text) => format!("* {author} set the topic: {}", harmless(text)),
        Act::Other(kind) => format!("* {author}: {} (a newer program shows this)", harmless(kind)),
    };
    format!("{:>6}  {}  {what}", seq.0, clock_time(entry.at.0))
}

/// A stretch that is damaged on the server's disk.
pub(crate) fn missing(room: &RoomName, from: Seq, to: Seq) -> String {
    format!("entries {} to {} of {} are damaged on the server's disk", from.0, to.0, room.as_str())
}

/// The text without what could drive a terminal, or turn the order of what stands beside it: a server may be older,
/// newer, or not ours.
pub(crate) fn harmless(text: &str) -> String {
    let turns = |letter| matches!(letter, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let drives = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    let safe = |letter| if drives(letter) || turns(letter) { '\u{FFFD}' } else { letter };
    text.chars().map(safe).collect::<String>().replace('\n', "\n        ")
}

/// Hours and minutes in UTC.
pub(crate) fn clock_time(at: u64) -> String {
    let minutes = at / 60_000;
    format!("{:02}:{:02}Z", minutes / 60 % 24, minutes % 60)
}
