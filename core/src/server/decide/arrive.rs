//! Coming in: as a guest, by a token, by a password, or under a new name.

use super::account::{one_time_code, still_right, wrong_password};
use super::draft::{Draft, server_banned, terms};
use super::invitation::admitted;
use core::net::IpAddr;

use super::{Change, Decision, Erase};
use crate::entry::{DIRECTORY, DeviceId, DirectoryEntry, Entry, PersonId, TokenHash};
use crate::limits::{DEVICES_MAX, PEOPLE_MAX, SEEN_MS};
use crate::name::Name;
use crate::refusal::{Code, Refusal};
use crate::server::command::{Arrived, Verified};
use crate::server::state::State;
use crate::time::Wall;

pub(super) fn enter(
    state: &State,
    at: Wall,
    address: Option<IpAddr>,
    name: &Name,
    arrived: &Arrived,
) -> Result<Decision, Refusal> {
    address_banned(state, at, address)?;
    let directory = state.directory();
    let Some(holder) = directory.holder(name) else {
        if !directory.guests() {
            let text = "this server lets no new guests in; register an account, or sign in";
            return Err(Refusal::no(Code::GuestsClosed, text));
        }
        is_free(state, at, name)?;
        let (person, token) = (directory.next_person(), arrived.token.clone());
        let guest = DirectoryEntry::Guest { at, person, name: name.clone(), token };
        return append([guest, device(state, at, person, arrived, false)]);
    };
    let person = directory.person(holder).ok_or_else(|| taken(name))?;
    let known =
        person.devices.get(arrived.device.as_str()).and_then(|id| Some((*id, directory.device(*id)?)));
    let right = match known {
        Some((_, device)) => device.token.as_deref().unwrap_or(&person.token) == &arrived.token,
        None => !person.is_account() && person.token == arrived.token,
    };
    if !right {
        return Err(taken(name));
    }
    server_banned(person, at)?;
    match known {
        Some((id, device)) if at.since(device.seen) >= SEEN_MS => {
            append([DirectoryEntry::Seen { at, device: id }])
        }
        Some(_) => Ok(Decision::Already),
        None if person.devices.len() >= DEVICES_MAX => {
            let text = format!("{} has {DEVICES_MAX} devices already; enter as one of them", person.name);
            Err(Refusal::no(Code::TooManyDevices, text))
        }
        None => append([device(state, at, holder, arrived, false)]),
    }
}

pub(super) fn sign_in(
    state: &State,
    at: Wall,
    address: Option<IpAddr>,
    verified: Verified,
    code: Option<&str>,
    arrived: &Arrived,
) -> Result<Decision, Refusal> {
    address_banned(state, at, address)?;
    let draft = Draft::by(state, at, verified.person).map_err(|refusal| match refusal.code {
        Code::Banned => refusal,
        _ => wrong_password(),
    })?;
    still_right(draft.me, verified)?;
    let draft = match (&draft.me.seldom.totp, code) {
        (None, _) => draft,
        (Some(_), None) => {
            let text = "the password is right; a one-time code is needed as well";
            return Err(Refusal::no(Code::CodeNeeded, text));
        }
        (Some(totp), Some(code)) => {
            let used = one_time_code(totp, code, verified.person, at)?;
            draft.entry(used)
        }
    };
    come_in(draft, arrived).done()
}

pub(super) fn register(
    state: &State,
    at: Wall,
    address: Option<IpAddr>,
    name: &Name,
    hash: &str,
    code: Option<&TokenHash>,
    arrived: &Arrived,
) -> Result<Decision, Refusal> {
    address_banned(state, at, address)?;
    let directory = state.directory();
    let holder = directory.holder(name);
    // Whoever asks again, since the answer was lost, has used the invitation up himself, and is told that the name is his.
    let his = holder.and_then(|holder| {
        directory.device(*directory.person(holder)?.devices.get(arrived.device.as_str())?)
    });
    if his.is_some_and(|device| device.token.as_deref() == Some(&arrived.token)) {
        return Err(taken(name));
    }
    // Before it is looked who has the name: that is for those to know who may make an account.
    let invitation = admitted(state, at, code)?;
    if holder.is_some() {
        return Err(taken(name));
    }
    is_free(state, at, name)?;
    let person = directory.next_person();
    let used = invitation.map(|invitation| DirectoryEntry::ServerInvitationUsed { at, person, invitation });
    let made = [
        DirectoryEntry::Account { at, person, name: name.clone() },
        DirectoryEntry::Password { at, person, hash: hash.to_owned() },
        device(state, at, person, arrived, true),
    ];
    append(used.into_iter().chain(made))
}

