//! One's own account: the password, the devices, one-time codes, and the end of it.

use super::draft::Draft;
use super::invitation::admitted;
use super::rights::not_allowed;
use super::{Decision, Erase};
use crate::entry::{Act, DIRECTORY, DeviceId, DirectoryEntry, LogId, PersonId, RoomKind, TokenHash, Whom};
use crate::limits::NAME_KEPT_MS;
use crate::mutant::planted;
use crate::refusal::{Code, Refusal};
use crate::secret::OnceCode;
use crate::server::command::Verified;
use crate::server::state::{Person, Totp, kept_keys};
use crate::time::Wall;
use crate::totp;

pub(super) fn upgrade(
    draft: Draft<'_>,
    device: DeviceId,
    token: &TokenHash,
    hash: &str,
    code: Option<&TokenHash>,
) -> Result<Decision, Refusal> {
    if draft.me.is_account() {
        return Err(Refusal::no(
            Code::NotAllowed,
            "you have an account already; `password` changes its password",
        ));
    }
    let invitation = admitted(draft.state, draft.at, code)?;
    let (at, person) = (draft.at, draft.by);
    let used = invitation.map(|invitation| DirectoryEntry::ServerInvitationUsed { at, person, invitation });
    let draft = used.into_iter().fold(draft, Draft::entry);
    let draft = draft
        .entry(DirectoryEntry::Password { at, person, hash: hash.to_owned() })
        .entry(DirectoryEntry::Token { at, person, device, token: token.clone() });
    without_others(draft, device).done()
}

pub(super) fn password(
    draft: Draft<'_>,
    verified: Verified,
    device: DeviceId,
    hash: &str,
) -> Result<Decision, Refusal> {
    still_right(draft.me, verified)?;
    let (at, person) = (draft.at, draft.by);
    let draft = draft
        .entry(DirectoryEntry::Password { at, person, hash: hash.to_owned() })
        .erase(Erase::Secret(DIRECTORY, verified.password));
    without_others(draft, device).done()
}

pub(super) fn totp(
    draft: Draft<'_>,
    verified: Verified,
    secret: &str,
    code: &str,
    recovery: &[TokenHash],
) -> Result<Decision, Refusal> {
    still_right(draft.me, verified)?;
    let step = totp::step_of(secret, code, draft.at).ok_or_else(wrong_code)?;
    let (at, person, recovery) = (draft.at, draft.by, recovery.to_vec());
    let old = draft.me.seldom.totp.as_ref().map(|totp| totp.seq);
    let mut draft =
        draft.entry(DirectoryEntry::Totp { at, person, secret: secret.to_owned(), step, recovery });
    if let Some(old) = old {
        draft = draft.erase(Erase::Secret(DIRECTORY, old));
    }
    draft.done()
}

pub(super) fn totp_off(draft: Draft<'_>, verified: Verified) -> Result<Decision, Refusal> {
    still_right(draft.me, verified)?;
    let Some(old) = draft.me.seldom.totp.as_ref().map(|totp| totp.seq) else { return Ok(Decision::Already) };
    let (at, person) = (draft.at, draft.by);
    draft.entry(DirectoryEntry::TotpOff { at, person }).erase(Erase::Secret(DIRECTORY, old)).done()
}

pub(super) fn revoke(
    draft: Draft<'_>,
    device: DeviceId,
    which: Option<DeviceId>,
) -> Result<Decision, Refusal> {
    if !draft.me.is_account() {
        let text = "a guest's devices share one token; register, and each has its own";
        return Err(Refusal::no(Code::AccountOnly, text));
    }
    let Some(which) = which else {
        if draft.me.devices.len() <= 1 {
            return Ok(Decision::Already);
        }
        return without_others(draft, device).done();
    };
    if !draft.me.devices.values().any(|held| *held == which) {
        return Err(Refusal::no(Code::NotThere, "you have no such device"));
    }
    let (at, by) = (draft.at, draft.by);
    draft.entry(DirectoryEntry::Revoked { at, by, device: which }).done()
}

