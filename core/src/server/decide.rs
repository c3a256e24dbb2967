//! The rules: what becomes of a command in a state that nothing here changes.

use super::command::{Ask, Command};
use super::directory::SERVER_NAME;
use super::state::{Room, State};
use super::window::Verdict;
use crate::entry::{
    Act, DIRECTORY, DeviceId, DirectoryEntry, Entry, LogId, PersonId, Post, PostNumber, RoomEntry, Seq,
    TokenHash,
};
use crate::limits::{DEVICES_MAX, PEOPLE_MAX, ROOM_MEMBERS_MAX, ROOMS_JOINED_MAX, ROOMS_MAX};
use crate::name::{Name, RoomName};
use crate::refusal::{Code, Refusal};
use crate::time::Wall;

/// The room that every server has.
pub const LOBBY: &str = "lobby";

/// What becomes of a command that is not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// These entries, each the next of its log.
    Append(Vec<(LogId, Entry)>),
    /// Nothing: what was asked for is so already.
    Already,
    /// Nothing: the post is stored already, there.
    Stored(LogId, Seq),
}

/// Decides one command.
///
/// # Errors
/// The refusal to tell whoever asked.
pub fn decide(state: &State, command: &Command) -> Result<Decision, Refusal> {
    let at = command.at;
    match &command.ask {
        Ask::Found => Ok(found(state, at)),
        Ask::Enter { name, token, device, .. } => enter(state, at, name, token, device),
        Ask::Create { by, room, topic } => create(state, at, *by, room, topic),
        Ask::Join { by, room } => join(state, at, *by, room),
        Ask::Leave { by, room } => {
            let (log, _) = member(state, *by, room)?;
            act(state, at, *by, log, Act::Left)
        }
        Ask::Topic { by, room, text } => {
            let (log, found) = member(state, *by, room)?;
            if found.topic == *text {
                return Ok(Decision::Already);
            }
            act(state, at, *by, log, Act::Topic(text.clone()))
        }
        Ask::Post { device, room, n, text } => post(state, at, *device, room, *n, text),
    }
}

fn found(state: &State, at: Wall) -> Decision {
    if state.next_log() != LogId(1) {
        return Decision::Already;
    }
    let name = RoomName::parse(LOBBY).expect("the lobby's name keeps the rules for names");
    let author = Name::parse(SERVER_NAME).expect("the server's own name keeps the rules for names");
    let log = LogId(1);
    Decision::Append(vec![
        (DIRECTORY, Entry::Directory(DirectoryEntry::Room { at, log, name })),
        (log, Entry::Room(RoomEntry { at, person: PersonId(0), author, act: Act::Created })),
    ])
}

fn enter(state: &State, at: Wall, name: &Name, token: &TokenHash, label: &str) -> Result<Decision, Refusal> {
    let directory = state.directory();
    let device = |person| {
        let device = directory.next_device();
        let entry = DirectoryEntry::Device { at, device, person, label: label.to_owned() };
        (DIRECTORY, Entry::Directory(entry))
    };
    let Some(holder) = directory.holder(name) else {
        if directory.people_count() >= PEOPLE_MAX {
            return Err(Refusal::no(Code::Full, "this server has no room for more people"));
        }
        let person = directory.next_person();
        let guest = DirectoryEntry::Guest { at, person, name: name.clone(), token: token.clone() };
        return Ok(Decision::Append(vec![(DIRECTORY, Entry::Directory(guest)), device(person)]));
    };
    let taken = || {
        let text = format!("the name {} is taken, or looks like one that is; choose another", name.as_str());
        Refusal::no(Code::NameTaken, text)
    };
    let person = directory.person(holder).ok_or_else(taken)?;
    if person.token != *token {
        return Err(taken());
    }
    if person.devices.contains_key(label) {
        return Ok(Decision::Already);
    }
    if person.devices.len() >= DEVICES_MAX {
        let text =
            format!("{} has {DEVICES_MAX} devices already; enter as one of them", person.name.as_str());
        return Err(Refusal::no(Code::TooManyDevices, text));
    }
    Ok(Decision::Append(vec![device(holder)]))
}

