//! The server itself: its administrators, what strangers may do, and who may not come in.

use super::draft::Draft;
use super::rights::not_allowed;
use super::{Change, Decision, LOBBY};
use crate::entry::{
    Act, DIRECTORY, DirectoryEntry, Entry, LogId, PersonId, RoomEntry, RoomKind, Sanction, TokenHash,
};
use crate::limits::{ADDRESS_BANS_MAX, RESET_MS};
use crate::name::{Name, RoomName};
use crate::protocol::Banned;
use crate::refusal::{Code, Refusal};
use crate::server::state::{SERVER_NAME, State};
use crate::time::Wall;
use core::net::IpAddr;

/// What a server has from its first start. As long as nobody administers it, each start offers a new code.
pub(super) fn start(state: &State, at: Wall, claim: Option<&TokenHash>) -> Decision {
    let mut entries = Vec::new();
    if state.directory().next_log() == LogId(1) {
        let name = RoomName::parse(LOBBY).expect("the lobby's name keeps the rules for names");
        let author = Name::parse(SERVER_NAME).expect("the server's own name keeps the rules for names");
        let (log, room) = (LogId(1), RoomKind::Public);
        let made = DirectoryEntry::Room { at, log, name: Some(name), room, pair: None };
        entries.push((DIRECTORY, Entry::Directory(made)));
        let created = RoomEntry { at, person: PersonId(0), author, act: Act::Created };
        entries.push((log, Entry::Room(created)));
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
    registration: Option<bool>,
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
            let held = draft.directory().address_bans();
            let holding = held.values().filter(|sanction| sanction.holds(at)).count();
            if holding >= ADDRESS_BANS_MAX && !held.contains_key(range) {
                return Err(Refusal::no(
                    Code::Full,
                    "as many addresses are banned as may be; ban wider ranges",
                ));
            }
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
            person.banned.as_ref().ok_or_else(not_there)?;
            draft.entry(DirectoryEntry::ServerUnban { at, by, whom: whom.person }).done()
        }
        Banned::Addresses(range) => {
            draft.directory().address_bans().get(range).ok_or_else(not_there)?;
            draft.entry(DirectoryEntry::AddressUnban { at, by, range: *range }).done()
        }
    }
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
