//! Who comes in is who he says: by a token that is his and good, and by none that was replaced or shut out.

use super::complaint::{Verdict, complaint, demand};
use super::links::{Entered, Judge, Told};
use super::model::Model;
use sala_core::entry::{DeviceId, Position, TokenHash};
use sala_core::protocol::{Enter, Request, Update};
use sala_core::refusal::Code;

/// The oracle that complains here.
const TOKENS: &str = "revoked tokens never come in";
const LOCKED_OUT: &str = "good tokens come in";

/// Listens for who is let in.
pub(super) struct Arrivals;

impl Judge for Arrivals {
    fn told(&mut self, told: &Told<'_>) -> Verdict {
        match (told.update, told.request) {
            (Update::Welcome { .. }, Some(Request::Enter(enter))) => by_token(told, enter),
            (Update::Welcome { .. }, Some(_)) => Ok(()),
            (Update::Welcome { .. }, None) => Err(complaint(TOKENS, told.words())),
            (Update::Refused { code: Code::NameTaken, .. }, Some(Request::Enter(enter))) => {
                kept_out(told, enter)
            }
            _ => Ok(()),
        }
    }
}

/// The token was good at some moment at which it may have been looked at.
fn by_token(told: &Told<'_>, enter: &Enter) -> Verdict {
    let Some(Entered { person, device, .. }) = told.entered else {
        return Err(complaint(TOKENS, told.words()));
    };
    let hash = enter.arrival.token.hash();
    let owned = told.model.devices.get(&device);
    let owned = owned.ok_or_else(|| complaint(TOKENS, format!("no such device: {}", told.words())))?;
    demand(TOKENS, owned.person == person, || told.words())?;
    // What an erased person's tokens were is nowhere any more.
    if told.model.people[&person].erased.is_some() {
        let erased = told.model.people[&person].erased;
        return demand(TOKENS, erased > Some(told.from), || told.words());
    }
    demand(TOKENS, owned.label == enter.arrival.device, || told.words())?;
    demand(TOKENS, good_at(told.model, device, &hash, told.from, told.to), || {
        let guest = &told.model.people[&person].token;
        format!("the token {hash:?} was not good ({owned:?}; {guest:?}): {}", told.words())
    })
}

/// Whether a device's token was ever this between two entries.
fn good_at(model: &Model, device: DeviceId, hash: &TokenHash, from: Position, to: Position) -> bool {
    let owned = &model.devices[&device];
    let alive_to = owned.revoked.map_or(to, |revoked| Position(revoked.0 - 1).min(to));
    let from = from.max(owned.since);
    let own = owned.token.ever(from, alive_to, |token| token.as_ref() == Some(hash));
    let shared = || {
        let guest = &model.people[&owned.person].token;
        owned.token.ever(from, alive_to, Option::is_none)
            && guest.ever(from, alive_to, |token| token.as_ref() == Some(hash))
    };
    own || shared()
}

/// Nobody is refused who has the right token of a device that is his all the while.
fn kept_out(told: &Told<'_>, enter: &Enter) -> Verdict {
    let hash = enter.arrival.token.hash();
    let Some(person) = told.model.named(&enter.name) else { return Ok(()) };
    let held = |owned: &super::model::Owned| owned.person == person && owned.label == enter.arrival.device;
    let right = told.model.devices.iter().find(|(_, owned)| held(owned) && owned.revoked.is_none());
    let Some((_, owned)) = right.filter(|(_, owned)| owned.since <= told.from) else { return Ok(()) };
    let wrong = owned.token.ever(told.from, told.to, |token| token.as_ref() != Some(&hash));
    let guest = &told.model.people[&person].token;
    let shared = !owned.token.ever(told.from, told.to, Option::is_some)
        && !guest.ever(told.from, told.to, |token| token.as_ref() != Some(&hash));
    demand(LOCKED_OUT, wrong && !shared, || told.words())
}