fn create(state: &State, at: Wall, by: PersonId, room: &RoomName, topic: &str) -> Result<Decision, Refusal> {
    if let Some((_, held)) = state.room_named(room) {
        let text = format!("there is a room {} already; join it, or choose another name", held.name.as_str());
        return Err(Refusal::no(Code::RoomTaken, text));
    }
    if state.directory().room_count() >= ROOMS_MAX {
        return Err(Refusal::no(Code::Full, "this server has no room for more rooms"));
    }
    may_join_more(state, by)?;
    let log = state.next_log();
    let author = author(state, by)?;
    let entry = |act| (log, Entry::Room(RoomEntry { at, person: by, author: author.clone(), act }));
    let mut entries = vec![
        (DIRECTORY, Entry::Directory(DirectoryEntry::Room { at, log, name: room.clone() })),
        entry(Act::Created),
    ];
    if !topic.is_empty() {
        entries.push(entry(Act::Topic(topic.to_owned())));
    }
    Ok(Decision::Append(entries))
}

fn join(state: &State, at: Wall, by: PersonId, room: &RoomName) -> Result<Decision, Refusal> {
    let (log, found) = there(state, room)?;
    if is_member(state, by, log) {
        return Ok(Decision::Already);
    }
    if found.members.len() >= ROOM_MEMBERS_MAX {
        return Err(Refusal::no(
            Code::Full,
            format!("{} has {ROOM_MEMBERS_MAX} members already", room.as_str()),
        ));
    }
    may_join_more(state, by)?;
    act(state, at, by, log, Act::Joined)
}

fn post(
    state: &State,
    at: Wall,
    device: DeviceId,
    room: &RoomName,
    n: PostNumber,
    text: &str,
) -> Result<Decision, Refusal> {
    let (log, _) = there(state, room)?;
    let from = state.directory().device(device).ok_or_else(enter_first)?;
    // What is stored stays stored: a resend is answered with its place even if its author has left since.
    match from.window.judge(n, log, text) {
        Verdict::New => {}
        Verdict::Stored(log, seq) => return Ok(Decision::Stored(log, seq)),
        Verdict::Reused => {
            let text = format!("number {} of this device is another post's; count up", n.value());
            return Err(Refusal::no(Code::NumberReused, text));
        }
        Verdict::OutOfOrder => {
            let text = format!(
                "a later post than number {} is stored, and this one is not; give it a new number",
                n.value()
            );
            return Err(Refusal::no(Code::OutOfOrder, text));
        }
        Verdict::TooOld => {
            let text = format!("number {} is too far behind to be known; look for it in the room", n.value());
            let fate = crate::refusal::Fate::Unknown;
            return Err(Refusal { code: Code::TooOld, fate, retry_ms: None, text });
        }
    }
    let (log, _) = member(state, from.person, room)?;
    act(state, at, from.person, log, Act::Post(Post { device, n, text: text.to_owned() }))
}

fn act(state: &State, at: Wall, person: PersonId, log: LogId, act: Act) -> Result<Decision, Refusal> {
    let author = author(state, person)?;
    Ok(Decision::Append(vec![(log, Entry::Room(RoomEntry { at, person, author, act }))]))
}

fn author(state: &State, person: PersonId) -> Result<Name, Refusal> {
    state.directory().person(person).map(|person| person.name.clone()).ok_or_else(enter_first)
}

/// The person or device of a command is unknown: its own entering was lost with a failed write.
fn enter_first() -> Refusal {
    Refusal::no(Code::EnterFirst, "say who you are first: `enter`")
}

/// The room of exactly this name. One that merely looks like it is not meant.
fn there<'a>(state: &'a State, room: &RoomName) -> Result<(LogId, &'a Room), Refusal> {
    let found = state.room_named(room).filter(|(_, found)| found.name.same(room));
    found.ok_or_else(|| Refusal::no(Code::NoSuchRoom, format!("there is no room {}", room.as_str())))
}

/// The room of exactly this name, if this person is a member of it.
pub(super) fn member<'a>(
    state: &'a State,
    person: PersonId,
    room: &RoomName,
) -> Result<(LogId, &'a Room), Refusal> {
    let (log, found) = there(state, room)?;
    if !is_member(state, person, log) {
        return Err(Refusal::no(
            Code::NotAMember,
            format!("only members of {} may do this; join it", room.as_str()),
        ));
    }
    Ok((log, found))
}

/// Whether this person is a member of the room with this log.
pub(super) fn is_member(state: &State, person: PersonId, log: LogId) -> bool {
    state.directory().person(person).is_some_and(|person| person.rooms.contains(&log))
}

fn may_join_more(state: &State, by: PersonId) -> Result<(), Refusal> {
    let joined = state.directory().person(by).map_or(0, |person| person.rooms.len());
    if joined >= ROOMS_JOINED_MAX {
        return Err(Refusal::no(
            Code::Full,
            format!("you are in {ROOMS_JOINED_MAX} rooms already; leave one"),
        ));
    }
    Ok(())
}
