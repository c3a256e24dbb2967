//! The server itself: its administrators, what strangers may do, and who may not come in.

use super::draft::Draft;
use super::rights::not_allowed;
use super::{Change, Decision, LOBBY};
use crate::address::AddressRange;
use crate::entry::{
    Act, DIRECTORY, DeviceId, DirectoryEntry, Entry, LogId, PersonId, Post, PostNumber, Registration,
    RoomEntry, RoomKind, Sanction, TokenHash,
};
use crate::limits::{ADDRESS_BANS_MAX, RESET_MS};
use crate::name::{Name, RoomName};
use crate::protocol::Banned;
use crate::refusal::{Code, Refusal};
use crate::server::command::Operation;
use crate::server::state::{SERVER_NAME, State};
use crate::time::Wall;
use core::net::IpAddr;

/// What a server has from its first start. As long as nobody administers it, each start offers a new code.
pub(super) fn start(state: &State, at: Wall, claim: Option<&TokenHash>) -> Decision {
    let mut entries = Vec::new();
    if state.directory().next_log() == LogId(1) {
        let name = RoomName::parse(LOBBY).expect("the lobby's name keeps the rules for names");
        let (log, room) = (LogId(1), RoomKind::Public);
        let made = DirectoryEntry::Room { at, log, name: Some(name), room, pair: None };
        entries.push((DIRECTORY, Entry::Directory(made)));
        entries.push((log, by_the_server(at, Act::Created)));
    }
    if let Some(code) = claim.filter(|_| !state.directory().people().any(|(_, person)| person.admin)) {
        entries.push((DIRECTORY, Entry::Directory(DirectoryEntry::Claim { at, code: code.clone() })));
    }
    if entries.is_empty() {
        Decision::Already
    } else {
        Decision::Append(Change { entries, erase: Vec::new() })
    }
}

/// What whoever runs the server may have it do: more than its administrators, who are people on it.
pub(super) fn operate(state: &State, at: Wall, operation: &Operation) -> Result<Decision, Refusal> {
    let (directory, by) = (state.directory(), PersonId(0));
    let whom = |name: &Name| {
        let nobody = || Refusal::no(Code::NoSuchPerson, format!("there is nobody of the name {name}"));
        directory.named(name).ok_or_else(nobody)
    };
    let not_there = || Refusal::no(Code::NotThere, "there is no such ban");
    let entry = match operation {
        Operation::Ban { whom: Banned::Person(name), minutes, reason } => {
            let (whom, sanction) = (whom(name)?.0, sanction(at, *minutes, reason));
            DirectoryEntry::ServerBan { at, by, whom, sanction }
        }
        Operation::Ban { whom: Banned::Addresses(range), minutes, reason } => {
            fits(state, at, range)?;
            let sanction = sanction(at, *minutes, reason);
            DirectoryEntry::AddressBan { at, by, range: *range, sanction }
        }
        Operation::Unban(Banned::Person(name)) => {
            let (whom, person) = whom(name)?;
            person.seldom.banned.as_ref().ok_or_else(not_there)?;
            DirectoryEntry::ServerUnban { at, by, whom }
        }
        Operation::Unban(Banned::Addresses(range)) => {
            directory.address_bans().get(range).ok_or_else(not_there)?;
            DirectoryEntry::AddressUnban { at, by, range: *range }
        }
        Operation::Settings { registration, guests } => {
            let held = (directory.registration(), directory.guests());
            let (registration, guests) = (registration.unwrap_or(held.0), guests.unwrap_or(held.1));
            if (registration, guests) == held {
                return Ok(Decision::Already);
            }
            DirectoryEntry::Settings { at, by, registration, guests }
        }
        Operation::Keep(days) if directory.keep().days == *days => return Ok(Decision::Already),
        Operation::Keep(days) => DirectoryEntry::Keep { at, by, days: *days },
        Operation::Say(text) => {
            let lobby = LogId(1);
            let Some(room) = state.room(lobby) else { return Ok(Decision::Already) };
            // No device says it, so its number need only be another than those of the server's posts before.
            let n = PostNumber::new(room.head.next().0).expect("no log is as long as numbers of posts go");
            let said = by_the_server(at, Act::Post(Post::plain(DeviceId(0), n, text.clone())));
            return Ok(Decision::Append(Change { entries: vec![(lobby, said)], erase: Vec::new() }));
        }
    };
    let entries = vec![(DIRECTORY, Entry::Directory(entry))];
    Ok(Decision::Append(Change { entries, erase: Vec::new() }))
}

/// What the server itself does in a room.
pub(super) fn by_the_server(at: Wall, act: Act) -> Entry {
    let author = Name::parse(SERVER_NAME).expect("the server's own name keeps the rules for names");
    Entry::Room(RoomEntry { at, person: PersonId(0), author, act })
}

