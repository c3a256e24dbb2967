//! Invitations to the server: who makes them, and who makes an account by one.

use super::Decision;
use super::draft::Draft;
use crate::entry::{DirectoryEntry, InvitationId, Inviters, Registration, TokenHash};
use crate::limits::{SERVER_INVITATIONS_BY_ONE_MAX, SERVER_INVITATIONS_MAX};
use crate::refusal::{Code, Refusal};
use crate::server::state::{ServerInvitation, State};
use crate::time::Wall;

pub(super) fn invite(draft: Draft<'_>, code: &TokenHash, hours: u64) -> Result<Decision, Refusal> {
    if !draft.me.is_account() {
        return Err(Refusal::no(Code::AccountOnly, "only accounts may do this; register first"));
    }
    match draft.directory().registration() {
        Registration::Closed => return Err(closed()),
        Registration::Invitation(Inviters::Members) => {}
        _ => draft.administers()?,
    }
    let (at, by) = (draft.at, draft.by);
    let standing = draft.directory().invitations().values().filter(|held| at < held.until);
    if let Some(held) = standing.clone().find(|held| held.code == *code) {
        // Whoever asks twice, since the answer was lost, has it; also if it was used since.
        if held.by == by {
            return Ok(Decision::Already);
        }
        return Err(Refusal::no(Code::BadInvitation, "this code is another's; draw one at random"));
    }
    // Those that were used count until they would be over: else one person could let in any number.
    let mine = standing.clone().filter(|held| held.by == by).count();
    let most = if draft.me.admin { SERVER_INVITATIONS_MAX } else { SERVER_INVITATIONS_BY_ONE_MAX };
    if mine >= most {
        let text = format!("you have made {most} invitations that are not over yet; wait, or take one back");
        return Err(Refusal::no(Code::Full, text));
    }
    // What others make keeps no administrator from inviting.
    let administers =
        |held: &&ServerInvitation| draft.directory().person(held.by).is_some_and(|maker| maker.admin);
    if !draft.me.admin && standing.filter(|held| !administers(held)).count() >= SERVER_INVITATIONS_MAX {
        return Err(Refusal::no(Code::Full, "as many are invited to this server as may be; wait"));
    }
    let (invitation, until) = (draft.directory().next_invitation(), at.after(hours * 3_600_000));
    let code = code.clone();
    draft.entry(DirectoryEntry::ServerInvitation { at, by, invitation, code, until }).done()
}

pub(super) fn uninvite(draft: Draft<'_>, invitation: InvitationId) -> Result<Decision, Refusal> {
    let held = draft.directory().invitations().get(&invitation);
    // To all others it is as if there were none.
    let held = held.filter(|held| held.stands(draft.at) && (held.by == draft.by || draft.me.admin));
    held.ok_or_else(|| Refusal::no(Code::NotThere, "there is no such invitation that can be taken back"))?;
    let (at, by) = (draft.at, draft.by);
    draft.entry(DirectoryEntry::ServerUninvited { at, by, invitation }).done()
}

/// The invitation that is used up if a stranger or guest makes an account with this code: none if it takes none.
pub(super) fn admitted(
    state: &State,
    at: Wall,
    code: Option<&TokenHash>,
) -> Result<Option<InvitationId>, Refusal> {
    let directory = state.directory();
    let inviters = match directory.registration() {
        Registration::Open => return Ok(None),
        Registration::Closed => return Err(closed()),
        Registration::Invitation(inviters) => inviters,
    };
    let Some(code) = code else {
        let text = "this server makes accounts for those who are invited: give the code of an invitation";
        return Err(Refusal::no(Code::InvitationNeeded, text));
    };
    // It is worth what the word of its maker is: who may not invite any more, or not come in, lets nobody in.
    let invites = |held: &ServerInvitation| {
        directory.person(held.by).is_some_and(|maker| {
            let banned = maker.seldom.banned.as_ref().is_some_and(|sanction| sanction.holds(at));
            !banned && (maker.admin || inviters == Inviters::Members)
        })
    };
    let mut held = directory.invitations().iter();
    let found = held.find(|(_, held)| held.code == *code && held.stands(at) && invites(held));
    found.map(|(invitation, _)| Some(*invitation)).ok_or_else(|| {
        let text = "this invitation is none, was used, or is too old; ask for another";
        Refusal::no(Code::BadInvitation, text)
    })
}

fn closed() -> Refusal {
    Refusal::no(Code::RegistrationClosed, "this server makes no new accounts; ask whoever runs it")
}
