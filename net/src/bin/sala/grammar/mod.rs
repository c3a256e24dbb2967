//! What a person can do, written once: its words, its arguments, its help, and what it asks of the server.
//!
//! The slash commands of `sala chat` and the subcommands of `sala` are both read off this table, so that they cannot
//! drift apart.

mod words;
mod example;
mod names;
mod given;
mod rooms;
mod order;
mod hold;
mod messages;
mod friends;
mod presence;
mod search;
mod own;
mod admin;
mod tests;

pub(crate) use given::{Given, Scene};
pub(crate) use names::{Named, named, nearest};
pub(crate) use words::Words;

use sala_core::name::{Name, RoomName};
use sala_core::protocol::Request;
use sala_core::time::Wall;
use std::path::PathBuf;

/// What a group of acts is about: the first word of a script's command, and a page of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Room,
    Message,
    Friends,
    Presence,
    Search,
    Account,
    Admin,
}

impl Topic {
    /// All of them, in the order of the help.
    pub(crate) const ALL: [Topic; 7] = [
        Topic::Room,
        Topic::Message,
        Topic::Friends,
        Topic::Presence,
        Topic::Search,
        Topic::Account,
        Topic::Admin,
    ];

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Topic::Room => "room",
            Topic::Message => "message",
            Topic::Friends => "friends",
            Topic::Presence => "presence",
            Topic::Search => "search",
            Topic::Account => "account",
            Topic::Admin => "admin",
        }
    }

    /// What it is about.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Topic::Room => "Rooms: make and enter them, invite, and keep order",
            Topic::Message => "Messages: answer, change, take away, mark",
            Topic::Friends => "Friends, requests and blocks",
            Topic::Presence => "How you are seen",
            Topic::Search => "Find what was said in your rooms",
            Topic::Account => "Your account: password, devices, one-time codes",
            Topic::Admin => "For those who administer the server",
        }
    }
}

/// Something that a person can do.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) topic: Topic,
    /// The word of a script's command behind its topic; empty where the topic is the command.
    pub(crate) word: &'static str,
    /// The command in `sala chat`: a slash and the word, or where that says too little the topic and the word.
    pub(crate) slash: &'static str,
    /// What it does, in a few words.
    pub(crate) about: &'static str,
    pub(crate) arguments: &'static [Argument],
    pub(crate) options: &'static [Choice],
    /// Makes it of its arguments, which it takes in the order in which they stand above.
    pub(crate) make: fn(&mut Given<'_>) -> Result<Deed, String>,
}

/// A word or several that follow.
#[derive(Debug)]
pub(crate) struct Argument {
    /// What stands for it in the help.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) need: Need,
}

/// An option that may follow, with a value: `--by NAME`.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) flag: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) about: &'static str,
}

/// What a word stands for: how it is completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The room that it is about: in `sala chat` the one that is shown, and no word stands for it.
    Here,
    /// A room that one is in or may come into, by its name, its title, or `@NAME` of a conversation of two.
    Room,
    /// A name that is to be a room's.
    NewRoom,
    /// A person.
    Person,
    /// A post: its seq, `-1` for one's own last, `NAME` for somebody's last, `^` for the last of all.
    Post,
    /// A duration.
    Duration,
    /// A moment in the past.
    Moment,
    /// Words to the end.
    Text,
    /// A sign for a post.
    Sign,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A number.
    Number,
    /// A name or a range of addresses.
    Whom,
    /// The name of a file.
    File,
}

/// Whether something must stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Must,
    /// It may be left out.
    May,
    /// Several, at least one.
    Many,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// To ask this of the server; a list is asked on to its end.
    Ask(Request),
    /// To ask each of these, and this in the end.
    Each(Vec<Request>, Request),
    /// To ask this, and be content with the first part of the answer.
    Once(Request),
    /// To answer a post.
    Reply(RoomName, sala_core::entry::Seq, String),
    /// To draw a secret, and ask for what it is good for.
    Draw(Drawn),
    /// Something with a secret that is asked of the person, and never stands on a line.
    Own(Own),
    /// To look at something that the client holds already.
    Look(Look),
    /// To write all that one has written to a file, or to standard output.
    Export(Option<PathBuf>),
}

/// What the client is told by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// What a room is about.
    Topic(RoomName),
    /// What is pinned in a room.
    Pins(RoomName),
}

/// What a secret is drawn for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Drawn {
    /// A link into a room.
    Link { room: RoomName, hours: Option<u64>, uses: Option<u32> },
    /// A code by which somebody sets a new password.
    Reset(Name),
    /// An invitation to the server, good for so many hours.
    Invitation(u64),
}

/// What needs a password or a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    Register,
    /// Under this name, if another than the present one.
    SignIn(Option<Name>),
    Password,
    TotpOn,
    TotpOff,
    Delete,
    Recover(Option<Name>),
    /// To become the first administrator.
    Claim,
}

/// An act is known by its name.
impl PartialEq for Act {
    fn eq(&self, other: &Act) -> bool {
        (self.topic, self.word) == (other.topic, other.word)
    }
}

impl Eq for Act {}

/// Everything that a person can do beyond talking and looking.
pub(crate) fn acts() -> impl Iterator<Item = &'static Act> {
    let topics = [
        rooms::ACTS,
        order::ACTS,
        hold::ACTS,
        messages::ACTS,
        friends::ACTS,
        presence::ACTS,
        search::ACTS,
        own::ACTS,
        admin::ACTS,
    ];
    topics.into_iter().flatten()
}

/// The acts of a topic.
pub(crate) fn acts_of(topic: Topic) -> impl Iterator<Item = &'static Act> {
    acts().filter(move |act| act.topic == topic)
}

impl Act {
    /// Reads its arguments from what was typed or given, and says what is to be done. An error is for the person.
    pub(crate) fn read(&self, mut words: Words, scene: &Scene<'_>) -> Result<Deed, String> {
        let options = words.options(self.options)?;
        let mut given = Given::new(self, words, options, scene);
        let deed = (self.make)(&mut given)?;
        given.finish()?;
        Ok(deed)
    }

    /// Judges the form of the words before anything is known of rooms and posts. What needs a secret of the person is
    /// known by that already.
    pub(crate) fn form(&self, words: Words, now: Wall) -> Result<Option<Own>, String> {
        let scene = Scene {
            here: None,
            model: None,
            invitations: &[],
            recent: &[],
            now,
            audience: None,
            in_chat: false,
        };
        match self.read(words, &scene)? {
            Deed::Own(own) => Ok(Some(own)),
            _ => Ok(None),
        }
    }

    /// What follows the word, for the help: `NAME [TIME] [REASON]`. In `sala chat` the room is the one that is shown.
    pub(crate) fn usage(&self, in_chat: bool) -> String {
        let shown = self.arguments.iter().filter(|argument| !in_chat || argument.kind != Kind::Here);
        let words = shown.map(|Argument { name, need, .. }| match need {
            Need::Must => (*name).to_owned(),
            Need::May => format!("[{name}]"),
            Need::Many => format!("{name}…"),
        });
        let options = self.options.iter().map(|Choice { flag, name, .. }| format!("[{flag} {name}]"));
        words.chain(options).collect::<Vec<_>>().join(" ")
    }
}