/// A new password by an administrator's code, which lets in as well, unless one-time codes are asked for: whoever drew the
/// code is not to come in by it alone.
pub(super) fn recover(
    state: &State,
    at: Wall,
    address: Option<IpAddr>,
    name: &Name,
    code: &TokenHash,
    hash: &str,
    arrived: &Arrived,
) -> Result<Decision, Refusal> {
    address_banned(state, at, address)?;
    let found = state.directory().named(name);
    let right = found.filter(|(_, person)| {
        person.seldom.reset.as_ref().is_some_and(|reset| reset.code == *code && at < reset.until)
    });
    // Who has no such code must not learn whether there is such a person.
    let (person, _) = right.ok_or_else(|| Refusal::no(Code::WrongCode, "this code is none, or too old"))?;
    let mut draft = Draft::by(state, at, person)?;
    draft = draft.entry(DirectoryEntry::Password { at, person, hash: hash.to_owned() });
    if let Some(old) = &draft.me.password {
        let old = old.seq;
        draft = draft.erase(Erase::Secret(DIRECTORY, old));
    }
    // Whoever else had come in is shut out: the password was lost, or worse.
    for id in draft.me.devices.values() {
        draft = draft.entry(DirectoryEntry::Revoked { at, by: person, device: *id });
    }
    if draft.me.seldom.totp.is_some() {
        return draft.done();
    }
    let held = draft.me.devices.get(arrived.device.as_str()).copied();
    let heir_of = held.or_else(|| draft.me.former(&arrived.device));
    draft.entry(new_device(state, at, person, arrived, true, heir_of)).done()
}

/// A device of an account comes in under a token of its own, and if it was shut out, with the numbers that it had. If there are too many, the one that was not used for
/// longest makes room: its owner must not be kept out of his account by old devices.
fn come_in<'a>(mut draft: Draft<'a>, arrived: &Arrived) -> Draft<'a> {
    let (at, person) = (draft.at, draft.by);
    if let Some(device) = draft.me.devices.get(arrived.device.as_str()) {
        let token = arrived.token.clone();
        return draft.entry(DirectoryEntry::Token { at, person, device: *device, token });
    }
    if draft.me.devices.len() >= DEVICES_MAX {
        let seen = |id: &&DeviceId| draft.directory().device(**id).map(|device| device.seen);
        if let Some(oldest) = draft.me.devices.values().min_by_key(seen) {
            draft = draft.entry(DirectoryEntry::Revoked { at, by: PersonId(0), device: *oldest });
        }
    }
    let heir_of = draft.me.former(&arrived.device);
    let device = new_device(draft.state, at, person, arrived, true, heir_of);
    draft.entry(device)
}

/// Refuses whoever comes from an address that is banned.
fn address_banned(state: &State, at: Wall, address: Option<IpAddr>) -> Result<(), Refusal> {
    let Some(address) = address else { return Ok(()) };
    let bans = state.directory().address_bans().iter();
    match bans.into_iter().find(|(range, sanction)| range.contains(address) && sanction.holds(at)) {
        Some((_, sanction)) => {
            let text = format!("nobody may come in from your address{}", terms(sanction, at));
            Err(Refusal::no(Code::Banned, text))
        }
        None => Ok(()),
    }
}

/// Refuses a name that nobody holds, and that is yet nobody's to take.
fn is_free(state: &State, at: Wall, name: &Name) -> Result<(), Refusal> {
    let kept = state.directory().kept_until(name).is_some_and(|until| at < until);
    if kept || name.is_like_erased() {
        return Err(taken(name));
    }
    if name.is_reserved() {
        let text = format!("nobody is called {name} here, lest he be taken for more; choose another name");
        return Err(Refusal::no(Code::NameTaken, text));
    }
    if state.directory().people_count() >= PEOPLE_MAX {
        return Err(Refusal::no(Code::Full, "this server has no room for more people"));
    }
    Ok(())
}

fn taken(name: &Name) -> Refusal {
    let text = format!("the name {name} is taken, or looks like one that is; choose another, or sign in");
    Refusal::no(Code::NameTaken, text)
}

fn device(state: &State, at: Wall, person: PersonId, arrived: &Arrived, own_token: bool) -> DirectoryEntry {
    new_device(state, at, person, arrived, own_token, None)
}

/// A device that was shut out is good no more, whatever becomes of it; but the program that has it may keep posts whose
/// fate it does not know. So whoever comes in under its label goes on with its numbers.
fn new_device(
    state: &State,
    at: Wall,
    person: PersonId,
    arrived: &Arrived,
    own_token: bool,
    heir_of: Option<DeviceId>,
) -> DirectoryEntry {
    let (device, token) = (state.directory().next_device(), own_token.then(|| arrived.token.clone()));
    DirectoryEntry::Device { at, device, person, label: arrived.device.clone(), token, heir_of }
}

fn append(entries: impl IntoIterator<Item = DirectoryEntry>) -> Result<Decision, Refusal> {
    let entries = entries.into_iter().map(|entry| (DIRECTORY, Entry::Directory(entry))).collect();
    Ok(Decision::Append(Change { entries, erase: Vec::new() }))
}