pub(super) fn delete(mut draft: Draft<'_>, verified: Option<Verified>) -> Result<Decision, Refusal> {
    match (&draft.me.password, verified) {
        (None, _) => {}
        (Some(_), None) => {
            return Err(Refusal::no(Code::WrongPassword, "give your password to delete your account"));
        }
        (Some(_), Some(verified)) => still_right(draft.me, verified)?,
    }
    let (state, at, by) = (draft.state, draft.at, draft.by);
    if draft.me.admin && !draft.directory().people().any(|(id, person)| person.admin && id != by) {
        return Err(not_allowed("you are the last administrator; name another first"));
    }
    for (log, room) in state.rooms().filter(|(_, room)| room.members.contains_key(&by)) {
        let hidden = matches!(room.kind, RoomKind::Private | RoomKind::Group);
        draft = if hidden && room.members.len() == 1 {
            // Nobody would be left who could read it, or let anybody in.
            closed(draft, log, "")
        } else {
            leaving(draft, log)
        };
    }
    let (person, keys) = (draft.by, kept_keys(&draft.me.name));
    let free_at = at.after(NAME_KEPT_MS);
    draft.entry(DirectoryEntry::Erased { at, person, keys, free_at }).erase(Erase::Person(person)).done()
}

/// A room is over, and everything in it is erased.
pub(super) fn closed<'a>(draft: Draft<'a>, log: LogId, reason: &str) -> Draft<'a> {
    let (at, by) = (draft.at, draft.by);
    let draft = match draft.state.room(log) {
        Some(room) => {
            let waits = room.holding.posts.values();
            waits
                .fold(draft.forget_words(room), |draft, post| draft.erase(Erase::Secret(DIRECTORY, post.seq)))
        }
        None => draft,
    };
    draft
        .act(log, Act::Closed(reason.to_owned()))
        .entry(DirectoryEntry::RoomClosed { at, by, log })
        .erase(Erase::Room(log))
}

/// The author leaves a room; if it was his, it is somebody else's from then on.
pub(super) fn leaving(draft: Draft<'_>, log: LogId) -> Draft<'_> {
    let by = draft.by;
    let Some(room) = draft.state.room(log) else { return draft };
    let mut draft = draft.act(log, Act::Left).forget_waiting(room, by);
    if room.owner == Some(by)
        && !planted("owner_lost")
        && room.kind != RoomKind::Direct
        && let Some(heir) = room.successor(by)
        && let Some(found) = draft.directory().person(heir)
    {
        let whom = Whom { person: heir, name: found.name.clone() };
        draft = draft.rule(log, Act::Owner(whom));
    }
    draft
}

/// The entry by which a code is used up, if it is good.
pub(super) fn one_time_code(
    held: &Totp,
    code: &str,
    person: PersonId,
    at: Wall,
) -> Result<DirectoryEntry, Refusal> {
    if let Some(step) = totp::step_of(&held.secret, code, at).filter(|step| *step > held.step) {
        return Ok(DirectoryEntry::CodeUsed { at, person, step });
    }
    let recovery = OnceCode::new(code).map(|code| code.hash()).filter(|code| held.recovery.contains(code));
    recovery.map(|code| DirectoryEntry::RecoveryUsed { at, person, code }).ok_or_else(wrong_code)
}

fn wrong_code() -> Refusal {
    Refusal::no(Code::WrongCode, "this code is not right, or was used already; wait for the next one")
}

/// All devices but this one are shut out.
fn without_others(mut draft: Draft<'_>, device: DeviceId) -> Draft<'_> {
    let (at, by) = (draft.at, draft.by);
    for other in draft.me.devices.values().filter(|held| **held != device) {
        draft = draft.entry(DirectoryEntry::Revoked { at, by, device: *other });
    }
    draft
}

/// The same for an unknown name, a guest's, and a wrong password.
pub(in crate::server) fn wrong_password() -> Refusal {
    Refusal::no(Code::WrongPassword, "there is no account of this name with this password")
}

/// Refuses a password that was right when it was compared, and has been changed since.
pub(super) fn still_right(person: &Person, verified: Verified) -> Result<(), Refusal> {
    let right = person.password.as_ref().is_some_and(|password| password.seq == verified.password);
    if right { Ok(()) } else { Err(wrong_password()) }
}