pub(super) fn claim(draft: Draft<'_>, code: &TokenHash) -> Result<Decision, Refusal> {
    account_only(&draft)?;
    if draft.directory().claim() != Some(code) {
        return Err(Refusal::no(Code::WrongCode, "this is not the code, or it was used already"));
    }
    let (at, by) = (draft.at, draft.by);
    draft.entry(DirectoryEntry::Admin { at, by, whom: by, on: true }).done()
}

pub(super) fn admin(draft: Draft<'_>, name: &Name, on: bool) -> Result<Decision, Refusal> {
    draft.administers()?;
    let (whom, person) = draft.whom(name)?;
    if person.admin == on {
        return Ok(Decision::Already);
    }
    if on && !person.is_account() {
        return Err(Refusal::no(Code::AccountOnly, format!("{} is a guest, and has no account", whom.name)));
    }
    let others = draft.directory().people().filter(|(id, person)| person.admin && *id != whom.person);
    if !on && others.count() == 0 {
        return Err(not_allowed("this is the last administrator; name another first"));
    }
    let (at, by) = (draft.at, draft.by);
    draft.entry(DirectoryEntry::Admin { at, by, whom: whom.person, on }).done()
}

pub(super) fn settings(
    draft: Draft<'_>,
    registration: Option<Registration>,
    guests: Option<bool>,
) -> Result<Decision, Refusal> {
    draft.administers()?;
    let held = (draft.directory().registration(), draft.directory().guests());
    let (registration, guests) = (registration.unwrap_or(held.0), guests.unwrap_or(held.1));
    if (registration, guests) == held {
        return Ok(Decision::Already);
    }
    let (at, by) = (draft.at, draft.by);
    draft.entry(DirectoryEntry::Settings { at, by, registration, guests }).done()
}

pub(super) fn reset(draft: Draft<'_>, name: &Name, code: &TokenHash) -> Result<Decision, Refusal> {
    draft.administers()?;
    let (whom, person) = draft.whom(name)?;
    if !person.is_account() {
        return Err(Refusal::no(Code::AccountOnly, format!("{} is a guest, and has no password", whom.name)));
    }
    let (at, by, until) = (draft.at, draft.by, draft.at.after(RESET_MS));
    draft.entry(DirectoryEntry::Reset { at, by, whom: whom.person, code: code.clone(), until }).done()
}

pub(super) fn server_ban(
    draft: Draft<'_>,
    address: Option<IpAddr>,
    whom: &Banned,
    minutes: Option<u64>,
    reason: &str,
) -> Result<Decision, Refusal> {
    draft.administers()?;
    let (at, by, sanction) = (draft.at, draft.by, sanction(draft.at, minutes, reason));
    match whom {
        Banned::Person(name) => {
            let (whom, person) = draft.other(name)?;
            if person.admin {
                return Err(not_allowed(format!("{} administers the server; end that first", whom.name)));
            }
            draft.entry(DirectoryEntry::ServerBan { at, by, whom: whom.person, sanction }).done()
        }
        Banned::Addresses(range) => {
            if address.is_some_and(|address| range.contains(address)) {
                return Err(not_allowed("you come from there yourself; ban fewer addresses"));
            }
            fits(draft.state, at, range)?;
            draft.entry(DirectoryEntry::AddressBan { at, by, range: *range, sanction }).done()
        }
    }
}

pub(super) fn server_unban(draft: Draft<'_>, whom: &Banned) -> Result<Decision, Refusal> {
    draft.administers()?;
    let (at, by) = (draft.at, draft.by);
    let not_there = || Refusal::no(Code::NotThere, "there is no such ban");
    match whom {
        Banned::Person(name) => {
            let (whom, person) = draft.whom(name)?;
            person.seldom.banned.as_ref().ok_or_else(not_there)?;
            draft.entry(DirectoryEntry::ServerUnban { at, by, whom: whom.person }).done()
        }
        Banned::Addresses(range) => {
            draft.directory().address_bans().get(range).ok_or_else(not_there)?;
            draft.entry(DirectoryEntry::AddressUnban { at, by, range: *range }).done()
        }
    }
}

/// Refuses one more ban of addresses when there are as many as may be.
fn fits(state: &State, at: Wall, range: &AddressRange) -> Result<(), Refusal> {
    let held = state.directory().address_bans();
    let holding = held.values().filter(|sanction| sanction.holds(at)).count();
    if holding >= ADDRESS_BANS_MAX && !held.contains_key(range) {
        let text = "as many addresses are banned as may be; ban wider ranges";
        return Err(Refusal::no(Code::Full, text));
    }
    Ok(())
}

/// A ban or mute that begins now.
pub(super) fn sanction(at: Wall, minutes: Option<u64>, reason: &str) -> Sanction {
    Sanction { until: minutes.map(|minutes| at.after(minutes * 60_000)), reason: reason.to_owned() }
}

fn account_only(draft: &Draft<'_>) -> Result<(), Refusal> {
    if draft.me.is_account() {
        return Ok(());
    }
    Err(Refusal::no(Code::AccountOnly, "only accounts may do this; register first"))
}
