//! What the scripts' commands print, and how.

use crate::shape::{clock_time, date_time};
use sala_core::client::Link;
use sala_core::entry::{Act, Role, Seq};
use sala_core::name::RoomName;
use sala_core::protocol::NumberedEntry;
use sala_core::refusal::Refusal;
use sala_core::time::Wall;
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

/// Says why something was refused, with the code by which programs know it.
pub(crate) fn refused(refusal: &Refusal) {
    complain(&format!("{} ({})", refusal.text, refusal.code.as_str()));
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

/// An entry as one JSON object: `room`, and the fields that the protocol gives it; `text` is null if it has none.
pub(crate) fn json(room: &RoomName, numbered: &NumberedEntry) -> String {
    let mut object = serde_json::json!({ "room": room.as_str(), "text": null });
    let fields = serde_json::to_value(numbered).expect("an entry has only string keys, so it is always JSON");
    if let (Some(object), serde_json::Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields);
    }
    object.to_string()
}

/// An entry as a person reads it.
pub(crate) fn human(numbered: &NumberedEntry) -> String {
    let NumberedEntry { seq, entry, .. } = numbered;
    let author = entry.author.as_str();
    let what = match &entry.act {
        Act::Post(post) if post.text.is_empty() => format!("{author}: (deleted)"),
        Act::Post(post) => format!("{author}: {}", harmless(&post.text)),
        act => format!("* {}", acted(author, act)),
    };
    format!("{:>6}  {}  {what}", seq.0, clock_time(entry.at.0))
}

/// What follows if there is a reason: `: REASON`.
pub(crate) fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {}", harmless(reason)) }
}

/// What follows if there is an end: ` until WHEN`.
pub(crate) fn until(until: Option<Wall>) -> String {
    until.map_or(String::new(), |until| format!(" until {}", date_time(until.0)))
}

/// What somebody did in a room, in words.
pub(crate) fn acted(author: &str, act: &Act) -> String {
    let whom = act.whom().map_or("", |whom| whom.name.as_str());
    match act {
        Act::Created => format!("{author} made this room"),
        Act::Joined => format!("{author} joined"),
        Act::Added(_) => format!("{author} brought {whom} in"),
        Act::Left => format!("{author} left"),
        Act::Topic(text) if text.is_empty() => format!("{author} took the topic away"),
        Act::Topic(text) => format!("{author} set the topic: {}", harmless(text)),
        Act::Post(post) => harmless(&post.text),
        Act::Edited { target, text } => format!("{author} changed message {}: {}", target.0, harmless(text)),
        Act::Deleted { target, .. } => format!("{author} took message {} away", target.0),
        Act::Reacted { target, emoji, on: true } => {
            format!("{author} put {} to message {}", harmless(emoji), target.0)
        }
        Act::Reacted { target, emoji, on: false } => {
            format!("{author} took {} from message {}", harmless(emoji), target.0)
        }
        Act::Pinned { target, on: true } => format!("{author} pinned message {}", target.0),
        Act::Pinned { target, on: false } => format!("{author} unpinned message {}", target.0),
        Act::Kicked(_, reason) => format!("{author} put {whom} out{}", because(reason)),
        Act::Banned(_, ban) => format!("{author} banned {whom}{}{}", until(ban.until), because(&ban.reason)),
        Act::Unbanned(_) => format!("{author} lifted the ban of {whom}"),
        Act::Muted(_, mute) => format!("{author} muted {whom}{}{}", until(mute.until), because(&mute.reason)),
        Act::Unmuted(_) => format!("{author} lets {whom} speak again"),
        Act::Invited(_) => format!("{author} invited {whom}"),
        Act::Uninvited(_) if author == whom => format!("{whom} declined the invitation"),
        Act::Uninvited(_) => format!("{author} took the invitation of {whom} back"),
        Act::Link { link, .. } => format!("{author} made link {}", link.0),
        Act::Unlinked { link } => format!("{author} took link {} back", link.0),
        Act::Role(_, Role::Moderator) => format!("{author} made {whom} a moderator"),
        Act::Role(..) => format!("{author} made {whom} a plain member"),
        Act::Owner(_) => format!("{author} gave the room to {whom}"),
        Act::Renamed(name) => format!("{author} named the room {name}"),
        Act::Archived(true) => format!("{author} archived the room"),
        Act::Archived(false) => format!("{author} opened the room again"),
        Act::Keep(0) => format!("{author} keeps for ever what is said here"),
        Act::Keep(1) => format!("{author} lets what is said here go after a day"),
        Act::Keep(days) => format!("{author} lets what is said here go after {days} days"),
        Act::Faded { upto } => format!("what was said up to {} is gone, as old as it is kept", upto.0),
        Act::Hold(true) => format!("{author} changed what waits here for a moderator"),
        Act::Hold(false) => format!("{author} lets nothing wait here for a moderator any more"),
        Act::Slow(0) => format!("{author} ended slow mode"),
        Act::Slow(slow_ms) => format!("{author} lets members speak every {} s", slow_ms / 1_000),
        Act::Closed(reason) => format!("{author} closed the room{}", because(reason)),
        Act::Other(kind) => format!("{author}: {} (a newer program shows this)", harmless(kind)),
    }
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
